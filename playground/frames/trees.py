"""Boosted trees -> frame: the map of all trees or of one, small pictures of thirty, gradients, one tree's diagram."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from playground.data.own import own_index, point_classes
from playground.frames.outputs import confusion, predicted_class, under_look
from playground.frames.regions import importance, permutation_importance, regions_of
from playground.frames.running_score import trace_place
from playground.frames.shades import answer_scale, as_bytes, round_scale
from playground.frames.splits import allowed_features, search_node, sums_before
from playground.models import boosting
from playground.models.boosting import Forest, Tree, turned
from playground.spec.look import Look
from playground.spec.trees import TreesSpec, TreesStructure
from playground.training import trees, xgboost_round
from playground.training.tree_problem import Problem

MAP_SIDE, PICTURE_SIDE, WINDOW = 100, 50, 30
TREE, AFTER, NEAR, NODE = 0, 1, 2, 3  # what the unit's first number means; NODE + k is node k of tree t
RIM = np.array([-1.0, 1.0])  # of the map, in parts of its reach
UNSEEN_SIZE = 0.45  # of a point that the gradients say nothing about


@dataclass(frozen=True)
class View:
    """What a frame is made from: the points, the trees so far, the scores of all points."""

    problem: Problem
    forest: Forest
    margins: np.ndarray

    @property
    def n_outputs(self) -> int:
        return len(self.problem.base)


def draw_scene(spec: TreesSpec, problem: Problem) -> dict[str, Any]:
    """What is drawn once a run."""
    structure, data, n_outputs = spec.structure, problem.data, len(problem.base)
    return {
        "task": data.task,
        "n_train": data.n_train,
        "class_names": data.class_names,
        "axes": [{"name": a.name, "center": a.center, "scale": a.scale} for a in data.axes],
        "range": problem.reach,
        "engine": structure.engine,
        "objective": problem.objective,
        "newton": structure.newton,
        "turned_trees": structure.turned_trees,
        "learning_rate": structure.learning_rate,
        "subsample": structure.subsample,
        "tree_method": structure.tree_method,
        "n_trees": structure.n_trees * n_outputs,
        "trees_per_round": n_outputs,
        "window": _window(n_outputs),
        "dataset": f"{structure.dataset} {structure.rotate}",
        "own_points": structure.dataset == "points" and not structure.rotate,
        "point_classes": point_classes(structure.points),
        "own_index": own_index(structure.points, data.X) if structure.dataset == "points" else None,
        "seed": structure.seed,
        "points": data.X.astype(np.float32),
        "labels": data.y.astype(np.float32),
    }


def observe(structure: TreesStructure, view: View, look: Look) -> dict[str, Any]:
    """What the view draws of one moment, besides the losses.

    `look.unit` is (0, t) for tree t: its own function and the gradients it was fitted to; (1, t) for the "+" after it:
    all trees so far and the gradients then; (2, t) only chooses which thirty pictures are sent; (3 + k, t) is tree t
    with the search for the split of its node k. `look.inside` asks for permutation importance.
    """
    kind, t = look.unit if look.unit and look.unit[1] < view.forest.n_trees else (NEAR, 0)
    looked = None if kind == NEAR else (AFTER if kind == AFTER else TREE, t)
    traced = _trace(structure, view, look, t if looked else None)
    told = traced["trace"]
    shown = told["tree"] if told else t if looked else view.forest.n_trees - 1
    return {
        "looked": looked,
        "n_built": view.forest.n_trees,
        "importance": _importance(structure, view, looked, deep=look.inside and look.still),
        **(pictures := _pictures(structure, view, t)),
        **_map(structure, view, looked, pictures["picture_scale"]),
        **(under_look(_map(structure, view, None, 1.0)) if looked else {}),
        **_gradients(structure, view, looked),
        "gradient_means": _gradient_means(view),
        **_diagram(structure, view, shown),
        **_search(structure, view, t, kind - NODE),
        **_answers(view, looked),
        **traced,
    }


def _importance(
    structure: TreesStructure, view: View, looked: tuple[int, int] | None, *, deep: bool
) -> dict[str, Any] | None:
    """Of all trees, or of those up to the "+" that is looked at."""
    if structure.turned_trees or not view.forest.n_trees:
        return None
    after = looked is not None and looked[0] == AFTER
    forest = view.forest.first(_rounds_until(view, looked) * view.n_outputs) if after else view.forest
    rises = permutation_importance(forest, view.problem) if deep else None
    return {**importance(forest, view.problem.X.shape[1]), "permutation": rises, "n_trees": forest.n_trees}


def _rounds_until(view: View, looked: tuple[int, int] | None) -> int:
    """The rounds up to the "+" that is looked at, or all."""
    return (looked[1] if looked else view.forest.n_trees - 1) // view.n_outputs + 1


def _map(structure: TreesStructure, view: View, looked: tuple[int, int] | None, scale: float) -> dict[str, Any]:
    """All trees together, or one by itself on the color scale of its small picture."""
    centers = _centers(view, MAP_SIDE)
    if looked and looked[0] == TREE:
        values = trees.paint_tree(view.forest.tree(looked[1]), centers) / structure.learning_rate  # (side, side)
        return {"map_kind": "value", "map_scale": scale, "map": as_bytes(values, scale, signed=True)}
    n_rounds = _rounds_until(view, looked)
    margins = trees.paint_margins(view.forest, centers, view.problem.base, n_rounds)  # (n_outputs, side, side)
    if view.problem.data.task == "regression":
        scale = answer_scale(view.problem.data.y)
        return {"map_kind": "value", "map_scale": scale, "map": as_bytes(margins[0], scale, signed=True)}
    if view.problem.objective == "squared_error":  # a score of 0 to 1 that is no probability, and may leave that range
        cells = as_bytes(margins[0])
        return {"map_kind": "score", "map_scale": 1.0, "map": cells}
    shares = boosting.shares(margins)
    if len(shares) == 1:
        return {"map_kind": "probability", "map_scale": 1.0, "map": as_bytes(shares[0])}
    second, first = np.sort(shares, axis=0)[-2:]  # (side, side) each
    sure = as_bytes(first - second)
    return {"map_kind": "class", "map_scale": 1.0, "map": sure, "map_class": shares.argmax(axis=0).astype(np.uint8)}


def _pictures(structure: TreesStructure, view: View, t: int) -> dict[str, Any]:
    """Up to thirty trees around tree `t`, each by itself, on one color scale: (n, 50, 50) uint8."""
    size = _window(view.n_outputs)
    begin = t // size * size
    end = min(begin + size, view.forest.n_trees)
    centers = _centers(view, PICTURE_SIDE)
    drawn = [trees.paint_tree(view.forest.tree(k), centers) for k in range(begin, end)]
    values = np.array(drawn).reshape(-1, PICTURE_SIDE, PICTURE_SIDE) / structure.learning_rate
    scale = _tree_scale(view, values)
    return {"pictures_from": begin, "picture_scale": scale, "tree_pictures": as_bytes(values, scale, signed=True)}


def _window(n_outputs: int) -> int:
    """How many trees stand as small pictures: about thirty, in whole rounds."""
    return WINDOW // n_outputs * n_outputs


def _gradients(structure: TreesStructure, view: View, looked: tuple[int, int] | None) -> dict[str, Any]:
    """How large each point is drawn, by its gradient and by its hessian; None when all are alike."""
    if looked is None:
        return {"gradient_sizes": None, "hessian_sizes": None}
    data, n = view.problem.data, view.problem.data.n_train
    n_rounds = looked[1] // view.n_outputs + (looked[0] == AFTER)
    margins = trees.margins_of(view.forest, view.problem.X[:n], view.problem.base, n_rounds)  # (n_outputs, n_train)
    slopes = np.abs(boosting.gradients(view.problem.objective, margins, data.y[:n]))  # (n_outputs, n_train)
    bends = boosting.hessians(view.problem.objective, margins)  # (n_outputs, n_train)
    row = looked[1] % view.n_outputs if looked[0] == TREE else None  # the next round has a tree for each output
    seen = _seen(structure, view, looked[1]) if looked[0] == TREE else np.ones(n, bool)
    return {
        name: _sizes(values.max(axis=0) if row is None else values[row], seen, len(data.y))
        for name, values in (("gradient_sizes", slopes), ("hessian_sizes", bends))
    }


def _seen(structure: TreesStructure, view: View, t: int) -> np.ndarray:
    """The training points that tree `t` was built on: (n_train,) bool."""
    problem, n, n_outputs = view.problem, view.problem.data.n_train, view.n_outputs
    if structure.engine == "classic":
        return np.isin(np.arange(n), boosting.choose_rows(structure.seed, t, structure.subsample, n))
    data, epoch = problem.for_xgboost, t // n_outputs
    return xgboost_round.drawn_rows(structure, problem.objective, data, n_outputs, epoch)[t % n_outputs]


def _gradient_means(view: View) -> list[float]:
    """The mean size of the training points' gradients before the first tree, and after all."""
    n, first = view.problem.data.n_train, np.repeat(view.problem.base[:, None], view.problem.data.n_train, axis=1)
    moments = (
        boosting.gradients(view.problem.objective, m, view.problem.data.y[:n]) for m in (first, view.margins[:, :n])
    )
    return [float(np.mean(np.abs(slopes))) for slopes in moments]


