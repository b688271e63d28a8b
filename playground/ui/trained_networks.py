"""Choose one of the networks whose trained weights come with the app."""

from __future__ import annotations

import streamlit as st

from playground.live.commands import Press
from playground.live.hub import hub
from playground.spec.digits import STACKS, TRAINED
from playground.ui.callbacks import bound
from playground.ui.live_view import seat_of
from playground.ui.session import Visit


def show_trained(visit: Visit, name: str) -> None:
    """A network that can read already, standing still: it is looked into first, and trained on only when asked to."""
    if seat := seat_of(visit):
        hub.call(lambda: seat.command(Press(type="pause")))
    visit.change(stack=STACKS[name], start="trained", activation="relu")


def choose_trained(visit: Visit) -> None:
    """One of four networks that can read already."""
    names = {STACKS[name]: name for name in TRAINED}
    name = names[visit.spec.structure.stack]
    st.selectbox(
        "Trained network",
        TRAINED,
        help="All four learned from the same 60,000 images. Draw, switch, and watch what each layer makes of it.",
        **bound(
            f"{visit.page}.widget.trained",
            name,
            lambda name: show_trained(visit, name),
            begins={"index": TRAINED.index(name)},
        ),
    )
