"""What every answer says to browsers, and what only this machine may ask."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOOPBACK = ("127.0.0.1", "::1")
HEADERS = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"frame-ancestors 'self'; base-uri 'self'; object-src 'none'"),
)  # scripts are not restricted: Streamlit's page needs inline ones
PRIVATE = ("/_stcore/metrics", "/_stcore/agent")  # tell of the whole server


class Headers:
    """Adds security headers to every answer; keeps the server's own figures from other machines."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def dress(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", ()), *HEADERS]
            await send(message)

        if is_private(scope):
            await dress({"type": "http.response.start", "status": 403, "headers": [(b"content-length", b"0")]})
            await dress({"type": "http.response.body"})
        else:
            await self.app(scope, receive, dress)


def is_private(scope: Scope) -> bool:
    """Whether another machine asks for what only this one may see. Behind a proxy all seem to be this one."""
    path = "/" + "/".join(part for part in scope["path"].split("/") if part)
    client = scope.get("client")
    return any(part in path for part in PRIVATE) and (client is None or client[0] not in LOOPBACK)
