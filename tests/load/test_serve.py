"""`make class` serves the whole app, says where it is, writes down nobody and ends when it is told to."""

from __future__ import annotations

import asyncio
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect
from websockets.typing import Subprotocol

from playground.live.headers import Headers
from tests.conftest import ROOT, START_SECONDS, Server, is_healthy

END_SECONDS = 30


@pytest.fixture(scope="module")
def app() -> Iterator[Server]:
    """The app as a teacher starts it, for this machine only."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "playground.serve", "--address", "127.0.0.1", "--port", str(port)]
    with tempfile.NamedTemporaryFile(prefix="playground-", suffix=".log") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env={**os.environ, "PLAYGROUND_WORKERS": "1", "PLAYGROUND_RUNS": "off"},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        server = Server(f"http://127.0.0.1:{port}", process, log)  # type: ignore[arg-type]
        deadline = time.monotonic() + START_SECONDS
        while not is_healthy(server.address):
            assert process.poll() is None, server.log_text()
            assert time.monotonic() < deadline, server.log_text()
        yield server
        if process.poll() is None:
            process.kill()
            process.wait()


def test_the_class_finds_the_app_writes_down_nobody_and_ends_when_told(app: Server) -> None:
    for path in ("/", "/playground?secret=1", "/_stcore/health", "/live/assets/live.js"):
        with urllib.request.urlopen(app.address + path) as answer:
            assert answer.status == 200
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"], path
            assert answer.headers["Referrer-Policy"] == "same-origin", path
    refuse_foreign_names_and_pages(app)
    said = app.log_text()
    assert app.address in said
    assert re.search("[█▀▄]{20}", said), "no QR code"
    assert not re.search(r"GET|secret|health|accepted|evil", said), said
    app.process.terminate()
    assert app.process.wait(END_SECONDS) == 0, app.log_text()
    assert "Traceback" not in app.log_text()


def refuse_foreign_names_and_pages(app: Server) -> None:
    """On every route, not only on that of the live views: nobody's name may lead here for a moment (DNS rebinding)."""
    for path in ("/", "/_stcore/health", "/_stcore/upload_file/x/y", "/live/assets/live.js"):
        asked = urllib.request.Request(app.address + path, headers={"Host": f"evil.example:{app.host.split(':')[1]}"})
        with pytest.raises(urllib.error.HTTPError, match="403") as answer, urllib.request.urlopen(asked):
            pass
        with answer.value:
            assert b"PLAYGROUND_ORIGINS" in answer.value.read(), path
            assert answer.value.headers["X-Content-Type-Options"] == "nosniff", path
    stream = f"ws://{app.host}/_stcore/stream"
    for origin in (None, "null", "http://localhost:6666", "http://evil.example"):
        with pytest.raises(InvalidStatus, match="403"), connect(stream, origin=origin, proxy=None):
            pass
    with connect(stream, origin=app.address, proxy=None, subprotocols=[Subprotocol("streamlit")]):
        pass


@pytest.mark.parametrize(
    ("path", "client", "private"),
    [
        ("/_stcore/metrics", ("192.168.1.7", 5), True),
        ("/playground/_stcore//metrics/", ("192.168.1.7", 5), True),
        ("/_stcore/agent/openapi.json", None, True),
        ("/_stcore/metrics", ("127.0.0.1", 5), False),
        ("/_stcore/health", ("192.168.1.7", 5), False),
        ("/live/assets/live.js", ("192.168.1.7", 5), False),
    ],
)
def test_the_server_tells_only_its_own_machine_how_it_is(path: str, client: Any, private: bool) -> None:
    async def ask() -> int:
        said: list[Any] = []

        async def app(_scope: Any, _receive: Any, send: Any) -> None:
            await send({"type": "http.response.start", "status": 200})

        async def hear(message: Any) -> None:
            said.append(message)

        scope = {"type": "http", "path": path, "client": client, "headers": [(b"host", b"192.168.1.5:8501")]}
        await Headers(app)(scope, None, hear)  # type: ignore[arg-type]
        return int(said[0]["status"])

    assert asyncio.run(ask()) == (403 if private else 200)


SLOW = """
import sys
sys.stdout.write("it loads\\n")
sys.stdout.flush()
sys.stdin.read()  # until the test ends
"""


def test_a_server_that_still_loads_the_app_ends_when_told(tmp_path: Path) -> None:
    (tmp_path / "slow.py").write_text(SLOW)
    code = "from playground.serve import *; from playground.live.limits import Limits; "
    code += "run(guarded('slow:app', '127.0.0.1', 0, Limits()))"
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(tmp_path)},
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    with process:
        assert process.stdout and process.stdout.readline() == b"it loads\n"
        process.terminate()
        try:
            assert process.wait(END_SECONDS) == 0
        finally:
            process.kill()


def test_a_limit_that_breaks_its_rule_stops_the_start() -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "playground.serve", "--address", "127.0.0.1"],
        cwd=ROOT, env={**os.environ, "PLAYGROUND_VIEWERS": "none"}, capture_output=True, text=True, timeout=START_SECONDS,
    )  # fmt: skip
    assert answer.returncode != 0
    assert "PLAYGROUND_VIEWERS must be a whole number from 1 to 10000; got none" in answer.stderr


def test_workers_do_not_load_the_app_again() -> None:
    """They run the main script once more; its top must import nothing of weight."""
    code = "import sys, playground.serve; print(sorted({'streamlit', 'uvicorn', 'app'} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert answer.stdout.strip() == "[]"
