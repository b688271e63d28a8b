"""Laws of the transformer over its settings: maps, resuming, observing, learning."""

import itertools
import random

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.data.sequences import MARK, TASKS, make_batch, make_test, vocabulary
from playground.frames.attention import evaluate, observe
from playground.learners.transformer import TransformerLearner
from playground.models.transformer import forward, unflatten
from playground.models.transformer_params import init_params
from playground.spec import AttentionSpec, AttentionStructure
from playground.spec.look import Look
from playground.spec.probe import Probe

LEARNER = TransformerLearner()
CONTINUING = {"induction", "text"}  # for decoders only
SMALL = {"width": 16, "feed_forward": 16, "batch_size": 8, "length": 4}


def legal(task, form, heads, head_width, **choices):
    """A structure of these choices; tasks that go on with their own input are for decoders."""
    form, width = "decoder" if task in CONTINUING else form, max(16, heads * head_width)
    return AttentionStructure(task=task, form=form, heads=heads, width=width, **choices)


structures = st.builds(
    legal,
    task=st.sampled_from(sorted(TASKS)),
    length=st.integers(3, 12),
    context=st.sampled_from([8, 64]),
    alphabet=st.sampled_from([2, 3, 26]),
    form=st.sampled_from(["decoder", "encoder"]),
    layers=st.integers(1, 4),
    heads=st.integers(1, 8),
    head_width=st.sampled_from([8, 16]),
    feed_forward=st.sampled_from([0, 16]),
    positions=st.sampled_from(["none", "learned", "sinusoidal", "rotary", "alibi"]),
    norm=st.sampled_from(["before", "after", "none"]),
    residual=st.booleans(),
    tied=st.booleans(),
    seed=st.integers(0, 5),
)


@settings(max_examples=60, deadline=None)
@given(structures, st.floats(0.1, 5))
def test_rows_sum_to_one_and_decoders_never_look_ahead(structure, size):
    params = unflatten(torch.tensor(size * init_params(structure)), structure)
    tokens = torch.from_numpy(make_batch(structure, "train", 0, 3).tokens)
    logits, insights = forward(params, structure, tokens)
    for insight in insights:
        torch.testing.assert_close(insight.maps.sum(-1), torch.ones(insight.maps.shape[:3]), rtol=0, atol=1e-5)
        if structure.form == "decoder":
            assert insight.maps.triu(1).abs().max() == 0
    if structure.form == "decoder":
        changed = tokens.clone()
        changed[:, -1] = (changed[:, -1] + 1) % len(vocabulary(structure))
        other, _ = forward(params, structure, changed)
        torch.testing.assert_close(other[:, :-1], logits[:, :-1], rtol=0, atol=0)


@pytest.mark.parametrize(
    "changes",
    [
        {"optimizer": "adamw"},
        {"optimizer": "momentum", "dropout": 0.2},
        {"task": "induction", "positions": "rotary", "schedule": "cosine", "schedule_epochs": 2},
        {"form": "encoder", "optimizer": "adagrad", "norm": "after"},
        {"task": "text", "context": 8, "positions": "alibi", "tied": True},
    ],
)
def test_resume_law(changes):
    spec = AttentionSpec().change(**{**SMALL, **changes})
    start = LEARNER.init(spec)
    before = {name: array.copy() for name, array in start.arrays.items()}
    whole = LEARNER.advance(spec, start, 27)
    first = LEARNER.advance(spec, start, 14)
    LEARNER.observe(spec, first, Look((0, 0)))
    halves = LEARNER.advance(spec, first, 13)
    assert (whole.step, whole.epoch, whole.batch) == (halves.step, halves.epoch, halves.batch) == (27, 2, 7)
    for name in whole.arrays:
        assert np.array_equal(whole.arrays[name], halves.arrays[name])
        assert np.array_equal(start.arrays[name], before[name])
    assert np.array_equal(whole.history.rows, halves.history.rows)


def test_a_new_optimizer_starts_with_fresh_memory():
    spec = AttentionSpec().change(**SMALL)
    other = spec.change(optimizer="momentum")
    state = LEARNER.advance(other, LEARNER.advance(spec, LEARNER.init(spec), 5), 3)
    assert state.memory_from == 5
    assert not state.arrays["moments"][1].any()


