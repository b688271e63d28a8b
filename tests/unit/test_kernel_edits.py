"""Weights edited by hand at a seat: a kernel at once, taken back, and Rewind gives the true start back."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground.live import course as courses
from playground.live import work
from playground.live.commands import Command, EditKernel, EditWeight, Press, Seek
from playground.live.course import Course
from playground.live.seat import Seat
from playground.live.wire import unpack
from playground.live.wish import Wish
from playground.spec import PlaygroundSpec

SPEC = PlaygroundSpec().change(n_samples=40, hidden_sizes=(3,), batch_size=5)
EDIT = EditKernel(type="edit_kernel", layer=0, unit=1, map=0, values=(7.0, -7.0))


class InProcess:
    """An engine that works in the test's own process."""

    free_share = 1.0

    async def run(self, job: str, *args: Any, deadline_seconds: float | None = None) -> Any:
        await asyncio.sleep(0)
        return getattr(work, job)(*args)


def params_after(*commands: Command) -> list[np.ndarray]:
    """The weights under the eyes after each command, the ones before first."""

    async def drive() -> list[np.ndarray]:
        seat, shown = Seat(InProcess(), Wish(SPEC)), asyncio.Event()

        async def take(message: bytes) -> None:
            frame = unpack(message)
            if "id" in frame:
                seat.acknowledge(frame["id"])
                shown.set()

        task = asyncio.create_task(seat.drive(take, deflate=False))
        seen = []
        for command in (None, *commands):
            if command is not None:
                shown.clear()
                seat.command(command)
            await asyncio.wait_for(shown.wait(), 20)
            assert seat.shown is not None
            seen.append(seat.shown.arrays["params"].copy())
        task.cancel()
        return seen

    return asyncio.run(drive())


def test_a_kernel_is_set_at_once_and_taken_back() -> None:
    before, edited, after = params_after(EDIT, Press(type="unedit"))
    assert edited[np.flatnonzero(edited != before)].tolist() == [7.0, -7.0]
    assert np.array_equal(after, before)


def test_whoever_leaves_while_an_edit_is_taken_back_leaves_a_run_that_is_its_state() -> None:
    async def leave_after(n_turns: int) -> None:
        course = Course(InProcess(), Wish(SPEC))  # type: ignore[arg-type]
        await course.train(3, None)
        await course.edit(EDIT.edit())
        task = asyncio.create_task(course.unedit())
        for _ in range(n_turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        alone = work.advance(course.run, work.start(course.run), 3, heed_stops=False)
        assert course.head
        assert np.array_equal(course.head.arrays["params"], alone.arrays["params"])

    for n_turns in range(5):
        asyncio.run(leave_after(n_turns))


def test_a_run_that_was_changed_too_often_stops_and_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courses, "MAX_NUMBERS", 4)

    async def run() -> None:
        course = Course(InProcess(), Wish(SPEC))  # type: ignore[arg-type]
        for unit in range(3):
            await course.edit(replace(EDIT.edit(), unit=unit))
        assert (course.run.n_numbers, course.status, course.reason) == (4, "finished", courses.FULL)
        course.change(SPEC.change(learning_rate=1.0).settings)
        assert len(course.run.changes) == 2

    asyncio.run(run())


def test_edits_after_a_step_are_taken_back_and_those_before_it_stay() -> None:
    other = EditWeight(type="edit", layer=1, unit=0, input=0, value=5.0)
    start, first, trained, edited, after = params_after(other, Press(type="step"), EDIT, Press(type="unedit"))
    assert 5.0 in first
    assert 7.0 in edited
    assert np.array_equal(after, trained)
    assert not np.array_equal(trained, start)


def test_with_nothing_to_take_back_the_newer_epochs_stay() -> None:
    step, back = Press(type="step"), Seek(type="seek", epoch=0)
    start, _, trained, past, same, newest = params_after(step, step, back, Press(type="unedit"), Press(type="head"))
    assert np.array_equal(past, start)
    assert np.array_equal(same, start)
    assert np.array_equal(newest, trained)


def test_rewind_at_epoch_0_gives_the_true_start_back() -> None:
    start, edited, stepped, once, twice = params_after(
        EDIT, Press(type="step"), Press(type="rewind"), Press(type="rewind")
    )
    assert not np.array_equal(stepped, edited)
    assert np.array_equal(once, edited), "the run repeats itself from what it started with"
    assert np.array_equal(twice, start)
