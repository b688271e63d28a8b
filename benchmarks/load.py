"""Viewers on one server over real WebSockets, server, workers and viewers on this machine.

python -m benchmarks.load [viewers] [seconds] [speed] [away]
"""

from __future__ import annotations

import asyncio
import os
import statistics
import sys
import time
from contextlib import AsyncExitStack
from typing import Any

from tests.load.viewer import Server, Viewer, jain, looking, serving, wait_until_warm

WARM_SECONDS = 3.0


async def measure(server: Server, n_viewers: int, seconds: float, speed: str) -> dict[str, float]:
    """What `n_viewers` see who all play the default network."""
    wait_until_warm(server)
    before = server.probe()
    async with AsyncExitStack() as stack:
        viewers = []
        for _ in range(n_viewers):
            token = await asyncio.to_thread(server.open, f"speed={speed}")
            viewers.append(await stack.enter_async_context(looking(server, token)))
        await asyncio.gather(*(viewer.until(lambda v=viewer: v.frames) for viewer in viewers))
        await asyncio.gather(*(viewer.say("play") for viewer in viewers))
        await asyncio.sleep(WARM_SECONDS)
        started = await asyncio.to_thread(server.probe)
        begun, own = time.time(), sum(os.times()[:2])
        await asyncio.sleep(seconds)
        ended, own_after = time.time(), sum(os.times()[:2])
        after = await asyncio.to_thread(server.probe)
        refused = sum(viewer.refusal is not None for viewer in viewers)
        figures = summary(viewers, begun, ended)
    span = ended - begun
    growth = _memory(after) - _memory(before)
    return figures | {
        "errors": refused,
        "loop lag p99, ms": 1000 * after["lag_p99"],
        "loop lag max, ms": 1000 * after["lag_max"],
        "server CPU, cores": (after["cpu"] - started["cpu"]) / span,
        "viewers' CPU, cores": (own_after - own) / span,
        "memory of server and workers, MB": _memory(after) / 1e6,
        "memory a viewer, MB": growth / n_viewers / 1e6,
    }


def summary(viewers: list[Viewer], begun: float, ended: float) -> dict[str, float]:
    """Figures of what came between two times of the clock."""
    seen = [[frame for frame in viewer.frames if begun <= frame["at"] <= ended] for viewer in viewers]
    span = ended - begun
    frames = [len(mine) / span for mine in seen]
    epochs = [(mine[-1]["epoch"] - mine[0]["epoch"]) / span if mine else 0.0 for mine in seen]
    ages = sorted(frame["at"] - frame["asked"] for mine in seen for frame in mine)
    n_bytes = [frame["n_bytes"] for mine in seen for frame in mine]
    return {
        "frames/s a viewer, mean": statistics.mean(frames),
        "frames/s a viewer, least": min(frames),
        "epochs/s a viewer, mean": statistics.mean(epochs),
        "epochs/s a viewer, least": min(epochs),
        "frame age p50, ms": 1000 * ages[len(ages) // 2],
        "frame age p95, ms": 1000 * ages[int(0.95 * len(ages))],
        "Jain index of frames": jain(frames),
        "Jain index of epochs": jain(epochs),
        "bytes a frame, mean": statistics.mean(n_bytes),
        "Mbit/s a viewer at 15 frames/s": 15 * 8 * statistics.mean(n_bytes) / 1e6,
    }


def _memory(probe: dict[str, Any]) -> int:
    return probe["memory"] + sum(probe["workers"].values())


def main(n_viewers: int = 30, seconds: float = 10.0, speed: str = "20", *options: str) -> None:
    with serving(*options) as server:
        figures = asyncio.run(measure(server, n_viewers, seconds, speed))
    print(f"  {n_viewers} viewers, default network, speed {speed}, {seconds:g} s {' '.join(options)}")
    for name, value in figures.items():
        print(f"    {name:36} {value:10.3f}")


if __name__ == "__main__":
    given = sys.argv[1:]
    main(*map(int, given[:1]), *map(float, given[1:2]), *given[2:])
