"""The run as a value, its timeline, and the replay that both rest on."""

from __future__ import annotations

import asyncio
import weakref
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground.learners.learner import Edit, State
from playground.learners.registry import learner_of
from playground.live import timeline as timelines
from playground.live import work
from playground.live.course import Course
from playground.live.run import Change, Run
from playground.live.slice import Envelope
from playground.live.timeline import Timeline, n_bytes
from playground.live.wire import unpack
from playground.live.wish import Wish
from playground.spec import AttentionSpec, CompareSpec, DigitsSpec, PlaygroundSpec, Spec, TreesSpec
from playground.spec.look import Look
from tests.unit.test_hub import InProcess

SPEC = PlaygroundSpec().change(n_samples=40, hidden_sizes=(3,), learning_rate=0.1)  # 2 steps an epoch
FAST = SPEC.change(learning_rate=0.5).settings
SMALL = SPEC.change(batch_size=4).settings  # 5 steps an epoch
EDIT = Edit(layer=0, unit=1, source=0, value=2.5)


def same(one: State, other: State) -> bool:
    return (
        (one.step, one.epoch, one.batch, one.batch_size) == (other.step, other.epoch, other.batch, other.batch_size)
        and all(np.array_equal(one.arrays[name], other.arrays[name]) for name in one.arrays)
        and np.array_equal(one.history.rows, other.history.rows, equal_nan=True)
    )


def play(run: Run, n_steps: int) -> State:
    return work.advance(run, work.start(run), n_steps, heed_stops=False)


# --- the value --------------------------------------------------------------------------------------------------------


def test_a_change_leaves_the_former_run_alone() -> None:
    run = Run(SPEC)
    longer = run.change(4, FAST)
    assert run.changes == ()
    assert longer.changes == (Change(4, FAST),)


def test_settings_hold_from_their_step_on() -> None:
    run = Run(SPEC).change(4, FAST).change(9, SMALL)
    assert [run.spec_at(step).settings for step in (0, 3, 4, 8, 9, 100)] == [
        SPEC.settings, SPEC.settings, FAST, FAST, SMALL, SMALL,
    ]  # fmt: skip
    assert run.spec_at(50).structure == SPEC.structure


def test_at_the_same_step_only_the_last_settings_and_the_last_edit_of_a_weight_stay() -> None:
    run = Run(SPEC).change(4, FAST).change(4, SMALL)
    assert run.changes == (Change(4, SMALL),)
    run = run.change(4, EDIT).change(4, replace(EDIT, unit=0)).change(4, replace(EDIT, value=1.0)).change(4, FAST)
    assert run.edits_at(4) == [replace(EDIT, unit=0), replace(EDIT, value=1.0)]
    assert run.spec_at(4).settings == FAST


def test_a_kernel_is_one_change_and_its_numbers_count() -> None:
    kernel = Edit(0, 1, 0, (1.0, 2.0), n_units=2)
    run = Run(SPEC).change(4, kernel).change(4, FAST).change(4, replace(kernel, value=(3.0, 4.0)))
    assert run.edits_at(4) == [replace(kernel, value=(3.0, 4.0))]
    assert run.change(4, replace(kernel, n_units=1)).edits_at(4)[1].n_units == 1  # one filter after all of them
    assert run.n_numbers == 3


def test_the_numbers_of_a_run_are_counted_once() -> None:
    """The hub asks for all idle runs whenever somebody leaves: 30 000 numbers each would stop the server."""

    class Counting(tuple[Change, ...]):
        n_walks = 0

        def __iter__(self) -> Any:
            Counting.n_walks += 1
            return super().__iter__()

    course: Any = Course(None, Wish(PlaygroundSpec()))  # type: ignore[arg-type]
    course.run = Run(PlaygroundSpec(), Counting([Change(0, Edit(0, 0, 0, (0.5,) * 225))] * 100))
    assert course.n_bytes == course.n_bytes > 225 * 100 * 8
    assert Counting.n_walks == 1


