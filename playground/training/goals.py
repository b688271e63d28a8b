"""A question that a run can answer by itself: one check on its recorded history."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.training.history import History

CLOSE_SHARE = 0.2  # a predicted number counts when it is off by at most this part of the measured one


@dataclass(frozen=True)
class Goal:
    """One visible check, for example "test loss below 0.05 with at most 4 units".

    Attributes:
        question: what the person is asked before Play.
        column: the history column that is looked at.
        below: reached when the column falls below this value; above: when it rises above it. One of the two is set.
        within: epochs that are allowed, after which the check is decided; None allows any number.
        limit: a rule on the choices in words, such as "with at most 4 hidden units"; may be empty.
        limit_kept: whether the present choices keep that rule.
        prediction: what the person said before Play, as text.
        answers: what can be said: yes and no, or one word for each of `racers`; empty asks for a number of epochs.
        racers: columns of which the one that is there first gives the answer.
        counts: the word for what `within` counts.
    """

    question: str
    column: str
    below: float | None = None
    above: float | None = None
    within: int | None = None
    limit: str = ""
    limit_kept: bool = True
    prediction: str = ""
    answers: tuple[str, ...] = ()
    racers: tuple[str, ...] = ()
    counts: str = "epochs"

    def check(self) -> str:
        """The rule in words: `test loss below 0.05 within 100 epochs with at most 4 hidden units`."""
        side = f"below {self.below:g}" if self.below is not None else f"above {self.above:g}"
        within = f" within {self.within} {self.counts}" if self.within is not None else ""
        return f"{self.column.replace('_', ' ')} {side}{within} {self.limit}".strip()

    def done_epoch(self, history: History) -> int | None:
        """The first recorded epoch at which the check holds; None while it does not."""
        return self._reached(history, self.column) if self.limit_kept else None

    def _reached(self, history: History, column: str) -> int | None:
        values = history.column(column)
        reached = values < self.below if self.below is not None else values > self.above
        if self.within is not None:
            reached &= history.column("epoch") <= self.within
        return int(history.column("epoch")[np.argmax(reached)]) if reached.any() else None

    def state(self, history: History) -> str:
        """`open`; `done`; `missed`, when the allowed epochs are over; `void`, when the choices break the rule."""
        if not self.limit_kept:
            return "void"
        if self.done_epoch(history) is not None:
            return "done"
        return "missed" if self.within is not None and history.last("epoch") >= self.within else "open"

    def outcome(self, history: History) -> str:
        """What was measured, in the words of the answers; empty while it is not decided."""
        state, done = self.state(history), self.done_epoch(history)
        if state not in ("done", "missed"):
            return ""
        if not self.answers:
            return f"not within {self.within}" if done is None else str(done)
        if not self.racers:
            return "yes" if state == "done" else "no"
        times = [self._reached(history, column) for column in self.racers]
        first = [answer for answer, time in zip(self.answers, times, strict=True) if time == done]
        return "nobody" if done is None else " and ".join(first) + " at once" * (len(first) > 1)

    def verdict(self, history: History) -> str:
        """Whether the prediction was right, with its mark; empty while nothing is decided or was predicted."""
        outcome = self.outcome(history)
        if not outcome or not self.prediction:
            return ""
        if self.prediction == outcome:
            return "✓ right"
        if self.racers and self.prediction in outcome:
            return "– a tie"
        if self.answers or not outcome.isdecimal():
            return "✗ wrong"
        off = abs(int(self.prediction) - int(outcome))
        return f"✓ close, off by {off}" if off <= CLOSE_SHARE * int(outcome) else f"✗ off by {off}"

    def describe(self, history: History) -> dict[str, Any]:
        """What the view shows of it."""
        return {
            "question": self.question,
            "answers": self.answers,
            "check": self.check(),
            "within": self.within,
            "prediction": self.prediction,
            "state": self.state(history),
            "done_epoch": self.done_epoch(history),
            "outcome": self.outcome(history),
            "verdict": self.verdict(history),
        }
