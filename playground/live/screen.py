"""A run for many eyes: one computation and one picture for everybody who follows."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from dataclasses import replace

from playground.learners.learner import State
from playground.live.board import Board
from playground.live.commands import Command
from playground.live.course import Course
from playground.live.engine import Engine, WorkerFailedError
from playground.live.seat import Seat, Send
from playground.live.slice import Envelope
from playground.live.view import seen
from playground.live.window import Window
from playground.live.wire import pack

log = logging.getLogger(__name__)

TICK_SECONDS = 1 / 15
AWAY_SECONDS = 3.0  # after which who does not look has left: a reload takes less
Stamp = tuple[tuple[object, ...], tuple[object, ...]]


class Screen:
    """Shows one seat to all followers. The run goes on by its own viewer's commands; nobody here can change it.

    Args:
        looked_at: the seats that somebody looks at now.
    """

    def __init__(self, looked_at: Callable[[], list[Seat]]) -> None:
        self._looked_at = looked_at
        self.seat: Seat | None = None  # that is to be shown; set from any thread
        self.is_left = False  # its own viewer is gone: followers have been told that it stands still
        self._there_at = 0.0  # when its own viewer was last seen
        self._going: Seat | None = None  # that is kept going
        self.followers: set[Follower] = set()
        self.run_id = 0
        self.scene = b""  # of this run; empty until somebody needs it
        self._run: tuple[Course, int] | None = None  # that is shown, and how often it has branched
        self._stamp: Stamp | None = None  # what the last frame showed
        self._frame_id = 0
        self.version = 0  # grows with everything that is worth a frame
        self._task: asyncio.Task[None] | None = None

    def join(self, follower: Follower) -> None:
        """One more who watches."""
        self.followers.add(follower)
        self.is_left = self.has_left()
        if self._task is None:
            self._start()

    def part(self, follower: Follower) -> None:
        """One has left; with the last one the work ends."""
        self.followers.discard(follower)
        if not self.followers:
            self.stop()

    def stop(self) -> None:
        """Rest until somebody joins."""
        self._turn_to(None)
        if self._task:
            self._task.cancel()
            self._task = None

    def has_left(self) -> bool:
        """Whether the viewer of the shown run is gone. Who comes back when it has left the memory is shown again."""
        seat, now = self.seat, time.monotonic()
        there = [one for one in self._looked_at() if seat and _is_of_same(one, seat)]
        if there and seat not in there:
            self.seat = there[0]
        if there or not seat:
            self._there_at = now
        return now - self._there_at > AWAY_SECONDS

    def _start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._go_on())
        self._task.add_done_callback(self._say_why)

    def _say_why(self, task: asyncio.Task[None]) -> None:
        """A fault of the program must be seen, and end this showing, not all that come after."""
        if not task.cancelled() and (error := task.exception()):
            log.error("a run can be shown no longer", exc_info=error)
            self.seat = None
            self._start()

    async def _go_on(self) -> None:
        while True:
            is_left, seat = self.has_left(), self.seat
            if seat is not self._going:
                self._turn_to(seat)
            if is_left != self.is_left:
                self.is_left = is_left
                self._wake_all()
            if seat and seat.course.head:
                await self._try(seat, seat.course.head)
            await asyncio.sleep(TICK_SECONDS)

    def _turn_to(self, seat: Seat | None) -> None:
        """Leave the former run to its own viewer; keep this one going also while its viewer looks elsewhere."""
        if self._going:
            self._going.watched = False
        self._going, self._run, self._stamp = seat, None, None
        if seat:
            seat.watched = True
            seat.wake.set()
        self._wake_all()

    def _wake_all(self) -> None:
        for follower in self.followers:
            follower.wake.set()

    async def _try(self, seat: Seat, head: State) -> None:
        try:
            await self._show(seat, head)
        except WorkerFailedError as error:
            log.error("a run can be shown no longer: %s", error)
            self.seat = None

    async def _show(self, seat: Seat, head: State) -> None:
        """One frame for all who have room and have not seen this yet."""
        course = seat.course
        run, state = course.run, course.shown or head
        if self._run != (course, course.n_branches):
            if not self._run or self._run[0] is not course:
                self.run_id, self.scene = self.run_id + 1, b""
            self._run = (course, course.n_branches)
            for follower in self.followers:
                follower.n_rows = 0
        look = seat.look
        progress = tuple((name, one["done"], one["busy"]) for name, one in look.study.items())
        stamp = ((course, state, seat.wish), (course.status, replace(look, study={}), progress))
        if not self._stamp or not _is_same(stamp, self._stamp):
            self._stamp, self.version = stamp, self.version + 1
        takers = [f for f in self.followers if f.has_room and f.version != self.version]
        if not takers:
            return
        run_id, version, engine = self.run_id, self.version, seat.engine
        if not self.scene:
            self.scene = await self._draw_scene(engine, seat)
        self._frame_id += 1
        header = {**seat.header(head), "run": run_id, "id": self._frame_id}
        n_rows = None if course.past else min(f.n_rows if f.run_id == run_id else 0 for f in takers)
        message = await engine.run("observe", run, state, Envelope(header, look, n_rows, True))
        for follower in takers:
            follower.take(self, self._frame_id, message)
            follower.version = version
            if n_rows is not None:
                follower.n_rows = len(state.history.rows)

    async def _draw_scene(self, engine: Engine, seat: Seat) -> bytes:
        header = {"run": self.run_id, "view": seat.wish.spec.view}
        scene: bytes = await engine.run("draw_scene", seat.spec, header, True)
        return scene


class Follower:
    """One who watches a screen."""

    takes_place = True

    def __init__(self, screen: Screen, board: Board) -> None:
        self._screen, self._board = screen, board
        self.run_id = self.n_rows = 0  # what it has of the run that is shown
        self.version = -1
        self._visible = True
        self._inbox: deque[bytes] = deque()
        self._window = Window()
        self.wake = asyncio.Event()

    @property
    def has_room(self) -> bool:
        """Whether it sees something and has painted what it got."""
        return self._visible and self._window.has_room

    def take(self, screen: Screen, frame_id: int, message: bytes) -> None:
        """A frame for it, after the scene if that is new."""
        if self.run_id != screen.run_id:
            self.run_id = screen.run_id
            self._inbox.append(screen.scene)
        self._window.send(frame_id, time.monotonic())
        self._inbox.append(message)
        self.wake.set()

    def acknowledge(self, frame: int) -> bool:
        return self._window.paint(frame, time.monotonic())

    def command(self, command: Command) -> None:
        self._visible = seen(command, visible=self._visible)

    async def drive(self, send: Send, *, deflate: bool) -> None:
        self._inbox.clear()
        self._window = Window()
        self.run_id, self.version, self._visible = 0, -1, True
        told, shown = 0, None
        self._screen.join(self)
        try:
            while True:
                if told != self._board.version:
                    told = self._board.version
                    await send(self._board.message(0))
                seat = self._screen.seat
                if shown != (now := {"seat": seat.number if seat else 0, "left": self._screen.is_left}):
                    shown = now
                    await send(pack({"type": "shown", **now}))  # else the page would speak of another run
                self.wake.clear()
                while self._inbox:
                    await send(self._inbox.popleft())
                await self.wake.wait()
        finally:
            self._screen.part(self)


def _is_of_same(one: Seat, other: Seat) -> bool:
    """Whether two seats are of one visit and one page: one number, also after the run has been read from disk."""
    return one.number == other.number and one.wish.page == other.wish.page


def _is_same(one: Stamp, other: Stamp) -> bool:
    """Runs, states and wishes are made anew at each change; words and looks are compared."""
    return all(a is b for a, b in zip(one[0], other[0], strict=True)) and one[1] == other[1]
