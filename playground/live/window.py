"""How many frames may be on their way to a viewer: as many as fill the way, and none that would wait on it."""

from __future__ import annotations

import math
from collections import deque

LEAST, MOST = 2, 12  # frames under way: 12 fill a way of 0.2 s at 60 frames a second
FRAME_SECONDS = 1 / 60
FEW, MANY = 1.0, 2.0  # frames that wait on the way


class Window:
    """Counts the frames that a viewer has not painted yet, and learns from its answers how many it may have.

    With two frames under way a viewer 0.1 s away sees 20 a second, however fast its run is. More of them help only
    where the way is long. Where it is narrow, they would wait and come late; where the viewer paints slowly, they would
    never be seen. How many wait is estimated as in TCP Vegas (Brakmo and Peterson 1995): of those under way, the part
    by which this answer took longer than the fastest one.
    """

    def __init__(self) -> None:
        self.size = LEAST
        self._under_way: deque[tuple[int, float]] = deque()
        self._fastest = math.inf
        self._changed_at = -math.inf

    @property
    def has_room(self) -> bool:
        """Whether one more frame may go."""
        return len(self._under_way) < self.size

    def send(self, frame: int, now: float) -> None:
        """A frame goes; `now` in seconds of any one clock."""
        self._under_way.append((frame, now))

    def paint(self, frame: int, now: float) -> bool:
        """A frame has been painted, and none before it will be; False when it is none that was under way."""
        places = [place for place, (one, _) in enumerate(self._under_way) if one == frame]
        if not places:
            return False
        n_under_way = len(self._under_way)
        for _ in range(places[0]):
            self._under_way.popleft()
        _, sent_at = self._under_way.popleft()
        self._fastest = min(self._fastest, now - sent_at)
        if sent_at >= self._changed_at:  # what was sent before says nothing of the last change
            size = self._fitting(now - sent_at, n_under_way, n_unseen=places[0])
            if size != self.size:
                self.size, self._changed_at = size, now
        return True

    def _fitting(self, seconds: float, n_under_way: int, n_unseen: int) -> int:
        n_waiting = n_under_way * (1 - self._fastest / seconds) if seconds else 0.0
        if n_unseen or n_waiting > MANY:
            return max(LEAST, self.size - 1)
        if n_waiting < FEW and seconds > self.size * FRAME_SECONDS:
            return min(MOST, self.size + 1)
        return self.size
