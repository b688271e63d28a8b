"""Every choice of the Compare page: data and contenders."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field

from playground.spec.base import Settings, Spec, Speed
from playground.spec.contender import Contender, read_contender
from playground.spec.network import MAX_SEED
from playground.spec.points import MAX_CLASSES
from playground.spec.real_tables import TableName
from playground.spec.tables import COLUMN_CHOICES, TableChoices
from playground.spec.trees import BOOSTING_DATA, TreesData

MIN_CONTENDERS, MAX_CONTENDERS = 2, 6
LETTERS = "ABCDEF"  # the names of the contenders in the order of the spec
MAX_REPEATS = 30
MAX_OPEN_SECONDS = 1.5
KNOCKED_OUT_SHARES = tuple(k / 10 for k in range(9))
N_GAP_SEEDS = 3  # of the study of gaps: enough for a spread, few enough to wait for


def _contenders(texts: tuple[str, ...]) -> tuple[str, ...]:
    if not MIN_CONTENDERS <= len(texts) <= MAX_CONTENDERS:
        raise ValueError(f"contenders must be {MIN_CONTENDERS} to {MAX_CONTENDERS}; got {len(texts)}")
    return tuple(read_contender(text).text for text in texts)  # one way to say each


class CompareStructure(TableChoices):
    """What is compared; a change starts a new run."""

    dataset: Literal[TreesData, TableName, "table"] = Field(  # type: ignore[assignment]  # more than the base has
        "moons",
        title="Data set",
        description="What all contenders have to learn. Watch which shapes suit which of them.",
    )
    noise: float = Field(
        0.35,
        ge=0,
        le=0.5,
        title="Noise",
        description="How much chance blurs the data. Watch who begins to learn it by heart.",
    )
    contenders: Annotated[tuple[str, ...], AfterValidator(_contenders)] = Field(
        ("network", "xgboost", "forest", "logistic"),
        title="Contenders",
        description="The models that learn the same points, two to six. Watch the boundaries: each draws in its own "
        "style.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=MAX_SEED,
        title="Seed",
        description="The number that start weights, batch order and subsamples of all contenders come from. Watch a "
        "few: is it luck?",
    )

    @property
    def data_fields(self) -> tuple[str, ...]:
        """Which choices of points in the plane count for this data set."""
        if self.dataset in BOOSTING_DATA:
            return ("dataset",)
        made = () if self.dataset in ("points", "csv") else ("noise", "n_samples")
        return ("dataset", *made, "train_share", "data_seed")

    @property
    def models(self) -> tuple[Contender, ...]:
        """The contenders as values."""
        return tuple(map(read_contender, self.contenders))

    @property
    def names(self) -> tuple[str, ...]:
        """The contenders on screen; of two that are called alike each says where it differs: `XGBoost, Depth 2`."""
        titles = [model.title(regression=self.task == "regression") for model in self.models]
        named = list(zip(self.models, titles, strict=True))
        apart = [model.apart_from(other for other, name in named if name == title) for model, title in named]
        return tuple(f"{title}, {said}" if said else title for title, said in zip(titles, apart, strict=True))

    @property
    def n_epochs(self) -> int:
        """When the last contender that learns step by step is done; 0 when there is none."""
        return max(model.n_epochs for model in self.models)

    @property
    def opens_at(self) -> int:
        """The epoch that is shown at first: the last one, unless getting there would keep the viewer waiting."""
        n_rows, n_columns, n_classes = self.extent
        n_train = round(self.train_share * n_rows)
        width = n_columns if self.is_table else 0
        seconds = sum(seconds_to_fit(model, n_train, width, n_classes) for model in self.models)
        return self.n_epochs if seconds < MAX_OPEN_SECONDS else 0


def seconds_to_fit(model: Contender, n_train: int, n_columns: int, n_classes: int) -> float:
    """A rough upper estimate of how long it learns, from measured speeds of one busy core; no columns mean points."""
    if model.kind == "network":
        sizes = (n_columns or len(model.own["features"]), *model.own["hidden_sizes"], n_classes or 1)
        n_params = sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))
        slow = 1 + 16 / model.own["batch_size"]  # small batches leave the processor's lanes empty
        return float(model.n_epochs * n_train * (n_params + 150) * slow * 1.5e-9)
    if not model.is_live:
        return 0.0
    work = n_train * model.own["depth"] * max(2, n_columns) / 2 * (max(n_classes, 1) if n_columns else 1)
    return float(model.n_epochs * (0.001 + 1e-7 * work))


class CompareSettings(Settings):
    """When to stop, and how fast the live contenders learn."""

    speed: Speed = Field(
        "20",
        title="Speed",
        description="Epochs of networks and trees of boosting a second. Watch each step when it is slow.",
    )
    n_repeats: int = Field(
        10,
        ge=3,
        le=MAX_REPEATS,
        title="Seeds",
        description="How often “Luck or skill” repeats everything, each time with other data, split and start. Watch "
        "the bands: overlapping ones are a tie.",
    )
    threshold: float = Field(
        0.5,
        ge=0,
        le=1,
        title="Threshold",
        description="Above this probability a point is called class 1. Watch what lowering it costs: more are found, "
        "more are wrong.",
    )
    chart_class: int = Field(
        1,
        ge=0,
        lt=MAX_CLASSES,
        title="Class that counts as yes",
        description="ROC, precision and calibration ask one question: is it this class? Watch which class is hard.",
    )


class CompareSpec(Spec):
    """Several models on the same points."""

    learner: ClassVar[str] = "compare"
    view: ClassVar[str] = "compare"
    shown: ClassVar[tuple[str, ...]] = ("n_repeats", "threshold", "chart_class")
    structure: CompareStructure = Field(default_factory=CompareStructure)
    settings: CompareSettings = Field(default_factory=CompareSettings)

    def change(self, **fields: Any) -> Self:
        """As in `Spec`; choices that name columns make way when another table is chosen."""
        values = {**self.values(), **fields}
        if {"dataset", "table"} & fields.keys():
            values = {name: value for name, value in values.items() if name in fields or name not in COLUMN_CHOICES}
        return self.from_values(values)

    def n_parts(self, study: str, which: int) -> int:
        """`luck` fits every contender once a seed; `grid` one contender (`which`) with many settings; `gaps` every
        contender with more and more values of its table knocked out."""
        models = self.structure.models
        if study == "gaps":
            return N_GAP_SEEDS * len(KNOCKED_OUT_SHARES) * len(models) if self.structure.is_table else 0
        if study == "grid":
            return len(models[which].grid()) if which < len(models) else 0
        return self.settings.n_repeats * len(models) if study == "luck" else 0
