"""A page of two parts: which one is shown, and a link for each."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from playground.ui.callbacks import bound

KEPT = ("profile", "hide", "show")  # words of a link that hold for every part


def choose_part(page: str, parts: Mapping[str, str]) -> str:
    """Draw the choice and return the word of the part that is shown.

    Args:
        page: the page's path.
        parts: word in the link -> title; the first is shown where the link names none.
    """
    kept = f"{page}.part"
    if kept not in st.session_state:
        linked = st.query_params.get("part", "")
        st.session_state[kept] = linked if linked in parts else next(iter(parts))

    def take(chosen: str) -> None:
        query = {name: st.query_params[name] for name in KEPT if name in st.query_params}
        st.session_state[kept] = chosen
        st.query_params.from_dict(query | ({"part": chosen} if chosen else {}))  # the rest belongs to the other part

    part = st.session_state[kept]
    with st.container(key="parts"):
        st.segmented_control(
            "Part of this page", tuple(parts), format_func=parts.__getitem__, required=True,
            label_visibility="collapsed", **bound(f"parts.{page}", part, take, begins={"default": part}),
        )  # fmt: skip
    return str(part)
