"""Where others in the same network find this machine, and how it answers them."""

from __future__ import annotations

import contextlib
import os
import socket

DESCRIPTORS = "/dev/fd"  # what this process has open, on Linux and macOS


def lan_address() -> str:
    """This machine's address in its own network; empty without one. Opening a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation, never reached
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def send_at_once() -> None:
    """Have every connection send what it has at once, instead of waiting until the other side has confirmed the last.

    asyncio sees to that only for sockets made with TCP's number, and Streamlit makes the listening one without: the
    second part of an answer left 40 ms late. What is set on a listening socket holds for all connections it takes.
    """
    for name in os.listdir(DESCRIPTORS) if os.path.isdir(DESCRIPTORS) else ():  # elsewhere nothing leads to the socket
        with (
            contextlib.suppress(OSError),  # no TCP socket, or closed meanwhile
            socket.fromfd(int(name), socket.AF_INET, socket.SOCK_STREAM) as end,
        ):
            end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
