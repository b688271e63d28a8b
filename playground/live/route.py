"""The way from the browser to the hub: one WebSocket a live view, and the view's own files."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import os
import time
from pathlib import Path
from urllib.parse import urlsplit

from starlette.routing import BaseRoute, Mount, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.websockets import WebSocket, WebSocketDisconnect

from playground.live.bucket import Bucket
from playground.live.commands import Ack, Hello, read_command
from playground.live.engine import WorkerFailedError
from playground.live.hub import hub
from playground.live.line import RoomFullError
from playground.live.seat import Seat
from playground.live.view import ReadOnlyError, View

log = logging.getLogger(__name__)

ASSETS = Path(__file__).parents[2] / "assets"
LOOPBACK = ("127.0.0.1", "::1")

UNKNOWN_TOKEN, READ_ONLY, TOO_LATE, REPLACED, TOO_MANY = 4401, 4403, 4408, 4409, 4429
BAD_MESSAGE, RUN_FAILED, ROOM_FULL = 4400, 4500, 4503


def _in_one_line(record: logging.LogRecord) -> bool:
    """uvicorn itself refuses a text that is no UTF-8, before any route hears of it: the line says all, without the way
    through its code."""
    if record.exc_info and record.exc_info[0] is UnicodeDecodeError:
        record.exc_info = None
    return True


logging.getLogger("uvicorn.error").addFilter(_in_one_line)


class TooManyError(RuntimeError):
    """A viewer sends commands faster than anybody can click."""


def is_allowed_origin(origin: str | None, host: str | None) -> bool:
    """Whether a page of `origin` may open a socket here.

    Its host and port must be the ones that the request itself was sent to, and no name that a stranger could have made
    lead here; or it stands in PLAYGROUND_ORIGINS.

    >>> is_allowed_origin("http://192.168.1.5:8501", "192.168.1.5:8501")
    True
    >>> is_allowed_origin("http://localhost:8501.evil.example", "localhost:8501")
    False
    """
    if not origin or not host:
        return False
    if origin in os.environ.get("PLAYGROUND_ORIGINS", "").split(","):
        return True
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and origin == f"{parts.scheme}://{host}" and is_own_name(parts.hostname)


def is_own_name(name: str | None) -> bool:
    """Whether a host is an address or a name of this machine or its local network.

    Any other name with a dot may be a stranger's in the domain name system, who lets it lead here for a moment to have
    his page taken for ours (DNS rebinding). One's own stands in PLAYGROUND_ORIGINS.

    >>> is_own_name("192.168.1.5"), is_own_name("localhost"), is_own_name("evil.example")
    (True, True, False)
    """
    if not name:
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return "." not in name or name.endswith((".local", ".localhost"))
    return True


async def serve_live(socket: WebSocket) -> None:
    """One viewer: origin, hello, then frames out and commands in until either side ends."""
    if not is_allowed_origin(socket.headers.get("origin"), socket.headers.get("host")):
        log.warning("a socket was refused: its Origin is no address of this server and not in PLAYGROUND_ORIGINS")
        await socket.close()  # before accept: answers 403
        return
    await socket.accept()
    try:
        hello = await _hello(socket)
    except TimeoutError:  # a page that is busy for seconds says it late: it comes again by itself
        await _refuse(socket, TOO_LATE, "This page was too busy to say who it is.")
        return
    except (ValueError, WebSocketDisconnect, KeyError):
        hello = Hello(type="hello", token="")
    token = hello.token
    if not hub.audience.view(token) and not await hub.admit(token, hello.before, hello.beside):
        await _refuse(socket, UNKNOWN_TOKEN, "This view is no longer known to the server. Reload the page.")
        return
    host = hub.audience if hub.audience.view(token) else hub
    away = socket.client is None or socket.client.host not in LOOPBACK
    sender = asyncio.create_task(host.serve(token, socket.send_bytes, deflate=away))
    receiver = asyncio.create_task(_receive(socket, token))
    done, pending = await asyncio.wait({sender, receiver}, return_when=asyncio.FIRST_COMPLETED)
    for task in pending:
        task.cancel()
    await asyncio.gather(*pending, return_exceptions=True)
    for task in done:
        await _say_goodbye(socket, task)


async def _hello(socket: WebSocket) -> Hello:
    command = read_command(await asyncio.wait_for(socket.receive_text(), hub.limits.hello_seconds))
    if not isinstance(command, Hello):
        raise ValueError(f"the first message must be hello; got {command.type}")
    return command


async def _receive(socket: WebSocket, token: str) -> None:
    limits = hub.limits
    bucket = Bucket(limits.commands_per_second, limits.commands_burst)
    while place := _place(token):
        command = read_command(await socket.receive_text())
        if isinstance(command, Ack) and place.acknowledge(command.frame):
            continue  # one for each frame: the server itself sets their number
        if not bucket.take(time.monotonic()):
            raise TooManyError("a viewer sent too many commands")
        if not isinstance(command, Ack):
            place.command(command)


def _place(token: str) -> Seat | View | None:
    return hub.seat(token) or hub.audience.view(token)


async def _say_goodbye(socket: WebSocket, task: asyncio.Task[None]) -> None:
    if task.cancelled():
        await _refuse(socket, REPLACED, "This run was opened in another tab.")
        return
    error = task.exception()
    if isinstance(error, ValueError | KeyError):
        log.warning("a viewer was refused: %s", error)
        await _refuse(socket, BAD_MESSAGE, "A message was not understood.")
    elif isinstance(error, WorkerFailedError):
        log.error("a run failed: %s", error)
        await _refuse(socket, RUN_FAILED, "This run ended its worker each time. Change a choice and try again.")
    elif isinstance(error, TooManyError):
        log.warning("a viewer was refused: %s", error)
        await _refuse(socket, TOO_MANY, "Too many commands at once. The run goes on in a moment.")
    elif isinstance(error, ReadOnlyError):
        log.warning("a viewer was refused: %s", error)
        await _refuse(socket, READ_ONLY, "Here you only watch. Branch a copy to change something.")
    elif isinstance(error, RoomFullError):
        await _refuse(socket, ROOM_FULL, "The room is full. This page tries again by itself.")
    elif error is not None and not isinstance(error, WebSocketDisconnect | RuntimeError):
        raise error


async def _refuse(socket: WebSocket, code: int, reason: str) -> None:
    try:
        await socket.send_json({"type": "refused", "code": code, "reason": reason})
        await socket.close(code)
    except (RuntimeError, WebSocketDisconnect):
        pass  # it has left already


ROUTES: list[BaseRoute] = [
    WebSocketRoute("/live/socket", serve_live),
    Mount("/live/assets", StaticFiles(directory=ASSETS)),
]
