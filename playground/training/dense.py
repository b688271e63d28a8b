"""Dense layers on a tile of samples: forward, and backward to the gradient.

The arithmetic is three products of small matrices for each layer. Their inner loops run over units in vector registers;
see `layout` for where the numbers stand. Compiled by the functions of `kernel`, which check all shapes.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.training.compilation import compiled
from playground.training.functions import activate
from playground.training.layout import N_UNITS, PARAMS_AT, TURNED_AT, VALUES_AT, WIDTH
from playground.training.randomness import drop_units
from playground.training.simd import LANES, add, add_scaled, load, multiply, store, zeros


@compiled
def multiply_rows(
    x: Any,
    x_at: int,
    x_width: int,
    matrix: np.ndarray,
    matrix_at: int,
    n_inner: int,
    with_bias: bool,
    out: np.ndarray,
    out_at: int,
    width: int,
    n: int,
) -> None:
    """out[s, :] = sum over i < n_inner of x[s, i] matrix[i, :], plus row n_inner of the matrix if `with_bias`.

    Four samples share each row of the matrix, so up to three rows of `out` after the first n are written too: `TILE` is
    a multiple of four, and nobody reads them.

    Args:
        x: flat array; the samples stand from x_at on as rows of x_width.
        matrix: flat array; its rows of `width` stand from matrix_at on.
        out: flat array; rows of `width` from out_at on.
        n: samples, 1 to `TILE`.
    """
    for lane in range(0, width, LANES):
        column = matrix_at + lane
        start = load(matrix, column + n_inner * width) if with_bias else zeros(matrix)
        for s in range(0, n, 4):
            row_0 = x_at + s * x_width
            row_1 = row_0 + x_width
            row_2 = row_1 + x_width
            row_3 = row_2 + x_width
            sum_0 = sum_1 = sum_2 = sum_3 = start
            for i in range(n_inner):
                weights = load(matrix, column + i * width)  # (LANES,) from input i
                sum_0 = add_scaled(sum_0, x, row_0 + i, weights)
                sum_1 = add_scaled(sum_1, x, row_1 + i, weights)
                sum_2 = add_scaled(sum_2, x, row_2 + i, weights)
                sum_3 = add_scaled(sum_3, x, row_3 + i, weights)
            target = out_at + s * width + lane
            store(out, target, sum_0)
            store(out, target + width, sum_1)
            store(out, target + 2 * width, sum_2)
            store(out, target + 3 * width, sum_3)


@compiled
def add_products(
    x: Any,
    x_at: int,
    x_width: int,
    n_inner: int,
    delta: np.ndarray,
    delta_at: int,
    width: int,
    n: int,
    out: np.ndarray,
    out_at: int,
) -> None:
    """out[i, :] += sum over samples of x[s, i] delta[s, :]; row n_inner, the bias, gets the sum of delta[s, :]."""
    for lane in range(0, width, LANES):
        for i in range(n_inner):
            total = load(out, out_at + i * width + lane)
            for s in range(n):
                total = add_scaled(total, x, x_at + s * x_width + i, load(delta, delta_at + s * width + lane))
            store(out, out_at + i * width + lane, total)
        bias_at = out_at + n_inner * width + lane
        total = load(out, bias_at)
        for s in range(n):
            total = add(total, load(delta, delta_at + s * width + lane))
        store(out, bias_at, total)


@compiled
def forward(space: Any, activations: np.ndarray, n_levels: int, n: int, dropout: float, key: np.uint64) -> None:
    """Send n samples, whose features stand in `space.values`, through the first n_levels - 1 layers.

    Args:
        space: a `Workspace`; values and slopes are written.
        activations: code of each hidden layer.
        n_levels: levels that are wanted, features included; all of them end in raw outputs.
        n: samples of this tile.
        dropout: share of hidden units to switch off, 0 for none.
        key: hash of (seed, stream, step, first sample of the tile); used with dropout only.
    """
    plan, values, slopes = space.plan, space.values, space.slopes
    for level in range(n_levels - 1):
        width, start = plan[level + 1, WIDTH], plan[level + 1, VALUES_AT]
        multiply_rows(
            values, plan[level, VALUES_AT], plan[level, WIDTH], space.params, plan[level, PARAMS_AT],
            plan[level, N_UNITS], True, values, start, width, n,
        )  # fmt: skip
        if level < len(plan) - 2:  # the output level stays raw
            end = start + n * width
            activate(activations[level], values[start:end], slopes[start:end])
            if dropout > 0.0:
                drop_units(key, level, dropout, width, values[start:end], slopes[start:end])


@compiled
def backward(space: Any, n: int) -> None:
    """Add the gradient of n samples to `space.gradient`; the outputs' deltas stand in `space.deltas`."""
    plan, values, slopes, deltas = space.plan, space.values, space.slopes, space.deltas
    for level in range(len(plan) - 2, -1, -1):
        n_in, width_in, values_in = plan[level, N_UNITS], plan[level, WIDTH], plan[level, VALUES_AT]
        n_out, width, values_out = plan[level + 1, N_UNITS], plan[level + 1, WIDTH], plan[level + 1, VALUES_AT]
        add_products(
            values, values_in, width_in, n_in, deltas, values_out, width, n, space.gradient, plan[level, PARAMS_AT]
        )
        if level > 0:
            multiply_rows(
                deltas, values_out, width, space.turned, plan[level, TURNED_AT], n_out, False,
                deltas, values_in, width_in, n,
            )  # fmt: skip
            for k in range(values_in, values_in + n * width_in, LANES):
                store(deltas, k, multiply(load(deltas, k), load(slopes, k)))
