"""Data sets of two classes. Class 1 is the positive one.

Circle, xor, gauss and spiral follow the constants of TensorFlow Playground (Smilkov and Carter, 2016). The others are
ours, and none of their points ever leaves the map [-6, 6]. Every function takes the same arguments and is pure:

Args:
    n_samples: points to make, both classes together; classes are made in turn, so sizes differ by at most 1.
    noise: 0 (none) to 0.5.
    chance: where random numbers come from. Places and noise have streams of their own: more
        noise moves the same points.

Returns:
    X (n_samples, 2) float64 and y (n_samples,) float64 of 0 and 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from playground.data.chance import Chance

Points = NDArray[np.float64]
Labels = NDArray[np.float64]

RINGS = ((0.0, 1.5), (2.25, 3.5), (4.25, 5.5))  # inner and outer radius; class 1, 0, 1
_HEART_SIZE = 4.0
_HEART_MIDDLE = 0.45  # how far the heart is moved down so that it stands in the middle of the map


def turns(n_samples: int, n_classes: int) -> NDArray[np.int64]:
    """The class of each point when classes are made in turn: 0, 1, 0, 1, ..."""
    return np.arange(n_samples) % n_classes


def jitter(chance: Chance, reach: float, n_samples: int) -> Points:
    """Shifts drawn evenly from [-reach, reach] for both axes, (n_samples, 2)."""
    shifts = [chance.uniform(f"noise {axis}", -reach, reach, n_samples) for axis in ("x1", "x2")]
    return np.stack(shifts, axis=1)  # (n_samples, 2)


def at_angle(radius: NDArray[np.floating], angle: NDArray[np.floating]) -> Points:
    """Places at a distance from the middle and an angle in radians, counterclockwise from the x1 axis: (n, 2)."""
    return np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=1)


def circle(n_samples: int, noise: float, chance: Chance) -> tuple[Points, Labels]:
    """A disc of radius 2.5 (class 1) in a ring of radius 3.5 to 5.

    Noise moves no point: a point is class 1 when its copy, shifted by U(-5, 5) * noise, is within 2.5 of the middle.
    """
    inside = turns(n_samples, 2) == 1
    low, high = np.where(inside, 0.0, 3.5), np.where(inside, 2.5, 5.0)
    radius = low + (high - low) * chance.uniform("radius", 0.0, 1.0, n_samples)
    X = at_angle(radius, chance.uniform("angle", 0.0, 2.0 * np.pi, n_samples))
    seen = X + jitter(chance, 5.0 * noise, n_samples)
    return X, (np.hypot(*seen.T) < 2.5).astype(np.float64)


def xor(n_samples: int, noise: float, chance: Chance) -> tuple[Points, Labels]:
    """Four squares with a gap of 0.6; class 1 where x1 and x2 have the same sign.

    Noise moves no point: the signs are those of a copy shifted by U(-5, 5) * noise. Class sizes are left to chance.
    """
    X = np.stack([chance.uniform(axis, -5.0, 5.0, n_samples) for axis in ("x1", "x2")], axis=1)  # (n_samples, 2)
    X += np.where(X > 0.0, 0.3, -0.3)
    seen = X + jitter(chance, 5.0 * noise, n_samples)
    return X, (seen[:, 0] * seen[:, 1] >= 0.0).astype(np.float64)


def gauss(n_samples: int, noise: float, chance: Chance) -> tuple[Points, Labels]:
    """Two round clouds around (2, 2) (class 1) and (-2, -2). Noise widens them: variance 0.5 to 4 on each axis."""
    label = turns(n_samples, 2)
    center = np.where(label == 1, 2.0, -2.0)[:, None]  # (n_samples, 1)
    deviation = np.sqrt(0.5 + 7.0 * noise)
    spread = np.stack([chance.normal(axis, n_samples) for axis in ("x1", "x2")], axis=1)  # (n_samples, 2)
    return center + deviation * spread, label.astype(np.float64)


def arms(n_samples: int, n_arms: int, n_turns: float) -> tuple[Points, NDArray[np.int64]]:
    """Points along `n_arms` arms that run from the middle to radius 5, clockwise from the x2 axis."""
    label = turns(n_samples, n_arms)
    along = (np.arange(n_samples) // n_arms) / np.ceil(n_samples / n_arms)  # 0 to almost 1 on each arm
    angle = 2.0 * np.pi * (n_turns * along + ((n_arms - 1 - label) % n_arms) / n_arms)
    return at_angle(5.0 * along, np.pi / 2.0 - angle), label


def spiral(n_samples: int, noise: float, chance: Chance) -> tuple[Points, Labels]:
    """Two arms of 1.75 turns around each other. Noise moves each point by U(-1, 1) * noise on each axis."""
    X, label = arms(n_samples, 2, 1.75)
    return X + jitter(chance, noise, n_samples), label.astype(np.float64)


def moons(n_samples: int, noise: float, chance: Chance) -> tuple[Points, Labels]:
    """Two half circles of radius 3 that reach into each other; the lower one is class 1.

    Noise moves each point by U(-3, 3) * noise on each axis.
    """
    label = turns(n_samples, 2)
    X = at_angle(np.full(n_samples, 3.0), chance.uniform("angle", 0.0, np.pi, n_samples))
    X -= (1.5, 0.75)
    X = np.where(label[:, None] == 1, -X, X)  # the lower moon is the upper one turned by half a turn
    return X + jitter(chance, 3.0 * noise, n_samples), label.astype(np.float64)


def checkerboard(n_samples: int, noise: float, chance: Chance) -> tuple[Points, Labels]:
    """A board of 4 x 4 cells of side 3 with gaps of 0.4; class 1 where column plus row is odd.

    Noise moves no point: the cell is that of a copy shifted by U(-3, 3) * noise.
    """
    label = turns(n_samples, 2)
    row = np.floor(chance.uniform("row", 0.0, 4.0, n_samples))
    column = 2.0 * np.floor(chance.uniform("column", 0.0, 2.0, n_samples)) + (row + label) % 2.0
    within = [chance.uniform(f"{axis} in cell", 0.2, 2.8, n_samples) for axis in ("x1", "x2")]
    X = 3.0 * np.stack([column, row], axis=1) + np.stack(within, axis=1) - 6.0  # (n_samples, 2)
    seen = X + jitter(chance, 3.0 * noise, n_samples)
    return X, np.floor(seen / 3.0).sum(axis=1) % 2.0


def rings(n_samples: int, noise: float, chance: Chance) -> tuple[Points, Labels]:
    """A disc and two rings of radius `RINGS`, evenly filled; disc and outer ring are class 1.

    Noise moves each point by U(-1, 1) * noise on each axis.
    """
    label = turns(n_samples, 2)
    (_, disc), (low, high), (inner, outer) = RINGS
    share = chance.uniform("radius", 0.0, 1.0, n_samples)
    area = share * (disc**2 + outer**2 - inner**2)  # in units of pi: the disc first, then the outer ring
    squared = np.where(area < disc**2, area, area - disc**2 + inner**2)
    squared = np.where(label == 1, squared, low**2 + share * (high**2 - low**2))
    X = at_angle(np.sqrt(squared), chance.uniform("angle", 0.0, 2.0 * np.pi, n_samples))
    return X + jitter(chance, noise, n_samples), label.astype(np.float64)


def in_heart(X: Points, size: float) -> NDArray[np.bool_]:
    """Whether places (n, 2) lie in the heart (u² + v² - 1)³ < u² v³, with u, v measured in `size`: (n,) bool."""
    u, v = X[:, 0] / size, (X[:, 1] + _HEART_MIDDLE) / size
    return (u * u + v * v - 1.0) ** 3 < u * u * v**3


def heart(n_samples: int, noise: float, chance: Chance) -> tuple[Points, Labels]:
    """A heart of about 9 x 9 (class 1) on a square of 12 x 12, with a narrow gap around it.

    Noise moves no point: a point is class 1 when its copy, shifted by U(-3, 3) * noise, lies in the heart.
    """
    tries = 16 * n_samples  # about a third fall into the heart and half of them outside: 8 times as many as needed
    places = np.stack([chance.uniform(axis, -6.0, 6.0, tries) for axis in ("x1", "x2")], axis=1)  # (tries, 2)
    inside = places[in_heart(places, 0.95 * _HEART_SIZE)][: n_samples // 2]
    outside = places[~in_heart(places, 1.05 * _HEART_SIZE)][: n_samples - len(inside)]
    X = np.concatenate([outside, inside])  # (n_samples, 2)
    seen = X + jitter(chance, 3.0 * noise, n_samples)
    return X, in_heart(seen, _HEART_SIZE).astype(np.float64)
