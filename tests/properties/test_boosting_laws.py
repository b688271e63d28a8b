"""Laws that boosting keeps for any choices."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from playground.learners.learner import State
from playground.learners.trees import TreesLearner
from playground.spec import TreesSpec
from playground.spec.look import Look

LEARNER = TreesLearner()
CHOICES = st.fixed_dictionaries(
    {
        "engine": st.sampled_from(["classic", "xgboost"]),
        "dataset": st.sampled_from(["gb_spiral", "gb_xor", "blobs", "plane", "moons"]),
        "depth": st.integers(1, 8),
        "learning_rate": st.sampled_from([0.05, 0.3, 1.0]),
        "subsample": st.sampled_from([0.3, 1.0]),
        "colsample": st.sampled_from([0.5, 1.0]),
        "newton": st.booleans(),
        "rotate_trees": st.booleans(),
        "rotate": st.sampled_from([0, 30]),
        "objective": st.sampled_from(["logistic", "softmax", "squared_error"]),
        "original_points": st.booleans(),
        "tree_method": st.sampled_from(["exact", "hist", "approx"]),
        "n_samples": st.just(60),
        "seed": st.integers(0, 5),
    }
)
PENALTIES = st.fixed_dictionaries(
    {
        "reg_lambda": st.sampled_from([0.0, 1.0, 100.0]),
        "gamma": st.sampled_from([0.0, 0.3, 100.0]),
        "min_child_weight": st.sampled_from([0.0, 1.0, 100.0]),
    }
)

FAR = {  # without a penalty, four trees on 18 points give one place a score of -88 000
    "dataset": "gb_spiral", "depth": 2, "learning_rate": 1.0, "subsample": 0.3, "objective": "logistic",
    "original_points": False, "n_samples": 60,
}  # fmt: skip


def assert_equal(one: State, other: State) -> None:
    assert (one.step, one.epoch, one.stopped) == (other.step, other.epoch, other.stopped)
    np.testing.assert_array_equal(one.history.rows, other.history.rows)
    for name, array in one.arrays.items():
        np.testing.assert_array_equal(array, other.arrays[name], strict=True)


@settings(max_examples=40, deadline=None)
@given(CHOICES)
def test_seven_trees_are_three_and_then_four(choices: dict[str, Any]) -> None:
    spec = TreesSpec.from_values(choices)
    start = LEARNER.init(spec)
    third = LEARNER.advance(spec, start, 3)
    assert start.arrays["feature"].size == 0
    assert_equal(LEARNER.advance(spec, start, 7), LEARNER.advance(spec, third, 4))


@settings(max_examples=20, deadline=None)
@given(CHOICES, st.integers(0, 8), st.integers(0, 40), st.booleans())
def test_observe_changes_nothing_and_map_agrees_with_points(
    choices: dict[str, Any], n_trees: int, t: int, after: bool
) -> None:
    spec = TreesSpec.from_values(choices)
    state = LEARNER.advance(spec, LEARNER.init(spec), n_trees)
    before = {name: array.copy() for name, array in state.arrays.items()}
    frame = LEARNER.observe(spec, state, Look((int(after), t), (0.5, -2.0), inside=True, still=True))
    assert frame["map"].shape == (100, 100)
    assert frame["tree_pictures"].shape[1:] == (50, 50)
    assert frame["trace_scores"].shape[1] == n_trees + 1
    for name, array in before.items():
        np.testing.assert_array_equal(array, state.arrays[name])


@settings(max_examples=25, deadline=None)
@given(CHOICES, PENALTIES, st.integers(1, 6), st.tuples(st.floats(-6, 6), st.floats(-6, 6)))
@example(FAR, {"reg_lambda": 0.0, "gamma": 0.0, "min_child_weight": 0.0}, 4, (0.0, 0.0))
def test_every_setting_of_xgboost_has_shap_values_that_sum_to_the_score(
    choices: dict[str, Any], penalties: dict[str, float], n_trees: int, point: tuple[float, float]
) -> None:
    spec = TreesSpec.from_values({**choices, **penalties, "engine": "xgboost"})
    state = LEARNER.advance(spec, LEARNER.init(spec), n_trees)
    frame = LEARNER.observe(spec, state, Look(point=point, still=True))
    row, shap = frame["trace"]["row"], frame["trace"]["shap"]
    total = sum(shap["features"]) + shap["expected"]
    assert total == pytest.approx(float(frame["trace_scores"][row, -1]), rel=1e-4, abs=1e-4)


def test_building_ends_with_the_last_tree() -> None:
    spec = TreesSpec.from_values({"n_trees": 5})
    state = LEARNER.advance(spec, LEARNER.init(spec), 9)
    assert (state.step, state.stopped) == (5, "Finished: all 5 trees are built.")
    assert LEARNER.steps_until(spec, state, 9) == 0


@pytest.mark.parametrize(
    ("patience", "choices"),
    [
        (5, {"learning_rate": 1}),
        (5, {"learning_rate": 1, "engine": "xgboost"}),
        (7, {"learning_rate": 0.05, "depth": 2, "n_trees": 400}),
        (7, {"learning_rate": 0.03, "depth": 1, "n_trees": 400, "engine": "xgboost"}),
    ],
    ids=["classic", "xgboost", "classic, long", "xgboost, long"],
)
def test_early_stopping_names_the_best_tree(patience: int, choices: dict[str, Any]) -> None:
    """Beyond 200 trees too, where other pages record only some epochs."""
    spec = TreesSpec.from_values({"dataset": "moons", "noise": 0.4, "n_trees": 100, "n_samples": 100, **choices})
    freely = LEARNER.advance(spec, LEARNER.init(spec), spec.structure.n_trees)
    stopping = spec.change(early_stopping=patience)
    state = LEARNER.advance(stopping, LEARNER.init(stopping), spec.structure.n_trees)
    losses = freely.history.column("test_loss")
    lowest = [int(np.argmin(losses[: k + 1])) for k in range(len(losses))]  # by tree, of all trees so far
    first = next(k for k, best in enumerate(lowest) if k - best == patience)
    assert (first > 200) == (spec.structure.n_trees > 200), "the case is what its name says"
    assert (state.epoch, len(state.history.rows)) == (first, first + 1)
    assert f"lowest at tree {first - patience} and has not been lower for {patience} trees" in state.stopped
    assert LEARNER.observe(stopping, state, Look())["best"] == {
        "epoch": first - patience, "test_loss": losses[first - patience]
    }  # fmt: skip


def test_early_stopping_that_is_chosen_late_still_ends_the_run() -> None:
    spec = TreesSpec.from_values(
        {"dataset": "moons", "noise": 0.4, "n_trees": 100, "n_samples": 100, "learning_rate": 1}
    )
    state = LEARNER.advance(spec, LEARNER.init(spec), 30)
    best = int(np.argmin(state.history.column("test_loss")))
    assert best < 20
    stopped = LEARNER.advance(spec.change(early_stopping=5), state, 70)
    waited = stopped.epoch - best
    assert 30 < stopped.epoch <= 35 and waited % 5 == 0
    assert f"lowest at tree {best} and has not been lower for {waited} trees" in stopped.stopped
    classes = TreesSpec.from_values(
        {"dataset": "spiral3", "noise": 0.4, "n_samples": 60, "learning_rate": 1, "early_stopping": 3}
    )
    assert "lowest before the first round and" in LEARNER.advance(classes, LEARNER.init(classes), 100).stopped


def test_the_newton_update_changes_nothing_of_the_squared_error_and_something_of_the_logistic_one() -> None:
    def losses(newton: bool, **choices: Any) -> np.ndarray:
        spec = TreesSpec.from_values({"n_trees": 8, "depth": 2, "newton": newton, **choices})
        return LEARNER.advance(spec, LEARNER.init(spec), 8).history.column("train_loss")

    for choices in ({"dataset": "plane"}, {"dataset": "moons", "objective": "squared_error"}):
        np.testing.assert_allclose(losses(True, **choices), losses(False, **choices), rtol=1e-3)
    assert losses(True, dataset="moons")[-1] < 0.9 * losses(False, dataset="moons")[-1]


def test_a_tree_has_no_weight_to_set() -> None:
    from playground.learners.learner import Edit

    spec = TreesSpec()
    with pytest.raises(ValueError, match="no weights"):
        LEARNER.edit(spec, LEARNER.init(spec), Edit(0, 0, 0, 1.0))
