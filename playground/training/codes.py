"""Names as numbers: the compiled kernel knows the spec's words only as codes and one vector of settings."""

from __future__ import annotations

from typing import get_args

import numpy as np

from playground.spec.network import Activation, LossName, NetworkSettings, OptimizerName
from playground.spec.optimizing import Schedule

ACTIVATIONS: dict[str, int] = {name: code for code, name in enumerate(get_args(Activation))}
LOSSES: dict[str, int] = {name: code for code, name in enumerate(get_args(LossName))}
OPTIMIZERS: dict[str, int] = {name: code for code, name in enumerate(get_args(OptimizerName))}
SCHEDULES: dict[str, int] = {name: code for code, name in enumerate(get_args(Schedule))}

RELU, LEAKY_RELU, ELU, GELU, SILU, TANH, SIGMOID, LINEAR = ACTIVATIONS.values()
CROSS_ENTROPY, SQUARED_ERROR_TANH, HINGE, MSE, HUBER = LOSSES.values()
SGD, MOMENTUM, NESTEROV, RMSPROP, ADAGRAD, ADAM, ADAMW, RPROP = OPTIMIZERS.values()
CONSTANT, HALVING, COSINE = SCHEDULES.values()

HYPER: tuple[str, ...] = (
    "learning_rate",
    "schedule",  # a code of SCHEDULES
    "schedule_epochs",
    "momentum",
    "beta1",
    "beta2",
    "weight_decay",
    "l1",  # rate of L1 regularization, 0 when another one is chosen
    "l2",  # rate of L2 regularization, 0 when another one is chosen
    "dropout",
    "gradient_clip",  # longest gradient, 0 means any
    "alpha",
)
"""Meaning of each place in the `hyper` vector."""

(
    LEARNING_RATE, SCHEDULE, SCHEDULE_EPOCHS, MOMENTUM_SHARE, BETA1, BETA2, WEIGHT_DECAY, L1, L2, DROPOUT, CLIP, ALPHA,
) = range(len(HYPER))  # fmt: skip


def hyper_vector(settings: NetworkSettings) -> np.ndarray:
    """The settings as numbers in the order of `HYPER`.

    Returns:
        (12,) float64; `hyper_vector(NetworkSettings())[0]` is 0.03, the default learning rate.
    """
    rate, kind = settings.regularization_rate, settings.regularization
    values = {
        **settings.model_dump(),
        "schedule": SCHEDULES[settings.schedule],
        "l1": rate if kind == "l1" else 0.0,
        "l2": rate if kind == "l2" else 0.0,
    }
    return np.array([values[name] for name in HYPER], dtype=np.float64)