def _sizes(values: np.ndarray, seen: np.ndarray, n: int) -> np.ndarray:
    """The root of each value, 1 on average: (n,) float32; test points and what the tree has not seen stay small."""
    sizes = np.full(n, UNSEEN_SIZE, np.float32)
    roots = np.sqrt(values) / max(float(np.mean(np.sqrt(values))), 1e-12)
    sizes[: len(values)] = np.where(seen, roots, UNSEEN_SIZE)
    return sizes


def _diagram(structure: TreesStructure, view: View, t: int) -> dict[str, Any]:
    """The nodes of one tree; values as the tree says them, before the learning rate."""
    if t < 0:
        return {"tree": None}
    tree = view.forest.tree(t)
    leaves = trees.leaves_of(tree, view.problem.X)
    corners, starts = regions_of(tree, view.problem.data.axes, view.problem.reach)
    return {
        "tree": {"index": t, "upright": tree.angle == 0},
        "tree_feature": tree.feature.astype(np.int32),
        "tree_threshold": tree.threshold.astype(np.float32),
        "tree_left": tree.left.astype(np.int32),
        "tree_value": (tree.value / structure.learning_rate).astype(np.float32),
        "tree_gain": tree.gain,
        "tree_cover": tree.cover,
        "tree_corners": corners,
        "tree_corners_from": starts,
        "tree_leaves": leaves.astype(np.int32),
    }


