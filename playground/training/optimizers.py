"""From a gradient to new parameters: the optimizers of torch.optim, with torch's defaults where the spec has none.

    sgd        p -= lr g
    momentum   m = momentum m + g;  p -= lr m                          (dampening 0)
    nesterov   m = momentum m + g;  p -= lr (g + momentum m)
    rmsprop    v = alpha v + (1 - alpha) g^2;  p -= lr g / (sqrt(v) + 1e-8)
    adagrad    v += g^2;  p -= lr g / (sqrt(v) + 1e-10)
    adam       m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2;
               p -= lr / (1 - beta1^t) m / (sqrt(v / (1 - beta2^t)) + 1e-8)
    adamw      p *= 1 - lr weight_decay (biases too, as in torch), then adam
    rprop      v is each parameter's step, at first lr: 1.2 times longer while the sign of g stays, half as long and no
               step when it turns, within [1e-6, 50];  p -= sign(g) v.  A later learning rate changes nothing.

t counts the updates since the moments were zero. Before, the gradient gets l1 sign(w) + l2 w for every weight (never a
bias) and is then shortened to `gradient_clip` as by torch.nn.utils.clip_grad_norm_: the clip sees both parts.

Checked against torch in tests/golden/test_kernel.py.
"""

from __future__ import annotations

import math

import numpy as np

from playground.training.codes import (
    ADAGRAD,
    ADAMW,
    ALPHA,
    BETA1,
    BETA2,
    CLIP,
    COSINE,
    HALVING,
    L1,
    L2,
    LEARNING_RATE,
    MOMENTUM,
    MOMENTUM_SHARE,
    NESTEROV,
    RMSPROP,
    RPROP,
    SCHEDULE,
    SCHEDULE_EPOCHS,
    SGD,
    WEIGHT_DECAY,
)  # fmt: skip
from playground.training.compilation import compiled, entry_point
from playground.training.layout import N_UNITS, PARAMS_AT, WIDTH

EPS, ADAGRAD_EPS = 1e-8, 1e-10
GROWTH, SHRINKAGE, SHORTEST, LONGEST = 1.2, 0.5, 1e-6, 50.0  # Rprop
CLIP_EPS = 1e-6  # clip_grad_norm_ divides by norm + 1e-6
MAX_NORM = 1e12  # a longer gradient is a divergence; its square still fits float32


@entry_point
def learning_rate_at(hyper: np.ndarray, epoch: int) -> float:
    """The learning rate that the schedule gives for an epoch.

    With s = epoch / schedule_epochs: constant lr; step lr / 2^floor(s); cosine lr (1 + cos(pi min(s, 1))) / 2.

    Args:
        hyper: settings in the order of `HYPER`.
        epoch: whole passes made so far.

    Returns:
        float64; the spec's defaults give 0.03 in every epoch.
    """
    rate, share = hyper[LEARNING_RATE], epoch / hyper[SCHEDULE_EPOCHS]
    if hyper[SCHEDULE] == HALVING:
        return float(rate * 0.5 ** math.floor(share))
    if hyper[SCHEDULE] == COSINE:
        return float(rate * (1.0 + math.cos(math.pi * min(share, 1.0))) / 2.0)
    return float(rate)


@compiled
def regularize(plan: np.ndarray, params: np.ndarray, gradient: np.ndarray, hyper: np.ndarray) -> None:
    """Add the gradient of l1 |w| + l2 w^2 / 2 for every weight; biases are free."""
    number = params.dtype.type
    zero, l1, l2 = number(0), number(hyper[L1]), number(hyper[L2])
    for level in range(len(plan) - 1):
        start = plan[level, PARAMS_AT]
        end = start + plan[level, N_UNITS] * plan[level + 1, WIDTH]
        weights, slopes = params[start:end], gradient[start:end]
        for i in range(len(weights)):
            w = weights[i]
            side = l1 if w > zero else (-l1 if w < zero else zero)
            slopes[i] += side + l2 * w


