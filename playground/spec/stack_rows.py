"""A stack as rows of an editor: each block with its numbers as they were typed, and back to text."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from playground.spec.stack import (
    ACTIVATION_NAMES,
    INPUT_SHAPE,
    MAX_BLOCKS,
    RANGES,
    Block,
    Shape,
    StackError,
    read_stack,
    split_stack,
)

MAX_TYPED = 4  # characters of one number
NO_NUMBER = "?"  # stands in the text for a number that was cleared or is none: the block stays, and is named
_BLOCK = re.compile(r"(conv|pool|avg|res|bnorm|norm|drop|dense)(\d*|\?)(?:k(\d+|\?))?(?:s(\d+|\?))?(?:p(\d+|\?))?")

_WORD = re.compile(r"[A-Za-z0-9_? .-]{1,40}")  # a block that is not understood stays as it was typed, to be named


@dataclass(frozen=True)
class Number:
    """One number of a block: its name on screen, legal range and what it does."""

    key: str
    label: str
    low: int
    high: int
    usual: int
    tip: str


NUMBERS: dict[str, tuple[Number, ...]] = {
    "conv": (
        Number("size", "filters", *RANGES["filters"], 8, "How many patterns it looks for. Each makes one feature map."),
        Number("kernel", "kernel", *RANGES["kernel"], 5, "Side of the window in pixels. Larger sees more, costs more."),
        Number("stride", "stride", *RANGES["stride"], 1, "Pixels from one window to the next. 2 halves the map."),
        Number("padding", "padding", 0, RANGES["kernel"][1] - 1, 0, "Zeros around the image: the map need not shrink."),
    ),
    "pool": (Number("size", "largest of each", *RANGES["window"], 2, "The largest of each window of this side."),),
    "avg": (Number("size", "mean of each", *RANGES["window"], 2, "The mean of each window of this side."),),
    "drop": (Number("size", "percent", *RANGES["percent"], 25, "Part of the values switched off in each step."),),
    "dense": (Number("size", "units", *RANGES["units"], 64, "Each is connected to everything before."),),
}
"""What can be set of each kind of block; the others have no number."""

OFFERS: tuple[tuple[str, str, str], ...] = (
    ("conv8k5", "Convolution", "Slides small patterns over the image: the same few weights look everywhere."),
    (
        "pool2",
        "Max downsampling",
        "Keeps the largest value of each window: half the size, and small shifts do not matter.",
    ),
    ("avg2", "Mean downsampling", "The mean of each window."),
    ("res", "Residual block", "Two 3 x 3 convolutions added to what came in: deep stacks still learn."),
    ("bnorm", "Batch norm", "Each channel gets mean 0 and variance 1 over the batch: larger learning rates work."),
    ("norm", "Layer norm", "The values of each image get mean 0 and variance 1, whatever the batch."),
    ("drop25", "Dropout", "Switches off values by chance while it trains, against learning by heart."),
    ("dense64", "Fully connected", "Every unit sees everything before it."),
    ("tanh", "Activation", "A bend at this place. The layer before it then does not bend by itself."),
)
"""Blocks that can be added: text, name, what it does."""


def row_of(name: str) -> dict[str, Any]:
    """A block of a stack as a row: `conv8k5` has kind conv and numbers 8, 5, 1, 0, all as text; `conv8k?` no kernel."""
    if name in ACTIVATION_NAMES:
        return {"kind": "act", "name": name, "numbers": {}}
    match = _BLOCK.fullmatch(name)
    kind, *typed = match.groups() if match else (name, None, None, None, None)
    values = dict(zip(("size", "kernel", "stride", "padding"), typed, strict=True))
    numbers = {n.key: (values[n.key] or str(n.usual)).replace(NO_NUMBER, "") for n in NUMBERS.get(kind, ())}
    return {"kind": kind, "name": "", "numbers": numbers}


def name_of(row: Mapping[str, Any]) -> str:
    """The text of a row: the way back of `row_of`. A number that is none becomes `?`, so that it can be named.

    Raises:
        ValueError: the row is none that the editor can have sent.
    """
    kind, numbers = row.get("kind"), row.get("numbers", {})
    if kind == "act" and row.get("name") in ACTIVATION_NAMES:
        return str(row["name"])
    if not isinstance(kind, str) or not _WORD.fullmatch(kind) or not isinstance(numbers, Mapping):
        raise ValueError(f"a row must be a kind of block; got {str(kind)[:20]!r}")
    typed = {number.key: str(numbers.get(number.key, ""))[:MAX_TYPED] for number in NUMBERS.get(kind, ())}
    typed = {key: text if re.fullmatch("[0-9]+", text) else NO_NUMBER for key, text in typed.items()}
    parts = {"size": "", "kernel": "k", "stride": "s", "padding": "p"}
    plain = {"stride": "1", "padding": "0"}
    return kind + "".join(parts[key] + text for key, text in typed.items() if text != plain.get(key))


def read_rows(rows: Any) -> str:
    """The text of an edited stack.

    Raises:
        ValueError: this is no list of rows, or it is too long.
    """
    if not isinstance(rows, list) or len(rows) > MAX_BLOCKS + 1:
        raise ValueError(f"a stack must be a list of at most {MAX_BLOCKS} blocks")
    return ",".join(name_of(row) for row in rows if isinstance(row, Mapping))


def describe_rows(text: str) -> tuple[list[dict[str, Any]], str]:
    """What the editor shows of a stack: its rows, with shape and parameters as far as it fits, and what does not.

    Returns:
        Rows with `title`, `shape`, `n_params` and `error`; the last one is the output layer, which stays when a stack
        does not fit: its editor must not be made anew while a number is typed. And what is wrong with the whole.
    """
    names, problem = split_stack(text), ""
    blocks: tuple[Block, ...] = ()
    place: int | None = None
    try:
        blocks = read_stack(text)
    except StackError as error:
        blocks, place, problem = error.before, error.place, _plain(str(error), names, error.place)
    unknown = {"title": "", "shape": "", "n_params": None, "error": ""}
    rows = [row_of(name) | unknown for name in names]
    rows.append({"kind": "output", "name": "", "numbers": {}} | unknown | {"title": "Output"})
    for row, block in zip(rows, blocks, strict=False):
        row |= {"title": block.title, "shape": _shape(block.shape_out), "n_params": block.n_params}
    if place is not None:
        rows[place - 1]["error"] = problem
    return rows, problem if place is None else ""


def _plain(message: str, names: list[str], place: int | None) -> str:
    if place is not None:
        row = row_of(names[place - 1])
        for number in NUMBERS.get(row["kind"], ()):
            if not row["numbers"][number.key]:
                return f"Block {place} needs a whole number for its {number.label}"
    return message.removeprefix("stack ")[0].upper() + message.removeprefix("stack ")[1:]


def _shape(shape: Shape) -> str:
    return " × ".join(map(str, shape)) if len(shape) == len(INPUT_SHAPE) else f"{shape[0]} units"


def place_for(text: str, offer: str) -> int:
    """Where a new block goes: what needs an image before the first fully connected layer, all else at the end."""
    names = split_stack(text)
    first_dense = next((k for k, name in enumerate(names) if name.startswith("dense")), len(names))
    return first_dense if offer.startswith(("conv", "pool", "avg", "res")) else len(names)
