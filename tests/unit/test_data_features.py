"""Features, each against its formula in plain Python."""

import math
from typing import get_args

import numpy as np
import pytest

from playground.data.features import FEATURE_LABELS, FEATURES, make_features
from playground.spec.network import Feature

FORMULAS = {
    "x1": lambda a, b: a,
    "x2": lambda a, b: b,
    "x1_squared": lambda a, b: a**2,
    "x2_squared": lambda a, b: b**2,
    "x1x2": lambda a, b: a * b,
    "sin_x1": lambda a, b: math.sin(a),
    "sin_x2": lambda a, b: math.sin(b),
    "cos_x1": lambda a, b: math.cos(a),
    "cos_x2": lambda a, b: math.cos(b),
    "radius": lambda a, b: math.sqrt(a * a + b * b),
}
PLACES = np.array([[3.0, 4.0], [-1.5, 2.0], [0.0, 0.0], [-6.0, 6.0]])


def test_the_spec_names_these_features_in_this_order():
    assert tuple(FEATURES) == tuple(FEATURE_LABELS) == get_args(Feature)


@pytest.mark.parametrize("name", get_args(Feature))
def test_formula(name):
    row = make_features(PLACES, [name])
    assert row.shape == (1, 4)
    assert row[0] == pytest.approx([FORMULAS[name](a, b) for a, b in PLACES])


def test_rows_are_in_the_order_asked_for():
    rows = make_features(PLACES, ("radius", "x1"))
    assert rows[:, 0].tolist() == [5.0, 3.0]
    assert rows.dtype == np.float64


def test_no_points_are_no_columns():
    assert make_features(np.empty((0, 2)), ["x1", "x2"]).shape == (2, 0)


def test_result_is_a_copy():
    rows = make_features(PLACES, ["x1"])
    rows[0, 0] = 99.0
    assert PLACES[0, 0] == 3.0


def test_labels_differ():
    assert len(set(FEATURE_LABELS.values())) == 10
    assert FEATURE_LABELS["x1_squared"] == "x₁²"


@pytest.mark.parametrize(
    ("X", "names", "rule"),
    [
        (PLACES, ["x3"], "features must be some of x1, x2.*; got x3"),
        (PLACES, [], "features must be some of.*; got none"),
        (np.zeros((2, 3)), ["x1"], r"X must be of shape \(n, 2\); got \(2, 3\)"),
        (np.zeros(2), ["x1"], r"X must be of shape \(n, 2\); got \(2,\)"),
    ],
)
def test_rule(X, names, rule):
    with pytest.raises(ValueError, match=rule):
        make_features(X, names)
