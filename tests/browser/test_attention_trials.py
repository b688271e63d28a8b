"""What a person tries on a shown sequence, and what is said of it: heads off, cells of the mask, blanks, other models."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from playground.spec.probe import MAX_FLIPS
from tests.browser.conftest import script_run
from tests.browser.test_attention import button, in_link, live, opened, press, until
from tests.conftest import Server

# How many links of the tree leave another than the right end of a box; those of the first column leave the root.
LINKS_BEHIND_BOXES = """tree => {
  const ends = new Set([...tree.querySelectorAll("rect")].map(({ x, y, width, height }) =>
    `M${x.baseVal.value + width.baseVal.value} ${y.baseVal.value + height.baseVal.value / 2}`))
  const starts = [...tree.querySelectorAll("path")].map(path => path.getAttribute("d").split("C")[0])
  return starts.filter(start => start !== starts[0] && !ends.has(start)).length
}"""


def test_a_head_that_is_off_is_said_to_be_off_and_not_to_matter_nothing(page: Page, server: Server) -> None:
    opened(page, server, "heads_off=2.2&head=2.2")
    expect(page.locator(".head-readout")).to_contain_text("This head is off: it writes nothing.")
    expect(page.locator(".head.off .head-matters")).to_have_text("–")
    button(page, "Change it").click()
    expect(page.locator(".changes-verdict:visible")).not_to_contain_text(re.compile(r" 0% of the probability"))
    live(page).get_by_role("checkbox", name="Head on").check()
    expect(page.locator(".head-readout")).to_contain_text("Without this head, the loss here rises by 0.4")


def test_where_cells_cannot_be_changed_it_is_said_how_they_can(page: Page, server: Server) -> None:
    opened(page, server)
    button(page, "Change it").click()
    hint = page.locator(".changes-hint")
    expect(hint).to_contain_text("Press a cell")
    which = live(page).get_by_label("Which map")
    which.select_option("layer")
    expect(hint).to_contain_text("Choose “Map” and “This head”")
    which.select_option("head")
    expect(hint).to_contain_text("Press a cell")
    button(page, "Lines").click()
    expect(hint).to_contain_text("Choose “Map” and “This head”")


def test_another_model_is_shown_without_the_changes_of_the_one_before(page: Page, server: Server) -> None:
    opened(page, server, "length=12&heads=4&heads_off=2.4")
    expect(page.locator(".head.off")).to_have_count(1)
    button(page, "Change it").click()
    swap = live(page).get_by_label("Swap this token")
    swap.select_option("20")
    with script_run(page):
        page.get_by_role("slider", name="Length").press("Home")
    expect(page.locator(".sentence-tokens td")).to_have_count(6)
    expect(swap).to_have_value("0")
    expect(page.locator(".head.off")).to_have_count(0)
    until(page, lambda: in_link(page, "heads_off") == "", "no head in the link")


def test_blanks_are_an_input_of_a_text_and_not_called_an_empty_box(page: Page, server: Server) -> None:
    opened(page, server, "task=text&context=8&width=16&feed_forward=0&heads=1&layers=1")
    box, problem = live(page).get_by_label("Your own input"), page.locator(".probe-problem")
    box.fill("   ")
    expect(page.locator(".sentence-tokens td").last).to_have_text("␣")
    expect(problem).to_be_empty()
    box.fill("")
    expect(problem).to_have_text("The box is empty: this is a test sequence.")


def test_the_tree_of_a_beam_search_shows_whose_child_each_token_is(page: Page, server: Server) -> None:
    opened(page, server)
    button(page, "What comes next").click()
    expect(page.locator(".distribution-legend:visible")).to_contain_text("in percent")
    live(page).get_by_label("Beam search", exact=True).select_option("2")
    tree = page.locator(".beam svg")
    expect(tree.locator("rect")).to_have_count(4 * 6)
    assert tree.evaluate(LINKS_BEHIND_BOXES) == 0


@pytest.mark.parametrize("heads", [2, 4])
def test_four_layers_leave_the_buttons_below_in_the_window_and_name_each_pattern(
    page: Page, server: Server, heads: int
) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    opened(page, server, f"layers=4&heads={heads}")
    expect(page.locator(".head-legend")).to_contain_text("Beside each map: its pattern")
    expect(page.locator(".head .head-name:visible")).to_have_count(4 * heads)
    expect(page.locator(".head-matters > span:last-child:visible")).to_have_count(4 * heads)
    expect(page.locator(".sentence-right")).to_be_in_viewport(ratio=1)
    expect(button(page, "Change it")).to_be_in_viewport(ratio=1)
    grid = page.locator(".head-grid")
    assert grid.evaluate("grid => grid.scrollWidth <= grid.clientWidth")


@pytest.mark.parametrize("layers", [2, 4])
def test_eight_heads_have_signs_that_the_keys_tell_in_full(page: Page, server: Server, layers: int) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    opened(page, server, f"layers={layers}&heads=8&width=64&speed=max")
    expect(page.locator(".head-legend")).to_contain_text("its pattern in short")
    press(page, "Play")
    sign = page.locator(".head", has=page.locator(".head-name", has_text=re.compile("^(prev|1st|self|same|ind|pos)$")))
    expect(sign.first).to_be_visible()
    press(page, "Pause")
    expect(button(page, "What comes next")).to_be_in_viewport(ratio=1)
    page.mouse.move(0, 0)  # it rests on the button, which changes under it and would tell what it does
    page.locator(".head").first.focus()
    for key in ("ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    expect(page.locator(".tooltip")).to_have_text(
        re.compile(r"^Layer 2, head 2, .+, entropy \d+%, loss without it [+−][\d.e−]+$")
    )
    shown = page.locator(".head-matters > span:last-child:visible")
    expect(shown).to_have_count(16 if layers == 2 else 0)  # else as bars


def test_lines_take_the_width_of_their_panel(page: Page, server: Server) -> None:
    opened(page, server)
    button(page, "Lines").click()
    lines, panel = page.locator(".line-canvas").bounding_box(), page.locator(".map-panel").bounding_box()
    assert lines and panel
    assert lines["width"] > 0.9 * panel["width"]


def test_a_cell_that_may_not_be_hidden_is_said_to_stay_open_and_is_no_wish(page: Page, server: Server) -> None:
    opened(page, server)
    button(page, "Change it").click()
    cells, hint = page.locator(".head-field:visible"), page.locator(".changes-hint")
    cells.focus()
    for key in ("ArrowDown", "Enter"):  # the only token that the first one sees
        cells.press(key)
    expect(hint).to_contain_text("the last cell of a row stays open")
    expect(button(page, "Undo all changes")).to_be_disabled()
    for key in ("ArrowDown", "Enter"):
        cells.press(key)
    expect(hint).to_contain_text("1 cell changed")
    until(page, lambda: in_link(page, "mask_flips").endswith(".2.1"), "the second cell alone in the link")


@pytest.mark.parametrize(("name", "text"), [("mask_flips", "1.1.50.50"), ("swap", "2.99"), ("place", "77")])
def test_a_link_that_tries_places_beyond_the_sequence_is_told(page: Page, server: Server, name: str, text: str) -> None:
    opened(page, server, f"{name}={text}")
    problem = page.locator(".probe-problem")
    expect(problem).to_contain_text("beyond place 12 are left out")
    live(page).get_by_label("Your own input").fill("ABCABC")
    expect(problem).to_be_empty()
    until(page, lambda: in_link(page, "own_input") == "ABCABC", "the input in the link")
    assert not in_link(page, name)


def test_one_cell_more_than_the_link_holds_is_refused_with_the_limit(page: Page, server: Server) -> None:
    full = ",".join(f"1.1.{1 + k // 8}.{1 + k % 8}" for k in range(72) if k // 8 != k % 8)[: 8 * MAX_FLIPS - 1]
    opened(page, server, f"head=1.1&mask_flips={full}")
    button(page, "Change it").click()
    cells, hint = page.locator(".head-field:visible"), page.locator(".changes-hint")
    expect(hint).to_contain_text(f"{MAX_FLIPS} cells changed")
    cells.focus()
    for key in (*12 * ("ArrowDown",), "Enter"):
        cells.press(key)
    expect(hint).to_contain_text(f"No more than {MAX_FLIPS} cells can be changed")
    for key in (*12 * ("ArrowUp",), "ArrowRight", "Enter"):
        cells.press(key)
    expect(hint).to_contain_text(f"{MAX_FLIPS - 1} cells changed")


def test_the_score_has_the_name_that_questions_and_remarks_give_it(page: Page, server: Server) -> None:
    for query, score in (("", "with every token right"), ("task=text&context=8&layers=1", "that are said right")):
        opened(page, server, query)
        numbers = page.get_by_role("region", name="Key numbers")
        expect(numbers).to_contain_text("Test accuracy")
        expect(numbers.locator(f"[data-tip*='{score}']")).to_be_visible()  # what is right is said on pointing at it


def test_on_the_narrowest_screen_the_scale_of_the_colors_is_not_cut(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 320, "height": 700})
    opened(page, server)
    scale = page.locator(".head-scale")
    until(page, lambda: (box := scale.bounding_box()) is not None and box["x"] + box["width"] <= 320, "the scale")


def test_each_of_three_quick_presses_writes_a_token(page: Page, server: Server) -> None:
    opened(page, server)
    button(page, "What comes next").click()
    expect(page.locator(".written .given")).to_have_count(7)
    button(page, "Write one token").evaluate("one => { one.click(); one.click(); one.click() }")
    expect(page.locator(".written .own")).to_have_count(3)
    button(page, "Reset").click()
    expect(page.locator(".written .own")).to_have_count(0)  # what another model wrote


def test_a_tip_waits_for_the_pointer_and_not_for_a_page_that_moves_under_it(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1366, "height": 768})
    opened(page, server)
    live(page).get_by_label("Your own input").fill("cabcab")
    button(page, "Change it").click()  # which brings other things under the pointer
    until(page, lambda: in_link(page, "own_input") == "cabcab", "the input in the link")  # longer than a tip waits
    expect(page.locator(".tooltip")).to_be_hidden()
    unlikely = page.locator(".distribution:visible li").first
    unlikely.hover(position={"x": 5, "y": 5})
    expect(page.locator(".tooltip")).to_have_text(re.compile(r"^With your changes \de−\d, as it is \de−\d$|\d\.\de−\d"))


def test_a_large_projector_shows_the_map_larger_and_the_timeline(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    opened(page, server)
    page.get_by_role("button", name="Projector").click()
    field, timeline = page.locator(".head-map"), live(page).get_by_role("slider", name="Timeline")
    until(page, lambda: (box := field.bounding_box()) is not None and 300 < box["width"] < 340, "the map")
    expect(timeline).to_be_in_viewport(ratio=1)
