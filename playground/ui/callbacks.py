"""Callbacks that a newer choice does not cut short."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from streamlit.runtime.scriptrunner import RerunException


def entire(act: Callable[..., object]) -> Callable[..., None]:
    """The callback, run to its end: for every one that looks at Streamlit's state, such as the value of a widget.

    At such a look Streamlit ends a script, and a callback too, when the browser has said something newer meanwhile. The
    choice that was to be taken is then lost. Here it is taken, and what is newer comes after it. Until its last look a
    callback must change nothing that it cannot do twice.
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
