"""One worker: a process that takes one job after the other, and is replaced when it dies or hangs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from multiprocessing import forkserver, get_context, parent_process
from multiprocessing.context import BaseContext
from pathlib import Path
from typing import Any

from playground.live.answer import answer_to

log = logging.getLogger(__name__)

DEADLINE_SECONDS = 5.0  # for a job, unless its asker knows better
START_SECONDS = 60.0  # for a job that may have to load what it needs
TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 1


class WorkerLostError(RuntimeError):
    """A worker died or hung while a job waited for it.

    Attributes:
        guilty: whether it was this job that the worker was at; the others only waited behind it.
    """

    def __init__(self, *, guilty: bool) -> None:
        super().__init__("the worker was lost")
        self.guilty = guilty


class OneProcess(ProcessPoolExecutor):
    """A pool of one process, which also notices when it dies in the middle of an answer.

    The library keeps the answers' writing end open on this side too: for the rest of such an answer it would wait for
    ever, and keep a thread and eight files.
    """

    def _spawn_process(self) -> None:
        pool: Any = super()
        pool._spawn_process()
        answers: Any = self._result_queue  # no public way here either
        answers._writer.close()


class Worker:
    """One process that is replaced when it dies or hangs.

    Args:
        on_lost: told instead, when given: then the worker is left and must never be asked again.
    """

    lost: tuple[type[Exception], ...] = (BrokenExecutor, TimeoutError)  # what its executor raises when it is gone
    loads_late = sys.platform == "win32"  # a worker that was forked has loaded all

    def __init__(self, on_lost: Callable[[Any], None] | None = None) -> None:
        self._on_lost = on_lost
        self._pool = self._open()
        self._queue: dict[asyncio.Future[Any], float] = {}  # jobs, the oldest first -> seconds that each may take
        self._at_work_since = 0.0  # when the oldest came to its turn
        self._closed = self._starting = False

    @property
    def n_waiting(self) -> int:
        """Jobs that wait or run here, also those whose asker has left."""
        return len(self._queue)

    async def run(self, job: str, *args: Any, deadline_seconds: float | None = None) -> Any:
        """The job's result.

        Raises:
            WorkerLostError: the worker died, or did not answer in time and was ended.
        """
        pool = self._pool
        try:
            if self._closed:
                raise BrokenExecutor  # its pool would say so in other words
            future = answer_to(pool.submit(work_on, job, *args))
        except self.lost:
            future = asyncio.get_running_loop().create_future()
            future.cancel()
        if not self._queue:
            self._at_work_since = time.monotonic()
        self._queue[future] = deadline_seconds or (START_SECONDS if self.loads_late else DEADLINE_SECONDS)
        try:
            return await self._answer(future, pool)
        except self.lost:
            guilty = pool is self._pool and next(iter(self._queue)) is future  # in order: the oldest was at work
            if pool is self._pool and not self._closed:  # the first of those who waited replaces it
                self._replace()
            raise WorkerLostError(guilty=guilty) from None
        finally:
            if future.done():
                self._leave(future)
            else:
                future.add_done_callback(self._leave)
                if future in self._queue:  # who asked has left: others wait for it no longer than for any job
                    self._queue[future] = min(self._queue[future], DEADLINE_SECONDS)

    async def _answer(self, future: asyncio.Future[Any], pool: Executor) -> Any:
        """The result, or TimeoutError when the job that the worker is at, this one or one before, takes too long."""
        while not future.done() and pool is self._pool:
            seconds_left = self._at_work_since + next(iter(self._queue.values())) - time.monotonic()
            if seconds_left <= 0:
                raise TimeoutError
            used = self._seconds_used()
            await asyncio.wait((future,), timeout=min(seconds_left, DEADLINE_SECONDS))
            if not future.done() and pool is self._pool and used is not None and used == self._seconds_used():
                raise TimeoutError  # it does nothing at all: whatever it may still take, it is stuck
        if not future.done() or future.cancelled():  # its worker was given up
            raise BrokenExecutor
        return future.result()

    def _seconds_used(self) -> float | None:
        """Processor time of the process so far; None where this system does not tell, or while it does not run yet."""
        processes = list((getattr(self._pool, "_processes", None) or {}).values())
        try:
            fields = Path(f"/proc/{processes[0].pid}/stat").read_text().rpartition(")")[2].split()
        except (IndexError, OSError):
            return None
        return (int(fields[11]) + int(fields[12])) / TICKS  # as a user and within the system: proc(5)

    def _leave(self, future: asyncio.Future[Any]) -> None:
        if not future.cancelled():
            future.exception()  # else asyncio would complain that nobody asked for it
        if future in self._queue:
            if next(iter(self._queue)) is future:
                self._at_work_since = time.monotonic()  # now it is the next one's turn
            del self._queue[future]

    def start(self) -> None:
        """Start the process now instead of at the first job. Blocks until it is there, or nobody wants it any more.

        Raises:
            OSError, EOFError: it could not be started, or was closed meanwhile.
        """
        self._starting = True
        try:
            self._pool.submit(work_on, "ready")
        finally:
            self._starting = False
            if self._closed:
                self._end()

    def close(self) -> None:
        """End the process; who still waits for it is told."""
        self._closed = True
        if self._starting:  # its pool is locked, for seconds: whoever starts it puts it away
            _end_origin()
        else:
            self._end()

    def _replace(self) -> None:
        if self._on_lost:
            self.close()
            self._on_lost(self)
            return
        log.warning("a worker died or hung and was replaced")
        self._end()
        self._queue = {}
        self._pool = self._open()

    def _open(self) -> Executor:
        return OneProcess(1, mp_context=_context(), initializer=_prepare_worker)

    def _end(self) -> None:
        """End the process at once, also one that hangs."""
        pool: Any = self._pool
        for process in list((pool._processes or {}).values()):  # no public way reaches a hung process in Python 3.11
            process.kill()
        pool.shutdown(wait=False)  # cancels nothing: who waits shall see a lost worker, which is asked again


class EarlyWorker(Worker):
    """A fresh process that loads what it is asked for, instead of a copy of one that has loaded all."""

    loads_late = True

    def _open(self) -> Executor:
        return OneProcess(1, mp_context=get_context("spawn"), initializer=_prepare_worker)


def prepare_processes() -> None:
    """Start the process that workers are forked from, and go on while it loads what they need."""
    if sys.platform != "win32":
        _context()
        forkserver.ensure_running()


def _end_origin() -> None:
    """End the process that workers are forked from; it is made anew when somebody needs it."""
    origin: Any = forkserver
    if pid := origin._forkserver._forkserver_pid:  # no public way either
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _context() -> BaseContext:
    # Never fork: it would copy the server's threads and their locks. Windows has only spawn.
    context = get_context("spawn" if sys.platform == "win32" else "forkserver")
    context.set_forkserver_preload(["playground.live.warm"])
    return context


def work_on(job: str, *args: Any) -> Any:
    """In a worker: the result of a function of `playground.live.work`."""
    from playground.live import work  # here, since only workers may load what training needs

    return getattr(work, job)(*args)


def _prepare_worker() -> None:
    """Leave Ctrl-C to the server, which ends its workers itself; end when it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_server, daemon=True).start()


def _end_with_server() -> None:
    """A server that was killed cannot end its workers: they watch it."""
    server = parent_process()
    assert server is not None
    server.join()
    os._exit(1)
