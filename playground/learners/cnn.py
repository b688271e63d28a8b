"""The stack of layers of the Digits page, trained by torch.

An epoch of this page is 1 000 images, so that curves and timeline are fine enough: ten epochs are one pass over the
10 000 training images.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from playground.data.complete_digits import load_fetched
from playground.data.digits import Digits, load_digits
from playground.data.drawing import sample_drawing
from playground.frames.cnn import draw_scene, observe
from playground.frames.readers import read_by_others
from playground.learners.learner import Edit, Frame, State
from playground.models.cnn import as_input, forward
from playground.models.randomness import STREAM_DROPOUT, hash_of
from playground.models.shipped import load_params
from playground.models.stack_start import init_params
from playground.spec.digits import DigitsSpec, DigitsStructure
from playground.spec.look import Look
from playground.spec.stack import Block, read_stack
from playground.training.augmentation import augment
from playground.training.codes import OPTIMIZERS, hyper_vector
from playground.training.digit_batches import N_LIVE, batch_images, epoch_size, taught_drawings
from playground.training.evaluation import accuracy, logits_of, mean_loss, softmax
from playground.training.flat import optimizer_step
from playground.training.history import History, next_record
from playground.training.stops import divergence, has_diverged, stop_reason

COLUMNS = ("train_loss", "test_loss", "train_accuracy", "test_accuracy", "own_read")
"""What is recorded; `own_read` is the share of own drawings that are read rightly, NaN while there are none."""

NO_MOMENTS = np.zeros((2, 0), np.float32)
"""Stands for moments that are all zero: two thirds of a state that nobody has trained, or that SGD trains."""


class CnnLearner:
    """Pure functions over (spec, state); see `Learner`.

    Args:
        load: the images; the shipped cut unless another set is asked for.
    """

    def __init__(self, load: Callable[[], Digits] = load_digits) -> None:
        self.load = load

    def warm_up(self) -> None:
        vector = np.zeros(1, np.float32)
        hyper = hyper_vector(DigitsSpec().settings)
        optimizer_step(0, vector, np.zeros((2, 1), np.float32), vector.copy(), hyper, 0, 0)
        read_by_others(sample_drawing())

    def images(self, structure: DigitsStructure) -> Digits:
        """What is trained and tested on."""
        return load_fetched() if structure.images == "complete" else self.load()

    def init(self, spec: DigitsSpec) -> State:
        blocks = read_stack(spec.structure.stack)
        trained = spec.structure.start == "trained"
        data = self.images(spec.structure)
        params = load_params(spec.structure.stack) if trained else init_params(blocks, spec.structure.seed)
        row, proba = evaluate(spec, data, params)
        return State(
            step=0,
            epoch=0,
            batch=0,
            steps_per_epoch=-(-epoch_size(data) // spec.settings.batch_size),
            batch_size=spec.settings.batch_size,
            optimizer=spec.settings.optimizer,
            memory_from=0,
            arrays={"params": params, "moments": NO_MOMENTS, "test_proba": proba},
            history=History.empty(*COLUMNS).add(0, 0, *row),
        )

    def advance(self, spec: DigitsSpec, state: State, n_steps: int) -> State:
        data, settings = self.images(spec.structure), spec.settings
        n_images = epoch_size(data)
        params, moments = torch.tensor(state.arrays["params"]), moments_of(state, settings.optimizer)
        proba, history, stopped = state.arrays["test_proba"], with_own(spec, state), ""
        memory_from = state.memory_from if settings.optimizer == state.optimizer else state.step
        epoch, batch, step, batch_size = state.epoch, state.batch, state.step, state.batch_size
        while step < state.step + n_steps and not stopped:
            batch_size = settings.batch_size if batch == 0 else batch_size
            gradient, statistics = batch_gradient(spec, data, params, epoch, batch, batch_size, step)
            hyper = hyper_vector(settings)
            code = OPTIMIZERS[settings.optimizer]
            if not optimizer_step(code, params.numpy(), moments, gradient, hyper, epoch, step - memory_from):
                stopped = divergence(epoch)
                break
            if len(statistics):
                params[_statistics_at(spec.structure.stack)] = statistics
            step, batch = step + 1, batch + 1
            if batch * batch_size < n_images:
                continue
            epoch, batch = epoch + 1, 0
            if epoch == next_record(int(history.last("epoch")), settings.stop_epoch):
                row, proba = evaluate(spec, data, params.numpy())
                stopped = divergence(epoch - 1) if has_diverged(settings, row[0]) else ""
                if not stopped:
                    history = history.add(epoch, step, *row)
                    stopped = stop_reason(settings, history)
        arrays = {"params": params.numpy(), "moments": moments if moments.any() else NO_MOMENTS, "test_proba": proba}
        steps_per_epoch = -(-n_images // batch_size)
        return State(
            step, epoch, batch, steps_per_epoch, batch_size, settings.optimizer, memory_from, arrays, history, stopped
        )

    def steps_until(self, spec: DigitsSpec, state: State, epoch: int) -> int:
        if state.epoch >= epoch:
            return 0
        n_images = epoch_size(self.images(spec.structure))
        first = state.batch_size if state.batch else spec.settings.batch_size  # of the rest of this epoch
        rest = -(-n_images // first) - state.batch
        return rest + (epoch - state.epoch - 1) * -(-n_images // spec.settings.batch_size)

    def edit(self, spec: DigitsSpec, state: State, edit: Edit) -> State:
        params = state.arrays["params"].copy()
        params[weight_places(read_stack(spec.structure.stack), edit)] = edit.values
        return replace(state, arrays={**state.arrays, "params": params})

    def scene(self, spec: DigitsSpec) -> Frame:
        return draw_scene(spec, self.images(spec.structure))

    def observe(self, spec: DigitsSpec, state: State, look: Look) -> Frame:
        params, proba, data = state.arrays["params"], state.arrays["test_proba"], self.images(spec.structure)
        return observe(spec, params, proba, state.history, state.epoch, data, look)


def evaluate(spec: DigitsSpec, data: Digits, params: np.ndarray) -> tuple[tuple[float, ...], np.ndarray]:
    """The numbers of `COLUMNS`, on the first 500 training and test images, and what is said of those test images."""
    blocks, weights, activation = read_stack(spec.structure.stack), torch.tensor(params), spec.structure.activation
    train = logits_of(weights, data.train_images[:N_LIVE], blocks, activation)  # (500, 10)
    test = logits_of(weights, data.test_images[:N_LIVE], blocks, activation)  # (500, 10)
    y_train, y_test = data.train_labels[:N_LIVE], data.test_labels[:N_LIVE]
    losses = (mean_loss(train, y_train), mean_loss(test, y_test))
    return (*losses, accuracy(train, y_train), accuracy(test, y_test), own_read(spec, weights)), softmax(test)


def own_read(spec: DigitsSpec, weights: Tensor) -> float:
    """The share of own drawings that is read rightly; NaN while there are none."""
    if not spec.settings.taught:
        return float("nan")
    labels, images = taught_drawings(spec.settings.taught)
    return accuracy(logits_of(weights, images, read_stack(spec.structure.stack), spec.structure.activation), labels)


def with_own(spec: DigitsSpec, state: State) -> History:
    """The history; drawings taught since its newest record, and before any step after that, count in it."""
    rows = state.history.rows
    if not spec.settings.taught or rows[-1, 1] != state.step or not np.isnan(rows[-1, -1]):
        return state.history
    rows = rows.copy()
    rows[-1, -1] = own_read(spec, torch.tensor(state.arrays["params"]))
    return History(state.history.columns, rows)


def moments_of(state: State, optimizer: str) -> np.ndarray:
    """The optimizer's memory to be written to, (2, n_params) float32; another optimizer begins with zeros."""
    moments = np.zeros((2, len(state.arrays["params"])), np.float32)
    if optimizer == state.optimizer and state.arrays["moments"].size:
        moments[:] = state.arrays["moments"]
    return moments


