"""Sequences by rule: endless data for the transformer, each with its exact answer.

A task draws a source and knows its answer. A decoder reads `source > answer` and predicts the answer token by token. An
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
Bits = NDArray[np.uint64]


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
        symbols: structure -> the tokens it uses, without the mark; those of a source come first.
        draw: (bits (n, 32), structure) -> sources (n, n_source) as indices into `symbols`.
        answer: (sources, structure) -> answers (n, n_answer), -1 where nothing is asked.
        rule: what is asked, in one sentence.
    """

    symbols: Callable[[AttentionStructure], tuple[str, ...]]
    draw: Callable[[Bits, AttentionStructure], Ints]
    answer: Callable[[Ints, AttentionStructure], Ints]
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
    source = TASKS[structure.task].draw(bits, structure)
    wrong_part = _is_test(source) != (part == "test")
    rows = np.argsort(wrong_part, kind="stable")[:n]  # sources of the right part first, in the order drawn
    return ask(structure, source[rows])


def ask(structure: AttentionStructure, source: Ints) -> Batch:
    """Sources (n, n_source) with their answers, arranged as the model reads them."""
    answer = TASKS[structure.task].answer(source, structure)
    if structure.task == "induction":
        return Batch(source[:, :-1] + 1, np.where(answer < 0, IGNORED, answer + 1)[:, 1:])
    return _arranged(source + 1, answer + 1, structure.form)


def cut_source(structure: AttentionStructure, text: str) -> tuple[str, str]:
    """A learner's own input without blanks around it: what the model can read of it, and what is too long for it."""
    text = text.strip()
    limit = len(source_text(structure, make_test(structure).tokens[0]))
    return text[:limit], text[limit:]


def read_source(structure: AttentionStructure, text: str) -> Batch:
    """A learner's own input.

    Raises:
        ValueError: it does not follow the form that the model was trained on; the text names the rule.
    """
    example = make_test(structure).tokens[:1]
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
    if structure.task == "depth" and _depths(source).min() < 0:
        raise ValueError(f"an input must not close a bracket that is not open; got {shown!r}")
    if structure.task == "induction":
        source = np.append(
            source, source[:, :1], axis=1
        )  # what follows the last letter is not known: stands for nothing
    return ask(structure, source)


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
    return 2 + _depths(source)


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
    depths = _depths(source)
    return np.where((depths.min(axis=1) >= 0) & (depths[:, -1] == 0), 2, 3)[:, None]


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


def _depths(source: Ints) -> Ints:
    return np.cumsum(1 - 2 * source, axis=1)


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
        _used_letters, _letters, _most, "Write the letter that occurs most often; of equals the first one."
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
}
