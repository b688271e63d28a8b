"""The attention spec and frame."""

import numpy as np
import pytest
from pydantic import ValidationError

from playground.frames.attention import moments
from playground.learners.learner import Look
from playground.learners.transformer import TransformerLearner
from playground.live.wire import pack, unpack
from playground.spec import AttentionSpec, AttentionStructure
from playground.training.history import History

LEARNER = TransformerLearner()


@pytest.mark.parametrize(
    ("choices", "rule"),
    [
        ({"width": 48, "heads": 5}, "heads must divide width evenly; got 5 heads for width 48"),
        ({"width": 24, "heads": 8, "positions": "rotary"}, "even width for rotary positions; got 3"),
        ({"task": "induction", "form": "encoder"}, "form must be decoder for induction"),
    ],
)
def test_a_broken_rule_is_named_and_a_link_falls_back(choices, rule):
    with pytest.raises(ValidationError, match=rule):
        AttentionStructure(**choices)
    spec, problems = AttentionSpec.from_query({**{k: str(v) for k, v in choices.items()}, "layers": "3"})
    assert len(problems) == 1
    assert spec.structure.layers == 3


def test_link_round_trip():
    spec = AttentionSpec().change(task="addition", heads=4, width=64, tied=True, learning_rate=0.01)
    assert AttentionSpec.from_query(spec.to_query()) == (spec, [])


def test_frame_holds_every_map_and_exact_numbers_of_one():
    spec = AttentionSpec().change(task="reverse", length=4, layers=2, heads=2, width=16, feed_forward=0)
    state = LEARNER.advance(spec, LEARNER.init(spec), 20)
    frame = unpack(pack(LEARNER.observe(spec, state, Look((1, 1)))))
    assert frame["maps"].shape == (2, 2, 8, 8)
    assert frame["looked"] == [1, 1]
    assert np.abs(frame["map"] - frame["maps"][1, 1] / 255).max() <= 0.5 / 255 + 1e-6
    assert np.allclose(frame["map"].sum(axis=1), 1, atol=1e-6)
    assert frame["tokens"][4] == ">"
    assert "".join(frame["targets"]) == frame["source"][::-1]
    assert frame["test_loss"] == state.history.last("test_loss")
    assert ((0 <= frame["entropy"]) & (frame["entropy"] <= 1)).all()


def test_a_head_that_does_not_exist_shows_the_first():
    spec = AttentionSpec().change(width=16, length=3)
    assert LEARNER.observe(spec, LEARNER.init(spec), Look((9, 9)))["looked"] == [0, 0]


def test_sudden_focus_is_found_where_entropy_falls():
    structure = AttentionStructure(layers=1, heads=2)
    history = History.empty("entropy_0_0", "entropy_0_1")
    for epoch in range(60):
        history = history.add(epoch, 10 * epoch, 0.9 if epoch < 30 else 0.2, 0.9 - 0.002 * epoch)
    (moment,) = moments(structure, history)
    assert (moment["layer"], moment["head"], moment["epoch"]) == (0, 0, 30)
