"""What is said of repetitions is true of the data that they repeat."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from playground.data.arena import make_arena
from playground.frames.compare import GAPS, LOSS
from playground.frames.scoreboard import draw_columns, winners
from playground.frames.study import WHAT_DIFFERS, draw_study, judge
from playground.learners.compare_study import part, repeated
from playground.spec import CompareSpec
from playground.spec.points import PointTable, pack_points
from playground.spec.tables import pack_table

OWN_POINTS = pack_points(PointTable(np.random.default_rng(0).uniform(-5, 5, (40, 2)), np.arange(40) % 2))
OWN_TABLE = pack_table(
    ("size", "weight", "kind"), [(f"{k % 17}", f"{k % 13}.5", "cat" if k % 17 > 8 else "dog") for k in range(60)]
)
DATA: list[tuple[str, dict[str, Any]]] = [
    ("made", {"dataset": "moons", "n_samples": 40}),
    ("fixed", {"dataset": "gb_xor"}),
    ("own", {"dataset": "points", "points": OWN_POINTS}),
    ("table", {"dataset": "titanic"}),
    ("holed", {"dataset": "titanic", "knocked_out": 0.3}),
    ("table", {"dataset": "table", "table": OWN_TABLE}),
]


def rows_of(spec: CompareSpec, repeat: int, n: int | None = None) -> list[bytes]:
    """Rows with their answers as XGBoost reads them; all in one order, or the first `n` as they are split."""
    arena = make_arena(repeated(spec.structure, repeat))
    arena = arena.native or arena
    rows = [row.tobytes() for row in np.column_stack([arena.rows, arena.labels])]
    return sorted(rows) if n is None else sorted(rows[:n])


def luck(spec: CompareSpec, n_seeds: int) -> dict[str, Any]:
    n = n_seeds * len(spec.structure.contenders)
    results = {number: part(spec, "luck", 0, number) for number in range(n)}
    return {"name": "luck", "which": 0, "busy": False, "waits_for": "", "done": n, "of": n, "seconds": 1.0, "seconds_left": 0.0,
            "problem": "", "results": results}  # fmt: skip


@pytest.mark.parametrize(("kind", "choices"), DATA, ids=lambda part: part if isinstance(part, str) else part["dataset"])
def test_the_note_says_what_another_seed_changes(kind: str, choices: dict[str, Any]) -> None:
    spec = CompareSpec().change(contenders=("tree~depth~1", "neighbors"), **choices)
    study = {**luck(CompareSpec().change(n_samples=20, contenders=("tree", "neighbors")), 2)}
    note = draw_study(spec.structure, "classification", {"luck": study})["study"]["note"]
    assert note.endswith(WHAT_DIFFERS[kind])
    n = make_arena(spec.structure).n_train
    assert "so few seeds" in note  # two of them
    assert ("stay" in note or "fixed" in note) == (kind != "made")
    same_rows = rows_of(spec, 0) == rows_of(spec, 1)
    assert same_rows == (kind in ("fixed", "own", "table")), "holes and new points change rows"
    assert (rows_of(spec, 0, n) == rows_of(spec, 1, n)) == (kind == "fixed"), "the split differs everywhere else"


def test_one_slow_seed_makes_no_tie_of_times() -> None:
    spec = CompareSpec().change(n_samples=20, contenders=("tree", "forest~n_trees~5"))
    study = luck(spec, 8)
    for number, found in study["results"].items():
        repeat, k = divmod(number, 2)
        found["figures"]["seconds"] = (0.09 if repeat else 1.3) if k else 0.004  # the forest waited once
    drawn = draw_study(spec.structure, "classification", {"luck": study})["study"]
    assert (drawn["winners"]["seconds"], drawn["ties"]["seconds"]) == ([0], [])


def test_luck_on_an_own_table_is_three_fits_of_other_splits() -> None:
    spec = CompareSpec().change(dataset="table", table=OWN_TABLE, n_repeats=3, contenders=("tree~depth~1", "neighbors"))
    study = luck(spec, 3)
    drawn = draw_study(spec.structure, "classification", {"luck": study})["study"]
    assert drawn["text"] == "3 seeds in 1.0 s"
    assert drawn["note"].endswith("The rows of the table stay: split and start differ.")
    for k in range(2):
        losses = [study["results"][2 * seed + k]["figures"]["test_loss"] for seed in range(3)]
        assert len({*losses}) > 1
        expected = {"mean": np.mean(losses), "spread": np.std(losses, ddof=1), "n": 3}
        assert drawn["bands"]["test_loss"][k] == pytest.approx(expected)


def test_a_study_that_waits_says_for_what_and_gaps_come_when_they_are_looked_at() -> None:
    spec = CompareSpec().change(dataset="titanic", contenders=("tree~depth~1", "neighbors"))
    waits = {"name": "gaps", "which": 0, "busy": True, "waits_for": "luck", "done": 0, "of": 9, "seconds": 0.0,
             "seconds_left": None, "problem": "", "results": {}}  # fmt: skip
    hidden, shown = (draw_study(spec.structure, "classification", {"gaps": waits}, (unit, 0)) for unit in (LOSS, GAPS))
    assert hidden["gaps"]["text"] == "Begins when “Luck or skill” is done."
    assert shown["gaps"] == {**hidden["gaps"], "lines": shown["gaps"]["lines"]}


def test_a_seed_that_diverges_counts_for_nobody_and_is_named() -> None:
    wild = "network~optimizer~sgd~learning_rate~1~activation~relu~epochs~3"
    spec = CompareSpec().change(dataset="multi_gauss", n_repeats=6, contenders=(wild, "tree"))
    study = luck(spec, 6)
    lost = [seed for seed in range(6) if study["results"][2 * seed]["problem"]]
    assert 0 < len(lost) < 6, "some diverge and some do not"
    assert all(study["results"][2 * seed]["problem"].startswith("diverged in epoch") for seed in lost)
    drawn = draw_study(spec.structure, "classification", {"luck": study})["study"]
    assert f"Network 8-8 has no figures with {len(lost)} of 6 seeds: diverged in epoch" in drawn["note"]
    kept = [study["results"][2 * seed]["figures"]["test_loss"] for seed in range(6) if seed not in lost]
    band = drawn["bands"]["test_loss"][0]
    assert (
        band is None
        if len(kept) < 2
        else band == pytest.approx({"mean": np.mean(kept), "spread": np.std(kept, ddof=1), "n": len(kept)})
    )
    assert all(0 not in best for best in drawn["winners"].values()), "who fails sometimes is not ranked"
    assert len(drawn["bands"]["test_loss"]) == 2 and drawn["bands"]["test_loss"][1]["n"] == drawn["seeds"] == 6


def test_seeds_for_which_nobody_has_a_figure_do_not_count() -> None:
    nan = np.nan
    assert judge(np.array([[1.0, nan, 2.0], [3.0, nan, 4.001]]), "low") == ([0], [])
    assert judge(np.array([[1.0, nan, 2.0], [3.0, 4.0, 5.0]]), "low") == ([1], []), "who lacks one is not ranked"
    assert judge(np.array([[nan, nan, 2.0], [nan, nan, 5.0]]), "low") == ([], [])


def test_the_auc_of_several_classes_is_told_as_a_mean() -> None:
    tips = [
        next(column["tip"] for column in draw_columns("classification", names) if column["key"] == "auc")
        for names in (("sick", "well"), ("a", "b", "c"))
    ]
    assert "a point of well gets more probability for that than a point of sick" in tips[0]
    assert "mean over classes" in tips[1]


def test_the_winner_of_a_column_is_at_its_own_end() -> None:
    rows = [
        {"test_loss": 0.3, "test_accuracy": 0.9, "auc": None, "size": 7.0, "brier": None},
        {"test_loss": 0.2, "test_accuracy": 0.9, "auc": 0.8, "size": 9.0, "brier": None},
        {"test_loss": 0.4, "test_accuracy": 0.7, "auc": 0.7, "brier": None},
        {},
    ]
    assert winners(rows, ["test_loss", "test_accuracy", "auc", "size", "brier"]) == {
        "test_loss": [1],
        "test_accuracy": [0, 1],
        "auc": [1],
        "size": [0],
        "brier": [],
    }


@pytest.mark.parametrize(
    ("dataset", "fields"),
    [
        ("moons", {"dataset", "noise", "n_samples", "train_share", "data_seed"}),
        ("gb_spiral", {"dataset"}),
        ("points", {"dataset", "train_share", "data_seed"}),
    ],
)
def test_only_choices_that_change_the_points_are_told(dataset: str, fields: set[str]) -> None:
    own = {"points": OWN_POINTS} if dataset == "points" else {}
    structure = CompareSpec().change(dataset=dataset, **own).structure
    assert {*structure.data_fields} == fields
    others = {"noise": 0.1, "n_samples": 120, "train_share": 0.3, "data_seed": 5}
    plain = make_arena(structure)
    for name, value in others.items():
        other = make_arena(structure.model_copy(update={name: value}))
        same = other.n_train == plain.n_train and np.array_equal(other.rows, plain.rows)
        assert same == (name not in fields), name
