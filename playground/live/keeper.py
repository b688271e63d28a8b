"""Writes down every second which runs have changed, away from the event loop, and finds them again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor

from playground.live.archive import Archive, key_of
from playground.live.course import Kept
from playground.live.seat import Seat
from playground.live.timeline import n_bytes

log = logging.getLogger(__name__)

SAVE_SECONDS = 1.0  # a killed server repeats this much and the time of one writing
# Of one saving: thirty networks of Digits at play would write 22 MB a second, and wear a disk out.
MAX_BYTES = 5_000_000
TIDY_EVERY = 60  # savings


class Keeper:
    """Between the seats and the archive. Its methods belong to the event loop; its one thread touches the disk."""

    def __init__(self, archive: Archive, seats: Mapping[str, Seat]) -> None:
        self._archive = archive
        self._seats = seats
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="archive")
        self._saved: dict[str, Kept] = {}
        self._turns: dict[str, None] = {}  # tokens, those first whose turn to be written was the longest ago
        self._dropped: set[str] = set()  # that the disk had no room for: not on it until they change
        self._n_files = archive.n_files
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to write down."""
        self._task = asyncio.get_running_loop().create_task(self._go_on())
        self._task.add_done_callback(_say_why)

    def stop(self) -> None:
        """Write down the last changes and let go of the file. Blocks for some ms."""
        if self._task:
            self._task.cancel()
        if changed := self._changed():
            self._thread.submit(self._archive.save, changed)
        self._thread.submit(self._archive.close)
        self._thread.shutdown(wait=True)

    def holds(self, token: str) -> bool:
        """Whether a run is on disk as it stands now, or has nothing to lose."""
        seat = self._seats.get(token)
        kept = seat.kept() if seat else None
        if self._n_files != self._archive.n_files or token in self._dropped:
            return kept is None
        return kept is None or _is_same(kept, self._saved.get(token))

    async def recall(self, token: str) -> Kept | None:
        """The run of a token that no seat has; None when there is none."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._archive.recall, token)

    async def save(self, first: str = "") -> None:
        """Write down what has changed since the last time; of much, the run of this token and what waited longest."""
        loop = asyncio.get_running_loop()
        if self._n_files != self._archive.n_files:  # a damaged file made place for an empty one
            self._n_files = self._archive.n_files
            self._saved.clear()
            self._dropped.clear()
        if due := self._due(first):
            done = await loop.run_in_executor(self._thread, self._archive.save, due)
            self._saved.update({token: due[token] for token in done})
            self._dropped.difference_update(done)
        for token in self._saved.keys() - self._seats.keys():
            del self._saved[token]
        if begun_anew := [token for token in self._saved if (seat := self._seats.get(token)) and seat.kept() is None]:
            await loop.run_in_executor(self._thread, self._archive.delete, begun_anew)
            for token in begun_anew:
                self._saved.pop(token, None)

    def _changed(self) -> dict[str, Kept]:
        now = {token: kept for token, seat in list(self._seats.items()) if (kept := seat.kept())}
        return {token: kept for token, kept in now.items() if not _is_same(kept, self._saved.get(token))}

    def _due(self, first: str) -> dict[str, Kept]:
        """Whose turn it is of all that has changed, as much as one saving may write; at least one."""
        changed, total = self._changed(), 0
        due: dict[str, Kept] = {}
        turns = {token: turn for turn, token in enumerate(self._turns)}
        for token in sorted(changed, key=lambda token: (token != first, turns.get(token, -1))):
            total += n_bytes(changed[token].head)
            if due and total > MAX_BYTES:
                break
            due[token] = changed[token]
        seated = (token for token in self._turns if token in self._seats and token not in due)
        self._turns = dict.fromkeys([*seated, *due])
        return due

    async def _go_on(self) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            while True:
                await self._tidy()
                for _ in range(TIDY_EVERY):
                    await asyncio.sleep(SAVE_SECONDS)
                    await self.save()

    async def _tidy(self) -> None:
        loop, tokens = asyncio.get_running_loop(), list(self._seats)
        await loop.run_in_executor(self._thread, self._archive.touch, tokens)
        gone = set(await loop.run_in_executor(self._thread, self._archive.tidy))
        self._dropped |= {token for token in tokens if key_of(token) in gone}


def _say_why(task: asyncio.Task[None]) -> None:
    """Runs are kept until the server ends; whatever else ends this must be seen."""
    if not task.cancelled() and (error := task.exception()):
        log.error("runs are written down no longer: %r", error)


def _is_same(one: Kept, other: Kept | None) -> bool:
    """States and runs are values that are made anew at each change, so it is enough to ask which ones they are."""
    return (
        other is not None
        and one.head is other.head
        and one.run is other.run
        and (one.wish, one.past_step, one.playing, one.number, one.studies, one.passed)
        == (other.wish, other.past_step, other.playing, other.number, other.studies, other.passed)
    )
