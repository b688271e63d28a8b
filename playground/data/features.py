"""What the network sees of a point: ten functions of (x1, x2), in the order of the spec."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

FEATURES: dict[str, Callable[[Values, Values], Values]] = {
    "x1": lambda x1, x2: x1,
    "x2": lambda x1, x2: x2,
    "x1_squared": lambda x1, x2: x1 * x1,
    "x2_squared": lambda x1, x2: x2 * x2,
    "x1x2": lambda x1, x2: x1 * x2,
    "sin_x1": lambda x1, x2: np.sin(x1),
    "sin_x2": lambda x1, x2: np.sin(x2),
    "cos_x1": lambda x1, x2: np.cos(x1),
    "cos_x2": lambda x1, x2: np.cos(x2),
    "radius": lambda x1, x2: np.hypot(x1, x2),
}

FEATURE_LABELS: dict[str, str] = {
    "x1": "x₁",
    "x2": "x₂",
    "x1_squared": "x₁²",
    "x2_squared": "x₂²",
    "x1x2": "x₁x₂",
    "sin_x1": "sin x₁",
    "sin_x2": "sin x₂",
    "cos_x1": "cos x₁",
    "cos_x2": "cos x₂",
    "radius": "radius",
}


def make_features(X: Values, names: Sequence[str]) -> Values:
    """Compute features of points, each as it stands: unscaled, angles in radians, as in TensorFlow Playground.

    x1² and x2² reach 36 on the map and x1x2 too, so they pull harder at the weights than the others do.
    `radius` is the distance from the middle, sqrt(x1² + x2²).

    Args:
        X: (n, 2) float64 places in the plane.
        names: features by name, at least one; each is a key of `FEATURES`.

    Returns:
        (n_features, n) float64: units as rows. The point (3, 4) has radius 5.

    Raises:
        ValueError: X has another shape, or a name is no feature.
    """
    if X.ndim != 2 or X.shape[1] != 2:
        raise ValueError(f"X must be of shape (n, 2); got {X.shape}")
    unknown = [name for name in names if name not in FEATURES]
    if unknown or not names:
        raise ValueError(f"features must be some of {', '.join(FEATURES)}; got {', '.join(unknown) or 'none'}")
    x1, x2 = np.asarray(X, dtype=np.float64).T
    return np.stack([FEATURES[name](x1, x2) for name in names])  # (n_features, n)
