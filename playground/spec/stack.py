"""A stack of layers as compact text, checked before anything trains: `conv8k5,pool2,conv16k5,pool2,dense64`.

    conv8k5    convolution with 8 filters of 5 x 5; `s2` sets the stride, `p2` the padding: conv8k5s2p2
    pool2      the largest of each 2 x 2 (also avg2: their mean)
    res        residual block: two 3 x 3 convolutions whose result is added to what came in
    bnorm      batch normalization: each channel gets mean 0 and variance 1 over the images of a batch, then a learned
               gain and bias; predictions use a running mean and variance instead, which are part of the state
    norm       layer normalization: the values of one image get mean 0 and variance 1, then a learned gain and bias
    drop25     switches off 25% of the values by chance while training
    dense64    64 units, each connected to everything before
    tanh       an activation at this place (also relu, sigmoid, ...)

The page's activation stands right behind each convolution and each dense layer, unless an activation block follows
(normalization, dropout and pooling may stand between): `conv8k5,bnorm,relu` bends after the normalization.
A dense layer with 10 outputs always stands at the end and is not named.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal, get_args

from playground.spec.network import Activation

Kind = Literal["conv", "pool", "avg", "res", "bnorm", "norm", "drop", "dense", "act"]
Shape = tuple[int, ...]

INPUT_SHAPE: Shape = (1, 28, 28)
PASSED_BY = ("bnorm", "norm", "drop", "pool", "avg")  # may stand between a layer and its activation
N_OUTPUTS = 10
MAX_BLOCKS = 40
MAX_PARAMS = 1_000_000
MAX_MULTIPLICATIONS = 20_000_000  # for one image
MAX_VALUES = 300_000  # of all layers for one image: 1 000 images, the largest batch, then take 1.2 GB
MAX_STACK_TEXT = 400  # characters
RANGES = {
    "filters": (1, 128),
    "kernel": (1, 15),
    "stride": (1, 4),
    "window": (2, 7),
    "percent": (1, 90),
    "units": (1, 1024),
}
"""What the numbers of a block may be; a padding is smaller than its kernel."""
ACTIVATION_NAMES: tuple[str, ...] = get_args(Activation)
_PATTERN = re.compile(
    r"(conv|pool|avg|res|bnorm|norm|drop|dense)(\d{0,4})(?:k(\d{1,4}))?(?:s(\d{1,4}))?(?:p(\d{1,4}))?"
)
_TITLES = {
    "conv": "Convolution",
    "pool": "Downsampling",
    "avg": "Downsampling",
    "res": "Residual block",
    "bnorm": "Batch norm",
    "norm": "Layer norm",
    "drop": "Dropout",
    "dense": "Fully connected",
    "act": "Activation",
}


class StackError(ValueError):
    """A stack that does not fit.

    Attributes:
        place: of the block that is at fault, from 1; None when it is the stack as a whole.
        before: the blocks that come before it, or all of them, with their shapes.
    """

    def __init__(self, message: str, place: int | None, before: list[Block]) -> None:
        super().__init__(message)
        self.place, self.before = place, tuple(before)


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
        statistic_shapes: of what is measured while training instead of learned: the running mean and variance.
        bends: whether the page's activation follows at once.
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
    statistic_shapes: tuple[Shape, ...] = ()
    bends: bool = False

    @property
    def stored_shapes(self) -> tuple[Shape, ...]:
        """Of everything that the state holds of this layer, in order."""
        return (*self.param_shapes, *self.statistic_shapes)

    @property
    def kernel_shapes(self) -> tuple[Shape, ...]:
        """Of its kernels, (filters, maps, side, side): one of a convolution, two of a residual block, else none."""
        return tuple(shape for shape in self.param_shapes if len(shape) == 4)

    @property
    def n_stored(self) -> int:
        """Numbers that the state holds: a `bnorm` on 8 channels has 16 that are learned and 16 that are measured."""
        return sum(math.prod(shape) for shape in self.stored_shapes)

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
        StackError: a block is not understood or does not fit; the message names the block and the reason.
    """
    if len(text) > MAX_STACK_TEXT:
        raise StackError(f"stack must have at most {MAX_STACK_TEXT} characters; got {len(text)}", None, [])
    names = split_stack(text)
    if len(names) > MAX_BLOCKS:
        raise StackError(f"stack must hold at most {MAX_BLOCKS} blocks; got {len(names)}", None, [])
    blocks: list[Block] = []
    shape = INPUT_SHAPE
    for place, name in enumerate(names, start=1):
        try:
            blocks.append(_read_block(name, f"stack block {place} ({name[:20]})", shape, blocks))
        except ValueError as error:
            raise StackError(str(error), place, blocks) from None
        shape = blocks[-1].shape_out
    blocks.append(_dense(f"dense{N_OUTPUTS}", "Output", N_OUTPUTS, shape))
    _check_size(blocks)
    return tuple(replace(block, bends=_bends(blocks, k)) for k, block in enumerate(blocks))


