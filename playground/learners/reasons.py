"""Why a contender says what it says of one place: what it computes on its way, in its own terms."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from playground.data.arena import Arena
from playground.data.features import FEATURE_LABELS
from playground.learners.contenders import Arrays, BoostingModel, FittedModel, Model, NetworkModel
from playground.models import boosting
from playground.spec.wording import number_text
from playground.training import trees

MAX_CURVE = 200  # points of a running sum
MAX_LISTED = 6
BOOSTED_STEPS = 3  # trees that are told of one by one


def answer_of(arena: Arena, said: np.ndarray) -> str:
    """What a contender says of one place in words: `class 1: 93.1%`, or `Says 0.412`."""
    if len(said) == 1:
        return f"Says {arena.value_text(said[0])}"
    k = int(said.argmax())
    return f"{arena.samples.class_names[k]}: {said[k]:.1%}"


def explain(model: Model | None, problem: str, arrays: Arrays, point: tuple[float, float]) -> dict[str, Any]:
    """The answer at one place of the map and the way to it; where a point stands, at the point's own row.

    Returns:
        `answer` and `lines` as text; `layers`: values of a network's units, with names where they have some; `curve`:
        running sums, one for each output; `bars`: named amounts.
    """
    reason: dict[str, Any] = {"answer": problem, "lines": [], "layers": [], "curve": [], "bars": []}
    if model is None:
        return reason
    arena = model.arena
    row = arena.place(point)  # (1, d)
    reason["answer"] = answer_of(arena, model.predict(arrays, row)[:, 0])
    if isinstance(model, NetworkModel):
        return reason | _through_layers(model, arrays, row)
    if isinstance(model, BoostingModel):
        return reason | _through_rounds(model, arrays, arena, row)
    assert isinstance(model, FittedModel)
    return reason | _REASONS[model.kind](model, arena, row)


def _through_layers(model: NetworkModel, arrays: Arrays, row: np.ndarray) -> dict[str, Any]:
    arena, names = model.arena, model.structure.features
    seen = {"name": "features", "values": arena.features(row, names)[:, 0].tolist(), "units": _names_of(arena, names)}
    *hidden, outputs = ({"values": values[:, 0].tolist(), "units": []} for values in model.units(arrays, row))
    layers = [{"name": f"hidden {k + 1}", **layer} for k, layer in enumerate(hidden)]
    last = {"name": "output" if len(outputs["values"]) == 1 else "outputs", **outputs}
    return {"lines": ["Each layer passes its units' values on to the next."], "layers": [seen, *layers, last]}


def _names_of(arena: Arena, features: Sequence[str]) -> list[str]:
    """What a network sees: features of points, or all columns of a table, as they are prepared for it."""
    return [FEATURE_LABELS[name] for name in features] if arena.is_plane else list(arena.samples.columns)


def _through_rounds(model: BoostingModel, arrays: Arrays, arena: Arena, row: np.ndarray) -> dict[str, Any]:
    forest, n_outputs = model.forest(arrays), model.n_outputs
    if not forest.n_trees:
        return {"lines": ["No tree is built yet."]}
    added = np.array([trees.values_of(forest.tree(t), row)[0] for t in range(forest.n_trees)])
    sums = model.problem.base[:, None] + np.cumsum(added.reshape(-1, n_outputs).T, axis=1)  # (n_outputs, n_rounds)
    thinned = np.unique(np.linspace(0, sums.shape[1] - 1, MAX_CURVE).astype(int))
    curve = np.concatenate([model.problem.base[:, None], sums[:, thinned]], axis=1)
    most = np.argsort(-np.abs(added), kind="stable")[:BOOSTED_STEPS]
    each = f", {n_outputs} a round, one for each class" if n_outputs > 1 else ""
    lines = [f"{forest.n_trees} trees add up{each}; the curve is the running sum."]
    lines += [
        f"Tree {t + 1}{f', for {arena.samples.class_names[t % n_outputs]},' if n_outputs > 1 else ''} adds "
        f"{number_text(added[t], '+.3f')}: {_conditions(model, forest, int(t), arena, row)}"
        for t in most
    ]
    return {"lines": lines, "curve": curve.astype(float).tolist()}


def _conditions(model: BoostingModel, forest: boosting.Forest, t: int, arena: Arena, row: np.ndarray) -> str:
    tree = forest.tree(t)
    nodes = trees.path_of(tree, row[0])[:-1]
    asked = [
        arena.questions[f].condition(row[0][f], threshold, "<" if row[0][f] < threshold else "≥")
        for f, threshold in ((tree.feature[n], tree.threshold[n]) for n in nodes)
    ]
    return ", ".join(asked) + "." if asked else "asks nothing."


def _of_tree(model: FittedModel, arena: Arena, row: np.ndarray) -> dict[str, Any]:
    tree = model.estimator.tree_
    nodes = model.estimator.decision_path(row).indices
    lines = [
        arena.questions[f].condition(row[0][f], threshold, "≤" if row[0][f] <= threshold else ">")
        for f, threshold in ((tree.feature[n], tree.threshold[n]) for n in nodes[:-1])
    ]
    n = tree.n_node_samples[nodes[-1]]
    return {"lines": [*lines, f"Leaf with {n} training point{'s' if n > 1 else ''}."]}


def _of_forest(model: FittedModel, arena: Arena, row: np.ndarray) -> dict[str, Any]:
    estimators = model.estimator.estimators_
    if not arena.samples.class_names:
        said = np.array([tree.predict(row)[0] for tree in estimators])
        low, high = arena.value_text(said.min()), arena.value_text(said.max())
        return {"lines": [f"{len(said)} trees say {low} to {high}; the answer is their mean."]}
    votes = np.array([int(tree.predict(row)[0]) for tree in estimators])
    classes = model.estimator.classes_.astype(int)
    bars = [
        {"name": arena.samples.class_names[k], "value": int(np.sum(classes[votes] == k)), "class": int(k)}
        for k in classes
    ]
    return {"lines": [f"{len(votes)} trees vote; the answer is the mean of their leaves' shares."], "bars": bars}


def _of_neighbors(model: FittedModel, arena: Arena, row: np.ndarray) -> dict[str, Any]:
    scaler, last = model.estimator[0], model.estimator[-1]
    distance, index = last.kneighbors(scaler.transform(row))
    truth = arena.samples.train_y[index[0]]
    far = f"The {len(truth)} nearest training points; the farthest is {distance[0].max():.2f} standard deviations away."
    if not arena.samples.class_names:
        return {
            "lines": [far, f"Their values go from {arena.value_text(truth.min())} to {arena.value_text(truth.max())}."]
        }
    counts = np.bincount(truth.astype(int), minlength=len(arena.samples.class_names))
    names = arena.samples.class_names
    bars = [{"name": names[k], "value": int(n), "class": k} for k, n in enumerate(counts) if n]
    return {"lines": [far], "bars": bars}


def _of_linear(model: FittedModel, arena: Arena, row: np.ndarray) -> dict[str, Any]:
    core = _core(model)
    scaled = model.estimator[0].transform(row)[0]
    weights, starts = np.atleast_2d(core.coef_), np.ravel(core.intercept_)
    if len(weights) > 1 and model.kind == "svm_linear":
        return _of_pairs(weights @ scaled + starts, [arena.samples.class_names[int(k)] for k in core.classes_])
    row_of, of = 0, ""
    if len(weights) > 1:
        row_of = int(np.argmax(weights @ scaled + starts))
        of = f" for {arena.samples.class_names[int(core.classes_[row_of])]}, the largest of {len(weights)} such sums"
    bars = [
        {"name": name, "value": float(w * x)}
        for name, w, x in zip(arena.samples.columns, weights[row_of], scaled, strict=True)
    ]
    bars.append({"name": "intercept", "value": float(starts[row_of])})
    return {"lines": [f"Weight times scaled column, added up{of}."], "bars": _largest(bars)}


def _largest(bars: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The largest parts of a sum, and what all others add up to."""
    if len(bars) <= MAX_LISTED + 1:
        return bars
    ordered = sorted(bars, key=lambda bar: -abs(bar["value"]))
    others = ordered[MAX_LISTED:]
    return [*ordered[:MAX_LISTED], {"name": f"{len(others)} others", "value": sum(bar["value"] for bar in others)}]


