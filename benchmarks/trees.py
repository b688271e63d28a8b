"""Boosted trees: from a choice to the picture of all of them, and frames a second while XGBoost adds them."""

from __future__ import annotations

import os
import shutil
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from playwright.sync_api import Page, sync_playwright

from benchmarks.browser import FLAGS, app, live_rate, open_page
from playground.learners.trees import TreesLearner
from playground.live.wire import pack
from playground.spec import TreesSpec
from playground.spec.look import Look

CASES: tuple[tuple[str, dict[str, Any], str], ...] = (
    ("classic, 50 trees of depth 4", {}, "goal 150 ms"),
    ("classic, 200 trees of depth 8", {"n_trees": 200, "depth": 8}, "goal 300 ms"),
    ("XGBoost, 200 trees of depth 4", {"engine": "xgboost", "n_trees": 200}, ""),
    ("XGBoost, 500 trees of depth 4", {"engine": "xgboost", "n_trees": 500}, ""),
)
LIVE = ((200, "goal 30 frames/s"), (500, "goal 10 frames/s"))
N_RUNS, N_CHANGES = 9, 12
WATCH = """
  window.moments = {}
  for (const kind of ["keydown", "pointerdown"])
    addEventListener(kind, () => (moments.input = performance.now()), true)
  const send = WebSocket.prototype.send
  WebSocket.prototype.send = function (data) {
    if (moments.input && this.url.includes("_stcore")) moments.sent ??= performance.now()
    return send.call(this, data)
  }
"""
"""In the page: when a person did something, and when the choice left for the server."""
ARM = """() => {
  window.moments = {}
  const root = find(), loss = root.dataset.trainLoss
  const observer = new MutationObserver(() => {
    if (root.dataset.trainLoss === loss || root.dataset.status !== "finished") return
    observer.disconnect()
    const channel = new MessageChannel()
    channel.port1.onmessage = () => (moments.painted = performance.now())
    requestAnimationFrame(() => channel.port2.postMessage(0))
  })
  observer.observe(root, { attributes: true })
}"""
"""In the page: when all trees of the next run are painted, which is after the animation frame that shows them."""


def main() -> None:
    learner = TreesLearner()
    learner.warm_up()
    for name, choices, goal in CASES:
        built, looked = zip(*(_worker(learner, choices, seed) for seed in range(N_RUNS)), strict=True)
        both = f"all trees and their frame {_ms(built)}, one more frame {_ms(looked)}"
        print(f"  {name:32} {both}{', ' * bool(goal)}{goal}")
    with sync_playwright() as playwright, app() as (url, _, _):
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.add_init_script(WATCH)
        for name, choices, goal in CASES[:2]:
            open_page(page, f"{url}/trees?" + "&".join(f"{field}={value}" for field, value in choices.items()))
            for what, change in (("slider", _slide), ("switch", _switch)):
                print(f"  {name:32} {_said(what, list(_changes(page, change)))}, {goal}")
        for n_trees, goal in LIVE:
            rate = live_rate(page, f"{url}/trees?engine=xgboost&speed=60&n_trees={n_trees}", n_trees)
            print(f"  XGBoost live to {n_trees} trees           {rate:5.1f} frames/s painted, {goal}")
        browser.close()


def _worker(learner: TreesLearner, choices: dict[str, Any], seed: int) -> tuple[float, float]:
    """Seconds for all trees with their first frame, and for a frame alone."""
    spec = TreesSpec.from_values({**choices, "seed": seed})
    begun = time.perf_counter()
    state = learner.advance(spec, learner.init(spec), spec.structure.n_trees)
    pack(learner.observe(spec, state, Look(still=True)))
    built = time.perf_counter()
    pack(learner.observe(spec, state, Look((1, spec.structure.n_trees - 1), (1.0, 1.0), still=False)))
    return built - begun, time.perf_counter() - built


def _slide(page: Page, index: int) -> None:
    slider = page.get_by_role("slider", name="Learning rate")
    slider.focus()
    page.keyboard.press("ArrowRight" if index % 2 == 0 else "ArrowLeft")


def _switch(page: Page, _index: int) -> None:
    page.get_by_text("Newton update").click()


def _changes(page: Page, change: Callable[[Page, int], None]) -> Iterator[tuple[float, float]]:
    """Seconds from the input to the choice on its way to the server, and from there to the painted picture."""
    for index in range(N_CHANGES):
        page.evaluate(ARM)
        change(page, index)
        page.wait_for_function("moments.painted")
        sent, painted = page.evaluate("[moments.sent - moments.input, moments.painted - moments.sent]")
        yield sent / 1000, painted / 1000
        page.wait_for_timeout(400)


def _said(what: str, changes: list[tuple[float, float]]) -> str:
    """The whole way from the input event, and the part of it that begins when the browser sends the choice."""
    whole = [own + ours for own, ours in changes]
    own, ours = zip(*changes, strict=True)
    return (
        f"{what}: choice sent to picture painted p50 {_ms(ours)}, slowest {1000 * max(ours):.0f} ms; "
        f"input event to picture painted p50 {_ms(whole)}, slowest {1000 * max(whole):.0f} ms, "
        f"of which {_ms(own)} pass in Streamlit's own {what} before it sends"
    )


def _ms(seconds: Any) -> str:
    return f"{1000 * statistics.median(seconds):.0f} ms"


if __name__ == "__main__":
    main()
