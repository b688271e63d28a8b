"""What a worker does: a slice of a run, and the frame of where it ended. Pure functions but for the stopwatch."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from playground.learners.learner import Edit, State
from playground.learners.registry import LEARNERS, learner_named, learner_of, shipped_state, study_of
from playground.live.run import Run
from playground.live.slice import Envelope, PastUnit, Slice
from playground.live.wire import pack
from playground.spec import Spec
from playground.spec.look import Look

GLANCE_STRIDE, N_GLANCE = 2, 50  # cells of a map for one of its small picture; cells of that picture's side
SEEK_SECONDS = 0.5  # of a way back, before others may work


def ready() -> None:
    """Do nothing: whoever has the answer knows that the worker is there."""


def warm_up(*names: str) -> None:
    """Load what these learners need, before somebody waits for it; without names, all of them."""
    for name in names or LEARNERS:
        learner_named(name).warm_up()


def start(run: Run) -> State:
    """The state at step 0, with the edits made there."""
    return _apply_edits(run, learner_of(run.start).init(run.start))


def shipped(run: Run, epoch: int) -> State | None:
    """The state at `epoch` where it comes with the app; None where it has to be trained."""
    state = shipped_state(run.start)
    return state if state and state.epoch == epoch else None


def advance(run: Run, state: State, n_steps: int, *, heed_stops: bool) -> State:
    """Advance `state`, which holds the edits of its own step, through the changes of `run`.

    Args:
        run: the run that `state` belongs to.
        state: where to begin.
        n_steps: parameter updates to make.
        heed_stops: end early when the run stops by itself; a replay goes on, as the learner of the run did.
    """
    learner = learner_of(run.start)
    target = state.step + n_steps
    while state.step < target and not (heed_stops and state.stopped):
        here = state.step
        state = learner.advance(run.spec_at(here), replace(state, stopped=""), run.next_change(here, target) - here)
        if state.step == here:  # it diverged and cannot move
            break
        state = _apply_edits(run, state)
    return state


def train(run: Run, state: State | None, n_steps: int | None, envelope: Envelope | None) -> Slice:
    """Advance a run (or start it, when `state` is None) by `n_steps`, and observe it.

    None goes to the next epoch, or as far as a piece that does not keep others waiting.
    """
    begun = time.perf_counter()
    state = start(run) if state is None else state
    if n_steps is None:
        state = replay(run, state, state.epoch + 1, SEEK_SECONDS, heed_stops=True)
    else:
        state = advance(run, state, n_steps, heed_stops=True)
    trained = time.perf_counter()
    message = observe(run, state, envelope) if envelope else None
    return Slice(state, trained - begun, message, time.perf_counter() - trained if envelope else 0.0)


def study_part(spec: Spec, study: str, which: int, number: int) -> Any:
    """One of the independent fits that a study is made of."""
    return study_of(spec)(spec, study, which, number)


def replay(run: Run, state: State, epoch: int, seconds: float = math.inf, *, heed_stops: bool = False) -> State:
    """The state at the beginning of `epoch`, computed again from an earlier one; or one on the way, after `seconds`."""
    return _go(run, state, _steps_until(run, epoch), seconds, heed_stops=heed_stops)


def seek(run: Run, state: State, unit: PastUnit, number: int) -> tuple[State, bool]:
    """A piece of the way to the beginning of an epoch, or to a step, that does not keep others waiting.

    Returns:
        The state it came to, and whether that is the wanted one, or the last that can be reached.
    """
    missing = _steps_until(run, number) if unit == "epoch" else lambda state: max(0, number - state.step)
    there = _go(run, state, missing, SEEK_SECONDS)
    return there, there.step == state.step or not missing(there)


def _steps_until(run: Run, epoch: int) -> Callable[[State], int]:
    """How many steps are missing to the beginning of an epoch, as far as the settings now in force can tell."""
    return lambda state: learner_of(run.start).steps_until(run.spec_at(state.step), state, epoch)


def _go(run: Run, state: State, missing: Callable[[State], int], seconds: float, *, heed_stops: bool = False) -> State:
    """Advance until no step is missing, or for about so many seconds."""
    begun, n_most = time.perf_counter(), 1
    while n_steps := missing(state):
        here = state.step
        n_steps = min(n_steps, n_most)
        # After a change of the batch size an epoch has another number of steps: count again from there.
        state = advance(run, state, run.next_change(here, here + n_steps) - here, heed_stops=heed_stops)
        if state.step == here or (heed_stops and state.stopped) or time.perf_counter() - begun > seconds / 2:
            break
        n_most *= 2  # so the last piece takes about as long as all before
    return state


def edit(run: Run, state: State, change: Edit) -> State | None:
    """The state with weights set by hand; None when the model has no such weight."""
    try:
        return learner_of(run.start).edit(run.start, state, change)
    except ValueError:
        return None


def observe(run: Run, state: State, envelope: Envelope) -> bytes:
    """The packed frame of `state`."""
    frame = learner_of(run.start).observe(run.spec_at(state.step), state, envelope.look)
    header = {"type": "frame", **envelope.header, "epoch": state.epoch, "step": state.step}
    header["head_epoch"] = max(state.epoch, header.get("head_epoch", 0))  # it was ordered before the head moved on
    if envelope.history_from is not None:
        rows = state.history.rows[envelope.history_from :]
        header |= {"history_columns": state.history.columns, "history_from": envelope.history_from, "history": rows}
    return pack({**header, **frame}, deflate=envelope.deflate)


def glance(run: Run, state: State) -> dict[str, Any] | None:
    """A small picture of a run: every second cell of its map, or what its model looks at; None without any. (50, 50)"""
    frame = learner_of(run.start).observe(run.spec_at(state.step), state, Look())
    every = slice(GLANCE_STRIDE // 2, None, GLANCE_STRIDE)
    if "map" in frame and "map_kind" in frame:  # contenders have a map each
        none = np.zeros_like(frame["map"])
        maps = {name: np.ascontiguousarray(frame.get(name, none)[every, every]) for name in ("map", "map_class")}
        return {"map_kind": frame["map_kind"], **maps}
    for kind, name in (("features", "maps_0"), ("attention", "maps")):
        if name in frame and frame[name].ndim >= 3:
            maps = frame[name].reshape(-1, *frame[name].shape[-2:])  # (n_maps, h, w)
            return {"map_kind": kind, "map": _side_by_side(maps), "map_class": np.zeros((N_GLANCE, N_GLANCE), np.uint8)}
    return None


def _side_by_side(maps: np.ndarray) -> np.ndarray:
    """The first one or four of some maps, with a line between them: (n, h, w) -> (50, 50)."""
    n = 2 if len(maps) >= 4 else 1
    side = N_GLANCE // n - (n > 1)
    rows, columns = (np.arange(side) * size // side for size in maps.shape[1:])
    picture = np.zeros((N_GLANCE, N_GLANCE), np.uint8)
    for at in range(n * n):
        y, x = (place * (side + 2) for place in divmod(at, n))
        picture[y : y + side, x : x + side] = maps[at][np.ix_(rows, columns)]
    return picture


def draw_scene(spec: Spec, header: dict[str, Any], deflate: bool) -> bytes:
    """The packed scene: what is drawn once a run."""
    return pack({"type": "scene", **header, **learner_of(spec).scene(spec)}, deflate=deflate)


def _apply_edits(run: Run, state: State) -> State:
    for change in run.edits_at(state.step):
        state = learner_of(run.start).edit(run.start, state, change)
    return state
