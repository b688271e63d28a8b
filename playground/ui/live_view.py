"""The live view: one component whose frames come over a socket, so that reruns of the script never touch it."""

from __future__ import annotations

from typing import Any

import streamlit as st

from playground.figures import palette
from playground.live.hub import hub
from playground.live.seat import Wish

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


def show_live(page: str, wish: Wish, *, projector: bool = False, hidden: tuple[str, ...] = ()) -> dict[str, Any] | None:
    """Show the run that `wish` asks for.

    Args:
        page: name of the page; each has its own run in a visit.
        wish: choices and goal.
        projector: whether text and lines are sized for the last row.
        hidden: controls of the view that are not shown.

    Returns:
        A choice made on the view itself since the last run of the script, such as `{"change": {"seed": 7}}`.
    """
    hub.wish(_token(page, wish), wish)
    data = {
        "token": _token(page, wish),
        "view": wish.spec.view,
        "socket": "/live/socket",
        "palette": _PALETTE,
        "profile": "projector" if projector else "",
        "hide": list(hidden),
    }
    result = _mount(key=f"{page}.live", data=data, on_choice_change=lambda: None)
    return result.choice


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
