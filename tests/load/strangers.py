"""Connections of those who do not do what they should."""

from __future__ import annotations

import json
import socket

from tests.load.viewer import PATIENCE_SECONDS, Server

HALF_A_BODY = b"POST /wish HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf"


def raw(server: Server, start: bytes, *, buffer: int | None = None) -> socket.socket:
    """A connection of bytes."""
    stranger = socket.socket()
    if buffer:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    stranger.settimeout(PATIENCE_SECONDS)
    stranger.connect(("127.0.0.1", server.port))
    stranger.sendall(start)
    return stranger


def is_cut(stranger: socket.socket) -> bool:
    """Whether the server ends the connection; reads what still comes."""
    with stranger:
        try:
            while stranger.recv(65536):
                pass
        except ConnectionError:
            pass
        except TimeoutError:
            return False
        return True


def stalled_viewer(server: Server) -> socket.socket:
    """Someone who says hello and play, and then reads nothing."""
    head = (
        f"GET /live/socket HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\nOrigin: {server.address}\r\n"
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
    )
    stranger = raw(server, head.encode(), buffer=4096)
    while b"\r\n\r\n" not in stranger.recv(4096, socket.MSG_PEEK):
        pass
    for text in (json.dumps({"type": "hello", "token": server.open("n_samples=60")}), '{"type":"play"}'):
        stranger.sendall(b"\x81" + bytes([0x80 | len(text)]) + b"\0\0\0\0" + text.encode())
    return stranger
