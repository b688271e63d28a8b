"""Values as bytes: what a view needs to color them."""

from __future__ import annotations

import numpy as np

SCALES = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)  # times a power of ten: a color scale that does not creep with every frame


def as_bytes(values: np.ndarray, scale: float | np.ndarray = 1.0, *, signed: bool = False) -> np.ndarray:
    """0 to 255 for 0 to scale, or for -scale to scale; a scale of several numbers is spread over the values' axes."""
    share = (values / scale + 1) / 2 if signed else values / scale
    return np.rint(255 * np.fmin(np.fmax(share, 0), 1)).astype(np.uint8)  # what is no number becomes 0


def answer_scale(targets: np.ndarray) -> float:
    """Where the colors of a value to predict end."""
    return round_scale(targets, share=0.95, least=1.0)


def round_scale(values: np.ndarray, *, share: float = 1.0, least: float = 0.01) -> float:
    """The smallest of 1, 1.5, 2, 3, 4, 5, 7 times a power of ten, but not below `least`, that this share of the finite
    values does not exceed."""
    finite = np.abs(values[np.isfinite(values)])
    most = float(np.quantile(finite, share)) if finite.size else 0.0
    if most <= least:
        return least
    power = 10.0 ** np.floor(np.log10(most))
    return float(next((step * power for step in SCALES if step * power >= most), 10 * power))
