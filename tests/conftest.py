"""What several folders of tests need: the app on a port of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import pytest

ROOT = Path(__file__).parents[1]
START_SECONDS = 60
END_SECONDS = 15
PAUSE_SECONDS = 0.05


@dataclass(frozen=True)
class Server:
    """A running app."""

    address: str
    process: subprocess.Popen[bytes]
    log: IO[bytes]

    @property
    def host(self) -> str:
        """Host and port."""
        return self.address.removeprefix("http://")

    def log_text(self) -> str:
        """What it has said so far."""
        return Path(self.log.name).read_text(errors="replace")


def start_server(log: IO[bytes], port: int = 0, **environment: str) -> Server:
    """Start the app as a person does, on this port or a free one, and wait until it is healthy."""
    with socket.create_server(("127.0.0.1", port)) as free:
        port = free.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        "app.py",
        "--server.headless=true",
        "--server.address=127.0.0.1",
    ]
    process = subprocess.Popen(
        [*command, f"--server.port={port}", "--server.fileWatcherType=none"],
        cwd=ROOT, env={**os.environ, "PLAYGROUND_WORKERS": "1", "PLAYGROUND_RUNS": "off", **environment}, stdout=log, stderr=subprocess.STDOUT,
    )  # fmt: skip
    server = Server(f"http://127.0.0.1:{port}", process, log)
    deadline = time.monotonic() + START_SECONDS
    while not is_healthy(server.address):
        assert process.poll() is None, server.log_text()
        assert time.monotonic() < deadline, server.log_text()
        time.sleep(PAUSE_SECONDS)  # the server needs the processor more than those who ask
    return server


def is_healthy(address: str) -> bool:
    """Whether the app answers."""
    try:
        with urllib.request.urlopen(f"{address}/_stcore/health", timeout=1) as answer:
            return answer.status == 200
    except (urllib.error.URLError, TimeoutError, ConnectionError):
        return False


def end_server(server: Server) -> None:
    """End it, kindly at first."""
    server.process.terminate()
    try:
        server.process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        server.process.kill()
        server.process.wait()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The app with one worker, shared by all tests of a session."""
    with tempfile.NamedTemporaryFile(prefix="playground-", suffix=".log") as log:
        running = start_server(log)  # type: ignore[arg-type]
        yield running
        end_server(running)
