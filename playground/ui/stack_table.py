"""Begin with trained weights or from scratch."""

from __future__ import annotations

import streamlit as st

from playground.spec.digits import READER, STACKS
from playground.ui.callbacks import entire
from playground.ui.session import Visit

STARTS = {"trained": "Trained", "fresh": "From scratch"}


def choose_start(visit: Visit) -> None:
    """Look into a network that can read already, or train one from nothing."""
    info, key = visit.spec.fields()["start"], f"{visit.page}.widget.start"
    st.session_state[key] = visit.spec.structure.start

    @entire
    def take() -> None:
        if st.session_state[key] == "trained":
            visit.change(start="trained", stack=STACKS[READER], activation="relu")
        elif st.session_state[key] == "fresh" and visit.spec.structure.start == "trained":
            visit.change(start="fresh", stack=STACKS["small CNN"])

    st.segmented_control(
        "Network", list(STARTS), format_func=STARTS.__getitem__, key=key, on_change=take, width="stretch",
        help=info.description,
    )  # fmt: skip
