"""Real tables on the Compare page, in a real browser on the real server."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import SIZE, exported, table_box
from tests.browser.test_playground import until
from tests.conftest import Server

HEAD = "height;weight;city;stamp;kind"
ROWS = [
    f"{150 + k % 37},5;{'' if k % 5 == 0 else 40 + k % 23};city {k % 3};2026;{'cat' if k % 37 > 17 else 'dog'}"
    for k in range(120)
]
OWN = "\n".join([HEAD, *ROWS])


CUT = "(nodes) => nodes.filter((node) => node.scrollWidth > node.clientWidth).map((node) => node.innerText)"


def live(page: Page) -> Locator:
    return page.get_by_test_id("live")


def settled(page: Page) -> None:
    """All contenders stand at their last epoch and the script is done."""
    expect(live(page)).to_have_attribute("data-status", re.compile("finished|paused"), timeout=60_000)
    expect(live(page).locator(".contender-line").first).to_contain_text("Test loss", timeout=60_000)
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def opened(page: Page, server: Server, query: str) -> Page:
    short = "contenders=network~epochs~20,xgboost~n_trees~20,logistic"
    page.goto(f"{server.address}/compare?{short}&{query}")
    settled(page)
    return page


def test_gaps_maps_and_reasons_of_a_real_table(page: Page, server: Server) -> None:
    opened(page, server, "dataset=penguins")
    summary = live(page).locator(".map-note summary")
    expect(summary).to_contain_text("two principal components of 6 columns")
    expect(live(page).locator(".class-legend")).to_have_text("AdelieChinstrapGentoo")
    line = live(page).locator(".contender-line").nth(1)
    before = line.inner_text()
    page.get_by_role("slider", name="Knock out values").press("End")
    expect(page).to_have_url(re.compile("knocked_out=0.8"))
    expect(line).not_to_have_text(before)
    settled(page)
    summary.press("Enter")
    expect(live(page).locator(".map-note p")).to_contain_text("Component 1 is mostly")
    live(page).get_by_role("button", name="Where they differ most").click()
    expect(live(page).locator(".why-card").nth(1)).to_contain_text("trees add up")
    expect(live(page).locator(".why-row")).to_contain_text("The row: ")
    page.set_viewport_size({"width": 390, "height": 844})
    expect(live(page)).to_have_class(re.compile("narrow"))
    names = live(page).locator(".why-bars .why-name")
    expect(names.first).to_be_visible()
    assert names.evaluate_all(CUT) == [], "of columns and categories that begin alike one reads which"
    page.set_viewport_size(SIZE)
    live(page).get_by_role("button", name="Back to the scoreboard").click()
    live(page).get_by_role("button", name="Gaps", exact=True).click()
    live(page).get_by_role("button", name="Knock out more and more").click()
    expect(live(page).get_by_text(re.compile("[0-9]+ of 81 fits, about"))).to_be_visible()
    expect(live(page).locator(".grid-panel:visible .curve-canvas")).to_be_visible()  # while parts come in
    live(page).get_by_role("button", name="Cancel").click()
    expect(live(page).get_by_text("Stopped after")).to_be_visible()
    box, entry = page.get_by_role("combobox", name="Map shows"), page.get_by_role("option", name="Two columns")
    until(page, lambda: entry.is_visible() or bool(box.press("ArrowDown")), "the entry Two columns")
    entry.click()
    expect(summary).to_contain_text("two of 6 columns: bill length (mm) and bill depth (mm)")


def test_the_list_of_what_is_predicted_names_a_column_of_the_chosen_table(page: Page, server: Server) -> None:
    opened(page, server, "dataset=iris")
    predict = page.get_by_role("combobox", name="Predict")
    expect(predict).to_have_value("species")
    box, entry = page.get_by_role("combobox", name="Data set"), page.get_by_role("option", name="Titanic")
    until(page, lambda: entry.is_visible() or bool(box.press("ArrowDown")), "the entry Titanic")
    entry.click()
    expect(predict).to_have_value("fate")


def test_what_a_link_cannot_hold_of_a_table_is_said_as_long_as_it_is_in_use(page: Page, server: Server) -> None:
    opened(page, server, "dataset=iris")
    names = [f"x{k}" for k in range(12)]
    cells = [[f"{(j * 7919 + k * 104729) % 1000003 / 7:.6f}" for k in range(12)] for j in range(2000)]
    lines = [",".join([*row, "cat" if j % 3 else "dog"]) for j, row in enumerate(cells)]
    text = "\n".join([",".join([*names, "kind"]), *lines])
    table_box(page).set_input_files({"name": "long.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name="Use this table").click()
    expect(page).to_have_url(re.compile("dataset=table"))
    expect(page.get_by_test_id("stSidebar").get_by_text("got 2000: 625 drawn by chance are used")).to_be_visible()
    settled(page)
    assert "625 drawn by chance are used" in exported(page, "Report (Markdown)").decode()


def test_an_own_table_of_mixed_columns_survives_a_reload(page: Page, server: Server) -> None:
    opened(page, server, "dataset=iris")
    upload = table_box(page)
    for name, text, rule in (
        (
            "one_class.csv",
            "\n".join(["a;b;kind", *(f"{k};{k * k};cat" for k in range(20))]),
            "column kind must hold 2 to 20",
        ),
        ("numbers.csv", "name,price\n" + "x,1\n" * 4, "column price must hold 2 to 20 classes"),
    ):
        upload.set_input_files({"name": name, "mimeType": "text/csv", "buffer": text.encode()})
        expect(page.get_by_text(re.compile(f"This table cannot be used: .*({rule})"))).to_be_visible()
    upload.set_input_files({"name": "own.csv", "mimeType": "text/csv", "buffer": OWN.encode()})
    expect(
        page.get_by_text("Column stamp must hold different values; it holds only 2026 and is left out.")
    ).to_be_visible()
    page.get_by_role("button", name="Use this table").click()
    expect(page).to_have_url(re.compile("dataset=table"))
    summary = live(page).locator(".map-note summary")
    expect(summary).to_contain_text("of 3 columns (5 when each category has its own)")
    settled(page)
    scores = live(page).locator(".contender-line").all_inner_texts()
    page.reload()
    settled(page)
    expect(summary).to_contain_text("of 3 columns")
    expect(live(page).locator(".contender-line").first).to_have_text(scores[0])
    assert live(page).locator(".contender-line").all_inner_texts() == scores
