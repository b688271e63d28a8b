"""Controls that every page with an optimizer shows alike."""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args

import streamlit as st

from playground.spec import network, optimizing
from playground.ui.controls import Controls

OPTIMIZER_FIELDS = {  # parameter: whose it is, and its upper end
    "momentum": (("momentum", "nesterov"), 0.9999),
    "beta1": (("adam", "adamw"), 0.9999),
    "beta2": (("adam", "adamw"), 0.9999),
    "alpha": (("rmsprop",), 0.9999),
    "weight_decay": (("adamw",), 1.0),
}
CLIPS = (0.0, 0.01, 0.1, 0.5, 1.0, 5.0)


def choose_optimizer(controls: Controls, names: Sequence[str] = get_args(network.OptimizerName)) -> None:
    """The rule of a step, and the parameters that it has."""
    controls.choose_one("optimizer", names)
    for field, (optimizers, high) in OPTIMIZER_FIELDS.items():
        if controls.value("optimizer") in optimizers:
            controls.choose_number(field, low=0.0, high=high, step=0.001)


def choose_schedule(controls: Controls) -> None:
    """How the learning rate changes over time."""
    controls.choose_one("schedule", get_args(optimizing.Schedule))
    if controls.value("schedule") != "constant":
        controls.choose_number("schedule_epochs", low=1, high=100_000, step=50)


def choose_regularization(controls: Controls, rates: Sequence[float]) -> None:
    """What pulls at the weights, and how hard."""
    controls.choose_one("regularization", get_args(network.Regularization))
    if controls.value("regularization") == "none":
        return
    controls.choose_step("regularization_rate", rates, label="{:g}".format)
    if not controls.value("regularization_rate") and "regularization_rate" not in controls.visit.hidden:
        st.caption("A rate of 0 pulls at nothing. Choose a larger one.")


def choose_clip(controls: Controls) -> None:
    """How long a gradient may be."""
    controls.choose_step("gradient_clip", CLIPS, label=lambda clip: f"{clip:g}" if clip else "off")


def choose_stops(controls: Controls) -> None:
    """When a run stops by itself."""
    controls.choose_whether("stop_on_divergence")
    controls.choose_number("stop_loss", low=0.0, high=100.0, step=0.01)
    controls.choose_number("stop_plateau", low=0, high=100_000, step=50)
    controls.choose_number("stop_epoch", low=0, high=10_000_000, step=100)
