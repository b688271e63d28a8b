"""The attention spec and frame."""

import itertools
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from pydantic import ValidationError

from playground.data.sequences import make_batch, make_test, vocabulary
from playground.frames.attention import evaluate
from playground.frames.attention_cards import explain
from playground.frames.heads import moments
from playground.frames.intervention import Edits
from playground.frames.patterns import PATTERNS, name_patterns, targets_of
from playground.learners.registry import shipped_state
from playground.learners.transformer import TransformerLearner
from playground.live.wire import pack, unpack
from playground.models.transformer import forward, unflatten
from playground.models.transformer_params import init_params
from playground.spec import AttentionSpec, AttentionStructure
from playground.spec.attention import SHIPPED_EPOCH
from playground.spec.look import Look
from playground.spec.probe import MAX_FLIPS, Probe
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
    assert 0 <= frame["entropy"].min() <= frame["entropy"].max() <= 1


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


@cache  # states are never written to
def trained(n_steps=100, **changes):
    spec = AttentionSpec().change(**{"task": "copy", "length": 4, "width": 32, "learning_rate": 0.003, **changes})
    return spec, LEARNER.advance(spec, LEARNER.init(spec), n_steps)


def test_own_input_is_answered_and_a_wrong_one_is_explained():
    spec, state = trained()
    frame = LEARNER.observe(spec, state, Look(text=" abca "))
    assert (frame["source"], frame["own_text_problem"]) == ("ABCA", "")
    assert "".join(frame["targets"]) == "ABCA"
    for text in ("AB", "ABCD", "😀😀😀😀", "אבגד", "AB A"):
        frame = LEARNER.observe(spec, state, Look(text=text))
        assert frame["own_text_problem"].startswith("an input must have 4 of A B C")
        assert len(frame["own_text_problem"]) < 120
    frame = LEARNER.observe(spec, state, Look(text=" cabb" + 10_000 * "word "))
    assert (frame["source"], frame["own_text_kept"], frame["own_text_cut"][:5]) == ("CABB", "cabb", "word ")
    assert LEARNER.observe(spec, state, Look(text="   "))["own_text_problem"] == ""


@pytest.mark.parametrize(
    ("task", "good", "bad"),
    [
        ("addition", "123+989", "12+9891"),
        ("depth", "(()", "())"),
        ("brackets", "()", "(]"),
        ("count", "ABA", "AB2"),
        ("induction", "ABABA", "AB>BA"),
    ],
)
def test_own_input_of_each_kind(task, good, bad):
    spec = AttentionSpec().change(task=task, length=3, width=16)
    state = LEARNER.init(spec)
    frame = LEARNER.observe(spec, state, Look(text=good))
    assert (frame["source"], frame["own_text_problem"]) == (good, "")
    assert LEARNER.observe(spec, state, Look(text=bad))["own_text_problem"].startswith("an input must")
    if task == "addition":
        assert "".join(frame["targets"]) == "1112"


def test_switching_a_head_off_changes_only_what_follows_it():
    spec, state = trained()
    whole, cut = (LEARNER.observe(spec, state, Look(off=off)) for off in ((), ((1, 0), (7, 7))))
    assert cut["off"] == [(1, 0)]
    assert np.array_equal(whole["maps"], cut["maps"])  # maps of the last layer come before its heads' outputs
    assert not np.array_equal(whole["said_proba"], cut["said_proba"])
    assert np.array_equal(whole["said_proba"], cut["said_intact_proba"])
    assert whole["test_loss"] == cut["test_loss"]  # the run itself goes on with all heads
    first = LEARNER.observe(spec, state, Look(off=((0, 0),)))
    assert np.array_equal(first["maps"][0], whole["maps"][0])
    assert not np.array_equal(first["maps"][1], whole["maps"][1])


