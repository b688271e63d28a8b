"""A class: one key, one wall, one run for all eyes, one question from many seeds."""

from __future__ import annotations

import asyncio
import json
import os
import resource
from collections.abc import Callable, Coroutine
from typing import Any, get_args

import numpy as np
import pytest

from playground.live import screen, work
from playground.live import wall as walls
from playground.live.board import Bulletin
from playground.live.classroom import Classroom, Experiment
from playground.live.commands import Command, LookAt, Press, Visible, read_command
from playground.live.hub import Hub
from playground.live.line import RoomFullError
from playground.live.run import Run
from playground.live.screen import Follower
from playground.live.teacher import GUESSES_AT_ONCE, TeacherKey, TooManyGuessesError
from playground.live.view import ReadOnlyError
from playground.live.wall import N_CELLS, N_CURVE, Wall
from playground.live.wire import unpack
from playground.live.wish import Wish
from playground.presets import PRESETS
from playground.spec import AttentionSpec, PlaygroundSpec
from playground.training.goals import Goal
from playground.ui.class_desk import SPECS, own_link, seeds_link
from tests.unit.test_hub import Viewer, on_loop, until

SPEC = PlaygroundSpec().change(n_samples=40, hidden_sizes=(3,), learning_rate=0.3)
GOAL = Goal("Will the loss fall?", "test_loss", below=100.0)
KEY = "correct horse"


def in_class(test: Callable[[Hub, Classroom], Coroutine[Any, Any, None]], **limits: int) -> None:
    async def run(hub: Hub) -> None:
        classroom = Classroom(hub, TeacherKey(KEY))
        await test(hub, classroom)
        classroom.stop()

    on_loop(run, **limits)


class Watcher:
    """Someone who only watches, with all that was sent."""

    def __init__(self, hub: Hub, token: str, *, paints: bool = True) -> None:
        self.messages: list[dict[str, Any]] = []
        self.view, self.paints = hub.audience.view(token), paints
        self.task = asyncio.ensure_future(hub.audience.serve(token, self.take, deflate=True))

    async def take(self, message: bytes) -> None:
        self.messages.append(unpack(message))
        if self.paints and "id" in self.messages[-1]:
            assert self.view
            assert self.view.acknowledge(self.messages[-1]["id"])

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [message for message in self.messages if message["type"] == kind]

    async def leave(self) -> None:
        self.task.cancel()
        await asyncio.gather(self.task, return_exceptions=True)


async def trained(hub: Hub, wish: Wish, n_epochs: int = 1) -> Viewer:
    """A viewer whose run stands at this epoch."""
    viewer = Viewer(hub, hub.open(wish))
    for epoch in range(n_epochs):
        hub.seat(viewer.token).command(Press(type="step"))  # type: ignore[union-attr]
        await until(lambda epoch=epoch: viewer.frames and viewer.frames[-1]["epoch"] == epoch + 1)  # type: ignore[misc]
    await until(lambda: viewer.frames)
    return viewer


# --- the key ----------------------------------------------------------------------------------------------------------


def test_only_the_key_fits_and_it_stands_nowhere() -> None:
    key = TeacherKey(KEY)
    assert key.fits(KEY, 0.0)
    assert not any(key.fits(said, 0.0) for said in ("", KEY[:-1], KEY + " ", KEY.upper(), "\ud800", "x" * 10**6))
    assert KEY not in repr(vars(key))


def test_guesses_are_bounded_and_come_back_with_time() -> None:
    key = TeacherKey(KEY)
    for _ in range(GUESSES_AT_ONCE):
        assert not key.fits("guess", 0.0)
    with pytest.raises(TooManyGuessesError):
        key.fits(KEY, 0.0)  # the right one too: else the bound would tell
    assert key.fits(KEY, 10.0)


def test_without_a_key_nobody_is_the_teacher_and_a_short_one_stops_the_start() -> None:
    assert not TeacherKey("").is_set
    assert not TeacherKey("").fits("", 0.0)
    for short in ("1234", "x" * 201):
        with pytest.raises(ValueError, match="PLAYGROUND_TEACHER_KEY must have 12 to 200 characters; got") as error:
            TeacherKey(short)
        assert short not in str(error.value)


# --- links ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "link", ["http://192.168.1.5:8501/playground?dataset=xor", "/playground?dataset=xor", " /playground/?dataset=xor "]
)
def test_a_link_keeps_only_its_path_and_query(link: str) -> None:
    assert own_link(link) == "/playground?dataset=xor"


