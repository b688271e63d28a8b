"""Choose a stack of layers, and see what it comes to: shapes and parameters by layer."""

from __future__ import annotations

import streamlit as st

from playground.spec.digits import READER, STACKS
from playground.spec.stack import count_params, read_stack
from playground.ui.session import Visit

OWN = "your own"
STARTS = {"trained": "Trained", "fresh": "From scratch"}


def choose_start(visit: Visit) -> None:
    """Look into a network that can read already, or train one from nothing."""
    info, key = visit.spec.fields()["start"], f"{visit.page}.widget.start"
    st.session_state[key] = visit.spec.structure.start

    def take() -> None:
        if st.session_state[key] == "trained":
            visit.change(start="trained", stack=STACKS[READER], activation="relu")
        elif st.session_state[key] == "fresh" and visit.spec.structure.start == "trained":
            visit.change(start="fresh", stack=STACKS["small CNN"])

    st.segmented_control(
        "Network", list(STARTS), format_func=STARTS.__getitem__, key=key, on_change=take, width="stretch",
        help=info.description,
    )  # fmt: skip


def choose_stack(visit: Visit) -> None:
    """One of the stacks to begin with, or one typed block by block. What does not fit is named and changes nothing."""
    info, page = visit.spec.fields()["stack"], visit.page
    names, stack = {text: name for name, text in STACKS.items()}, visit.spec.structure.stack
    preset, text, error = (f"{page}.widget.stack.{part}" for part in ("preset", "text", "error"))
    st.session_state[preset] = names.get(stack, OWN)

    def take_preset() -> None:
        if st.session_state[preset] in STACKS:
            _take(visit, STACKS[st.session_state[preset]], error)
            st.session_state.pop(text, None)

    st.selectbox(
        "Begin with", [*STACKS, OWN], key=preset, on_change=take_preset, help="Stacks that differ in one idea."
    )
    if text not in st.session_state or not st.session_state.get(error):
        st.session_state[text] = stack
    st.text_input(
        info.title, key=text, on_change=lambda: _take(visit, st.session_state[text], error), placeholder="output alone",
        help=f"{info.description} Blocks: conv8k5 (also s2, p2), pool2, avg2, res, norm, drop25, dense64.",
    )  # fmt: skip
    if message := st.session_state.get(error):
        st.error(message)


def _take(visit: Visit, text: str, error: str) -> None:
    try:
        read_stack(text)
    except ValueError as problem:
        st.session_state[error] = str(problem)
        return
    st.session_state[error] = ""
    visit.change(stack=text, start="fresh")


def show_stack(stack: str) -> None:
    """Shape and parameters of every layer."""
    blocks = read_stack(stack)
    rows = [
        {"layer": b.title, "output": " × ".join(map(str, b.shape_out)), "parameters": f"{b.n_params:,}"} for b in blocks
    ]
    st.table(rows)
    st.caption(f"{count_params(blocks):,} parameters in {len(blocks)} layers.")
