"""What repetitions say: mean and spread of every figure, who wins for certain, and the maps of a grid of settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from playground.frames.chart_bands import draw_bands
from playground.frames.compare import GAPS, GRID
from playground.frames.scoreboard import COLUMNS, COSTS, columns_of
from playground.spec.compare import KNOCKED_OUT_SHARES, CompareStructure
from playground.spec.trees import BOOSTING_DATA

Study = Mapping[str, Any]
NOTE = (
    "Means over {n} seeds ± standard deviation. ★ best mean; = tie with it: over the same seeds, their difference is "
    "smaller than its own standard deviation{few}. "
)
FEW = ", or than chance makes it with so few seeds"
MOMENT = (
    "These data at epoch {epoch}: ★ best of its column now. The seeds were repeated to the end: "
    "their means stand here when everybody is fitted."
)
BY_CHANCE = {2: 8.985, 3: 2.484, 4: 1.591, 5: 1.242, 6: 1.050}
"""Number of seeds n -> 97.5 % point of Student's t with n - 1 degrees of freedom / √n, where that is above 1."""
NOUNS = {"luck": "seeds", "grid": "maps", "gaps": "fits"}
TITLES = {"luck": "“Luck or skill” is", "grid": "the grid is", "gaps": "the gaps are"}
WHAT_DIFFERS = {
    "fixed": "These points and their split are fixed: only the start differs. What other points would change is not "
    "measured.",
    "own": "The points are yours and stay: split and start differ.",
    "table": "The rows of the table stay: split and start differ.",
    "holed": "The rows of the table stay: split, start and the values knocked out differ.",
    "made": "Each seed has its own points, split and start.",
}


def draw_study(
    structure: CompareStructure,
    task: str,
    studies: Mapping[str, Study],
    unit: tuple[int, int] | None = None,
    epoch: int | None = None,
) -> dict[str, Any]:
    """What a frame holds of the studies of a run: how far they are, bands of figures, and the chart asked for.

    Args:
        structure: the comparison.
        task: classification or regression.
        studies: what each has found so far, by name.
        unit: the chart that the viewer looks at.
        epoch: of a moment before everybody is fitted, of which the repetitions say nothing: then the figures and
            charts stay those of the moment. None at the end of a run.
    """
    drawn: dict[str, Any] = {"study": None, "grid": None, "gaps": None}
    if gaps := studies.get("gaps"):
        lines = {"lines": _gap_lines(structure, task, gaps)} if unit and unit[0] == GAPS else {}
        drawn |= {"gaps": {**_progress(structure, gaps), **lines}}
    if grid := studies.get("grid"):
        drawn |= _grid(structure, grid, shown=bool(unit and unit[0] == GRID))
    if luck := studies.get("luck"):
        bands = _bands(structure, task, luck)
        if bands["bands"] and epoch is not None:
            bands = {"bands": None, "curves": bands["curves"], "note": MOMENT.format(epoch=epoch)}
        drawn |= {"study": {**_progress(structure, luck), **bands}}
        drawn |= draw_bands(_by_contender(structure, luck), unit) if epoch is None else {}
    return drawn


def _progress(structure: CompareStructure, study: Study) -> dict[str, Any]:
    noun, done, total = NOUNS[study["name"]], study["done"], study["of"]
    if study["name"] == "luck":
        done, total = len(_by_contender(structure, study)[0]), total // len(structure.contenders)
    if study["problem"]:
        text = f"Ended after {done} {noun}: {study['problem']}."
    elif study["waits_for"]:
        text = f"Begins when {TITLES[study['waits_for']]} done."
    elif study["busy"]:
        left = study["seconds_left"]
        text = f"{done} of {total} {noun}" + (f", about {max(1, round(left))} s left" if left is not None else "")
    else:
        text = (
            f"{done} {noun} in {study['seconds']:.1f} s"
            if done == total
            else f"Stopped after {done} of {total} {noun}."
        )
    return {"name": study["name"], "which": study["which"], "busy": study["busy"], "done": study["done"],
            "of": study["of"], "text": text}  # fmt: skip


