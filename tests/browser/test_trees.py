"""What a person does on the Trees page, in a real browser on the real server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

from playground.learners.trees import TreesLearner
from playground.models.boosting import Forest
from playground.spec import TreesSpec
from playground.spec.points import PointTable, pack_points
from tests.browser.conftest import coming, table_box, unfold
from tests.browser.test_playground import until
from tests.conftest import Server

TREE_NAME = re.compile(r"^Tree \d+$")
LISTEN = """() => {
  const { prototype } = CanvasRenderingContext2D, write = prototype.fillText
  window.written = []
  prototype.fillText = function (text, ...at) { written.push(text); return write.call(this, text, ...at) }
}"""
"""In the page until it is left: every text on a canvas."""
LISTEN_TO_PLACES = """() => {
  const { prototype } = CanvasRenderingContext2D, { fillText, lineTo, moveTo, clearRect } = prototype
  window.corners = []
  prototype.moveTo = function (x, y) { this.pen = [x, y]; moveTo.call(this, x, y) }
  prototype.lineTo = function (x, y) {
    const [x0, y0] = this.pen ?? [x, y], level = y === y0 || x === x0  // an axis or a line of the grid
    if (!this.canvas.classList.contains("curve-canvas")) return lineTo.call(this, x, y)
    for (let k = 0; !level && k <= 8; k++) corners.push([x0 + (x - x0) * k / 8, y0 + (y - y0) * k / 8])
    this.pen = [x, y]
    lineTo.call(this, x, y)
  }
  prototype.clearRect = function (...box) {
    if (this.canvas.classList.contains("curve-canvas")) corners.length = 0
    clearRect.apply(this, box)
  }
  prototype.fillText = function (text, x, y) {
    const { actualBoundingBoxLeft: l, actualBoundingBoxRight: r, actualBoundingBoxAscent: a, actualBoundingBoxDescent: d } = this.measureText(text)
    if (text.startsWith("lowest")) window.lowest = [x - l, y - a, x + r, y + d]
    fillText.call(this, text, x, y)
  }
}"""
"""In the page until it is left: where lines run on a canvas, and the box of the words on the lowest loss."""
FONT_SIZE = "(node) => parseFloat(getComputedStyle(node).fontSize)"
NUMBER = re.compile(r"[-−]?\d[\d.,]*(?:e[-−]?\d+)?")


def live(page: Page) -> Locator:
    return page.get_by_test_id("live")


def opened(page: Page, server: Server, query: str) -> Page:
    """The page with its finished example painted and the script done."""
    page.goto(f"{server.address}/trees?{query}")
    expect(live(page)).to_have_attribute("data-status", "finished", timeout=60_000)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    return page


def button(page: Page, name: str) -> Locator:
    return live(page).get_by_role("button", name=name, exact=True)


def figure(page: Page, name: str) -> Locator:
    return live(page).locator(".figure", has_text=name).locator(".figure-value")


@pytest.mark.parametrize("engine", ["classic", "xgboost"])
def test_the_page_opens_with_all_trees_built(page: Page, server: Server, engine: str) -> None:
    opened(page, server, f"n_trees=35&engine={engine}")
    expect(live(page)).to_have_attribute("data-epoch", "35")
    expect(live(page).get_by_text("Trees 1 to 30 of 35")).to_be_visible()
    button(page, "Later trees").click()
    expect(live(page).get_by_text("Trees 31 to 35 of 35")).to_be_visible()
    expect(button(page, "Tree 35")).to_be_visible()


def test_pointing_at_a_tree_and_at_a_plus(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=8&engine=xgboost&subsample=0.5")
    last = figure(page, "Training loss").inner_text()
    hidden = "(node) => node.scrollHeight - node.clientHeight"
    assert live(page).locator(".tree-scroller").evaluate(hidden) <= 0, "all of a tree of depth 4 is in sight"
    button(page, "Tree 3").hover()
    expect(live(page).locator(".map-title")).to_have_text("Tree 3")
    expect(live(page).get_by_text("Inside tree 3")).to_be_visible()
    story = live(page).locator(".story-text")
    expect(story).to_contain_text("It saw about 50% of the points, drawn by chance; the others stay small.")
    button(page, "All trees up to 3").hover()
    expect(live(page).locator(".map-title")).to_have_text("All trees up to 3")
    expect(story).to_contain_text("the next tree is fitted to")
    expect(story).to_contain_text("It will see about 50% of the points")
    expect(figure(page, "Training loss")).not_to_have_text(last)
    button(page, "All trees up to 3").click()  # stays while the pointer goes elsewhere
    sizes = _ink_of_points(page)
    button(page, "hessians").click()
    until(page, lambda: _ink_of_points(page) != sizes, "points as large as hessians")
    button(page, "gradients").click()
    until(page, lambda: _ink_of_points(page) == sizes, "points as large as gradients")
    button(page, "All trees up to 3").click()
    page.mouse.move(5, 5)
    expect(figure(page, "Training loss")).to_have_text(last)
    until(page, lambda: _ink_of_points(page) != sizes, "points of equal size")


def test_a_point_size_shows_what_the_next_tree_is_fitted_to(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=35")
    equal, sizes = _ink_of_points(page), [button(page, name) for name in ("gradients", "hessians")]
    for size in sizes:
        expect(size).to_have_attribute("aria-pressed", "false")  # all points are alike
    inks = []
    for size in sizes:
        size.click()
        expect(live(page).locator(".map-title")).to_have_text("All trees up to 35")
        expect(size).to_have_attribute("aria-pressed", "true")
        until(page, lambda: _ink_of_points(page) not in [equal, *inks], "points of these sizes")
        inks.append(_ink_of_points(page))
    expect(button(page, "All trees up to 35")).to_be_visible()
    sizes[1].click()  # pressed again
    expect(sizes[1]).to_have_attribute("aria-pressed", "false")
    until(page, lambda: _ink_of_points(page) == equal, "points of equal size")
    sizes[0].click()
    expect(live(page).locator(".map-title")).to_have_text("All trees up to 35")
    timeline = live(page).get_by_role("slider", name="Timeline")
    timeline.focus()
    page.keyboard.press("Home")
    expect(sizes[0]).to_be_hidden()
    page.keyboard.press("End")
    expect(live(page)).to_have_attribute("data-epoch", "35")
    expect(sizes[0]).to_have_attribute("aria-pressed", "false")  # what was looked at had gone
    expect(live(page).locator(".map-title")).to_contain_text("Output")


def _ink_of_points(page: Page) -> str:
    """What is drawn of the points."""
    return str(live(page).locator("canvas.map-layer").nth(3).evaluate("(canvas) => canvas.toDataURL()"))


def test_the_same_by_keyboard(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=8")
    button(page, "Tree 1").focus()
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(live(page).locator(".map-title")).to_have_text("All trees up to 2")
    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")
    expect(live(page).locator(".map-title")).to_have_text("Tree 8")


def test_play_begins_again_and_ends_with_the_last_tree(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=12&speed=20")
    loss = live(page).get_attribute("data-train-loss")
    with coming(live(page), "playing"):
        button(page, "Play").click()
    expect(live(page)).to_have_attribute("data-status", "finished")
    expect(live(page)).to_have_attribute("data-epoch", "12")
    assert live(page).get_attribute("data-train-loss") == loss
    timeline = live(page).get_by_role("slider", name="Timeline")
    timeline.focus()
    page.keyboard.press("Home")
    expect(live(page)).to_have_attribute("data-epoch", "0")
    expect(live(page).get_by_role("button", name=TREE_NAME)).to_have_count(0)
    for _ in range(3):
        page.keyboard.press("ArrowRight")
    expect(live(page)).to_have_attribute("data-epoch", "3")
    expect(live(page).get_by_role("button", name=TREE_NAME)).to_have_count(3)
    page.keyboard.press("End")
    expect(live(page)).to_have_attribute("data-train-loss", loss or "")
    before = live(page).locator(".map-title").evaluate(FONT_SIZE)
    page.get_by_role("button", name="Projector").click()
    expect(page).to_have_url(re.compile("profile=projector"))
    expect(live(page)).to_have_attribute("data-profile", "projector")
    assert live(page).locator(".map-title").evaluate(FONT_SIZE) > before
    expect(button(page, "Tree 12")).to_be_visible()


def test_step_begins_with_the_first_tree(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=12")
    for n_trees in ("1", "2"):
        button(page, "Step").click()
        expect(live(page)).to_have_attribute("data-epoch", n_trees)
    expect(live(page).get_by_text("2 trees", exact=True)).to_be_visible()


def test_a_node_shows_its_place_and_how_its_question_was_found(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=3&engine=xgboost&gamma=1&colsample=0.5&tree_method=hist")
    button(page, "Tree 1").click()
    expect(live(page).get_by_text("Inside tree 1", exact=True)).to_be_visible()
    root = live(page).get_by_role("treeitem").first
    _nodes_say_what_the_tree_holds(page)
    leaf = live(page).get_by_role("treeitem", name=re.compile("^Leaf")).first
    whole = _ink_of_points(page)
    leaf.hover()
    expect(live(page).locator(".map-field .map-region")).to_be_visible()
    until(page, lambda: _ink_of_points(page) != whole, "points outside the leaf are small")
    root.click()
    search = live(page).get_by_role("region", name="Search for the split")
    expect(search).to_contain_text(re.compile(r"gradients sum to G = \S+, hessians to H = \S+\. Chosen: "))
    expect(search).to_contain_text("Thin line: the gain without lambda 1.")
    expect(search).to_contain_text("Dashed: gamma 1, which a split must gain.")
    expect(search).to_contain_text("Gray: a side has H below min child weight 1.")
    expect(search).to_contain_text(re.compile("Gray: this tree may not ask about x[12]"))
    expect(search).to_contain_text("Every threshold is drawn; hist tries only some of them.")
    button(page, "Back to the curves").click()
    expect(live(page).get_by_role("region", name="Search for the split")).to_be_hidden()
    expect(live(page).locator(".curve-canvas")).to_be_visible()


def test_the_search_has_room_on_a_projector(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    opened(page, server, "n_trees=3&engine=xgboost&gamma=0.3&profile=projector")
    losses = live(page).get_by_text("Training loss", exact=True)
    expect(losses).to_be_visible()
    live(page).get_by_role("treeitem").first.click()
    expect(live(page).get_by_role("region", name="Search for the split")).to_contain_text("gamma 0.3, which")
    expect(losses).to_be_hidden()  # it tells of all trees, not of this node
    chart = live(page).locator(".split-canvas").bounding_box()
    assert chart and chart["height"] > 150, "tall enough to be read from the last row"
    assert chart["y"] + chart["height"] < 1080
    button(page, "Back to the curves").click()
    expect(losses).to_be_visible()


def _nodes_say_what_the_tree_holds(page: Page) -> None:
    """Each node's words against the first tree of the same run."""
    choices = {"n_trees": 3, "engine": "xgboost", "gamma": 1, "colsample": 0.5, "tree_method": "hist"}
    spec, learner = TreesSpec.from_values(choices), TreesLearner()
    tree = Forest.of(learner.advance(spec, learner.init(spec), 1).arrays).tree(0)
    read = "nodes => nodes.map((node) => node.getAttribute('aria-label'))"
    said = live(page).get_by_role("treeitem").evaluate_all(read)
    assert len(said) == len(tree.feature)
    for node, words in enumerate(said):
        asks = tree.feature[node] >= 0
        assert words.startswith(f"x{tree.feature[node] + 1} < " if asks else "Leaf: says "), words
        shown = [
            float(text.replace("−", "-").strip(".,"))
            for text in NUMBER.findall(words.removeprefix("x1").removeprefix("x2"))
        ]
        held = (
            (tree.threshold, tree.gain, tree.cover) if asks else (tree.value / spec.structure.learning_rate, tree.cover)
        )
        np.testing.assert_allclose(shown, [values[node] for values in held], rtol=6e-3, atol=6e-4)


