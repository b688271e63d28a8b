"""Playground: a dense network on points in the plane."""

from typing import get_args

import streamlit as st

from playground.data.features import FEATURE_LABELS
from playground.spec import PlaygroundSpec, network
from playground.spec.points import MAX_POINTS
from playground.ui.controls import Controls
from playground.ui.live_view import show_live, start_live
from playground.ui.own_data import change_points, choose_table
from playground.ui.questions import Questions
from playground.ui.session import Visit
from playground.ui.share import show_actions
from playground.ui.tiles import choose_dataset, show_notices
from playground.ui.training_controls import (
    choose_clip,
    choose_optimizer,
    choose_regularization,
    choose_schedule,
    choose_stops,
)

RATES = (1e-5, 1e-4, 1e-3, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0)
BATCH_SIZES = (1, 2, 5, 10, 20, 30, 50, 100, 250, 500, 1000, MAX_POINTS)
DATASETS = (*get_args(network.BinaryData), *get_args(network.ThreeClassData), *network.REGRESSION, "points")


def choose_data(visit: Visit, controls: Controls) -> None:
    """Which points are learned."""
    choose_dataset(visit, DATASETS)
    choose_table(visit)
    if visit.spec.structure.dataset not in ("points", "csv"):
        controls.choose_step("noise", [i / 20 for i in range(11)], label="{:.0%}".format)
    with st.expander("More about the data", key="more_data"):
        if visit.spec.structure.dataset not in ("points", "csv"):
            controls.choose_step("n_samples", (50, 100, 200, 300, 500, 1000, 2000))
        controls.choose_step("train_share", [i / 10 for i in range(1, 10)], label="{:.0%}".format)
        controls.choose_number("data_seed", low=0, high=network.MAX_SEED, step=1)


def choose_network(visit: Visit, controls: Controls) -> None:
    """What is trained. Layers and units are chosen on the diagram itself."""
    structure = visit.spec.structure
    st.markdown("##### Network")
    controls.choose_several("features", get_args(network.Feature), label=FEATURE_LABELS.__getitem__)
    controls.choose_activation(get_args(network.Activation), len(structure.hidden_sizes))
    losses = network.RegressionLoss if structure.task == "regression" else network.ClassificationLoss
    controls.choose_one("loss", get_args(losses))
    with st.expander("More about the network", key="more_network"):
        controls.choose_one("initializer", get_args(network.Initializer))
        controls.choose_number("seed", low=0, high=network.MAX_SEED, step=1)


def choose_training(controls: Controls) -> None:
    """How it is trained; all of it can change while the run goes on."""
    st.markdown("##### Training")
    controls.choose_step("learning_rate", RATES, label="{:g}".format)
    choose_optimizer(controls)
    controls.choose_step("batch_size", BATCH_SIZES, label=lambda size: "all" if size == BATCH_SIZES[-1] else str(size))
    choose_regularization(controls, (0.0, *RATES[2:-1]))
    # A key keeps what was opened open when another optimizer brings other controls above it.
    with st.expander("More about training", key="more_training"):
        choose_schedule(controls)
        controls.choose_step("dropout", [i / 10 for i in range(10)], label="{:.0%}".format)
        choose_clip(controls)
    with st.expander("Stop by itself", key="stops"):
        choose_stops(controls)


visit = Visit("playground", PlaygroundSpec)
controls = Controls(visit)
questions = Questions(visit)
start_live(visit, questions.goal())
show_notices(visit)
show_live(visit, on_choice=lambda choice: change_points(visit, choice))
with st.sidebar:
    show_actions(visit)
    questions.choose()
    choose_data(visit, controls)
    choose_network(visit, controls)
    choose_training(controls)
