"""Who is answered under which name, what every answer says to browsers, and what only this machine may ask."""

from __future__ import annotations

import logging

from starlette.datastructures import Headers as Fields
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from playground.live.assets import links_of
from playground.live.origins import is_allowed_host, is_allowed_origin

log = logging.getLogger(__name__)

LOOPBACK = ("127.0.0.1", "::1")
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"frame-ancestors 'self'; base-uri 'self'; object-src 'none'"),
)  # scripts are not restricted: Streamlit's page needs inline ones
PRIVATE = ("/_stcore/metrics", "/_stcore/agent")  # tell of the whole server
FOREIGN = b"This server does not go by this name. If it should, add its address to PLAYGROUND_ORIGINS."


class Headers:
    """Answers only who asks for this server by its name, and opens sockets only to its own pages.

    Adds security headers to every answer; keeps the server's own figures from other machines.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket" and not _is_of_own_page(scope):
            log.warning("a socket was refused: its Origin is no address of this server and not in PLAYGROUND_ORIGINS")
            await send({"type": "websocket.close"})  # before accept: answers 403
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def dress(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS, *links_of(scope["path"])]
            await send(message)

        if not is_allowed_host(Fields(scope=scope).get("host")):
            await _forbid(dress, FOREIGN)
        elif is_private(scope):
            await _forbid(dress)
        else:
            await self.app(scope, receive, dress)


def _is_of_own_page(scope: Scope) -> bool:
    fields = Fields(scope=scope)
    return is_allowed_origin(fields.get("origin"), fields.get("host"))


async def _forbid(send: Send, why: bytes = b"") -> None:
    headers = [(b"content-type", b"text/plain"), (b"content-length", str(len(why)).encode())]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": why})


def is_private(scope: Scope) -> bool:
    """Whether another machine asks for what only this one may see. Behind a proxy all seem to be this one."""
    path = "/" + "/".join(part for part in scope["path"].split("/") if part)
    client = scope.get("client")
    return any(part in path for part in PRIVATE) and (client is None or client[0] not in LOOPBACK)
