"""Viewers who come and go for a quarter of an hour, with a fault by chance each minute: nothing grows."""

from __future__ import annotations

import asyncio
import os
import random
import signal
import statistics
import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

import numpy as np
from websockets.exceptions import ConnectionClosed

from benchmarks.load.figure import Figure, Held, held_by
from benchmarks.load.hostile import mutated
from tests.load.strangers import stalled_viewer
from tests.load.viewer import Server, looking, wait_until_warm

STAY_SECONDS = (5.0, 40.0)  # of a viewer
QUIET_SECONDS = 3.0  # between a fault and the next look: viewers are back, a worker was replaced
LOOKS = 6  # a minute


async def soak(server: Server, *, whole: bool) -> list[Figure]:
    """Growth of threads and files is what the last third holds more than the middle one; of memory, its trend."""
    n, minute, n_minutes = (30, 60.0, 15) if whole else (4, 4.0, 3)
    chance = random.Random(1)
    failures: list[str] = []
    looks: list[Held] = []
    await asyncio.to_thread(wait_until_warm, server)
    guests = [asyncio.create_task(_guest(server, chance, failures, minute / 60)) for _ in range(n)]
    try:
        for fault in chance.sample(FAULTS * 3, n_minutes):
            await fault(server, chance)
            await asyncio.sleep(QUIET_SECONDS)
            for _ in range(LOOKS):
                looks.append(await asyncio.to_thread(held_by, server.process.pid))
                await asyncio.sleep((minute - QUIET_SECONDS) / LOOKS)
    finally:
        for guest in guests:
            guest.cancel()
        await asyncio.gather(*guests, return_exceptions=True)
        await _wake_all(server)
    usual = statistics.mode(held.processes for held in looks)
    complete = [held for held in looks if held.processes == usual]  # else a killed worker would look like a saving
    third = len(complete) // 3
    middle, last = complete[third : 2 * third], complete[2 * third :]
    figures = [
        Figure("viewers who were turned away or saw nothing", len(failures), 0),
        Figure("growth of threads", _grown(middle, last, lambda held: held.threads), 2),
        Figure("growth of files, sockets among them", _grown(middle, last, lambda held: held.files), 6),
        Figure("zombies in the end", looks[-1].zombies, 0),
    ]
    if not whole:
        return figures  # in seconds, a worker that came in place of a killed one has not loaded all it needs
    growth, noise = trend([held.own_megabytes for held in complete[third:]])
    return [*figures, Figure("growth of memory, MB (to reach: the noise)", growth, max(10.0, noise))]


def trend(values: Sequence[float]) -> tuple[float, float]:
    """How much a straight line through the values rises from end to end, and how far they lie around it."""
    places = np.arange(len(values))
    slope, start = np.polyfit(places, values, 1)
    return float(slope * (len(values) - 1)), float(np.ptp(values - (start + slope * places)))


def _grown(middle: list[Held], last: list[Held], what: Callable[[Held], float]) -> float:
    return statistics.median(map(what, last)) - statistics.median(map(what, middle))


async def _guest(server: Server, chance: random.Random, failures: list[str], haste: float) -> None:
    """Comes, plays, does this and that, loses the network or leaves, and comes again as somebody else."""
    while True:
        token = await asyncio.to_thread(server.open, f"seed={chance.randrange(1000)}&speed=20")
        ends = time.monotonic() + chance.uniform(*STAY_SECONDS) * haste
        while time.monotonic() < ends:
            try:
                async with looking(server, token) as viewer:
                    await viewer.until(lambda v=viewer: v.frames)
                    await viewer.say("play")
                    await asyncio.sleep(chance.uniform(1, 10) * haste)
                    await viewer.say("seek", epoch=chance.randrange(1 + viewer.frames[-1]["epoch"]))
                    await asyncio.sleep(1)
                    if viewer.refusal:
                        failures.append(str(viewer.refusal))
                    if chance.random() < 0.3:
                        viewer.socket.transport.abort()
            except (OSError, AssertionError, ConnectionClosed) as error:
                failures.append(repr(error))
        await asyncio.to_thread(server.ask, "/close", token)


async def _kill(server: Server, chance: random.Random, blow: signal.Signals = signal.SIGKILL) -> None:
    workers = (await asyncio.to_thread(server.probe))["workers"]
    with suppress(ProcessLookupError, IndexError):
        os.kill(int(chance.choice(sorted(workers))), blow)


async def _wake_all(server: Server) -> None:
    """A worker that nobody has used since it was stopped goes on."""
    for pid in (await asyncio.to_thread(server.probe))["workers"]:
        with suppress(ProcessLookupError):
            os.kill(int(pid), signal.SIGCONT)


async def _freeze(server: Server, chance: random.Random) -> None:
    await _kill(server, chance, signal.SIGSTOP)


async def _stall(server: Server, _chance: random.Random) -> None:
    strangers = [await asyncio.to_thread(stalled_viewer, server) for _ in range(10)]
    await asyncio.sleep(QUIET_SECONDS)
    for stranger in strangers:
        stranger.close()


async def _babble(server: Server, chance: random.Random) -> None:
    token = await asyncio.to_thread(server.open)
    for _ in range(20):
        async with looking(server, token) as viewer:
            with suppress(ConnectionClosed):
                await viewer.socket.send(mutated(chance))


async def _pause_server(server: Server, _chance: random.Random) -> None:
    server.process.send_signal(signal.SIGSTOP)
    await asyncio.sleep(1)
    server.process.send_signal(signal.SIGCONT)


FAULTS: tuple[Callable[[Server, random.Random], Awaitable[None]], ...] = (
    _kill,
    _stall,
    _freeze,
    _babble,
    _pause_server,
)
