"""Where the nodes of a tree lie on the map, and how much the trees ask about each feature."""

from __future__ import annotations

import numpy as np

from playground.models.boosting import Forest, Tree
from playground.spec.points import Axis


def regions_of(tree: Tree, axes: tuple[Axis, Axis], reach: float) -> np.ndarray:
    """The rectangle of each node: (n_nodes, 4) float32, left, right, bottom, top in map units; meant for upright trees.

    Args:
        tree: the tree.
        axes: units of the thresholds.
        reach: the root's rectangle goes from -reach to reach.

    Returns:
        For a leaf alone `[[-reach, reach, -reach, reach]]`.
    """
    boxes = np.empty((len(tree.feature), 4), np.float32)
    boxes[0] = (-reach, reach, -reach, reach)
    for node, feature in enumerate(tree.feature):  # a child always stands after its parent
        if feature < 0:
            continue
        axis, child = axes[feature], tree.left[node]
        cut = np.clip((tree.threshold[node] - axis.center) / axis.scale, -reach, reach)
        boxes[child] = boxes[child + 1] = boxes[node]
        boxes[child, 2 * feature + 1] = boxes[child + 1, 2 * feature] = cut
    return boxes


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
