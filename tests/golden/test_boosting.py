"""Boosting against the gradient boosting playground's own figures, and against xgboost's own model."""

from __future__ import annotations

import numpy as np
import pytest

from playground.learners.learner import Look, State
from playground.learners.trees import TreesLearner, make_problem
from playground.spec import TreesSpec
from playground.training import xgboost_round

LEARNER = TreesLearner()

# Training loss, test loss, test accuracy after 50 trees of depth 4 at rate 0.1, printed by that page's own program.
ANCHOR = {
    ("gb_circular", "plain"): (0.2157, 0.2525, 0.970),
    ("gb_circular", "newton"): (0.0488, 0.1114, 0.980),
    ("gb_circular", "rotate_trees"): (0.2122, 0.2415, 0.977),
    ("gb_spiral", "plain"): (0.4507, 0.4907, 0.857),
    ("gb_spiral", "newton"): (0.3101, 0.3774, 0.913),
    ("gb_spiral", "rotate_trees"): (0.4640, 0.4930, 0.930),
    ("gb_stripes", "plain"): (0.3231, 0.3359, 0.990),
    ("gb_stripes", "newton"): (0.1449, 0.1656, 0.990),
    ("gb_stripes", "rotate_trees"): (0.5079, 0.5786, 0.843),
}


def built(spec: TreesSpec) -> State:
    return LEARNER.advance(spec, LEARNER.init(spec), spec.structure.n_trees)


@pytest.mark.parametrize(("dataset", "mode"), ANCHOR)
def test_classic_mode_gives_the_anchors_own_figures(dataset: str, mode: str) -> None:
    spec = TreesSpec.from_values({"dataset": dataset, **({} if mode == "plain" else {mode: True})})
    history = built(spec).history
    ours = [history.last(name) for name in ("train_loss", "test_loss", "test_accuracy")]
    np.testing.assert_allclose(ours, ANCHOR[dataset, mode], rtol=0, atol=0.001)


@pytest.mark.parametrize("dataset", ["gb_spiral", "blobs", "plane"])
@pytest.mark.parametrize("method", ["exact", "hist", "approx"])
def test_margins_equal_those_of_one_xgboost_model(dataset: str, method: str) -> None:
    choices = {"dataset": dataset, "tree_method": method, "subsample": 0.7, "colsample": 0.5, "gamma": 0.05}
    spec = TreesSpec.from_values({**choices, "engine": "xgboost", "n_trees": 20, "seed": 3})
    problem, state = make_problem(spec.structure), built(spec)
    model = xgboost_round.whole_model(spec.structure, problem.for_xgboost, problem.base, 20)
    everything = xgboost_round.data_of(problem.X, problem.data.y)
    everything.set_base_margin(np.tile(problem.base.astype(np.float32), (len(problem.X), 1)))
    theirs = model.predict(everything, output_margin=True).reshape(len(problem.X), -1).T  # (n_outputs, n)
    np.testing.assert_array_equal(state.arrays["margins"], theirs)


@pytest.mark.parametrize("dataset", ["gb_spiral", "blobs"])
def test_importance_is_xgboosts_own(dataset: str) -> None:
    spec = TreesSpec.from_values({"dataset": dataset, "engine": "xgboost", "n_trees": 15, "gamma": 0.3})
    problem = make_problem(spec.structure)
    ours = LEARNER.observe(spec, built(spec), Look())["importance"]
    model = xgboost_round.whole_model(spec.structure, problem.for_xgboost, problem.base, 15)
    for kind, theirs in {"gain": "total_gain", "cover": "total_cover", "weight": "weight"}.items():
        scores = model.get_score(importance_type=theirs)
        total = sum(scores.values())
        np.testing.assert_allclose(ours[kind], [scores[name] / total for name in ("f0", "f1")], rtol=1e-5)
