"""Widgets for the fields of a spec. Title, help and range stand in the field; the spec holds the value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import streamlit as st

from playground.ui.callbacks import bound
from playground.ui.session import Visit

Label = Callable[[Any], str]
Change = Callable[[Any], dict[str, Any]]  # from a choice to the fields that it sets


def words(value: Any) -> str:
    """How a name of the spec reads on screen: `cross_entropy` is "cross entropy"."""
    return str(value).replace("_", " ")


class Controls:
    """The widgets of one page. Fields named in the link's `hide` are not drawn."""

    def __init__(self, visit: Visit) -> None:
        self.visit = visit
        self.hidden = visit.hidden

    def choose_one(
        self, field: str, options: Sequence[Any], *, label: Label = words, change: Change | None = None
    ) -> None:
        """One of several options, in a list that opens; `change` says what a choice sets, if more than its field."""
        options = _with(options, self.value(field))
        self._draw(st.selectbox, field, label=label, begin="index", options=options, change=change)

    def choose_step(self, field: str, options: Sequence[Any], *, label: Label = str) -> None:
        """One of several ordered values, on a slider; a value from a link that is not among them joins them."""
        options = sorted(_with(options, self.value(field)))
        self._draw(st.select_slider, field, label=label, options=options)

    def choose_several(self, field: str, options: Sequence[Any], *, label: Label = words) -> None:
        """Any of several options, as buttons that stay pressed."""
        self._draw(st.pills, field, label=label, begin="default", options=options, read=tuple, selection_mode="multi")

    def choose_activation(self, options: Sequence[str], n_layers: int) -> None:
        """One activation for all hidden layers, or one for each."""
        names, page = self.value("activation"), self.visit.page
        if "activation" in self.hidden:
            return
        info = self.visit.spec.fields()["activation"]
        key = f"{page}.widget.activation"
        by_layer = len(names) > 1

        def of_each() -> list[str]:
            now = self.value("activation")
            return [now[min(layer, len(now) - 1)] for layer in range(n_layers)]

        def take(layer: int, name: str) -> None:
            chosen = of_each() if by_layer else [""]
            chosen[layer] = name
            self.visit.change(activation=tuple(chosen))

        def take_whether(by_layer: bool) -> None:
            self.visit.change(activation=tuple(of_each()) if by_layer else self.value("activation")[:1])

        for layer, name in enumerate(of_each() if by_layer else names):
            title = f"{info.title} of hidden {layer + 1}" if by_layer else info.title
            held = bound(f"{key}.{layer}", name, partial(take, layer), begins={"index": options.index(name)})
            st.selectbox(title, options, format_func=words, help=info.description, **held)
        if n_layers > 1:
            tip = "Choose the activation of every hidden layer by itself. Watch the pictures of its units change."
            st.toggle("One for each layer", help=tip, **bound(f"{key}.each", by_layer, take_whether))

    def choose_number(self, field: str, *, low: float, high: float, step: float) -> None:
        """A number typed or stepped."""
        shown = "%g" if isinstance(step, float) else None  # Streamlit itself would show 0.999 as 1.00
        self._draw(st.number_input, field, min_value=low, max_value=high, step=step, format=shown)

    def choose_whether(self, field: str, *, unusable: str = "") -> None:
        """Yes or no; greyed out when `unusable` says why it cannot do anything now."""
        options: dict[str, Any] = {"disabled": True, "help": unusable} if unusable else {}
        self._draw(st.toggle, field, **options)

    def _draw(
        self,
        widget: Callable[..., Any],
        field: str,
        *,
        label: Label | None = None,
        begin: str = "value",
        read: Callable[[Any], Any] = lambda value: value,
        change: Change | None = None,
        **options: Any,
    ) -> None:
        if field in self.hidden:
            return
        info, key = self.visit.spec.fields()[field], f"{self.visit.page}.widget.{field}"
        value = self.value(field)
        value = list(value) if isinstance(value, tuple) else value
        if label is not None:
            options["format_func"] = label
        legal = options.get("options")
        said = label(value) if label and not isinstance(value, list) else ""

        def take(said: Any) -> None:
            if legal is None or isinstance(said, list) or said in legal:  # else a list that is gone tells its own word
                self.visit.change(**(change(said) if change else {field: read(said)}))

        begins = {begin: legal.index(value) if legal and begin == "index" else value}
        widget(
            info.title,
            **bound(key, value, take, said=said, begins=begins),
            **{"help": info.description, **options},
        )

    def value(self, field: str) -> Any:
        """The present value of a field."""
        return self.visit.spec.values()[field]


def _with(options: Sequence[Any], value: Any) -> list[Any]:
    return list(options) if value in options else [*options, value]
