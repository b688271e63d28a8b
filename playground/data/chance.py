"""Chance as a pure function: the same seed and stream give the same numbers, in any order and on any machine.

(Normal numbers may differ in their last digit from machine to machine, as log and cos do.)
SplitMix64 with a counter: number i of a stream is a hash of (seed, stream, i). No generator object is stored or shared.
"""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from playground.data.splitmix import first_of, unit_interval


@dataclass(frozen=True)
class Chance:
    """Named streams of random numbers that all come from one seed.

    Attributes:
        seed: 0 to 2**31 - 1.
    """

    seed: int

    def bits(self, stream: str, n: int) -> NDArray[np.uint64]:
        """`n` random uint64 of a stream; a longer stream begins with the shorter one."""
        key = int(first_of(self.seed, 1)[0]) ^ crc32(stream.encode())
        return first_of(key, n)

    def uniform(self, stream: str, low: float, high: float, n: int) -> NDArray[np.float64]:
        """`n` numbers drawn evenly from [low, high)."""
        return low + (high - low) * unit_interval(self.bits(stream, n))

    def normal(self, stream: str, n: int) -> NDArray[np.float64]:
        """`n` standard normal numbers, by the rule of Box and Muller (1958)."""
        radius = np.sqrt(-2.0 * np.log1p(-self.uniform(f"{stream} radius", 0.0, 1.0, n)))
        return radius * np.cos(self.uniform(f"{stream} angle", 0.0, 2.0 * np.pi, n))

    def shuffle(self, stream: str, n: int) -> NDArray[np.intp]:
        """The numbers 0 to n - 1 in random order; one number more leaves the order of the others as it was."""
        return np.argsort(self.bits(stream, n), kind="stable")
