"""A comparison as one page to keep: Markdown with data, settings, scores and pictures; and its scores as CSV.

Both are made from the messages that the view draws, so they say what was on screen.
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from playground.figures.palette import CLASS_COLORS, CLASS_SHAPES, VIK

MAP_SHARE = 0.64  # of a class color in the map, as on the page
SIDE, CELLS = 240, 100
RADIUS = 3
Message = Mapping[str, Any]


def write_report(scene: Message, frame: Message, choices: Sequence[tuple[str, str]], link: str) -> str:
    """One page in Markdown; pictures are part of it, so it needs no other file.

    Args:
        scene: the message of what is drawn once a run.
        frame: the message of the moment under the eyes.
        choices: name and value of each choice of the data, then of each contender.
        link: address that reproduces the comparison.
    """
    study = frame.get("study") or {}
    epoch, n_epochs = frame["epoch"], scene["n_epochs"]
    then = f", and play to epoch {epoch}" if epoch < n_epochs else ""
    lines = ["# Comparison", "", f"At epoch {epoch} of {n_epochs}. Reproduce it: <{link}>{then}", ""]
    lines += ["## Choices", "", "| choice | value |", "|---|---|"]
    lines += [f"| {_cell(name)} | {_cell(value)} |" for name, value in choices]
    n, n_train = len(scene["labels"]), scene["n_train"]
    lines += ["", f"{n} points: {n_train} train, {n - n_train} test. Everybody has the same ones.", "", "## Scores", ""]
    names = [column["title"] for column in scene["columns"]]
    lines += ["| contender | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|"]
    for k, contender in enumerate(scene["contenders"]):
        shown = [_shown(scene, frame, column["key"], k) for column in scene["columns"]]
        lines.append(f"| {_cell(contender['title'])} | " + " | ".join(shown) + " |")
    lines += [
        "",
        f"{study['note']} The link opens the first seed; “Luck or skill” there repeats them all."
        if study.get("bands")
        else "★ best of its column. Measured once: differences may be luck.",
        f"- {scene['guess']}",
    ]
    lines += [f"- {remark}" for remark in frame["remarks"] if remark]
    lines += [
        f"- {c['title']}: {frame['problems'][k]}" for k, c in enumerate(scene["contenders"]) if frame["problems"][k]
    ]
    lines += [
        "",
        "## Columns",
        "",
        *(f"- **{column['title']}**: {_cell(column['tip'])}" for column in scene["columns"]),
    ]
    lines += ["", "## Maps", "", *(_cell(scene[key]) for key in ("map_title", "map_meaning") if scene[key]), ""]
    lines += [_axes(scene), ""]
    for k, contender in enumerate(scene["contenders"]):
        if (picture := _picture(scene, frame, k)) is not None:
            lines += [f"### {_cell(contender['title'])}", "", f"![Map of {_cell(contender['title'])}]({picture})", ""]
    return "\n".join(lines) + "\n"


def write_scores(scene: Message, frame: Message, choices: Sequence[tuple[str, str]], link: str) -> str:
    """The scoreboard as CSV: one row for each contender, with its settings, the data and the link that reproduces it.

    Mean and spread too where it was repeated. Arguments as in `write_report`.
    """
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    keys = [column["key"] for column in scene["columns"]]
    bands = (frame.get("study") or {}).get("bands") or {}
    more = [f"{key}_{kind}" for key in bands for kind in ("mean", "sd")]
    table.writerow(["contender", "settings", *keys, *more, "epoch", "data", "link"])
    data = "; ".join(f"{name}: {value}" for name, value in choices[: -len(scene["contenders"])])
    for k, contender in enumerate(scene["contenders"]):
        values = [_value(scene, frame, key, k) for key in keys]
        spread = [(bands[key][k] or {}).get(kind) for key in bands for kind in ("mean", "spread")]
        cells = ["" if value is None else f"{value:.9g}" for value in [*values, *spread]]
        own = [_harmless(contender["title"]), contender["choices"]]
        table.writerow([*own, *cells, frame["epoch"], _harmless(data), link])
    return text.getvalue()


def _value(scene: Message, frame: Message, key: str, k: int) -> float | None:
    value = frame["scores"][k].get(key, frame.get("costs", scene["costs"])[k].get(key))
    return None if value is None else float(value)


def _shown(scene: Message, frame: Message, key: str, k: int) -> str:
    study = frame.get("study") or {}
    bands = study.get("bands")
    band = bands[key][k] if bands else None
    value = (band["mean"] if band else None) if bands else _value(scene, frame, key, k)
    if value is None:
        return "–"
    winners = (study.get("winners") if study.get("bands") else None) or {
        **frame.get("cost_winners", scene["cost_winners"]),
        **frame["winners"],
    }
    mark = "★ " if k in winners.get(key, []) else "= " if k in study.get("ties", {}).get(key, []) else ""
    whole = key == "size"
    told = f"{value:.0f}" if whole else f"{value:.4g}"
    return mark + told + (f" ± {band['spread']:{'.0f' if whole else '.2g'}}" if band else "")


def _axes(scene: Message) -> str:
    reach = scene["range"]
    ends = [
        f"{_cell(a['name'])} {a['center'] - reach * a['scale']:g} to {a['center'] + reach * a['scale']:g}"
        for a in scene["axes"]
    ]
    return f"Across: {ends[0]}. Upward: {ends[1]}. Training points only."


def _cell(text: str) -> str:
    """Text that came from outside, such as a column's name, as plain words of a table."""
    return "".join(c if c.isalnum() or c in " -_.,:;=()±%/'’“”?" else " " for c in str(text))


