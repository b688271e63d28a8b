"""Presets on the page: choose a question, say what will happen, and let the run answer."""

from __future__ import annotations

import streamlit as st

from playground.presets import PRESETS, Preset
from playground.training.goals import Goal
from playground.ui.session import Visit

NONE = "free play"


class Questions:
    """The presets of a page: which one the visit is at, and what was predicted."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.by_key = {preset.key: preset for preset in PRESETS[visit.page]}
        self.chosen = self.by_key.get(visit.extras.get("preset", ""))

    def goal(self) -> Goal | None:
        """The check that the run answers; None while the visit plays freely."""
        if self.chosen is None:
            return None
        said = st.session_state.get(self._prediction_key(self.chosen))
        prediction = "" if said is None else str(said)
        return self.chosen.goal(self.visit.spec, prediction)

    def choose(self) -> None:
        """The list of questions, and under it the one that is asked before Play."""
        key = f"{self.visit.page}.widget.preset"
        st.session_state[key] = self.chosen.key if self.chosen else NONE
        st.selectbox(
            "Try this",
            [NONE, *self.by_key],
            format_func=lambda word: self.by_key[word].title if word in self.by_key else "Free play",
            key=key,
            on_change=lambda: self._take(st.session_state[key]),
            help="A question that the run answers by itself. Say first what will happen, then press Play.",
        )
        if self.chosen:
            self._ask(self.chosen)

    def _take(self, word: str) -> None:
        preset = self.by_key.get(word)
        if preset:
            self.visit.go(type(self.visit.spec).from_values(preset.choices))
        self.visit.set_extra("preset", preset.key if preset else "")

    def _ask(self, preset: Preset) -> None:
        key, help_text = self._prediction_key(preset), "Say it before you press Play: surprise teaches most."
        if preset.answers:
            st.segmented_control(preset.question, preset.answers, key=key, help=help_text)
        else:
            st.number_input(preset.question, 0, 100_000, None, 10, key=key, help=help_text, placeholder="your guess")

    def _prediction_key(self, preset: Preset) -> str:
        return f"{self.visit.page}.prediction.{preset.key}"