def batch_gradient(
    spec: DigitsSpec, data: Digits, params: Tensor, epoch: int, batch: int, batch_size: int, step: int
) -> tuple[np.ndarray, Tensor]:
    """Gradient of the mean cross-entropy of one batch, and what is measured on the way.

    Returns:
        (n_stored,) float32, regularization included, 0 where nothing is learned; and the running means and variances of
        batch normalization after this batch, (n_statistics,), which stand at `_statistics_at`.
    """
    structure, settings = spec.structure, spec.settings
    blocks = read_stack(structure.stack)
    first = batch * batch_size
    places = np.arange(first, min(first + batch_size, epoch_size(data)))  # (n,) of this epoch
    images, labels = batch_images(spec, data, epoch, places)  # (n, 28, 28), (n,)
    X, y = as_input(images), torch.tensor(labels)  # (n, 1, 28, 28), (n,)
    if settings.augmentation:
        X = augment(X, structure.seed, epoch * epoch_size(data) + places)  # (n, 1, 28, 28)
    leaf = params.detach().requires_grad_()

    def drop(layer: int, values: Tensor, share: float) -> Tensor:
        return values * _mask(structure.seed, step, layer, values.shape, share)

    seen: list[Tensor] = []
    layers = forward(leaf, X, blocks, structure.activation, dropout=settings.dropout, drop=drop, statistics=seen)
    (gradient,) = torch.autograd.grad(F.cross_entropy(layers[-1], y), leaf)  # (n_stored,)
    if settings.regularization != "none":
        weights = params * _weight_mask(structure.stack)  # (n_stored,), biases 0
        gradient = gradient + settings.regularization_rate * (
            weights.sign() if settings.regularization == "l1" else weights
        )
    return gradient.numpy(), torch.cat(seen) if seen else torch.empty(0)


