"""Laws of the Digits learner: resume, input untouched, observing changes nothing, links."""

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.data.digits import load_digits
from playground.data.drawing import sample_drawing
from playground.learners.cnn import CnnLearner
from playground.learners.learner import Edit, State
from playground.live.commands import read_command
from playground.live.wire import pack, unpack
from playground.models.stack_start import init_params
from playground.spec import DigitsSpec
from playground.spec.drawing import pack_labelled
from playground.spec.look import Look
from playground.spec.stack import read_stack
from playground.training.digit_batches import batch_images, epoch_order, taught_drawings

LEARNER = CnnLearner()
TINY = "conv2k5,pool4,drop20,dense6"
DRAWINGS = tuple(pack_labelled(digit, sample_drawing(digit)) for digit in (4, 7))
SPECS = {
    "plain": DigitsSpec().change(stack=TINY, start="fresh"),
    "all chance": DigitsSpec().change(stack=TINY, start="fresh", augmentation=True, dropout=0.3, batch_size=250),
    "taught": DigitsSpec().change(
        stack=TINY,
        start="fresh",
        taught=DRAWINGS,
        taught_share=0.5,
        batch_size=250,
        augmentation=True,
    ),
    "residual": DigitsSpec().change(stack="conv2k5s4,res,norm", start="fresh", optimizer="rprop", batch_size=500),
    "batch norm": DigitsSpec().change(
        stack="conv2k5s4,bnorm,tanh,drop20,dense3,bnorm",
        start="fresh",
        optimizer="adamw",
        batch_size=333,
    ),  # 333: the last batch of an epoch has a single image
    "no memory": DigitsSpec().change(stack=TINY, start="fresh", optimizer="sgd"),
    "regularized": DigitsSpec().change(stack=TINY, start="fresh", regularization="l1", regularization_rate=0.01),
}


def equal(a: State, b: State) -> bool:
    same = all(np.array_equal(a.arrays[name], b.arrays[name]) for name in a.arrays)
    rest = [dataclasses.replace(s, arrays={}, history=None) for s in (a, b)]
    return same and rest[0] == rest[1] and np.array_equal(a.history.rows, b.history.rows, equal_nan=True)


@pytest.mark.parametrize("name", SPECS)
def test_seven_steps_are_four_and_then_three(name: str) -> None:
    spec = SPECS[name]
    start = LEARNER.init(spec)
    before = {key: array.copy() for key, array in start.arrays.items()}
    whole = LEARNER.advance(spec, start, 7)
    assert equal(whole, LEARNER.advance(spec, LEARNER.advance(spec, start, 4), 3))
    assert all(np.array_equal(start.arrays[key], before[key]) for key in before)
    assert not np.array_equal(whole.arrays["params"], start.arrays["params"])


@pytest.mark.parametrize(("optimizer", "n_copies"), [("adam", 3), ("sgd", 1)])
def test_a_state_holds_no_moments_that_are_all_zero(optimizer: str, n_copies: int) -> None:
    spec = SPECS["plain"].change(optimizer=optimizer)
    start = LEARNER.init(spec)
    n_params = start.arrays["params"].nbytes
    sizes = [
        sum(array.nbytes for name, array in state.arrays.items() if name != "test_proba")
        for state in (start, LEARNER.advance(spec, start, 2))
    ]
    assert sizes == [n_params, n_copies * n_params]


@pytest.mark.parametrize("still", [False, True])
def test_observing_changes_nothing_and_travels(still: bool) -> None:
    spec = SPECS["plain"]
    state = LEARNER.advance(spec, LEARNER.init(spec), 3)
    params = state.arrays["params"].copy()
    frame = LEARNER.observe(spec, state, Look(still=still))
    assert np.array_equal(state.arrays["params"], params)
    assert frame["proba"].sum() == pytest.approx(1, abs=1e-5)
    assert np.sum(frame["confusion"]) == frame["n_test"] == (2000 if still else 500)
    assert unpack(pack(frame))["first"] == frame["first"]


def test_steps_until_ends_at_the_beginning_of_the_epoch() -> None:
    spec = SPECS["all chance"]
    state = LEARNER.advance(spec, LEARNER.init(spec), 1)
    state = LEARNER.advance(spec, state, LEARNER.steps_until(spec, state, 3))
    assert (state.epoch, state.batch, state.step) == (3, 0, 12)
    assert list(state.history.column("epoch")) == [0, 1, 2, 3]


def test_ten_epochs_use_every_image_once() -> None:
    data = load_digits()
    used = np.concatenate([epoch_order(0, epoch, data) for epoch in range(10)])
    assert np.array_equal(np.sort(used), np.arange(10_000))
    assert not np.array_equal(epoch_order(0, 10, data), epoch_order(0, 0, data))


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_own_drawings_take_their_share_of_an_epoch(share: float) -> None:
    spec, data, places = SPECS["taught"].change(taught_share=share), load_digits(), np.arange(1000)
    images, labels = batch_images(spec, data, 3, places)
    plain, plain_labels = batch_images(SPECS["plain"], data, 3, places)
    own = [
        (labels == digit) & (images == drawing).all(axis=(1, 2))
        for digit, drawing in zip(*taught_drawings(DRAWINGS), strict=True)
    ]
    is_own = own[0] | own[1]
    assert is_own.mean() == pytest.approx(share, abs=0.06)
    assert np.array_equal(images[~is_own], plain[~is_own])
    assert np.array_equal(labels[~is_own], plain_labels[~is_own])
    assert abs(int(own[0].sum()) - int(own[1].sum())) < 80


