"""A sentence -> frame: every head's map, where a word looks, which heads join two words, what another word changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from playground.data.minilm import UNKNOWN, Pieces, load_tokenizer, read_pieces
from playground.frames.heads import Heads, entropy_share, joined_map
from playground.frames.step_through import step_through
from playground.models.encoder import EPSILON, HEADS, LAYERS, SHAPE, encode, load_params, sentence_vector
from playground.spec.probe import Joined
from playground.spec.sentences import MAX_WORD

N_RANKED = 12
SMALL_CELLS = 64  # cells on each side of a small map; longer texts share cells
NAMED_FROM = 0.5  # a pattern is named when it takes this share of the attention
FAR = 3  # tokens: words nearer than this are often joined by place alone
MAX_SHOWN_UNREAD = 300  # characters of the text behind the limit that are shown struck out
LONGEST_NAME = MAX_WORD - 4  # so that `:200` fits behind it: what is chosen must fit the link

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Reading:
    """What the model makes of one text.

    Attributes:
        pieces: the text as it is read.
        maps: (layers, heads, T, T); each row sums to 1.
        outputs: (T, 384), what the last layer says of each token.
        vector: (384,) of length 1, what stands for the whole sentence.
        off: (layer, head) of the heads that are switched off.
    """

    pieces: Pieces
    maps: Floats
    outputs: Floats
    vector: Floats
    off: Heads

    @property
    def n_tokens(self) -> int:
        """T, the two end marks included."""
        return len(self.pieces.tokens)

    def large(self, head: tuple[int, int], joined: Joined) -> Floats:
        """The map of a head, or of several joined up to its layer: (T, T), each row sums to 1."""
        return np.asarray(joined_map(torch.from_numpy(self.maps), *head, joined, residual=True, off=self.off))


@lru_cache(maxsize=16)
def read(folder: Path, text: str, off: tuple[tuple[int, ...], ...] = ()) -> Reading:
    """The model's maps of a text, with the heads `off` (layer, head) switched off; the last few are kept."""
    pieces = read_pieces(load_tokenizer(folder), text)
    outputs, insights = encode(load_params(folder), pieces.ids, off)  # (T, W)
    maps = torch.cat([insight.maps for insight in insights])  # (L, H, T, T)
    return Reading(pieces, maps.numpy(), outputs.numpy(), sentence_vector(outputs).numpy(), off)


def look_inside(
    folder: Path, reading: Reading, off: tuple[tuple[int, ...], ...], head: tuple[int, int]
) -> dict[str, Any]:
    """Every matrix of one head on its way, see `step_through`. Computed anew: kept for each text it would be 20 MB."""
    params = load_params(folder)
    _, insights = encode(params, reading.pieces.ids, off)
    tokens = torch.tensor(reading.pieces.ids)
    return step_through(SHAPE, params, tokens, insights[head[0]], head, still=True, epsilon=EPSILON)


def effect(intact: Reading, changed: Reading, word: int, target: int) -> dict[str, float]:
    """What heads that are off have changed, as cosines in [-1, 1]; 1 is unchanged.

    Returns:
        Of the whole sentence's vector and of the word's output with what they were; and of the word's with the
        looked-at word's, as it was and now: how much of the one the other has taken up.
    """
    before, after = (r.outputs / np.linalg.norm(r.outputs, axis=1, keepdims=True) for r in (intact, changed))  # (T, W)
    cosines = {
        "sentence": intact.vector @ changed.vector,
        "word": before[word] @ after[word],
        "pair_before": before[word] @ before[target],
        "pair": after[word] @ after[target],
    }
    return {name: float(np.clip(cosine, -1, 1)) for name, cosine in cosines.items()}


def names_of(pieces: Pieces) -> list[str]:
    """A name of its own for every token: the second `the` is `the:2`, what is unknown is named by its own letters."""
    names: list[str] = []
    seen: dict[str, int] = {}
    for token, surface in zip(pieces.tokens, pieces.surfaces, strict=True):
        name = (surface if token == UNKNOWN and surface else token).casefold()[:LONGEST_NAME]
        seen[name] = seen.get(name, 0) + 1
        names.append(name if seen[name] == 1 else f"{name}:{seen[name]}")
    return names


