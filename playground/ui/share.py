"""Undo, share, export and projector: what is done with a whole run."""

from __future__ import annotations

import functools
import io
import socket
from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

import segno
import streamlit as st

from playground.frames import export
from playground.learners.learner import State
from playground.spec import PlaygroundSpec
from playground.spec.weights import pack_weights
from playground.ui.live_view import shown_run, shown_state
from playground.ui.session import Visit

MAX_LINK_WEIGHTS = 1_500  # parameters: 6 kB
MAX_LINK_POINTS_TEXT = 1_500  # characters: about 200 own points
MAX_QR_TEXT = 1_200  # characters that a phone reads from a wall


def show_actions(visit: Visit) -> None:
    """A row of buttons above the controls."""
    undo, share, save, projector = st.columns([1, 1, 1, 1])
    undo.button(
        "", icon=":material/undo:", disabled=not visit.can_undo, on_click=visit.undo, help="Undo the last choice.",
        use_container_width=True, key=f"{visit.page}.button.undo",
    )  # fmt: skip
    with share.popover("", icon=":material/share:", help="Share: a link with all choices, and its QR code."):
        _show_share(visit)
    with save.popover("", icon=":material/download:", help="Export: program, weights, history."):
        _show_export(visit)
    on = visit.extras.get("profile") == "projector"
    projector.button(
        "", icon=":material/cast_for_education:", type="primary" if on else "secondary", key=f"{visit.page}.button.projector",
        on_click=lambda: visit.set_extra("profile", "" if on else "projector"), use_container_width=True,
        help="Projector: larger text and thicker lines for the last row.",
    )  # fmt: skip


def _show_share(visit: Visit) -> None:
    spec, state = visit.spec, shown_state(visit)
    query = {**spec.to_query(), **visit.extras}
    if len(query.get("points", "")) > MAX_LINK_POINTS_TEXT:
        st.warning("A link holds about 200 own points; these are more, so it leaves them out. Share the file instead.")
        query = {name: text for name, text in query.items() if name not in ("points", "dataset")}
    with_weights = st.toggle("With the weights as they are now", help="Who opens the link goes on from these weights.")
    carried = dict(query)
    if with_weights and state is not None:
        if len(state.arrays["params"]) <= MAX_LINK_WEIGHTS:
            carried["weights"] = pack_weights(state.arrays["params"])
        else:
            st.warning("These weights are over 6 kB: export them as a file.")
    st.caption("Link")
    st.code(_link(visit, carried), language=None, wrap_lines=True)
    _show_qr(_link(visit, query))


def _show_qr(link: str) -> None:
    if len(link) > MAX_QR_TEXT:
        st.caption("This link is too long for a QR code that can be read from a wall.")
        return
    picture = io.BytesIO()
    segno.make(link, error="m").save(picture, kind="svg", scale=6, border=3, dark="#000", light="#fff")
    st.image(picture.getvalue().decode(), caption="QR code of the choices", width=260)


def _link(visit: Visit, query: Mapping[str, str]) -> str:
    parts = urlsplit(st.context.url or "http://localhost:8501")
    host = parts.hostname or "localhost"
    if host in ("localhost", "127.0.0.1", "::1"):
        host = _lan_address() or host
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}/{visit.page}" + (f"?{urlencode(query, safe=',')}" if query else "")


@st.cache_data(show_spinner=False, ttl=60)
def _lan_address() -> str:
    """This machine's address in its own network; empty without one. Opening a UDP socket sends nothing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # an address for documentation, never reached
        except OSError:
            return ""
        return str(probe.getsockname()[0])


def _show_export(visit: Visit) -> None:
    state, run = shown_state(visit), shown_run(visit)
    if state is None or run is None or not isinstance(run.start, PlaygroundSpec):
        st.caption("Nothing to export yet.")
        return
    params, first_change = state.arrays["params"], min((change.step for change in run.changes), default=None)
    n_epochs = export.MAX_EPOCHS if first_change is None else first_change // state.steps_per_epoch
    st.caption(f"The run as it stands at epoch {state.epoch:,}.")
    if n_epochs < export.MAX_EPOCHS:
        st.caption(f"Choices changed by hand: the program repeats the first {n_epochs} epochs.")
    program = functools.partial(export.pytorch_program, run.start, params, state.epoch, n_epochs=n_epochs)
    for label, file, make in (
        ("PyTorch program", "playground.py", program),
        ("Weights (safetensors)", "playground.safetensors", functools.partial(export.weights_file, run.start, params)),
        ("History (CSV)", "playground.csv", functools.partial(_history, state)),
    ):
        st.download_button(label, make, file, key=f"{visit.page}.export.{file}", on_click="ignore")


def _history(state: State) -> str:
    rows = [",".join(state.history.columns)]
    rows += [",".join(f"{value:.9g}" for value in row) for row in state.history.rows]
    return "\n".join(rows) + "\n"
