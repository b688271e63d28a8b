"""Runs that outlive the server: written without code, read with suspicion, found by whoever had the token."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import sqlite3
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from playground.learners.learner import Edit
from playground.learners.registry import LEARNERS
from playground.live import archive as archives
from playground.live import document, work
from playground.live import keeper as keepers
from playground.live.archive import Archive, archive_path
from playground.live.commands import Press, Seek, Visible
from playground.live.course import Kept
from playground.live.hub import Hub
from playground.live.keeper import Keeper
from playground.live.limits import Limits
from playground.live.run import Run
from playground.live.wish import Wish
from playground.spec import KINDS, PlaygroundSpec, Spec
from playground.training.goals import Goal
from tests.unit.test_hub import InProcess, Viewer, on_loop, until
from tests.unit.test_live_run import same

SPEC = PlaygroundSpec().change(n_samples=40, hidden_sizes=(3,), learning_rate=0.1)
PAST = 7  # a step in the middle of an epoch
WISH = Wish(SPEC, Goal("Will it?", "test_loss", below=0.05, prediction="yes"), 0)
RUN = (
    Run(SPEC)
    .change(2, SPEC.change(learning_rate=0.3).settings)
    .change(4, Edit(0, 1, 0, 2.5))
    .change(6, Edit(0, 1, None, 0.1))
)


def kept_run(wish: Wish = WISH, run: Run = RUN, n_steps: int = 9) -> Kept:
    head = work.advance(run, work.start(run), n_steps, heed_stops=False)
    return Kept(wish, run, head, None, True, "", 1.5, 3, 2, (), {"Soon?": 4})


def make_archive(folder: Path, minutes: int = 30, megabytes: int = 400) -> Archive:
    return Archive(folder / "runs.sqlite3", minutes=minutes, megabytes=megabytes)


def equal(one: Kept, other: Kept | None) -> bool:
    return other is not None and same(one.head, other.head) and replace(one, head=other.head) == other


# --- the document -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS.values(), ids=lambda kind: kind.__name__)
def test_a_run_of_every_kind_is_read_as_it_was_written_and_goes_on_bit_for_bit(kind: type[Spec]) -> None:
    spec = kind.from_values({})
    kept = kept_run(Wish(spec), Run(spec).change(1, spec.settings), 3)
    back = document.read(*document.write(kept))
    assert equal(kept, back)
    for name, array in kept.head.arrays.items():
        assert (array.dtype, array.shape) == (back.head.arrays[name].dtype, back.head.arrays[name].shape), name
    on, back_on = (work.advance(one.run, one.head, 2, heed_stops=False) for one in (kept, back))
    assert same(on, back_on)


def test_every_learner_has_a_kind_of_spec_that_can_be_read() -> None:
    assert {kind.learner for kind in KINDS.values()} == set(LEARNERS)


def test_goal_changes_and_edits_come_back() -> None:
    assert equal(kept_run(), document.read(*document.write(kept_run())))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"PlaygroundSpec"', b'"os"'),
        (b'"n_samples":40', b'"n_samples":4000000'),
        (b'"learning_rate":0.3', b'"learning_rate":-1'),
        (b'"step":9', b'"step":"many"'),
        (b'"columns":["epoch"', b'"columns":["epoch","more"'),
        (b'"past_step"', b'"future_step"'),
    ],
)
def test_a_document_that_breaks_a_rule_is_refused(old: bytes, new: bytes) -> None:
    text, arrays = document.write(kept_run())
    assert old in text
    with pytest.raises(ValueError):
        document.read(text.replace(old, new), arrays)


def test_arrays_that_are_no_safetensors_are_refused() -> None:
    text, arrays = document.write(kept_run())
    for broken in (b"", arrays[:-1], b"\x80\x04" + arrays):
        with pytest.raises(ValueError, match="safetensors"):
            document.read(text, broken)


# --- the archive ------------------------------------------------------------------------------------------------------


def test_only_the_token_finds_the_run_and_stands_nowhere_on_disk(tmp_path: Path) -> None:
    archive, kept = make_archive(tmp_path), kept_run()
    assert archive.save({"secret-token": kept}) == ["secret-token"]
    assert equal(kept, make_archive(tmp_path).recall("secret-token"))
    assert archive.recall("secret-tokeN") is archive.recall("") is None
    archive.close()
    for path in tmp_path.iterdir():
        assert b"secret-token" not in path.read_bytes()
        assert path.stat().st_mode & 0o077 == 0


def test_a_flipped_byte_is_noticed_and_told_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    archive = make_archive(tmp_path)
    archive.save({"a": kept_run(), "b": kept_run()})
    with sqlite3.connect(tmp_path / "runs.sqlite3") as other:
        for column, key in (("text", "a"), ("arrays", "b")):
            digest = hashlib.sha256(key.encode()).digest()
            (data,) = other.execute(f"SELECT {column} FROM runs WHERE key = ?", (digest,)).fetchone()
            data = data[:-5] + bytes([data[-5] ^ 1]) + data[-4:]
            other.execute(f"UPDATE runs SET {column} = ? WHERE key = ?", (data, digest))
    other.close()
    with caplog.at_level(logging.WARNING):
        assert archive.recall("a") is archive.recall("b") is None
    assert len(caplog.records) == 1
    archive.close()


def test_a_run_of_another_version_begins_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = make_archive(tmp_path)
    archive.save({"a": kept_run()})
    monkeypatch.setattr(archives, "_version", lambda: b"later")
    assert archive.recall("a") is None
    archive.close()


@pytest.mark.parametrize("damage", [b"no database at all" * 100, b""])
def test_a_broken_file_is_replaced_with_one_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, damage: bytes
) -> None:
    (tmp_path / "runs.sqlite3").write_bytes(damage)
    (tmp_path / "runs.sqlite3-of-monday").write_bytes(b"a copy")
    archive = make_archive(tmp_path)
    with caplog.at_level(logging.WARNING):
        archive.recall("a")
        archive.save({"a": kept_run()})
    assert equal(kept_run(), archive.recall("a"))
    assert len(caplog.records) == bool(damage)
    assert (tmp_path / "runs.sqlite3-of-monday").exists()
    if damage:
        assert (tmp_path / "runs.sqlite3.aside").read_bytes() == damage  # it may be anybody's
    archive.close()


def test_a_folder_that_cannot_be_written_costs_one_warning_and_nothing_else(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    archive = make_archive(tmp_path / "file" / "folder")
    with caplog.at_level(logging.WARNING):
        assert archive.save({"a": kept_run()}) == archive.save({"a": kept_run()}) == []
        assert archive.recall("a") is None
        archive.tidy()
    assert len(caplog.records) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="has no limit on the size of files")
def test_a_full_disk_costs_one_warning_and_what_was_written_stays(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    import resource  # POSIX only

    archive, large = make_archive(tmp_path), kept_run()
    large = replace(large, head=replace(large.head, arrays={"params": np.zeros(100_000, np.float32)}))  # 0.4 MB
    assert archive.save({"a": kept_run()}) == ["a"]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, hard))
    try:
        with caplog.at_level(logging.WARNING):
            assert archive.save({"b": large}) == archive.save({"b": large}) == []
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert len(caplog.records) == 1
    assert equal(kept_run(), archive.recall("a"))
    assert archive.save({"b": large}) == ["b"]  # there is room again


def test_what_is_kept_is_bounded_in_minutes_and_megabytes_the_seen_ones_last(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1e9
    monkeypatch.setattr(archives.time, "time", lambda: now)
    archive, large = make_archive(tmp_path, megabytes=1), kept_run()
    large = replace(large, head=replace(large.head, arrays={"params": np.zeros(100_000, np.float32)}))  # 0.4 MB
    for token in "abc":
        archive.save({token: large})
        now += 60
    archive.touch(["a"])
    archive.tidy()
    assert [archive.recall(token) is not None for token in "abc"] == [True, False, True]
    now += 29 * 60
    archive.touch(["c"])
    now += 61
    archive.tidy()
    assert [archive.recall(token) is not None for token in "abc"] == [False, False, True]
    monkeypatch.setattr(archives, "MAX_ROW_BYTES", 1000)
    assert archive.save({"d": large}) == []
    archive.close()


def test_where_runs_are_kept(tmp_path: Path) -> None:
    assert archive_path("off") is None
    assert archive_path(str(tmp_path)) == tmp_path
    assert archive_path("") == archives.ROOT / ".runs" / "runs.sqlite3"


# --- the hub ----------------------------------------------------------------------------------------------------------


def restart(tmp_path: Path, *parts: object) -> None:
    """Run each part with a new hub on the same archive, as a server that was started anew."""

    async def run() -> None:
        for part in parts:
            hub = Hub(Limits(), make_archive(tmp_path))
            hub._engine = InProcess()  # type: ignore[assignment]
            hub.start(asyncio.get_running_loop())
            await asyncio.wait_for(part(hub), 20)  # type: ignore[operator]
            hub.stop()

    asyncio.run(run())


def test_a_run_goes_on_after_a_restart_and_no_number_differs(tmp_path: Path) -> None:
    token, seen = "", 0

    async def first(hub: Hub) -> None:
        nonlocal token, seen
        token = hub.open(WISH)
        viewer = Viewer(hub, token)
        hub.seat(token).command(Press(type="play"))  # type: ignore[union-attr]
        await until(lambda: viewer.frames and viewer.frames[-1]["epoch"] >= 5)
        await viewer.leave()
        seen = hub.seat(token).shown.step  # type: ignore[union-attr]

    async def second(hub: Hub) -> None:
        assert not await hub.admit("another")
        assert await hub.admit(token)
        viewer = Viewer(hub, token)
        await until(lambda: viewer.frames and viewer.frames[-1]["epoch"] >= 12)
        assert viewer.frames[0]["status"] == "playing"
        assert viewer.frames[0]["step"] >= seen
        seat = hub.seat(token)
        assert seat is not None
        seat.command(Press(type="pause"))
        await until(lambda: viewer.frames[-1]["status"] == "paused")
        assert seat.shown is not None
        alone = Run(SPEC)
        assert same(seat.shown, work.advance(alone, work.start(alone), seat.shown.step, heed_stops=False))
        seat.command(Seek(type="seek", step=PAST))  # the past is there too, in the middle of an epoch
        await until(lambda: viewer.frames[-1]["step"] == PAST)
        assert same(seat.shown, work.advance(alone, work.start(alone), PAST, heed_stops=False))
        assert seat.shown.batch
        await viewer.leave()

    async def third(hub: Hub) -> None:
        assert await hub.admit(token)
        viewer = Viewer(hub, token)
        await until(lambda: viewer.frames and viewer.frames[-1]["step"] == PAST)
        assert viewer.frames[-1]["scrubbed"]
        await viewer.leave()

    restart(tmp_path, first, second, third)


def test_a_reload_takes_its_run_along_and_another_choice_begins_anew(tmp_path: Path) -> None:
    async def test(hub: Hub) -> None:
        old = hub.open(WISH)
        viewer = Viewer(hub, old)
        hub.seat(old).command(Press(type="step"))  # type: ignore[union-attr]
        await until(lambda: viewer.frames and viewer.frames[-1]["epoch"] == 1)
        hub.seat(old).command(Visible(type="visible", visible=False))  # type: ignore[union-attr]  # a page says so at its end
        await viewer.leave()
        hub.leave(old)  # the visit has ended
        other, new = hub.open(Wish(SPEC.change(seed=5))), hub.open(Wish(SPEC.change(learning_rate=1.0)))
        assert await hub.admit(other, old)
        assert hub.seat(old)
        assert hub.seat(other).kept() is None  # type: ignore[union-attr]
        assert await hub.admit(new, old)
        assert hub.seat(old) is None
        assert make_archive(tmp_path).recall(new)  # a kill right now would lose nothing
        back = Viewer(hub, new)
        await until(lambda: back.frames and back.frames[-1]["epoch"] == 1)
        seat = hub.seat(new)
        assert seat is not None
        assert seat.course.run.spec_at(99).settings.learning_rate == 1.0
        assert seat.number == 1
        assert await hub.admit(new, old)  # said again: nothing changes
        assert hub.seat(new) is seat
        await back.leave()

    restart(tmp_path, test)


def test_a_run_that_was_begun_anew_does_not_come_back(tmp_path: Path) -> None:
    token = ""

    async def first(hub: Hub) -> None:
        nonlocal token
        token = hub.open(WISH)
        viewer = Viewer(hub, token)
        hub.seat(token).command(Press(type="step"))  # type: ignore[union-attr]
        await until(lambda: viewer.frames and viewer.frames[-1]["epoch"] == 1)
        assert hub._keeper
        await hub._keeper.save()
        hub.wish(token, Wish(SPEC.change(seed=5)))
        await until(lambda: viewer.frames[-1]["epoch"] == 0)
        await hub._keeper.save()
        await viewer.leave()

    async def second(hub: Hub) -> None:
        assert not await hub.admit(token)

    restart(tmp_path, first, second)


def test_a_hidden_tab_costs_nothing_and_goes_on_where_it_was(tmp_path: Path) -> None:
    async def test(hub: Hub) -> None:
        token = hub.open(WISH)
        viewer, seat = Viewer(hub, token), hub.seat(token)
        assert seat is not None
        seat.command(Press(type="play"))
        await until(lambda: viewer.frames and viewer.frames[-1]["epoch"] >= 2)
        seat.command(Visible(type="visible", visible=False))
        await until(lambda: not seat._visible)
        step = seat.shown.step  # type: ignore[union-attr]
        other = hub.open(WISH)
        beside = Viewer(hub, other)
        hub.seat(other).command(Press(type="play"))  # type: ignore[union-attr]
        await until(lambda: beside.frames and beside.frames[-1]["epoch"] >= 5)  # so long somebody else could play
        await beside.leave()
        assert seat.shown.step == step  # type: ignore[union-attr]
        n_frames = len(viewer.frames)
        seat.command(Visible(type="visible", visible=True))
        await until(lambda: len(viewer.frames) > n_frames)
        assert viewer.frames[n_frames]["status"] == "playing"
        assert step < viewer.frames[n_frames]["step"] <= step + 10  # nothing was due for the time that it was hidden
        await viewer.leave()

    restart(tmp_path, test)


def test_a_copied_tab_gets_a_run_of_its_own(tmp_path: Path) -> None:
    async def test(hub: Hub) -> None:
        old = hub.open(WISH)
        viewer = Viewer(hub, old)
        hub.seat(old).command(Press(type="step"))  # type: ignore[union-attr]
        await until(lambda: viewer.frames and viewer.frames[-1]["epoch"] == 1)
        new = hub.open(WISH)
        assert await hub.admit(new, old)
        copy = Viewer(hub, new)
        hub.seat(new).command(Press(type="step"))  # type: ignore[union-attr]
        await until(lambda: copy.frames and copy.frames[-1]["epoch"] == 2)
        assert viewer.frames[-1]["epoch"] == 1
        assert not viewer.task.done()
        assert (hub.seat(old).number, hub.seat(new).number) == (1, 2)  # type: ignore[union-attr]
        await viewer.leave()
        await copy.leave()

    restart(tmp_path, test)


def test_a_lost_connection_keeps_what_was_trained_and_frees_what_was_not(tmp_path: Path) -> None:
    async def test(hub: Hub) -> None:
        trained, fresh = hub.open(WISH), hub.open(WISH)
        viewer, other = Viewer(hub, trained), Viewer(hub, fresh)
        hub.seat(trained).command(Press(type="step"))  # type: ignore[union-attr]
        await until(lambda: other.frames and viewer.frames and viewer.frames[-1]["epoch"] == 1)
        for token, who in ((trained, viewer), (fresh, other)):
            hub.leave(token)
            await until(lambda token=token: hub.seat(token).orphan)  # type: ignore[union-attr,misc]
            await who.leave()
        assert hub.seat(trained)
        assert hub.seat(fresh) is None
        assert hub._keeper
        await hub._keeper.save()
        number = hub.seat(trained).number  # type: ignore[union-attr]
        hub._cool(trained)  # what the timer does
        assert hub.n_seats == 0
        hub.open(WISH)  # somebody else comes
        assert await hub.admit(trained)  # from disk
        assert hub.seat(trained).number == number  # type: ignore[union-attr]
        assert hub.seat(trained).shown.epoch == 1  # type: ignore[union-attr]

    restart(tmp_path, test)


def test_a_run_that_is_looked_at_for_long_stays_on_disk(tmp_path: Path) -> None:
    """It may stand still for an hour: then nothing is written, and a killed server must bring it back all the same."""
    archive = make_archive(tmp_path)
    assert archive.save({"still": kept_run(), "gone": kept_run()})
    with sqlite3.connect(tmp_path / "runs.sqlite3") as other:
        other.execute("UPDATE runs SET saved = saved - 3600")
    other.close()
    asyncio.run(Keeper(archive, {"still": None})._tidy())  # type: ignore[dict-item]
    assert archive.recall("still")
    assert archive.recall("gone") is None
    archive.close()


def test_a_run_that_the_disk_does_not_take_stays_in_memory(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    async def test(hub: Hub) -> None:
        token = hub.open(WISH)
        viewer = Viewer(hub, token)
        hub.seat(token).command(Press(type="step"))  # type: ignore[union-attr]
        await until(lambda: viewer.frames and viewer.frames[-1]["epoch"] == 1)
        await viewer.leave()
        assert hub._keeper
        await hub._keeper.save()
        hub._cool(token)
        assert hub.seat(token)

    restart(tmp_path / "file" / "folder", test)


def test_runs_that_are_too_much_for_one_saving_are_written_in_turns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All of them change all the time: whoever was written last waits for the others."""

    class Plays:
        def kept(self) -> Kept:
            return kept_run()  # another state each time

    archive = make_archive(tmp_path)
    keeper = Keeper(archive, {name: Plays() for name in "abc"})  # type: ignore[misc]
    monkeypatch.setattr(keepers, "MAX_BYTES", 1)
    assert [list(keeper._due("")) for _ in range(6)] == [["a"], ["b"], ["c"]] * 2
    assert [list(keeper._due("c")), list(keeper._due(""))] == [["c"], ["a"]]
    for _ in range(3):
        asyncio.run(keeper.save())
    assert all(archive.recall(token) for token in "abc")
    archive.close()


