"""A study: many independent fits of one run, made on all workers at once, whose results are drawn together."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from playground.live.engine import START_SECONDS, Engine, WorkerFailedError
from playground.spec import Spec


class Study:
    """The study of one seat: at most one at a time. It ends with the run that it is about."""

    def __init__(self, engine: Engine, on_change: Callable[[], None]) -> None:
        self._engine, self._on_change = engine, on_change
        self._tasks: list[asyncio.Task[None]] = []
        self.forget()

    def forget(self) -> None:
        """End it and drop its results."""
        self.cancel()
        self._name, self._which, self._n_parts = "", 0, 0
        self._results: dict[int, Any] = {}
        self._problem, self._begun, self._ended = "", 0.0, 0.0

    def cancel(self) -> None:
        """End it; what was found so far stays."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            self._ended = time.monotonic()
        self._tasks = []

    def start(self, spec: Spec, name: str, which: int) -> None:
        """Begin a study; a former one ends. A spec that has none of this name does nothing; no name only ends it."""
        if not name:
            self.cancel()
            return
        self.forget()
        self._name, self._which, self._n_parts = name, which, spec.n_parts(name, which)
        self._begun = self._ended = time.monotonic()
        numbers = iter(range(self._n_parts))
        n_tasks = min(max(1, len(self._engine.workers)), self._n_parts)
        self._tasks = [asyncio.create_task(self._work(spec, name, which, numbers)) for _ in range(n_tasks)]

    def report(self) -> Mapping[str, Any]:
        """What the learner draws of it; empty while there is none."""
        if not self._name:
            return {}
        n_done = len(self._results)
        seconds = (time.monotonic() if self._tasks else self._ended) - self._begun
        return {
            "name": self._name,
            "which": self._which,
            "busy": bool(self._tasks),
            "done": n_done,
            "of": self._n_parts,
            "seconds": seconds,
            "seconds_left": seconds / n_done * (self._n_parts - n_done) if n_done else None,
            "problem": self._problem,
            "results": dict(self._results),
        }

    async def _work(self, spec: Spec, name: str, which: int, numbers: Iterator[int]) -> None:
        """Take the next part until none is left."""
        try:
            for number in numbers:
                async with self._engine.spare:
                    part = self._engine.run("study_part", spec, name, which, number, deadline_seconds=START_SECONDS)
                    self._results[number] = await part
                self._on_change()
        except WorkerFailedError as error:
            self._problem = str(error)
        self._tasks = [task for task in self._tasks if task is not asyncio.current_task()]
        self._ended = time.monotonic()
        self._on_change()
