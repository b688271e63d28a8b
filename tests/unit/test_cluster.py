"""The engine on a real Dask cluster on loopback: a scheduler and two workers, each of which may die, hang or be lost."""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import pytest

from playground.live import work, worker
from playground.live.cluster import LOST, TLS_NAMES, Cluster, open_cluster
from playground.live.cluster import PATIENCE_SECONDS as PATIENCE_OF_CLUSTER
from playground.live.run import Run
from playground.live.worker import Worker
from playground.spec import PlaygroundSpec

pytestmark = pytest.mark.xdist_group("cluster")  # one after the other: each starts several processes

ROOT = Path(__file__).parents[2]
RUN = Run(PlaygroundSpec().change(n_samples=40, hidden_sizes=(3,)))
PATIENCE_SECONDS = 240  # many processes load torch here; on a crowded machine that takes minutes
BANNER_SECONDS, OWN_WORKERS_SECONDS = 2, 5  # from when the scheduler is lost
SLACK = 1 if os.environ.get("CHAOS") == "whole" else 3  # where tests run, others work too


def started(*command: str) -> subprocess.Popen[bytes]:
    silent = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", "distributed.cli." + command[0], *command[1:]], cwd=ROOT, **silent)


class Machines:
    """A scheduler and two workers, as one would start them by hand."""

    def __init__(self) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.address = f"tcp://127.0.0.1:{probe.getsockname()[1]}"
        place = self.address.removeprefix("tcp://").split(":")
        self.scheduler = started("dask_scheduler", "--host", place[0], "--port", place[1], "--no-dashboard")
        options = ("--nthreads", "1", "--no-dashboard", "--no-nanny", "--host", "127.0.0.1", "--death-timeout", "240")
        self.workers = [started("dask_worker", self.address, *options) for _ in range(2)]

    def end(self) -> None:
        for process in (*self.workers, self.scheduler):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGCONT)
            process.kill()
            process.wait()


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.live.cluster.START_SECONDS", PATIENCE_SECONDS)
    monkeypatch.setattr("playground.live.cluster.PATIENCE_SECONDS", PATIENCE_OF_CLUSTER * SLACK)
    monkeypatch.setattr(worker, "DEADLINE_SECONDS", PATIENCE_SECONDS)


@pytest.fixture
def machines() -> Iterator[Machines]:
    machines = Machines()
    yield machines
    machines.end()


@asynccontextmanager
async def joined(machines: Machines) -> AsyncIterator[Cluster]:
    await until(lambda: listens(machines.address))
    cluster = open_cluster({"PLAYGROUND_SCHEDULER": machines.address})
    cluster.start()
    try:
        await until(lambda: len(cluster.workers) == 2)
        yield cluster
    finally:
        cluster.close()


async def until(check: Any) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not check():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


def listens(address: str) -> bool:
    host, port = address.split("://")[1].split(":")
    try:
        socket.create_connection((host, int(port)), timeout=1).close()
    except OSError:
        return False
    return True


def trained(cluster: Cluster, n_steps: int) -> asyncio.Future[Any]:
    return asyncio.ensure_future(cluster.run("train", RUN, None, n_steps, None))


def same(answers: list[Any]) -> bool:
    expected = [
        work.train(RUN, None, n_steps, None).state.arrays["params"].tobytes() for n_steps in range(len(answers))
    ]
    return [answer.state.arrays["params"].tobytes() for answer in answers] == expected


def test_slices_come_back_whatever_dies_hangs_or_is_lost(machines: Machines, monkeypatch: pytest.MonkeyPatch) -> None:
    """One cluster for all of it, since starting one takes seconds: it loses a worker, then hangs, then its head."""

    async def story() -> None:
        async with joined(machines) as cluster:
            told: list[str] = []
            cluster.tell = told.append
            assert same(await asyncio.gather(*(trained(cluster, n) for n in range(8))))

            os.kill(machines.workers[0].pid, signal.SIGSTOP)  # so that jobs surely wait when it dies
            jobs = [trained(cluster, n) for n in range(8)]
            await asyncio.sleep(0)
            machines.workers[0].kill()
            assert same(await asyncio.wait_for(asyncio.gather(*jobs), PATIENCE_SECONDS))
            assert len(cluster.workers) == 1

            os.kill(machines.workers[1].pid, signal.SIGSTOP)
            monkeypatch.setattr(worker, "DEADLINE_SECONDS", 0.3)
            jobs = [trained(cluster, n) for n in range(3)]
            await until(lambda: not cluster.workers)
            monkeypatch.setattr(worker, "DEADLINE_SECONDS", PATIENCE_SECONDS)

            machines.scheduler.kill()
            begun = time.monotonic()
            await until(lambda: told)
            assert time.monotonic() - begun < BANNER_SECONDS * SLACK
            await until(lambda: cluster.workers)
            assert time.monotonic() - begun < OWN_WORKERS_SECONDS * SLACK
            assert same(await asyncio.wait_for(asyncio.gather(*jobs), PATIENCE_SECONDS))
            assert told == [LOST]
            assert {type(worker) for worker in cluster.workers} == {Worker}

    asyncio.run(story())


