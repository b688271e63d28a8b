"""What a page asks of its run."""

from __future__ import annotations

from dataclasses import dataclass

from playground.spec import Spec
from playground.training.goals import Goal


@dataclass(frozen=True)
class Wish:
    """What the page wants to see: written by the script, read by the seat."""

    spec: Spec
    goal: Goal | None = None
    opens_at: int = 0  # the epoch that a run shows at first; Play then goes back to where the viewer looks
    page: str = ""  # whose it is

    def replaces(self, before: Wish, *, untouched: bool) -> bool:
        """Whether it wants a new run: of another structure, or for a question, whose answer must not stand there yet.

        Args:
            before: what the page wanted so far.
            untouched: whether nothing would be lost with the run; then it also gives way to one that opens elsewhere,
                for which a finished run's stops and settings count too.
        """
        other = self.spec.structure != before.spec.structure
        elsewhere = self.opens_at != before.opens_at or (self.opens_at and not self.spec.trains_like(before.spec))
        return other or self.asks(before) or bool(untouched and elsewhere)

    def asks(self, before: Wish) -> bool:
        """Whether it has a question that was not asked before: it comes before Play."""
        return self.goal is not None and (before.goal is None or self.goal.question != before.goal.question)

    def shows_else(self, before: Wish) -> bool:
        """Whether its very next frame is another one: of a new run, or of another input, such as a drawing."""
        return self.spec.structure != before.spec.structure or self.spec.shown_values() != before.spec.shown_values()
