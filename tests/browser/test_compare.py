"""What a person does on the Compare page, in a real browser on the real server."""

from __future__ import annotations

import csv
import io
import re

from playwright.sync_api import Locator, Page, expect

from playground.spec import CompareSpec
from tests.browser.conftest import coming, exported
from tests.browser.test_playground import query_of, until
from tests.conftest import Server

MISSING = """async () => {
  const { Scoreboard } = await import("/live/assets/scoreboard.js")
  const board = new Scoreboard(), keys = ["auc", "seconds", "size"]
  const contenders = ["slow", "unfit"].map((title) => ({ title, choices: "" }))
  board.scene({
    contenders, palette: { contenders: ["red", "blue"] }, costs: [{ seconds: null }, { seconds: null }], cost_winners: {},
    columns: keys.map((key) => ({ key, title: key, tip: "", best: "low", form: "count" })),
  })
  const kept = ["9 weights", ""], problems = ["", "needs two classes"]
  board.frame({ scores: [{ auc: null, size: 9, test_loss: 1 }, {}], winners: {}, kept, problems })
  return [...board.body.querySelectorAll("td")].map((cell) => [cell.innerText, cell.dataset.tip])
}"""
"""In the page: texts and tips of a scoreboard that lacks figures."""
LABELS = """async () => {
  const { LineChart } = await import("/live/assets/linechart.js")
  const chart = new LineChart(), height = 110, own = chart.surface.context, draw = own.fillText.bind(own)
  chart.layout(340, height, 1, 1)
  const along = [], upright = []
  own.fillText = (text, x, y, most = Infinity) => {
    const { b, f } = own.getTransform(), half = Math.min(own.measureText(text).width, most) / 2
    if (b) upright.push(f / devicePixelRatio - half, f / devicePixelRatio + half)
    else if (own.textAlign === "right") along.push(text)
    draw(text, x, y, most)
  }
  const theme = { font: "sans-serif", muted: "#555", grid: "#ddd", line: "#555", background: "#fff", text: "#000" }
  const line = { letter: "A", color: "#000", dash: [], x: [0, 1], y: [0.56, 0.69] }
  chart.draw([line], { x: "share", y: "Test loss, mean ± sd", xs: [0, 1], ys: [0.55, 0.7] }, theme)
  return { along, upright, height }
}"""
"""In the page: numbers along the upright axis of a low chart, and where its name begins and ends."""
PICTURE = re.compile(r"data:image/png;base64,[^)]*")
CHARTS = {
    "ROC": "True positive rate against False positive rate",
    "Precision": "Precision against Recall",
    "Calibration": "Share that came true against Probability said",
}


def live(page: Page) -> Locator:
    return page.get_by_test_id("live")


def chart(page: Page, name: str) -> Locator:
    return live(page).get_by_role("img", name=name, exact=True)


def button(page: Page, name: str) -> Locator:
    return live(page).get_by_role("button", name=name, exact=True)


def cell(page: Page, row: int, column: int) -> Locator:
    return live(page).locator(".scoreboard tbody tr").nth(row).locator("td").nth(column)


