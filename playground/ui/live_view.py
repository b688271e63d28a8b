"""The live view: one component whose frames come over a socket, so that reruns of the script never touch it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from playground.figures import palette
from playground.learners.learner import State
from playground.live.hub import hub
from playground.live.run import Run
from playground.live.seat import Seat, Wish
from playground.ui.session import Visit

# Streamlit runs the exported function again when data or theme change; live.js then keeps its view.
_SCRIPT = """
export default function (component) {
  let cleanup = null
  let ended = false
  import(new URL("/live/assets/live.js", location.href)).then((live) => {
    if (!ended) cleanup = live.mount(component)
  })
  return () => { ended = true; cleanup?.() }
}
"""

_PALETTE = {
    "classes": palette.CLASS_COLORS,
    "shapes": palette.CLASS_SHAPES,
    "diverging_light": palette.VIK,
    "diverging_dark": palette.BERLIN,
    "sequential": palette.CIVIDIS,
}

_mount = st.components.v2.component("playground_live", html="<div></div>", js=_SCRIPT)


def show_live(visit: Visit, wish: Wish, *, on_choice: Callable[[dict[str, Any]], None]) -> None:
    """Show the run that `wish` asks for.

    Args:
        visit: the page; each has its own run.
        wish: choices and goal.
        on_choice: takes a choice made on the view itself, such as `{"change": {"seed": 7}}`.
    """
    token = _token(visit.page, wish)
    hub.wish(token, wish)
    data = {
        "token": token,
        "view": wish.spec.view,
        "socket": "/live/socket",
        "palette": _PALETTE,
        "profile": visit.extras.get("profile", ""),
        "hide": visit.extras.get("hide", "").split(","),
    }
    key = f"{visit.page}.live"

    def take() -> None:
        if choice := st.session_state[key].get("choice"):
            on_choice(choice)

    _mount(key=key, data=data, on_choice_change=take)


def shown_state(visit: Visit) -> State | None:
    """The state under the eyes now; None before the first picture."""
    seat = _seat(visit)
    return seat.shown if seat else None


def shown_run(visit: Visit) -> Run | None:
    """The run that it belongs to."""
    seat = _seat(visit)
    return seat.run if seat else None


def _seat(visit: Visit) -> Seat | None:
    token = _tokens_of_visit().get(visit.page)
    return hub.seat(token) if token else None


def _token(page: str, wish: Wish) -> str:
    tokens = _tokens_of_visit()
    if page not in tokens:
        tokens[page] = hub.open(wish)
    return tokens[page]


def _close_all(tokens: dict[str, str]) -> None:
    for token in tokens.values():
        hub.close(token)


@st.cache_resource(scope="session", on_release=_close_all, show_spinner=False)
def _tokens_of_visit() -> dict[str, str]:
    """Tokens by page; the seats behind them are freed when the visit ends."""
    return {}
