"""What a viewer may say: every message is validated here, before anything is done with it."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from playground.learners.learner import Edit
from playground.live.slice import PastUnit
from playground.spec.look import Look
from playground.spec.probe import Probe
from playground.spec.weights import MAX_WEIGHT

MAX_MESSAGE = 8192  # characters; a kernel of 15 x 15 takes up to 5 900: a browser writes every digit of its weights
MAX_STEP = 2**53  # what a browser counts exactly
MAX_KERNEL = 225  # weights of a kernel of 15 x 15
MAX_EDITS = 64 * MAX_KERNEL  # of one message: that kernel in 64 filters


class Message(BaseModel):
    """A validated message; unknown fields and numbers without end are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Hello(Message):
    """The first message: who is there, and which tokens this browser tab had before, on this page and on any."""

    type: Literal["hello"]
    token: str = Field(max_length=100)
    before: str = Field("", max_length=100)
    beside: str = Field("", max_length=100)


class Press(Message):
    """A button of the transport bar."""

    type: Literal["play", "pause", "step", "step_batch", "rewind", "branch", "head", "unedit"]


class Seek(Message):
    """Show a past moment: the beginning of an epoch, or what stood after so many steps."""

    type: Literal["seek"]
    epoch: int | None = Field(None, ge=0, le=1_000_000_000)
    step: int | None = Field(None, ge=0, le=MAX_STEP)

    @model_validator(mode="after")
    def _is_one_place(self) -> Self:
        if (self.epoch is None) == (self.step is None):
            raise ValueError("seek must name an epoch or a step, not both")
        return self

    @property
    def place(self) -> tuple[int, PastUnit]:
        """How far, and counted in what."""
        return (self.epoch, "epoch") if self.epoch is not None else (self.step or 0, "step")


class EditWeight(Message):
    """Set one weight (or, with input null, one bias)."""

    type: Literal["edit"]
    layer: int = Field(ge=0, le=100)
    unit: int = Field(ge=0, le=10_000)
    input: int | None = Field(None, ge=0, le=10_000)
    value: float = Field(ge=-MAX_WEIGHT, le=MAX_WEIGHT)

    def edit(self) -> Edit:
        """What it changes."""
        return Edit(self.layer, self.unit, self.input, self.value)


class EditKernel(Message):
    """Set all weights of a unit, or of `n_units` from there on, that look at one map: a filter's kernel, row by row."""

    type: Literal["edit_kernel"]
    layer: int = Field(ge=0, le=100)
    unit: int = Field(ge=0, le=10_000)
    map: int = Field(ge=0, le=10_000)
    values: tuple[Annotated[float, Field(ge=-MAX_WEIGHT, le=MAX_WEIGHT)], ...] = Field(
        min_length=1, max_length=MAX_KERNEL
    )
    n_units: int = Field(1, ge=1, le=MAX_EDITS)

    @model_validator(mode="after")
    def _is_small(self) -> Self:
        if self.n_units * len(self.values) > MAX_EDITS:
            raise ValueError(f"one message may set at most {MAX_EDITS} weights")
        return self

    def edit(self) -> Edit:
        """What it changes: a unit's inputs count through its first map, then its second, and so on."""
        return Edit(self.layer, self.unit, self.map * len(self.values), self.values, self.n_units)


Index = Annotated[int, Field(ge=0, le=10_000)]
Unit = tuple[Annotated[int, Field(ge=0, le=1000)], Index]


class LookAt(Message):
    """What the pointer is over, the learner's own input, and units that are switched off while looking."""

    type: Literal["look"]
    unit: Unit | None = None
    point: tuple[Annotated[float, Field(ge=-100, le=100)], Annotated[float, Field(ge=-100, le=100)]] | None = None
    text: str = Field("", max_length=200)
    off: tuple[Unit, ...] = Field((), max_length=64)
    inside: bool = False
    kernel: tuple[Index, Index, Index] | None = None
    probe: Probe = Probe()
    again: bool = False  # the last frame was not complete: each look computes more of it

    def look(self) -> Look:
        """The same as learners take it."""
        return Look(**{name: value for name, value in self if name not in ("type", "again")})


class StudyOrder(Message):
    """Fit the run many times: `luck` over seeds, `grid` over two settings of contender `which`, `gaps` over shares of
    values knocked out; or, with `end`, no longer."""

    type: Literal["study"]
    name: Literal["luck", "grid", "gaps"]
    which: int = Field(0, ge=0, le=5)
    end: bool = False


class Visible(Message):
    """Whether anybody can see the view: a hidden one costs nothing."""

    type: Literal["visible"]
    visible: bool


class Ack(Message):
    """A frame has been painted."""

    type: Literal["ack"]
    frame: int = Field(ge=0)


Command = Hello | Press | Seek | EditWeight | EditKernel | LookAt | StudyOrder | Visible | Ack
_COMMANDS: TypeAdapter[Command] = TypeAdapter(Annotated[Command, Field(discriminator="type")])


def read_command(text: str) -> Command:
    """One message as a command.

    Raises:
        ValueError: it is too long, no JSON, or no legal command; the text names the rule.
    """
    if len(text) > MAX_MESSAGE:
        raise ValueError(f"a message must have at most {MAX_MESSAGE} characters; got {len(text)}")
    try:
        command = _COMMANDS.validate_json(text)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise ValueError(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    json.loads(text, object_pairs_hook=_each_once)  # afterwards: now it is known to be shallow
    return command


def _each_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Who reads a message in another way than this server might see another value of a field that comes twice."""
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise ValueError("a message must have each field once")
    return fields
