"""Where slices run: workers behind the interface of `concurrent.futures`, each an executor of its own.

A dying worker breaks its own executor only, and since slices are pure, whoever waited for it simply asks again.
Here the workers are processes of this machine; `playground.live.cluster` has those of a cluster.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
from collections.abc import Callable
from typing import Any

from playground.live.answer import aside
from playground.live.places import Places
from playground.live.worker import EarlyWorker, Worker, WorkerLostError

log = logging.getLogger(__name__)

DRAIN_SECONDS = 0.1  # between two looks whether an early worker is still needed
MAX_TRIES = 3
NO_MEMORY = "can't allocate memory"  # in torch's error, which is no MemoryError
FIRST_LEARNER = "mlp"  # of the page that most people open first


class WorkerFailedError(RuntimeError):
    """A job ended its worker each time it was tried."""


class NoMemoryError(WorkerFailedError):
    """A job asked for more memory than the machine has. Its worker goes on."""


class Engine:
    """Some workers, here processes of this machine; a job goes to the one with the shortest queue.

    Args:
        n_workers: how many; None asks `default_workers`.

    Attributes:
        workers: those that take jobs now.
        tell: takes what all viewers should know.
    """

    def __init__(self, n_workers: int | None = None) -> None:
        self._own = [Worker() for _ in range(default_workers() if n_workers is None else n_workers)]
        self.workers: list[Any] = list(self._own)
        self.tell: Callable[[str], None] = log.info
        self._came = asyncio.Event()
        self._early = EarlyWorker(self._drop)
        self._starting: asyncio.Task[None] | None = None
        self._preparing: set[asyncio.Task[None]] = set()
        self.spare = Places(lambda: len(self.workers))  # for long jobs of all seats
        self._closed = False

    async def run(self, job: str, *args: Any, deadline_seconds: float | None = None) -> Any:
        """The result of a function of `playground.live.work`, which should take some tens of milliseconds at most.

        Raises:
            WorkerFailedError: the job took its worker down each time, or (NoMemoryError) asked for too much memory.
        """
        n_deaths = 0
        while n_deaths < MAX_TRIES and not self._closed:
            if not self.workers:
                self._came.clear()
                await self._came.wait()
                continue
            worker = min(self.workers, key=lambda w: w.n_waiting)
            try:
                return await worker.run(job, *args, deadline_seconds=deadline_seconds)
            except WorkerLostError as lost:
                n_deaths += lost.guilty
            except (MemoryError, RuntimeError) as error:
                if isinstance(error, MemoryError) or NO_MEMORY in str(error):
                    raise NoMemoryError(f"{job} needs more memory than there is") from None
                raise
        if self._closed:
            raise WorkerFailedError(f"{job} was not done: the engine is closed")
        raise WorkerFailedError(f"{job} ended its worker {MAX_TRIES} times")

    @property
    def free_share(self) -> float:
        """The part of a worker that one more job may expect, in (0, 1]."""
        return 1 / (1 + min((worker.n_waiting for worker in self.workers), default=0))

    def add(self, worker: Worker) -> None:
        """One more worker takes jobs from now on."""
        self.workers.append(worker)
        self._came.set()

    def start(self) -> None:
        """Start all processes now instead of at their first jobs. Called on the event loop, which goes on meanwhile."""
        self.workers = []  # jobs wait until they are there
        self._starting = asyncio.get_running_loop().create_task(self._start_all())

    async def _start_all(self) -> None:
        """What workers are forked from takes seconds to load: until then one serves that loads only what it must."""
        early = asyncio.create_task(self._start_early())
        await self._start_own()
        early.cancel()
        self._drop(self._early)
        while self._early.n_waiting:
            await asyncio.sleep(DRAIN_SECONDS)
        self._early.close()

    async def _start_early(self) -> None:
        with contextlib.suppress(WorkerLostError):  # the others are on their way
            await self._early.run("warm_up", FIRST_LEARNER)
            self.add(self._early)

    def prepare(self, learner: str) -> None:
        """A page of this learner is on its way to a viewer. Called on the event loop.

        As long as only the early worker serves, it loads what the page needs while the browser still draws it.
        """
        if self._starting and not self._starting.done():
            task = asyncio.get_running_loop().create_task(self._prepare(learner))
            self._preparing.add(task)
            task.add_done_callback(self._preparing.discard)

    async def _prepare(self, learner: str) -> None:
        with contextlib.suppress(WorkerLostError):
            await self._early.run("warm_up", learner)

    async def _start_own(self) -> None:
        for worker in self._own:
            with contextlib.suppress(OSError):  # else it tries again at its first job
                await aside(worker.start)  # it waits for the process that workers are forked from
            self.add(worker)

    def _drop(self, worker: Worker) -> None:
        """It takes no more jobs."""
        if worker in self.workers:
            self.workers.remove(worker)

    def close(self) -> None:
        """End all workers."""
        self._closed = True
        self._came.set()
        if self._starting:
            self._starting.cancel()
        for worker in {*self.workers, *self._own, self._early}:
            worker.close()


def open_engine() -> Engine:
    """The workers of the cluster that PLAYGROUND_SCHEDULER names, else those of this machine."""
    if os.environ.get("PLAYGROUND_SCHEDULER"):
        from playground.live.cluster import open_cluster  # here: what a cluster needs is an extra

        return open_cluster()
    return Engine()


def default_workers() -> int:
    """As many workers as cores this process may use; PLAYGROUND_WORKERS overrides.

    Raises:
        ValueError: PLAYGROUND_WORKERS is no whole number from 1 to 64.
    """
    n_cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    text = os.environ.get("PLAYGROUND_WORKERS") or str(n_cores)
    if not text.isdecimal() or not 1 <= int(text) <= 64:
        raise ValueError(f"PLAYGROUND_WORKERS must be a whole number from 1 to 64; got {text}")
    return int(text)
