"""From a drawing or a picture of any size to what the network reads, prepared as MNIST was."""

from __future__ import annotations

import io
import threading
import warnings
from functools import lru_cache
from typing import Any

import numpy as np
from PIL import Image, ImageFilter, ImageOps, UnidentifiedImageError

from playground.data.strokes import FIRST_SAMPLE, PAD_PX, draw_strokes, sample_strokes
from playground.spec.drawing import SIDE

BOX = 20
INK = 50  # a pixel with more counts as drawn
COVERED = 96  # a pixel of the pad with more lies under a stroke; an eraser along the same path leaves up to 64
SMALLEST_SHARE, LARGEST_SHARE = 0.15, 0.6
TINY_SHARE, SOLID = 0.04, 0.6  # of a sheet; of the box around it, of which a disc fills 0.79
MAX_PIXELS = 25_000_000
FEWEST_CONTRAST = 40
PLAIN_SPREAD = 80  # between the 10th and 90th percentile of the border
SEEN, FULL = 0.3, 0.9  # of the strongest ink: what counts as ink at all, and what is no mid-tone any more
MOST_SEEN, MOST_MID_TONES, MOST_ON_EDGE = 0.4, 0.7, 0.05  # of the picture, of its ink, of its border
WORK_SIDE = 560
MAX_PAD_PIXELS = (4 * PAD_PX) ** 2  # a dense screen may draw it larger
BOMBS = (Image.DecompressionBombError, Image.DecompressionBombWarning)
UNREADABLE = (UnidentifiedImageError, OSError, SyntaxError, ValueError)  # what Pillow raises of broken files
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF")  # Pillow knows dozens more, and a stranger could feed their decoders
_ONE_AT_A_TIME = threading.Lock()  # a picture of 25 megapixels unfolds to 100 MB: twenty of them at once do not fit
Ink = np.ndarray[Any, np.dtype[np.uint8]]


class DrawingError(ValueError):
    """A picture that no digit can be read from; the message is for the person who made it."""


def center_drawing(ink: Ink) -> Ink:
    """Crop, scale to 20 x 20, move the center of mass to the middle of 28 x 28.

    Args:
        ink: (height, width) uint8, 255 is full ink.

    Returns:
        (28, 28) uint8. An image of MNIST comes out almost as it was: its center of mass moves by at most half a pixel.

    Raises:
        DrawingError: nothing is drawn, only a dot, or everything is ink.

    Source: LeCun, Cortes, Burges, "The MNIST database", section on normalization: size to a 20 x 20 box with the
        aspect kept, center of mass at the center of the field. Checked in tests/unit/test_data_drawing.py.
    """
    check_drawing(ink)
    rows, columns = _inked(ink)
    crop = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]  # (h, w)
    scale = BOX / max(crop.shape)
    size = (max(1, round(crop.shape[1] * scale)), max(1, round(crop.shape[0] * scale)))
    small = np.asarray(
        Image.fromarray(crop).resize(size, Image.Resampling.BOX if scale < 1 else Image.Resampling.BILINEAR)
    )
    return _place(small)


