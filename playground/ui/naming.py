"""A spec in the words of the screen: what a person reads of it in a list."""

from __future__ import annotations

from typing import Any

from playground.spec import Spec
from playground.ui.controls import words
from playground.ui.tiles import title_of_dataset

UNTOLD = ("points", "table", "weights", "drawing", "taught", "kinds", "speed")  # for machines, or not of the run
MOST_WORDS = 5  # choices that are named


def name_of(spec: Spec) -> str:
    """What differs from the defaults: `spiral · hidden layers 8, 8 · learning rate 0.1`."""
    plain, fields = spec.from_values({}).values(), spec.fields()
    told = [
        _choice(name, str(fields[name].title), value)
        for name, value in spec.values().items()
        if value != plain[name] and name not in UNTOLD
    ]
    rest = [f"{len(told) - MOST_WORDS} more"] if len(told) > MOST_WORDS else []
    return " · ".join([*told[:MOST_WORDS], *rest]) or "the default choices"


def _choice(name: str, title: str, value: Any) -> str:
    if name == "dataset":
        return title_of_dataset(value)
    if name == "contenders":
        return f"{len(value)} contenders"
    title = title[0].lower() + title[1:] if title[1:2].islower() else title
    if isinstance(value, bool):
        return title if value else f"without {title}"
    if isinstance(value, tuple):
        value = ", ".join(map(words, value)) or "none"
    return f"{title} {words(value) or 'none'}"
