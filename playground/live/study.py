"""A study: many independent fits of one run, made on all workers at once, whose results are drawn together."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from playground.live.commands import StudyOrder
from playground.live.engine import Engine, NoMemoryError, WorkerFailedError
from playground.live.worker import START_SECONDS
from playground.spec import Spec

log = logging.getLogger(__name__)

NO_WORKER = "its worker ended each time"
NO_MEMORY = "it needs more memory than this server has"
FAULT = "it met a fault of the program, which stands in the server's log"


@dataclass(frozen=True, eq=False)
class Found:
    """What a study has found so far, as a value: equal is what is the same.

    Attributes:
        name: which study.
        which: of the contender, for studies of one.
        n_parts: how many parts it has.
        results: what its parts gave, by number.
        seconds: that it took so far.
        busy: whether it is under way, waits for another one's end, or did so when its viewer left.
        problem: why it ended early; may be empty.
    """

    name: str
    which: int
    n_parts: int
    results: Mapping[int, Mapping[str, Any]]
    seconds: float
    busy: bool
    problem: str = ""

    @property
    def n_bytes(self) -> int:
        """About how much memory it takes: the number of parts and the size of each have limits of their own."""
        values = [value for part in self.results.values() for value in part.values()]
        return sum(value.nbytes + 100 if isinstance(value, np.ndarray) else 100 for value in values)


class Study:
    """The studies of one seat: one of each name, one after another. They end with the run that they are about."""

    def __init__(self, engine: Engine, on_change: Callable[[], None]) -> None:
        self._engine, self._on_change = engine, on_change
        self._tasks: list[asyncio.Task[None]] = []
        self._found: dict[str, Found] = {}
        self._since = 0.0

    def restore(self, found: Iterable[Found]) -> None:
        """End what is under way, and have these results in place of the former; `attend` goes on with them."""
        self._stop()
        self._found = {one.name: one for one in found}

    def end(self, spec: Spec, name: str) -> None:
        """End one of them, so that the next one begins; what it found so far stays."""
        self._end(name)
        self.attend(spec, visible=True)

    def _end(self, name: str) -> None:
        if self._current and self._current.name == name:
            self._stop()
        if name in self._found:
            self._found[name] = replace(self._found[name], busy=False)

    def pause(self) -> None:
        """Its viewer has left: it goes on when somebody is there again."""
        self._stop()

    def attend(self, spec: Spec, *, visible: bool) -> None:
        """Go on with what was under way if somebody sees it, else rest."""
        if not visible:
            self._stop()
        elif self._current and not self._tasks:
            self._go_on(spec, self._current)

    def heed(self, spec: Spec, order: StudyOrder) -> None:
        """Do what the viewer wants."""
        if order.end:
            self.end(spec, order.name)
        else:
            self.start(spec, order.name, order.which)

    def start(self, spec: Spec, name: str, which: int) -> None:
        """Begin a study as soon as those before it are done, anew if there is one of its name.

        A spec that has none of this name does nothing.
        """
        n_parts = spec.n_parts(name, which)
        if n_parts:
            self._end(name)
            self._found.pop(name, None)  # so that it comes last
            self._found[name] = Found(name, which, n_parts, {}, 0.0, busy=True)
            self.attend(spec, visible=True)

    @property
    def _current(self) -> Found | None:
        """The one whose turn it is."""
        return next((one for one in self._found.values() if one.busy), None)

    @property
    def n_bytes(self) -> int:
        """About how much memory all results take."""
        return sum(one.n_bytes for one in self._found.values())

    @property
    def found(self) -> tuple[Found, ...]:
        """Everything found so far, to be kept with the run."""
        return tuple(self._found.values())

    def report(self) -> Mapping[str, Mapping[str, Any]]:
        """What the learner draws, by the name of the study; empty while there is none."""
        return {name: self._report(one) for name, one in self._found.items()}

    def _report(self, one: Found) -> Mapping[str, Any]:
        n_done, current = len(one.results), self._current
        seconds = one.seconds + (time.monotonic() - self._since if one is current and self._tasks else 0.0)
        return {
            "name": one.name,
            "which": one.which,
            "busy": one.busy,
            "waits_for": current.name if current and one.busy and one is not current else "",
            "done": n_done,
            "of": one.n_parts,
            "seconds": seconds,
            "seconds_left": seconds / n_done * (one.n_parts - n_done) if n_done else None,
            "problem": one.problem,
            "results": one.results,
        }

    def _go_on(self, spec: Spec, one: Found) -> None:
        self._since = time.monotonic()
        numbers = iter([number for number in range(one.n_parts) if number not in one.results])
        n_tasks = min(max(1, len(self._engine.workers)), one.n_parts)
        self._tasks = [asyncio.create_task(self._work(spec, one.name, one.which, numbers)) for _ in range(n_tasks)]
        for task in self._tasks:
            task.add_done_callback(partial(self._done, spec, one.name))

    async def _work(self, spec: Spec, name: str, which: int, numbers: Iterator[int]) -> None:
        """Take the next part until none is left."""
        for number in numbers:
            async with self._engine.spare:
                part = self._engine.run("study_part", spec, name, which, number, deadline_seconds=START_SECONDS)
                result = await part
            self._found[name] = replace(self._found[name], results={**self._found[name].results, number: result})
            self._on_change()

    def _done(self, spec: Spec, name: str, task: asyncio.Task[None]) -> None:
        """One of its tasks has nothing more to do, or has failed; the last one ends the study."""
        error = None if task.cancelled() else task.exception()
        if task not in self._tasks:  # it was told to stop
            return
        if error:
            self._found[name] = replace(self._found[name], problem=_reason(error))
        others = [other for other in self._tasks if other is not task]
        if others:
            self._tasks = others
        else:
            self.end(spec, name)
        self._on_change()

    def _stop(self) -> None:
        """End all tasks and count their time."""
        for task in self._tasks:
            task.cancel()
        if self._tasks and (one := self._current):
            self._found[one.name] = replace(one, seconds=one.seconds + time.monotonic() - self._since)
        self._tasks = []


def _reason(error: BaseException) -> str:
    """Why a study ended early, for its viewer; a fault of the program is written down."""
    if isinstance(error, NoMemoryError):
        return NO_MEMORY
    if isinstance(error, WorkerFailedError):
        return NO_WORKER
    log.error("a study failed", exc_info=error)
    return FAULT