@pytest.mark.parametrize(("step", "seconds"), [(0, 0.0), (2, 3.5)])
def test_a_run_that_is_rewound_has_played_no_time(step: int, seconds: float) -> None:
    async def go_back() -> None:
        course = Course(InProcess(), Wish(SPEC))  # type: ignore[arg-type]
        await course.train(4, None)
        course.watch.seconds = 3.5
        await course.seek(step, "step")
        course.branch(SPEC.settings)
        assert (course.head and course.head.step, course.watch.seconds) == (step, seconds)

    asyncio.run(go_back())


def test_edits_of_one_step_can_be_taken_back() -> None:
    run = Run(SPEC).change(2, EDIT).change(4, EDIT).change(4, FAST)
    assert run.without_edits(4).changes == (Change(2, EDIT), Change(4, FAST))


def test_until_keeps_what_was_done_up_to_the_step() -> None:
    run = Run(SPEC).change(4, FAST).change(6, EDIT).change(9, SMALL)
    assert run.until(6).changes == run.changes[:2]
    assert run.until(3).changes == ()
    assert run.until(100) == run


def test_next_change_is_the_first_one_after_the_step() -> None:
    run = Run(SPEC).change(4, FAST).change(9, EDIT)
    assert [run.next_change(step, 12) for step in (0, 4, 9)] == [4, 9, 12]
    assert run.next_change(0, 2) == 2


def test_a_frame_never_lies_beyond_the_head_that_it_names() -> None:
    """A frame is ordered before its steps are taken; curves and timeline end at the head."""
    run = Run(SPEC)
    ordered = Envelope({"head_epoch": 0}, Look(), None, False)
    ahead, past = work.train(run, None, 6, ordered), replace(ordered, header={"head_epoch": 9})
    assert ahead.message is not None
    frames = [unpack(ahead.message), unpack(work.observe(run, ahead.state, past))]
    assert [(frame["epoch"], frame["head_epoch"]) for frame in frames] == [(3, 3), (3, 9)]


@pytest.mark.parametrize(
    ("spec", "kind"),
    [
        (SPEC, "probability"),
        (TreesSpec(), "probability"),
        (CompareSpec(), None),
        (DigitsSpec(), "features"),
        (AttentionSpec(), "attention"),
    ],
)
def test_every_run_has_a_small_picture_or_none(spec: Spec, kind: str | None) -> None:
    """One run that cannot be pictured must not take the whole wall away."""
    run = Run(spec)
    glance = work.glance(run, work.start(run))
    assert (glance and glance["map_kind"]) == kind
    if glance:
        assert {glance[name].shape for name in ("map", "map_class")} == {(50, 50)}
        assert {glance[name].dtype for name in ("map", "map_class")} == {np.dtype(np.uint8)}


def test_four_maps_stand_side_by_side_with_a_line_between() -> None:
    maps = np.stack([np.full((3, 3), value, np.uint8) for value in (10, 20, 30, 40, 50)])
    picture = work._side_by_side(maps)
    assert [picture[0, 0], picture[0, -1], picture[-1, 0], picture[-1, -1]] == [10, 20, 30, 40]
    assert not picture[24:26].any()
    assert (work._side_by_side(maps[:1]) == 10).all()


# --- replay -----------------------------------------------------------------------------------------------------------


def test_changes_take_effect_at_their_step() -> None:
    run = Run(SPEC).change(5, FAST)
    learner = learner_of(SPEC)
    by_hand = learner.advance(SPEC, learner.init(SPEC), 5)
    by_hand = learner.advance(SPEC.change(learning_rate=0.5), by_hand, 6)
    assert same(play(run, 11), by_hand)
    assert not same(play(Run(SPEC), 11), by_hand)


def test_an_edit_is_part_of_the_replay() -> None:
    run = Run(SPEC).change(6, EDIT)
    learner = learner_of(SPEC)
    by_hand = learner.edit(SPEC, learner.advance(SPEC, learner.init(SPEC), 6), EDIT)
    assert same(play(run, 6), by_hand)
    assert same(play(run, 10), learner.advance(SPEC, by_hand, 4))


