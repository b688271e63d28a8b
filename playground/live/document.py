"""A kept run as JSON and safetensors, and back: what is written down holds no code and is validated when it is read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from pydantic import JsonValue, TypeAdapter
from safetensors import SafetensorError
from safetensors import numpy as safetensors

from playground.learners.learner import Edit, State
from playground.live.course import Kept
from playground.live.run import Change, Run
from playground.live.study import Found
from playground.live.wish import Wish
from playground.spec import KINDS
from playground.training.goals import Goal
from playground.training.history import History

HISTORY, STUDY = " history", " study"  # no array of a learner has a space in its name


@dataclass(frozen=True)
class _Counters:
    """A state without its arrays and its history."""

    step: int
    epoch: int
    batch: int
    steps_per_epoch: int
    batch_size: int
    optimizer: str
    memory_from: int


@dataclass(frozen=True)
class _Found:
    """What a study has found, without the arrays of its parts."""

    name: str
    which: int
    n_parts: int
    seconds: float
    busy: bool
    problem: str
    results: dict[int, dict[str, JsonValue]]


@dataclass(frozen=True)
class _Document:
    """Everything but the arrays. Specs and settings are read by the kind of spec that is named."""

    kind: str
    wish: dict[str, Any]
    goal: Goal | None
    opens_at: int
    page: str
    start: dict[str, Any]
    changes: tuple[tuple[int, dict[str, Any] | None, Edit | None], ...]
    counters: _Counters
    columns: tuple[str, ...]
    past_step: int | None
    playing: bool
    reason: str
    seconds: float
    number: int
    run_id: int
    studies: tuple[_Found, ...]
    passed: dict[str, int]


_DOCUMENT = TypeAdapter(_Document)


def write(kept: Kept) -> tuple[bytes, bytes]:
    """The JSON and the safetensors of a run."""
    head = kept.head
    document = _Document(
        kind=type(kept.run.start).__name__,
        wish=kept.wish.spec.model_dump(mode="json"),
        goal=kept.wish.goal,
        opens_at=kept.wish.opens_at,
        page=kept.wish.page,
        start=kept.run.start.model_dump(mode="json"),
        changes=tuple(_written(change) for change in kept.run.changes),
        counters=_Counters(**{name: getattr(head, name) for name in _Counters.__dataclass_fields__}),
        columns=head.history.columns,
        past_step=kept.past_step,
        playing=kept.playing,
        reason=kept.reason,
        seconds=kept.seconds,
        number=kept.number,
        run_id=kept.run_id,
        studies=tuple(map(_written_study, kept.studies)),
        passed=dict(kept.passed),
    )
    arrays = {name: np.require(array, requirements="C") for name, array in head.arrays.items()}
    arrays[HISTORY] = np.require(head.history.rows, requirements="C")
    for found in kept.studies:
        for number, part in found.results.items():
            drawn = {name: value for name, value in part.items() if isinstance(value, np.ndarray)}
            arrays |= {f"{STUDY} {found.name} {number} {name}": value for name, value in drawn.items()}
    return _DOCUMENT.dump_json(document), safetensors.save(arrays)


def read(text: bytes, data: bytes) -> Kept:
    """The run that was written.

    Raises:
        ValueError: it is none; the text names the first rule that is broken.
    """
    document = _DOCUMENT.validate_json(text)  # pydantic's error is a ValueError
    if document.kind not in KINDS:
        raise ValueError(f"kind must be one of {', '.join(KINDS)}; got {document.kind}")
    kind = KINDS[document.kind]
    try:
        arrays = safetensors.load(data)
    except SafetensorError as error:
        raise ValueError(f"arrays must be safetensors: {error}") from None
    rows = arrays.pop(HISTORY, np.empty(0))
    drawn = {name: arrays.pop(name) for name in list(arrays) if name.startswith(f"{STUDY} ")}
    if rows.ndim != 2 or rows.shape[1] != len(document.columns) or rows.dtype != np.float64:
        raise ValueError(f"history must have {len(document.columns)} columns of float64; got {rows.shape} {rows.dtype}")
    settings = kind.model_fields["settings"].annotation
    changes = tuple(Change(step, edit or settings.model_validate(what)) for step, what, edit in document.changes)  # type: ignore[union-attr]
    return Kept(
        wish=Wish(kind.model_validate(document.wish), document.goal, document.opens_at, document.page),
        run=Run(kind.model_validate(document.start), changes),
        head=State(**asdict(document.counters), arrays=arrays, history=History(document.columns, rows)),
        past_step=document.past_step,
        playing=document.playing,
        reason=document.reason,
        seconds=document.seconds,
        number=document.number,
        run_id=document.run_id,
        studies=tuple(_read_study(one, drawn) for one in document.studies),
        passed=document.passed,
    )


def _written_study(found: Found) -> _Found:
    plain = {
        number: {name: value for name, value in part.items() if not isinstance(value, np.ndarray)}
        for number, part in found.results.items()
    }
    own = {name: getattr(found, name) for name in _Found.__dataclass_fields__}
    return _Found(**{**own, "results": plain})


def _read_study(one: _Found, drawn: Mapping[str, np.ndarray]) -> Found:
    """Its parts with their arrays, each named by study, part and key."""
    results: dict[int, dict[str, Any]] = {number: dict(part) for number, part in one.results.items()}
    for name, array in drawn.items():
        study, number, key = name.removeprefix(f"{STUDY} ").split(" ")
        if study == one.name and int(number) in results:
            results[int(number)][key] = array
    return Found(one.name, one.which, one.n_parts, results, one.seconds, one.busy, one.problem)


def _written(change: Change) -> tuple[int, dict[str, Any] | None, Edit | None]:
    if isinstance(change.what, Edit):
        return change.step, None, change.what
    return change.step, change.what.model_dump(mode="json", exclude_defaults=True), None
