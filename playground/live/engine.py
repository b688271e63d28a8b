"""Where slices run: workers behind the interface of `concurrent.futures`, each an executor of its own.

A dying worker breaks its own executor only, and since slices are pure, whoever waited for it simply asks again.
Here the workers are processes of this machine; `playground.live.cluster` has those of a cluster.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from multiprocessing import forkserver
from multiprocessing.context import BaseContext
from typing import Any

from playground.live.places import Places

log = logging.getLogger(__name__)

DEADLINE_SECONDS = 5.0
START_SECONDS = 60.0  # for a job that may have to wait until workers are there
DRAIN_SECONDS = 0.1  # between two looks whether an early worker is still needed
MAX_TRIES = 3
FIRST_LEARNER = "mlp"  # of the page that most people open first


class WorkerFailedError(RuntimeError):
    """A job ended its worker each time it was tried."""


class WorkerLostError(RuntimeError):
    """A worker died or hung while a job waited for it.

    Attributes:
        guilty: whether it was this job that the worker was at; the others only waited behind it.
    """

    def __init__(self, *, guilty: bool) -> None:
        super().__init__("the worker was lost")
        self.guilty = guilty


class Worker:
    """One process that is replaced when it dies or hangs.

    Args:
        is_early: it is a fresh process that loads what it is asked for, instead of a copy of one that has loaded all.
    """

    lost: tuple[type[Exception], ...] = (BrokenExecutor, TimeoutError)  # what its executor raises when it is gone

    def __init__(self, *, is_early: bool = False) -> None:
        self._is_early = is_early
        self._pool = self._open()
        self._queue: list[asyncio.Future[Any]] = []  # jobs that wait or run, the oldest first
        self._at_work_since = 0.0  # when the oldest came to its turn
        self._closed = False

    @property
    def n_waiting(self) -> int:
        """Jobs that wait or run here."""
        return len(self._queue)

    async def run(self, job: str, *args: Any, deadline_seconds: float | None = None) -> Any:
        """The job's result.

        Raises:
            WorkerLostError: the worker died, or did not answer in time and was ended.
        """
        pool = self._pool
        try:
            future = asyncio.wrap_future(pool.submit(work_on, job, *args))
        except self.lost:
            future = asyncio.get_running_loop().create_future()
            future.cancel()
        if not self._queue:
            self._at_work_since = time.monotonic()
        self._queue.append(future)
        try:
            return await self._answer(future, deadline_seconds or DEADLINE_SECONDS)
        except self.lost:
            guilty = pool is self._pool and self._queue[0] is future  # jobs run in order: the oldest was at work
            if pool is self._pool and not self._closed:  # the first of those who waited replaces it
                self._replace()
            raise WorkerLostError(guilty=guilty) from None
        finally:
            if self._queue[0] is future:
                self._at_work_since = time.monotonic()  # now it is the next one's turn
            self._queue.remove(future)

    async def _answer(self, future: asyncio.Future[Any], deadline_seconds: float) -> Any:
        """The result, or TimeoutError. The time that the worker was at other jobs does not count."""
        try:
            while True:
                at_work = time.monotonic() - self._at_work_since if self._queue[0] is future else 0.0
                if at_work >= deadline_seconds:
                    raise TimeoutError
                if (await asyncio.wait((future,), timeout=deadline_seconds - at_work))[0]:
                    if future.cancelled():  # its worker was given up
                        raise BrokenExecutor
                    return future.result()
        finally:
            future.cancel()  # who asked has left

    def start(self) -> None:
        """Start the process now instead of at the first job."""
        self._pool.submit(work_on, "ready")

    def close(self) -> None:
        """End the process; who still waits for it is told."""
        self._closed = True
        self._end()

    def _replace(self) -> None:
        log.warning("a worker died or hung and was replaced")
        self._end()
        self._pool = self._open()

    def _open(self) -> Executor:
        return ProcessPoolExecutor(1, mp_context=_context(is_early=self._is_early), initializer=_prepare_worker)

    def _end(self) -> None:
        """End the process at once, also one that hangs."""
        pool: Any = self._pool
        for process in list((pool._processes or {}).values()):  # no public way reaches a hung process in Python 3.11
            process.kill()
        pool.shutdown(wait=False)  # cancels nothing: who waits shall see a lost worker, which is asked again


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
        self._early = Worker(is_early=True)
        self._starting: asyncio.Task[None] | None = None
        self.spare = Places(lambda: len(self.workers))  # for long jobs of all seats
        self._closed = False

    async def run(self, job: str, *args: Any, deadline_seconds: float | None = None) -> Any:
        """The result of a function of `playground.live.work`, which should take some tens of milliseconds at most.

        Raises:
            WorkerFailedError: the job took its worker down each time.
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
        if self._early in self.workers:
            self.workers.remove(self._early)
        while self._early.n_waiting:
            await asyncio.sleep(DRAIN_SECONDS)
        self._early.close()

    async def _start_early(self) -> None:
        with contextlib.suppress(WorkerLostError):  # the others are on their way
            await self._early.run("warm_up", FIRST_LEARNER, deadline_seconds=START_SECONDS)
            self.add(self._early)

    async def _start_own(self) -> None:
        for worker in self._own:
            await asyncio.to_thread(worker.start)  # it waits for the process that workers are forked from
            self.add(worker)

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


def prepare_processes() -> None:
    """Start the process that workers are forked from, and go on while it loads what they need."""
    if sys.platform != "win32":
        _context()
        forkserver.ensure_running()


def _context(*, is_early: bool = False) -> BaseContext:
    # Never fork: it would copy the server's threads and their locks. Windows has only spawn.
    context = multiprocessing.get_context("spawn" if is_early or sys.platform == "win32" else "forkserver")
    context.set_forkserver_preload(["playground.live.warm"])
    return context


def work_on(job: str, *args: Any) -> Any:
    """In a worker: the result of a function of `playground.live.work`."""
    from playground.live import work  # here, since only workers may load what training needs

    return getattr(work, job)(*args)


def _prepare_worker() -> None:
    """Leave Ctrl-C to the server, which ends its workers itself; end when it is gone."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_server, daemon=True).start()


def _end_with_server() -> None:
    """A server that was killed cannot end its workers: they watch it."""
    server = multiprocessing.parent_process()
    assert server is not None
    server.join()
    os._exit(1)
