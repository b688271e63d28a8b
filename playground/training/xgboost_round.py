"""One round of the real XGBoost: a booster of its own that starts from the margins so far.

Since a round depends on margins and a seed only, 7 rounds equal 4 and then 3 for every tree method, and a round costs
the same however many trees there are. `whole_model` builds the usual single booster: the same trees bit for bit.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from playground.models.boosting import LEAF, STREAM_XGBOOST, Tree
from playground.models.randomness import hash_of
from playground.spec.trees import TreesStructure


def params_of(structure: TreesStructure, n_outputs: int) -> dict[str, Any]:
    """XGBoost's own parameters for these choices. Scores start from our margins: base_score stands for zero."""
    regression = structure.task == "regression"
    objective = "reg:squarederror" if regression else "binary:logistic" if n_outputs == 1 else "multi:softprob"
    return {
        "objective": objective,
        **({"num_class": n_outputs} if n_outputs > 1 else {}),
        "base_score": 0.5 if objective == "binary:logistic" else 0.0,
        "tree_method": structure.tree_method,
        "max_depth": structure.depth,
        "eta": structure.learning_rate,
        "subsample": structure.subsample,
        "colsample_bytree": structure.colsample,
        "reg_lambda": structure.reg_lambda,
        "gamma": structure.gamma,
        "min_child_weight": structure.min_child_weight,
        "disable_default_eval_metric": 1,
        "nthread": 1,
        "verbosity": 0,
    }


def data_of(X: np.ndarray, y: np.ndarray) -> Any:
    """Points (n, 2) and classes or values (n,) in XGBoost's form; making it costs more than a round."""
    import xgboost  # here: a second of loading that only workers and only these runs pay

    return xgboost.DMatrix(X.astype(np.float32), label=y.astype(np.float32), nthread=1)


def add_round(structure: TreesStructure, data: Any, margins: np.ndarray, epoch: int) -> list[Tree]:
    """The trees of the next round, one for each output.

    Args:
        structure: the choices.
        data: training points from `data_of`; only its margins are changed.
        margins: (n_outputs, n_train) float32, the scores so far.
        epoch: rounds made so far; gives the seed of this one.
    """
    import xgboost

    data.set_base_margin(np.ascontiguousarray(margins.T))  # (n_train, n_outputs)
    booster = xgboost.Booster({**params_of(structure, len(margins)), "seed": round_seed(structure.seed, epoch)}, [data])
    booster.update(data, 0)
    stored = json.loads(bytes(booster.save_raw("json")))
    return [read_tree(tree) for tree in stored["learner"]["gradient_booster"]["model"]["trees"]]


def whole_model(structure: TreesStructure, data: Any, base: np.ndarray, n_rounds: int) -> Any:
    """One `xgboost.Booster` of all rounds, for SHAP values, export and tests.

    Args:
        structure: the choices.
        data: training points from `data_of`; only its margins are changed.
        base: (n_outputs,) the score that training begins from.
        n_rounds: 1 or more.
    """
    import xgboost

    data.set_base_margin(np.tile(base.astype(np.float32), (data.num_row(), 1)))
    params = params_of(structure, len(base))
    booster = xgboost.Booster(params, [data])
    for epoch in range(n_rounds):
        if (
            structure.tree_method != "exact"
        ):  # the others draw rows and columns by a chance that a new seed does not renew
            stored = booster.save_raw() if epoch else None
            booster = xgboost.Booster(params, [data], model_file=stored)
        booster.set_param({**params, "seed": round_seed(structure.seed, epoch)})
        booster.update(data, epoch)
    return booster


def round_seed(seed: int, epoch: int) -> int:
    """The seed of one round, 0 to 2^31 - 1."""
    return int(hash_of(seed, STREAM_XGBOOST, np.array(epoch))[0] >> np.uint64(33))


def read_tree(stored: Mapping[str, Any]) -> Tree:
    """A tree from XGBoost's JSON, its nodes renumbered breadth first; pruned ones drop out."""
    lefts, conditions = stored["left_children"], stored["split_conditions"]
    kept, left = [0], []
    for node in kept:  # grows while it is read
        child = lefts[node]
        left.append(len(kept) if child >= 0 else 0)
        if child >= 0:
            kept += [child, stored["right_children"][node]]
    leaf = np.array([lefts[node] < 0 for node in kept])
    condition = np.array([conditions[node] for node in kept], np.float32).astype(np.float64)
    features = np.array([stored["split_indices"][node] for node in kept])
    return Tree(
        feature=np.where(leaf, LEAF, features).astype(np.int8),
        threshold=np.where(leaf, 0.0, condition),
        left=np.array(left, np.int16),
        value=np.where(leaf, condition, 0.0),
        gain=np.array([stored["loss_changes"][node] for node in kept], np.float32),
        cover=np.array([stored["sum_hessian"][node] for node in kept], np.float32),
    )
