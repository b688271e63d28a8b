"""Choose one of the networks whose trained weights come with the app."""

from __future__ import annotations

import streamlit as st

from playground.spec.digits import STACKS, TRAINED
from playground.ui.callbacks import entire
from playground.ui.session import Visit


def choose_trained(visit: Visit) -> None:
    """One of four networks that can read already."""
    key, names = f"{visit.page}.widget.trained", {STACKS[name]: name for name in TRAINED}
    st.session_state[key] = names[visit.spec.structure.stack]
    st.selectbox(
        "Trained network",
        TRAINED,
        key=key,
        on_change=entire(lambda: visit.change(stack=STACKS[st.session_state[key]], start="trained", activation="relu")),
        help="All four learned from the same 60,000 images. Draw, switch, and watch what each layer makes of it.",
    )
