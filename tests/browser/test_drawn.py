"""What is drawn and told on the Playground page is the network's own, checked by a replay and by torch."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import zxingcpp
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from playground.learners.learner import State
from playground.learners.registry import learner_of
from playground.live import work
from playground.live.address import lan_address
from playground.live.run import Run
from playground.spec import PlaygroundSpec
from playground.spec.look import Look
from playground.spec.points import PointTable, pack_points
from tests.browser.conftest import table_box, unfold
from tests.browser.test_playground import WILD, live, opened, pick, press, query_of, state, timeline, until, value
from tests.conftest import Server
from tests.golden.test_network_frame import Torch

# Notes each line that is drawn on a canvas: whose, its corners, dashes, width and color; and each text, with its canvas.
SPY = """
window.strokes = [];
window.texts = [];
const context = CanvasRenderingContext2D.prototype;
const { fillText } = context;
context.fillText = function (text, ...place) {
  window.texts.push(`${this.canvas.className}: ${text}`);
  return fillText.call(this, text, ...place);
};
const { beginPath, moveTo, lineTo, bezierCurveTo, stroke } = context;
context.beginPath = function () { this.corners = []; return beginPath.call(this); };
context.moveTo = function (x, y) { this.corners?.push([x, y]); return moveTo.call(this, x, y); };
context.lineTo = function (x, y) { this.corners?.push([x, y]); return lineTo.call(this, x, y); };
context.bezierCurveTo = function (...all) { this.corners?.push(all.slice(4)); return bezierCurveTo.apply(this, all); };
context.stroke = function () {
  window.strokes.push({ canvas: this.canvas.className, corners: this.corners ?? [], dash: this.getLineDash(), width: this.lineWidth, color: this.strokeStyle });
  return stroke.call(this);
};
"""
NO_TIP = """root => [...root.querySelectorAll("button, input, select, summary, [role=slider]")]
  .filter(node => !node.closest(".unit-field, .weight-card") && !node.closest("[data-tip]")?.dataset.tip)
  .map(node => node.getAttribute("aria-label") ?? node.textContent)"""


UNITS = """([canvas, units, shares]) => {
  const at = canvas.getBoundingClientRect(), pixels = canvas.getContext("2d");
  return units.map(unit => {
    const box = unit.getBoundingClientRect(), scale = canvas.width / at.width;
    return shares.map(([x, y]) => [...pixels.getImageData(
      (box.x - at.x + x * box.width) * scale, (box.y - at.y + y * box.height) * scale, 1, 1).data.slice(0, 3)]);
  });
}"""
"""Colors in the pictures of units, at shares of their width and height."""


def strokes(page: Page, canvas: str) -> list[dict[str, Any]]:
    return [line for line in page.evaluate("window.strokes") if line["canvas"] == canvas]


def steps(page: Page, n_epochs: int) -> None:
    for epoch in range(value(page, "epoch") + 1, n_epochs + 1):
        press(page, "Step")
        expect(live(page)).to_have_attribute("data-epoch", str(epoch))


def at_epoch(spec: PlaygroundSpec, epoch: int) -> State:
    run = Run(spec)
    first = work.start(run)
    return work.advance(run, first, epoch * first.steps_per_epoch, heed_stops=False)


def numbers_in(text: str) -> list[float]:
    """Every number of a text, a true minus sign included."""
    return [float(word) for word in re.findall(r"-?\d+(?:\.\d+)?(?:e-?\d+)?", text.replace("\u2212", "-"))]


def shown(value: float) -> Any:
    """As exactly as three significant digits tell it."""
    return pytest.approx(value, rel=6e-3, abs=6e-5)


def card(page: Page) -> Locator:
    return live(page).get_by_role("dialog", name="Weights")


def edit(page: Page, unit: str, number: str) -> None:
    """Set the bias of a unit by keyboard."""
    live(page).get_by_role("button", name=re.compile(f"^{unit},")).focus()
    before = state(page)["trainLoss"]
    page.keyboard.press("Enter")
    page.keyboard.type(number)
    page.keyboard.press("Enter")
    until(page, lambda: state(page)["trainLoss"] != before, "another loss")
    page.keyboard.press("Escape")


def gradients(spec: PlaygroundSpec, params: np.ndarray) -> tuple[np.ndarray, float]:
    """The gradient of the training loss and that loss, by torch."""
    twin = Torch(spec, params)
    n = twin.data.n_train
    outputs, y = twin.layers(twin.data.X)[-1][:n, 0], torch.tensor(twin.data.y[:n])
    loss = torch.nn.functional.binary_cross_entropy_with_logits(outputs, y)
    return twin.twin.flat(list(torch.autograd.grad(loss, twin.twin.tensors))), loss.item()


def test_each_units_picture_is_warm_where_the_unit_is_positive(page: Page, server: Server) -> None:
    opened(page, server)
    steps(page, 2)
    network = Torch(PlaygroundSpec(), at_epoch(PlaygroundSpec(), 2).arrays["params"])
    shares = [(x, y) for x in np.arange(0.1, 1, 0.2).tolist() for y in np.arange(0.1, 1, 0.2).tolist()]
    values = network.layers(np.array([[12 * x - 6, 6 - 12 * y] for x, y in shares]))
    canvas, units = (
        page.locator(".layer-pictures").element_handle(),
        page.locator(".unit:not(.feature)").element_handles(),
    )
    painted = np.array(page.evaluate(UNITS, [canvas, units, shares]))
    warm = (painted[..., 0] - painted[..., 2]).T
    layers = [layer.detach().numpy() for layer in values]
    given = np.concatenate([layer / np.abs(layer).max() for layer in layers], axis=1)
    assert warm.shape == given.shape == (25, 7)
    clear = np.abs(given) > 0.1  # one color scale for a layer: closer to 0 all is grey
    assert clear.mean() > 0.5
    assert (np.sign(warm) == np.sign(given))[clear].all()


def _links_show(lines: list[dict[str, Any]], weights: np.ndarray) -> None:
    """Each weight by dashes, color and width."""
    assert [bool(line["dash"]) for line in lines] == [weight < 0 for weight in weights]
    hues = [int(line["color"][1:3], 16) - int(line["color"][5:7], 16) for line in lines]  # red less blue
    strong = np.abs(weights) > 0.3  # the others are nearly grey
    assert strong.sum() >= 5
    assert (np.sign(hues) == np.sign(weights))[strong].all()
    widths = [line["width"] for line in lines]
    assert np.argsort(widths).tolist() == np.argsort(np.abs(weights)).tolist()


def test_links_biases_and_gradients_are_those_of_the_network(own_tab: Page, server: Server) -> None:
    own_tab.add_init_script(SPY)
    opened(own_tab, server)
    spec = PlaygroundSpec()
    steps(own_tab, 1)
    own_tab.evaluate("window.strokes = []")
    steps(own_tab, 2)
    params = at_epoch(spec, 2).arrays["params"].astype(float)
    slopes, _ = gradients(spec, params)
    parts = [params[0:8], params[12:20], params[22:24]]  # 2-4-2-1: weights of a layer, then its biases
    weights = np.concatenate(parts)
    lines = strokes(own_tab, "layer-links")[-len(weights) :]
    _links_show(lines, weights)
    told = [float(text) for text in live(own_tab).locator(".gradient-text").all_inner_texts()]
    assert told == [shown(float(np.linalg.norm(slopes[part]))) for part in np.split(np.arange(25), [12, 22])]

    (x0, y0), (x1, y1) = lines[-1]["corners"]
    canvas = own_tab.locator(".layer-links").bounding_box()
    assert canvas is not None
    place = canvas["x"] + x0 + 0.2 * (x1 - x0), canvas["y"] + y0 + 0.05 * (y1 - y0)
    own_tab.mouse.move(*place)
    expect(card(own_tab)).to_contain_text("weight hidden 2 unit 2 → output")
    assert numbers_in(card(own_tab).locator(".card-row").inner_text())[-2:] == [shown(params[23]), shown(slopes[23])]
    output = live(own_tab).get_by_role("button", name="Output", exact=True).bounding_box()
    assert output is not None
    own_tab.mouse.move(output["x"] - 7, output["y"] + output["height"] - 5)
    expect(card(own_tab)).to_contain_text("bias of output")
    assert numbers_in(card(own_tab).locator(".card-row").inner_text())[-2:] == [shown(params[24]), shown(slopes[24])]
    own_tab.mouse.click(*place)
    own_tab.keyboard.type("1.5")
    own_tab.keyboard.press("Enter")
    params[23] = 1.5
    loss = gradients(spec, params)[1]
    until(
        own_tab,
        lambda: float(state(own_tab)["trainLoss"]) == pytest.approx(loss, rel=1e-4),
        "the loss with that weight",
    )


# Name and tip of each control; a diagram's units and layers are named by what they are.
TIPS = """nodes => nodes.map(node => [node.getAttribute("aria-label") ?? node.innerText, node.closest("[data-tip]")?.dataset.tip ?? ""])
  .filter(([name]) => name !== "Dismiss" && !/hidden layer|^Feature|^Hidden|^Output/.test(name))"""


def test_stuck_units_say_why_and_every_control_says_what_it_does(page: Page, server: Server) -> None:
    opened(page, server, "activation=relu,tanh&dataset=points")
    live(page).get_by_role("checkbox", name="Edit points").check()
    edit(page, "Hidden 1, unit 2", "-50")
    edit(page, "Hidden 2, unit 1", "50")
    for unit, word, reason in (
        ("Hidden 1, unit 2, relu, dead", "Dead", "hardly any gradient reaches it"),
        ("Hidden 2, unit 1, tanh, saturated", "Saturated", "flat end of its activation"),
    ):
        node = live(page).get_by_role("button", name=unit)
        node.hover()
        expect(card(page)).to_contain_text(re.compile(f"{word}: .*{reason}"))
        assert node.evaluate("node => getComputedStyle(node, '::after').content") not in ("none", '""')
    assert live(page).get_by_role("button", name=re.compile("dead|saturated")).count() == 2
    assert live(page).evaluate(NO_TIP) == []
    live(page).get_by_role("button", name="Add a unit to hidden layer 1").hover()
    expect(live(page).get_by_role("tooltip")).to_contain_text("Start weights of the others stay")
    for folded in ("More about the data", "More about the network", "More about training", "Stop by itself"):
        unfold(page, folded)
    helped = page.get_by_test_id("stTooltipIcon").or_(page.get_by_test_id("stTooltipHoverTarget"))
    for kind in ("stSelectbox", "stSlider", "stNumberInput", "stCheckbox", "stButtonGroup", "stButton", "stPopover"):
        widgets = page.get_by_test_id("stSidebar").get_by_test_id(kind)
        expect(widgets).not_to_have_count(0)
        expect(widgets.filter(has=helped)).to_have_count(widgets.count())
    tiles = page.get_by_role("radiogroup", name="Data set").get_by_role("radio")
    assert all("Watch" in (tile.get_attribute("title") or "") for tile in tiles.all()[:-1])
    told = live(page).locator("button:visible, label:visible, select:visible").evaluate_all(TIPS)
    assert [name for name, tip in told if "watch" not in tip.lower()] == []


def test_the_log_scale_is_logarithmic_and_scores_are_those_of_the_test_points(own_tab: Page, server: Server) -> None:
    own_tab.add_init_script(SPY)
    query = {"dataset": "gauss", "learning_rate": "0.3"}
    opened(own_tab, server, "dataset=gauss&learning_rate=0.3")
    steps(own_tab, 6)
    spec = PlaygroundSpec.from_query(query)[0]
    head = at_epoch(spec, 6)
    frame = learner_of(spec).observe(spec, head, Look())
    losses = [head.history.column(name) for name in ("train_loss", "test_loss")]
    for log in (False, True):
        own_tab.evaluate("window.strokes = []")
        live(own_tab).get_by_role("checkbox", name="Log scale").set_checked(log)
        live(own_tab).get_by_role("checkbox", name="Log epochs").click()
        until(own_tab, lambda: len(curves(own_tab)) >= 2, "both curves")
        heights = [np.array(line["corners"])[:, 1] for line in curves(own_tab)[-2:]]
        x, y = np.concatenate(losses), np.concatenate(heights)
        x = np.log(x) if log else x
        assert np.abs(np.polyval(np.polyfit(x, y, 1), x) - y).max() < 0.5
        assert np.polyfit(x, y, 1)[0] < 0
    assert {"map-axes: x1", "map-axes: x2", "curve-canvas: Loss", "curve-canvas: epoch"} <= set(
        own_tab.evaluate("window.texts")
    )
    cells = [numbers_in(cell)[0] for cell in live(own_tab).locator(".confusion td:not(.corner)").all_inner_texts()]
    assert cells == [n for row in frame["confusion"] for n in row]
    opened(own_tab, server, "dataset=plane&learning_rate=0.01")
    steps(own_tab, 2)
    spec = PlaygroundSpec.from_query({"dataset": "plane", "learning_rate": "0.01"})[0]
    r2 = learner_of(spec).observe(spec, at_epoch(spec, 2), Look())["test_r2"]
    figure = live(own_tab).locator(".figure", has_text="Test R²")
    assert numbers_in(figure.locator(".figure-value").inner_text()) == [shown(r2)]
    expect(live(own_tab).locator(".confusion")).to_be_hidden()


def curves(page: Page) -> list[dict[str, Any]]:
    """The drawn lines with a corner for each of 7 records: training, test."""
    return [line for line in strokes(page, "curve-canvas") if len(line["corners"]) == 7 and line["width"] == 2]


def ghosts(page: Page) -> list[dict[str, Any]]:
    """The thin dashed line with a corner for each of 3 records: the test points of the run before, stopped at epoch 2."""
    thin = [line for line in strokes(page, "curve-canvas") if line["dash"] and line["width"] < 2]
    return [line for line in thin if len(line["corners"]) == 3]


def test_a_loss_of_another_kind_is_not_drawn_on_this_ones_scale(own_tab: Page, server: Server) -> None:
    own_tab.add_init_script(SPY)
    opened(own_tab, server)
    steps(own_tab, 2)
    pick(own_tab, "Loss", "hinge")
    expect(live(own_tab)).to_have_attribute("data-epoch", "0")
    own_tab.evaluate("window.strokes = []")
    live(own_tab).get_by_role("button", name="Accuracy", exact=True).click()
    until(own_tab, lambda: bool(ghosts(own_tab)), "the shares of the run before, which stand on the same scale")
    own_tab.evaluate("window.texts = []")
    live(own_tab).get_by_role("button", name="Loss", exact=True).click()
    until(own_tab, lambda: "curve-canvas: Loss" in own_tab.evaluate("window.texts"), "the chart of losses")
    own_tab.evaluate("window.strokes = []")  # what is drawn from now on is that chart
    live(own_tab).get_by_role("checkbox", name="Log scale").check()
    until(own_tab, lambda: bool(strokes(own_tab, "curve-canvas")), "the same, with other heights")
    assert not ghosts(own_tab)
    own_tab.evaluate("window.strokes = []")
    pick(own_tab, "Loss", "cross entropy")
    until(own_tab, lambda: bool(ghosts(own_tab)), "the losses of the run before beside their own kind")


def scanned(page: Page) -> str:
    """What a reader that knows nothing of the app reads from the picture of the QR code."""
    code = page.get_by_role("dialog").get_by_test_id("stImage").locator("img")
    expect(code).to_be_visible()
    read = zxingcpp.read_barcode(Image.open(io.BytesIO(code.screenshot())))
    return read.text if read else ""


def share_points(page: Page, server: Server, n_points: int, sizes: str = "4,2") -> str:
    """Open own points and Share; returns the points as they stand in a link."""
    places = np.random.default_rng(0).uniform(-6, 6, (n_points, 2))
    text = pack_points(PointTable(places, np.arange(n_points) % 6))
    opened(page, server, f"dataset=points&points={text}&hidden_sizes={sizes}")
    page.get_by_role("button", name="Share").click()
    return text


def test_a_link_takes_200_points_and_6_kb_of_weights(page: Page, server: Server) -> None:
    link = page.get_by_test_id("stCode").first
    text = share_points(page, server, 200)
    expect(link).to_contain_text(text)
    assert scanned(page) == link.inner_text()
    matrix = live(page).get_by_role("group", name="Confusion matrix")  # scrolled: it would push the curves away
    expect(matrix.get_by_role("row")).to_have_count(1 + 6)
    assert matrix.evaluate("node => node.clientHeight < node.scrollHeight")
    share_points(page, server, 201)
    expect(page.get_by_text("A link holds at most 200 own points")).to_be_visible()
    expect(link).not_to_contain_text("points")
    with_weights = page.get_by_role("button", name="With the weights as they are now")
    expect(with_weights).to_be_disabled()  # they fit no other data
    share_points(page, server, 8)
    with_weights.click()
    expect(link).to_contain_text("weights=")
    begun = state(page)["trainLoss"]
    opened(page, server, link.inner_text().partition("?")[2])
    assert state(page)["trainLoss"] == begun
    page.get_by_role("radio", name="moons", exact=True).click()
    page.wait_for_url(re.compile("dataset=moons"))
    page.get_by_role("button", name="Share").click()
    expect(link).to_contain_text("dataset=moons")
    expect(link).not_to_contain_text("points=")  # of a set that is not in use
    share_points(page, server, 8, ",".join(["16"] * 8))
    with_weights.click()
    expect(page.get_by_text("These weights are over 6 kB")).to_be_visible()
    expect(link).not_to_contain_text("weights=")


def test_a_link_names_this_machine(page: Page, server: Server) -> None:
    opened(page, server, "noise=0.2")
    page.get_by_role("button", name="Share").click()
    link = page.get_by_test_id("stCode").first
    host = lan_address() or "127.0.0.1"
    address = f"http://{host}:{server.host.rpartition(':')[2]}/playground?noise=0.2"
    expect(link).to_have_text(address)
    assert scanned(page) == address


def test_divergence_leaves_the_past_a_prediction_survives_a_reload_and_a_huge_file_is_refused(
    page: Page, server: Server, tmp_path: Path
) -> None:
    opened(page, server, WILD)
    first = state(page)["trainLoss"]
    press(page, "Play")
    expect(live(page)).to_have_attribute("data-status", "failed")
    last = state(page)["trainLoss"]
    timeline(page).focus()
    page.keyboard.press("Home")
    until(page, lambda: state(page)["trainLoss"] == first, "the start")
    page.keyboard.press("End")
    until(page, lambda: state(page)["trainLoss"] == last, "the last finite state")

    opened(page, server, "preset=straight&speed=max&dataset=circle&activation=linear")
    goal = live(page).get_by_role("complementary", name="Question")
    goal.get_by_role("button", name="no", exact=True).click()
    expect(goal).to_contain_text("You predicted: no.")
    page.reload()
    expect(goal).to_contain_text("You predicted: no.")
    press(page, "Play")
    expect(goal).to_contain_text("You predicted: no. Measured: no. ✓ right")
    page.reload()
    expect(goal).to_contain_text("You predicted: no. Measured: no. ✓ right")

    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(500_000_000)  # a hole: it takes no room on disk
    before = query_of(page)
    table_box(page).set_input_files(huge)
    expect(page.get_by_text("File must be 5.0MB or smaller")).to_be_visible()
    expect(live(page)).to_have_attribute("data-status", "playing")
    assert query_of(page) == before
