"""The table of colors and symbols keeps what it promises."""

import re

import pytest

from playground.figures.palette import (
    BERLIN,
    CIVIDIS,
    CLASS_COLORS,
    CLASS_SHAPES,
    CONTENDER_COLORS,
    CONTENDER_DASHES,
    VIK,
)


def luminance(color):
    """Relative luminance by WCAG 2.2."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one, other):
    low, high = sorted([luminance(one), luminance(other)])
    return (high + 0.05) / (low + 0.05)


def test_contrast_formula():
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("background", ["#ffffff", "#0e1117"])
def test_class_colors_stand_out_from_both_backgrounds(background):
    assert min(contrast(color, background) for color in CLASS_COLORS) >= 3.0


@pytest.mark.parametrize("background", ["#ffffff", "#0e1117"])
def test_contenders_stand_out_from_both_backgrounds_and_are_no_classes(background):
    assert min(contrast(color, background) for color in CONTENDER_COLORS) >= 3.0
    assert len(set(CONTENDER_COLORS) - set(CLASS_COLORS)) == len(set(CONTENDER_DASHES)) == 6


def test_no_two_classes_look_alike():
    assert len(CLASS_COLORS) == len(CLASS_SHAPES) == 20
    assert len(set(zip(CLASS_COLORS, CLASS_SHAPES, strict=True))) == 20
    assert CLASS_SHAPES[:4] == ("circle", "square", "triangle", "cross")
    assert len(set(CLASS_COLORS[:4])) == 4


@pytest.mark.parametrize("colors", [CLASS_COLORS, VIK, BERLIN, CIVIDIS])
def test_colors_are_hexadecimal(colors):
    assert all(re.fullmatch("#[0-9a-fA-F]{6}", color) for color in colors)


def test_signed_maps_have_a_neutral_middle():
    assert len(VIK) == len(BERLIN) == 9
    assert luminance(VIK[4]) == max(map(luminance, VIK))
    assert luminance(BERLIN[4]) == min(map(luminance, BERLIN))


def test_cividis_gets_lighter_with_the_amount():
    steps = [luminance(color) for color in CIVIDIS]
    assert steps == sorted(steps)
