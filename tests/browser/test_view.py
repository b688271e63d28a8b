"""What the live view of the Playground shows and what stands around it: map, units, points, files, questions."""

from __future__ import annotations

import contextlib
import io
import re
from typing import Any

import pytest
from playwright.sync_api import FloatRect, Locator, Page, expect

from playground.spec.points import unpack_points
from tests.browser.conftest import exported, table_box
from tests.browser.test_playground import (
    live,
    opened,
    pick,
    play_to,
    press,
    query_of,
    state,
    timeline,
    until,
    value,
)  # fmt: skip
from tests.conftest import Server

# What stands on the map's canvases, as one number: equal pictures give equal numbers.
MAP_HASH = """layers => layers.map(layer => layer.toDataURL()).join('')
  .split('').reduce((hash, letter) => (Math.imul(hash, 31) + letter.charCodeAt(0)) | 0, 7)"""
SHOW = ["Test data", "Discretize", "Contours", "Misclassified", "Uncertainty"]


def picture(page: Page) -> int:
    return page.locator(".map-layer").evaluate_all(MAP_HASH)


def both(page: Page) -> tuple[str, str]:
    now = state(page)
    return now["trainLoss"], now["testLoss"]


def field(page: Page) -> Locator:
    return live(page).get_by_role("application", name=re.compile("^Output map"))


def steps(page: Page, n_epochs: int) -> None:
    for epoch in range(1, n_epochs + 1):
        press(page, "Step")
        expect(live(page)).to_have_attribute("data-epoch", str(epoch))


def test_each_choice_of_what_to_show_changes_the_map_and_back(page: Page, server: Server) -> None:
    opened(page, server, "dataset=xor&noise=0.5&contours=1")
    steps(page, 2)
    before = picture(page)
    for name in SHOW:
        box = live(page).get_by_role("checkbox", name=name)
        box.check()
        until(page, lambda: picture(page) != before, f"another map with {name}")
        box.uncheck()
        until(page, lambda: picture(page) == before, f"the former map without {name}")


def test_a_unit_under_pointer_or_focus_shows_its_function_while_training(page: Page, server: Server) -> None:
    opened(page, server, "speed=60")
    press(page, "Play")
    title, unit = (
        page.locator(".map-title"),
        live(page).get_by_role("button", name=re.compile("^Hidden 1, unit 2")),
    )
    unit.hover()
    expect(title).to_contain_text("unit 2")
    far = value(page, "epoch") + 10
    until(page, lambda: value(page, "epoch") > far, "training that goes on")
    page.mouse.move(0, 0)
    expect(title).to_contain_text("Output")
    unit.focus()
    expect(title).to_contain_text("unit 2")
    page.keyboard.press("ArrowDown")
    expect(title).to_contain_text("unit 3")


def test_a_place_on_the_map_shows_input_output_truth_and_path(page: Page, server: Server) -> None:
    opened(page, server)
    field(page).hover(position={"x": 40, "y": 40})
    readout = page.locator("#map-readout")
    expect(readout).to_contain_text(re.compile("x1 .*x2 .*→ .*Nearest point"))
    expect(live(page).get_by_role("button", name=re.compile("Hidden 1, unit 1.*output"))).to_be_visible()
    page.mouse.move(0, 0)
    field(page).focus()
    page.keyboard.press("ArrowRight")
    expect(readout).to_contain_text("0.25")


def test_own_points_are_placed_moved_and_deleted_by_pointer_and_by_key(page: Page, server: Server) -> None:
    opened(page, server, "dataset=points")
    live(page).get_by_role("checkbox", name="Edit points").check()
    seen, losses = [query_of(page).get("points", "")], [both(page)]

    def changed(what: str) -> None:
        loss = losses[-1]
        until(page, lambda: query_of(page).get("points", "") != seen[-1] and both(page) != loss, what)
        seen.append(query_of(page).get("points", ""))
        losses.append(both(page))

    box = field(page)
    box.click(position={"x": 30, "y": 30})
    changed("the first point")
    live(page).get_by_role("combobox", name="Class of new points").select_option(index=1)
    box.click(position={"x": 90, "y": 60})
    changed("a point of the other class")
    assert len(seen[-1]) > len(seen[-2])
    box.hover(position={"x": 90, "y": 60})
    page.mouse.down()
    box.hover(position={"x": 120, "y": 110})
    page.mouse.up()
    changed("the moved point")
    assert len(seen[-1]) == len(seen[-2])
    box.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    changed("a point placed by key")
    page.keyboard.press("Delete")
    changed("the same point deleted by key")
    assert seen[-1] == seen[-3]
    bin_ = live(page).get_by_role("button", name="Delete point")
    expect(bin_).to_be_hidden()
    box.click(position={"x": 120, "y": 110})  # selects it
    bin_.click()
    changed("the point deleted by a button")
    assert len(seen[-1]) < len(seen[-2])
    expect(bin_).to_be_hidden()


