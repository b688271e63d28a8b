"""The search for a split made visible: the gain of every threshold of one node."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from playground.models import boosting
from playground.models.boosting import Forest, Tree, turned
from playground.spec.trees import TreesStructure
from playground.training import trees
from playground.training.tree_problem import Problem


@dataclass(frozen=True)
class Sums:
    """What a split is judged by, one value a point of the node, and the penalties.

    Attributes:
        gradient: (n,) G is its sum.
        hessian: (n,) H is its sum; 1 a point for classic boosting.
        reg_lambda: added to H.
        min_child_weight: the least H of a side.
    """

    gradient: np.ndarray
    hessian: np.ndarray
    reg_lambda: float
    min_child_weight: float


def split_gains(x: np.ndarray, sums: Sums) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every threshold between neighboring values of one feature.

    gain = GL^2 / (HL + lambda) + GR^2 / (HR + lambda) - G^2 / (H + lambda)

    Args:
        x: (n,) the feature at the points of the node.
        sums: gradients and penalties.

    Returns:
        thresholds (m,) ascending, gains (m,), and whether both sides have enough hessian (m,) bool. Two points at 0
        and 1 with gradients -1 and 1, hessians 1 and lambda 0 give ([0.5], [2.0], [True]).

    Source: Chen and Guestrin, "XGBoost", 2016, equation 7, without its factor 1/2 as in xgboost's own dump.
    """
    order = np.argsort(x, kind="stable")
    x, g, h = x[order], sums.gradient[order].astype(np.float64), sums.hessian[order].astype(np.float64)
    left_g, left_h = np.cumsum(g)[:-1], np.cumsum(h)[:-1]  # (n - 1,)
    right_g, right_h = g.sum() - left_g, h.sum() - left_h
    penalty = sums.reg_lambda
    with np.errstate(divide="ignore", invalid="ignore"):
        gains = left_g**2 / (left_h + penalty) + right_g**2 / (right_h + penalty) - g.sum() ** 2 / (h.sum() + penalty)
    legal = (left_h >= sums.min_child_weight) & (right_h >= sums.min_child_weight)
    apart = x[1:] > x[:-1]
    return ((x[1:] + x[:-1]) / 2)[apart], np.nan_to_num(gains)[apart], legal[apart]


def allowed_features(structure: TreesStructure, tree: Tree, t: int, n: int) -> np.ndarray | None:
    """Which of `n` features tree `t` may ask about: (n,) bool; None when nobody can tell.

    XGBoost keeps its draw to itself, but a share below 1 leaves each tree one of two features: the one it asks about.
    """
    if structure.colsample >= 1:
        return np.ones(n, bool)
    if structure.engine == "classic":
        return boosting.choose_features(structure.seed, t, structure.colsample, n)
    asked = np.isin(np.arange(n), tree.feature)
    return asked if asked.any() else None


def search_node(
    structure: TreesStructure, tree: Tree, node: int, X: np.ndarray, sums: Sums, allowed: np.ndarray | None
) -> dict[str, Any]:
    """The search at one node: arrays over all candidates, features one after the other.

    `split_gain_free` is the gain that each would have without lambda.

    Args:
        structure: for what the chosen split had to reach.
        tree: the tree that the node belongs to.
        node: its number.
        X: (n, 2) the points the tree was built on.
        sums: of the same points.
        allowed: (2,) bool, which features the tree may ask about; None when nobody can tell.
    """
    inside = np.isin(trees.leaves_of(tree, X), _leaves_below(tree, node))
    here = Sums(sums.gradient[inside], sums.hessian[inside], sums.reg_lambda, sums.min_child_weight)
    seen = turned(X[inside], tree.angle)
    found = [split_gains(x, here) for x in seen.T]
    free = [split_gains(x, replace(here, reg_lambda=0.0))[1] for x in seen.T]
    barred = [] if allowed is None else np.flatnonzero(~allowed).tolist()
    chosen = int(tree.feature[node])
    return {
        "split": {
            "node": node,
            "chosen_feature": chosen,
            "chosen_threshold": float(tree.threshold[node]) if chosen >= 0 else None,
            "chosen_gain": float(tree.gain[node]) if chosen >= 0 else None,
            "reg_lambda": here.reg_lambda,
            "min_child_weight": here.min_child_weight,
            "gamma": structure.gamma if structure.engine == "xgboost" else 0.0,
            "at_depth": _level(tree, node) == structure.depth,
            "n_points": int(inside.sum()),
            "G": float(here.gradient.sum()),
            "H": float(here.hessian.sum()),
            "slanted": tree.angle != 0,
            "barred": barred,
            "unknown_features": allowed is None,
        },
        "split_feature": np.concatenate([np.full(len(f[0]), k, np.int32) for k, f in enumerate(found)]),
        "split_threshold": np.concatenate([f[0] for f in found]).astype(np.float32),
        "split_gain": np.concatenate([f[1] for f in found]).astype(np.float32),
        "split_gain_free": np.concatenate(free).astype(np.float32),
        "split_legal": np.concatenate([f[2] & (k not in barred) for k, f in enumerate(found)]).astype(np.uint8),
    }


def _level(tree: Tree, node: int) -> int:
    """Questions on the way to a node."""
    if node == 0:
        return 0
    parents = np.flatnonzero((tree.feature >= 0) & ((tree.left == node) | (tree.left + 1 == node)))
    return 1 + _level(tree, int(parents[0]))


def _leaves_below(tree: Tree, node: int) -> list[int]:
    if tree.feature[node] < 0:
        return [node]
    child = int(tree.left[node])
    return _leaves_below(tree, child) + _leaves_below(tree, child + 1)


def sums_before(structure: TreesStructure, problem: Problem, forest: Forest, t: int) -> Sums:
    """Gradients and hessians of training points that tree `t` was fitted to, in the precision of its engine."""
    n, n_outputs, xgboost = problem.data.n_train, len(problem.base), structure.engine == "xgboost"
    X, y = problem.X[:n], problem.data.y[:n]
    dtype = np.float32 if xgboost else np.float64
    margins = np.repeat(problem.base[:, None], n, axis=1).astype(dtype)
    for k in range(t // n_outputs * n_outputs):
        margins[k % n_outputs] += trees.values_of(forest.tree(k), X).astype(dtype)
    gradient = boosting.gradients(problem.objective, margins, y)[t % n_outputs]
    if not xgboost:
        return Sums(gradient, np.ones(n), 0.0, 0.0)
    hessian = boosting.hessians(problem.objective, margins)[t % n_outputs] * (2 if n_outputs > 1 else 1)
    penalties = structure.reg_lambda, structure.min_child_weight
    return Sums(gradient.astype(np.float32), hessian.astype(np.float32), *penalties)
