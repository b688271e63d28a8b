"""Every choice of the Digits page: the stack of layers, how it trains, and what is drawn."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from playground.spec.base import Choices, Spec
from playground.spec.drawing import unpack_drawing, unpack_labelled
from playground.spec.network import MAX_SEED, Activation, NetworkSettings, OptimizerName
from playground.spec.stack import read_stack

StartWeights = Literal["fresh", "trained"]

READER = "larger CNN"
STACKS: dict[str, str] = {
    "small CNN": "conv8k5,pool2,conv16k5,pool2,dense64",
    READER: "conv16k5,pool2,conv32k3p1,pool2,conv64k3p1,pool2,dense64",
    "LeNet-like": "conv6k5,pool2,conv16k5,pool2,dense120,dense100",
    "dense": "dense128,dense64",
    "residual": "conv8k3s2p1,res,res,res,avg2,dense32",
    "with batch norm": "conv8k5,bnorm,relu,pool2,conv16k5,bnorm,relu,pool2,dense64",
    "output only": "",
}
"""Stacks to begin with, by the name on screen."""


def _is_stack(text: str) -> str:
    read_stack(text)
    return ",".join(name.strip() for name in text.split(",") if name.strip())


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

    stack: Annotated[str, Field(max_length=400), AfterValidator(_is_stack)] = Field(
        STACKS[READER],
        title="Stack",
        description="The layers from the image to the ten outputs, such as conv8k5,pool2,dense64.",
    )
    activation: Activation = Field(
        "relu",
        title="Activation",
        description="The bend after each convolution and each fully connected layer.",
    )
    start: StartWeights = Field(
        "trained",
        title="Start weights",
        description="Trained weights come with the app. Fresh ones are drawn by chance: watch it learn from nothing.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=MAX_SEED,
        title="Seed",
        description="The number that start weights, batch order and all other chance come from.",
    )

    @model_validator(mode="before")
    @classmethod
    def _own_stack_starts_fresh(cls, values: Any) -> Any:
        if isinstance(values, dict) and "start" not in values and values.get("stack", STACKS[READER]) != STACKS[READER]:
            return {**values, "start": "fresh"}
        return values

    @model_validator(mode="after")
    def _trained_weights_exist(self) -> Self:
        if self.start == "trained" and (self.stack != STACKS[READER] or self.activation != "relu"):
            raise ValueError(f"start trained needs the stack {STACKS[READER]} with relu; got {self.stack}")
        return self


class DigitsSettings(NetworkSettings):
    """How it is trained; a change takes effect in the running run."""

    speed: str = Field(
        "max",
        pattern="^(1|5|20|60|max)$",
        title="Speed",
        description="Epochs a second; an epoch here is 1 000 images. Max trains as fast as the machine can.",
    )
    optimizer: OptimizerName = Field(
        "adam",
        title="Optimizer",
        description="The rule that turns a gradient into a step. A new one starts with fresh memory.",
    )
    learning_rate: float = Field(
        0.002,
        ge=1e-5,
        le=10,
        title="Learning rate",
        description="How far each step goes. Too small crawls, too large forgets everything at once.",
    )
    batch_size: int = Field(
        32,
        ge=1,
        le=1000,
        title="Batch size",
        description="Images a step looks at. Small batches are noisy but quick. Changes at the next epoch.",
    )
    augmentation: bool = Field(
        False,
        title="Augmentation",
        description="Each image is shifted, turned, scaled and drawn thicker or thinner by chance before it trains.",
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
        description="The part of the images trained on that are your own drawings. At 100 % it sees nothing else: "
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
        description="Crops, scales to 20 x 20, moves the center of mass to the middle, as MNIST was made.",
    )
    neighbors: bool = Field(
        False,
        title="Compare with training images",
        description="While paused: the training images most like your drawing, and whether it is like any of them.",
    )


class DigitsSpec(Spec):
    """A network that reads handwritten digits."""

    learner: ClassVar[str] = "cnn"
    view: ClassVar[str] = "digits"
    shown: ClassVar[tuple[str, ...]] = ("drawing", "centering", "neighbors")
    structure: DigitsStructure = Field(default_factory=DigitsStructure)
    settings: DigitsSettings = Field(default_factory=DigitsSettings)
