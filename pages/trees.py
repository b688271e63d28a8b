"""Trees: gradient boosting on points in the plane, one tree after another."""

from typing import get_args

import streamlit as st

from playground.data.dataset import make_dataset
from playground.spec import TreesSpec, network, trees
from playground.ui.controls import Controls
from playground.ui.live_view import show_live, start_live
from playground.ui.own_data import change_points, choose_table
from playground.ui.questions import Questions
from playground.ui.session import Visit
from playground.ui.share import show_actions
from playground.ui.tiles import choose_dataset, show_notices

PLAYGROUND_DATA = (*get_args(network.BinaryData), *get_args(network.ThreeClassData), *network.REGRESSION)
N_TREES = (*range(1, 11), 12, 15, 20, 25, 30, 40, 50, 60, 75, *range(100, 200, 25), *range(200, 501, 50))
RATES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
PENALTIES = (0.0, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
ENGINES = {"classic": "Classic gradient boosting", "xgboost": "XGBoost"}


def choose_data(visit: Visit, controls: Controls) -> None:
    """Which points are learned."""
    name = visit.spec.structure.dataset
    choose_dataset(visit, trees.BOOSTING_DATA)
    with st.expander("More data sets", expanded=name in (*PLAYGROUND_DATA, "points")):
        choose_dataset(visit, (*PLAYGROUND_DATA, "points"), more=True)
    choose_table(visit)
    controls.choose_step("rotate", range(0, 91, 10), label="{}°".format)
    if name in trees.BOOSTING_DATA:
        controls.choose_whether("original_points")
        if visit.spec.structure.original_points:
            return
    with st.expander("More about the data"):
        if name not in ("points", "csv"):
            controls.choose_step("noise", [i / 20 for i in range(11)], label="{:.0%}".format)
            controls.choose_step("n_samples", (50, 100, 200, 300, 500, 1000, 2000))
        controls.choose_step("train_share", [i / 10 for i in range(1, 10)], label="{:.0%}".format)
        controls.choose_number("data_seed", low=0, high=network.MAX_SEED, step=1)


def choose_trees(visit: Visit, controls: Controls) -> None:
    """How trees are grown. What only one engine has is shown with that engine."""
    structure = visit.spec.structure
    st.markdown("##### Trees")
    controls.choose_one("engine", tuple(ENGINES), label=ENGINES.__getitem__)
    controls.choose_step("n_trees", N_TREES)
    controls.choose_step("depth", range(1, trees.MAX_DEPTH + 1))
    controls.choose_step("learning_rate", RATES, label="{:g}".format)
    controls.choose_step("subsample", [i / 10 for i in range(1, 11)], label="{:.0%}".format)
    if structure.engine == "classic":
        controls.choose_whether("newton")
        controls.choose_whether("rotate_trees")
    else:
        for field in ("reg_lambda", "gamma", "min_child_weight"):
            controls.choose_step(field, PENALTIES, label="{:g}".format)
    with st.expander("More about trees"):
        if make_dataset(structure).n_classes == 2:
            controls.choose_one("objective", get_args(trees.Objective))
        controls.choose_step("colsample", (0.5, 1.0), label="{:.0%}".format)
        if structure.engine == "xgboost":
            controls.choose_one("tree_method", get_args(trees.TreeMethod))
        controls.choose_number("seed", low=0, high=network.MAX_SEED, step=1)
    with st.expander("Stop by itself"):
        controls.choose_number("early_stopping", low=0, high=trees.MAX_TREES, step=5)
        controls.choose_number("stop_loss", low=0.0, high=100.0, step=0.01)


visit = Visit("trees", TreesSpec)
controls = Controls(visit)
questions = Questions(visit)
goal = questions.goal()
start_live(visit, goal, opens_at=0 if goal else visit.spec.structure.n_trees)
show_notices(visit)
show_live(visit, on_choice=lambda choice: change_points(visit, choice))
with st.sidebar:
    show_actions(visit)
    questions.choose()
    choose_data(visit, controls)
    choose_trees(visit, controls)
