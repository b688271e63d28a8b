"""Makes `assets/data/mnist_small.npz` from the complete MNIST: `python -m playground.data.cut_digits mnist.npz`.

The same file comes out each time: every class gives its share, and chance comes from a fixed seed.
"""

from __future__ import annotations

import sys

import numpy as np

from playground.data.digits import SMALL_CUT, Digits, load_complete

N_TRAIN, N_TEST, SEED = 10_000, 2_000, 0


def stratified(labels: np.ndarray, n: int, seed: int) -> np.ndarray:
    """Places of `n` examples in which every class has the share that it has in `labels`, in mixed order.

    Args:
        labels: (n_all,) classes.
        n: how many are wanted, at most n_all.
        seed: of the order.

    Returns:
        (n,) int64 different places; each class's number differs from its exact share by less than 1.
    """
    order = np.random.default_rng(seed).permutation(len(labels))
    classes, counts = np.unique(labels, return_counts=True)
    exact = counts * n / len(labels)
    quota = np.floor(exact).astype(int)
    quota[np.argsort(quota - exact)[: n - quota.sum()]] += 1  # the largest remainders get one more
    chosen = np.zeros(len(labels), bool)
    for label, count in zip(classes, quota, strict=True):
        chosen[order[labels[order] == label][:count]] = True
    return order[chosen[order]]


def cut(complete: Digits) -> Digits:
    """The part that the app ships."""
    train = stratified(complete.train_labels, N_TRAIN, SEED)
    test = stratified(complete.test_labels, N_TEST, SEED)
    return Digits(
        complete.train_images[train],
        complete.train_labels[train],
        complete.test_images[test],
        complete.test_labels[test],
    )


if __name__ == "__main__":
    np.savez_compressed(SMALL_CUT, **vars(cut(load_complete(sys.argv[1]))))
