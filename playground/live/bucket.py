"""How often something may happen: a bucket that fills with time and is emptied by what happens."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Bucket:
    """Allows `per_second` on average and `burst` at once.

    Attributes:
        per_second: tokens that come in each second.
        burst: tokens that it holds at most, and at first.
    """

    per_second: float
    burst: float

    def __post_init__(self) -> None:
        self._tokens = self.burst
        self._filled: float | None = None

    def take(self, now: float) -> bool:
        """Take one token at `now` (seconds of any clock that never goes back); False when there is none."""
        since = 0.0 if self._filled is None else max(0.0, now - self._filled)
        self._tokens = min(self.burst, self._tokens + since * self.per_second)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True
