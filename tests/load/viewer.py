"""Viewers without a browser, and the server that they look at."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from playground.live.run import Run
from playground.live.wire import unpack
from playground.spec import PlaygroundSpec

ROOT = Path(__file__).parents[2]
START_SECONDS, END_SECONDS, PATIENCE_SECONDS = 60, 10, 30
QUERY = "n_samples=60&speed=20"  # a small run
TOKEN = re.compile(rb'"token":\s*"([\w-]{43})"')  # in what Streamlit sends of a live view


@dataclass(frozen=True)
class Server:
    """A running server of `tests.load.server`."""

    port: int
    process: subprocess.Popen[bytes]

    @property
    def address(self) -> str:
        """Of its pages."""
        return f"http://127.0.0.1:{self.port}"

    def ask(self, path: str, body: str | None = None) -> str:
        """The answer to a GET, or to a POST of `body`."""
        data = None if body is None else body.encode()
        with urllib.request.urlopen(self.address + path, data, timeout=PATIENCE_SECONDS) as answer:
            return answer.read().decode()

    def probe(self) -> dict[str, Any]:
        """What it holds now."""
        found: dict[str, Any] = json.loads(self.ask("/probe"))
        return found

    def open(self, query: str = "", page: str = "playground") -> str:
        """A new seat; returns its token."""
        return self.ask(f"/open/{page}?{query}")

    def wish(self, token: str, **change: Any) -> None:
        """What the script of a page does when a control was moved."""
        self.ask("/wish", json.dumps({"token": token, "change": change}))


@contextmanager
def serving(
    *options: str, environment: dict[str, str] | None = None, port: int = 0, log: IO[bytes] | None = None
) -> Iterator[Server]:
    """A server on this port of this machine, or a free one; ended in the end. What it logs goes to `log`."""
    with socket.create_server(("127.0.0.1", port)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "tests.load.server", str(port), *options]
    process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log)
    server = Server(port, process)
    try:
        deadline = time.monotonic() + START_SECONDS
        while not _answers(server):
            assert process.poll() is None, "the server did not start"
            assert time.monotonic() < deadline, "the server does not answer"
        yield server
    finally:
        process.terminate()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def wait_until_warm(server: Server) -> None:
    """Until the workers have loaded what they need."""
    urllib.request.urlopen(f"{server.address}/warm", timeout=2 * START_SECONDS).close()


def _answers(server: Server) -> bool:
    try:
        server.probe()
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False
    return True


@dataclass
class Viewer:
    """One who looks at a seat: takes frames, acknowledges them, gives commands.

    Attributes:
        frames: headers of all frames, with `at` (when it came, in seconds of the clock) and `n_bytes`.
        last: the newest frame, arrays of former ones included.
        history: the losses of its run so far, a row a record.
        paints: whether it says that it has painted a frame.
        query: the choices of its run, as in a link.
    """

    socket: ClientConnection
    query: str = QUERY
    paints: bool = True
    frames: list[dict[str, Any]] = field(default_factory=list)
    scenes: list[dict[str, Any]] = field(default_factory=list)
    notices: list[dict[str, Any]] = field(default_factory=list)
    refusal: dict[str, Any] | None = None
    last: dict[str, Any] = field(default_factory=dict)
    history: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    news: asyncio.Event = field(default_factory=asyncio.Event)
    ended: str = ""  # why its socket has ended
    looks: asyncio.Task[None] | None = None

    @property
    def run(self) -> Run:
        """The run that it looks at, while nothing was changed by hand."""
        spec, problems = PlaygroundSpec.from_query(dict(urllib.parse.parse_qsl(self.query)))
        assert not problems
        return Run(spec)

    async def say(self, kind: str, **fields: Any) -> None:
        """Give a command."""
        await self.socket.send(json.dumps({"type": kind, **fields}))

    async def look(self) -> None:
        """Take what comes until the socket ends."""
        try:
            async for message in self.socket:
                await self._take(message)
                self.news.set()
            self.ended = "as it should"
        except ConnectionClosed as closed:
            self.ended = str(closed)
        self.news.set()

    async def _take(self, message: str | bytes) -> None:
        at = time.time()
        if isinstance(message, str):
            self.refusal = json.loads(message)
            return
        frame = unpack(message)
        if frame["type"] == "frame":
            self.last |= frame
            if "history" in frame:
                self.history = (
                    np.concatenate([self.history[:start], frame["history"]])
                    if (start := frame["history_from"])
                    else frame["history"]
                )
            plain = {name: value for name, value in frame.items() if not isinstance(value, np.ndarray)}
            self.frames.append({**plain, "at": at, "n_bytes": len(message)})
            if self.paints:
                await self.say("ack", frame=frame["id"])
        else:
            {"scene": self.scenes}.get(frame["type"], self.notices).append(frame)

    async def until(self, condition: Callable[[], Any]) -> None:
        """Wait until something is true of what has come."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while not condition():
                    if self.looks and self.looks.done():
                        self.looks.result()  # a message that it does not understand
                    assert not self.ended, f"its socket ended: {self.ended}; last: {self.frames[-1:]} {self.refusal}"
                    self.news.clear()
                    await self.news.wait()
        except TimeoutError:
            raise AssertionError(f"it did not come true; last: {self.frames[-1:]} {self.refusal}") from None

    async def until_shown(self, **fields: Any) -> dict[str, Any]:
        """The newest frame, when its header says all of this."""
        wanted = fields.items()
        await self.until(lambda: self.frames and wanted <= {k: self.frames[-1].get(k) for k in fields}.items())
        return self.frames[-1]


