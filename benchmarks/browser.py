"""The app in headless Chromium on this machine: frames and epochs a second, waiting times, memory."""

from __future__ import annotations

import os
import shutil
import statistics
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from benchmarks.load.figure import held_by
from tests.conftest import end_server, start_server

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
SEVEN = "features=x1,x2,x1_squared,x2_squared,x1x2,sin_x1,sin_x2"
NETWORKS = (
    ("2-4-2-1", ""),
    ("7-8x6-1", f"&{SEVEN}&hidden_sizes=8,8,8,8,8,8"),
    ("8 layers of 16", "&hidden_sizes=" + ",".join(["16"] * 8)),
)
SECONDS = 5
N_CHANGES = 20
BETWEEN_SECONDS = 0.4  # a person looks before pressing again
READ = "(() => { const d = find().dataset; return [Number(d.frames), Number(d.epoch), d.status] })()"
# Seconds from a press to the first frame painted after it, as the page itself sees them.
WATCH = """
  window.waits = []
  let pressed = null, seen = Number(find().dataset.frames)
  addEventListener("click", () => { pressed = performance.now() }, true)
  new MutationObserver(() => {
    const frames = Number(find().dataset.frames)
    if (pressed !== null && frames > seen) { waits.push((performance.now() - pressed) / 1000); pressed = null }
    seen = frames
  }).observe(find(), {attributeFilter: ["data-frames"]})
"""
FIND = """
  window.find = () => {
    for (const element of document.querySelectorAll("*")) {
      const root = element.shadowRoot?.querySelector("[data-testid=live]")
      if (root) return root
    }
  }
"""


@contextmanager
def app() -> Iterator[tuple[str, int, float]]:
    """The running app with a worker a core: its address, its process, and when its start began."""
    with tempfile.TemporaryDirectory(prefix="playground-") as folder, (Path(folder) / "log").open("wb") as log:
        begun = time.perf_counter()
        runs, n_workers = str(Path(folder) / "runs"), str(os.cpu_count())
        server = start_server(log, PLAYGROUND_WORKERS=n_workers, PLAYGROUND_RUNS=runs)
        try:
            yield server.address, server.process.pid, begun
        finally:
            end_server(server)


def open_page(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate(FIND)
    page.wait_for_function("find() && Number(find().dataset.frames) > 0")


def live_rate(page: Page, address: str, last: int, *, opens: str = "finished") -> float:
    """Frames painted a second from Play to epoch `last` of a run that opens so; its speed is in the address."""
    open_page(page, address)
    page.wait_for_function(f"find().dataset.status === '{opens}'")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("find().dataset.status === 'playing' && Number(find().dataset.epoch) > 0")
    frames, begun = page.evaluate(READ)[0], time.perf_counter()
    page.wait_for_function(f"Number(find().dataset.epoch) >= {last}", timeout=60_000)
    return float((page.evaluate(READ)[0] - frames) / (time.perf_counter() - begun))


def main() -> None:
    with sync_playwright() as playwright, app() as (url, pid, begun):
        path = os.environ.get("CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        open_page(page, f"{url}/playground")
        print(f"  start of the server to usable page: {time.perf_counter() - begun:.1f} s")
        print(f"  first Play to first frame: {_first_play(page):.2f} s")
        waits = _changes(page, url)
        p95 = waits[int(0.95 * (len(waits) - 1))]
        p50 = statistics.median(waits)
        print(f"  choice to first frame of the new run: p50 {1000 * p50:.0f} ms, p95 {1000 * p95:.0f} ms")
        # Last, as a server that has just started still loads the other pages beside for some seconds.
        for name, query in NETWORKS:
            open_page(page, f"{url}/playground?speed=max{query}")
            print(f"  {name:16} {_rates(page)}")
        print(f"  memory of server and workers together: {held_by(pid).megabytes:.0f} MB")
        browser.close()


def _first_play(page: Page) -> float:
    frames = page.evaluate(READ)[0]
    begun = time.perf_counter()
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(f"Number(find().dataset.frames) > {frames} && find().dataset.status === 'playing'")
    return time.perf_counter() - begun


def _rates(page: Page) -> str:
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function("Number(find().dataset.epoch) > 200")
    frames, epoch, _ = page.evaluate(READ)
    begun = time.perf_counter()
    page.wait_for_timeout(1000 * SECONDS)
    frames_now, epoch_now, _ = page.evaluate(READ)
    seconds = time.perf_counter() - begun
    return f"{(frames_now - frames) / seconds:5.1f} frames/s, {(epoch_now - epoch) / seconds:8,.0f} epochs/s"


def _changes(page: Page, url: str) -> list[float]:
    """Seconds from pressing + on the diagram to the first frame of the larger network, one press after the other."""
    open_page(page, f"{url}/playground?hidden_sizes=1")
    page.evaluate(WATCH)
    for index in range(N_CHANGES):
        name = "Add a unit to hidden layer 1" if index % 2 == 0 else "Remove a unit from hidden layer 1"
        page.get_by_role("button", name=name).click()
        page.wait_for_function(f"waits.length > {index}")
        page.wait_for_timeout(1000 * BETWEEN_SECONDS)
    return sorted(page.evaluate("waits"))


if __name__ == "__main__":
    main()
