"""Who gets in, who waits, and when a seat that nobody looks at is freed."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground.data.drawing import sample_drawing
from playground.live import pace, work
from playground.live import seat as seats
from playground.live.commands import LookAt, Press, Seek
from playground.live.course import OPENING_STEPS
from playground.live.hub import Hub
from playground.live.limits import Limits
from playground.live.line import Line, RoomFullError
from playground.live.timeline import MEMORY
from playground.live.wire import unpack
from playground.live.wish import Wish
from playground.spec import AttentionSpec, DigitsSpec, PlaygroundSpec, TreesSpec
from playground.spec.attention import SHIPPED_EPOCH
from playground.spec.drawing import pack_drawing
from playground.training.goals import Goal

WISH = Wish(PlaygroundSpec().change(n_samples=40, hidden_sizes=(3,)))
PATIENCE_SECONDS = 20
LONG = 10 * PATIENCE_SECONDS  # in vain, it would end the test


class InProcess:
    """An engine that works in the test's own process."""

    free_share = 1.0

    def __init__(self) -> None:
        self.n_jobs = 0
        self.n_steps: list[int | None] = []  # of each slice
        self.prepared: list[str] = []

    async def run(self, job: str, *args: Any, deadline_seconds: float | None = None) -> Any:
        self.n_jobs += 1
        self.n_steps += [args[2]] if job == "train" else []
        await asyncio.sleep(0)
        return getattr(work, job)(*args)

    def start(self) -> None: ...

    def prepare(self, learner: str) -> None:
        self.prepared.append(learner)

    def close(self) -> None: ...


class Viewer:
    """Someone who looks at a seat, with all that was sent."""

    acknowledges = True

    def __init__(self, hub: Hub, token: str) -> None:
        self.messages: list[dict[str, Any]] = []
        self.hub, self.token = hub, token
        self.task = asyncio.ensure_future(hub.serve(token, self.take, deflate=False))

    async def take(self, message: bytes) -> None:
        self.messages.append(unpack(message))
        seat = self.hub.seat(self.token)
        if seat and self.acknowledges and "id" in self.messages[-1]:
            seat.acknowledge(self.messages[-1]["id"])

    @property
    def places(self) -> list[int]:
        return [message["place"] for message in self.messages if message["type"] == "notice"]

    @property
    def frames(self) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == "frame"]

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come true"
        await asyncio.sleep(0)


def on_loop(test: Callable[[Hub], Coroutine[Any, Any, None]], **limits: int) -> None:
    """Run a test with a hub of its own."""

    async def run() -> None:
        hub = Hub(Limits(**limits))
        hub._engine = InProcess()  # type: ignore[assignment]
        hub.start(asyncio.get_running_loop())
        await asyncio.wait_for(test(hub), PATIENCE_SECONDS)
        hub.stop()

    asyncio.run(run())


def test_a_page_is_prepared_for_before_its_viewer_is_there() -> None:
    async def test(hub: Hub) -> None:
        hub.open(Wish(AttentionSpec()))
        engine: Any = hub.engine
        await until(lambda: engine.prepared == ["transformer"])

    on_loop(test)


# --- the line ---------------------------------------------------------------------------------------------------------


def test_who_finds_the_room_full_is_told_the_place_and_moves_up() -> None:
    async def test(hub: Hub) -> None:
        viewers = []
        for _ in range(4):
            viewers.append(Viewer(hub, hub.open(WISH)))
            await asyncio.sleep(0)
        await until(lambda: viewers[0].frames and viewers[3].places == [3])
        assert [viewer.places for viewer in viewers] == [[], [1], [2], [3]]
        assert not viewers[1].frames
        assert [seat.number for seat in hub.looked_at()] == [1]
        await viewers[0].leave()
        await until(lambda: viewers[1].frames and viewers[3].places == [3, 2])
        assert viewers[1].places == [1, 0]
        await viewers[2].leave()  # from the middle of the line
        await until(lambda: viewers[3].places == [3, 2, 1])
        await viewers[1].leave()
        await until(lambda: viewers[3].frames)
        assert viewers[3].places == [3, 2, 1, 0]
        await viewers[3].leave()
        assert hub.n_viewers == len(hub.line) == 0

    on_loop(test, viewers=1)


