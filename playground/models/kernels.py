"""Kernels to put into a convolution by hand, so that one sees what it looks for."""

from __future__ import annotations

from math import comb

import numpy as np

Kernel = np.ndarray


def named_kernels(size: int) -> dict[str, Kernel]:
    """Kernels by name, each (size, size) float32; the weights of one sign sum to at most 2, so that maps stay in range.

    Args:
        size: side in pixels, 1 to 15. Smaller than 2 there are no edges, and they are zero.

    Checked in tests/golden/test_convolution.py.
    """
    blur = np.full((size, size), 1 / size**2)
    same = np.zeros((size, size))
    same[(size - 1) // 2, (size - 1) // 2] = 1
    along = np.array([comb(size - 1, k) for k in range(size)], float)  # (size,) 1 2 1: smooth along the edge
    across = np.sign(np.arange(size) - (size - 1) / 2)  # (size,) -1 0 1: what changes across it
    edges = np.outer(along, across)
    edges /= max(edges[edges > 0].sum(), 1)
    kernels = {
        "blur": blur,
        "sharpen": 2 * same - blur,
        "vertical edges": edges,
        "horizontal edges": edges.T,
        "outline": same - blur,
        "nothing": np.zeros((size, size)),
    }
    return {name: values.astype(np.float32) for name, values in kernels.items()}


TIPS = {
    "blur": "The mean of all pixels under the window.",
    "sharpen": "The pixel twice, less the mean around it: differences grow.",
    "vertical edges": "Right less left: bright where ink begins on the right.",
    "horizontal edges": "Below less above.",
    "outline": "The pixel less the mean around it: bright at borders, zero on even areas.",
    "nothing": "All weights zero: the map is empty. Watch whether the network misses it.",
}
