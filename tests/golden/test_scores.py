"""Figures and contenders of a comparison against scikit-learn, xgboost's page and the Playground's own learner."""

from __future__ import annotations

import re
from typing import Any, get_args

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

from playground.data.arena import make_arena
from playground.data.features import make_features
from playground.data.table import read_csv
from playground.data.table_points import choose_columns
from playground.frames import scores
from playground.frames.compare import guess_of
from playground.frames.study import BY_CHANCE, judge
from playground.learners.compare import CompareLearner, arrays_of
from playground.learners.contenders import make_model
from playground.learners.mlp import MlpLearner
from playground.learners.trees import TreesLearner
from playground.spec import CompareSpec, PlaygroundSpec, TreesSpec
from playground.spec.base import Settings
from playground.spec.contender import KINDS, Contender, defaults_of, fields_of, read_contender
from playground.spec.look import Look
from playground.spec.network import DataChoices, Feature
from playground.spec.points import pack_points

LEARNER = CompareLearner()


def probabilities(n_classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Shares with many equal values, as trees have them, and classes that they tell something about."""
    rng = np.random.default_rng(seed)
    weights = rng.integers(0, 6, (n_classes, 80)) + 0.5
    y = rng.integers(0, n_classes, 80)
    weights[y, np.arange(80)] += rng.integers(0, 5, 80)
    return weights / weights.sum(axis=0), y.astype(float)


@pytest.mark.parametrize("n_classes", [2, 3, 5])
@pytest.mark.parametrize("seed", [0, 1])
def test_figures_are_those_of_scikit_learn(n_classes: int, seed: int) -> None:
    proba, y = probabilities(n_classes, seed)
    train = probabilities(n_classes, seed + 10)
    ours = scores.figures(train, (proba, y))
    auc = metrics.roc_auc_score(y, proba.T if n_classes > 2 else proba[1], multi_class="ovr", average="macro")
    theirs = {
        "train_loss": metrics.log_loss(train[1], train[0].T),
        "test_loss": metrics.log_loss(y, proba.T),
        "train_accuracy": metrics.accuracy_score(train[1], train[0].argmax(axis=0)),
        "test_accuracy": metrics.accuracy_score(y, proba.argmax(axis=0)),
        "auc": auc,
        "brier": metrics.brier_score_loss(y, proba.T if n_classes > 2 else proba[1]),
    }
    assert {name: ours[name] for name in theirs} == pytest.approx(theirs, rel=1e-12)
    said, truth = (proba[1], y == 1) if n_classes == 2 else (proba.max(axis=0), proba.argmax(axis=0) == y)
    true_share, mean_said = calibration_curve(truth, said, n_bins=10)
    counts = np.bincount(np.digitize(said, np.linspace(0, 1, 11)[1:-1], right=True), minlength=10)
    error = np.sum(counts[counts > 0] * np.abs(true_share - mean_said)) / 80
    assert ours["calibration"] == pytest.approx(error, rel=1e-12)


def test_certain_and_wrong_costs_what_scikit_learn_says() -> None:
    proba, y = np.array([[1.0, 0.0, 0.25], [0.0, 1.0, 0.75]]), np.array([0.0, 0.0, 1.0])
    assert scores.log_loss(proba, y) == pytest.approx(metrics.log_loss(y, proba.T), rel=1e-12)


def test_regression_figures_are_those_of_scikit_learn() -> None:
    rng = np.random.default_rng(3)
    y, said = rng.normal(size=50), rng.normal(size=(1, 50))
    ours = scores.figures((said, y), (said[:, :20], y[:20]))
    assert ours["test_r2"] == pytest.approx(metrics.r2_score(y[:20], said[0, :20]), rel=1e-12)
    assert ours["train_loss"] == pytest.approx(metrics.mean_squared_error(y, said[0]), rel=1e-12)
    assert scores.r2(said, np.ones(50)) == 0.0


@pytest.mark.parametrize("n_classes", [2, 3])
def test_curves_and_confusion_are_those_of_scikit_learn(n_classes: int) -> None:
    proba, y = probabilities(n_classes, 5)
    truth = y == 1
    fpr, tpr, _ = metrics.roc_curve(truth, proba[1], drop_intermediate=False)
    np.testing.assert_allclose(scores.roc_curve(proba[1], truth), (fpr, tpr), rtol=1e-12)
    precision, recall, _ = metrics.precision_recall_curve(truth, proba[1])
    ours = scores.precision_recall_curve(proba[1], truth)
    np.testing.assert_allclose(ours, (recall[-2::-1], precision[-2::-1]), rtol=1e-12)
    for threshold in (0.2, 0.5, 0.9):
        said = (proba[1] > threshold).astype(int) if n_classes == 2 else proba.argmax(axis=0)
        theirs = metrics.confusion_matrix(y, said, labels=range(n_classes))
        np.testing.assert_array_equal(scores.confusion_at(proba, y, threshold), theirs)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_curves_at_fixed_places_are_those_of_scikit_learn(n_classes: int) -> None:
    proba, y = probabilities(n_classes, 4)
    for k in range(n_classes):
        truth, places = y == k, np.linspace(0, 1, 41)
        false, true, _ = metrics.roc_curve(truth, proba[k], drop_intermediate=False)
        fawcett = [
            true[i] if i + 1 == len(false) else true[i] + (at - false[i]) * (true[i + 1] - true[i]) / (false[i + 1] - false[i])
            for at in places for i in [np.flatnonzero(false <= at)[-1]]
        ]  # fmt: skip
        np.testing.assert_allclose(scores.roc_at(proba[k], truth, places), fawcett, rtol=1e-12)
        precision, recall, _ = metrics.precision_recall_curve(truth, proba[k])
        reached = [precision[:-1][recall[:-1] >= at - 1e-12][-1] for at in places]  # thresholds ascend there
        np.testing.assert_allclose(scores.precision_at(proba[k], truth, places), reached, rtol=1e-12)
        share, said = calibration_curve(truth, proba[k], n_bins=10)
        ours = scores.calibration_at(proba[k], truth)
        np.testing.assert_allclose(ours[:, np.isfinite(ours[0])], [said, share], rtol=1e-12)
    empty = scores.calibration_at(np.array([0.05, 0.95]), np.array([False, True]))[:, 1:-1]
    assert np.isnan(empty).all()


def test_auc_of_a_missing_class_is_unknown() -> None:
    proba, _ = probabilities(2, 0)
    assert scores.auc(proba, np.zeros(80)) is None


NETWORKS: list[dict[str, Any]] = [
    {"dataset": "spiral", "optimizer": "adam", "dropout": 0.2, "batch_size": 7, "features": ("x1", "sin_x2")},
    {
        "dataset": "spiral3", "loss": "squared_error_tanh", "activation": ("relu", "gelu"), "optimizer": "adamw",
        "weight_decay": 0.3, "beta1": 0.5, "beta2": 0.9, "initializer": "he", "gradient_clip": 0.5,
    },
    {
        "dataset": "moons", "loss": "hinge", "optimizer": "nesterov", "momentum": 0.7, "schedule": "cosine",
        "schedule_epochs": 15, "regularization": "l1", "regularization_rate": 0.01, "activation": ("silu",),
    },
    {"dataset": "plane", "loss": "huber", "optimizer": "rprop", "initializer": "zeros", "schedule": "step"},
    {"dataset": "multi_gauss", "regularization": "l2", "regularization_rate": 0.1},
]  # fmt: skip


@pytest.mark.parametrize("own", NETWORKS, ids=lambda own: own["dataset"])
def test_any_network_of_the_playground_is_a_contender(own: dict[str, Any]) -> None:
    """Bit for bit: the same weights after 20 epochs, so no figure here can differ from the one there."""
    data = {"dataset": own["dataset"], "seed": 4, "noise": 0.1, "n_samples": 60}
    there = PlaygroundSpec.from_values({**own, **data, "hidden_sizes": (5, 3), "learning_rate": 0.01})
    carried = {name: value for name, value in there.values().items() if name in fields_of("network")}
    contender = Contender("network", defaults_of("network")).change(**carried)
    spec = CompareSpec().change(contenders=(contender.text, "tree"), **data)
    assert read_contender(spec.structure.contenders[0]) == contender
    ours = LEARNER.advance(spec, LEARNER.init(spec), 20)
    learner = MlpLearner()
    state = learner.init(there)
    theirs = learner.advance(there, state, learner.steps_until(there, state, 20))
    np.testing.assert_array_equal(ours.arrays["0.params"], theirs.arrays["params"])
    assert theirs.epoch == 20
    if there.structure.loss in ("cross_entropy", "mse"):  # what everybody is scored by
        assert ours.history.last("A_test_loss") == pytest.approx(theirs.history.last("test_loss"), rel=1e-5)
    accuracy = "r2" if there.structure.task == "regression" else "accuracy"
    assert ours.history.last(f"A_test_{accuracy}") == pytest.approx(theirs.history.last(f"test_{accuracy}"))


def test_every_setting_of_the_playground_reaches_the_contender_network() -> None:
    """But for those that all contenders share: the data, the seed, and when to stop."""
    shared = {*DataChoices.model_fields, *Settings.model_fields, "seed", "weights"}
    assert {*PlaygroundSpec.fields()} - {*fields_of("network")} == shared
    hidden = {"hidden_sizes": (16,) * 8, "activation": ("leaky_relu",) * 8, "features": get_args(Feature)}
    shares = ("momentum", "beta1", "beta2", "alpha", "weight_decay", "gradient_clip", "dropout")
    longest = dict.fromkeys(shares, 0.123456)
    rates = {"learning_rate": 0.0123456, "regularization_rate": 0.0123456, "regularization": "l1", "epochs": 1999}
    rest = {"loss": "squared_error_tanh", "optimizer": "momentum", "initializer": "normal", "schedule": "cosine"}
    whole = {**hidden, **longest, **rates, **rest, "schedule_epochs": 99_999, "batch_size": 1999}
    text = Contender("network", defaults_of("network")).change(**whole).text
    assert read_contender(text).own == {**whole}


def test_a_loss_that_does_not_fit_the_data_is_named() -> None:
    spec = CompareSpec().change(dataset="plane", n_samples=60, contenders=("network~loss~hinge", "network"))
    frame = LEARNER.observe(spec, state := LEARNER.advance(spec, LEARNER.init(spec), 3), Look())
    assert frame["problems"] == ["hinge does not fit these data: trained on mse", ""]
    np.testing.assert_array_equal(state.arrays["0.params"], state.arrays["1.params"])


@pytest.mark.parametrize("engine", ["xgboost", "classic"])
@pytest.mark.parametrize("dataset", ["gb_spiral", "blobs", "plane"])
def test_boosting_is_that_of_the_trees_page(engine: str, dataset: str) -> None:
    spec = CompareSpec().change(
        dataset=dataset, seed=2, noise=0.3, contenders=(f"{engine}~depth~3~subsample~0.7", "tree")
    )
    values = {
        "engine": engine,
        "depth": 3,
        "subsample": 0.7,
        "n_trees": 100,
        "dataset": dataset,
        "seed": 2,
        "noise": 0.3,
    }
    learner, there = TreesLearner(), TreesSpec.from_values(values)
    ours = arrays_of(LEARNER.advance(spec, LEARNER.init(spec), 15).arrays, 0)
    theirs = learner.advance(there, learner.init(there), 15)
    for name, array in theirs.arrays.items():
        np.testing.assert_array_equal(ours[name], array)


def test_models_fitted_at_once_are_scikit_learns_own() -> None:
    """Written out here as a user of scikit-learn would, scaling included."""
    arena = make_arena(CompareSpec().change(dataset="spiral3", n_samples=100).structure)
    s = arena.samples
    scaler = StandardScaler().fit(s.train_x)
    by_hand = {
        "forest~n_trees~20": (RandomForestClassifier(20, random_state=7), False),
        "tree~depth~3": (DecisionTreeClassifier(max_depth=3, random_state=7), False),
        "logistic~C~10": (LogisticRegression(C=10), True),
        "neighbors~n_neighbors~3~weighting~distance": (KNeighborsClassifier(3, weights="distance"), True),
    }
    for text, (model, scaled) in by_hand.items():
        train, test = (scaler.transform(x) if scaled else x for x in (s.train_x, s.test_x))
        theirs = model.fit(train, s.train_y).predict_proba(test).T
        ours = make_model(read_contender(text), arena, 7).on_rows({})[:, arena.n_train :]
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("kind", KINDS)
def test_the_map_says_what_the_model_says_of_its_cells(kind: str) -> None:
    """Painting a whole map takes short cuts that asking for single rows does not."""
    arena = make_arena(CompareSpec().change(dataset="blobs", n_samples=60).structure)
    model = make_model(read_contender(kind), arena, 0)
    arrays = model.advance(model.start(), 10)
    cells = np.array([0, 99, 4321, 9999])
    np.testing.assert_allclose(
        model.on_grid(arrays)[:, cells], model.predict(arrays, arena.grid[cells]), rtol=1e-6, atol=1e-9
    )
    np.testing.assert_allclose(model.on_rows(arrays), model.predict(arrays, arena.rows), rtol=1e-4, atol=1e-6)


def test_features_are_those_of_the_playground() -> None:
    arena = make_arena(CompareSpec().change(dataset="moons", n_samples=50).structure)
    names = ("x1", "x2_squared", "radius")
    np.testing.assert_array_equal(arena.features(arena.rows, names), make_features(arena.plane.X, names))


def test_a_tie_is_a_difference_within_its_own_spread() -> None:
    """Paired by seed: B is always 0.1 worse than A although both vary by more; C differs by chance."""
    a = np.array([0.1, 0.5, 0.9])
    values = np.stack([a, a + 0.1 + np.array([0, 0.001, 0]), a + np.array([0.3, -0.2, 0.1]), np.full(3, np.nan)])
    assert judge(values, "low") == ([0], [2])
    assert judge(-values, "high") == ([0], [2])
    assert judge(values[3:], "low") == ([], [])


@pytest.mark.parametrize("n_seeds", [2, 3, 5])
def test_few_seeds_call_few_equals_worse(n_seeds: int) -> None:
    pairs = np.random.default_rng(0).normal(size=(2000, 2, n_seeds))
    worse = [len(judge(values, "low")[1]) == 0 for values in pairs]
    assert 0.03 < np.mean(worse) < 0.07  # 5 of 100
    assert BY_CHANCE[n_seeds] == pytest.approx(stats.t.ppf(0.975, n_seeds - 1) / n_seeds**0.5, abs=1e-3)


SEED_OF_SPLIT = 0  # puts the last row of the table below among the test rows


def test_a_test_row_of_an_own_table_changes_nothing_that_a_network_learns_from() -> None:
    rng = np.random.default_rng(0)
    rows, labels = rng.normal(size=(120, 2)), np.arange(120) % 2

    def seen(last: float) -> np.ndarray:
        lines = [f"{x + 3 * label:.4f},{y:.4f},{'ab'[label]}" for (x, y), label in zip(rows, labels, strict=True)]
        table = read_csv("\n".join(["a,b,kind", *lines, f"{last},0,a"]).encode())
        points = pack_points(choose_columns(table, "a", "b", "kind"))
        arena = make_arena(CompareSpec().change(dataset="csv", points=points, data_seed=SEED_OF_SPLIT).structure)
        assert arena.samples.test_x[:, 0].max() == pytest.approx(last, abs=0.02), "the last row must be for testing"
        return arena.features(arena.samples.train_x, ("x1", "x2"))

    near, far = seen(8.0), seen(40.0)
    np.testing.assert_allclose(near, far, atol=0.02)  # a link rounds places by the size of the map
    np.testing.assert_allclose([far.mean(), far.std(axis=1).mean()], [0, 2], atol=1e-5)


@pytest.mark.parametrize("dataset", ["titanic", "iris", "diabetes"])
def test_what_a_guess_scores_is_what_scikit_learns_dummy_scores(dataset: str) -> None:
    arena = make_arena(CompareSpec().change(dataset=dataset).structure)
    n, X, y = arena.n_train, arena.rows, arena.labels
    numbers = [float(number) for number in re.findall(r"-?\d+\.\d+", guess_of(arena).replace("−", "-"))]
    if dataset == "diabetes":
        said = DummyRegressor().fit(X[:n], y[:n]).predict(X[n:])
        assert numbers == pytest.approx(
            [metrics.mean_squared_error(y[n:], said), metrics.r2_score(y[n:], said)], abs=6e-4
        )
    else:
        dummy = DummyClassifier(strategy="prior").fit(X[:n], y[:n])
        right = 100 * dummy.score(X[n:], y[n:])
        assert numbers == pytest.approx([metrics.log_loss(y[n:], dummy.predict_proba(X[n:])), right], abs=0.06)
