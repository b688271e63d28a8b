"""Places for jobs that take long: as many at a time as there are workers, so that a slice waits for one at most."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Places:
    """`async with places:` waits for a place and gives it back. `count` says how many there are at this moment."""

    def __init__(self, count: Callable[[], int]) -> None:
        self._count = count
        self._n_taken = 0
        self._left = asyncio.Event()

    async def __aenter__(self) -> None:
        while self._n_taken >= max(1, self._count()):
            self._left.clear()
            await self._left.wait()
        self._n_taken += 1

    async def __aexit__(self, *_: object) -> None:
        self._n_taken -= 1
        self._left.set()
