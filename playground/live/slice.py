"""What the hub sends to a worker with a slice, and what comes back. Imports nothing that trains."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from playground.learners.learner import State
from playground.spec.look import Look

PastUnit = Literal["epoch", "step"]  # in which the past is counted


@dataclass(frozen=True)
class Envelope:
    """What the hub knows about a frame and the learner does not.

    Attributes:
        header: fields that travel as they are (run, id, status, ...).
        look: what the viewer points at.
        history_from: the number of history rows that the viewer has; None when it wants none.
        deflate: whether the way to the viewer is slow.
    """

    header: dict[str, Any]
    look: Look
    history_from: int | None
    deflate: bool


@dataclass(frozen=True)
class Slice:
    """A worker's answer.

    Attributes:
        state: where the run stands now.
        seconds: time that training took, without observing.
        message: the packed frame, or None where none was asked for.
        painting_seconds: time that making it took.
    """

    state: State
    seconds: float
    message: bytes | None
    painting_seconds: float = 0.0
