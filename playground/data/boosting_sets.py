"""The six point sets of the gradient boosting playground (A. Rogozhnikov, 2016).

Each comes twice: as the 300 training and 300 test points that page shows, and drawn anew by its formulas. Coordinates
are about [0, 1] on both axes and fill the map [-6, 6]. The formulas are pure functions:

Args:
    n_samples: points to make.
    noise: 0 (none) to 0.5; moves each point by U(-0.2, 0.2) * noise on each axis once its class is known.
    chance: where random numbers come from.

Returns:
    X (n_samples, 2) float64 in the sets' own coordinates and y (n_samples,) float64 of 0 and 1.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from playground.data.chance import Chance
from playground.data.two_class import Labels, Points, at_angle, jitter, turns
from playground.spec.points import Axis
from playground.spec.trees import BOOSTING_DATA

FILE = Path(__file__).parents[2] / "assets" / "data" / "gb_playground.npz"
SPAN = 12.0  # the map is 12 wide, the sets' own coordinates 1
AXES = (Axis("x1", 0.5, 1 / SPAN), Axis("x2", 0.5, 1 / SPAN))
_REACH = 0.2  # of noise 1
_MIDDLE = 0.5
_SPIRAL_BLUR = 0.05  # the spiral's own, without noise
_EYE = 0.2  # radius of the two dots of yin and yang, which stand at (-0.55, 0) and (0.55, 0) of a disc of radius 1


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
    return (X - _MIDDLE) * SPAN, y.astype(np.float64), n_train


def draw_boosting_set(name: str, n_samples: int, noise: float, chance: Chance) -> tuple[Points, Labels]:
    """Points of a set drawn anew by its formulas: places on the map (n_samples, 2) and classes (n_samples,)."""
    X, y = FORMULAS[name](n_samples, chance)
    X = X + jitter(chance, _REACH * noise, n_samples)
    return (X - _MIDDLE) * SPAN, y


def circular(n_samples: int, chance: Chance) -> tuple[Points, Labels]:
    """A disc of radius 0.3 (class 0) in a ring up to 0.6; the distance from the middle is drawn evenly."""
    label = turns(n_samples, 2)
    radius = (3.0 * chance.uniform("radius", 0.0, 1.0, n_samples) + 3.0 * label) / 10.0
    X = at_angle(radius, chance.uniform("angle", 0.0, 2.0 * np.pi, n_samples))
    return _MIDDLE + X, label.astype(np.float64)


def xor(n_samples: int, chance: Chance) -> tuple[Points, Labels]:
    """A square of four quarters; class 1 where both coordinates are on the same side of 0.5."""
    X = np.stack([chance.uniform(axis, 0.0, 1.0, n_samples) for axis in ("x1", "x2")], axis=1)
    return X, ((X[:, 0] > _MIDDLE) == (X[:, 1] > _MIDDLE)).astype(np.float64)


def spiral(n_samples: int, chance: Chance) -> tuple[Points, Labels]:
    """Two arms of 1.75 turns up to radius 0.5, each point moved by U(-0.05, 0.05) on each axis."""
    label = turns(n_samples, 2)
    along = (np.arange(n_samples) // 2) / np.ceil(n_samples / 2)  # 0 to almost 1 on each arm
    angle = 1.75 * 2.0 * np.pi * along + np.pi * label
    X = _MIDDLE + at_angle(0.5 * along, np.pi / 2.0 - angle)  # sine across, cosine upward
    blur = [chance.uniform(f"blur {axis}", -_SPIRAL_BLUR, _SPIRAL_BLUR, n_samples) for axis in ("x1", "x2")]
    return X + np.stack(blur, axis=1), label.astype(np.float64)


def yin_yang(n_samples: int, chance: Chance) -> tuple[Points, Labels]:
    """A disc cut by a sine, with a dot of the other class in each half."""
    X = _in_disc(n_samples, chance)
    return X, yin_yang_class(X)


def yin_yang_class(X: Points) -> Labels:
    """The class of places (n, 2): 2 v <= sin 3 u in a disc of radius 1, turned round within the two dots."""
    u, v = (2.0 * (X - _MIDDLE)).T
    in_dot = np.hypot(np.abs(u) - 0.55, v) < _EYE
    return ((2.0 * v <= np.sin(3.0 * u)) ^ in_dot).astype(np.float64)


def stripes(n_samples: int, chance: Chance) -> tuple[Points, Labels]:
    """A disc of eight stripes across, class 0 and 1 by turns."""
    X = _in_disc(n_samples, chance)
    return X, np.floor(8.0 * X[:, 1]) % 2.0


def circles(n_samples: int, chance: Chance) -> tuple[Points, Labels]:
    """A disc of five rings 0.1 wide, class 0 and 1 by turns."""
    X = _in_disc(n_samples, chance)
    return X, np.floor(10.0 * np.hypot(*(X - _MIDDLE).T)) % 2.0


FORMULAS: dict[str, Callable[[int, Chance], tuple[Points, Labels]]] = {
    "gb_circular": circular,
    "gb_xor": xor,
    "gb_spiral": spiral,
    "gb_yin_yang": yin_yang,
    "gb_stripes": stripes,
    "gb_circles": circles,
}


def _in_disc(n_samples: int, chance: Chance) -> Points:
    """Evenly over a disc of radius 0.5."""
    radius = 0.5 * np.sqrt(chance.uniform("radius", 0.0, 1.0, n_samples))
    return _MIDDLE + at_angle(radius, chance.uniform("angle", 0.0, 2.0 * np.pi, n_samples))
