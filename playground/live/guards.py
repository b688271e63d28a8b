"""What a stranger's connection may cost: protocols of uvicorn with deadlines that it lacks.

uvicorn gives a client any time to send a request's header, and never cuts one that does not read: its keepalive waits
until everything is written, which then never happens. The parts of uvicorn used here are not public; it is pinned, and
`tests/load/test_class.py` tries each of these guards.
"""

from __future__ import annotations

import asyncio
import os
from types import FrameType

import h11
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.frames import Frame

from playground.live.limits import Limits

PING_SECONDS, PONG_SECONDS, FLUSH_SECONDS = 5.0, 8.0, 1.0
MAX_FRAGMENTS = 1000  # of one message; empty ones count toward no limit of bytes
TOO_BIG = 1009
LEAST_BYTES = 4096  # that a reader must take before it is looked at again: a slow phone does, a drip does not


class Server(uvicorn.Server):
    """Ends at once when it is told to while it still loads the app, which takes seconds: nobody is there to be told."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.config.loaded:
            os._exit(0)  # an exception could be lost in what is being imported
        super().handle_exit(sig, frame)


class Stall:
    """Cuts a connection that takes next to none of the bytes which wait for it."""

    def __init__(self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, seconds: float) -> None:
        self._transport, self._loop, self._seconds = transport, loop, seconds
        self._timer: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """More waits than the connection takes."""
        self.end()
        waiting = self._transport.get_write_buffer_size()
        self._timer = self._loop.call_later(self._seconds, self._look, waiting)

    def end(self) -> None:
        """It flows again."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def _look(self, before: int) -> None:
        if before - self._transport.get_write_buffer_size() >= min(before, LEAST_BYTES):  # slow, but it reads
            self.begin()
        else:
            self._transport.abort()


class GuardedHttp(H11Protocol):
    """HTTP/1.1 with a deadline for header and body, and for clients that do not read."""

    limits: Limits
    _deadline: asyncio.TimerHandle | None = None
    _watched: object = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._stall = Stall(transport, self.loop, self.limits.stalled_seconds)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_watch()
        self._stall.end()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall.begin()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._stall.end()

    def _watch(self) -> None:
        """One deadline for each part of a request, from when it is first waited for."""
        state = self.conn.their_state if self.transport.get_protocol() is self else None  # else it is a socket now
        if state is self._watched:
            return
        self._stop_watch()
        self._watched = state
        if state is h11.IDLE:
            self._deadline = self.loop.call_later(self.limits.header_seconds, self.transport.abort)
        elif state is h11.SEND_BODY:
            self._deadline = self.loop.call_later(self.limits.body_seconds, self.transport.abort)

    def _stop_watch(self) -> None:
        if self._deadline:
            self._deadline.cancel()
            self._deadline = None


class GuardedSocket(WebSocketsSansIOProtocol):
    """WebSocket that cuts clients which do not read, do not answer, or send a message without end."""

    limits: Limits
    _stall: Stall | None = None

    def pause_writing(self) -> None:
        super().pause_writing()
        self._stall = self._stall or Stall(self.transport, self.loop, self.limits.stalled_seconds)
        self._stall.begin()

    def resume_writing(self) -> None:
        super().resume_writing()
        if self._stall:
            self._stall.end()

    def connection_lost(self, exc: Exception | None) -> None:
        if self._stall:
            self._stall.end()
        super().connection_lost(exc)

    def handle_cont(self, event: Frame) -> None:
        if self.close_sent:
            return
        if len(self.frames) < MAX_FRAGMENTS:
            super().handle_cont(event)
            return
        self.conn.fail(TOO_BIG, "too many fragments")
        self.handle_parser_exception()

    def keepalive_timeout(self) -> None:
        super().keepalive_timeout()  # says goodbye, and would wait for ever until it is read
        self.loop.call_later(FLUSH_SECONDS, self.transport.abort)


def protocols(limits: Limits) -> tuple[type[GuardedHttp], type[GuardedSocket]]:
    """Both protocols with these limits; uvicorn makes an object of them for each connection."""
    own = {"limits": limits}
    return type("LimitedHttp", (GuardedHttp,), own), type("LimitedSocket", (GuardedSocket,), own)
