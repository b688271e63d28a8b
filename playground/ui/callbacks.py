"""Callbacks of widgets: not cut short by a newer choice, and not called by an older one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import RerunException


def entire(act: Callable[..., object]) -> Callable[..., None]:
    """The callback, run to its end: for every one that looks at Streamlit's state, such as the value of a widget.

    At such a look Streamlit ends a script, and a callback too, when the browser has said something newer meanwhile. The
    choice that was to be taken is then lost. Here it is taken, and what is newer comes after it. Until its last look a
    callback must change nothing that it cannot do twice, and it must not call `st.rerun`, which looks the same.
    """

    @wraps(act)
    def run(*args: Any, **kwargs: Any) -> None:
        newer: RerunException | None = None
        while True:
            try:
                act(*args, **kwargs)
                break
            except RerunException as error:
                newer = error
        if newer:
            raise newer

    return run


def bound(
    key: str, value: Any, take: Callable[[Any], object], *, said: str = "", begins: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Key, callback and first value of a widget that shows `value` and gives to `take` what is chosen instead.

    With each press the browser sends the values of all widgets as it has them. One that the script has just replaced
    (by Undo, say) may still be the old one, and Streamlit would call it a choice. So a widget whose value comes from
    elsewhere gets another key, and what is sent under a former key is not heard. Of a list the browser keeps the words
    `said` for the value: when these change and the value does not, it would go on showing the former ones.

    What it begins with (`begins`, an argument of the widget; `value` unless given) is not put into Streamlit's state
    instead: that is told to the browser once, and a script that begins before the browser has drawn the widget is drawn
    in its place. The widget would show its own default, and the next press would tell that as a choice.
    """
    counts: dict[str, int] = st.session_state.setdefault("bound", {})
    count = counts.setdefault(key, 0)
    name = f"{key}.{count}" if count else key
    before = st.session_state.setdefault("said", {})
    renamed = said and before.get(key, {}).get(value, said) != said
    if said:
        before[key] = {value: said}
    if renamed or not _is_same(st.session_state.get(name, value), value):
        count = counts[key] = count + 1
        name = f"{key}.{count}"

    @entire
    def hear() -> None:
        if counts[key] == count:
            take(st.session_state[name])

    return {"key": name, "on_change": hear, **({"value": value} if begins is None else begins)}


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values of a widget are equal; the order in which several were chosen is no difference."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(item in other for item in one)
    return bool(one == other)
