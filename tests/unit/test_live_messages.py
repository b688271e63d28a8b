"""What travels between browser and server: frames, commands, and who may talk at all."""

from __future__ import annotations

import asyncio
import json
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from starlette.websockets import WebSocketState

from playground.live import commands
from playground.live.commands import Ack, EditKernel, EditWeight, Hello, LookAt, Press, Seek, Visible, read_command
from playground.live.engine import NoMemoryError, WorkerFailedError
from playground.live.line import RoomFullError
from playground.live.origins import is_allowed_host, is_allowed_origin
from playground.live.route import TooManyError, _printable, _say_goodbye
from playground.live.view import GoneError, ReadOnlyError
from playground.live.wire import DTYPES, pack, unpack
from playground.models.kernels import named_kernels
from playground.spec.probe import Probe

# --- frames -----------------------------------------------------------------------------------------------------------

NAMES = st.text(min_size=1, max_size=8).filter(lambda name: name != "arrays")
PLAIN = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    PLAIN | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
)
ARRAYS = st.sampled_from(DTYPES).flatmap(
    lambda dtype: arrays(dtype, st.lists(st.integers(0, 4), max_size=3).map(tuple))
)
FRAMES = st.dictionaries(NAMES, VALUES | ARRAYS, max_size=6)


@given(FRAMES, st.booleans())
def test_unpacking_gives_back_what_was_packed(frame: dict, deflate: bool) -> None:
    back = unpack(pack(frame, deflate=deflate))
    assert back.keys() == frame.keys()
    for name, value in frame.items():
        if isinstance(value, np.ndarray):
            assert (back[name].dtype, back[name].shape) == (value.dtype, value.shape)
            assert back[name].tobytes() == value.tobytes()
        else:
            assert back[name] == value


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, np.float32("nan"), np.float64("inf")])
def test_what_is_no_number_arrives_as_null(value: float) -> None:
    back = unpack(pack({"loss": value, "list": [1.0, value], "deep": {"a": (value,)}}))
    assert back == {"loss": None, "list": [1.0, None], "deep": {"a": [None]}}


def test_numpy_numbers_arrive_as_numbers() -> None:
    back = unpack(pack({"a": np.int64(3), "b": np.float32(0.5), "c": np.bool_(True)}))
    assert back == {"a": 3, "b": 0.5, "c": True}
    assert type(back["c"]) is bool


@given(FRAMES)
def test_arrays_lie_at_multiples_of_four_bytes(frame: dict) -> None:
    message = pack(frame)
    length = int.from_bytes(message[4:8], "little")
    assert length % 4 == 0
    assert len(message) % 4 == 0
    json.loads(message[8 : 8 + length])


def test_deflating_makes_a_frame_smaller_and_says_so() -> None:
    frame = {"map": np.zeros(10_000, np.uint8)}
    assert pack(frame)[:4] == b"\0\0\0\0"
    assert pack(frame, deflate=True)[:4] == b"\1\0\0\0"
    assert len(pack(frame, deflate=True)) < 1000 < len(pack(frame))


@pytest.mark.parametrize("dtype", ["int64", "float16", "complex64", "bool", "object"])
def test_an_array_that_no_browser_reads_is_refused(dtype: str) -> None:
    with pytest.raises(ValueError, match=f"weights is {dtype}"):
        pack({"weights": np.zeros(2, dtype)})


def test_arrays_in_any_order_of_memory_arrive_in_rows() -> None:
    array = np.arange(6, dtype=np.float32).reshape(2, 3).T
    assert np.array_equal(unpack(pack({"a": array}))["a"], array)


# --- commands ---------------------------------------------------------------------------------------------------------

