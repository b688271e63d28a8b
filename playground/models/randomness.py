"""Chance without a stored state: every random number is a hash of where it is used.

The hash is the output function of splitmix64, applied to a key that holds (seed, stream, ...). The same formula runs in
numpy (start weights) and inside the compiled kernel (batch order, dropout masks), so a run is a function of its seed.

Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014, and Vigna's splitmix64.c.
"""

from __future__ import annotations

from typing import Any

import numpy as np

STREAM_WEIGHTS, STREAM_SHUFFLE, STREAM_DROPOUT = np.uint64(1), np.uint64(2), np.uint64(3)
STREAM_AUGMENTATION = np.uint64(4)
STREAM_TAUGHT = np.uint64(6)
TILE = 32  # samples that go through the kernel together, in the processor's first caches; dropout counts within them

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MULTIPLIER_1 = np.uint64(0xBF58476D1CE4E5B9)
MULTIPLIER_2 = np.uint64(0x94D049BB133111EB)
SHIFT_1, SHIFT_2, SHIFT_3 = np.uint64(30), np.uint64(27), np.uint64(31)


def splitmix64(key: Any) -> Any:
    """The hash of a 64-bit key: `splitmix64(0)` is `0xE220A8397B1DCDAF`, the first number of splitmix64.c from seed 0.

    Args:
        key: uint64 scalar (compiled) or array of uint64 (numpy: arrays wrap around silently, scalars would warn).
    """
    key = key + GOLDEN
    key = (key ^ (key >> SHIFT_1)) * MULTIPLIER_1
    key = (key ^ (key >> SHIFT_2)) * MULTIPLIER_2
    return key ^ (key >> SHIFT_3)


def hash_of(seed: int, stream: np.uint64, *counters: np.ndarray) -> np.ndarray:
    """One hash per place: arrays of counters broadcast against each other.

    Args:
        seed: the seed of the run, 0 or more.
        stream: what the number is used for, one of the `STREAM_` constants.
        counters: non-negative integer arrays, from the coarsest to the finest place.

    Returns:
        uint64 array of the counters' common shape.
    """
    key = splitmix64(splitmix64(np.array([seed], np.uint64)) ^ stream)
    for counter in counters:
        key = splitmix64(key ^ np.asarray(counter, np.uint64))
    return np.asarray(key)


def unit_interval(bits: np.ndarray) -> np.ndarray:
    """Uniform float64 numbers in [0, 1) from the upper 53 bits: a hash of 2**63 gives 0.5."""
    return np.asarray((bits >> np.uint64(11)).astype(np.float64) * 2.0**-53)
