"""Weights that come with the app; each file has a note beside it how it was made."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import safe_open
from safetensors.numpy import load_file

from playground.spec.digits import DEEP, READER, STACKS

FOLDER = Path(__file__).parents[2] / "assets/weights"
FILES = {READER: "digits_cnn", "LeNet-like": "digits_lenet", "dense": "digits_dense", DEEP: "digits_residual"}
"""File in `assets/weights` by the name of the stack on screen."""
PARTS = ("weight", "bias", "weight2", "bias2")  # of a layer, in the order of `Block.param_shapes`


def weights_file(stack: str) -> Path:
    """Where the trained weights of a stack are kept.

    Raises:
        ValueError: no trained weights come with the app for this stack.
    """
    for name, file in FILES.items():
        if STACKS[name] == stack:
            return FOLDER / f"{file}.safetensors"
    raise ValueError(f"trained weights come with the stacks of {', '.join(FILES)}; got {stack}")


@lru_cache(maxsize=8)
def load_params(stack: str = STACKS[READER]) -> np.ndarray:
    """The flat parameter vector of a shipped network: (n_params,) float32, read-only.

    The file holds one tensor a layer and part, `0.weight`, `0.bias`, `1.weight` ..., in the vector's order.
    """
    tensors = load_file(weights_file(stack))
    names = sorted(tensors, key=lambda name: (int(name.split(".")[0]), PARTS.index(name.split(".")[1])))
    params = np.concatenate([tensors[name].ravel() for name in names]).astype(np.float32)  # (n_params,)
    params.setflags(write=False)
    return params


@lru_cache(maxsize=8)
def shipped_accuracy(stack: str) -> float:
    """Share of the 10 000 official test images that a shipped network reads rightly, as measured when it was made."""
    with safe_open(weights_file(stack), "numpy") as file:
        return float(file.metadata()["accuracy"])


BOOSTING = FOLDER / "digits_xgboost.ubj"


def as_pixels(images: np.ndarray) -> np.ndarray:
    """Images as rows of numbers: (n, 28, 28) uint8 -> (n, 784) float32, 0 to 255."""
    return images.reshape(len(images), -1).astype(np.float32)


@lru_cache(maxsize=1)
def load_booster() -> Any:
    """The shipped `xgboost.Booster` that reads digits by their pixels; loads the library."""
    import xgboost

    booster = xgboost.Booster({"nthread": 1})
    booster.load_model(BOOSTING)
    return booster
