"""Contenders written out as a user of scikit-learn would, and the network's way forward in plain numpy."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeRegressor

from playground.data.arena import SIDE, make_arena
from playground.learners.compare import CompareLearner
from playground.learners.compare_study import GRID_STEP, part
from playground.learners.contenders import make_model
from playground.learners.reasons import explain
from playground.spec import CompareSpec
from playground.spec.contender import read_contender
from playground.spec.look import Look

LEARNER = CompareLearner()
SEED = 7
REGRESSORS: dict[str, Any] = {
    "svm_rbf~C~3~gamma~0.3": make_pipeline(StandardScaler(), SVR(C=3, gamma=0.3)),
    "svm_linear~C~0.3": make_pipeline(StandardScaler(), SVR(kernel="linear", C=0.3)),
    "logistic~C~0.1": make_pipeline(StandardScaler(), Ridge(alpha=10)),
    "tree~depth~4": DecisionTreeRegressor(max_depth=4, random_state=SEED),
    "forest~n_trees~9~min_leaf~2": RandomForestRegressor(9, min_samples_leaf=2, random_state=SEED),
    "neighbors~n_neighbors~4~weighting~distance": make_pipeline(
        StandardScaler(), KNeighborsRegressor(4, weights="distance")
    ),
}


@pytest.mark.parametrize("text", REGRESSORS)
def test_regressors_are_scikit_learns_own(text: str) -> None:
    arena = make_arena(CompareSpec().change(dataset="multi_gauss", n_samples=80).structure)
    samples = arena.samples
    theirs = REGRESSORS[text].fit(samples.train_x, samples.train_y).predict(samples.test_x)
    ours = make_model(read_contender(text), arena, SEED).on_rows({})[0, arena.n_train :]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(
    ("text", "machine"),
    [("svm_rbf~C~3~gamma~0.3", SVC(C=3, gamma=0.3)), ("svm_linear~C~0.3", SVC(kernel="linear", C=0.3))],
)
@pytest.mark.parametrize("dataset", ["moons", "blobs"])
def test_support_vector_machines_are_calibrated_as_scikit_learn_does(text: str, machine: SVC, dataset: str) -> None:
    """Platt's sigmoid on held-out margins of five folds, and one machine fitted to all points."""
    arena = make_arena(CompareSpec().change(dataset=dataset, n_samples=100).structure)
    samples = arena.samples
    folds = StratifiedKFold(5, shuffle=True, random_state=SEED)
    model = make_pipeline(StandardScaler(), CalibratedClassifierCV(machine, ensemble=False, cv=folds))
    theirs = model.fit(samples.train_x, samples.train_y).predict_proba(samples.test_x).T
    ours = make_model(read_contender(text), arena, SEED).on_rows({})[:, arena.n_train :]
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


def test_the_path_through_a_network_is_its_forward_pass() -> None:
    arena = make_arena(CompareSpec().change(dataset="moons", n_samples=60).structure)
    model = make_model(read_contender("network~hidden_sizes~4-3~activation~tanh~epochs~9"), arena, SEED)
    arrays, place = model.advance(model.start(), 9), (0.5, -1.5)
    reason = explain(model, "", arrays, place)
    params, values, start = arrays["params"], np.array(place), 0
    assert [layer["name"] for layer in reason["layers"]] == ["features", "hidden 1", "hidden 2", "output"]
    np.testing.assert_allclose(reason["layers"][0]["values"], place, rtol=1e-6)
    assert [layer["units"] for layer in reason["layers"]] == [["x₁", "x₂"], [], [], []]
    for n_in, n_out, layer in ((2, 4, 1), (4, 3, 2), (3, 1, 3)):
        weights = params[start : start + n_out * n_in].reshape(n_out, n_in)
        total = weights @ values + params[start + n_out * n_in : start + n_out * (n_in + 1)]
        start += n_out * (n_in + 1)
        values = np.tanh(total) if layer < 3 else total
        np.testing.assert_allclose(reason["layers"][layer]["values"], values, rtol=1e-4, atol=1e-5)
    p = 1 / (1 + np.exp(-values[0]))
    k = int(p >= 0.5)
    assert reason["answer"] == f"{arena.samples.class_names[k]}: {p if k else 1 - p:.1%}"


@pytest.mark.parametrize("dataset", ["moons", "blobs"])
def test_each_cell_of_the_grid_is_the_map_of_that_contender_alone(dataset: str) -> None:
    """Learning rate downward, width across; and what stands in the cell's link is what was fitted."""
    first = "network~hidden_sizes~3-3~epochs~5"
    spec = CompareSpec().change(dataset=dataset, n_samples=40, contenders=(first, "tree"))
    pairs = [(rate, width) for rate in (0.001, 0.01, 0.1, 1.0) for width in (1, 2, 4, 8, 16)]
    assert spec.n_parts("grid", 0) == len(pairs)
    for number in (0, 8, 19):
        cell = part(spec, "grid", 0, number)
        own = read_contender(cell["text"]).own
        assert ((own["learning_rate"], own["hidden_sizes"]), own["epochs"]) == (
            (pairs[number][0], (pairs[number][1],) * 2),
            5,
        )
        alone = spec.change(contenders=(cell["text"], "tree"))
        frame = LEARNER.observe(alone, LEARNER.advance(alone, LEARNER.init(alone), 5), Look())
        assert cell["figures"] == {name: frame["scores"][0][name] for name in cell["figures"]}
        thinned = frame["maps"][0].reshape(SIDE, SIDE)[::GRID_STEP, ::GRID_STEP]
        np.testing.assert_array_equal(cell["map"], thinned)
        if dataset == "blobs":
            classes = frame["map_classes"][0].reshape(SIDE, SIDE)[::GRID_STEP, ::GRID_STEP]
            np.testing.assert_array_equal(cell["classes"], classes)
