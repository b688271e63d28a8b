"""Playground: a dense network on points in the plane."""

from playground.live.seat import Wish
from playground.spec import PlaygroundSpec
from playground.ui.controls import Controls
from playground.ui.live_view import show_live
from playground.ui.session import Visit
import streamlit as st

visit = Visit("playground", PlaygroundSpec)
controls = Controls(visit)
with st.sidebar:
    controls.choose_one("dataset", ("circle", "xor", "gauss", "spiral"))
    controls.choose_step(
        "learning_rate", (1e-5, 1e-4, 1e-3, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0), label="{:g}".format
    )
    controls.choose_one("activation", (("tanh",), ("relu",)), label=lambda names: names[0])
choice = show_live(visit.page, Wish(visit.spec))
if choice and "change" in choice:
    visit.change(**choice["change"])
    st.rerun()
