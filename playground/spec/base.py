"""Choices as values: frozen, validated, and the same in Python, JSON and a link.

A spec has two parts. `structure` decides what is trained (a change starts a new run), `settings` decides how
(a change takes effect in the running run). Field names are the words of the link and of the screen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Self, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic.fields import FieldInfo

from playground.spec.wording import plain_rule

Speed = Annotated[str, Field(pattern="^(1|5|20|60|max)$")]
MAX_SHOWN_VALUE = 40  # characters of a wrong value that a notice repeats


class Choices(BaseModel):
    """A frozen group of choices; equal values are equal objects and may be dictionary keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @field_validator("*", mode="before")
    @classmethod
    def _split_lists(cls, value: Any, info: Any) -> Any:
        """Read `4,2` as a tuple: a link has only text."""
        field = cls.model_fields[info.field_name]
        if isinstance(value, str) and get_origin(field.annotation) is tuple:
            return tuple(part for part in value.split(",") if part)
        return value


class Settings(Choices):
    """Live settings that every learner has: how fast, and when to stop by itself."""

    speed: Speed = Field(
        "20",
        title="Speed",
        description="Epochs a second. Watch each change when it is slow; max trains as fast as the machine can.",
    )
    stop_on_divergence: bool = Field(
        True,
        title="Stop when it diverges",
        description="Pauses when the loss explodes or is no longer a number. Watch what the learning rate was.",
    )
    stop_loss: float = Field(
        0.0,
        ge=0,
        le=100,
        title="Stop at test loss",
        description="Pauses where the test loss falls below this value; 0: never. Watch how long it takes.",
    )
    stop_plateau: int = Field(
        0,
        ge=0,
        le=100_000,
        title="Stop on plateau",
        description="Pauses when the training loss has not fallen by 1% for so many epochs; 0: never. Watch its curve.",
    )
    stop_epoch: int = Field(
        0,
        ge=0,
        le=10_000_000,
        title="Stop at epoch",
        description="Pauses at this epoch; 0 switches it off. Watch how two runs compare there.",
    )


STOPS = ("stop_on_divergence", "stop_loss", "stop_plateau", "stop_epoch")


@dataclass(frozen=True)
class Problem:
    """One part of a link that could not be used: which field, what came, which rule it breaks."""

    field: str
    value: str
    rule: str

    def __str__(self) -> str:
        return f"{self.field} = {self.value}: {self.rule}"


class Spec(Choices):
    """All choices of one page. Subclasses name the two parts, the learner that runs them and the view that shows it.

    `shown` names the settings that only decide what a frame shows, such as a drawing: a change of one, or of the
    speed, is no part of the run, so it holds for past states too.
    """

    learner: ClassVar[str]
    view: ClassVar[str]
    shown: ClassVar[tuple[str, ...]] = ()
    made_by_hand: ClassVar[tuple[str, ...]] = ()
    structure: Any
    settings: Any

    @property
    def looks_closer(self) -> bool:
        """Whether, while the run stands still, a quick frame is followed by one that takes longer."""
        return False

    def n_parts(self, study: str, which: int) -> int:
        """How many independent fits a study of this run has; 0 when it has no such study."""
        return 0

    @classmethod
    def fields(cls) -> dict[str, FieldInfo]:
        """Every field of both parts by name; a name never stands in both."""
        return {**cls._part("structure").model_fields, **cls._part("settings").model_fields}

    @classmethod
    def _part(cls, name: str) -> type[Choices]:
        return cls.model_fields[name].annotation  # type: ignore[return-value]  # pydantic types this as Any | None

    def values(self) -> dict[str, Any]:
        """Every field's value by name: `PlaygroundSpec().values()["hidden_sizes"]` is `(4, 2)`."""
        return {**_own(self.structure), **_own(self.settings)}

    def keeping_hand_made(self, present: Self) -> Self:
        """This spec with what was made by hand for the present one: a step back does not take that away."""
        return self.change(**{name: getattr(present.settings, name) for name in self.made_by_hand})

    def shown_values(self) -> dict[str, Any]:
        """The settings that only decide what is shown, by name."""
        return {name: getattr(self.settings, name) for name in self.shown}

    def trains_like(self, other: Self) -> bool:
        """Whether both have the same settings but for the speed and those that only decide what is shown."""
        own, others = (spec.settings.model_dump(exclude={"speed", *self.shown}) for spec in (self, other))
        return bool(own == others)

    def trains_as(self, other: Self) -> bool:
        """The same, wherever both stop."""
        stops = {name: getattr(other.settings, name) for name in STOPS}
        return self.model_copy(update={"settings": self.settings.model_copy(update=stops)}).trains_like(other)

    def change(self, **fields: Any) -> Self:
        """The same choices with some fields replaced.

        Raises:
            ValidationError: a value breaks its field's rule.
        """
        return self.from_values({**self.values(), **fields})

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> Self:
        """Build a spec from a flat mapping; what is absent takes its default.

        Raises:
            ValidationError: a value breaks its field's rule, or a name is no field.
        """
        settings = cls._part("settings").model_fields
        return cls(
            structure={k: v for k, v in values.items() if k not in settings},
            settings={k: v for k, v in values.items() if k in settings},
        )

    def to_query(self) -> dict[str, str]:
        """The choices that differ from the defaults, as text for a link."""
        plain = self.from_values({}).values()
        return {name: as_text(value) for name, value in self.values().items() if value != plain[name]}

    @classmethod
    def from_query(cls, query: Mapping[str, str]) -> tuple[Self, list[Problem]]:
        """Read a link. What is wrong falls back to its default and is reported; nothing raises."""
        values: dict[str, Any] = dict(query)
        problems: list[Problem] = []
        while True:
            try:
                return cls.from_values(values), problems
            except ValidationError as error:
                wrong: dict[str, str] = {}
                for name, rule in cls.broken_rules(error):
                    if name in values:
                        wrong.setdefault(name, rule)  # what follows from it is no news
                wrong = wrong or dict.fromkeys(values, "these choices do not go together")
                for name, rule in wrong.items():
                    problems.append(Problem(name, str(values.pop(name))[:MAX_SHOWN_VALUE], rule))

    @classmethod
    def broken_rules(cls, error: ValidationError) -> list[tuple[str, str]]:
        """Name of the field and rule in plain words, of each rule that is broken."""
        return [cls._field_and_rule(one) for one in error.errors()]

    @classmethod
    def _field_and_rule(cls, error: Any) -> tuple[str, str]:
        location = [part for part in error["loc"] if part not in ("structure", "settings")]
        info = cls.fields().get(str(location[0])) if len(location) == 1 else None  # else of a part of the value
        rule = plain_rule(error, info.metadata if info else ())
        return (str(location[0]) if location else rule.split()[0]), rule  # rules over several fields begin with one


def _own(part: Choices) -> dict[str, Any]:
    return {name: getattr(part, name) for name in type(part).model_fields}


def as_text(value: Any, between: str = ",") -> str:
    """A value as a link has it: `(4, 2)` is `4,2`, True is `true`."""
    if isinstance(value, tuple):
        return between.join(map(as_text, value))
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value).removesuffix(".0") if isinstance(value, float) else str(value)  # repr keeps every digit
