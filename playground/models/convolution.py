"""One window sliding over one small image, written out in numpy so that every number can be shown."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from playground.spec.stack import output_size

Operation = Literal["convolution", "max pooling", "mean pooling"]
OPERATIONS: tuple[Operation, ...] = ("convolution", "max pooling", "mean pooling")


def slide(
    image: np.ndarray, kernel: np.ndarray, operation: Operation, stride: int, padding: int, dilation: int
) -> np.ndarray:
    """What comes out of a convolution or a pooling.

    Args:
        image: (n, n).
        kernel: (k, k) weights; of a pooling only its side counts.
        operation: `convolution` sums patch times kernel; pooling takes the largest or the mean of a patch. Padding is
            zero for a convolution and a mean, and never the largest.
        stride: pixels from one window to the next.
        padding: pixels added on each side.
        dilation: pixels from one pixel of a window to the next.

    Returns:
        (m, m) float64 with m = floor((n + 2 padding - dilation (k - 1) - 1) / stride) + 1.

    Raises:
        ValueError: the window does not fit; see `misfit`.

    Source: torch.nn.Conv2d, MaxPool2d, AvgPool2d. Checked against them in tests/golden/test_convolution.py.
    """
    if problem := misfit(operation, len(image), len(kernel), stride, padding, dilation):
        raise ValueError(problem)
    edge = -np.inf if operation == "max pooling" else 0.0
    padded = np.pad(image.astype(np.float64), padding, constant_values=edge)  # (n + 2 padding,) * 2
    span = dilation * (len(kernel) - 1) + 1
    windows = sliding_window_view(padded, (span, span))[::stride, ::stride, ::dilation, ::dilation]  # (m, m, k, k)
    if operation == "convolution":
        return np.einsum("rcij,ij->rc", windows, kernel.astype(np.float64))
    return windows.max(axis=(2, 3)) if operation == "max pooling" else windows.mean(axis=(2, 3))


def misfit(operation: Operation, size: int, kernel: int, stride: int, padding: int, dilation: int) -> str:
    """Why these numbers do not go together, in one sentence with the numbers; empty when they do."""
    span, room = dilation * (kernel - 1) + 1, size + 2 * padding
    if operation != "convolution" and padding > kernel // 2:
        half = kernel // 2
        return f"A pooling may be padded by at most half its window, {half}: else a window lies in the padding alone."
    if operation == "mean pooling" and dilation > 1:
        return "A mean pooling has no dilation: its window has no holes."
    n_windows = output_size(size, kernel, stride, padding, dilation)
    if n_windows < 1:
        return f"The window spans {span} × {span} pixels, but the input with its padding is only {room} × {room}."
    taps = stride * np.arange(n_windows)[:, None] - padding + dilation * np.arange(kernel)  # (n_windows, kernel) rows
    if not ((taps >= 0) & (taps < size)).any(axis=1).all():
        return f"With a padding of {padding} some window sees nothing but padding."
    return ""


def remainder(size: int, kernel: int, stride: int, padding: int, dilation: int) -> int:
    """Rows and columns at the end of the input that no window reaches: 1 for 8 pixels, a window of 3, a stride of 2."""
    return max(0, (size + 2 * padding - dilation * (kernel - 1) - 1) % stride - padding)
