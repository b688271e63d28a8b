"""Centering as MNIST was made, drawings as text, and pictures that are no digit."""

import base64
import io
import struct
import zlib
from collections.abc import Callable

import numpy as np
import pytest
import torch
from PIL import Image, ImageFile, ImageFilter
from sklearn.datasets import load_sample_image

from playground.data.digits import load_digits
from playground.data.drawing import DrawingError, center_drawing, read_pad, read_picture, sample_drawing, shrink_drawing
from playground.data.strokes import PAD_PX, draw_strokes, pad_content, pad_picture, sample_strokes
from playground.models.shipped import load_params
from playground.spec.digits import READER, STACKS
from playground.spec.drawing import pack_drawing, unpack_drawing
from playground.spec.stack import read_stack
from playground.training.evaluation import probabilities

BLANK = np.zeros((PAD_PX, PAD_PX), np.uint8)


def png(gray: np.ndarray, mode: str = "L") -> bytes:
    file = io.BytesIO()
    picture = Image.fromarray(gray)
    (picture if mode == "I;16" else picture.convert(mode)).save(file, "PNG")
    return file.getvalue()


def center_of_mass(image: np.ndarray) -> np.ndarray:
    places = np.indices(image.shape) + 0.5
    return (places * image).sum(axis=(1, 2)) / image.sum()


def test_images_of_mnist_stay_as_they_are() -> None:
    images = load_digits().test_images[:200]
    away = [
        min(
            np.abs(np.roll(center_drawing(image), shift, (0, 1)).astype(int) - image).mean()
            for shift in [(0, 0), (1, 0), (-1, 0), (0, 1), (0, -1), (1, 1), (-1, -1), (1, -1), (-1, 1)]
        )
        for image in images
    ]
    assert np.mean(np.array(away) < 12) > 0.95  # of 255: only some are scaled a little, for their box is not quite 20


def test_the_shipped_images_are_a_stratified_cut_of_mnist() -> None:
    data = load_digits()
    of_mnist = ((5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949), (980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009))  # fmt: skip
    for labels, counts, size in ((data.train_labels, of_mnist[0], 10_000), (data.test_labels, of_mnist[1], 2_000)):
        assert len(labels) == size
        assert np.abs(np.bincount(labels) - size * np.array(counts) / sum(counts)).max() <= 1


@pytest.mark.parametrize("digit", range(10))
def test_a_drawing_fills_20_pixels_around_its_center_of_mass(digit: int) -> None:
    pad = np.roll(draw_strokes(sample_strokes(digit)), (-20, 30), (0, 1))
    image = center_drawing(pad)
    rows, columns = np.flatnonzero(image.any(axis=1)), np.flatnonzero(image.any(axis=0))
    assert max(np.ptp(rows), np.ptp(columns)) + 1 == 20
    assert np.abs(center_of_mass(image) - 14).max() <= 0.5


def test_where_and_how_large_it_is_drawn_does_not_matter() -> None:
    pad = draw_strokes(sample_strokes(4))
    small = np.asarray(Image.fromarray(pad).resize((140, 140)))
    moved = BLANK.copy()
    moved[5:145, 120:260] = small
    assert np.abs(center_drawing(moved).astype(int) - center_drawing(pad)).mean() < 6
    assert np.abs(shrink_drawing(moved).astype(int) - shrink_drawing(pad)).mean() > 15


def test_a_small_digit_on_a_large_sheet_is_no_dot() -> None:
    for digit in range(10):
        sheet = np.full((900, 900), 250, np.uint8)
        small = np.asarray(Image.fromarray(draw_strokes(sample_strokes(digit))).resize((100, 100)))
        sheet[300:400, 500:600] -= (small * 0.9).astype(np.uint8)  # drawn about 65 pixels high
        image = center_drawing(read_picture(png(sheet)))
        stack = STACKS[READER]
        assert probabilities(torch.tensor(load_params(stack)), image[None], read_stack(stack), "relu").argmax() == digit


