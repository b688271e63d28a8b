"""What the Trees page draws of nodes, points and moments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.data.cells import RANGE
from playground.frames.trees import AFTER, NODE, TREE
from playground.learners.learner import Frame
from playground.learners.trees import TreesLearner
from playground.models import boosting
from playground.spec import TreesSpec
from playground.spec.look import Look
from playground.spec.points import PointTable, pack_points
from playground.training.tree_problem import make_problem

LEARNER = TreesLearner()


def frame_of(look: Look | None = None, **choices: Any) -> Frame:
    spec = TreesSpec.from_values({"n_trees": 8, **choices})
    return LEARNER.observe(spec, LEARNER.advance(spec, LEARNER.init(spec), spec.structure.n_trees), look or Look())


def polygon(frame: Frame, node: int) -> np.ndarray:
    starts = frame["tree_corners_from"]
    return np.asarray(frame["tree_corners"][starts[node] : starts[node + 1]], float)


def area(corners: np.ndarray) -> float:
    x, y = corners.T
    return 0.5 * float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1))) if len(corners) else 0.0


def holds(corners: np.ndarray, places: np.ndarray) -> bool:
    """Whether a convex polygon, counterclockwise, holds all places (n, 2); its edge counts."""
    ahead = (np.roll(corners, -1, axis=0) - corners)[:, None]  # (n_corners, 1, 2)
    to = places - corners[:, None]  # (n_corners, n, 2)
    return bool((ahead[..., 0] * to[..., 1] - ahead[..., 1] * to[..., 0] >= -1e-3).all())


@settings(max_examples=12, deadline=None)
@given(st.booleans(), st.integers(1, 5), st.integers(0, 7), st.sampled_from(["gb_spiral", "blobs", "plane"]))
def test_leaves_part_the_map_and_hold_their_points(turned: bool, depth: int, t: int, dataset: str) -> None:
    choices = {"rotate_trees": turned, "depth": depth, "dataset": dataset, "n_samples": 100}
    spec = TreesSpec.from_values({"n_trees": 8, **choices})
    frame, points = frame_of(Look((TREE, t)), **choices), LEARNER.scene(spec)["points"]
    leaves = np.flatnonzero(frame["tree_feature"] < 0)
    assert sum(area(polygon(frame, leaf)) for leaf in leaves) == pytest.approx((2 * RANGE) ** 2, rel=1e-3)
    on_map = np.abs(points).max(axis=1) <= RANGE
    for leaf in np.unique(frame["tree_leaves"][on_map]):
        assert holds(polygon(frame, leaf), points[on_map & (frame["tree_leaves"] == leaf)])


def test_points_are_as_large_as_gradients_and_hessians() -> None:
    frame = frame_of(Look((AFTER, 7)), dataset="gb_xor")
    spec = TreesSpec.from_values({"n_trees": 8, "dataset": "gb_xor"})
    state, labels = LEARNER.advance(spec, LEARNER.init(spec), 8), LEARNER.scene(spec)["labels"][:300]
    p = 1 / (1 + np.exp(-state.arrays["margins"][0, :300]))
    for name, values in (("gradient", np.abs(labels - p)), ("hessian", p * (1 - p))):
        sizes = frame[f"{name}_sizes"][:300]
        np.testing.assert_allclose(sizes, np.sqrt(values) / np.sqrt(values).mean(), rtol=1e-4)
    assert frame["gradient_means"] == pytest.approx([0.5, np.abs(labels - p).mean()])


def packed(X: list[list[float]], labels: list[int]) -> dict[str, Any]:
    return {"dataset": "points", "points": pack_points(PointTable(np.array(X), np.array(labels)))}


CARDS: list[tuple[str, dict[str, Any]]] = [
    ("one-class", packed([[0, 0], [1, 2], [3, 1], [2, 2]], [1, 1, 1, 1])),
    ("constant", packed([[1, 0], [1, 2], [1, -1], [1, 3]], [0, 1, 0, 1])),
    ("leaf", {"engine": "xgboost", "gamma": 100.0}),
    ("depth", {"dataset": "gb_xor", "depth": 1, "n_trees": 30}),
    ("overfitting", {"dataset": "gauss", "noise": 0.5, "n_samples": 100, "newton": True, "learning_rate": 1.0}),
    ("more", {"dataset": "gb_spiral", "n_trees": 20}),
]


@pytest.mark.parametrize(("key", "choices"), CARDS, ids=[key for key, _ in CARDS])
@pytest.mark.parametrize("engine", ["classic", "xgboost"])
def test_cards_say_what_was_measured(key: str, choices: dict[str, Any], engine: str) -> None:
    if key in ("leaf", "overfitting") and choices.get("engine", "classic") != engine:
        return
    cards = frame_of(**{"engine": engine, **choices})["cards"]
    assert cards[0]["key"] == key, cards


@pytest.mark.parametrize(
    ("penalties", "said", "advice"),
    [
        ({"gamma": 100.0}, "enough for gamma and min child weight.", "a smaller gamma or min child weight."),
        ({"min_child_weight": 100.0}, "enough for min child weight.", "a smaller min child weight."),
        ({"min_child_weight": 0.0, "reg_lambda": 0.0, "learning_rate": 1.0, "dataset": "gb_circles", "depth": 8, "n_trees": 200},
         "enough: nothing is left to fit.", "fewer trees, or harder data."),
    ],
)  # fmt: skip
def test_a_tree_that_asks_nothing_blames_only_the_penalties_there_are(
    penalties: dict[str, Any], said: str, advice: str
) -> None:
    card = next(card for card in frame_of(engine="xgboost", **penalties)["cards"] if card["key"] == "leaf")
    assert card["text"] == f"No question gains {said}"
    assert card["try"] == advice


@pytest.mark.parametrize(("objective", "counted"), [("logistic", "tree"), ("softmax", "round")])
def test_words_count_rounds_wherever_a_round_has_several_trees(objective: str, counted: str) -> None:
    """Two classes with the softmax get two trees a round."""
    frame = frame_of(dataset="gauss", noise=0.5, n_samples=100, learning_rate=1.0, n_trees=40, objective=objective)
    best = frame["best"]["epoch"]
    assert f"after {best} {counted}s." in frame["summary"]
    assert frame["cards"][0]["title"] == f"Too many trees: the test loss was lowest at {counted} {best}."


def test_a_loss_that_only_rises_was_lowest_before_the_first_tree() -> None:
    """There is no tree 0."""
    rising = {"dataset": "xor", "noise": 0.4, "n_samples": 100, "learning_rate": 1.0, "depth": 8, "n_trees": 40}
    frame = frame_of(engine="xgboost", **rising)
    assert frame["best"]["epoch"] == 0
    assert frame["cards"][0]["title"] == "Too many trees: the test loss was lowest before the first tree."


def test_a_good_run_needs_no_card() -> None:
    assert frame_of(dataset="gb_circular", engine="xgboost", learning_rate=0.3, n_trees=30)["cards"] == []


def test_turned_trees_are_classic_only() -> None:
    look = Look(point=(0.0, 0.0), still=True)
    assert frame_of(look, rotate_trees=True)["trace"]["shap"] is None
    assert frame_of(look, rotate_trees=True)["importance"] is None
    assert frame_of(look, rotate_trees=True, engine="xgboost")["trace"]["shap"] is not None


@pytest.mark.parametrize("choices", [{"dataset": "gb_spiral"}, {"dataset": "blobs", "engine": "xgboost", "noise": 0.5}])
def test_answers_at_a_plus_are_those_of_the_trees_before_it(choices: dict[str, Any]) -> None:
    n_outputs = 3 if choices["dataset"] == "blobs" else 1
    then, now = frame_of(Look((AFTER, 2 * n_outputs)), **choices), frame_of(n_trees=3, **choices)
    assert then["confusion"] == now["confusion"] != frame_of(**choices)["confusion"]
    np.testing.assert_array_equal(then["point_outputs"], now["point_outputs"])


def test_own_points_keep_their_places_in_the_table_and_can_be_of_four_classes() -> None:
    table = PointTable(np.array([[k - 3.0, k % 3] for k in range(7)]), np.arange(7) % 2)
    scene = LEARNER.scene(TreesSpec.from_values({"dataset": "points", "points": pack_points(table)}))
    assert scene["point_classes"] == ["class 0", "class 1", "class 2", "class 3"]
    np.testing.assert_allclose(scene["points"], table.X[scene["own_index"]], atol=1e-3)
    assert scene["labels"].tolist() == table.labels[scene["own_index"]].tolist()


@pytest.mark.parametrize("choices", [{}, {"rotate_trees": True}, {"dataset": "gauss", "noise": 0.5, "rotate": 40}])
def test_axes_of_a_search_hold_all_its_questions(choices: dict[str, Any]) -> None:
    """A turned tree sees the points elsewhere: by about pi, on the other side of zero."""
    spec = TreesSpec.from_values({"n_trees": 8, **choices})
    problem = make_problem(spec.structure)
    for t in range(8):
        frame = frame_of(Look((NODE, t)), **choices)
        ends = np.array(frame["split"]["ends"])
        low, high = ends[frame["split_feature"]].T
        assert (low < frame["split_threshold"]).all()
        assert (frame["split_threshold"] < high).all()
        seen = np.ptp(boosting.turned(problem.X, float(t) if choices.get("rotate_trees") else 0.0), axis=0)
        assert (np.diff(ends)[:, 0] < 3 * seen).all(), "and little besides"
    if not choices:
        np.testing.assert_allclose(ends, [[0, 1], [0, 1]], atol=0.05)  # the map, and points just beside it


@pytest.mark.parametrize("dataset", ["gb_xor", "blobs"])  # of two classes, and of three: a tree for each in a round
def test_at_a_plus_importance_is_that_of_the_trees_so_far(dataset: str) -> None:
    each = len(make_problem(TreesSpec.from_values({"dataset": dataset}).structure).base)
    few = frame_of(Look(inside=True), dataset=dataset, n_trees=3)["importance"]
    then = frame_of(Look((AFTER, 3 * each - 1), inside=True), dataset=dataset)["importance"]
    assert then == few
    assert few["n_trees"] == 3 * each
    whole = frame_of(Look((TREE, 3 * each - 1), inside=True), dataset=dataset)["importance"]
    assert whole["n_trees"] == 8 * each
    assert whole != few
