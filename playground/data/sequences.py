"""Sequences by rule: endless data for the transformer, each with its exact answer.

A task draws a source and knows its answer. A decoder reads `source > answer` and predicts the answer token by token. An
encoder reads the source and answers in place; where source and answer differ in length it reads `source >>>` and
answers at the marks. One source in eight, by its hash, belongs to the test and is never trained on.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from playground.data.book import read_characters
from playground.data.chance import Chance
from playground.data.rules import IGNORED, TASKS, TEST_ONE_IN, Ints, depths
from playground.spec.attention import AttentionStructure

N_TEST = 256
MARK = ">"  # ends the source; always token 0


@dataclass(frozen=True)
class Batch:
    """Sequences as the model reads them.

    Attributes:
        tokens: (n, n_tokens) int64, indices into the vocabulary.
        targets: (n, n_tokens) int64, what each position should say; -1 where it is not asked.
    """

    tokens: Ints
    targets: Ints


def vocabulary(structure: AttentionStructure) -> tuple[str, ...]:
    """Every token of a task by its index; the first one is the mark `>`."""
    return (MARK, *TASKS[structure.task].symbols(structure))


@lru_cache(maxsize=64)
def n_tokens(structure: AttentionStructure) -> int:
    """How many tokens the model reads: sorting 6 letters takes 12 in a decoder (6, the mark, 5) and 6 in an encoder."""
    return make_batch(structure, "size", 0, 1).tokens.shape[1]


@lru_cache(maxsize=64)
def make_test(structure: AttentionStructure) -> Batch:
    """The fixed test set: 256 sequences that are never trained on."""
    return make_batch(structure, "test", 0, N_TEST)


@lru_cache(maxsize=64)
def count_test(structure: AttentionStructure) -> tuple[int, int]:
    """How many different sequences the test set holds, and how many of them are trained on too.

    Sorting 6 of 3 letters: (84, 0). Brackets of length 3: (4, 4), for there are no others.
    """
    test = {row.tobytes() for row in make_test(structure).tokens}
    trained = {row.tobytes() for row in make_batch(structure, "train", 0, 4 * N_TEST).tokens}
    return len(test), len(test & trained)


def make_batch(structure: AttentionStructure, part: str, step: int, n: int) -> Batch:
    """`n` sequences, a pure function of its arguments.

    Args:
        structure: the task and its sizes.
        part: "train", or "test" for sources that are kept for the test.
        step: number of the update that they are for.
        n: how many, 1 or more.

    Returns:
        The batch. Where a task has so few sources that one part runs out, sources of the other fill the rest.
    """
    n_drawn = TEST_ONE_IN * 2 * n if part == "test" else 2 * n + 16
    bits = Chance(structure.seed).bits(f"sequences {part} {step}", n_drawn * 32).reshape(n_drawn, 32)
    source = TASKS[structure.task].draw(bits, structure)
    wrong_part = TASKS[structure.task].is_test(source) != (part == "test")
    rows = np.argsort(wrong_part, kind="stable")[:n]  # sources of the right part first, in the order drawn
    return ask(structure, source[rows])


def ask(structure: AttentionStructure, source: Ints) -> Batch:
    """Sources (n, n_source) with their answers, arranged as the model reads them."""
    answer = TASKS[structure.task].answer(source, structure)
    if structure.task == "text":
        return Batch(answer[:, :-1] + 1, answer[:, 1:] + 1)
    if structure.task == "induction":
        return Batch(source[:, :-1] + 1, np.where(answer < 0, IGNORED, answer + 1)[:, 1:])
    return _arranged(source + 1, answer + 1, structure.form)


def cut_source(structure: AttentionStructure, text: str) -> tuple[str, str]:
    """A learner's own input without blanks around it: what the model can read of it, and what is too long for it.

    Of a text the model reads the end, of anything else the beginning.
    """
    if structure.task == "text":
        return text[-structure.context :], text[: -structure.context]
    text = text.strip()
    limit = len(source_text(structure, make_test(structure).tokens[0]))
    return text[:limit], text[limit:]


def read_source(structure: AttentionStructure, text: str) -> Batch:
    """A learner's own input.

    Raises:
        ValueError: it does not follow the form that the model was trained on; the text names the rule.
    """
    example = make_test(structure).tokens[:1]
    if structure.task == "text":
        return _after_passage(example, read_characters(text) + 1)
    form = source_text(structure, example[0])
    names = [name for name in vocabulary(structure)[1:] if not (name.isdigit() and structure.task != "addition")]
    names = [name for name in names if len(name) == 1]
    text = text.strip().upper()
    shown = text[:20] + ("…" if len(text) > 20 else "")
    if len(text) != len(form) or any(letter not in names for letter in text):
        raise ValueError(f"an input must have {len(form)} of {' '.join(names)}, such as {form}; got {shown!r}")
    if (structure.task == "addition" and text.find("+") != structure.length) or text.count("+") > 1:
        raise ValueError(f"an input must be two numbers of {structure.length} digits, such as {form}; got {shown!r}")
    source = np.array([[names.index(letter) for letter in text]])  # (1, n_source)
    if structure.task == "depth" and depths(source).min() < 0:
        raise ValueError(f"an input must not close a bracket that is not open; got {shown!r}")
    if structure.task == "induction":
        source = np.append(
            source, source[:, :1], axis=1
        )  # what follows the last letter is not known: stands for nothing
    return ask(structure, source)


def _after_passage(example: Ints, typed: Ints) -> Batch:
    """As much of a passage (1, T) as the model reads beside what was typed, and then that: the last T of both."""
    length = example.shape[1]
    tokens = np.concatenate([example[0], typed])[-length:][None]  # (1, T)
    return Batch(tokens, np.append(tokens[:, 1:], [[IGNORED]], axis=1))  # what follows the end is not known


def source_text(structure: AttentionStructure, tokens: Ints) -> str:
    """The part of one sequence that the model is given: `CBACAB`."""
    names = vocabulary(structure)
    end = np.flatnonzero(tokens == 0)
    return "".join(names[token] for token in tokens[: end[0] if len(end) else len(tokens)])


def _arranged(source: Ints, answer: Ints, form: str) -> Batch:
    n, n_source = source.shape
    n_answer = answer.shape[1]
    if form == "encoder" and n_source == n_answer:
        return Batch(source, answer)
    marks = np.zeros((n, 1 if form == "decoder" else n_answer), np.int64)
    known = answer[:, :-1] if form == "decoder" else answer[:, :0]
    tokens = np.concatenate([source, marks, known], axis=1)  # (n, n_source + n_answer)
    targets = np.concatenate([np.full_like(source, IGNORED), answer], axis=1)  # (n, n_source + n_answer)
    return Batch(tokens, targets)
