"""What a viewer takes, and that nothing of it stays; on a server of its own: after faults a worker loads anew."""

from __future__ import annotations

import random

from benchmarks.load.__main__ import measure
from benchmarks.load.soak import trend
from tests.load.conftest import SLACK, WHOLE


def test_a_viewer_takes_little_and_leaves_nothing_behind() -> None:
    assert not [figure for figure in measure("memory", whole=WHOLE) if not figure.holds(SLACK)]


def test_a_steady_leak_is_told_from_noise() -> None:
    chance = random.Random(0)
    noise = [1000 + chance.uniform(-8, 8) for _ in range(60)]
    leak = [value + 4 * k for k, value in enumerate(noise)]  # 24 MB a minute
    growth, around = trend(leak)
    assert growth > 200 > 10 * around
    growth, around = trend(noise)
    assert abs(growth) < around
