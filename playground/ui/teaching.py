"""Teach it my hand: label the drawing on the pad, and it joins the training images."""

from __future__ import annotations

import streamlit as st

from playground.data.drawing import sample_drawing
from playground.spec.digits import MAX_TAUGHT
from playground.spec.drawing import pack_labelled, unpack_drawing
from playground.ui.controls import Controls
from playground.ui.session import Visit

SHARES = tuple(k / 10 for k in range(11))


def show_teaching(visit: Visit, controls: Controls) -> None:
    """Ten buttons that say what the drawing is, what was taught so far, and how much of a batch it takes."""
    st.caption("Draw above, then say what it is. The drawing joins the training images, and Play trains on.")
    for half in (range(5), range(5, 10)):
        with st.container(horizontal=True, gap="xsmall"):  # columns would stand one under the other on a phone
            for digit in half:
                st.button(
                    str(digit), key=f"{visit.page}.teach.{digit}", width="stretch", on_click=_teach,
                    args=(visit, digit), help=f"This drawing is {_named(digit)}: learn from it. Watch it with Play.",
                )  # fmt: skip
    taught = visit.spec.settings.taught
    if not taught:
        return
    plural = "drawing" if len(taught) == 1 else "drawings"
    st.caption(f"{len(taught)} own {plural} of at most {MAX_TAUGHT}: {', '.join(text[0] for text in taught)}.")
    controls.choose_step("taught_share", SHARES, label="{:.0%}".format)
    left, right = st.columns(2)
    left.button(
        "Remove last", key=f"{visit.page}.teach.last", width="stretch", on_click=_forget, args=(visit, taught[:-1]),
        help="Takes the newest own drawing out again. Watch whether it is still read rightly.",
    )  # fmt: skip
    right.button(
        "Remove all", key=f"{visit.page}.teach.all", width="stretch", on_click=_forget, args=(visit, ()),
        help="It then trains on the training images alone. Watch how fast your drawings are forgotten.",
    )  # fmt: skip


def _named(digit: int) -> str:
    return f"an {digit}" if digit == 8 else f"a {digit}"


def _teach(visit: Visit, digit: int) -> None:
    settings = visit.spec.settings
    drawing = unpack_drawing(settings.drawing) if settings.drawing else sample_drawing()
    text = pack_labelled(digit, drawing)
    if not drawing.any():
        st.toast("Nothing is drawn yet. Draw a digit on the pad.")
    elif text in settings.taught:
        st.toast(f"This drawing is there already as {_named(digit)}. Draw another one.")
    elif len(settings.taught) == MAX_TAUGHT:
        st.toast(f"There may be at most {MAX_TAUGHT} own drawings. Remove some first.")
    else:
        others = tuple(known for known in settings.taught if known[1:] != text[1:])  # a new label replaces the old one
        visit.change(taught=(*others, text))


def _forget(visit: Visit, rest: tuple[str, ...]) -> None:
    visit.change(taught=rest)
