"""What every trained network lets one choose about its optimizer."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from playground.spec.base import Settings

Schedule = Literal["constant", "step", "cosine"]


class OptimizerSettings(Settings):
    """How a gradient becomes a step, whatever is trained; all of it live."""

    schedule: Schedule = Field(
        "constant",
        title="Schedule",
        description="The learning rate over time: unchanged, halved in steps, or falling as a cosine. Watch the loss. "
        "Rprop finds its own steps.",
    )
    schedule_epochs: int = Field(
        100,
        ge=1,
        le=100_000,
        title="Schedule length",
        description="Epochs between two halvings (step), or until the rate is zero (cosine). Watch the loss level off.",
    )
    momentum: float = Field(
        0.9,
        ge=0,
        lt=1,
        title="Momentum",
        description="The part of the last step that is kept. Watch the loss swing near 1: it overshoots.",
    )
    beta1: float = Field(
        0.9,
        ge=0,
        lt=1,
        title="Beta 1",
        description="How long Adam remembers the direction of the gradient. Watch the loss swing near 1.",
    )
    beta2: float = Field(
        0.999,
        ge=0,
        lt=1,
        title="Beta 2",
        description="How long Adam remembers the gradient's size. Watch the loss jump when it is small.",
    )
    alpha: float = Field(
        0.99,
        ge=0,
        lt=1,
        title="Alpha",
        description="How long RMSprop remembers the gradient's size. Watch the loss jump near 1: first steps are huge.",
    )
    weight_decay: float = Field(
        0.01,
        ge=0,
        le=1,
        title="Weight decay",
        description="AdamW only: each step shrinks all weights by this part of the rate. Watch the links get thinner.",
    )
    gradient_clip: float = Field(
        0.0,
        ge=0,
        le=100,
        title="Gradient clip",
        description="Longest gradient allowed; longer ones are shortened, 0 allows all. Watch the loss jump less.",
    )

    @property
    def is_scheduled(self) -> bool:
        """Whether the learning rate changes by itself; Rprop takes it for its first step only."""
        return self.schedule != "constant" and getattr(self, "optimizer", "") != "rprop"