def test_a_quick_frame_is_followed_by_one_that_looks_closer() -> None:
    spec = DigitsSpec().change(stack="dense4", start="fresh")

    async def test(hub: Hub) -> None:
        viewer = Viewer(hub, hub.open(Wish(spec)))
        await until(lambda: len(viewer.frames) == 2)
        viewer.hub.seat(viewer.token).command(LookAt(type="look", text="7"))  # type: ignore[union-attr]
        await until(lambda: len(viewer.frames) == 4)
        assert [frame["closer"] for frame in viewer.frames] == [False, True, False, True]
        assert "readers" not in viewer.frames[2]
        assert (viewer.frames[3]["why_digit"], len(viewer.frames[3]["readers"])) == (7, 5)
        await viewer.leave()

    on_loop(test)


class SlowToLookCloser(InProcess):
    """An engine that never ends a frame that looks closer."""

    def __init__(self) -> None:
        super().__init__()
        self.n_closer = 0

    async def run(self, job: str, *args: Any, deadline_seconds: float | None = None) -> Any:
        if job == "observe" and args[2].look.still:
            self.n_closer += 1
            await asyncio.Event().wait()
        return await super().run(job, *args, deadline_seconds=deadline_seconds)


def test_who_moves_on_does_not_wait_for_a_frame_that_looks_closer() -> None:
    spec = DigitsSpec().change(stack="dense4", start="fresh")

    async def test(hub: Hub) -> None:
        engine = SlowToLookCloser()
        hub._engine = engine  # type: ignore[assignment]
        viewer = Viewer(hub, hub.open(Wish(spec)))
        seat: Any = viewer.hub.seat(viewer.token)
        await until(lambda: engine.n_closer == 1)
        seat.command(Press(type="step"))
        await until(lambda: viewer.frames[-1]["epoch"] == 1)
        seat.command(Seek(type="seek", epoch=0))
        await until(lambda: viewer.frames[-1]["scrubbed"])
        seat.wish = Wish(spec.change(drawing=pack_drawing(sample_drawing(7))))
        seat.wake.set()
        await until(lambda: (viewer.frames[-1]["drawing"] != viewer.frames[0]["drawing"]).any())
        assert engine.n_closer == 1  # what nobody waits for any more is joined by no other
        await viewer.leave()

    on_loop(test)


def test_a_full_line_turns_away() -> None:
    async def test(hub: Hub) -> None:
        first, second, third = (Viewer(hub, hub.open(WISH)) for _ in range(3))
        with pytest.raises(RoomFullError, match="all 1 places and all 1 in line are taken"):
            await third.task
        await until(lambda: first.frames and second.places == [1])
        await first.leave()
        await until(lambda: second.frames)
        await second.leave()

    on_loop(test, viewers=1, waiting=1)


def test_who_comes_when_a_place_is_free_goes_in_after_those_who_wait() -> None:
    async def test() -> None:
        line, came = Line(1, 9), []
        left = asyncio.Event()

        async def visit(name: str, stays: asyncio.Event | None = None) -> None:
            async def hear(_place: int) -> None: ...

            async with line.place(hear):
                came.append(name)
                if stays:
                    await stays.wait()

        first = asyncio.create_task(visit("first", left))
        await asyncio.sleep(0)
        waits = asyncio.create_task(visit("waits"))
        await until(lambda: len(line) == 1)
        late = asyncio.create_task(visit("late"))
        left.set()
        line._inside.clear()  # the place is free, and who waits has not noticed yet
        await asyncio.gather(first, waits, late)
        assert came == ["first", "waits", "late"]

    asyncio.run(test())


