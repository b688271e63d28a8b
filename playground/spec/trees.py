"""Every choice of the Trees page: data, boosted trees, when to stop."""

from __future__ import annotations

from typing import ClassVar, Literal, get_args

from pydantic import Field

from playground.spec.base import Settings, Spec, Speed
from playground.spec.network import MAX_SEED, DataChoices, DatasetName

BoostingData = Literal["gb_circular", "gb_xor", "gb_spiral", "gb_yin_yang", "gb_stripes", "gb_circles"]
TreesData = Literal[BoostingData, DatasetName]
Engine = Literal["classic", "xgboost"]
TreeMethod = Literal["exact", "hist", "approx"]
Objective = Literal["logistic", "softmax", "squared_error"]

BOOSTING_DATA: tuple[str, ...] = get_args(BoostingData)
MAX_TREES = 500
MAX_DEPTH = 8


class TreesStructure(DataChoices):
    """What is built; a change starts a new run."""

    dataset: TreesData = Field(  # type: ignore[assignment]  # more data sets than the base has
        "gb_spiral",
        title="Data set",
        description="What the trees have to learn. Watch which shapes need deep trees.",
    )
    original_points: bool = Field(
        True,
        title="Original points",
        description="The gradient boosting playground's own 300 + 300 points. Off draws new ones by its formulas, "
        "with noise and seed. Watch whether a result holds for these.",
    )
    rotate: int = Field(
        0,
        ge=0,
        le=90,
        title="Rotate data",
        description="Turns all points by this many degrees. Trees cut along the axes only: watch the stairs appear.",
    )
    engine: Engine = Field(
        "classic",
        title="Engine",
        description="Classic boosting fits each tree to the gradients. XGBoost also weighs each point by its "
        "hessian, and begins at the shares of the classes, not at 0. Watch the points of later trees shrink.",
    )
    objective: Objective = Field(
        "logistic",
        title="Objective",
        description="What two classes make small: log loss of one score, of one score a class (softmax), or squared "
        "error. More classes always take softmax, numbers the squared error. Watch how far scores go.",
    )
    n_trees: int = Field(
        50,
        ge=1,
        le=MAX_TREES,
        title="Trees",
        description="How many trees are added, one after another. Watch where the test loss stops falling.",
    )
    depth: int = Field(
        4,
        ge=1,
        le=MAX_DEPTH,
        title="Depth",
        description="Questions a tree may ask on the way to a leaf. Watch depth 1 on xor: it cannot combine two "
        "features.",
    )
    learning_rate: float = Field(
        0.1,
        ge=0.01,
        le=1,
        title="Learning rate",
        description="The part of each tree's answer that is added. Watch the test loss: small steps need more trees "
        "but overfit less.",
    )
    subsample: float = Field(
        1.0,
        ge=0.1,
        le=1,
        title="Subsample",
        description="The share of training points each tree sees, chosen by chance. Watch how trees differ when it "
        "is small.",
    )
    colsample: float = Field(
        1.0,
        ge=0.5,
        le=1,
        title="Column sample",
        description="The share of features each tree may use. There are two: watch one half, where each tree cuts "
        "along one axis only.",
    )
    newton: bool = Field(
        False,
        title="Newton update",
        description="Classic only: a leaf's value is divided by its hessians, so sure leaves move further. Watch how "
        "fast the training loss falls. Of the squared error all hessians are 1: nothing changes.",
    )
    rotate_trees: bool = Field(
        False,
        title="Rotate trees",
        description="Classic only: tree k sees the data turned by k radians, so its cuts are slanted. Watch the "
        "stairs of the boundary vanish.",
    )
    reg_lambda: float = Field(
        1.0,
        ge=0,
        le=100,
        title="Lambda",
        description="XGBoost only: added to the hessians of each leaf. Watch leaf values get smaller.",
    )
    gamma: float = Field(
        0.0,
        ge=0,
        le=100,
        title="Gamma",
        description="XGBoost only: the gain a split must reach to be kept. Watch trees lose branches.",
    )
    min_child_weight: float = Field(
        1.0,
        ge=0,
        le=100,
        title="Min child weight",
        description="XGBoost only: the least sum of hessians on each side of a split. Watch islands around single "
        "points vanish.",
    )
    tree_method: TreeMethod = Field(
        "exact",
        title="Tree method",
        description="XGBoost only: try every threshold (exact), or a few quantiles of each feature (hist, approx). "
        "Watch the cuts move.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=MAX_SEED,
        title="Seed",
        description="The number that subsampling comes from. Watch a few when one of the samples is below 1; else it "
        "changes nothing.",
    )

    @property
    def turned_trees(self) -> bool:
        """Whether each tree sees the points turned by another angle."""
        return self.rotate_trees and self.engine == "classic"

    @property
    def original(self) -> bool:
        """Whether the gradient boosting playground's own points are shown."""
        return self.original_points


class TreesSettings(Settings):
    """When to stop, and how fast trees are added."""

    speed: Speed = Field(
        "5",
        title="Speed",
        description="Trees a second. Watch what each tree adds when it is slow; max builds as fast as the machine can.",
    )
    early_stopping: int = Field(
        0,
        ge=0,
        le=MAX_TREES,
        title="Early stopping",
        description="Stops when the test loss has not reached a new low for this many trees; 0 never stops. Watch "
        "where it ends. A test set that decides this is no longer an honest judge.",
    )


class TreesSpec(Spec):
    """Boosted trees on points in the plane."""

    learner: ClassVar[str] = "trees"
    view: ClassVar[str] = "trees"
    structure: TreesStructure = Field(default_factory=TreesStructure)
    settings: TreesSettings = Field(default_factory=TreesSettings)
