"""What a task of the Attention page begins with."""

from __future__ import annotations

from typing import Any

from playground.spec.attention import CONTINUING, AttentionStructure

SUITED: dict[str, dict[str, int]] = {
    "depth": {"length": 12},
    "brackets": {"length": 12},
    "induction": {"length": 8, "alphabet": 10},
}
"""What these tasks begin with: by the usual choices their test has five to twelve different inputs (`count_test`)."""


def begin_with(task: str, before: AttentionStructure) -> dict[str, Any]:
    """What changes with the task: the form if it must, length and alphabet unless those before were chosen by hand."""
    usual = {name: AttentionStructure.model_fields[name].default for name in ("length", "alphabet")}
    old, new = (usual | SUITED.get(name, {}) for name in (before.task, task))
    form = "decoder" if task in CONTINUING else before.form
    return {"task": task, "form": form, **(new if old.items() <= before.model_dump().items() else {})}
