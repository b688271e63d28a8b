"""A killed server comes back with every run, at most two seconds of training earlier, and no number differs."""

from __future__ import annotations

import asyncio
import os
import time
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np

from playground.live import work
from playground.live.run import Run
from playground.spec import PlaygroundSpec
from tests.load.viewer import Server, Viewer, looking, serving

N_VIEWERS = int(os.environ.get("VIEWERS", "4"))
REPEATED_SECONDS, BACK_SECONDS = 2.0, 30.0  # the goal for 30 viewers is 10 s; machines that test are busy
SPEED = 20


def test_a_killed_server_comes_back_with_every_run(tmp_path: Path) -> None:
    runs = tmp_path / "runs.sqlite3"
    environment = {**os.environ, "PLAYGROUND_RUNS": str(runs), "PLAYGROUND_WORKERS": "2"}
    with serving(environment=environment) as server:
        tokens = [server.open(f"seed={seed}&speed={SPEED}") for seed in range(N_VIEWERS)]
        left = asyncio.run(_play(server, tokens))
    with serving(environment=environment, port=server.port) as again:
        asyncio.run(_return(again, tokens, left, time.monotonic()))
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(token.encode() in content for token in tokens)


async def _play(server: Server, tokens: list[str]) -> list[int]:
    """Play for a while and kill the server; returns where each run stood."""
    async with AsyncExitStack() as stack:
        viewers = [await stack.enter_async_context(looking(server, token)) for token in tokens]
        await asyncio.gather(*(viewer.until(lambda v=viewer: v.frames) for viewer in viewers))
        await asyncio.gather(*(viewer.say("play") for viewer in viewers))
        await asyncio.gather(*(viewer.until(lambda v=viewer: v.frames[-1]["epoch"] >= 3 * SPEED) for viewer in viewers))
        server.process.kill()
        server.process.wait()
        return [viewer.frames[-1]["epoch"] for viewer in viewers]


async def _return(server: Server, tokens: list[str], left: list[int], begun: float) -> None:
    async def back(token: str, epoch: int, seed: int) -> None:
        async with looking(server, token) as viewer:
            await viewer.until(lambda: viewer.frames)
            assert viewer.frames[0]["status"] == "playing"
            assert viewer.frames[0]["epoch"] >= epoch - SPEED * REPEATED_SECONDS
            await viewer.until(lambda: viewer.frames[-1]["epoch"] > epoch)
            assert time.monotonic() - begun < BACK_SECONDS
            await viewer.say("pause")
            await viewer.until_shown(status="paused")
            _check(viewer, seed)

    await asyncio.gather(
        *(back(token, epoch, seed) for seed, (token, epoch) in enumerate(zip(tokens, left, strict=True)))
    )


def _check(viewer: Viewer, seed: int) -> None:
    """The weights are those of a run that nobody interrupted."""
    run = Run(PlaygroundSpec().change(seed=seed, speed=str(SPEED)))
    alone = work.advance(run, work.start(run), viewer.last["step"], heed_stops=False)
    assert np.array_equal(viewer.last["params"], alone.arrays["params"])