def test_a_comparison_from_the_first_look_to_the_report(page: Page, server: Server) -> None:
    contenders = "network~epochs~30,xgboost~n_trees~20,tree"
    page.goto(f"{server.address}/compare?contenders={contenders}&n_samples=100&n_repeats=3&speed=max")
    expect(live(page)).to_have_attribute("data-status", "finished", timeout=60_000)
    expect(live(page)).to_have_attribute("data-epoch", "30")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    expect(live(page).locator(".contender")).to_have_count(3)
    live(page).get_by_text("Table of losses").click()
    expect(live(page).locator(".record-table tbody tr")).not_to_have_count(0)
    live(page).get_by_text("Table of losses").click()
    alone = cell(page, 0, 1).inner_text()
    expect(live(page).locator(".score-note")).to_contain_text("To beat: a guess by the shares of the classes alone has")
    _play_and_ask(page)
    _read_charts(page)
    _missing_figures_say_why(page)
    button(page, "Luck or skill").click()
    expect(live(page).get_by_text("3 seeds in")).to_be_visible()
    expect(cell(page, 0, 1)).to_contain_text("±")
    assert cell(page, 0, 1).inner_text() != alone
    expect(live(page).get_by_text("Means over 3 seeds")).to_be_visible()
    expect(chart(page, "Test loss, mean ± sd against epoch or tree: A, B, C, with bands")).to_be_visible()
    marks = live(page).locator(".scoreboard tbody .score-mark").all_inner_texts()
    assert "★" in marks and {*marks} <= {"★", "=", ""}
    button(page, "ROC").click()
    expect(chart(page, f"{CHARTS['ROC']}: A, B, C, with bands")).to_be_visible()
    expect(live(page).get_by_text("over 3 seeds of the true positive rate")).to_be_visible()
    mean = cell(page, 0, 1).inner_text()
    button(page, "Confusion").click()
    expect(live(page).locator(".confusion-small td.right").first).to_contain_text("±")
    page.wait_for_url(re.compile("show=confusion"))
    page.reload()  # neither the chart nor what a study has found is lost
    expect(live(page).locator(".confusion-small td.right").first).to_contain_text("±")
    expect(live(page).get_by_role("slider", name="Threshold")).to_have_value("1000")
    button(page, "Loss").click()
    expect(live(page).get_by_text("Means over 3 seeds")).to_be_visible()
    expect(cell(page, 0, 1)).to_have_text(mean, use_inner_text=True)
    _see_the_run_itself_again(page, mean)
    _take_a_setting_of_the_grid(page)
    _save_report(page)
    _enlarge(page)


def _see_the_run_itself_again(page: Page, mean: str) -> None:
    """Means of seeds stand where everybody is fitted; before that the scoreboard follows the maps."""
    button(page, "Rewind").click()
    expect(live(page).get_by_text("These data at epoch 0:")).to_be_visible()
    expect(cell(page, 0, 1)).not_to_contain_text("±")
    with coming(live(page), "finished"):
        button(page, "Play").click()
    expect(cell(page, 0, 1)).to_have_text(mean, use_inner_text=True)


def _play_and_ask(page: Page) -> None:
    """Play goes through all epochs again; a place is asked about by pointer, by keyboard and by the button."""
    with coming(live(page), "playing"):
        button(page, "Play").click()
    expect(live(page)).to_have_attribute("data-status", "finished")
    _go_along_the_timeline(page)
    first = live(page).locator(".map-field").first
    first.hover()
    expect(live(page).locator(".contender-line.answer")).to_have_count(3)
    first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(live(page).get_by_role("region", name="Why they differ here")).to_contain_text("hidden 1")
    button(page, "Where they differ most").click()
    why = live(page).get_by_role("region", name="Why they differ here")
    expect(why).to_contain_text("trees add up")
    expect(why).to_contain_text("Leaf with")
    button(page, "Back to the scoreboard").press("Enter")
    expect(live(page).locator(".scoreboard")).to_be_visible()
    expect(button(page, "Where they differ most")).to_be_focused()


def _missing_figures_say_why(page: Page) -> None:
    (auc, seconds, size), unfit = (cells := page.evaluate(MISSING))[:3], cells[3:]
    assert auc == ["–", "Not defined here: the test data lack a class."]
    assert seconds[0] == "–" and seconds[1].startswith("Not timed: ")
    assert size[1] == "9 weights."
    assert unfit == [["–", "Not fitted: needs two classes."]] * 3


