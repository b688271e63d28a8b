"""The map of points in the plane, and the cells that it is drawn in."""

from __future__ import annotations

import numpy as np

RANGE = 6.0  # the map shows [-6, 6] x [-6, 6]
TYPICAL = 2.0  # standard deviation there of a column of a table


def cell_centers(side: int) -> np.ndarray:
    """The middle of each of `side` columns of the map, ascending: `cell_centers(3)` is [-4, 0, 4]."""
    return (np.arange(side) + 0.5) / side * 2 * RANGE - RANGE


def cell_places(side: int) -> np.ndarray:
    """The middle of each of side x side cells, top row first: (side * side, 2)."""
    centers = cell_centers(side)
    x1, x2 = np.meshgrid(centers, centers[::-1])  # (side, side)
    return np.stack([x1.ravel(), x2.ravel()], axis=1)  # (side * side, 2)
