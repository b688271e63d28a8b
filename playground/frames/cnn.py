"""State of a stack of layers -> frame: what it says of the drawing, every feature map, filters, mistakes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from playground.data.digits import N_CLASSES, Digits
from playground.data.drawing import sample_drawing
from playground.frames.attribution import METHODS, Reader
from playground.frames.kernels import kernel_choices, show_kernel
from playground.frames.neighbors import nearest_images
from playground.frames.unit_sum import explain_unit
from playground.models.cnn import NON_NEGATIVE, as_input, forward, split_params
from playground.spec.digits import DigitsSpec, DigitsStructure
from playground.spec.drawing import unpack_drawing
from playground.spec.stack import count_params, read_stack
from playground.training.codes import hyper_vector
from playground.training.digit_batches import taught_drawings
from playground.training.evaluation import N_LIVE, accuracy, mean_loss, probabilities
from playground.training.history import History
from playground.training.optimizers import learning_rate_at

N_MISTAKES = 12
MAX_MAPS = 64  # of a layer that are sent
SCALES = (1.0, 1.5, 2.0, 3.0, 4.0, 5.0, 7.0)  # times a power of ten: a color scale that does not creep with every frame


class Gaze(Protocol):
    """The parts of `learners.learner.Look` that count here."""

    @property
    def unit(self) -> tuple[int, int] | None: ...
    @property
    def point(self) -> tuple[float, float] | None: ...
    @property
    def kernel(self) -> tuple[int, int, int] | None: ...
    @property
    def shown(self) -> Mapping[str, Any]: ...
    @property
    def still(self) -> bool: ...


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
    data: Digits,
    look: Gaze,
) -> dict[str, Any]:
    """What the view draws of one moment.

    Args:
        spec: the choices in force at this step.
        params: (n_params,) float32.
        test_proba: (500, 10) what was said of the first test images at the newest record.
        history: its newest row gives the numbers while the run plays.
        data: the images.
        look: what the viewer points at and wants to see.
    """
    text = look.shown.get("drawing", "")
    drawing = unpack_drawing(text) if text else sample_drawing()  # (28, 28)
    weights, blocks = torch.tensor(params), read_stack(spec.structure.stack)
    return {
        "learning_rate": learning_rate_at(hyper_vector(spec.settings), int(history.last("epoch"))),
        "drawing": drawing,
        "has_ink": bool(drawing.any()),
        **read_drawing(spec.structure, weights, drawing),
        **_filters(spec.structure, weights),
        **_unit(spec.structure, weights, drawing, look),
        **show_kernel(weights, blocks, look.kernel),
        **_own(spec, weights),
        **(_look_closer(spec.structure, params, data) if look.still else _newest(test_proba, history, data)),
        **(_explain(spec.structure, weights, drawing, look) if look.still else {"why_digit": None}),
        **_neighbors(spec.structure, params, drawing, data, look),
    }


def read_drawing(structure: DigitsStructure, weights: Tensor, drawing: np.ndarray) -> dict[str, Any]:
    """Probabilities of the ten digits and the values of every layer as bytes, one color scale for each layer."""
    blocks = read_stack(structure.stack)
    with torch.no_grad():
        layers = forward(weights, as_input(drawing[None]), blocks, structure.activation)
    proba = layers[-1][0].softmax(dim=0).numpy()  # (10,)
    values = [layer[0].numpy()[:MAX_MAPS] if layer.dim() == 4 else layer[0].numpy() for layer in layers]
    signed = [bool(v.min(initial=0) < 0) or structure.activation not in NON_NEGATIVE for v in values]
    scales = [_round_scale(v) for v in values]
    maps = {f"maps_{k}": _as_bytes(v, scales[k], signed=signed[k]) for k, v in enumerate(values)}
    second, first = (int(digit) for digit in np.argsort(proba, kind="stable")[-2:])
    return {"proba": proba, "first": first, "second": second, "scales": scales, "signed": signed, **maps}


def _unit(structure: DigitsStructure, weights: Tensor, drawing: np.ndarray, look: Gaze) -> dict[str, Any]:
    """The arithmetic behind the place of a feature map that is pointed at."""
    blocks, X = read_stack(structure.stack), as_input(drawing[None])
    with torch.no_grad():
        layers = forward(weights, X, blocks, structure.activation)
        return explain_unit(weights, blocks, layers, X, look.unit, look.point)


def _explain(structure: DigitsStructure, weights: Tensor, drawing: np.ndarray, look: Gaze) -> dict[str, Any]:
    """What speaks for one digit, by every method: the one pointed at in the output layer, else the first guess."""
    blocks = read_stack(structure.stack)
    with torch.no_grad():
        digit = int(forward(weights, as_input(drawing[None]), blocks, structure.activation)[-1].argmax())
    if look.unit and look.unit[0] == len(blocks) - 1 and look.unit[1] < N_CLASSES:
        digit = look.unit[1]
    reader = Reader(weights, blocks, structure.activation, digit)
    maps = {name: method(reader, drawing) for name, method in METHODS.items()}
    scales = {name: _round_scale(values) for name, values in maps.items()}
    shown = {f"why_{name}": _as_bytes(values, scales[name], signed=True) for name, values in maps.items()}
    return {"why_digit": digit, "why_scales": scales, **shown}


def _neighbors(
    structure: DigitsStructure, params: np.ndarray, drawing: np.ndarray, data: Digits, look: Gaze
) -> dict[str, Any]:
    if not (look.still and look.shown.get("neighbors") and drawing.any()):
        return {"nearest_labels": None}
    return nearest_images(structure.stack, structure.activation, params, drawing, data)


def _filters(structure: DigitsStructure, weights: Tensor) -> dict[str, Any]:
    """The kernels of the first layer when it is a convolution: (filters, kernel, kernel) uint8."""
    blocks = read_stack(structure.stack)
    if blocks[0].kind != "conv":
        return {"filters": np.zeros((0, 1, 1), np.uint8), "filter_scale": 1.0}
    kernels = split_params(weights, blocks)[0][0][:, 0].numpy()  # (filters, kernel, kernel)
    scale = _round_scale(kernels)
    return {"filters": _as_bytes(kernels, scale, signed=True), "filter_scale": scale}


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
    y_train, y_test = data.train_labels[: len(train)], data.test_labels
    return {
        "train_loss": mean_loss(train, y_train),
        "test_loss": mean_loss(test, y_test),
        "train_accuracy": accuracy(train, y_train),
        "test_accuracy": accuracy(test, y_test),
        "n_test": len(test),
        **_answers(test, data),
    }


@lru_cache(maxsize=4)
def _read_all(stack: str, activation: Any, params: bytes, data: Digits) -> tuple[np.ndarray, np.ndarray]:
    """What is said of the first 500 training images and of all test images; kept, since hovering asks again."""
    weights, blocks = torch.tensor(np.frombuffer(params, np.float32).copy()), read_stack(stack)
    return (
        probabilities(weights, data.train_images[:N_LIVE], blocks, activation),
        probabilities(weights, data.test_images, blocks, activation),
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


def _as_bytes(values: np.ndarray, scale: float, *, signed: bool) -> np.ndarray:
    """0 to 255 for 0 to scale, or for -scale to scale."""
    share = (values / scale + 1) / 2 if signed else values / scale
    return np.rint(255 * np.clip(np.nan_to_num(share), 0, 1)).astype(np.uint8)


def _round_scale(values: np.ndarray) -> float:
    """The smallest of 1, 1.5, 2, 3, 4, 5, 7 times a power of ten that no finite value exceeds."""
    most = float(np.max(np.abs(values), initial=0.0, where=np.isfinite(values)))
    if most <= 0.01:
        return 0.01
    power = 10.0 ** np.floor(np.log10(most))
    return float(next((step * power for step in SCALES if step * power >= most), 10 * power))
