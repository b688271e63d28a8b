"""How long a run has played, and how fast it goes."""

from __future__ import annotations

from playground.live.pace import Rate


class Stopwatch:
    """Counts the seconds of play, not those of pause or absence.

    Attributes:
        seconds: that the run has played.
    """

    def __init__(self, now: float, seconds: float = 0.0) -> None:
        self.seconds = seconds
        self._until: float | None = None
        self._rate = Rate(now)

    def rest(self) -> None:
        """Nothing is counted until the next tick."""
        self._until = None

    def tick(self, now: float) -> None:
        """The run plays at `now`."""
        self.seconds += now - (self._until or now)
        self._until = now

    def rate(self, epoch: int, now: float) -> float:
        """Epochs a second as the viewer has seen them since Play; 0 while it has not played."""
        return self._rate.of(epoch, now) if self.seconds else 0.0
