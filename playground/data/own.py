"""Points that a person placed or uploaded."""

from __future__ import annotations

import numpy as np

from playground.data.two_class import at_angle
from playground.spec.points import PointTable, unpack_points

POINT_CLASSES = [f"class {number}" for number in range(4)]
"""That can be placed by hand: as many as there are class colors."""


def starter_points() -> PointTable:
    """Eight points to begin with: four of class 1 near the middle, four of class 0 around them. No chance in it."""
    label = np.arange(8) % 2
    radius = np.where(label == 1, 1.5, 4.0)
    return PointTable(at_angle(radius, np.arange(8) * np.pi / 4.0), label)


def point_classes(text: str) -> list[str]:
    """The classes of points that are placed by hand now: those of the uploaded table, where they come from one."""
    return list(own_points(text).class_names) or POINT_CLASSES


def own_index(text: str, X: np.ndarray) -> list[int]:
    """For each row of the data (n, 2) its row in the table of own points, which the split has shuffled."""
    distance = np.sum((X[:, None] - own_points(text).X[None]) ** 2, axis=2)  # (n, n_own)
    return [int(index) for index in distance.argmin(axis=1)]


def own_points(text: str) -> PointTable:
    """The table in a spec's field `points`; the starter set when nothing is placed yet, so a map is never empty.

    Args:
        text: what `pack_points` wrote, or "".

    Raises:
        ValueError: the text is no packed table.
    """
    return unpack_points(text) if text else starter_points()
