"""What a learner tries on a shown transformer: changes by hand, and how tokens are written. Never part of a run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from playground.spec.base import Choices

MAX_FLIPS = 64
MAX_WRITTEN = 100
MAX_BEAMS = 4

Place = Annotated[int, Field(ge=0, le=1000)]
Cell = tuple[Place, Place, Place, Place]  # layer, head, row (who looks), column (whom it looks at)
Joined = Literal["head", "layer", "layers", "rollout"]


class Probe(Choices):
    """What is tried; nothing by default.

    Attributes:
        flips: cells of the mask that are turned around: a seen token is hidden, a hidden one is seen.
        swap: two places whose tokens change places.
        softmax_temperature: every head's scores are divided by it before softmax.
        place: the position whose output distribution is wanted; None is the first one that is asked.
        joined: which map is shown large: a head's own, the mean of its layer, of all layers, or the rollout to it.
        lines: whether the exact maps of all heads of the large head's layer are wanted.
        writing: whether the distribution of the next token is wanted.
        written: tokens that the model has written after its input.
        draw: which of many draws; the same one writes the same text.
        temperature, top_k, top_p: how a token is drawn; top_k 0 keeps all.
        beams: width of the beam search; 0 for none.
    """

    flips: tuple[Cell, ...] = Field((), max_length=MAX_FLIPS)
    swap: tuple[Place, Place] | None = None
    softmax_temperature: float = Field(1.0, ge=0.05, le=20)
    place: Place | None = None
    joined: Joined = "head"
    lines: bool = False
    writing: bool = False
    written: int = Field(0, ge=0, le=MAX_WRITTEN)
    draw: int = Field(0, ge=0, le=100_000)
    temperature: float = Field(1.0, ge=0.05, le=10)
    top_k: int = Field(0, ge=0, le=1000)
    top_p: float = Field(1.0, gt=0, le=1)
    beams: int = Field(0, ge=0, le=MAX_BEAMS)


def from_zero(names: tuple[str, ...]) -> tuple[tuple[int, ...], ...]:
    """Names that count from one as numbers that count from zero: ("2.1",) is ((1, 0),)."""
    return tuple(tuple(int(number) - 1 for number in name.split(".")) for name in names)
