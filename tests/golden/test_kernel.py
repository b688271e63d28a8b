"""The compiled kernel against torch: same start weights, same batches, same numbers after 20 steps.

Float64 tests the formulas (relative tolerance 1e-9), float32 the fast functions (1e-4). Relative means to the maximum norm:
no parameter may differ by more than the tolerance times its own size plus the largest parameter's. Batches hold 8 and 4 of 28
samples and networks have 4 outputs or 1, so that sums of hinge slopes are exact on both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import cycle, islice, product
from typing import Any

import numpy as np
import pytest
import torch
from torch.nn import functional

from playground.models.mlp import init_params, layer_sizes, layer_slices
from playground.models.randomness import STREAM_DROPOUT, STREAM_SHUFFLE, hash_of
from playground.spec import NetworkSettings
from playground.training import kernel
from playground.training.codes import ACTIVATIONS, LOSSES, OPTIMIZERS, hyper_vector

pytestmark = pytest.mark.xdist_group("float64")  # what is compiled for tests only is compiled once

# Rprop looks at signs only. With these points no gradient of hinge and relu is zero but for rounding.
DATA_SEED = 10
N_TRAIN, BATCH_SIZE, N_STEPS, SEED = 28, 8, 20, 3

BENDS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "relu": torch.relu,
    "leaky_relu": functional.leaky_relu,
    "elu": functional.elu,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "linear": lambda z: z,
}
OPTIMIZER_OF: dict[str, Callable[[list[torch.Tensor], NetworkSettings], torch.optim.Optimizer]] = {
    "sgd": lambda p, s: torch.optim.SGD(p, s.learning_rate),
    "momentum": lambda p, s: torch.optim.SGD(p, s.learning_rate, momentum=s.momentum),
    "nesterov": lambda p, s: torch.optim.SGD(p, s.learning_rate, momentum=s.momentum, nesterov=True),
    "rmsprop": lambda p, s: torch.optim.RMSprop(p, s.learning_rate, alpha=s.alpha),
    "adagrad": lambda p, s: torch.optim.Adagrad(p, s.learning_rate),
    "adam": lambda p, s: torch.optim.Adam(p, s.learning_rate, betas=(s.beta1, s.beta2)),
    "adamw": lambda p, s: torch.optim.AdamW(p, s.learning_rate, betas=(s.beta1, s.beta2), weight_decay=s.weight_decay),
    "rprop": lambda p, s: torch.optim.Rprop(p, s.learning_rate),
}
RATES = {"sgd": 0.05, "momentum": 0.03, "nesterov": 0.03, "rmsprop": 0.002, "adagrad": 0.02, "adam": 0.005,
         "adamw": 0.005, "rprop": 0.005}  # fmt: skip
REGULARIZATIONS = ("none", "l1", "l2")
LOSS_CASES = [
    ("cross_entropy", 1), ("cross_entropy", 4), ("squared_error_tanh", 1), ("squared_error_tanh", 4), ("hinge", 1),
    ("hinge", 4), ("mse", 1), ("huber", 1),
]  # fmt: skip


def torch_loss(name: str, outputs: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    """The mean loss of outputs (n, K) by torch's own losses; class targets are -1 and +1."""
    single = outputs.shape[1] == 1
    if name == "cross_entropy":
        if single:
            return functional.binary_cross_entropy_with_logits(outputs, (targets + 1) / 2)
        return functional.cross_entropy(outputs, targets.argmax(1))
    if name == "squared_error_tanh":
        return 0.5 * ((torch.tanh(outputs) - targets) ** 2).sum(1).mean()
    if name == "hinge":
        if single:
            return torch.clamp(1 - targets * outputs, min=0).mean()
        return functional.multi_margin_loss(outputs, targets.argmax(1))
    return {"mse": functional.mse_loss, "huber": functional.huber_loss}[name](outputs, targets)


