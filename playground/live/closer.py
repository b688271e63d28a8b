"""The frame that looks closer takes a while: whoever moves on meanwhile does not wait for it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from playground.live.course import Course
from playground.live.slice import Envelope


class CloserLook:
    """At most one such frame of a seat is at work, also when nobody waits for it any more.

    Args:
        wake: set when something may have happened.
        moves: whether the viewer moves on.
    """

    def __init__(self, wake: asyncio.Event, moves: Callable[[], bool]) -> None:
        self._wake, self._moves = wake, moves
        self._task: asyncio.Task[bytes] | None = None

    async def at(self, course: Course, envelope: Envelope) -> bytes | None:
        """The packed frame; None when the viewer has moved on: it is then left to end alone."""
        if self._task and not await self._is_done(self._task):
            return None
        self._task = asyncio.create_task(course.observe(envelope, closer=True))
        return self._task.result() if await self._is_done(self._task) else None

    def end(self) -> None:
        """The viewer has left."""
        if self._task:
            self._task.cancel()
            self._task = None

    async def _is_done(self, task: asyncio.Task[bytes]) -> bool:
        while not task.done() and not self._moves():
            self._wake.clear()
            waking = asyncio.create_task(self._wake.wait())
            try:
                await asyncio.wait((task, waking), return_when=asyncio.FIRST_COMPLETED)
            finally:
                waking.cancel()
        return task.done()
