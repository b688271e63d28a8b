"""What a run gives when it is computed here, by itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.live import work
from playground.live.run import Run
from playground.live.slice import Envelope
from playground.live.wire import unpack
from playground.spec.look import Look


def replayed(run: Run, step: int) -> dict[str, Any]:
    """The frame of a step, computed here from the run alone."""
    state = work.advance(run, work.start(run), step, heed_stops=False)
    return unpack(work.observe(run, state, Envelope({}, Look(), 0, False)))


def assert_same(shown: dict[str, Any], run: Run) -> None:
    """What a viewer saw at last is what the run alone gives."""
    expected = replayed(run, shown["step"])
    for name, value in expected.items():
        if isinstance(value, np.ndarray) and name != "history":
            assert np.array_equal(shown[name], value), name
    assert (shown["epoch"], shown["train_loss"]) == (expected["epoch"], expected["train_loss"])
