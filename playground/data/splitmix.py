"""SplitMix64: a hash of 64 bits, from which all chance of the project comes.

The same formula runs in numpy and inside the compiled kernel, so that what is drawn is a function of its seed.

Source: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number Generators", OOPSLA 2014, and Vigna's splitmix64.c.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

GOLDEN = np.uint64(0x9E3779B97F4A7C15)
MULTIPLIER_1 = np.uint64(0xBF58476D1CE4E5B9)
MULTIPLIER_2 = np.uint64(0x94D049BB133111EB)
SHIFT_1, SHIFT_2, SHIFT_3 = np.uint64(30), np.uint64(27), np.uint64(31)
MASK = (1 << 64) - 1


def splitmix64(key: Any) -> Any:
    """The hash of a 64-bit key: `splitmix64(0)` is `0xE220A8397B1DCDAF`, the first number of splitmix64.c from seed 0.

    Args:
        key: uint64 scalar (compiled) or array of uint64 (numpy: arrays wrap around silently, scalars would warn).
    """
    key = key + GOLDEN
    key = (key ^ (key >> SHIFT_1)) * MULTIPLIER_1
    key = (key ^ (key >> SHIFT_2)) * MULTIPLIER_2
    return key ^ (key >> SHIFT_3)


def first_of(seed: int, n: int) -> NDArray[np.uint64]:
    """The first `n` outputs of splitmix64.c started at `seed`.

    Args:
        seed: 0 to 2**64 - 1.
        n: how many numbers, 0 or more.

    Returns:
        (n,) uint64; `first_of(1234567, 1)` is `[6457827717110365317]`.
    """
    return np.asarray(splitmix64(np.uint64(seed & MASK) + np.arange(n, dtype=np.uint64) * GOLDEN))


def unit_interval(bits: NDArray[np.uint64]) -> NDArray[np.float64]:
    """Uniform float64 numbers in [0, 1) from the upper 53 bits: a hash of 2**63 gives 0.5."""
    return np.asarray((bits >> np.uint64(11)).astype(np.float64) * 2.0**-53)
