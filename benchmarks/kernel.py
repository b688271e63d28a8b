"""How fast the compiled kernel trains and draws: `python -m benchmarks.kernel`.

Prints epochs a second of the bare kernel on one core for the classic playground's smallest and largest network, and the
ratio to a sketch that can do nothing else: SGD, squared error on tanh, tanh units, full batches of 10 samples, one
loop nest, no shuffle. An epoch is 250 points in batches of 10. Every figure is the best of several runs.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numba
import numpy as np

from playground.models.mlp import init_params, layer_sizes
from playground.spec import NetworkSettings
from playground.training import kernel
from playground.training.codes import ACTIVATIONS, LOSSES, OPTIMIZERS, hyper_vector

N_TRAIN, BATCH_SIZE = 250, 10
NETWORKS = ((2, (4, 2)), (7, (8,) * 6), (7, (16,) * 8))
LANES = 16  # a batch of the sketch, padded


@numba.njit(fastmath=True, error_model="numpy")
def _sketch(sizes, weights, biases, X, targets, rate, n_epochs):  # type: ignore[no-untyped-def]
    """Units as rows, the batch as the inner, vectorized loop: the sketch of an hour that DESIGN section 3 names."""
    n_layers = len(sizes) - 1
    values = np.zeros((n_layers + 1, 16, LANES), np.float32)
    deltas = np.zeros((n_layers + 1, 16, LANES), np.float32)
    one, share = np.float32(1), np.float32(rate / 10)
    for batch in range(n_epochs * (X.shape[1] // 10)):
        first = batch * 10 % X.shape[1]
        for i in range(sizes[0]):
            for s in range(10):
                values[0, i, s] = X[i, first + s]
        for layer in range(n_layers):
            for unit in range(sizes[layer + 1]):
                row = values[layer + 1, unit]
                row[:] = biases[layer, unit]
                for i in range(sizes[layer]):
                    for s in range(LANES):
                        row[s] += weights[layer, unit, i] * values[layer, i, s]
                for s in range(LANES):
                    x = min(max(row[s], np.float32(-4.97)), np.float32(4.97))
                    u = x * x
                    top = x * (np.float32(135135) + u * (np.float32(17325) + u * (np.float32(378) + u)))
                    row[s] = top / (
                        np.float32(135135) + u * (np.float32(62370) + u * (np.float32(3150) + u * np.float32(28)))
                    )
        for s in range(10):
            t = values[n_layers, 0, s]
            deltas[n_layers, 0, s] = (t - targets[first + s]) * (one - t * t) * share
        for layer in range(n_layers - 1, -1, -1):
            deltas[layer] = 0
            for unit in range(sizes[layer + 1]):
                for i in range(sizes[layer]):
                    total = np.float32(0)
                    for s in range(LANES):
                        total += deltas[layer + 1, unit, s] * values[layer, i, s]
                        deltas[layer, i, s] += deltas[layer + 1, unit, s] * weights[layer, unit, i]
                    weights[layer, unit, i] -= total
                biases[layer, unit] -= deltas[layer + 1, unit].sum()
            for i in range(sizes[layer]):
                for s in range(LANES):
                    deltas[layer, i, s] *= one - values[layer, i, s] * values[layer, i, s]


def best_seconds(task: Callable[[], object], n_runs: int = 7) -> float:
    """The shortest time of several runs after one that does not count."""
    task()
    times = []
    for _ in range(n_runs):
        start = time.perf_counter()
        task()
        times.append(time.perf_counter() - start)
    return min(times)


def make_points(n_features: int) -> tuple[np.ndarray, np.ndarray]:
    X = np.random.default_rng(0).uniform(-3, 3, (n_features, N_TRAIN)).astype(np.float32)
    return X, np.where(X[:1] ** 2 + X[1:2] ** 2 < 6, 1, -1).astype(np.float32)


def sketch_epochs_per_second(n_features: int, hidden_sizes: Sequence[int], n_epochs: int) -> float:
    sizes = layer_sizes(n_features, hidden_sizes, 1)
    X, targets = make_points(n_features)
    rng = np.random.default_rng(0)
    weights = rng.uniform(-0.5, 0.5, (len(sizes), 16, 16)).astype(np.float32)
    biases = np.full((len(sizes), 16), 0.1, np.float32)
    return n_epochs / best_seconds(lambda: _sketch(sizes, weights, biases, X, targets[0], 0.03, n_epochs))


def kernel_epochs_per_second(
    n_features: int, hidden_sizes: Sequence[int], n_epochs: int, settings: NetworkSettings
) -> float:
    """With shuffling, as the app trains."""
    sizes = layer_sizes(n_features, hidden_sizes, 1)
    X, targets = make_points(n_features)
    params = init_params(sizes, "uniform", 0)
    moments = np.zeros((2, len(params)), np.float32)
    codes = np.full(len(hidden_sizes), ACTIVATIONS["tanh"])
    hyper, optimizer = hyper_vector(settings), OPTIMIZERS[settings.optimizer]
    n_steps = n_epochs * N_TRAIN // BATCH_SIZE

    def train() -> kernel.Position:
        return kernel.run_steps(
            params, moments, X, targets, sizes, codes, LOSSES["cross_entropy"], optimizer, hyper, 0, BATCH_SIZE,
            0, 0, 0, 0, n_steps,
        )  # fmt: skip

    return n_epochs / best_seconds(train)


def picture_milliseconds(n_features: int, hidden_sizes: Sequence[int]) -> tuple[float, float]:
    """All unit pictures of 20 x 20, and one map of 100 x 100."""
    sizes = layer_sizes(n_features, hidden_sizes, 1)
    params, codes = init_params(sizes, "uniform", 0), np.full(len(hidden_sizes), ACTIVATIONS["tanh"])
    rng = np.random.default_rng(0)
    small, large = (rng.uniform(-6, 6, (n_features, n)).astype(np.float32) for n in (400, 10_000))
    last = len(hidden_sizes)
    return (
        1000 * best_seconds(lambda: kernel.quantize(kernel.forward_all(params, small, sizes, codes), 1.0)),
        1000 * best_seconds(lambda: kernel.quantize(kernel.unit_map(params, large, sizes, codes, last, 0), 1.0)),
    )


def main() -> None:
    print(f"{'network':<10}{'sketch':>10}{'sgd':>10}{'ratio':>8}{'adam':>10}{'dropout':>10}   pictures      map")
    print(f"{'':<10}{'epochs/s':>10}{'epochs/s':>10}{'':>8}{'epochs/s':>10}{'epochs/s':>10}         ms       ms")
    for n_features, hidden_sizes in NETWORKS:
        n_epochs = 4000 // len(hidden_sizes) ** 2
        sketch = sketch_epochs_per_second(n_features, hidden_sizes, n_epochs)
        sgd, adam, dropout = (
            kernel_epochs_per_second(n_features, hidden_sizes, n_epochs, settings)
            for settings in (
                NetworkSettings(),
                NetworkSettings(optimizer="adam", learning_rate=0.001),
                NetworkSettings(dropout=0.2),
            )
        )
        pictures, large = picture_milliseconds(n_features, hidden_sizes)
        name = f"{n_features}-{hidden_sizes[0]}x{len(hidden_sizes)}-1" if n_features > 2 else "2-4-2-1"
        print(f"{name:<10}{sketch:>10,.0f}{sgd:>10,.0f}{sgd / sketch:>8.2f}{adam:>10,.0f}{dropout:>10,.0f}", end="")
        print(f"{pictures:>11.2f}{large:>9.2f}")


if __name__ == "__main__":
    main()