@compiled
def clip(gradient: np.ndarray, hyper: np.ndarray) -> bool:
    """Shorten the gradient if the settings ask for it.

    Returns:
        Whether its length is a number of at most `MAX_NORM`; otherwise nothing may be done with it.
    """
    square = gradient.dtype.type(0)
    for i in range(len(gradient)):
        square += gradient[i] * gradient[i]
    norm = math.sqrt(square)
    if not norm <= MAX_NORM:  # NaN too
        return False
    if hyper[CLIP] > 0.0 and hyper[CLIP] < norm + CLIP_EPS:
        share = gradient.dtype.type(hyper[CLIP] / (norm + CLIP_EPS))
        for i in range(len(gradient)):
            gradient[i] *= share
    return True


@compiled
def update(
    optimizer: int,
    params: np.ndarray,
    m: np.ndarray,
    v: np.ndarray,
    gradient: np.ndarray,
    hyper: np.ndarray,
    rate: float,
    age: int,
) -> None:  # long: one loop for each optimizer
    """Change parameters and moments by one step.

    Args:
        optimizer: code of `OPTIMIZERS`.
        params: (n,), changed.
        m: (n,) first moments, changed.
        v: (n,) second moments or steps, changed.
        gradient: (n,).
        hyper: settings in the order of `HYPER`.
        rate: learning rate of this epoch.
        age: updates made since the moments were zero.
    """
    number = params.dtype.type
    lr, keep = number(rate), number(hyper[MOMENTUM_SHARE])
    beta2, rest2, eps = number(hyper[BETA2]), number(1.0 - hyper[BETA2]), number(EPS)
    if optimizer == SGD:
        for i in range(len(params)):
            params[i] -= lr * gradient[i]
    elif optimizer == MOMENTUM:
        for i in range(len(params)):
            m[i] = keep * m[i] + gradient[i]
            params[i] -= lr * m[i]
    elif optimizer == NESTEROV:
        for i in range(len(params)):
            m[i] = keep * m[i] + gradient[i]
            params[i] -= lr * (gradient[i] + keep * m[i])
    elif optimizer == RMSPROP:
        alpha, rest = number(hyper[ALPHA]), number(1.0 - hyper[ALPHA])
        for i in range(len(params)):
            v[i] = alpha * v[i] + rest * gradient[i] * gradient[i]
            params[i] -= lr * gradient[i] / (np.sqrt(v[i]) + eps)
    elif optimizer == ADAGRAD:
        for i in range(len(params)):
            v[i] += gradient[i] * gradient[i]
            params[i] -= lr * gradient[i] / (np.sqrt(v[i]) + number(ADAGRAD_EPS))
    elif optimizer == RPROP:
        _rprop(params, m, v, gradient, lr, age)
    else:
        beta1, rest1 = number(hyper[BETA1]), number(1.0 - hyper[BETA1])
        length = number(rate / (1.0 - hyper[BETA1] ** (age + 1)))
        root = number(math.sqrt(1.0 - hyper[BETA2] ** (age + 1)))
        decay = number(1.0 - rate * hyper[WEIGHT_DECAY] if optimizer == ADAMW else 1.0)
        for i in range(len(params)):
            m[i] = beta1 * m[i] + rest1 * gradient[i]
            v[i] = beta2 * v[i] + rest2 * gradient[i] * gradient[i]
            params[i] = decay * params[i] - length * m[i] / (np.sqrt(v[i]) / root + eps)


@compiled
def _rprop(params: np.ndarray, m: np.ndarray, v: np.ndarray, gradient: np.ndarray, lr: float, age: int) -> None:
    number = params.dtype.type
    zero, one = number(0), number(1)
    if age == 0:
        v[:] = lr
    for i in range(len(params)):
        g, agreement = gradient[i], gradient[i] * m[i]
        factor = number(GROWTH) if agreement > zero else (number(SHRINKAGE) if agreement < zero else one)
        length = min(max(v[i] * factor, number(SHORTEST)), number(LONGEST))
        g = zero if agreement < zero else g
        params[i] -= length if g > zero else (-length if g < zero else zero)
        v[i], m[i] = length, g