def test_a_cluster_without_workers_or_with_foreign_ones_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """The scheduler is there, and nothing but workers is missing: nobody waits for ever."""

    class Alone(Cluster):
        present: ClassVar[dict[str, Any]] = {}

        def _connect(self) -> None: ...

        async def _present(self) -> dict[str, Any]:
            return self.present

        async def _meet(self, address: str) -> None:
            raise AttributeError("no such function in that version")

        async def _start_own(self) -> None:
            self.add(Worker())

    monkeypatch.setattr("playground.live.cluster.ALONE_SECONDS", 0.2)
    monkeypatch.setattr("playground.live.cluster.prepare_processes", lambda: None)

    async def story(present: dict[str, Any]) -> None:
        cluster, told = Alone("tcp://127.0.0.1:1"), []
        cluster.present = present  # type: ignore[misc]
        cluster.tell = told.append
        cluster.start()
        await until(lambda: cluster.workers)
        assert told == [LOST]
        cluster.close()

    asyncio.run(story({}))
    asyncio.run(story({"tcp://127.0.0.1:2": {"nthreads": 1}}))


def certificates(folder: Path, name: str) -> dict[str, str]:
    """A certificate authority of one, and the variables that name it."""
    paths = {"CA": folder / f"{name}.pem", "CERT": folder / f"{name}.pem", "KEY": folder / f"{name}.key"}
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=127.0.0.1"
    command = [*make.split(), "-keyout", str(paths["KEY"]), "-out", str(paths["CERT"])]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)
    return {f"PLAYGROUND_TLS_{key}": str(path) for key, path in paths.items()}


@pytest.mark.skipif(shutil.which("openssl") is None, reason="makes its certificates with openssl")
def test_a_cluster_is_joined_only_with_certificates_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The right ones meet the worker; those of somebody else, and none at all, are refused and told as a lost cluster."""
    monkeypatch.setattr("playground.live.cluster.CONNECT_SECONDS", 5.0)
    own, foreign = certificates(tmp_path, "own"), certificates(tmp_path, "foreign")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = str(probe.getsockname()[1])
    files = ("--tls-ca-file", own[TLS_NAMES[0]], "--tls-cert", own[TLS_NAMES[1]], "--tls-key", own[TLS_NAMES[2]])
    place, quiet = f"tls://127.0.0.1:{port}", ("--no-dashboard",)
    started_ones = [
        started("dask_scheduler", "--protocol", "tls", "--host", "127.0.0.1", "--port", port, *files, *quiet)
    ]
    started_ones.append(started("dask_worker", place, "--nthreads", "1", "--no-nanny", *files, *quiet))

    async def story() -> None:
        await until(lambda: listens(place))
        cluster = open_cluster({"PLAYGROUND_SCHEDULER": place, **own})
        cluster.start()
        await until(lambda: len(cluster.workers) == 1)
        assert same(await asyncio.gather(trained(cluster, 0), trained(cluster, 1)))
        cluster.close()
        for address, names in ((place, foreign), (place.replace("tls", "tcp"), {})):
            stranger, told = open_cluster({"PLAYGROUND_SCHEDULER": address, **names}), []  # type: ignore[var-annotated]
            stranger.tell = told.append
            stranger.start()
            await until(lambda told=told: told)  # type: ignore[misc]
            assert told == [LOST]
            stranger.close()

    try:
        asyncio.run(story())
    finally:
        for process in started_ones:
            process.kill()
            process.wait()


def test_a_scheduler_that_is_not_there_is_lost_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("playground.live.cluster.CONNECT_SECONDS", 0.5)

    async def story() -> None:
        cluster = Cluster("tcp://127.0.0.1:1")
        cluster.start()
        answer = await asyncio.wait_for(trained(cluster, 0), PATIENCE_SECONDS)
        assert same([answer])
        cluster.close()

    asyncio.run(story())


@pytest.mark.parametrize(
    ("address", "rule"),
    [
        ("tcp://10.0.0.7:8786", "without tls"),
        ("tcp://example.org:8786", "without tls"),
        ("http://127.0.0.1:8786", "must be tcp"),
        ("127.0.0.1:8786", "must be tcp"),
        ("tcp://127.0.0.1", "must be tcp"),
        ("tls://10.0.0.7:8786", "PLAYGROUND_TLS_CA"),
    ],
)
def test_an_address_that_would_let_strangers_in_is_refused(address: str, rule: str) -> None:
    with pytest.raises(ValueError, match=re.escape(rule)):
        open_cluster({"PLAYGROUND_SCHEDULER": address})


def test_a_certificate_that_is_not_there_stops_the_start_and_is_named(tmp_path: Path) -> None:
    paths = {name: str(tmp_path / f"{name}.pem") for name in TLS_NAMES}
    for name in TLS_NAMES[1:]:
        Path(paths[name]).touch()
    with pytest.raises(ValueError, match=re.escape(f"{TLS_NAMES[0]} names no file: {paths[TLS_NAMES[0]]}")):
        open_cluster({"PLAYGROUND_SCHEDULER": "tls://10.0.0.7:8786", **paths})