def test_a_table_is_read_and_a_bad_one_is_explained_while_the_run_goes_on(page: Page, server: Server) -> None:
    opened(page, server, "speed=60")
    press(page, "Play")
    upload = table_box(page)
    upload.set_input_files({"name": "bad.csv", "mimeType": "text/csv", "buffer": b"a,b,kind\n1,2,x\n3\n"})
    expect(page.get_by_text(re.compile("row 3 must have 3 cells"))).to_be_visible()
    assert state(page)["status"] == "playing"
    rows = "".join(f"{i % 7},{i % 5},{i % 3},{'tall' if i % 2 else 'short'}\n" for i in range(40))
    upload.set_input_files(
        {"name": "own.csv", "mimeType": "text/csv", "buffer": f"height,width,depth,kind\n{rows}".encode()}
    )
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()  # a preview
    expect(page.get_by_text("40 points: height runs across, width upward, kind is predicted.")).to_be_visible()
    pick(page, "Across", "depth")
    expect(page.get_by_text("depth runs across, width upward")).to_be_visible()  # the lists are drawn anew
    pick(page, "Upward", "height")
    expect(page.get_by_text("depth runs across, height upward")).to_be_visible()
    page.get_by_role("button", name="Use this table").click()
    until(page, lambda: query_of(page).get("dataset") == "csv", "the table in the link")
    expect(page.locator(".class-list")).to_contain_text("tall")
    points = unpack_points(query_of(page)["points"])
    assert [axis.name for axis in points.axes] == ["depth", "height"]


def test_files_are_made_at_the_click_and_the_program_prints_the_shown_loss(page: Page, server: Server) -> None:
    opened(page, server)
    steps(page, 3)
    labels = ("History (CSV)", "PyTorch program", "Weights (safetensors)")
    texts = {label: exported(page, label) for label in labels}
    rows = texts["History (CSV)"].decode().splitlines()
    assert rows[0].startswith("epoch,step,") and len(rows) == 1 + 4
    assert b"layer3.weight" in texts["Weights (safetensors)"]
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(texts["PyTorch program"].decode(), {})
    shown = float(state(page)["testLoss"])
    assert float(printed.getvalue().split()[-1]) == pytest.approx(shown, abs=2e-6)


def test_a_link_with_weights_opens_at_the_very_same_losses(page: Page, server: Server) -> None:
    opened(page, server)
    steps(page, 2)
    page.get_by_role("button", name="Share").click()
    with_weights = page.get_by_role("button", name="With the weights as they are now")
    with_weights.click()
    link = page.get_by_test_id("stCode").get_by_text("weights=")
    expect(link).to_be_visible()
    expect(page.get_by_text("The link has the weights of epoch 2, step 50.")).to_be_visible()
    expect(page.get_by_text("QR code of the choices")).to_be_visible()
    page.keyboard.press("Escape")
    for epoch in ("3", "4"):
        press(page, "Step")
        expect(live(page)).to_have_attribute("data-epoch", epoch)
    losses = both(page)
    page.get_by_role("button", name="Share").click()
    expect(page.get_by_text("The link has the weights of epoch 2, step 50.")).to_be_visible()
    with_weights.click()  # those of now
    expect(page.get_by_text("The link has the weights of epoch 4, step 100.")).to_be_visible()
    query = link.inner_text().partition("?")[2].replace("\n", "")
    opened(page, server, query)
    assert both(page) == losses


