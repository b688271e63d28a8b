"""The same engine on a Dask cluster: PLAYGROUND_SCHEDULER names its scheduler, and nothing else changes.

Each worker of the cluster is an executor of its own, as a process of this machine is. When the scheduler is lost, this
machine's own processes take over, and viewers are told.
"""

from __future__ import annotations

import asyncio
import functools
import ipaddress
import logging
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import BrokenExecutor, Executor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from distributed import Client, Security
from distributed.client import FutureCancelledError
from distributed.scheduler import KilledWorker

from playground.live.answer import aside
from playground.live.engine import Engine
from playground.live.worker import START_SECONDS, Worker, WorkerLostError, prepare_processes

log = logging.getLogger(__name__)

WATCH_SECONDS = 0.5  # between two looks at the scheduler
PATIENCE_SECONDS, MISSES = 0.6, 2  # a scheduler that says nothing for so long, and so often, counts as lost
ALONE_SECONDS = 10.0  # without any worker, until the cluster counts as lost
CONNECT_SECONDS = 10.0
LOST = "The cluster was lost. This server goes on with its own workers; nothing of your run is gone."
TLS_NAMES = ("PLAYGROUND_TLS_CA", "PLAYGROUND_TLS_CERT", "PLAYGROUND_TLS_KEY")


class ClusterWorker(Worker):
    """One worker of the cluster. The cluster replaces it, not we: once lost, it is never asked again."""

    lost = (BrokenExecutor, TimeoutError, KilledWorker, FutureCancelledError, OSError)

    def __init__(self, client: Client, address: str, on_lost: Callable[[ClusterWorker], None]) -> None:
        self.client = client
        self.address = address
        super().__init__(on_lost)

    def _open(self) -> Executor:
        executor: Executor = self.client.get_executor(workers=[self.address], allow_other_workers=False, pure=False)
        return executor

    def _end(self) -> None:
        self._pool = BrokenPool()  # who was at work here asked the former one
        for future in self._queue:
            future.cancel()


class BrokenPool(Executor):
    """What is left of a worker that was lost."""

    def submit(self, *_: Any, **__: Any) -> Any:
        raise BrokenExecutor