def test_empty_dot_and_full_are_named() -> None:
    dot = BLANK.copy()
    dot[100:120, 100:120] = 255
    speck = BLANK.copy()
    speck[100:108, 100:102] = 255
    for picture, message in (
        (BLANK, "Nothing is drawn"),
        (dot, "only a dot"),
        (speck, "only a dot"),
        (BLANK + 255, "everything is ink"),
    ):
        with pytest.raises(DrawingError, match=message):
            center_drawing(picture.astype(np.uint8))


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "1", "P", "I;16"])
@pytest.mark.parametrize("inverted", [False, True])
def test_an_uploaded_digit_is_read_in_both_colors(mode: str, inverted: bool) -> None:
    pad = draw_strokes(sample_strokes(5))
    shown = 255 - pad if inverted else pad
    ink = read_picture(png(shown.astype(np.uint16) * 200 if mode == "I;16" else shown, mode))
    assert np.abs(center_drawing(ink).astype(int) - center_drawing(pad)).mean() < 6


@pytest.mark.parametrize("color", ["white", "black"])
def test_strokes_on_transparent_ground_are_read_in_both_colors(color: str) -> None:
    pad = draw_strokes(sample_strokes(5))
    picture = Image.new("RGBA", pad.shape[::-1], color)
    picture.putalpha(Image.fromarray(pad))
    data = io.BytesIO()
    picture.save(data, "PNG")
    assert np.abs(center_drawing(read_picture(data.getvalue())).astype(int) - center_drawing(pad)).mean() < 6


def test_a_photo_that_was_taken_upright_is_read_upright() -> None:
    pad = draw_strokes(sample_strokes(5))
    turned = Image.fromarray(255 - pad).transpose(Image.Transpose.ROTATE_90)  # as the sensor saw it
    exif = Image.Exif()
    exif[0x0112] = 6  # orientation: to be turned clockwise
    data = io.BytesIO()
    turned.save(data, "JPEG", exif=exif, quality=95)
    assert np.abs(center_drawing(read_picture(data.getvalue())).astype(int) - center_drawing(pad)).mean() < 6


def test_what_is_no_digit_gets_a_plain_message() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (300, 300), dtype=np.uint8)
    pictures = [
        (b"not a picture", "no picture"),
        (b"", "no picture"),
        (png(draw_strokes(sample_strokes(3)))[:200], "no picture"),
        (png(np.zeros((5000, 10_000), np.uint8)), "50 megapixels"),
        (png(BLANK), "No strokes"),
        (png(noise), "photo"),
    ]
    for data, message in pictures:
        with pytest.raises(DrawingError, match=message):
            read_picture(data)


@pytest.mark.parametrize("name", ["china.jpg", "flower.jpg"])
def test_a_photo_is_named_whole_and_in_parts(name: str) -> None:
    photo = Image.fromarray(load_sample_image(name)).convert("L")  # 640 x 427
    parts = [photo.crop((x, y, x + 400, y + 300)) for x, y in ((0, 0), (240, 0), (0, 127), (240, 127))]
    for part in (photo, *parts):
        with pytest.raises(DrawingError, match="photo"):
            read_picture(png(np.asarray(part)))


def is_refused(picture: np.ndarray) -> bool:
    try:
        read_picture(png(picture, Image.fromarray(picture).mode))
    except DrawingError:
        return True
    return False


@pytest.mark.parametrize("blur_px", [0.0, 0.5, 1.0])
def test_no_digit_is_taken_for_a_photo(blur_px: float) -> None:
    blur = ImageFilter.GaussianBlur
    for image in load_digits().test_images[:200]:  # strokes here are 2 to 3 px wide
        assert not is_refused(np.asarray(Image.fromarray(image).filter(blur(blur_px))))
    for digit in range(10):
        pad = Image.fromarray(255 - draw_strokes(sample_strokes(digit), pen_px=8 + 3 * digit))
        assert not is_refused(np.asarray(pad.filter(blur(10 * blur_px))))