def split_stack(text: str) -> list[str]:
    """The blocks of a stack by name: `"conv8k5, pool2,"` has two."""
    return [name.strip() for name in text.split(",") if name.strip()]


def _bends(blocks: list[Block], layer: int) -> bool:
    if blocks[layer].kind not in ("conv", "dense") or layer == len(blocks) - 1:
        return False
    behind = (block.kind for block in blocks[layer + 1 :] if block.kind not in PASSED_BY)
    return next(behind) != "act"  # the output layer is always behind


def count_params(blocks: tuple[Block, ...]) -> int:
    """Learned numbers of a whole stack: the output layer alone has 784 * 10 + 10 = 7 850."""
    return sum(block.n_params for block in blocks)


def _title(kind: str, before: list[Block]) -> str:
    return f"{_TITLES[kind]} {1 + sum(block.title.startswith(_TITLES[kind]) for block in before)}"


def _read_block(name: str, where: str, shape: Shape, before: list[Block]) -> Block:
    if name in ACTIVATION_NAMES:
        return _plain(name, "act", _title("act", before), 0, shape, ())
    match = _PATTERN.fullmatch(name)
    if not match:
        raise ValueError(f"{where} must be like conv8k5, pool2, avg2, res, bnorm, norm, drop25, dense64 or relu")
    kind, size, *rest = match.groups()
    title = _title(kind, before)
    if kind != "conv" and any(rest):
        raise ValueError(f"{where}: only a convolution has a kernel, a stride or a padding of its own")
    kernel, stride, padding = (int(part) if part else default for part, default in zip(rest, (5, 1, 0), strict=True))
    if kind in ("conv", "pool", "avg", "res") and len(shape) == 1:
        raise ValueError(f"{where} needs an image, but the fully connected layer before it has given one row of units")
    readers: dict[str, Callable[[], Block]] = {
        "conv": lambda: _conv(name, title, _in_range(size, where, "filters"), (kernel, stride, padding), shape, where),
        "pool": lambda: _pool(name, "pool", title, _in_range(size or "2", where, "window"), shape, where),
        "avg": lambda: _pool(name, "avg", title, _in_range(size or "2", where, "window"), shape, where),
        "res": lambda: _res(name, title, size, shape, where),
        "bnorm": lambda: _plain(name, "bnorm", title, 0, shape, ((shape[0],),) * 2, ((shape[0],),) * 2),
        "norm": lambda: _plain(name, "norm", title, 0, shape, ((shape[0],),) * 2),
        "drop": lambda: _plain(name, "drop", title, _in_range(size, where, "percent"), shape, ()),
        "dense": lambda: _dense(name, title, _in_range(size, where, "units"), shape),
    }
    return readers[kind]()


def _in_range(text: str, where: str, what: str) -> int:
    low, high = RANGES[what]
    if not text or not low <= int(text) <= high:
        raise ValueError(f"{where}: {what} must be {low} to {high}; got {text or 'none'}")
    return int(text)


def _conv(text: str, title: str, filters: int, window: tuple[int, int, int], shape: Shape, where: str) -> Block:
    kernel, stride, padding = window
    _in_range(str(kernel), where, "kernel")
    _in_range(str(stride), where, "stride")
    if padding >= kernel:
        raise ValueError(f"{where}: padding must be smaller than the kernel, {kernel}; got {padding}")
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


def _plain(
    text: str,
    kind: Kind,
    title: str,
    size: int,
    shape: Shape,
    param_shapes: tuple[Shape, ...],
    statistic_shapes: tuple[Shape, ...] = (),
) -> Block:
    return Block(text, kind, title, size, 0, 0, 0, shape, shape, param_shapes, statistic_shapes)


def _dense(text: str, title: str, units: int, shape: Shape) -> Block:
    return Block(text, "dense", title, units, 0, 0, 0, shape, (units,), ((units, math.prod(shape)), (units,)))


def _check_size(blocks: list[Block]) -> None:
    n_params, n_multiplications = count_params(tuple(blocks)), sum(block.n_multiplications for block in blocks)
    if n_params > MAX_PARAMS:
        raise StackError(f"stack must have at most {MAX_PARAMS:,} parameters; got {n_params:,}", None, blocks)
    if n_multiplications > MAX_MULTIPLICATIONS:
        most = f"{MAX_MULTIPLICATIONS:,} multiplications for one image"
        raise StackError(f"stack must need at most {most}; got {n_multiplications:,}", None, blocks)
    n_values = sum(math.prod(block.shape_out) for block in blocks)
    if n_values > MAX_VALUES:
        raise StackError(f"stack must keep at most {MAX_VALUES:,} values of an image; got {n_values:,}", None, blocks)
