"""Words of a link that are no choices of the model: the question, the part of the page, what is hidden and shown."""

from __future__ import annotations

from collections.abc import Mapping

from playground.presets import PRESETS
from playground.spec import KINDS, Problem
from playground.spec.base import MAX_SHOWN_VALUE
from playground.spec.contender import KINDS as CONTENDERS
from playground.spec.contender import fields_of

EXTRAS = ("profile", "hide", "show", "preset", "part")
LISTS = ("hide", "show")
BOXES = ("test_data", "discretize", "contours", "misclassified", "uncertainty", "log_scale", "log_epochs")
CURVES = ("accuracy", "r2", "own", "importance", "entropy")
CHARTS = ("roc", "precision", "calibration", "confusion", "grid", "gaps")
SHOWABLE = (*BOXES, *CURVES, *CHARTS)
BUTTONS = ("play", "step", "step_batch", "reset", "rewind", "speed", "undo", "runs", "share", "export", "projector")


def read_extras(page: str, query: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """The words that a page knows, and those that mean nothing there."""
    known = {
        "profile": {"projector"},
        "preset": {preset.key for preset in PRESETS.get(page, ())},
        "show": {*SHOWABLE},
        "hide": hideable(),
    }
    extras, problems = {name: query[name] for name in EXTRAS if query.get(name)}, []
    for name in [name for name in known if name in extras]:
        words = extras[name].split(",") if name in LISTS else [extras[name]]
        extras[name] = ",".join(word for word in words if word in known[name])
        if odd := [word for word in words if word and word not in known[name]]:
            rule = "names no control" if name == "hide" else f"must be one of {', '.join(sorted(known[name]))}"
            problems.append(Problem(name, ", ".join(odd)[:MAX_SHOWN_VALUE], rule))
    return {name: text for name, text in extras.items() if text}, problems


def hideable() -> set[str]:
    """Names of all controls, of whatever page."""
    fields = {name for kind in KINDS.values() for name in kind.fields()}
    return {*fields, *(name for kind in CONTENDERS for name in fields_of(kind)), *BOXES, *BUTTONS, "preset"}
