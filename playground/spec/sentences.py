"""Every choice of the part "Real sentences" of the Attention page: all of it only decides what is shown."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from playground.spec.base import Choices, Settings, Spec
from playground.spec.probe import Joined

MAX_CHARACTERS = 1000  # of one sentence: more than the model's 128 tokens, and still a link
MAX_WORD = 100
START_SENTENCE = "The animal didn't cross the street because it was too tired."
CHANGED_SENTENCE = "The animal didn't cross the street because it was too wide."


class SentencesStructure(Choices):
    """What is looked at."""

    model: Literal["minilm"] = Field(
        "minilm",
        title="Model",
        description="MiniLM, trained by others on a billion pairs of sentences; it is not trained here. Watch where "
        "its heads look.",
    )


class SentencesSettings(Settings):
    """Whose attention is shown."""

    sentence: str = Field(
        START_SENTENCE,
        max_length=MAX_CHARACTERS,
        title="Sentence",
        description="Any text. The model reads it in pieces of words, 128 at most. Watch how one other word moves "
        "the lines.",
    )
    other: str = Field(
        "",
        max_length=MAX_CHARACTERS,
        title="Second sentence",
        description="Change one word and see which heads notice it. Empty shows the first sentence alone.",
    )
    word: str = Field(
        "it", max_length=MAX_WORD, title="Word", description="The word that looks. “the:2” is the second “the”."
    )
    target: str = Field(
        "animal",
        max_length=MAX_WORD,
        title="Looked at",
        description="The word that heads are searched for. Watch in which layers the heads stand that look at it.",
    )
    heads_off: tuple[Annotated[str, Field(pattern=r"^[1-6]\.([1-9]|1[0-2])$")], ...] = Field(
        (),
        max_length=72,
        title="Heads off",
        description="Heads that write nothing, as layer.head from 1. Watch the maps of later layers: what these "
        "heads did is missing there.",
    )
    joined: Joined = Field(
        "head",
        title="Which map",
        description="The large map: one head's own, the average of its layer or of all layers, or the rollout. "
        "Watch what an average hides.",
    )


class SentencesSpec(Spec):
    """A pretrained encoder on the learner's own sentences."""

    learner: ClassVar[str] = "minilm"
    view: ClassVar[str] = "sentences"
    shown: ClassVar[tuple[str, ...]] = ("sentence", "other", "word", "target", "heads_off", "joined")
    structure: SentencesStructure = Field(default_factory=SentencesStructure)
    settings: SentencesSettings = Field(default_factory=SentencesSettings)