def test_a_second_tab_of_the_same_run_takes_its_place() -> None:
    async def test(hub: Hub) -> None:
        token = hub.open(WISH)
        old = Viewer(hub, token)
        await until(lambda: old.frames)
        new = Viewer(hub, token)
        await until(lambda: new.frames)
        assert old.task.cancelled()
        assert hub.n_viewers == 1
        await new.leave()

    on_loop(test, viewers=1)


def test_who_comes_back_from_a_lost_network_keeps_the_place_inside_and_in_line() -> None:
    async def test(hub: Hub) -> None:
        tokens = [hub.open(WISH) for _ in range(3)]
        inside, first, second = (Viewer(hub, token) for token in tokens)
        await until(lambda: inside.frames and first.places == [1] and second.places == [2])
        again, first_again = Viewer(hub, tokens[0]), Viewer(hub, tokens[1])  # the server has not noticed yet
        await until(lambda: again.frames and first_again.places == [1])
        assert (again.places, second.places, inside.task.done(), first.task.done()) == ([], [2], True, True)
        assert hub.n_viewers == 3
        await again.leave()
        await until(lambda: first_again.frames and second.places == [2, 1])
        await first_again.leave()
        await until(lambda: second.frames)
        await second.leave()
        assert (hub.n_viewers, len(hub.line)) == (0, 0)

    on_loop(test, viewers=1, waiting=2)


def test_never_more_inside_than_places_whoever_leaves_when() -> None:
    async def run() -> None:
        line, inside, most = Line(3, 100), 0, 0

        async def visit(n: int) -> None:
            nonlocal inside, most

            async def say(place: int) -> None:
                await asyncio.sleep(0)

            async with line.place(say):
                inside += 1
                most = max(most, inside)
                for _ in range(n % 5):
                    await asyncio.sleep(0)
                inside -= 1

        tasks = [asyncio.ensure_future(visit(n)) for n in range(60)]
        await asyncio.sleep(0)
        for task in tasks[5:50:3]:
            task.cancel()
        await asyncio.wait_for(asyncio.gather(*tasks, return_exceptions=True), PATIENCE_SECONDS)
        assert most == 3
        assert len(line) == 0

    asyncio.run(run())


# --- rest -------------------------------------------------------------------------------------------------------------


def test_who_leaves_finds_the_run_as_it_was_and_it_cost_nothing() -> None:
    async def test(hub: Hub) -> None:
        token = hub.open(WISH)
        viewer = Viewer(hub, token)
        hub.seat(token).command(Press(type="play"))  # type: ignore[union-attr]
        await until(lambda: viewer.frames and viewer.frames[-1]["epoch"] >= 3)
        await viewer.leave()
        step, n_jobs = hub.seat(token).shown.step, hub.engine.n_jobs  # type: ignore[union-attr,attr-defined]
        for _ in range(50):
            await asyncio.sleep(0)
        assert hub.engine.n_jobs == n_jobs  # type: ignore[attr-defined]
        back = Viewer(hub, token)
        await until(lambda: back.frames)
        assert back.frames[0]["status"] == "playing"
        assert step <= back.frames[0]["step"] < step + 10
        await until(lambda: back.frames[-1]["step"] > step + 10)
        await back.leave()

    on_loop(test)


def test_a_look_that_is_told_again_costs_no_frame() -> None:
    """Views tell it with each new run: a second frame would only be painted over the first."""

    async def test(hub: Hub) -> None:
        viewer = Viewer(hub, hub.open(Wish(TreesSpec().change(n_trees=3), None, 3)))
        seat = hub.seat(viewer.token)
        await until(lambda: viewer.frames)
        for look in (LookAt(type="look"), LookAt(type="look", unit=(0, 1)), LookAt(type="look", unit=(0, 1))):
            seat.command(look)  # type: ignore[union-attr]
            for _ in range(20):
                await asyncio.sleep(0)
        assert [frame["looked"] for frame in viewer.frames] == [None, [0, 1]]
        await viewer.leave()

    on_loop(test)


