"""Workers that die cost nothing; a job that kills each worker harms nobody else."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import subprocess
import sys
import time
import weakref
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import pytest

from playground.live import engine as engines
from playground.live import work, worker
from playground.live.engine import Engine, NoMemoryError, WorkerFailedError, default_workers
from playground.live.run import Run
from playground.spec import PlaygroundSpec

ROOT = Path(__file__).parents[2]
RUN = Run(PlaygroundSpec().change(n_samples=40, hidden_sizes=(3,)))
PATIENCE_SECONDS = 60
GONE_SECONDS = 5 if os.environ.get("CHAOS") == "whole" else 15  # three times the goal where others work too
T = TypeVar("T")


@dataclass(frozen=True)
class Deed:
    """Something that happens in the worker when it unpacks a job's arguments."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.function, self.arguments


def within(answer: Awaitable[T]) -> T:
    """The answer, or a failed test when it does not come."""
    return asyncio.run(asyncio.wait_for(answer, PATIENCE_SECONDS))  # type: ignore[arg-type]


def process_of(engine: Engine, worker: int = 0) -> Any:
    (process,) = (engine.workers[worker]._pool._processes or {}).values()
    return process


@pytest.fixture(scope="module")
def two() -> Iterator[Engine]:
    engine = Engine(2)
    yield engine
    engine.close()


@pytest.fixture
def one() -> Iterator[Engine]:
    engine = Engine(1)
    yield engine
    engine.close()


def trained(engine: Engine, n_steps: int) -> Awaitable[Any]:
    return engine.run("train", RUN, None, n_steps, None)


def expected(n_steps: int) -> bytes:
    return work.train(RUN, None, n_steps, None).state.arrays["params"].tobytes()


def params(answer: Any) -> bytes:
    return answer.state.arrays["params"].tobytes()


def test_results_come_back_each_to_who_asked(two: Engine) -> None:
    async def many() -> list[Any]:
        return await asyncio.gather(*(trained(two, n_steps) for n_steps in range(8)))

    answers = within(many())
    assert [answer.state.step for answer in answers] == list(range(8))
    assert [params(answer) for answer in answers] == [expected(n_steps) for n_steps in range(8)]


def test_a_result_leaves_the_memory_with_the_last_who_holds_it(one: Engine) -> None:
    async def ask() -> weakref.ref[Any]:
        answer = await one.run("train", RUN, None, 1, None)
        await one.run("ready")  # the pool's own thread, too, is done with the first job now
        return weakref.ref(answer)

    gc.disable()  # it would come seconds later: a class of thirty had half a gigabyte waiting for it
    try:
        assert within(ask())() is None
    finally:
        gc.enable()


def test_the_event_loop_goes_on_while_workers_start_and_jobs_wait_for_them(one: Engine) -> None:
    async def start() -> Any:
        one.start()
        assert not one.workers  # starting has not held up this line
        answer = await trained(one, 5)
        await one._starting
        return answer

    assert params(within(start())) == expected(5)
    assert one.workers == one._own  # the early worker has left
    assert not one._early._pool._processes


def test_an_error_of_the_job_comes_back_as_itself(two: Engine) -> None:
    with pytest.raises(TypeError):
        within(two.run("train", RUN, None))
    with pytest.raises(AttributeError):
        within(two.run("no_such_job"))
    within(two.run("ready"))


