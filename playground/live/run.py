"""A run as a value: what it started from, and what was changed by hand at which step.

The state at any step is the replay of this list, so timeline, branch, share and retry need nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from playground.learners.learner import Edit
from playground.spec import Settings, Spec


@dataclass(frozen=True)
class Change:
    """New live settings or edited weights, set when the run stood at `step`."""

    step: int
    what: Settings | Edit


@dataclass(frozen=True)
class Run:
    """The spec a run started with, and the changes since, ordered by step."""

    start: Spec
    changes: tuple[Change, ...] = ()

    @cached_property
    def n_numbers(self) -> int:
        """How much has been changed: a run travels to its worker with all of it."""
        return sum(len(change.what.values) if isinstance(change.what, Edit) else 1 for change in self.changes)

    def change(self, step: int, what: Settings | Edit) -> Run:
        """This run with one more change at its end. At the same step it replaces a former one of the same thing."""
        kept = (old for old in self.changes if old.step != step or _thing(old.what) != _thing(what))
        return replace(self, changes=(*kept, Change(step, what)))

    def without_edits(self, step: int) -> Run:
        """This run without the weights edited by hand at exactly this step."""
        kept = (old for old in self.changes if old.step != step or not isinstance(old.what, Edit))
        return replace(self, changes=tuple(kept))

    def until(self, step: int) -> Run:
        """This run without the changes made after `step`."""
        return replace(self, changes=tuple(change for change in self.changes if change.step <= step))

    def spec_at(self, step: int) -> Any:
        """The spec in force for the update that follows `step`."""
        settings = self.start.settings
        for change in self.changes:
            if change.step <= step and not isinstance(change.what, Edit):
                settings = change.what
        return self.start.model_copy(update={"settings": settings})

    def edits_at(self, step: int) -> list[Edit]:
        """The weights edited by hand at exactly this step, in order."""
        return [change.what for change in self.changes if change.step == step and isinstance(change.what, Edit)]

    def first_change(self) -> int | None:
        """The step after the start at which something was changed first that training heeds."""
        before = self.start
        for change in self.changes:
            edit = isinstance(change.what, Edit)
            spec = before if edit else before.model_copy(update={"settings": change.what})
            if change.step and (edit or not spec.trains_as(before)):
                return change.step
            before = spec
        return None

    def next_change(self, step: int, limit: int) -> int:
        """The first step after `step` at which something was changed, at most `limit`."""
        return min([limit, *(change.step for change in self.changes if change.step > step)])


def _thing(what: Settings | Edit) -> Edit | None:
    """What is changed: some weights, or the settings as a whole."""
    return replace(what, value=(0.0,) * len(what.values)) if isinstance(what, Edit) else None
