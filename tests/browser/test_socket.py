"""Strangers at the live route: each is refused, and an honest viewer beside them is not disturbed."""

from __future__ import annotations

import contextlib
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.browser.test_playground import expect_status, opened, press, state, until, value
from tests.conftest import Server, end_server, start_server

PATIENCE_SECONDS = 30
UNKNOWN_TOKEN, TOO_LATE, REPLACED, BAD_MESSAGE = 4401, 4408, 4409, 4400
PROTOCOL_ERROR, NO_TEXT, TOO_BIG = 1002, 1007, 1009


@contextmanager
def visitor(server: Server, origin: str | None = "own", **options: Any) -> Iterator[ClientConnection]:
    """A client without a browser."""
    origin = server.address if origin == "own" else origin
    address = f"ws://{server.host}/live/socket"
    with connect(address, origin=origin, proxy=None, max_size=None, open_timeout=PATIENCE_SECONDS, **options) as socket:  # type: ignore[arg-type]
        yield socket


def hello(token: str) -> str:
    return json.dumps({"type": "hello", "token": token})


def end_of(socket: ClientConnection) -> tuple[list[str | bytes], int]:
    """Everything that still comes, and the code that the server closes with."""
    messages: list[str | bytes] = []
    try:
        while True:
            messages.append(socket.recv(PATIENCE_SECONDS))
    except ConnectionClosed as closed:
        assert closed.rcvd is not None, "the server ended without a word"
        return messages, closed.rcvd.code


def refusal(messages: list[str | bytes]) -> dict[str, Any]:
    return json.loads([message for message in messages if isinstance(message, str)][-1])


@pytest.fixture
def token_of(page: Page, server: Server) -> Callable[..., str]:
    """Opens the page of an honest viewer; returns the token that its own socket said."""
    said: list[str] = []

    def listen(socket: Any) -> None:
        if "/live/socket" in socket.url:
            socket.on("framesent", lambda text: said.append(text) if "hello" in text else None)

    page.on("websocket", listen)

    def token(at: Server = server) -> str:
        opened(page, at)
        until(page, lambda: bool(said), "hello")
        return json.loads(said[-1])["token"]

    return token


FIRST = [
    hello(""), hello("x"), hello("x" * 1_000_000), hello("x" * 43), hello("x" * 100), hello("x" * 101), hello("' OR 1=1 --"), hello("\ud800"),
    '{"type": "play"}', '{"type": "ack", "frame": 1}', "{}", "[]", "null", "", "\0", "hello", '{"type":"hello"}',
    "[" * 4000, '{"a":' * 800, "9" * 4000, "x" * 5000, b"", b"\x00\xff", b'{"type":"hello","token":"x"}',
]  # fmt: skip


@pytest.mark.parametrize("first", FIRST, ids=lambda first: repr(first)[:40])
def test_a_stranger_is_told_to_reload_and_nothing_else(server: Server, first: str | bytes) -> None:
    with visitor(server) as socket:
        socket.send(first)
        messages, code = end_of(socket)
    assert code == UNKNOWN_TOKEN
    assert len(messages) == 1
    assert refusal(messages) == {
        "type": "refused", "code": UNKNOWN_TOKEN, "reason": "This view is no longer known to the server. Reload the page.",
    }  # fmt: skip


def test_who_says_nothing_is_sent_away(server: Server) -> None:
    said_before = server.log_text().count("refused")
    with visitor(server) as socket:
        messages, code = end_of(socket)
    assert (code, len(messages)) == (TOO_LATE, 1)
    assert server.log_text().count("refused") == said_before + 1


@pytest.mark.parametrize(
    "origin", [None, "null", "http://evil.example", "http://{host}.evil.example", "ftp://{host}", "http://127.0.0.1"]
)
def test_a_foreign_page_gets_403(server: Server, origin: str | None) -> None:
    foreign = origin.format(host=server.host) if origin else origin
    with pytest.raises(InvalidStatus) as answer, visitor(server, foreign):
        pass
    assert answer.value.response.status_code == 403


