"""A drawing as text: 28 x 28 pixels of 16 grays, two in a byte, in the base64 alphabet of links."""

from __future__ import annotations

import base64
import re
from typing import Any

import numpy as np

SIDE = 28
N_CHARACTERS = 523  # 392 bytes in base64 without padding


def pack_drawing(image: np.ndarray) -> str:
    """Write an image as text.

    Args:
        image: (28, 28) uint8, 255 is full ink; rounded to multiples of 17.

    Returns:
        523 characters.
    """
    levels = np.rint(image.reshape(-1) / 17).astype(np.uint8)  # (784,)
    data = (levels[::2] << 4 | levels[1::2]).tobytes()  # 392 bytes
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def unpack_drawing(text: str) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Read what `pack_drawing` wrote: (28, 28) uint8.

    Raises:
        ValueError: the text is no packed drawing.
    """
    if not re.fullmatch(f"[A-Za-z0-9_-]{{{N_CHARACTERS}}}", text):
        raise ValueError(f"drawing must be {N_CHARACTERS} characters of A-Z, a-z, 0-9, _ and -; got {text[:20]!r}")
    data = np.frombuffer(base64.urlsafe_b64decode(text + "="), np.uint8)  # (392,)
    return np.stack([data >> 4, data & 15], axis=1).reshape(SIDE, SIDE) * np.uint8(17)  # (28, 28)


def pack_labelled(label: int, image: np.ndarray) -> str:
    """A drawing with what it shows: the digit, then `pack_drawing`; 524 characters."""
    return f"{label}{pack_drawing(image)}"


def unpack_labelled(text: str) -> tuple[int, np.ndarray[Any, np.dtype[np.uint8]]]:
    """Read what `pack_labelled` wrote: the digit and (28, 28) uint8.

    Raises:
        ValueError: the text does not begin with a digit, or no packed drawing follows.
    """
    if not re.match("[0-9]", text):
        raise ValueError(f"a labelled drawing must begin with its digit; got {text[:20]!r}")
    return int(text[0]), unpack_drawing(text[1:])
