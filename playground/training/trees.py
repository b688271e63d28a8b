"""Growing and evaluating regression trees, compiled.

No fast math here: sums run in one fixed order, so that ties between splits fall the same way everywhere.
"""

from __future__ import annotations

import numba
import numpy as np

from playground.models.boosting import Forest, Tree, turned
from playground.training import compilation  # noqa: F401  # chooses the folder of compiled code

_NEWTON_FLOOR = 1e-4  # keeps a leaf of sure points finite; the gradient boosting playground's constant
_PURE = 1e-12  # points whose gradients differ by less need no further question
_exact = numba.njit(cache=True, error_model="numpy")


def grow_tree(
    X: np.ndarray,
    gradient: np.ndarray,
    hessian: np.ndarray | None,
    rows: np.ndarray,
    allowed: np.ndarray,
    depth: int,
    rate: float,
    angle: float,
) -> Tree:
    """Fit a tree to the gradients by least squares.

    Split: the midpoint and feature with the largest (sum g left)^2 / n left + (sum g right)^2 / n right; the first of
    equal ones.
    A leaf adds rate * mean g of its rows, or with hessians rate * sum g / (sum h + 1e-4) over **all** points in it.

    Args:
        X: (n, n_features) float64.
        gradient: (n,) what the tree should say.
        hessian: (n,) for the Newton update; None for the mean.
        rows: which points the tree is built on.
        allowed: (n_features,) bool.
        depth: 1 to 8.
        rate: what a leaf's value is multiplied by.
        angle: the tree sees the points turned by it, in radians.

    Source: Rogozhnikov, "Gradient boosting interactive playground", 2016; Friedman, 2001.
    """
    X = np.ascontiguousarray(turned(X, angle))
    feature, threshold, left, value, gain, cover = _grow(X, gradient, rows.astype(np.int64), allowed, depth)
    if hessian is not None:
        leaf = _leaves(feature, threshold, left, X)
        total = np.bincount(leaf, gradient, len(feature))
        value = total / (np.bincount(leaf, hessian, len(feature)) + _NEWTON_FLOOR)
    return Tree(feature, threshold, left, rate * value, gain, cover, angle)


def leaves_of(tree: Tree, X: np.ndarray) -> np.ndarray:
    """The leaf that each point (n, 2) falls into: (n,) int64."""
    return _leaves(tree.feature, tree.threshold, tree.left, np.ascontiguousarray(turned(X, tree.angle)))


def path_of(tree: Tree, place: np.ndarray) -> list[int]:
    """The nodes that one place (2,) passes, root first; `[0]` for a tree that is a leaf."""
    place, nodes = turned(place[None], tree.angle)[0], [0]
    while (feature := tree.feature[nodes[-1]]) >= 0:
        nodes.append(int(tree.left[nodes[-1]]) + int(place[feature] >= tree.threshold[nodes[-1]]))
    return nodes


def values_of(tree: Tree, X: np.ndarray) -> np.ndarray:
    """What the tree adds to the score of each point (n, 2): (n,)."""
    return tree.value[leaves_of(tree, X)]


def margins_of(forest: Forest, X: np.ndarray, base: np.ndarray, n_rounds: int) -> np.ndarray:
    """Scores after `n_rounds`: points (n, 2), base (n_outputs,) -> (n_outputs, n) float64."""
    margins = np.repeat(base[:, None], len(X), axis=1)
    _add(forest, X, margins, n_rounds * len(base))
    return margins


def added_by_each(forest: Forest, place: np.ndarray) -> np.ndarray:
    """What each tree adds to the score of one place (2,): (n_trees,)."""
    out = np.zeros((forest.n_trees, 1))
    _add(forest, place[None], out, forest.n_trees)
    return out[:, 0]


def _add(forest: Forest, X: np.ndarray, out: np.ndarray, n_trees: int) -> None:
    X = np.ascontiguousarray(X)
    _add_all(forest.starts, forest.angles, forest.feature, forest.threshold, forest.left, forest.value,
             X, out, n_trees)  # fmt: skip


