"""The six boosting sets: the formulas against the 600 points of each that the page they come from shows."""

from __future__ import annotations

import numpy as np
import pytest

from playground.data.boosting_sets import AXES, FILE, SPAN, boosting_set, yin_yang_class
from playground.data.dataset import make_dataset
from playground.spec.trees import BOOSTING_DATA, TreesStructure


def own_units(X: np.ndarray) -> np.ndarray:
    return X / SPAN + 0.5


def drawn(name: str, **choices: float) -> tuple[np.ndarray, np.ndarray]:
    data = make_dataset(TreesStructure(dataset=name, original_points=False, n_samples=2000, **choices))
    assert data.axes == AXES
    return own_units(data.X), data.y


def original(name: str) -> tuple[np.ndarray, np.ndarray]:
    X, y, _ = boosting_set(name)
    return own_units(X), y


RULES = {  # the class of a place, written in another way than in the generators
    "gb_xor": lambda X: (X[:, 0] - 0.5) * (X[:, 1] - 0.5) > 0,
    "gb_yin_yang": yin_yang_class,
    "gb_stripes": lambda X: (8 * X[:, 1]).astype(int) & 1,
    "gb_circles": lambda X: (10 * np.linalg.norm(X - 0.5, axis=1)).astype(int) & 1,
    "gb_circular": lambda X: np.linalg.norm(X - 0.5, axis=1) > 0.3,
}


@pytest.mark.parametrize("name", RULES)
def test_rules_hold_for_the_original_points_and_for_drawn_ones(name: str) -> None:
    for X, y in (original(name), drawn(name)):
        np.testing.assert_array_equal(RULES[name](X).astype(float), y)


@pytest.mark.parametrize("name", BOOSTING_DATA)
def test_drawn_points_lie_like_the_original_ones(name: str) -> None:
    """Distances from the middle and both coordinates, class by class, by the two-sample test of Kolmogorov."""
    from scipy.stats import ks_2samp

    (X, y), (X0, y0) = drawn(name), original(name)
    for label in (0, 1):
        for of in (lambda P: P[:, 0], lambda P: P[:, 1], lambda P: np.hypot(*(P - 0.5).T)):
            assert ks_2samp(of(X[y == label]), of(X0[y0 == label])).pvalue > 0.001, label
    assert abs(y.mean() - y0.mean()) < 0.08


def test_spiral_arms_stand_where_the_original_ones_do() -> None:
    with np.load(FILE) as stored:
        theirs = stored["spiral_train_X"][stored["spiral_train_y"] == 0]  # in order along the arm
    along = np.arange(150) / 150
    ours = 0.5 + 0.5 * along[:, None] * np.stack([np.sin(3.5 * np.pi * along), np.cos(3.5 * np.pi * along)], axis=1)
    assert np.abs(theirs - ours).max() < 0.0501
    X, y = drawn("gb_spiral")
    turned = np.pi * 3.5 * np.arange(1001)[:, None] / 1000
    arm = 0.5 + 0.5 * turned / (3.5 * np.pi) * np.concatenate([np.sin(turned), np.cos(turned)], axis=1)
    distances = np.linalg.norm(X[y == 0][:, None] - arm[None], axis=2).min(axis=1)
    assert distances.max() < 0.0501 * np.sqrt(2)


def test_noise_and_seed_move_only_drawn_points() -> None:
    plain = make_dataset(TreesStructure(dataset="gb_xor", noise=0.5, data_seed=3))
    np.testing.assert_array_equal(plain.X, boosting_set("gb_xor")[0])
    clean, before = drawn("gb_xor")
    noisy, after = drawn("gb_xor", noise=0.5)
    np.testing.assert_array_equal(before, after)
    assert 0.05 < np.abs(noisy - clean).max() <= 0.1
    assert not np.array_equal(drawn("gb_xor", data_seed=1)[0], clean)
