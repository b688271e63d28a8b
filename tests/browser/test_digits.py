"""What a person does on the Digits page: draw with the mouse, train, and draw on the trained network."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from playground.data.digits import load_digits
from playground.data.strokes import PAD_PX, Curve, sample_strokes
from playground.models.cnn import as_input, forward, split_params
from playground.models.shipped import load_params
from playground.models.stack_start import init_params
from playground.spec.digits import READER, STACKS
from playground.spec.stack import read_stack
from playground.training.evaluation import probabilities
from tests.browser.conftest import exported, script_run, unfold
from tests.browser.test_playground import pick, until
from tests.conftest import Server

INKED = (
    "pad => pad.getContext('2d').getImageData(0, 0, pad.width, pad.height).data.some((byte, k) => k % 4 < 3 && byte)"
)
# The header covers the first 60 px.
TO_SIGHT = "pad => { if (pad.getBoundingClientRect().top < 60) pad.scrollIntoView({block: 'center'}) }"
SAID = """said => {
  const all = new Set();
  new MutationObserver(() => all.add(said.textContent)).observe(said, {childList: true, characterData: true, subtree: true});
  return all;
}"""
NUMBERS = """live => {
  const read = () => Array.from(live.querySelectorAll(".figure-value"), (node) => node.textContent).join();
  const first = {[live.dataset.epoch]: read()}; // what stands there the first time that an epoch is shown
  new MutationObserver(() => (first[live.dataset.epoch] ??= read())).observe(live, {attributeFilter: ["data-epoch"]});
  return first;
}"""
PATIENCE_MS = 90_000  # a cold server on a busy machine loads every learner first


def says(page: Page) -> Locator:
    return page.locator(".guess-first")


def pad(page: Page) -> Locator:
    return page.locator("canvas.upper-canvas:visible")  # an empty one lies below


def opened(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.address}/digits?{query}")
    expect(says(page)).to_have_text(re.compile("It is an? |Not a digit"), timeout=PATIENCE_MS)
    expect(pad(page)).to_be_visible()
    page.wait_for_url(re.compile("drawing="), timeout=PATIENCE_MS)  # the pad has said what is on it
    script_rests(page)


def script_rests(page: Page) -> None:
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def clear(page: Page) -> None:
    with script_run(page):
        page.get_by_role("button", name="Clear", exact=True).click()
    expect(says(page)).to_have_text("Nothing is drawn")
    is_inked(page, False)


def strokes_on_pad(page: Page, strokes: Sequence[Curve]) -> Iterator[list[tuple[float, float]]]:
    pad(page).evaluate(TO_SIGHT)
    for stroke in strokes:
        box = pad(page).bounding_box()
        assert box
        scale = box["width"] / PAD_PX
        yield [(box["x"] + x * scale, box["y"] + y * scale) for x, y in stroke]


def draw_by_pen(page: Page, digit: int) -> None:
    devtools = page.context.new_cdp_session(page)
    for places in strokes_on_pad(page, sample_strokes(digit)):
        for kind, (x, y) in zip(["Pressed", *["Moved"] * (len(places) - 2), "Released"], places, strict=True):
            pen = {"pointerType": "pen", "button": "left", "buttons": int(kind != "Released"), "clickCount": 1}
            devtools.send("Input.dispatchMouseEvent", {"type": f"mouse{kind}", "x": x, "y": y, **pen})


def draw_by_finger(page: Page, digit: int) -> None:
    devtools = page.context.new_cdp_session(page)
    for places in strokes_on_pad(page, sample_strokes(digit)):
        for kind, (x, y) in zip(["touchStart", *["touchMove"] * (len(places) - 1)], places, strict=True):
            devtools.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        devtools.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def draw(page: Page, digit: int) -> None:
    draw_lines(page, sample_strokes(digit))
    is_inked(page)


def is_inked(page: Page, inked: bool = True) -> None:
    drawn = page.locator("canvas.dc-canvas.lower-canvas:visible")
    until(page, lambda: bool(drawn.evaluate(INKED)) is inked, f"ink on the pad: {inked}")


def draw_lines(page: Page, strokes: Sequence[Curve]) -> None:
    for places in strokes_on_pad(page, strokes):
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in [*places[3:-1:3], places[-1]]:  # as often as a mouse tells where it is
            page.mouse.move(*place)
        page.mouse.up()


def test_all_ten_digits_drawn_with_the_mouse_are_read(page: Page, server: Server) -> None:
    opened(page, server)
    for digit in range(10):
        clear(page)
        draw(page, digit)
        expect(says(page)).to_have_text(
            re.compile(f"It is {'an' if digit == 8 else 'a'} {digit}: "), timeout=PATIENCE_MS
        )
    caption = page.locator(".guess-figure figcaption")
    centered = caption.inner_text()
    page.get_by_text("Center the drawing", exact=True).click()
    expect(caption).not_to_have_text(centered)
    page.get_by_text("Center the drawing", exact=True).click()
    expect(caption).to_have_text(centered)
    clear(page)
    draw_by_finger(page, 7)
    expect(says(page)).to_have_text(re.compile("It is a 7: "), timeout=PATIENCE_MS)
    page.get_by_role("link", name="Trees").click()
    expect(page.get_by_role("heading", name="Trees", level=1)).to_be_attached()
    page.get_by_role("link", name="Digits").click()
    is_inked(page)
    expect(says(page)).to_have_text(re.compile("It is a 7: "), timeout=PATIENCE_MS)


def test_training_drawing_on_the_trained_network_going_back_branching_and_taking_it_along(
    page: Page, server: Server
) -> None:
    opened(page, server, "start=fresh&stack=conv8k5,pool2,conv16k5,pool2,dense64&stop_epoch=12")
    live = page.get_by_test_id("live")
    expect(page.locator(".digits-left summary").first).to_have_text("Layer by layer")  # watched while it learns
    said = says(page).evaluate_handle(SAID)
    expect(page.locator(".figure-sample")).to_have_text("of 2,000", timeout=PATIENCE_MS)
    samples = page.locator(".figure-sample").evaluate_handle(SAID)
    live.get_by_role("button", name="Play", exact=True).click()
    expect(live).to_have_attribute("data-status", "finished", timeout=60_000)
    expect(live).to_have_attribute("data-epoch", "12")
    expect(page.locator(".figure").last).to_have_text(re.compile("^Test accuracy[0-9.]+%of 2,000$"))
    assert "of 500" in samples.evaluate("all => [...all]")
    assert said.evaluate("all => all.size") >= 5  # the same drawing, read again and again by the growing network
    clear(page)
    draw(page, 6)
    expect(says(page)).to_have_text(re.compile("It is a 6: "))
    clear(page)
    draw(page, 0)
    expect(says(page)).to_have_text(re.compile("It is a 0: "))
    trained = says(page).inner_text()
    numbers = live.evaluate_handle(NUMBERS)
    mine = page.locator(".readers .mine td.first")
    expect(mine).to_have_text(re.compile(r"^(9\d|100)$"))
    timeline = live.get_by_role("slider", name="Timeline")
    timeline.focus()
    page.keyboard.press("Home")
    expect(live).to_have_attribute("data-epoch", "0")
    expect(says(page)).not_to_have_text(trained)  # the same drawing, read by the network as it began
    first, last = (numbers.evaluate("(all, epoch) => all[epoch]", epoch) for epoch in ("0", "12"))
    expect(mine).to_have_text(re.compile(r"^[1-6]\d$"))
    assert first and first != last  # no moment is shown with the numbers of another
    page.keyboard.press("End")
    expect(says(page)).to_have_text(trained)
    page.keyboard.press("Home")
    live.get_by_role("button", name="Branch from here").click()
    expect(timeline).to_have_attribute("aria-valuemax", "0")
    live.get_by_role("button", name="Step", exact=True).click()
    expect(timeline).to_have_attribute("aria-valuemax", "1")
    _take_it_along(page, server)


def _take_it_along(page: Page, server: Server) -> None:
    live = page.get_by_test_id("live")
    assert b"nn.Conv2d" in exported(page, "PyTorch program")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_text("who opens it trains anew")).to_be_visible()
    link = page.get_by_test_id("stCode").get_by_text("stack=").first.inner_text().replace("\n", "")
    now = says(page).inner_text()
    page.goto(f"{server.address}/digits?{link.partition('?')[2]}&stop_epoch=1")
    live.get_by_role("button", name="Play", exact=True).click(timeout=PATIENCE_MS)
    expect(says(page)).to_have_text(now, timeout=PATIENCE_MS)  # seed, stack and drawing are in the link


def test_a_trained_network_chosen_while_one_trains_waits_for_play(page: Page, server: Server) -> None:
    opened(page, server, "start=fresh&stack=dense9")
    _plays(page)
    with script_run(page):
        page.get_by_test_id("stButtonGroup").get_by_text("Trained", exact=True).click()
    _waits(page)
    _plays(page)
    with script_run(page):
        pick(page, "Trained network", "dense")
    _waits(page)


def test_the_chart_and_the_table_show_the_run_in_sight_before_it_has_trained(page: Page, server: Server) -> None:
    opened(page, server)
    page.get_by_text("Table of losses", exact=True).click()
    loss = page.get_by_role("group", name="Table of losses").locator("td").nth(2)
    trained = page.locator(".figure-value").first.inner_text()
    expect(loss).to_have_text(trained)
    chart = page.locator(".curve-canvas")
    drawn = chart.evaluate("canvas => canvas.toDataURL()")
    with script_run(page):
        page.get_by_test_id("stButtonGroup").get_by_text("From scratch", exact=True).click()
    expect(page.locator(".figure-value").first).not_to_have_text(trained)
    expect(loss).to_have_text(page.locator(".figure-value").first.inner_text())
    until(page, lambda: chart.evaluate("canvas => canvas.toDataURL()") != drawn, "the curves of the new run")


def _plays(page: Page) -> None:
    live = page.get_by_test_id("live")
    live.get_by_role("button", name="Play", exact=True).click()
    expect(live).to_have_attribute("data-status", "playing")


def _waits(page: Page) -> None:
    live = page.get_by_test_id("live")
    expect(live).to_have_attribute("data-status", "ready")
    expect(live).to_have_attribute("data-epoch", "0")


def test_an_empty_pad_gets_a_message_and_the_page_goes_on(page: Page, server: Server) -> None:
    opened(page, server, "seed=x")
    before = pad(page).element_handle()
    expect(page.get_by_role("group", name=re.compile("^Drawing pad"))).to_have_count(1)
    page.get_by_test_id("stMain").get_by_role("button", name="Dismiss").click()
    expect(page.get_by_text("Not used;")).to_have_count(0)
    script_rests(page)
    assert before.evaluate("pad => pad.isConnected")  # nothing of the page was made anew
    spoken = page.locator(".digits-left > [role=status]")
    expect(spoken).to_contain_text("Like a digit", timeout=PATIENCE_MS)
    clear(page)
    expect(spoken).to_have_text("Nothing is drawn.")
    box = pad(page).bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.get_by_text("only a dot")).to_be_visible()
    draw_by_pen(page, 1)
    expect(page.get_by_text("only a dot")).to_have_count(0)
    expect(says(page)).to_have_text(re.compile("It is a 1"))
    page.get_by_text("Pen, samples, pictures").click()
    with script_run(page):
        page.get_by_role("slider", name="Pen width").press("End")
    expect(page.get_by_text("40 px", exact=True).first).to_be_visible()
    with script_run(page):
        page.get_by_text("Eraser", exact=True).click()
    draw_lines(page, sample_strokes(1))  # as wide as this it leaves nothing of strokes half as wide
    expect(page.get_by_text("Nothing is drawn yet")).to_be_visible()
    page.get_by_role("button", name="Undo stroke", exact=True).click()
    expect(page.get_by_text("Nothing is drawn yet")).to_have_count(0)
    expect(says(page)).to_have_text(re.compile("It is an? |Not a digit"))


def test_a_stack_is_built_block_by_block_and_what_does_not_fit_is_named(page: Page, server: Server) -> None:
    opened(page, server, "start=fresh&stack=conv2k5s2,dense9")
    unfold(page, "Blocks")
    blocks = page.locator(".blocks .block")
    expect(blocks).to_have_count(3)
    expect(blocks.first).to_contain_text("→ 2 × 12 × 1252 parameters")
    page.get_by_role("button", name="Batch norm", exact=True).click()
    expect(page).to_have_url(re.compile("stack=conv2k5s2%2Cdense9%2Cbnorm&"))
    page.get_by_role("button", name="Move up Batch norm 1").click()
    expect(page).to_have_url(re.compile("stack=conv2k5s2%2Cbnorm%2Cdense9&"))
    expect(page.get_by_role("button", name="Move up Batch norm 1")).to_be_focused()
    kernel = page.get_by_label("Convolution 1: kernel")
    kernel.fill("15")
    expect(page).to_have_url(re.compile("stack=conv2k15s2%2Cbnorm%2Cdense9&"))
    page.get_by_role("button", name="Convolution", exact=True).click()
    expect(page.locator(".block.wrong")).to_have_count(0)
    page.get_by_label("Convolution 2: kernel").fill("15")
    expect(page.locator(".block.wrong .error")).to_contain_text("15 x 15 kernel, but its input is only 7 x 7")
    expect(page.get_by_role("status").filter(has_text="does not fit")).to_be_visible()
    page.get_by_role("button", name=re.compile("^Remove Convolution")).nth(1).click()
    expect(page.locator(".block.wrong")).to_have_count(0)
    field = page.get_by_role("textbox", name="Stack as text")
    expect(field).to_have_value("conv2k15s2,bnorm,dense9")
    field.fill("dense5,conv3k3")
    field.press("Enter")
    expect(page.locator(".block.wrong .error")).to_contain_text("Block 2 (conv3k3) needs an image")
    said = page.get_by_test_id("stAlert")
    expect(said).to_contain_text("Block 2 (conv3k3) needs an image")
    field.fill("conv8k3,conv16k50")
    field.press("Enter")
    expect(said).to_contain_text("Block 2 (conv16k50): kernel must be 1 to 15; got 50.")
    below = said.bounding_box()
    typed = field.bounding_box()
    assert below and typed and 0 < below["y"] - typed["y"] < 150  # where it was typed
    field.fill("conv8k3")
    field.press("Enter")
    expect(said).to_have_count(0)


def test_a_number_may_be_cleared_before_another_is_typed(page: Page, server: Server) -> None:
    opened(page, server, "start=fresh&stack=conv2k5s2,dense9")
    unfold(page, "Blocks")
    kernel = page.get_by_label("Convolution 1: kernel")
    kernel.fill("")
    expect(page.locator(".block.wrong .error")).to_have_text("⚠ Block 1 needs a whole number for its kernel")
    script_rests(page)
    expect(kernel).to_be_focused()
    kernel.press_sequentially("3")
    expect(page).to_have_url(re.compile("stack=conv2k3s2%2Cdense9&"))
    expect(page.locator(".block.wrong")).to_have_count(0)


def mistakes_are_those_of(page: Page, stack: str) -> None:
    """Every cell of the confusion matrix, and the mistake in which the truth got the least probability."""
    data, blocks = load_digits(), read_stack(stack)
    proba = probabilities(torch.tensor(init_params(blocks, 0)), data.test_images, blocks, "relu")  # (2000, 10)
    said, labels = proba.argmax(axis=1), data.test_labels
    cells = [int(((labels == truth) & (said == answer)).sum()) for truth in range(10) for answer in range(10)]
    table = page.get_by_role("table", name=re.compile("^Confusion matrix")).locator("tr td:not(.corner)")
    expect(table).to_have_text([f"{n:,}" if n else "" for n in cells])
    wrong = [k for k in range(len(labels)) if said[k] != labels[k]]
    worst = min(wrong, key=lambda k: proba[k, labels[k]])
    shown = page.get_by_role("region", name="Mistakes", exact=True)
    expect(shown.locator(".mistakes-note")).to_have_text(
        f"{len(wrong):,} of 2,000 test images read wrongly; the worst:"
    )
    expect(shown.locator(".mistakes-gallery li").first).to_have_text(f"{labels[worst]} → {said[worst]}")


def test_the_sentence_for_screen_readers_tells_the_test_loss_in_sight(page: Page, server: Server) -> None:
    """That of all 2,000 test images by torch, and not of the 500 that are read first."""
    data = load_digits()
    logits = forward(torch.tensor(load_params()), as_input(data.test_images), read_stack(STACKS[READER]), "relu")[-1]
    truth = torch.nn.functional.cross_entropy(logits, torch.tensor(data.test_labels.astype("int64"))).item()
    opened(page, server)
    expect(page.locator(".figure-sample")).to_have_text("of 2,000", timeout=PATIENCE_MS)
    expect(page.locator(".figure", has_text="Test loss").locator(".figure-value")).to_have_text(f"{truth:.3f}")
    told = page.get_by_test_id("live").get_by_role("status").filter(has_text="Ready. Epoch 0.")
    expect(told).to_contain_text(f"test loss {truth:.3f}")


def test_a_kernel_is_edited_and_the_edit_taken_back(page: Page, server: Server) -> None:
    sent: list[str | bytes] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda text: sent.append(text)))
    opened(page, server, "start=fresh&stack=conv2k3,pool4")
    mistakes_are_those_of(page, "conv2k3,pool4")
    first = says(page).inner_text()
    page.get_by_text("Edit a kernel", exact=True).click()
    cell = page.get_by_label("row 1, column 1")
    expect(cell).to_have_value(re.compile(r"\d"))
    expect(page.get_by_role("button", name="Undo edits")).to_be_disabled()
    before = cell.input_value()
    page.get_by_role("checkbox", name="in every filter").check()
    page.get_by_role("button", name="blur", exact=True).click()
    expect(cell).to_have_value("0.1111")
    expect(says(page)).not_to_have_text(first)
    cell.fill("-3")
    page.get_by_label("filter", exact=True).select_option(label="2")
    expect(cell).to_have_value("0.1111")
    page.get_by_label("filter", exact=True).select_option(label="1")
    expect(cell).to_have_value("-3")
    last = json.loads([text for text in sent if '"edit_kernel"' in str(text)][-1])
    assert last["values"] == pytest.approx([-3, *[1 / 9] * 8], abs=1e-7)  # only the typed weight is another one
    page.get_by_role("button", name="Undo edits").click()
    expect(cell).to_have_value(before)
    expect(says(page)).to_have_text(first)
    expect(page.get_by_role("button", name="Undo edits")).to_be_disabled()


def test_an_edit_in_the_past_says_what_it_forgets(page: Page, server: Server) -> None:
    opened(page, server, "start=fresh&stack=conv2k3,pool4&stop_epoch=3")
    live = page.get_by_test_id("live")
    page.get_by_text("Edit a kernel", exact=True).click()
    note = page.locator(".kernel-note")
    expect(note).to_contain_text("Type a number, or choose a kernel")
    live.get_by_role("button", name="Play", exact=True).click()
    expect(live).to_have_attribute("data-status", "finished", timeout=60_000)
    timeline = live.get_by_role("slider", name="Timeline")
    timeline.focus()
    page.keyboard.press("Home")
    expect(note).to_contain_text("An edit forgets everything after it and goes on from here")
    page.keyboard.press("End")
    expect(note).to_contain_text("Type a number, or choose a kernel")
    page.keyboard.press("Home")
    expect(note).to_contain_text("An edit forgets everything after it")
    page.get_by_role("button", name="blur", exact=True).click()
    expect(note).to_contain_text("Everything after this moment is forgotten: its curves stay as the ghost")
    expect(timeline).to_have_attribute("aria-valuemax", "0")
    expect(live.get_by_role("button", name="Clear ghost")).to_be_visible()
    page.get_by_role("button", name="Undo edits").click()
    expect(note).to_contain_text("Type a number, or choose a kernel")


def test_what_is_no_weight_is_named_and_holds_no_other_back(page: Page, server: Server) -> None:
    opened(page, server, "start=fresh&stack=conv2k3,pool4")
    page.get_by_text("Edit a kernel", exact=True).click()
    cell, other = page.get_by_label("row 1, column 1"), page.get_by_label("row 1, column 2")
    expect(cell).to_have_value(re.compile(r"\d"))
    before, first = cell.input_value(), says(page).inner_text()
    for typed in ("1e9", ""):
        cell.fill(typed)
        expect(page.get_by_role("status").filter(has_text="A weight is a number from")).to_be_visible()
        other.focus()
        expect(cell).to_have_value(before)
    cell.fill("")
    other.fill("9")
    expect(says(page)).not_to_have_text(first)
    expect(page.get_by_role("button", name="Undo edits")).to_be_enabled()


def test_a_residual_block_is_edited_and_every_kind_of_layer_tells_its_sum_by_keyboard(
    page: Page, server: Server
) -> None:
    stack = "conv4k5s2,bnorm,tanh,res,norm,avg2,pool2,drop20,dense9"
    opened(page, server, f"start=fresh&stack={stack}")
    sums = {
        "Convolution 1": "input patch", "Batch norm 1": "over the batches trained on", "Activation 1": "tanh of ",
        "Residual block 1": "that came in = ", "Layer norm 1": "of this image's layer",
        "Downsampling 1": "The mean of 2 × 2", "Downsampling 2": "The largest of 2 × 2", "Dropout 1": "by chance",
        "Fully connected 1": "after relu", "Output": "the score: softmax",
    }  # fmt: skip
    page.get_by_role("checkbox", name="Show Dropout 1").check()
    for title, text in sums.items():
        page.get_by_role("img", name=re.compile(f"^{title}: arrow keys")).focus()
        page.keyboard.press("ArrowRight")
        expect(page.locator(".unit-sum .card-title")).to_contain_text(title if title != "Output" else "digit 1")
        expect(page.locator(".unit-sum")).to_contain_text(text)
    first = says(page).inner_text()
    page.get_by_text("Edit a kernel", exact=True).click()
    cell = page.get_by_label("row 1, column 1")
    expect(cell).to_have_value(re.compile(r"\d"))
    page.get_by_label("convolution", exact=True).select_option(label="Residual block 1, second convolution")
    page.get_by_label("on map", exact=True).select_option(label="4")
    blocks = read_stack(stack)
    before = f"{round(float(split_params(torch.tensor(init_params(blocks, 0)), blocks)[3][2][0, 3, 0, 0]), 4):g}"
    expect(cell).to_have_value(before)
    page.get_by_role("checkbox", name="in every filter").check()
    page.get_by_role("button", name="sharpen", exact=True).click()
    expect(cell).to_have_value("-0.1111")
    expect(says(page)).not_to_have_text(first)
    page.get_by_role("button", name="Undo edits").click()
    expect(cell).to_have_value(before)
    expect(says(page)).to_have_text(first)


def _adds_up(text: str) -> None:
    """The arithmetic of the workshop: products of a pixel and a weight, their sum, and what stands after "="."""
    terms = re.findall(r"(\d) · \(?(−?[\d.]+)\)?", text)
    total = sum(float(pixel) * float(weight.replace("−", "-")) for pixel, weight in terms)
    assert len(terms) == 9 and total == pytest.approx(float(text.rpartition("= ")[2].replace("−", "-")), abs=0.05)


def test_the_workshop_slides_a_window_by_keyboard_and_a_projector_enlarges_it(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    opened(page, server, "profile=projector&start=fresh&stack=dense9")
    unfold(page, "Blocks")
    size = "node => parseFloat(getComputedStyle(node).fontSize)"
    assert page.locator(".block .title").first.evaluate(size) > 20
    page.get_by_role("button", name="Convolution workshop").press("Enter")
    assert page.locator(".workshop .grids").evaluate(size) > 20
    output = page.get_by_role("application", name="Output, 6 by 6")
    output.focus()
    page.keyboard.press("ArrowDown")
    total = page.get_by_role("status").filter(has_text="Row 2, column 1:")
    expect(total).to_have_text(re.compile(r"= −?[\d.]+$"))
    expect(page.get_by_text("= ⌊(8 + 2 · 0 − 1 · (3 − 1) − 1) / 1⌋ + 1 = 6")).to_be_visible()
    before = total.inner_text()
    page.get_by_label("kernel row 1, column 1").fill("-7.5")
    expect(total).to_have_text(re.compile(r": \d · \(−7\.5\) \+"))
    expect(total).not_to_have_text(before)
    _adds_up(total.inner_text())
    page.get_by_role("button", name="Slide the window").click()
    expect(page.get_by_role("status").filter(has_text="Row 2, column 2:")).to_be_visible()  # it moves by itself
    page.get_by_role("button", name="Stop", exact=True).click()
    page.get_by_role("combobox", name=re.compile("What slides")).click()
    page.get_by_role("option", name="Max pooling").click()
    expect(page.get_by_role("status").filter(has_text="the largest of ")).to_have_text(re.compile(r" is \d$"))
    page.get_by_role("combobox", name=re.compile("What slides")).click()
    page.get_by_role("option", name="Mean pooling").click()
    mean = page.get_by_role("status").filter(has_text=" / 9 = ")
    said = [float(number) for number in re.findall(r"\d[\d.]*", mean.inner_text().partition(": ")[2])]
    assert len(said) == 9 + 2 and sum(said[:9]) / 9 == pytest.approx(said[-1], abs=0.006)
    padding = page.get_by_role("spinbutton", name="Padding")
    padding.fill("3")
    padding.press("Enter")
    expect(page.get_by_text("at most half its window, 1")).to_be_visible()


WIDER = """() => [...document.querySelectorAll("[data-testid=stBidiComponentIsolated]")]
  .flatMap((host) => [...host.shadowRoot.querySelectorAll(".workshop, .workshop *")])
  .filter((node) => node.scrollWidth > node.clientWidth + 1 && getComputedStyle(node).display !== "inline")
  .map((node) => node.className || node.tagName)"""


def test_the_largest_grids_of_the_workshop_fit_a_phone(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, server)
    page.get_by_role("button", name="Convolution workshop").click()
    side_by_side = [
        page.get_by_role("spinbutton", name=name, exact=True).bounding_box() for name in ("Kernel", "Stride")
    ]
    assert side_by_side[0]["y"] == side_by_side[1]["y"]  # what they change is to be in sight beside them
    for name, number in (("Input size", "14"), ("Kernel", "7"), ("Padding", "6")):
        field = page.get_by_role("spinbutton", name=name, exact=True)
        with script_run(page):
            field.fill(number)
            field.press("Enter")
    page.get_by_role("application", name="Output, 20 by 20").focus()
    page.keyboard.press("ArrowDown")
    expect(page.get_by_role("status").filter(has_text="Row 2, column 1:")).to_be_visible()
    assert page.evaluate(WIDER) == []


def test_the_workshop_names_what_is_no_weight_and_takes_the_others(page: Page, server: Server) -> None:
    opened(page, server)
    page.get_by_role("button", name="Convolution workshop").click()
    page.get_by_role("combobox", name=re.compile("Kernel values")).click()
    page.get_by_role("option", name="blur").click()
    cell, other = (page.get_by_label(f"kernel row 1, column {column}") for column in (1, 2))
    expect(cell).to_have_value("0.111")
    for typed in ("101", ""):
        cell.fill(typed)
        expect(page.get_by_role("status").filter(has_text="A weight is a number from −100 to 100.")).to_be_visible()
        other.focus()
        expect(cell).to_have_value("0.111")
    cell.fill("")
    other.fill("0")
    total = page.get_by_role("status").filter(has_text="Row 1, column 1:")
    expect(total).to_have_text(re.compile(r": \d · 0\.111 \+ \d · 0 \+ \d · 0\.111 "))


def _reads_on_the_curve(page: Page, text: str) -> None:
    """Of own drawings, where the curve begins."""
    page.get_by_role("button", name="Own drawings", exact=True).click()
    page.locator(".curve-canvas").hover(position={"x": 60, "y": 60})
    expect(page.locator(".curve-value")).to_contain_text(text)


def test_own_drawings_are_taught_and_survive_a_reload(page: Page, server: Server) -> None:
    opened(page, server, "start=fresh&stack=dense16&taught_share=1&stop_epoch=3&learning_rate=0.01")
    unfold(page, "Teach it my hand")
    lesson = page.get_by_test_id("stExpander").filter(has_text="Teach it my hand")
    lesson.get_by_role("button", name="8", exact=True).click()  # the sample 3 is called an 8
    tile = page.locator(".own-gallery li")
    expect(tile).to_have_count(1)
    _reads_on_the_curve(page, "epoch 0: own 0%, test ")
    page.wait_for_url(re.compile("taught="))  # the drawing is shown a moment before the address holds it
    page.reload()
    expect(tile).to_have_count(1)
    is_inked(page)  # its pixels at least
    live = page.get_by_test_id("live")
    live.get_by_role("button", name="Play", exact=True).click()
    expect(live).to_have_attribute("data-status", "finished", timeout=60_000)
    expect(tile).to_have_text("8 ✓")
    expect(says(page)).to_have_text(re.compile("It is an 8"))
    expect(
        page.get_by_text(re.compile("1 of 1 own drawings read rightly; [0-9.]+% of 2,000 test images"))
    ).to_be_visible()
    live.get_by_role("button", name="Own drawings").click()