def test_batch_size_changes_at_the_next_epoch():
    spec = AttentionSpec().change(**SMALL)
    other = spec.change(batch_size=4)
    state = LEARNER.advance(spec, LEARNER.init(spec), 5)
    assert LEARNER.advance(other, state, 5).batch_size == 8
    assert LEARNER.advance(other, state, 6).batch_size == 4


def test_divergence_stops_before_the_parameters_are_no_numbers():
    spec = AttentionSpec().change(**SMALL, optimizer="sgd", learning_rate=1, gradient_clip=0, norm="none", layers=4)
    spec = spec.change(optimizer="momentum", momentum=0.99)
    state = LEARNER.advance(spec, LEARNER.init(spec), 200)
    assert not state.stopped or np.isfinite(state.history.rows).all()


def test_it_learns_to_copy_and_writes_alone_what_it_scores():
    spec = AttentionSpec().change(task="copy", length=4, width=32, feed_forward=32, learning_rate=0.003)
    state = LEARNER.advance(spec, LEARNER.init(spec), 120)
    assert state.history.last("test_accuracy") > 0.8 > 0.2 > state.history.column("test_accuracy")[0]
    test = make_test(spec.structure)
    params = unflatten(torch.tensor(state.arrays["params"]), spec.structure)
    written = torch.from_numpy(test.tokens[:, :5])  # four letters and the mark
    for _ in range(4):
        logits, _ = forward(params, spec.structure, written)
        written = torch.cat([written, logits[:, -1:].argmax(-1)], dim=1)
    exact = float(np.mean((written[:, 5:].numpy() == test.targets[:, 4:]).all(axis=1)))
    assert exact == evaluate(spec.structure, state.arrays["params"], test).exact


@pytest.mark.parametrize("task", sorted(set(TASKS) - {"text"}))
def test_train_and_test_share_no_source(task):
    structure = AttentionStructure(task=task, length=8, alphabet=5)
    n_source = 8 if task not in ("addition", "induction") else 17 if task == "addition" else 15
    test = {row[:n_source].tobytes() for row in make_test(structure).tokens}
    train = {row[:n_source].tobytes() for step in range(5) for row in make_batch(structure, "train", step, 64).tokens}
    assert not test & train


def solve(task: str, text: str) -> str:
    """Each rule again, by plain Python on text."""
    if task == "sort":
        return "".join(sorted(text))
    if task == "reverse":
        return text[::-1]
    if task == "copy":
        return text
    if task == "count":
        return "".join(str(text.count(letter)) for letter in text)
    if task == "majority":
        return max(sorted(set(text)), key=text.count)
    if task == "depth":
        return "".join(str(text[:k].count("(") - text[:k].count(")")) for k in range(1, len(text) + 1))
    if task == "brackets":
        while "()" in text:
            text = text.replace("()", "")
        return "no" if text else "yes"
    first, second = text.split("+")
    return str(int(first) + int(second)).zfill(len(first) + 1)


@pytest.mark.parametrize(
    ("task", "form"), list(itertools.product(sorted(set(TASKS) - CONTINUING), ["decoder", "encoder"]))
)
def test_answers_are_right(task, form):
    structure = AttentionStructure(task=task, form=form, length=random.Random(task + form).randint(3, 9), alphabet=4)
    names = vocabulary(structure)
    for tokens, targets in zip(*vars(make_batch(structure, "train", 7, 40)).values(), strict=True):
        source = "".join(names[token] for token in tokens).split(MARK)[0]
        assert solve(task, source) == "".join(names[target] for target in targets if target >= 0)


def test_induction_asks_what_followed_the_time_before():
    structure = AttentionStructure(task="induction", length=6, alphabet=8)
    batch = make_batch(structure, "train", 0, 50)
    for tokens, targets in zip(batch.tokens, batch.targets, strict=True):
        for k, target in enumerate(targets):
            if target >= 0:
                before = [j for j in range(k) if tokens[j] == tokens[k]][-1]
                assert tokens[before + 1] == target
            else:
                assert tokens[k] not in tokens[:k]


def looked_at(structure, *, off=(), probe=None):
    """A frame of a model with large random weights, whose maps are no blur."""
    spec = AttentionSpec(structure=structure)
    params = 1.5 * init_params(structure)
    history = LEARNER.init(spec).history
    return observe(spec, params, 0, history, Look((0, 0), off=off, inside=True, probe=probe or Probe()))