class Twin:
    """The same network in torch."""

    def __init__(self, params: np.ndarray, sizes: np.ndarray, activations: tuple[str, ...]) -> None:
        self.places = layer_slices(sizes)
        self.activations = activations
        self.tensors = [torch.tensor(part, requires_grad=True) for part in self._parts(params)]

    def _parts(self, params: np.ndarray) -> Iterator[np.ndarray]:
        for place in self.places:
            yield params[place.weights].reshape(place.shape)
            yield params[place.bias]

    def outputs(self, X: torch.Tensor, masks: list[torch.Tensor] | None = None) -> torch.Tensor:
        for layer, (weights, bias) in enumerate(zip(self.tensors[::2], self.tensors[1::2], strict=True)):
            X = X @ weights.T + bias
            if layer < len(self.activations):
                X = BENDS[self.activations[layer]](X)
                X = X if masks is None else X * masks[layer]
        return X

    def flat(self, tensors: list[Any]) -> np.ndarray:
        return np.concatenate([tensor.detach().numpy().ravel() for tensor in tensors])


def shuffled(seed: int, epoch: int, n: int) -> np.ndarray:
    """Fisher-Yates as documented, written a second time."""
    order = np.arange(n)
    bits = hash_of(seed, STREAM_SHUFFLE, np.array([epoch]), np.arange(n))
    for i in range(n - 1, 0, -1):
        j = ((int(bits[i]) >> 32) * (i + 1)) >> 32
        order[i], order[j] = order[j], order[i]
    return order


def make_points(n_outputs: int, loss: str, dtype: type, n: int = N_TRAIN) -> tuple[np.ndarray, np.ndarray]:
    """Points and targets as columns."""
    rng = np.random.default_rng(DATA_SEED)
    X = rng.normal(size=(3, n)).astype(dtype)
    if loss in ("mse", "huber"):
        return X, rng.normal(size=(n_outputs, n)).astype(dtype)
    if n_outputs == 1:
        return X, np.where(X[:1] * X[1:2] + 0.3 * rng.normal(size=(1, n)) > 0, 1, -1).astype(dtype)
    return X, np.where(rng.integers(n_outputs, size=n) == np.arange(n_outputs)[:, None], 1, -1).astype(dtype)


def train_both(
    activations: tuple[str, ...],
    loss: str,
    n_outputs: int,
    settings: NetworkSettings,
    dtype: type,
    hidden_sizes: tuple[int, ...] = (5, 4),
) -> tuple[np.ndarray, np.ndarray]:
    """Parameters after 20 steps by the kernel and by torch."""
    sizes = layer_sizes(3, hidden_sizes, n_outputs)
    start = init_params(sizes, "xavier", SEED).astype(dtype)
    X, targets = make_points(n_outputs, loss, dtype)

    params, moments = start.copy(), np.zeros((2, len(start)), dtype)
    codes = np.array([ACTIVATIONS[name] for name in activations], np.int64)
    end = kernel.run_steps(
        params, moments, X, targets, sizes, codes, LOSSES[loss], OPTIMIZERS[settings.optimizer], hyper_vector(settings),
        SEED, BATCH_SIZE, 0, 0, 0, 0, N_STEPS,
    )  # fmt: skip
    assert end == (5, 0, N_STEPS, False)

    twin = Twin(start, sizes, activations)
    optimizer = OPTIMIZER_OF[settings.optimizer](twin.tensors, settings)
    for step in range(N_STEPS):
        epoch, batch = divmod(step, 4)
        columns = shuffled(SEED, epoch, N_TRAIN)[batch * BATCH_SIZE : (batch + 1) * BATCH_SIZE]
        masks = make_masks(settings.dropout, hidden_sizes, len(columns), step, dtype)
        outputs = twin.outputs(torch.tensor(X[:, columns].T), masks)
        total = torch_loss(loss, outputs, torch.tensor(targets[:, columns].T))
        for weights in twin.tensors[::2]:
            if settings.regularization == "l1":
                total = total + settings.regularization_rate * weights.abs().sum()
            if settings.regularization == "l2":
                total = total + settings.regularization_rate / 2 * (weights**2).sum()
        optimizer.zero_grad()
        total.backward()  # type: ignore[no-untyped-call]
        if settings.gradient_clip > 0:
            torch.nn.utils.clip_grad_norm_(twin.tensors, settings.gradient_clip)
        optimizer.step()
    return params, twin.flat(twin.tensors)