def test_teaching_only_own_drawings_learns_them_and_forgets_the_rest() -> None:
    spec = SPECS["plain"].change(stack="dense16", learning_rate=0.01)
    state = LEARNER.advance(spec, LEARNER.init(spec), 32 * 6)
    before = LEARNER.observe(spec, state, Look())
    mirrored = pack_labelled(0, sample_drawing(4))  # a 4 that is to be called 0
    taught = spec.change(taught=(mirrored,), taught_share=1.0)
    after = LEARNER.observe(taught, LEARNER.advance(taught, state, 32 * 2), Look())
    assert (before["own"], before["own_read"]) == ([], None)
    assert LEARNER.observe(taught, state, Look())["own_read"] == 0.0
    assert (after["own"][0][:2], after["own_read"]) == ([0, 0], 1.0)
    assert after["test_accuracy"] < before["test_accuracy"] - 0.2


def test_the_curve_of_own_drawings_begins_where_they_were_taught() -> None:
    spec = SPECS["plain"].change(stack="dense16", batch_size=250, learning_rate=0.01)
    state = LEARNER.advance(spec, LEARNER.init(spec), 4)
    taught = spec.change(taught=DRAWINGS)
    shares = [LEARNER.observe(taught, state, Look())["own_read"]]
    state = LEARNER.advance(taught, state, 4)
    shares.append(LEARNER.observe(taught, state, Look())["own_read"])
    assert np.array_equal(state.history.column("own_read"), [float("nan"), *shares], equal_nan=True)


def test_an_edit_sets_one_parameter() -> None:
    spec = SPECS["plain"]
    state = LEARNER.init(spec)
    edited = LEARNER.edit(spec, state, Edit(layer=0, unit=1, source=24, value=5.0))
    changed = np.flatnonzero(edited.arrays["params"] != state.arrays["params"])
    assert changed.tolist() == [49]
    with pytest.raises(ValueError, match="unit must be 0 to 1"):
        LEARNER.edit(spec, state, Edit(layer=0, unit=2, source=None, value=0.0))


def test_an_edit_behind_a_batch_norm_finds_its_place() -> None:
    spec = SPECS["batch norm"]
    state = LEARNER.init(spec)
    edited = LEARNER.edit(spec, state, Edit(layer=4, unit=0, source=1, value=5.0))
    (place,) = np.flatnonzero(edited.arrays["params"] != state.arrays["params"])
    assert place == 2 * 25 + 2 + 4 * 2 + 1  # the convolution, its batch norm with two statistics, one weight


def test_every_kernel_that_is_offered_can_be_edited_in_every_filter_and_is_read_back() -> None:
    spec = DigitsSpec().change(stack="conv3k5s2,bnorm,res,pool2,conv2k3,res,dense4", start="fresh")
    state = LEARNER.init(spec)
    choices = LEARNER.scene(spec)["kernels"]
    titles = [f"Residual block {k}, {part} convolution" for k in (1, 2) for part in ("first", "second")]
    assert [c["title"] for c in choices] == ["Convolution 1", *titles[:2], "Convolution 2", *titles[2:]]
    for choice in choices:
        place, values = choice["first_map"] + choice["n_maps"] - 1, tuple(range(1, choice["size"] ** 2 + 1))
        message = {"type": "edit_kernel", "layer": choice["layer"], "unit": 0, "map": place, "values": values}
        edited = LEARNER.edit(spec, state, read_command(json.dumps({**message, "n_units": choice["n_filters"]})).edit())
        changed = np.flatnonzero(edited.arrays["params"] != state.arrays["params"])
        assert len(changed) == choice["n_filters"] * len(values)
        for unit in range(choice["n_filters"]):
            frame = LEARNER.observe(spec, edited, Look(kernel=(choice["layer"], unit, place)))
            assert frame["kernel_values"].ravel().tolist() == list(values)
        before = LEARNER.observe(spec, state, Look())
        assert not np.array_equal(frame[f"maps_{choice['layer']}"], before[f"maps_{choice['layer']}"])
        assert not np.array_equal(frame["proba"], before["proba"])
    with pytest.raises(ValueError, match="source must be 0 to 53"):
        LEARNER.edit(spec, state, Edit(layer=2, unit=0, source=54, value=1.0))


def test_a_new_filter_leaves_the_others_start_weights() -> None:
    few, more = (init_params(read_stack(f"conv{n}k5"), 0)[: 4 * 25] for n in (4, 5))
    assert np.array_equal(few, more)


def test_a_huge_learning_rate_stops_with_a_reason() -> None:
    spec = DigitsSpec().change(stack=TINY, start="fresh", optimizer="sgd", learning_rate=10.0, activation="linear")
    state = LEARNER.init(spec)
    params = state.arrays["params"] * np.float32(1e6)
    state = LEARNER.advance(spec, dataclasses.replace(state, arrays={**state.arrays, "params": params}), 200)
    assert state.stopped.startswith("Diverged")


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.sampled_from(["conv4k5", "conv3k3p1", "pool2", "avg2", "res", "norm", "bnorm", "tanh", "drop25", "dense9"]),
        max_size=6,
    )
)
def test_a_stack_is_legal_or_named(names: list[str]) -> None:
    text = ",".join(names)
    try:
        read_stack(text)
    except ValueError:
        with pytest.raises(ValueError, match="stack block"):
            DigitsSpec().change(stack=text, start="fresh")
        return
    spec = DigitsSpec().change(stack=text, start="fresh")
    again, problems = DigitsSpec.from_query(spec.to_query())
    assert (again, problems) == (spec, [])
    assert len(init_params(read_stack(text), 0)) == sum(block.n_stored for block in read_stack(text))


@given(st.text(max_size=60))
def test_any_text_as_a_link_gives_a_legal_spec(text: str) -> None:
    spec, problems = DigitsSpec.from_query({"stack": text, "drawing": text, "start": text})
    assert isinstance(spec, DigitsSpec)
    assert problems
