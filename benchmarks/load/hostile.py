"""Strangers beside honest viewers: stalled, silent, slow and flooding clients, and mutated messages."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
import urllib.error
import urllib.parse
from contextlib import AsyncExitStack, ExitStack, suppress
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from benchmarks.load.faults import check
from benchmarks.load.figure import Figure, held_by
from benchmarks.load.room import look_on, n_refused
from tests.load.strangers import raw, stalled_viewer
from tests.load.viewer import QUERY, Server, looking, opened, wait_until_warm

REFUSALS = {4400, 4401, 4408, 4429, 1002, 1007, 1009}
INSIDE = re.compile(rb"Traceback|site-packages")  # what only the log may say
N_FLOOD = 300  # messages of one who floods: 100 are let through at once
N_CONNECTION = 7  # mutated messages over one connection, at most
PAGES = {  # whose runs the messages go to, with their choices
    "playground": QUERY, "trees": "n_samples=60", "compare": "n_samples=60&n_repeats=3", "digits": "",
    "attention": "",
}  # fmt: skip
LEGAL = [
    {"type": "play"}, {"type": "pause"}, {"type": "step"}, {"type": "rewind"}, {"type": "branch"}, {"type": "head"},
    {"type": "seek", "epoch": 3}, {"type": "seek", "step": 40}, {"type": "step_batch"}, {"type": "unedit"},
    {"type": "edit_kernel", "layer": 0, "unit": 0, "map": 0, "values": [0.5, -1], "n_units": 2},
    {"type": "edit", "layer": 0, "unit": 1, "input": 0, "value": 0.5},
    {"type": "look", "unit": [0, 1], "point": [1.0, -2.0], "text": "ab", "off": [[0, 0]], "inside": True},
    {"type": "look", "kernel": [0, 0, 0], "probe": {"flips": [[0, 1, 2, 0]], "swap": [0, 1], "lines": True}},
    {"type": "look", "probe": {"place": 2, "writing": True, "written": 3, "top_k": 2, "beams": 2, "joined": "rollout"}},
    {"type": "study", "name": "luck", "which": 0}, {"type": "study", "name": "grid", "which": 1},
    {"type": "study", "name": "gaps"}, {"type": "visible", "visible": True}, {"type": "ack", "frame": 1},
]  # fmt: skip
SEEDS = ["null", "1e999", "-1", '"\\u0000"', "[[[[", "}{", "NaN", "true", "99999999999999999999", "\\ud800", "é", "\0"]


async def attackers(server: Server, *, whole: bool) -> list[Figure]:
    """A quarter each is silent, slow with its header, stalled in front of a run, and flooding; the last counts."""
    n, n_honest, seconds = (200, 10, 10.0) if whole else (20, 3, 1.5)
    if whole:  # else what is still being loaded would slow those who are alone
        await asyncio.to_thread(wait_until_warm, server)
    async with AsyncExitStack() as stack:
        honest = [await opened(stack, server) for _ in range(n_honest)]
        alone = await look_on(honest, seconds)
        await asyncio.to_thread(server.ask, "/collect")
        before, own = await asyncio.to_thread(held_by, server.process.pid), (await probed(server))["memory"]
        with ExitStack() as strangers:
            begun = time.monotonic()
            for kind in range(n // 4):
                strangers.enter_context(await asyncio.to_thread(raw, server, b""))
                slow = strangers.enter_context(
                    await asyncio.to_thread(raw, server, b"GET /live/socket HTTP/1.1\r\nHost: ")
                )
                strangers.enter_context(await asyncio.to_thread(stalled_viewer, server))
                drops = asyncio.create_task(_drip(slow))
                stack.callback(drops.cancel)
                flood = asyncio.create_task(_flood(server, kind))
                stack.callback(flood.cancel)
            came = time.monotonic()
            beside = await look_on(honest, seconds)
            during = (await probed(server))["memory"]
            gone = await _gone(server, n_honest, before.files, came)
        figures = [
            Figure(
                "honest frames beside them, % of those alone",
                100 * sum(beside.frames) / sum(alone.frames),
                80,
                at_least=True,
                is_share=True,
            ),
            Figure("honest viewers dropped", n_refused(honest), 0),
            Figure("memory of the server an attacker, the mean, MB", (during - own) / 1e6 / n, 2),
            Figure(f"seconds until all {n} are gone since the last came", gone, 15),
            Figure("seconds in which they came", came - begun),
        ]
        for viewer in honest:
            await check(viewer)
        return figures


async def probed(server: Server) -> dict[str, Any]:
    """What the server says of itself."""
    return await asyncio.to_thread(server.probe)


async def _drip(slow: object) -> None:
    """A byte of the header a second."""
    with suppress(OSError):
        while True:
            slow.send(b"x")  # type: ignore[attr-defined]
            await asyncio.sleep(1)


async def _flood(server: Server, n: int) -> None:
    token = await asyncio.to_thread(server.open, f"{QUERY}&seed={n}")
    async with looking(server, token) as viewer:
        with suppress(ConnectionClosed):
            for _ in range(N_FLOOD):
                await viewer.say("pause")
            await viewer.socket.wait_closed()


async def _gone(server: Server, n_honest: int, n_files: int, came: float) -> float:
    """Seconds since the last of them came until the server holds nothing of them."""
    while time.monotonic() - came < 60:
        n_viewers = (await probed(server))["viewers"]
        held = await asyncio.to_thread(held_by, server.process.pid)
        if n_viewers <= n_honest and held.files <= n_files + 2:
            break
        await asyncio.sleep(0.1)
    return time.monotonic() - came


async def fuzz(server: Server, *, whole: bool) -> list[Figure]:
    """Mutated messages to runs of all pages end only their own connection; no mutated link is answered above 499."""
    n, chance = 100_000 if whole else 400, random.Random(1)
    await asyncio.to_thread(wait_until_warm, server)
    async with AsyncExitStack() as stack:
        honest = await opened(stack, server)
        tokens = {page: await asyncio.to_thread(server.open, query, page) for page, query in PAGES.items()}
        told = await asyncio.gather(*(_strange(server, *one, n // len(tokens), chance) for one in tokens.items()))
        n_seen = [await _still_draws(server, token) for token in tokens.values()]
        await check(honest)
    refused, unforeseen = (sum(column) for column in zip(*told, strict=True))
    return [
        Figure("mutated messages", n),
        Figure("pages whose run still draws afterwards", sum(n_seen), len(PAGES), at_least=True),
        Figure("connections that they ended", refused, n / 50, at_least=True),
        Figure("ends that nobody had foreseen, and answers above 499", unforeseen, 0),
    ]


async def _still_draws(server: Server, token: str) -> bool:
    async with looking(server, token) as viewer:
        await viewer.until(lambda: viewer.frames)
        return viewer.refusal is None


async def _strange(server: Server, page: str, token: str, n: int, chance: random.Random) -> tuple[int, int]:
    """Send n messages, over as many connections as it takes; returns how many were refused, and how many wrongly."""
    n_refused, n_wrong, address = 0, 0, f"ws://127.0.0.1:{server.port}/live/socket"
    while n > 0:
        async with connect(address, origin=server.address, compression=None, max_size=None, proxy=None) as one:  # type: ignore[arg-type]
            try:
                if chance.random() < 0.8:
                    await one.send(json.dumps({"type": "hello", "token": token}))
                for _ in range(min(n, N_CONNECTION)):
                    n -= 1
                    await one.send(mutated(chance))
                    await asyncio.wait_for(await one.ping(), 30)
            except ConnectionClosed as closed:
                n_refused += 1
                n_wrong += closed.rcvd is not None and closed.rcvd.code not in REFUSALS
            n_wrong += await _tells_of_itself(one)
        n_wrong += await asyncio.to_thread(_breaks, server, page, mutated(chance))
    return n_refused, n_wrong


async def _tells_of_itself(socket: ClientConnection) -> bool:
    """Whether anything that came back shows the inside of the server."""
    await socket.close()
    with suppress(ConnectionClosed):
        while True:  # what has come stays to be read
            said = await socket.recv()
            if INSIDE.search(said.encode() if isinstance(said, str) else said):
                return True
    return INSIDE.search(socket.close_reason.encode() if socket.close_reason else b"") is not None


def _breaks(server: Server, page: str, text: str | bytes) -> bool:
    """Whether a link with this in it is answered by an error of the server's."""
    try:
        server.open(f"dataset={urllib.parse.quote(text)}", page)
    except urllib.error.HTTPError as error:
        return error.code >= 500 or INSIDE.search(error.read()) is not None
    return False


def mutated(chance: random.Random) -> str | bytes:
    """A legal message with something wrong somewhere."""
    text = json.dumps(chance.choice(LEGAL))
    for _ in range(chance.randint(1, 4)):
        a, b = sorted(chance.choices(range(len(text) + 1), k=2))
        text = chance.choice([text[:a] + text[b:], text[:a] + chance.choice(SEEDS) + text[a:], text[:b] + text[a:]])
    return text.encode(errors="surrogatepass") if chance.random() < 0.2 else text.encode(errors="replace").decode()
