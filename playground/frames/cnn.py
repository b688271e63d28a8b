"""State of a stack of layers -> frame: what it says of the drawing, every feature map, filters, mistakes."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from playground.data.digits import N_CLASSES, Digits
from playground.data.drawing import sample_drawing
from playground.frames.explanation import explain
from playground.frames.kernels import kernel_choices, show_kernel
from playground.frames.shades import as_bytes, round_scale
from playground.frames.unit_sum import explain_unit
from playground.models.cnn import NON_NEGATIVE, as_input, forward, split_params
from playground.spec.digits import DigitsSpec, DigitsStructure
from playground.spec.drawing import unpack_drawing
from playground.spec.look import Look
from playground.spec.stack import count_params, read_stack
from playground.training.codes import hyper_vector
from playground.training.digit_batches import N_LIVE, taught_drawings
from playground.training.evaluation import accuracy, logits_of, mean_loss, probabilities, softmax
from playground.training.history import History
from playground.training.optimizers import learning_rate_at

N_MISTAKES = 12
MAX_MAPS = 64  # of a layer that are sent
N_STILL = 2000  # test images that count while a run stands still


def draw_scene(spec: DigitsSpec, data: Digits) -> dict[str, Any]:
    """What is drawn once a run."""
    blocks = read_stack(spec.structure.stack)
    layers = [
        {"title": b.title, "kind": b.kind, "text": b.text, "shape": b.shape_out, "n_params": b.n_params} for b in blocks
    ]
    return {
        "task": "classification",
        "class_names": [str(digit) for digit in range(N_CLASSES)],
        "seed": spec.structure.seed,
        "start": spec.structure.start,
        "n_train": len(data.train_images),
        "n_test": len(data.test_images),
        "layers": layers,
        "n_params": count_params(blocks),
        "kernels": kernel_choices(blocks),
    }


def observe(
    spec: DigitsSpec,
    params: np.ndarray,
    test_proba: np.ndarray,
    history: History,
    epoch: int,
    data: Digits,
    look: Look,
) -> dict[str, Any]:
    """What the view draws of one moment.

    Args:
        spec: the choices in force at this step.
        params: (n_params,) float32.
        test_proba: (500, 10) what was said of the first test images at the newest record.
        history: its newest row gives the numbers while the run plays.
        epoch: for the learning rate in force.
        data: the images.
        look: what the viewer points at and wants to see.
    """
    text = look.shown.get("drawing", "")
    drawing = unpack_drawing(text) if text else sample_drawing()  # (28, 28)
    weights, blocks = torch.tensor(params), read_stack(spec.structure.stack)
    return {
        "learning_rate": learning_rate_at(hyper_vector(spec.settings), epoch),
        "scheduled": spec.settings.is_scheduled,
        "drawing": drawing,
        "closer": look.still,
        **_ink(drawing),
        **read_drawing(spec.structure, weights, drawing, each=look.shown.get("map_scale") == "map"),
        **_filters(spec.structure, weights),
        **_unit(spec.structure, weights, drawing, look),
        **show_kernel(weights, blocks, look.kernel),
        **_own(spec, weights),
        **(_look_closer(spec.structure, params, data) if look.still else _newest(test_proba, history, data)),
        **(explain(spec.structure, params, drawing, data, look) if look.still and drawing.any() else {}),
    }


def _ink(drawing: np.ndarray) -> dict[str, Any]:
    """Where the ink is: its box (top, left, height, width) and its center of mass (down, right), in pixels."""
    if not drawing.any():
        return {"has_ink": False, "ink_box": None, "ink_center": None}
    rows, columns = np.flatnonzero(drawing.any(axis=1)), np.flatnonzero(drawing.any(axis=0))
    box = [int(rows[0]), int(columns[0]), int(np.ptp(rows)) + 1, int(np.ptp(columns)) + 1]
    center = (np.indices(drawing.shape) + 0.5) * (drawing / drawing.sum())  # (2, 28, 28)
    return {"has_ink": True, "ink_box": box, "ink_center": center.sum(axis=(1, 2)).tolist()}


def read_drawing(
    structure: DigitsStructure, weights: Tensor, drawing: np.ndarray, *, each: bool = False
) -> dict[str, Any]:
    """Probabilities of the ten digits and the values of every layer as bytes.

    Args:
        structure: stack and activation.
        weights: (n_params,).
        drawing: (28, 28) uint8.
        each: whether each feature map has a color scale of its own; else all of a layer share one.
    """
    blocks = read_stack(structure.stack)
    with torch.no_grad():
        layers = forward(weights, as_input(drawing[None]), blocks, structure.activation)
    proba = layers[-1][0].softmax(dim=0).numpy()  # (10,)
    values = [layer[0].numpy()[:MAX_MAPS] if layer.dim() == 4 else layer[0].numpy() for layer in layers]
    signed = [bool(v.min(initial=0) < 0) or structure.activation not in NON_NEGATIVE for v in values]
    scales = [round_scale(v) for v in values]
    own = [[round_scale(m) for m in v] if each and v.ndim == 3 else None for v in values]
    used = [scale if some is None else np.array(some)[:, None, None] for scale, some in zip(scales, own, strict=True)]
    maps = {f"maps_{k}": as_bytes(v, used[k], signed=signed[k]) for k, v in enumerate(values)}
    second, first = (int(digit) for digit in np.argsort(proba, kind="stable")[-2:])
    facts = {"scales": scales, "map_scales": own, "map_scale": "map" if each else "layer", "signed": signed}
    return {"proba": proba, "first": first, "second": second, **facts, **maps}


def _unit(structure: DigitsStructure, weights: Tensor, drawing: np.ndarray, look: Look) -> dict[str, Any]:
    """The arithmetic behind the place of a feature map that is pointed at."""
    blocks, X = read_stack(structure.stack), as_input(drawing[None])
    with torch.no_grad():
        layers = forward(weights, X, blocks, structure.activation)
        return explain_unit(weights, blocks, structure.activation, layers, X, look.unit, look.point)


def _filters(structure: DigitsStructure, weights: Tensor) -> dict[str, Any]:
    """The kernels of the first layer when it is a convolution: (filters, kernel, kernel) uint8."""
    blocks = read_stack(structure.stack)
    if blocks[0].kind != "conv":
        return {"filters": np.zeros((0, 1, 1), np.uint8), "filter_scale": 1.0}
    kernels = split_params(weights, blocks)[0][0][:, 0].numpy()  # (filters, kernel, kernel)
    scale = round_scale(kernels)
    return {"filters": as_bytes(kernels, scale, signed=True), "filter_scale": scale}


def _own(spec: DigitsSpec, weights: Tensor) -> dict[str, Any]:
    """Own drawings that were taught: [label, what is said, its probability] of each, and the share read rightly."""
    if not spec.settings.taught:
        return {"own": [], "own_read": None, "own_images": np.zeros((0, 28, 28), np.uint8)}
    labels, images = taught_drawings(spec.settings.taught)
    proba = probabilities(weights, images, read_stack(spec.structure.stack), spec.structure.activation)  # (n, 10)
    said = proba.argmax(axis=1)  # (n,)
    rows = [[int(label), int(digit), float(row[digit])] for label, digit, row in zip(labels, said, proba, strict=True)]
    return {"own": rows, "own_read": accuracy(proba, labels), "own_images": images}


def _newest(proba: np.ndarray, history: History, data: Digits) -> dict[str, Any]:
    numbers = {name: history.last(name) for name in history.columns[2:] if name != "own_read"}
    return {**numbers, "n_test": N_LIVE, **_answers(proba, data)}


def _look_closer(structure: DigitsStructure, params: np.ndarray, data: Digits) -> dict[str, Any]:
    train, test = _read_all(structure.stack, structure.activation, params.tobytes(), data)
    y_train, y_test = data.train_labels[: len(train)], data.test_labels[: len(test)]
    return {
        "train_loss": mean_loss(train, y_train),
        "test_loss": mean_loss(test, y_test),
        "train_accuracy": accuracy(train, y_train),
        "test_accuracy": accuracy(test, y_test),
        "n_test": len(test),
        **_answers(softmax(test), data),
    }


@lru_cache(maxsize=4)
def _read_all(stack: str, activation: Any, params: bytes, data: Digits) -> tuple[np.ndarray, np.ndarray]:
    """Logits of the first 500 training and 2 000 test images; kept, since hovering asks again."""
    weights, blocks = torch.tensor(np.frombuffer(params, np.float32).copy()), read_stack(stack)
    return (
        logits_of(weights, data.train_images[:N_LIVE], blocks, activation),
        logits_of(weights, data.test_images[:N_STILL], blocks, activation),
    )


def _answers(proba: np.ndarray, data: Digits) -> dict[str, Any]:
    """Confusion matrix, rows true, and the mistakes in which the truth got the least probability."""
    labels, said = data.test_labels[: len(proba)], proba.argmax(axis=1)  # (n,) each
    confusion = np.zeros((N_CLASSES, N_CLASSES), np.int64)
    np.add.at(confusion, (labels, said), 1)
    truth = proba[np.arange(len(labels)), labels]  # (n,)
    wrong = np.flatnonzero(said != labels)
    worst = wrong[np.argsort(truth[wrong], kind="stable")[:N_MISTAKES]]
    return {
        "confusion": confusion.tolist(),
        "n_mistakes": len(wrong),
        "mistakes": data.test_images[worst],  # (up to 12, 28, 28) uint8
        "mistake_labels": [[int(labels[k]), int(said[k]), float(proba[k, said[k]])] for k in worst],
    }
