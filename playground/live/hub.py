"""All seats by their tokens. The script opens and closes them; the route connects viewers to them."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from collections.abc import Callable
from functools import partial
from typing import Any

from playground.live.engine import START_SECONDS, Engine, open_engine
from playground.live.limits import Limits
from playground.live.line import Line
from playground.live.seat import Seat, Send
from playground.live.wire import pack
from playground.live.wish import Wish

log = logging.getLogger(__name__)


class Hub:
    """One for the whole server. `open`, `wish` and `close` may be called from any thread."""

    def __init__(self, limits: Limits | None = None) -> None:
        self.limits = limits or Limits()
        self.line = Line(self.limits.viewers, self.limits.waiting)
        self._seats: dict[str, Seat] = {}
        self._viewers: dict[str, asyncio.Task[None]] = {}
        self._idle: dict[str, asyncio.TimerHandle] = {}  # seats without a viewer, the longest idle first
        self._engine: Engine | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._warming: asyncio.Task[None] | None = None

    @property
    def engine(self) -> Engine:
        """The workers; started when they are first needed."""
        if self._engine is None:
            self._engine = open_engine()
        return self._engine

    @property
    def n_seats(self) -> int:
        """Runs that are kept, with and without a viewer."""
        return len(self._seats)

    @property
    def n_viewers(self) -> int:
        """Viewers that are connected, those in line included."""
        return len(self._viewers)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Remember the server's loop, and start the workers so that the first Play need not wait for them."""
        self._loop = loop
        self.engine.start()
        self._warming = loop.create_task(self.engine.warm_up())

    def stop(self) -> None:
        """End the workers, and let go of all seats."""
        self._loop = None
        for timer in self._idle.values():
            timer.cancel()
        self._idle.clear()
        if self._warming:
            self._warming.cancel()
        if self._engine:
            self._engine.close()
            self._engine = None

    def open(self, wish: Wish) -> str:
        """A new seat; returns its token, which whoever shows it must present."""
        token = secrets.token_urlsafe(32)
        self._seats[token] = Seat(self.engine, wish)
        self._call(partial(self._rest, token))
        return token

    def wish(self, token: str, wish: Wish) -> None:
        """Tell a seat what its page wants to see now. One that was freed meanwhile is let be."""
        seat = self._seats.get(token)
        if seat and wish != seat.wish:
            seat.wish = wish
            self._call(seat.wake.set)

    def close(self, token: str) -> None:
        """Free a seat: its session has ended."""
        self._seats.pop(token, None)
        self._call(partial(self._forget, token))

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
        """The seat of a token; None when there is none."""
        return self._seats.get(token)

    async def serve(self, token: str, send: Send, *, deflate: bool) -> None:
        """Show a seat to a viewer until it leaves. A seat has one viewer: the newest.

        Raises:
            RoomFullError: there is no place, not even in line.
            KeyError: there is no such seat.
        """
        task = asyncio.current_task()
        assert task is not None
        if former := self._viewers.get(token):
            former.cancel()
        self._viewers[token] = task
        if timer := self._idle.pop(token, None):
            timer.cancel()
        try:
            async with self.line.place(partial(_say_place, send)):
                await self._seats[token].drive(send, deflate=deflate)
        finally:
            if self._viewers.get(token) is task:
                del self._viewers[token]
                self._rest(token)

    def _rest(self, token: str) -> None:
        """Keep a seat without a viewer for a while, and free others when there are too many."""
        if self._loop is None or token not in self._seats or token in self._viewers or token in self._idle:
            return
        self._idle[token] = self._loop.call_later(60 * self.limits.idle_minutes, self._free, token)
        while self._idle and self._is_too_much():
            self._free(next(iter(self._idle)))

    def _is_too_much(self) -> bool:
        if len(self._seats) > self.limits.seats:
            return True
        return sum(self._seats[token].n_bytes for token in self._idle) > 1e6 * self.limits.idle_megabytes

    def _free(self, token: str) -> None:
        log.info("a run that nobody had looked at for long was freed")
        self._seats.pop(token, None)
        self._forget(token)

    def _forget(self, token: str) -> None:
        if timer := self._idle.pop(token, None):
            timer.cancel()
        if viewer := self._viewers.pop(token, None):
            viewer.cancel()

    def _call(self, action: Callable[[], object]) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(action)


async def _say_place(send: Send, place: int) -> None:
    text = f"The room is full. You are number {place} in line; this page goes on by itself." if place else ""
    await send(pack({"type": "notice", "text": text, "place": place}))


hub = Hub(Limits.from_environment(os.environ))
