"""Columns far from zero, beyond float32, or turned: trees still tell their values apart, and words stay true."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from playground.data.arena import make_arena
from playground.data.cells import RANGE
from playground.data.table import pack_rows, read_table
from playground.data.table_points import choose_columns
from playground.learners.contenders import make_model
from playground.learners.reasons import explain
from playground.learners.trees import TreesLearner
from playground.spec import CompareSpec, TreesSpec
from playground.spec.contender import read_contender
from playground.spec.look import Look
from playground.spec.points import Axis, pack_points
from playground.spec.tables import pack_table, unpack_table
from playground.training.tree_problem import make_problem

TREES = TreesLearner()
N = 60
FAR = {
    "times in milliseconds": [1_700_000_000_000 + 1000 * k for k in range(N)],
    "neighboring doubles": [1e16 + 2 * k for k in range(N)],
    "beyond float32": [1e40 * (1 + k / N) for k in range(N)],
    "far below zero": [-1_700_000_000 + k for k in range(N)],
    "tiny": [1e-45 * k for k in range(N)],
}


def own_points(values: Sequence[float]) -> str:
    """Points of class 1 where `values` are in their upper half."""
    lines = [f"{value!r},{k * 7 % 11},{'ab'[k >= N // 2]}" for k, value in enumerate(values)]
    table = read_table(("\n".join(["far,other,kind", *lines]) + "\n").encode())
    return pack_points(choose_columns(table, "far", "other", "kind"))


@pytest.mark.parametrize("engine", ["classic", "xgboost"])
@pytest.mark.parametrize("values", FAR.values(), ids=FAR)
def test_trees_part_values_that_float32_would_lose(values: list[float], engine: str) -> None:
    spec = TreesSpec.from_values({
        "dataset": "csv", "points": own_points(values), "engine": engine, "n_trees": 30, "min_child_weight": 0, "train_share": 0.9,
    })  # fmt: skip
    problem = make_problem(spec.structure)
    assert len(np.unique(problem.X[:, 0].astype(np.float32))) == N
    state = TREES.advance(spec, TREES.init(spec), 30)
    assert np.isfinite(state.history.column("test_loss")).all()
    assert state.history.last("train_accuracy") == 1
    asked = state.arrays["feature"][0], state.arrays["threshold"][0]
    assert asked[0] == 0, "the first question is about the column that decides"


@pytest.mark.parametrize(
    ("axis", "name", "center"),
    [
        (Axis("year", 2000, 5), "year", 2000),
        (Axis("t", 1.7e12 + 30_500, 17_000), "t \N{MINUS SIGN} 1700000030000", 500),
        (Axis("t", -1.7e9 - 30, 17), "t + 1700000030", 0),
        (Axis("mass", 3e40, 2e40), "(mass) ÷ 1e+40", 3),
        (Axis("x" * 40, 1e9, 1), ("x" * 40 + " \N{MINUS SIGN} 1000000000")[-40:], 0),
    ],
)
def test_an_axis_says_from_where_it_counts(axis: Axis, name: str, center: float) -> None:
    assert (axis.readable.name, axis.readable.center) == (name, pytest.approx(center, abs=1e-6))


def test_turned_columns_are_named_so_and_all_points_lie_on_the_map() -> None:
    plain, turned = ({"dataset": "csv", "points": own_points(range(N)), "rotate": angle} for angle in (0, 30))
    assert [axis.name for axis in make_problem(TreesSpec.from_values(turned).structure).data.axes] == [
        "far turned 30°", "other turned 30°"
    ]  # fmt: skip
    assert make_problem(TreesSpec.from_values(plain).structure).data.axes[0].name == "far"
    before, after = (TREES.scene(TreesSpec.from_values({"dataset": "gb_xor", "rotate": angle})) for angle in (0, 45))
    assert before["range"] == RANGE < after["range"]
    assert np.abs(after["points"]).max() <= after["range"]
    assert before["axes"] == after["axes"], "the plane of a made set stays x1 and x2"
    x1, x2 = before["points"].T
    half = np.sqrt(0.5)
    np.testing.assert_allclose(after["points"], np.stack([half * (x1 - x2), half * (x1 + x2)], axis=1), atol=1e-5)


def test_pictures_stand_in_whole_rounds() -> None:
    lines = "\n".join(f"{k % 8},{k // 8},{'abcd'[k % 4]}" for k in range(80))
    table = read_table(f"x,y,kind\n{lines}\n".encode())
    points = pack_points(choose_columns(table, "x", "y", "kind"))
    spec = TreesSpec.from_values({"dataset": "csv", "points": points, "n_trees": 9, "depth": 1})
    state = TREES.advance(spec, TREES.init(spec), 9)
    assert TREES.scene(spec)["window"] == 28
    frame = TREES.observe(spec, state, Look((0, 30)))
    assert (frame["pictures_from"], len(frame["tree_pictures"])) == (28, 8)


def far_table() -> tuple[str, np.ndarray]:
    seconds = [1_700_000_000 + 7 * k for k in range(N)]
    rows = [(f"{s}", f"{k * 5 % 13}", "ab"[k >= N // 2]) for k, s in enumerate(seconds)]
    return pack_table(("time", "other", "kind"), rows), np.array(seconds, float)


@pytest.mark.parametrize("kind", ["xgboost~n_trees~20~min_child_weight~0", "classic~n_trees~20", "tree"])
def test_tables_of_times_are_learned_and_told_of_in_their_own_unit(kind: str) -> None:
    text, seconds = far_table()
    arena = make_arena(CompareSpec().change(dataset="table", table=text, train_share=0.8).structure)
    model = make_model(read_contender(kind), arena, 0)
    arrays = model.advance(model.start(), 20)
    right = model.on_rows(arrays).argmax(axis=0) == arena.labels
    assert right[: arena.n_train].all() and right.mean() > 0.95
    told = 0
    for place in arena.plane.X[:20]:
        said = " ".join(explain(model, "", arrays, (float(place[0]), float(place[1])))["lines"])
        for number in re.findall(r"time [<≥≤>] (\d+(?:\.\d+)?)", said):
            assert seconds[0] < float(number) < seconds[-1], "a time in seconds, all digits of it"
            told += 1
    assert told


def test_a_packed_table_keeps_every_digit_or_says_that_it_does_not() -> None:
    cells = [(f"{1_700_000_000_000 + k}", "0.1234567890123", "ab"[k % 2]) for k in range(30)]
    assert unpack_table(pack_table(("t", "x", "kind"), cells))[1] == tuple(cells)
    wide = [",".join(f"{(j * 7919 + k * 104729) % 1000003 / 7:.12f}" for k in range(12)) for j in range(700)]
    table = read_table("\n".join([",".join(f"x{k}" for k in range(12)), *wide]).encode())
    packed, kept = pack_rows(table)
    assert kept.notices[0].endswith("7 of each number are kept.")
    first = float(unpack_table(packed)[1][0][3])
    assert first == pytest.approx(float(kept.rows[0][3]), rel=1e-6) and first != float(kept.rows[0][3])


def test_large_numbers_are_told_in_full() -> None:
    rows = [(f"{20 + k}", f"{k * 7 % 13}", f"{140_000 + 1000 * (k % 37)}", f"{110_000 + 250 * k}") for k in range(N)]
    text = pack_table(("area", "age", "worth", "price"), rows)
    arena = make_arena(CompareSpec().change(dataset="table", table=text, map_by="columns", map_x=0, map_y=1).structure)
    assert arena.value_text(0.0).startswith("11") and len(arena.value_text(0.0)) == 6
    told = re.search(r"worth (\S+)\.", arena.meaning)
    assert told and 140_000 <= float(told[1]) <= 176_000 and "e+" not in arena.meaning


def test_pairs_of_a_linear_svm_and_sums_of_a_regression_are_those_of_scikit_learn() -> None:
    arena = make_arena(CompareSpec().change(dataset="iris").structure)
    X, y = load_iris(return_X_y=True)
    assert X.shape[1] == arena.samples.train_x.shape[1] and len(y) == len(arena.labels)
    svm, logistic = (make_model(read_contender(kind), arena, 0) for kind in ("svm_linear", "logistic"))
    names = list(arena.samples.class_names)
    scaler = StandardScaler().fit(arena.samples.train_x)
    theirs = SVC(kernel="linear", decision_function_shape="ovo").fit(
        scaler.transform(arena.samples.train_x), arena.samples.train_y
    )
    for k in (0, 20, 40):
        place: Any = tuple(arena.plane.X[k])
        row = scaler.transform(arena.place(place))
        ours = {bar["name"]: bar["value"] for bar in explain(svm, "", {}, place)["bars"]}
        said = theirs.decision_function(row)[0]  # pairs 0-1, 0-2, 1-2; positive for the first
        won = names[int(theirs.predict(row)[0])]
        signed = {(names[0], names[1]): said[0], (names[0], names[2]): said[1], (names[1], names[2]): said[2]}
        expected = {
            f"against {b if a == won else a}": v if a == won else -v for (a, b), v in signed.items() if won in (a, b)
        }
        assert ours == pytest.approx(expected, abs=1e-6)
        sums = logistic.estimator.decision_function(arena.place(place))[0]
        told = explain(logistic, "", {}, place)
        assert sum(bar["value"] for bar in told["bars"]) == pytest.approx(sums.max(), abs=1e-9)
        assert f"for {names[int(sums.argmax())]}, the largest of 3" in told["lines"][0]