@pytest.mark.parametrize(
    "link",
    ["", "http://evil.example", "http://evil.example/login", "//evil.example", "javascript:alert(1)", "/class", "/\\evil.example",
     "data:text/html,x", "/playground/../x", "http://[", "/live/socket"],
)  # fmt: skip
def test_a_link_that_leads_elsewhere_is_refused(link: str) -> None:
    with pytest.raises(ValueError):
        own_link(link)


@pytest.mark.parametrize(
    "link", ["//evil.example", "javascript:alert(1)", "/\\evil.example", "/a\nb", "/" + "x" * 5000]
)
def test_a_bulletin_takes_no_foreign_link_either(link: str) -> None:
    with pytest.raises(ValueError):
        Bulletin("Come", link)


def test_every_question_makes_a_link_with_the_seed_of_the_seat() -> None:
    for page in SPECS.keys() & PRESETS.keys():
        for preset in PRESETS[page]:
            link, spec = seeds_link(page, preset, 50)
            path, query = Bulletin("", link, True).link_of(7).split("?")
            assert path == f"/{page}"
            fields = dict(part.split("=", 1) for part in query.split("&"))
            assert fields.pop("preset") == preset.key
            found, problems = SPECS[page].from_query({name: text.replace("%2C", ",") for name, text in fields.items()})
            assert not problems
            assert found == spec.change(seed=7)


# --- one run for all eyes ---------------------------------------------------------------------------------------------


def test_followers_see_the_run_as_it_is_and_cost_one_picture_together() -> None:
    async def test(hub: Hub, classroom: Classroom) -> None:
        owner = await trained(hub, Wish(SPEC), 3)
        seat = hub.seat(owner.token)
        assert seat
        assert classroom.show(1)
        assert not classroom.show(99)  # and the first is still shown
        watchers = [Watcher(hub, classroom.follow()) for _ in range(5)]
        await until(lambda: all(watcher.of("frame") for watcher in watchers))
        n_jobs = hub.engine.n_jobs  # type: ignore[attr-defined]
        seat.command(Press(type="step"))
        await until(lambda: all(watcher.of("frame")[-1]["epoch"] == 4 for watcher in watchers))
        assert hub.engine.n_jobs - n_jobs <= 3  # type: ignore[attr-defined]  # train; a picture for the owner, one for all others
        alone = work.advance(Run(SPEC), work.start(Run(SPEC)), seat.shown.step, heed_stops=False)  # type: ignore[union-attr]
        for watcher in watchers:
            assert [scene["run"] for scene in watcher.of("scene")] == [1]
            assert np.array_equal(watcher.of("frame")[-1]["params"], alone.arrays["params"])
            rows: dict[int, Any] = {}
            for frame in watcher.of("frame"):
                rows |= {frame["history_from"] + k: row.tolist() for k, row in enumerate(frame["history"])}
            assert [rows[k] for k in sorted(rows)] == alone.history.rows.tolist()
        for viewer in (*watchers, owner):
            await viewer.leave()
        assert classroom.screen._task is None
        assert len(hub.audience) == 0

    in_class(test)


def test_the_shown_run_goes_on_while_its_own_page_is_hidden() -> None:
    async def test(hub: Hub, classroom: Classroom) -> None:
        owner = await trained(hub, Wish(SPEC))
        seat = hub.seat(owner.token)
        assert seat
        classroom.show(1)
        watcher = Watcher(hub, classroom.follow())
        await until(lambda: watcher.of("frame"))
        seat.command(Visible(type="visible", visible=False))
        seat.command(Press(type="play"))
        await until(lambda: watcher.of("frame")[-1]["epoch"] >= 3)
        await watcher.leave()
        await until(lambda: not seat.watched)
        await asyncio.sleep(0.05)
        step = seat.shown.step  # type: ignore[union-attr]
        await asyncio.sleep(0.05)
        assert seat.shown.step == step  # type: ignore[union-attr]  # nobody sees it: it costs nothing
        await owner.leave()

    in_class(test)


def test_who_does_not_paint_gets_two_frames_and_then_the_newest() -> None:
    async def test(hub: Hub, classroom: Classroom) -> None:
        owner = await trained(hub, Wish(SPEC))
        classroom.show(1)
        slow, quick = Watcher(hub, classroom.follow(), paints=False), Watcher(hub, classroom.follow())
        hub.seat(owner.token).command(Press(type="play"))  # type: ignore[union-attr]
        await until(lambda: len(quick.of("frame")) >= 5)
        assert len(slow.of("frame")) == 2
        assert slow.view
        assert not slow.view.acknowledge(10**9)
        assert slow.view.acknowledge(slow.of("frame")[-1]["id"])
        await until(lambda: len(slow.of("frame")) == 3)
        first = slow.of("frame")[1]
        assert slow.of("frame")[2]["history_from"] <= first["history_from"] + len(first["history"])
        for viewer in (slow, quick, owner):
            await viewer.leave()

    in_class(test)


