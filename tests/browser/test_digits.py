"""What a person does on the Digits page: draw with the mouse, train, and draw on the trained network."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from playground.data.strokes import PAD_PX, sample_strokes
from tests.conftest import Server

PATIENCE_MS = 20_000


def says(page: Page) -> Locator:
    return page.locator(".guess-first")


def opened(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.address}/digits?{query}")
    expect(says(page)).to_have_text(re.compile("It is a"), timeout=PATIENCE_MS)
    expect(page.locator("canvas.upper-canvas")).to_be_visible()
    script_rests(page)


def script_rests(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def clear(page: Page) -> None:
    """A new sheet: its canvas is another one."""
    before = page.locator("canvas.upper-canvas").element_handle()
    page.get_by_role("button", name="Clear", exact=True).click()
    page.wait_for_function("canvas => !canvas.isConnected", arg=before)
    expect(page.locator("canvas.upper-canvas")).to_be_visible()
    script_rests(page)


def draw(page: Page, digit: int) -> None:
    for stroke in sample_strokes(digit):
        box = page.locator("canvas.upper-canvas").bounding_box()
        assert box
        scale = box["width"] / PAD_PX
        places = [(box["x"] + x * scale, box["y"] + y * scale) for x, y in stroke]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place)
        page.mouse.up()


def test_all_ten_digits_drawn_with_the_mouse_are_read(page: Page, server: Server) -> None:
    opened(page, server)
    for digit in range(10):
        clear(page)
        draw(page, digit)
        expect(says(page)).to_have_text(re.compile(f"It is a {digit}: "), timeout=PATIENCE_MS)


def test_training_and_drawing_on_the_trained_network(page: Page, server: Server) -> None:
    opened(page, server, "start=fresh&stack=conv8k5,pool2,conv16k5,pool2,dense64&stop_epoch=12")
    live = page.get_by_test_id("live")
    live.get_by_role("button", name="Play", exact=True).click()
    expect(live).to_have_attribute("data-status", "finished", timeout=60_000)
    expect(live).to_have_attribute("data-epoch", "12")
    clear(page)
    draw(page, 6)
    expect(says(page)).to_have_text(re.compile("It is a 6: "))
    clear(page)
    draw(page, 0)
    expect(says(page)).to_have_text(re.compile("It is a 0: "))


def test_an_empty_pad_gets_a_message_and_the_page_goes_on(page: Page, server: Server) -> None:
    opened(page, server)
    clear(page)
    box = page.locator("canvas.upper-canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    draw(page, 1)
    expect(says(page)).to_have_text(re.compile("It is a "))


def test_a_stack_that_does_not_fit_is_named_before_anything_trains(page: Page, server: Server) -> None:
    opened(page, server, "start=fresh&stack=dense9")
    page.get_by_text("Layers", exact=True).click()
    field = page.get_by_role("textbox", name="Stack")
    field.fill("conv8k5,pool2,conv8k15")
    field.press("Enter")
    expect(page.get_by_text("stack block 3 (conv8k15) has a 15 x 15 kernel")).to_be_visible()
    expect(page.get_by_text("Fully connected 1").first).to_be_visible()
