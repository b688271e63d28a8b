"""Digits: draw, look inside, train a network and draw on that very network."""

from typing import get_args

import streamlit as st

from playground.spec import DigitsSpec, network
from playground.ui.complete_set import choose_images, need_images
from playground.ui.controls import Controls
from playground.ui.drawing_pad import DrawingPad
from playground.ui.live_view import show_live, start_live
from playground.ui.questions import Questions
from playground.ui.session import Visit
from playground.ui.share import show_actions
from playground.ui.stack_editor import StackEditor
from playground.ui.teaching import show_teaching
from playground.ui.tiles import show_notices
from playground.ui.trained_networks import choose_start, choose_trained
from playground.ui.training_controls import (
    choose_clip,
    choose_optimizer,
    choose_regularization,
    choose_schedule,
    choose_stops,
)
from playground.ui.workshop import show_workshop

RATES = (1e-5, 1e-4, 3e-4, 1e-3, 0.002, 0.005, 0.01, 0.03, 0.1, 0.3, 1.0)
BATCH_SIZES = (1, 8, 16, 32, 64, 128, 250, 500, 1000)


def choose_network(visit: Visit, controls: Controls) -> None:
    """What is trained; a change starts a new run."""
    if visit.spec.structure.start == "trained":
        st.caption("Trained weights belong to their stack. Change it, and the new one starts from scratch.")
    StackEditor(visit).show()
    if visit.spec.structure.start == "fresh":
        controls.choose_one("activation", get_args(network.Activation))
        controls.choose_number("seed", low=0, high=network.MAX_SEED, step=1)


def choose_training(controls: Controls) -> None:
    """How it is trained; all but the images can change while the run goes on."""
    choose_images(controls)
    controls.choose_step("learning_rate", RATES, label="{:g}".format)
    choose_optimizer(controls)
    controls.choose_step("batch_size", BATCH_SIZES)
    controls.choose_whether("augmentation")
    controls.choose_step("dropout", [i / 10 for i in range(10)], label="{:.0%}".format)
    choose_regularization(controls, (0.0, 1e-5, 1e-4, 1e-3, 0.01, 0.1))
    choose_schedule(controls)
    choose_clip(controls)


visit = Visit("digits", DigitsSpec)
controls = Controls(visit)
show_notices(visit)
need_images(visit)
side, main = st.columns([0.22, 0.78], gap="medium")
with side:
    pad = DrawingPad(visit)
    pad.draw()
    questions = Questions(visit)
    start_live(visit, questions.goal())
with main:
    show_live(visit, on_choice=visit.take)
with side:
    questions.choose()
    pad.choose_centering(controls)
    controls.choose_whether("neighbors")
    choose_start(visit)
    if visit.spec.structure.start == "trained":
        choose_trained(visit)
    with st.expander("Pen, samples, pictures", icon=":material/draw:"):
        pad.choose_more()
    with st.expander("Teach it my hand", icon=":material/school:"):
        show_teaching(visit, controls)
    with st.expander("Blocks", icon=":material/layers:"):
        choose_network(visit, controls)
    with st.expander("Training", icon=":material/tune:"):
        choose_training(controls)
    with st.expander("Stop by itself", icon=":material/stop_circle:"):
        choose_stops(controls)
    show_workshop(visit)
    show_actions(visit)
