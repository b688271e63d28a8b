"""The parts of a comparison's studies: one contender with other seeds, or one with other settings."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from playground.data.arena import SIDE, make_arena
from playground.frames.chart_bands import charts_of
from playground.frames.compare import figures_of, map_bytes
from playground.learners.contenders import Arrays, Model, make_model, unfinished
from playground.learners.costs import clocked
from playground.spec.compare import KNOCKED_OUT_SHARES, CompareSpec, CompareStructure
from playground.spec.contender import Contender
from playground.spec.network import MAX_SEED
from playground.training.fits import UnfitError

N_CURVE = 40  # places along a curve of test losses
GRID_STEP = 2  # of the map's cells every second one, each way


def part(spec: CompareSpec, name: str, which: int, number: int) -> dict[str, Any]:
    """One part of a study.

    Args:
        spec: the comparison.
        name: `luck`: parts go through all contenders of the first seed, then of the next; `grid`: row by row;
            `gaps`: through all contenders, then shares, then seeds, so that a whole chart comes first.
        which: the contender of a grid.
        number: 0 to `spec.n_parts(name, which) - 1`.

    Returns:
        For `luck` the contender, the number of the seed, its figures and charts; for `gaps` the number of the
        share too; for `grid` its map as bytes and its scores.
    """
    structure: CompareStructure = spec.structure
    if name == "grid":
        return _cell(structure, structure.models[which].grid()[number])
    if name == "gaps":
        return _with_gaps(structure, number)
    repeat, k = divmod(number, len(structure.contenders))
    return {"contender": k, "repeat": repeat} | _repeat(repeated(structure, repeat), structure.models[k])


def repeated(structure: CompareStructure, repeat: int) -> CompareStructure:
    """The same comparison with other points, another split and another start; number 0 is the comparison itself."""
    seeds = {name: (getattr(structure, name) + repeat) % (MAX_SEED + 1) for name in ("data_seed", "seed")}
    return structure.model_copy(update=seeds)


def _repeat(structure: CompareStructure, contender: Contender) -> dict[str, Any]:
    arena, begun = make_arena(structure), time.perf_counter()
    try:
        model = make_model(contender, arena, structure.seed)
    except UnfitError as error:
        return {"problem": str(error), "figures": {}, "curve": np.empty((0, 2))}
    making = time.perf_counter() - begun
    arrays, seconds, curve = model.start(), 0.0, []
    stops = np.unique(np.linspace(0, model.n_epochs, N_CURVE + 1).astype(int))
    for epoch, before in zip(stops, [0, *stops[:-1]], strict=True):
        begun = time.perf_counter()
        arrays = model.advance(arrays, int(epoch - before))
        seconds += time.perf_counter() - begun
        rows = model.on_rows(arrays)
        figures = figures_of(arena, rows)
        curve.append([int(epoch), figures["test_loss"]])
    size = float(model.size(arrays)[0])
    if problem := unfinished(arrays, model.n_epochs):
        return {"problem": problem, "figures": {}, "curve": np.empty((0, 2))}
    cost = {"size": size, **clocked(model, making, (arrays, seconds))}
    return {
        "problem": "",
        "figures": {**figures, **cost},
        "curve": np.array(curve, np.float64),
        **charts_of(arena, rows),
    }


def _with_gaps(structure: CompareStructure, number: int) -> dict[str, Any]:
    row, k = divmod(number, len(structure.contenders))
    repeat, share = divmod(row, len(KNOCKED_OUT_SHARES))
    holed = repeated(structure, repeat).model_copy(update={"knocked_out": KNOCKED_OUT_SHARES[share]})
    found: dict[str, Any] = {"contender": k, "share": share, "repeat": repeat, "problem": "", "figures": {}}
    try:
        model, arrays = _fitted(holed, structure.models[k])
    except UnfitError as error:
        return {**found, "problem": str(error)}
    return {**found, "figures": figures_of(make_arena(holed), model.on_rows(arrays))}


def _fitted(structure: CompareStructure, contender: Contender) -> tuple[Model, Arrays]:
    model = make_model(contender, make_arena(structure), structure.seed)
    return model, model.advance(model.start(), model.n_epochs)


def _cell(structure: CompareStructure, contender: Contender) -> dict[str, Any]:
    arena = make_arena(structure)
    try:
        model, arrays = _fitted(structure, contender)
    except UnfitError as error:
        return {"problem": str(error), "figures": {}, "text": contender.text}
    values, classes = map_bytes(arena, model.on_grid(arrays))
    thin = slice(None, None, GRID_STEP)
    small = [None if cells is None else cells.reshape(SIDE, SIDE)[thin, thin].copy() for cells in (values, classes)]
    figures = figures_of(arena, model.on_rows(arrays))
    return {"problem": "", "figures": figures, "text": contender.text, "map": small[0], "classes": small[1]}