def test_a_search_is_opened_and_closed_from_the_same_node_by_keyboard(page: Page, server: Server) -> None:
    opened(
        page, server, "n_trees=40&engine=xgboost&dataset=blobs"
    )  # the last trees have another color scale than the first
    root = live(page).get_by_role("treeitem").first
    search = live(page).get_by_role("region", name="Search for the split")
    root.focus()
    page.keyboard.press("Enter")
    expect(search).to_be_visible()
    expect(live(page).get_by_text("Trees 91 to 120 of 120")).to_be_visible()
    expect(root).to_be_focused()
    page.keyboard.press("Enter")
    expect(search).to_be_hidden()
    page.keyboard.press("Enter")
    expect(search).to_be_visible()
    button(page, "Back to the curves").press("Enter")
    expect(search).to_be_hidden()
    expect(root).to_be_focused()
    button(page, "Tree 91, for class 0").click()
    expect(live(page).get_by_text("Inside tree 91, for class 0")).to_be_visible()
    root.press("Enter")
    expect(search).to_be_visible()
    button(page, "Tree 92, for class 1").hover()
    expect(search).to_be_hidden()
    page.mouse.move(5, 5)
    expect(search).to_be_visible()  # a look at another tree in between does not end it
    button(page, "Earlier trees").press("Enter")
    expect(search).to_be_hidden()