# The smallest text in sight of a view, and the sizes of some.
SIZES = """(view, names) => {
  const size = (node) => parseFloat(getComputedStyle(node).fontSize)
  const says = (node) => node.checkVisibility({visibilityProperty: true}) && !node.matches(".corner, .visually-hidden")
    && [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim())
  const all = [...view.querySelectorAll("*")].filter(says).map(size)
  return {least: Math.min(...all), ...Object.fromEntries(names.map((name) => [name, size(view.querySelector(name))]))}
}"""
# Notes what is drawn from now on: the radius of each circle on the map, the width of each line on map and links.
DRAWN = """() => {
  window.radii = []
  window.widths = []
  const context = CanvasRenderingContext2D.prototype
  const { arc, stroke } = context
  context.arc = function (x, y, r, ...rest) {
    if (this.canvas.className === "map-layer") window.radii.push(r)
    return arc.call(this, x, y, r, ...rest)
  }
  context.stroke = function (...all) {
    if (/^(map-layer|layer-links)$/.test(this.canvas.className)) window.widths.push(this.lineWidth)
    return stroke.apply(this, all)
  }
}"""


def test_projector_mode_reaches_the_sizes_for_the_last_row_and_stands_in_the_link(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    opened(page, server, "dataset=blobs&profile=projector")
    names = [".figure-name", ".layer-name", ".unit-label", ".figure-value", ".map-title"]
    sizes = live(page).evaluate(SIZES, names)
    assert sizes.pop("least") >= 22
    assert all(sizes[name] >= least for name, least in zip(names, (28, 28, 28, 47.5, 35.5), strict=True))
    page.evaluate(DRAWN)
    live(page).get_by_role("checkbox", name="Contours").check()
    press(page, "Step")
    expect(live(page)).to_have_attribute("data-epoch", "1")
    until(page, lambda: page.evaluate("radii.length > 20 && widths.length > 16"), "points and lines")
    assert page.evaluate("Math.min(...radii)") >= 7
    assert page.evaluate("Math.min(...widths)") >= 4
    expect(live(page).get_by_role("group", name="Confusion matrix")).to_be_visible()
    assert_in_sight(page, 1920, 1080)
    page.get_by_test_id("stExpandSidebarButton").click()
    page.get_by_role("button", name="Share").click()
    code = page.locator(".st-key-qr img")
    expect(code).to_be_visible()
    assert box_of(code)["height"] >= 0.4 * 1080
    page.keyboard.press("Escape")
    switch = page.get_by_role("button", name="Projector")
    without = {"dataset": "blobs", "show": "contours"}
    for query in (without, without | {"profile": "projector"}):
        switch.click()
        until(page, lambda query=query: query_of(page) == query, "the link without and with it")
    until(page, lambda: live(page).evaluate(SIZES, names)["least"] >= 22, "large text again")


def test_a_projector_is_light_on_a_dark_screen_and_shows_wide_networks_whole(page: Page, server: Server) -> None:
    page.emulate_media(color_scheme="dark")
    opened(page, server, f"profile=projector&hidden_sizes={','.join(['16'] * 8)}")
    expect(live(page)).to_have_css("background-color", "rgb(255, 255, 255)")
    assert live(page).locator(".diagram-scroller").evaluate("area => area.scrollWidth <= area.clientWidth")
    halo = live(page).locator(".halo")
    live(page).locator(".map-field").hover()
    expect(halo).to_be_visible()
    ring, field = box_of(halo), box_of(live(page).locator(".map-field"))
    for side, length in (("x", "width"), ("y", "height")):
        assert ring[length] == 40
        assert ring[side] + 20 == pytest.approx(field[side] + field[length] / 2, abs=2)
    opened(page, server)
    expect(live(page)).to_have_css("background-color", "rgb(14, 17, 23)")
    expect(halo).to_be_hidden()
    every = "x1,x2,x1_squared,x2_squared,x1x2,sin_x1,sin_x2,cos_x1,cos_x2,radius"
    opened(page, server, f"features={every}&hidden_sizes={','.join(['16'] * 8)}")
    assert live(page).locator(".diagram-scroller").evaluate("area => area.scrollWidth <= area.clientWidth")


def test_play_asks_the_question_first_and_the_run_decides_it(page: Page, server: Server) -> None:
    opened(page, server, "preset=straight&speed=max&dataset=circle&activation=linear")
    goal = live(page).get_by_role("complementary", name="Question")
    press(page, "Step")  # which decides nothing: it still asks
    expect(live(page)).to_have_attribute("data-epoch", "1")
    press(page, "Play")
    expect(goal).to_be_focused()
    expect(goal).to_contain_text("Your guess first, then it plays.")
    assert (state(page)["status"], query_of(page)["activation"]) == ("paused", "linear")
    height = goal.bounding_box()["height"]  # type: ignore[index]
    goal.get_by_role("button", name="no", exact=True).click()  # Play was waiting for this
    expect(goal).to_contain_text("You predicted: no. Measured: no. ✓ right")
    expect(goal).to_contain_text("not by epoch 200")
    assert goal.bounding_box()["height"] == height  # type: ignore[index]
    press(page, "Pause")
    page.get_by_role("radio", name="gauss", exact=True).click()
    expect(goal).to_contain_text("does not count with these choices")


def test_a_number_is_predicted_by_keyboard_and_a_question_may_be_skipped(page: Page, server: Server) -> None:
    opened(page, server, "preset=circle&learning_rate=0.3&speed=max")
    goal = live(page).get_by_role("complementary", name="Question")
    live(page).focus()
    page.keyboard.press("Space")
    expect(goal.get_by_role("spinbutton", name=re.compile("After how many epochs"))).to_be_focused()
    page.keyboard.type("99999")
    page.keyboard.press("Enter")
    expect(goal).to_contain_text(re.compile(r"done at epoch [0-9]+"))
    expect(goal).to_contain_text(re.compile(r"You predicted: 99999\. Measured: [0-9]+\. ✗ off by [0-9]+"))
    expect(goal.get_by_role("button", name="Skip")).to_be_hidden()
    opened(page, server, "preset=circle&learning_rate=0.3&speed=max")
    live(page).focus()
    page.keyboard.press("Space")
    for key in ("Tab", "Tab", "Enter"):  # past Predict to Skip
        page.keyboard.press(key)
    expect(goal).to_contain_text(re.compile(r"Measured: [0-9]+\."))
    expect(goal).not_to_contain_text("You predicted")


def test_a_card_says_why_a_straight_network_fails_on_the_circle(page: Page, server: Server) -> None:
    opened(page, server, "activation=linear&speed=max")
    press(page, "Play")
    card = live(page).get_by_role("complementary", name="Why did that happen?")
    expect(card).to_contain_text("This network can only cut straight.")
    card.get_by_role("button", name="Dismiss").first.click()
    expect(card).not_to_contain_text("This network can only cut straight.")


def test_the_run_before_stays_as_a_ghost_until_cleared(page: Page, server: Server) -> None:
    opened(page, server)
    steps(page, 2)
    clear = live(page).get_by_role("button", name=re.compile("ghost", re.IGNORECASE))
    expect(clear).to_be_hidden()
    press(page, "Reset")
    expect(clear).to_be_visible()
    ghostly = picture(page)
    clear.click()
    until(page, lambda: picture(page) != ghostly, "a map without the ghost")
    expect(clear).to_be_hidden()
    steps(page, 2)
    page.get_by_role("radio", name="xor", exact=True).click()
    until(page, lambda: query_of(page).get("dataset") == "xor", "the other data")
    expect(clear).to_be_visible()  # of other data the curves can be compared, the boundary cannot
    until(page, lambda: not page.locator(".map-layer").evaluate_all(LINES, [[], 2])["drawn"], "a map without lines")
    page.get_by_role("radio", name="plane", exact=True).click()
    until(page, lambda: query_of(page).get("dataset") == "plane", "a number to predict")
    expect(clear).to_be_hidden()


# Of the layer of lines: how much is drawn, and which part of it lies within `reach` px of the lines in `before`.
LINES = """(layers, [before, reach]) => {
  const { width, height } = layers[1]
  const bytes = layers[1].getContext("2d").getImageData(0, 0, width, height).data
  const drawn = Array.from({ length: width * height }, (_, k) => k).filter((k) => bytes[4 * k + 3] > 128)
  const near = new Set()
  for (const k of before)
    for (let dy = -reach; dy <= reach; dy++) for (let dx = -reach; dx <= reach; dx++) near.add(k + dy * width + dx)
  return { drawn, shared: drawn.filter((k) => near.has(k)).length / drawn.length }
}"""


# Notes from now on how many corners the longest line on the curves' canvas has.
LONGEST = """() => {
  window.longest = 0
  const context = CanvasRenderingContext2D.prototype
  const { beginPath, lineTo, stroke } = context
  let corners = 0
  context.beginPath = function () { corners = 0; return beginPath.call(this) }
  context.lineTo = function (x, y) { corners++; return lineTo.call(this, x, y) }
  context.stroke = function (...all) {
    if (this.canvas.className === "curve-canvas") window.longest = Math.max(window.longest, corners)
    return stroke.apply(this, all)
  }
}"""
LONG = 40  # corners: more than axes, grid and two epochs have


@pytest.mark.parametrize(
    "query", ["learning_rate=0.3&speed=max", "dataset=blobs&noise=0.2&learning_rate=0.3&speed=max"]
)
def test_a_branch_leaves_the_boundary_and_the_curve_of_the_run_before(page: Page, server: Server, query: str) -> None:
    opened(page, server, query)
    layers = page.locator(".map-layer")

    def lines(before: list[int] | None = None, reach: int = 2) -> dict[str, Any]:
        return layers.evaluate_all(LINES, [before or [], reach])

    contours = live(page).get_by_role("checkbox", name="Contours")
    contours.check()
    until(page, lambda: bool(lines()["drawn"]), "the lines at the start")
    start = lines()["drawn"]
    play_to(page, 300)
    end = lines()["drawn"]
    contours.uncheck()
    until(page, lambda: not lines()["drawn"], "a map without lines")
    live(page).locator(".unit").nth(
        2
    ).hover()  # a part that is looked at hides the output, not what a ghost keeps of it
    expect(live(page).locator(".map-title")).to_have_text("Hidden 1, unit 1, tanh")
    timeline(page).focus()
    page.keyboard.press("Home")
    expect(live(page)).to_have_attribute("data-epoch", "0")
    live(page).get_by_role("button", name="Branch from here").dispatch_event("click")
    until(page, lambda: bool(lines()["drawn"]), "the ghost")
    assert lines(end)["shared"] > 0.98
    assert lines(start)["shared"] < 0.7
    page.evaluate(LONGEST)
    press(page, "Step")
    expect(live(page)).to_have_attribute("data-epoch", "1")
    thumb = page.locator(".timeline-thumb")
    expect(thumb).to_have_attribute("style", re.compile("left: 2%"))  # of 50 epochs, for the run before went on to 300
    assert lines(end)["shared"] > 0.98
    until(page, lambda: page.evaluate("longest") > LONG, "the curve of the run before")
    press(page, "Clear ghost")
    until(page, lambda: not lines()["drawn"], "a map without the ghost")
    page.evaluate("longest = 0")
    press(page, "Step")
    until(page, lambda: page.evaluate("longest") > 0, "curves drawn anew")
    expect(thumb).to_have_attribute("style", re.compile("left: 20%"))
    assert page.evaluate("longest") < LONG


def test_undo_and_the_list_of_runs_lead_back(page: Page, server: Server) -> None:
    opened(page, server)
    steps(page, 2)
    pick(page, "Try this", "Only straight cuts")
    until(page, lambda: query_of(page).get("preset") == "straight", "the question")
    page.get_by_role("radio", name="xor", exact=True).click()
    until(page, lambda: query_of(page).get("dataset") == "xor", "the other data")
    page.get_by_role("button", name="Runs").click()
    page.get_by_role("button", name=re.compile("the default choices: test loss .* at epoch 2")).click()
    until(page, lambda: query_of(page) == {} and value(page, "epoch") == 2, "the run before, where it was")
    press(page, "Step")
    until(page, lambda: value(page, "epoch") == 3, "the epoch after it")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Undo").click()
    until(page, lambda: query_of(page).get("dataset") == "xor", "the choice before")


def box_of(node: Locator) -> FloatRect:
    box = node.bounding_box()
    assert box is not None
    return box


def assert_in_sight(page: Page, width: int, height: int) -> None:
    """Network, output, transport bar and timeline stand inside the window."""
    toolbar = live(page).get_by_role("toolbar", name="Run")
    for node in (page.locator(".diagram"), page.locator(".map-field"), toolbar, timeline(page)):
        box = box_of(node)
        assert box["y"] >= 0 and box["y"] + box["height"] <= height + 1
        assert box["x"] >= 0 and box["x"] + box["width"] <= width + 1


def scrolls_sideways(page: Page) -> bool:
    main = page.get_by_test_id("stMain").evaluate("main => main.scrollWidth > main.clientWidth")
    return bool(main or page.evaluate("document.documentElement.scrollWidth > innerWidth"))


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1920, 1080)], ids=str)
def test_the_page_fits_the_screen(page: Page, server: Server, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    opened(page, server)
    assert not scrolls_sideways(page)
    assert live(page).locator(".diagram-scroller").evaluate("area => area.scrollWidth <= area.clientWidth")
    assert_in_sight(page, width, height)
    assert box_of(page.locator(".map-field"))["height"] >= 0.3 * height
    diagram = box_of(page.locator(".diagram"))
    assert diagram["width"] >= 0.4 * width and diagram["height"] >= 0.6 * height


def test_a_phone_stacks_the_page_and_trains(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, server, "speed=60")
    assert not scrolls_sideways(page)  # the diagram in its box may
    expect(page.get_by_role("heading", level=1, name="Playground")).to_have_count(1)  # read out, not seen
    press(page, "Play")
    until(page, lambda: value(page, "epoch") >= 3, "epochs to pass")
    epoch = live(page).locator(".counter.epoch")
    expect(epoch).to_be_in_viewport()
    until(page, lambda: int(epoch.locator("dd").inner_text().replace(",", "")) >= 3, "the epochs that are shown")
    assert box_of(page.locator(".map-field"))["width"] >= 0.75 * 390


def paused_on_a_phone(page: Page, server: Server) -> None:
    """A run with a past, and the page stacked."""
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, server, "speed=60")
    press(page, "Play")
    until(page, lambda: value(page, "epoch") >= 20, "some training")
    press(page, "Pause")


