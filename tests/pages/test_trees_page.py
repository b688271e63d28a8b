"""The Trees page's script: every control sets its field, and the link carries it."""

from __future__ import annotations

from typing import Any

import numpy as np
from streamlit.testing.v1 import AppTest

from playground.spec import TreesSpec
from playground.spec.points import PointTable, pack_points
from tests.pages.test_pages import run_page

OF_BOTH: dict[str, Any] = {
    "rotate": 30, "original_points": False, "n_trees": 20, "depth": 3, "learning_rate": 0.2, "subsample": 0.5,
    "colsample": 0.5, "objective": "softmax", "seed": 3, "early_stopping": 10, "stop_loss": 0.1, "engine": "xgboost",
}  # fmt: skip
OF_CLASSIC: dict[str, Any] = {"newton": True, "rotate_trees": True}
OF_XGBOOST: dict[str, Any] = {"reg_lambda": 3.0, "gamma": 0.1, "min_child_weight": 10.0, "tree_method": "hist"}
OF_DRAWN: dict[str, Any] = {"noise": 0.2, "n_samples": 100, "train_share": 0.7, "data_seed": 4}
ELSEWHERE = {"dataset", "points", "speed", "stop_on_divergence", "stop_plateau", "stop_epoch"}  # tiles, view, link only


def controls(app: AppTest) -> dict[str, Any]:
    """The widgets that set a field, by its name."""
    kinds = (app.select_slider, app.selectbox, app.number_input, app.toggle)
    prefix = "trees.widget."
    every = {widget.key.removeprefix(prefix): widget for kind in kinds for widget in kind if widget.key}
    return {name: widget for name, widget in every.items() if name in TreesSpec.fields()}


def set_all(app: AppTest, choices: dict[str, Any]) -> None:
    shown = controls(app)
    for name, value in choices.items():
        assert shown[name].value != value, name
        shown[name].set_value(value)
    app.run()
    assert not app.exception and not app.warning
    values = app.session_state["trees.visit"].spec.values()
    assert {name: values[name] for name in choices} == choices
    assert {*choices} <= {*app.query_params}
    linked = TreesSpec.from_values({name: app.query_params[name] for name in choices}).values()
    assert {name: linked[name] for name in choices} == choices


def test_every_control_sets_its_field_and_the_link() -> None:
    app = run_page("trees")
    assert {*controls(app)} == {*OF_BOTH, *OF_CLASSIC}, "what XGBoost has, and drawn points, are shown with them"
    set_all(app, {**OF_BOTH, **OF_CLASSIC})
    assert {*controls(app)} == {*OF_BOTH, *OF_XGBOOST, *OF_DRAWN}
    set_all(app, {**OF_XGBOOST, **OF_DRAWN})
    assert {*TreesSpec.fields()} == {*OF_BOTH, *OF_CLASSIC, *OF_XGBOOST, *OF_DRAWN, *ELSEWHERE}
    again = run_page("trees", **{name: app.query_params[name] for name in app.query_params})
    assert again.session_state["trees.visit"].spec == app.session_state["trees.visit"].spec


def test_data_bring_the_controls_that_fit_them() -> None:
    own = pack_points(PointTable(np.array([[0.0, 1], [1, 2], [2, 0], [3, 1]]), np.array([0, 1, 0, 1])))
    assert "objective" not in controls(run_page("trees", dataset="plane")), "numbers leave no choice"
    app = run_page("trees", dataset="csv", points=own)
    assert {"train_share", "data_seed"} <= {*controls(app)}
    assert not {"noise", "n_samples", "original_points"} & {*controls(app)}
    assert not app.exception and not app.warning
