"""Data sets with a number to predict, by the constants of TensorFlow Playground (Smilkov and Carter, 2016).

Arguments and results are those of `two_class`, with y a real number. Places are drawn evenly from [-6, 6].
Noise moves no point: y is read at a copy shifted by U(-6, 6) * noise.
"""

from __future__ import annotations

import numpy as np

from playground.data.chance import Chance
from playground.data.two_class import Labels, Points, jitter

BUMPS = ((-4.0, 2.5, 1.0), (0.0, 2.5, -1.0), (4.0, 2.5, 1.0), (-4.0, -2.5, -1.0), (0.0, -2.5, 1.0), (4.0, -2.5, -1.0))
"""Six bumps as x1, x2 and sign."""


def _places(n_samples: int, chance: Chance) -> Points:
    return np.stack([chance.uniform(axis, -6.0, 6.0, n_samples) for axis in ("x1", "x2")], axis=1)  # (n_samples, 2)


def plane(n_samples: int, noise: float, chance: Chance) -> tuple[Points, Labels]:
    """A sloping plane: y = (x1 + x2) / 10, so -1.2 to 1.2 without noise."""
    X = _places(n_samples, chance)
    return X, (X + jitter(chance, 6.0 * noise, n_samples)).sum(axis=1) / 10.0


def multi_gauss(n_samples: int, noise: float, chance: Chance) -> tuple[Points, Labels]:
    """Six cones of height 1 or -1 and radius 2 at `BUMPS`, flat zero between them; y lies in [-1, 1]."""
    X = _places(n_samples, chance)
    seen = X + jitter(chance, 6.0 * noise, n_samples)
    bumps = np.array(BUMPS)  # (6, 3)
    distance = np.hypot(*(seen[:, None, :] - bumps[:, :2]).transpose(2, 0, 1))  # (n_samples, 6)
    height = bumps[:, 2] * np.clip(1.0 - distance / 2.0, 0.0, 1.0)  # (n_samples, 6)
    return X, height[np.arange(n_samples), np.abs(height).argmax(axis=1)]
