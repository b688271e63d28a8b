"""Presets on the page: choose a question; the view asks it, and the run answers."""

from __future__ import annotations

import streamlit as st

from playground.presets import PRESETS
from playground.training.goals import Goal
from playground.ui.callbacks import bound
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
        return self.chosen.goal(self.visit.spec, self.chosen.read(self.visit.prediction))

    def choose(self) -> None:
        """The list of questions. The one that is chosen is asked on the view, before Play."""
        if "preset" in self.visit.hidden:
            return
        words, word = [NONE, *self.by_key], self.chosen.key if self.chosen else NONE
        begins = {"index": words.index(word)}
        st.selectbox(
            "Try this",
            words,
            format_func=lambda word: self.by_key[word].title if word in self.by_key else "Free play",
            help="A question that the run answers by itself. Say first what will happen, then press Play and watch.",
            **bound(f"{self.visit.page}.widget.preset", word, self._take, begins=begins),
        )

    def _take(self, word: str) -> None:
        preset = self.by_key.get(word)
        if preset:
            asked = type(self.visit.spec).from_values(preset.choices)
            self.visit.go(asked.keeping_hand_made(self.visit.spec))
        self.visit.set_extra("preset", preset.key if preset else "")