def test_a_seat_is_freed_when_nobody_has_looked_for_long() -> None:
    async def test(hub: Hub) -> None:
        token = hub.open(WISH)
        viewer = Viewer(hub, token)
        await until(lambda: viewer.frames)
        assert not hub._idle
        await viewer.leave()
        timer = hub._idle[token]
        assert 29 * 60 < timer.when() - asyncio.get_running_loop().time() <= 30 * 60
        hub._free(token)  # what the timer does
        assert (hub.n_seats, len(hub._idle), timer.cancelled()) == (0, 0, True)
        hub.wish(token, WISH)  # its page does not know yet

    on_loop(test)


def test_who_comes_back_in_time_keeps_the_seat() -> None:
    async def test(hub: Hub) -> None:
        token = hub.open(WISH)
        await until(lambda: token in hub._idle)
        timer = hub._idle[token]
        viewer = Viewer(hub, token)
        await until(lambda: viewer.frames)
        assert timer.cancelled()
        await viewer.leave()

    on_loop(test)


def test_too_many_seats_free_the_longest_idle_one() -> None:
    async def test(hub: Hub) -> None:
        looked_at = Viewer(hub, hub.open(WISH))
        await until(lambda: looked_at.frames)
        tokens = [hub.open(WISH) for _ in range(4)]
        await until(lambda: hub.n_seats == 3)
        assert [hub.seat(token) is not None for token in tokens] == [False, False, True, True]
        assert hub.seat(looked_at.token)
        await looked_at.leave()

    on_loop(test, seats=3)


def test_idle_runs_are_bounded_in_bytes() -> None:
    async def test(hub: Hub) -> None:
        big = Wish(PlaygroundSpec().change(n_samples=40, hidden_sizes=(16,) * 8))
        tokens = [hub.open(big) for _ in range(3)]
        for token in tokens:
            viewer = Viewer(hub, token)
            hub.seat(token).command(Press(type="play"))  # type: ignore[union-attr]
            await until(lambda viewer=viewer: hub.seat(viewer.token).n_bytes > 400_000)  # type: ignore[union-attr,misc]
            await viewer.leave()
        kept = [token for token in tokens if hub.seat(token)]
        assert kept == tokens[1:]
        assert sum(hub.seat(token).n_bytes for token in kept) <= 1e6  # type: ignore[union-attr]

    on_loop(test, idle_megabytes=1)


def test_runs_with_a_viewer_share_the_memory_for_their_past() -> None:
    async def test(hub: Hub) -> None:
        before = MEMORY.n_runs
        viewers = [Viewer(hub, hub.open(WISH)) for _ in range(3)]
        await until(lambda: all(viewer.frames for viewer in viewers))
        assert MEMORY.n_runs == before + 3
        for viewer in viewers:
            await viewer.leave()
        assert MEMORY.n_runs == before

    on_loop(test)


def test_a_run_that_a_script_has_just_closed_is_counted_no_more() -> None:
    async def test(hub: Hub) -> None:
        failed: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: failed.append(context))
        gone = hub.open(WISH)
        await asyncio.sleep(0)
        rests = hub.open(WISH)
        hub.close(gone)  # what the loop still has to do for it comes after the other one's rest
        await asyncio.sleep(0)
        assert not failed
        assert set(hub._idle) == {rests}

    on_loop(test)


def test_the_end_of_a_visit_frees_its_seat_and_sends_its_viewer_away() -> None:
    async def test(hub: Hub) -> None:
        token = hub.open(WISH)
        viewer = Viewer(hub, token)
        await until(lambda: viewer.frames)
        hub.close(token)
        await until(viewer.task.done)
        assert (hub.n_seats, hub.n_viewers, len(hub._idle)) == (0, 0, 0)

    on_loop(test)