def _of_pairs(margins: np.ndarray, names: Sequence[str]) -> dict[str, Any]:
    """What pairs of classes say, each by a weighted sum of its own that is positive for its first class."""
    against = np.zeros((len(names), len(names)))
    for (first, second), margin in zip(combinations(range(len(names)), 2), margins, strict=True):
        against[first, second], against[second, first] = margin, -margin
    most = int(np.argmax((against > 0).sum(axis=1)))
    bars = [{"name": f"against {name}", "value": float(against[most, k])} for k, name in enumerate(names) if k != most]
    said = f"Each pair of classes has a weighted sum of its own. {names[most]} wins most of them:"
    return {"lines": [said], "bars": bars}


def _of_rbf(model: FittedModel, arena: Arena, row: np.ndarray) -> dict[str, Any]:
    core, scaled = _core(model), model.estimator[0].transform(row)[0]
    near = np.exp(-core._gamma * np.sum((core.support_vectors_ - scaled) ** 2, axis=1))  # the kernel's value
    lines = [f"{len(near)} support vectors pull; {int(np.sum(near > 0.5))} of them are near (kernel above 0.5)."]
    if len(core.dual_coef_) == 1:
        pulls = core.dual_coef_[0] * near
        names = arena.samples.class_names
        up, down = (f"for {names[int(core.classes_[1])]}", "against") if names else ("upward", "downward")
        bars = [
            {"name": up, "value": float(pulls[pulls > 0].sum())},
            {"name": down, "value": float(pulls[pulls < 0].sum())},
        ]
        return {"lines": lines, "bars": bars}
    return {"lines": lines}


def _core(model: FittedModel) -> Any:
    """The linear model or SVM inside scaling and calibration."""
    last = model.estimator[-1]
    return last.calibrated_classifiers_[0].estimator if hasattr(last, "calibrated_classifiers_") else last


_REASONS = {
    "tree": _of_tree,
    "forest": _of_forest,
    "neighbors": _of_neighbors,
    "logistic": _of_linear,
    "svm_linear": _of_linear,
    "svm_rbf": _of_rbf,
}
