"""Attention: a small transformer learns a rule while every head's map can be watched; and real sentences."""

from typing import get_args

import streamlit as st

from playground.spec import AttentionSpec
from playground.spec.attention import OptimizerName
from playground.spec.attention_tasks import begin_with
from playground.spec.network import MAX_SEED
from playground.ui.controls import Controls
from playground.ui.live_view import show_live, start_live
from playground.ui.parts import choose_part
from playground.ui.questions import Questions
from playground.ui.sentences import show_sentences
from playground.ui.session import Visit
from playground.ui.share import show_actions
from playground.ui.tiles import show_notices
from playground.ui.training_controls import choose_optimizer, choose_schedule, choose_stops

if choose_part("attention", {"": "Train a transformer", "sentences": "Real sentences"}) == "sentences":
    show_sentences()
    st.stop()
visit = Visit("attention", AttentionSpec)
controls = Controls(visit)
questions = Questions(visit)
structure = visit.spec.structure


def choose_task() -> None:
    """What is learned."""
    tasks = ("sort", "reverse", "copy", "count", "majority", "depth", "brackets", "addition", "induction", "text")
    controls.choose_one("task", tasks, change=lambda task: begin_with(task, visit.spec.structure))
    if structure.task == "text":
        return controls.choose_step("context", (8, 16, 24, 32, 48, 64))
    controls.choose_step("length", range(3, 13))
    if structure.task not in ("depth", "brackets", "addition"):
        controls.choose_step("alphabet", (2, 3, 4, 5, 6, 8, 10, 15, 20, 26))
    controls.choose_one("form", ("decoder",) if structure.task == "induction" else ("decoder", "encoder"))


def choose_model() -> None:
    """What learns it."""
    controls.choose_step("layers", range(1, 5))
    even = 2 if structure.positions == "rotary" else 1
    controls.choose_step("heads", [n for n in range(1, 9) if structure.width % (n * even) == 0])
    widths = (16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128)  # 40 and 80 for 5 heads, 56 and 112 for 7
    controls.choose_step("width", [width for width in widths if width % (structure.heads * even) == 0])
    controls.choose_step("feed_forward", (0, 32, 64, 96, 128, 192, 256, 384, 512))
    turning = structure.width // structure.heads % 2 == 0
    controls.choose_one("positions", ("none", "learned", "sinusoidal", *(["rotary"] if turning else []), "alibi"))
    with st.expander("More of the model"):
        controls.choose_one("norm", ("before", "after", "none"))
        controls.choose_whether("residual")
        controls.choose_whether("tied")
        controls.choose_number("seed", low=0, high=MAX_SEED, step=1)


def choose_training() -> None:
    """How it learns."""
    choose_optimizer(controls, get_args(OptimizerName))
    controls.choose_step("learning_rate", (1e-4, 3e-4, 1e-3, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0), label="{:g}".format)
    controls.choose_step("batch_size", (1, 4, 16, 32, 64, 128, 256))
    with st.expander("More of the training"):
        choose_schedule(controls)
        controls.choose_step("dropout", (0.0, 0.05, 0.1, 0.2, 0.3, 0.5), label="{:g}".format)
        controls.choose_step("gradient_clip", (0.0, 0.3, 1.0, 3.0, 10.0), label="{:g}".format)
    with st.expander("Stop by itself"):
        choose_stops(controls)


goal = questions.goal()
start_live(visit, goal, opens_at=0 if goal else visit.spec.opens_at)  # who is asked must not see the end
show_notices(visit)
show_live(visit, on_choice=visit.take)
with st.sidebar:
    show_actions(visit)
    questions.choose()
    st.markdown("**Task**")
    choose_task()
    st.markdown("**Model**")
    choose_model()
    st.markdown("**Training**")
    choose_training()
