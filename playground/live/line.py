"""The line at the door: when the room is full, newcomers wait and are told their place."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from playground.live.wire import pack


class RoomFullError(RuntimeError):
    """There is no place, not even in line."""


class Line:
    """At most `n_places` are inside, at most `n_waiting` stand in line; who came first goes in first.

    Its length is that of the queue, its members the tasks in it.
    """

    def __init__(self, n_places: int, n_waiting: int) -> None:
        self.n_places = n_places
        self.n_waiting = n_waiting
        self._inside: set[asyncio.Task[None]] = set()
        self._queue: dict[asyncio.Task[None], asyncio.Event] = {}  # set when something has moved; who came first first

    def __len__(self) -> int:
        return len(self._queue)

    def __contains__(self, task: object) -> bool:
        return task in self._queue

    @asynccontextmanager
    async def place(
        self, say: Callable[[int], Awaitable[None]], former: asyncio.Task[None] | None = None
    ) -> AsyncIterator[None]:
        """A place inside, held for the length of the block.

        Args:
            say: is told the place in line whenever it changes, from 1; and 0 when the wait is over.
            former: of the same visitor, whose network was lost, say: it ends, and its place is handed over.

        Raises:
            RoomFullError: the line is full too.
        """
        me = asyncio.current_task()
        assert me is not None
        try:
            if former:
                await self._replace(former, me)
            if me not in self._inside:
                if me in self._queue or self._queue or len(self._inside) >= self.n_places:
                    await self._wait(me, say)
                    await say(0)
                self._inside.add(me)
            yield
        finally:
            self._inside.discard(me)
            self._queue.pop(me, None)
            self._move()

    async def _replace(self, former: asyncio.Task[None], me: asyncio.Task[None]) -> None:
        if former in self._inside:
            self._inside = self._inside - {former} | {me}
        self._queue = {me if task is former else task: moved for task, moved in self._queue.items()}
        former.cancel()
        await asyncio.wait({former})

    async def _wait(self, me: asyncio.Task[None], say: Callable[[int], Awaitable[None]]) -> None:
        if me not in self._queue and len(self._queue) >= self.n_waiting:
            raise RoomFullError(f"all {self.n_places} places and all {self.n_waiting} in line are taken")
        moved = self._queue.setdefault(me, asyncio.Event())
        told = 0
        while (place := list(self._queue).index(me) + 1) > 1 or len(self._inside) >= self.n_places:
            moved.clear()
            if place != told:
                told = place
                await say(place)
            else:
                await moved.wait()
        self._inside.add(me)  # before anything is awaited: nobody else may take this place
        del self._queue[me]
        self._move()

    def _move(self) -> None:
        for moved in self._queue.values():
            moved.set()


async def say_place(send: Callable[[bytes], Awaitable[None]], place: int) -> None:
    """Tell a newcomer the place in line; 0 takes it back."""
    text = f"The room is full. You are number {place} in line; this page goes on by itself." if place else ""
    await send(pack({"type": "notice", "text": text, "place": place}))
