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
        description="How the learning rate changes over time: not at all, halved in steps, or falling as a cosine.",
    )
    schedule_epochs: int = Field(
        100,
        ge=1,
        le=100_000,
        title="Schedule length",
        description="Epochs between two halvings (step), or until the learning rate is zero (cosine).",
    )
    momentum: float = Field(
        0.9, ge=0, lt=1, title="Momentum", description="The part of the last step that is kept. Near 1 it overshoots."
    )
    beta1: float = Field(
        0.9, ge=0, lt=1, title="Beta 1", description="How long Adam remembers the direction of the gradient."
    )
    beta2: float = Field(
        0.999, ge=0, lt=1, title="Beta 2", description="How long Adam or RMSprop remembers the size of the gradient."
    )
    weight_decay: float = Field(
        0.01, ge=0, le=1, title="Weight decay", description="AdamW only: each step shrinks all weights by this part."
    )
    gradient_clip: float = Field(
        0.0,
        ge=0,
        le=100,
        title="Gradient clip",
        description="Longest gradient that is allowed; longer ones are shortened. 0 switches it off.",
    )
