"""Where a network stands in the kernel's memory: rows of units, padded to whole vectors.

Samples are rows and units are lanes. A layer with n_in inputs and n_out units is a matrix (n_in + 1, width): row i
holds the weights from input i to all units, the last row the biases, and width is n_out rounded up to a multiple of
`LANES`. Padding holds zeros, gets zero gradients and therefore stays zero under every optimizer.

A plan is an int64 table with one row a level (features, hidden layers, outputs) and the columns below. Entries that
belong to a layer stand in the row of the level that feeds it; in the last row they are the totals.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

import numpy as np

from playground.models.randomness import TILE
from playground.training.compilation import compiled
from playground.training.simd import LANES

N_UNITS, WIDTH, PARAMS_AT, TURNED_AT, VALUES_AT, FLAT_AT = range(6)

# A plain namedtuple, because its arrays have another dtype in each specialization.
#   params:   every layer's (n_in + 1, width of its units), one after the other
#   turned:   the same weights as (n_out, width of its inputs), for the way back; none for the first layer
#   gradient: like params
#   values:   (TILE, width) of every level: features, activations, outputs
#   slopes:   like values: how steep each activation is, dropout included
#   deltas:   like values: derivative of the loss by each weighted sum
#   targets:  (TILE, n_outputs)
Workspace = namedtuple(  # numba reads the fields, a typed class would have to name one dtype
    "Workspace", ["plan", "params", "turned", "gradient", "values", "slopes", "deltas", "targets"]
)


@compiled
def make_plan(sizes: np.ndarray) -> np.ndarray:
    """The plan of a network with `sizes` units in each level: (n_layers + 1, 6) int64."""
    plan = np.zeros((len(sizes), 6), np.int64)
    for level in range(len(sizes)):
        plan[level, N_UNITS] = sizes[level]
        plan[level, WIDTH] = (sizes[level] + LANES - 1) // LANES * LANES
        if level:
            feed = plan[level - 1]
            plan[level, PARAMS_AT] = feed[PARAMS_AT] + (feed[N_UNITS] + 1) * plan[level, WIDTH]
            plan[level, TURNED_AT] = feed[TURNED_AT] + (sizes[level] * feed[WIDTH] if level > 1 else 0)
            plan[level, VALUES_AT] = feed[VALUES_AT] + TILE * feed[WIDTH]
            plan[level, FLAT_AT] = feed[FLAT_AT] + (feed[N_UNITS] + 1) * sizes[level]
    return plan


@compiled
def make_workspace(sizes: np.ndarray, flat: np.ndarray) -> Any:
    """Memory for a network whose parameters are `flat`; allocated once a call, never inside an epoch."""
    plan = make_plan(sizes)
    last = plan[-1]
    n_params, n_values = last[PARAMS_AT], last[VALUES_AT] + TILE * last[WIDTH]
    space = Workspace(
        plan,
        np.zeros(n_params, flat.dtype),
        np.zeros(last[TURNED_AT], flat.dtype),
        np.zeros(n_params, flat.dtype),
        np.zeros(n_values, flat.dtype),
        np.zeros(n_values, flat.dtype),
        np.zeros(n_values, flat.dtype),
        np.zeros(TILE * last[N_UNITS], flat.dtype),
    )
    pack(plan, flat, space.params)
    turn(plan, space.params, space.turned)
    return space


@compiled
def pack(plan: np.ndarray, flat: np.ndarray, padded: np.ndarray) -> None:
    """Copy a flat vector, layer by layer (n_out, n_in) and bias (n_out,), into the padded layout."""
    for level in range(len(plan) - 1):
        n_in, n_out, width = plan[level, N_UNITS], plan[level + 1, N_UNITS], plan[level + 1, WIDTH]
        start, source = plan[level, PARAMS_AT], plan[level, FLAT_AT]
        for unit in range(n_out):
            for i in range(n_in):
                padded[start + i * width + unit] = flat[source + unit * n_in + i]
            padded[start + n_in * width + unit] = flat[source + n_out * n_in + unit]


@compiled
def unpack(plan: np.ndarray, padded: np.ndarray, flat: np.ndarray) -> None:
    """The way back of `pack`."""
    for level in range(len(plan) - 1):
        n_in, n_out, width = plan[level, N_UNITS], plan[level + 1, N_UNITS], plan[level + 1, WIDTH]
        start, target = plan[level, PARAMS_AT], plan[level, FLAT_AT]
        for unit in range(n_out):
            for i in range(n_in):
                flat[target + unit * n_in + i] = padded[start + i * width + unit]
            flat[target + n_out * n_in + unit] = padded[start + n_in * width + unit]


@compiled
def turn(plan: np.ndarray, params: np.ndarray, turned: np.ndarray) -> None:
    """Write the weights of all layers but the first as rows of inputs."""
    for level in range(1, len(plan) - 1):
        n_in, n_out = plan[level, N_UNITS], plan[level + 1, N_UNITS]
        width_in, width = plan[level, WIDTH], plan[level + 1, WIDTH]
        source, target = plan[level, PARAMS_AT], plan[level, TURNED_AT]
        for i in range(n_in):
            for unit in range(n_out):
                turned[target + unit * width_in + i] = params[source + i * width + unit]
