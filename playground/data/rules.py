"""The rules behind the sequences: what a source looks like and what its answer is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from playground.data import book
from playground.data.chance import splitmix64
from playground.spec.attention import AttentionStructure, TaskName

TEST_ONE_IN = 8
IGNORED = -1  # target of a position whose prediction is not scored
LETTERS = tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
NUMBERS = tuple(map(str, range(13)))

Ints = NDArray[np.int64]
Bits = NDArray[np.uint64]


def by_hash(source: Ints) -> NDArray[np.bool_]:
    """One source in eight: (n, n_source) -> (n,)."""
    weights = splitmix64(source.shape[1], source.shape[1])  # (n_source,) fixed odd-looking numbers
    key = ((source.astype(np.uint64) + np.uint64(1)) * weights).sum(axis=1, dtype=np.uint64)
    return np.asarray((key ^ (key >> np.uint64(29))) % np.uint64(TEST_ONE_IN) == 0)


@dataclass(frozen=True)
class Task:
    """A rule.

    Attributes:
        symbols: structure -> the tokens it uses, without the mark; those of a source come first.
        draw: (bits (n, 32), structure) -> sources (n, n_source) as indices into `symbols`.
        answer: (sources, structure) -> answers (n, n_answer), -1 where nothing is asked.
        rule: what is asked, in one sentence.
        is_test: which sources (n, n_source) are kept for the test.
    """

    symbols: Callable[[AttentionStructure], tuple[str, ...]]
    draw: Callable[[Bits, AttentionStructure], Ints]
    answer: Callable[[Ints, AttentionStructure], Ints]
    rule: str
    is_test: Callable[[Ints], NDArray[np.bool_]] = by_hash


def _letters(bits: Bits, structure: AttentionStructure) -> Ints:
    """Letters drawn evenly: (n, length)."""
    return (bits[:, : structure.length] >> np.uint64(11)).astype(np.int64) % structure.alphabet


def _sorted(source: Ints, structure: AttentionStructure) -> Ints:
    return np.sort(source, axis=1)


def _reversed(source: Ints, structure: AttentionStructure) -> Ints:
    return source[:, ::-1]


def _same(source: Ints, structure: AttentionStructure) -> Ints:
    return source


def _counts(source: Ints, structure: AttentionStructure) -> Ints:
    return structure.alphabet + (source[:, :, None] == source[:, None, :]).sum(axis=2)  # (n, length)


def _most(source: Ints, structure: AttentionStructure) -> Ints:
    counts = (source[:, :, None] == np.arange(structure.alphabet)).sum(axis=1)  # (n, alphabet)
    return counts.argmax(axis=1)[:, None]


def _open_brackets(bits: Bits, structure: AttentionStructure) -> Ints:
    return _walk(bits, structure.length, closed=False)


def _depth_symbols(source: Ints, structure: AttentionStructure) -> Ints:
    return 2 + depths(source)


def _pairs(bits: Bits, structure: AttentionStructure) -> Ints:
    """Balanced brackets; in half of them two have changed places, and in half of those one is turned around."""
    source = _walk(bits, structure.length - structure.length % 2, closed=True)
    pick = (bits[:, 29:31] >> np.uint64(11)).astype(np.int64) % source.shape[1]  # (n, 2)
    rows = np.flatnonzero(bits[:, 31] >> np.uint64(63))
    first, second = pick[rows, 0], pick[rows, 1]
    source[rows, first], source[rows, second] = source[rows, second], source[rows, first].copy()
    turned = rows[(bits[rows, 28] >> np.uint64(63)) == 1]
    source[turned, pick[turned, 0]] ^= 1
    return source


def _balanced(source: Ints, structure: AttentionStructure) -> Ints:
    depth = depths(source)
    return np.where((depth.min(axis=1) >= 0) & (depth[:, -1] == 0), 2, 3)[:, None]


def _sum_of_two(bits: Bits, structure: AttentionStructure) -> Ints:
    digits = (bits[:, : 2 * structure.length] >> np.uint64(11)).astype(np.int64) % 10  # (n, 2 length)
    return np.insert(digits, structure.length, 10, axis=1)  # (n, 2 length + 1) 10 is the plus


def _added(source: Ints, structure: AttentionStructure) -> Ints:
    n = structure.length
    answer, carry = np.zeros((len(source), n + 1), np.int64), np.zeros(len(source), np.int64)
    for place in range(n - 1, -1, -1):
        total = source[:, place] + source[:, n + 1 + place] + carry
        answer[:, place + 1], carry = total % 10, total // 10
    answer[:, 0] = carry
    return answer


def _rounds(bits: Bits, structure: AttentionStructure) -> Ints:
    """A few different letters, again and again in one order."""
    longest = min(structure.length, structure.alphabet)
    period = 2 + (bits[:, 31] >> np.uint64(11)).astype(np.int64) % (longest - 1)  # (n,)
    letters = np.argsort(bits[:, : structure.alphabet], axis=1)  # (n, alphabet) each letter once
    return np.take_along_axis(letters, np.arange(2 * structure.length)[None, :] % period[:, None], axis=1)


def _repeated(source: Ints, structure: AttentionStructure) -> Ints:
    """What follows each letter, where that letter has stood before and the same followed; -1 elsewhere."""
    length = source.shape[1]
    answer = np.full_like(source, IGNORED)
    for place in range(1, length):
        for before in range(place - 1):  # the latest time counts
            seen = source[:, before] == source[:, place - 1]
            answer[seen, place] = source[seen, before + 1]
    return answer


def _walk(bits: Bits, length: int, *, closed: bool) -> Ints:
    """Brackets that never close too often, 0 for `(` and 1 for `)`: (n, length). Closed ones end at depth 0."""
    coins = (bits >> np.uint64(63)).astype(np.int64)
    source, depth = np.zeros((len(bits), length), np.int64), np.zeros(len(bits), np.int64)
    for place in range(length):
        source[:, place] = np.where(depth == 0, 0, coins[:, place])
        if closed:
            source[depth >= length - place, place] = 1
        depth += 1 - 2 * source[:, place]
    return source


def depths(source: Ints) -> Ints:
    """How many brackets are open after each: (n, length)."""
    return np.cumsum(1 - 2 * source, axis=1)


def _places(bits: Bits, structure: AttentionStructure) -> Ints:
    """Where in the book a passage begins: (n, 1)."""
    starts = book.starts(structure.context + 1)
    return starts[(bits[:, :1] >> np.uint64(11)).astype(np.int64) % len(starts)]


def _passage(source: Ints, structure: AttentionStructure) -> Ints:
    return book.passages(source[:, 0], structure.context + 1)  # (n, context + 1)


def _used_letters(structure: AttentionStructure) -> tuple[str, ...]:
    return LETTERS[: structure.alphabet]


TASKS: dict[TaskName, Task] = {
    "sort": Task(_used_letters, _letters, _sorted, "Write the letters in the order of the alphabet."),
    "reverse": Task(_used_letters, _letters, _reversed, "Write the letters from the last to the first."),
    "copy": Task(_used_letters, _letters, _same, "Write the same letters again."),
    "count": Task(
        lambda s: (*_used_letters(s), *NUMBERS),
        _letters,
        _counts,
        "Write under each letter how often it occurs in the whole input.",
    ),
    "majority": Task(
        _used_letters, _letters, _most, "Write the letter that occurs most often; of equals the first in the alphabet."
    ),
    "depth": Task(
        lambda s: ("(", ")", *NUMBERS),
        _open_brackets,
        _depth_symbols,
        "Write how many brackets are open after each bracket.",
    ),
    "brackets": Task(
        lambda s: ("(", ")", "yes", "no"), _pairs, _balanced, "Say whether every bracket has its partner."
    ),
    "addition": Task(lambda s: (*NUMBERS[:10], "+"), _sum_of_two, _added, "Add the two numbers."),
    "induction": Task(
        _used_letters, _rounds, _repeated, "Some letters repeat: say what followed each letter the time before."
    ),
    "text": Task(
        lambda s: book.SYMBOLS,
        _places,
        _passage,
        "Say which character comes next, in a passage of Alice's Adventures in Wonderland.",
        book.is_test_place,
    ),
}
