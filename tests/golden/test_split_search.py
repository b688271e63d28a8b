"""The gains we draw against those in xgboost's own model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground.frames.splits import Sums, allowed_features, search_node, split_gains, sums_before
from playground.frames.trees import NODE
from playground.learners.trees import TreesLearner
from playground.models.boosting import Forest
from playground.spec import TreesSpec
from playground.spec.look import Look
from playground.training.tree_problem import make_problem

LEARNER = TreesLearner()


def test_two_points() -> None:
    sums = Sums(np.array([-1.0, 1.0]), np.ones(2), 0.0, 0.0)
    thresholds, gains, legal = split_gains(np.array([0.0, 1.0]), sums)
    assert (thresholds.tolist(), gains.tolist(), legal.tolist()) == ([0.5], [2.0], [True])


@pytest.mark.parametrize("engine", ["classic", "xgboost"])
@pytest.mark.parametrize("dataset", ["gb_spiral", "gb_circular", "blobs", "plane"])
@pytest.mark.parametrize(
    "penalties", [{}, {"reg_lambda": 0.3, "min_child_weight": 3.0}, {"objective": "softmax"}, {"colsample": 0.5}]
)
def test_the_best_legal_gain_is_the_one_in_the_model(engine: str, dataset: str, penalties: dict[str, Any]) -> None:
    spec = TreesSpec.from_values({"engine": engine, "dataset": dataset, "n_trees": 12, "depth": 3, **penalties})
    problem = make_problem(spec.structure)
    state = LEARNER.advance(spec, LEARNER.init(spec), 12)
    forest, n = Forest.of(state.arrays), problem.data.n_train
    X, _y = problem.X[:n], problem.data.y[:n]
    for t in (0, 5, forest.n_trees - 1):
        tree, sums = forest.tree(t), sums_before(spec.structure, problem, forest, t)
        for node in np.flatnonzero(tree.feature >= 0):
            allowed = allowed_features(spec.structure, tree, t, 2)
            found = search_node(spec.structure, tree, int(node), X, sums, allowed)
            gains = np.where(found["split_legal"], found["split_gain"], -np.inf)
            best = int(np.argmax(gains))
            np.testing.assert_allclose(gains[best], tree.gain[node], rtol=1e-4, atol=1e-7)
            at = (found["split_feature"] == tree.feature[node]) & np.isclose(
                found["split_threshold"], tree.threshold[node], rtol=1e-6, atol=1e-6
            )
            np.testing.assert_allclose(found["split_gain"][at], tree.gain[node], rtol=1e-4, atol=1e-7)
            assert at.sum() == 1


@pytest.mark.parametrize("engine", ["classic", "xgboost"])
@pytest.mark.parametrize("dataset", ["gb_spiral", "blobs", "plane"])
@pytest.mark.parametrize("choices", [{"subsample": 0.4}, {"subsample": 0.7, "colsample": 0.5}])
def test_gains_are_of_the_points_that_the_tree_saw(engine: str, dataset: str, choices: dict[str, Any]) -> None:
    """XGBoost keeps its draw of points to itself, yet its own gains and covers are those of the points we show."""
    spec = TreesSpec.from_values({"engine": engine, "dataset": dataset, "n_trees": 6, "seed": 3, **choices})
    state = LEARNER.advance(spec, LEARNER.init(spec), 6)
    forest = Forest.of(state.arrays)
    for t in (0, forest.n_trees - 1):
        tree = forest.tree(t)
        for node in np.flatnonzero(tree.feature >= 0):
            frame = LEARNER.observe(spec, state, Look((NODE + int(node), t)))
            np.testing.assert_allclose(frame["split"]["H"], tree.cover[node], rtol=1e-5)
            best = frame["split_gain"][frame["split_legal"] == 1].max()
            np.testing.assert_allclose(best, tree.gain[node], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("tree_method", ["hist", "approx"])
def test_every_tree_method_tells_which_points_its_trees_saw(tree_method: str) -> None:
    spec = TreesSpec.from_values({"engine": "xgboost", "n_trees": 3, "subsample": 0.3, "tree_method": tree_method})
    state = LEARNER.advance(spec, LEARNER.init(spec), 3)
    for t in range(3):
        frame = LEARNER.observe(spec, state, Look((NODE, t)))
        np.testing.assert_allclose(frame["split"]["H"], frame["tree_cover"][0], rtol=1e-5)


@pytest.mark.parametrize("penalties", [{"gamma": 4.0}, {"min_child_weight": 12.0}, {"reg_lambda": 100.0, "gamma": 0.5}])
def test_a_leaf_above_the_last_depth_is_one_that_the_penalties_keep_whole(penalties: dict[str, float]) -> None:
    """What the search calls too little, xgboost has not split; what it has split is enough."""
    spec = TreesSpec.from_values({"engine": "xgboost", "n_trees": 3, "depth": 6, **penalties})
    problem = make_problem(spec.structure)
    forest = Forest.of(LEARNER.advance(spec, LEARNER.init(spec), 3).arrays)
    n, kept, split = problem.data.n_train, 0, 0
    X, _y = problem.X[:n], problem.data.y[:n]
    for t in range(3):
        tree, sums = forest.tree(t), sums_before(spec.structure, problem, forest, t)
        for node in range(len(tree.feature)):
            found = search_node(spec.structure, tree, node, X, sums, np.ones(2, bool))
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


@pytest.mark.parametrize("engine", ["classic", "xgboost"])
def test_a_feature_that_a_tree_may_not_use_is_ruled_out(engine: str) -> None:
    """Both engines leave each tree one of two features: which, XGBoost tells only by what the tree asks."""
    spec = TreesSpec.from_values({"engine": engine, "n_trees": 8, "colsample": 0.5, "min_child_weight": 0})
    state, barred = LEARNER.advance(spec, LEARNER.init(spec), 8), set()
    for t in range(8):
        frame = LEARNER.observe(spec, state, Look((NODE, t)))
        out = frame["split"]["barred"]
        assert out == [1 - frame["split"]["chosen_feature"]]
        np.testing.assert_array_equal(frame["split_legal"] == 0, frame["split_feature"] == out[0])
        barred |= {*out}
    assert barred == {0, 1}, "chance draws the one and the other"


def test_nobody_knows_the_feature_of_a_tree_of_xgboost_that_asks_nothing() -> None:
    spec = TreesSpec.from_values({"engine": "xgboost", "n_trees": 1, "colsample": 0.5, "gamma": 100})
    split = LEARNER.observe(spec, LEARNER.advance(spec, LEARNER.init(spec), 1), Look((NODE, 0)))["split"]
    assert (split["barred"], split["unknown_features"], split["chosen_feature"]) == ([], True, -1)


@pytest.mark.parametrize("dataset", ["gb_spiral", "plane"])
def test_the_gain_without_lambda_is_that_of_lambda_zero(dataset: str) -> None:
    """By hand on the same sums; and at the root of the first tree it is what a run without lambda shows."""
    of_root = []
    for reg_lambda in (0.0, 20.0):
        spec = TreesSpec.from_values(
            {"engine": "xgboost", "dataset": dataset, "n_trees": 1, "reg_lambda": reg_lambda, "min_child_weight": 0}
        )
        of_root.append(LEARNER.observe(spec, LEARNER.advance(spec, LEARNER.init(spec), 1), Look((NODE, 0))))
    free, strict = of_root
    np.testing.assert_array_equal(strict["split_gain_free"], free["split_gain"])
    np.testing.assert_array_equal(free["split_gain_free"], free["split_gain"])
    best = int(np.argmax(free["split_gain"]))
    assert strict["split_gain"][best] < 0.99 * free["split_gain"][best]