def make_masks(
    dropout: float, hidden_sizes: tuple[int, ...], n: int, step: int, dtype: type
) -> list[torch.Tensor] | None:
    """Dropout masks as documented, written a second time: (n, n_units) a layer."""
    if dropout == 0:
        return None
    masks = []
    for layer, n_units in enumerate(hidden_sizes):
        place = np.arange(n)[:, None] * 2**16 + np.arange(n_units)  # (n, n_units)
        bits = hash_of(SEED, STREAM_DROPOUT, *np.array([[[step]], [[0]], [[layer]]]), place)
        masks.append(torch.tensor(((bits >= np.uint64(dropout * 2.0**64)) / (1 - dropout)).astype(dtype)))
    return masks


@pytest.fixture(autouse=True)
def _one_thread() -> None:
    torch.set_num_threads(1)


def settings_of(optimizer: str, regularization: str = "none", clip: float = 0.0, **others: Any) -> NetworkSettings:
    return NetworkSettings(
        optimizer=optimizer,
        learning_rate=RATES[optimizer],
        beta2=0.99,
        alpha=0.97,
        regularization=regularization,
        regularization_rate=0.02,
        gradient_clip=clip,
        **others,
    )


def variants_of(activation: str, loss: str, n_outputs: int) -> Iterator[tuple[str, str, float]]:
    """Optimizer, regularization and clip of each run of one test, so that all tests of one precision together hold every
    regularization with every activation, loss and optimizer: one output and four share them, regression has one alone."""
    turns = (2,) if n_outputs > 1 else (0, 1, 2) if loss in ("mse", "huber") else (0, 1)
    for turn, (number, optimizer) in product(turns, enumerate(OPTIMIZERS)):
        shift = list(ACTIVATIONS).index(activation) + number + turn
        yield optimizer, REGULARIZATIONS[shift % 3], (0.0, 0.1)[shift // 3 % 2]


def test_every_regularization_meets_every_activation_loss_and_optimizer() -> None:
    met = {
        (activation, loss, optimizer, regularization)
        for activation, (loss, n_outputs) in product(ACTIVATIONS, LOSS_CASES)
        for optimizer, regularization, _ in variants_of(activation, loss, n_outputs)
    }
    assert met == set(product(ACTIVATIONS, LOSSES, OPTIMIZERS, REGULARIZATIONS))


@pytest.mark.parametrize(("loss", "n_outputs"), LOSS_CASES)
@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-9), (np.float32, 1e-4)])
def test_training_equals_torch(activation: str, loss: str, n_outputs: int, dtype: type, tolerance: float) -> None:
    """Every activation x loss x optimizer x regularization; clip changes from case to case."""
    for optimizer, regularization, clip in variants_of(activation, loss, n_outputs):
        settings = settings_of(optimizer, regularization, clip)
        ours, theirs = train_both((activation, activation), loss, n_outputs, settings, dtype)
        case = f"{optimizer}, {regularization}, clip {clip}"
        np.testing.assert_allclose(ours, theirs, rtol=tolerance, atol=tolerance * np.abs(theirs).max(), err_msg=case)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("regularization", ["none", "l1", "l2"])
@pytest.mark.parametrize("clip", [0.0, 0.1])
def test_every_optimizer_with_every_regularization_and_clip(optimizer: str, regularization: str, clip: float) -> None:
    settings = settings_of(optimizer, regularization, clip)
    ours, theirs = train_both(("tanh", "silu"), "cross_entropy", 1, settings, np.float64)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("hidden_sizes", [(), (1,), (8,), (9, 16), (3,) * 8])
