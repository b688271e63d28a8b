"""How one place gets its score from boosted trees: what each tree adds, and what each feature contributes."""

from __future__ import annotations

from typing import Any

import numpy as np

from playground.data.dataset import Dataset
from playground.models import boosting
from playground.models.boosting import Forest, Objective
from playground.spec.trees import TreesStructure
from playground.training import trees
from playground.training.tree_problem import Problem
from playground.training.xgboost_model import Built, shap_values


def trace_place(
    structure: TreesStructure,
    problem: Problem,
    forest: Forest,
    point: tuple[float, float],
    t: int | None,
    *,
    still: bool,
) -> dict[str, Any]:
    """What the trees say about one place, and how it came to that.

    Args:
        structure: the choices.
        problem: for names, units, the nearest point, and the score without trees.
        forest: the trees so far.
        point: the place on the map.
        t: the tree that is looked at: its own part is told, and the score that it is a part of. None looks at the
            strongest class, and at the last tree that speaks for it.
        still: whether there is time for SHAP values.

    Returns:
        `trace` in words and numbers; `trace_scores` (n_outputs, n_rounds + 1) float32, the running sums from the score
        without trees to the score now; `trace["row"]` is the output they are about, `trace["tree"]` the tree that is
        told of, -1 while there is none.
    """
    data, objective, base, place = problem.data, problem.objective, problem.base, problem.place(point)
    added = trees.added_by_each(forest, place).reshape(-1, len(base)).T  # (n_outputs, n_rounds)
    scores = base[:, None] + np.concatenate([np.zeros((len(base), 1)), np.cumsum(added, axis=1)], axis=1)
    row, said = _answer(data, objective, scores[:, -1])
    row = row if t is None else t % len(base)
    t = forest.n_trees - len(base) + row if t is None and forest.n_trees else t
    nearest = int(np.argmin(np.sum((data.X - np.array(point)) ** 2, axis=1)))
    regression = data.task == "regression"
    return {
        "trace": {
            "point": point,
            "outputs": said,
            "nearest": f"{data.y[nearest]:.3f}" if regression else data.class_names[int(data.y[nearest])],
            "row": row,
            "tree": -1 if t is None else t,
            "added": None if t is None else float(added.T.ravel()[t]),
            "score_of": "" if regression else data.class_names[row if len(base) > 1 else 1],
            "shap": _shap(structure, problem, forest, place, row) if still else None,
        },
        "trace_scores": scores.astype(np.float32),
    }


def _answer(data: Dataset, objective: Objective, scores: np.ndarray) -> tuple[int, str]:
    """The output that is explained, and the answer in words."""
    if objective == "squared_error":
        said = f"output {float(scores[0]):.3f}"
        return 0, said if not data.n_classes else f"{said} ({data.class_names[int(scores[0] > 0.5)]})"
    shares = boosting.shares(scores[:, None])[:, 0]
    row = int(shares.argmax())
    shares = np.array([1 - shares[0], shares[0]]) if len(shares) == 1 else shares
    return row, ", ".join(f"{name} {share:.1%}" for name, share in zip(data.class_names, shares, strict=False))


def _shap(
    structure: TreesStructure, problem: Problem, forest: Forest, place: np.ndarray, row: int
) -> dict[str, Any] | None:
    """SHAP values of one output; None without trees, and for turned trees, which ask about no single feature."""
    n_rounds = forest.n_trees // len(problem.base)
    if not n_rounds or structure.turned_trees:
        return None
    built = Built(structure, n_rounds, forest)
    *features, expected = shap_values(built, problem.objective, problem.base, place)[row]
    return {"features": [float(value) for value in features], "expected": float(expected)}
