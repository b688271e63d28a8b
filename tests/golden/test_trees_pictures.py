"""What the Trees page paints is what the trees say, asked one place at a time; its marks are those of the history."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground.data.cells import RANGE
from playground.frames.trees import AFTER, TREE, UNSEEN_SIZE
from playground.learners.learner import State
from playground.learners.trees import TreesLearner
from playground.models import boosting
from playground.models.boosting import Forest
from playground.spec import TreesSpec
from playground.spec.look import Look
from playground.training import trees, xgboost_round
from playground.training.tree_problem import Problem, make_problem

LEARNER = TreesLearner()
RUNS: list[dict[str, Any]] = [
    {"dataset": "gb_spiral", "newton": True},
    {"dataset": "gb_stripes", "rotate_trees": True, "depth": 3},
    {"dataset": "blobs", "n_samples": 100, "rotate": 20},
    {"dataset": "gb_xor", "engine": "xgboost", "objective": "softmax"},
    {"dataset": "plane", "n_samples": 100, "engine": "xgboost"},
    {"dataset": "gb_circular", "engine": "xgboost", "subsample": 0.5},
]


def built(choices: dict[str, Any], n_trees: int = 8) -> tuple[TreesSpec, State, Problem]:
    spec = TreesSpec.from_values({"n_trees": n_trees, **choices})
    return spec, LEARNER.advance(spec, LEARNER.init(spec), n_trees), make_problem(spec.structure)


def cells_of(problem: Problem, side: int) -> np.ndarray:
    """The middle of each cell in the data's own units, top row first: (side * side, 2)."""
    ascending = (np.arange(side) + 0.5) / side * 2 * RANGE - RANGE
    x1, x2 = (axis.center + axis.scale * ascending for axis in problem.data.axes)
    return np.array([(a, b) for b in x2[::-1] for a in x1])


def as_bytes(values: np.ndarray, scale: float, side: int) -> np.ndarray:
    return np.rint(127.5 + 127.5 * np.clip(values / scale, -1, 1)).reshape(side, side)


@pytest.mark.parametrize("choices", RUNS, ids=str)
def test_maps_and_pictures_are_what_the_trees_say_of_each_cell(choices: dict[str, Any]) -> None:
    spec, state, problem = built(choices)
    forest, rate = Forest.of(state.arrays), spec.structure.learning_rate
    frame = LEARNER.observe(spec, state, Look((TREE, 4)))
    said = trees.values_of(forest.tree(4), cells_of(problem, 100)) / rate
    np.testing.assert_allclose(frame["map"], as_bytes(said, frame["map_scale"], 100), atol=1)
    assert np.ptp(frame["map"].astype(int)) > 0
    assert len(frame["tree_pictures"]) == forest.n_trees
    for t, picture in enumerate(frame["tree_pictures"]):
        said = trees.values_of(forest.tree(t), cells_of(problem, 50)) / rate
        np.testing.assert_allclose(picture, as_bytes(said, frame["picture_scale"], 50), atol=1)


@pytest.mark.parametrize("choices", RUNS, ids=str)
@pytest.mark.parametrize("n_rounds", [3, 8])
def test_the_map_of_all_trees_up_to_one_is_their_sum(choices: dict[str, Any], n_rounds: int) -> None:
    spec, state, problem = built(choices)
    margins = trees.margins_of(Forest.of(state.arrays), cells_of(problem, 100), problem.base, n_rounds)
    frame = LEARNER.observe(spec, state, Look((AFTER, n_rounds * len(problem.base) - 1)))
    if problem.data.task == "regression":
        np.testing.assert_allclose(frame["map"], as_bytes(margins[0], frame["map_scale"], 100), atol=1)
        return
    shares = boosting.shares(margins).reshape(-1, 100, 100)
    if len(shares) == 1:
        np.testing.assert_allclose(frame["map"], 255 * shares[0], atol=0.6)
        return
    ordered = np.sort(shares, axis=0)
    np.testing.assert_allclose(frame["map"], 255 * (ordered[-1] - ordered[-2]), atol=0.6)
    np.testing.assert_array_equal(frame["map_class"], shares.argmax(axis=0))


@pytest.mark.parametrize("engine", ["classic", "xgboost"])
@pytest.mark.parametrize("dataset", ["gb_xor", "blobs"])
@pytest.mark.parametrize("t", [0, 7])
def test_points_of_a_tree_are_the_gradients_just_before_it(engine: str, dataset: str, t: int) -> None:
    """Another run that ends before the tree gives the scores; what the tree never saw is drawn small."""
    choices = {"engine": engine, "dataset": dataset, "n_samples": 100, "subsample": 0.5}
    spec, state, problem = built(choices)
    n, n_outputs = problem.data.n_train, len(problem.base)
    before = LEARNER.advance(spec, LEARNER.init(spec), t // n_outputs).arrays["margins"][:, :n].astype(float)
    p = boosting.shares(before)[t % n_outputs]
    truth = (problem.data.y[:n] == (t % n_outputs if n_outputs > 1 else 1)).astype(float)
    frame = LEARNER.observe(spec, state, Look((TREE, t)))
    seen = np.isin(np.arange(n), boosting.choose_rows(0, t, 0.5, n))
    if engine == "xgboost":
        drawn = xgboost_round.drawn_rows(
            spec.structure, problem.objective, problem.for_xgboost, n_outputs, t // n_outputs
        )
        seen = drawn[t % n_outputs]
    hessians = {"classic": np.ones(n), "xgboost": p * (1 - p) * (2 if n_outputs > 1 else 1)}[engine]
    np.testing.assert_allclose(hessians[seen].sum(), frame["tree_cover"][0], rtol=1e-5)
    assert 0.3 * n < seen.sum() < 0.7 * n
    for name, values in (("gradient", np.abs(truth - p)), ("hessian", p * (1 - p))):
        expected = np.full(len(problem.data.y), UNSEEN_SIZE)
        expected[:n][seen] = (np.sqrt(values) / np.sqrt(values).mean())[seen]
        np.testing.assert_allclose(frame[f"{name}_sizes"], expected, rtol=1e-3)


@pytest.mark.parametrize("engine", ["classic", "xgboost"])
def test_the_lowest_test_loss_is_that_of_all_trees(engine: str) -> None:
    choices = {"dataset": "gauss", "noise": 0.5, "n_samples": 60, "learning_rate": 1.0, "engine": engine}
    spec, whole, problem = built(choices, 12)
    y, state, losses = problem.data.y[problem.data.n_train :], LEARNER.init(spec), []
    while True:
        p = boosting.shares(state.arrays["margins"][:, problem.data.n_train :].astype(float))[0]
        losses.append(-np.mean(np.log(np.where(y == 1, p, 1 - p))))
        if state.stopped:
            break
        state = LEARNER.advance(spec, state, 1)
    best = LEARNER.observe(spec, whole, Look())["best"]
    assert 0 < best["epoch"] < 12
    assert best == {"epoch": int(np.argmin(losses)), "test_loss": pytest.approx(min(losses), rel=1e-5)}