def test_what_left_the_disk_behind_its_back_stays_in_memory_and_is_written_again(tmp_path: Path) -> None:
    async def test(hub: Hub) -> None:
        token, keeper = hub.open(WISH), hub._keeper
        assert keeper
        viewer = Viewer(hub, token)
        hub.seat(token).command(Press(type="step"))  # type: ignore[union-attr]
        await until(lambda: viewer.frames and viewer.frames[-1]["epoch"] == 1)
        await viewer.leave()
        await keeper.save()
        assert keeper.holds(token)
        archive = keeper._archive
        keeper._thread.submit(archive.close).result()
        (tmp_path / "runs.sqlite3").write_bytes(b"no database at all" * 100)
        assert await keeper.recall("another") is None
        assert not keeper.holds(token)
        await keeper.save()
        assert keeper.holds(token)
        assert await keeper.recall(token)
        archive.megabytes = 0
        await keeper._tidy()
        assert not keeper.holds(token)
        hub._cool(token)
        assert hub.seat(token)

    restart(tmp_path, test)


def test_visits_that_begin_while_runs_are_written_down_are_no_error(tmp_path: Path) -> None:
    class Opens:
        """A seat that is looked at in the moment when a script opens another."""

        def kept(self) -> None:
            seats[str(len(seats))] = Opens()

    seats: dict[str, Any] = {"first": Opens()}
    keeper = Keeper(make_archive(tmp_path), seats)
    asyncio.run(keeper.save())
    assert len(seats) == 2


