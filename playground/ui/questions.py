"""Presets on the page: choose a question, say what will happen, and let the run answer."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from playground.presets import Preset
from playground.training.goals import Goal
from playground.ui.session import Visit

NONE = "free play"


def choose_preset(visit: Visit, presets: Sequence[Preset], n_units: int) -> Goal | None:
    """The question that the visit is at; None while it plays freely."""
    by_key = {preset.key: preset for preset in presets}
    key = f"{visit.page}.widget.preset"
    chosen = visit.extras.get("preset", "")
    st.session_state[key] = chosen if chosen in by_key else NONE

    def take() -> None:
        word = st.session_state[key]
        if word in by_key:
            visit.go(type(visit.spec).from_values(by_key[word].choices))
        visit.set_extra("preset", word if word in by_key else "")

    st.selectbox(
        "Try this",
        [NONE, *by_key],
        format_func=lambda word: by_key[word].title if word in by_key else "Free play",
        key=key,
        on_change=take,
        help="A question that the run answers by itself. Say first what will happen, then press Play.",
    )
    preset = by_key.get(chosen)
    return preset.goal(n_units, _predict(visit, preset)) if preset else None


def _predict(visit: Visit, preset: Preset) -> str:
    """What the person says will happen; asked before Play, shown beside the outcome."""
    key, help_text = f"{visit.page}.prediction.{preset.key}", "Say it before you press Play: surprise teaches most."
    if preset.answers:
        return st.segmented_control(preset.question, preset.answers, key=key, help=help_text) or ""
    number = st.number_input(preset.question, 0, 100_000, None, 10, key=key, help=help_text, placeholder="your guess")
    return "" if number is None else f"epoch {number}"
