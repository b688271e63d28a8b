"""All seats by their tokens. The script opens and closes them; the route connects viewers to them."""

from __future__ import annotations

import asyncio
import logging
import secrets

from playground.live.engine import Engine
from playground.live.seat import Seat, Send, Wish

log = logging.getLogger(__name__)


class Hub:
    """One for the whole server. `open`, `wish` and `close` may be called from any thread."""

    def __init__(self) -> None:
        self._seats: dict[str, Seat] = {}
        self._viewers: dict[str, asyncio.Task[None]] = {}
        self._engine: Engine | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    @property
    def engine(self) -> Engine:
        """The workers; started when they are first needed."""
        if self._engine is None:
            self._engine = Engine()
        return self._engine

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Remember the server's loop, and start the workers so that the first Play need not wait for them."""
        self._loop = loop
        self.engine.start()
        self._warming = loop.create_task(self.engine.warm_up())

    def stop(self) -> None:
        """End the workers."""
        if self._engine:
            self._engine.close()
            self._engine = None

    def open(self, wish: Wish) -> str:
        """A new seat; returns its token, which whoever shows it must present."""
        token = secrets.token_urlsafe(32)
        self._seats[token] = Seat(self.engine, wish)
        return token

    def wish(self, token: str, wish: Wish) -> None:
        """Tell a seat what its page wants to see now."""
        seat = self._seats[token]
        if wish != seat.wish:
            seat.wish = wish
            self._call(seat.wake.set)

    def close(self, token: str) -> None:
        """Free a seat: its session has ended."""
        self._seats.pop(token, None)
        if viewer := self._viewers.pop(token, None):
            self._call(viewer.cancel)

    def seat(self, token: str) -> Seat | None:
        """The seat of a token; None when there is none."""
        return self._seats.get(token)

    async def serve(self, token: str, send: Send, *, deflate: bool) -> None:
        """Show a seat to a viewer until it leaves. A seat has one viewer: the newest."""
        task = asyncio.current_task()
        assert task is not None
        if former := self._viewers.get(token):
            former.cancel()
        self._viewers[token] = task
        try:
            await self._seats[token].drive(send, deflate=deflate)
        finally:
            if self._viewers.get(token) is task:
                del self._viewers[token]

    def _call(self, action: object) -> None:
        if self._loop is not None:
            self._loop.call_soon_threadsafe(action)  # type: ignore[arg-type]  # any callable without arguments


hub = Hub()