def test_a_phone_shows_what_is_looked_at_though_the_map_is_scrolled_away(page: Page, server: Server) -> None:
    paused_on_a_phone(page, server)
    echo, units = live(page).locator(".map-echo"), live(page).locator(".unit")
    live(page).locator(".curve-canvas").scroll_into_view_if_needed()
    expect(echo).to_be_hidden()  # nothing is looked at
    pictures = set()
    for k, name in ((2, "Hidden 1, unit 1, tanh"), (5, "Hidden 1, unit 4, tanh")):
        units.nth(k).hover()
        expect(echo.locator(".map-echo-title")).to_have_text(name)
        until(page, lambda: is_copy(page), "the copy to be that of the map")
        pictures.add(echo.locator("canvas").evaluate("canvas => canvas.toDataURL()"))
    assert len(pictures) == 2
    page.set_viewport_size({"width": 1366, "height": 768})
    expect(echo).to_be_hidden()


def test_a_phone_shows_the_past_on_a_small_map_that_leaves_the_timeline_free(page: Page, server: Server) -> None:
    paused_on_a_phone(page, server)
    echo, timeline = live(page).locator(".map-echo"), page.get_by_role("slider", name="Timeline")
    timeline.focus()
    for key in ("Home", "ArrowRight"):
        page.keyboard.press(key)
    expect(echo).to_be_visible()
    until(page, lambda: is_copy(page), "the copy to be that of the map")
    small, track, bar = box_of(echo), box_of(timeline), box_of(live(page).locator(".transport"))
    assert bar["y"] + bar["height"] <= small["y"]
    assert small["y"] + small["height"] <= track["y"]
    page.get_by_role("button", name="Back to newest").click()
    expect(echo).to_be_hidden()


