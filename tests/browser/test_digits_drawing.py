"""What a person finds out about a drawing: why this answer, who reads it otherwise, how each number came about."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, expect

from playground.data.drawing import sample_drawing
from playground.data.strokes import PAD_PX, draw_strokes, sample_strokes
from playground.models.shipped import load_params
from playground.spec.digits import READER, STACKS
from playground.spec.drawing import pack_drawing, unpack_drawing
from playground.spec.stack import read_stack
from playground.training.evaluation import probabilities
from tests.browser.conftest import script_run, unfold, without_errors
from tests.browser.test_digits import (
    PATIENCE_MS,
    TO_SIGHT,
    clear,
    draw,
    draw_lines,
    is_inked,
    opened,
    pad,
    says,
    script_rests,
)
from tests.browser.test_playground import query_of, until
from tests.conftest import Server

# Whether nothing around an element, and no edge of the window, cuts what is in it on the left or the right.
WHOLE = """node => {
  const range = document.createRange();
  range.selectNodeContents(node);
  const { left, right } = (node.tagName === "CANVAS" ? node : range).getBoundingClientRect();
  let [from, to] = [0, innerWidth];
  for (let around = node; around; around = around.parentElement ?? around.getRootNode().host) {
    if (getComputedStyle(around).overflowX === "visible") continue;
    const box = around.getBoundingClientRect();
    [from, to] = [Math.max(from, box.left), Math.min(to, box.right)];
  }
  return right > left && left >= from - 1 && right <= to + 1;
}"""


def test_a_drawing_is_explained_read_by_others_and_moved_towards_another_digit(page: Page, server: Server) -> None:
    opened(page, server)
    image = unpack_drawing(query_of(page)["drawing"])
    proba = probabilities(torch.tensor(load_params()), image[None], read_stack(STACKS[READER]), "relu")[0]
    expect(page.locator(".guess-share")).to_have_text([f"{share:.1%}" for share in proba])
    title = page.locator(".why-title").first
    expect(title).to_have_text(re.compile("What speaks for 3"), timeout=PATIENCE_MS)
    readers = page.locator(".readers tbody tr")
    expect(readers.locator("th")).to_have_text(
        ["This network", "Shipped CNN", "Shipped dense", "Shipped residual", "Shipped XGBoost", "Nearest neighbors"]
    )
    assert readers.locator("td.first").all_inner_texts()[:4] == ["100", "100", "100", "100"]
    expect(page.locator(".guess-verdict")).to_have_text(
        re.compile("Like a digit: [0-9.]+° from the nearest of 10,000 training images, limit [0-9.]+°"),
        timeout=PATIENCE_MS,
    )
    maps = ["Integrated gradients", "Gradient × input", "Occlusion"]
    assert [text.split(" ±")[0] for text in page.locator(".why-row figcaption").all_inner_texts()] == maps
    similar = page.get_by_text("Most similar training images", exact=True)
    similar.click()
    expect(page.locator(".similar li")).to_have_count(6)
    expect(page.locator(".similar")).to_contain_text("It is a weak check: of 100 letters it finds 74 out")
    similar.click()
    _train_on_under_the_explanation(page)
    bar = page.locator(".guess-button").nth(8)
    bar.focus()
    expect(title).to_have_text(re.compile("What speaks for 8"))
    page.keyboard.press("Enter")
    expect(bar).to_have_attribute("aria-pressed", "true")
    page.get_by_text("What would have to change", exact=True).click()
    expect(page.locator(".change .why-title")).to_have_text(re.compile("small steps towards 8 it reads 8"))
    expect(page.locator(".change-strip li.turned").last).to_contain_text("8:")
    clear(page)
    draw(page, 7)
    expect(says(page)).to_have_text(re.compile("It is a 7: "), timeout=PATIENCE_MS)
    expect(page.locator(".change .why-title")).to_have_text(re.compile("towards 8"))  # what is held stays held
    bar.click()
    expect(bar).to_have_attribute("aria-pressed", "false")
    _draw_a_letter(page)


def _train_on_under_the_explanation(page: Page) -> None:
    title, below = page.locator(".why-title").first, page.get_by_text("Layer by layer", exact=True)
    at_rest = below.bounding_box()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(title).to_have_text("As it was before training went on. Pause to see it as it is now.")
    expect(page.locator(".why-row")).to_have_css("opacity", "0.35")
    expect(page.locator(".readers")).to_have_css("opacity", "1")  # others are not trained: what they said still holds
    assert below.bounding_box() == at_rest
    clear(page)
    expect(title).to_have_text("Draw a digit to see this.")
    draw(page, 3)
    expect(title).to_have_text("Pause to see this.")
    expect(page.locator(".readers")).to_be_hidden()
    page.get_by_role("button", name="Pause", exact=True).click()
    expect(title).to_have_text(re.compile("What speaks for 3"), timeout=PATIENCE_MS)
    page.get_by_role("button", name="Rewind", exact=True).click()


def _draw_a_letter(page: Page) -> None:
    clear(page)
    draw_lines(page, (np.array([(15, 85), (20, 15), (50, 60), (80, 15), (85, 85)]) * PAD_PX / 100,))  # the letter M
    expect(page.locator(".guess-verdict")).to_have_text(
        re.compile("Not a digit: [0-9.]+° from the nearest of 10,000 training images, limit"), timeout=PATIENCE_MS
    )
    expect(page.locator(".guess-second")).to_have_text(re.compile(r"^Second guess \d: "))
    expect(says(page)).to_have_text(re.compile(r"^Not a digit\? Most like an? \d: [0-9.]+%$"))


BARS = "guess => guess.querySelector('.guess-bars').getBoundingClientRect().top - guess.getBoundingClientRect().top"


def test_what_is_no_digit_is_said_first_and_moves_nothing(page: Page, server: Server) -> None:
    opened(page, server)
    _draw_a_letter(page)
    for width, height in ((1366, 768), (1024, 768), (390, 844)):
        page.set_viewport_size({"width": width, "height": height})
        expect(says(page)).to_have_text(re.compile("^Not a digit"))
        below = page.locator(".guess").evaluate(BARS)
        page.get_by_text("Compare with training images", exact=True).click()
        expect(says(page)).to_have_text(re.compile(r"^It is an? \d: "))
        assert page.locator(".guess").evaluate(BARS) == below
        page.get_by_text("Compare with training images", exact=True).click()
    pill = page.locator(".guess-pill")
    expect(pill).to_have_text(re.compile(r"^Not a digit\? Like an? \d: [0-9.]+% · \d: [0-9.]+%$"), timeout=PATIENCE_MS)
    page.locator(".stMain").evaluate("main => main.scrollTo(0, 0)")
    expect(pill).to_be_in_viewport(ratio=1)
    assert pill.evaluate("pill => pill.scrollWidth <= pill.clientWidth")


def test_guesses_stay_in_sight_beside_the_kernel_and_the_card(page: Page, server: Server) -> None:
    opened(page, server)
    pill, card = page.locator(".guess-pill"), page.locator(".unit-sum")
    expect(pill).to_be_hidden()
    page.get_by_text("Edit a kernel", exact=True).click()
    cell = page.get_by_label("row 1, column 1")
    expect(cell).to_have_value(re.compile(r"\d"))
    before = pill.text_content() or ""
    assert before.startswith("It is a 3: ")
    page.get_by_role("checkbox", name="in every filter").check()
    page.get_by_role("button", name="nothing", exact=True).click()
    cell.evaluate("cell => cell.scrollIntoView({block: 'center'})")
    expect(pill).to_be_in_viewport(ratio=1)
    expect(pill).not_to_have_text(before)
    page.get_by_role("img", name=re.compile("^Convolution 1: arrow keys")).focus()
    page.keyboard.press("ArrowRight")
    expect(card).to_be_in_viewport(ratio=1)
    assert not [other for other in (card, page.locator(".kernel-editor"), cell) if _overlap(pill, other)]
    page.locator(".stMain").evaluate("main => main.scrollTo(0, 0)")
    expect(pill).to_be_hidden()


def _overlap(one: Locator, other: Locator) -> bool:
    a, b = one.bounding_box(), other.bounding_box()
    assert a and b
    beside = a["x"] + a["width"] <= b["x"] or b["x"] + b["width"] <= a["x"]
    above = a["y"] + a["height"] <= b["y"] or b["y"] + b["height"] <= a["y"]
    return not (beside or above)


def test_each_number_is_explained_by_keyboard_in_any_trained_network(page: Page, server: Server) -> None:
    opened(page, server, "stack=dense128,dense64")
    unit = page.get_by_role("img", name=re.compile("^Fully connected 2: arrow keys"))
    unit.focus()
    page.keyboard.press("ArrowRight")
    card = page.locator(".unit-sum")
    expect(card).to_contain_text("Fully connected 2, unit 2")
    expect(card).to_contain_text("from 123 others")
    opened(page, server)
    page.get_by_role("img", name=re.compile("^Output: arrow keys")).focus()
    page.keyboard.press("ArrowRight")
    expect(card).to_contain_text("digit 1")
    expect(card).to_be_in_viewport(ratio=1)  # beside the last layer too, far below where the card stands
    page.get_by_role("img", name=re.compile("^Convolution 1: arrow keys")).focus()
    for key in ("ArrowDown", "PageDown", "ArrowRight"):
        page.keyboard.press(key)
    expect(card).to_contain_text("Convolution 1, map 2, row 14, column 14")
    page.get_by_role("img", name=re.compile("^Convolution 1: arrow keys")).hover(position={"x": 5, "y": 9})
    expect(card).to_contain_text("Convolution 1, map 1, row 5, column 3")  # 2 px a cell
    drawing = unpack_drawing(pack_drawing(sample_drawing()))
    row, column = (int(place) for place in np.argwhere((drawing > 0) & (drawing < 255))[0])
    page.get_by_role("img", name=re.compile("^Input: arrow keys")).hover(position={"x": column + 0.5, "y": row + 0.5})
    ink = f"row {row + 1}, column {column + 1}: ink {drawing[row, column] / 255:.2f}"
    expect(page.get_by_role("status").filter(has_text=ink)).to_be_visible()
    expect(card).to_be_hidden()
    page.get_by_role("button", name="per map").click()
    expect(page).to_have_url(re.compile("map_scale=map"))
    page.get_by_role("button", name="Hide all").click()
    expect(page.get_by_role("checkbox", name="Show Output")).not_to_be_checked()


def test_what_is_no_picture_gets_a_message_and_a_picture_is_read(page: Page, server: Server, tmp_path: Path) -> None:
    opened(page, server)
    page.get_by_text("Pen, samples, pictures").click()
    uploader = page.get_by_test_id("stFileUploader")
    field = page.locator("input[type=file]")
    (tmp_path / "text.png").write_text("no picture")
    Image.new("L", (10_000, 5_000), 255).save(tmp_path / "large.png")
    Image.fromarray(255 - draw_strokes(sample_strokes(5))).save(tmp_path / "five.png")
    Image.fromarray(np.zeros((300, 300), np.uint8)).save(tmp_path / "black.png")
    noise = np.random.default_rng(0).integers(0, 256, (300, 300), dtype=np.uint8)
    Image.fromarray(noise).save(tmp_path / "photo.png")
    for name, message in (
        ("text", "no picture"), ("large", "50 megapixels"), ("black", "No strokes"), ("photo", "looks like a photo")
    ):  # fmt: skip
        field.set_input_files(tmp_path / f"{name}.png")
        expect(page.get_by_text(message)).to_be_visible()
        script_rests(page)
        expect(uploader).not_to_contain_text(name)  # it does not look as if the file were in use
        said, above = page.get_by_text(message).bounding_box(), uploader.bounding_box()
        assert said and above and 0 < said["y"] - above["y"] - above["height"] < 60
    draw(page, 1)
    expect(page.get_by_text("looks like a photo")).to_have_count(0)
    field.set_input_files(tmp_path / "five.png")
    expect(says(page)).to_have_text(re.compile("It is a 5: "), timeout=PATIENCE_MS)
    script_rests(page)  # the bars come before the new pad
    clear(page)
    expect(says(page)).to_have_text("Nothing is drawn")


@pytest.mark.parametrize(
    ("width", "height", "profile"),
    [(390, 844, ""), (700, 900, ""), (820, 1180, ""), (1024, 768, ""), (1280, 720, ""), (1366, 768, ""), (1920, 1080, ""),
     (1024, 768, "projector"), (1280, 720, "projector"), (1366, 768, "projector")],
)  # fmt: skip
def test_the_pad_the_names_of_its_buttons_and_the_bars_are_whole_at_any_width(
    page: Page, server: Server, width: int, height: int, profile: str
) -> None:
    page.set_viewport_size({"width": width, "height": height})
    opened(page, server, f"profile={profile}" if profile else "")
    assert pad(page).evaluate(WHOLE)
    side = page.get_by_test_id("stColumn").filter(has=pad(page))
    for name in ("Pen", "Eraser", "Undo stroke", "Clear", "From scratch", "Center the drawing"):
        assert side.get_by_text(name, exact=True).filter(visible=True).evaluate(WHOLE), name
    guess = page.locator(".guess").bounding_box()
    assert guess
    for bar, part in zip(page.locator(".guess-bar").all(), page.locator(".guess-share").all(), strict=True):
        length, number = bar.bounding_box(), part.bounding_box()
        assert length and length["width"] > 20
        assert number and number["x"] + number["width"] <= guess["x"] + guess["width"] + 4


def _touch(page: Page, *places: tuple[float, float]) -> None:
    """A finger that goes through these places, in pixels of the pad."""
    box, devtools = pad(page).bounding_box(), page.context.new_cdp_session(page)
    assert box
    for k, (x, y) in enumerate(places):
        point = {"x": box["x"] + x, "y": box["y"] + y}
        devtools.send("Input.dispatchTouchEvent", {"type": "touchMove" if k else "touchStart", "touchPoints": [point]})
    devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_draws_on_the_whole_pad_and_takes_a_stroke_back(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    with without_errors(page):
        opened(page, server)
        page.get_by_role("button", name="Clear", exact=True).tap()
        expect(says(page)).to_have_text("Nothing is drawn")
        _touch(page, (225, 6), (222, 70), (219, 160), (216, 250))  # from where the component keeps its own buttons
        expect(says(page)).to_have_text(re.compile("It is a 1: "), timeout=PATIENCE_MS)
        read = says(page).inner_text()
        for x in range(100, PAD_PX, 30):
            _touch(page, (x, 6))
        until(page, lambda: says(page).inner_text() != read, "the dots are read")  # none of them has wiped the pad
        is_inked(page)
        for _ in range(100, PAD_PX, 30):
            page.get_by_role("button", name="Undo stroke").tap()
        expect(says(page)).to_have_text(read)
    context.close()


TOPS = """part => [...part.querySelectorAll("button")].filter((button) => button.offsetWidth && /^\\d$/.test(button.innerText))
  .map((button) => Math.round(button.getBoundingClientRect().top))"""


@pytest.mark.parametrize(("width", "profile"), [(390, ""), (1366, ""), (1366, "profile=projector")])
def test_ten_buttons_of_digits_take_two_rows(page: Page, server: Server, width: int, profile: str) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    opened(page, server, profile)
    for name in ("Pen, samples, pictures", "Teach it my hand"):
        unfold(page, name)
        part = page.get_by_test_id("stExpander").filter(has_text=name)
        expect(part.get_by_role("button", name="9", exact=True)).to_be_visible()
        tops = part.evaluate(TOPS)
        assert len(tops) == 10 and [len(set(half)) for half in (tops[:5], tops[5:])] == [1, 1]
        unfold(page, name)


def test_a_tap_reads_a_number_and_another_one_opens_its_kernel(browser: Browser, server: Server) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    with without_errors(page):
        opened(page, server)
        title, editor = page.locator(".unit-sum .card-title"), page.locator(".kernel-editor")
        maps = page.get_by_role("img", name=re.compile("^Convolution 2: "))
        maps.tap(position={"x": 30, "y": 82})
        expect(title).to_have_text(re.compile("^Convolution 2, map 7, row 8, column "))
        expect(editor).not_to_have_attribute("open", "")
        page.get_by_role("img", name=re.compile("^Downsampling 1: ")).tap(position={"x": 30, "y": 82})
        expect(title).to_have_text(re.compile("^Downsampling 1, map 7, "))  # and it stays
        for _ in range(2):
            maps.tap(position={"x": 30, "y": 30})
        expect(editor).to_have_attribute("open", "")
        expect(page.get_by_label("filter", exact=True)).to_have_value("0")
    context.close()


def test_what_is_drawn_right_after_clear_is_kept(page: Page, server: Server) -> None:
    opened(page, server)
    for digit in (7, 0):
        page.get_by_role("button", name="Clear", exact=True).click()
        draw_lines(page, sample_strokes(digit))  # before the server has answered
        expect(says(page)).to_have_text(re.compile(f"It is a {digit}: "), timeout=PATIENCE_MS)
        script_rests(page)
        is_inked(page)


# Whether a pointer at this place meets a sheet of the pad, before the press of a button and right after it.
MEETS = """(button, [x, y]) => {
  const meets = () => Boolean(document.elementFromPoint(x, y).closest('[class*="-pad-canvas-"]'));
  const before = meets();
  button.click();
  return [before, meets()];
}"""


def test_no_stroke_is_drawn_that_a_sample_on_its_way_would_take_away(page: Page, server: Server) -> None:
    opened(page, server)
    page.get_by_text("Pen, samples, pictures").click()
    seven = page.locator("[class*=-pad-sample-7] button").first
    expect(seven).to_be_visible()
    script_rests(page)
    pad(page).evaluate(TO_SIGHT)
    box = pad(page).bounding_box()
    assert box
    assert seven.evaluate(MEETS, [box["x"] + 20, box["y"] + 90]) == [True, False]
    expect(says(page)).to_have_text(re.compile("It is a 7: "), timeout=PATIENCE_MS)
    script_rests(page)
    read = says(page).inner_text()
    draw_lines(page, sample_strokes(1))  # the next sheet takes it
    expect(says(page)).not_to_have_text(read)


def test_strokes_are_taken_back_one_by_one_by_mouse_and_keyboard(page: Page, server: Server) -> None:
    opened(page, server)
    undo = page.get_by_role("button", name="Undo stroke", exact=True)
    undo.focus()
    page.keyboard.press("Enter")  # the sample, which is one stroke
    expect(says(page)).to_have_text("Nothing is drawn")
    is_inked(page, False)
    draw(page, 1)
    expect(says(page)).to_have_text(re.compile("It is a 1: "), timeout=PATIENCE_MS)
    draw_lines(page, sample_strokes(0))
    expect(says(page)).not_to_have_text(re.compile("It is a 1: "))
    undo.click()
    expect(says(page)).to_have_text(re.compile("It is a 1: "), timeout=PATIENCE_MS)
    page.get_by_role("link", name="Trees").click()
    expect(page.get_by_role("heading", name="Trees", level=1)).to_be_attached()
    page.get_by_role("link", name="Digits").click()
    is_inked(page)  # now its two strokes came with the sheet
    script_rests(page)
    for _ in sample_strokes(1):
        with script_run(page):
            undo.click()
    expect(says(page)).to_have_text("Nothing is drawn")
    is_inked(page, False)


def test_the_eraser_leaves_nothing_along_the_same_path_and_a_tool_stays_chosen(page: Page, server: Server) -> None:
    opened(page, server)
    clear(page)
    draw(page, 1)
    expect(says(page)).to_have_text(re.compile("It is a 1: "), timeout=PATIENCE_MS)
    chosen = page.get_by_test_id("stButtonGroup").filter(has_text="Eraser").locator("[aria-checked=true]")
    with script_run(page):
        page.get_by_text("Eraser", exact=True).click()
    expect(chosen).to_have_text("Eraser")
    page.get_by_text("Eraser", exact=True).click()
    script_rests(page)
    expect(chosen).to_have_text("Eraser")
    draw_lines(page, sample_strokes(1))
    expect(page.get_by_text("Nothing is drawn yet")).to_be_visible()
    is_inked(page, False)
    pad(page).hover()
    expect(page.get_by_role("button", name="Edit", exact=True)).to_have_count(
        0
    )  # the component's own, which the answer does not follow