LEGAL = {
    '{"type": "hello", "token": "abc"}': Hello(type="hello", token="abc"),
    '{"type": "play"}': Press(type="play"),
    '{"type": "step_batch"}': Press(type="step_batch"),
    '{"type": "seek", "epoch": 0}': Seek(type="seek", epoch=0),
    '{"type": "seek", "step": 7}': Seek(type="seek", step=7),
    '{"type": "edit_kernel", "layer": 0, "unit": 1, "map": 2, "values": [0.5, -1]}': EditKernel(
        type="edit_kernel", layer=0, unit=1, map=2, values=(0.5, -1)
    ),
    '{"type": "edit", "layer": 1, "unit": 2, "input": null, "value": -3.5}': EditWeight(
        type="edit", layer=1, unit=2, input=None, value=-3.5
    ),
    '{"type": "look", "unit": [1, 2]}': LookAt(type="look", unit=(1, 2)),
    '{"type": "look", "unit": null, "point": [0.5, -6]}': LookAt(type="look", point=(0.5, -6.0)),
    '{"type": "look", "probe": {"flips": [[0, 1, 2, 3]], "swap": null, "top_k": 2}}': LookAt(
        type="look", probe=Probe(flips=((0, 1, 2, 3),), top_k=2)
    ),
    '{"type": "visible", "visible": false}': Visible(type="visible", visible=False),
    '{"type": "ack", "frame": 7}': Ack(type="ack", frame=7),
}
ILLEGAL = [
    "", " ", "{", "[]", "null", "1", '"play"', "NaN", "{}", '{"type": "fly"}', '{"type": ["play"]}', '{"type": null}',
    '{"type": "play", "speed": 3}', '{"type": "play", "__proto__": {}}', '{"type": "seek"}', '{"type": "seek", "epoch": -1}',
    '{"type": "seek", "epoch": 1.5}', '{"type": "seek", "epoch": 1e400}', '{"type": "seek", "epoch": 10000000001}',
    '{"type": "seek", "epoch": 1, "step": 1}', '{"type": "seek", "step": -1}', '{"type": "seek", "step": 9007199254740993}',
    '{"type": "seek", "epoch": NaN}', '{"type": "seek", "epoch": ' + "9" * 3000 + "}",
    '{"type": "edit_kernel", "layer": 0, "unit": 0, "map": 0, "values": []}',
    '{"type": "edit_kernel", "layer": 0, "unit": 0, "map": 0, "values": [' + ",".join(["0"] * 226) + "]}",
    '{"type": "edit_kernel", "layer": 0, "unit": 0, "map": 0, "values": [1e5]}',
    '{"type": "edit_kernel", "layer": 0, "unit": 0, "map": 0, "n_units": 0, "values": [1]}',
    '{"type": "edit_kernel", "layer": 0, "unit": 0, "map": 0, "n_units": 7201, "values": [1, 2]}',
    '{"type": "look", "kernel": [0, 1]}',
    '{"type": "edit", "layer": 0, "unit": 0, "input": 0, "value": NaN}',
    '{"type": "edit", "layer": 0, "unit": 0, "input": 0, "value": Infinity}',
    '{"type": "edit", "layer": 0, "unit": 0, "input": 0, "value": 1e5}',
    '{"type": "edit", "layer": -1, "unit": 0, "input": 0, "value": 1}',
    '{"type": "edit", "layer": 0, "unit": 1000000000, "input": 0, "value": 1}',
    '{"type": "look", "probe": {"beams": 5}}', '{"type": "look", "probe": {"temperature": 0}}',
    '{"type": "look", "probe": {"flips": [[0, 0, 0]]}}', '{"type": "look", "probe": {"written": 1e9}}',
    '{"type": "look", "probe": {"joined": "all"}}', '{"type": "look", "probe": {"top_p": NaN}}',
    '{"type": "look", "unit": [1]}', '{"type": "look", "unit": [-1, 0]}', '{"type": "look", "point": [1e9, 0]}',
    '{"type": "look", "point": [NaN, 0]}', '{"type": "ack", "frame": -1}', '{"type": "visible", "visible": "perhaps"}',
    '{"type": "hello", "token": "' + "x" * 101 + '"}', '{"type": "hello"}', "[" * 4000, '{"a":' * 800, "x" * 5000,
    '{"type": "play", "type": "pause"}', '{"type": "seek", "epoch": 1, "epoch": 2}', '{"type": "look", "probe": {"top_k": 1, "top_k": 2}}',
    '{"type": "hello", "token": "\\ud800"}', '{"type": "play"} {"type": "play"}', "\ufeff{}", "\0",
]  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(), max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
)
FIELDS = st.sampled_from(
    ["type", "token", "epoch", "layer", "unit", "input", "value", "point", "visible", "frame", "x"]
)
TYPES = st.sampled_from(["hello", "play", "seek", "edit", "look", "visible", "ack", "step", "fly"])
NEARLY = st.dictionaries(FIELDS, JSON, max_size=6).flatmap(lambda d: TYPES.map(lambda name: {**d, "type": name}))