def test_an_edit_before_the_first_step_is_there_at_the_start() -> None:
    assert 2.5 in work.start(Run(SPEC).change(0, EDIT)).arrays["params"]
    assert 2.5 not in work.start(Run(SPEC)).arrays["params"]


@pytest.mark.parametrize("epoch", range(0, 13))
@pytest.mark.parametrize("from_step", [0, 3, 7])
def test_replay_finds_every_epoch_of_a_run_with_changes(epoch: int, from_step: int) -> None:
    """Batch size, rate and a weight change in the middle of epochs; each epoch is found again bit for bit."""
    run = Run(SPEC).change(3, SMALL).change(7, EDIT).change(9, FAST).change(14, SMALL)
    original = work.start(run)
    beginnings = {0: original}
    for _ in range(60):
        original = work.advance(run, original, 1, heed_stops=False)
        if original.batch == 0:
            beginnings.setdefault(original.epoch, original)
    near = play(run, from_step)
    if near.epoch < epoch or near.batch == 0 == epoch - near.epoch:
        assert same(work.replay(run, near, epoch), beginnings[epoch])
    else:  # it is past the beginning already and stays where it is
        assert same(work.replay(run, near, epoch), near)


def test_every_step_of_a_run_with_changes_is_found_again() -> None:
    run = Run(SPEC).change(3, SMALL).change(7, EDIT).change(9, FAST)
    for step in range(20):
        for near in (work.start(run), play(run, min(step, 5))):
            there = False
            while not there:
                near, there = work.seek(run, near, "step", step)
            assert same(near, play(run, step))


def test_slices_of_any_size_make_the_same_run() -> None:
    run = Run(SPEC).change(3, SMALL).change(7, EDIT).change(9, FAST)
    state: State | None = None
    for n_steps in (0, 2, 5, 1, 1, 9, 3):
        state = work.train(run, state, n_steps, None).state
    assert state is not None
    assert same(state, play(run, 21))


def test_step_by_epoch_ends_where_the_next_one_begins() -> None:
    run = Run(SPEC)
    state = work.train(run, play(run, 1), None, None).state
    assert (state.epoch, state.batch, state.step) == (1, 0, 2)


def test_a_diverged_replay_ends_instead_of_turning_forever() -> None:
    wild = PlaygroundSpec().change(
        dataset="plane", activation=("relu",), hidden_sizes=(8, 8), learning_rate=10.0, n_samples=40
    )
    run = Run(wild)
    state = work.advance(run, work.start(run), 10_000, heed_stops=True)
    assert state.stopped.startswith("Diverged")
    assert np.all(np.isfinite(state.history.rows))
    assert work.replay(run, work.start(run), 10_000).epoch < 10_000


def test_an_edit_of_a_weight_that_is_not_there_is_refused() -> None:
    state = work.start(Run(SPEC))
    assert work.edit(Run(SPEC), state, Edit(7, 0, 0, 1.0)) is None
    assert work.edit(Run(SPEC), state, Edit(0, 3, 0, 1.0)) is None
    assert work.edit(Run(SPEC), state, Edit(0, 0, 9, 1.0)) is None


def test_a_frame_carries_the_rows_that_the_viewer_lacks() -> None:
    state = play(Run(SPEC), 10)  # 5 epochs
    message = work.observe(Run(SPEC), state, Envelope({"id": 3}, Look(), 4, False))
    frame = unpack(message)
    assert frame["type"] == "frame"
    assert (frame["id"], frame["epoch"], frame["step"], frame["history_from"]) == (3, 5, 10, 4)
    assert frame["history"][:, 0].tolist() == [4, 5]
    assert "history" not in unpack(work.observe(Run(SPEC), state, Envelope({}, Look(), None, True)))


# --- timeline ---------------------------------------------------------------------------------------------------------


def filled(run: Run, n_steps: int, slice_steps: int = 1) -> tuple[Timeline, State]:
    timeline, state = Timeline(), work.start(run)
    timeline.add(state)
    while state.step < n_steps:
        state = work.advance(run, state, slice_steps, heed_stops=False)
        timeline.add(state)
    return timeline, state


