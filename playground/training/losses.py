"""Losses of raw outputs o against targets t, and their derivatives by each output.

A class target says yes where it is above 0, so 0/1 and -1/+1 both work; y below is 0 or 1, s is -1 or +1. K outputs:

    cross_entropy       K = 1: log(1 + exp(-s o));  K > 1: log(sum exp(o)) - o of the true class
    squared_error_tanh  sum over outputs of (tanh(o) - s)^2 / 2
    hinge               K = 1: max(0, 1 - s o);  K > 1: sum over wrong classes of max(0, 1 - o_true + o) / K
    mse                 mean over outputs of (o - t)^2
    huber               mean over outputs of d^2 / 2 where |d| < 1, else |d| - 1/2;  d = o - t

Each is the mean over samples. Source: BCEWithLogitsLoss, CrossEntropyLoss, MultiMarginLoss, MSELoss, HuberLoss of
torch.nn; TensorFlow Playground nn.ts for squared_error_tanh. Checked against torch in tests/golden/test_kernel.py.
"""

from __future__ import annotations

import math

import numpy as np

from playground.training.codes import CROSS_ENTROPY, HINGE, HUBER, MSE, SQUARED_ERROR_TANH
from playground.training.compilation import compiled, entry_point
from playground.training.functions import exp_below, sigmoid, tanh


@compiled
def loss_slopes(
    loss: int,
    n_outputs: int,
    values: np.ndarray,
    start: int,
    width: int,
    targets: np.ndarray,
    n: int,
    deltas: np.ndarray,
) -> None:  # long: one part for each loss
    """Write the derivative of each sample's loss, times `divisor_of`, by each of its raw outputs into `deltas`.

    Args:
        loss: code of `LOSSES`.
        n_outputs: K.
        values: flat; the outputs of sample s stand from start + s * width on.
        targets: flat (n, K).
        n: samples of this tile.
        deltas: flat, arranged like values; the lanes from K on are left alone.
    """
    number = values.dtype.type
    zero, one = number(0), number(1)
    for s in range(n):
        at, target = start + s * width, s * n_outputs
        if loss == CROSS_ENTROPY and n_outputs > 1:
            most, total = values[at], zero
            for k in range(1, n_outputs):
                most = max(most, values[at + k])
            for k in range(n_outputs):
                deltas[at + k] = exp_below(values[at + k] - most)
                total += deltas[at + k]
            for k in range(n_outputs):
                yes = one if targets[target + k] > zero else zero
                deltas[at + k] = deltas[at + k] / total - yes
        elif loss == HINGE and n_outputs > 1:
            right = 0
            for k in range(n_outputs):
                right = k if targets[target + k] > zero else right
                deltas[at + k] = zero
            for k in range(n_outputs):
                if k != right and not one - values[at + right] + values[at + k] <= zero:
                    deltas[at + k] = one
                    deltas[at + right] -= one
        else:
            for k in range(n_outputs):
                output, goal = values[at + k], targets[target + k]
                side = one if goal > zero else -one
                if loss == CROSS_ENTROPY:
                    deltas[at + k] = -side * sigmoid(-side * output)
                elif loss == SQUARED_ERROR_TANH:
                    t = tanh(output)
                    deltas[at + k] = (t - side) * (one - t * t)
                elif loss == HINGE:
                    deltas[at + k] = zero if side * output >= one else -side
                elif loss == MSE:
                    deltas[at + k] = number(2) * (output - goal)
                else:
                    deltas[at + k] = max(min(output - goal, one), -one)


@compiled
def divisor_of(loss: int, n_outputs: int) -> int:
    """What a sample's summed loss is divided by: its outputs, where the mean runs over them too."""
    return n_outputs if loss in (HINGE, MSE, HUBER) else 1


@entry_point
def mean_loss(outputs: np.ndarray, targets: np.ndarray, loss: int) -> float:
    """Mean loss over all columns, summed in float64; NaN without a column.

    Args:
        outputs: (K, n) raw outputs.
        targets: (K, n).
        loss: code of `LOSSES`.
    """
    n_outputs, n = outputs.shape
    total = 0.0
    for s in range(n):
        if loss == CROSS_ENTROPY and n_outputs > 1:
            total += _softmax_loss(outputs, targets, s)
        elif loss == HINGE and n_outputs > 1:
            total += _margin_loss(outputs, targets, s)
        else:
            for k in range(n_outputs):
                total += _single_loss(np.float64(outputs[k, s]), np.float64(targets[k, s]), loss, n_outputs)
    return total / n if n else np.nan


@compiled
def _single_loss(output: float, target: float, loss: int, n_outputs: int) -> float:
    """One output's part of a loss that is a sum over outputs."""
    side = 1.0 if target > 0 else -1.0
    if loss == CROSS_ENTROPY:
        return math.log1p(math.exp(-abs(output))) + max(0.0, -side * output)
    if loss == SQUARED_ERROR_TANH:
        return 0.5 * (math.tanh(output) - side) ** 2
    if loss == HINGE:
        return max(0.0, 1.0 - side * output)
    distance = abs(output - target)
    if loss == MSE:
        return distance * distance / n_outputs
    return (0.5 * distance * distance if distance < 1.0 else distance - 0.5) / n_outputs


@compiled
def _softmax_loss(outputs: np.ndarray, targets: np.ndarray, s: int) -> float:
    most = outputs[:, s].max()
    total = chosen = 0.0
    for k in range(len(outputs)):
        difference = np.float64(outputs[k, s]) - np.float64(most)
        total += math.exp(difference)
        chosen = difference if targets[k, s] > 0 else chosen
    return math.log(total) - chosen


@compiled
def _margin_loss(outputs: np.ndarray, targets: np.ndarray, s: int) -> float:
    right = 0
    for k in range(len(outputs)):
        right = k if targets[k, s] > 0 else right
    total = 0.0
    for k in range(len(outputs)):
        if k != right:
            total += max(0.0, 1.0 - np.float64(outputs[right, s]) + np.float64(outputs[k, s]))
    return total / len(outputs)