def is_command_or_error(text: str) -> bool:
    try:
        return isinstance(read_command(text), commands.Message)
    except ValueError as error:
        return 0 < len(str(error)) < 500


@pytest.mark.parametrize(("text", "command"), LEGAL.items())
def test_legal_commands_are_read(text: str, command: commands.Message) -> None:
    assert read_command(text) == command


@pytest.mark.parametrize("text", ILLEGAL, ids=lambda text: text[:40])
def test_illegal_commands_are_refused_with_a_rule(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        read_command(text)


@given(st.text(st.characters(), max_size=200) | (JSON | NEARLY).map(json.dumps))
@example("\ud800")
@example('{"type": "hello", "token": "\ud800"}')
def test_any_text_gives_a_command_or_a_clear_error(text: str) -> None:
    assert is_command_or_error(text)


def test_the_error_names_the_field_and_repeats_no_secret() -> None:
    with pytest.raises(ValueError, match="value"):
        read_command('{"type": "edit", "layer": 0, "unit": 0, "value": 1e9}')
    with pytest.raises(ValueError, match="token") as refusal:
        read_command(json.dumps({"type": "hello", "token": "secret" * 40}))
    assert "secret" not in str(refusal.value)


def test_the_longest_message_is_read_and_one_more_is_not() -> None:
    text = '{"type": "play"}'
    assert read_command(text.ljust(commands.MAX_MESSAGE)) == Press(type="play")
    with pytest.raises(ValueError, match=str(commands.MAX_MESSAGE)):
        read_command(text.ljust(commands.MAX_MESSAGE + 1))


@pytest.mark.parametrize("weight", [-1.2345678901234567e-6, *named_kernels(15)["sharpen"].ravel()[:1].tolist()])
def test_the_largest_kernel_fits_a_message_with_every_digit_of_its_weights(weight: float) -> None:
    values = [weight] * commands.MAX_KERNEL
    written = json.dumps({"type": "edit_kernel", "layer": 40, "unit": 127, "map": 127, "values": values})
    assert read_command(written) == EditKernel(type="edit_kernel", layer=40, unit=127, map=127, values=tuple(values))


# --- the last word ----------------------------------------------------------------------------------------------------

ERRORS = {
    "no memory": (NoMemoryError("train needs more memory than there is"), 4500, "more memory than this server has"),
    "poison": (WorkerFailedError("train ended its worker 3 times"), 4500, "ended its worker each time"),
    "bad": (ValueError("epoch: too large"), 4400, "not understood"),
    "flood": (TooManyError("too many"), 4429, "Too many commands"),
    "watcher": (ReadOnlyError("read only"), 4403, "only watch"),
    "full": (RoomFullError("full"), 4503, "room is full"),
    "replaced": (asyncio.CancelledError(), 4409, "another tab"),
    "closed": (GoneError("closed just now"), 4401, "no longer known"),
    "fault": (RuntimeError("shapes cannot be multiplied"), 4500, "fault of the program"),
    "other fault": (KeyError("a secret"), 4500, "fault of the program"),
}


@pytest.mark.parametrize(("error", "code", "reason"), ERRORS.values(), ids=ERRORS)
def test_who_is_sent_away_is_told_why(error: BaseException, code: int, reason: str) -> None:
    said: list = []

    class Socket:
        client_state = application_state = WebSocketState.CONNECTED

        async def send_json(self, message: dict) -> None:
            said.append(message)

        async def close(self, code: int) -> None:
            said.append(code)

    async def fail() -> None:
        raise error

    async def story() -> None:
        task = asyncio.create_task(fail())
        await asyncio.wait({task})
        await _say_goodbye(Socket(), task)

    asyncio.run(story())
    assert said[1:] == [code]
    assert said[0]["code"] == code
    assert reason in said[0]["reason"]


def test_what_a_stranger_sent_cannot_write_lines_into_the_log() -> None:
    with pytest.raises(ValueError, match="type") as refused:
        read_command('{"type": "a\\nERROR all is lost\\u001b[2J' + "x" * 3000 + '"}')
    said = _printable(refused.value)
    assert said.isprintable()
    assert len(said) <= 300


# --- origins (RELIABILITY 3, cases 1 and 2) ---------------------------------------------------------------------------

HOST = "good.local:8501"
FOREIGN = [
    None, "", "null", "http://evil.com", "http://evil.com:8501", "http://good.local.evil.com:8501",
    "http://evilgood.local:8501", "http://good.local", "http://good.local:80", "http://good.local:8502", "http://good.local:85010",
    "ftp://good.local:8501", "file://good.local:8501", "ws://good.local:8501", "javascript://good.local:8501", "//good.local:8501",
    "good.local:8501", "http://user@good.local:8501", "http://good.local:8501@evil.com", "http://good.local.:8501",
    "http://good.local:8501.", "http://GOOD.com:8501", "HTTP://good.local:8501", "http://good.local:8501/",
    "http://good.local:8501/path", "http://good.local:8501?", "http://good.local:8501#", " http://good.local:8501",
    "http://good.local:8501 ", "http://good.local:8501\x00", "http://good.local:8501,http://evil.com", "http://[::1", "http://",
    "http:///good.local:8501", "http:good.local:8501", "http://good.local:8501\\@evil.com", "http://gοod.local:8501",
]  # fmt: skip


@pytest.mark.parametrize("origin", ["http://good.local:8501", "https://good.local:8501"])
def test_the_page_of_this_server_may_connect(origin: str) -> None:
    assert is_allowed_origin(origin, HOST)


@pytest.mark.parametrize("host", ["localhost:8501", "192.168.1.5:8501", "[::1]:8501", "good.local"])
def test_each_name_of_this_server_counts_as_asked_for(host: str) -> None:
    assert is_allowed_origin(f"http://{host}", host)
    assert not is_allowed_origin("http://127.0.0.1:8501", host)


@pytest.mark.parametrize("origin", FOREIGN)
def test_no_other_page_may_connect(origin: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_ORIGINS", "")
    assert not is_allowed_origin(origin, HOST)


@pytest.mark.parametrize(
    "host", ["evil.example:8501", "evil.example", "127.0.0.1.evil.example:8501", "192.168.1.5.", ".local.example"]
)
def test_a_name_that_a_stranger_lets_lead_here_is_not_this_server(host: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert not is_allowed_origin(f"http://{host}", host)
    monkeypatch.setenv("PLAYGROUND_ORIGINS", f"http://{host}")
    assert is_allowed_origin(f"http://{host}", host)


@pytest.mark.parametrize(
    "host", ["localhost:8501", "192.168.1.5:8501", "[::1]:8501", "LEARN", "good.local", "a.localhost", "127.0.0.1"]
)
def test_a_page_may_be_asked_for_by_each_name_of_this_server(host: str) -> None:
    assert is_allowed_host(host)


@pytest.mark.parametrize(
    "host", [None, "", "evil.example:8501", "evil.example", "x@localhost", "localhost/.evil.example", "localhost.", "[::1",
             "localhost?.example", "evil.example:8501@localhost", "school.example.evil.com", "other.example:8501"]
)  # fmt: skip
def test_a_page_is_not_given_out_under_a_foreign_name(host: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_ORIGINS", "https://school.example,https://other.example:8443")
    assert not is_allowed_host(host)
    assert is_allowed_host("school.example")
    assert is_allowed_host("other.example:8443")


@pytest.mark.parametrize("host", [None, ""])
def test_a_request_without_a_host_is_refused(host: str | None) -> None:
    assert not is_allowed_origin("http://good.local:8501", host)
    assert not is_allowed_origin("http://", host)


@given(st.text(st.characters()) | st.from_regex(r"https?://[a-z.:@/\[\]0-9]{0,20}"))
def test_only_two_texts_are_this_server(origin: str) -> None:
    assert is_allowed_origin(origin, HOST) == (origin in (f"http://{HOST}", f"https://{HOST}"))


def test_named_origins_may_connect_and_their_neighbors_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_ORIGINS", "https://school.example,https://other.example")
    assert is_allowed_origin("https://other.example", HOST)
    assert not is_allowed_origin("https://other.example.evil.com", HOST)
    assert not is_allowed_origin("http://other.example", HOST)
    assert not is_allowed_origin("https://school.example,https://other.example", HOST)
