"""A study makes its parts on all workers, says how far it is, and ends when it is told to or when its run ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from playground.live import commands, document
from playground.live.archive import MAX_ROW_BYTES
from playground.live.commands import StudyOrder
from playground.live.engine import NoMemoryError, WorkerFailedError
from playground.live.hub import Hub
from playground.live.places import Places
from playground.live.study import FAULT, NO_MEMORY, NO_WORKER, Found, Study
from playground.live.wish import Wish
from playground.spec import CompareSpec, PlaygroundSpec
from playground.spec.compare import MAX_CONTENDERS, MAX_REPEATS
from tests.unit.test_hub import InProcess, Viewer, on_loop, until

SPEC = CompareSpec().change(n_repeats=5, contenders=("tree", "logistic"))  # ten parts


class Workers:
    """Two workers that answer a part when the test lets them."""

    def __init__(self) -> None:
        self.workers = [None, None]
        self.spare = Places(lambda: len(self.workers))
        self.asked: list[int] = []
        self.gate = asyncio.Semaphore(0)
        self.fault: Exception | None = None

    async def run(self, job: str, spec: Any, name: str, which: int, number: int, **_: Any) -> Any:
        assert job == "study_part"
        self.asked.append(number)
        await self.gate.acquire()
        if self.fault:
            raise self.fault
        return {"number": number}

    def allow(self, n: int) -> None:
        for _ in range(n):
            self.gate.release()


def with_workers(test: Callable[[Workers, Study, list[int]], Coroutine[Any, Any, None]]) -> None:
    async def run() -> None:
        workers, changes = Workers(), []
        await test(workers, Study(workers, lambda: changes.append(1)), changes)  # type: ignore[arg-type]

    asyncio.run(run())


def test_parts_run_two_at_a_time_and_all_come_in() -> None:
    async def test(workers: Workers, study: Study, changes: list[int]) -> None:
        assert study.report() == {}
        study.start(SPEC, "luck", 0)
        await until(lambda: len(workers.asked) == 2)
        workers.allow(3)
        await until(lambda: study.report()["luck"]["done"] == 3)
        report = study.report()["luck"]
        assert (report["busy"], report["of"], sorted(report["results"])) == (True, 10, [0, 1, 2])
        assert report["seconds_left"] > 0
        workers.allow(7)
        await until(lambda: not study.report()["luck"]["busy"])
        assert study.report()["luck"]["results"] == {number: {"number": number} for number in range(10)}
        assert len(changes) == 12  # one for each part, one for the end of each worker

    with_workers(test)


def test_a_study_that_is_ended_keeps_what_it_has() -> None:
    async def test(workers: Workers, study: Study, changes: list[int]) -> None:
        study.start(SPEC, "luck", 0)
        workers.allow(4)
        await until(lambda: study.report()["luck"]["done"] == 4)
        study.end(SPEC, "luck")
        workers.allow(10)
        for _ in range(20):
            await asyncio.sleep(0)
        assert (study.report()["luck"]["busy"], study.report()["luck"]["done"]) == (False, 4)
        study.restore(())
        assert study.report() == {}

    with_workers(test)


def test_studies_queue_and_whichever_ends_lets_the_next_begin() -> None:
    async def test(workers: Workers, study: Study, changes: list[int]) -> None:
        study.start(SPEC, "luck", 0)
        study.start(SPEC, "grid", 0)
        study.start(SPEC, "grid", 1)  # of another contender: in place of the former
        await until(lambda: len(workers.asked) == 2)
        waits = {name: (one["busy"], one["waits_for"], one["of"]) for name, one in study.report().items()}
        assert waits == {"luck": (True, "", 10), "grid": (True, "luck", SPEC.n_parts("grid", 1))}
        study.pause()
        study.attend(SPEC, visible=True)
        workers.allow(12)
        await until(lambda: not study.report()["luck"]["busy"])
        assert len(study.report()["luck"]["results"]) == 10, "what waits takes nothing from what runs"
        await until(lambda: study.report()["grid"]["waits_for"] == "" and study.report()["grid"]["busy"])
        study.start(SPEC, "luck", 0)
        assert study.report()["luck"]["waits_for"] == "grid"
        study.end(SPEC, "grid")
        workers.allow(12)
        await until(lambda: not study.report()["luck"]["busy"])
        assert not study.report()["grid"]["busy"]

    with_workers(test)


def test_a_study_whose_viewer_left_goes_on_where_it_was_even_elsewhere() -> None:
    async def test(workers: Workers, study: Study, changes: list[int]) -> None:
        study.start(SPEC, "luck", 0)
        workers.allow(4)
        await until(lambda: study.report()["luck"]["done"] == 4)
        study.pause()
        kept, other = study.found, Study(workers, lambda: None)  # type: ignore[arg-type]
        assert (kept[0].busy, len(kept[0].results)) == (True, 4)
        other.restore(kept)
        workers.asked.clear()
        other.attend(SPEC, visible=True)
        workers.allow(20)
        await until(lambda: not other.report()["luck"]["busy"])
        assert sorted(workers.asked) == [4, 5, 6, 7, 8, 9]
        assert other.report()["luck"]["results"] == {number: {"number": number} for number in range(10)}
        other.attend(SPEC, visible=True)  # it is done: nothing to go on with
        assert len(workers.asked) == 6
        other.start(SPEC, "grid", 0)
        assert set(other.report()) == {"luck", "grid"}, "one study does not cost the other's results"
        other.pause()

    with_workers(test)


def test_a_part_that_ends_its_worker_ends_the_study_with_a_reason() -> None:
    async def test(workers: Workers, study: Study, changes: list[int]) -> None:
        for fault, reason in ((WorkerFailedError("3 times"), NO_WORKER), (NoMemoryError("1 TB"), NO_MEMORY)):
            workers.fault = fault
            study.start(SPEC, "luck", 0)
            workers.allow(2)
            await until(lambda: not study.report()["luck"]["busy"])
            assert study.report()["luck"]["problem"] == reason

    with_workers(test)


def test_a_fault_of_the_program_ends_the_study_with_a_sentence_and_stands_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def test(workers: Workers, study: Study, changes: list[int]) -> None:
        study.start(SPEC, "luck", 0)
        workers.allow(4)
        await until(lambda: study.report()["luck"]["done"] == 4)
        workers.fault = KeyError("a fault")
        workers.allow(2)
        await until(lambda: not study.report()["luck"]["busy"])
        report = study.report()["luck"]
        assert (report["done"], report["problem"]) == (4, FAULT)
        assert [record.exc_info[1] for record in caplog.records if record.exc_info] == [workers.fault] * 2
        n_changes = len(changes)
        workers.fault = None
        workers.allow(20)
        study.start(SPEC, "luck", 0)  # once more
        await until(lambda: not study.report()["luck"]["busy"])
        assert (study.report()["luck"]["done"], study.report()["luck"]["problem"]) == (10, "")
        assert len(changes) > n_changes

    with_workers(test)


def test_studies_of_many_seats_never_take_more_than_all_workers_once() -> None:
    async def test(workers: Workers, study: Study, changes: list[int]) -> None:
        others = [Study(workers, lambda: None) for _ in range(5)]  # type: ignore[arg-type]
        for one in (study, *others):
            one.start(SPEC, "luck", 0)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(workers.asked) == 2
        others[0].pause()
        study.pause()  # whose parts were under way: their places are free again
        await until(lambda: len(workers.asked) == 4)

    with_workers(test)


def test_a_run_without_studies_has_none() -> None:
    async def test(workers: Workers, study: Study, changes: list[int]) -> None:
        study.start(PlaygroundSpec(), "luck", 0)
        study.start(SPEC, "grid", 5)  # there is no such contender
        await asyncio.sleep(0)
        assert workers.asked == []
        assert study.report() == {}

    with_workers(test)


def test_a_viewer_sees_the_study_after_a_restart_too_and_a_new_run_ends_it() -> None:
    async def test(hub: Hub) -> None:
        assert isinstance(hub._engine, InProcess)
        hub._engine.workers, hub._engine.spare = [None], Places(lambda: 1)  # type: ignore[attr-defined]
        token = hub.open(Wish(SPEC.change(n_samples=40, n_repeats=3)))
        assert hub.seat(token).kept() is None  # type: ignore[union-attr]
        viewer = Viewer(hub, token)
        seat = hub.seat(token)
        assert seat is not None
        await until(lambda: viewer.frames)
        seat.command(StudyOrder(type="study", name="luck"))
        await until(lambda: viewer.frames[-1]["study"] and not viewer.frames[-1]["study"]["busy"])
        assert viewer.frames[-1]["study"]["bands"]["test_loss"][0]["spread"] > 0
        kept = seat.kept()
        assert kept is not None
        back = document.read(*document.write(kept))
        token_again = hub.open(kept.wish, back)
        again = Viewer(hub, token_again)
        await until(lambda: again.frames)
        for name in ("bands", "curves", "winners", "text"):
            assert again.frames[-1]["study"][name] == viewer.frames[-1]["study"][name]
        await again.leave()
        hub.wish(token, replace(seat.wish, spec=SPEC.change(n_samples=50)))
        await until(lambda: viewer.frames[-1]["run"] == 2)
        assert viewer.frames[-1]["study"] is None
        await viewer.leave()

    on_loop(test)


def test_the_largest_studies_of_a_run_fit_on_disk_with_it() -> None:
    charts = {"roc": (10, 41), "precision": (10, 41), "calibration": (10, 2, 10), "confusion": (101, 2, 2)}
    part = {name: np.zeros(shape, np.float32) for name, shape in charts.items()} | {"curve": np.zeros((41, 2))}
    cell = {"map": np.zeros((50, 50), np.uint8), "classes": np.zeros((50, 50), np.uint8)}
    most = MAX_REPEATS * MAX_CONTENDERS
    found = (
        Found("luck", 0, most, dict.fromkeys(range(most), part), 1.0, busy=False),
        Found("grid", 0, 20, dict.fromkeys(range(20), cell), 1.0, busy=False),
    )
    assert sum(one.n_bytes for one in found) < MAX_ROW_BYTES / 4


@pytest.mark.parametrize("text", ['{"type":"study","name":"all"}', '{"type":"study","name":"grid","which":6}'])
def test_other_orders_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="study"):
        commands.read_command(text)