def _go_along_the_timeline(page: Page) -> None:
    """Figures follow it; those fitted at once stay."""
    newest, fitted = cell(page, 0, 1).inner_text(), cell(page, 2, 1).inner_text()
    live(page).get_by_role("slider", name="Timeline").focus()
    page.keyboard.press("Home")
    expect(live(page)).to_have_attribute("data-epoch", "0")
    expect(cell(page, 0, 1)).not_to_have_text(newest, use_inner_text=True)
    expect(cell(page, 2, 1)).to_have_text(f"★{fitted}")  # only the tree has learned anything by then
    page.keyboard.press("End")
    expect(live(page)).to_have_attribute("data-epoch", "30")
    expect(cell(page, 0, 1)).to_have_text(newest, use_inner_text=True)


def _enlarge(page: Page) -> None:
    size = "(node) => parseFloat(getComputedStyle(node).fontSize)"
    before = cell(page, 0, 1).evaluate(size)
    page.get_by_role("button", name="Projector").click()
    expect(live(page)).to_have_attribute("data-profile", "projector")
    assert cell(page, 0, 1).evaluate(size) > before
    expect(page).to_have_url(re.compile("profile=projector"))


def _read_charts(page: Page) -> None:
    for name, told in CHARTS.items():
        button(page, name).click()
        expect(button(page, name)).to_have_attribute("aria-pressed", "true")
        expect(chart(page, f"{told}: A, B, C")).to_be_visible()
    button(page, "Confusion").click()
    tables = live(page).locator(".confusion-small")
    expect(tables).to_have_count(3)
    expect(tables.last).to_be_in_viewport(ratio=1)  # side by side
    expect(live(page).get_by_role("slider", name="Timeline")).to_be_in_viewport(ratio=1)
    before = tables.first.inner_text()
    live(page).get_by_role("slider", name="Threshold for class 1").fill("1000")
    expect(tables.first).not_to_have_text(before, use_inner_text=True)
    button(page, "Loss").click()


def _take_a_setting_of_the_grid(page: Page) -> None:
    button(page, "Grid").click()
    live(page).get_by_role("combobox", name="Contender of the grid").select_option("1")
    picture = live(page).get_by_role("button", name="Depth 1, Trees 5: test loss")
    expect(live(page).get_by_text(re.compile("test points choose it. 16 maps in"))).to_be_visible()
    picture.click()
    expect(page).to_have_url(re.compile("n_trees~5"))
    expect(live(page)).to_have_attribute("data-status", "finished")
    button(page, "Loss").click()
    expect(page).not_to_have_url(re.compile("show="))  # the report's link says which chart is looked at


def _save_report(page: Page) -> None:
    """Data, settings, scores and pictures on one page; its link shows the same scores and pictures again."""
    text, scores = exported(page, "Report (Markdown)").decode(), exported(page, "Scores (CSV)").decode()
    assert text.startswith("# Comparison")
    assert "★ " in text.split("## Scores")[1]
    assert "| dataset | moons |" in text
    choices = text.split("| B XGBoost | ")[1].split(" |")[0].split(", ")
    assert {"Trees 5", "Depth 1", "Lambda 1"} <= {*choices}  # those that are as usual, too
    assert len(PICTURE.findall(text)) == 3
    link = re.search("Reproduce it: <([^>]+)>", text)[1]  # type: ignore[index]
    rows = list(csv.DictReader(io.StringIO(scores)))
    assert [row["link"] for row in rows] == [link] * 3
    page.goto(page.url.split("/compare")[0] + link[link.index("/compare") :])  # the test's server has no other address
    expect(live(page)).to_have_attribute("data-status", "finished", timeout=60_000)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    again = list(csv.DictReader(io.StringIO(exported(page, "Scores (CSV)").decode())))
    clock = {"seconds", "micros"}
    assert [{k: v for k, v in row.items() if k not in clock} for row in again] == [
        {k: v for k, v in row.items() if k not in clock} for row in rows
    ]
    assert PICTURE.findall(exported(page, "Report (Markdown)").decode()) == PICTURE.findall(text)


