"""Training and evaluation of dense networks, compiled: what the learner and the frames call.

All functions are pure but for `run_steps`, which changes the parameters and moments that it is given. Networks are
described by `sizes` and one flat vector of parameters (see `playground.models.mlp`); samples are columns. Float32
parameters take the fast functions of `functions`, float64 parameters the exact ones; data are converted to their dtype.

`python -m playground.training.kernel` compiles everything that the app uses.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from playground.models.mlp import count_params, init_params, layer_sizes
from playground.spec.network import NetworkSettings
from playground.training import steps
from playground.training.codes import HYPER, hyper_vector
from playground.training.losses import mean_loss
from playground.training.optimizers import learning_rate_at

MAX_COUNT = 2**40  # epochs, steps: far from where a counter overflows


class Position(NamedTuple):
    """Where training stands.

    Attributes:
        epoch: whole passes made.
        batch: batches of the current epoch that were used, from 0.
        step: updates made.
        diverged: the next gradient is not finite or longer than 1e12, so its update was not made.
    """

    epoch: int
    batch: int
    step: int
    diverged: bool


def run_steps(
    params: np.ndarray,
    moments: np.ndarray,
    X: np.ndarray,
    targets: np.ndarray,
    sizes: np.ndarray,
    activations: np.ndarray,
    loss: int,
    optimizer: int,
    hyper: np.ndarray,
    seed: int,
    batch_size: int,
    epoch: int,
    batch: int,
    step: int,
    moments_start: int,
    n_steps: int,
) -> Position:
    """Make n_steps updates, or fewer if training diverges.

    The order of samples in an epoch is a function of (seed, epoch), a dropout mask one of (seed, step), so 7 steps are
    bit for bit 4 steps and then 3. The last batch of an epoch may be smaller; each gradient is the mean over its batch.

    Args:
        params: (n_params,) float32 or float64, changed in place; always finite afterwards if it was before.
        moments: (2, n_params), changed in place; zeros at step `moments_start`.
        X: (n_features, n_train).
        targets: (n_outputs, n_train): above 0 for yes, else no; or the value to predict.
        sizes: (n_layers + 1,) int64 units in each level, features and outputs included.
        activations: (n_layers - 1,) int64 codes of `ACTIVATIONS`, one a hidden layer.
        loss: code of `LOSSES`.
        optimizer: code of `OPTIMIZERS`.
        hyper: (12,) float64 settings in the order of `HYPER`.
        seed: seed of the run, 0 or more.
        batch_size: 1 or more; the same within one epoch.
        epoch: whole passes made so far.
        batch: batches used of this epoch, 0 to the number of batches - 1.
        step: updates made so far.
        moments_start: value of `step` when the moments were zero, for Adam's correction and Rprop's first step.
        n_steps: updates to make, 0 or more.

    Returns:
        The position after the last update made.

    Raises:
        ValueError: an array's shape or dtype does not fit, or a counter is outside its range.
    """
    _check_network(params, X, sizes, activations)
    _check(targets.shape == (sizes[-1], X.shape[1]), "targets must be (n_outputs, n_train)", targets.shape)
    _check(moments.shape == (2, len(params)), "moments must be (2, n_params)", moments.shape)
    _check(moments.dtype == params.dtype, "moments must have the dtype of params", moments.dtype)
    _check(len(hyper) == len(HYPER), f"hyper must hold {len(HYPER)} settings", len(hyper))
    _check(X.shape[1] >= 1, "X must hold at least one sample", X.shape[1])
    _check(batch_size >= 1, "batch_size must be 1 or more", batch_size)
    _check(0 <= batch * batch_size < X.shape[1], "batch must be a batch of the epoch", batch)
    for name, count in (("epoch", epoch), ("step", step), ("n_steps", n_steps)):
        _check(0 <= count <= MAX_COUNT, f"{name} must be 0 to 2^40", count)
    _check(0 <= moments_start <= step, "moments_start must be 0 to step", moments_start)
    return Position(
        *steps.steps(
            _changed(params, "params"), _changed(moments, "moments"), _read(X, params), _read(targets, params),
            _codes(sizes), _codes(activations), int(loss), int(optimizer), _read(hyper, hyper), int(seed),
            int(batch_size), int(epoch), int(batch), int(step), int(moments_start), int(n_steps),
        )
    )  # fmt: skip


def loss_and_gradient(
    params: np.ndarray, X: np.ndarray, targets: np.ndarray, sizes: np.ndarray, activations: np.ndarray, loss: int
) -> tuple[float, np.ndarray]:
    """Mean loss over all columns and its gradient, without dropout and regularization.

    Args:
        params: (n_params,).
        X: (n_features, n), n >= 1.
        targets: (n_outputs, n).
        sizes: (n_layers + 1,).
        activations: (n_layers - 1,) codes.
        loss: code of `LOSSES`.

    Returns:
        The loss, summed in float64, and the gradient (n_params,) in the dtype of params.
    """
    _check_network(params, X, sizes, activations)
    _check(targets.shape == (sizes[-1], X.shape[1]), "targets must be (n_outputs, n)", targets.shape)
    outputs = layer_values(params, X, sizes, activations, len(sizes) - 2)
    gradient = steps.gradient(
        _read(params, params), _read(X, params), _read(targets, params), _codes(sizes), _codes(activations), int(loss)
    )
    return loss_of(outputs, targets, loss), gradient


def loss_of(outputs: np.ndarray, targets: np.ndarray, loss: int) -> float:
    """Mean loss of raw outputs (n_outputs, n), summed in float64; NaN if n is 0.

    `loss_of(np.zeros((1, 5)), np.ones((1, 5)), LOSSES["cross_entropy"])` is log 2.
    """
    _check(outputs.shape == targets.shape, "outputs and targets must have one shape", (outputs.shape, targets.shape))
    return float(mean_loss(_read(outputs, outputs), _read(targets, outputs), int(loss)))


def forward_all(params: np.ndarray, X: np.ndarray, sizes: np.ndarray, activations: np.ndarray) -> np.ndarray:
    """Values of all hidden units and raw outputs: (n_features, n) -> (n_hidden + n_outputs, n), in layer order."""
    _check_network(params, X, sizes, activations)
    return _values(params, X, sizes, activations, 1, len(sizes) - 1)


def layer_values(
    params: np.ndarray, X: np.ndarray, sizes: np.ndarray, activations: np.ndarray, layer: int
) -> np.ndarray:
    """Values of one layer's units, (n_units, n); layer 0 is the first hidden one, len(sizes) - 2 the raw outputs.

    Only the layers up to this one are evaluated.
    """
    _check_network(params, X, sizes, activations)
    _check(0 <= layer <= len(sizes) - 2, f"layer must be 0 to {len(sizes) - 2}", layer)
    return _values(params, X, sizes, activations, layer + 1, layer + 1)


def unit_map(
    params: np.ndarray, grid: np.ndarray, sizes: np.ndarray, activations: np.ndarray, layer: int, unit: int
) -> np.ndarray:
    """Values of one unit: (n_features, n) -> (n,); see `layer_values`."""
    values = layer_values(params, grid, sizes, activations, layer)
    _check(0 <= unit < len(values), f"unit must be 0 to {len(values) - 1} in layer {layer}", unit)
    row: np.ndarray = values[unit]
    return row


def quantize(values: np.ndarray, scale: float | np.ndarray) -> np.ndarray:
    """Values as bytes: -scale or less gives 0, 0 gives 128, scale or more gives 255; NaN gives 128.

    Args:
        values: array of any shape.
        scale: above 0; one number, or one a row (n_rows,).

    Returns:
        uint8 of the same shape: round(127.5 (1 + v / scale)), halves upwards.
    """
    rows = values[None] if values.ndim < 2 else values.reshape(len(values), -1)
    rows = np.ascontiguousarray(rows.reshape(1, -1) if values.ndim < 2 else rows)
    result = np.empty(rows.shape, dtype=np.uint8)
    scales = np.ascontiguousarray(np.broadcast_to(np.asarray(scale, dtype=np.float64).ravel(), len(rows)))
    steps.to_bytes(_read(rows, rows), _read(scales, scales), result)
    return result.reshape(values.shape)


def warm_up() -> None:
    """Compile, or load from the cache, every specialization that the app uses; the second time it takes no time."""
    sizes = layer_sizes(2, (2,), 1)
    params = init_params(sizes, "uniform", 0)
    moments, X, activations = np.zeros((2, len(params)), np.float32), np.ones((2, 3), np.float32), np.zeros(1, np.int64)
    targets, hyper = np.ones((1, 3), np.float32), hyper_vector(NetworkSettings())
    run_steps(params, moments, X, targets, sizes, activations, 0, 0, hyper, 0, 2, 0, 0, 0, 0, 1)
    loss_and_gradient(params, X, targets, sizes, activations, 0)
    quantize(forward_all(params, X, sizes, activations), 1.0)
    quantize(X.astype(np.float64), 1.0)
    learning_rate_at(hyper, 0)


def _values(
    params: np.ndarray, X: np.ndarray, sizes: np.ndarray, activations: np.ndarray, first: int, last: int
) -> np.ndarray:
    values: np.ndarray = steps.unit_values(
        _read(params, params), _read(X, params), _codes(sizes), _codes(activations), first, last
    )
    return values


def _check_network(params: np.ndarray, X: np.ndarray, sizes: np.ndarray, activations: np.ndarray) -> None:
    """Compiled code does not look where it reads, so what does not fit must end here."""
    _check(len(sizes) >= 2 and min(sizes) >= 1, "sizes must hold 2 or more positive numbers", tuple(sizes))
    _check(params.dtype in (np.float32, np.float64), "params must be float32 or float64", params.dtype)
    _check(params.shape == (count_params(sizes),), f"params must be ({count_params(sizes)},)", params.shape)
    _check(X.ndim == 2 and len(X) == sizes[0], f"X must be ({sizes[0]}, n)", X.shape)
    _check(len(activations) >= len(sizes) - 2, f"activations must hold {len(sizes) - 2} codes", len(activations))


def _check(holds: object, rule: str, came: object) -> None:
    if not holds:
        raise ValueError(f"{rule}; got {came}")


def _changed(array: np.ndarray, name: str) -> np.ndarray:
    _check(array.flags.c_contiguous and array.flags.writeable, f"{name} must be contiguous and writable", array.flags)
    return array


def _read(array: np.ndarray, like: np.ndarray) -> np.ndarray:
    """A read-only view in the dtype of `like`: one type for the compiler, whoever calls."""
    view = np.ascontiguousarray(array, dtype=like.dtype).view()
    view.flags.writeable = False
    return view


def _codes(array: np.ndarray) -> np.ndarray:
    return _read(array, np.empty(0, np.int64))


if __name__ == "__main__":
    warm_up()
