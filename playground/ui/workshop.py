"""The convolution workshop: one window, one small image, every number, and the formula for the output size."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import streamlit as st
from PIL import Image

from playground.data.drawing import sample_drawing
from playground.models.convolution import OPERATIONS, misfit, remainder, slide
from playground.models.kernels import named_kernels
from playground.spec.drawing import unpack_drawing
from playground.spec.stack import output_size
from playground.ui.callbacks import entire
from playground.ui.component import component
from playground.ui.session import Visit

LEVELS = 9  # an input pixel is a whole number from 0 to 9
OWN = "your own"
MAX_TYPED = 100.0
NUMBERS = {
    "size": ("Input size", 3, 14, 8, "Side of the image in pixels. Watch the output grow with it."),
    "kernel": ("Kernel", 1, 7, 3, "Side of the window that slides over it. Watch the output shrink."),
    "stride": ("Stride", 1, 4, 1, "Pixels from one place of the window to the next. Watch the output shrink."),
    "padding": (
        "Padding",
        0,
        6,
        0,
        "Pixels added around the image, so that the output need not shrink. Watch the edges.",
    ),
    "dilation": (
        "Dilation",
        1,
        4,
        1,
        "Pixels from one pixel of the window to the next. 2 leaves holes. Watch it see farther.",
    ),
}

_mount = component("workshop", "workshop.js")


def show_workshop(visit: Visit) -> None:
    """A button that opens the workshop over the page."""
    st.button(
        "Convolution workshop", icon=":material/grid_4x4:", key=f"{visit.page}.workshop", width="stretch",
        on_click=_open, args=(visit,), help="Watch one window slide over one small image, number by number.",
    )  # fmt: skip


@st.dialog("Convolution workshop", width="large")
def _open(visit: Visit) -> None:
    operation, numbers = _choose(visit)
    size, kernel, stride, padding, dilation = numbers.values()
    left, right = st.columns([2, 1])
    with right:
        weights = _choose_weights(visit, kernel) if operation == "convolution" else np.zeros((kernel, kernel))
    if problem := misfit(operation, size, kernel, stride, padding, dilation):
        left.error(problem)
        return
    left.markdown(_formula(numbers))
    image = _image(visit, size)
    data = {
        "operation": operation,
        "input": np.pad(image, padding).tolist(),
        "padding": padding,
        "stride": stride,
        "dilation": dilation,
        "kernel": weights.tolist(),
        "output": slide(image, weights, operation, stride, padding, dilation).tolist(),
    }
    _mount(key=_key(visit, "grids"), data=data, on_kernel_change=entire(lambda: _take_kernel(visit)))


def _choose(visit: Visit) -> tuple[Any, dict[str, int]]:
    """What slides, and its numbers."""
    row = st.container(horizontal=True, gap="small")  # columns would stand one under the other on a phone
    operation = row.selectbox(
        "What slides", OPERATIONS, key=_key(visit, "operation"), format_func=str.capitalize,
        help="A convolution multiplies and adds; a pooling keeps the largest value, or the mean. Watch the output.",
    )  # fmt: skip
    numbers = {}
    for name, (label, low, high, usual, tip) in NUMBERS.items():
        key = _key(visit, name)
        st.session_state.setdefault(key, usual)
        numbers[name] = int(row.number_input(label, low, high, step=1, key=key, help=tip))
    return operation, numbers


def _choose_weights(visit: Visit, kernel: int) -> np.ndarray:
    """A named kernel, or the one that was typed into the grid."""
    key, own = _key(visit, "named"), st.session_state.get(_key(visit, "own"))
    typed = own is not None and len(own) == kernel
    names = [*named_kernels(kernel), *([OWN] if typed else [])]
    if st.session_state.get(key) not in names:
        st.session_state[key] = "vertical edges"
    name = st.selectbox(
        "Kernel values",
        names,
        key=key,
        help="Or type numbers into the kernel below. Watch which strokes stay in the output.",
    )
    return own if name == OWN and own is not None else named_kernels(kernel)[name]


def _take_kernel(visit: Visit) -> None:
    values = st.session_state[_key(visit, "grids")].get("kernel")
    side = math.isqrt(len(values)) if isinstance(values, list) else 0
    if side < 1 or side**2 != len(values) or not all(_is_weight(value) for value in values):
        return
    st.session_state[_key(visit, "own")] = np.array(values, dtype=np.float64).reshape(side, side)
    st.session_state[_key(visit, "named")] = OWN


def _is_weight(value: Any) -> bool:
    return isinstance(value, int | float) and math.isfinite(value) and abs(value) <= MAX_TYPED


def _formula(numbers: dict[str, int]) -> str:
    """The output size, first in words, then with the numbers."""
    size, kernel, stride, padding, dilation = numbers.values()
    out, rest = output_size(*numbers.values()), remainder(*numbers.values())
    unread = f" The last {rest} rows and columns are never under the window." if rest > 1 else ""
    unread = " The last row and column are never under the window." if rest == 1 else unread
    return (
        "Output size = ⌊(input + 2 · padding − dilation · (kernel − 1) − 1) / stride⌋ + 1  \n"
        f"= ⌊({size} + 2 · {padding} − {dilation} · ({kernel} − 1) − 1) / {stride}⌋ + 1 = **{out}**.{unread}"
    )


def _image(visit: Visit, size: int) -> np.ndarray:
    """The drawing in few pixels of few levels: (size, size) whole numbers from 0 to 9."""
    text = visit.spec.settings.drawing
    drawing = unpack_drawing(text) if text else sample_drawing()
    small = np.asarray(Image.fromarray(drawing[3:25, 3:25]).resize((size, size), Image.Resampling.BOX), np.float64)
    return np.rint(LEVELS * small / max(1.0, small.max()))


def _key(visit: Visit, name: str) -> str:
    return f"{visit.page}.workshop.{name}"