def _search(structure: TreesStructure, view: View, t: int, node: int) -> dict[str, Any]:
    """The search for the split of a node; nothing when none is looked at."""
    if node < 0 or node >= view.forest.starts[t + 1] - view.forest.starts[t]:
        return {"split": None}
    seen = _seen(structure, view, t)
    X = view.problem.X[: len(seen)][seen]
    sums = sums_before(structure, view.problem, view.forest, t)
    sums = replace(sums, gradient=sums.gradient[seen], hessian=sums.hessian[seen])
    tree = view.forest.tree(t)
    found = search_node(structure, tree, node, X, sums, allowed_features(structure, tree, t, X.shape[1]))
    return {**found, "split": {**found["split"], "ends": _ends(view, tree)}}


def _ends(view: View, tree: Tree) -> list[list[float]]:
    """The least and the largest value of each feature on the map, or of a point beside it, as the tree sees them."""
    reach, axes = view.problem.reach, view.problem.data.axes
    corners = np.array([(x1, x2) for x1 in axes[0].values(RIM * reach) for x2 in axes[1].values(RIM * reach)])  # (4, 2)
    seen = turned(np.concatenate([corners, view.problem.X]), tree.angle)
    return np.stack([seen.min(axis=0), seen.max(axis=0)], axis=1).tolist()


def _answers(view: View, looked: tuple[int, int] | None) -> dict[str, Any]:
    """What all trees say of each point, or those up to the "+" that is looked at."""
    data, n = view.problem.data, view.problem.data.n_train
    if data.task == "regression":
        return {"confusion": None}
    margins = view.margins
    if looked and looked[0] == AFTER:
        margins = trees.margins_of(view.forest, view.problem.X, view.problem.base, _rounds_until(view, looked))
    targets = 2 * boosting.one_hot(data.y, view.n_outputs) - 1
    said = boosting.votes(view.problem.objective, data.n_classes, margins)
    matrix = confusion(said[:, n:], targets[:, n:], data.n_classes)
    return {"confusion": matrix.tolist(), "point_outputs": predicted_class(said).astype(np.uint8)}


def _trace(structure: TreesStructure, view: View, look: Look, t: int | None) -> dict[str, Any]:
    """What the trees say about one place, the score after each round, and its path in one tree."""
    if look.point is None:
        return {"trace": None}
    told = trace_place(structure, view.problem, view.forest, look.point, t, still=look.still)
    t = told["trace"]["tree"]
    path = trees.path_of(view.forest.tree(t), view.problem.place(look.point)) if t >= 0 else []
    return {**told, "trace_path": path}


def _centers(view: View, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Centers of side x side cells of the map, in the data's own units, ascending."""
    cells = ((np.arange(side) + 0.5) / side * 2 - 1) * view.problem.reach
    across, upward = view.problem.data.axes
    return across.values(cells), upward.values(cells)


def _tree_scale(view: View, values: np.ndarray) -> float:
    """The color scale of trees: that of the first gradients, so that colors fade as less is left to learn."""
    first = (
        np.quantile(np.abs(view.problem.data.y - view.problem.base[0]), 0.95)
        if view.problem.objective == "squared_error"
        else 1.0
    )
    return round_scale(np.append(values, first))