def test_a_low_chart_can_be_read(page: Page, server: Server) -> None:
    page.goto(server.address)
    drawn = page.evaluate(LABELS)
    assert len(drawn["along"]) > 1  # one number alone tells no scale
    begin, end = drawn["upright"]
    assert 0 <= begin < end <= drawn["height"]


def test_quick_changes_of_one_contender_all_count(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/compare?contenders=xgboost~n_trees~20,tree&n_samples=100")
    expect(live(page)).to_have_attribute("data-status", "finished", timeout=60_000)
    page.get_by_role("radio", name="XGBoost").or_(page.get_by_role("button", name="XGBoost")).first.click()
    depth, rate = (
        page.get_by_test_id("stSlider").filter(has_text=name).get_by_role("slider")
        for name in ("Depth", "Learning rate")
    )
    expect(rate).to_be_visible()

    def own() -> tuple[int, float]:
        choices = CompareSpec.from_query(query_of(page))[0].structure.models[0].own
        return int(choices["depth"]), float(choices["learning_rate"])

    levels, step = own()
    for slider in (depth, rate, depth):  # none waits for what the one before did
        slider.press("ArrowRight")
    until(page, lambda: own()[0] == levels + 2 and own()[1] > step, "all three changes in the link")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    assert own()[0] == levels + 2 and own()[1] > step


def test_repetitions_say_how_long_they_take_and_can_be_cancelled(page: Page, server: Server) -> None:
    page.goto(
        f"{server.address}/compare?contenders=network~epochs~400,forest&n_samples=500&n_repeats=30&speed=max&stop_epoch=1"
    )
    expect(live(page)).to_have_attribute("data-status", re.compile("finished|paused"), timeout=60_000)
    button(page, "Luck or skill").press("Enter")
    expect(live(page).get_by_role("progressbar", name="Repetitions done")).to_be_visible()
    expect(button(page, "Cancel")).to_be_focused()
    expect(live(page).get_by_text(re.compile(r"\d+ of 30 seeds, about \d+ s left"))).to_be_visible()
    button(page, "Cancel").press("Enter")
    expect(button(page, "Luck or skill")).to_be_focused()
    expect(live(page).get_by_text(re.compile(r"Stopped after \d+ of 30 seeds\."))).to_be_visible()
    expect(live(page).get_by_role("progressbar", name="Repetitions done")).to_be_hidden()


def test_a_grid_ordered_during_repetitions_waits_for_them(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/compare?contenders=network~epochs~400,tree&n_samples=500&n_repeats=30&show=grid")
    grid = live(page).locator(".grid-bar")
    expect(live(page)).to_have_attribute("data-status", re.compile("finished|paused"), timeout=60_000)
    grid.get_by_role("combobox", name="Contender of the grid").select_option("1")  # quickly fitted, but not ordered
    grid.get_by_role("button", name="Cancel").click()
    button(page, "Luck or skill").click()
    grid.get_by_role("button", name="Draw the grid").click()
    expect(grid.get_by_text("Begins when “Luck or skill” is done.")).to_be_visible()
    luck = live(page).locator(".study-bar")
    expect(luck.get_by_text(re.compile(r"of 30 seeds, about \d+ s left"))).to_be_visible()
    luck.get_by_role("button", name="Cancel").click()
    expect(grid.get_by_text("Test loss under each map")).to_be_visible()


def test_of_three_classes_each_can_be_the_one_that_counts(page: Page, server: Server) -> None:
    page.goto(f"{server.address}/compare?dataset=iris&contenders=logistic,tree&show=roc")
    expect(chart(page, f"{CHARTS['ROC']}: A, B")).to_be_visible()
    live(page).get_by_role("combobox", name="Class that counts as yes").select_option("setosa")
    page.wait_for_url(re.compile("chart_class=0"))
    assert "mean over classes" in str(live(page).locator(".scoreboard th", has_text="AUC").get_attribute("data-tip"))
