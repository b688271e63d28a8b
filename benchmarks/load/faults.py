"""Workers that die or hang, a server that is stopped or killed: how long until viewers see the next frame."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import tempfile
import time
from contextlib import AsyncExitStack, suppress
from pathlib import Path

from benchmarks.load.figure import Figure, held_steadily_by
from tests.load.alone import assert_same
from tests.load.strangers import HALF_A_BODY, raw, stalled_viewer
from tests.load.viewer import PATIENCE_SECONDS, QUERY, Server, Viewer, looking, opened, serving, wait_until_warm

FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS = 0.3, 2.0  # of a view whose connection was lost, as in assets/socket.js
SPEED = 20


async def workers(server: Server, *, whole: bool) -> list[Figure]:
    """Workers killed and stopped under viewers at play: in the end no number differs and nothing is left."""
    n_viewers, n_kills, n_stops = (10, 200, 5) if whole else (6, 4, 1)
    await asyncio.to_thread(wait_until_warm, server)
    async with AsyncExitStack() as stack:
        viewers = [await opened(stack, server) for _ in range(n_viewers)]
        for n in range(2):  # what replaces a worker is made once
            await _strike(server, viewers, signal.SIGKILL, n)
        before = await asyncio.to_thread(held_steadily_by, server.process.pid)
        killed = [await _strike(server, viewers, signal.SIGKILL, n) for n in range(n_kills)]
        stopped = [await _strike(server, viewers, signal.SIGSTOP, n) for n in range(n_stops)]
        after = await asyncio.to_thread(held_steadily_by, server.process.pid)
        for viewer in viewers:
            await check(viewer)
        came = await _come_to_stuck(stack, server)
        n_workers = len((await asyncio.to_thread(server.probe))["workers"])
    return [
        Figure("worker killed: seconds to the next frame, the slowest viewer", max(killed), 2),
        Figure("worker stuck: seconds to the next frame, the slowest viewer", max(stopped), 7),
        Figure("worker stuck while nobody used it: seconds to the first frame, the slower of two newcomers", came, 7),
        Figure(f"after {n_kills} kills: workers that are missing", 2 - n_workers, 0),
        Figure(f"after {n_kills} kills: zombies", after.zombies, 0),
        Figure(f"after {n_kills} kills: further files", after.files - before.files, 2),
        Figure(f"after {n_kills} kills: further threads", after.threads - before.threads, 2),
    ]


async def _come_to_stuck(stack: AsyncExitStack, server: Server) -> float:
    """Seconds until each of two newcomers, one a worker, has seen a frame although one of the workers stands still."""
    pids = sorted(map(int, (await asyncio.to_thread(server.probe))["workers"]))
    os.kill(pids[0], signal.SIGSTOP)
    came = time.monotonic()
    await asyncio.gather(*(opened(stack, server, f"{QUERY}&seed={n}") for n in range(2)))
    return time.monotonic() - came


async def _strike(server: Server, viewers: list[Viewer], blow: signal.Signals, n: int) -> float:
    """Seconds from this signal to one worker until every viewer has seen a frame that was ordered after it."""
    pids = sorted(map(int, (await asyncio.to_thread(server.probe))["workers"]))
    struck = time.time()
    with suppress(ProcessLookupError):
        os.kill(pids[n % len(pids)], blow)
    await asyncio.gather(*(viewer.until(lambda v=viewer: v.frames[-1]["asked"] > struck + 0.001) for viewer in viewers))
    return max(next(f["at"] for f in viewer.frames if f["asked"] > struck + 0.001) for viewer in viewers) - struck


async def check(viewer: Viewer) -> None:
    """The viewer goes on, and sees what its run alone gives."""
    epoch = viewer.frames[-1]["epoch"]
    await viewer.until(lambda: viewer.frames[-1]["epoch"] > epoch + 5)
    assert viewer.refusal is None
    await viewer.say("pause")
    await viewer.until_shown(status="paused")
    assert_same(viewer.last, viewer.run)


def restart(*, whole: bool) -> list[Figure]:
    """The server killed under viewers at play, and started anew; then told to stop while some read nothing."""
    n, options = (30, ("app",)) if whole else (4, ())  # the app takes seconds to start
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PLAYGROUND_RUNS": str(Path(folder) / "runs.sqlite3"), "PLAYGROUND_WORKERS": "2"}
        with serving(*options, environment=environment) as server:
            tokens = [server.open(f"seed={seed}&speed={SPEED}") for seed in range(n)]
            left = asyncio.run(_play_until_killed(server, tokens))
        lost = time.monotonic()
        with serving(*options, environment=environment, port=server.port) as again:
            waits, repeated = asyncio.run(_return(again, tokens, left, lost))
    return [
        Figure(f"server killed: seconds from its return until the last of {n} goes on", max(waits), 10),
        Figure("server killed: seconds of training repeated, the most", max(repeated), 2),
        Figure(
            "server stopped: seconds until it has ended, the longest",
            max(_stop(*options) for _ in range(5 if whole else 1)),
            5,
        ),
    ]


async def _play_until_killed(server: Server, tokens: list[str]) -> list[int]:
    """Play for a while and kill the server; returns where each run stood."""
    async with AsyncExitStack() as stack:
        viewers = [await stack.enter_async_context(looking(server, token)) for token in tokens]
        await asyncio.gather(*(viewer.until(lambda v=viewer: v.frames) for viewer in viewers))
        await asyncio.gather(*(viewer.say("play") for viewer in viewers))
        await asyncio.gather(*(viewer.until(lambda v=viewer: v.frames[-1]["epoch"] >= 3 * SPEED) for viewer in viewers))
        server.process.kill()
        server.process.wait()
        return [viewer.frames[-1]["epoch"] for viewer in viewers]


async def _return(server: Server, tokens: list[str], left: list[int], lost: float) -> tuple[list[float], list[float]]:
    """All come back as views do: seconds that each waited since the server answered, and of training repeated."""
    answers, chance = time.monotonic(), random.Random(1)

    async def back(token: str, epoch: int, seed: int) -> tuple[float, float]:
        tries, wait = lost, FIRST_WAIT_SECONDS
        while tries < answers:  # a view knows only then, at its next try
            tries += wait * (0.5 + chance.random())
            wait = min(2 * wait, LONGEST_WAIT_SECONDS)
        await asyncio.sleep(max(0.0, tries - time.monotonic()))
        async with looking(server, token) as viewer:
            await viewer.until(lambda: viewer.frames and viewer.frames[-1]["epoch"] > epoch)
            waited, first = time.monotonic() - answers, viewer.frames[0]
            assert first["status"] == "playing"
            viewer.query = f"seed={seed}&speed={SPEED}"
            await check(viewer)
            return waited, max(0.0, (epoch - first["epoch"]) / SPEED)

    both = await asyncio.gather(
        *(back(token, epoch, seed) for seed, (token, epoch) in enumerate(zip(tokens, left, strict=True)))
    )
    return [waited for waited, _ in both], [repeated for _, repeated in both]


def _stop(*options: str) -> float:
    """Seconds until a server that keeps runs has ended as it was told to: some read nothing, some send half a body."""

    async def story(server: Server) -> float:
        async with AsyncExitStack() as stack:
            for _ in range(4):
                await opened(stack, server)
            stalled = [await asyncio.to_thread(stalled_viewer, server) for _ in range(4)]
            stalled += [await asyncio.to_thread(raw, server, HALF_A_BODY) for _ in range(4)]
            begun = time.monotonic()
            server.process.terminate()
            await asyncio.to_thread(server.process.wait, PATIENCE_SECONDS)
            for stranger in stalled:
                stranger.close()
            return time.monotonic() - begun

    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, "PLAYGROUND_RUNS": str(Path(folder) / "runs.sqlite3")}
        with serving(*options, environment=environment) as server:
            return asyncio.run(story(server))