def test_a_diagram_takes_the_room_there_is_and_begins_at_its_root(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    opened(page, server, "n_trees=12&depth=8&engine=xgboost&speed=max")
    scroller = live(page).locator(".tree-scroller")
    button(page, "Tree 12").click()
    page.keyboard.press("Escape")
    room = scroller.evaluate("(node) => node.clientHeight")
    scroller.evaluate("(node) => node.scrollTo(500, 0)")
    button(page, "Tree 1").hover()
    expect(live(page).get_by_text("Inside tree 1", exact=True)).to_be_visible()
    expect(live(page).get_by_role("treeitem").first).to_be_in_viewport(ratio=1)
    assert scroller.evaluate("(node) => node.scrollLeft") == 0
    timeline = live(page).get_by_role("slider", name="Timeline")
    timeline.focus()
    page.keyboard.press("Home")
    expect(live(page)).to_have_attribute("data-epoch", "0")
    page.set_viewport_size({"width": 1365, "height": 768})  # laid out while there is no tree
    page.keyboard.press("End")
    expect(live(page)).to_have_attribute("data-epoch", "12")
    assert scroller.evaluate("(node) => node.clientHeight") == room


def test_nodes_with_long_names_leave_each_other_room(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    opened(page, server, "n_trees=3")
    rows = "".join(f"{i},{i * 37 % 101},{'rich' if i % 50 > 25 else 'poor'}\n" for i in range(200))
    text = f"average household income,people on a square kilometer,kind\n{rows}"
    table_box(page).set_input_files({"name": "own.csv", "mimeType": "text/csv", "buffer": text.encode()})
    with _other_data(page):
        page.get_by_role("button", name="Use this table").click()
    nodes = live(page).get_by_role("treeitem")
    expect(nodes.first).to_have_attribute("aria-label", re.compile("^average household income < "))
    cut = "(node) => node.scrollWidth > node.clientWidth"
    assert nodes.first.locator("span").first.evaluate(cut)
    assert not nodes.first.locator("span").last.evaluate(cut), "the threshold is whole"
    boxes = [(box["x"], box["x"] + box["width"], box["y"]) for node in nodes.all() if (box := node.bounding_box())]
    columns = sorted({x for x, _, _ in boxes})
    for x, end, _ in boxes:
        assert all(end < column for column in columns if column > x)


def test_another_choice_shows_its_finished_trees_at_once(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=10")
    loss = live(page).get_attribute("data-train-loss")
    page.get_by_text("Newton update").click()
    expect(live(page)).not_to_have_attribute("data-train-loss", loss or "")
    expect(live(page)).to_have_attribute("data-epoch", "10")
    expect(live(page)).to_have_attribute("data-status", "finished")


@contextmanager
def _other_data(page: Page) -> Iterator[None]:
    """What is done inside must change the link; then the losses of the data that it names must be shown."""
    before = page.url
    yield
    page.wait_for_url(lambda url: url != before)
    spec, problems = TreesSpec.from_query(dict(parse_qsl(urlsplit(page.url).query)))
    learner = TreesLearner()
    history = learner.advance(spec, learner.init(spec), spec.structure.n_trees).history
    losses = [history.column(name)[-1] for name in ("train_loss", "test_loss")]

    def shown() -> list[float]:
        return [float(live(page).get_attribute(f"data-{name}-loss") or "nan") for name in ("train", "test")]

    until(page, lambda: shown() == pytest.approx(losses, rel=1e-6), f"the losses {losses}")
    expect(live(page)).to_have_attribute("data-status", "finished")
    assert not problems


def test_trees_are_grown_on_other_sets_on_own_points_and_on_an_own_table(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=5")
    unfold(page, "More data sets")
    for tile in ("stripes", "moons", "own points"):
        with _other_data(page):
            page.get_by_role("radio", name=tile, exact=True).click()
    live(page).get_by_role("checkbox", name="Edit points").check()
    live(page).get_by_role("combobox", name="Class of new points").select_option("class 2")
    with _other_data(page):
        live(page).locator(".map-field").click(position={"x": 30, "y": 30})
    expect(live(page).locator(".class-list")).to_contain_text("class 2")
    rows = "".join(f"{i % 7},{i % 5},{'tall' if i % 7 > 3 else 'short'}\n" for i in range(40))
    table = {"name": "own.csv", "mimeType": "text/csv", "buffer": f"height,width,kind\n{rows}".encode()}
    table_box(page).set_input_files(table)
    with _other_data(page):
        page.get_by_role("button", name="Use this table").click()
    expect(live(page).locator(".class-list")).to_contain_text("tall")
    expect(page.get_by_role("button", name="Use this table")).to_be_hidden()  # its box makes way for the picture


def test_a_point_on_the_map_tells_how_it_got_its_score(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=8&engine=xgboost")
    score = live(page).get_by_role("region", name="Score of this point")
    expect(live(page).get_by_text("What is the next tree fitted to?")).to_be_visible()
    live(page).locator(".map-field").focus()
    page.keyboard.press("ArrowRight")
    expect(score).to_contain_text("0 without trees")
    expect(score.get_by_role("row", name="expected")).to_be_visible()
    expect(live(page).locator(".tree-node.on-path").first).to_be_visible()
    parts = [row.locator("td").last.inner_text() for row in score.locator("tbody tr").all()]
    *added, total = (float(part.replace("−", "-")) for part in parts)  # a minus sign of a digit's width
    assert abs(sum(added) - total) < 0.005
    page.keyboard.press("Escape")
    expect(score).to_be_hidden()


def test_on_a_phone_a_point_tells_what_the_tree_adds(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, server, "n_trees=8")
    live(page).locator(".map-field").focus()
    page.keyboard.press("ArrowRight")
    title = live(page).locator(".score-title")
    expect(title).to_contain_text("Tree 8 adds")
    assert title.evaluate("(node) => node.scrollWidth - node.clientWidth") <= 0, "nothing of it is cut"
    story = live(page).locator(".tree-story")
    assert story.evaluate("(node) => node.scrollHeight - node.clientHeight") <= 0


def test_on_a_phone_the_gains_of_both_features_can_be_seen_beside_the_copy_of_the_map(
    page: Page, server: Server
) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, server, "n_trees=8")
    live(page).get_by_role("treeitem").first.click()
    page.get_by_test_id("stMain").evaluate("(node) => node.scrollTo(0, node.scrollHeight)")
    copy = live(page).locator(".map-echo")
    expect(copy).to_be_visible()

    def bottom() -> float:
        box = live(page).locator(".split-canvas").bounding_box()
        return box["y"] + box["height"] if box else 0.0

    until(page, lambda: 0 < bottom() <= (copy.bounding_box() or {"y": 0})["y"], "the chart above the copy")


@pytest.mark.parametrize(
    ("query", "wins"),
    [
        ("dataset=gb_xor", "added to the score; above 0 it speaks for class 1."),
        ("dataset=gb_xor&objective=squared_error", "added to the score; above 0.5 it speaks for class 1."),
        (
            "dataset=blobs",
            "A round adds a tree for each class: 0.1 times what the tree says is added to the score of its class; ",
        ),
        ("dataset=plane", "added to the score. Mean size"),
    ],
)
def test_what_a_score_means_is_said_before_anything_is_pointed_at(
    page: Page, server: Server, query: str, wins: str
) -> None:
    page.set_viewport_size({"width": 1280, "height": 720})
    opened(page, server, f"n_trees=3&{query}")
    story = live(page).locator(".story-text")
    expect(story).to_contain_text("To what is still wrong: each point's gradient, truth minus the ")
    expect(story).to_contain_text(wins)
    assert live(page).locator(".tree-story").evaluate("(node) => node.scrollHeight - node.clientHeight") <= 0


def test_importance_and_the_lowest_test_loss(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=30&dataset=gb_stripes")
    button(page, "Importance").click()
    shuffled = live(page).get_by_role("table", name="Importance of each feature").locator("tbody tr td:last-child")
    expect(shuffled.nth(1)).to_contain_text("+")
    x1, x2 = (float(text.replace("−", "-")) for text in shuffled.all_inner_texts())
    assert x2 > 10 * abs(x1), "stripes run across"
    table = live(page).get_by_role("table", name="Importance of each feature")
    expect(table).to_contain_text("All 30 trees")
    button(page, "All trees up to 5").hover()
    expect(table).to_contain_text("First 5 trees")
    page.mouse.move(1, 1)
    expect(table).to_contain_text("All 30 trees")
    page.evaluate(LISTEN)
    button(page, "Loss").click()
    expect(live(page).locator(".curve-canvas")).to_be_visible()
    spec, learner = TreesSpec.from_values({"n_trees": 30, "dataset": "gb_stripes"}), TreesLearner()
    losses = learner.advance(spec, learner.init(spec), 30).history.column("test_loss")
    said = f"lowest: {losses.min():.3f} at {losses.argmin()}"
    page.wait_for_function("said => window.written.some((text) => text.startsWith(said))", arg=said)


def test_nodes_of_turned_trees_show_their_part_of_the_map(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=4&rotate_trees=true&depth=2")
    button(page, "Tree 3").click()
    expect(live(page).locator(".tree-diagram-title")).to_contain_text("Inside tree 3")
    live(page).get_by_role("treeitem").first.focus()
    page.keyboard.press("ArrowRight")
    expect(live(page).locator(".tree-diagram-detail")).to_contain_text("Gain")
    points = live(page).locator(".map-region polygon").last.get_attribute("points") or ""
    corners = [float(part) for part in points.split()]
    assert len(corners) >= 6
    assert any(abs(value) < 5.9 for value in corners), "it is not the whole map"
    page.keyboard.press("Enter")
    search = live(page).get_by_role("region", name="Search for the split")
    expect(search).to_contain_text(re.compile(r"Chosen: turned x[12] <|It stayed a leaf"))


def test_words_of_the_bar_and_questions_are_about_trees(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=4")
    tips = live(page).locator(".transport [data-tip]").evaluate_all("nodes => nodes.map((node) => node.dataset.tip)")
    shown = [tip for tip in tips if "batch" not in tip and "Parameter updates" not in tip]  # hidden on this page
    assert not any("epoch" in tip.lower() or "network" in tip.lower() for tip in shown), shown
    page.goto(f"{server.address}/trees?preset=stripes")
    expect(live(page).get_by_text("test accuracy above 0.9 within 200 trees")).to_be_visible()
    button(page, "Play").click()
    button(page, "yes").click()
    expect(live(page).get_by_text("done at 14 trees")).to_be_visible(timeout=30_000)
    expect(live(page).get_by_text("You predicted: yes. Measured: yes. ✓ right")).to_be_visible()


def test_a_class_alone_and_a_constant_column_are_named(page: Page, server: Server) -> None:
    places = np.array([[0.0, k / 4] for k in range(-10, 10)])
    for classes, said in ((0, "All training points are class 0."), (1, "x1 is the same for all training points.")):
        points = pack_points(PointTable(places, classes * np.arange(20) % 2))
        opened(page, server, f"dataset=points&points={points}&n_trees=3")
        expect(live(page).get_by_text(said)).to_be_visible()


def test_early_stopping_ends_the_run_and_says_where(page: Page, server: Server) -> None:
    opened(page, server, "dataset=moons&noise=0.4&n_samples=100&learning_rate=1&n_trees=60")
    expect(live(page)).to_have_attribute("data-epoch", "60")
    unfold(page, "Stop by itself")
    patience = page.get_by_role("spinbutton", name="Early stopping")
    patience.fill("5")
    patience.press("Enter")  # shows the trees of this choice at once, as the link that holds it does
    said = re.compile(r"the test loss was lowest at tree \d+ and has not been lower for 5 trees\.", re.IGNORECASE)
    expect(live(page).locator(".remark")).to_contain_text(said)
    stopped = str(live(page).get_attribute("data-epoch"))
    assert int(stopped) < 60
    opened(page, server, urlsplit(page.url).query)
    expect(live(page)).to_have_attribute("data-epoch", stopped)


@pytest.mark.parametrize("query", ["engine=xgboost", "dataset=gb_stripes&depth=8&n_trees=200", "dataset=plane"])
def test_no_curve_runs_through_the_words_on_the_lowest_loss(page: Page, server: Server, query: str) -> None:
    opened(page, server, query)
    page.evaluate(LISTEN_TO_PLACES)
    for chart in ("Accuracy" if "plane" not in query else "R²", "Loss"):
        button(page, chart).click()
    page.wait_for_function("window.lowest")
    left, top, right, bottom = page.evaluate("lowest")
    curve = page.evaluate("corners")
    inside = [(x, y) for x, y in curve if left <= x <= right and top <= y <= bottom]
    assert len(curve) > 60
    assert not inside


def test_a_phone_shows_the_whole_remark(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    opened(page, server, "engine=xgboost")
    remark = live(page).locator(".remark p")
    expect(remark).to_contain_text("Try: more trees, or a larger learning rate.")
    assert remark.evaluate("(node) => node.scrollHeight - node.clientHeight") <= 0


def test_a_past_moment_is_not_said_to_be_finished(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=12")
    remark, timeline = live(page).locator(".remark"), live(page).get_by_role("slider", name="Timeline")
    expect(remark).to_contain_text("All 12 trees are built.")
    page.evaluate(LISTEN)
    timeline.press("ArrowLeft")
    expect(live(page)).to_have_attribute("data-epoch", "11")
    page.wait_for_function("written.some((text) => /^lowest so far: .* at 11 trees/.test(text))")  # the curve goes on
    expect(remark).not_to_contain_text("built")
    timeline.press("ArrowRight")
    expect(remark).to_contain_text("All 12 trees are built.")


def test_the_last_trees_are_in_sight_when_a_run_ends(page: Page, server: Server) -> None:
    opened(page, server, "n_trees=100&speed=max")
    with coming(live(page), "playing"):
        button(page, "Play").click()
    expect(live(page)).to_have_attribute("data-status", "finished")
    expect(live(page).get_by_text("Trees 91 to 100 of 100")).to_be_visible()
