"""One contender of a comparison as a word of a link: `network~hidden_sizes~8-8~learning_rate~0.1`.

A kind, then names and values in turn; lists are joined by "-". What is left out takes the kind's default.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin

from pydantic import Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from playground.spec.base import Choices, Settings, as_text
from playground.spec.fitted import ForestChoices, NeighborsChoices, PenaltyChoices, RbfChoices, TreeChoices
from playground.spec.network import (
    ClassificationLoss,
    DataChoices,
    LossName,
    NetworkSettings,
    NetworkStructure,
    RegressionLoss,
)
from playground.spec.trees import TreesStructure
from playground.spec.wording import plain_rule

TITLES: dict[str, str] = {
    "network": "Network",
    "xgboost": "XGBoost",
    "classic": "Classic boosting",
    "forest": "Random forest",
    "tree": "Decision tree",
    "svm_rbf": "SVM (RBF)",
    "svm_linear": "SVM (linear)",
    "logistic": "Logistic regression",
    "neighbors": "Nearest neighbors",
}
KINDS: tuple[str, ...] = tuple(TITLES)
BOOSTING = ("xgboost", "classic")
LIVE = ("network", *BOOSTING)
"""Kinds that learn step by step; the others are fitted at once."""

MAX_TEXT = 600  # characters of one contender; all fields of a network of eight layers take about 500
_SHOWN = 40


class NetworkChoices(NetworkStructure):
    """A network that fits any data: which loss is the default depends on what is predicted."""

    loss: Literal["by_task", LossName] = Field(  # type: ignore[assignment]  # one more than the base has
        "by_task",
        title="Loss",
        description="What training makes small: by itself cross-entropy for classes, squared error for numbers. "
        "Watch the scores: everybody gets these two, whatever it was trained on.",
    )

    @model_validator(mode="after")
    def _loss_fits_task(self) -> NetworkChoices:
        return self  # the data are not chosen here

    def loss_for(self, task: str) -> LossName:
        """The loss that is trained on: the chosen one if it fits this task."""
        legal, plain = LOSSES_OF[task], "mse" if task == "regression" else "cross_entropy"
        return self.loss if self.loss in legal else plain  # type: ignore[return-value]


class NetworkEnd(Choices):
    """How long a network is trained."""

    epochs: int = Field(
        200,
        ge=1,
        le=2000,
        title="Epochs",
        description="Passes over the training data; then the network stands still. Watch whether its loss had settled.",
    )


LOSSES_OF: dict[str, tuple[str, ...]] = {
    "classification": get_args(ClassificationLoss),
    "regression": get_args(RegressionLoss),
}
WHERE_ZERO = {
    **{(kind, "depth"): "without limit" for kind in ("forest", "tree")},
    ("svm_rbf", "gamma"): "by the spread",
}
_SHARED = {*DataChoices.model_fields, *Settings.model_fields, "seed", "weights", "rotate", "engine"}
_PARTS: dict[str, tuple[type[Choices], ...]] = {
    "network": (NetworkChoices, NetworkSettings, NetworkEnd),
    "xgboost": (TreesStructure,),
    "classic": (TreesStructure,),
    "forest": (ForestChoices,),
    "tree": (TreeChoices,),
    "svm_rbf": (RbfChoices,),
    "svm_linear": (PenaltyChoices,),
    "logistic": (PenaltyChoices,),
    "neighbors": (NeighborsChoices,),
}
_OF_TREES_PAGE = {"original_points", "objective", "rotate_trees"}  # a comparison has its own data and its own losses
_ABSENT = {  # what the other engine of boosting has, and what nobody here can choose
    "xgboost": {*_OF_TREES_PAGE, "newton"},
    "classic": {*_OF_TREES_PAGE, "reg_lambda", "gamma", "min_child_weight", "tree_method"},
}
_OWN_DEFAULTS: dict[str, dict[str, Any]] = {
    "network": {"hidden_sizes": (8, 8), "optimizer": "adam", "learning_rate": 0.01},
    "xgboost": {"n_trees": 100},
    "classic": {"n_trees": 100},
}


@dataclass(frozen=True)
class Contender:
    """One model of a comparison and its own choices. All are scored by the same losses.

    Attributes:
        kind: what it is.
        own: every choice by name.
    """

    kind: str
    own: Mapping[str, Any] = field(hash=False)

    def fields(self) -> dict[str, FieldInfo]:
        """Its choices: title, help and range of each."""
        return fields_of(self.kind)

    def values(self) -> dict[str, Any]:
        """Every choice by name."""
        return dict(self.own)

    def change(self, **own: Any) -> Contender:
        """The same kind with some choices replaced.

        Raises:
            ValueError: a value breaks its rule.
        """
        return checked(replace(self, own={**self.own, **own}))

    @property
    def text(self) -> str:
        """The word of a link; `read_contender` reads it."""
        plain = defaults_of(self.kind)
        parts = [f"~{name}~{as_text(value, '-')}" for name, value in self.own.items() if value != plain[name]]
        return self.kind + "".join(parts)

    @property
    def described(self) -> str:
        """What differs from the defaults of its kind, in words: `Hidden layers 8-8, Optimizer adam`."""
        plain = fields_of(self.kind)
        return self.said([name for name, value in self.own.items() if value != plain[name].default]) or "defaults"

    def apart_from(self, others: Iterable[Contender]) -> str:
        """The first two choices in which it differs from others of its kind, in words; empty if in none."""
        others = list(others)
        differing = [name for name, value in self.own.items() if any(other.own[name] != value for other in others)]
        return self.said(differing[:2])

    def said(self, names: Iterable[str]) -> str:
        """Some choices in words."""
        fields, own = fields_of(self.kind), self.own
        told = {
            n: (not own[n] and WHERE_ZERO.get((self.kind, n))) or as_text(own[n], "-").replace("_", " ") for n in names
        }
        return ", ".join(f"{fields[name].title} {text}" for name, text in told.items())

    @property
    def is_live(self) -> bool:
        """Whether it learns step by step."""
        return self.kind in LIVE

    @property
    def n_epochs(self) -> int:
        """Epochs of a network, trees of boosting; 0 for what is fitted at once."""
        return int(self.own["epochs"] if self.kind == "network" else self.own["n_trees"]) if self.is_live else 0

    def axes(self) -> tuple[GridAxis, GridAxis]:
        """The two settings of its grid of maps: downward and across."""
        return _AXES[self.kind]

    def grid(self) -> list[Contender]:
        """It with every pair of those two settings, row by row."""
        down, across = self.axes()
        return [self._set(down.field, a)._set(across.field, b) for a in down.values for b in across.values]

    def _set(self, field: str, value: Any) -> Contender:
        if not field:
            return self
        if field == "width":
            return self.change(hidden_sizes=(value,) * max(1, len(self.own["hidden_sizes"])))
        return self.change(**{field: value})

    def part(self, kind: type[Choices], **given: Any) -> Any:
        """Its choices as one of the parts that they were checked by, with what a comparison adds."""
        own = {name: value for name, value in self.own.items() if name in kind.model_fields}
        return kind.model_validate({**own, **given})

    def title(self, *, regression: bool = False) -> str:
        """Its name on screen: `Network 8-8`, `XGBoost`, for regression `Linear regression`."""
        if self.kind == "logistic" and regression:
            return "Linear regression"
        sizes = "-".join(map(str, self.own["hidden_sizes"])) if self.kind == "network" else ""
        return f"{TITLES[self.kind]} {sizes}".strip()


@dataclass(frozen=True)
class GridAxis:
    """One setting of a grid of maps: the field (`width` stands for the width of all hidden layers) and its values."""

    field: str
    title: str
    values: tuple[Any, ...]

    @property
    def labels(self) -> list[str]:
        """The values as they read on screen."""
        return [f"{value:g}" if isinstance(value, float) else str(value) for value in self.values]


_RATE = GridAxis("learning_rate", "Learning rate", (0.001, 0.01, 0.1, 1.0))
_DEPTH = GridAxis("depth", "Depth", (1, 2, 4, 8))
_C = GridAxis("C", "C", (0.01, 0.1, 1.0, 10.0, 100.0))
_N_TREES = GridAxis("n_trees", "Trees", (5, 20, 100, 300))
_AXES: dict[str, tuple[GridAxis, GridAxis]] = {
    "network": (_RATE, GridAxis("width", "Units in each layer", (1, 2, 4, 8, 16))),
    "xgboost": (_DEPTH, _N_TREES),
    "classic": (_DEPTH, _N_TREES),
    "forest": (_DEPTH, _N_TREES),
    "tree": (_DEPTH, GridAxis("min_leaf", "Points in a leaf", (1, 5, 20, 50))),
    "svm_rbf": (GridAxis("gamma", "Gamma", (0.1, 1.0, 10.0, 100.0)), _C),
    "svm_linear": (GridAxis("", "", ("",)), _C),
    "logistic": (GridAxis("", "", ("",)), _C),
    "neighbors": (
        GridAxis("weighting", "Votes", ("uniform", "distance")),
        GridAxis("n_neighbors", "Neighbors", (1, 3, 9, 25)),
    ),
}  # fmt: skip


def fields_of(kind: str) -> dict[str, FieldInfo]:
    """The choices of a kind of contender."""
    every = {name: info for part in _PARTS[kind] for name, info in part.model_fields.items()}
    return {name: info for name, info in every.items() if name not in _SHARED | _ABSENT.get(kind, set())}


def defaults_of(kind: str) -> dict[str, Any]:
    """The values of a contender of this kind that says nothing else."""
    return {name: info.default for name, info in fields_of(kind).items()} | _OWN_DEFAULTS.get(kind, {})


@lru_cache(maxsize=256)
def read_contender(text: str) -> Contender:
    """Read one word of a link.

    Raises:
        ValueError: it is none; the text names the rule.
    """
    kind, *pairs = text[: MAX_TEXT + 1].split("~")
    if kind not in TITLES:
        raise ValueError(f"contenders must begin with one of {', '.join(TITLES)}; got {kind[:_SHOWN]!r}")
    if len(text) > MAX_TEXT or len(pairs) % 2:
        raise ValueError(f"contenders must be a kind, then names and values joined by ~; got {text[:_SHOWN]!r}")
    fields, own = fields_of(kind), defaults_of(kind)
    for name, value in zip(pairs[::2], pairs[1::2], strict=True):
        if name not in fields:
            raise ValueError(f"contenders of kind {kind} have no choice {name[:_SHOWN]!r}")
        own[name] = value.replace("-", ",") if get_origin(fields[name].annotation) is tuple else value
    return checked(Contender(kind, own))


def checked(contender: Contender) -> Contender:
    """The contender with every value as its field's type.

    Raises:
        ValueError: a value breaks its rule.
    """
    own: dict[str, Any] = {}
    for kind in _PARTS[contender.kind]:
        try:
            part = contender.part(kind)
        except ValidationError as error:
            first = error.errors()[0]
            name, *inside = map(str, first["loc"])
            rule = plain_rule(first, () if inside else kind.model_fields[name].metadata).removeprefix(name).lstrip()
            raise ValueError(f"contenders of kind {contender.kind}: {name} {rule}") from None
        own |= {name: getattr(part, name) for name in contender.own if name in kind.model_fields}
    return Contender(contender.kind, {name: own[name] for name in contender.own})
