"""Small pictures of data sets for the buttons that choose one."""

from __future__ import annotations

import base64

import numpy as np
from numpy.typing import NDArray

from playground.figures.palette import CLASS_COLORS, CLASS_SHAPES, VIK

SIZE_PX = 48
N_SHOWN = 100  # points in one picture

_REACH = 6.0  # the map shows [-6, 6]
_MARKS = {  # the path of a mark from its middle, and how its stroke looks; a stroke of no length is only its cap
    "circle": ("h0", 'stroke-linecap="round"'),
    "square": ("h0", 'stroke-linecap="square"'),
    "triangle": ("m0-1l1 2h-2z", 'stroke-width="1.5"'),
    "cross": ("m-1-1l2 2m0-2l-2 2", 'stroke-width="1.2"'),
    "diamond": ("m0-1l1 1-1 1-1-1z", 'stroke-width="1.5"'),
}
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {0} {0}" stroke-width="3.5">{1}</svg>'


def draw_thumbnail(X: NDArray[np.float64], y: NDArray[np.float64], *, n_classes: int) -> str:
    """Draw up to 100 points of a data set, x2 upward as in the large map. Points off the map stand at its edge.

    Args:
        X: (n, 2) places; the picture shows [-6, 6] on both axes.
        y: (n,) class 0 to 19, drawn by color and shape; for regression a value, drawn by the colors of -1 to 1.
        n_classes: 0 for regression.

    Returns:
        An SVG picture of 48 x 48 px as a data URI; at most 2048 characters for up to 4 classes, 4096 for 20.
    """
    X, y = X[:N_SHOWN], y[:N_SHOWN]
    across, upward = np.rint(_to_pixels(X)).astype(int).T
    kinds = y.astype(int) if n_classes else _vik_index(y)
    paths = []
    for kind in np.unique(kinds):
        shape, color = (CLASS_SHAPES[kind], CLASS_COLORS[kind]) if n_classes else ("circle", VIK[kind])
        chosen = kinds == kind
        paths.append(_path(shape, color, across[chosen].tolist(), (SIZE_PX - upward[chosen]).tolist()))
    svg = _SVG.format(SIZE_PX, "".join(paths))
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def _to_pixels(X: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places in px from the lower left corner, with a margin of 2 px: (n, 2)."""
    return 2.0 + (np.clip(X, -_REACH, _REACH) + _REACH) * (SIZE_PX - 4.0) / (2.0 * _REACH)


def _vik_index(y: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.rint((np.clip(y, -1.0, 1.0) + 1.0) / 2.0 * (len(VIK) - 1)).astype(np.int64)


def _path(shape: str, color: str, columns: list[int], rows: list[int]) -> str:
    """All points of one class, or of one step of the color map, as one SVG path."""
    mark, stroke = _MARKS[shape]
    marks = "".join(f"M{column} {row}{mark}" for column, row in zip(columns, rows, strict=True))
    fill = "none" if shape == "cross" else color
    return f'<path fill="{fill}" stroke="{color}" {stroke} d="{marks}"/>'