@pytest.mark.parametrize(
    ("text", "off", "probe"),
    [
        ("", (), {}),
        ("CABA", (), {}),
        ("CABA", ((1, 0),), {}),
        ("", (), {"flips": ((0, 1, 6, 2), (1, 0, 7, 3))}),
        ("ABBC", (), {"swap": (0, 3)}),
        ("", ((0, 1),), {"softmax_temperature": 0.4, "swap": (1, 2)}),
    ],
)
def test_ablation_is_the_loss_without_a_head_less_the_loss_with_it_of_what_is_shown(text, off, probe):
    spec, state = trained()
    ablation = LEARNER.observe(spec, state, Look(text=text, off=off, probe=Probe(**probe)))["ablation"]
    names = vocabulary(spec.structure)

    def loss(off):
        """Place by place, from the distributions that the page shows."""
        frames = [
            LEARNER.observe(spec, state, Look(text=text, off=off, probe=Probe(**probe, place=place)))
            for place in range(4, 8)  # the four that are asked
        ]
        targets = [names.index(frame["targets"][frame["place"]]) for frame in frames]
        return -np.mean(np.log([frame["place_proba"][k] for frame, k in zip(frames, targets, strict=True)]))

    for head in itertools.product(range(2), range(2)):
        assert ablation[head] == pytest.approx(loss((*off, head)) - loss(off), abs=1e-5)
        assert (head not in off) or abs(ablation[head]) < 1e-6


def test_accuracy_by_position_is_counted_answer_by_answer():
    spec, state = trained(n_steps=10)
    frame = LEARNER.observe(spec, state, Look())
    batch = make_test(spec.structure)
    params = unflatten(torch.tensor(state.arrays["params"]), spec.structure)
    said = forward(params, spec.structure, torch.from_numpy(batch.tokens))[0].argmax(-1).tolist()
    asked = batch.targets.tolist()
    for place in range(batch.tokens.shape[1]):
        right = [ours[place] == answer[place] for ours, answer in zip(said, asked, strict=True) if answer[place] >= 0]
        assert frame["position_accuracy"][place] == pytest.approx(np.mean(right) if right else -1)
    exact = np.mean([all(t in (s, -1) for s, t in zip(*rows, strict=True)) for rows in zip(said, asked, strict=True)])
    assert 0 < exact < 1
    assert frame["test_accuracy"] == pytest.approx(exact)


def test_between_two_records_a_run_that_stands_still_is_tested():
    spec, state = trained(n_steps=13)
    playing, still = (LEARNER.observe(spec, state, Look(still=still)) for still in (False, True))
    assert playing["test_loss"] == state.history.last("test_loss")  # of step 10
    scores = evaluate(spec.structure, state.arrays["params"], make_test(spec.structure))
    assert (still["test_loss"], still["test_accuracy"]) == (scores.loss, scores.exact)
    assert still["test_loss"] != playing["test_loss"]


@pytest.mark.parametrize("name", ["previous token", "first token", "same token", "induction", "position only", ""])
def test_patterns_are_named_by_what_heads_do(name):
    tokens = torch.randint(1, 6, (32, 10), generator=torch.Generator().manual_seed(0))
    causal = torch.ones(10, 10).tril()
    if name in PATTERNS:
        wanted = targets_of(tokens)[PATTERNS.index(name)] * causal  # (n, T, T)
    elif name:
        wanted = (torch.arange(10)[:, None] == torch.arange(10) + 3).float().expand(32, 10, 10)
    else:
        wanted = torch.zeros(32, 10, 10)
    empty = (wanted.sum(-1, keepdim=True) == 0).float()
    maps = wanted + empty * causal
    maps = maps / maps.sum(-1, keepdim=True)
    assert name_patterns([maps[:, None]], tokens, "decoder")[0][0] == name


def test_where_patterns_look_written_out_by_hand():
    wanted = dict(zip(PATTERNS, targets_of(torch.tensor([[1, 2, 3, 1, 2]])), strict=True))

    def cells(name):
        """(row, column) where the pattern looks, of those that a decoder sees."""
        return {(row, column) for _, row, column in wanted[name].nonzero().tolist() if column <= row}

    assert cells("induction") == {(3, 1), (4, 2)}  # what followed the 1 and the 2 before
    assert cells("same token") == {(3, 0), (4, 1)}
    assert cells("previous token") == {(1, 0), (2, 1), (3, 2), (4, 3)}
    assert cells("first token") == {(k, 0) for k in range(5)}
    assert cells("itself") == {(k, k) for k in range(5)}
    maps = torch.eye(5).repeat(1, 3, 1, 1)  # three heads: each looks at itself where it follows no pattern
    for head, cell in ((0, (3, 1)), (0, (4, 2)), (1, (3, 0)), (1, (4, 1))):
        maps[0, head, cell[0]] = torch.eye(5)[cell[1]]
    named = name_patterns([maps], torch.tensor([[1, 2, 3, 1, 2]]), "decoder")
    assert named == [("induction", 1.0), ("same token", 1.0), ("itself", 1.0)]


