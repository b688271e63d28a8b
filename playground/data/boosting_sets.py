"""The six point sets of the gradient boosting playground (A. Rogozhnikov, 2016), as that page shows them.

Fixed points: 300 train and 300 test. Their own coordinates, about [0, 1] on both axes, fill the map [-6, 6].
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playground.spec.points import Axis
from playground.spec.trees import BOOSTING_DATA

FILE = Path(__file__).parents[2] / "assets" / "data" / "gb_playground.npz"
SPAN = 12.0  # the map is 12 wide, the sets' own coordinates 1
AXES = (Axis("x1", 0.5, 1 / SPAN), Axis("x2", 0.5, 1 / SPAN))


@cache
def boosting_set(name: str) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Places on the map, classes, and how many points train.

    Args:
        name: one of `BOOSTING_DATA`.

    Returns:
        X (600, 2), y (600,) of 0 and 1, and 300; training points first.

    Raises:
        ValueError: there is no such set.
    """
    if name not in BOOSTING_DATA:
        raise ValueError(f"name must be one of {', '.join(BOOSTING_DATA)}; got {name}")
    stem = name.removeprefix("gb_").replace("_", "-")
    with np.load(FILE) as stored:
        X = np.concatenate([stored[f"{stem}_train_X"], stored[f"{stem}_test_X"]])  # (600, 2)
        y = np.concatenate([stored[f"{stem}_train_y"], stored[f"{stem}_test_y"]])  # (600,)
        n_train = len(stored[f"{stem}_train_y"])
    return (X - 0.5) * SPAN, y.astype(np.float64), n_train
