"""A choice among pictures, and the pictures of the data sets."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from playground.data.dataset import make_dataset
from playground.figures.thumbnails import N_SHOWN, draw_thumbnail
from playground.spec import Problem, Spec
from playground.ui.callbacks import entire
from playground.ui.component import component
from playground.ui.controls import words
from playground.ui.session import Visit
from playground.ui.upload import plain

_TITLES = {"blobs": "3 blobs", "spiral3": "3-arm spiral", "points": "own points", "checkerboard": "checker\u00adboard"}

TIPS = {
    "circle": "A disc inside a ring. Watch the boundary close around the disc.",
    "xor": "Opposite corners are alike. Watch that no single straight cut will do.",
    "gauss": "Two clouds. Watch that one straight cut is enough.",
    "spiral": "Two arms wound around each other. Watch how large a model it takes.",
    "moons": "Two half moons that reach into each other. Watch the boundary bend between them.",
    "checkerboard": "Squares in turn. Watch how many bends the boundary needs.",
    "rings": "A disc and two rings in turn. Watch whether two boundaries close.",
    "heart": "A heart in its surroundings. Watch the notch and the tip: they come last.",
    "blobs": "Three clouds, three classes. Watch where the three colors meet.",
    "spiral3": "Three arms, three classes. Watch how large a model it takes.",
    "plane": "A number that rises evenly across the map. Watch how little it takes.",
    "multi_gauss": "A number with hills and valleys. Watch which bumps are found first.",
    "points": "Points that you place yourself: choose this, then Edit points below the map.",
}

MAX_TOLD = 60  # of wrong choices: more than any page has

_mount = component("tiles", "tiles.js")


def choose_dataset(visit: Visit, names: Sequence[str], *, more: bool = False) -> None:
    """The data set, by thumbnails.

    Args:
        visit: the page.
        names: which data sets.
        more: whether they stand below others that have the heading.
    """
    if "dataset" in visit.hidden:
        return
    info = visit.spec.fields()["dataset"]
    data = {
        "label": info.title,
        "help": info.description,
        "value": visit.spec.values()["dataset"],
        "tiles": tuple(  # not a list: see `mount_live`
            {
                "value": name,
                "title": title_of_dataset(name),
                "tip": TIPS.get(name, ""),
                "picture": _picture(name, type(visit.spec)),
            }
            for name in names
        ),
    }
    key = f"{visit.page}.tiles.more" if more else f"{visit.page}.tiles"
    if not more:
        st.markdown(f"##### {info.title}", help=info.description)
    _mount(key=key, data=data, on_value_change=entire(lambda: visit.change(dataset=st.session_state[key]["value"])))


def title_of_dataset(name: str) -> str:
    """How a data set is called on screen."""
    return _TITLES.get(name) or words(name.removeprefix("gb_"))


@st.cache_data(show_spinner=False)
def _picture(name: str, _kind: type[Spec]) -> str:
    data = make_dataset(_kind.from_values({"dataset": name}).structure)
    stride = max(1, len(data.y) // N_SHOWN)  # some sets come in order
    return draw_thumbnail(data.X[::stride], data.y[::stride], n_classes=data.n_classes)


def show_notices(visit: Visit) -> None:
    """What could not be used of a link or a change: field, value and rule of each. It moves nothing on the page."""
    place = st.container(key="notice")  # always: else what follows gets other numbers and is made anew
    if not visit.problems:
        return
    lines = [*map(_line, visit.problems[:MAX_TOLD])]
    lines += [f"- and {len(visit.problems) - MAX_TOLD} more"] if len(visit.problems) > MAX_TOLD else []
    with place:  # assets/frame.css takes it out of the flow
        st.warning("\n".join(["Not used; what stood there before, or the default, stays:", *lines]))
        tip = "The notice goes. Watch the controls: what they show is in force."
        st.button("Dismiss", key=f"{visit.page}.button.dismiss", on_click=visit.dismiss, help=tip)


def _line(problem: Problem) -> str:
    """One item of a list. What came is shown as it is, never as markup."""
    name, value = (f"`{text.replace('`', ' ') or ' '}`" for text in (problem.field, problem.value))
    return f"- {name} = {value}: {plain(problem.rule.removeprefix(problem.field).lstrip())}"
