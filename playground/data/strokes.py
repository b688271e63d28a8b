"""One sample of each digit as pen strokes, so that the drawing pad is never empty."""

from __future__ import annotations

import base64
import io
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

PAD_PX = 280
PEN_PX = 20
FIRST_SAMPLE = 3
PAD_VERSION = "6.0.0"  # of the objects that the drawing pad takes

_POINTS: dict[int, tuple[tuple[tuple[float, float], ...], ...]] = {
    0: (((50, 16), (32, 26), (26, 50), (33, 76), (50, 84), (67, 75), (74, 50), (68, 26), (50, 16)),),
    1: (((38, 30), (46, 24), (52, 16)), ((52, 16), (51, 50), (49, 84))),
    2: (((28, 32), (36, 20), (54, 16), (68, 26), (66, 42), (50, 60), (28, 80)), ((28, 81), (50, 80), (74, 81))),
    3: (((28, 24), (46, 15), (66, 22), (66, 38), (46, 47), (66, 54), (72, 70), (56, 84), (36, 82), (26, 74)),),
    4: (((44, 16), (36, 36), (27, 56)), ((27, 57), (50, 56), (76, 54)), ((62, 30), (60, 56), (57, 86))),
    5: (((70, 17), (52, 18), (36, 19)), ((36, 19), (34, 32), (31, 46)),
        ((31, 46), (48, 41), (66, 48), (70, 64), (60, 80), (42, 84), (27, 76))),
    6: (((62, 15), (44, 26), (32, 48), (30, 68), (40, 83), (58, 82), (68, 68), (60, 54), (44, 54), (32, 66)),),
    7: (((26, 21), (48, 20), (72, 19)), ((72, 19), (60, 42), (50, 64), (44, 86))),
    8: (((66, 24), (50, 16), (34, 26), (40, 42), (60, 54), (68, 70),
         (52, 85), (34, 74), (42, 54), (60, 40), (66, 24)),),
    9: (((68, 34), (54, 18), (36, 22), (31, 38), (44, 49), (60, 44), (68, 32)), ((68, 32), (66, 56), (60, 86))),
}  # fmt: skip
"""Places in percent of the pad's side that each stroke goes through, x to the right and y down."""

Curve = NDArray[np.float64]


@lru_cache(maxsize=10)
def sample_strokes(digit: int) -> tuple[Curve, ...]:
    """Smooth strokes of a digit: each (n, 2) in pixels of the pad, [0, 280]."""
    return tuple(smooth_curve(np.array(points, dtype=np.float64) * PAD_PX / 100) for points in _POINTS[digit])


def smooth_curve(points: Curve, steps: int = 12) -> Curve:
    """A Catmull-Rom curve through the points: (n, 2) -> ((n - 1) * steps + 1, 2)."""
    padded = np.concatenate([points[:1], points, points[-1:]])  # (n + 2, 2)
    before, start, end, after = padded[:-3], padded[1:-2], padded[2:-1], padded[3:]  # (n - 1, 2) each
    t = (np.arange(steps) / steps)[:, None, None]  # (steps, 1, 1)
    curve = start + 0.5 * t * (
        end - before + t * (2 * before - 5 * start + 4 * end - after + t * (3 * (start - end) + after - before))
    )  # (steps, n - 1, 2)
    return np.concatenate([curve.transpose(1, 0, 2).reshape(-1, 2), points[-1:]])


def draw_strokes(strokes: tuple[Curve, ...], pen_px: int = PEN_PX) -> NDArray[np.uint8]:
    """The pad with these strokes: (280, 280) uint8, 255 is full ink."""
    image = Image.new("L", (PAD_PX, PAD_PX))
    pen, radius = ImageDraw.Draw(image), pen_px / 2
    for stroke in strokes:
        pen.line([tuple(point) for point in stroke], fill=255, width=pen_px, joint="curve")
        for x, y in stroke:
            pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=255)
    return np.asarray(image)


def pad_content(strokes: tuple[Curve, ...], color: str, pen_px: int = PEN_PX) -> dict[str, Any]:
    """The same strokes as the drawing pad takes them, so that they can be undone and drawn over."""
    objects = [
        {
            "type": "Path",
            "path": [["M" if k == 0 else "L", float(x), float(y)] for k, (x, y) in enumerate(stroke)],
            "stroke": color,
            "strokeWidth": pen_px,
            "strokeLineCap": "round",
            "strokeLineJoin": "round",
            "fill": None,
        }
        for stroke in strokes
    ]
    return {"version": PAD_VERSION, "objects": objects}


def pad_picture(image: np.ndarray) -> dict[str, Any]:
    """A drawing of which only the pixels are known, (side, side) uint8, so that it can be drawn over."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    scale = PAD_PX / len(image)
    picture = {
        "type": "Image",
        "src": f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode('ascii')}",
        "originX": "left",
        "originY": "top",
        "scaleX": scale,
        "scaleY": scale,
    }
    return {"version": PAD_VERSION, "objects": [picture]}
