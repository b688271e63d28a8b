"""Every choice of the Compare page: data and contenders."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from playground.spec.base import Settings, Spec
from playground.spec.contender import Contender, read_contender
from playground.spec.network import MAX_SEED, DataChoices
from playground.spec.trees import TreesData

MIN_CONTENDERS, MAX_CONTENDERS = 2, 6
LETTERS = "ABCDEF"  # the names of the contenders in the order of the spec
MAX_REPEATS = 30
MAX_OPEN_SECONDS = 1.5


def _contenders(texts: tuple[str, ...]) -> tuple[str, ...]:
    if not MIN_CONTENDERS <= len(texts) <= MAX_CONTENDERS:
        raise ValueError(f"contenders must be {MIN_CONTENDERS} to {MAX_CONTENDERS}; got {len(texts)}")
    return tuple(read_contender(text).text for text in texts)  # one way to say each


class CompareStructure(DataChoices):
    """What is compared; a change starts a new run."""

    dataset: TreesData = Field(  # type: ignore[assignment]  # more data sets than the base has
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
        description="The models that learn the same points. Two to six.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=MAX_SEED,
        title="Seed",
        description="The number that start weights, batch order and subsamples of all contenders come from.",
    )

    @property
    def models(self) -> tuple[Contender, ...]:
        """The contenders as values."""
        return tuple(map(read_contender, self.contenders))

    @property
    def n_epochs(self) -> int:
        """When the last contender that learns step by step is done; 0 when there is none."""
        return max(model.n_epochs for model in self.models)

    @property
    def opens_at(self) -> int:
        """The epoch that is shown at first: the last one, unless getting there would keep the viewer waiting."""
        n_train = round(self.train_share * self.n_samples if self.dataset not in ("points", "csv") else 2000)
        return self.n_epochs if sum(seconds_to_fit(model, n_train) for model in self.models) < MAX_OPEN_SECONDS else 0


def seconds_to_fit(model: Contender, n_train: int) -> float:
    """How long a live contender learns: a rough upper estimate from measured speeds of one busy core."""
    if model.kind == "network":
        sizes = (len(model.own["features"]), *model.own["hidden_sizes"], 3)
        n_params = sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))
        slow = 1 + 16 / model.own["batch_size"]  # small batches leave the processor's lanes empty
        return float(model.n_epochs * n_train * (n_params + 150) * slow * 1.5e-9)
    return float(model.n_epochs * (0.001 + 1e-7 * n_train * model.own["depth"])) if model.is_live else 0.0


class CompareSettings(Settings):
    """When to stop, and how fast the live contenders learn."""

    speed: str = Field(
        "20",
        pattern="^(1|5|20|60|max)$",
        title="Speed",
        description="Epochs of networks and trees of boosting a second. Slow shows each step.",
    )
    n_repeats: int = Field(
        10,
        ge=3,
        le=MAX_REPEATS,
        title="Seeds",
        description="How often “Luck or skill” repeats everything, each time with other data, split and start.",
    )


class CompareSpec(Spec):
    """Several models on the same points."""

    learner: ClassVar[str] = "compare"
    view: ClassVar[str] = "compare"
    shown: ClassVar[tuple[str, ...]] = ("n_repeats",)
    structure: CompareStructure = Field(default_factory=CompareStructure)
    settings: CompareSettings = Field(default_factory=CompareSettings)

    def n_parts(self, study: str, which: int) -> int:
        """`luck` fits every contender once a seed; `grid` one contender (`which`) with many settings."""
        models = self.structure.models
        if study == "grid":
            return len(models[which].grid()) if which < len(models) else 0
        return self.settings.n_repeats * len(models) if study == "luck" else 0
