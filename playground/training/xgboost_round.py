"""One round of the real XGBoost: a booster of its own that starts from the margins so far.

Since a round depends on margins and a seed only, 7 rounds equal 4 and then 3 for every tree method, and a round costs
the same however many trees there are. The usual single booster has the same trees bit for bit; tests hold it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from playground.data.native import NativeColumns
from playground.models.boosting import LEAF, STREAM_XGBOOST, Objective, Tree
from playground.models.randomness import hash_of
from playground.spec.trees import TreesStructure

_BITS = 20  # rows that one sum of powers of two tells apart; float32 holds 24
EVERY_CATEGORY = 1 << 16  # more categories than any table has: none of them is split as a set
OBJECTIVES = {"logistic": "binary:logistic", "softmax": "multi:softprob", "squared_error": "reg:squarederror"}


def params_of(
    structure: TreesStructure, objective: Objective, n_outputs: int, native: NativeColumns | None = None
) -> dict[str, Any]:
    """XGBoost's own parameters for these choices. Scores start from our margins, and base_score adds nothing to them.

    With categories the exact method makes way for `hist`, since XGBoost's exact method knows numbers only; each split
    then asks whether a category is a certain one.
    """
    categories = native is not None and "c" in native.feature_types
    return {
        "objective": OBJECTIVES[objective],
        **({"num_class": n_outputs} if objective == "softmax" else {}),
        "base_score": 0.5 if objective == "logistic" else 0.0,
        "tree_method": "hist" if categories and structure.tree_method == "exact" else structure.tree_method,
        **({"max_cat_to_onehot": EVERY_CATEGORY} if categories else {}),
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


def data_of(X: np.ndarray, y: np.ndarray, native: NativeColumns | None = None) -> Any:
    """Rows (n, k) and classes or values (n,) in XGBoost's form; making it costs more than a round.

    Args:
        X: numbers; with `native` NaN is a gap and categories are whole numbers.
        y: the answers.
        native: what the columns are; None for plain numbers.
    """
    import xgboost  # here: a second of loading that only workers and only these runs pay

    kinds = list(native.feature_types) if native else None
    rows, labels = X.astype(np.float32), y.astype(np.float32)
    return xgboost.DMatrix(rows, label=labels, nthread=1, feature_types=kinds, enable_categorical=native is not None)


def add_round(
    structure: TreesStructure,
    objective: Objective,
    data: Any,
    margins: np.ndarray,
    epoch: int,
    native: NativeColumns | None = None,
) -> list[Tree]:
    """The trees of the next round, one for each output.

    Args:
        structure: the choices.
        objective: what is made small.
        data: training points from `data_of`; only its margins are changed.
        margins: (n_outputs, n_train) float32, the scores so far.
        epoch: rounds made so far; gives the seed of this one.
        native: what the columns of a table are; the trees then ask about its wide columns.
    """
    import xgboost

    data.set_base_margin(np.ascontiguousarray(margins.T))  # (n_train, n_outputs)
    params = params_of(structure, objective, len(margins), native)
    booster = xgboost.Booster({**params, "seed": round_seed(structure.seed, epoch)}, [data])
    booster.update(data, 0)
    stored = json.loads(bytes(booster.save_raw("json")))
    return [read_tree(tree, native) for tree in stored["learner"]["gradient_booster"]["model"]["trees"]]


def drawn_rows(structure: TreesStructure, objective: Objective, data: Any, n_outputs: int, epoch: int) -> np.ndarray:
    """The rows that each tree of the round after `epoch` others was built on: (n_outputs, n_train) bool.

    XGBoost does not say, but its draw depends on the seed alone: trees that are given powers of two as hessians tell by
    the sum at their root which rows came to it.
    """
    import xgboost

    n = data.num_row()
    drawn = np.ones((n_outputs, n), bool)
    params = {**params_of(structure, objective, n_outputs), "max_depth": 1, "seed": round_seed(structure.seed, epoch)}
    for begin in range(0, n if structure.subsample < 1 else 0, _BITS):
        bits = np.arange(min(_BITS, n - begin))
        weights = np.zeros((n, n_outputs), np.float32)
        weights[begin : begin + len(bits)] = 2.0 ** bits[:, None]
        booster = xgboost.Booster(params, [data])
        booster.boost(data, 0, grad=np.zeros_like(weights), hess=weights)
        stored = json.loads(bytes(booster.save_raw("json")))["learner"]["gradient_booster"]["model"]["trees"]
        sums = np.array([int(tree["sum_hessian"][0]) for tree in stored])  # (n_outputs,)
        drawn[:, begin : begin + len(bits)] = sums[:, None] >> bits & 1
    return drawn


def train_at_once(
    structure: TreesStructure,
    objective: Objective,
    data: Any,
    n_outputs: int,
    n_rounds: int,
    native: NativeColumns | None,
) -> Any:
    """All rounds in one booster, as anybody trains XGBoost: what a fit costs. With `subsample` it draws other rows."""
    import xgboost

    params = params_of(structure, objective, n_outputs, native)
    return xgboost.train({**params, "seed": structure.seed % 2**31}, data, n_rounds)


def round_seed(seed: int, epoch: int) -> int:
    """The seed of one round, 0 to 2^31 - 1."""
    return int(hash_of(seed, STREAM_XGBOOST, np.array(epoch))[0] >> np.uint64(33))


def read_tree(stored: Mapping[str, Any], native: NativeColumns | None = None) -> Tree:
    """A tree from XGBoost's JSON, its nodes renumbered breadth first; pruned ones drop out.

    With `native` each split becomes a plain one on the wide rows of `NativeColumns.widen`: gaps go to the side that the
    tree has learned, and a category goes right where it is the one asked for.
    """
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
    if native is not None:
        chosen = dict(zip(stored["categories_nodes"], _chosen_categories(stored), strict=True))
        for place, node in enumerate(kept):
            gaps_left = bool(stored["default_left"][node])
            features[place] = native.question(features[place], chosen.get(node), gaps_left=gaps_left)
            if node in chosen:
                condition[place] = 0.5
    return Tree(
        feature=np.where(leaf, LEAF, features).astype(np.int16),
        threshold=np.where(leaf, 0.0, condition),
        left=np.array(left, np.int16),
        value=np.where(leaf, condition, 0.0),
        gain=np.array([stored["loss_changes"][node] for node in kept], np.float32),
        cover=np.array([stored["sum_hessian"][node] for node in kept], np.float32),
    )


def _chosen_categories(stored: Mapping[str, Any]) -> list[int]:
    """The one category that each split on categories asks for."""
    sets = [
        stored["categories"][start : start + size]
        for start, size in zip(stored["categories_segments"], stored["categories_sizes"], strict=True)
    ]
    several = [found for found in sets if len(found) != 1]
    if several:
        raise ValueError(f"a split must ask for one category; got {several[0]}")
    return [int(found[0]) for found in sets]
