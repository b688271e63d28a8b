"""Pictures of data sets: size, colors, shapes, and the right way up."""

import base64
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from playground.data.dataset import GENERATORS, make_dataset
from playground.figures.palette import CLASS_COLORS, VIK
from playground.figures.thumbnails import draw_thumbnail
from playground.spec import DataChoices

SVG = "{http://www.w3.org/2000/svg}"
HEAD = "data:image/svg+xml;base64,"


def paths(uri):
    assert uri.startswith(HEAD)
    return ET.fromstring(base64.b64decode(uri.removeprefix(HEAD))).findall(f"{SVG}path")


def starts(path):
    return [(int(x), int(y)) for x, y in re.findall(r"M(\d+) (\d+)", path.get("d"))]


@pytest.mark.parametrize("name", sorted(GENERATORS))
@pytest.mark.parametrize("noise", [0.0, 0.5])
def test_picture_is_small_and_on_its_canvas(name, noise):
    data = make_dataset(DataChoices(dataset=name, noise=noise))
    uri = draw_thumbnail(data.X, data.y, n_classes=data.n_classes)
    assert len(uri) <= 2048
    drawn = [place for path in paths(uri) for place in starts(path)]
    assert len(drawn) == 100
    assert all(2 <= part <= 46 for place in drawn for part in place)


def test_up_on_the_map_is_up_in_the_picture():
    (path,) = paths(draw_thumbnail(np.array([[-6.0, 6.0], [0.0, 0.0], [9.0, -9.0]]), np.zeros(3), n_classes=2))
    assert starts(path) == [(2, 2), (24, 24), (46, 46)]


def test_classes_have_the_color_and_shape_of_the_palette():
    uri = draw_thumbnail(np.zeros((5, 2)), np.array([0.0, 1.0, 2.0, 3.0, 7.0]), n_classes=8)
    drawn = paths(uri)
    assert [path.get("stroke") for path in drawn] == [CLASS_COLORS[k] for k in (0, 1, 2, 3, 7)]
    assert len({(path.get("d"), path.get("stroke-linecap")) for path in drawn}) == 5, "five shapes"
    assert [path.get("stroke-linecap") for path in drawn][:2] == ["round", "square"]


def test_values_have_the_colors_of_the_map():
    uri = draw_thumbnail(np.zeros((4, 2)), np.array([-1.5, -1.0, 0.05, 1.2]), n_classes=0)
    assert [(path.get("stroke"), len(starts(path))) for path in paths(uri)] == [(VIK[0], 2), (VIK[4], 1), (VIK[8], 1)]


def test_twenty_classes_stay_below_4_kb():
    assert len(draw_thumbnail(np.zeros((100, 2)), np.arange(100) % 20, n_classes=20)) <= 4096