@settings(max_examples=25, deadline=None)
@given(
    structures,
    st.sampled_from(["head", "layer", "layers", "rollout"]),
    st.sampled_from([0.2, 1.0, 3.0]),
    st.lists(st.tuples(st.just(0), st.just(0), st.integers(0, 3), st.integers(0, 3)), max_size=12),
)
def test_every_shown_map_sums_to_one_and_looks_only_where_it_may(structure, joined, temperature, flips):
    probe = Probe(joined=joined, softmax_temperature=temperature, flips=tuple(flips), lines=True)
    frame = looked_at(structure, probe=probe)
    assert np.allclose(frame["map"].sum(-1), 1, atol=1e-5)
    assert np.allclose(frame["layer_maps"].sum(-1), 1, atol=1e-5)
    assert np.abs(frame["maps"].astype(float).sum(-1) / 255 - 1).max() <= frame["maps"].shape[-1] / 510
    ahead = np.triu(np.ones_like(frame["map"]), 1) > 0
    flipped = np.zeros(frame["maps"].shape, bool)
    for cell in frame["flips"]:
        flipped[cell] = True
    closed = (ahead if structure.form == "decoder" else np.zeros_like(ahead)) ^ flipped
    assert not frame["maps"][closed].any()
    assert np.array_equal(np.isfinite(frame["inside_scaled"]), ~closed[0, 0])
    if structure.form == "decoder" and not flips:
        assert not frame["map"][ahead].any()
    assert frame["place_proba"].sum() == pytest.approx(1, abs=1e-5)


@settings(max_examples=25, deadline=None)
@given(structures, st.integers(0, 2), st.integers(0, 7), st.integers(0, 5), st.integers(0, 5))
def test_a_flipped_cell_changes_exactly_its_row_and_what_follows(structure, layer, head, row, column):
    layer, head = layer % structure.layers, head % structure.heads
    plain = looked_at(structure, probe=Probe(lines=True))
    length = len(plain["tokens"])
    cell = (layer, head, row % length, column % length)
    cut = looked_at(structure, probe=Probe(flips=(cell,), lines=True))
    assert np.abs(cut["maps"].astype(float).sum(-1) / 255 - 1).max() <= length / 510
    if cell not in cut["flips"]:
        assert cut["refused"] == (cell,)
        assert np.array_equal(plain["maps"], cut["maps"])
        return
    assert np.array_equal(plain["maps"][:layer], cut["maps"][:layer])
    others = np.arange(structure.heads) != head
    assert np.array_equal(plain["maps"][layer, others], cut["maps"][layer, others])
    rows = np.arange(length) != cell[2]
    assert np.array_equal(plain["maps"][layer, head, rows], cut["maps"][layer, head, rows])
    hidden = structure.form == "encoder" or cell[3] <= cell[2]
    if hidden and layer == 0:
        before, after = plain["layer_maps"][head, cell[2]].astype(float), cut["layer_maps"][head, cell[2]]
        before[cell[3]] = 0
        if before.sum() > 1e-3:
            assert after == pytest.approx(before / before.sum(), abs=1e-4)
    if structure.form == "decoder" and hidden:
        assert not cut["moved"][: cell[2]].any()  # nobody before it can see the change
    plain = looked_at(structure, probe=Probe(place=cut["place"]))
    assert np.array_equal(plain["place_proba"], cut["place_intact"])


@settings(max_examples=15, deadline=None)
@given(structures, st.sampled_from([0.3, 2.5]), st.integers(0, 5), st.integers(0, 5))
def test_temperature_and_swap_change_what_they_should(structure, temperature, first, second):
    plain = looked_at(structure, probe=Probe(lines=True))
    warm = looked_at(structure, probe=Probe(softmax_temperature=temperature, lines=True))
    powers = plain["layer_maps"].astype(float) ** (1 / temperature)
    assert warm["layer_maps"] == pytest.approx(powers / powers.sum(-1, keepdims=True), abs=2e-3)
    length = len(plain["tokens"])
    first, second = first % length, second % length
    swapped = looked_at(structure, probe=Probe(swap=(first, second)))
    tokens = list(plain["tokens"])
    tokens[first], tokens[second] = tokens[second], tokens[first]
    assert swapped["tokens"] == tokens
    assert swapped["targets"] == plain["targets"]
    assert swapped["edited"] == (first != second)
    if tokens == plain["tokens"]:
        assert not swapped["moved"].any()
    if structure.form == "decoder":
        assert not swapped["moved"][: min(first, second)].any()
    assert swapped["test_loss"] == plain["test_loss"]  # the run itself stays as it is
