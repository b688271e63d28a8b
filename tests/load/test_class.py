"""Many viewers at once: right answers for each, fair shares, and strangers who get nowhere."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import statistics
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Iterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from playground.live import guards
from playground.live.limits import Limits
from playground.live.run import Run
from playground.serve import guarded
from playground.spec import PlaygroundSpec
from tests.load.alone import assert_same
from tests.load.conftest import N_PLACES, SLACK
from tests.load.strangers import HALF_A_BODY, is_cut, raw, stalled_viewer
from tests.load.viewer import PATIENCE_SECONDS, ROOT, Server, Viewer, jain, looking, serving, wait_until_warm

N_VIEWERS = 12
SMALLEST, LARGEST = "1", ",".join(["16"] * 8)
FEW = 6  # files and tasks: of whoever asks, and of a worker that was just being replaced
LAG_SECONDS = 0.25  # of the event loop, at most
STOP_SECONDS = 5  # of the server and its workers, whatever its viewers do
UNKNOWN_TOKEN, READ_ONLY, TOO_MANY, BAD_MESSAGE, ROOM_FULL = 4401, 4403, 4429, 4400, 4503
TOO_BIG, PROTOCOL_ERROR = 1009, 1002


def within(story: Coroutine[Any, Any, Any]) -> Any:
    """Its result, or a failed test when it does not come."""
    return asyncio.run(asyncio.wait_for(story, 2 * PATIENCE_SECONDS))


@pytest.fixture
def nothing_left(class_server: Server) -> Iterator[None]:
    """The server holds in the end what it held before: viewers, open files and tasks."""
    wait_until_warm(class_server)
    before = class_server.probe()
    yield
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (left := class_server.probe())["viewers"] or any(left[n] > before[n] + FEW for n in ("files", "tasks")):
        assert time.monotonic() < deadline, f"more is held than before: {left} after {before}"


pytestmark = pytest.mark.usefixtures("nothing_left")


# --- honest viewers ---------------------------------------------------------------------------------------------------


def test_a_class_trains_each_its_own_run_and_every_number_is_right(class_server: Server) -> None:
    async def play(n: int) -> tuple[list[dict[str, Any]], dict[str, Any], Run]:
        seed = f"seed={n}&hidden_sizes={2 + n % 4}&n_samples=60&speed=max"
        token = await asyncio.to_thread(class_server.open, seed)
        async with looking(class_server, token) as viewer:
            await viewer.until(lambda: viewer.frames)
            await viewer.say("step")
            await viewer.until(lambda: viewer.frames[-1]["epoch"] == 1)
            fast = {"learning_rate": 0.1 if n % 2 else 0.3}
            await asyncio.to_thread(lambda: class_server.wish(token, **fast))
            await viewer.until(lambda: len(viewer.frames) > 2)  # the wish has been seen
            step = viewer.frames[-1]["step"]
            await viewer.say("play")
            await viewer.until(lambda: viewer.frames[-1]["epoch"] >= 150)
            await viewer.say("pause")
            await viewer.until_shown(status="paused")
            spec, _ = PlaygroundSpec.from_query(dict(part.split("=") for part in seed.split("&")))
            return viewer.frames, viewer.last, Run(spec).change(step, spec.change(**fast).settings)

    async def everybody() -> list[Any]:
        return await asyncio.gather(*(play(n) for n in range(N_VIEWERS)))

    for frames, last, run in within(everybody()):
        steps = [frame["step"] for frame in frames]
        assert steps == sorted(steps)
        assert [frame["id"] for frame in frames] == list(range(frames[0]["id"], frames[0]["id"] + len(frames)))
        assert_same(last, run)


def test_nobody_gets_less_than_half_of_the_mean_and_the_largest_network_slows_others_no_more(
    class_server: Server,
) -> None:
    async def story() -> tuple[list[int], list[float]]:
        """Frames of each in the same time, and the seconds that the workers worked for each meanwhile."""
        async with AsyncExitStack() as stack:
            viewers: list[Viewer] = []
            for n in range(N_VIEWERS):
                query = f"speed=max&seed={100 + n}&hidden_sizes={SMALLEST if n else LARGEST}"
                token = await asyncio.to_thread(class_server.open, query)
                viewers.append(await stack.enter_async_context(looking(class_server, token)))
            await asyncio.gather(*(viewer.until(lambda v=viewer: v.frames) for viewer in viewers))
            await asyncio.gather(*(viewer.say("play") for viewer in viewers))
            await asyncio.gather(*(viewer.until(lambda v=viewer: len(v.frames) > 10) for viewer in viewers))
            seconds = Counter((await asyncio.to_thread(class_server.probe))["spent"])
            before = [len(viewer.frames) for viewer in viewers]
            await viewers[1].until(lambda: len(viewers[1].frames) >= before[1] + 120)
            frames = [len(viewer.frames) - n for viewer, n in zip(viewers, before, strict=True)]
            seconds = Counter((await asyncio.to_thread(class_server.probe))["spent"]) - seconds
            return frames, [seconds[str(100 + n)] for n in range(N_VIEWERS)]

    frames, seconds = within(story())
    assert min(frames) >= sum(frames) / len(frames) / 2, frames
    assert jain(list(map(float, frames))) >= 0.9
    assert seconds[0] <= 2 * statistics.mean(seconds[1:]), seconds  # slices as long; its picture is the dearest


def test_scrubbing_and_going_on_shows_the_same_numbers_again(class_server: Server) -> None:
    async def story() -> None:
        token = await asyncio.to_thread(class_server.open, "n_samples=60&speed=max")
        async with looking(class_server, token) as viewer:
            await viewer.say("play")
            await viewer.until(lambda: viewer.frames and viewer.frames[-1]["epoch"] >= 60)
            await viewer.say("seek", epoch=30)
            await viewer.until_shown(scrubbed=True, epoch=30)
            assert_same(viewer.last, Run(PlaygroundSpec().change(n_samples=60, speed="max")))

    within(story())


def test_a_lost_network_pauses_and_goes_on_from_the_same_state(class_server: Server) -> None:
    async def story() -> None:
        token = await asyncio.to_thread(class_server.open, "n_samples=60")
        async with looking(class_server, token) as viewer:
            await viewer.say("play")
            await viewer.until(lambda: viewer.frames and viewer.frames[-1]["epoch"] >= 5)
            viewer.socket.transport.abort()
            await viewer.socket.wait_closed()
        while (await asyncio.to_thread(class_server.probe))["viewers"]:
            pass
        async with looking(class_server, token) as back:
            await back.until(lambda: back.frames)
            first = back.frames[0]
            assert viewer.frames[-1]["step"] <= first["step"]
            assert (first["status"], first["seconds"]) == (
                "playing",
                pytest.approx(viewer.frames[-1]["seconds"], abs=1),
            )
            assert len(back.last["history"]) == back.frames[-1]["history_from"] + len(back.last["history"])
            await back.say("pause")
            await back.until_shown(status="paused")
            assert_same(back.last, Run(PlaygroundSpec().change(n_samples=60)))

    within(story())


def test_who_watches_sees_every_number_and_changes_none(class_server: Server) -> None:
    async def watch() -> None:
        token = class_server.open("seed=11&speed=60")
        async with looking(class_server, token) as owner:
            await owner.until(lambda: owner.frames)
            follow = class_server.ask(f"/watch?token={token}")
            async with looking(class_server, follow) as follower:
                await owner.say("play")
                await follower.until(lambda: follower.frames and follower.frames[-1]["epoch"] >= 20)
                await owner.say("pause")
                paused = await owner.until_shown(status="paused")
                await follower.until_shown(status="paused", step=paused["step"])
                assert_same(follower.last, Run(PlaygroundSpec().change(seed=11, speed="60")))
                assert len(follower.scenes) == 1
                await follower.say("play")
                assert await end_of(follower) == READ_ONLY
            await owner.say("step")
            stepped = await owner.until_shown(epoch=paused["epoch"] + 1)
            assert stepped["status"] == "paused"

    within(watch())


def test_a_full_room_tells_the_place_and_then_lets_in(class_server: Server) -> None:
    async def story() -> None:
        tokens = [await asyncio.to_thread(class_server.open, "n_samples=60") for _ in range(N_PLACES + 3)]
        async with AsyncExitStack() as stack:
            inside = [await stack.enter_async_context(looking(class_server, token)) for token in tokens[:N_PLACES]]
            await asyncio.gather(*(viewer.until(lambda v=viewer: v.frames) for viewer in inside))
            waiting = []
            for token in tokens[N_PLACES:-1]:
                waiting.append(await stack.enter_async_context(looking(class_server, token)))
                await waiting[-1].until(lambda: waiting[-1].notices)
            assert [viewer.notices[0]["place"] for viewer in waiting] == [1, 2]
            assert waiting[1].notices[0]["text"].startswith("The room is full. You are number 2 in line")
            turned_away = await stack.enter_async_context(looking(class_server, tokens[-1]))
            await turned_away.socket.wait_closed()
            await turned_away.until(lambda: turned_away.refusal)
            assert turned_away.socket.close_code == ROOM_FULL
            await inside[0].socket.close()
            await waiting[0].until(lambda: waiting[0].frames)
            await waiting[1].until(lambda: waiting[1].notices[-1]["place"] == 1)

    within(story())


def test_a_worker_killed_in_the_middle_changes_no_number(class_server: Server) -> None:
    async def story() -> None:
        token = await asyncio.to_thread(class_server.open, "n_samples=60&speed=60")
        async with looking(class_server, token) as viewer:
            await viewer.say("play")
            await viewer.until(lambda: viewer.frames and viewer.frames[-1]["epoch"] >= 5)
            for pid in map(int, (await asyncio.to_thread(class_server.probe))["workers"]):
                os.kill(pid, signal.SIGKILL)
            before = viewer.frames[-1]["epoch"]
            await viewer.until(lambda: viewer.frames[-1]["epoch"] >= before + 20)
            assert viewer.refusal is None
            await viewer.say("pause")
            await viewer.until_shown(status="paused")
            assert_same(viewer.last, Run(PlaygroundSpec().change(n_samples=60, speed="60")))

    within(story())


# --- strangers --------------------------------------------------------------------------------------------------------


async def end_of(viewer: Viewer) -> int | None:
    """The code that the server closes with."""
    await viewer.socket.wait_closed()
    return viewer.socket.close_code


def test_a_flood_of_commands_is_closed_and_the_run_is_kept(class_server: Server) -> None:
    async def story() -> None:
        token = await asyncio.to_thread(class_server.open, "n_samples=60")
        async with looking(class_server, token) as viewer:
            await viewer.until(lambda: viewer.frames)
            await asyncio.to_thread(class_server.probe)  # the loop's lag is counted from here
            with contextlib.suppress(ConnectionClosed):
                for n in range(10_000):
                    await viewer.say("ack", frame=2**40 + n)  # of frames that were never sent
            assert await end_of(viewer) == TOO_MANY
        assert (await asyncio.to_thread(class_server.probe))["lag_max"] < LAG_SECONDS * SLACK
        async with looking(class_server, token) as back:
            await back.until(lambda: back.frames)

    within(story())


def test_who_connects_again_has_no_commands_more(class_server: Server) -> None:
    async def story() -> None:
        token = await asyncio.to_thread(class_server.open, "n_samples=60")
        for _ in range(20):  # 1 800 commands, far more than may be said in this time
            async with looking(class_server, token) as viewer:
                with contextlib.suppress(ConnectionClosed):
                    for _ in range(90):
                        await viewer.say("pause")
                    await viewer.until(lambda v=viewer: v.frames or v.refusal)
                if viewer.refusal:
                    break
        assert await end_of(viewer) == TOO_MANY

    within(story())


@pytest.mark.parametrize(
    ("text", "code"),
    [("x" * 65537, TOO_BIG), ("x" * 60_000, BAD_MESSAGE), ('{"type":"fly"}', BAD_MESSAGE), (b"\0" * 9, BAD_MESSAGE)],
    ids=["too long for the socket", "too long for a command", "no command", "no text"],
)
def test_a_message_over_the_limit_ends_its_connection(class_server: Server, text: Any, code: int) -> None:
    async def story() -> None:
        async with looking(class_server, await asyncio.to_thread(class_server.open)) as viewer:
            await viewer.until(lambda: viewer.frames)
            await viewer.socket.send(text)
            assert await end_of(viewer) == code

    within(story())


def test_a_message_in_endless_empty_fragments_ends_its_connection(class_server: Server) -> None:
    """They count toward no limit of bytes; a message in as many fragments as are allowed is read."""
    start, empty, end = b"\x01\x80\0\0\0\0", b"\x00\x80\0\0\0\0", b"\x80\x80\0\0\0\0"

    async def story(fragments: bytes) -> int | None:
        async with looking(class_server, await asyncio.to_thread(class_server.open)) as viewer:
            viewer.socket.transport.write(fragments)
            return await end_of(viewer)

    assert within(story(start + empty * 1000)) == TOO_BIG
    assert within(story(start + empty * 998 + end)) == BAD_MESSAGE  # no command


def test_compression_is_declined(class_server: Server) -> None:
    async def story() -> None:
        address = f"ws://127.0.0.1:{class_server.port}/live/socket"
        async with connect(address, origin=class_server.address, proxy=None) as socket:  # type: ignore[arg-type]
            assert "Sec-WebSocket-Extensions" not in socket.response.headers  # type: ignore[union-attr]

    within(story())


def test_another_port_of_this_machine_is_a_foreign_page(class_server: Server) -> None:
    async def story() -> None:
        address = f"ws://127.0.0.1:{class_server.port}/live/socket"
        with pytest.raises(InvalidStatus, match="403"):
            await connect(address, origin="http://127.0.0.1:6666", proxy=None)  # type: ignore[arg-type]

    within(story())


PARTS = {
    "silent": b"",
    "half a header": b"GET / HTTP/1.1\r\nHost: x\r\nX-A: b",
    "half a body": HALF_A_BODY,
    "half a handshake": b"GET /live/socket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n",
    "second request": b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\r\nHost:",
}


@pytest.mark.parametrize("start", PARTS.values(), ids=PARTS)
def test_who_does_not_finish_a_request_is_cut(class_server: Server, start: bytes) -> None:
    assert is_cut(raw(class_server, start))


def test_who_does_not_read_is_gone_and_the_honest_go_on(class_server: Server) -> None:
    async def story() -> None:
        async with looking(class_server, await asyncio.to_thread(class_server.open)) as honest:
            await honest.say("play")
            await honest.until(lambda: honest.frames)
            n_files = (await asyncio.to_thread(class_server.probe))["files"]
            stalled = [await asyncio.to_thread(stalled_viewer, class_server) for _ in range(5)]
            silent = [raw(class_server, b"GET ") for _ in range(40)]
            most = 0
            probe: dict[str, Any] = {"viewers": 9, "files": 99}
            ends = time.monotonic() + PATIENCE_SECONDS
            while (
                most < 2 or probe["viewers"] > 1 or probe["files"] > n_files + 2
            ):  # a busy machine may cut the first before the last has come
                probe = await asyncio.to_thread(class_server.probe)
                most = max(most, probe["viewers"])
                assert time.monotonic() < ends, f"they still hold something: {probe}"
            assert all([await asyncio.to_thread(is_cut, stranger) for stranger in silent])
            for stranger in stalled:
                stranger.close()
            shown = len(honest.frames)
            await honest.until(lambda: len(honest.frames) > shown + 10)
            assert honest.refusal is None

    within(story())


def test_who_fetches_and_does_not_read_is_cut(class_server: Server) -> None:
    """Nothing asks these for an answer, as it does those who look at a run: only the bytes that wait tell of them."""
    before = class_server.probe()["files"]
    asked = 4 * b"GET /live/assets/data/mnist_small.npz HTTP/1.1\r\nHost: x\r\n\r\n"  # more than the system buffers
    stalled = [raw(class_server, asked, buffer=4096) for _ in range(8)]
    assert class_server.probe()["files"] >= before + 8
    deadline = time.monotonic() + PATIENCE_SECONDS
    while class_server.probe()["files"] > before + 1:
        assert time.monotonic() < deadline, "they still hold their connections"
    for stranger in stalled:
        stranger.close()


def test_who_does_not_paint_gets_two_frames_and_then_the_newest_while_training_goes_on(class_server: Server) -> None:
    async def story() -> None:
        token = await asyncio.to_thread(class_server.open, "n_samples=60&speed=60")
        async with (
            looking(class_server, token) as fast,
            looking(class_server, await asyncio.to_thread(class_server.open)) as other,
        ):
            await asyncio.gather(*(viewer.until(lambda v=viewer: v.frames) for viewer in (fast, other)))
            fast.paints = False
            await fast.say("play")
            await fast.until(lambda: len(fast.frames) >= 3)  # the first was painted
            await other.say("play")
            await other.until(lambda: other.frames[-1]["epoch"] >= 20)  # a second of this server's time
            assert len(fast.frames) == 3
            fast.paints = True
            await fast.say("ack", frame=fast.frames[-1]["id"])
            await fast.until(lambda: len(fast.frames) > 3)
            assert fast.frames[3]["epoch"] >= fast.frames[2]["epoch"] + 20
            assert fast.refusal is None

    within(story())


def test_a_signal_ends_the_server_soon_with_all_its_viewers(tmp_path: Path) -> None:
    async def story(server: Server, leave: Callable[[], None]) -> None:
        async with looking(server, await asyncio.to_thread(server.open)) as viewer:
            await viewer.say("play")
            await viewer.until(lambda: viewer.frames)
            leave()
            assert await end_of(viewer) == 1012

    def leave() -> None:
        told.append(time.monotonic())
        server.process.terminate()

    told: list[float] = []
    own = {"PLAYGROUND_WORKERS": "1", "PLAYGROUND_RUNS": str(tmp_path / "runs.sqlite3")}
    with serving(environment={**os.environ, **own}) as server:
        wait_until_warm(server)
        children = list(server.probe()["workers"])
        stalled = [stalled_viewer(server), raw(server, HALF_A_BODY)]  # the latter may take a minute
        within(story(server, leave))
        assert server.process.wait(PATIENCE_SECONDS) == 0
        for stranger in stalled:
            stranger.close()
        while any(os.path.exists(f"/proc/{pid}") for pid in children):
            assert time.monotonic() - told[0] < STOP_SECONDS * SLACK, "workers outlive their server"
        assert time.monotonic() - told[0] < STOP_SECONDS * SLACK


# --- what the guards lean on ------------------------------------------------------------------------------------------


def test_the_parts_of_uvicorn_that_are_not_public_are_the_known_ones() -> None:
    """Its version is pinned; who raises it reads the guards again."""
    for kind, names in (
        (H11Protocol, ("connection_made", "data_received", "connection_lost", "pause_writing", "resume_writing")),
        (
            WebSocketsSansIOProtocol,
            (
                "connection_lost",
                "pause_writing",
                "resume_writing",
                "keepalive_timeout",
                "handle_cont",
                "handle_parser_exception",
            ),
        ),
    ):
        assert not [name for name in names if name not in vars(kind)]
    pinned = (ROOT / "requirements.txt").read_text()
    assert f"uvicorn=={uvicorn.__version__}\n" in pinned


def test_the_app_is_served_behind_the_guards() -> None:
    config = guarded("app:app", "127.0.0.1", 8501, Limits(message_kilobytes=64, stop_seconds=7))
    assert (config.ws_max_size, config.timeout_graceful_shutdown) == (65536, 7)
    assert not config.ws_per_message_deflate
    assert not config.access_log
    assert not config.proxy_headers


def test_who_answers_no_ping_is_cut_also_with_a_little_left_to_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """So little that nothing watches it: the farewell would wait behind it for ever."""
    monkeypatch.setattr(guards, "FLUSH_SECONDS", 0.01)

    async def story() -> None:
        loop, cut = asyncio.get_running_loop(), asyncio.Event()
        config = guarded(lambda *_: None, "127.0.0.1", 8501, Limits())
        config.load()
        one: Any = config.ws_protocol_class(config=config, server_state=ServerState(), app_state={}, _loop=loop)
        one.transport = Mock(is_closing=lambda: False, abort=cut.set)  # its close() waits
        one.keepalive_timeout()
        one.transport.close.assert_called_once()
        await cut.wait()

    within(story())