@pytest.mark.parametrize(
    "error", [MemoryError(), RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: you tried 4 TB")]
)
def test_a_job_that_needs_too_much_memory_is_named_and_not_tried_again(error: Exception) -> None:
    asked = []

    class Full:
        n_waiting = 0

        async def run(self, job: str, **_: Any) -> None:
            asked.append(job)
            raise error

    engine = Engine(0)
    engine.workers = [Full()]
    with pytest.raises(NoMemoryError, match="train needs more memory"):
        within(engine.run("train"))
    assert asked == ["train"]


@pytest.mark.parametrize("death", [signal.SIGKILL, signal.SIGSEGV, signal.SIGTERM])
def test_a_worker_killed_while_a_job_waits_costs_nothing(one: Engine, death: signal.Signals) -> None:
    async def kill_in_the_middle() -> Any:
        await one.run("ready")
        process = process_of(one)
        os.kill(process.pid, signal.SIGSTOP)  # so that the job surely waits when its worker dies
        job = asyncio.ensure_future(trained(one, 50))
        while not one.workers[0].n_waiting:
            await asyncio.sleep(0)
        os.kill(process.pid, death)
        if death is not signal.SIGKILL:  # which needs no waking, and may have left no process to wake
            os.kill(process.pid, signal.SIGCONT)
        answer = await job
        assert process_of(one).pid != process.pid
        return answer

    assert params(within(kill_in_the_middle())) == expected(50)


def test_all_who_waited_for_a_dead_worker_get_their_results(one: Engine) -> None:
    async def kill_under_load() -> list[Any]:
        await one.run("ready")
        process = process_of(one)
        os.kill(process.pid, signal.SIGSTOP)
        jobs = [asyncio.ensure_future(trained(one, n_steps)) for n_steps in range(6)]
        while one.workers[0].n_waiting < 6:
            await asyncio.sleep(0)
        os.kill(process.pid, signal.SIGKILL)
        return await asyncio.gather(*jobs)

    assert [params(answer) for answer in within(kill_under_load())] == [expected(n_steps) for n_steps in range(6)]
    assert one.workers[0].n_waiting == 0


def test_who_has_left_keeps_nobody_from_hearing_that_the_worker_died(
    one: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "DEADLINE_SECONDS", 10 * PATIENCE_SECONDS)  # or the deadline would cover for it

    async def leave_and_kill() -> list[Any]:
        await one.run("ready")
        process = process_of(one)
        os.kill(process.pid, signal.SIGSTOP)
        jobs = [asyncio.ensure_future(trained(one, n_steps)) for n_steps in range(8)]
        while one.workers[0].n_waiting < 8:
            await asyncio.sleep(0)
        jobs[5].cancel()  # a viewer has left
        await asyncio.gather(jobs[5], return_exceptions=True)
        os.kill(process.pid, signal.SIGKILL)
        return await asyncio.gather(*(job for job in jobs if not job.cancelled()))

    answers = within(leave_and_kill())
    assert [params(answer) for answer in answers] == [expected(n_steps) for n_steps in range(8) if n_steps != 5]


def test_a_hung_worker_is_ended_and_its_job_done_by_another(one: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stop_and_ask() -> Any:
        await one.run("ready")
        process = process_of(one)
        os.kill(process.pid, signal.SIGSTOP)
        monkeypatch.setattr(worker, "DEADLINE_SECONDS", 0.3)
        job = asyncio.ensure_future(trained(one, 20))
        while process_of(one).pid == process.pid:
            await asyncio.sleep(0)
        monkeypatch.setattr(worker, "DEADLINE_SECONDS", 30.0)
        return await job

    assert params(within(stop_and_ask())) == expected(20)


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="this system does not tell what a process has used")
def test_a_worker_that_does_nothing_is_ended_however_long_its_job_may_take(
    one: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def stop_and_ask() -> Any:
        await one.run("ready")
        process = process_of(one)
        os.kill(process.pid, signal.SIGSTOP)
        monkeypatch.setattr(worker, "DEADLINE_SECONDS", 0.3)
        job = asyncio.ensure_future(one.run("ready", deadline_seconds=10.0 * PATIENCE_SECONDS))
        behind = asyncio.ensure_future(trained(one, 20))
        while process_of(one).pid == process.pid:
            await asyncio.sleep(0)
        monkeypatch.setattr(worker, "DEADLINE_SECONDS", 30.0)
        await job
        return await behind

    assert params(within(stop_and_ask())) == expected(20)


@pytest.mark.parametrize("deadline_seconds", [None, 10.0 * PATIENCE_SECONDS])
def test_a_job_that_hangs_when_its_viewer_has_left_still_counts(
    one: Engine, monkeypatch: pytest.MonkeyPatch, deadline_seconds: float | None
) -> None:
    async def hang_and_leave() -> Any:
        await one.run("ready")
        process = process_of(one)
        os.kill(process.pid, signal.SIGSTOP)
        monkeypatch.setattr(worker, "DEADLINE_SECONDS", 0.3)
        left = asyncio.ensure_future(one.run("ready", deadline_seconds=deadline_seconds))
        await asyncio.sleep(0)
        left.cancel()
        await asyncio.gather(left, return_exceptions=True)
        assert one.workers[0].n_waiting == 1
        monkeypatch.setattr(worker, "DEADLINE_SECONDS", 10 * PATIENCE_SECONDS)  # of the next, which is not to blame
        return await trained(one, 5)

    assert params(within(hang_and_leave())) == expected(5)


def test_an_early_worker_that_dies_is_left_and_its_jobs_wait_for_the_others(one: Engine) -> None:
    async def kill_the_early_one() -> Any:
        one.workers = [one._early]
        await one.run("ready")
        (process,) = one._early._pool._processes.values()
        os.kill(process.pid, signal.SIGSTOP)
        job = asyncio.ensure_future(trained(one, 5))
        while not one._early.n_waiting:
            await asyncio.sleep(0)
        os.kill(process.pid, signal.SIGKILL)
        while one.workers:
            await asyncio.sleep(0)
        one.add(one._own[0])
        return await job

    assert params(within(kill_the_early_one())) == expected(5)


def test_what_a_page_needs_is_loaded_while_the_page_is_on_its_way(one: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, loaded = [], asyncio.Event()

    async def note(*job: str) -> None:
        asked.append(job)

    async def open_two_pages() -> None:
        one.start()
        while not one.workers:
            await asyncio.sleep(0)
        one.prepare("transformer")
        while len(asked) < 2:
            await asyncio.sleep(0)
        loaded.set()
        assert one._starting
        await one._starting
        one.prepare("cnn")  # its workers have loaded all
        assert not one._preparing

    monkeypatch.setattr(one._early, "run", note)
    monkeypatch.setattr(one, "_start_own", loaded.wait)
    within(open_two_pages())
    assert asked == [("warm_up", "mlp"), ("warm_up", "transformer")]


def test_a_page_that_comes_when_the_early_worker_is_gone_waits_for_the_others(one: Engine) -> None:
    async def ask() -> None:
        one._early.close()
        await one._prepare("mlp")
        with pytest.raises(worker.WorkerLostError):
            await one._early.run("ready")
        assert one._early.n_waiting == 0

    within(ask())


HALF_AN_ANSWER = """
import os, signal, struct, sys
frame = sys._getframe()
while frame.f_code.co_name != "_process_worker":
    frame = frame.f_back
os.write(frame.f_locals["result_queue"]._writer.fileno(), struct.pack("!i", 1000) + b"a beginning")
signal.raise_signal(signal.SIGKILL)
"""
POISONS = [Deed(os._exit, (7,)), Deed(signal.raise_signal, (signal.SIGKILL,)), Deed(exec, (HALF_AN_ANSWER,))]
each_poison = pytest.mark.parametrize("poison", POISONS, ids=["exit", "kill", "kill while it answers"])


@each_poison
def test_a_poison_job_is_given_up_and_the_next_job_is_done(
    one: Engine, poison: Deed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "DEADLINE_SECONDS", 10 * PATIENCE_SECONDS)  # or the deadline would cover for it
    with pytest.raises(WorkerFailedError, match=str(engines.MAX_TRIES)):
        within(one.run("train", poison, None, 1, None))
    assert params(within(trained(one, 9))) == expected(9)


@each_poison
def test_a_poison_job_takes_nobody_along(one: Engine, poison: Deed) -> None:
    async def poison_among_others() -> list[Any]:
        jobs = (trained(one, 5), one.run("train", poison, None, 1, None), trained(one, 30))
        return await asyncio.gather(*jobs, return_exceptions=True)

    first, failed, last = within(poison_among_others())
    assert isinstance(failed, WorkerFailedError)
    assert not isinstance(first, Exception)
    assert not isinstance(last, Exception)
    assert (params(first), params(last)) == (expected(5), expected(30))


def test_the_free_share_is_that_of_the_shortest_queue(two: Engine) -> None:
    async def shares() -> tuple[float, float]:
        jobs = [asyncio.ensure_future(trained(two, 5)) for _ in range(4)]
        while not all(worker.n_waiting == 2 for worker in two.workers):
            await asyncio.sleep(0)
        busy = two.free_share
        await asyncio.gather(*jobs)
        return busy, two.free_share

    assert within(shares()) == (1 / 3, 1.0)


def test_closing_ends_the_processes() -> None:
    engine = Engine(1)
    within(engine.run("ready"))
    process = process_of(engine)
    engine.close()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while process.is_alive():
        assert time.monotonic() < deadline, "the worker outlives its engine"
        process.join(0.05)


CLOSED_WHILE_IT_STARTS = """
import asyncio, os, signal
from multiprocessing import forkserver
from playground.live.engine import Engine
from playground.live.worker import prepare_processes
async def main():
    prepare_processes()
    os.kill(forkserver._forkserver._forkserver_pid, signal.SIGSTOP)  # it never loads what workers are forked with
    engine = Engine(1)
    engine.start()
    while not engine._own[0]._starting:
        await asyncio.sleep(0.01)
    engine.close()
asyncio.run(main())
"""


def test_closing_waits_for_no_worker_that_is_still_being_started() -> None:
    command = [sys.executable, "-c", CLOSED_WHILE_IT_STARTS]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    assert (ended.returncode, ended.stderr) == (0, "")


LOADED = "' '.join(__import__('sys').modules)"  # evaluated in the worker, where it becomes the name of a job

AS_A_SERVER = f"""
import asyncio, __main__
from playground.live.engine import Engine

class Loaded:
    def __reduce__(self):
        return eval, ({LOADED!r},)

__main__.__file__ = "playground/ui/shell.py"  # as the script runner of Streamlit does
engine = Engine(1)
try:
    asyncio.run(asyncio.wait_for(engine.run(Loaded()), {PATIENCE_SECONDS}))
except AttributeError as error:
    print(error)
engine.close()
"""


def test_a_worker_knows_nothing_of_streamlit_although_it_executes_the_shell() -> None:
    answer = subprocess.run(
        [sys.executable, "-c", AS_A_SERVER], cwd=ROOT, capture_output=True, text=True, timeout=2 * PATIENCE_SECONDS
    )
    loaded = answer.stdout.split("'")[-2].split()
    assert {"__mp_main__", "playground.live.work", "numba", "torch", "xgboost"} <= set(loaded), answer.stderr
    assert not {"streamlit", "playground.live.hub"} & set(loaded)


SERVER_MODULES = ["hub", "route", "seat", "engine", "run", "timeline", "wire", "commands", "pace", "slice"]


@pytest.mark.parametrize("module", [f"playground.live.{name}" for name in SERVER_MODULES])
def test_the_server_side_loads_nothing_that_trains(module: str) -> None:
    code = f"import sys, {module}; print(sorted({{'numba', 'torch', 'streamlit'}} & set(sys.modules)))"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert (answer.stdout.strip(), answer.returncode) == ("[]", 0), answer.stderr


@pytest.mark.parametrize(("text", "n"), [("1", 1), ("3", 3), ("64", 64)])
def test_the_environment_says_how_many_workers(text: str, n: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_WORKERS", text)
    assert default_workers() == n


@pytest.mark.parametrize("text", ["0", "65", "-1", "two", "1.5", " 2", "²"])
def test_a_wrong_number_of_workers_is_named(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PLAYGROUND_WORKERS", text)
    with pytest.raises(ValueError, match="PLAYGROUND_WORKERS must be a whole number from 1 to 64"):
        default_workers()


@pytest.mark.parametrize("text", ["", None])
def test_without_a_word_there_are_as_many_workers_as_cores(text: str | None, monkeypatch: pytest.MonkeyPatch) -> None:
    if text is None:
        monkeypatch.delenv("PLAYGROUND_WORKERS", raising=False)
    else:
        monkeypatch.setenv("PLAYGROUND_WORKERS", text)
    assert default_workers() == len(os.sched_getaffinity(0))


def test_who_waits_behind_a_hung_job_gets_the_result(one: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stop_and_ask() -> list[Any]:
        await one.run("ready")
        process = process_of(one)
        os.kill(process.pid, signal.SIGSTOP)
        monkeypatch.setattr(worker, "DEADLINE_SECONDS", 0.3)
        jobs = [asyncio.ensure_future(trained(one, n_steps)) for n_steps in (20, 5, 7)]
        while process_of(one).pid == process.pid:
            await asyncio.sleep(0)
        monkeypatch.setattr(worker, "DEADLINE_SECONDS", 30.0)
        return await asyncio.gather(*jobs)

    assert [params(answer) for answer in within(stop_and_ask())] == [expected(n_steps) for n_steps in (20, 5, 7)]


def test_the_time_behind_a_long_job_is_not_held_against_the_next(one: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    async def queue_up() -> Any:
        await one.run("ready")
        process = process_of(one)
        long = asyncio.ensure_future(one.run("ready", Deed(_work, (1.5,)), deadline_seconds=30.0))
        monkeypatch.setattr(worker, "DEADLINE_SECONDS", 1.0)
        answer = await trained(one, 5)
        assert process_of(one).pid == process.pid
        await asyncio.gather(long, return_exceptions=True)
        return answer

    assert params(within(queue_up())) == expected(5)


def _work(seconds: float) -> None:
    """A job that takes this long, in the worker."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        pass


def test_a_closed_engine_says_so_instead_of_starting_workers() -> None:
    async def close_under_load() -> Any:
        engine = Engine(1)
        await engine.run("ready")
        process = process_of(engine)
        os.kill(process.pid, signal.SIGSTOP)
        jobs = [asyncio.ensure_future(trained(engine, 5)) for _ in range(3)]
        while engine.workers[0].n_waiting < 3:
            await asyncio.sleep(0)
        engine.close()
        failed = await asyncio.gather(*jobs, return_exceptions=True)
        with pytest.raises(WorkerFailedError, match="closed"):
            await engine.run("ready")
        return failed

    assert {str(error) for error in within(close_under_load())} == {"train was not done: the engine is closed"}


SERVER = """
import asyncio, os, sys
from playground.live.engine import Engine
async def main():
    engine = Engine(1)
    await engine.run("ready")
    print(*(engine.workers[0]._pool._processes or {}), flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def test_a_killed_server_leaves_no_worker_behind() -> None:
    server = subprocess.Popen([sys.executable, "-c", SERVER], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert server.stdout is not None
    with server.stdout:
        worker = int(server.stdout.readline())
    server.kill()
    server.wait()
    deadline = time.monotonic() + GONE_SECONDS
    while Path(f"/proc/{worker}").exists() and "Z" not in Path(f"/proc/{worker}/stat").read_text().rsplit(")")[-1]:
        assert time.monotonic() < deadline, "the worker outlives its server"
