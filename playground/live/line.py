"""The line at the door: when the room is full, newcomers wait and are told their place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from playground.live.wire import pack


class RoomFullError(RuntimeError):
    """There is no place, not even in line."""


class Line:
    """At most `n_places` are inside, at most `n_waiting` stand in line; who came first goes in first."""

    def __init__(self, n_places: int, n_waiting: int) -> None:
        self.n_places = n_places
        self.n_waiting = n_waiting
        self._inside = 0
        self._queue: list[asyncio.Event] = []  # one for each who waits, set when something has moved

    def __len__(self) -> int:
        return len(self._queue)

    @property
    def is_full(self) -> bool:
        """Whether a newcomer could not even wait."""
        return self._inside >= self.n_places and len(self._queue) >= self.n_waiting

    @asynccontextmanager
    async def place(self, say: Callable[[int], Awaitable[None]]) -> AsyncIterator[None]:
        """A place inside, held for the length of the block.

        Args:
            say: is told the place in line whenever it changes, from 1; and 0 when the wait is over.

        Raises:
            RoomFullError: the line is full too.
        """
        waits = self._inside >= self.n_places or bool(self._queue)
        if waits:
            await self._wait(say)
        else:
            self._inside += 1
        try:
            if waits:
                await say(0)
            yield
        finally:
            self._inside -= 1
            self._move()

    async def _wait(self, say: Callable[[int], Awaitable[None]]) -> None:
        if len(self._queue) >= self.n_waiting:
            raise RoomFullError(f"all {self.n_places} places and all {self.n_waiting} in line are taken")
        moved = asyncio.Event()
        self._queue.append(moved)
        told = 0
        try:
            while (place := self._queue.index(moved) + 1) > 1 or self._inside >= self.n_places:
                moved.clear()
                if place != told:
                    told = place
                    await say(place)
                else:
                    await moved.wait()
            self._inside += 1  # before anything is awaited: nobody else may take this place
        finally:
            self._queue.remove(moved)
            self._move()

    def _move(self) -> None:
        for moved in self._queue:
            moved.set()


async def say_place(send: Callable[[bytes], Awaitable[None]], place: int) -> None:
    """Tell a newcomer the place in line; 0 takes it back."""
    text = f"The room is full. You are number {place} in line; this page goes on by itself." if place else ""
    await send(pack({"type": "notice", "text": text, "place": place}))
