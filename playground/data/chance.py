"""Chance as a pure function: the same seed and stream give the same numbers, in any order and on any machine.

(Normal numbers may differ in their last digit from machine to machine, as log and cos do.)
SplitMix64 with a counter: number i of a stream is a hash of (seed, stream, i). No generator object is stored or shared.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

_GAMMA = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def splitmix64(key: int, n: int) -> NDArray[np.uint64]:
    """The first `n` outputs of SplitMix64 started at `key`.

    Args:
        key: 0 to 2**64 - 1.
        n: how many numbers, 0 or more.

    Returns:
        (n,) uint64; `splitmix64(1234567, 1)` is `[6457827717110365317]`.

    Source: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014.
    """
    z = np.uint64(key & _MASK) + np.arange(1, n + 1, dtype=np.uint64) * np.uint64(_GAMMA)  # (n,)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


@dataclass(frozen=True)
class Chance:
    """Named streams of random numbers that all come from one seed.

    Attributes:
        seed: 0 to 2**31 - 1.
    """

    seed: int

    def bits(self, stream: str, n: int) -> NDArray[np.uint64]:
        """`n` random uint64 of a stream; a longer stream begins with the shorter one."""
        key = int(splitmix64(self.seed, 1)[0]) ^ crc32(stream.encode())
        return splitmix64(key, n)

    def uniform(self, stream: str, low: float, high: float, n: int) -> NDArray[np.float64]:
        """`n` numbers drawn evenly from [low, high)."""
        return low + (high - low) * (self.bits(stream, n) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def normal(self, stream: str, n: int) -> NDArray[np.float64]:
        """`n` standard normal numbers, by the rule of Box and Muller (1958)."""
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(f"{stream} radius", 0.0, 1.0, n)))
        return radius * np.cos(self.uniform(f"{stream} angle", 0.0, 2.0 * np.pi, n))

    def shuffle(self, stream: str, n: int) -> NDArray[np.intp]:
        """The numbers 0 to n - 1 in random order; one number more leaves the order of the others as it was."""
        return np.argsort(self.bits(stream, n), kind="stable")
