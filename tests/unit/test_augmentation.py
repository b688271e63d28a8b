"""Laws of augmentation: chance by seed and use alone, nothing changed in the middle of chance, each change by its size."""

import numpy as np
import pytest
import torch
from scipy import ndimage

from playground.data.digits import load_digits
from playground.models.cnn import as_input
from playground.training import augmentation
from playground.training.augmentation import STROKE, TURN_DEGREES, augment

X = as_input(load_digits().train_images[:40])  # (40, 1, 28, 28)
USES = np.arange(40)
ANGLE, SHIFT_X, SHIFT_Y, PEN = 0, 4, 5, 6  # which of the seven numbers by chance


def augmented(monkeypatch: pytest.MonkeyPatch, which: int, amount: float) -> np.ndarray:
    """Every image with this number by chance at `amount` in [-1, 1], and all others in the middle: (40, 28, 28)."""
    chance = np.full((40, 7), 0.5)
    chance[:, which] += amount / 2
    monkeypatch.setattr(augmentation, "unit_interval", lambda hashed: chance)
    return augment(X, 0, USES)[:, 0].numpy()


def test_an_image_depends_on_its_seed_and_use_alone_and_stays_an_image() -> None:
    together = augment(X, 3, USES)
    assert (together.min() >= 0, together.max() <= 1, together.shape) == (True, True, X.shape)
    assert torch.equal(augment(X[5:7], 3, USES[5:7]), together[5:7])
    for other in (augment(X, 4, USES), augment(X, 3, USES + 40)):
        assert (other - together).abs().amax(dim=(1, 2, 3)).min() > 0.1  # not one of 40 came out alike


@pytest.mark.parametrize("which", range(7))
def test_the_middle_of_chance_changes_nothing(monkeypatch: pytest.MonkeyPatch, which: int) -> None:
    np.testing.assert_allclose(augmented(monkeypatch, which, 0), X[:, 0], atol=1e-5)
    assert np.abs(augmented(monkeypatch, which, 1) - X[:, 0].numpy()).mean() > 0.01  # and each number counts


@pytest.mark.parametrize(("which", "axis"), [(SHIFT_X, 2), (SHIFT_Y, 1)])
def test_four_fifths_of_a_shift_are_two_pixels(monkeypatch: pytest.MonkeyPatch, which: int, axis: int) -> None:
    moved = augmented(monkeypatch, which, 0.8)
    np.testing.assert_allclose(moved, np.roll(X[:, 0], -2, axis), atol=1e-5)  # the border of MNIST is empty


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_turn_is_that_of_scipy(monkeypatch: pytest.MonkeyPatch, sign: int) -> None:
    turned = ndimage.rotate(
        X[:, 0].numpy(), sign * TURN_DEGREES, axes=(2, 1), reshape=False, order=1, mode="grid-constant"
    )
    np.testing.assert_allclose(augmented(monkeypatch, ANGLE, sign), turned, atol=1e-3)


def test_strokes_go_half_of_the_way_to_the_neighborhood_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    images = X[:, 0].numpy()
    for amount, extreme in ((1, ndimage.maximum_filter), (-1, ndimage.minimum_filter)):
        expected = images + STROKE * (extreme(images, (1, 3, 3), mode="nearest") - images)
        np.testing.assert_allclose(augmented(monkeypatch, PEN, amount), expected, atol=1e-5)
