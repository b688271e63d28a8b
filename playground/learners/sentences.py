"""The pretrained encoder of "Real sentences": a fixed model on the shared backend. There is nothing to train."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import torch

from playground.data.minilm import COMMAND, find_model, load_tokenizer
from playground.frames.sentences import (
    Reading,
    compare,
    draw_reading,
    effect,
    find_pair,
    look_inside,
    notes_on,
    rank,
    read,
)
from playground.learners.learner import Edit, Frame, State
from playground.models.encoder import HEADS, LAYERS, SHAPE
from playground.spec.look import Look
from playground.spec.probe import from_zero
from playground.spec.sentences import CHANGED_SENTENCE, MAX_CHARACTERS, START_SENTENCE, SentencesSpec
from playground.training.history import History

N_ENDS = 2  # [CLS] and [SEP]
FIXED = "MiniLM was trained by others; here it is only looked at"


class SentencesLearner:
    """Pure functions over (spec, state); see `Learner`. The state holds nothing: the weights are the package's."""

    def warm_up(self) -> None:
        torch.set_num_threads(1)
        if folder := find_model():
            load_tokenizer(folder)
            read(folder, START_SENTENCE)

    def init(self, spec: SentencesSpec) -> State:
        return State(0, 0, 0, 1, 1, "", 0, {}, History.empty().add(0, 0))

    def advance(self, spec: SentencesSpec, state: State, n_steps: int) -> State:
        return replace(state, stopped=FIXED)

    def steps_until(self, spec: SentencesSpec, state: State, epoch: int) -> int:
        return 0

    def edit(self, spec: SentencesSpec, state: State, edit: Edit) -> State:
        raise ValueError("weights of a pretrained model are not set by hand")

    def scene(self, spec: SentencesSpec) -> Frame:
        return {
            "task": "sentences",
            "fixed": True,
            "form": SHAPE.form,
            "positions": SHAPE.positions,
            "feed_forward": SHAPE.feed_forward,
            "head_width": SHAPE.width // HEADS,
            "layers": LAYERS,
            "heads": HEADS,
            "max_characters": MAX_CHARACTERS,
            "example": START_SENTENCE,
            "other_example": CHANGED_SENTENCE,
            "command": COMMAND,
        }

    def observe(self, spec: SentencesSpec, state: State, look: Look) -> Frame:
        folder = find_model()
        choices = {**spec.shown_values(), **look.shown}
        if folder is None:
            return {"choices": choices, "missing": True, "summary": "The model is not installed."}
        torch.set_num_threads(1)
        return {"choices": choices, "missing": False, **_look(folder, choices, look)}


def _look(folder: Path, choices: dict[str, Any], look: Look) -> dict[str, Any]:
    text, other = choices["sentence"], choices["other"]
    off = from_zero(choices["heads_off"])
    intact = read(folder, text)
    if empty := intact.n_tokens <= N_ENDS:  # nothing but the two marks
        text = START_SENTENCE
        intact = read(folder, text)
    word, target = find_pair(intact, choices["word"], choices["target"])
    joined = choices["joined"]
    reading = read(folder, text, off) if off else intact
    ranking = rank(reading.maps[:, :, word, target])
    head = _head(look.unit, ranking)
    frame = {
        **draw_reading(reading, head, word, target, joined),
        "empty": empty,
        "comparing": bool(other.strip()),
        "looked": list(head),
        "off": off,
        "effect": effect(intact, reading, word, target) if off else None,
        "ranking": ranking,
        "notes": [notes_on(reading.pieces, text)],
        "summary": _summary(reading, head, word, target),
        **(look_inside(folder, reading, off, head) if look.inside else {}),
    }
    if other.strip():
        second = read(folder, other, off)
        changed = compare(reading, second, head, word, joined)
        matching = dict(zip(*changed["matching"], strict=True))  # a word of the first -> its place in the second
        places = find_pair(second, choices["word"], choices["target"])
        places = matching.get(word, places[0]), matching.get(target, places[1])
        frame |= {f"other_{name}": value for name, value in draw_reading(second, head, *places, joined).items()}
        frame |= {**changed, "notes": [*frame["notes"], notes_on(second.pieces, other)]}
    return frame


def _head(unit: tuple[int, int] | None, ranking: list[list[Any]]) -> tuple[int, int]:
    """The head that the viewer points at; until then the one that joins the two words most."""
    if unit is not None and unit[0] < LAYERS and unit[1] < HEADS:
        return unit
    return ranking[0][0], ranking[0][1]


def _summary(reading: Reading, head: tuple[int, int], word: int, target: int) -> str:
    tokens, weight = reading.pieces.tokens, reading.maps[head][word, target]
    return f"Layer {head[0] + 1}, head {head[1] + 1}: {tokens[word]} looks at {tokens[target]} with {weight:.2f}."
