"""Begin with trained weights or from scratch."""

from __future__ import annotations

import streamlit as st

from playground.spec.digits import READER, STACKS
from playground.ui.callbacks import bound
from playground.ui.session import Visit
from playground.ui.trained_networks import show_trained

STARTS = {"trained": "Trained", "fresh": "From scratch"}


def choose_start(visit: Visit) -> None:
    """Look into a network that can read already, or train one from nothing: the one that was built last."""
    structure = visit.spec.structure
    built = st.session_state.setdefault(f"{visit.page}.built", {"stack": STACKS["small CNN"]})
    if structure.start == "fresh":
        built.update(stack=structure.stack, activation=structure.activation)

    def take(start: str) -> None:
        if start == "trained":
            show_trained(visit, READER)
        elif visit.spec.structure.start == "trained":
            visit.change(start="fresh", **built)

    st.segmented_control(
        "Network", list(STARTS), format_func=STARTS.__getitem__, required=True, width="stretch",
        help=visit.spec.fields()["start"].description,
        **bound(f"{visit.page}.widget.start", structure.start, take, begins={"default": structure.start}),
    )  # fmt: skip
