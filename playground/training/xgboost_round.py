"""One round of the real XGBoost: a booster of its own that starts from the margins so far.

Since a round depends on margins and a seed only, 7 rounds equal 4 and then 3 for every tree method, and a round costs
the same however many trees there are. The usual single booster has the same trees bit for bit; tests hold it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from playground.models.boosting import LEAF, STREAM_XGBOOST, Objective, Tree
from playground.models.randomness import hash_of
from playground.spec.trees import TreesStructure

OBJECTIVES = {"logistic": "binary:logistic", "softmax": "multi:softprob", "squared_error": "reg:squarederror"}


def params_of(structure: TreesStructure, objective: Objective, n_outputs: int) -> dict[str, Any]:
    """XGBoost's own parameters for these choices. Scores start from our margins: base_score stands for zero."""
    return {
        "objective": OBJECTIVES[objective],
        **({"num_class": n_outputs} if objective == "softmax" else {}),
        "base_score": 0.5 if objective == "logistic" else 0.0,
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


def add_round(
    structure: TreesStructure, objective: Objective, data: Any, margins: np.ndarray, epoch: int
) -> list[Tree]:
    """The trees of the next round, one for each output.

    Args:
        structure: the choices.
        objective: what is made small.
        data: training points from `data_of`; only its margins are changed.
        margins: (n_outputs, n_train) float32, the scores so far.
        epoch: rounds made so far; gives the seed of this one.
    """
    import xgboost

    data.set_base_margin(np.ascontiguousarray(margins.T))  # (n_train, n_outputs)
    params = params_of(structure, objective, len(margins))
    booster = xgboost.Booster({**params, "seed": round_seed(structure.seed, epoch)}, [data])
    booster.update(data, 0)
    stored = json.loads(bytes(booster.save_raw("json")))
    return [read_tree(tree) for tree in stored["learner"]["gradient_booster"]["model"]["trees"]]


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
