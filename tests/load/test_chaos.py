"""Faults and attacks beside honest viewers: a short form with every test run, the whole with `make chaos`."""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from playground.live.run import Run
from playground.spec import PlaygroundSpec
from tests.load.conftest import LIMITS
from tests.load.test_class import assert_same, raw, stalled_viewer
from tests.load.viewer import Server, Viewer, looking, serving

WHOLE = os.environ.get("CHAOS") == "whole"
N_MESSAGES = 100_000 if WHOLE else 400
N_ATTACKERS, N_HONEST = (200, 10) if WHOLE else (20, 3)
N_KILLS = 200 if WHOLE else 4
N_CYCLES = 1_000 if WHOLE else 30
REFUSALS = {4400, 4401, 4429, 1002, 1007, 1009}
GONE_SECONDS, LOOK_SECONDS = 15.0, 3.0 if WHOLE else 1.5
KEPT_SHARE = 0.8 if WHOLE else 0.5  # of the frames of the honest; where tests run, others work too
QUERY = "n_samples=60&speed=20"
RUN = Run(PlaygroundSpec().change(n_samples=60, speed="20"))
LEGAL = [
    {"type": "play"}, {"type": "pause"}, {"type": "step"}, {"type": "rewind"}, {"type": "branch"}, {"type": "head"},
    {"type": "seek", "epoch": 3}, {"type": "edit", "layer": 0, "unit": 1, "input": 0, "value": 0.5},
    {"type": "look", "unit": [0, 1], "point": [1.0, -2.0], "text": "ab", "off": [[0, 0]], "inside": True},
    {"type": "study", "name": "luck", "which": 0}, {"type": "visible", "visible": True}, {"type": "ack", "frame": 1},
]  # fmt: skip
SEEDS = ["null", "1e999", "-1", '"\\u0000"', "[[[[", "}{", "NaN", "true", "99999999999999999999", "\\ud800", "é", "\0"]


@pytest.fixture(scope="module")
def hardened() -> Iterator[tuple[Server, Any]]:
    """A server of its own, whose log is read in the end: it never tells of an error that nobody had foreseen."""
    limits = {**LIMITS, "PLAYGROUND_VIEWERS": "260", "PLAYGROUND_WAITING": "60"}
    with tempfile.TemporaryFile() as log, serving(environment={**os.environ, **limits}, log=log) as server:
        yield server, log
        log.seek(0)
        text = log.read().decode(errors="replace")
        assert "Traceback" not in text, text[-3000:]


async def opened(stack: AsyncExitStack, server: Server, query: str = QUERY) -> Viewer:
    """A viewer at play."""
    token = await asyncio.to_thread(server.open, query)
    viewer = await stack.enter_async_context(looking(server, token))
    await viewer.say("play")
    await viewer.until(lambda: viewer.frames)
    return viewer


async def check(viewer: Viewer) -> None:
    """The viewer goes on, and sees what its run alone gives."""
    epoch = viewer.frames[-1]["epoch"]
    await viewer.until(lambda: viewer.frames[-1]["epoch"] > epoch + 5)
    assert viewer.refusal is None
    await viewer.say("pause")
    await viewer.until_shown(status="paused")
    assert_same(viewer.last, RUN)


def mutated(chance: random.Random) -> str | bytes:
    """A legal message with something wrong somewhere."""
    text = json.dumps(chance.choice(LEGAL))
    for _ in range(chance.randint(1, 4)):
        a, b = sorted(chance.choices(range(len(text) + 1), k=2))
        text = chance.choice([text[:a] + text[b:], text[:a] + chance.choice(SEEDS) + text[a:], text[:b] + text[a:]])
    return text.encode(errors="surrogatepass") if chance.random() < 0.2 else text.encode(errors="replace").decode()