def test_another_run_brings_its_own_scene() -> None:
    async def test(hub: Hub, classroom: Classroom) -> None:
        first, second = await trained(hub, Wish(SPEC)), await trained(hub, Wish(SPEC.change(seed=4)), 2)
        classroom.show(1)
        watcher = Watcher(hub, classroom.follow())
        await until(lambda: watcher.of("frame"))
        classroom.show(2)
        await until(lambda: watcher.of("frame")[-1]["run"] == 2)
        assert [message["seat"] for message in watcher.of("shown")] == [1, 2]
        assert watcher.of("frame")[-1]["epoch"] == 2
        hub.wish(second.token, Wish(SPEC.change(seed=5)))
        await until(lambda: watcher.of("frame")[-1]["run"] == 3)
        assert classroom.show(None)
        assert classroom.shown is None  # at once, for the script that comes next
        await until(lambda: watcher.of("shown")[-1]["seat"] == 0)  # the page says it
        assert not any(hub.seat(viewer.token).watched for viewer in (first, second))  # type: ignore[union-attr]
        for viewer in (watcher, first, second):
            await viewer.leave()

    in_class(test)


def test_all_are_told_when_the_owner_of_the_shown_run_leaves_and_when_it_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(screen, "AWAY_SECONDS", 0.0)

    async def test(hub: Hub, classroom: Classroom) -> None:
        owner = await trained(hub, Wish(SPEC))
        classroom.show(1)
        watcher = Watcher(hub, classroom.follow())
        await until(lambda: watcher.of("frame"))
        for back in (owner.token, hub.open(Wish(SPEC))):  # the same run; and one that had left the memory
            await owner.leave()
            await until(lambda: watcher.of("shown")[-1] == {"type": "shown", "seat": 1, "left": True})
            assert classroom.describe() | {"shown": 1, "left": True, "viewers": 0} == classroom.describe()
            if back != owner.token:
                hub._free(owner.token)
                assert await hub.admit(back, beside=owner.token)
            owner = Viewer(hub, back)
            await until(lambda: watcher.of("shown")[-1] == {"type": "shown", "seat": 1, "left": False})
            assert not classroom.describe()["left"]
            await until(lambda owner=owner: owner.frames)  # type: ignore[misc]
            epoch = owner.frames[-1]["epoch"]
            hub.seat(back).command(Press(type="step"))  # type: ignore[union-attr]
            await until(lambda epoch=epoch: watcher.of("frame")[-1]["epoch"] == epoch + 1)  # type: ignore[misc]
        for viewer in (watcher, owner):
            await viewer.leave()

    in_class(test)


def test_an_owner_who_opens_another_page_has_left_the_run_that_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "AWAY_SECONDS", 0.0)

    async def test(hub: Hub, classroom: Classroom) -> None:
        owner = await trained(hub, Wish(SPEC, page="playground"))
        shown = hub.seat(owner.token)
        classroom.show(1)
        await owner.leave()
        elsewhere = Viewer(hub, hub.open(Wish(SPEC, page="trees"), beside=owner.token))
        await until(lambda: elsewhere.frames)
        assert [seat.number for seat in hub.looked_at()] == [1]
        assert classroom.describe()["left"]
        assert classroom.shown is shown
        await elsewhere.leave()

    in_class(test)


def test_a_run_that_cannot_be_drawn_ends_its_own_showing_only(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(hub: Hub, classroom: Classroom) -> None:
        first, second = await trained(hub, Wish(SPEC)), await trained(hub, Wish(SPEC), 2)
        classroom.show(1)
        with monkeypatch.context() as faulty:
            faulty.setattr(work, "observe", lambda *_: 1 / 0)
            watcher = Watcher(hub, classroom.follow())
            await until(lambda: [message["seat"] for message in watcher.of("shown")] == [1, 0])
        classroom.show(2)
        await until(lambda: watcher.of("frame") and watcher.of("frame")[-1]["epoch"] == 2)
        for viewer in (watcher, first, second):
            await viewer.leave()
        assert classroom.screen._task is None

    in_class(test)


def test_the_wall_looks_at_as_many_runs_as_there_is_time_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "GLANCE_SECONDS", 0.0)

    async def test(hub: Hub, classroom: Classroom) -> None:
        viewers = [await trained(hub, Wish(SPEC.change(seed=seed))) for seed in range(3)]
        wall = Wall(hub, classroom)
        seen = [[bool(seat["map_kind"]) for seat in (await wall.draw())["seats"]] for _ in viewers]
        assert seen == [[True, False, False], [True, True, False], [True] * 3]
        for viewer in viewers:
            await viewer.leave()

    in_class(test)