def test_a_thousand_visits_leave_nothing_behind() -> None:
    async def test(hub: Hub) -> None:
        for _ in range(1000):
            token = hub.open(WISH)
            viewer = Viewer(hub, token)
            await until(lambda viewer=viewer: viewer.messages or viewer.task.done())  # type: ignore[misc]
            await viewer.leave()
            hub.close(token)
        await until(lambda: not hub._idle)
        assert (hub.n_seats, hub.n_viewers, len(hub.line)) == (0, 0, 0)
        assert len(asyncio.all_tasks()) <= 2

    on_loop(test)


def test_a_script_with_a_new_run_waits_until_it_is_painted() -> None:
    async def test(hub: Hub) -> None:
        token = hub.open(WISH)
        viewer = Viewer(hub, token)
        await until(lambda: viewer.frames)
        changed = Wish(WISH.spec.change(hidden_sizes=(4,)))
        hub.wish(token, changed)
        await asyncio.to_thread(hub.await_painted, token, LONG, 0.0)
        assert viewer.frames[-1]["run"] == viewer.frames[0]["run"] + 1
        await viewer.leave()

    on_loop(test)


def test_a_script_that_opens_a_page_waits_until_its_viewer_has_come_and_painted() -> None:
    async def test(hub: Hub) -> None:
        token = hub.open(WISH)
        waiting = asyncio.create_task(asyncio.to_thread(hub.await_painted, token, 0.0, LONG))
        viewer = Viewer(hub, token)
        await waiting
        assert viewer.frames
        hub.await_painted(token, LONG, LONG)  # it has been seen: nothing to wait for
        await viewer.leave()

    on_loop(test)


def test_a_script_does_not_wait_for_a_seat_whose_place_a_former_run_takes() -> None:
    async def test(hub: Hub) -> None:
        former = Viewer(hub, hub.open(WISH))
        await until(lambda: former.frames)
        hub.seat(former.token).command(Press(type="step"))  # type: ignore[union-attr]
        await until(lambda: former.frames[-1]["epoch"] == 1)
        await former.leave()
        token = hub.open(WISH, before=former.token)
        fresh = hub.seat(token)
        assert fresh
        assert await hub.admit(token)
        assert hub.seat(token) is not fresh
        fresh.painted.wait(LONG)

    on_loop(test)


def test_a_script_with_a_new_drawing_waits_until_it_is_painted_and_frames_before_do_not_count() -> None:
    async def test(hub: Hub) -> None:
        spec = DigitsSpec().change(stack="dense4", start="fresh", neighbors=False)
        viewer = Viewer(hub, hub.open(Wish(spec)))
        await until(lambda: len(viewer.frames) == 2)
        seat, drawing = hub.seat(viewer.token), sample_drawing(7)
        assert seat is not None
        viewer.acknowledges = False
        seat.command(LookAt(type="look", unit=(0, 1)))
        await until(lambda: len(viewer.frames) == 4)  # a quick frame and a closer one: there is no room for a third
        changed = Wish(spec.change(drawing=pack_drawing(drawing)))
        hub.wish(viewer.token, changed)
        waiting = asyncio.create_task(asyncio.to_thread(hub.await_painted, viewer.token, LONG, LONG))
        await until(lambda: seat.spec == changed.spec)
        first, second = (frame["id"] for frame in viewer.frames[2:])
        assert seat.acknowledge(first)
        await until(lambda: len(viewer.frames) == 5)
        assert np.abs(viewer.frames[-1]["drawing"].astype(int) - drawing).max() <= 8  # 16 grays
        assert seat.acknowledge(second)
        assert not seat.painted.is_set()
        assert not waiting.done()
        assert seat.acknowledge(viewer.frames[-1]["id"])
        await waiting
        await viewer.leave()

    on_loop(test)