@pytest.mark.parametrize("off", [((0, 1),), ((0, 0), (1, 3)), tuple(itertools.product(range(2), range(4)))])
def test_heads_that_are_off_are_a_model_whose_mixing_does_not_read_them(off):
    spec = AttentionSpec().change(task="copy", length=4, width=32, heads=4)
    structure = spec.structure
    shown = make_test(structure)
    params = unflatten(torch.tensor(init_params(structure)), structure)
    said = Edits(off=off).run(structure, params, torch.from_numpy(shown.tokens[:1]))[0]
    for layer, head in off:
        params[f"{layer}.out"][:, 8 * head : 8 * head + 8] = 0  # (W, W): the columns that read this head's 8 numbers
    torch.testing.assert_close(said, forward(params, structure, torch.from_numpy(shown.tokens[:1]))[0])


@pytest.mark.parametrize("layer", [0, 1])
@pytest.mark.parametrize("norm", ["before", "after", "none"])
@pytest.mark.parametrize("positions", ["none", "learned", "sinusoidal", "rotary", "alibi"])
def test_every_matrix_of_a_head_follows_from_those_before(positions, norm, layer):
    spec = AttentionSpec().change(task="copy", length=4, width=32, positions=positions, norm=norm)
    state = LEARNER.advance(spec, LEARNER.init(spec), 3)  # gains are no longer 1
    assert "inside_query" not in LEARNER.observe(spec, state, Look((layer, 1)))
    asked = LEARNER.observe(spec, state, Look((layer, 1), inside=True, still=True))
    playing = LEARNER.observe(spec, state, Look((1 - layer, 1), inside=True))
    assert set(asked) == set(playing), "what is left out would stay from the frame before"
    frame = {name: value for name, value in asked.items() if value is not None}
    read, weights, bias = (frame[f"inside_{name}"].astype(float) for name in ("read", "weights", "bias"))
    parts = frame["inside_entered"] if layer else [frame["inside_embedding"], frame.get("inside_positions", 0)]
    entered = sum(parts)
    assert ("inside_moments" in frame) == (norm == "before" or (norm == "after" and layer == 1))
    if "inside_moments" in frame:
        mean, spread = frame["inside_moments"].T[:, :, None]
        assert mean == pytest.approx(entered.mean(1, keepdims=True), abs=1e-5)
        assert spread == pytest.approx(np.sqrt(entered.var(axis=1, keepdims=True) + 1e-5), abs=1e-5)
        gain, shift = frame["inside_norm"]
        entered = (entered - mean) / spread * gain + shift
    assert read == pytest.approx(entered, abs=1e-4)
    parts = {name: read @ weights[k].T + bias[k] for k, name in enumerate(("query", "key", "value"))}
    if positions == "rotary":
        for k, name in enumerate(("query", "key")):
            assert frame["inside_unturned"][k] == pytest.approx(parts[name], abs=1e-4)
            first, second = np.split(parts[name], 2, axis=1)
            cos, sin = np.cos(frame["inside_angles"]), np.sin(frame["inside_angles"])
            parts[name] = np.hstack([first * cos - second * sin, first * sin + second * cos])
    for name, part in parts.items():
        assert frame[f"inside_{name}"] == pytest.approx(part, abs=1e-4)
    query, key, value = (frame[f"inside_{name}"].astype(float) for name in ("query", "key", "value"))
    scores = query @ key.T
    assert scores == pytest.approx(frame["inside_scores"], abs=1e-4)
    seen = np.tril(np.ones_like(scores)) > 0
    assert np.array_equal(frame["inside_scaled"] == -np.inf, ~seen)
    places = np.arange(len(scores))
    distance = frame.get("inside_slope", 0) * np.abs(places[:, None] - places)
    assert (scores / np.sqrt(16) - distance)[seen] == pytest.approx(frame["inside_scaled"][seen], abs=1e-4)
    maps = np.exp(frame["inside_scaled"].astype(float))
    maps /= maps.sum(axis=1, keepdims=True)
    assert maps == pytest.approx(frame["inside_map"], abs=1e-5)
    assert maps @ value == pytest.approx(frame["inside_heads"], abs=1e-4)


