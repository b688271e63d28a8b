"""How functions are compiled, and where compiled code is kept.

`compiled` is for functions that other compiled functions call, `entry_point` for those that Python calls: only entry
points are kept on disk, everything that they call included.

Numba keeps compiled code beside the source file and renews it when that one file changes. Two things are missing:
a function that was inlined from another file goes stale silently, and a read-only installation without a writable home
fails at import. So the folder's name holds a hash of all that takes part, and the first writable place is used.
"""

from __future__ import annotations

import hashlib
import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import numba

from playground.training import codes

# NaN and infinity keep their meaning, since divergence is found by them. A division by zero gives infinity and no
# exception: the test for zero that Python's rule needs would keep every loop with a division from being vectorized.
FASTMATH = {"contract", "reassoc", "nsz"}

PACKAGE = Path(__file__).resolve().parents[1]
SOURCES = (*sorted((PACKAGE / "training").glob("*.py")), PACKAGE / "models" / "randomness.py")


def compiled(function: Callable[..., Any]) -> Any:
    """Compile a function that only compiled code calls."""
    return numba.njit(fastmath=FASTMATH, error_model="numpy")(function)


def entry_point(function: Callable[..., Any]) -> Any:
    """Compile a function that Python calls, and keep the result on disk."""
    return numba.njit(cache=True, fastmath=FASTMATH, error_model="numpy")(function)


def sources_hash(sources: Iterable[Path] = SOURCES) -> str:
    """Twelve hex digits that change with the content of any source, and with the codes of the spec's words."""
    words = repr((codes.ACTIVATIONS, codes.LOSSES, codes.OPTIMIZERS, codes.SCHEDULES)).encode()
    return hashlib.sha256(b"\0".join([words, *(path.read_bytes() for path in sources)])).hexdigest()[:12]


def cache_folder(places: Iterable[Path] | None = None) -> Path:
    """The first place that can be written; without one, a temporary folder that lasts as long as the machine wants.

    Args:
        places: folders to try in order; None means `NUMBA_CACHE_DIR` if set, beside the sources, the user's cache.

    Returns:
        An existing folder, one for each state of the sources.
    """
    name = f"numba-{sources_hash()}"
    for place in _usual_places() if places is None else places:
        folder = place if place.name == name else place / name  # a worker inherits the folder that its parent chose
        if _is_writable(folder):
            return folder
    # Compiled code is loaded as a pickle, so a folder that someone else may have made is out of the question.
    return Path(tempfile.mkdtemp(prefix="playground-numba-"))


def _usual_places() -> list[Path]:
    asked = [Path(os.environ["NUMBA_CACHE_DIR"])] if os.environ.get("NUMBA_CACHE_DIR") else []
    return [*asked, Path(__file__).parent / "__pycache__", Path(os.path.expanduser("~/.cache/playground"))]


def _is_writable(folder: Path) -> bool:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


os.environ["NUMBA_CACHE_DIR"] = str(cache_folder())  # for worker processes, and for when numba reads its settings again
numba.config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]  # type: ignore[attr-defined]  # for this process