def test_a_run_whose_viewer_paints_nothing_for_long_leaves_the_time_to_others(monkeypatch: pytest.MonkeyPatch) -> None:
    rests: list[float] = []

    async def note(wake: asyncio.Event, seconds: float) -> None:
        rests.append(seconds)
        await wake.wait()

    async def test(hub: Hub) -> None:
        viewer = Viewer(hub, hub.open(Wish(WISH.spec.change(speed="max"))))
        await until(lambda: bool(viewer.frames))
        seat = hub.seat(viewer.token)
        assert seat is not None
        viewer.acknowledges = False
        seat.command(Press(type="play"))
        await until(lambda: 1.0 in rests)
        stood, n = seat.course.head, len(viewer.frames)
        viewer.acknowledges = True
        assert seat.acknowledge(viewer.frames[-1]["id"])
        await until(lambda: len(viewer.frames) > n)
        assert stood and seat.course.head and seat.course.head.step > stood.step
        await viewer.leave()

    monkeypatch.setattr(seats, "STALLED_SECONDS", 0.0)
    monkeypatch.setattr(seats, "rest", note)
    on_loop(test)


def test_an_ack_of_a_frame_that_was_not_sent_is_no_ack() -> None:
    async def test(hub: Hub) -> None:
        token = hub.open(WISH)
        viewer = Viewer(hub, token)
        await until(lambda: viewer.frames)
        seat = hub.seat(token)
        assert seat is not None
        assert not seat.acknowledge(2**60)
        assert not seat.acknowledge(viewer.frames[-1]["id"])  # twice
        assert seat._window.has_room
        await viewer.leave()

    on_loop(test)


# --- runs that open as finished ---------------------------------------------------------------------------------------


def test_a_long_run_opens_as_finished_in_slices_and_steps_from_its_beginning() -> None:
    async def test(hub: Hub) -> None:
        n_trees = 2 * OPENING_STEPS + 30
        spec = TreesSpec.from_values({"n_trees": n_trees, "depth": 1})
        viewer = Viewer(hub, hub.open(Wish(spec, None, n_trees)))
        await until(lambda: viewer.frames)
        assert [viewer.frames[0][name] for name in ("epoch", "status")] == [n_trees, "finished"]
        assert hub._engine.n_steps == [0, OPENING_STEPS, OPENING_STEPS, OPENING_STEPS]  # type: ignore[attr-defined]
        seat = hub.seat(viewer.token)
        assert seat
        for epoch in (1, 2):
            seat.command(Press(type="step"))
            await until(lambda epoch=epoch: viewer.frames[-1]["head_epoch"] == epoch)
        await viewer.leave()

    on_loop(test)


def test_a_step_of_a_large_model_comes_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(work, "SEEK_SECONDS", 0.0)  # every piece is over after one update

    async def test(hub: Hub) -> None:
        viewer = Viewer(hub, hub.open(Wish(PlaygroundSpec())))
        await until(lambda: viewer.frames)
        seat = hub.seat(viewer.token)
        assert seat
        seat.command(Press(type="step"))
        await until(lambda: viewer.frames[-1]["head_epoch"] == 1)
        assert hub._engine.n_steps.count(None) > 2
        assert viewer.frames[-1]["step"] == 25
        await viewer.leave()

    on_loop(test)


def test_a_run_that_stopped_before_it_opened_begins_again_and_the_next_play_goes_past_the_stop() -> None:
    spec = TreesSpec.from_values(
        {"dataset": "moons", "noise": 0.4, "n_samples": 100, "learning_rate": 1, "speed": "max"}
    )
    spec = spec.change(n_trees=40, early_stopping=5)

    async def test(hub: Hub) -> None:
        viewer = Viewer(hub, hub.open(Wish(spec, None, 40)))
        await until(lambda: viewer.frames and viewer.frames[-1]["status"] == "finished")
        stopped = viewer.frames[-1]["epoch"]
        assert 5 < stopped < 40
        seat = hub.seat(viewer.token)
        assert seat
        seat.command(Press(type="play"))
        await until(lambda: any(frame["epoch"] < stopped and frame["status"] == "playing" for frame in viewer.frames))
        await until(lambda: [viewer.frames[-1][name] for name in ("epoch", "status")] == [stopped, "finished"])
        seat.command(Press(type="play"))
        await until(lambda: viewer.frames[-1]["status"] == "finished" and viewer.frames[-1]["epoch"] == stopped + 5)
        await viewer.leave()

    on_loop(test)


