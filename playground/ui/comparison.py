"""The files of a comparison: made from what a worker draws of the run as it stands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from playground.figures.report import write_report, write_scores
from playground.live.hub import hub
from playground.live.seat import Seat
from playground.live.slice import Envelope
from playground.live.wire import unpack
from playground.spec.compare import LETTERS, CompareStructure
from playground.spec.look import Look
from playground.ui.controls import words
from playground.ui.tables import describe_table


def comparison_report(link: str, told: Sequence[str], seat: Seat) -> str:
    """One page in Markdown; `told` is what of a file is not in the table."""
    return write_report(*_messages(seat), _choices(seat.course.run.start.structure, told), link)


def comparison_scores(link: str, told: Sequence[str], seat: Seat) -> str:
    """The scoreboard as CSV; `told` as above."""
    return write_scores(*_messages(seat), _choices(seat.course.run.start.structure, told), link)


def _messages(seat: Seat) -> tuple[dict[str, Any], dict[str, Any]]:
    """Scene and frame of the moment under the eyes."""
    if seat.shown is None:
        raise ValueError("a comparison can be exported once its first picture is there; got none")
    envelope = Envelope({}, Look(study=seat.study.report(), still=True), None, deflate=False)
    scene, frame = (
        hub.ask("draw_scene", seat.spec, {}, False),
        hub.ask("observe", seat.course.run, seat.shown, envelope),
    )
    return unpack(scene), unpack(frame)


def _choices(structure: CompareStructure, told: Sequence[str]) -> list[tuple[str, str]]:
    """Data and seeds, then each contender with every choice."""
    shown = [(words(name), words(getattr(structure, name))) for name in structure.data_fields]
    data = describe_table(structure) or shown
    named = zip(LETTERS, structure.names, structure.models, strict=False)
    unread = {"features"} if structure.is_table else set()  # what a network sees of a table are its columns
    models = [
        (f"{letter} {name}", model.said(n for n in model.own if n not in unread)) for letter, name, model in named
    ]
    return [*data, *(("notice", notice) for notice in told), ("seed", str(structure.seed)), *models]
