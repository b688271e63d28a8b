"""All seats by their tokens. The script opens and leaves them; the route connects viewers to them."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import threading
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from playground.live.archive import Archive, archive_path
from playground.live.audience import Audience
from playground.live.board import Board, Bulletin, LeftNumbers, free_number
from playground.live.course import Kept
from playground.live.engine import Engine, open_engine
from playground.live.keeper import Keeper
from playground.live.limits import Limits
from playground.live.line import Line, say_place
from playground.live.seat import Seat, Send
from playground.live.view import GoneError
from playground.live.wish import Wish
from playground.live.worker import START_SECONDS

log = logging.getLogger(__name__)

WARM_SECONDS = 120.0  # that a run without a viewer stays in memory when it is on disk


class Hub:
    """One for the whole server. What pages call may be called from any thread: the event loop does what it must."""

    def __init__(self, limits: Limits | None = None, archive: Archive | None = None) -> None:
        self.limits = limits or Limits()
        self.board = Board()
        self.audience = Audience(self.limits.followers)
        self.line = Line(self.limits.viewers, self.limits.waiting)
        self._archive = archive
        self._keeper: Keeper | None = None
        self._seats: dict[str, Seat] = {}
        self._viewers: dict[str, asyncio.Task[None]] = {}
        self._idle: dict[str, asyncio.TimerHandle] = {}  # seats without a viewer, the longest idle first
        self._numbering = threading.Lock()
        self._left = LeftNumbers()
        self._engine: Engine | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def engine(self) -> Engine:
        """The workers; started when they are first needed."""
        if self._engine is None:
            self._engine = open_engine()
            self._engine.tell = lambda text: self.post(Bulletin(text))
        return self._engine

    @property
    def n_seats(self) -> int:
        """Runs that are kept in memory, with and without a viewer."""
        return len(self._seats)

    @property
    def n_viewers(self) -> int:
        """Viewers that are connected, those in line included."""
        return len(self._viewers)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Remember the server's loop, and start the workers so that the first Play need not wait for them."""
        self._loop = loop
        self.engine.start()
        if self._archive:
            self._keeper = Keeper(self._archive, self._seats)
            self._keeper.start()

    def stop(self) -> None:
        """End the workers, write down what has changed, and let go of all seats."""
        self._loop = None
        for timer in self._idle.values():
            timer.cancel()
        self._idle.clear()
        if self._keeper:
            self._keeper.stop()
            self._keeper = None
        if self._engine:
            self._engine.close()
            self._engine = None

    def open(self, wish: Wish, kept: Kept | None = None, *, before: str = "", beside: str = "") -> str:
        """A new seat; returns its token, which whoever shows it must present.

        Args:
            wish: what its page wants to see.
            kept: the run to go on from.
            before: the token of a seat that this one replaces: its run goes on here if the choices are the same.
            beside: the token of another seat of the same visit: it shares its number.
        """
        token = secrets.token_urlsafe(32)
        with self._numbering:
            neighbor = self._seats.get(beside)
            number = neighbor.number if neighbor else free_number(self._numbers())
            seat = Seat(self.engine, wish, kept, number=number, board=self.board)
            seat.before, seat.orphan = before, False
            self._seats[token] = seat
        self.call(partial(self._rest, token))
        self.call(partial(self.engine.prepare, wish.spec.learner))
        return token

    def wish(self, token: str, wish: Wish) -> None:
        """Tell a seat what its page wants to see now. A seat that was freed meanwhile is let be."""
        seat = self._seats.get(token)
        if seat and wish != seat.wish:
            shows_else, seat.wish = wish.shows_else(seat.wish), wish
            if shows_else:
                seat.painted.clear()
            self.call(seat.wake.set)

    def await_painted(self, token: str, seconds: float, opening_seconds: float) -> None:
        """Wait a while until what is wished for is painted; for `opening_seconds` where nobody looks yet."""
        seat = self._seats.get(token)
        if seat and self._loop:
            seat.painted.wait(seconds if token in self._viewers else opening_seconds)

    def leave(self, token: str) -> None:
        """Its session has ended, or only its connection: what has been trained waits for the viewer to come back."""
        if seat := self._seats.get(token):
            seat.orphan = True
            self.call(seat.wake.set)
            self.call(partial(self._free_if_fresh, token))

    def close(self, token: str) -> None:
        """Free a seat and what it has trained."""
        self._seats.pop(token, None)
        self.call(partial(self._forget, token))

    def ask(self, job: str, *args: Any) -> Any:
        """The result of a job of a worker, for a thread that may wait; never for the event loop.

        Raises:
            RuntimeError: the server is not running, or the job ended its worker each time.
        """
        if self._loop is None:
            raise RuntimeError(f"{job} needs a running server; got none")
        asked = self.engine.run(job, *args, deadline_seconds=START_SECONDS)
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result()

    def seat(self, token: str) -> Seat | None:
        """The seat of a token; None when there is none in memory."""
        return self._seats.get(token)

    def looked_at(self) -> list[Seat]:
        """The seats that somebody looks at now, by their numbers: who stands in line sees none."""
        seats = [self._seats.get(token) for token, task in list(self._viewers.items()) if task not in self.line]
        return sorted((seat for seat in seats if seat), key=lambda seat: seat.number)

    def post(self, bulletin: Bulletin | None) -> None:
        """Say something to all viewers; None takes it back."""
        self.board.post(bulletin)
        for seat in list(self._seats.values()):
            self.call(seat.wake.set)
        self.call(self.audience.wake)

    async def admit(self, token: str, before: str = "", beside: str = "") -> bool:
        """Whether this token has a seat, or had one before the server was started anew.

        A fresh seat takes over the run of the token `before`, which its browser tab had, if the choices are the same;
        and the number of the seat `beside` that the tab had last, also when that seat is gone.
        """
        seat = await self._find(token)
        if seat is None:
            return False
        before = before or seat.before
        last = self._seats.get(beside) if beside not in self._viewers else None
        seat.number = (last.number if last else self._left.take(beside)) or seat.number
        is_new = before != token and token not in self._viewers and seat.kept() is None
        if is_new and await self._find(before) and token in self._seats:
            self._take_over(before, token)
            if self._keeper:
                await self._keeper.save(token)  # before its first frame: a kill right after it loses nothing
        return token in self._seats

    async def serve(self, token: str, send: Send, *, deflate: bool) -> None:
        """Show a seat to a viewer until it leaves. A seat has one viewer: the newest.

        Raises:
            RoomFullError: there is no place, not even in line.
            GoneError: there is no such seat.
        """
        task = asyncio.current_task()
        assert task is not None
        if seat := self._seats.get(token):
            seat.forget_viewer()
        former = self._viewers.get(token)
        self._viewers[token] = task
        if timer := self._idle.pop(token, None):
            timer.cancel()
        try:
            async with self.line.place(partial(say_place, send), former):
                if (seat := self._seats.get(token)) is None:
                    raise GoneError("this run was closed just now")
                await seat.drive(send, deflate=deflate)
        finally:
            if self._viewers.get(token) is task:
                del self._viewers[token]
                self._rest(token)
                self._free_if_fresh(token)

    async def _find(self, token: str) -> Seat | None:
        """The seat of a token, also one that is only on disk."""
        if token and token not in self._seats and self._keeper:
            kept = await self._keeper.recall(token)
            if kept and token not in self._seats:
                with self._numbering:
                    number = self._left.take(token) or free_number(self._numbers(), kept.number)
                    self._seats[token] = Seat(self.engine, kept.wish, kept, number=number, board=self.board)
                self._rest(token)
        return self._seats.get(token)

    def _take_over(self, before: str, token: str) -> None:
        former, fresh = self._seats.get(before), self._seats.get(token)
        if not former or not fresh or former.wish.spec.structure != fresh.wish.spec.structure:
            return
        fresh.painted.set()  # a script may wait for this seat, whose place another one takes
        if before in self._viewers:  # a copied tab: both go on, each with a run of its own
            kept = former.kept()
            self._seats[token] = Seat(self.engine, fresh.wish, kept, number=fresh.number, board=self.board)
            self._seats[token].orphan = fresh.orphan
            return
        former.wish, former.orphan = fresh.wish, False
        self._seats[token] = former
        self.close(before)

    def _rest(self, token: str) -> None:
        """Keep a seat without a viewer for a while, and free others when there are too many."""
        if self._loop is None or token not in self._seats or token in self._viewers or token in self._idle:
            return
        seconds = min(WARM_SECONDS, self._idle_seconds) if self._keeper else self._idle_seconds
        self._idle[token] = self._loop.call_later(seconds, self._cool, token)
        while self._idle and self._is_too_much():
            self._free(next(iter(self._idle)))

    @property
    def _idle_seconds(self) -> float:
        return 60.0 * self.limits.idle_minutes

    def _cool(self, token: str) -> None:
        """Nobody has looked at it for a while: memory need not hold what the disk has."""
        if self._keeper is None or self._loop is None or self._keeper.holds(token):
            self._free(token)
        else:
            self._idle[token] = self._loop.call_later(self._idle_seconds, self._free, token)

    def _free_if_fresh(self, token: str) -> None:
        seat = self._seats.get(token)
        if seat and seat.orphan and token not in self._viewers and seat.kept() is None:
            self._left.add(token, seat.number, WARM_SECONDS)  # it may be opening a link
            self.close(token)

    def _is_too_much(self) -> bool:
        if len(self._seats) > self.limits.seats:
            return True
        idle = filter(None, map(self._seats.get, self._idle))  # a script may have closed one just now
        return sum(seat.n_bytes for seat in idle) > 1e6 * self.limits.idle_megabytes

    def _free(self, token: str) -> None:
        log.info("a run that nobody had looked at for long left the memory")
        if seat := self._seats.pop(token, None):
            self._left.add(token, seat.number, self._idle_seconds)
        self._forget(token)

    def _forget(self, token: str) -> None:
        if timer := self._idle.pop(token, None):
            timer.cancel()
        if viewer := self._viewers.pop(token, None):
            viewer.cancel()

    def _numbers(self) -> set[int]:
        return {seat.number for seat in list(self._seats.values())} | self._left.all()

    def call(self, action: Callable[[], object]) -> None:
        """Have the event loop do this; may be called from any thread."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(action)


def from_environment(environment: Mapping[str, str]) -> Hub:
    """The hub with the limits and the archive that the environment asks for.

    Raises:
        ValueError: a limit breaks its rule.
    """
    limits = Limits.from_environment(environment)
    path = archive_path(environment.get("PLAYGROUND_RUNS", ""))
    archive = Archive(path, minutes=limits.idle_minutes, megabytes=limits.disk_megabytes) if path else None
    return Hub(limits, archive)


hub = from_environment(os.environ)
