"""A choice among pictures, and the pictures of the data sets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from playground.data.dataset import make_dataset
from playground.figures.thumbnails import N_SHOWN, draw_thumbnail
from playground.spec import Spec
from playground.ui.controls import words
from playground.ui.session import Visit

_TITLES = {"blobs": "3 blobs", "spiral3": "3-arm spiral", "points": "own points", "checkerboard": "checker\u00adboard"}

_SCRIPT = """
export default function (component) {
  import(new URL("/live/assets/tiles.js", location.href)).then((tiles) => tiles.mount(component))
  return () => {}
}
"""

_mount = st.components.v2.component("playground_tiles", html="<div></div>", js=_SCRIPT)


def choose_dataset(visit: Visit, names: Sequence[str], *, more: bool = False) -> None:
    """The data set, by thumbnails.

    Args:
        visit: the page.
        names: which data sets.
        more: whether they stand below others that have the heading.
    """
    info = visit.spec.fields()["dataset"]
    data = {
        "label": info.title,
        "help": info.description,
        "value": visit.spec.values()["dataset"],
        "tiles": [
            {"value": name, "title": _title(name), "picture": _picture(name, type(visit.spec))} for name in names
        ],
    }
    key = f"{visit.page}.tiles.more" if more else f"{visit.page}.tiles"
    if not more:
        st.markdown(f"##### {info.title}", help=info.description)
    _mount(key=key, data=data, on_value_change=lambda: visit.change(dataset=st.session_state[key]["value"]))


def _title(name: str) -> str:
    return _TITLES.get(name) or words(name.removeprefix("gb_"))


@st.cache_data(show_spinner=False)
def _picture(name: str, _kind: type[Spec]) -> str:
    data = make_dataset(_kind.from_values({"dataset": name}).structure)
    stride = max(1, len(data.y) // N_SHOWN)  # some sets come in order
    return draw_thumbnail(data.X[::stride], data.y[::stride], n_classes=data.n_classes)


def show_notices(visit: Visit) -> None:
    """What could not be used of a link or a change: field, value and rule of each."""
    if visit.problems:
        lines: list[Any] = [f"- `{problem.field}` = `{problem.value}`: {problem.rule}" for problem in visit.problems]
        st.warning("Some choices could not be used; their defaults stand in.\n" + "\n".join(lines))
