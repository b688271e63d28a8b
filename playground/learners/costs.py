"""What a contender costs by the clock of one core."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from playground.learners.contenders import Arrays, Model

N_TIMED = 3  # predictions of which the fastest counts
QUICK_SECONDS = 0.1  # a fit that ends sooner is timed twice: the first one of a process also loads what it needs
Fitted = TypeVar("Fitted")
Cost = dict[str, float | None]
UNTIMED: Cost = {"seconds": None, "micros": None}


def timed(fit: Callable[[], Fitted]) -> tuple[Fitted, float]:
    """What a fit gives and its seconds; of a quick one those of the faster of two tries."""
    tries: list[float] = []
    while not tries or (len(tries) < 2 and tries[0] < QUICK_SECONDS):
        begun = time.perf_counter()
        fitted = fit()
        tries.append(time.perf_counter() - begun)
    return fitted, min(tries)


def clocked(model: Model, making: float, trained: tuple[Arrays, float] | None = None) -> Cost:
    """Seconds to fit from scratch, and microseconds to answer for one row when all are asked at once.

    XGBoost is timed as the library itself: one round at a time, as the page shows it, takes five times as long.

    Args:
        model: the contender on its arena.
        making: seconds that making the model took; for models fitted at once, the whole fit.
        trained: its arrays after the last epoch, and the seconds that all epochs took; None fits it once more.
    """
    answer, seconds = timed(model.fit_by_library)
    if answer is None:
        arrays, seconds = trained or timed(lambda: model.advance(model.start(), model.n_epochs))

        def answer() -> object:
            return model.predict(arrays, model.arena.rows)

    tries = []
    for _ in range(N_TIMED):
        begun = time.perf_counter()
        answer()
        tries.append(time.perf_counter() - begun)
    return {"seconds": making + seconds, "micros": 1e6 * min(tries) / len(model.arena.labels)}
