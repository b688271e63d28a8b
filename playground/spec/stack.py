"""A stack of layers as compact text, checked before anything trains: `conv8k5,pool2,conv16k5,pool2,dense64`.

    conv8k5    convolution with 8 filters of 5 x 5; `s2` sets the stride, `p2` the padding: conv8k5s2p2
    pool2      the largest of each 2 x 2 (also avg2: their mean)
    res        residual block: two 3 x 3 convolutions whose result is added to what came in
    norm       layer normalization: the values of one image get mean 0 and variance 1, then a learned gain and bias
    drop25     switches off 25 % of the values by chance while training
    dense64    64 units, each connected to everything before

A dense layer with 10 outputs always stands at the end and is not named.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Kind = Literal["conv", "pool", "avg", "res", "norm", "drop", "dense"]
Shape = tuple[int, ...]

INPUT_SHAPE: Shape = (1, 28, 28)
N_OUTPUTS = 10
MAX_BLOCKS = 40
MAX_PARAMS = 1_000_000
MAX_MULTIPLICATIONS = 20_000_000  # for one image
_PATTERN = re.compile(r"(conv|pool|avg|res|norm|drop|dense)(\d{0,4})(?:k(\d{1,2}))?(?:s(\d))?(?:p(\d))?")
_TITLES = {
    "conv": "Convolution",
    "pool": "Downsampling",
    "avg": "Downsampling",
    "res": "Residual block",
    "norm": "Normalization",
    "drop": "Dropout",
    "dense": "Fully connected",
}


@dataclass(frozen=True)
class Block:
    """One layer of a stack with its shapes.

    Attributes:
        text: how the stack names it.
        kind: what it computes.
        title: its name on screen, such as "Convolution 2".
        size: filters, units, pooling window or percent.
        kernel, stride, padding: of a convolution or a pooling.
        shape_in, shape_out: (channels, height, width) or (units,).
        param_shapes: shapes of weights and biases, in order.
    """

    text: str
    kind: Kind
    title: str
    size: int
    kernel: int
    stride: int
    padding: int
    shape_in: Shape
    shape_out: Shape
    param_shapes: tuple[Shape, ...]

    @property
    def n_params(self) -> int:
        """Numbers that are learned: a `conv8k5` on one channel has 8 * 25 + 8 = 208."""
        return sum(math.prod(shape) for shape in self.param_shapes)

    @property
    def n_multiplications(self) -> int:
        """Multiplications for one image: a `conv8k5` on 28 x 28 has 24 * 24 * 208 = 119 808, biases counted too."""
        return self.n_params * (math.prod(self.shape_out[1:]) if self.kind in ("conv", "res") else 1)


@lru_cache(maxsize=256)
def read_stack(text: str) -> tuple[Block, ...]:
    """The layers of a stack, the output layer included.

    Args:
        text: blocks between commas, as at the head of this module; empty means the output layer alone.

    Raises:
        ValueError: a block is not understood or does not fit; the message names the block and the reason.
    """
    names = [name.strip() for name in text.split(",") if name.strip()]
    if len(names) > MAX_BLOCKS:
        raise ValueError(f"stack must hold at most {MAX_BLOCKS} blocks; got {len(names)}")
    blocks: list[Block] = []
    shape = INPUT_SHAPE
    for place, name in enumerate(names, start=1):
        blocks.append(_read_block(name, f"stack block {place} ({name[:20]})", shape, blocks))
        shape = blocks[-1].shape_out
    blocks.append(_dense(f"dense{N_OUTPUTS}", "Output", N_OUTPUTS, shape))
    _check_size(blocks)
    return tuple(blocks)


def count_params(blocks: tuple[Block, ...]) -> int:
    """Learned numbers of a whole stack: the output layer alone has 784 * 10 + 10 = 7 850."""
    return sum(block.n_params for block in blocks)


def _read_block(name: str, where: str, shape: Shape, before: list[Block]) -> Block:
    match = _PATTERN.fullmatch(name)
    if not match:
        raise ValueError(f"{where} must be like conv8k5, pool2, avg2, res, norm, drop25 or dense64")
    kind, size, *rest = match.groups()
    number = 1 + sum(block.title.startswith(_TITLES[kind]) for block in before)
    title = f"{_TITLES[kind]} {number}"
    if kind != "conv" and any(rest):
        raise ValueError(f"{where}: only a convolution has a kernel, a stride or a padding of its own")
    kernel, stride, padding = (int(part) if part else default for part, default in zip(rest, (5, 1, 0), strict=True))
    if kind in ("conv", "pool", "avg", "res") and len(shape) == 1:
        raise ValueError(f"{where} needs an image, but the fully connected layer before it has given one row of units")
    readers: dict[str, Callable[[], Block]] = {
        "conv": lambda: _conv(name, title, _in_range(size, where, 1, 128), (kernel, stride, padding), shape, where),
        "pool": lambda: _pool(name, "pool", title, _in_range(size or "2", where, 2, 7), shape, where),
        "avg": lambda: _pool(name, "avg", title, _in_range(size or "2", where, 2, 7), shape, where),
        "res": lambda: _res(name, title, size, shape, where),
        "norm": lambda: _plain(name, "norm", title, 0, shape, ((shape[0],), (shape[0],))),
        "drop": lambda: _plain(name, "drop", title, _in_range(size, where, 1, 90), shape, ()),
        "dense": lambda: _dense(name, title, _in_range(size, where, 1, 1024), shape),
    }
    return readers[kind]()


def _in_range(text: str, where: str, low: int, high: int) -> int:
    if not text or not low <= int(text) <= high:
        raise ValueError(f"{where} must have a number from {low} to {high}; got {text or 'none'}")
    return int(text)


def _conv(text: str, title: str, filters: int, window: tuple[int, int, int], shape: Shape, where: str) -> Block:
    kernel, stride, padding = window
    if not 1 <= kernel <= 15 or not 1 <= stride <= 4 or padding >= max(kernel, 1):
        raise ValueError(f"{where} must have a kernel of 1 to 15, a stride of 1 to 4 and a padding below the kernel")
    height, width = (output_size(side, kernel, stride, padding) for side in shape[1:])
    if height < 1 or width < 1:
        raise ValueError(f"{where} has a {kernel} x {kernel} kernel, but its input is only {shape[1]} x {shape[2]}")
    shapes = ((filters, shape[0], kernel, kernel), (filters,))
    return Block(text, "conv", title, filters, kernel, stride, padding, shape, (filters, height, width), shapes)


def output_size(size: int, kernel: int, stride: int, padding: int, dilation: int = 1) -> int:
    """Places of a window: floor((size + 2 padding - dilation (kernel - 1) - 1) / stride) + 1.

    `output_size(28, 5, 1, 0)` is 24. Below 1 means that the window does not fit.

    Source: torch.nn.Conv2d, section Shape.
    """
    return (size + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def _pool(text: str, kind: Kind, title: str, window: int, shape: Shape, where: str) -> Block:
    channels, height, width = shape
    if min(height, width) < window:
        raise ValueError(f"{where} has a {window} x {window} window, but its input is only {height} x {width}")
    out = (channels, height // window, width // window)
    return Block(text, kind, title, window, window, window, 0, shape, out, ())


def _res(text: str, title: str, size: str, shape: Shape, where: str) -> Block:
    if size:
        raise ValueError(f"{where} takes no number: a residual block keeps the number of channels")
    convolution = ((shape[0], shape[0], 3, 3), (shape[0],))
    return Block(text, "res", title, shape[0], 3, 1, 1, shape, shape, convolution * 2)


def _plain(text: str, kind: Kind, title: str, size: int, shape: Shape, param_shapes: tuple[Shape, ...]) -> Block:
    return Block(text, kind, title, size, 0, 0, 0, shape, shape, param_shapes)


def _dense(text: str, title: str, units: int, shape: Shape) -> Block:
    return Block(text, "dense", title, units, 0, 0, 0, shape, (units,), ((units, math.prod(shape)), (units,)))


def _check_size(blocks: list[Block]) -> None:
    n_params, n_multiplications = count_params(tuple(blocks)), sum(block.n_multiplications for block in blocks)
    if n_params > MAX_PARAMS:
        raise ValueError(f"stack must have at most {MAX_PARAMS:,} parameters; got {n_params:,}")
    if n_multiplications > MAX_MULTIPLICATIONS:
        most = f"{MAX_MULTIPLICATIONS:,} multiplications for one image"
        raise ValueError(f"stack must need at most {most}; got {n_multiplications:,}")