def bomb(width: int, height: int) -> bytes:
    """A PNG of a few bytes that claims to be this large."""
    shape = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    parts = [(b"IHDR", shape), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")]
    chunks = [struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in parts]  # fmt: skip
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


@pytest.mark.parametrize(("width", "height"), [(5001, 5000), (12_000, 9000), (30_000, 30_000), (2**31 - 1, 2**31 - 1)])
@pytest.mark.parametrize("read", [read_picture, read_pad])
def test_a_picture_that_would_unfold_is_refused_before_it_is_decoded(
    read: Callable, width: int, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ImageFile.ImageFile, "load", lambda _: pytest.fail("it was decoded"))
    with pytest.raises(DrawingError, match="megapixels"):
        read(bomb(width, height))


@pytest.mark.parametrize("name", ["TIFF", "PPM", "ICO", "TGA", "PCX", "SGI", "DDS", "JPEG2000", "ICNS"])
def test_formats_that_the_page_does_not_offer_are_no_pictures(name: str) -> None:
    file = io.BytesIO()
    Image.fromarray(draw_strokes(sample_strokes(5))).convert("RGB").save(file, name)
    with pytest.raises(DrawingError, match="no picture"):
        read_picture(file.getvalue())


@pytest.mark.parametrize("name", ["PNG", "JPEG", "WEBP", "BMP", "GIF"])
def test_formats_that_the_page_offers_are_read(name: str) -> None:
    file, pad = io.BytesIO(), draw_strokes(sample_strokes(5))
    Image.fromarray(pad).save(file, name)
    assert np.abs(center_drawing(read_picture(file.getvalue())).astype(int) - center_drawing(pad)).mean() < 6


def test_the_pad_is_read_as_the_browser_draws_it() -> None:
    ink = draw_strokes(sample_strokes(5))
    half = np.dstack([ink, ink, ink, np.full_like(ink, 128)])
    assert np.array_equal(read_pad(png(ink, "RGBA")), ink)
    assert np.array_equal(read_pad(png(half, "RGBA")), ink.astype(int) * 128 // 255)
    assert read_pad(png(np.zeros((4 * PAD_PX, 4 * PAD_PX), np.uint8))).shape == (4 * PAD_PX, 4 * PAD_PX)
    with pytest.raises(DrawingError, match="1 megapixels; at most 1"):
        read_pad(png(np.zeros((4 * PAD_PX, 4 * PAD_PX + 1), np.uint8)))
    for data in (b"", b"not a picture", png(ink)[:200], b"BM" + bytes(60)):
        with pytest.raises(DrawingError, match="did not arrive"):
            read_pad(data)


def test_what_an_eraser_leaves_that_nobody_sees_is_no_ink_and_soft_edges_stay() -> None:
    def read(ink: np.ndarray) -> np.ndarray:
        return read_pad(png(ink, "RGBA"))

    one, four = (
        np.asarray(Image.fromarray(draw_strokes(sample_strokes(digit))).filter(ImageFilter.BoxBlur(1)))
        for digit in (1, 4)
    )
    erased = (one * (1 - one / 255)).astype(np.uint8)  # along the same path: what two soft edges leave
    assert 50 < erased.max() < 64
    assert not read(erased).any()
    bar = np.zeros_like(four)
    bar[5:8, 20:260] = 63
    assert np.array_equal(center_drawing(read(np.maximum(four, bar))), center_drawing(read(four)))
    assert np.array_equal(read(four), four)


def test_a_drawing_survives_its_text() -> None:
    image = sample_drawing(8)
    text = pack_drawing(image)
    assert len(text) == 523
    assert np.abs(unpack_drawing(text).astype(int) - image).max() <= 8
    assert pack_drawing(unpack_drawing(text)) == text


@pytest.mark.parametrize("text", ["", "A", "A" * 522, "A" * 524, "+" * 523, "é" * 523])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="drawing must be 523 characters"):
        unpack_drawing(text)


def test_the_pad_gets_the_same_strokes() -> None:
    content = pad_content(sample_strokes(7), "#ffffff")
    assert [len(item["path"]) for item in content["objects"]] == [len(stroke) for stroke in sample_strokes(7)]


def test_the_pad_gets_the_same_pixels_as_large_as_it_is() -> None:
    drawing = unpack_drawing(pack_drawing(sample_drawing()))
    (picture,) = pad_picture(drawing)["objects"]
    file = base64.b64decode(picture["src"].removeprefix("data:image/png;base64,"))
    assert (np.asarray(Image.open(io.BytesIO(file))) == drawing).all()
    assert [len(drawing) * picture[name] for name in ("scaleX", "scaleY")] == [PAD_PX, PAD_PX]
