"""Every choice of the Attention page: the task, the transformer, its training."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, ValidationError, model_validator

from playground.spec.base import Choices, Spec, Speed
from playground.spec.network import MAX_SEED
from playground.spec.optimizing import OptimizerSettings
from playground.spec.probe import MAX_FLIPS, Joined, from_zero

TaskName = Literal["sort", "reverse", "copy", "count", "majority", "depth", "brackets", "addition", "induction", "text"]
Form = Literal["decoder", "encoder"]
Positions = Literal["none", "learned", "sinusoidal", "rotary", "alibi"]
Norm = Literal["before", "after", "none"]
OptimizerName = Literal["adamw", "adam", "sgd", "momentum", "nesterov", "rmsprop", "adagrad", "rprop"]

STEPS_PER_EPOCH = 10  # data are endless: an epoch is a fixed number of updates, each on new sequences
SHIPPED_EPOCH = 20  # of the trained example that comes with the app, by the default choices

CONTINUING = ("induction", "text")  # what comes next is the answer: an encoder would see it


class AttentionStructure(Choices):
    """What is trained; a change starts a new run."""

    task: TaskName = Field(
        "reverse",
        title="Task",
        description="The rule behind the sequences. Each task needs other patterns: watch which heads find them.",
    )
    length: int = Field(
        6,
        ge=3,
        le=12,
        title="Length",
        description="Letters in the input (digits of each number in an addition; induction reads twice as many, "
        "matching brackets an even number). Watch the last places: longer is harder to get all right.",
    )
    alphabet: int = Field(
        3,
        ge=2,
        le=26,
        title="Alphabet",
        description="How many letters there are. Watch the test accuracy: with more letters fewer sequences were "
        "seen before.",
    )
    context: int = Field(
        32,
        ge=8,
        le=64,
        title="Context",
        description="Characters that the model reads before it says the next one. Watch the loss: more help, and "
        "cost time.",
    )
    form: Form = Field(
        "decoder",
        title="Form",
        description="A decoder sees only what came before, an encoder sees everything. Watch the maps: a decoder's "
        "are triangles.",
    )
    layers: int = Field(
        2,
        ge=1,
        le=4,
        title="Layers",
        description="Attention and feed-forward in turn. Watch induction: two layers learn it far sooner than one.",
    )
    heads: int = Field(
        2,
        ge=1,
        le=8,
        title="Heads",
        description="Maps in each layer, side by side. Watch each one look for something else.",
    )
    width: int = Field(
        48,
        ge=16,
        le=128,
        multiple_of=8,
        title="Width",
        description="Numbers that stand for one token; the heads of a layer share them evenly. Watch how soon the "
        "loss falls.",
    )
    feed_forward: int = Field(
        96,
        ge=0,
        le=512,
        title="Feed-forward width",
        description="Units of the small network behind each attention. 0 leaves attention alone: watch which tasks "
        "it still learns.",
    )
    positions: Positions = Field(
        "learned",
        title="Positions",
        description="How the model knows where a token stands. Watch reverse without positions: it cannot be learned.",
    )
    norm: Norm = Field(
        "before",
        title="Layer norm",
        description="Where values are brought to one scale: before or after each part, or nowhere. Watch the loss of "
        "deep models.",
    )
    residual: bool = Field(
        True,
        title="Residual",
        description="Whether each part adds to its input instead of replacing it. Watch deep models without: they "
        "hardly learn.",
    )
    tied: bool = Field(
        False,
        title="Tied embeddings",
        description="Whether the output uses the same vectors as the input. Watch the number of parameters fall.",
    )
    seed: int = Field(
        0,
        ge=0,
        le=MAX_SEED,
        title="Seed",
        description="The number that start weights, sequences and dropout come from. Watch a few: is it luck?",
    )

    @model_validator(mode="after")
    def _parts_fit(self) -> Self:
        # Each rule begins with the field that falls back to its default when a link breaks it.
        if self.width % self.heads:
            raise ValueError(f"heads must divide width evenly; got {self.heads} heads for width {self.width}")
        if self.positions == "rotary" and self.width // self.heads % 2:
            each = self.width // self.heads
            raise ValueError(f"heads must leave each head an even width for rotary positions; got {each}")
        if self.task in CONTINUING and self.form == "encoder":
            raise ValueError(
                f"form must be decoder for {self.task}, since an encoder would see the answer; got encoder"
            )
        return self


class AttentionSettings(OptimizerSettings):
    """How it is trained; a change takes effect in the running run."""

    optimizer: OptimizerName = Field(
        "adamw",
        title="Optimizer",
        description="How a gradient becomes a step. Watch the loss with plain sgd: transformers hardly learn with it.",
    )
    speed: Speed = Field(
        "1",
        title="Speed",
        description="Epochs of ten updates a second. Watch each change when it is slow; max trains as fast as the "
        "machine can.",
    )
    learning_rate: float = Field(
        0.001,
        ge=1e-5,
        le=1,
        title="Learning rate",
        description="How far each step goes. Watch the loss: too small crawls, too large never settles.",
    )
    dropout: float = Field(
        0.0,
        ge=0,
        le=0.9,
        title="Dropout",
        description="The part of each block's output that is switched off by chance in each step. Watch the gap "
        "between training and test loss.",
    )
    beta2: float = Field(
        0.99,
        ge=0,
        lt=1,
        title="Beta 2",
        description="How long Adam remembers the gradient's size. Watch the loss jump when it is small.",
    )
    gradient_clip: float = Field(
        1.0,
        ge=0,
        le=100,
        title="Gradient clip",
        description="Longest gradient allowed; longer ones are shortened, 0 allows all. Watch the loss jump less.",
    )
    batch_size: int = Field(
        64,
        ge=1,
        le=256,
        title="Batch size",
        description="New sequences a step looks at, from the next epoch on. Watch how small batches shake the loss.",
    )
    own_input: str = Field(
        "",
        max_length=200,
        title="Your input",
        description="A sequence of your own that the shown maps and answers belong to. Empty shows a test sequence. "
        "Watch the maps change with one letter.",
    )
    heads_off: tuple[Annotated[str, Field(pattern=r"^[1-4]\.[1-8]$")], ...] = Field(
        (),
        max_length=32,
        title="Heads off",
        description="Heads that write nothing for the shown sequence, as layer.head from 1; the run has all of them. "
        "Watch which answers change.",
    )
    mask_flips: tuple[Annotated[str, Field(pattern=r"^[1-4]\.[1-8](\.[1-9][0-9]?){2}$")], ...] = Field(
        (),
        max_length=MAX_FLIPS,
        title="Mask turned around",
        description="Cells of the shown maps that are hidden or opened, as layer.head.row.column from 1. Watch the "
        "answer of that row.",
    )
    swap: str = Field(
        "",
        pattern=r"^([1-9][0-9]?\.[1-9][0-9]?)?$",
        title="Swapped tokens",
        description="Two places of the shown sequence, as 2.5, whose tokens change places. Watch which heads follow "
        "the token and which stay with the place.",
    )
    softmax_temperature: float = Field(
        1.0,
        ge=0.05,
        le=20,
        title="Softmax temperature",
        description="What every head's scores are divided by before softmax, for the shown sequence only. Watch maps "
        "sharpen below 1 and blur above.",
    )
    head: str = Field(
        "",
        pattern=r"^([1-4]\.[1-8])?$",
        title="Large head",
        description="The head that is shown large, as 2.1 for layer 2, head 1. Empty shows the one that matters "
        "most. Watch where each row is brightest.",
    )
    joined: Joined = Field(
        "head",
        title="Which map",
        description="The large map: this head's own, the average of its layer or of all layers, or the rollout. "
        "Watch what an average hides.",
    )
    place: int = Field(
        0,
        ge=0,
        le=100,
        title="Output at",
        description="The place whose output is shown, counted from 1. 0 is where your changes move the answer most. "
        "Watch how sure the model is at each.",
    )

    def tried(self) -> dict[str, Any]:
        """What a link tries on the shown sequence, counted from 0: `heads_off` ("2.1",) is `off` ((1, 0),)."""
        return {
            "text": self.own_input,
            "off": from_zero(self.heads_off),
            "flips": from_zero(self.mask_flips),
            "swap": from_zero((self.swap,))[0] if self.swap else None,
            "softmax_temperature": self.softmax_temperature,
            "unit": from_zero((self.head,))[0] if self.head else None,
            "joined": self.joined,
            "place": self.place - 1 if self.place else None,
        }


class AttentionSpec(Spec):
    """A small transformer on sequences made by a rule."""

    learner: ClassVar[str] = "transformer"
    view: ClassVar[str] = "attention"
    shown: ClassVar[tuple[str, ...]] = (
        "own_input", "heads_off", "mask_flips", "swap", "softmax_temperature", "head", "joined", "place",
    )  # fmt: skip
    structure: AttentionStructure = Field(default_factory=AttentionStructure)
    settings: AttentionSettings = Field(default_factory=AttentionSettings)

    def change(self, **fields: Any) -> Self:
        """As of every page; what was tried on heads is forgotten when one of them goes."""
        try:
            return super().change(**fields)
        except ValidationError:
            return super().change(**{"heads_off": (), "mask_flips": (), "head": "", **fields})

    @model_validator(mode="after")
    def _heads_are_there(self) -> Self:
        layers, heads, tried = self.structure.layers, self.structure.heads, self.settings.tried()
        for name, places in {"heads_off": tried["off"], "mask_flips": tried["flips"], "head": [tried["unit"]]}.items():
            if any(place and (place[0] >= layers or place[1] >= heads) for place in places):
                raise ValueError(f"{name} must name heads of the model, which has {layers} layers of {heads} heads")
        return self

    @property
    def looks_closer(self) -> bool:
        return self.structure.task == "text"  # what a model writes takes as long as a hundred inputs: maps come first

    @property
    def opens_at(self) -> int:
        """The epoch that is shown at first: the end of the trained example, 0 for everything else."""
        example = AttentionSpec()
        return SHIPPED_EPOCH if self.structure == example.structure and self.trains_like(example) else 0
