"""The choices of models that are fitted at once: each is scikit-learn's parameter of this meaning."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from playground.spec.base import Choices

Depth = Annotated[
    int,
    Field(
        ge=0,
        le=20,
        title="Depth",
        description="Questions a tree may ask on the way to a leaf. 0 lets trees grow until leaves are pure: watch "
        "the gap between training and test.",
    ),
]


class LeafChoices(Choices):
    """What all trees of scikit-learn have."""

    min_leaf: int = Field(
        1,
        ge=1,
        le=50,
        title="Points in a leaf",
        description="The fewest training points that a leaf may hold. Watch islands around single points vanish.",
    )


class ForestChoices(LeafChoices):
    """A random forest."""

    n_trees: int = Field(
        100,
        ge=1,
        le=300,
        title="Trees",
        description="Trees that vote. Watch the boundary: more make it calmer, never worse.",
    )
    depth: Depth = 0


class TreeChoices(LeafChoices):
    """One decision tree."""

    depth: Depth = 0


class PenaltyChoices(Choices):
    """Linear models, and the base of the SVM with a kernel."""

    C: float = Field(
        1.0,
        ge=0.001,
        le=100,
        title="C",
        description="What a mistake costs. Watch the boundary: small values keep it simple, large ones bend it to "
        "every point.",
    )


class RbfChoices(PenaltyChoices):
    """A support vector machine with a Gaussian kernel."""

    gamma: float = Field(
        0.0,
        ge=0,
        le=100,
        title="Gamma",
        description="How fast a point's influence fades with distance; 0 takes 1 / (columns x variance). Watch "
        "islands appear when it is large.",
    )


class NeighborsChoices(Choices):
    """k nearest neighbors."""

    n_neighbors: int = Field(
        5,
        ge=1,
        le=100,
        title="Neighbors",
        description="How many training points vote. Watch 1: it repeats the nearest point.",
    )
    weighting: Literal["uniform", "distance"] = Field(
        "uniform",
        title="Votes",
        description="Equal votes, or votes that count more the nearer a point is. Watch the training accuracy: by "
        "distance it is perfect.",
    )
