"""Every choice of the Playground page: data, dense network, training."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated, Any, ClassVar, Literal, Self, get_args

from pydantic import AfterValidator, Field, field_validator, model_validator

from playground.spec.base import Choices, Spec
from playground.spec.optimizing import OptimizerSettings
from playground.spec.points import unpack_points
from playground.spec.weights import unpack_weights

BinaryData = Literal["circle", "xor", "gauss", "spiral", "moons", "checkerboard", "rings", "heart"]
ThreeClassData = Literal["blobs", "spiral3"]
RegressionData = Literal["plane", "multi_gauss"]
OwnData = Literal["points", "csv"]
DatasetName = Literal[BinaryData, ThreeClassData, RegressionData, OwnData]
Feature = Literal[
    "x1", "x2", "x1_squared", "x2_squared", "x1x2", "sin_x1", "sin_x2", "cos_x1", "cos_x2", "radius"
]  # fmt: skip
Activation = Literal["relu", "leaky_relu", "elu", "gelu", "silu", "tanh", "sigmoid", "linear"]
ClassificationLoss = Literal["cross_entropy", "squared_error_tanh", "hinge"]
RegressionLoss = Literal["mse", "huber"]
LossName = Literal[ClassificationLoss, RegressionLoss]
OptimizerName = Literal["sgd", "momentum", "nesterov", "rmsprop", "adagrad", "adam", "adamw", "rprop"]
Regularization = Literal["none", "l1", "l2"]
Initializer = Literal["xavier", "he", "lecun", "uniform", "normal", "zeros"]

REGRESSION: tuple[str, ...] = get_args(RegressionData)
MAX_LAYERS = 8
MAX_UNITS = 16
MAX_SEED = 2**31 - 1
MAX_WEIGHTS_TEXT = 8_192  # characters: 6 kB of float32 in base64
WEIGHTS_DEPEND_ON = {"dataset", "points", "features", "hidden_sizes", "initializer", "seed"}
MAX_POINTS_TEXT = 40_000  # characters: 5 000 points of 5 bytes in base64 are 33 336


def _hidden_sizes(sizes: tuple[int, ...]) -> tuple[int, ...]:
    if len(sizes) > MAX_LAYERS or not all(1 <= size <= MAX_UNITS for size in sizes):
        given = ",".join(map(str, sizes))
        raise ValueError(f"hidden_sizes must hold 0 to {MAX_LAYERS} layers of 1 to {MAX_UNITS} units; got {given}")
    return sizes


def _features(names: tuple[str, ...]) -> tuple[str, ...]:
    if not names:
        raise ValueError("features must name at least one feature; got none")
    return tuple(name for name in get_args(Feature) if name in names)  # one order, no name twice


class DataChoices(Choices):
    """Which points are learned. Shared by every page that learns from points in the plane."""

    dataset: DatasetName = Field(
        "circle",
        title="Data set",
        description="What the network has to learn. Watch which shapes need hidden layers.",
    )
    n_samples: int = Field(
        500,
        ge=20,
        le=2000,
        title="Points",
        description="Points that are made, for training and test together. Fewer overfit sooner: watch the test loss.",
    )
    train_share: float = Field(
        0.5,
        ge=0.1,
        le=0.9,
        title="Training share",
        description="The part of the points that trains; the rest only tests. Watch the test loss when it is small.",
    )
    noise: float = Field(
        0.0,
        ge=0,
        le=0.5,
        title="Noise",
        description="How much chance blurs the data. Watch the gap between training and test loss.",
    )
    data_seed: int = Field(
        0,
        ge=0,
        le=MAX_SEED,
        title="Data seed",
        description="The number that all chance in the data comes from. Watch whether a result holds for other points.",
    )
    points: str = Field(
        "",
        max_length=MAX_POINTS_TEXT,
        pattern="^[A-Za-z0-9_-]*$",
        title="Own points",
        description="Your own points in packed form.",
    )

    @field_validator("points")
    @classmethod
    def _is_packed_table(cls, text: str) -> str:
        if text:
            unpack_points(text)
        return text

    @model_validator(mode="after")
    def _csv_has_table(self) -> Self:
        if self.dataset == "csv" and not self.points:
            raise ValueError("dataset csv needs its table in points; got none")
        return self

    @property
    def original(self) -> bool:
        """Whether sets that come with points of their own show these, rather than points drawn by their formulas."""
        return True

    @property
    def task(self) -> Literal["classification", "regression"]:
        return "regression" if self.dataset in REGRESSION else "classification"


class NetworkStructure(DataChoices):
    """What is trained; a change starts a new run."""

    features: Annotated[tuple[Feature, ...], AfterValidator(_features)] = Field(
        ("x1", "x2"),
        title="Features",
        description="What the network sees of each point. Watch how one good feature replaces a whole layer.",
    )
    hidden_sizes: Annotated[tuple[int, ...], AfterValidator(_hidden_sizes)] = Field(
        (4, 2),
        title="Hidden layers",
        description="Units in each hidden layer. Watch how units bend the boundary and layers combine bends.",
    )
    activation: Annotated[tuple[Activation, ...], Field(min_length=1, max_length=MAX_LAYERS)] = Field(
        ("tanh",),
        title="Activation",
        description="The bend in every unit. Watch the boundary with linear: it stays one straight cut.",
    )
    loss: LossName = Field(
        "cross_entropy",
        title="Loss",
        description="What training makes small. Watch the boundary: each loss punishes a wrong answer in its own way.",
    )
    initializer: Initializer = Field(
        "uniform",
        title="Start weights",
        description="How start weights are drawn. With zeros all units of a layer stay alike: watch the pictures.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=MAX_SEED,
        title="Seed",
        description="The number that start weights, batch order and dropout come from. Watch a few: is it luck?",
    )

    weights: str = Field(
        "",
        max_length=MAX_WEIGHTS_TEXT,
        pattern="^[A-Za-z0-9_-]*$",
        title="Weights",
        description="Start weights in packed form; empty draws them from the seed.",
    )

    @model_validator(mode="before")
    @classmethod
    def _default_loss(cls, values: Any) -> Any:
        if isinstance(values, dict) and "loss" not in values and values.get("dataset") in REGRESSION:
            return {**values, "loss": "mse"}
        return values

    @model_validator(mode="after")
    def _loss_fits_task(self) -> NetworkStructure:
        legal = get_args(RegressionLoss if self.task == "regression" else ClassificationLoss)
        if self.loss not in legal:
            raise ValueError(f"loss must be one of {', '.join(legal)} for {self.task} data; got {self.loss}")
        return self

    @model_validator(mode="after")
    def _weights_fit(self) -> NetworkStructure:
        if self.weights:
            found, needed = len(unpack_weights(self.weights)), self.n_params
            if found != needed:
                raise ValueError(f"weights must hold {needed} numbers for this network; got {found}")
        return self

    @property
    def n_outputs(self) -> int:
        """Outputs of the network: one for two classes and for regression, else one a class."""
        if self.dataset in get_args(ThreeClassData):
            return 3
        n_classes = unpack_points(self.points).n_classes if self.dataset in get_args(OwnData) and self.points else 2
        return n_classes if n_classes > 2 else 1

    @property
    def n_params(self) -> int:
        """Weights and biases: 25 for two features, 4 and 2 hidden units, one output."""
        sizes = (len(self.features), *self.hidden_sizes, self.n_outputs)
        return sum((n_in + 1) * n_out for n_in, n_out in pairwise(sizes))

    def activation_of(self, layer: int) -> Activation:
        """The activation of hidden layer `layer` (from 0); the last one named serves all further layers."""
        return self.activation[min(layer, len(self.activation) - 1)]


class NetworkSettings(OptimizerSettings):
    """How it is trained; a change takes effect in the running run."""

    optimizer: OptimizerName = Field(
        "sgd",
        title="Optimizer",
        description="How a gradient becomes a step. A new one starts with fresh memory. Watch how fast the loss falls.",
    )
    learning_rate: float = Field(
        0.03,
        ge=1e-5,
        le=10,
        title="Learning rate",
        description="How far each step goes. Watch the loss: too small crawls, too large jumps around or explodes. "
        "Rprop takes it for its first step only.",
    )
    regularization: Regularization = Field(
        "none",
        title="Regularization",
        description="L1 pulls all weights alike towards zero, L2 large ones most. Watch the links get thinner.",
    )
    regularization_rate: float = Field(
        0.0,
        ge=0,
        le=10,
        title="Regularization rate",
        description="How hard regularization pulls. Watch the map: with too much it goes flat.",
    )
    dropout: float = Field(
        0.0,
        ge=0,
        le=0.9,
        title="Dropout",
        description="Hidden units switched off by chance in each step. Watch the gap between training and test loss.",
    )
    batch_size: int = Field(
        10,
        ge=1,
        le=5000,
        title="Batch size",
        description="Points a step looks at, from the next epoch on. Watch how small batches shake the loss.",
    )


class PlaygroundSpec(Spec):
    """A dense network on points in the plane."""

    learner: ClassVar[str] = "mlp"
    view: ClassVar[str] = "network"
    structure: NetworkStructure = Field(default_factory=NetworkStructure)
    settings: NetworkSettings = Field(default_factory=NetworkSettings)

    def change(self, **fields: Any) -> Self:
        """As in `Spec`; a loss that does not fit the new data makes way for its default, and weights that fit another
        network for drawn ones."""
        values = {**self.values(), **fields}
        other_task = (values["dataset"] in REGRESSION) != (self.structure.task == "regression")
        if other_task and "loss" not in fields:
            del values["loss"]
        if "weights" not in fields and WEIGHTS_DEPEND_ON & fields.keys():
            del values["weights"]
        return self.from_values(values)
