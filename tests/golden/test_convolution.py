"""The workshop's window and the named kernels against torch."""

import itertools

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from playground.models.convolution import OPERATIONS, Operation, misfit, remainder, slide
from playground.models.kernels import TIPS, named_kernels
from playground.spec.stack import output_size

IMAGE = np.random.default_rng(0).integers(0, 10, (9, 9)).astype(np.float64)
NUMBERS = [
    (n, k, s, p, d) for n in (3, 6, 9) for k in (1, 2, 3, 5) for s in (1, 2, 3) for p in (0, 1, 2) for d in (1, 2)
]


def torch_slides(
    operation: Operation, n: int, kernel: np.ndarray, stride: int, padding: int, dilation: int
) -> np.ndarray:
    X, side = torch.tensor(IMAGE[:n, :n])[None, None], len(kernel)
    if operation == "convolution":
        return F.conv2d(X, torch.tensor(kernel)[None, None], None, stride, padding, dilation)[0, 0].numpy()
    if operation == "max pooling":
        return F.max_pool2d(X, side, stride, padding, dilation)[0, 0].numpy()
    return F.avg_pool2d(X, side, stride, padding)[0, 0].numpy()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_output_is_that_of_torch_and_what_torch_refuses_is_named(operation: Operation) -> None:
    n_legal = 0
    for n, k, stride, padding, dilation in NUMBERS:
        kernel = np.random.default_rng(k).standard_normal((k, k))
        if misfit(operation, n, k, stride, padding, dilation):
            with pytest.raises(ValueError, match="window|padding|pooling"):
                slide(IMAGE[:n, :n], kernel, operation, stride, padding, dilation)
            continue
        ours = slide(IMAGE[:n, :n], kernel, operation, stride, padding, dilation)
        np.testing.assert_allclose(ours, torch_slides(operation, n, kernel, stride, padding, dilation), atol=1e-12)
        assert len(ours) == output_size(n, k, stride, padding, dilation)
        n_legal += 1
    assert n_legal > 60


@pytest.mark.parametrize(
    ("numbers", "says"),
    [
        (("convolution", 3, 5, 1, 0, 1), "spans 5 × 5 pixels, but the input with its padding is only 3 × 3"),
        (("convolution", 8, 3, 1, 0, 4), "spans 9 × 9"),
        (("convolution", 8, 3, 1, 3, 1), "With a padding of 3 some window sees nothing but padding"),
        (("max pooling", 8, 3, 1, 2, 1), "at most half its window, 1"),
        (("mean pooling", 8, 3, 1, 0, 2), "no dilation"),
        (("convolution", 3, 5, 1, 1, 1), ""),
        (("convolution", 8, 3, 1, 3, 3), ""),  # as large as the input: the usual padding of a dilated kernel
        (("max pooling", 3, 2, 1, 1, 4), "sees nothing but padding"),
    ],
)
def test_what_does_not_go_together_is_named(numbers: tuple[Operation, int, int, int, int, int], says: str) -> None:
    assert says in misfit(*numbers)
    assert bool(says) == bool(misfit(*numbers))


def test_rows_that_no_window_reaches_are_counted() -> None:
    assert [remainder(8, 3, stride, 0, 1) for stride in (1, 2, 3)] == [0, 1, 2]
    assert remainder(8, 3, 2, 1, 1) == 0, "what stays unread is padding"


def test_only_what_torch_refuses_or_what_sees_nothing_is_refused() -> None:
    """An input of ones: a window that sees nothing of it says 0, or minus infinity where the largest counts."""
    for n, k, stride, padding, dilation in itertools.product(
        range(3, 9), range(1, 6), range(1, 4), range(5), range(1, 5)
    ):
        told = misfit("convolution", n, k, stride, padding, dilation)
        ones, kernel = torch.ones(1, 1, n, n, dtype=torch.float64), torch.ones(1, 1, k, k, dtype=torch.float64)
        fits = dilation * (k - 1) + 1 <= n + 2 * padding
        seen = fits and bool((F.conv2d(ones, kernel, None, stride, padding, dilation) > 0).all())
        assert bool(told) != seen, (n, k, stride, padding, dilation)
        if not misfit("max pooling", n, k, stride, padding, dilation):
            assert np.isfinite(slide(np.ones((n, n)), np.ones((k, k)), "max pooling", stride, padding, dilation)).all()


@pytest.mark.parametrize("size", range(1, 16))
def test_named_kernels_do_what_they_say(size: int) -> None:
    kernels = named_kernels(size)
    assert kernels.keys() == TIPS.keys()
    assert all(values.shape == (size, size) and values.dtype == np.float32 for values in kernels.values())
    even = np.ones((size, size))  # an even area: blur and sharpen pass it on, edges and outline see nothing
    answers = {name: float((even * values).sum()) for name, values in kernels.items()}
    expected = {"blur": 1, "sharpen": 1, "vertical edges": 0, "horizontal edges": 0, "outline": 0, "nothing": 0}
    assert answers == pytest.approx(expected, abs=1e-5)
    if size > 1:
        step = np.zeros((size, size))
        step[:, -(size // 2) :] = 1  # ink begins on the right
        assert (step * kernels["vertical edges"]).sum() == pytest.approx(1, abs=1e-5)
        assert (step * kernels["horizontal edges"]).sum() == pytest.approx(0, abs=1e-5)
