"""The shipped network with centering reads digits wherever, however large and however slanted they are drawn."""

import pytest

from benchmarks.reading import CHANGES, read_when_changed


@pytest.mark.parametrize("change", CHANGES)
def test_98_of_100_are_still_read(change: tuple[float, float, float]) -> None:
    assert read_when_changed(change, 1000) >= 0.98