@pytest.mark.parametrize("positions", ["learned", "alibi"])
def test_the_steps_of_a_changed_encoder_follow_from_each_other(positions):
    spec = AttentionSpec().change(task="copy", length=4, width=32, form="encoder", positions=positions)
    flips, heat = ((0, 1, 2, 0), (0, 1, 2, 3), (1, 1, 2, 0)), 0.4
    look = Look((0, 1), off=((0, 1),), inside=True, still=True, probe=Probe(flips=flips, softmax_temperature=heat))
    frame = LEARNER.observe(spec, LEARNER.init(spec), look)
    scores = frame["inside_query"].astype(float) @ frame["inside_key"].T
    places = np.arange(4)
    distance = (frame["inside_slope"] if positions == "alibi" else 0) * np.abs(places[:, None] - places)
    expected = (scores / np.sqrt(16) - distance) / heat
    expected[2, [0, 3]] = -np.inf  # only what was hidden by hand: an encoder sees all
    assert frame["inside_scaled"] == pytest.approx(expected, abs=1e-4)
    maps = np.exp(expected) / np.exp(expected).sum(axis=1, keepdims=True)
    assert frame["inside_map"] == pytest.approx(maps, abs=1e-5)
    assert not frame["inside_heads"].any()  # off: it writes nothing, though it still looks
    on = LEARNER.observe(spec, LEARNER.init(spec), replace(look, off=()))
    assert on["inside_heads"] == pytest.approx(maps @ on["inside_value"], abs=1e-4)


def test_cards_say_what_was_measured():
    structure = {"task": "reverse", "positions": "none", "form": "encoder"}
    columns = ("train_accuracy", "test_accuracy")
    matters = np.array([[0.1, 0.2], [1.5, 0.0]])

    def cards(train, test, epoch=40, **choices):
        history = History.empty(*columns).add(0, 0, 0, 0).add(epoch, 10 * epoch, train, test)
        return [card["key"] for card in explain(AttentionSpec().change(**choices), history, matters, still=False)]

    begun = History.empty(*columns).add(0, 0, 0, 0)
    assert explain(AttentionSpec(), begun, matters, still=True)[0]["key"] == "begin"
    assert cards(1, 1) == ["solved"]
    assert cards(0.1, 0.1, **structure) == ["places"]
    assert cards(0.95, 0.2) == ["heart"]
    assert cards(0.1, 0.1, optimizer="sgd") == ["sgd"]
    assert cards(0.1, 0.1) == cards(0.1, 0.1, epoch=5, **structure) == []
    history = begun.add(9, 90, 1, 1)
    assert "by 1.50, without layer 2, head 1" in explain(AttentionSpec(), history, matters, still=True)[0]["text"]
    assert "nobody knows the answer" in explain(AttentionSpec(), history, None, still=True)[0]["text"]
    new, seen = (AttentionSpec().change(task="induction", alphabet=n) for n in (15, 3))
    titles = [explain(spec, history, matters, still=True)[0]["title"] for spec in (new, seen)]
    assert titles == ["New sequences are right.", "Test sequences are right."]


def test_a_link_carries_all_that_is_tried_on_the_shown_sequence():
    link = {
        "own_input": "CAB BAC", "heads_off": "2.1,1.2", "mask_flips": "1.2.12.3,2.1.1.4", "swap": "2.5",
        "softmax_temperature": "0.5", "head": "2.1", "joined": "rollout", "place": "9",
    }  # fmt: skip
    spec, problems = AttentionSpec.from_query(link)
    assert (spec.to_query(), problems) == (link, [])
    assert spec.trains_like(AttentionSpec())
    tried = LEARNER.scene(spec)["tried"]
    assert (tried["text"], tried["off"]) == ("CAB BAC", ((1, 0), (0, 1)))
    assert (tried["flips"], tried["swap"]) == (((0, 1, 11, 2), (1, 0, 0, 3)), (1, 4))
    assert (tried["unit"], tried["joined"], tried["place"]) == ((1, 0), "rollout", 8)
    names = ("flips", "swap", "softmax_temperature", "joined", "place")
    Probe(**{name: tried[name] for name in names})  # a viewer may say all of it
    wrong = {
        "heads_off": "9.9", "mask_flips": "1.1.0.1", "swap": "1.1.1", "softmax_temperature": "nan",
        "own_input": "x" * 201, "head": "0.1", "joined": "mean", "place": "-1",
    }  # fmt: skip
    problems = AttentionSpec.from_query(wrong)[1]
    assert sorted(problem.field for problem in problems) == sorted(wrong)
    assert not [problem.rule for problem in problems if "match" in problem.rule]
    many = ",".join(["1.1.2.1"] * (MAX_FLIPS + 1))
    assert [problem.field for problem in AttentionSpec.from_query({"mask_flips": many})[1]] == ["mask_flips"]


