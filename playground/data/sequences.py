"""Sequences by rule: endless data for the transformer, each with its exact answer.

A task makes a source and an answer. A decoder reads `source > answer` and predicts the answer token by token. An
encoder reads the source and answers in place; where source and answer differ in length it reads `source >>>` and
answers at the marks. One source in eight, by its hash, belongs to the test and is never trained on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from playground.data.chance import Chance, splitmix64
from playground.spec.attention import AttentionStructure, TaskName

N_TEST = 256
TEST_ONE_IN = 8
IGNORED = -1  # target of a position whose prediction is not scored
MARK = ">"  # ends the source; always token 0
LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
NUMBERS = tuple(map(str, range(13)))

Ints = NDArray[np.int64]
Rows = tuple[Ints, Ints]


@dataclass(frozen=True)
class Batch:
    """Sequences as the model reads them.

    Attributes:
        tokens: (n, n_tokens) int64, indices into the vocabulary.
        targets: (n, n_tokens) int64, what each position should say; -1 where it is not asked.
    """

    tokens: Ints
    targets: Ints


@dataclass(frozen=True)
class Task:
    """A rule.

    Attributes:
        symbols: structure -> the tokens it uses, without the mark.
        rows: (bits, structure) -> source (n, n_source) and answer (n, n_answer) as indices into `symbols`.
        rule: what is asked, in one sentence.
    """

    symbols: Callable[[AttentionStructure], tuple[str, ...]]
    rows: Callable[[NDArray[np.uint64], AttentionStructure], Rows]
    rule: str


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
    source, answer = TASKS[structure.task].rows(bits, structure)
    wrong_part = _is_test(source) != (part == "test")
    rows = np.argsort(wrong_part, kind="stable")[:n]  # sources of the right part first, in the order drawn
    if structure.task == "induction":
        return Batch(source[rows][:, :-1] + 1, np.where(answer[rows] < 0, IGNORED, answer[rows] + 1)[:, 1:])
    return _arranged(source[rows] + 1, answer[rows] + 1, structure.form)


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


def _is_test(source: Ints) -> NDArray[np.bool_]:
    """One source in eight: (n, n_source) -> (n,)."""
    weights = splitmix64(source.shape[1], source.shape[1])  # (n_source,) fixed odd-looking numbers
    key = ((source.astype(np.uint64) + np.uint64(1)) * weights).sum(axis=1, dtype=np.uint64)
    return np.asarray((key ^ (key >> np.uint64(29))) % np.uint64(TEST_ONE_IN) == 0)


def _letters(bits: NDArray[np.uint64], structure: AttentionStructure) -> Ints:
    """Letters drawn evenly: (n, length)."""
    return (bits[:, : structure.length] >> np.uint64(11)).astype(np.int64) % structure.alphabet


def _sort(bits: NDArray[np.uint64], structure: AttentionStructure) -> Rows:
    source = _letters(bits, structure)
    return source, np.sort(source, axis=1)


def _reverse(bits: NDArray[np.uint64], structure: AttentionStructure) -> Rows:
    source = _letters(bits, structure)
    return source, source[:, ::-1]


def _copy(bits: NDArray[np.uint64], structure: AttentionStructure) -> Rows:
    source = _letters(bits, structure)
    return source, source


def _count(bits: NDArray[np.uint64], structure: AttentionStructure) -> Rows:
    source = _letters(bits, structure)
    counts = (source[:, :, None] == source[:, None, :]).sum(axis=2)  # (n, length)
    return source, structure.alphabet + counts


def _majority(bits: NDArray[np.uint64], structure: AttentionStructure) -> Rows:
    source = _letters(bits, structure)
    counts = (source[:, :, None] == np.arange(structure.alphabet)).sum(axis=1)  # (n, alphabet)
    return source, counts.argmax(axis=1)[:, None]


def _depth(bits: NDArray[np.uint64], structure: AttentionStructure) -> Rows:
    source = _walk(bits, structure.length, closed=False)
    return source, 2 + _depths(source)


def _brackets(bits: NDArray[np.uint64], structure: AttentionStructure) -> Rows:
    n = len(bits)
    source = _walk(bits, structure.length - structure.length % 2, closed=True)
    pick = (bits[:, 29:31] >> np.uint64(11)).astype(np.int64) % source.shape[1]  # (n, 2)
    rows = np.flatnonzero(bits[:, 31] >> np.uint64(63))  # in half of the rows two brackets change places
    first, second = pick[rows, 0], pick[rows, 1]
    source[rows, first], source[rows, second] = source[rows, second], source[rows, first].copy()
    flipped = rows[(bits[rows, 28] >> np.uint64(63)) == 1]  # and in a quarter one is turned around
    source[flipped, pick[flipped, 0]] ^= 1
    depths = _depths(source)
    balanced = (depths.min(axis=1) >= 0) & (depths[:, -1] == 0)
    return source, np.where(balanced, 2, 3).reshape(n, 1)


def _addition(bits: NDArray[np.uint64], structure: AttentionStructure) -> Rows:
    n = structure.length
    digits = (bits[:, : 2 * n] >> np.uint64(11)).astype(np.int64) % 10  # (rows, 2 length)
    first, second = digits[:, :n], digits[:, n:]
    answer = np.zeros((len(bits), n + 1), np.int64)
    carry = np.zeros(len(bits), np.int64)
    for place in range(n - 1, -1, -1):
        total = first[:, place] + second[:, place] + carry
        answer[:, place + 1], carry = total % 10, total // 10
    answer[:, 0] = carry
    plus = np.full((len(bits), 1), 10)
    return np.concatenate([first, plus, second], axis=1), answer


def _induction(bits: NDArray[np.uint64], structure: AttentionStructure) -> Rows:
    """A few different letters, again and again; asked is what followed each letter the time before."""
    longest = min(structure.length, structure.alphabet)
    period = 2 + (bits[:, 31] >> np.uint64(11)).astype(np.int64) % (longest - 1)  # (n,)
    letters = np.argsort(bits[:, : structure.alphabet], axis=1)  # (n, alphabet) each letter once
    places = np.arange(2 * structure.length)
    source = np.take_along_axis(letters, places[None, :] % period[:, None], axis=1)  # (n, 2 length)
    return source, np.where(places[None, :] > period[:, None], source, IGNORED)


def _walk(bits: NDArray[np.uint64], length: int, *, closed: bool) -> Ints:
    """Brackets that never close too often, 0 for `(` and 1 for `)`: (n, length). Closed ones end at depth 0."""
    coins = (bits >> np.uint64(63)).astype(np.int64)
    source, depth = np.zeros((len(bits), length), np.int64), np.zeros(len(bits), np.int64)
    for place in range(length):
        source[:, place] = np.where(depth == 0, 0, coins[:, place])
        if closed:
            source[depth >= length - place, place] = 1
        depth += 1 - 2 * source[:, place]
    return source


def _depths(source: Ints) -> Ints:
    return np.cumsum(1 - 2 * source, axis=1)


def _used_letters(structure: AttentionStructure) -> tuple[str, ...]:
    return LETTERS[: structure.alphabet]


TASKS: dict[TaskName, Task] = {
    "sort": Task(_used_letters, _sort, "Write the letters in the order of the alphabet."),
    "reverse": Task(_used_letters, _reverse, "Write the letters from the last to the first."),
    "copy": Task(_used_letters, _copy, "Write the same letters again."),
    "count": Task(
        lambda s: (*_used_letters(s), *NUMBERS),
        _count,
        "Write under each letter how often it occurs in the whole input.",
    ),
    "majority": Task(_used_letters, _majority, "Write the letter that occurs most often; of equals the first one."),
    "depth": Task(lambda s: ("(", ")", *NUMBERS), _depth, "Write how many brackets are open after each bracket."),
    "brackets": Task(lambda s: ("(", ")", "yes", "no"), _brackets, "Say whether every bracket has its partner."),
    "addition": Task(lambda s: (*NUMBERS[:10], "+"), _addition, "Add the two numbers."),
    "induction": Task(_used_letters, _induction, "Some letters repeat: say what followed each letter the time before."),
}