WATCHING = {"hello", "look", "visible", "ack"}  # what says nothing to the run
FIELDS = {
    "seek": {"epoch": 0}, "edit": {"layer": 0, "unit": 0, "input": 0, "value": 9.0},
    "edit_kernel": {"layer": 0, "unit": 0, "map": 0, "values": [9.0]}, "study": {"name": "luck"},
}  # fmt: skip
NAMES = [
    name
    for kind in get_args(Command)
    for name in get_args(kind.model_fields["type"].annotation)
    if name not in WATCHING
]
COMMANDS = [read_command(json.dumps({"type": name, **FIELDS.get(name, {})})) for name in NAMES]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: json.dumps(command.model_dump())[:40])
def test_who_watches_commands_nothing(command: Any) -> None:
    hub = Hub()
    classroom = Classroom(hub, TeacherKey(KEY))
    for view in (Follower(classroom.screen, hub.board), Wall(hub, classroom)):
        with pytest.raises(ReadOnlyError):
            view.command(command)
        view.command(LookAt(type="look", unit=(1, 0)))
        view.command(Visible(type="visible", visible=False))


def test_too_many_who_watch_are_turned_away_and_tokens_are_forgotten() -> None:
    async def test(hub: Hub, classroom: Classroom) -> None:
        tokens = [classroom.follow() for _ in range(3)]
        watchers = [Watcher(hub, token) for token in tokens]
        with pytest.raises(RoomFullError):
            await watchers[2].task
        again = Watcher(hub, tokens[0])  # a second tab with the same token takes its place
        await asyncio.gather(watchers[0].task, return_exceptions=True)
        assert watchers[0].task.cancelled()
        await again.leave()
        hub.audience._forget(tokens[0])  # what the timer does
        hub.audience._forget(tokens[1])
        assert hub.audience.view(tokens[0]) is None
        assert hub.audience.view(tokens[1])  # somebody looks
        await watchers[1].leave()
        for _ in range(100):
            classroom.follow()
        assert len(hub.audience._views) <= 3

    in_class(test, followers=2)


def test_a_follower_who_comes_back_before_the_old_socket_is_gone_sees_on() -> None:
    async def test(hub: Hub, classroom: Classroom) -> None:
        owner = await trained(hub, Wish(SPEC), 1)
        classroom.show(1)
        old = Watcher(hub, token := classroom.follow())
        await until(lambda: old.of("frame"))
        back = Watcher(hub, token)
        await until(lambda: back.of("frame"))
        hub.seat(owner.token).command(Press(type="step"))  # type: ignore[union-attr]
        await until(lambda: back.of("frame")[-1]["epoch"] == 2)
        assert old.task.cancelled()
        await back.leave()
        await owner.leave()

    in_class(test)


def test_the_teacher_sees_the_wall_however_many_watch() -> None:
    async def test(hub: Hub, classroom: Classroom) -> None:
        follower = Watcher(hub, classroom.follow())
        wall = Watcher(hub, hub.audience.open(Wall(hub, classroom)))
        await until(lambda: wall.of("wall"))
        assert len(hub.audience) == 1
        await wall.leave()
        await follower.leave()

    in_class(test, followers=1)


# --- the wall ---------------------------------------------------------------------------------------------------------


