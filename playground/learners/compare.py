"""Several contenders on the same points under one Play. One step is one epoch of networks and one round of boosting."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from playground.data.arena import Arena, make_arena
from playground.frames import compare as frames
from playground.frames.compare import Standing
from playground.frames.scoreboard import draw_costs
from playground.frames.study import draw_study
from playground.learners.contenders import Arrays, Model, epochs_of, make_model, unfinished
from playground.learners.costs import UNTIMED, Cost, clocked, timed
from playground.learners.learner import Edit, Frame, State
from playground.learners.reasons import explain
from playground.spec.compare import LETTERS, CompareSpec, CompareStructure, seconds_to_fit
from playground.spec.contender import BOOSTING, Contender, read_contender
from playground.spec.look import Look
from playground.training import fits, kernel, trees, xgboost_round
from playground.training.history import History, next_record
from playground.training.stops import stop_reason

SOON_SECONDS = 0.5  # of fitting once more for the scoreboard before the first picture
LATE_SECONDS = 3.0  # the same when the run is over; what takes longer is measured with the seeds
PAST_BEST = 1.2  # test loss over its own lowest
LIBRARY_GAIN = 10  # how much sooner XGBoost fits all rounds at once than one at a time, as it is estimated


@dataclass(frozen=True, eq=False)
class Entry:
    """A contender on its arena; without a model when these samples cannot train it."""

    contender: Contender
    model: Model | None
    problem: str = ""
    seconds: float = 0.0  # that making it took: for models fitted at once, the whole fit

    @property
    def n_epochs(self) -> int:
        return self.model.n_epochs if self.model else 0


def entries_of(structure: CompareStructure) -> tuple[Entry, ...]:
    """The contenders of a structure; models fitted at once are kept by what they were fitted to."""
    arena = make_arena(structure)
    return tuple(_entry(text, arena, structure.seed) for text in structure.contenders)


@lru_cache(maxsize=64)
def _entry(text: str, arena: Arena, seed: int) -> Entry:
    contender = read_contender(text)
    try:
        model, seconds = timed(lambda: make_model(contender, arena, seed))
        return Entry(contender, model, seconds=seconds)
    except fits.UnfitError as error:
        return Entry(contender, None, str(error))


class CompareLearner:
    """Pure functions over (spec, state); see `Learner`."""

    def warm_up(self) -> None:
        kernel.warm_up()
        trees.warm_up()
        xgboost_round.data_of(np.zeros((2, 2)), np.arange(2.0))  # loads the library
        entries_of(CompareStructure(n_samples=20))

    def init(self, spec: CompareSpec) -> State:
        entries, arena = entries_of(spec.structure), make_arena(spec.structure)
        arrays = {
            f"{k}.{name}": array
            for k, entry in enumerate(entries)
            if entry.model
            for name, array in entry.model.start().items()
        }
        score = "r2" if arena.plane.task == "regression" else "accuracy"
        names = ["train_loss", "test_loss", f"train_{score}", f"test_{score}"]
        live = [f"{LETTERS[k]}_{name}" for k, entry in enumerate(entries) if entry.n_epochs for name in names]
        history = History.empty(*names, *live)
        state = State(0, 0, 0, 1, arena.n_train, "", 0, arrays, history)
        return replace(state, history=history.add(0, 0, *record(spec.structure, arrays)))

    def advance(self, spec: CompareSpec, state: State, n_steps: int) -> State:
        structure, entries = spec.structure, entries_of(spec.structure)
        arrays, epoch, history, stopped = dict(state.arrays), state.epoch, state.history, ""
        last = structure.n_epochs
        target = min(epoch + n_steps, last)
        while epoch < target and not stopped:
            due = next_record(int(history.last("epoch")), spec.settings.stop_epoch)
            n_now = min(target, due) - epoch
            for k, entry in enumerate(entries):
                if entry.model and epoch < entry.n_epochs:
                    arrays |= _named(k, entry.model.advance(arrays_of(arrays, k), n_now))
            epoch += n_now
            if epoch == due:
                history = history.add(epoch, epoch, *record(structure, arrays))
                stopped = stop_reason(spec.settings, history)
        if not stopped and epoch >= last:
            stopped = "Finished: every contender is fitted." if last else "Finished: nobody here learns step by step."
        return replace(state, step=epoch, epoch=epoch, arrays=arrays, history=history, stopped=stopped)

    def steps_until(self, spec: CompareSpec, state: State, epoch: int) -> int:
        return max(0, min(epoch, spec.structure.n_epochs) - state.epoch)

    def edit(self, spec: CompareSpec, state: State, edit: Edit) -> State:
        raise ValueError("a comparison has no weights that can be set")

    def scene(self, spec: CompareSpec) -> Frame:
        arena, entries = make_arena(spec.structure), entries_of(spec.structure)
        grids = {k: e.model.on_grid({}) for k, e in enumerate(entries) if e.model and not e.n_epochs}
        costs = [_cost(entry, arena, SOON_SECONDS) for entry in entries]
        return frames.draw_scene(spec, arena, standings_of(spec.structure, {}, 0), grids, costs)

    def observe(self, spec: CompareSpec, state: State, look: Look) -> Frame:
        arena, entries = make_arena(spec.structure), entries_of(spec.structure)
        grids = {
            k: entry.model.on_grid(arrays_of(state.arrays, k))
            for k, entry in enumerate(entries)
            if entry.model and entry.n_epochs
        }
        standings = standings_of(spec.structure, state.arrays, state.epoch)
        named = zip(LETTERS, spec.structure.models, standings, strict=False)
        remarks = [past_best(state.history, letter, model, one) for letter, model, one in named]
        live = [frames.recorded_of(arena, one.rows) for one in standings if one.n_epochs and one.rows is not None]
        recorded = dict(zip(state.history.columns[2:], _best_first(live), strict=True))
        trace = self._trace(spec.structure, state, look)
        whole = state.stopped or state.epoch >= spec.structure.n_epochs
        study = draw_study(spec.structure, arena.plane.task, look.study, look.unit, None if whole else state.epoch)
        drawn = frames.observe(arena, spec.structure.names, standings, grids, look.unit)
        costs = _late_costs(entries, arena) if whole and look.still else {}
        return {**recorded, **drawn, "remarks": remarks, **costs, **trace, **study}

    def _trace(self, structure: CompareStructure, state: State, look: Look) -> Frame:
        """What everybody says of the place looked at, and with `inside` how they come to it."""
        if look.point is None:
            return {"trace": None, "answers": None, "why": None, "why_row": ""}
        arena = make_arena(structure)
        reasons = [
            explain(entry.model, entry.problem, arrays_of(state.arrays, k), look.point)
            for k, entry in enumerate(entries_of(structure))
        ]
        nearest = arena.nearest_truth(look.point)
        return {
            "trace": {"point": look.point, "nearest": nearest},
            "answers": [reason["answer"] for reason in reasons],
            "why": reasons if look.inside else None,
            "why_row": arena.told(look.point) if arena.told else "",
        }


def past_best(history: History, letter: str, model: Contender, one: Standing) -> str:
    """What has to be said of a contender whose test loss had been clearly lower; mostly nothing."""
    if not one.n_epochs or one.rows is None:
        return ""
    losses, epochs = history.column(f"{letter}_test_loss"), history.column("epoch")
    lowest = int(np.argmin(losses))
    if losses[-1] < PAST_BEST * losses[lowest]:
        return ""
    added = "round" if len(one.rows) > 2 else "tree"  # of many classes a round adds a tree for each
    noun, best = added if model.kind in BOOSTING else "epoch", int(epochs[lowest])
    said = f"{letter} is past its best: its test loss was {losses[lowest]:.3f} at {noun} {best}."
    return f"{said} Give it fewer than {one.n_epochs} before you judge it." if best else said


def arrays_of(arrays: Mapping[str, np.ndarray], k: int) -> Arrays:
    """The part of a state's arrays that belongs to contender `k`."""
    start = f"{k}."
    return {name.removeprefix(start): array for name, array in arrays.items() if name.startswith(start)}


