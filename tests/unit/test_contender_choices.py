"""Every choice of a contender changes what it learns, and every contender's size is what one counts by hand."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import xgboost

from playground.data.arena import make_arena
from playground.learners.compare import CompareLearner
from playground.learners.contenders import make_model
from playground.learners.costs import UNTIMED, timed
from playground.spec import CompareSpec
from playground.spec.contender import BOOSTING, KINDS, fields_of, read_contender
from playground.spec.look import Look

BOOSTED = {"n_trees": "3", "depth": "1", "learning_rate": "0.5", "subsample": "0.5", "colsample": "0.5"}
OTHERS: dict[str, dict[str, str]] = {
    "xgboost": {**BOOSTED, "reg_lambda": "50", "gamma": "5", "min_child_weight": "20", "tree_method": "hist"},
    "classic": {**BOOSTED, "newton": "true"},
    "forest": {"n_trees": "7", "depth": "2", "min_leaf": "9"},
    "tree": {"depth": "2", "min_leaf": "9"},
    "svm_rbf": {"C": "30", "gamma": "10"},
    "svm_linear": {"C": "0.001"},
    "logistic": {"C": "0.001"},
    "neighbors": {"n_neighbors": "1", "weighting": "distance"},
}
"""Another value of each choice; those of the network are held by tests/golden/test_scores.py bit for bit."""


def answers(text: str, n_samples: int) -> np.ndarray:
    arena = make_arena(CompareSpec().change(dataset="spiral", n_samples=n_samples).structure)
    model = make_model(read_contender(text), arena, 0)
    return model.on_rows(model.advance(model.start(), 12))


@pytest.mark.parametrize("kind", OTHERS)
def test_every_choice_of_a_contender_changes_its_answers(kind: str) -> None:
    assert {*OTHERS[kind]} == {*fields_of(kind)}
    for name, value in OTHERS[kind].items():
        n = 2000 if value == "hist" else 60  # few values are binned as they are
        assert not np.array_equal(answers(kind, n), answers(f"{kind}~{name}~{value}", n)), name


@pytest.mark.parametrize("kind", BOOSTING)
@pytest.mark.parametrize("choice", ["objective~softmax", "original_points~false", "rotate_trees~true", "seed~3"])
def test_a_choice_that_a_comparison_does_not_have_is_refused(kind: str, choice: str) -> None:
    with pytest.raises(ValueError, match=f"contenders of kind {kind} have no choice"):
        read_contender(f"{kind}~{choice}")


@pytest.mark.parametrize("n", [0, 1, 7])
def test_fewer_than_two_and_more_than_six_contenders_are_refused(n: int) -> None:
    with pytest.raises(ValueError, match=f"contenders must be 2 to 6; got {n}"):
        CompareSpec().change(contenders=("tree",) * n)
    assert len(CompareSpec().change(contenders=("tree",) * 6).structure.contenders) == 6


SIZES: dict[str, Any] = {  # of 20 training points in two columns
    "network~hidden_sizes~3": lambda model: (2 + 1) * 3 + (3 + 1) * 1,
    "logistic": lambda model: 2 + 1,
    "svm_linear": lambda model: 2 + 1,
    "svm_rbf": lambda model: (2 + 1) * _vectors(model) + 1,
    "neighbors": lambda model: (2 + 1) * 20,
    "tree~depth~1": lambda model: 2 + 1 + 1,
    "forest~depth~1~n_trees~5": lambda model: 5 * (2 + 1 + 1),
    "classic~depth~1~n_trees~6": lambda model: 6 * (2 + 1 + 1),
    "xgboost~depth~1~n_trees~6": lambda model: 6 * (2 + 1 + 1),
}


def _vectors(model: Any) -> int:
    return len(model.estimator[-1].calibrated_classifiers_[0].estimator.support_)


@pytest.mark.parametrize("text", SIZES)
def test_size_counts_what_a_fitted_model_keeps(text: str) -> None:
    arena = make_arena(CompareSpec().change(dataset="gauss", n_samples=40, train_share=0.5).structure)
    assert arena.n_train == 20
    model = make_model(read_contender(text), arena, 0)
    assert model.size(model.advance(model.start(), 6))[0] == SIZES[text](model)


def test_leaves_of_several_classes_keep_a_share_for_each_but_one() -> None:
    arena = make_arena(CompareSpec().change(dataset="iris").structure)
    tree, boosted = (
        make_model(read_contender(text), arena, 0) for text in ("tree~depth~1", "xgboost~depth~1~n_trees~2")
    )
    assert tree.size({})[0] == 2 + 2 * 2
    assert boosted.size(boosted.advance(boosted.start(), 2))[0] == 2 * 3 * (2 + 1 + 1), "a tree for each class"


def test_sizes_of_all_kinds_are_counted() -> None:
    assert {text.split("~")[0] for text in SIZES} == {*KINDS}


def test_clocks_run_and_stand_in_the_scoreboard() -> None:
    learner, spec = CompareLearner(), CompareSpec().change(n_samples=40, contenders=("network~epochs~2", "tree"))
    scene = learner.scene(spec)
    assert all(0 < cost[name] < 1e6 for cost in scene["costs"] for name in ("seconds", "micros"))
    slow = CompareSpec().change(n_samples=2000, contenders=("network~epochs~2000~batch_size~1", "tree"))
    assert learner.scene(slow)["costs"][0] == {"seconds": None, "micros": None}, "nobody waits for a second fit"


@pytest.mark.parametrize(("tries", "seconds"), [((0.09, 0.01), 0.01), ((0.01, 0.09), 0.01), ((0.2,), 0.2)])
def test_a_quick_fit_is_timed_twice_since_the_first_loads_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, tries: tuple[float, ...], seconds: float
) -> None:
    clock = [0.0]
    left = list(tries)
    monkeypatch.setattr(time, "perf_counter", lambda: clock[0])

    def fit() -> str:
        clock[0] += left.pop(0)
        return "fitted"

    assert timed(fit) == ("fitted", pytest.approx(seconds))
    assert not left


def test_what_takes_long_is_timed_when_the_run_is_over() -> None:
    learner, spec = CompareLearner(), CompareSpec().change(dataset="digits", contenders=("xgboost~n_trees~60", "tree"))
    assert learner.scene(spec)["costs"][0] == UNTIMED
    over = replace(learner.init(spec), stopped="Finished.")
    assert "costs" not in learner.observe(spec, over, Look())
    costs = learner.observe(spec, over, Look(still=True))["costs"]
    assert all(0 < cost[name] < 1e6 for cost in costs for name in ("seconds", "micros"))


@pytest.mark.parametrize("dataset", ["moons", "spiral3", "titanic", "diabetes", "plane"])
def test_the_xgboost_that_is_timed_answers_as_the_one_that_is_shown(dataset: str) -> None:
    model = make_model(
        read_contender("xgboost~n_trees~9"), make_arena(CompareSpec().change(dataset=dataset).structure), 0
    )
    shown = model.on_rows(model.advance(model.start(), 9))  # (n_classes, n) or (1, n)
    answer = model.fit_by_library()
    assert answer is not None
    said = np.asarray(answer()).T  # (n_classes, n), or (n,) for two classes and for values
    np.testing.assert_allclose(said, shown[-1] if said.ndim == 1 else shown, atol=1e-5)


def test_contenders_that_are_called_alike_say_where_they_differ() -> None:
    structure = CompareSpec().change(contenders=("xgboost", "tree", "xgboost~depth~2")).structure
    assert structure.names == ("XGBoost, Depth 4", "Decision tree", "XGBoost, Depth 2")
    assert CompareSpec().change(contenders=("xgboost", "xgboost")).structure.names == ("XGBoost", "XGBoost")


def test_a_network_that_learns_too_long_is_named() -> None:
    learner = CompareLearner()
    spec = CompareSpec().change(
        noise=0.5, n_samples=60, contenders=("network~hidden_sizes~16-16~learning_rate~0.1~epochs~400", "tree")
    )
    state = learner.advance(spec, learner.init(spec), 400)
    losses = state.history.column("A_test_loss")
    assert losses[-1] > 1.2 * losses.min(), "it has begun to learn the noise by heart"
    lowest = int(state.history.column("epoch")[losses.argmin()])
    remarks = learner.observe(spec, state, Look())["remarks"]
    said = f"A is past its best: its test loss was {losses.min():.3f} at epoch {lowest}."
    assert remarks == [f"{said} Give it fewer than 400 before you judge it.", ""]
    assert learner.observe(spec, learner.init(spec), Look())["remarks"] == ["", ""]


def test_boosting_on_many_classes_is_past_its_best_at_a_round_as_xgboost_counts_them() -> None:
    """A round adds three trees here: what the sentence counts is the library's own best iteration."""
    learner, model = CompareLearner(), "xgboost~n_trees~40~learning_rate~1~reg_lambda~0~min_child_weight~0"
    spec = CompareSpec().change(dataset="blobs", noise=0.5, n_samples=90, contenders=(model, "tree"))
    samples = make_arena(spec.structure).samples
    train, test = (
        xgboost.DMatrix(x, y) for x, y in [(samples.train_x, samples.train_y), (samples.test_x, samples.test_y)]
    )
    losses: dict[str, dict[str, list[float]]] = {}
    params = {"objective": "multi:softprob", "num_class": 3, "eta": 1, "max_depth": 4, "tree_method": "exact"}
    params |= {"reg_lambda": 0, "min_child_weight": 0}
    xgboost.train(params, train, 40, evals=[(test, "test")], evals_result=losses, verbose_eval=False)
    lowest = 1 + int(np.argmin(losses["test"]["mlogloss"]))
    remark = learner.observe(spec, learner.advance(spec, learner.init(spec), 40), Look())["remarks"][0]
    assert f" at round {lowest}. Give it fewer than 40 " in remark