def _by_contender(structure: CompareStructure, study: Study) -> dict[int, list[Mapping[str, Any]]]:
    """The parts of each contender by seed; only of seeds that all contenders have finished."""
    n, results = len(structure.contenders), study["results"]
    whole = [s for s in range(study["of"] // n) if all(s * n + k in results for k in range(n))]
    return {k: [results[s * n + k] for s in whole] for k in range(n)}


def figures_by_seed(structure: CompareStructure, task: str, study: Study) -> dict[str, np.ndarray]:
    """Each column's figures: (n_contenders, n_seeds), NaN where one has none; only seeds that all have finished."""
    parts = _by_contender(structure, study).values()
    return {
        name: np.array([[part["figures"].get(name) for part in own] for own in parts], float)
        for name in columns_of(task)
    }


def _bands(structure: CompareStructure, task: str, study: Study) -> dict[str, Any]:
    table = figures_by_seed(structure, task, study)
    n_seeds = next(iter(table.values())).shape[1]
    if n_seeds < 2:
        return {"bands": None}
    bands = {name: [_band(row) for row in values] for name, values in table.items()}
    judged = {name: judge(_comparable(name, values), COLUMNS[name][1]) for name, values in table.items()}
    return {
        "seeds": n_seeds,
        "bands": bands,
        "winners": {name: best for name, (best, _) in judged.items()},
        "ties": {name: ties for name, (_, ties) in judged.items()},
        "note": " ".join([_note(structure, n_seeds), *_failures(structure, study)]),
        "curves": _curves(structure, study),
    }


def _comparable(name: str, values: np.ndarray) -> np.ndarray:
    """Times as logarithms: they differ by factors, and one seed that had to wait for the processor is no tie."""
    return np.log(values) if name in COSTS else values


def _note(structure: CompareStructure, n_seeds: int) -> str:
    """What the figures of all seeds are, and what a seed changes."""
    return NOTE.format(n=n_seeds, few=FEW if n_seeds in BY_CHANCE else "") + WHAT_DIFFERS[_kind_of(structure)]


def _failures(structure: CompareStructure, study: Study) -> list[str]:
    """Who could not be measured with some seeds, one sentence each."""
    found = []
    for name, own in zip(structure.names, _by_contender(structure, study).values(), strict=True):
        problems = [part["problem"] for part in own if part["problem"]]
        if problems:
            found.append(f"{name} has no figures with {len(problems)} of {len(own)} seeds: {problems[0]}.")
    return found


def _kind_of(structure: CompareStructure) -> str:
    """What another seed changes of these data: a key of `WHAT_DIFFERS`."""
    if structure.is_table:
        return "holed" if structure.knocked_out else "table"
    if structure.dataset in BOOSTING_DATA:
        return "fixed"
    return "own" if structure.dataset in ("points", "csv") else "made"


def _band(values: np.ndarray) -> dict[str, float] | None:
    known = values[np.isfinite(values)]
    if len(known) < 2:
        return None
    return {"mean": float(known.mean()), "spread": float(known.std(ddof=1)), "n": len(known)}


def judge(values: np.ndarray, end: str) -> tuple[list[int], list[int]]:
    """Who has the best mean, and who ties with it.

    A tie: the mean of the differences to the best, seed by seed, is not larger than their standard deviation, nor than
    what chance alone gives in 95 of 100 cases, which for fewer than seven seeds is more. Seeds for which nobody has a
    figure do not count; who lacks one for any other seed is not ranked.

    Args:
        values: (n_contenders, n_seeds), NaN for who has no figure.
        end: `low` or `high` wins.
    """
    values = values[:, np.isfinite(values).any(axis=0)]
    if values.shape[1] < 2:
        return [], []
    known = [k for k, row in enumerate(values) if np.isfinite(row).all()]
    if not known:
        return [], []
    sign = 1.0 if end == "low" else -1.0
    means = {k: float(np.mean(sign * values[k])) for k in known}
    best = min(means, key=lambda k: means[k])
    equal = [k for k in known if means[k] - means[best] <= 1e-12]
    gaps = {k: sign * (values[k] - values[best]) for k in known if k not in equal}
    widths = BY_CHANCE.get(values.shape[1], 1.0)
    return equal, [k for k, gap in gaps.items() if gap.mean() <= widths * gap.std(ddof=1)]


def _curves(structure: CompareStructure, study: Study) -> list[dict[str, list[float]] | None]:
    """Mean and spread of the test loss along the epochs of each live contender."""
    parts = [part for part in study["results"].values() if len(part["curve"])]
    own = [[part["curve"] for part in parts if part["contender"] == k] for k in range(len(structure.contenders))]
    return [_curve(runs) for runs in own]


def _curve(runs: Sequence[np.ndarray]) -> dict[str, list[float]] | None:
    if len(runs) < 2:
        return None
    losses = np.array(runs)[:, :, 1]  # (n_seeds, n_places)
    mean, spread = losses.mean(axis=0), losses.std(axis=0, ddof=1)
    return {
        "epochs": runs[0][:, 0].tolist(),
        "mean": mean.tolist(),
        "low": (mean - spread).tolist(),
        "high": (mean + spread).tolist(),
    }


def _gap_lines(structure: CompareStructure, task: str, study: Study) -> dict[str, list[dict[str, list[float]]]]:
    """For each score and each contender its mean at each share of values knocked out, with the spread over seeds."""
    parts = sorted(study["results"].items())
    lines: dict[str, list[dict[str, list[float]]]] = {}
    for name in (column for column in columns_of(task) if column not in (*COSTS, "size")):
        lines[name] = []
        for k in range(len(structure.contenders)):
            own: dict[int, list[float]] = {}
            for _, part in parts:
                if part["contender"] == k and (value := part["figures"].get(name)) is not None:
                    own.setdefault(part["share"], []).append(value)
            lines[name].append(_gap_line(own))
    return lines


def _gap_line(own: Mapping[int, Sequence[float]]) -> dict[str, list[float]]:
    shares = sorted(own)
    mean = np.array([np.mean(own[share]) for share in shares])
    spread = np.array([np.std(own[share], ddof=1) if len(own[share]) > 1 else 0.0 for share in shares])
    return {
        "shares": [KNOCKED_OUT_SHARES[share] for share in shares],
        "mean": mean.tolist(),
        "low": (mean - spread).tolist(),
        "high": (mean + spread).tolist(),
    }


def _grid(structure: CompareStructure, study: Study, *, shown: bool) -> dict[str, Any]:
    contender = structure.models[study["which"]]
    rows, columns = contender.axes()
    cells = [study["results"].get(number) for number in range(study["of"])]
    study_frame = {
        **_progress(structure, study),
        "rows": {"title": rows.title, "values": rows.labels},
        "columns": {"title": columns.title, "values": columns.labels},
        "cells": [
            cell and {"figures": cell["figures"], "text": cell["text"], "problem": cell["problem"]} for cell in cells
        ],
    }
    maps = [cell for cell in cells if cell and not cell["problem"]]
    if not shown or not maps:
        return {"grid": study_frame}
    empty = np.zeros_like(maps[0]["map"])
    stack = {"grid_maps": "map", "grid_classes": "classes"}
    arrays = {
        name: np.stack([cell[key] if cell and not cell["problem"] else empty for cell in cells])
        for name, key in stack.items()
        if maps[0][key] is not None
    }
    return {"grid": study_frame, **arrays}
