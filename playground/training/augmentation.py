"""Training images changed by chance: shifted, turned, scaled, drawn thicker or thinner."""

from __future__ import annotations

import math

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from playground.models.randomness import STREAM_AUGMENTATION, hash_of, unit_interval

SHIFT_PX, TURN_DEGREES, SCALE, SHEAR, STROKE = 2.5, 12.0, 0.14, 0.15, 0.5
SIDE = 28


def augment(X: Tensor, seed: int, uses: np.ndarray) -> Tensor:
    """Each image in another shape, a function of (seed, use) alone.

    Args:
        X: (n, 1, 28, 28) float32 in [0, 1].
        seed: of the run.
        uses: (n,) how many images the run had used before each of these.

    Returns:
        (n, 1, 28, 28) float32 in [0, 1]: moved by up to 2.5 px, turned by up to 12 degrees, scaled by up to 14% in
        each direction, slanted, and with strokes up to half a pixel thicker or thinner on each side.
    """
    chance = unit_interval(hash_of(seed, STREAM_AUGMENTATION, uses[:, None], np.arange(7)[None]))  # (n, 7)
    u = torch.tensor(2 * chance - 1, dtype=torch.float32)  # (n, 7) in [-1, 1)
    grid = F.affine_grid(_affine(u), list(X.shape), align_corners=False)  # (n, 28, 28, 2)
    moved = F.grid_sample(X, grid, align_corners=False)  # (n, 1, 28, 28)
    return _stroke(moved, STROKE * u[:, 6, None, None, None])


def _affine(u: Tensor) -> Tensor:
    """Where each pixel of the new image lies in the old one: (n, 2, 3)."""
    angle = u[:, 0] * math.radians(TURN_DEGREES)
    grow_x, grow_y, slant = 1 + SCALE * u[:, 1], 1 + SCALE * u[:, 2], SHEAR * u[:, 3]
    shift = u[:, 4:6] * (2 * SHIFT_PX / SIDE)  # (n, 2)
    cos, sin = torch.cos(angle), torch.sin(angle)
    first = torch.stack([cos * grow_x, (slant * cos - sin) * grow_y, shift[:, 0]], dim=1)  # (n, 3)
    second = torch.stack([sin * grow_x, (slant * sin + cos) * grow_y, shift[:, 1]], dim=1)  # (n, 3)
    return torch.stack([first, second], dim=1)  # (n, 2, 3)


def _stroke(X: Tensor, width: Tensor) -> Tensor:
    """Thicker where width (n, 1, 1, 1) is positive, thinner where it is negative."""
    thick = F.max_pool2d(X, 3, stride=1, padding=1)  # (n, 1, 28, 28)
    thin = -F.max_pool2d(-X, 3, stride=1, padding=1)  # (n, 1, 28, 28)
    return X + width.clamp(min=0) * (thick - X) - (-width).clamp(min=0) * (X - thin)
