"""A page in a real browser that fails its test on any error in the console."""

from __future__ import annotations

import os
import shutil
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Error,
    Locator,
    Page,
    Playwright,
    TimeoutError,
    ViewportSize,
    expect,
    sync_playwright,
)

ARGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
PATIENCE_MS = 30_000
ASK_AGAIN_MS = 5_000
SIZE: ViewportSize = {"width": 1366, "height": 768}
# A tab remembers its run and whether its sidebar is open; another visit must not.
FORGET = "() => { if (origin !== 'null') { sessionStorage.clear(); localStorage.clear() } }"
expect.set_options(timeout=PATIENCE_MS)
SCRIPT = "data-test-script-state"
WATCH = """(element, [name, value]) => ({
  shown: new Promise((done) => new MutationObserver(() => element.getAttribute(name) === value && done())
    .observe(element, {attributeFilter: [name]})),
})"""
SHOWN = """(watch, patience) => Promise.race([
  watch.shown, new Promise((_, fail) => setTimeout(fail, patience, "it was never shown")),
])"""
SEEN = "(watch, patience) => Promise.race([watch.shown, new Promise((done) => setTimeout(done, patience))])"
UNSEEN_MS = 5_000
STILL = "part => Promise.allSettled(part.getAnimations({subtree: true}).map((animation) => animation.finished))"


def chromium() -> str | None:
    """Where a browser is: $CHROMIUM or one on PATH; None leaves it to Playwright."""
    return os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With a failure, what the page showed by then."""
    report = yield
    args = getattr(item, "funcargs", {})
    page = args.get("page") or args.get("shared")
    if report.when == "call" and report.failed and page and not page.is_closed():
        report.sections.append(("page", f"{page.url}\n{page.locator('body').aria_snapshot()}"))
    return report


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives browsers."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """For several visitors at once, each with a window of its own."""
    browser = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def context(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserContext]:
    """For one visit after the other: with a folder, Chromium need not compile Streamlit's scripts for each anew."""
    context = playwright.chromium.launch_persistent_context(
        tmp_path_factory.mktemp("browser"),
        executable_path=chromium(),
        args=ARGS,
        viewport=SIZE,
    )
    context.set_default_timeout(PATIENCE_MS)
    yield context
    context.close()


@contextmanager
def without_errors(page: Page) -> Iterator[None]:
    """What is done inside must leave no error in the console."""
    wrong: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(message.text)

    def fail(error: Error) -> None:
        wrong.append(str(error))

    page.on("console", hear)
    page.on("pageerror", fail)
    yield
    page.remove_listener("console", hear)
    page.remove_listener("pageerror", fail)
    assert not wrong, f"the console has errors: {wrong}"


@contextmanager
def new_page(context: BrowserContext) -> Iterator[Page]:
    """A visit in a tab of its own."""
    page = context.new_page()
    with without_errors(page):
        yield page
        page.close()


@contextmanager
def coming(live: Locator, status: str, name: str = "data-status") -> Iterator[None]:
    """What is done inside must make the view show this status, be it for one frame only."""
    watch = live.evaluate_handle(WATCH, [name, status])
    yield
    watch.evaluate(SHOWN, PATIENCE_MS)


@contextmanager
def script_run(page: Page) -> Iterator[None]:
    """What is done inside makes the page's script run; what it draws must be there.

    A run that ends before the browser has drawn its beginning is never seen running: that much later it is over.
    """
    app = page.get_by_test_id("stApp")
    expect(app).to_have_attribute(SCRIPT, "notRunning")
    watch = app.evaluate_handle(WATCH, [SCRIPT, "running"])
    yield
    watch.evaluate(SEEN, UNSEEN_MS)
    expect(app).to_have_attribute(SCRIPT, "notRunning")


def unfold(part: Page | Locator, title: str) -> None:
    """Open or close the part with this title. While it unfolds, all below it moves: a press would fall beside it."""
    part.get_by_text(title, exact=True).click()
    part.get_by_test_id("stExpander").filter(has_text=title).evaluate(STILL)


def table_box(page: Page) -> Locator:
    """Opens the box for a table of one's own: its field for files. One that is given while it opens would be lost."""
    with script_run(page):
        page.get_by_role("button", name="Own table (CSV)").click()
    return page.locator("input[type=file]")


def exported(page: Page, name: str) -> bytes:
    """A file of the Export menu. Streamlit forgets one that is asked for just when a script ends: one asks again."""
    entry = page.get_by_role("button", name=name)
    if not entry.is_visible():
        page.get_by_role("button", name="Export").click()
    for _ in range(PATIENCE_MS // ASK_AGAIN_MS):
        with suppress(TimeoutError):
            with page.expect_download(timeout=ASK_AGAIN_MS) as file:
                entry.click()
            if not file.value.failure():
                return Path(file.value.path()).read_bytes()
    raise AssertionError(f"{name} was never sent")


@pytest.fixture(scope="session")
def tab(context: BrowserContext) -> Page:
    """The tab of all visits that do nothing lasting to it: there a page costs a third of what it does in a new tab."""
    return context.pages[0]


@pytest.fixture
def page(tab: Page) -> Iterator[Page]:
    """A visit for one test, in a window of 1366 x 768."""
    tab.bring_to_front()
    tab.mouse.move(0, 0)
    with without_errors(tab):
        yield tab
        tab.evaluate(FORGET)
        tab.goto("about:blank")
    tab.set_viewport_size(SIZE)


@pytest.fixture
def own_tab(context: BrowserContext) -> Iterator[Page]:
    """For a test that changes what its tab is sent: nothing of that can be taken back."""
    with new_page(context) as page:
        yield page
