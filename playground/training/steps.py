"""The compiled entry points of the kernel: training steps, the gradient of a whole data set, values of units.

`kernel` wraps them with checks; nothing else calls them. Arrays that are only read come in read-only, so that each
function has one specialization for float32 and one for float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.models.randomness import TILE
from playground.training.codes import DROPOUT, L1, L2
from playground.training.compilation import compiled, entry_point
from playground.training.dense import backward, forward
from playground.training.layout import N_UNITS, VALUES_AT, WIDTH, make_workspace, pack, turn, unpack
from playground.training.losses import divisor_of, loss_slopes
from playground.training.optimizers import clip, learning_rate_at, regularize, update
from playground.training.randomness import STREAM_DROPOUT, key_of, shuffle, splitmix64
from playground.training.simd import LANES, load, store


@entry_point
def steps(
    params: np.ndarray,
    moments: np.ndarray,
    X: np.ndarray,
    targets: np.ndarray,
    sizes: np.ndarray,
    activations: np.ndarray,
    loss: int,
    optimizer: int,
    hyper: np.ndarray,
    seed: int,
    batch_size: int,
    epoch: int,
    batch: int,
    step: int,
    moments_start: int,
    n_steps: int,
) -> tuple[int, int, int, bool]:
    """Make n_steps updates; the meaning of everything stands at `kernel.run_steps`."""
    space = make_workspace(sizes, params)
    plan = space.plan
    memory = np.zeros((2, len(space.params)), params.dtype)
    for part in range(2):
        pack(plan, moments[part], memory[part])
    rows, goals = as_rows(X, plan[0, WIDTH]), as_rows(targets, len(targets))
    n_train = X.shape[1]
    order = np.empty(n_train, np.int64)
    shuffle(seed, epoch, order)
    end, diverged = step + n_steps, False
    while step < end:
        first = batch * batch_size
        chosen = order[first : min(first + batch_size, n_train)]
        batch_gradient(space, rows, goals, chosen, activations, loss, hyper[DROPOUT], seed, step)
        if hyper[L1] > 0.0 or hyper[L2] > 0.0:
            regularize(plan, space.params, space.gradient, hyper)
        diverged = not clip(space.gradient, hyper)
        if diverged:
            break
        rate = learning_rate_at(hyper, epoch)
        update(optimizer, space.params, memory[0], memory[1], space.gradient, hyper, rate, step - moments_start)
        turn(plan, space.params, space.turned)
        step += 1
        batch += 1
        if batch * batch_size >= n_train:
            epoch, batch = epoch + 1, 0
            shuffle(seed, epoch, order)
    unpack(plan, space.params, params)
    for part in range(2):
        unpack(plan, memory[part], moments[part])
    return epoch, batch, step, diverged


@compiled
def batch_gradient(
    space: Any,
    rows: np.ndarray,
    goals: np.ndarray,
    chosen: np.ndarray,
    activations: np.ndarray,
    loss: int,
    dropout: float,
    seed: int,
    step: int,
) -> None:
    """Write the gradient of the mean loss over the chosen samples into `space.gradient`.

    Args:
        space: a `Workspace`.
        rows: flat (n_train, width) features, padded.
        goals: flat (n_train, n_outputs) targets.
        chosen: (n_batch,) samples, in the order of the epoch.
        activations: code of each hidden layer.
        loss: code of `LOSSES`.
        dropout: share of hidden units to switch off.
        seed: seed of the run, for dropout.
        step: updates made so far, for dropout.
    """
    plan, n_levels = space.plan, len(space.plan)
    width, n_outputs = plan[0, WIDTH], plan[-1, N_UNITS]
    key = key_of(seed, STREAM_DROPOUT, step) if dropout > 0.0 else np.uint64(0)
    space.gradient[:] = 0
    for first in range(0, len(chosen), TILE):
        n = min(TILE, len(chosen) - first)
        for s in range(n):
            sample = chosen[first + s]
            for i in range(0, width, LANES):
                store(space.values, s * width + i, load(rows, sample * width + i))
            for k in range(n_outputs):
                space.targets[s * n_outputs + k] = goals[sample * n_outputs + k]
        forward(space, activations, n_levels, n, dropout, splitmix64(key ^ np.uint64(first)))
        loss_slopes(
            loss, n_outputs, space.values, plan[-1, VALUES_AT], plan[-1, WIDTH], space.targets, n, space.deltas
        )  # fmt: skip
        backward(space, n)
    divisor = space.params.dtype.type(len(chosen) * divisor_of(loss, n_outputs))
    for i in range(len(space.gradient)):  # at the end, so that equally many of both classes cancel exactly
        space.gradient[i] /= divisor


@compiled
def as_rows(columns: np.ndarray, width: int) -> np.ndarray:
    """(n_units, n) -> flat (n, width), the padding zero."""
    n_units, n = columns.shape
    rows = np.zeros(n * width, columns.dtype)
    for i in range(n_units):
        for s in range(n):
            rows[s * width + i] = columns[i, s]
    return rows


@entry_point
def gradient(
    params: np.ndarray, X: np.ndarray, targets: np.ndarray, sizes: np.ndarray, activations: np.ndarray, loss: int
) -> np.ndarray:
    """The gradient (n_params,) of the mean loss over all columns; see `kernel.loss_and_gradient`."""
    space = make_workspace(sizes, params)
    rows, goals = as_rows(X, space.plan[0, WIDTH]), as_rows(targets, len(targets))
    batch_gradient(space, rows, goals, np.arange(X.shape[1]), activations, loss, 0.0, 0, 0)
    result = np.empty_like(params)
    unpack(space.plan, space.gradient, result)
    return result


@entry_point
def unit_values(
    params: np.ndarray, X: np.ndarray, sizes: np.ndarray, activations: np.ndarray, first_level: int, last_level: int
) -> np.ndarray:
    """Values of all units of levels first_level to last_level (1 is the first hidden layer): (n_units, n)."""
    space = make_workspace(sizes, params)
    plan, width, n = space.plan, space.plan[0, WIDTH], X.shape[1]
    result = np.empty((sizes[first_level : last_level + 1].sum(), n), params.dtype)
    for first in range(0, n, TILE):
        n_tile = min(TILE, n - first)
        for i in range(sizes[0]):
            for s in range(n_tile):
                space.values[s * width + i] = X[i, first + s]
        forward(space, activations, last_level + 1, n_tile, 0.0, np.uint64(0))
        row = 0
        for level in range(first_level, last_level + 1):
            for unit in range(sizes[level]):
                for s in range(n_tile):
                    result[row, first + s] = space.values[plan[level, VALUES_AT] + s * plan[level, WIDTH] + unit]
                row += 1
    return result


@entry_point
def to_bytes(values: np.ndarray, scales: np.ndarray, result: np.ndarray) -> None:
    """Write round(127.5 (1 + v / scale)) of each row into `result`; v is cut at +-scale, NaN becomes 128."""
    one, half, middle = np.float32(1), np.float32(0.5), np.float32(127.5)
    for row in range(len(values)):
        factor = np.float32(1.0 / scales[row])
        source, target = values[row], result[row]
        for i in range(len(source)):
            v = np.float32(source[i]) * factor
            v = v if v < one else (one if v >= one else np.float32(0))  # NaN is neither
            v = max(v, -one)
            target[i] = np.uint8(middle + middle * v + half)
