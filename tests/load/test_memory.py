"""What a viewer takes, and that nothing of it stays; on a server of its own: after faults a worker loads anew."""

from __future__ import annotations

import platform
import random
import subprocess
import sys

import pytest

from benchmarks.load.__main__ import measure
from benchmarks.load.soak import trend
from playground.serve import N_HEAPS
from tests.conftest import ROOT
from tests.load.conftest import SLACK, WHOLE

THREADS_WITH_MEMORY = """
import ctypes, threading
from playground.serve import share_heaps
share_heaps()
all_there = threading.Barrier(12)
def hold():
    held = bytearray(100_000)
    all_there.wait()
threads = [threading.Thread(target=hold) for _ in range(12)]
for thread in threads: thread.start()
for thread in threads: thread.join()
libc = ctypes.CDLL(None)
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


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


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc gives each thread a heap of its own")
def test_threads_share_few_heaps() -> None:
    said = subprocess.run(
        [sys.executable, "-c", THREADS_WITH_MEMORY], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout
    assert 1 <= said.count("<heap nr=") <= N_HEAPS