@pytest.mark.parametrize("slice_steps", [1, 3, 5])
def test_any_epoch_is_found_again_exactly(slice_steps: int) -> None:
    run = Run(SPEC).change(6, SMALL)
    timeline, head = filled(run, 60, slice_steps)
    for epoch in range(head.epoch + 1):
        near = timeline.before_epoch(epoch, head.history)
        found = work.replay(run, near, epoch)
        original = work.replay(run, work.start(run), epoch)
        assert (found.epoch, found.batch) == (epoch, 0)
        assert same(found, original)


def test_a_snapshot_holds_no_history_in_memory() -> None:
    timeline, state = Timeline(), work.advance(Run(SPEC), work.start(Run(SPEC)), 20, heed_stops=False)
    rows = weakref.ref(state.history.rows)
    timeline.add(state)
    del state
    assert rows() is None


def test_the_timeline_is_bounded_in_number_and_keeps_both_ends() -> None:
    timeline, head = filled(Run(SPEC), 3000)
    assert len(timeline._states) <= timelines.MAX_SNAPSHOTS
    assert timeline._states[0].step == 0
    assert timeline._states[-1].step == head.step
    steps = [state.step for state in timeline._states]
    assert steps == sorted(set(steps))
    assert max(np.diff(steps)) <= 4 * 3000 / timelines.MAX_SNAPSHOTS  # no moment is a long way from a kept one


def test_a_long_run_of_a_large_network_keeps_moments_of_all_its_past(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timelines, "MAX_BYTES", 300_000)
    timeline, head = filled(Run(SPEC.change(hidden_sizes=(16,) * 8)), 2000)
    n_kept = len(timeline._states)
    ways = [step - timeline.before_step(step + 1, head.history).step for step in range(head.step)]
    assert n_kept < 30 and max(ways) <= 4 * head.step / n_kept


def test_the_timeline_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timelines, "MAX_BYTES", 1_000_000)
    run = Run(SPEC.change(hidden_sizes=(16,) * 8))
    timeline, head = filled(run, 200)
    one = sum(array.nbytes for array in head.arrays.values())
    assert len(timeline._states) * one <= 1_000_000
    assert timeline._states[0].step == 0


def test_the_past_of_all_runs_with_a_viewer_is_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timelines, "ALL_BYTES", 1_000_000)
    monkeypatch.setattr(timelines.MEMORY, "n_runs", 5)
    timeline, _ = filled(Run(SPEC.change(hidden_sizes=(16,) * 8)), 200)
    assert 100_000 < timeline.n_bytes <= 200_000
    monkeypatch.setattr(timelines.MEMORY, "n_runs", 1)
    timeline, _ = filled(Run(SPEC.change(hidden_sizes=(16,) * 8)), 200)
    assert timeline.n_bytes > 500_000


def test_forgetting_the_future_keeps_the_past() -> None:
    timeline, head = filled(Run(SPEC), 20)
    timeline.forget_after(8)
    assert timeline._states[-1].step == 8
    assert timeline.before_epoch(9, head.history).step == 8


def test_a_state_added_again_replaces_what_came_after_it() -> None:
    timeline, _ = filled(Run(SPEC), 20)
    edited = work.start(Run(SPEC).change(0, EDIT))
    timeline.add(edited)
    assert [state.step for state in timeline._states] == [0]
    assert 2.5 in timeline._states[0].arrays["params"]


def test_a_past_state_knows_the_history_up_to_it() -> None:
    timeline, head = filled(Run(SPEC), 20)
    near = timeline.before_epoch(4, head.history)
    assert near.history.last("epoch") == near.epoch
    assert len(near.history.rows) == near.epoch + 1


@pytest.mark.parametrize(("value", "least"), [(np.zeros(1000), 8000), (SPEC, 1), ((1, 2), 1)])
def test_bytes_are_counted(value: Any, least: int) -> None:
    assert n_bytes(value) >= least


def test_the_arrays_of_a_state_are_counted() -> None:
    state = work.start(Run(SPEC.change(hidden_sizes=(16,) * 8)))
    assert n_bytes(state) >= sum(array.nbytes for array in state.arrays.values()) + state.history.rows.nbytes
