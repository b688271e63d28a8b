"""Undo, share, export and projector: what is done with a whole run."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from urllib.parse import urlencode, urlsplit

import segno
import streamlit as st

from playground.live.address import lan_address
from playground.spec import AttentionSpec, DigitsSpec, PlaygroundSpec, Spec
from playground.spec.points import unpack_points
from playground.spec.tables import COLUMN_CHOICES
from playground.spec.weights import pack_weights
from playground.ui.callbacks import entire
from playground.ui.files import show_export
from playground.ui.live_view import return_to, seat_of
from playground.ui.naming import name_of
from playground.ui.session import Visit

MAX_LINK_WEIGHTS = 1_500  # parameters: 6 kB
MAX_LINK_POINTS = 200
MAX_LINK_TAUGHT_TEXT = 1_100  # characters: two own drawings
MAX_LINK_TABLE_TEXT = 8_000  # characters: about the 1309 rows of the Titanic
OWN_DATA = {"points": ("points", "csv"), "table": ("table",)}  # and the data sets that use it
MAX_QR_TEXT = 1_528  # characters of version 28 at level L, 129 x 129 modules: 200 points and what else is chosen
MIN_QR_PX, MODULE_PX, QR_BORDER = 260, 3, 3  # a phone reads modules of 3 px from a wall


def show_actions(visit: Visit, *, trains: bool = True) -> None:
    """A row of buttons above the controls; runs and files only where something trains."""
    hidden = visit.hidden if trains else {*visit.hidden, "runs", "export"}
    actions = {"undo": _undo, "runs": _runs, "share": _share, "export": _export, "projector": _projector}
    with st.container(horizontal=True, gap="small"):
        for name, show in actions.items():
            if name not in hidden:
                show(visit)


def _undo(visit: Visit) -> None:
    key, tip = f"{visit.page}.button.undo", "Takes back the last choice. Watch the run begin again without it."
    st.button("Undo", disabled=not visit.can_undo, on_click=visit.undo, key=key, help=tip)


def _runs(visit: Visit) -> None:
    with st.popover("Runs", help="Earlier runs of this visit, to return to. Watch which reached the lowest test loss."):
        _show_runs(visit)


def _share(visit: Visit) -> None:
    tip = "A link with all choices, and its QR code. Watch the same run begin on another screen."
    with st.popover("Share", help=tip):
        _show_share(visit)


def _export(visit: Visit) -> None:
    with st.popover("Export", help="This run as files to keep. Watch a program of your own print the same losses."):
        show_export(visit, _link(visit, {**visit.spec.to_query(), **visit.extras}))


def _projector(visit: Visit) -> None:
    on = visit.extras.get("profile") == "projector"

    @entire
    def switch() -> None:
        visit.set_extra("profile", "" if on else "projector")
        visit.write_link()  # which the page's frame reads before any of its script

    projector_button(f"{visit.page}.button.projector", switch, on=on)


def projector_button(key: str, switch: Callable[[], None], *, on: bool) -> None:
    """Whether the page is drawn for a projector; `switch` turns it on or off."""
    st.button(
        "Projector",
        type="primary" if on else "secondary",
        key=key,
        on_click=switch,
        help="Larger text and thicker lines. Watch from the last row whether all can be read.",
    )


def _show_runs(visit: Visit) -> None:
    if not visit.runs:
        st.caption("Earlier runs of this visit will stand here.")
    for number, run in enumerate(visit.runs):
        st.button(
            f"{name_of(run.spec)}: test loss {run.test_loss:.3f} at epoch {run.epoch:,}",
            key=f"{visit.page}.button.run.{number}",
            on_click=return_to,
            args=(visit, run),
            help="Goes back to this run as it was left; a large model begins again from epoch 0. Watch it compare.",
        )


def _show_share(visit: Visit) -> None:
    spec = visit.spec
    query = {**spec.to_query(), **visit.extras}
    query = {name: text for name, text in query.items() if name not in _unused(spec)}
    fits = True  # the weights, to the data that the link carries
    if "points" in query and (n := len(unpack_points(query["points"]).labels)) > MAX_LINK_POINTS:
        st.warning(f"A link holds at most {MAX_LINK_POINTS} own points. It leaves out these {n:,}: share the file.")
        query = {name: text for name, text in query.items() if name not in ("points", "dataset")}
        fits = False
    if len(query.get("taught", "")) > MAX_LINK_TAUGHT_TEXT:
        st.warning("A link holds two own drawings; these are more, so it leaves them out. This tab keeps them.")
        query = {name: text for name, text in query.items() if name != "taught"}
    if len(query.get("table", "")) > MAX_LINK_TABLE_TEXT:
        st.warning("This table is too large for a link that people pass on, so it is left out. Share the file instead.")
        query = {name: text for name, text in query.items() if name not in ("table", "dataset", *COLUMN_CHOICES)}
    carried = dict(query)
    if isinstance(spec, PlaygroundSpec):
        carried |= _weights(visit, fits=fits)
    if isinstance(spec, DigitsSpec | AttentionSpec):
        st.caption("The link holds your choices; who opens it trains anew. Export the weights to keep this network.")
    st.caption("Link")
    st.code(_link(visit, carried), language=None, wrap_lines=True)
    _show_qr(visit, query)


def _weights(visit: Visit, *, fits: bool) -> dict[str, str]:
    """The weights that the link carries: those of the moment at which they were asked for, as long as they fit."""
    key = f"{visit.page}.shared_weights"

    @entire
    def take() -> None:
        seat = seat_of(visit)
        st.session_state[key] = (visit.spec.structure, seat.shown) if seat else None

    @entire
    def leave() -> None:
        st.session_state[key] = None

    with st.container(horizontal=True):
        tip = "Who opens the link goes on from these weights. Watch the first loss there: it is the one here."
        st.button("With the weights as they are now", disabled=not fits, key=f"{key}.take", on_click=take, help=tip)
        structure, state = st.session_state.get(key) or (None, None)
        if not fits or state is None or structure != visit.spec.structure:
            return {}
        tip = "The link carries the choices alone again. Watch it shrink."
        st.button("Without weights", key=f"{key}.leave", on_click=leave, help=tip)
    if len(state.arrays["params"]) > MAX_LINK_WEIGHTS:
        st.warning("These weights are over 6 kB: export them as a file.")
        return {}
    st.caption(f"The link has the weights of epoch {state.epoch:,}, step {state.step:,}.")
    return {"weights": pack_weights(state.arrays["params"])}


def _unused(spec: Spec) -> set[str]:
    """Data of the learner's own that another data set has taken the place of."""
    dataset = getattr(spec.structure, "dataset", "")
    return {name for name, users in OWN_DATA.items() if dataset not in users}


