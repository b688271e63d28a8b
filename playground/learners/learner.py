"""The one interface of the shared training backend.

A learner is a handful of pure functions over values. Whoever plays, scrubs, branches, shares or draws a run uses only
these, and never asks which learner it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from playground.spec.look import Look
from playground.training.history import History


@dataclass(frozen=True)
class State:
    """Everything that training needs to go on, as a picklable value.

    Attributes:
        step: parameter updates made so far.
        epoch: whole passes over the training data made so far.
        batch: updates made in the present epoch.
        steps_per_epoch: updates that the present epoch has.
        batch_size: in force for the present epoch.
        optimizer: whose memory `arrays` holds; another one starts with fresh memory.
        memory_from: the step at which that memory was fresh.
        arrays: parameters and optimizer memory by name, never written to.
        history: losses at the recorded epochs.
        stopped: why the run stopped by itself; empty while it may go on.
    """

    step: int
    epoch: int
    batch: int
    steps_per_epoch: int
    batch_size: int
    optimizer: str
    memory_from: int
    arrays: Mapping[str, np.ndarray]
    history: History
    stopped: str = ""


@dataclass(frozen=True)
class Edit:
    """One weight set by hand, or several at once.

    Attributes:
        layer, unit: whose weight it is.
        source: the input it belongs to; None is the bias.
        value: what it shall be; several are for the inputs from `source` on.
        n_units: how many units from `unit` on get the same.
    """

    layer: int
    unit: int
    source: int | None
    value: float | tuple[float, ...]
    n_units: int = 1

    @property
    def values(self) -> tuple[float, ...]:
        """What each unit gets."""
        return self.value if isinstance(self.value, tuple) else (self.value,)


Frame = Mapping[str, Any]
"""What a view draws, by name: numpy arrays, numbers, text, and lists of these. Nothing else."""


class Learner(Protocol):
    """`advance` obeys the resume law: 7 steps equal 4 steps and then 3, bit for bit."""

    def warm_up(self) -> None:
        """Compile or load what the first slice needs. Workers are forked afterwards: it must leave no thread behind."""

    def scene(self, spec: Any) -> Frame:
        """What is drawn once a run: data points, names, shapes."""

    def init(self, spec: Any) -> State:
        """The state before the first step, with the losses of epoch 0 recorded."""

    def advance(self, spec: Any, state: State, n_steps: int) -> State:
        """The state `n_steps` parameter updates later, or earlier if the run stops by itself."""

    def observe(self, spec: Any, state: State, look: Look) -> Frame:
        """What a viewer needs to draw `state`. Changes nothing."""

    def steps_until(self, spec: Any, state: State, epoch: int) -> int:
        """Updates from `state` to the beginning of `epoch`; 0 when it is there or past it."""

    def edit(self, spec: Any, state: State, edit: Edit) -> State:
        """The state with some parameters set by hand.

        Raises:
            ValueError: the model has no such parameter.
        """
