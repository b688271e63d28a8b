"""Why this answer: what takes longer than an answer, so that it follows in a frame of its own."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch

from playground.data.digits import N_CLASSES, Digits
from playground.frames.attribution import METHODS, Reader
from playground.frames.counterfactual import move_towards
from playground.frames.neighbors import nearest_images
from playground.frames.readers import read_by_others
from playground.frames.shades import as_bytes, round_scale
from playground.models.cnn import as_input
from playground.spec.digits import DigitsStructure
from playground.spec.look import Look
from playground.spec.network import Activation
from playground.spec.stack import read_stack
from playground.training.evaluation import probabilities


def explain(
    structure: DigitsStructure, params: np.ndarray, drawing: np.ndarray, data: Digits, look: Look
) -> dict[str, Any]:
    """What speaks for a digit, what would have to change for another one, what others say, and what is similar.

    Args:
        structure: stack and activation.
        params: (n_params,) float32.
        drawing: (28, 28) uint8 with some ink.
        data: the images to compare with.
        look: the digit in question is the one pointed at in the output layer, else the one in `text`, else the
            first guess.
    """
    stack, activation = structure.stack, structure.activation
    blocks = read_stack(stack)
    proba = probabilities(torch.tensor(params), drawing[None], blocks, activation)[0]  # (10,)
    second, first = (int(k) for k in np.argsort(proba, kind="stable")[-2:])
    digit = _asked(look, len(blocks) - 1, first)
    target = second if digit == first else digit
    way = move_towards(stack, activation, params, drawing, target)
    difference = way.pop("change_difference") / 255
    return {
        "why_digit": digit,
        **_attributions(stack, activation, params.tobytes(), drawing.tobytes(), digit),
        **way,
        "change_difference": as_bytes(difference, 1.0, signed=True),
        "readers": read_by_others(drawing),
        **_neighbors(structure, params, drawing, data, look),
    }


def _asked(look: Look, output_layer: int, first: int) -> int:
    if look.unit and look.unit[0] == output_layer and look.unit[1] < N_CLASSES:
        return look.unit[1]
    return int(look.text) if look.text in map(str, range(N_CLASSES)) else first


@lru_cache(maxsize=32)
def _attributions(stack: str, activation: Activation, params: bytes, drawing: bytes, digit: int) -> dict[str, Any]:
    """What each pixel says by every method; kept, since hovering asks again."""
    weights = torch.tensor(np.frombuffer(params, np.float32).copy())
    reader = Reader(weights, read_stack(stack), activation, digit)
    image = np.frombuffer(drawing, np.uint8).reshape(28, 28)
    maps = {name: method(reader, image) for name, method in METHODS.items()}
    scales = {name: round_scale(values) for name, values in maps.items()}
    full, empty = reader.ends(as_input(image[None]))
    shown: dict[str, Any] = {"why_sum": float(maps["integrated_gradients"].sum()), "why_difference": full - empty}
    shown |= {f"why_{name}": as_bytes(values, scales[name], signed=True) for name, values in maps.items()}
    return {"why_scales": scales, **shown}


def _neighbors(
    structure: DigitsStructure, params: np.ndarray, drawing: np.ndarray, data: Digits, look: Look
) -> dict[str, Any]:
    if not look.shown.get("neighbors"):
        return {"nearest_labels": None, "nearest_progress": None}
    return nearest_images(structure.stack, structure.activation, params, drawing, data)