def is_copy(page: Page) -> bool:
    """Whether the small map has the mean color of each ninth of the large one."""
    return bool(
        live(page).evaluate(
            """live => {
              const side = 3, ninths = (layers) => {
                const small = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true })
                Object.assign(small, { imageSmoothingQuality: "high" })
                for (const layer of layers) small.drawImage(layer, 0, 0, side, side)
                return [...small.getImageData(0, 0, side, side).data]
              }
              const map = ninths(live.querySelectorAll(".map-layer")), echo = ninths([live.querySelector(".map-echo canvas")])
              return map.every((value, k) => Math.abs(value - echo[k]) < 48)  // points are drawn smaller
            }"""
        )
    )


def test_classes_that_share_a_color_have_areas_of_their_own(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/live/assets/mapcanvas.js")
    shares = page.evaluate(
        """async () => {
          const { MapCanvas } = await import("/live/assets/mapcanvas.js")
          const canvas = new MapCanvas(), side = 200
          canvas.resize(side, 1)
          const strengths = Array.from({ length: 20 }, (_, k) => Uint32Array.from({ length: 256 }, (_, s) => (0xff000000 | ((k % 4) << 8) | s) >>> 0))
          const drawn = Array.from({ length: 20 }, (_, k) => {
            canvas.drawClasses(new Uint8Array(10000).fill(k), new Uint8Array(10000).fill(255), { identity: Uint32Array.from({ length: 256 }, (_, s) => (0xff000000 | s) >>> 0), strengths })
            const { data } = canvas.base.context.getImageData(0, 0, canvas.base.canvas.width, canvas.base.canvas.height)
            return Array.from({ length: data.length / 4 }, (_, p) => data[4 * p])
          })
          const different = (a, b) => drawn[a].filter((value, p) => value !== drawn[b][p]).length / drawn[a].length
          return [0, 1, 2, 3].flatMap((color) => [0, 1, 2, 3, 4].flatMap((a) => [0, 1, 2, 3, 4].filter((b) => b > a).map((b) => different(color + 4 * a, color + 4 * b))))
        }"""
    )
    assert len(shares) == 4 * 10 and min(shares) > 0.1


def test_a_picture_that_flips_changes_three_times_a_second_at_most(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/live/assets/flashguard.js")
    changes = page.evaluate(
        """async () => {
          const { FlashGuard } = await import("/live/assets/flashguard.js")
          return [[20, 230, false], [0, 2, true]].map(([one, other, classes]) => {
            const guard = new FlashGuard()
            const before = new Uint8Array(10000).fill(one), after = new Uint8Array(10000).fill(other)
            let shown = null, changes = 0
            for (let tick = 0; tick < 300; tick++) {  // 5 seconds of a run that flips with each frame
              const next = tick % 2 ? after : before
              if (guard.allows(next, 1000 * tick / 60, { classes }) && next !== shown) { changes += shown !== null; shown = next }
            }
            return changes
          })
        }"""
    )
    assert all(1 <= n <= 15 for n in changes)


def test_a_polite_sentence_comes_every_five_seconds_while_playing_and_at_once_on_pause(
    page: Page, server: Server
) -> None:
    page.goto(f"{server.address}/live/assets/announcer.js")
    said = page.evaluate(
        """async () => {
          const { Announcer } = await import("/live/assets/announcer.js")
          const voice = new Announcer(), said = []
          voice.say = (text) => said.push(text)
          const at = (tick, status, reason = "") => voice.frame({ status, reason, run: Math.floor(tick / 30), step: tick, summary: `Step ${tick}.` }, null, 1000 * tick / 60)
          for (let tick = 0; tick < 60 * 20; tick++) at(tick, "playing")  // 20 seconds
          at(60 * 20, "paused")
          at(60 * 20, "finished", "Finished: all 5 trees are built.")
          return { said, polite: voice.element.getAttribute("aria-live"), role: voice.element.role }
        }"""
    )
    assert (said["polite"], said["role"]) == ("polite", "status")
    assert said["said"][0] == "Playing. Step 0."
    assert said["said"][-2:] == ["Paused. Step 1200.", "Finished: all 5 trees are built. Step 1200."]
    assert len(said["said"]) == 3 + 3


def test_a_data_set_is_chosen_by_keyboard_and_keeps_the_focus(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/playground")
    expect(live(page)).not_to_have_attribute("data-frames", "0")
    tiles = page.get_by_role("radiogroup", name="Data set").get_by_role("radio")
    tiles.first.focus()
    page.keyboard.press("ArrowDown")  # the one below, not the one beside
    below = page.get_by_role("radio", name="moons")
    expect(below).to_be_focused()
    page.keyboard.press("Enter")
    expect(below).to_have_attribute("aria-checked", "true")
    expect(page).to_have_url(re.compile("dataset=moons"))
    expect(below).to_be_focused()


def test_the_export_opens_below_its_button(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/playground")
    expect(live(page)).not_to_have_attribute("data-frames", "0")
    button = page.get_by_role("button", name="Export")
    button.click()
    opened = page.get_by_test_id("stPopoverBody")
    expect(opened).to_be_visible()
    at, menu = button.bounding_box(), opened.bounding_box()
    assert at and menu
    assert 0 <= menu["y"] - at["y"] - at["height"] < 20
