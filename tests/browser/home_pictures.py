"""Takes the pictures of the home page from the running app, light and dark, into assets/home:

python -m tests.browser.home_pictures
"""

from __future__ import annotations

import io
import tempfile
from dataclasses import dataclass

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests.browser.conftest import ARGS, PATIENCE_MS, chromium
from tests.browser.test_playground import live, press, until, value
from tests.conftest import ROOT, end_server, start_server

FOLDER = ROOT / "assets" / "home"
SIZE, SHARPNESS, QUALITY = (864, 486), 1.5, 80
SPIRAL = "dataset=spiral&features=x1,x2,x1x2,sin_x1,sin_x2&hidden_sizes=6,4&optimizer=adam&learning_rate=0.01&speed=60"


@dataclass(frozen=True)
class Picture:
    """A part of a page: left upper corner and width in px of a window of 1366 x 768, after some epochs of training."""

    path: str
    query: str
    corner: tuple[int, int]
    width: int
    epochs: int = 0


PICTURES = (
    Picture("playground", SPIRAL, (308, 112), 1050, 250),
    Picture("trees", "n_trees=20", (308, 112), 1050),
    Picture("compare", "", (308, 112), 1050),
    Picture("digits", "", (316, 112), 600),
    Picture("attention", "", (308, 152), 1050),
)


def take(page: Page, address: str, picture: Picture) -> Image.Image:
    """The picture, from a page that stands still."""
    page.goto(f"{address}/{picture.path}?{picture.query}")
    until(page, lambda: live(page).count() == 1 and value(page, "frames") > 0, "the first frame")
    page.get_by_test_id("stApp").and_(page.locator("[data-test-script-state=notRunning]")).wait_for()
    if picture.epochs:
        press(page, "Play")
        until(page, lambda: value(page, "epoch") >= picture.epochs, "the last epoch")
        press(page, "Pause")
    page.mouse.move(0, 0)
    page.wait_for_timeout(3000)  # what looks closer comes later
    (x, y), width = picture.corner, picture.width
    shot = page.screenshot(clip={"x": x, "y": y, "width": width, "height": width * SIZE[1] / SIZE[0]})
    return Image.open(io.BytesIO(shot)).convert("RGB").resize(SIZE, Image.Resampling.LANCZOS)


def main() -> None:
    with tempfile.NamedTemporaryFile() as log, sync_playwright() as playwright:
        server = start_server(log)  # type: ignore[arg-type]
        browser = playwright.chromium.launch(executable_path=chromium(), args=ARGS)
        for theme in ("light", "dark"):
            context = browser.new_context(
                viewport={"width": 1366, "height": 768}, color_scheme=theme, device_scale_factor=SHARPNESS
            )
            context.set_default_timeout(PATIENCE_MS)
            for picture in PICTURES:
                file = FOLDER / f"{picture.path}-{theme}.webp"
                take(context.new_page(), server.address, picture).save(file, quality=QUALITY, method=6)
        browser.close()
        end_server(server)


if __name__ == "__main__":
    main()