def test_an_example_opens_trained_and_gives_way_to_a_run_from_nothing() -> None:
    spec = AttentionSpec()
    opened = Wish(spec, None, spec.opens_at)
    question = Goal("Soon?", "test_accuracy", None, 0.9, None, "", True, "")

    async def test(hub: Hub) -> None:
        viewer = Viewer(hub, hub.open(opened))
        await until(lambda: viewer.frames)
        assert [viewer.frames[0][name] for name in ("epoch", "status")] == [SHIPPED_EPOCH, "paused"]
        assert hub._engine.n_steps == [0]  # type: ignore[attr-defined]
        seat = hub.seat(viewer.token)
        assert seat
        for wish in (replace(opened, spec=spec.change(learning_rate=0.01), opens_at=0), opened):
            hub.wish(viewer.token, wish)
            await until(lambda wish=wish: viewer.frames[-1]["epoch"] == wish.opens_at)
        hub.wish(viewer.token, replace(opened, spec=spec.change(speed="5")))
        for epoch in (1, 2):  # the speed is no part of the run: it still begins from nothing
            seat.command(Press(type="step"))
            await until(lambda epoch=epoch: viewer.frames[-1]["head_epoch"] == epoch)
        hub.wish(viewer.token, replace(opened, goal=question, opens_at=0))
        await until(lambda: viewer.frames[-1]["epoch"] == 0)
        assert viewer.frames[-1]["goal"]["done_epoch"] is None
        await viewer.leave()

    on_loop(test)


def test_a_question_chosen_while_a_run_plays_is_asked_before_the_next_one_plays() -> None:
    question = Goal("Soon?", "test_accuracy", None, 0.9, None, "", True, "")

    async def test(hub: Hub) -> None:
        viewer = Viewer(hub, hub.open(WISH))
        hub.seat(viewer.token).command(Press(type="play"))  # type: ignore[union-attr]
        await until(lambda: viewer.frames and viewer.frames[-1]["epoch"] >= 2)
        hub.wish(viewer.token, Wish(WISH.spec.change(seed=5)))
        await until(lambda: viewer.frames[-1]["run"] == 2 and viewer.frames[-1]["epoch"] >= 2)
        assert viewer.frames[-1]["status"] == "playing"  # another choice goes on playing
        hub.wish(viewer.token, Wish(WISH.spec, question))
        await until(lambda: viewer.frames[-1]["run"] == 3)
        for _ in range(20):
            await asyncio.sleep(0)
        assert (viewer.frames[-1]["status"], viewer.frames[-1]["epoch"]) == ("ready", 0)
        await viewer.leave()

    on_loop(test)


def test_what_the_engine_tells_stands_on_every_view() -> None:
    hub = Hub()
    hub.engine.tell("The cluster was lost.")
    assert "The cluster was lost." in hub.board.message(1).decode(errors="replace")
    hub.stop()


def test_who_comes_over_and_over_does_not_pile_up_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pace, "ENTRY_SECONDS", 60.0)

    async def test(hub: Hub) -> None:
        token = hub.open(Wish(PlaygroundSpec().change(n_samples=40)))
        for _ in range(pace.ENTRIES_AT_ONCE):  # a reload, say, waits for nothing
            one = Viewer(hub, token)
            await until(lambda one=one: one.frames)  # type: ignore[misc]
        n_jobs = hub.engine.n_jobs  # type: ignore[attr-defined]
        viewers = []
        for _ in range(20):
            viewers.append(Viewer(hub, token))
            for _ in range(20):  # time enough to ask for its first frame
                await asyncio.sleep(0)
        assert hub.engine.n_jobs == n_jobs  # type: ignore[attr-defined]
        await viewers[-1].leave()

    on_loop(test)
