"""Begin with one of the networks whose trained weights come with the app, or from scratch."""

from __future__ import annotations

import streamlit as st

from playground.live.commands import Press
from playground.live.hub import hub
from playground.spec.digits import READER, STACKS, TRAINED
from playground.ui.callbacks import bound
from playground.ui.live_view import seat_of
from playground.ui.session import Visit

STARTS = {"trained": "Trained", "fresh": "From scratch"}


def show_trained(visit: Visit, name: str) -> None:
    """A network that can read already, standing still: it is looked into first, and trained on only when asked to."""
    if seat := seat_of(visit):
        hub.call(lambda: seat.command(Press(type="pause")))
    visit.change(stack=STACKS[name], start="trained", activation="relu")


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