def _named(k: int, arrays: Arrays) -> dict[str, np.ndarray]:
    return {f"{k}.{name}": array for name, array in arrays.items()}


def record(structure: CompareStructure, arrays: Mapping[str, np.ndarray]) -> list[float]:
    """A row of the history: losses and scores of all live contenders, the best one's first."""
    arena, rows = make_arena(structure), []
    for k, entry in enumerate(entries_of(structure)):
        if entry.model and entry.n_epochs:
            rows.append(frames.recorded_of(arena, entry.model.on_rows(arrays_of(arrays, k))))
    return _best_first(rows)


def _best_first(rows: list[list[float]]) -> list[float]:
    """Loss and score of the contender with the lowest test loss, then of each."""
    best = min(rows, key=lambda row: row[1], default=[math.nan] * 4)
    return [*best, *(value for row in rows for value in row)]


def standings_of(structure: CompareStructure, arrays: Mapping[str, np.ndarray], epoch: int) -> list[Standing]:
    """Every contender as it stands with these arrays; without arrays the live ones stand before their first step."""
    return [_standing(entry, make_arena(structure), arrays_of(arrays, k), epoch)
            for k, entry in enumerate(entries_of(structure))]  # fmt: skip


def _standing(entry: Entry, arena: Arena, arrays: Arrays, epoch: int) -> Standing:
    return _measured(entry, arena, arrays, epoch) if entry.n_epochs else _fixed(entry, arena)


@lru_cache(maxsize=64)
def _fixed(entry: Entry, arena: Arena) -> Standing:
    """What is fitted at once stands where it stood: its figures are not counted again for every frame."""
    return _measured(entry, arena, {}, 0)


def _measured(entry: Entry, arena: Arena, arrays: Arrays, epoch: int) -> Standing:
    if entry.model is None:
        return Standing(0, 0, None, {}, "", entry.problem)
    own = arrays or entry.model.start()
    rows = entry.model.on_rows(own)
    size, kept = entry.model.size(own)
    due = min(epoch, entry.n_epochs)
    problem = unfinished(own, due) or entry.model.note
    return Standing(
        epochs_of(own, due),
        entry.n_epochs,
        rows,
        {**frames.figures_of(arena, rows), "size": float(size)},
        kept,
        problem,
    )


@lru_cache(maxsize=128)
def _cost(entry: Entry, arena: Arena, most_seconds: float) -> Cost:
    """Its costs; unknown where fitting it once more takes longer than that."""
    if entry.model is None:
        return UNTIMED
    n_columns = 0 if arena.native is None else arena.samples.train_x.shape[1]
    estimate = seconds_to_fit(entry.contender, arena.n_train, n_columns, len(arena.samples.class_names))
    if entry.contender.kind == "xgboost":
        estimate /= LIBRARY_GAIN
    return clocked(entry.model, entry.seconds) if estimate <= most_seconds else UNTIMED


def _late_costs(entries: Sequence[Entry], arena: Arena) -> Frame:
    """Costs of all, once there is time to fit the slow ones again; nothing where the scene has them."""
    soon = [_cost(entry, arena, SOON_SECONDS) for entry in entries]
    late = [_cost(e, arena, LATE_SECONDS) if cost is UNTIMED else cost for e, cost in zip(entries, soon, strict=True)]
    return {} if late == soon else draw_costs(late)
