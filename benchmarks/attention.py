"""Figures of the Attention page: how soon small transformers learn, and what a frame of all maps costs.

python -m benchmarks.attention
"""

from __future__ import annotations

import os
import shutil
import time
from dataclasses import replace
from typing import Any

from playwright.sync_api import sync_playwright

from benchmarks.browser import FLAGS, app, live_rate
from playground.learners.transformer import TransformerLearner
from playground.live.wire import pack
from playground.spec import AttentionSpec
from playground.spec.look import Look
from playground.spec.probe import Probe

LEARNER = TransformerLearner()
LIMIT_SECONDS = 60.0
WATCHED = {"layers": 2, "heads": 4, "width": 64, "length": 8}  # 16 tokens
N_WATCHED = 60  # epochs of ten updates that are painted


def seconds_until(goal: float, **choices: Any) -> tuple[float, int]:
    """Wall seconds and steps until the share of exact test sequences reaches `goal`; infinity after a minute."""
    spec = AttentionSpec().change(**choices)
    begun = time.perf_counter()
    state = LEARNER.init(spec)
    while state.history.last("test_accuracy") < goal:
        if time.perf_counter() - begun > LIMIT_SECONDS:
            return float("inf"), state.step
        state = LEARNER.advance(spec, state, 10)
    return time.perf_counter() - begun, state.step


def frames_per_second(**choices: Any) -> float:
    """Frames a second of all maps, packed, with one update between two frames."""
    spec = AttentionSpec().change(**choices)
    state = LEARNER.advance(spec, LEARNER.init(spec), 10)
    begun = time.perf_counter()
    for _ in range(40):
        state = LEARNER.advance(spec, state, 1)
        pack(LEARNER.observe(spec, state, Look((1, 1))))
    return 40 / (time.perf_counter() - begun)


def frames_painted_per_second(**choices: Any) -> float:
    """The same in a browser on this machine, at top speed, with its worker beside it."""
    query = "&".join(f"{name}={value}" for name, value in choices.items())
    with sync_playwright() as playwright, app() as (url, _, _):
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        rate = live_rate(page, f"{url}/attention?speed=max&{query}", N_WATCHED, opens="ready")
        browser.close()
    return rate


def input_to_maps_seconds(text: str, look: Look, **choices: Any) -> float:
    """Seconds from a new own input to its packed frame, of the largest model, while the run stands still."""
    spec = AttentionSpec().change(layers=4, heads=8, width=128, **choices)
    state = LEARNER.init(spec)
    LEARNER.observe(spec, state, look)
    begun = time.perf_counter()
    pack(LEARNER.observe(spec, state, replace(look, text=text)))
    return time.perf_counter() - begun


def writing_seconds() -> float:
    """Seconds for a frame with a written answer, the distribution that follows, and a tree of four beams."""
    spec = AttentionSpec().change(layers=2, heads=4, width=64, length=8)
    state = LEARNER.init(spec)
    look = Look(probe=Probe(writing=True, written=8, beams=4))
    LEARNER.observe(spec, state, look)
    begun = time.perf_counter()
    pack(LEARNER.observe(spec, state, look))
    return time.perf_counter() - begun


def main() -> None:
    """Print every figure."""
    LEARNER.warm_up()
    sort = {"task": "sort", "length": 6, "alphabet": 3, "layers": 2, "heads": 2, "width": 48}
    for seed in range(3):
        seconds, steps = seconds_until(0.99, **sort, seed=seed)
        print(f"sort, 99 % exact, seed {seed}: {seconds:.1f} s, {steps} steps (goal 30 s)")
    for alphabet in (10, 26):
        seconds, steps = seconds_until(0.95, task="induction", length=8, alphabet=alphabet, layers=2)
        print(f"induction of {alphabet} letters, 95 % exact: {seconds:.1f} s, {steps} steps (goal 60 s)")
    rate, painted = frames_per_second(**WATCHED), frames_painted_per_second(**WATCHED)
    what = "all maps of 2 layers x 4 heads x 16 tokens while training"
    print(f"{what}: {rate:.0f} frames/s computed, {painted:.0f} painted (goal 10)")
    still, quick = Look(still=True), Look(quick=True)
    for name, text, look, choices in (
        ("6 letters", "CABCAB", still, {}),
        ("addition of 12 digits", "123456789012+345678901234", still, {"task": "addition", "length": 12}),
        ("text of 64 characters", "Alice was", quick, {"task": "text", "context": 64}),
        ("the same with 100 characters written", "Alice was", still, {"task": "text", "context": 64}),
    ):
        milliseconds = 1000 * input_to_maps_seconds(text, look, **choices)
        print(f"own input to all maps, 4 layers x 8 heads, width 128, {name}: {milliseconds:.0f} ms (goal 50)")
    print(f"written answer of 8 tokens and 4 beams, 2 layers x 4 heads: {1000 * writing_seconds():.0f} ms")


if __name__ == "__main__":
    main()