def _mask(seed: int, step: int, layer: int, shape: torch.Size, share: float) -> Tensor:
    key = int(hash_of(seed, STREAM_DROPOUT, np.array([step]), np.array([layer]))[0] >> np.uint64(1))
    kept = torch.rand(shape, generator=torch.Generator().manual_seed(key)) >= share  # the same in every process
    return kept.float() / (1 - share)


@lru_cache(maxsize=32)
def _weight_mask(stack: str) -> Tensor:
    shapes = [shape for block in read_stack(stack) for shape in block.stored_shapes]
    return torch.cat([torch.full((math.prod(shape),), float(len(shape) > 1)) for shape in shapes])  # (n_stored,)


@lru_cache(maxsize=32)
def _statistics_at(stack: str) -> Tensor:
    """Where the running means and variances stand in the parameter vector: (n_statistics,) int64."""
    marks = [torch.full((math.prod(shape),), measured) for block in read_stack(stack) for shape, measured in [
        *((shape, False) for shape in block.param_shapes), *((shape, True) for shape in block.statistic_shapes)
    ]]  # fmt: skip
    return torch.cat(marks).nonzero()[:, 0]


def weight_places(blocks: tuple[Block, ...], edit: Edit) -> np.ndarray:
    """The places of weights or biases in the parameter vector: (n_units, n_values) int64.

    `source` counts through a filter's or unit's inputs; in a residual block through those of its first convolution and
    then those of its second. Its bias is that of the first.

    Raises:
        ValueError: there is no such parameter.
    """
    if not 0 <= edit.layer < len(blocks) or blocks[edit.layer].kind not in ("conv", "res", "dense"):
        raise ValueError(f"layer must be a convolution, residual or fully connected; got layer {edit.layer}")
    block = blocks[edit.layer]
    n_units, n_inputs, n_parts = block.shape_out[0], math.prod(block.param_shapes[0][1:]), len(block.param_shapes) // 2
    last_unit, last_source = edit.unit + edit.n_units - 1, (edit.source or 0) + len(edit.values) - 1
    if not 0 <= edit.unit <= last_unit < n_units:
        raise ValueError(f"unit must be 0 to {n_units - 1} in layer {edit.layer}; got {edit.unit} to {last_unit}")
    if (edit.source or 0) < 0 or last_source >= (n_parts * n_inputs if edit.source is not None else 1):
        rule = f"source must be 0 to {n_parts * n_inputs - 1}, or None for the bias"
        raise ValueError(f"{rule}; got {edit.source} and {len(edit.values)} values")
    start, size = sum(before.n_stored for before in blocks[: edit.layer]), n_units * n_inputs
    units = edit.unit + np.arange(edit.n_units)[:, None]  # (n_units, 1)
    if edit.source is None:
        return start + size + units
    part, source = np.divmod(edit.source + np.arange(len(edit.values)), n_inputs)  # (n_values,) each
    return np.asarray(start + part * (size + n_units) + units * n_inputs + source)
