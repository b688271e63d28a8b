"""A study makes its parts on all workers, says how far it is, and ends when it is told to or when its run ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest

from playground.live import commands
from playground.live.commands import StudyOrder
from playground.live.engine import WorkerFailedError
from playground.live.hub import Hub
from playground.live.places import Places
from playground.live.study import Study
from playground.live.wish import Wish
from playground.spec import CompareSpec, PlaygroundSpec
from tests.unit.test_hub import InProcess, Viewer, on_loop, until

SPEC = CompareSpec().change(n_repeats=5, contenders=("tree", "logistic"))  # ten parts


class Workers:
    """Two workers that answer a part when the test lets them."""

    def __init__(self) -> None:
        self.workers = [None, None]
        self.spare = Places(lambda: len(self.workers))
        self.asked: list[int] = []
        self.gate = asyncio.Semaphore(0)
        self.failing = False

    async def run(self, job: str, spec: Any, name: str, which: int, number: int, **_: Any) -> Any:
        assert job == "study_part"
        self.asked.append(number)
        await self.gate.acquire()
        if self.failing:
            raise WorkerFailedError("study_part ended its worker 3 times")
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
        await until(lambda: study.report()["done"] == 3)
        report = study.report()
        assert (report["busy"], report["of"], sorted(report["results"])) == (True, 10, [0, 1, 2])
        assert report["seconds_left"] > 0
        workers.allow(7)
        await until(lambda: not study.report()["busy"])
        assert study.report()["results"] == {number: {"number": number} for number in range(10)}
        assert len(changes) == 12  # one for each part, one for the end of each worker

    with_workers(test)


@pytest.mark.parametrize("by_name", [True, False])
def test_a_study_that_is_ended_keeps_what_it_has(by_name: bool) -> None:
    async def test(workers: Workers, study: Study, changes: list[int]) -> None:
        study.start(SPEC, "luck", 0)
        workers.allow(4)
        await until(lambda: study.report()["done"] == 4)
        study.start(SPEC, "", 0) if by_name else study.cancel()
        workers.allow(10)
        for _ in range(20):
            await asyncio.sleep(0)
        assert (study.report()["busy"], study.report()["done"]) == (False, 4)
        study.forget()
        assert study.report() == {}

    with_workers(test)


def test_a_part_that_ends_its_worker_ends_the_study_with_a_reason() -> None:
    async def test(workers: Workers, study: Study, changes: list[int]) -> None:
        workers.failing = True
        study.start(SPEC, "luck", 0)
        workers.allow(2)
        await until(lambda: not study.report()["busy"])
        assert "ended its worker" in study.report()["problem"]

    with_workers(test)


def test_studies_of_many_seats_never_take_more_than_all_workers_once() -> None:
    async def test(workers: Workers, study: Study, changes: list[int]) -> None:
        others = [Study(workers, lambda: None) for _ in range(5)]  # type: ignore[arg-type]
        for one in (study, *others):
            one.start(SPEC, "luck", 0)
        for _ in range(20):
            await asyncio.sleep(0)
        assert len(workers.asked) == 2
        others[0].cancel()
        study.cancel()  # whose parts were under way: their places are free again
        await until(lambda: len(workers.asked) == 4)

    with_workers(test)


def test_a_run_without_studies_has_none() -> None:
    async def test(workers: Workers, study: Study, changes: list[int]) -> None:
        study.start(PlaygroundSpec(), "luck", 0)
        study.start(SPEC, "grid", 5)  # there is no such contender
        await asyncio.sleep(0)
        assert workers.asked == []
        assert (study.report()["busy"], study.report()["of"]) == (False, 0)

    with_workers(test)


def test_a_viewer_sees_the_study_and_a_new_run_ends_it() -> None:
    async def test(hub: Hub) -> None:
        assert isinstance(hub._engine, InProcess)
        hub._engine.workers, hub._engine.spare = [None], Places(lambda: 1)  # type: ignore[attr-defined]
        token = hub.open(Wish(SPEC.change(n_samples=40, n_repeats=3)))
        viewer = Viewer(hub, token)
        seat = hub.seat(token)
        assert seat is not None
        await until(lambda: viewer.frames)
        seat.command(StudyOrder(type="study", name="luck"))
        await until(lambda: viewer.frames[-1]["study"] and not viewer.frames[-1]["study"]["busy"])
        assert viewer.frames[-1]["study"]["bands"]["test_loss"][0]["spread"] > 0
        hub.wish(token, replace(seat.wish, spec=SPEC.change(n_samples=50)))
        await until(lambda: viewer.frames[-1]["run"] == 2)
        assert viewer.frames[-1]["study"] is None
        await viewer.leave()

    on_loop(test)


@pytest.mark.parametrize("text", ['{"type":"study","name":"all"}', '{"type":"study","name":"grid","which":6}'])
def test_other_orders_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="study"):
        commands.read_command(text)
