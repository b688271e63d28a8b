"""Data sets of three classes. Arguments and results are those of `two_class`, with y of 0, 1 and 2."""

from __future__ import annotations

import numpy as np

from playground.data.chance import Chance
from playground.data.two_class import Labels, Points, arms, at_angle, jitter, turns


def blobs(n_samples: int, noise: float, chance: Chance) -> tuple[Points, Labels]:
    """Three round clouds, 3 from the middle: class 0 above, then counterclockwise.

    Noise widens them: variance 0.5 to 2 on each axis.
    """
    label = turns(n_samples, 3)
    center = at_angle(np.full(n_samples, 3.0), np.pi / 2.0 + 2.0 * np.pi * label / 3.0)
    spread = np.stack([chance.normal(axis, n_samples) for axis in ("x1", "x2")], axis=1)  # (n_samples, 2)
    return center + np.sqrt(0.5 + 3.0 * noise) * spread, label.astype(np.float64)


def spiral3(n_samples: int, noise: float, chance: Chance) -> tuple[Points, Labels]:
    """Three arms of 1.25 turns around each other. Noise moves each point by U(-1, 1) * noise on each axis."""
    X, label = arms(n_samples, 3, 1.25)
    return X + jitter(chance, noise, n_samples), label.astype(np.float64)
