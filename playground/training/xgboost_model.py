"""Trees of either engine as one model of XGBoost's, so that its own TreeSHAP can explain them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np

from playground.models.boosting import Forest, Objective, Tree, shares
from playground.spec.trees import TreesStructure
from playground.training.xgboost_round import OBJECTIVES

_NO_PARENT = 2**31 - 1  # XGBoost's mark of a root


@dataclass(frozen=True)
class Built:
    """The trees of a run after some rounds. The trees follow from the other two, so they do not tell runs apart.

    Attributes:
        structure: the choices.
        n_rounds: rounds made so far.
        forest: the trees; all of them upright.
    """

    structure: TreesStructure
    n_rounds: int
    forest: Forest = field(compare=False)


def shap_values(built: Built, objective: Objective, base: np.ndarray, place: np.ndarray) -> np.ndarray:
    """How much each feature of one place speaks for each score: (n_outputs, n_features + 1) float64.

    The last column is the score that is expected without knowing any feature; a row sums to the score. Two trees that
    each say 0.5 for x1 >= 0 and else -0.5, with as many points on either side, give [1, 0, 0] at (1, 1).

    Args:
        built: the trees.
        objective: what they were fitted for.
        base: (n_outputs,) the score without trees.
        place: (n_features,) in the data's own units.

    Source: Lundberg et al., "Consistent individualized feature attribution for tree ensembles", 2018, as computed by
    xgboost's `pred_contribs`.
    """
    import xgboost

    data = xgboost.DMatrix(place[None].astype(np.float32), nthread=1)
    data.set_base_margin(base[None].astype(np.float32))
    told = _booster(built, objective, len(base), len(place)).predict(data, pred_contribs=True)
    return np.asarray(told, np.float64).reshape(len(base), len(place) + 1)


@lru_cache(maxsize=8)
def _booster(built: Built, objective: Objective, n_outputs: int, n_features: int) -> Any:
    import xgboost

    booster = xgboost.Booster({"nthread": 1})
    zeros = np.zeros(n_outputs)  # where scores begin comes with the place
    booster.load_model(bytearray(model_json(built.forest, objective, zeros, n_features).encode()))
    return booster


def model_json(forest: Forest, objective: Objective, base: np.ndarray, n_features: int) -> str:
    """A model in XGBoost's own JSON form, as `Booster.load_model` reads it.

    Args:
        forest: upright trees.
        objective: what they were fitted for.
        base: (n_outputs,) the score without trees.
        n_features: columns of the data.
    """
    n_outputs = len(base)
    trees = [_tree(forest.tree(t), t, n_features) for t in range(forest.n_trees)]
    head = {"num_parallel_tree": "1", "num_trees": str(len(trees))}
    rounds = list(range(0, len(trees) + 1, n_outputs))
    model = {
        "gbtree_model_param": head,
        "iteration_indptr": rounds,
        "tree_info": [t % n_outputs for t in range(len(trees))],
        "trees": trees,
    }
    shape = {
        "base_score": _base_score(objective, base),
        "boost_from_average": "0",
        "num_class": str(n_outputs if objective == "softmax" else 0),
        "num_feature": str(n_features),
        "num_target": "1",
    }
    return json.dumps({
        "version": [2, 0, 0],
        "learner": {
            "attributes": {}, "feature_names": [], "feature_types": [], "learner_model_param": shape,
            "objective": _objective(objective, n_outputs),
            "gradient_booster": {"name": "gbtree", "model": model},
        },
    })  # fmt: skip


def _base_score(objective: Objective, base: np.ndarray) -> str:
    """As XGBoost writes it: a probability for two classes, the score itself else."""
    if objective == "logistic":
        return repr(float(shares(base[:, None])[0, 0]))
    return json.dumps(base.tolist()) if base.any() and len(base) > 1 else repr(float(base[0]))


def _objective(objective: Objective, n_outputs: int) -> dict[str, Any]:
    if objective == "softmax":
        return {"name": OBJECTIVES[objective], "softmax_multiclass_param": {"num_class": str(n_outputs)}}
    return {"name": OBJECTIVES[objective], "reg_loss_param": {"scale_pos_weight": "1"}}


def _tree(tree: Tree, t: int, n_features: int) -> dict[str, Any]:
    inner, n = tree.feature >= 0, len(tree.feature)
    children = tree.left[inner].astype(int)
    parents = np.full(n, _NO_PARENT)
    parents[children] = parents[children + 1] = np.flatnonzero(inner)
    lefts, rights = np.full(n, -1), np.full(n, -1)
    lefts[inner], rights[inner] = children, children + 1
    zeros = [0] * n
    return {
        "id": t,
        "base_weights": np.where(inner, 0.0, tree.value).tolist(),
        "left_children": lefts.tolist(),
        "right_children": rights.tolist(),
        "parents": parents.tolist(),
        "split_conditions": np.where(inner, tree.threshold, tree.value).tolist(),
        "split_indices": np.where(inner, tree.feature, 0).tolist(),
        "split_type": zeros,
        "default_left": zeros,
        "loss_changes": tree.gain.tolist(),
        "sum_hessian": tree.cover.tolist(),
        "categories": [], "categories_nodes": [], "categories_segments": [], "categories_sizes": [],
        "tree_param": {
            "num_deleted": "0", "num_feature": str(n_features), "num_nodes": str(n), "size_leaf_vector": "1",
        },
    }  # fmt: skip
