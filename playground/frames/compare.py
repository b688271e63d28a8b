"""Contenders on the same points -> scene and frame: a map of each, the scoreboard, the chart asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from playground.data.arena import SIDE, Arena
from playground.data.cells import RANGE
from playground.data.own import POINT_CLASSES, own_index
from playground.frames import scores
from playground.frames.scoreboard import COSTS, columns_of, draw_columns, draw_costs, winners
from playground.frames.shades import answer_scale, as_bytes
from playground.spec.compare import CompareSpec
from playground.spec.contender import Contender
from playground.spec.wording import number_text

N_DISPUTED = 12
# What the first number of the viewer's unit asks for.
LOSS, ROC, PRECISION, CALIBRATION, CONFUSION, GRID, GAPS = range(7)


@dataclass(frozen=True)
class Standing:
    """One contender at one moment.

    Attributes:
        epochs: of the network, or trees; 0 for what was fitted at once.
        n_epochs: when it is done.
        rows: what it says of all rows of the arena, (n_classes, n) or (1, n); None when it cannot be fitted.
        figures: its figures by name; those of `COLUMNS` that it has.
        kept: of what its size is, such as "105 weights".
        problem: why it cannot be fitted, or what went wrong; may be empty.
    """

    epochs: int
    n_epochs: int
    rows: np.ndarray | None
    figures: Mapping[str, float | None]
    kept: str
    problem: str


def figures_of(arena: Arena, rows: np.ndarray) -> dict[str, float | None]:
    """All figures that come from what a contender says of the rows."""
    n, y = arena.n_train, arena.labels
    return scores.figures((rows[:, :n], y[:n]), (rows[:, n:], y[n:]))


def recorded_of(arena: Arena, rows: np.ndarray) -> list[float]:
    """What the history keeps of a contender: training and test loss, training and test score (accuracy or R^2)."""
    n, y = arena.n_train, arena.labels
    parts = [(rows[:, :n], y[:n]), (rows[:, n:], y[n:])]
    if len(rows) == 1:
        return [scores.squared_error(*part) for part in parts] + [scores.r2(*part) for part in parts]
    return [scores.log_loss(*part) for part in parts] + [scores.accuracy(*part) for part in parts]


def draw_scene(
    spec: CompareSpec,
    arena: Arena,
    standings: Sequence[Standing],
    grids: Mapping[int, np.ndarray],
    costs: Sequence[Mapping[str, float | None]],
) -> dict[str, Any]:
    """What is drawn once a run.

    Args:
        spec: the choices.
        arena: the data.
        standings: the contenders before the first step.
        grids: what those fitted at once say of the map's cells, by number.
        costs: seconds to fit and microseconds to predict of each, measured once.
    """
    data, structure = arena.plane, spec.structure
    return {
        "task": data.task,
        "n_train": data.n_train,
        "class_names": data.class_names,
        "axes": [
            {"name": axis.name, "center": axis.center, "scale": axis.scale, "categories": list(categories)}
            for axis, categories in zip(data.axes, arena.axis_categories, strict=True)
        ],
        "range": RANGE,
        "legend": _legend(arena),
        "map_title": arena.title,
        "map_meaning": arena.meaning,
        "label_scale": value_scale(arena),
        "guess": guess_of(arena),
        "seed": structure.seed,
        "threshold": spec.settings.threshold,
        "chart_class": spec.settings.chart_class,
        "n_epochs": structure.n_epochs,
        "texts": structure.contenders,
        "dataset": structure.dataset,
        "own_points": structure.dataset == "points",
        "knocked_out": structure.knocked_out if structure.is_table else None,
        "point_classes": POINT_CLASSES,
        "own_index": own_index(structure.points, arena.plane.X) if structure.dataset == "points" else None,
        "contenders": list(map(_told, structure.names, standings, structure.models)),
        "columns": draw_columns(data.task, data.class_names),
        "points": data.X.astype(np.float32),
        "labels": data.y.astype(np.float32),
        **draw_costs(costs),
        "fixed": list(grids),
        **_maps(arena, list(grids.values()), "fixed_"),
    }  # fmt: skip


def guess_of(arena: Arena) -> str:
    """How good it is to know of the training rows nothing but their answers: what every contender has to beat."""
    y, names = arena.labels, arena.samples.class_names
    known = y[: arena.n_train]
    said = np.bincount(known.astype(int), minlength=len(names)) / len(known) if names else known.mean(keepdims=True)
    _, loss, _, score = recorded_of(arena, np.repeat(said[:, None], len(y), axis=1))
    if names:
        return f"To beat: a guess by the shares of the classes alone has test loss {loss:.3f}, accuracy {score:.1%}."
    return f"To beat: the mean alone has test loss {loss:.3f}, R² {number_text(score, '.3f')}."


def _told(name: str, one: Standing, model: Contender) -> dict[str, Any]:
    live = one.n_epochs > 0
    return {"title": name, "choices": model.described, "live": live, "problem": one.problem, "kept": one.kept}


def observe(
    arena: Arena,
    names: Sequence[str],
    standings: Sequence[Standing],
    grids: Mapping[int, np.ndarray],
    unit: tuple[int, int] | None,
) -> dict[str, Any]:
    """What the view draws of one moment; `unit` names the chart and its class, or its threshold in thousandths."""
    fitted = {k: one.rows for k, one in enumerate(standings) if one.rows is not None}
    return {
        "live": list(grids),
        "epochs": [one.epochs for one in standings],
        "kept": [one.kept for one in standings],
        "problems": [one.problem for one in standings],
        "scores": [dict(one.figures) for one in standings],
        "winners": winners(
            [one.figures if one.epochs or not one.n_epochs else {} for one in standings],  # who has learned competes
            [c for c in columns_of(arena.plane.task) if c not in COSTS],
        ),
        "point_outputs": _said(arena, standings),
        "disputed": _disputed(arena, fitted),
        "summary": _summary(names, standings),
        **_maps(arena, list(grids.values()), ""),
        **_chart(arena, fitted, unit or (LOSS, 0)),
    }


def value_scale(arena: Arena) -> float:
    """Where the colors of a value to predict end; 1 for classes."""
    if arena.plane.task == "classification":
        return 1.0
    return answer_scale(arena.labels)


def map_bytes(arena: Arena, said: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """What a contender says of cells as bytes: value, probability of class 1, or how sure; and the class of several."""
    if len(said) == 1:
        return as_bytes(said[0], value_scale(arena), signed=True), None
    if len(said) == 2:
        return as_bytes(said[1]), None
    second, first = np.sort(said, axis=0)[-2:]  # (n_cells,) each
    return as_bytes(first - second), said.argmax(axis=0).astype(np.uint8)


def _legend(arena: Arena) -> list[str]:
    """What the colors mean: the classes, or the values at both ends of the scale."""
    if arena.samples.class_names:
        return list(arena.samples.class_names)
    most = value_scale(arena)
    return [f"{arena.answer.name} {arena.value_text(end)}" for end in (-most, most)]


def _maps(arena: Arena, grids: Sequence[np.ndarray], prefix: str) -> dict[str, Any]:
    drawn = [map_bytes(arena, said) for said in grids]
    classes = [of for _, of in drawn if of is not None]
    kind = "value" if arena.plane.task == "regression" else "class" if arena.plane.n_classes > 2 else "probability"
    empty = np.zeros((0, SIDE * SIDE), np.uint8)
    return {
        "map_kind": kind,
        f"{prefix}maps": np.stack([values for values, _ in drawn]) if drawn else empty,
        f"{prefix}map_classes": np.stack(classes) if classes else empty,
    }


def _said(arena: Arena, standings: Sequence[Standing]) -> np.ndarray | None:
    """The class that each contender says of each row: (n_contenders * n,) uint8; 255 for one that is not fitted."""
    if arena.plane.task == "regression":
        return None
    unknown = np.full(len(arena.labels), 255, np.uint8)
    return np.concatenate(
        [unknown if one.rows is None else one.rows.argmax(axis=0).astype(np.uint8) for one in standings]
    )


def _disputed(arena: Arena, fitted: Mapping[int, np.ndarray]) -> np.ndarray:
    """The test points that contenders see most differently, the most disputed first: up to 12 rows, int32."""
    if len(fitted) < 2:
        return np.zeros(0, np.int32)
    said = np.stack(list(fitted.values()))[:, :, arena.n_train :]  # (n_fitted, n_classes, n_test)
    spread = (said.max(axis=0) - said.min(axis=0)).max(axis=0)  # (n_test,)
    order = np.argsort(-spread, kind="stable")[:N_DISPUTED]
    return (arena.n_train + order[spread[order] > 0]).astype(np.int32)


def _summary(names: Sequence[str], standings: Sequence[Standing]) -> str:
    """What a screen reader says: test loss of each."""
    said = [
        f"{name}: " + (f"test loss {one.figures['test_loss']:.3f}" if one.rows is not None else one.problem)
        for name, one in zip(names, standings, strict=True)
    ]
    return ". ".join(said) + "."


def _chart(arena: Arena, fitted: Mapping[int, np.ndarray], unit: tuple[int, int]) -> dict[str, Any]:
    """The lines of the chart asked for, one for each contender, joined: `chart_ends` says where each ends."""
    kind, number = unit
    n_classes = arena.plane.n_classes
    if not n_classes or kind not in (ROC, PRECISION, CALIBRATION, CONFUSION):
        return {"chart": LOSS, "confusions": None}
    y = arena.labels[arena.n_train :]
    tests = {k: said[:, arena.n_train :] for k, said in fitted.items()}
    if kind == CONFUSION:
        matrices = {k: scores.confusion_at(said, y, number / 1000).tolist() for k, said in tests.items()}
        return {"chart": kind, "confusions": matrices, "confusion_rights": scores.rights(matrices)}
    k_class = min(number, n_classes - 1)
    lines = [_line(kind, said[k_class], y == k_class) for said in tests.values()]
    return {
        "chart": kind,
        "chart_class": k_class,
        "chart_of": list(tests),
        "confusions": None,
        "chart_ends": np.cumsum([len(x) for x, _ in lines]).tolist(),
        "chart_x": np.concatenate([x for x, _ in lines] or [np.zeros(0)]).astype(np.float32),
        "chart_y": np.concatenate([y for _, y in lines] or [np.zeros(0)]).astype(np.float32),
    }


def _line(kind: int, score: np.ndarray, truth: np.ndarray) -> scores.Curve:
    if kind == ROC:
        return scores.roc_curve(score, truth)
    if kind == PRECISION:
        return scores.precision_recall_curve(score, truth)
    said, true, _ = scores.calibration_bins(score, truth)
    return said, true
