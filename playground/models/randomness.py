"""Chance without a stored state: every random number is a hash of where it is used.

The key of the hash holds (seed, stream, ...). The same formula runs in numpy (start weights) and inside the compiled
kernel (batch order, dropout masks), so a run is a function of its seed.
"""

from __future__ import annotations

import numpy as np

from playground.data.splitmix import splitmix64

STREAM_WEIGHTS, STREAM_SHUFFLE, STREAM_DROPOUT = np.uint64(1), np.uint64(2), np.uint64(3)
STREAM_AUGMENTATION = np.uint64(4)
STREAM_TAUGHT = np.uint64(6)
TILE = 32  # samples that go through the kernel together, in the processor's first caches; dropout counts within them


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
