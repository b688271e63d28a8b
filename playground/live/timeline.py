"""Snapshots of a run at about even distances, bounded in number and bytes: no moment is a long way from one."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from playground.learners.learner import State
from playground.training.history import History

MAX_SNAPSHOTS = 512
MAX_BYTES = 32_000_000
ALL_BYTES = 360_000_000  # of a network of Digits or Attention a snapshot takes 1 MB: a class of thirty would fill 1 GB


class Memory:
    """What the past of all runs that somebody looks at may take, in equal parts.

    Attributes:
        n_runs: how many these are; who serves a viewer counts it.
    """

    n_runs = 0

    @property
    def part(self) -> int:
        """Bytes that the snapshots of one run may take."""
        return min(MAX_BYTES, ALL_BYTES // max(1, self.n_runs))


MEMORY = Memory()


class Timeline:
    """The states that the hub keeps of one run. What lies between two of them is computed again."""

    def __init__(self) -> None:
        self._states: list[State] = []  # by step, without their history: the newest state has all of it

    def add(self, state: State) -> None:
        """Keep `state`; one already kept for the same step is replaced."""
        self.forget_after(state.step - 1)
        self._insert(state)

    def fill(self, state: State) -> None:
        """Keep `state`, which was computed again, among later ones."""
        at = bisect_right(self._states, state.step, key=lambda kept: kept.step)
        if not at or self._states[at - 1].step != state.step:
            self._insert(state, at)

    def _insert(self, state: State, at: int | None = None) -> None:
        bare = replace(state, history=History.empty(*state.history.columns[2:]), stopped="")
        self._states.insert(len(self._states) if at is None else at, bare)
        while len(self._states) > 2 and (len(self._states) > MAX_SNAPSHOTS or self.n_bytes > MEMORY.part):
            self._drop_one()

    def _drop_one(self) -> None:
        """Drop the snapshot without which the way from the one before to the one after is the shortest.

        Both ends stay. Halving the older half instead would soon leave nothing between the first state and the newest
        hundreds: a click into the first half of a run would compute all of it again.
        """
        steps = np.array([state.step for state in self._states])
        del self._states[1 + int(np.argmin(steps[2:] - steps[:-2]))]

    @property
    def n_bytes(self) -> int:
        """About how much memory the snapshots take."""
        return len(self._states) * n_bytes(self._states[-1]) if self._states else 0

    def forget_after(self, step: int) -> None:
        """Drop the snapshots of later steps than `step`."""
        del self._states[bisect_right(self._states, step, key=lambda state: state.step) :]

    def before_epoch(self, epoch: int, history: History) -> State | None:
        """The newest kept state that is not past the beginning of `epoch`, with its part of `history`, if any."""
        started = [s for s in self._states if s.epoch < epoch or s.epoch == epoch and _at_start(s, history)]
        return replace(started[-1], history=history.until(started[-1].epoch)) if started else None

    def before_step(self, step: int, history: History) -> State | None:
        """The newest kept state that stands before `step`, with its part of `history`; None when there is none."""
        before = [state for state in self._states if state.step < step]
        return replace(before[-1], history=history.until(before[-1].epoch)) if before else None


def _at_start(state: State, history: History) -> bool:
    """Whether `state` stands exactly at the beginning of its epoch, which only a recorded epoch can prove."""
    at = history.column("epoch") == state.epoch
    return bool(np.any(history.column("step")[at] == state.step))


def n_bytes(value: Any) -> int:
    """Bytes of all arrays in a state, with an allowance for its Python objects."""
    if isinstance(value, np.ndarray):
        return int(value.nbytes) + 100
    if isinstance(value, Mapping):
        return 100 + sum(n_bytes(item) for item in value.values())
    if isinstance(value, tuple):
        return 100 + sum(map(n_bytes, value))
    if is_dataclass(value):
        return 100 + sum(n_bytes(getattr(value, field.name)) for field in fields(value))
    return 50
