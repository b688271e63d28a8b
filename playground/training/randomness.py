"""Chance inside the kernel: the order of an epoch and the units that dropout switches off.

The hash is the one of `playground.models.randomness`, compiled; nothing is stored between steps.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba.extending import register_jitable

from playground.models import randomness
from playground.training.compilation import compiled
from playground.training.simd import LANES

splitmix64: Any = register_jitable(randomness.splitmix64)
STREAM_SHUFFLE, STREAM_DROPOUT = randomness.STREAM_SHUFFLE, randomness.STREAM_DROPOUT
UNITS_BITS = np.uint64(16)  # a place in a layer's tile is sample * 2^16 + unit
HALF_BITS = np.uint64(32)


@compiled
def key_of(seed: int, stream: np.uint64, counter: int) -> Any:
    """The hash of (seed, stream, counter), as `hash_of` in numpy."""
    key = splitmix64(splitmix64(np.uint64(seed)) ^ stream)
    return splitmix64(key ^ np.uint64(counter))


@compiled
def shuffle(seed: int, epoch: int, order: np.ndarray) -> None:
    """Write the order of samples in `epoch` into `order` (n_train,): Fisher-Yates from 0, 1, 2, ...

    Place i changes with place floor(u (i + 1)), where u in [0, 1) comes from the upper 32 bits of the hash of i.
    """
    key = key_of(seed, STREAM_SHUFFLE, epoch)
    for i in range(len(order)):
        order[i] = i
    for i in range(len(order) - 1, 0, -1):
        share = splitmix64(key ^ np.uint64(i)) >> HALF_BITS
        j = np.int64((share * np.uint64(i + 1)) >> HALF_BITS)
        order[i], order[j] = order[j], order[i]


@compiled
def drop_units(key: np.uint64, level: int, dropout: float, width: int, values: np.ndarray, slopes: np.ndarray) -> None:
    """Inverted dropout of one layer's tile: a unit is switched off, or its value and slope grow by 1 / (1 - dropout).

    Args:
        key: hash of (seed, stream, step, tile).
        level: hidden layer, from 0.
        dropout: share of units to switch off, in [0, 1).
        width: padded number of units, a multiple of `LANES`.
        values: (n * width,) activations.
        slopes: (n * width,).
    """
    layer_key = splitmix64(key ^ np.uint64(level))
    limit = np.uint64(dropout * 2.0**64)
    zero, scale = values.dtype.type(0), values.dtype.type(1.0 / (1.0 - dropout))
    for s in range(len(values) // width):
        row_key = layer_key ^ (np.uint64(s) << UNITS_BITS)
        for block in range(0, width, LANES):
            for lane in range(block, block + LANES):
                factor = zero if splitmix64(row_key ^ np.uint64(lane)) < limit else scale
                values[s * width + lane] *= factor
                slopes[s * width + lane] *= factor