def _show_qr(visit: Visit, query: Mapping[str, str]) -> None:
    caption = "QR code of the choices"
    if len(_link(visit, query)) > MAX_QR_TEXT and "points" in query:
        query = {name: text for name, text in query.items() if name not in ("points", "dataset")}
        caption += " without your points: with them it would be too fine to read. The link has them."
    link = _link(visit, query)
    if len(link) > MAX_QR_TEXT:
        st.caption("This link is too long for a QR code that can be read from a wall.")
        return
    draw_qr(link, caption)


def draw_qr(link: str, caption: str) -> None:
    """A QR code that a phone reads from a wall."""
    code, picture = segno.make(link, error="l"), io.BytesIO()  # a screen has no dirt: larger modules help more
    code.save(picture, kind="svg", scale=6, border=QR_BORDER, dark="#000", light="#fff")
    width = max(MIN_QR_PX, MODULE_PX * int(code.symbol_size(border=QR_BORDER)[0]))
    with st.container(key="qr"):
        st.image(picture.getvalue().decode(), caption=caption, width=width, alt=f"QR code of {link}")


def _link(visit: Visit, query: Mapping[str, str]) -> str:
    return f"{own_address()}/{visit.path}" + (f"?{urlencode(query, safe=',')}" if query else "")


def own_address() -> str:
    """Where others find this app: this page's own address, that of the machine where it was opened as localhost."""
    parts = urlsplit(st.context.url or "http://localhost:8501")
    host = parts.hostname or "localhost"
    if host in ("localhost", "127.0.0.1", "::1"):
        host = _lan_address() or host
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}"


@st.cache_data(show_spinner=False, ttl=60)
def _lan_address() -> str:
    return lan_address()
