"""Models that are fitted at once, all of them scikit-learn's. Only workers import this: loading it takes a second.

What needs one scale for all columns (SVM, linear models, neighbors) stands behind a StandardScaler.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import RandomForestClassifier, RandomForestRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import StratifiedKFold
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

from playground.data.samples import Samples

MAX_ITERATIONS = 50_000  # of the SVM's solver: some seconds at most, whatever the points
MANY_ROWS = 1000  # more than these need no third fold to calibrate well, and an SVM takes their number squared
CALIBRATION_FOLDS = 5  # whose held-out margins turn the SVM's margins into probabilities (Platt scaling)


class UnfitError(ValueError):
    """These samples cannot train such a model; the text names the rule."""


def fit(kind: str, own: Mapping[str, Any], samples: Samples, seed: int) -> tuple[Any, str]:
    """A fitted scikit-learn estimator, and what has to be said of it; mostly nothing.

    Args:
        kind: a kind of contender that is fitted at once.
        own: its choices.
        samples: what it learns; the test rows are not looked at.
        seed: of forests and trees.

    Raises:
        UnfitError: the training rows are of one class only, or too few.
    """
    regression = samples.task == "regression"
    n, counts = len(samples.train_y), np.unique(samples.train_y, return_counts=True)[1]
    if not regression and len(counts) < 2:
        raise UnfitError("needs training points of two classes; got one class only")
    if kind.startswith("svm") and not regression and counts.min() < 2:
        raise UnfitError("needs two training points of each class; got a class with one")
    chance = {"random_state": seed % 2**32}
    model = _tree_model(kind, own, regression, chance) if kind in ("forest", "tree") else None
    if model is None:
        most = CALIBRATION_FOLDS if n <= MANY_ROWS else 2
        folds = StratifiedKFold(max(2, min(most, int(counts.min()))), shuffle=True, **chance)
        model = make_pipeline(StandardScaler(), _scaled_model(kind, own, regression, n, folds))
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", ConvergenceWarning)
        model.fit(samples.train_x, samples.train_y)
    unfinished = any(issubclass(one.category, ConvergenceWarning) for one in told)
    return model, "its solver ended before it had converged: lower C" if unfinished else ""


def _tree_model(kind: str, own: Mapping[str, Any], regression: bool, chance: dict[str, Any]) -> Any:
    shape = {"max_depth": own["depth"] or None, "min_samples_leaf": own["min_leaf"], **chance}
    if kind == "tree":
        return DecisionTreeRegressor(**shape) if regression else DecisionTreeClassifier(**shape)
    forest = RandomForestRegressor if regression else RandomForestClassifier
    return forest(n_estimators=own["n_trees"], n_jobs=1, **shape)


def _scaled_model(kind: str, own: Mapping[str, Any], regression: bool, n: int, folds: Any) -> Any:
    if kind == "neighbors":
        model = KNeighborsRegressor if regression else KNeighborsClassifier
        return model(min(own["n_neighbors"], n), weights=own["weighting"])
    if kind == "logistic":
        return Ridge(alpha=1 / own["C"]) if regression else LogisticRegression(C=own["C"], max_iter=1000)
    shape = {"kernel": "linear" if kind == "svm_linear" else "rbf", "C": own["C"], "max_iter": MAX_ITERATIONS}
    if own.get("gamma"):
        shape["gamma"] = own["gamma"]
    if regression:
        return SVR(**shape)
    return CalibratedClassifierCV(SVC(**shape), ensemble=False, cv=folds)  # in chance order: some sets come sorted


def answers(model: Any, rows: np.ndarray, n_classes: int) -> np.ndarray:
    """What a fitted model says: (n, d) -> (n_classes, n) probabilities, or (1, n) values where there are no classes.

    A class that no training row had gets probability 0.
    """
    if not n_classes:
        return np.asarray(model.predict(rows), dtype=np.float64)[None]  # (1, n)
    said = np.zeros((n_classes, len(rows)))
    said[model.classes_.astype(np.int64)] = model.predict_proba(rows).T
    return said


def size_of(kind: str, model: Any, samples: Samples) -> tuple[int, str]:
    """How many numbers the model has to keep for a prediction, and of what they are; mean and spread of the columns,
    which every contender but trees needs, count for nobody."""
    width, last = samples.train_x.shape[1], model[-1] if hasattr(model, "steps") else model
    if kind == "neighbors":
        return len(samples.train_y) * (width + 1), f"{len(samples.train_y):,} points"
    if kind == "logistic":
        n = int(np.size(last.coef_) + np.size(last.intercept_))
        return n, f"{n:,} weights"
    if kind.startswith("svm"):
        core = last.calibrated_classifiers_[0].estimator if hasattr(last, "calibrated_classifiers_") else last
        vectors = len(core.support_vectors_)
        if kind == "svm_linear":  # the vectors add up to one weight for each column
            n = int(np.size(core.coef_) + np.size(core.intercept_))
            return n, f"{n:,} weights"
        n = vectors * width + core.dual_coef_.size + np.size(core.intercept_)
        return int(n), f"{vectors:,} vectors"
    trees = [tree.tree_ for tree in getattr(model, "estimators_", [model])]
    shares = max(1, len(samples.class_names) - 1)  # a leaf's last share is what the others leave
    return numbers_in_trees(sum(tree.node_count for tree in trees), sum(tree.n_leaves for tree in trees), shares)


def numbers_in_trees(n_nodes: int, n_leaves: int, n_values: int = 1) -> tuple[int, str]:
    """Feature and threshold of each split, so many values for each leaf: 3 nodes with 2 leaves keep 4 numbers."""
    return int(2 * (n_nodes - n_leaves) + n_values * n_leaves), f"{int(n_nodes):,} nodes"
