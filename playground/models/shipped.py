"""Weights that come with the app; each file has a note beside it how it was made."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

DIGITS_WEIGHTS = Path(__file__).parents[2] / "assets/weights/digits_cnn.safetensors"


@lru_cache(maxsize=4)
def load_params(path: Path = DIGITS_WEIGHTS) -> np.ndarray:
    """The flat parameter vector of a shipped network: (n_params,) float32, read-only.

    The file holds one tensor a layer and kind, `0.weight`, `0.bias`, `1.weight` ..., in the vector's order.
    """
    tensors = load_file(path)
    names = sorted(tensors, key=lambda name: (int(name.split(".")[0]), name.endswith("bias")))
    params = np.concatenate([tensors[name].ravel() for name in names]).astype(np.float32)  # (n_params,)
    params.setflags(write=False)
    return params
