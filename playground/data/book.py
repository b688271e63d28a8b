"""A small book as characters, for the prediction of the next one: Alice's Adventures in Wonderland, 1865.

Every eighth block of 1024 characters belongs to the test. No passage crosses from one block into the next, so nothing
of a test passage is ever trained on.
"""

from __future__ import annotations

from functools import cache, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

BOOK = Path(__file__).parents[2] / "assets/data/alice.txt"
BLOCK, TEST_ONE_IN = 1024, 8
CHARACTERS = "\n !\"'(),-.:;?" + "ABCDEFGHIJKLMNOPQRSTUVWXYZ" + "abcdefghijklmnopqrstuvwxyz"
SYMBOLS = ("¶", "␣", *CHARACTERS[2:])  # how they are written where a blank would not be seen

Ints = NDArray[np.int64]


@cache
def load_book() -> Ints:
    """The book: (n_characters,) places in `CHARACTERS`, read-only."""
    book = np.array([CHARACTERS.index(character) for character in BOOK.read_text("ascii")])
    book.setflags(write=False)
    return book


@lru_cache(maxsize=32)
def starts(length: int) -> Ints:
    """Where passages of `length` characters may begin: (n_starts,), each within one block."""
    first = np.arange(len(load_book()) - length + 1)
    return np.asarray(first[first // BLOCK == (first + length - 1) // BLOCK])


def is_test(start: Ints) -> NDArray[np.bool_]:
    """Whether passages that begin here belong to the test; any shape."""
    return np.asarray(start // BLOCK % TEST_ONE_IN == TEST_ONE_IN - 1)


def is_test_place(source: Ints) -> NDArray[np.bool_]:
    """The same for places as a task has them: (n, 1) -> (n,)."""
    return is_test(source[:, 0])


def passages(start: Ints, length: int) -> Ints:
    """The characters of each passage: (n,) -> (n, length)."""
    return np.asarray(load_book()[start[:, None] + np.arange(length)])


def read_characters(text: str) -> Ints:
    """A text as places in `CHARACTERS`; a blank and the end of a paragraph may also be written as they are shown.

    Raises:
        ValueError: a character does not occur in the book; the text names the rule.
    """
    text = text.replace("␣", " ").replace("¶", "\n")
    strange = "".join(dict.fromkeys(character for character in text if character not in CHARACTERS))[:10]
    if strange:
        raise ValueError(f"an input may have the letters and signs of the book, {CHARACTERS[2:13]}; got {strange}")
    return np.array([CHARACTERS.index(character) for character in text], np.int64)


@cache
def baselines() -> dict[str, float]:
    """Test losses in nats a character of those who know less than a network: nothing, the letters, pairs of letters.

    Counts are those of the training blocks, each one larger by 1, so that nothing is impossible.
    """
    book, n = load_book(), len(CHARACTERS)
    tested = is_test(np.arange(len(book)))
    before, after, kept = book[:-1], book[1:], ~tested[1:]
    pairs = np.ones((n, n))
    np.add.at(pairs, (before[kept], after[kept]), 1)
    letters = np.bincount(book[~tested], minlength=n) + 1.0
    by_letter = -np.log(letters / letters.sum())[after[~kept]].mean()
    by_pair = -np.log(pairs / pairs.sum(axis=1, keepdims=True))[before[~kept], after[~kept]].mean()
    return {"nothing": float(np.log(n)), "letters": float(by_letter), "pairs": float(by_pair)}
