"""Choose one of the networks whose trained weights come with the app."""

from __future__ import annotations

import streamlit as st

from playground.spec.digits import STACKS, TRAINED
from playground.ui.callbacks import bound
from playground.ui.session import Visit


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
            lambda name: visit.change(stack=STACKS[name], start="trained", activation="relu"),
            begins={"index": TRAINED.index(name)},
        ),
    )