def test_mutated_messages_end_nothing_but_their_own_connection(hardened: tuple[Server, Any]) -> None:
    server, chance = hardened[0], random.Random(1)

    async def strange(token: str, n: int) -> int:
        """Send n messages, over as many connections as it takes; returns how many were refused."""
        n_refused, address = 0, f"ws://127.0.0.1:{server.port}/live/socket"
        while n > 0:
            async with connect(address, origin=server.address, compression=None, max_size=None, proxy=None) as one:  # type: ignore[arg-type]
                try:
                    if chance.random() < 0.8:
                        await one.send(json.dumps({"type": "hello", "token": token}))
                    while n > 0:
                        n -= 1
                        await one.send(mutated(chance))
                        await asyncio.wait_for(await one.ping(), 30)
                        if n % 7 == 0:
                            break
                except ConnectionClosed as closed:
                    assert closed.rcvd is None or closed.rcvd.code in REFUSALS, closed
                    n_refused += 1
        return n_refused

    async def story() -> None:
        async with AsyncExitStack() as stack:
            honest = await opened(stack, server)
            tokens = [await asyncio.to_thread(server.open, QUERY) for _ in range(4)]
            refused = await asyncio.gather(*(strange(token, N_MESSAGES // len(tokens)) for token in tokens))
            assert sum(refused) > N_MESSAGES / 50
            await check(honest)

    asyncio.run(story())


def test_attackers_cost_the_honest_few_of_their_frames_and_are_soon_gone(hardened: tuple[Server, Any]) -> None:
    server = hardened[0]

    async def frames_of(honest: list[Viewer]) -> int:
        before = sum(len(viewer.frames) for viewer in honest)
        await asyncio.sleep(LOOK_SECONDS)  # it is frames a second that are counted
        return sum(len(viewer.frames) for viewer in honest) - before

    async def story() -> None:
        async with AsyncExitStack() as stack:
            honest = [await opened(stack, server) for _ in range(N_HONEST)]
            alone = await frames_of(honest)
            n_viewers = (await asyncio.to_thread(server.probe))["viewers"]
            strangers = [await asyncio.to_thread(attacker, server, kind) for kind in range(N_ATTACKERS)]
            begun = time.monotonic()
            beside = await frames_of(honest)
            while (await asyncio.to_thread(server.probe))["viewers"] > n_viewers:
                assert time.monotonic() - begun < GONE_SECONDS, "an attacker still holds a seat"
                await asyncio.sleep(0.1)
            for stranger in strangers:
                stranger.close()
            assert beside >= KEPT_SHARE * alone
            for viewer in honest:
                await check(viewer)

    asyncio.run(story())


def attacker(server: Server, kind: int) -> socket.socket:
    """One who says nothing, half a request, half a frame, or takes a seat and never reads."""
    starts = [
        b"",
        b"GET /live/socket HTTP/1.1\r\nHost: ",
        b"POST /live/assets/a HTTP/1.1\r\nHost: a\r\nContent-Length: 99\r\n\r\n{",
    ]
    return stalled_viewer(server) if kind % 4 == 3 else raw(server, starts[kind % 4])


def test_killed_workers_change_no_number_and_leave_nothing_behind(hardened: tuple[Server, Any]) -> None:
    server = hardened[0]

    async def story() -> None:
        async with AsyncExitStack() as stack:
            viewers = [await opened(stack, server) for _ in range(2)]
            for kill in range(N_KILLS):
                pids = [int(pid) for pid in (await asyncio.to_thread(server.probe))["workers"]]
                if pids:
                    os.kill(pids[kill % len(pids)], signal.SIGKILL)
                for viewer in viewers:
                    epoch = viewer.frames[-1]["epoch"]
                    await viewer.until(lambda v=viewer, e=epoch: v.frames[-1]["epoch"] > e + 1)
            for viewer in viewers:
                await check(viewer)
            assert len((await asyncio.to_thread(server.probe))["workers"]) == 2

    asyncio.run(story())


def test_who_comes_and_goes_leaves_nothing_behind(hardened: tuple[Server, Any]) -> None:
    server = hardened[0]

    async def come_and_go(n: int) -> None:
        for _ in range(n):
            token = await asyncio.to_thread(server.open, "n_samples=40&hidden_sizes=2")
            async with looking(server, token) as viewer:
                await viewer.until(lambda v=viewer: v.frames)
            await asyncio.to_thread(server.ask, "/close", token)

    async def story() -> None:
        await come_and_go(10)
        before = await settled()
        await come_and_go(N_CYCLES)
        after = await settled()
        assert (after["seats"], after["viewers"]) == (before["seats"], before["viewers"])
        assert after["files"] <= before["files"] + 2
        assert after["tasks"] <= before["tasks"] + 2
        assert after["memory"] - before["memory"] < 10e6

    async def settled() -> dict[str, Any]:
        deadline = time.monotonic() + 30
        while (found := await asyncio.to_thread(server.probe))["viewers"]:
            assert time.monotonic() < deadline, f"{found['viewers']} viewers are still held"
        return found

    asyncio.run(story())
