"""Figures of the Compare page: frames while four contenders learn, and how long telling luck from skill takes.

python -m benchmarks.compare
"""

from __future__ import annotations

import asyncio
import os
import shutil
import time

from playwright.sync_api import sync_playwright

from benchmarks.browser import FLAGS, app, live_rate
from playground.learners.compare import CompareLearner
from playground.live.engine import Engine
from playground.live.study import Study
from playground.live.wire import pack
from playground.live.worker import START_SECONDS
from playground.spec import CompareSpec
from playground.spec.look import Look

LEARNER = CompareLearner()
SPEC = CompareSpec()  # network, XGBoost, random forest, logistic regression on 500 points
N_FRAMES = 100
POLL_SECONDS = 0.02


def frames_per_second() -> float:
    """Frames a second of one core, packed, with an epoch and a tree between two of them; 20 live per second wanted."""
    LEARNER.scene(SPEC)
    state = LEARNER.init(SPEC)
    begun = time.perf_counter()
    for _ in range(N_FRAMES):
        state = LEARNER.advance(SPEC, state, 1)
        pack(LEARNER.observe(SPEC, state, Look()))
    return N_FRAMES / (time.perf_counter() - begun)


async def study_seconds(name: str, which: int) -> float:
    """Seconds until all parts of a study are there, on as many workers as there are cores."""
    engine = Engine()
    engine.start()
    await engine.run("ready", deadline_seconds=START_SECONDS)
    study = Study(engine, lambda: None)
    study.start(SPEC, name, which)
    while study.report()[name]["busy"]:
        await asyncio.sleep(POLL_SECONDS)
    engine.close()
    return float(study.report()[name]["seconds"])


def painted_per_second() -> float:
    """Frames painted a second in the browser while network and XGBoost learn side by side with two others."""
    with sync_playwright() as playwright, app() as (url, _, _):
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        rate = live_rate(page, f"{url}/compare?speed=60", SPEC.structure.n_epochs)
        browser.close()
    return rate


def main() -> None:
    """Print every figure."""
    LEARNER.warm_up()
    print(f"  four contenders, two of them live: {frames_per_second():.0f} frames/s computed (goal 20)")
    print(f"  the same in the browser: {painted_per_second():.1f} frames/s painted (goal 20)")
    print(f"  10 seeds x 4 contenders on 500 points: {asyncio.run(study_seconds('luck', 0)):.1f} s (goal 15)")
    for which, axes in enumerate(("learning rate x width of the network", "depth x trees of XGBoost")):
        print(f"  grid of maps, {axes}: {asyncio.run(study_seconds('grid', which)):.1f} s")


if __name__ == "__main__":
    main()
