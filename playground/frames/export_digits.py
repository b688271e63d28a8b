"""A run of the Digits page as a program for PyTorch, and its weights as a file."""

from __future__ import annotations

import base64
import math
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from playground.data.complete_digits import load_fetched
from playground.data.digits import load_digits
from playground.frames.export import ACTIVATIONS, Shown, penalties, shared_parts, template
from playground.models.shipped import PARTS
from playground.spec.digits import DigitsSpec, DigitsStructure
from playground.spec.stack import Block, read_stack
from playground.training.digit_batches import EPOCH_IMAGES, N_LIVE, batch_images

MAX_EPOCHS = 3  # that the program repeats: their 3 000 images stand in it
PACKAGE = Path(__file__).parents[1]
NORMAL_NAMES = ("weight", "bias", "running_mean", "running_var")  # of batch normalization


def pytorch_program(spec: DigitsSpec, began: Shown, shown: Shown, *, n_epochs: int = MAX_EPOCHS) -> str:
    """A program that repeats the first epochs of a run in PyTorch and ends with the shown weights.

    Args:
        spec: the choices that the run started with.
        began: the run at step 0, with what was set by hand there.
        shown: the moment under the eyes; its `params` are (n_stored,) float32.
        n_epochs: epochs to repeat, at most 3; those before the first change after step 0.

    Returns:
        Python text of 1 to 8 MB that needs torch and numpy only: images in the order of their use, start weights and
        shown weights stand in it. Losses agree to 4 digits, at the shown weights to 6.

    Checked by running it in tests/golden/test_export_digits.py.
    """
    structure, settings = spec.structure, spec.settings
    data = load_fetched() if structure.images == "complete" else load_digits()
    n_epochs = min(n_epochs, MAX_EPOCHS) * (not _has_lonely_image(spec))
    parts = [batch_images(spec, data, k, np.arange(EPOCH_IMAGES)) for k in range(n_epochs)]
    images = [data.train_images[:N_LIVE], data.test_images[:N_LIVE], *(images for images, _ in parts)]
    labels = [data.train_labels[:N_LIVE], data.test_labels[:N_LIVE], *(labels for _, labels in parts)]
    return template("program_digits").substitute(
        shared_parts(spec, began, shown) | penalties(settings),
        layers=",\n        ".join(_layers(structure, settings.dropout)),
        activation=ACTIVATIONS[structure.activation],
        chance=_source("models/randomness.py", "STREAM_WEIGHTS"),
        augmentation=_source("training/augmentation.py", "SHIFT_PX") if settings.augmentation else "",
        augment="augment(images, SEED, uses)" if settings.augmentation else "images",
        n_epochs=n_epochs,
        n_live=N_LIVE,
        images=base64.b64encode(zlib.compress(np.concatenate(images).tobytes(), 9)).decode(),
        labels=base64.b64encode(np.concatenate(labels).astype(np.uint8).tobytes()).decode(),
    )


def weights_file(spec: DigitsSpec, params: np.ndarray) -> bytes:
    """The weights as safetensors: `0.weight` (filters, maps, kernel, kernel), `0.bias`, and so on by layer."""
    tensors, place = {}, 0
    for layer, block in enumerate(read_stack(spec.structure.stack)):
        names = NORMAL_NAMES if block.kind == "bnorm" else PARTS
        for name, shape in zip(names, block.stored_shapes, strict=False):
            size = math.prod(shape)
            tensors[f"{layer}.{name}"] = params[place : place + size].reshape(shape)
            place += size
    return save(tensors, metadata={"stack": spec.structure.stack, "activation": spec.structure.activation})


def _has_lonely_image(spec: DigitsSpec) -> bool:
    """Whether a batch of one image meets a batch norm over units, which torch refuses to train."""
    blocks = read_stack(spec.structure.stack)
    flat = any(block.kind == "bnorm" and math.prod(block.shape_in[1:]) == 1 for block in blocks)
    return flat and EPOCH_IMAGES % spec.settings.batch_size == 1


def _layers(structure: DigitsStructure, dropout: float) -> Iterator[str]:
    """The modules of the network, one a line; the name of each layer stands behind it."""
    blocks = read_stack(structure.stack)
    for layer, block in enumerate(blocks):
        hidden = layer < len(blocks) - 1
        if block.kind == "dense" and len(block.shape_in) > 1:
            yield "nn.Flatten()"
        yield _module(block, layer)
        if block.bends:
            yield ACTIVATIONS[structure.activation]
        if block.kind == "dense" and hidden and dropout:
            yield f"Dropout({layer}, {dropout})"


def _module(block: Block, layer: int) -> str:
    channels, flat = block.shape_in[0], len(block.shape_in) == 1
    return {
        "conv": f"nn.Conv2d({channels}, {block.size}, {block.kernel}, {block.stride}, {block.padding})",
        "pool": f"nn.MaxPool2d({block.kernel})",
        "avg": f"nn.AvgPool2d({block.kernel})",
        "res": f"Residual({channels})",
        "bnorm": f"nn.BatchNorm{1 if flat else 2}d({channels})",
        "norm": f"nn.GroupNorm(1, {channels})",
        "drop": f"Dropout({layer}, {block.size / 100})",
        "dense": f"nn.Linear({math.prod(block.shape_in)}, {block.size})",
        "act": ACTIVATIONS.get(block.text, ""),
    }[block.kind]


def _source(path: str, first: str) -> str:
    """The text of a module of this package from a name on: what the program does is what the run did."""
    text = (PACKAGE / path).read_text()
    return text[text.index(f"\n{first}") :].strip()
