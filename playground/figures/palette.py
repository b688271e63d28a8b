"""The only table of colors and symbols; CSS and JavaScript take theirs from here.

Class colors: Okabe and Ito (2008), each at least 3:1 against white and against the dark background #0e1117.
Maps: vik and berlin (Crameri, 2018; 9 even samples), cividis (Nunez, Anderton, Renslow, 2018; 10 even samples).
"""

from __future__ import annotations

BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"

CLASS_COLORS: tuple[str, ...] = (BLUE, VERMILLION, GREEN, PURPLE) * 5
"""The color of class k, 0 to 19; each fourth class has the same one."""

CLASS_SHAPES: tuple[str, ...] = (
    ("circle", "square", "triangle", "cross")
    + ("square", "triangle", "cross", "diamond")
    + ("triangle", "cross", "diamond", "circle")
    + ("cross", "diamond", "circle", "square")
    + ("diamond", "circle", "square", "triangle")
)
"""The shape of class k, 0 to 19; no two classes share both color and shape."""

VIK: tuple[str, ...] = (
    "#001261", "#034481", "#307da6", "#94bed2", "#ece5e0", "#dcac90", "#c37243", "#942f06", "#590008"
)  # fmt: skip
"""Signed values on a light background, from most negative to most positive; zero is the middle one."""

BERLIN: tuple[str, ...] = (
    "#9eb0ff", "#519fd3", "#286886", "#14303e", "#190c09", "#3f1201", "#7b321c", "#bc6d61", "#ffadad"
)  # fmt: skip
"""Signed values on a dark background."""

CIVIDIS: tuple[str, ...] = (
    "#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"
)  # fmt: skip
"""Amounts from least to most: attention, activations."""

CONTENDER_COLORS: tuple[str, ...] = ("#7B5FD0", "#15868F", "#8A7A1F", "#B8479E", "#6F7A8A", "#A8612F")
"""The line of each of six contenders, at least 3:1 on both backgrounds; a letter and a dash stand beside each color."""

CONTENDER_DASHES: tuple[tuple[int, ...], ...] = ((), (7, 4), (2, 3), (11, 3, 2, 3), (14, 5), (5, 2, 1, 2))
"""The same contenders' dashes in px: drawn and left out in turn."""

PALETTE = {
    "classes": CLASS_COLORS,
    "shapes": CLASS_SHAPES,
    "diverging_light": VIK,
    "diverging_dark": BERLIN,
    "sequential": CIVIDIS,
    "contenders": CONTENDER_COLORS,
    "dashes": CONTENDER_DASHES,
}
"""All of it as views take it, by the names that `assets/colors.js` knows."""