def test_every_shape_of_network(hidden_sizes: tuple[int, ...]) -> None:
    activations = tuple(islice(cycle(("tanh", "relu", "gelu")), len(hidden_sizes)))
    ours, theirs = train_both(activations, "cross_entropy", 4, settings_of("adam"), np.float64, hidden_sizes)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dropout", [0.2, 0.9])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_dropout_equals_torch_with_the_same_masks(dropout: float, optimizer: str) -> None:
    settings = settings_of(optimizer, dropout=dropout)
    ours, theirs = train_both(("tanh", "sigmoid"), "mse", 1, settings, np.float64, (9, 4))
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("loss", "n_outputs"), [*LOSS_CASES, ("mse", 3), ("huber", 3), ("hinge", 3)])
@pytest.mark.parametrize("n", [1, 10, 77])  # one sample, part of a tile, three tiles
def test_loss_and_gradient_equal_torch(loss: str, n_outputs: int, n: int) -> None:
    sizes = layer_sizes(3, (10, 4), n_outputs)
    params = init_params(sizes, "normal", 1).astype(np.float64)
    X, targets = make_points(n_outputs, loss, np.float64, n)
    codes = np.array([ACTIVATIONS["gelu"], ACTIVATIONS["elu"]])
    value, gradient = kernel.loss_and_gradient(params, X, targets, sizes, codes, LOSSES[loss])
    twin = Twin(params, sizes, ("gelu", "elu"))
    expected = torch_loss(loss, twin.outputs(torch.tensor(X.T)), torch.tensor(targets.T))
    expected.backward()  # type: ignore[no-untyped-call]
    assert value == pytest.approx(expected.item(), rel=1e-12)
    np.testing.assert_allclose(gradient, twin.flat([p.grad for p in twin.tensors]), rtol=1e-10, atol=1e-13)


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_values_of_all_units_equal_torch(activation: str) -> None:
    sizes = layer_sizes(3, (10, 4), 2)
    params = init_params(sizes, "normal", 1).astype(np.float64)
    X = np.random.default_rng(0).normal(size=(3, 50))
    codes = np.full(2, ACTIVATIONS[activation])
    values = kernel.forward_all(params, X, sizes, codes)  # (16, 50)
    first = Twin(params[:40], layer_sizes(3, (), 10), ())
    expected = BENDS[activation](first.outputs(torch.tensor(X.T))).detach().numpy().T  # (10, 50)
    np.testing.assert_allclose(values[:10], expected, rtol=1e-12, atol=1e-14)
    outputs = Twin(params, sizes, (activation, activation)).outputs(torch.tensor(X.T)).detach().numpy().T
    np.testing.assert_allclose(values[14:], outputs, rtol=1e-12, atol=1e-13)


@pytest.mark.parametrize("schedule", ["constant", "step", "cosine"])
def test_schedule_equals_torch(schedule: str) -> None:
    hyper = hyper_vector(NetworkSettings(learning_rate=0.4, schedule=schedule, schedule_epochs=7))
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], 0.4)
    scheduler: torch.optim.lr_scheduler.LRScheduler = {
        "constant": lambda: torch.optim.lr_scheduler.ConstantLR(optimizer, factor=1.0),
        "step": lambda: torch.optim.lr_scheduler.StepLR(optimizer, 7, gamma=0.5),
        "cosine": lambda: torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 7),
    }[schedule]()
    for epoch in range(8):
        assert kernel.learning_rate_at(hyper, epoch) == pytest.approx(scheduler.get_last_lr()[0], rel=1e-12, abs=1e-15)
        optimizer.step()
        scheduler.step()
    last = {"constant": 0.4, "step": 0.4 / 2**14, "cosine": 0.0}[schedule]
    assert kernel.learning_rate_at(hyper, 100) == pytest.approx(last, rel=1e-12)


def test_schedule_changes_the_steps_of_its_epoch() -> None:
    """Half the rate from epoch 1 on: what torch does with the rate set by hand."""
    settings = settings_of("sgd", schedule="cosine", schedule_epochs=1)
    ours, _ = train_both(("tanh", "tanh"), "mse", 1, settings, np.float64)
    sizes = layer_sizes(3, (5, 4), 1)
    params = init_params(sizes, "xavier", SEED).astype(np.float64)
    X, targets = make_points(1, "mse", np.float64)
    constant = hyper_vector(settings_of("sgd"))
    codes, moments = np.full(2, ACTIVATIONS["tanh"]), np.zeros((2, len(params)))
    arguments = (X, targets, sizes, codes, LOSSES["mse"], OPTIMIZERS["sgd"], constant, SEED, BATCH_SIZE)
    kernel.run_steps(params, moments, *arguments, 0, 0, 0, 0, 4)  # the first epoch; the rate is zero after it
    np.testing.assert_array_equal(ours, params)