def _harmless(text: str) -> str:
    """No spreadsheet takes it for a formula."""
    return "'" + text if text[:1] in "=+-@\t\r" else text


def _picture(scene: Message, frame: Message, k: int) -> str | None:
    """The map of one contender with the training points as a PNG in a data URI; None when it was not fitted."""
    source, names = (frame, "live") if k in frame["live"] else (scene, "fixed")
    if k not in source[names]:
        return None
    prefix, at = ("" if names == "live" else "fixed_"), source[names].index(k)
    values = source[f"{prefix}maps"][at].reshape(CELLS, CELLS).astype(float) / 255
    if frame["map_kind"] == "class":
        classes = source[f"{prefix}map_classes"][at].reshape(CELLS, CELLS)
        ends = np.array([_rgb(color) for color in CLASS_COLORS])[classes]  # (cells, cells, 3)
        share = MAP_SHARE * (0.1 + 0.9 * values[..., None])
        pixels = (1 - share) * _rgb(VIK[4]) + share * ends
    elif frame["map_kind"] == "value":
        pixels = _along(np.array([_rgb(color) for color in VIK]), values)
    else:
        neutral = _rgb(VIK[4])
        ends = [(1 - MAP_SHARE) * neutral + MAP_SHARE * _rgb(color) for color in CLASS_COLORS[:2]]
        pixels = _along(np.array([ends[0], neutral, ends[1]]), values)
    image = Image.fromarray(np.rint(pixels).astype(np.uint8)).resize((SIDE, SIDE), Image.Resampling.BILINEAR)
    _draw_points(ImageDraw.Draw(image), scene)
    file = io.BytesIO()
    image.save(file, format="PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _draw_points(draw: ImageDraw.ImageDraw, scene: Message) -> None:
    n, reach = scene["n_train"], scene["range"]
    for (x, y), label in zip(scene["points"][:n], scene["labels"][:n], strict=True):
        column, row = float(x + reach) / (2 * reach) * SIDE, float(reach - y) / (2 * reach) * SIDE
        box = (column - RADIUS, row - RADIUS, column + RADIUS, row + RADIUS)
        if scene["task"] == "regression":
            share = np.array(0.5 + 0.5 * np.clip(label / scene["label_scale"], -1, 1))
            color = tuple(np.rint(_along(np.array([_rgb(c) for c in VIK]), share)).astype(int).tolist())
            draw.ellipse(box, fill=color, outline="#31333f")
        elif CLASS_SHAPES[int(label)] == "circle":
            draw.ellipse(box, fill=CLASS_COLORS[int(label)], outline="white")
        elif CLASS_SHAPES[int(label)] == "square":
            draw.rectangle(box, fill=CLASS_COLORS[int(label)], outline="white")
        else:
            corners = 3 if CLASS_SHAPES[int(label)] == "triangle" else 4
            draw.regular_polygon((column, row, RADIUS + 1), corners, fill=CLASS_COLORS[int(label)], outline="white")


def _rgb(color: str) -> np.ndarray:
    return np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)], dtype=float)


def _along(stops: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Colors at shares 0 to 1 of evenly spaced stops (n, 3)."""
    places = np.linspace(0, 1, len(stops))
    return np.stack([np.interp(shares, places, stops[:, channel]) for channel in range(3)], axis=-1)
