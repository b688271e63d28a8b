"""Compare: several models on the same points, side by side."""

from typing import get_args

import streamlit as st

from playground.spec import CompareSpec, network, trees
from playground.ui.contenders import choose_contenders
from playground.ui.controls import Controls
from playground.ui.live_view import show_live, start_live
from playground.ui.own_data import change_points, choose_table
from playground.ui.questions import Questions
from playground.ui.session import Visit
from playground.ui.share import show_actions
from playground.ui.tables import choose_columns, choose_source
from playground.ui.tiles import choose_dataset, show_notices

PLAYGROUND_DATA = (*get_args(network.BinaryData), *get_args(network.ThreeClassData), *network.REGRESSION)


def choose_data(visit: Visit, controls: Controls) -> None:
    """What everybody learns: points in the plane, or a table."""
    choose_source(visit)
    if visit.spec.structure.is_table:
        choose_columns(visit, controls)
        return
    name = visit.spec.structure.dataset
    choose_dataset(visit, (*PLAYGROUND_DATA, "points"))
    with st.expander("More data sets", expanded=name in trees.BOOSTING_DATA):
        choose_dataset(visit, trees.BOOSTING_DATA, more=True)
    choose_table(visit, else_try="Tables, chosen above, may also have gaps and columns of words.")
    fields = visit.spec.structure.data_fields
    if "data_seed" not in fields:
        st.caption("300 training and 300 test points of the gradient boosting playground, the same each time.")
        return
    if "noise" in fields:
        controls.choose_step("noise", [i / 20 for i in range(11)], label="{:.0%}".format)
    with st.expander("More about the data"):
        if "n_samples" in fields:
            controls.choose_step("n_samples", (50, 100, 200, 300, 500, 1000, 2000))
        controls.choose_step("train_share", [i / 10 for i in range(1, 10)], label="{:.0%}".format)
        controls.choose_number("data_seed", low=0, high=network.MAX_SEED, step=1)


visit = Visit("compare", CompareSpec)
controls = Controls(visit)
questions = Questions(visit)
goal = questions.goal()
start_live(visit, goal, opens_at=0 if goal else visit.spec.structure.opens_at)  # who is asked must not see the end
show_notices(visit)
show_live(visit, on_choice=lambda choice: change_points(visit, choice))
with st.sidebar:
    show_actions(visit)
    questions.choose()
    choose_data(visit, controls)
    choose_contenders(visit)
    with st.expander("Luck or skill"):
        controls.choose_step("n_repeats", (3, 5, 10, 20, 30))
        controls.choose_number("seed", low=0, high=network.MAX_SEED, step=1)
