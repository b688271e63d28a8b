"""Where compiled code is kept: import this module before any `numba.njit(cache=True)`.

Numba keeps compiled code beside the source file and renews it when that one file changes. Two things are missing:
a function that was inlined from another file goes stale silently, and a read-only installation without a writable home
fails at import. So the folder's name holds a hash of all sources that take part, and the first writable place is used.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Iterable
from pathlib import Path

import numba

PACKAGE = Path(__file__).resolve().parents[1]
SOURCES = (*sorted((PACKAGE / "training").glob("*.py")), PACKAGE / "models" / "randomness.py")


def sources_hash(sources: Iterable[Path] = SOURCES) -> str:
    """Twelve hex digits that change with the content of any source."""
    return hashlib.sha256(b"\0".join(path.read_bytes() for path in sources)).hexdigest()[:12]


def cache_folder(places: Iterable[Path] | None = None) -> Path:
    """The first place that can be written: beside the sources, the user's cache, a private temporary folder.

    Args:
        places: folders to try in order; None means the usual ones.

    Returns:
        An existing folder that only this user can write to when it lies outside the project.
    """
    usual = (Path(__file__).parent / "__pycache__", Path(os.path.expanduser("~/.cache/playground")))
    for place in usual if places is None else places:
        folder = place / f"numba-{sources_hash()}"
        if _is_writable(folder):
            return folder
    # Compiled code is loaded as a pickle, so a folder that someone else may have made is out of the question.
    return Path(tempfile.mkdtemp(prefix="playground-numba-"))


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


if not os.environ.get("NUMBA_CACHE_DIR"):
    os.environ["NUMBA_CACHE_DIR"] = str(cache_folder())  # for worker processes, and when numba reads its settings again
    numba.config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]  # for this process, where numba is loaded already