def paint_margins(
    forest: Forest, centers: tuple[np.ndarray, np.ndarray], base: np.ndarray, n_rounds: int
) -> np.ndarray:
    """Scores after `n_rounds` on a grid, row 0 on top: (n_outputs, n2, n1) float64.

    Args:
        forest: the trees.
        centers: ascending x1 (n1,) and x2 (n2,) of the cells.
        base: (n_outputs,) the score without trees.
        n_rounds: rounds that count.
    """
    x1, x2 = centers
    out = np.broadcast_to(base[:, None, None], (len(base), len(x2), len(x1))).copy()
    _paint_all(forest.starts, forest.angles, forest.feature, forest.threshold, forest.left, forest.value,
               x1, x2, out, n_rounds * len(base))  # fmt: skip
    return out


def paint_tree(tree: Tree, centers: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
    """What one tree adds on a grid, row 0 on top: (n2, n1) float64."""
    x1, x2 = centers
    out = np.zeros((len(x2), len(x1)))
    _paint(tree.feature, tree.threshold, tree.left, tree.value, tree.angle, x1, x2, out)
    return out


def warm_up() -> None:
    """Compile, or load, everything above."""
    X = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 0.0]])
    tree = grow_tree(X, np.array([1.0, -1.0, 1.0]), np.ones(3), np.arange(3), np.ones(2, bool), 2, 0.1, 0.0)
    x = np.linspace(0, 1, 4)
    paint_tree(tree, (x, x))
    forest = Forest.empty().add([tree])
    paint_margins(forest, (x, x), np.zeros(1), 1)
    margins_of(forest, X, np.zeros(1), 1)


@_exact
def _grow(X, gradient, rows, allowed, depth):  # type: ignore[no-untyped-def]  # compiled; arrays as in grow_tree
    """Grow breadth first. Each node owns a stretch of `order`, the rows sorted by each feature."""
    n_features, n = X.shape[1], len(rows)
    most = min(2 ** (depth + 1) - 1, 2 * n - 1)
    feature, left = np.full(most, -1, np.int16), np.zeros(most, np.int16)
    threshold, value = np.zeros(most), np.zeros(most)
    gain, cover = np.zeros(most, np.float32), np.zeros(most, np.float32)
    begin, end, level = np.zeros(most, np.int64), np.zeros(most, np.int64), np.zeros(most, np.int64)
    order, buffer = np.empty((n_features, n), np.int64), np.empty(n, np.int64)
    for f in range(n_features):
        order[f] = rows[np.argsort(X[rows, f], kind="mergesort")]
    end[0] = n
    n_nodes, node = 1, 0
    while node < n_nodes:
        a, b = begin[node], end[node]
        total, low, high = 0.0, np.inf, -np.inf
        for i in range(a, b):
            g = gradient[order[0, i]]
            total, low, high = total + g, min(low, g), max(high, g)
        cover[node], value[node] = b - a, total / (b - a)
        if level[node] < depth and high - low > _PURE:
            f, cut, score = _best_split(X, gradient, order, allowed, a, b, total)
            if f >= 0:
                feature[node], threshold[node], left[node] = f, cut, n_nodes
                gain[node] = score - total * total / (b - a)
                middle = _part(X, order, buffer, a, b, f, cut)
                begin[n_nodes], end[n_nodes], level[n_nodes] = a, middle, level[node] + 1
                begin[n_nodes + 1], end[n_nodes + 1], level[n_nodes + 1] = middle, b, level[node] + 1
                n_nodes += 2
        node += 1
    return feature[:n_nodes], threshold[:n_nodes], left[:n_nodes], value[:n_nodes], gain[:n_nodes], cover[:n_nodes]


@_exact
def _best_split(X, gradient, order, allowed, a, b, total):  # type: ignore[no-untyped-def]  # compiled
    """Feature, midpoint and score of the best split of a node; feature -1 when all its points are in one place."""
    best, cut, score = -1, 0.0, -np.inf
    for f in range(X.shape[1]):
        if not allowed[f]:
            continue
        below = 0.0
        for i in range(a, b - 1):
            below += gradient[order[f, i]]
            here, there = X[order[f, i], f], X[order[f, i + 1], f]
            if there <= here:
                continue
            above = total - below
            now = below * below / (i + 1 - a) + above * above / (b - 1 - i)
            if now > score + 1e-12:
                best, cut, score = f, (here + there) / 2, now
                if cut <= here:  # nothing lies between neighboring doubles
                    cut = there
    return best, cut, score


