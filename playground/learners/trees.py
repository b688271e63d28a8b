"""Boosted trees on points in the plane: classic gradient boosting, or XGBoost. One epoch is one step is one round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from playground.frames.outputs import score
from playground.frames.tree_cards import Measured, explain, summarize, when
from playground.frames.trees import View, draw_scene, observe
from playground.learners.learner import Edit, Frame, State
from playground.models import boosting
from playground.models.boosting import Forest, Tree
from playground.spec.look import Look
from playground.spec.trees import TreesSpec, TreesStructure
from playground.training import trees, xgboost_round
from playground.training.history import History
from playground.training.stops import stop_reason
from playground.training.tree_problem import Problem, make_problem


class TreesLearner:
    """Pure functions over (spec, state); see `Learner`."""

    def warm_up(self) -> None:
        trees.warm_up()
        xgboost_round.data_of(np.zeros((2, 2)), np.arange(2.0))  # loads the library

    def init(self, spec: TreesSpec) -> State:
        problem = make_problem(spec.structure)
        name = "r2" if problem.data.task == "regression" else "accuracy"
        margins = np.repeat(problem.base[:, None], len(problem.X), axis=1)  # (n_outputs, n)
        dtype = np.float32 if spec.structure.engine == "xgboost" else np.float64
        state = State(
            step=0,
            epoch=0,
            batch=0,
            steps_per_epoch=1,
            batch_size=problem.data.n_train,
            optimizer=spec.structure.engine,
            memory_from=0,
            arrays={"margins": margins.astype(dtype), **Forest.empty().arrays()},
            history=History.empty("train_loss", "test_loss", f"train_{name}", f"test_{name}"),
        )
        return replace(state, history=state.history.add(0, 0, *evaluate(problem, margins)))

    def advance(self, spec: TreesSpec, state: State, n_steps: int) -> State:
        structure, problem = spec.structure, make_problem(spec.structure)
        margins, epoch, history, stopped = state.arrays["margins"].copy(), state.epoch, state.history, ""
        counted = "tree" if len(margins) == 1 else "round"
        target, added = min(epoch + n_steps, structure.n_trees), []
        while epoch < target and not stopped:
            new = next_round(structure, problem, margins, epoch)
            for k, tree in enumerate(new):
                margins[k] += trees.values_of(tree, problem.X).astype(margins.dtype)
            added += new
            epoch += 1
            # Each tree is recorded: the best one must be among them.
            history = history.add(epoch, epoch, *evaluate(problem, margins))
            stopped = stop_reason(spec.settings, history) or _early_stop(spec.settings.early_stopping, history, counted)
        if not stopped and epoch >= structure.n_trees:
            stopped = f"Finished: all {structure.n_trees} {counted}s are built."
        forest = Forest.of(state.arrays).add(added)
        arrays = {"margins": margins, **forest.arrays()}
        return replace(state, step=epoch, epoch=epoch, arrays=arrays, history=history, stopped=stopped)

    def steps_until(self, spec: TreesSpec, state: State, epoch: int) -> int:
        return max(0, min(epoch, spec.structure.n_trees) - state.epoch)

    def edit(self, spec: TreesSpec, state: State, edit: Edit) -> State:
        raise ValueError("trees have no weights that can be set")

    def scene(self, spec: TreesSpec) -> Frame:
        return draw_scene(spec, make_problem(spec.structure))

    def observe(self, spec: TreesSpec, state: State, look: Look) -> Frame:
        problem, forest = make_problem(spec.structure), Forest.of(state.arrays)
        margins = state.arrays["margins"].astype(np.float64)
        view = View(problem, forest, margins)
        numbers = dict(zip(state.history.columns[2:], evaluate(problem, margins), strict=True))
        measured = Measured(spec.structure, problem.data, forest, state.history)
        return {
            **numbers,
            "best": measured.best,
            "summary": summarize(measured),
            "cards": explain(measured),
            **observe(spec.structure, view, look),
        }


def next_round(structure: TreesStructure, problem: Problem, margins: np.ndarray, epoch: int) -> list[Tree]:
    """The trees that follow `epoch` rounds, one for each output."""
    n = problem.data.n_train
    if structure.engine == "xgboost":
        columns = problem.as_is[1] if problem.as_is else None
        data, before = problem.for_xgboost, margins[:, :n]
        return xgboost_round.add_round(structure, problem.objective, data, before, epoch, columns)
    return list(_classic_round(structure, problem, margins[:, :n], epoch))


def _classic_round(structure: TreesStructure, problem: Problem, margins: np.ndarray, epoch: int) -> Iterator[Tree]:
    """First-order boosting: each tree is fitted to the gradients of all points it sees.

    The Newton update takes h = 2 p (1 - p), the gradient boosting playground's: twice the true one. Of the squared
    error h is 1, and the update changes nothing.
    """
    y, n = problem.data.y[: problem.data.n_train], problem.data.n_train
    goals = boosting.gradients(problem.objective, margins, y)
    slopes = (1 if problem.objective == "squared_error" else 2) * boosting.hessians(problem.objective, margins)
    for k, goal in enumerate(goals):
        t = epoch * len(goals) + k
        yield trees.grow_tree(
            problem.X[:n],
            np.ascontiguousarray(goal),
            np.ascontiguousarray(slopes[k]) if structure.newton else None,
            boosting.choose_rows(structure.seed, t, structure.subsample, n),
            boosting.choose_features(structure.seed, t, structure.colsample, problem.X.shape[1]),
            structure.depth,
            structure.learning_rate,
            float(epoch) if structure.turned_trees else 0.0,
        )


def evaluate(problem: Problem, margins: np.ndarray) -> tuple[float, float, float, float]:
    """Training loss, test loss, training score, test score."""
    data, objective = problem.data, problem.objective
    targets = data.y[None] if data.task == "regression" else 2 * boosting.one_hot(data.y, len(margins)) - 1
    said = boosting.votes(objective, data.n_classes, margins)
    parts = (slice(0, data.n_train), slice(data.n_train, None))
    losses = [boosting.mean_loss(objective, margins[:, part], data.y[part]) for part in parts]
    scores = [score(data.task, said[:, part], targets[:, part]) for part in parts]
    return losses[0], losses[1], scores[0], scores[1]


def _early_stop(patience: int, history: History, counted: str) -> str:
    """Why the run stops when the test loss has found no new low for `patience` rounds; empty when it goes on.

    Whoever plays on past it, or chooses it later, is told again after as many rounds more.
    """
    epochs, losses = history.column("epoch"), history.column("test_loss")
    best = int(epochs[np.argmin(losses)])
    waited = int(epochs[-1]) - best
    if not patience or not waited or waited % patience:
        return ""
    return f"Finished: the test loss was lowest {when(best, counted)} and has not been lower for {waited} {counted}s."
