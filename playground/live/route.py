"""The way from the browser to the hub: one WebSocket a live view, and the view's own files."""

from __future__ import annotations

import asyncio
import logging
import time
from weakref import WeakKeyDictionary

from starlette.routing import BaseRoute, Mount, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from playground.live.assets import ASSETS, PLACE, Assets
from playground.live.bucket import Bucket
from playground.live.commands import Ack, Hello, read_command
from playground.live.engine import NoMemoryError, WorkerFailedError
from playground.live.headers import LOOPBACK
from playground.live.hub import hub
from playground.live.line import RoomFullError
from playground.live.logs import spare_the_log
from playground.live.seat import Seat
from playground.live.view import GoneError, ReadOnlyError, View

log = logging.getLogger(__name__)

UNKNOWN_TOKEN, READ_ONLY, TOO_LATE, REPLACED, TOO_MANY = 4401, 4403, 4408, 4409, 4429
BAD_MESSAGE, RUN_FAILED, ROOM_FULL = 4400, 4500, 4503
PROTOCOL_ERROR, TOO_BIG = 1002, 1009  # uvicorn itself ends these connections, without a line in its log
NO_WORKER = "This run ended its worker each time. Change a choice and try again."
NO_RESULT = "This run met a fault of the program, which stands in the server's log. Change a choice and try again."
MAX_LOGGED = 300
NO_MEMORY = "This run needs more memory than this server has. Choose something smaller."


spare_the_log()


class TooManyError(RuntimeError):
    """A viewer sends commands faster than anybody can click."""


async def serve_live(socket: WebSocket) -> None:
    """One viewer: hello, then frames out and commands in until either side ends. `Headers` has looked at its Origin."""
    await socket.accept()
    try:
        hello = await _hello(socket)
    except TimeoutError:  # a page that is busy for seconds says it late: it comes again by itself
        log.warning("a viewer was refused: it did not say in time who it is")
        await _refuse(socket, TOO_LATE, "This page was too busy to say who it is.")
        return
    except WebSocketDisconnect as end:
        _note_end(end)
        return
    except ValueError:
        hello = Hello(type="hello", token="")
    token = hello.token
    if not hub.audience.view(token) and not await hub.admit(token, hello.before, hello.beside):
        log.warning("a viewer was refused: its token is unknown")
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


async def _text(socket: WebSocket) -> str:
    try:
        return await socket.receive_text()
    except KeyError:
        raise ValueError("a message must be text; got bytes") from None


async def _hello(socket: WebSocket) -> Hello:
    command = read_command(await asyncio.wait_for(_text(socket), hub.limits.hello_seconds))
    if not isinstance(command, Hello):
        raise ValueError(f"the first message must be hello; got {command.type}")
    return command


_allowed: WeakKeyDictionary[Seat | View, Bucket] = WeakKeyDictionary()  # who comes again has what was left


async def _receive(socket: WebSocket, token: str) -> None:
    while place := _place(token):
        command = read_command(await _text(socket))
        if isinstance(command, Ack) and place.acknowledge(command.frame):
            continue  # one for each frame: the server itself sets their number
        if place not in _allowed:
            _allowed[place] = Bucket(hub.limits.commands_per_second, hub.limits.commands_burst)
        if not _allowed[place].take(time.monotonic()):
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
    if isinstance(error, ValueError):
        log.warning("a viewer was refused: %s", _printable(error))
        await _refuse(socket, BAD_MESSAGE, "A message was not understood.")
    elif isinstance(error, WorkerFailedError):
        log.error("a run failed: %s", error)
        await _refuse(socket, RUN_FAILED, NO_MEMORY if isinstance(error, NoMemoryError) else NO_WORKER)
    elif isinstance(error, TooManyError):
        log.warning("a viewer was refused: %s", error)
        await _refuse(socket, TOO_MANY, "Too many commands at once. The run goes on in a moment.")
    elif isinstance(error, ReadOnlyError):
        log.warning("a viewer was refused: %s", error)
        await _refuse(socket, READ_ONLY, "Here you only watch. Branch a copy to change something.")
    elif isinstance(error, RoomFullError):
        await _refuse(socket, ROOM_FULL, "The room is full. This page tries again by itself.")
    elif isinstance(error, GoneError):
        await _refuse(socket, UNKNOWN_TOKEN, "This view is no longer known to the server. Reload the page.")
    elif isinstance(error, WebSocketDisconnect):
        _note_end(error)
    elif error is not None and not _has_left(socket):
        log.error("a run failed", exc_info=error)
        await _refuse(socket, RUN_FAILED, NO_RESULT)


def _has_left(socket: WebSocket) -> bool:
    """Whether the other end is gone: what is sent to it then raises errors of many kinds."""
    return WebSocketState.DISCONNECTED in (socket.client_state, socket.application_state)


def _printable(error: Exception) -> str:
    """Its text without what a terminal would obey: it may hold what a stranger sent."""
    return "".join(c if c.isprintable() else "?" for c in str(error))[:MAX_LOGGED]


def _note_end(end: WebSocketDisconnect) -> None:
    if end.code in (PROTOCOL_ERROR, TOO_BIG):
        log.warning("a viewer was refused: its frame was %s", "too large" if end.code == TOO_BIG else "broken")


async def _refuse(socket: WebSocket, code: int, reason: str) -> None:
    try:
        await socket.send_json({"type": "refused", "code": code, "reason": reason})
        await socket.close(code)
    except (RuntimeError, WebSocketDisconnect):
        pass  # it has left already


ROUTES: list[BaseRoute] = [
    WebSocketRoute("/live/socket", serve_live),
    Mount(PLACE, Assets(directory=ASSETS)),
]
