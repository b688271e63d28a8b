"""Every choice of the Digits page: the stack of layers, how it trains, and what is drawn."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from playground.spec.base import Choices, Spec, Speed
from playground.spec.drawing import unpack_drawing, unpack_labelled
from playground.spec.network import MAX_SEED, Activation, NetworkSettings, OptimizerName
from playground.spec.stack import MAX_STACK_TEXT, read_stack, split_stack

StartWeights = Literal["fresh", "trained"]

READER, DEEP = "larger CNN", "deep residual"
STACKS: dict[str, str] = {
    "small CNN": "conv8k5,pool2,conv16k5,pool2,dense64",
    READER: "conv16k5,pool2,conv32k3p1,pool2,conv64k3p1,pool2,dense64",
    "LeNet-like": "conv6k5,pool2,conv16k5,pool2,dense120,dense100",
    "dense": "dense128,dense64",
    "residual": "conv8k3s2p1,res,res,res,avg2,dense32",
    "with batch norm": "conv8k5,bnorm,relu,pool2,conv16k5,bnorm,relu,pool2,dense64",
    DEEP: ",".join(f"conv{filters}k3s2p1" + 5 * ",res" for filters in (8, 16, 32)) + ",dense32",
    "output only": "",
}
"""Stacks to begin with, by the name on screen. The deep one has 15 residual blocks."""

SUITED: dict[str, dict[str, Any]] = {
    "dense": {"augmentation": True},  # without it, it ends below 97 %
    DEEP: {"batch_size": 64, "learning_rate": 0.003},  # fewer, larger steps: three quarters of the time
}
"""How these stacks learn better than with the usual settings: `python -m benchmarks.digits`."""

TRAINED = (READER, "LeNet-like", "dense", DEEP)
"""Stacks whose trained weights come with the app, with relu; `models/shipped.py` knows the files."""


def has_trained(stack: str, activation: str = "relu") -> bool:
    """Whether trained weights come with the app for this stack."""
    return activation == "relu" and stack in [STACKS[name] for name in TRAINED]


def _is_stack(text: str) -> str:
    read_stack(text)
    return ",".join(split_stack(text))


def _is_drawing(text: str) -> str:
    if text:
        unpack_drawing(text)
    return text


def _is_labelled(text: str) -> str:
    unpack_labelled(text)
    return text


MAX_TAUGHT = 20  # own drawings: 10 kB of a link


class DigitsStructure(Choices):
    """What is trained; a change starts a new run."""

    stack: Annotated[str, Field(max_length=MAX_STACK_TEXT), AfterValidator(_is_stack)] = Field(
        STACKS[READER],
        title="Stack",
        description="The layers from the image to the ten outputs, such as conv8k5,pool2,dense64. Watch parameters "
        "and accuracy.",
    )
    activation: Activation = Field(
        "relu",
        title="Activation",
        description="The bend after each convolution and each fully connected layer. Watch the feature maps: relu "
        "leaves much of them empty.",
    )
    start: StartWeights = Field(
        "trained",
        title="Start weights",
        description="Trained weights come with the app. Fresh ones are drawn by chance: watch it learn from nothing.",
    )
    images: Literal["shipped", "complete"] = Field(
        "shipped",
        title="Training images",
        description="The 10,000 that come with the app, or all 60,000 of MNIST: a longer pass. Watch the test "
        "accuracy at the end.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=MAX_SEED,
        title="Seed",
        description="The number that start weights, batch order and all other chance come from. Watch a few: is it "
        "luck?",
    )

    @model_validator(mode="before")
    @classmethod
    def _own_stack_starts_fresh(cls, values: Any) -> Any:
        if isinstance(values, dict) and "start" not in values:
            known = has_trained(values.get("stack", STACKS[READER]), values.get("activation", "relu"))
            return {**values, "start": "trained" if known else "fresh"}
        return values

    @model_validator(mode="after")
    def _trained_weights_exist(self) -> Self:
        if self.start == "trained" and not has_trained(self.stack, self.activation):
            raise ValueError(f"start trained needs relu and the stack of {', '.join(TRAINED)}; got {self.stack}")
        return self


class DigitsSettings(NetworkSettings):
    """How it is trained; a change takes effect in the running run."""

    speed: Speed = Field(
        "max",
        title="Speed",
        description="Epochs a second; one is 1,000 images. Watch each change when it is slow; max trains as fast as "
        "the machine can.",
    )
    optimizer: OptimizerName = Field(
        "adam",
        title="Optimizer",
        description="How a gradient becomes a step. A new one starts with fresh memory. Watch how fast the loss falls.",
    )
    learning_rate: float = Field(
        0.002,
        ge=1e-5,
        le=10,
        title="Learning rate",
        description="How far each step goes. Watch the loss: too small crawls, too large forgets everything at once. "
        "Rprop takes it for its first step only.",
    )
    batch_size: int = Field(
        32,
        ge=1,
        le=1000,
        title="Batch size",
        description="Images a step looks at, from the next epoch on. Watch how small batches shake the loss.",
    )
    augmentation: bool = Field(
        False,
        title="Augmentation",
        description="Each image is shifted, turned, scaled and drawn thicker or thinner by chance before it trains. "
        "Watch the gap between training and test loss close.",
    )
    taught: tuple[Annotated[str, AfterValidator(_is_labelled)], ...] = Field(
        (),
        max_length=MAX_TAUGHT,
        title="Own drawings to learn from",
        description="Your drawings with what they show, in packed form. They join the training images at once.",
    )
    taught_share: float = Field(
        0.2,
        ge=0,
        le=1,
        title="Own drawings in a batch",
        description="The part of the images trained on that are your own drawings. At 100% it sees nothing else: "
        "watch it forget.",
    )
    drawing: Annotated[str, AfterValidator(_is_drawing)] = Field(
        "",
        title="Drawing",
        description="Your drawing in packed form, which every frame reads anew. Empty shows a sample digit.",
    )
    centering: bool = Field(
        True,
        title="Center the drawing",
        description="Crops, scales to 20 x 20, moves the center of mass to the middle, as MNIST was made. Watch the "
        "answer when it is off and you draw in a corner.",
    )
    neighbors: bool = Field(
        True,
        title="Compare with training images",
        description="While paused: the training images most like your drawing, and whether it is like any of them. "
        "Watch how far they are when you scribble.",
    )
    map_scale: Literal["layer", "map"] = Field(
        "layer",
        title="Color scale",
        description="One a layer: weak maps look weak. One a map: watch weak maps show their pattern too.",
    )


def begin_with(name: str) -> dict[str, Any]:
    """What changes when one begins with a stack of `STACKS`, from scratch: the stack, and how it learns best."""
    usual = DigitsSettings()
    others = {key: getattr(usual, key) for suited in SUITED.values() for key in suited}
    return {"stack": STACKS[name], "start": "fresh", **others, **SUITED.get(name, {})}


class DigitsSpec(Spec):
    """A network that reads handwritten digits."""

    learner: ClassVar[str] = "cnn"
    view: ClassVar[str] = "digits"
    shown: ClassVar[tuple[str, ...]] = ("drawing", "centering", "neighbors", "map_scale")
    made_by_hand: ClassVar[tuple[str, ...]] = ("drawing",)
    structure: DigitsStructure = Field(default_factory=DigitsStructure)
    settings: DigitsSettings = Field(default_factory=DigitsSettings)

    @property
    def looks_closer(self) -> bool:
        return True