def test_the_page_opens_with_a_trained_example_that_is_the_run_of_the_default_choices():
    spec = AttentionSpec()
    shipped = shipped_state(spec)
    assert (shipped.epoch, shipped.step, spec.opens_at) == (SHIPPED_EPOCH, 10 * SHIPPED_EPOCH, SHIPPED_EPOCH)
    trained = LEARNER.advance(spec, LEARNER.init(spec), 30)
    assert np.allclose(shipped.history.rows[:4], trained.history.rows, rtol=1e-3, atol=1e-3)  # of any processor
    scores = evaluate(spec.structure, shipped.arrays["params"], make_test(spec.structure))
    assert (scores.loss, scores.exact) == pytest.approx((shipped.history.last("test_loss"), 1.0), abs=1e-5)
    frame = LEARNER.observe(spec, shipped, Look(still=True))
    assert frame["ablation"][tuple(frame["looked"])] == frame["ablation"].max()
    assert frame["cards"][0]["key"] == "opened"
    assert frame["patterns"][3][0] == "position only"  # whatever the letters are, it looks at the mirrored place
    without = LEARNER.observe(spec, shipped, Look(still=True, off=(tuple(frame["looked"]),)))
    assert frame["said"][6:] == frame["targets"][6:]
    assert [k for k in range(6, 12) if without["said"][k] != frame["targets"][k]] == [11]  # the last letter is lost
    assert without["moved"][11] == pytest.approx(0.928, abs=1e-2)
    for change in ({"task": "sort"}, {"learning_rate": 0.01}, {"seed": 1}):
        assert (spec.change(**change).opens_at, shipped_state(spec.change(**change))) == (0, None)
    assert spec.change(speed="max", own_input="ABCABC").opens_at == SHIPPED_EPOCH


@pytest.mark.parametrize(
    ("choices", "says"),
    [
        ({"task": "sort"}, ""),
        ({"task": "brackets", "length": 6}, "only 5 different inputs"),
        ({"task": "brackets", "length": 3}, "4 of the 4 different test inputs are trained on too"),
        ({"task": "depth", "length": 5}, "only 1 different input:"),
        ({"task": "induction", "alphabet": 3}, "12 of the 12"),
        ({"task": "text"}, ""),
    ],
)
def test_a_test_of_few_different_inputs_is_said_to_be_one(choices, says):
    structure = AttentionSpec().change(**choices).structure
    note = LEARNER.scene(AttentionSpec(structure=structure))["test_note"]
    assert says in note
    assert bool(note) == bool(says)
    everything = {row.tobytes() for k in range(40) for row in make_batch(structure, "train", k, 64).tokens}
    shared = {row.tobytes() for row in make_test(structure).tokens} & everything
    assert bool(shared) == ("trained on too" in note)


@pytest.mark.parametrize("choices", [{"task": "depth", "length": 5}, {"task": "brackets", "length": 6}])
def test_where_few_sequences_exist_no_head_is_given_a_pattern(choices):
    """On one sequence repeated every head looks at the same places, whatever it does."""
    spec = AttentionSpec().change(**choices)
    assert len(np.unique(make_test(spec.structure).tokens, axis=0)) < 8
    learner = TransformerLearner()
    state = learner.advance(spec, learner.init(spec), 30)
    assert all(name == "" for name, _ in learner.observe(spec, state, Look(still=True))["patterns"])


def test_of_swapped_tokens_no_loss_is_told():
    spec, learner = AttentionSpec(), TransformerLearner()
    state = learner.init(spec)
    assert learner.observe(spec, state, Look())["scored"]
    assert not learner.observe(spec, state, Look(probe=Probe(swap=(0, 3))))["scored"]
    induction = AttentionSpec().change(task="induction", alphabet=15)
    assert not learner.observe(induction, learner.init(induction), Look(text="ABCDEFGHIJK"))["scored"], (
        "nothing is asked"
    )


def test_unless_a_place_is_chosen_the_output_is_told_where_the_changes_move_it_most():
    spec, learner = AttentionSpec(), TransformerLearner()
    state = learner.advance(spec, learner.init(spec), 60)
    frame = learner.observe(spec, state, Look(off=((1, 1),)))
    asked = [place for place, target in enumerate(frame["targets"]) if target]
    assert frame["place"] == max(asked, key=lambda place: frame["moved"][place]) != asked[0]
    assert learner.observe(spec, state, Look())["place"] == asked[0]
    assert learner.observe(spec, state, Look(off=((1, 1),), probe=Probe(place=2)))["place"] == 2