@_exact
def _part(X, order, buffer, a, b, f, cut):  # type: ignore[no-untyped-def]  # compiled
    """Put the rows below the cut first in every feature's order, otherwise as they were; returns where they end."""
    middle = a
    for g in range(X.shape[1]):
        low, high = a, 0
        for i in range(a, b):
            row = order[g, i]
            if X[row, f] < cut:
                order[g, low] = row
                low += 1
            else:
                buffer[high] = row
                high += 1
        order[g, low:b] = buffer[:high]
        middle = low
    return middle


@_exact
def _leaves(feature, threshold, left, X):  # type: ignore[no-untyped-def]  # compiled
    out = np.empty(len(X), np.int64)
    for i in range(len(X)):
        node = 0
        while feature[node] >= 0:
            node = left[node] + (0 if X[i, feature[node]] < threshold[node] else 1)
        out[i] = node
    return out


@_exact
def _add_all(starts, angles, feature, threshold, left, value, X, out, n_trees):  # type: ignore[no-untyped-def]
    """Add tree t's value at each point to row t of `out`, counted round and round."""
    for t in range(n_trees):
        root, c, s = starts[t], np.cos(angles[t]), np.sin(angles[t])
        for i in range(len(X)):
            node = root
            while feature[node] >= 0:
                x = X[i, feature[node]]
                if angles[t] != 0:
                    x = c * X[i, 0] - s * X[i, 1] if feature[node] == 0 else s * X[i, 0] + c * X[i, 1]
                node = root + left[node] + (0 if x < threshold[node] else 1)
            out[t % len(out), i] += value[node]


@_exact
def _paint_all(starts, angles, feature, threshold, left, value, x1, x2, out, n_trees):  # type: ignore[no-untyped-def]
    for t in range(n_trees):
        a, b = starts[t], starts[t + 1]
        _paint(feature[a:b], threshold[a:b], left[a:b], value[a:b], angles[t], x1, x2, out[t % len(out)])


@_exact
def _paint(feature, threshold, left, value, angle, x1, x2, out):  # type: ignore[no-untyped-def]  # compiled
    """Add a tree to a grid: rectangles when it stands upright, else each cell by itself."""
    if angle == 0:
        _paint_rectangles(feature, threshold, left, value, x1, x2, out)
        return
    c, s = np.cos(angle), np.sin(angle)
    for j in range(len(x2)):
        for i in range(len(x1)):
            a, b = c * x1[i] - s * x2[j], s * x1[i] + c * x2[j]
            node = 0
            while feature[node] >= 0:
                node = left[node] + (0 if (a if feature[node] == 0 else b) < threshold[node] else 1)
            out[len(x2) - 1 - j, i] += value[node]


@_exact
def _paint_rectangles(feature, threshold, left, value, x1, x2, out):  # type: ignore[no-untyped-def]  # compiled
    n2 = len(x2)
    box = np.zeros((len(feature), 4), np.int64)  # columns from, to; rows from, to, counted from below
    box[0] = (0, len(x1), 0, n2)
    for node in range(len(feature)):  # a child always stands after its parent
        a, b, c, d = box[node]
        if feature[node] < 0:
            out[n2 - d : n2 - c, a:b] += value[node]
            continue
        k = left[node]
        if feature[node] == 0:
            cut = min(max(np.searchsorted(x1, threshold[node]), a), b)
            box[k], box[k + 1] = (a, cut, c, d), (cut, b, c, d)
        else:
            cut = min(max(np.searchsorted(x2, threshold[node]), c), d)
            box[k], box[k + 1] = (a, b, c, cut), (a, b, cut, d)


if __name__ == "__main__":
    warm_up()