class Cluster(Engine):
    """The workers of a Dask cluster, or this machine's own once the scheduler is lost.

    Args:
        address: of the scheduler, such as `tcp://127.0.0.1:8786` or `tls://10.0.0.7:8786`.
        security: certificates for tls; None without.
    """

    def __init__(self, address: str, security: Security | None = None) -> None:
        super().__init__()
        self.workers = []  # our own have no process until they are needed
        self.address = address
        self.security = security
        self._client: Client | None = None
        self._met: set[str] = set()  # workers that were met and are still there
        self._meeting: set[asyncio.Task[None]] = set()
        self._manned_at = 0.0  # when there was a worker last, or one on its way
        self._watching: asyncio.Task[None] | None = None
        self._restarting: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Connect, and keep looking who is there. Called on the event loop."""
        self._watching = asyncio.get_running_loop().create_task(self._watch())

    def close(self) -> None:
        """Leave the cluster; its workers stay."""
        super().close()
        if self._watching:
            self._watching.cancel()
        if self._client:
            self._client.close(timeout=1)

    async def _watch(self) -> None:
        try:
            await aside(prepare_processes)  # so that own workers could be there within a second
            await aside(self._connect)
            self._manned_at = time.monotonic()
            while True:
                await self._look()
                self._count_workers()
                await asyncio.sleep(WATCH_SECONDS)
        except (OSError, TimeoutError) as error:
            log.warning("the scheduler at %s was lost: %s", self.address, error or type(error).__name__)
        finally:  # whatever ended it: nobody waits for workers that never come
            if not self._closed:
                await self._go_home()

    def _connect(self) -> None:
        self._client = Client(self.address, security=self.security, timeout=CONNECT_SECONDS, set_as_default=False)

    async def _present(self) -> dict[str, Any]:
        """The workers that the scheduler has, by their addresses."""
        client: Any = self._client
        for miss in range(1, MISSES + 1):  # this server may have been suspended itself
            asked = asyncio.run_coroutine_threadsafe(client.scheduler.identity(n_workers=-1), client.loop.asyncio_loop)
            try:
                return dict((await asyncio.wait_for(asyncio.wrap_future(asked), PATIENCE_SECONDS))["workers"])
            except TimeoutError:
                if miss == MISSES:
                    raise
        raise AssertionError

    def _count_workers(self) -> None:
        if self.workers or self._meeting:
            self._manned_at = time.monotonic()
        elif time.monotonic() - self._manned_at > ALONE_SECONDS:
            raise OSError(f"for {ALONE_SECONDS:.0f} s it had no worker")

    async def _look(self) -> None:
        """Meet new workers, and give up those that have gone."""
        present = await self._present()
        self._met &= present.keys()
        for worker in [worker for worker in self.workers if worker.address not in present]:
            worker._replace()
        for address in present.keys() - self._met:
            self._met.add(address)
            if present[address]["nthreads"] == 1:
                task = asyncio.get_running_loop().create_task(self._meet(address))
                self._meeting.add(task)
                task.add_done_callback(self._have_met)
            else:
                log.warning("a worker was left out: it must be started with --nthreads 1")

    async def _meet(self, address: str) -> None:
        """A worker serves viewers once it has loaded what pages need."""
        assert self._client is not None
        worker = ClusterWorker(self._client, address, self._drop)
        try:
            await worker.run("warm_up", deadline_seconds=START_SECONDS)
        except WorkerLostError:
            return
        self.add(worker)

    def _have_met(self, task: asyncio.Task[None]) -> None:
        """A worker that was started elsewhere than in a clone of this version fails in many ways: none is of use."""
        self._meeting.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.error("the cluster cannot run slices: %s", (str(error) or repr(error)).splitlines()[0])
            if self._watching and not self._watching.cancelling():
                self._watching.cancel()

    def _drop(self, worker: ClusterWorker) -> None:  # type: ignore[override]  # all its workers are the cluster's
        log.warning("a worker of the cluster died or hung and was left")
        super()._drop(worker)
        if self._client and self._client.status == "running":  # one that hangs is ended, if it has a nanny
            restart = functools.partial(self._restart, worker.address)
            self._restarting = asyncio.get_running_loop().create_task(aside(restart))

    def _restart(self, address: str) -> None:
        assert self._client is not None
        try:
            self._client.restart_workers([address], timeout=CONNECT_SECONDS, raise_for_error=False)
        except (OSError, ValueError, KeyError) as error:  # KeyError: the scheduler knows it no longer
            log.info("a lost worker could not be started again: %s", error)

    async def _go_home(self) -> None:
        """Go on with processes of this machine."""
        self.tell(LOST)
        lost, self.workers = self.workers, []
        await self._start_own()
        for worker in lost:
            worker.close()


def open_cluster(environment: Mapping[str, str] = os.environ) -> Cluster:
    """The cluster that PLAYGROUND_SCHEDULER names.

    Raises:
        ValueError: the address would send runs unencrypted over a network, or is none; a certificate is missing.
    """
    address = environment["PLAYGROUND_SCHEDULER"]
    parts = urlsplit(address)
    rule = "PLAYGROUND_SCHEDULER must be tcp://HOST:PORT on this machine, or tls://HOST:PORT"
    if parts.scheme not in ("tcp", "tls") or not parts.hostname or not parts.port:
        raise ValueError(f"{rule}; got {address}")
    if parts.scheme == "tcp":
        if not _is_loopback(parts.hostname):
            raise ValueError(f"{rule}: without tls anybody on the network could run code here; got {address}")
        return Cluster(address)
    missing = [name for name in TLS_NAMES if not environment.get(name)]
    if missing:
        raise ValueError(f"tls needs the files named by {', '.join(TLS_NAMES)}; missing: {', '.join(missing)}")
    for name in TLS_NAMES:  # else a slip of the pen would look like a lost scheduler
        if not Path(environment[name]).is_file():
            raise ValueError(f"{name} names no file: {Path(environment[name]).absolute()}")
    ca, cert, key = (environment[name] for name in TLS_NAMES)
    security = Security(tls_ca_file=ca, tls_client_cert=cert, tls_client_key=key, require_encryption=True)
    return Cluster(address, security)


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
