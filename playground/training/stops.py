"""When a run stops by itself. Looked at only where losses are recorded, so the frame rate decides nothing."""

from __future__ import annotations

import math

import numpy as np

from playground.spec import Settings
from playground.training.history import History

DIVERGED = "Diverged"
EXPLODED_LOSS = 1e6


def has_diverged(settings: Settings, loss: float) -> bool:
    """Whether a loss is no number any more, which always ends a run, or beyond any use, which may be switched off."""
    return not math.isfinite(loss) or (settings.stop_on_divergence and loss > EXPLODED_LOSS)


def divergence(epoch: int) -> str:
    """The reason shown after a divergence in the pass that follows `epoch` whole ones."""
    return f"{DIVERGED} in epoch {epoch + 1:,}: the loss exploded. Lower the learning rate, then press Play."


def stop_reason(settings: Settings, history: History) -> str:
    """Why the run stops at its newest record; empty when it goes on.

    A condition counts at the record where it becomes true, and at the first one after the start if it was true there:
    Play goes on past it.
    """
    for met, reason in _conditions(settings):
        if met(history) and (len(history.rows) == 2 or not met(History(history.columns, history.rows[:-1]))):
            return reason
    return ""


def _conditions(settings: Settings):  # type: ignore[no-untyped-def]  # pairs of a test and its text
    def below_target(history: History) -> bool:
        return settings.stop_loss > 0 and history.last("test_loss") < settings.stop_loss

    def at_limit(history: History) -> bool:
        return 0 < settings.stop_epoch <= history.last("epoch")

    def on_plateau(history: History) -> bool:
        return settings.stop_plateau > 0 and _is_flat(history, settings.stop_plateau)

    yield below_target, f"Finished: the test loss fell below {settings.stop_loss:g}."
    yield at_limit, f"Finished: epoch {settings.stop_epoch:,} is reached."
    yield on_plateau, f"Finished: the training loss has not fallen by 1% for {settings.stop_plateau:,} epochs."


def _is_flat(history: History, n_epochs: int) -> bool:
    """Whether the best training loss of the last `n_epochs` is above 99% of the best before them."""
    epoch, loss = history.column("epoch"), history.column("train_loss")
    if not len(epoch) or epoch[-1] < n_epochs:
        return False
    recent = epoch > epoch[-1] - n_epochs
    return bool(np.min(loss[recent]) > 0.99 * np.min(loss[~recent]))