def find_pair(reading: Reading, word: str, target: str) -> tuple[int, int]:
    """Places of the word that looks and the word that is looked at.

    What does not stand in the sentence is replaced: the target by what the word looks at most in any head, the word by
    the one that looks most at another far from it, since neighbors are often joined by place alone.
    """
    names = names_of(reading.pieces)
    row = names.index(word.casefold()) if word.casefold() in names else None
    column = names.index(target.casefold()) if target.casefold() in names else None
    if row is not None and column is not None:
        return row, column
    n = reading.n_tokens
    place = np.arange(n)
    strongest = reading.maps.max(axis=(0, 1)) + 1.0  # (T, T), 1 is none
    inner = (place > 0) & (place < n - 1) if n > 2 else np.ones(n, bool)
    distance = np.abs(place[:, None] - place)
    for least in (FAR, 1, 0):
        allowed = (inner[:, None] if row is None else True) & inner & (distance >= least)
        if row is not None:
            allowed &= (place == row)[:, None]
        if allowed.any():
            break
    best = np.where(allowed, strongest, 0)
    found_row, found_column = np.unravel_index(int(best.argmax()), best.shape)
    return (int(found_row) if row is None else row), int(found_column)


def rank(values: Floats) -> list[list[Any]]:
    """The heads with the largest values: [[layer, head, value], ...], the largest first. (layers, heads) -> 12 of 3."""
    order = np.argsort(-values, axis=None, kind="stable")[:N_RANKED]
    return [[int(k) // HEADS, int(k) % HEADS, float(values.flat[k])] for k in order]


def name_patterns(reading: Reading) -> list[list[Any]]:
    """What each head does in this sentence: [[name, share of the attention], ...], layer by layer; "" for nothing."""
    tokens, n = reading.pieces.tokens, reading.n_tokens
    place = np.arange(n)
    same = np.array([[a == b != UNKNOWN for b in tokens] for a in tokens])  # unknown words may be different ones
    marks = np.array([not any(c.isalnum() for c in token) and token not in ("[CLS]", "[SEP]") for token in tokens])
    wanted = {
        "the previous token": place[:, None] == place + 1,
        "the next token": place[:, None] == place - 1,
        "the word itself": place[:, None] == place,
        "the same word elsewhere": same & (place[:, None] != place),
        "the beginning, [CLS]": np.broadcast_to(place == 0, (n, n)),
        "the end, [SEP]": np.broadcast_to(place == n - 1, (n, n)),
        "punctuation": np.broadcast_to(marks, (n, n)),
    }
    inner = (place > 0) & (place < n - 1)
    found = []
    for where in wanted.values():
        counts = inner & where.any(axis=1)  # (T,) words for which the pattern has somewhere to look
        share = (reading.maps * where).sum(-1)[..., counts]  # (L, H, n_counted)
        found.append(share.mean(-1) if counts.sum() >= 2 else np.zeros((LAYERS, HEADS)))
    best = np.stack(found).reshape(len(wanted), -1)  # (patterns, L H)
    names = list(wanted)
    return [
        [names[int(k)], float(column[k])] if column[k] >= NAMED_FROM else ["", 0.0]
        for k, column in zip(best.argmax(axis=0), best.T, strict=True)
    ]


def draw_reading(reading: Reading, head: tuple[int, int], word: int, target: int, joined: Joined) -> dict[str, Any]:
    """One sentence as the view draws it, with exact numbers for one map: see `Reading.large`."""
    pieces = reading.pieces
    return {
        "tokens": list(pieces.tokens),
        "names": names_of(pieces),
        "surfaces": list(pieces.surfaces),
        "word": word,
        "target": target,
        "maps": _bytes(_pooled(reading.maps)),
        "map": reading.large(head, joined),
        "entropy": entropy_share([layer[None] for layer in torch.from_numpy(reading.maps)], "encoder").astype(
            np.float32
        ),
        "patterns": name_patterns(reading),
        "weights": reading.maps[:, :, word, target].copy(),  # (L, H)
    }


def compare(first: Reading, second: Reading, head: tuple[int, int], word: int, joined: Joined) -> dict[str, Any]:
    """The maps of a second sentence less those of the first, where both have tokens at matching places.

    Args:
        first, second: the sentences. Equal tokens match, and replaced ones if they are equally many.
        head, joined: whose map is wanted with exact numbers.
        word: place in the first sentence whose row the heads are ranked by; without a partner nothing is ranked.
    """
    ours, theirs = matching_places(first.pieces.tokens, second.pieces.tokens)
    before = first.maps[:, :, ours][:, :, :, ours]  # (L, H, K, K)
    change = second.maps[:, :, theirs][:, :, :, theirs] - before  # (L, H, K, K) in [-1, 1]
    signed = _pooled(change)
    moved = _moved(first, second, ours, theirs, word) if word in ours else None  # (L, H)
    large = second.large(head, joined)[np.ix_(theirs, theirs)] - first.large(head, joined)[np.ix_(ours, ours)]  # (K, K)
    return {
        "difference": (127.5 + 127.5 * signed).round().astype(np.uint8),  # 0 is -1, 255 is +1
        "difference_map": large,
        "difference_tokens": [
            a if a == b else f"{a}/{b}"
            for a, b in ((first.pieces.tokens[i], second.pieces.tokens[j]) for i, j in zip(ours, theirs, strict=True))
        ],
        "matching": [ours, theirs],
        "moved": None if moved is None else moved.astype(np.float32),
        "moved_ranking": [] if moved is None else rank(moved),
        "all_match": len(ours) == first.n_tokens == second.n_tokens,
        "similarity": float(np.clip(first.vector @ second.vector, -1, 1)),
    }


def _moved(first: Reading, second: Reading, ours: list[int], theirs: list[int], word: int) -> np.ndarray:
    """The share of a word's attention that goes elsewhere in the second sentence: (L, H), 0 to 1.

    Attention on tokens without a partner, on either side, has moved as a whole.
    """
    partner = theirs[ours.index(word)]
    before, after = first.maps[:, :, word], second.maps[:, :, partner]  # (L, H, T1), (L, H, T2)
    between = np.abs(after[..., theirs] - before[..., ours]).sum(-1)  # (L, H)
    alone = (before.sum(-1) - before[..., ours].sum(-1)) + (after.sum(-1) - after[..., theirs].sum(-1))  # (L, H)
    return np.asarray(0.5 * (between + alone))


def matching_places(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[list[int], list[int]]:
    """Places of two texts that belong together: `a cat sat`, `a dog sat` -> [0, 1, 2], [0, 1, 2]."""
    ours: list[int] = []
    theirs: list[int] = []
    for kind, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        if kind == "equal" or (kind == "replace" and b - a == d - c):
            ours += range(a, b)
            theirs += range(c, d)
    return ours, theirs


def notes_on(pieces: Pieces, text: str) -> Mapping[str, Any]:
    """What the model does not read of a text as it stands: cut behind the limit, or not in its vocabulary."""
    unknown = [surface for token, surface in zip(pieces.tokens, pieces.surfaces, strict=True) if token == UNKNOWN]
    unread = text[pieces.read_until :].strip()
    shown = unread[:MAX_SHOWN_UNREAD] + ("…" if len(unread) > MAX_SHOWN_UNREAD else "")
    return {"n_unread": pieces.n_unread, "unread": shown, "unknown": list(dict.fromkeys(unknown))[:10]}


def _pooled(maps: Floats) -> Floats:
    """Small maps: neighbors of long texts share a cell, which shows the value farthest from 0."""
    each = -(-maps.shape[-1] // SMALL_CELLS)
    if each == 1:
        return maps
    n = -(-maps.shape[-1] // each)
    more = n * each - maps.shape[-1]
    padded = np.pad(maps, ((0, 0), (0, 0), (0, more), (0, more)))
    cells = padded.reshape(LAYERS, HEADS, n, each, n, each).transpose(0, 1, 2, 4, 3, 5).reshape(LAYERS, HEADS, n, n, -1)
    at = np.abs(cells).argmax(-1)[..., None]
    return np.asarray(np.take_along_axis(cells, at, -1)[..., 0])  # (L, H, n, n)


def _bytes(maps: Floats) -> NDArray[np.uint8]:
    return (255 * maps).round().astype(np.uint8)
