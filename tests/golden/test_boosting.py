"""Boosting against the gradient boosting playground's own figures, and against xgboost's own model."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import xgboost

from playground.learners.learner import State
from playground.learners.trees import TreesLearner
from playground.spec import TreesSpec
from playground.spec.look import Look
from playground.spec.points import PointTable, pack_points
from playground.spec.trees import TreesStructure
from playground.training import xgboost_round
from playground.training.tree_problem import make_problem

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


def whole_model(structure: TreesStructure, n_rounds: int) -> xgboost.Booster:
    """One usual `xgboost.Booster` of all rounds."""
    problem = make_problem(structure)
    data, base = problem.for_xgboost, problem.base
    data.set_base_margin(np.tile(base.astype(np.float32), (data.num_row(), 1)))
    params = xgboost_round.params_of(structure, problem.objective, len(base))
    booster = xgboost.Booster(params, [data])
    for epoch in range(n_rounds):
        if structure.tree_method != "exact":  # the others draw by a chance that a new seed does not renew
            stored = booster.save_raw() if epoch else None
            booster = xgboost.Booster(params, [data], model_file=stored)
        booster.set_param({**params, "seed": xgboost_round.round_seed(structure.seed, epoch)})
        booster.update(data, epoch)
    return booster


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
    model = whole_model(spec.structure, 20)
    everything = xgboost_round.data_of(problem.X, problem.data.y)
    everything.set_base_margin(np.tile(problem.base.astype(np.float32), (len(problem.X), 1)))
    theirs = model.predict(everything, output_margin=True).reshape(len(problem.X), -1).T  # (n_outputs, n)
    np.testing.assert_array_equal(state.arrays["margins"], theirs)


UNEQUAL = PointTable(np.random.default_rng(3).uniform(-5, 5, (90, 2)), np.arange(90) % 7 % 4 % 3 % 2)
ALIKE = PointTable(UNEQUAL.X, np.zeros(90))
STARTS: dict[str, dict[str, Any]] = {
    "unequal classes": {"dataset": "points", "points": pack_points(UNEQUAL)},
    "one class": {"dataset": "points", "points": pack_points(ALIKE)},
    "three classes": {"dataset": "blobs", "n_samples": 50, "train_share": 0.3},
    "numbers": {"dataset": "plane"},
    "squared error of classes": {"dataset": "points", "points": pack_points(UNEQUAL), "objective": "squared_error"},
}


@pytest.mark.parametrize("name", STARTS)
def test_xgboost_starts_and_goes_on_as_the_library_left_to_itself(name: str) -> None:
    spec = TreesSpec.from_values({**STARTS[name], "engine": "xgboost", "n_trees": 20, "depth": 3})
    problem, n = make_problem(spec.structure), make_problem(spec.structure).data.n_train
    params = xgboost_round.params_of(spec.structure, problem.objective, len(problem.base))
    del params["base_score"]
    train = xgboost_round.data_of(problem.X[:n], problem.data.y[:n])
    model = xgboost.train(params, train, 20)
    theirs = model.predict(xgboost_round.data_of(problem.X, problem.data.y), output_margin=True)
    ours = built(spec).arrays["margins"]
    np.testing.assert_allclose(ours, theirs.reshape(len(problem.X), -1).T, rtol=0, atol=1e-6)
    assert np.abs(problem.base).max() > 0.04, "zero would not do"


@pytest.mark.parametrize("dataset", ["gb_spiral", "blobs"])
def test_importance_is_xgboosts_own(dataset: str) -> None:
    spec = TreesSpec.from_values({"dataset": dataset, "engine": "xgboost", "n_trees": 15, "gamma": 0.3})
    ours = LEARNER.observe(spec, built(spec), Look())["importance"]
    model = whole_model(spec.structure, 15)
    for kind, theirs in {"gain": "total_gain", "cover": "total_cover", "weight": "weight"}.items():
        scores = model.get_score(importance_type=theirs)
        total = sum(scores.values())
        np.testing.assert_allclose(ours[kind], [scores[name] / total for name in ("f0", "f1")], rtol=1e-5)


@pytest.mark.parametrize(
    "choices",
    [
        {"dataset": "gb_spiral"},
        {"dataset": "gb_spiral", "objective": "softmax"},
        {"dataset": "gb_xor", "objective": "squared_error", "subsample": 0.5},
        {"dataset": "blobs", "rotate": 30},
        {"dataset": "multi_gauss", "gamma": 0.01},
        {
            "dataset": "moons",
            "tree_method": "hist",
            "depth": 8,
            "reg_lambda": 0,
            "min_child_weight": 0,
            "colsample": 0.5,
        },
        {"dataset": "spiral3", "tree_method": "approx", "learning_rate": 1, "subsample": 0.3, "rotate_trees": True},
    ],
    ids=str,
)
def test_running_score_and_shap_values_are_those_of_xgboosts_own_model(choices: dict[str, Any]) -> None:
    spec = TreesSpec.from_values({**choices, "engine": "xgboost", "n_trees": 15})
    problem, state, model = make_problem(spec.structure), built(spec), whole_model(spec.structure, 15)
    for point in ((0.5, -2.0), (-4.0, 4.5)):
        frame = LEARNER.observe(spec, state, Look(point=point, still=True))
        raw = [axis.center + axis.scale * x for axis, x in zip(problem.data.axes, point, strict=True)]
        place = xgboost.DMatrix(np.array([raw], np.float32))
        place.set_base_margin(problem.base[None].astype(np.float32))
        row, theirs = frame["trace"]["row"], model.predict(place, pred_contribs=True).reshape(len(problem.base), 3)
        *features, expected = theirs[row]
        np.testing.assert_allclose(frame["trace"]["shap"]["features"], features, rtol=1e-4, atol=1e-5)
        np.testing.assert_allclose(frame["trace"]["shap"]["expected"], expected, rtol=1e-4, atol=1e-5)
        sums = frame["trace_scores"][(newest := frame["tree"]["index"]) % len(problem.base)]
        assert newest == 14 * len(problem.base) + row, "the last tree that speaks for the class whose score is told"
        earlier = LEARNER.observe(spec, state, Look(unit=(0, 4), point=point, still=True))
        assert (earlier["tree"]["index"], earlier["trace"]["row"]) == (4, 4 % len(problem.base))
        ends = earlier["trace_scores"][4 % len(problem.base)], 4 // len(problem.base)
        assert earlier["trace"]["added"] == pytest.approx(float(ends[0][ends[1] + 1] - ends[0][ends[1]]), abs=1e-5)
        assert frame["trace"]["added"] == pytest.approx(float(sums[15] - sums[14]), abs=1e-5)
        for n_rounds in (1, 7, 15):
            margin = model.predict(place, output_margin=True, iteration_range=(0, n_rounds)).reshape(-1)
            np.testing.assert_allclose(frame["trace_scores"][:, n_rounds], margin, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("newton", [False, True])
def test_shap_values_of_classic_trees_sum_to_the_score(newton: bool) -> None:
    spec = TreesSpec.from_values({"newton": newton, "n_trees": 20, "subsample": 0.6})
    trace = (frame := LEARNER.observe(spec, built(spec), Look(point=(1.0, 1.0), still=True)))["trace"]
    total = sum(trace["shap"]["features"]) + trace["shap"]["expected"]
    assert total == pytest.approx(float(frame["trace_scores"][0, -1]), abs=1e-5)


def test_permutation_importance_is_scikit_learns() -> None:
    """Its own shuffles differ from ours, so only their means agree, within the spread of both."""
    from sklearn.inspection import permutation_importance
    from sklearn.metrics import log_loss

    spec = TreesSpec.from_values({"dataset": "gb_stripes", "engine": "xgboost", "n_trees": 15})
    problem, state = make_problem(spec.structure), built(spec)
    ours = LEARNER.observe(spec, state, Look(inside=True, still=True))["importance"]["permutation"]
    model, n = xgboost.XGBClassifier(), problem.data.n_train
    model.load_model(bytearray(whole_model(spec.structure, 15).save_raw("json")))
    theirs = permutation_importance(
        model, problem.X[n:], problem.data.y[n:], n_repeats=20, random_state=0,
        scoring=lambda m, X, y: -log_loss(y, m.predict_proba(X)),
    )  # fmt: skip
    spread = 4 * theirs.importances_std / np.sqrt(5) + 0.01
    assert (np.abs(np.array(ours) - theirs.importances_mean) < spread).all(), (ours, theirs.importances_mean)
    assert ours[1] > 10 * abs(ours[0])
