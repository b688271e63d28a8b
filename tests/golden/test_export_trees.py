"""The exported program repeats the run, and the exported trees say the same in XGBoost's hands."""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

import numpy as np
import pytest
import xgboost

from playground.frames import export_trees
from playground.learners.trees import TreesLearner
from playground.models.boosting import Forest
from playground.spec import TreesSpec
from playground.training.tree_problem import make_problem

LEARNER = TreesLearner()
LINE = re.compile(r"round (\d+): training loss ([\d.e-]+), test loss ([\d.e-]+)")
RUNS: list[dict[str, Any]] = [
    {"engine": "xgboost", "subsample": 0.7, "seed": 5},
    {"engine": "xgboost", "dataset": "blobs", "tree_method": "hist", "subsample": 0.5, "gamma": 0.1},
    {"engine": "xgboost", "dataset": "multi_gauss", "rotate": 20},
    {"engine": "xgboost", "objective": "squared_error", "dataset": "gb_xor"},
    {"dataset": "gb_circular"},
    {"dataset": "gb_spiral", "newton": True, "subsample": 0.6, "colsample": 0.5, "seed": 3},
    {"dataset": "gb_stripes", "rotate_trees": True},
    {"dataset": "spiral3", "learning_rate": 0.3, "depth": 3},
    {"dataset": "plane", "depth": 3},
]


@pytest.mark.parametrize("choices", RUNS, ids=str)
def test_program_repeats_the_run(choices: dict[str, Any]) -> None:
    spec = TreesSpec.from_values({"n_trees": 20, **choices})
    state = LEARNER.advance(spec, LEARNER.init(spec), 20)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(export_trees.program(spec, state.epoch), {})
    lines = np.array([[float(part) for part in match] for match in LINE.findall(printed.getvalue())])
    assert lines[:, 0].tolist() == list(range(21))
    recorded = np.stack([state.history.column(name) for name in ("train_loss", "test_loss")], axis=1)
    # scikit-learn breaks ties between equal splits by chance: training losses hardly notice, test losses a little
    allowed = [2e-6, 2e-6] if spec.structure.engine == "xgboost" else [0.002, 0.01]
    assert (np.abs(lines[:, 1:] - recorded) <= allowed).all(), np.abs(lines[:, 1:] - recorded).max(axis=0)


OPENED: list[dict[str, Any]] = [
    {"newton": True},
    {"dataset": "plane"},
    {"dataset": "blobs", "engine": "xgboost"},
    {"dataset": "moons", "train_share": 0.3, "engine": "xgboost"},
]


@pytest.mark.parametrize("choices", OPENED)
def test_trees_of_either_engine_open_in_xgboost(choices: dict[str, Any]) -> None:
    spec = TreesSpec.from_values({"n_trees": 20, **choices})
    state, problem = LEARNER.advance(spec, LEARNER.init(spec), 20), make_problem(spec.structure)
    model = xgboost.Booster()
    model.load_model(bytearray(export_trees.model_file(spec, Forest.of(state.arrays)).encode()))
    said = model.predict(xgboost.DMatrix(problem.X.astype(np.float32)), output_margin=True).reshape(len(problem.X), -1)
    np.testing.assert_allclose(said.T, state.arrays["margins"], rtol=1e-4, atol=1e-5)


def test_turned_trees_are_no_model_of_xgboosts() -> None:
    spec = TreesSpec.from_values({"rotate_trees": True})
    with pytest.raises(ValueError, match="upright"):
        export_trees.model_file(spec, Forest.empty())
