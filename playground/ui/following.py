"""Watching a run together: everybody sees the same, and may go on with a copy."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from playground.live.classroom import classroom
from playground.live.hub import hub
from playground.ui.callbacks import entire
from playground.ui.live_view import mount_live, take_copy

WAITING = "Nobody shows a run at the moment. Stay here, or go on with your own."
PAGES_FOLDER = Path(__file__).parents[2] / "pages"


def show_followed(profile: str) -> None:
    """The run that is shown to all, and the way to a copy of it."""
    is_left, seat, tokens = classroom.screen.has_left(), classroom.shown, _follower_token()
    if not hub.audience.view(tokens.get("follow", "")):
        tokens["follow"] = classroom.follow()
    with st.container(horizontal=True, gap="medium", vertical_alignment="center", key="follow-bar"):
        st.button(
            "Branch my own copy",
            type="primary",
            key="follow.copy",
            disabled=seat is None,
            on_click=_note_copy,
            help="Opens this run on its own page, to change what you like. Watch where the two part.",
        )
        st.write(_say_what(seat.number, is_left=is_left) if seat else WAITING)
    if st.session_state.pop("follow.go", False) and seat:
        take_copy(seat)
        st.switch_page(PAGES_FOLDER / f"{seat.wish.page}.py")
    mount_live(
        f"follow.live.{seat.wish.spec.view if seat else ''}",
        {
            "token": tokens["follow"],
            "view": seat.wish.spec.view if seat else "network",
            "seat": seat.number if seat else 0,
            "left": is_left,
            "profile": profile,
            "hide": (),
            "watches": True,
        },
    )


def _say_what(number: int, *, is_left: bool) -> str:
    if is_left:
        return f"Seat {number} has left. The run stands still until its owner is back; go on with a copy of it."
    return f"You watch the run of seat {number}. It moves as its owner moves it."


@entire
def _note_copy() -> None:
    st.session_state["follow.go"] = True


@st.cache_resource(scope="session", show_spinner=False)
def _follower_token() -> dict[str, str]:
    return {}
