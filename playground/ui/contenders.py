"""The contenders of a comparison: add one, take one away, and set the choices of each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, get_args

import streamlit as st

from playground.data.features import FEATURE_LABELS
from playground.spec import PlaygroundSpec, TreesSpec, network, trees
from playground.spec.compare import LETTERS, MAX_CONTENDERS, MIN_CONTENDERS
from playground.spec.contender import BOOSTING, KINDS, LOSSES_OF, TITLES, Contender, defaults_of, fields_of
from playground.ui.callbacks import bound
from playground.ui.controls import Controls, words
from playground.ui.session import Visit, memory_of
from playground.ui.training_controls import choose_clip, choose_optimizer, choose_schedule

RATES = (1e-4, 1e-3, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0)
TREE_RATES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1.0)
N_TREES = (1, 5, 10, 20, 50, 100, 150, 200, 300)
PENALTIES = (0.0, 0.01, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)


@dataclass(frozen=True)
class _Corner:
    """One contender as `Controls` sees a visit: it draws its fields and takes their changes."""

    visit: Visit
    number: int
    kind: str

    @property
    def page(self) -> str:
        return f"{self.visit.page}.{self.number}.{self.kind}"

    @property
    def spec(self) -> Contender:
        spec: Contender = self.visit.spec.structure.models[self.number]
        return spec

    @property
    def hidden(self) -> frozenset[str]:
        return self.visit.hidden

    def change(self, **fields: Any) -> None:
        """Replace some choices of this contender."""
        if [model.kind for model in self.visit.spec.structure.models][self.number : self.number + 1] != [self.kind]:
            return  # taken away meanwhile
        _replace(self.visit, self.number, self.spec, fields)


def choose_contenders(visit: Visit) -> None:
    """The contenders by name, the choices of the one that is pressed, and the list to add one from."""
    st.markdown("##### Contenders", help="Two to six models that learn the same points. Press one to set its choices.")
    models = visit.spec.structure.models
    names = list(map(" ".join, zip(LETTERS, visit.spec.structure.names, strict=False)))
    key = f"{visit.page}.widget.contender"
    if (st.session_state.get(key) or 0) >= len(models):
        st.session_state[key] = None
    number = st.pills(
        "Contender to set", range(len(models)), format_func=names.__getitem__, key=key, label_visibility="collapsed",
        width="stretch",
    )  # fmt: skip
    if number is not None:
        with st.container(border=True):
            _choose_own(_Corner(visit, number, models[number].kind))
            if len(models) > MIN_CONTENDERS:
                key = f"{visit.page}.button.remove"
                tip = "Takes this contender out of the comparison. Watch who is the best of the others."
                st.button("Take away", key=key, on_click=_remove, args=(visit, number), width="stretch", help=tip)
    if len(models) < MAX_CONTENDERS:
        st.selectbox(
            "Add a contender", KINDS, format_func=TITLES.__getitem__, placeholder="Add a contender",
            label_visibility="collapsed",
            **bound(f"{visit.page}.widget.add", None, lambda kind: _add(visit, kind), begins={"index": None}),
        )  # fmt: skip


def _choose_own(corner: _Corner) -> None:
    kind, controls = corner.kind, Controls(corner)  # type: ignore[arg-type]  # all that it asks of a visit is there
    if kind == "network":
        _choose_network(corner, controls)
    elif kind in BOOSTING:
        _choose_boosting(corner, controls)
    else:
        for field, draw in _FITTED[kind].items():
            draw(controls, field)


def _choose_network(corner: _Corner, controls: Controls) -> None:
    info, sizes = corner.spec.fields()["hidden_sizes"], ", ".join(map(str, corner.spec.own["hidden_sizes"]))
    held = bound(f"{corner.page}.sizes", sizes, lambda text: corner.change(hidden_sizes=text.replace(" ", "")))
    st.text_input(str(info.title), help=f"{info.description} Such as 8, 8.", **held)
    structure = corner.visit.spec.structure
    controls.choose_step("epochs", (1, 2, 5, 10, 20, 50, 100, 200, 300, 500, 1000, 2000))
    controls.choose_step("learning_rate", RATES, label="{:g}".format)
    choose_optimizer(controls)
    controls.choose_one("regularization", get_args(network.Regularization))
    if controls.value("regularization") != "none":
        controls.choose_step("regularization_rate", (0.0, *RATES[1:]), label="{:g}".format)
    if not structure.is_table:  # there a network sees all columns
        controls.choose_several("features", get_args(network.Feature), label=FEATURE_LABELS.__getitem__)
    controls.choose_activation(get_args(network.Activation), len(corner.spec.own["hidden_sizes"]))
    with st.expander("More about this network"):
        controls.choose_one("loss", ("by_task", *LOSSES_OF[structure.task]), label=_loss_words)
        controls.choose_one("initializer", get_args(network.Initializer))
        controls.choose_step("batch_size", (1, 5, 10, 20, 50, 100, 250, 2000))
        controls.choose_step("dropout", [i / 10 for i in range(10)], label="{:.0%}".format)
        choose_schedule(controls)
        choose_clip(controls)
    label = "Take the network of the Playground page"
    _take_over(corner, "playground", PlaygroundSpec, label, "seed and weights set by hand")


def _loss_words(loss: str) -> str:
    return "by itself" if loss == "by_task" else words(loss)


def _choose_boosting(corner: _Corner, controls: Controls) -> None:
    controls.choose_step("n_trees", N_TREES)
    controls.choose_step("depth", range(1, trees.MAX_DEPTH + 1))
    controls.choose_step("learning_rate", TREE_RATES, label="{:g}".format)
    controls.choose_step("subsample", [i / 10 for i in range(1, 11)], label="{:.0%}".format)
    controls.choose_step("colsample", (0.5, 1.0), label="{:.0%}".format)
    if corner.kind == "classic":
        controls.choose_whether("newton")
    else:
        for field in ("reg_lambda", "gamma", "min_child_weight"):
            controls.choose_step(field, PENALTIES, label="{:g}".format)
        controls.choose_one("tree_method", get_args(trees.TreeMethod))
    _take_over(corner, "trees", TreesSpec, "Take the trees of the Trees page", "objective, turned trees and seed")


def _take_over(corner: _Corner, page: str, kind: type[Any], label: str, without: str) -> None:
    """A button that copies the choices of another page of this visit; what stays behind is said."""
    other = memory_of(page)
    if other and isinstance(other.spec, kind):
        becomes = corner.kind if kind is PlaygroundSpec else other.spec.structure.engine
        own = {name: value for name, value in other.spec.values().items() if name in fields_of(becomes)}
        if own.get("loss") in ("cross_entropy", "mse"):
            own["loss"] = "by_task"
        base = corner.spec if becomes == corner.kind else Contender(becomes, defaults_of(becomes))
        help_text = f"What you built there becomes this contender: all choices but data, {without}. Watch its map."
        st.button(
            label, key=f"{corner.page}.take", on_click=_replace, args=(corner.visit, corner.number, base, own),
            help=help_text, width="stretch",
        )  # fmt: skip


def _replace(visit: Visit, number: int, base: Contender, fields: Mapping[str, Any]) -> None:
    """Put another contender there: `base` with other fields; what breaks a rule is reported as any other."""
    texts = list(visit.spec.structure.contenders)
    try:
        texts[number] = base.change(**fields).text
    except ValueError as error:
        (name, value), *_ = fields.items()
        visit.refuse(name, str(value), str(error).partition(": ")[2])
        return
    visit.change(contenders=tuple(texts))


def _remove(visit: Visit, number: int) -> None:
    texts = visit.spec.structure.contenders
    visit.change(contenders=texts[:number] + texts[number + 1 :])


def _add(visit: Visit, kind: str | None) -> None:
    if kind:
        visit.change(contenders=(*visit.spec.structure.contenders, Contender(kind, defaults_of(kind)).text))


def _steps(*options: float) -> Callable[[Controls, str], None]:
    return lambda controls, field: controls.choose_step(field, options, label="{:g}".format)


def _depth(controls: Controls, field: str) -> None:
    controls.choose_step(field, range(21), label=lambda depth: str(depth) if depth else "grown out")


def _width(controls: Controls, field: str) -> None:
    options = (0.0, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
    controls.choose_step(field, options, label=lambda gamma: f"{gamma:g}" if gamma else "by itself")


_COSTS = _steps(0.001, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
_FITTED: dict[str, dict[str, Callable[[Controls, str], None]]] = {
    "forest": {"n_trees": _steps(*N_TREES), "depth": _depth, "min_leaf": _steps(1, 2, 5, 10, 20, 50)},
    "tree": {"depth": _depth, "min_leaf": _steps(1, 2, 5, 10, 20, 50)},
    "svm_rbf": {"C": _COSTS, "gamma": _width},
    "svm_linear": {"C": _COSTS},
    "logistic": {"C": _COSTS},
    "neighbors": {
        "n_neighbors": _steps(1, 3, 5, 7, 9, 15, 25, 50, 100),
        "weighting": lambda controls, field: controls.choose_one(field, ("uniform", "distance")),
    },
}
