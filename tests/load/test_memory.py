"""What a viewer takes, and that nothing of it stays; on a server of its own: after faults a worker loads anew."""

from __future__ import annotations

from benchmarks.load.__main__ import measure
from tests.load.conftest import SLACK, WHOLE


def test_a_viewer_takes_little_and_leaves_nothing_behind() -> None:
    assert not [figure for figure in measure("memory", whole=WHOLE) if not figure.holds(SLACK)]
