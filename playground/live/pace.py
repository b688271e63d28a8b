"""How many steps the next slice has, from the clock: time never enters a pure function."""

from __future__ import annotations

import asyncio
import contextlib
import math
import time
from dataclasses import dataclass

from playground.live.worker import DEADLINE_SECONDS, START_SECONDS

SLICE_SECONDS = 0.014  # of training in a frame at top speed: leaves room to observe and still paint 50-60 a second
FIRST_STEPS_PER_SECOND = 60.0  # before anything is measured: the first slice has one step, for one may take seconds
PATIENCE = 10  # how many times as long as expected a slice may take: others work on the same cores
ENTRY_SECONDS, ENTRIES_AT_ONCE = 1.0, 3  # a reload and a lost connection wait for nothing
FRAME_SECONDS = 1 / 60
RATE_SECONDS = 1.0  # over which epochs a second are counted
MAX_CREDIT_SECONDS = 0.25  # a stalled run does not race to catch up


@dataclass
class Pace:
    """Turns a speed in epochs a second into steps for each slice.

    Attributes:
        steps_per_second: measured at the last slices.
        painting_seconds: that the last frame took to be made.
        counted: until when steps have been made, in seconds of the loop's clock.
        last: when the last slice began.
    """

    steps_per_second: float = FIRST_STEPS_PER_SECOND
    painting_seconds: float = 0.0
    counted: float = 0.0
    last: float = 0.0

    def restart(self, now: float) -> None:
        """Count due steps from now on: nothing is due for the time that the run stood still."""
        self.counted = now

    def measure(self, n_steps: int, seconds: float, painting_seconds: float = 0.0) -> None:
        """Learn from a slice how fast this run trains; a single fast slice does not make the next one huge."""
        self.painting_seconds = painting_seconds or self.painting_seconds
        if n_steps and seconds > 0:
            self.steps_per_second = min(n_steps / seconds, 4 * self.steps_per_second)

    def deadline_seconds(self, n_steps: int | None) -> float:
        """How long a slice of so many steps may take; None is a piece of an epoch."""
        if self.steps_per_second == FIRST_STEPS_PER_SECOND:
            return START_SECONDS
        return max(DEADLINE_SECONDS, PATIENCE * (n_steps or 1) / self.steps_per_second)

    def due(self, speed: str, steps_per_epoch: int, now: float, share: float) -> int:
        """Steps to make now; 0 when it is too early.

        Args:
            speed: epochs a second, or `max`.
            steps_per_epoch: of this run.
            now: the loop's clock in seconds.
            share: the part of a worker that this run may take, in (0, 1]: less when the machine is full.
        """
        seconds = SLICE_SECONDS * share
        if speed == "max":
            return max(1, round(self.steps_per_second * seconds))
        if now - self.last < FRAME_SECONDS:
            return 0
        rate = float(speed) * steps_per_epoch  # steps a second
        self.counted = max(self.counted, now - MAX_CREDIT_SECONDS - 1 / rate)  # a slow run too comes to its next step
        seconds = max(seconds, self.painting_seconds * (1 - share))  # on a full machine painting is thinned first
        n_steps = min(int((now - self.counted) * rate), max(1, round(self.steps_per_second * seconds)))
        if n_steps:
            self.counted += n_steps / rate
            self.last = now
        return n_steps

    def wait_seconds(self, speed: str, steps_per_epoch: int, now: float) -> float:
        """Seconds until the next step is due, at least until the next screen refresh."""
        next_step = self.counted + 1 / (float(speed) * steps_per_epoch)
        return max(0.001, self.last + FRAME_SECONDS - now, next_step - now)


class Rate:
    """Epochs a second as the viewer has seen them; 0 while nothing has been trained."""

    def __init__(self, now: float) -> None:
        self._since, self._epoch, self._shown = now, 0, 0.0

    def of(self, epoch: int, now: float) -> float:
        """The newest rate, counted anew each second."""
        if now - self._since > RATE_SECONDS:
            self._shown = (epoch - self._epoch) / (now - self._since)
            self._since, self._epoch = now, epoch
        return max(0.0, self._shown)


async def rest(wake: asyncio.Event, seconds: float) -> None:
    """Wait for the next step that is due, or for a command."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):  # `wait_for` of Python 3.11 may swallow that the viewer has left
            await wake.wait()


class Door:
    """Lets some in to one run at once, and then one each second.

    What a viewer has asked of the workers is done also when it has left: who came over and over would pile it up.
    """

    def __init__(self) -> None:
        self._due = -math.inf  # when everybody who came would have come, one each second

    async def enter(self) -> None:
        """Wait until it is one's turn."""
        await asyncio.sleep(self._due - (ENTRIES_AT_ONCE - 1) * ENTRY_SECONDS - time.monotonic())
        self._due = max(self._due, time.monotonic()) + ENTRY_SECONDS
