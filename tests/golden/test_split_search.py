"""The gains we draw against those in xgboost's own model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground.frames.splits import Sums, search_node, split_gains, sums_before
from playground.learners.trees import TreesLearner
from playground.models.boosting import Forest
from playground.spec import TreesSpec
from playground.training.tree_problem import make_problem

LEARNER = TreesLearner()


def test_two_points() -> None:
    sums = Sums(np.array([-1.0, 1.0]), np.ones(2), 0.0, 0.0)
    thresholds, gains, legal = split_gains(np.array([0.0, 1.0]), sums)
    assert (thresholds.tolist(), gains.tolist(), legal.tolist()) == ([0.5], [2.0], [True])


@pytest.mark.parametrize("engine", ["classic", "xgboost"])
@pytest.mark.parametrize("dataset", ["gb_spiral", "gb_circular", "blobs", "plane"])
@pytest.mark.parametrize("penalties", [{}, {"reg_lambda": 0.3, "min_child_weight": 3.0}, {"objective": "softmax"}])
def test_the_best_legal_gain_is_the_one_in_the_model(engine: str, dataset: str, penalties: dict[str, Any]) -> None:
    spec = TreesSpec.from_values({"engine": engine, "dataset": dataset, "n_trees": 12, "depth": 3, **penalties})
    problem = make_problem(spec.structure)
    state = LEARNER.advance(spec, LEARNER.init(spec), 12)
    forest, n = Forest.of(state.arrays), problem.data.n_train
    X, y = problem.X[:n], problem.data.y[:n]
    for t in (0, 5, forest.n_trees - 1):
        tree, sums = forest.tree(t), sums_before(spec.structure, problem.objective, forest, X, y, problem.base, t)
        for node in np.flatnonzero(tree.feature >= 0):
            found = search_node(spec.structure, tree, int(node), X, sums)
            gains = np.where(found["split_legal"], found["split_gain"], -np.inf)
            best = int(np.argmax(gains))
            np.testing.assert_allclose(gains[best], tree.gain[node], rtol=1e-4, atol=1e-7)
            at = (found["split_feature"] == tree.feature[node]) & np.isclose(
                found["split_threshold"], tree.threshold[node], rtol=1e-6, atol=1e-6
            )
            np.testing.assert_allclose(found["split_gain"][at], tree.gain[node], rtol=1e-4, atol=1e-7)
            assert at.sum() == 1


@pytest.mark.parametrize("penalties", [{"gamma": 4.0}, {"min_child_weight": 12.0}, {"reg_lambda": 100.0, "gamma": 0.5}])
def test_a_leaf_above_the_last_depth_is_one_that_the_penalties_keep_whole(penalties: dict[str, float]) -> None:
    """What the search calls too little, xgboost has not split; what it has split is enough."""
    spec = TreesSpec.from_values({"engine": "xgboost", "n_trees": 3, "depth": 6, **penalties})
    problem = make_problem(spec.structure)
    forest = Forest.of(LEARNER.advance(spec, LEARNER.init(spec), 3).arrays)
    n, kept, split = problem.data.n_train, 0, 0
    X, y = problem.X[:n], problem.data.y[:n]
    for t in range(3):
        tree, sums = forest.tree(t), sums_before(spec.structure, problem.objective, forest, X, y, problem.base, t)
        for node in range(len(tree.feature)):
            found = search_node(spec.structure, tree, node, X, sums)
            gains, rule = found["split_gain"][found["split_legal"] == 1], found["split"]
            best = float(gains.max(initial=0.0))
            if tree.feature[node] >= 0:
                split += 1
                children = tree.left[node] + np.arange(2)  # xgboost takes questions back from below
                assert best >= rule["gamma"] or (tree.feature[children] >= 0).any()
            elif not rule["at_depth"]:
                kept += 1
                assert best <= rule["gamma"] + 1e-6
    assert split, "something was worth a question"
    assert kept, "something was ruled out"