# A view whose run fails each time it is taken up; returns how long it waits before it comes again, in ms.
REFUSED_EACH_TIME = """async () => {
  const { LiveSocket } = await import("/live/assets/socket.js");
  const { WebSocket, setTimeout } = window;
  const waits = [];
  window.WebSocket = class { close() {} };
  window.setTimeout = (_, ms) => waits.push(ms);
  const { socket } = new LiveSocket({ path: "/", token: "", onMessage() {}, onConnection() {} });
  for (const type of ["refused", "refused", "refused", "refused", "notice"]) {
    socket.onmessage({ data: JSON.stringify({ type }) });
    socket.onclose({ code: 4500 });
  }
  Object.assign(window, { WebSocket, setTimeout });
  return waits;
}"""


def test_a_foreign_page_with_a_stolen_token_gets_403(server: Server, token_of: Callable[[], str], page: Page) -> None:
    token_of()
    with pytest.raises(InvalidStatus) as answer, visitor(server, "http://evil.example"):
        pass
    assert answer.value.response.status_code == 403
    press(page, "Step")
    until(page, lambda: value(page, "epoch") == 1, "epoch 1")
    waits = page.evaluate(REFUSED_EACH_TIME)  # half to one and a half of 300, 600, 1200, 2000; then 300 ms
    assert waits[3] >= 1000
    assert waits[4] <= 450


BAD = [
    "", "{", "NaN", '{"type": "fly"}', '{"type": "seek", "epoch": -1}', '{"type": "seek", "epoch": 1e400}', "[" * 4000,
    '{"type": "edit", "layer": 0, "unit": 0, "input": 0, "value": NaN}', '{"type": "play", "__proto__": 1}',
    '{"type": "look", "unit": [1000000000, 0]}', "x" * 5000, b"\x00\xff",
]  # fmt: skip


def test_a_bad_message_ends_that_connection_only(server: Server, token_of: Callable[[], str], page: Page) -> None:
    token = token_of()
    for bad in BAD:
        with visitor(server) as socket:
            socket.send(hello(token))
            assert isinstance(socket.recv(PATIENCE_SECONDS), bytes), bad  # the scene
            socket.send(bad)
            messages, code = end_of(socket)
        assert code == BAD_MESSAGE, bad
        assert refusal(messages)["code"] == BAD_MESSAGE, bad
    opened(page, server)
    press(page, "Step")
    until(page, lambda: value(page, "epoch") == 1, "epoch 1")


def test_commands_that_fit_no_network_change_nothing(server: Server, token_of: Callable[[], str]) -> None:
    token = token_of()
    with visitor(server) as socket:
        socket.send(hello(token))
        for message in (
            {"type": "edit", "layer": 50, "unit": 0, "input": 0, "value": 1},
            {"type": "edit", "layer": 0, "unit": 9999, "input": 9999, "value": 1},
            {"type": "look", "unit": [99, 9999]},
            {"type": "look", "point": [100, -100]},
            {"type": "seek", "epoch": 1_000_000_000},
            {"type": "ack", "frame": 2**60},
            {"type": "step_batch"},
        ):
            socket.send(json.dumps(message))
        step = 0
        while step != 1:
            message = socket.recv(PATIENCE_SECONDS)
            assert isinstance(message, bytes), message
            header = json.loads(message[8 : 8 + int.from_bytes(message[4:8], "little")])
            step = header.get("step", 0)
            socket.send(json.dumps({"type": "ack", "frame": header.get("id", 0)}))


def test_the_newest_viewer_of_a_run_wins_and_the_former_is_told(
    server: Server, token_of: Callable[[], str], page: Page
) -> None:
    token = token_of()
    with visitor(server) as socket:
        socket.send(hello(token))
        assert isinstance(socket.recv(PATIENCE_SECONDS), bytes)
        expect(page.get_by_test_id("live").get_by_text("another tab")).to_be_visible()
        with visitor(server) as newer:
            newer.send(hello(token))
            messages, code = end_of(socket)
        assert (code, refusal(messages)["reason"]) == (REPLACED, "This run was opened in another tab.")


