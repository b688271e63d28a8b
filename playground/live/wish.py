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
    opens_at: int = 0  # the epoch that a run shows at first; Play at or past it goes back to where the viewer looks
    page: str = ""  # whose it is