def test_seats_are_numbered_from_1_and_a_visit_has_one_number() -> None:
    hub = Hub(Limits())
    hub._engine = InProcess()  # type: ignore[assignment]
    first, second = hub.open(WISH), hub.open(WISH)
    beside = hub.open(WISH, beside=first)
    assert [hub.seat(token).number for token in (first, second, beside)] == [1, 2, 1]  # type: ignore[union-attr]
    fourth = hub.open(WISH)
    assert asyncio.run(hub.admit(fourth, "", second))  # a link was opened in the same tab
    assert hub.seat(fourth).number == 2  # type: ignore[union-attr]
    hub.close(second)
    hub.close(fourth)
    assert hub.seat(hub.open(WISH)).number == 2  # type: ignore[union-attr]


def test_a_class_that_opens_a_link_at_once_keeps_its_numbers() -> None:
    """Their untouched runs are freed in that moment; else the seed in each link would be another seat's number."""

    async def test(hub: Hub) -> None:
        former = [hub.open(WISH) for _ in range(3)]
        for token in former:
            hub.leave(token)
        await until(lambda: not hub.n_seats)
        late = hub.open(WISH)
        assert hub.seat(late).number == 4  # type: ignore[union-attr]
        fresh = [hub.open(WISH) for _ in former]
        for number, before in reversed([*enumerate(former, 1)]):
            assert await hub.admit(fresh[number - 1], "", before)
            assert hub.seat(fresh[number - 1]).number == number  # type: ignore[union-attr]
        assert not hub._left.all()

    on_loop(test)
