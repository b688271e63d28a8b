"""Boosted trees as plain arrays, and the losses that boosting makes small.

A point scores `F = base + sum of its leaf's value over all trees`; with the softmax over K classes each round adds K
trees, one a class. Margins (scores) are (n_outputs, n): one row for each class under softmax, else a single one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from playground.models.randomness import hash_of
from playground.spec.trees import Objective

LEAF = -1
STREAM_ROWS, STREAM_COLUMNS, STREAM_XGBOOST = np.uint64(11), np.uint64(12), np.uint64(13)
_NODE_TYPES = {
    "feature": np.int16, "threshold": np.float64, "left": np.int16, "value": np.float64, "gain": np.float32,
    "cover": np.float32,
}  # fmt: skip


@dataclass(frozen=True)
class Nodes:
    """Nodes of trees, a node's children after it.

    Attributes:
        feature: (n_nodes,) int16, the feature that the node asks about; -1 for a leaf.
        threshold: (n_nodes,) points below it go left.
        left: (n_nodes,) int16, the left child, counted from its tree's root; the right one is the next node.
        value: (n_nodes,) what a leaf adds to the score, learning rate included.
        gain: (n_nodes,) by how much the split improved the tree's goal.
        cover: (n_nodes,) points (classic) or sum of hessians (XGBoost) that reached the node while it was built.
    """

    feature: np.ndarray
    threshold: np.ndarray
    left: np.ndarray
    value: np.ndarray
    gain: np.ndarray
    cover: np.ndarray


@dataclass(frozen=True)
class Tree(Nodes):
    """One tree; node 0 is the root.

    Attributes:
        angle: radians by which the tree sees the points turned.
    """

    angle: float = 0.0


@dataclass(frozen=True)
class Forest(Nodes):
    """Trees one after another in common arrays.

    Attributes:
        starts: (n_trees + 1,) int32; nodes of tree t are `starts[t]` to `starts[t + 1] - 1`.
        angles: (n_trees,) float64, the angle of each tree.
    """

    starts: np.ndarray
    angles: np.ndarray

    @classmethod
    def empty(cls) -> Forest:
        """No trees."""
        nodes = {name: np.zeros(0, dtype) for name, dtype in _NODE_TYPES.items()}
        return cls(**nodes, starts=np.zeros(1, np.int32), angles=np.zeros(0))

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray]) -> Forest:
        """The forest in a state's arrays, which may hold others too."""
        return cls(**{name: arrays[name] for name in cls.__dataclass_fields__})

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays by name, for a state."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @property
    def n_trees(self) -> int:
        """How many trees there are."""
        return len(self.angles)

    def tree(self, t: int) -> Tree:
        """Tree `t`, from 0."""
        part = slice(self.starts[t], self.starts[t + 1])
        return Tree(**{name: getattr(self, name)[part] for name in _NODE_TYPES}, angle=float(self.angles[t]))

    def first(self, n_trees: int) -> Forest:
        """A forest of the first trees alone."""
        nodes = {name: getattr(self, name)[: self.starts[n_trees]] for name in _NODE_TYPES}
        return Forest(**nodes, starts=self.starts[: n_trees + 1], angles=self.angles[:n_trees])

    def add(self, trees: Sequence[Tree]) -> Forest:
        """A forest with more trees at its end; this one stays as it was."""
        ends = self.starts[-1] + np.cumsum([len(tree.feature) for tree in trees], dtype=np.int32)
        nodes = {
            name: np.concatenate([getattr(self, name), *(getattr(tree, name) for tree in trees)]).astype(dtype)
            for name, dtype in _NODE_TYPES.items()
        }
        angles = np.concatenate([self.angles, [tree.angle for tree in trees]])
        return Forest(**nodes, starts=np.concatenate([self.starts, ends]).astype(np.int32), angles=angles)


def turned(X: np.ndarray, angle: float) -> np.ndarray:
    """Points (n, 2) turned counterclockwise about (0, 0): (1, 0) by pi / 2 gives (0, 1)."""
    if angle == 0:
        return X
    c, s = np.cos(angle), np.sin(angle)
    return np.stack([c * X[:, 0] - s * X[:, 1], s * X[:, 0] + c * X[:, 1]], axis=1)  # (n, 2)


def shares(margins: np.ndarray) -> np.ndarray:
    """Probabilities: sigmoid of one row (of class 1), softmax of several; (n_outputs, n). A margin of 0 gives 0.5."""
    if len(margins) == 1:
        return 1 / (1 + np.exp(np.minimum(-margins, 80)))  # beyond, exp may overflow in float32, and no share differs
    e = np.exp(margins - margins.max(axis=0))
    return e / e.sum(axis=0)


def one_hot(y: np.ndarray, n_outputs: int) -> np.ndarray:
    """What the shares should be: (n,) classes -> (n_outputs, n) of 0 and 1; one row is class 1, or the value itself."""
    return y[None] if n_outputs == 1 else (y[None] == np.arange(n_outputs)[:, None]).astype(float)


def gradients(objective: Objective, margins: np.ndarray, y: np.ndarray) -> np.ndarray:
    """What the next trees are fitted to: true share minus share, or y - F for the squared error; (n_outputs, n).

    For class 1 at margin 0 it is 0.5. This is the loss's negative derivative (half of it for the squared error).
    """
    said = margins if objective == "squared_error" else shares(margins)
    return one_hot(y, len(margins)) - said


def hessians(objective: Objective, margins: np.ndarray) -> np.ndarray:
    """The second derivative by the margin: p (1 - p), or 1 for the squared error (half of its own)."""
    if objective == "squared_error":
        return np.ones_like(margins)
    p = shares(margins)
    return p * (1 - p)


def votes(objective: Objective, n_classes: int, margins: np.ndarray) -> np.ndarray:
    """Margins whose sign (one row) or order (several) says the class: a squared error on classes 0 and 1 turns at 0.5.

    The margins themselves for all else, numbers (`n_classes` 0) among them; (n_outputs, n).
    """
    return margins - 0.5 if objective == "squared_error" and n_classes else margins


def mean_loss(objective: Objective, margins: np.ndarray, y: np.ndarray) -> float:
    """Mean cross-entropy in nats, or mean squared error. One class-1 point at margin 0 has ln 2."""
    if objective == "squared_error":
        return float(np.mean((margins[0] - y) ** 2))
    if len(margins) == 1:
        return float(np.mean(np.logaddexp(0, np.where(y == 1, -margins[0], margins[0]))))
    most = margins.max(axis=0)
    chosen = margins[y.astype(np.int64), np.arange(len(y))]
    return float(np.mean(np.log(np.exp(margins - most).sum(axis=0)) + most - chosen))


def choose_rows(seed: int, t: int, share: float, n: int) -> np.ndarray:
    """The rows that tree `t` sees: round(share * n) of n without replacement, at least one, in ascending order."""
    if share >= 1:
        return np.arange(n)
    order = np.argsort(hash_of(seed, STREAM_ROWS, np.array(t), np.arange(n)), kind="stable")
    return np.sort(order[: max(1, round(share * n))])


def choose_features(seed: int, t: int, share: float, n: int) -> np.ndarray:
    """Which features tree `t` may use: (n,) bool with round(share * n) of them, at least one."""
    order = np.argsort(hash_of(seed, STREAM_COLUMNS, np.array(t), np.arange(n)), kind="stable")
    return np.isin(np.arange(n), order[: max(1, round(share * n))])
