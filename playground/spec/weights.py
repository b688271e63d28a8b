"""Weights as text, for links that carry a trained or hand-edited network."""

from __future__ import annotations

import base64
import binascii

import numpy as np

MAX_WEIGHT = 1e4


def pack_weights(params: np.ndarray) -> str:
    """Numbers as the letters of a link: float32, little-endian, base64 without padding.

    Args:
        params: (n_params,) float32.
    """
    return base64.urlsafe_b64encode(params.astype("<f4").tobytes()).rstrip(b"=").decode()


def unpack_weights(text: str) -> np.ndarray:
    """What `pack_weights` was given: (n_params,) float32.

    Raises:
        ValueError: the text is no such list, or a number in it is beyond 10 000.
    """
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error:
        raise ValueError(f"weights must be packed numbers; got {text[:40]}") from None
    if len(data) % 4:
        raise ValueError(f"weights must be 4 bytes each; got {len(data)} bytes")
    params = np.frombuffer(data, dtype="<f4").astype(np.float32)
    if not np.all(np.abs(params) <= MAX_WEIGHT):  # also false for NaN
        raise ValueError(f"weights must be numbers of at most {MAX_WEIGHT:g}")
    return params
