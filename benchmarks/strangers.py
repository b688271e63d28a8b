"""How often "not a digit" is right, and what that rule misses: `python -m benchmarks.strangers`.

The rule calls a drawing no digit when no training image is near in the last hidden layer of the shipped network. Tried
on digits that the network has never seen, on letters that look like no digit, and on scribbles.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from playground.data.digits import load_digits
from playground.data.drawing import center_drawing
from playground.data.strokes import PAD_PX, draw_strokes, smooth_curve
from playground.frames.neighbors import Memory, angles, memory_of
from playground.models.shipped import load_params
from playground.spec.digits import READER, STACKS, TRAINED

LETTERS = "ACDEFHJKMNPRTUVWXY"  # the rest look like digits
DEGREES = (-15, -8, 0, 8, 15)
N_SCRIBBLES, N_NOISE = 200, 500


def letters() -> Iterator[np.ndarray]:
    """Each letter in five slants, as the network would see it: (28, 28) uint8."""
    font = ImageFont.load_default(190)
    for letter in LETTERS:
        for degrees in DEGREES:
            field = Image.new("L", (PAD_PX, PAD_PX))
            ImageDraw.Draw(field).text((PAD_PX / 2, PAD_PX / 2), letter, 255, font, "mm", stroke_width=3)
            yield center_drawing(np.asarray(field.rotate(degrees)))


def scribbles() -> Iterator[np.ndarray]:
    """Smooth curves through 5 to 9 places by chance: (28, 28) uint8."""
    chance = np.random.default_rng(0)
    for _ in range(N_SCRIBBLES):
        places = chance.uniform(0.1, 0.9, (chance.integers(5, 10), 2)) * PAD_PX
        yield center_drawing(draw_strokes((smooth_curve(places),)))


def noise() -> Iterator[np.ndarray]:
    """Every pixel by chance: (28, 28) uint8."""
    yield from np.random.default_rng(0).integers(0, 256, (N_NOISE, 28, 28), dtype=np.uint8)


def full_memory(stack: str) -> Memory:
    """What the page compares drawings with, all of it."""
    memory = memory_of(stack, "relu", load_params(stack).tobytes(), load_digits())
    while not memory.is_complete:
        memory.go_on()
    return memory


def found_out(memory: Memory, images: list[np.ndarray]) -> float:
    """The share of images that the rule calls no digit."""
    nearest = angles(memory.features(np.stack(images)), memory.train).amin(dim=1)  # (n,)
    return float((nearest > memory.limit).float().mean())


KINDS = {"letters": letters, "scribbles": scribbles, "noise": noise}


def main(stacks: tuple[str, ...] = (READER,)) -> None:
    for name in stacks:
        memory = full_memory(STACKS[name])
        shares = [found_out(memory, list(kind())) for kind in KINDS.values()]
        print(
            f"{name}: called no digit: 1 % of test digits by definition, {shares[0]:.0%} of letters, "
            f"{shares[1]:.0%} of scribbles, {shares[2]:.0%} of noise"
        )


if __name__ == "__main__":
    main(TRAINED)
