"""The complete MNIST from openml.org, kept on this machine: `python -m playground.data.complete_digits`.

It runs as a process of its own, for it takes minutes and half a gigabyte of memory. While it loads, `progress` says how
far it is.
"""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sys
from collections.abc import Callable
from functools import lru_cache
from http.client import HTTPException
from pathlib import Path
from typing import Any

import numpy as np

from playground.data.digits import Digits, load_complete
from playground.spec.drawing import SIDE

N_TRAIN, N_TEST = 60_000, 10_000
DOWNLOAD_BYTES = 15_200_000  # of the packed file at openml.org, for the progress bar
SILENCE_SECONDS = 30.0  # without a byte from openml.org
DOWNLOAD_SHARE = 0.6  # of the time; the rest is reading what came
OFFLINE, NO_ROOM, FOREIGN = 3, 4, 5  # exit statuses; an error that nobody foresaw ends with 1
DISK_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES, errno.EPERM)
Source = Callable[..., tuple[Any, Any]]


def folder() -> Path:
    """Where fetched data stay: $PLAYGROUND_CACHE, or a folder in the user's cache."""
    return Path(os.environ.get("PLAYGROUND_CACHE") or "~/.cache/deep-learning-playground").expanduser()


def file() -> Path:
    """The complete set, once it was fetched."""
    return folder() / "mnist_complete.npz"


@lru_cache(maxsize=1)
def load_fetched() -> Digits:
    """60 000 training images and the 10 000 official test images.

    Raises:
        FileNotFoundError: they were not fetched yet.
    """
    return load_complete(file())


def progress() -> float:
    """How far fetching is, 0 to 1, judged by the bytes that have come."""
    if file().exists():
        return 1.0
    n_bytes = sum(path.stat().st_size for path in _parts().rglob("*") if path.is_file())
    return DOWNLOAD_SHARE * min(1.0, n_bytes / DOWNLOAD_BYTES)


def _openml(*args: Any, **options: Any) -> tuple[Any, Any]:
    from sklearn.datasets import fetch_openml  # here, since the server shall not load it

    X, y = fetch_openml(*args, **options)
    return X, y


def fetch(source: Source = _openml) -> None:
    """Get the set from openml.org and keep it.

    Args:
        source: called like `sklearn.datasets.fetch_openml`, which is the default.

    Raises:
        OSError: no connection, or no room.
        ValueError: what came is not MNIST.
    """
    _parts().mkdir(parents=True, exist_ok=True)
    X, y = source(
        "mnist_784", version=1, as_frame=False, return_X_y=True, data_home=_parts(), parser="pandas",
        read_csv_kwargs={"dtype": None},  # labels as plain numbers: as categories scikit-learn 1.9 fails on pandas 3.1
    )  # fmt: skip
    digits = as_digits(np.asarray(X), np.asarray(y))
    draft = file().with_suffix(f".{os.getpid()}.npz")
    np.savez_compressed(draft, **vars(digits))
    draft.replace(file())  # all of it or nothing
    shutil.rmtree(_parts(), ignore_errors=True)


def as_digits(X: np.ndarray, y: np.ndarray) -> Digits:
    """Rows of pixels in MNIST's own order, the test images last: (70000, 784) numbers from 0 to 255 and their labels.

    Raises:
        ValueError: it is something else.
    """
    shape = (N_TRAIN + N_TEST, SIDE * SIDE)
    if X.shape != shape or not (X.min() >= 0 and X.max() <= 255):  # a NaN is neither
        raise ValueError(f"MNIST must have {shape[0]} rows of {shape[1]} numbers from 0 to 255; got {X.shape}")
    images, labels = X.astype(np.uint8).reshape(-1, SIDE, SIDE), y.astype(np.uint8)
    if labels.shape != shape[:1] or labels.max() > 9:
        raise ValueError(f"MNIST must have {shape[0]} labels from 0 to 9; got {labels.shape}, at most {labels.max()}")
    return Digits(images[:N_TRAIN], labels[:N_TRAIN], images[N_TRAIN:], labels[N_TRAIN:])


def _parts() -> Path:
    """What has come so far."""
    return folder() / "openml"


def main(source: Source = _openml) -> int:
    """Fetch; on failure say why in one line.

    Returns:
        The exit status: 0, or OFFLINE, NO_ROOM or FOREIGN.
    """
    socket.setdefaulttimeout(SILENCE_SECONDS)  # scikit-learn sets none: a dead connection would hold for ever
    try:
        fetch(source)
    except (OSError, EOFError, HTTPException, ValueError) as error:  # among them: what came is cut off or damaged
        print(f"{type(error).__name__}: {error}"[:200], file=sys.stderr)  # noqa: T201
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            return NO_ROOM
        return FOREIGN if isinstance(error, ValueError) else OFFLINE
    return 0


if __name__ == "__main__":
    sys.exit(main())
