"""The page of a comparison: its numbers are those of the messages, its pictures can be seen, its text does no harm."""

from __future__ import annotations

import base64
import csv
import io
import re

import numpy as np
import pytest
from PIL import Image

from playground.figures.palette import CLASS_COLORS
from playground.figures.report import write_report, write_scores
from playground.learners.compare import CompareLearner
from playground.learners.compare_study import part
from playground.live.wire import pack, unpack
from playground.spec import CompareSpec
from playground.spec.look import Look
from playground.spec.points import Axis, PointTable, pack_points

LEARNER = CompareLearner()
CHOICES, LINK = [("dataset", "moons"), ("noise", "0.35"), ("A", ""), ("B", "")], "http://x/compare?seed=3"


def messages(spec: CompareSpec, **look: object) -> tuple[dict, dict]:
    state = LEARNER.advance(spec, LEARNER.init(spec), 5)
    frame = {**LEARNER.observe(spec, state, Look(**look)), "epoch": state.epoch}
    return unpack(pack(LEARNER.scene(spec))), unpack(pack(frame))


@pytest.mark.parametrize("dataset", ["moons", "blobs", "plane"])
def test_scores_and_pictures_are_those_of_the_page(dataset: str) -> None:
    spec = CompareSpec().change(dataset=dataset, n_samples=60, contenders=("network~epochs~5", "tree", "neighbors"))
    scene, frame = messages(spec)
    rows = list(csv.DictReader(io.StringIO(write_scores(scene, frame, CHOICES, LINK))))
    assert [float(row["test_loss"]) for row in rows] == pytest.approx(
        [s["test_loss"] for s in frame["scores"]], rel=1e-8
    )
    text = write_report(scene, frame, [("dataset", dataset)], "http://x/compare?seed=3")
    assert "At epoch 5 of 5. Reproduce it: <http://x/compare?seed=3>\n" in text
    large = {**frame["scores"][1], "size": 41110.0}
    scores = [frame["scores"][0], large, frame["scores"][2]]
    assert " 41110 |" in write_report(scene, {**frame, "scores": scores}, [("dataset", dataset)], "x")
    midway = write_report(scene, {**frame, "epoch": 3}, [("dataset", dataset)], "http://x/compare?seed=3")
    assert "At epoch 3 of 5. Reproduce it: <http://x/compare?seed=3>, and play to epoch 3\n" in midway
    assert f"{frame['scores'][1]['test_loss']:.4g}" in text
    assert f"- To beat: {'the mean' if dataset == 'plane' else 'a guess'}" in text
    pictures = [Image.open(io.BytesIO(base64.b64decode(data))) for data in re.findall(r"base64,([^)]*)\)", text)]
    assert [picture.size for picture in pictures] == [(240, 240)] * 3
    if (
        dataset == "moons"
    ):  # the map of the tree is certain everywhere: most pixels are pure mixtures of its two classes
        pixels = np.asarray(pictures[1].convert("RGB")).reshape(-1, 3)
        assert {tuple(pixel) for pixel in pixels} >= {tuple(bytes.fromhex(color[1:])) for color in CLASS_COLORS[:2]}


def test_repeated_scores_bring_mean_and_spread() -> None:
    spec = CompareSpec().change(n_samples=60, n_repeats=3, contenders=("tree", "neighbors"))
    results = {number: part(spec, "luck", 0, number) for number in range(6)}
    report = {"name": "luck", "which": 0, "busy": False, "waits_for": "", "done": 6, "of": 6, "seconds": 1.0, "seconds_left": 0.0,
              "problem": "", "results": results}  # fmt: skip
    scene, frame = messages(spec, study={"luck": report})
    row = next(csv.DictReader(io.StringIO(write_scores(scene, frame, CHOICES, LINK))))
    losses = [results[number]["figures"]["test_loss"] for number in (0, 2, 4)]
    assert (row["data"], row["settings"], row["link"]) == ("dataset: moons; noise: 0.35", "defaults", LINK)
    assert float(row["test_loss_mean"]) == pytest.approx(np.mean(losses))
    assert float(row["test_loss_sd"]) == pytest.approx(np.std(losses, ddof=1))
    text = write_report(scene, frame, [("gaps", "XGBoost's own way")], "x")
    assert "| gaps | XGBoost's own way |" in text
    sizes = [results[number]["figures"]["size"] for number in (1, 3, 5)]
    assert f" | {np.mean(sizes):.0f} ± {np.std(sizes, ddof=1):.0f} | " in text
    assert "±" in text and "★ " in text and "“Luck or skill” there repeats them all" in text


def test_the_page_of_a_table_says_what_its_maps_show() -> None:
    for choices in ({"map_by": "components"}, {"map_by": "columns", "target": 4}):
        spec = CompareSpec().change(dataset="penguins", contenders=("tree", "neighbors"), **choices)
        scene, frame = messages(spec)
        maps = write_report(scene, frame, CHOICES, LINK).split("## Maps")[1]
        said = re.sub(r"\W+", " ", maps)
        assert scene["map_title"] and scene["map_meaning"]
        for key in ("map_title", "map_meaning"):
            assert re.sub(r"\W+", " ", scene[key]).strip() in said
    points = write_report(*messages(CompareSpec().change(n_samples=40)), CHOICES, LINK).split("## Maps")[1]
    assert points.strip().startswith("Across: "), "points in the plane are their own map"


def test_names_from_a_file_are_plain_words() -> None:
    evil = "![x](http://evil)|<script>`=1+1"
    table = PointTable(
        np.random.default_rng(0).uniform(-5, 5, (20, 2)), np.arange(20) % 2, (Axis(evil), Axis("b")), ("a", evil)
    )
    spec = CompareSpec().change(dataset="csv", points=pack_points(table), contenders=("tree", "neighbors"))
    text = write_report(*messages(spec), [("name", evil)], "http://x")
    assert "evil" in text
    for wrong in ("](http", "<script", "|<", "`="):
        assert wrong not in text
