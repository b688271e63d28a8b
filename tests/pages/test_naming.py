"""A run in a list is called by its choices, in the words of the screen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground.spec import CompareSpec, PlaygroundSpec, Spec
from playground.spec.points import PointTable, pack_points
from playground.spec.tables import pack_table
from playground.ui.naming import name_of
from playground.ui.share import _unused


@pytest.mark.parametrize(
    ("kind", "choices", "name"),
    [
        (PlaygroundSpec, {}, "the default choices"),
        (PlaygroundSpec, {"speed": "max"}, "the default choices"),
        (PlaygroundSpec, {"dataset": "spiral3", "hidden_sizes": (8, 8)}, "3-arm spiral · hidden layers 8, 8"),
        (PlaygroundSpec, {"hidden_sizes": (), "loss": "squared_error_tanh"}, "hidden layers none · loss squared error tanh"),
        (PlaygroundSpec, {"seed": 3, "noise": 0.1, "dropout": 0.5, "n_samples": 50, "train_share": 0.9, "batch_size": 1},
         "points 50 · training share 0.9 · noise 0.1 · seed 3 · dropout 0.5 · 1 more"),
        (CompareSpec, {"dataset": "gb_xor", "contenders": ("network", "xgboost")}, "xor · 2 contenders"),
    ],
)  # fmt: skip
def test_a_run_is_called_by_what_differs(kind: type[Spec], choices: dict[str, Any], name: str) -> None:
    assert name_of(kind.from_values(choices)) == name


def test_a_link_leaves_out_data_that_are_not_in_use_and_no_choice_of_columns() -> None:
    points = pack_points(PointTable(np.zeros((3, 2)), np.array([0, 1, 0])))
    table = pack_table(("a", "b", "c"), [("1", "2", "x"), ("2", "1", "y")] * 5)
    assert not _unused(PlaygroundSpec().change(dataset="points", points=points)) & {"points"}
    assert "points" in _unused(PlaygroundSpec().change(dataset="moons", points=points))
    assert "table" not in _unused(CompareSpec().change(dataset="table", table=table))
    real = CompareSpec().change(dataset="titanic", target=2, table=table)
    assert {name for name in real.to_query() if name in _unused(real)} == {"table"}