def _inked(ink: Ink) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns with ink."""
    return np.flatnonzero((ink > INK).any(axis=1)), np.flatnonzero((ink > INK).any(axis=0))


def check_drawing(ink: Ink) -> None:
    """Whether there is a drawing at all, centered or not.

    Raises:
        DrawingError: nothing is drawn, only a dot, or everything is ink.
    """
    rows, columns = _inked(ink)
    if not len(rows):
        raise DrawingError("Nothing is drawn yet. Draw a digit on the pad.")
    if np.mean(ink > INK) > LARGEST_SHARE:
        raise DrawingError("Nearly everything is ink. Clear the pad and draw a digit with some room around it.")
    if _is_dot(ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] > INK, max(ink.shape)):
        raise DrawingError("That is only a dot. Draw a digit that fills a good part of the pad.")


def _is_dot(inked: np.ndarray, side: int) -> bool:
    """Whether the ink within its box, (h, w) of bool, is too small on a sheet of this side; a small digit is no dot."""
    small, large = sorted(inked.shape)
    return large < SMALLEST_SHARE * side and (large < TINY_SHARE * side or (small > large / 2 and inked.mean() > SOLID))


def _place(small: Ink) -> Ink:
    """Put a (h, w) image of at most 20 x 20 into 28 x 28, its center of mass nearest to the middle."""
    mass, field = small.astype(np.float64), np.zeros((SIDE, SIDE), np.uint8)
    corner = []
    for axis in (0, 1):
        along = mass.sum(axis=1 - axis)  # (h,) or (w,)
        center = float((along * (np.arange(len(along)) + 0.5)).sum() / along.sum())
        corner.append(min(max(round(SIDE / 2 - center), 0), SIDE - len(along)))
    top, left = corner
    field[top : top + small.shape[0], left : left + small.shape[1]] = small
    return field


def shrink_drawing(ink: Ink) -> Ink:
    """Only scale to 28 x 28, without centering: what an untidy input looks like."""
    return np.asarray(Image.fromarray(ink).resize((SIDE, SIDE), Image.Resampling.BOX))


def read_picture(data: bytes) -> Ink:
    """An uploaded picture as ink: (height, width) uint8, whatever is darker or brighter than its border.

    Raises:
        DrawingError: it is no picture, far too large, or has no strokes on a plain background.
    """
    try:
        with _ONE_AT_A_TIME, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd but readable files
            image = _open(data, FORMATS, MAX_PIXELS)
            image.draft("L", (WORK_SIDE, WORK_SIDE))  # a JPEG is unfolded no larger than it is needed
            image.thumbnail((WORK_SIDE, WORK_SIDE))
            gray = np.asarray(_flat(ImageOps.exif_transpose(image)), np.int16)  # (height, width)
    except DrawingError:
        raise
    except UNREADABLE:
        raise DrawingError("This file is no picture that can be read. Use a PNG or JPEG of one digit.") from None
    edge = _edge(gray)
    border, spread = float(np.median(edge)), float(np.ptp(np.quantile(edge, (0.1, 0.9))))
    ink = np.clip(border - gray if border > 127 else gray - border, 0, None)  # (height, width)
    if ink.max(initial=0) < FEWEST_CONTRAST:
        raise DrawingError("No strokes can be seen in this picture. Use a digit in one color on a plain background.")
    strong = np.clip(ink / ink.max() * 1.2 - 0.1, 0, 1)  # paper is never quite plain
    if spread > PLAIN_SPREAD or _is_photo(strong):
        raise DrawingError("This looks like a photo, not like a digit on a plain background.")
    return (255 * strong).astype(np.uint8)


def _edge(picture: np.ndarray) -> np.ndarray:
    """The pixels of the border, corners twice: (2 height + 2 width,)."""
    return np.concatenate([picture[0], picture[-1], picture[:, 0], picture[:, -1]])


def _is_photo(ink: np.ndarray) -> bool:
    """Ink nearly everywhere; or shaded all over and cut off by the border, as strokes on paper never are at once.

    A photo of one thing on a plain background, with room around it, passes as a drawing does.
    """
    seen = ink > SEEN
    mid_tones = float(np.mean(ink[seen] < FULL)) if seen.any() else 0.0
    return bool(seen.mean() > MOST_SEEN or (mid_tones > MOST_MID_TONES and _edge(seen).mean() > MOST_ON_EDGE))


def read_pad(data: bytes) -> Ink:
    """The PNG that a browser made of the pad, as ink: (height, width) uint8. A stranger may send any other bytes.

    An eraser leaves hairlines so faint that nobody sees them. Faint pixels count only beside one that lies under a
    stroke: as its soft edge.

    Raises:
        DrawingError: it is no PNG, or larger than any screen makes it.
    """
    try:
        rgba = np.asarray(_open(data, ("PNG",), MAX_PAD_PIXELS).convert("RGBA"), np.uint16)  # (height, width, 4)
    except DrawingError:
        raise
    except UNREADABLE:
        raise DrawingError("The drawing did not arrive. Draw again.") from None
    ink = (rgba[..., 0] * rgba[..., 3] // 255).astype(np.uint8)  # (height, width)
    strongest_near = np.asarray(Image.fromarray(ink).filter(ImageFilter.MaxFilter(3)))  # of each 3 x 3
    return np.where(strongest_near > COVERED, ink, 0).astype(np.uint8)


def _open(data: bytes, formats: tuple[str, ...], max_pixels: int) -> Image.Image:
    """A picture whose size is known to be legal and whose pixels are not decoded yet."""
    try:
        image = Image.open(io.BytesIO(data), formats=formats)
    except BOMBS:  # above Pillow's own limit, which is higher
        raise DrawingError(f"This picture has far more than {max_pixels / 1e6:.0f} megapixels.") from None
    if image.width * image.height > max_pixels:
        size = f"{image.width * image.height / 1e6:.0f} megapixels"
        raise DrawingError(f"This picture has {size}; at most {max_pixels / 1e6:.0f} can be read.")
    return image


def _flat(image: Image.Image) -> Image.Image:
    """Gray of 8 bits; where the picture is transparent on white, or on black when what is drawn is bright."""
    if image.mode.startswith(("I", "F")):  # `convert` would cut what is brighter than 255
        wide = np.asarray(image, np.float64)
        return Image.fromarray((255 * wide / max(wide.max(initial=0), 255.0)).astype(np.uint8))
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        gray, seen = np.asarray(image.convert("L")), np.asarray(image.getchannel("A")) > 127
        under = "black" if seen.any() and not seen.all() and gray[seen].mean() > 127 else "white"
        image = Image.alpha_composite(Image.new("RGBA", image.size, under), image)
    return image.convert("L")


@lru_cache(maxsize=10)
def sample_drawing(digit: int = FIRST_SAMPLE) -> Ink:
    """The sample of a digit as the network sees it: (28, 28) uint8, read-only."""
    image = center_drawing(draw_strokes(sample_strokes(digit)))
    image.setflags(write=False)
    return image