def test_the_wall_shows_every_run_and_nobody() -> None:
    async def test(hub: Hub, classroom: Classroom) -> None:
        plane = await trained(hub, Wish(SPEC, GOAL, page="playground"), 3)
        blobs = await trained(hub, Wish(SPEC.change(dataset="blobs"), page="playground"))
        plain = await trained(hub, Wish(AttentionSpec(), page="attention"))
        left = await trained(hub, Wish(SPEC))
        await left.leave()
        wall = Watcher(hub, hub.audience.open(Wall(hub, classroom)))
        await until(lambda: wall.of("wall"))
        shown = wall.of("wall")[0]
        assert [(seat["number"], seat["page"], seat["epoch"], seat["map_kind"]) for seat in shown["seats"]] == [
            (1, "playground", 3, "probability"), (2, "playground", 1, "class"), (3, "attention", 1, "attention"),
        ]  # fmt: skip
        assert shown["class"] == {
            "viewers": 3,
            "playing": 0,
            "waiting": 0,
            "followers": 0,
            "left": False,
            "shown": None,
        }
        assert shown["seats"][0]["passed"] == [{"question": GOAL.question, "epoch": 0}]
        assert "learning rate 0.3" in shown["seats"][0]["what"]
        seat = hub.seat(plane.token)
        assert seat
        history = seat.shown.history  # type: ignore[union-attr]
        assert shown["seats"][0]["test_loss"] == history.last("test_loss")
        assert shown["curves"].shape == (3, 2, N_CURVE)
        assert shown["curves"][0, 1, -1] == np.float32(history.last("test_loss"))
        assert np.array_equal(shown["maps"][0], plane.frames[-1]["map"][1::2, 1::2])
        assert np.array_equal(shown["map_classes"][1], blobs.frames[-1]["map_class"][1::2, 1::2])
        assert shown["maps"].shape == (3, N_CELLS, N_CELLS)
        assert not any(token in repr(shown) for token in (plane.token, blobs.token, plain.token))
        for viewer in (wall, plane, blobs, plain):
            await viewer.leave()

    in_class(test)


def test_an_empty_class_has_a_wall_too() -> None:
    async def test(hub: Hub, classroom: Classroom) -> None:
        shown = await Wall(hub, classroom).draw()
        assert shown["seats"] == []
        assert shown["spread"] is None
        machine = shown["machine"]
        assert machine["cores"] == os.cpu_count()
        assert machine["load"] == pytest.approx(os.getloadavg()[0], abs=5)
        own = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000  # MB, the most so far
        assert 0.1 * own < machine["megabytes"] <= 1.1 * own

    in_class(test)


def test_a_question_answered_once_stays_answered() -> None:
    async def test(hub: Hub, classroom: Classroom) -> None:
        viewer = await trained(hub, Wish(SPEC, GOAL))
        hub.wish(viewer.token, Wish(SPEC.change(seed=3), Goal("And now?", "test_loss", below=-1.0)))
        seat = hub.seat(viewer.token)
        assert seat
        await until(lambda: seat.passed)
        seat.note_passed()
        assert seat.passed == {GOAL.question: 0}
        await viewer.leave()

    in_class(test)


def test_pause_all_pauses_who_plays_and_everybody_is_told_the_line() -> None:
    async def test(hub: Hub, classroom: Classroom) -> None:
        viewers = [await trained(hub, Wish(SPEC)) for _ in range(2)]
        hub.seat(viewers[0].token).command(Press(type="play"))  # type: ignore[union-attr]
        await until(lambda: viewers[0].frames[-1]["status"] == "playing")
        classroom.pause_all()
        await until(lambda: viewers[0].frames[-1]["status"] == "paused")
        assert [message["paused"] for message in viewers[0].messages if message["type"] == "board"] == [False, True]
        classroom.tell(Bulletin("All together", "/playground?preset=xor", True))
        for number, viewer in enumerate(viewers, start=1):
            await until(lambda v=viewer: [m for m in v.messages if m["type"] == "board" and m["text"]])  # type: ignore[misc]
            boards = [message for message in viewer.messages if message["type"] == "board"]
            assert {board["number"] for board in boards} == {number}
            assert not boards[-1]["paused"]
            assert boards[-1]["link"] == f"/playground?preset=xor&seed={number}"
        late = await trained(hub, Wish(SPEC))
        assert [message["link"] for message in late.messages if message["type"] == "board"] == [
            "/playground?preset=xor&seed=3"
        ]
        for viewer in (*viewers, late):
            await viewer.leave()

    in_class(test)


def test_an_experiment_counts_who_runs_it_with_the_own_seed() -> None:
    async def test(hub: Hub, classroom: Classroom) -> None:
        classroom.experiment = Experiment("Circle", "playground", SPEC)
        viewers = [await trained(hub, Wish(SPEC.change(seed=seed), GOAL, page="playground")) for seed in (1, 2, 1)]
        viewers.append(await trained(hub, Wish(SPEC.change(seed=4, hidden_sizes=(4,)), GOAL, page="playground")))
        seats = hub.looked_at()
        losses = [seat.course.head.history.last("test_loss") for seat in seats]  # type: ignore[union-attr]
        spread = classroom.spread(seats)
        assert spread
        assert spread["seats"] == [0, 1]
        assert (spread["finished"], spread["passed"]) == (0, 2)
        assert (spread["least"], spread["most"]) == (min(losses[:2]), max(losses[:2]))
        assert spread["median"] == pytest.approx(sum(losses[:2]) / 2)
        for viewer in viewers:
            await viewer.leave()

    in_class(test)