@asynccontextmanager
async def looking(server: Server, token: str, before: str = "") -> AsyncIterator[Viewer]:
    """A viewer of a seat, with its first message said."""
    address = f"ws://127.0.0.1:{server.port}/live/socket"
    async with connect(address, origin=server.address, compression=None, max_size=None, proxy=None) as socket:  # type: ignore[arg-type]
        viewer = Viewer(socket)
        await viewer.say("hello", token=token, before=before)
        viewer.looks = asyncio.create_task(viewer.look())
        viewer.looks.add_done_callback(lambda _: viewer.news.set())
        try:
            yield viewer
        finally:
            viewer.looks.cancel()
            await asyncio.gather(viewer.looks, return_exceptions=True)


async def opened(stack: AsyncExitStack, server: Server, query: str = QUERY) -> Viewer:
    """A viewer at play."""
    token = await asyncio.to_thread(server.open, query)
    viewer = await stack.enter_async_context(looking(server, token))
    viewer.query = query
    await viewer.say("play")
    await viewer.until(lambda: viewer.frames)
    return viewer


@asynccontextmanager
async def visiting(server: Server, query: str = "", page: str = "playground") -> AsyncIterator[str]:
    """A visit as a browser makes it: Streamlit's own socket stands and the page's script has run. Yields the live token.

    The server must be one of the whole app.
    """
    from streamlit.proto.BackMsg_pb2 import BackMsg

    ask = BackMsg()
    ask.rerun_script.query_string, ask.rerun_script.page_name = query, page
    address, subprotocols = f"ws://127.0.0.1:{server.port}/_stcore/stream", [Subprotocol("streamlit")]
    async with connect(
        address,
        origin=server.address,
        subprotocols=subprotocols,
        compression=None,
        max_size=None,
        proxy=None,  # type: ignore[arg-type]
    ) as socket:
        await socket.send(ask.SerializeToString())
        while not (found := TOKEN.search(await asyncio.wait_for(_binary(socket), PATIENCE_SECONDS))):
            pass
        reader = asyncio.create_task(_read_on(socket))
        try:
            yield found[1].decode()
        finally:
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)


async def _binary(socket: ClientConnection) -> bytes:
    message = await socket.recv()
    return message if isinstance(message, bytes) else b""


async def _read_on(socket: ClientConnection) -> None:
    with contextlib.suppress(ConnectionClosed):
        async for _ in socket:
            pass


def jain(shares: list[float]) -> float:
    """Jain's index of fairness: 1 when all have the same, 1 / n when one has everything. `jain([2, 2])` is 1."""
    return sum(shares) ** 2 / (len(shares) * sum(share**2 for share in shares)) if any(shares) else 0.0