def test_a_huge_message_is_refused_before_it_is_read(server: Server) -> None:
    """The server hangs up while the message is still on its way, so its last word, 1009, may not arrive."""
    with visitor(server) as socket:
        with contextlib.suppress(ConnectionClosed):
            socket.send("x" * 24_000_000)  # .streamlit allows 20 MB
        with pytest.raises(ConnectionClosed) as closed:
            socket.recv(PATIENCE_SECONDS)
        assert closed.value.rcvd is None or closed.value.rcvd.code == TOO_BIG
    with visitor(server) as socket:
        socket.send("x")
        assert end_of(socket)[1] == UNKNOWN_TOKEN


RAW = {
    "bad UTF-8": (b"\x81\x82\0\0\0\0\xff\xfe", NO_TEXT),
    "reserved bits": (b"\xf1\x81\0\0\0\0x", PROTOCOL_ERROR),
    "unmasked": (b"\x81\x01x", PROTOCOL_ERROR),
    "bad opcode": (b"\x83\x81\0\0\0\0x", PROTOCOL_ERROR),
    "long ping": (b"\x89\xfe\0\x80\0\0\0\0" + b"x" * 128, PROTOCOL_ERROR),
}


@pytest.mark.parametrize(("frame", "code"), RAW.values(), ids=RAW)
def test_broken_frames_break_their_own_connection(server: Server, frame: bytes, code: int) -> None:
    n_before = len(server.log_text())
    with visitor(server) as socket:
        socket.socket.sendall(frame)
        assert end_of(socket)[1] == code
    assert "Traceback" not in server.log_text()[n_before:]


def test_an_honest_viewer_is_undisturbed_by_a_crowd_of_strangers(
    server: Server, token_of: Callable[[], str], page: Page
) -> None:
    token_of()
    press(page, "Play")
    expect_status(page, "playing")
    before = state(page)
    for first in FIRST[:6] * 5:
        with visitor(server) as socket:
            socket.send(first)
            assert end_of(socket)[1] == UNKNOWN_TOKEN
    for _ in range(10):
        with pytest.raises(InvalidStatus), visitor(server, "http://evil.example"):
            pass
    until(page, lambda: value(page, "frames") > int(before["frames"]) + 20, "20 more frames")
    until(page, lambda: value(page, "epoch") > int(before["epoch"]) + 5, "5 more epochs")
    assert state(page)["status"] == "playing"


@pytest.fixture
def own_server() -> Iterator[Server]:
    """The app with a log that no other test has written to: of many refusals it names only the first ones."""
    with tempfile.NamedTemporaryFile(prefix="playground-", suffix=".log") as log:
        running = start_server(log)  # type: ignore[arg-type]
        yield running
        end_server(running)


def test_the_log_has_a_line_for_each_refusal_and_no_token(
    own_server: Server, token_of: Callable[..., str], page: Page
) -> None:
    server = own_server
    token = token_of(server)
    said_before = len(server.log_text())
    with visitor(server) as socket:
        socket.send(hello(token))
        socket.recv(PATIENCE_SECONDS)
        socket.send('{"type": "fly", "token": "' + token + '"}')
        end_of(socket)
    with visitor(server) as socket:
        socket.send(hello("stranger" * 5))
        end_of(socket)
    with pytest.raises(InvalidStatus), visitor(server, "http://evil.example"):
        pass
    for hostile in (b"\x81\xff" + (2**40).to_bytes(8) + b"\0\0\0\0", RAW["unmasked"][0]):  # too large by its head
        with visitor(server) as socket:
            socket.socket.sendall(hostile)
            end_of(socket)
    told = ("Input tag 'fly'", "token is unknown", "Origin", "too large", "broken")
    until(page, lambda: server.log_text()[said_before:].count("refused") >= len(told), "a line for each")
    log = server.log_text()[said_before:]
    assert [sum("refused" in line and words in line for line in log.splitlines()) for words in told] == [1] * len(told)
    assert log.count("refused") == len(told), log
    assert token not in log
    assert "stranger" not in log
    assert not re.search(r"Traceback|Internal Server Error|Task exception", log), log[-3000:]
