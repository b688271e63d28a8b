"""Where the nodes of a tree lie on the map, and how much the trees rest on each feature."""

from __future__ import annotations

import math

import numpy as np

from playground.models import boosting
from playground.models.boosting import Forest, Tree
from playground.models.randomness import hash_of
from playground.spec.points import Axis
from playground.training import trees
from playground.training.tree_problem import Problem

N_SHUFFLES = 5
_STREAM_SHUFFLE = np.uint64(14)
Corner = tuple[float, float]


def regions_of(tree: Tree, axes: tuple[Axis, Axis], reach: float) -> tuple[np.ndarray, np.ndarray]:
    """The part of the map that reaches each node: a convex polygon, also for a tree that sees the points turned.

    Args:
        tree: the tree.
        axes: units of the thresholds.
        reach: the root's square goes from -reach to reach.

    Returns:
        Corners of all polygons one after another, (n_corners, 2) float32 in map units, and where each begins,
        (n_nodes + 1,) int32. A leaf alone has the four corners of the square; a node off the map none.
    """
    cos, sin = math.cos(tree.angle), math.sin(tree.angle)
    polygons: list[list[Corner]] = [[] for _ in tree.feature]
    polygons[0] = [(-reach, -reach), (reach, -reach), (reach, reach), (-reach, reach)]
    for node, feature in enumerate(tree.feature):  # a child always stands after its parent
        if feature < 0:
            continue
        across, upward = (cos, -sin) if feature == 0 else (sin, cos)  # the feature as the turned tree sees it
        slope = across * axes[0].scale, upward * axes[1].scale
        start = across * axes[0].center + upward * axes[1].center - float(tree.threshold[node])
        child = int(tree.left[node])
        polygons[child] = _clip(polygons[node], slope, start)
        polygons[child + 1] = _clip(polygons[node], (-slope[0], -slope[1]), -start)
    corners = np.array([corner for polygon in polygons for corner in polygon], np.float32).reshape(-1, 2)
    return corners, np.cumsum([0, *map(len, polygons)], dtype=np.int32)


def _clip(polygon: list[Corner], slope: Corner, start: float) -> list[Corner]:
    """The part of a convex polygon where slope . corner + start <= 0 (Sutherland and Hodgman, 1974)."""
    kept: list[Corner] = []
    heights = [slope[0] * x + slope[1] * y + start for x, y in polygon]
    for k, (here, above) in enumerate(zip(polygon, heights, strict=True)):
        before, below = polygon[k - 1], heights[k - 1]
        if (above <= 0) != (below <= 0):
            share = below / (below - above)
            kept.append((before[0] + share * (here[0] - before[0]), before[1] + share * (here[1] - before[1])))
        if above <= 0:
            kept.append(here)
    return kept


def importance(forest: Forest, n_features: int) -> dict[str, list[float]]:
    """How much the trees rest on each feature, as shares that sum to 1; zeros while no tree asks anything.

    `gain` sums the gain of all splits by a feature, `cover` what reached them, `weight` counts them: xgboost's own
    total_gain, total_cover and weight, divided by their sums. A single split by x1 gives [1.0, 0.0] for each.
    """
    asked = forest.feature >= 0
    features = forest.feature[asked].astype(np.int64)
    kinds = {"gain": forest.gain[asked], "cover": forest.cover[asked], "weight": np.ones(len(features))}
    sums = {kind: np.bincount(features, values, n_features) for kind, values in kinds.items()}
    return {kind: (total / max(total.sum(), 1e-300)).tolist() for kind, total in sums.items()}


def permutation_importance(forest: Forest, problem: Problem) -> list[float]:
    """By how much the test loss rises when one feature's values are shuffled among the test points.

    Args:
        forest: the trees.
        problem: the points, whose loss, and the score without trees.

    Returns:
        For each feature the mean rise over `N_SHUFFLES` fixed shuffles; about 0 for a feature that no tree asks about.

    Source: Breiman, "Random forests", 2001.
    """
    n, base, objective = problem.data.n_train, problem.base, problem.objective
    X, y = problem.X[n:], problem.data.y[n:]
    n_rounds = forest.n_trees // len(base)

    def loss_at(places: np.ndarray) -> float:
        return boosting.mean_loss(objective, trees.margins_of(forest, places, base, n_rounds), y)

    rises = []
    for feature in range(X.shape[1]):
        losses = []
        for repeat in range(N_SHUFFLES):
            order = np.argsort(hash_of(feature, _STREAM_SHUFFLE, np.array(repeat), np.arange(len(y))), kind="stable")
            shuffled = X.copy()
            shuffled[:, feature] = X[order, feature]
            losses.append(loss_at(shuffled))
        rises.append(float(np.mean(losses)) - loss_at(X))
    return rises
