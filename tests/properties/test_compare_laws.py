"""Laws of comparisons: any contender is a word, any points are fitted or explained, a study changes nothing."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from playground.learners.compare import CompareLearner
from playground.learners.compare_study import part, repeated
from playground.learners.learner import State
from playground.live.wire import pack
from playground.spec import CompareSpec
from playground.spec.contender import KINDS, MAX_TEXT, Contender, defaults_of, fields_of, read_contender
from playground.spec.look import Look
from playground.spec.points import Axis, PointTable, pack_points
from tests.properties.test_laws import bits

LEARNER = CompareLearner()
WORDS = st.text("~-_.=,;0123456789abcdefghijklmnopqrstuvwxyzA\x00é", max_size=80)


@given(st.sampled_from(KINDS), st.lists(st.tuples(WORDS, WORDS), max_size=4), WORDS)
def test_any_text_is_a_contender_or_breaks_a_rule(kind: str, pairs: list[tuple[str, str]], rest: str) -> None:
    for text in (rest, "~".join([kind, *(word for pair in pairs for word in pair)])):
        try:
            contender = read_contender(text)
        except ValueError as error:
            assert str(error).startswith("contenders ")
            continue
        assert read_contender(contender.text) == contender


@pytest.mark.parametrize("kind", KINDS)
def test_every_choice_of_a_contender_travels_in_its_word(kind: str) -> None:
    plain = Contender(kind, defaults_of(kind))
    assert plain.text == kind
    for other in plain.grid():
        assert read_contender(other.text) == other
        assert len(other.text) < MAX_TEXT
    with pytest.raises(ValueError, match="contenders of kind"):
        read_contender(f"{kind}~{next(iter(fields_of(kind)))}~-3")


def own_points(n: int, n_classes: int, spread: float, scale: float) -> dict[str, Any]:
    rng = np.random.default_rng(n)
    table = PointTable(
        spread * rng.uniform(-5, 5, (n, 2)), rng.integers(0, n_classes, n), (Axis("a", 3.0, scale), Axis("b"))
    )
    return {"dataset": "points", "points": pack_points(table)}


@settings(max_examples=12, deadline=None)
@given(
    st.sampled_from([1, 2, 3, 7, 30]), st.integers(1, 4), st.sampled_from([0.0, 1e-3, 1.0]),
    st.sampled_from([1e-90, 1.0, 1e90]), st.sets(st.sampled_from(KINDS), min_size=2, max_size=3),
    st.integers(0, 5), st.integers(0, 1000),
)  # fmt: skip
def test_any_points_are_fitted_or_the_rule_is_named(
    n: int, n_classes: int, spread: float, scale: float, kinds: set[str], chart: int, number: int
) -> None:
    spec = CompareSpec().change(contenders=tuple(sorted(kinds)), **own_points(n, n_classes, spread, scale))
    state = LEARNER.advance(spec, LEARNER.init(spec), 3)
    pack(LEARNER.scene(spec))
    frame = LEARNER.observe(spec, state, Look((chart, number), (0.5, 1.0), inside=True))
    pack(frame)
    for k, problem in enumerate(frame["problems"]):
        assert bool(frame["scores"][k]) or "needs" in problem
        assert frame["why"][k]["answer"]
    for said in frame["scores"]:
        assert all(value is None or np.isfinite(value) for value in said.values())


@pytest.mark.parametrize("name", ["luck", "grid"])
def test_a_study_is_its_parts_and_changes_no_run(name: str) -> None:
    spec = CompareSpec().change(
        n_samples=60, n_repeats=3, contenders=("network~epochs~20", "xgboost~n_trees~5", "tree")
    )
    state = LEARNER.advance(spec, LEARNER.init(spec), 20)
    kept = bits(state)
    results = {number: part(spec, name, 1, number) for number in range(spec.n_parts(name, 1))}
    report = {
        "name": name,
        "which": 1,
        "busy": False,
        "of": len(results),
        "seconds": 1.0,
        "seconds_left": 0.0,
        "waits_for": "",
        "problem": "",
    }
    frame = LEARNER.observe(
        spec, state, Look((5, 1), study={name: {**report, "done": len(results), "results": results}})
    )
    assert bits(state) == kept
    pack(frame)
    if name == "grid":
        assert frame["grid_maps"].shape == (16, 50, 50)
        assert all(read_contender(cell["text"]).kind == "xgboost" for cell in frame["grid"]["cells"])
        return
    plain = LEARNER.observe(spec, state, Look())["scores"]
    for k in range(3):  # the first seed is the comparison itself
        assert {key: results[k]["figures"][key] for key in plain[k]} == plain[k]
    losses = [results[3 * seed]["figures"]["test_loss"] for seed in range(3)]
    assert frame["study"]["bands"]["test_loss"][0] == pytest.approx(
        {"mean": np.mean(losses), "spread": np.std(losses, ddof=1), "n": 3}
    )
    _check_charts(spec, state, {**report, "done": 9, "results": results})
    half = {number: results[number] for number in range(7)}  # the third seed has not ended for all
    frame = LEARNER.observe(spec, state, Look(study={name: {**report, "busy": True, "done": 7, "results": half}}))
    assert frame["study"]["text"].startswith("2 of 3 seeds")
    assert frame["study"]["bands"]["test_loss"][0]["mean"] == pytest.approx(np.mean(losses[:2]))
    _check_a_moment_before_the_end(spec, {**report, "done": 9, "results": results})


def _check_a_moment_before_the_end(spec: CompareSpec, luck: dict[str, Any]) -> None:
    """Of it the repetitions, which went to the end, say nothing."""
    early = LEARNER.advance(spec, LEARNER.init(spec), 7)
    pack(frame := LEARNER.observe(spec, early, Look((1, 1), study={"luck": luck})))
    assert (frame["study"]["bands"], "winners" in frame["study"], "chart_note" in frame) == (None, False, False)
    assert "These data at epoch 7:" in frame["study"]["note"]
    assert len(frame["study"]["curves"]) == 3


def test_the_study_of_gaps_is_a_score_for_each_share_of_values_knocked_out() -> None:
    spec = CompareSpec().change(dataset="iris", contenders=("xgboost~n_trees~3", "tree"))
    assert CompareSpec().n_parts("gaps", 0) == 0, "points in the plane have no gaps"
    n = spec.n_parts("gaps", 0)
    shown = [0, 1, 16, 17, 18, 19, 35, n - 1]  # both without gaps, both with most, the next seeds
    results = {number: part(spec, "gaps", 0, number) for number in shown}
    report = {"name": "gaps", "which": 0, "busy": True, "waits_for": "", "done": 8, "of": n, "seconds": 1.0,
              "seconds_left": 9.0}  # fmt: skip
    study = {"gaps": {**report, "problem": "", "results": results}}
    state = LEARNER.advance(spec, LEARNER.init(spec), 3)
    pack(frame := LEARNER.observe(spec, state, Look((6, 0), study=study)))
    assert frame["gaps"]["text"].startswith(f"8 of {n} fits, about 9 s left")
    trees = frame["gaps"]["lines"]["test_accuracy"][1]
    assert trees["shares"] == [0.0, 0.8]
    plain = LEARNER.observe(spec, state, Look())["scores"]
    for k in range(2):  # what knocks out nothing, with the first seed, is the comparison itself
        assert results[k]["figures"] == {name: plain[k][name] for name in results[k]["figures"]}
    seeds = [results[number]["figures"]["test_accuracy"] for number in (1, 19)]
    assert (trees["mean"][0], trees["high"][0]) == pytest.approx(
        (np.mean(seeds), np.mean(seeds) + np.std(seeds, ddof=1))
    )
    holed = spec.change(knocked_out=0.8)
    other = LEARNER.observe(holed, LEARNER.advance(holed, LEARNER.init(holed), 3), Look())["scores"]
    assert results[17]["figures"]["test_accuracy"] == other[1]["test_accuracy"]
    hidden = LEARNER.observe(spec, state, Look((0, 0), study=study))["gaps"]
    assert hidden == {name: frame["gaps"][name] for name in hidden.keys() - {"lines"}}, "lines only where looked at"


def _check_charts(spec: CompareSpec, state: State, study: dict[str, Any]) -> None:
    """Bands of ROC, precision and calibration hold the mean of all seeds; so does the confusion at a threshold."""
    for kind, name in enumerate(("roc", "precision", "calibration"), start=1):
        frame = LEARNER.observe(spec, state, Look((kind, 1), study={"luck": study}))
        runs = np.array([study["results"][3 * seed + 2][name][1] for seed in range(3)])  # of the tree
        values = runs[:, 1] if name == "calibration" else runs
        seen = np.isfinite(values).sum(axis=0) > 1
        begin, end = frame["chart_ends"][1], frame["chart_ends"][2]
        np.testing.assert_allclose(frame["chart_y"][begin:end], np.nanmean(values[:, seen], axis=0), rtol=1e-6)
        spread = np.nanstd(values[:, seen], axis=0, ddof=1)
        np.testing.assert_allclose(
            frame["chart_high"] - frame["chart_y"], frame["chart_y"] - frame["chart_low"], atol=1e-6
        )
        np.testing.assert_allclose((frame["chart_high"] - frame["chart_y"])[begin:end], spread, atol=1e-6)
        assert "over 3 seeds" in frame["chart_note"]
    alone = LEARNER.observe(spec, state, Look((4, 300)))["confusions"][2]
    frame = LEARNER.observe(spec, state, Look((4, 300), study={"luck": study}))
    tables = [study["results"][3 * seed + 2]["confusion"][30] for seed in range(3)]
    np.testing.assert_array_equal(tables[0], alone)
    np.testing.assert_allclose(frame["confusions"][2], np.mean(tables, axis=0))
    np.testing.assert_allclose(frame["confusion_spreads"][2], np.std(tables, axis=0, ddof=1))


def test_repeating_moves_data_and_start_together() -> None:
    structure = CompareSpec().structure
    assert repeated(structure, 0) == structure
    assert (repeated(structure, 3).data_seed, repeated(structure, 3).seed) == (3, 3)


def test_a_diverged_network_is_named_and_the_others_go_on() -> None:
    wild = "network~optimizer~sgd~learning_rate~10~activation~relu~epochs~30"
    spec = CompareSpec().change(dataset="plane", contenders=(wild, "classic~n_trees~30"))
    whole = LEARNER.advance(spec, LEARNER.init(spec), 30)
    parts = LEARNER.advance(spec, LEARNER.advance(spec, LEARNER.init(spec), 11), 19)
    assert bits(whole) == bits(parts)
    frame = LEARNER.observe(spec, whole, Look())
    assert "diverged in epoch" in frame["problems"][0]
    assert frame["epochs"][1] == 30
    assert whole.stopped.startswith("Finished")
