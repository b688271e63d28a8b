"""A question that a run can answer by itself: one check on its recorded history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.training.history import History


@dataclass(frozen=True)
class Goal:
    """One visible check, for example "test loss below 0.05 with at most 4 units".

    Attributes:
        question: what the person is asked before Play.
        column: the history column that is looked at.
        below: reached when the column falls below this value; above: when it rises above it. One of the two is set.
        within: epochs that are allowed; None allows any number.
        limit: a rule on the choices in words, such as "with at most 4 hidden units"; may be empty.
        limit_kept: whether the present choices keep that rule.
        prediction: what the person said before Play, as text.
    """

    question: str
    column: str
    below: float | None = None
    above: float | None = None
    within: int | None = None
    limit: str = ""
    limit_kept: bool = True
    prediction: str = ""

    def check(self) -> str:
        """The rule in words: `test loss below 0.05 with at most 4 hidden units`."""
        side = f"below {self.below:g}" if self.below is not None else f"above {self.above:g}"
        within = f" within {self.within} epochs" if self.within is not None else ""
        return f"{self.column.replace('_', ' ')} {side}{within} {self.limit}".strip()

    def done_epoch(self, history: History) -> int | None:
        """The first recorded epoch at which the check holds; None while it does not."""
        if not self.limit_kept:
            return None
        values = history.column(self.column)
        reached = values < self.below if self.below is not None else values > self.above
        if self.within is not None:
            reached &= history.column("epoch") <= self.within
        return int(history.column("epoch")[np.argmax(reached)]) if reached.any() else None

    def describe(self, history: History) -> dict[str, Any]:
        """What the view shows of it."""
        done = self.done_epoch(history)
        return {"question": self.question, "check": self.check(), "prediction": self.prediction, "done_epoch": done}
