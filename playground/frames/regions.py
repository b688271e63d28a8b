"""Where the nodes of a tree lie on the map."""

from __future__ import annotations

import numpy as np

from playground.models.boosting import Tree
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
