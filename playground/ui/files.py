"""What a run can be taken home as: its history, and programs, weights, trees or a report by the kind of its spec."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from playground.frames import export, export_attention, export_digits, export_trees
from playground.learners.learner import State
from playground.live import work
from playground.live.seat import Seat
from playground.models.boosting import Forest
from playground.spec import AttentionSpec, CompareSpec, DigitsSpec, PlaygroundSpec, Spec, TreesSpec
from playground.training.history import History
from playground.ui.comparison import comparison_report, comparison_scores
from playground.ui.live_view import seat_of
from playground.ui.session import Visit
from playground.ui.tables import notices_of_file

File = tuple[str, str, Callable[[Seat], str | bytes]]  # label, name, what makes it

EXPORTERS: Mapping[type[Spec], Any] = {
    PlaygroundSpec: export,
    DigitsSpec: export_digits,
    AttentionSpec: export_attention,
}
"""Networks: each module has `pytorch_program`, `weights_file` and MAX_EPOCHS."""

TIPS = {
    "csv": "Every number of its curves, or of the scoreboard. Watch them in a table of your own.",
    "py": "A program that repeats this run without this app. Watch it print the same losses.",
    "safetensors": "What was learned, as arrays that many programs read. Watch that the choices are kept with them.",
    "json": "The trees, as the library XGBoost reads them. Watch it give the same answers.",
    "md": "Data, settings, scores and pictures on one page. Watch which differences are ties.",
}
"""By the ending of the file."""


def show_export(visit: Visit, link: str) -> None:
    """A button for each file; `link` is that of the present choices."""
    seat = seat_of(visit)
    if seat is None:
        st.caption("Nothing to export yet.")
        return
    st.caption("The run as it stands when you click.")
    for label, file, make in _files(visit, link):
        # The file is made at the click, since training goes on while this script does not run.
        make_now = functools.partial(make, seat)
        key = f"{visit.page}.export.{file}"
        st.download_button(label, make_now, file, key=key, on_click="ignore", help=TIPS[file.rpartition(".")[2]])


def _files(visit: Visit, link: str) -> list[File]:
    files: list[File] = [("History (CSV)", f"{visit.page}.csv", _history)]
    if type(visit.spec) in EXPORTERS:
        files += [
            ("PyTorch program", f"{visit.page}.py", _program),
            ("Weights (safetensors)", f"{visit.page}.safetensors", _weights),
        ]
    elif isinstance(visit.spec, TreesSpec):
        files.append(("Program (Python)", "trees.py", _trees_program))
        if not visit.spec.structure.turned_trees:  # XGBoost's models have no angles
            files.append(("Trees (XGBoost model)", "trees.json", _trees_model))
    elif isinstance(visit.spec, CompareSpec):
        told = notices_of_file(visit)
        files += [
            ("Report (Markdown)", "comparison.md", functools.partial(comparison_report, link, told)),
            ("Scores (CSV)", "scores.csv", functools.partial(comparison_scores, link, told)),
        ]
    return files


def _program(seat: Seat) -> str:
    run, state = seat.course.run, _shown(seat)
    start, exporter = run.spec_at(0), EXPORTERS[type(run.start)]  # with what was set before the first step
    first_change = run.first_change()
    n_epochs = exporter.MAX_EPOCHS if first_change is None else epochs_before(state.history, first_change)
    return str(exporter.pytorch_program(start, work.start(run), state, n_epochs=n_epochs))


def epochs_before(history: History, step: int) -> int:
    """The last recorded epoch that had begun by a step: batches may have had another size later."""
    return int(history.column("epoch")[history.column("step") <= step][-1])


def _weights(seat: Seat) -> bytes:
    spec = seat.course.run.start
    return bytes(EXPORTERS[type(spec)].weights_file(spec, _shown(seat).arrays["params"]))


def _trees_program(seat: Seat) -> str:
    return export_trees.program(_trees(seat), _shown(seat).epoch)


def _trees_model(seat: Seat) -> str:
    return export_trees.model_file(_trees(seat), Forest.of(_shown(seat).arrays))


def _trees(seat: Seat) -> TreesSpec:
    spec = seat.course.run.start
    if not isinstance(spec, TreesSpec):
        raise TypeError(f"only boosted trees can be exported as trees; got {type(spec).__name__}")
    return spec


def _history(seat: Seat) -> str:
    history = _shown(seat).history
    rows = [",".join(history.columns)]
    rows += [",".join(f"{value:.9g}" for value in row) for row in history.rows]
    return "\n".join(rows) + "\n"


def _shown(seat: Seat) -> State:
    if seat.shown is None:
        raise ValueError("a run can be exported once its first picture is there; got none")
    return seat.shown
