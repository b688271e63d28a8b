"""One optimizer step on a flat vector of parameters whose gradient another library computed."""

from __future__ import annotations

import numpy as np

from playground.training.compilation import entry_point
from playground.training.optimizers import clip, learning_rate_at, update


@entry_point
def optimizer_step(
    optimizer: int,
    params: np.ndarray,
    moments: np.ndarray,
    gradient: np.ndarray,
    hyper: np.ndarray,
    epoch: int,
    age: int,
) -> bool:
    """Shorten the gradient if asked for, then change parameters and moments.

    Args:
        optimizer: code of `OPTIMIZERS`.
        params: (n,) float32, changed.
        moments: (2, n) float32, changed.
        gradient: (n,) float32, may be changed.
        hyper: settings in the order of `HYPER`.
        epoch: for the learning rate in force.
        age: updates made since the moments were zero.

    Returns:
        False when the gradient is no number any more or far too long; then nothing was changed.

    Checked against torch.optim in tests/golden/test_cnn.py.
    """
    if not clip(gradient, hyper):
        return False
    update(optimizer, params, moments[0], moments[1], gradient, hyper, learning_rate_at(hyper, epoch), age)
    return True
