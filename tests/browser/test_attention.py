"""What a person does on the Attention page: train, look inside, change something, let it write, share it."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import exported
from tests.browser.test_playground import live, press, until, value
from tests.conftest import Server

# Each small map as a text: equal pictures give equal texts.
MAPS = "maps => maps.map(map => map.toDataURL())"


def opened(page: Page, server: Server, query: str = "") -> None:
    page.goto(f"{server.address}/attention?{query}")
    expect(page.locator(".sentence-tokens td").first).not_to_be_empty()


def maps(page: Page) -> list[str]:
    return list(page.locator(".head-canvas").evaluate_all(MAPS))


def all_differ(page: Page, before: list[str]) -> bool:
    return all(one != other for one, other in zip(maps(page), before, strict=True))


def trained(page: Page, server: Server, query: str = "") -> None:
    """The default task from nothing, at speed, until heads have begun to look at something."""
    opened(page, server, f"speed=max&seed=1&{query}")
    before = maps(page)
    press(page, "Play")
    until(page, lambda: all_differ(page, before), "every head's map to change")
    until(page, lambda: value(page, "epoch") >= 8, "epoch 8")
    expect(live(page)).to_have_attribute("data-status", "playing")  # they changed before it was paused
    press(page, "Pause")
    page.locator(".head").first.focus()


def button(page: Page, name: str) -> Locator:
    return live(page).get_by_role("button", name=name, exact=True)


def in_link(page: Page, name: str) -> str:
    return parse_qs(urlsplit(page.url).query).get(name, [""])[0]


def test_training_changes_all_maps_and_marks_when_heads_begin_to_look(page: Page, server: Server) -> None:
    opened(page, server)
    expect(live(page)).to_have_attribute("data-epoch", "20")
    expect(live(page).get_by_text("It has learned to reverse.")).to_be_visible()
    expect(page.locator(".map-title")).to_have_text(
        re.compile("^Layer 2, head 2: position only")
    )  # the one that matters most
    answers = page.locator(".sentence-targets td").all_inner_texts()
    assert len(set(answers[6:])) > 1
    assert page.locator(".sentence-said td").all_inner_texts() == answers
    assert page.locator(".sentence-right td").all_inner_texts() == [""] * 6 + ["100%"] * 6
    _point_at_the_last_cell(page)
    page.locator(".moment", has_text="L2 H2 · epoch 3").click()
    expect(live(page)).to_have_attribute("data-epoch", "3")  # the way there comes with the example, by replay
    press(page, "Step")
    expect(live(page)).to_have_attribute("data-epoch", "4")
    trained(page, server)
    expect(page.locator(".moment").first).to_have_text(re.compile(r"L\d H\d · epoch \d"))
    assert page.locator(".timeline-mark").count() == page.locator(".moment").count()
    _branch_from_the_beginning(page)
    button(page, "Entropy").click()
    _draw_lines_of_one_head(page)
    _share_what_is_looked_at(page)


def _branch_from_the_beginning(page: Page) -> None:
    timeline = live(page).get_by_role("slider", name="Timeline")
    timeline.press("Home")
    button(page, "Branch from here").click()
    expect(timeline).to_have_attribute("aria-valuemax", "0")
    press(page, "Step")
    expect(timeline).to_have_attribute("aria-valuemax", "1")
    expect(live(page)).to_have_attribute("data-step", "10")


def _point_at_the_last_cell(page: Page) -> None:
    box = page.locator(".head-map").bounding_box()
    assert box
    page.locator(".head-map").hover(position={"x": box["width"] - 5, "y": box["width"] - 5})
    expect(page.locator(".head-readout")).to_have_text(re.compile(r"^(\w \(12\)) looks at \1 with 0\.\d{3}\.$"))


def _draw_lines_of_one_head(page: Page) -> None:
    button(page, "Lines").click()
    chips = page.locator(".line-chip")
    chips.nth(1).dblclick()
    expect(chips.nth(0)).to_have_attribute("aria-pressed", "false")
    expect(chips.nth(1)).to_have_attribute("aria-pressed", "true")
    chips.nth(1).press("Shift+Enter")
    expect(chips.nth(0)).to_have_attribute("aria-pressed", "true")
    expect(page.locator(".head-readout")).to_have_text(re.compile("^Point at a token on the left"))  # lines are drawn
    lines = page.locator(".head-field:visible")
    lines.focus()
    lines.press("ArrowDown")
    expect(page.locator(".head-readout")).to_have_text(re.compile(r"^\w \(1\) looks most at \w \(1\) 1\.000"))


def _share_what_is_looked_at(page: Page) -> None:
    """Head, map and place are in the link and come back with a reload."""
    live(page).get_by_label("Which map").select_option("rollout")
    expect(page.locator(".map-title")).to_have_text("Rollout, layers 1 to 1")
    button(page, "Map").click()
    page.locator(".head").nth(2).focus()
    expect(page.locator(".map-title")).to_have_text("Rollout, layers 1 to 2")
    page.locator(".sentence-tokens td").nth(8).click()
    until(page, lambda: in_link(page, "place") == "9", "the place in the link")
    assert (in_link(page, "head"), in_link(page, "joined")) == ("2.1", "rollout")
    page.reload()
    expect(page.locator(".map-title")).to_have_text("Rollout, layers 1 to 2")
    expect(page.locator(".head[aria-pressed=true]")).to_have_attribute("aria-label", re.compile("^Layer 2, head 1"))
    button(page, "Change it").click()
    expect(live(page).get_by_label("Place", exact=True)).to_have_value("8")


def test_changes_by_hand_stand_beside_the_original_and_go_into_the_link(page: Page, server: Server) -> None:
    trained(page, server)
    button(page, "Change it").click()
    verdict = page.locator(".changes-verdict:visible")
    for part in (page.locator(".head-field:visible"), verdict):  # the map stands beside what its changes do
        expect(part).to_be_in_viewport()
    _flip_a_cell(page)
    expect(page.locator(".changes-hint")).to_contain_text("1 cell changed")
    expect(page.locator(".head-readout")).to_contain_text("cannot see")
    expect(live(page).get_by_label("Place", exact=True)).to_have_value("1")  # where the changed row is
    button(page, "Undo all changes").click()
    expect(verdict).to_contain_text("Change something")
    _swap_two_tokens(page)
    button(page, "Undo all changes").click()
    live(page).get_by_role("checkbox", name="Head on").uncheck()
    expect(verdict).to_contain_text("of the probability has moved")
    until(page, lambda: re.fullmatch(r"\d\.\d", in_link(page, "heads_off")), "the head in the link")
    _type_what_is_cut_or_refused(page)
    _carry_all_changes_in_the_link(page)


def test_a_chosen_head_stays_and_a_finger_reads_what_it_taps(page: Page, server: Server) -> None:
    opened(page, server)
    heads, title = page.locator(".head"), page.locator(".map-title")
    heads.first.click()
    heads.nth(1).hover()  # on the way to the switch
    expect(title).to_have_text(re.compile("^Layer 1, head 2"))
    live(page).get_by_role("checkbox", name="Head on").uncheck()
    expect(title).to_have_text(re.compile("^Layer 1, head 1"))
    until(page, lambda: in_link(page, "heads_off") == "1.1", "the head in the link")
    readout, field = page.locator(".head-readout"), page.locator(".head-field:visible")
    box = field.bounding_box()
    assert box
    at = {"pointerType": "touch", "clientX": box["x"] + 0.9 * box["width"], "clientY": box["y"] + 0.9 * box["height"]}
    for event in ("pointerdown", "pointerup", "pointerleave"):
        field.dispatch_event(event, at)
    expect(readout).to_contain_text(re.compile(r"looks at .+ with \d\.\d{3}"))
    field.focus()
    field.blur()
    expect(readout).to_contain_text("Entropy")


def _flip_a_cell(page: Page) -> None:
    cells = page.locator(".head-field:visible")
    cells.focus()
    for key in ("ArrowDown", "ArrowDown", "Enter"):  # the first arrow goes to the first cell
        cells.press(key)


def _swap_two_tokens(page: Page) -> None:
    live(page).get_by_label("Swap this token").select_option("1")
    live(page).get_by_label("with this token").select_option("2")
    expect(page.locator("td.swapped")).to_have_count(2)


def _type_what_is_cut_or_refused(page: Page) -> None:
    own = live(page).get_by_label("Your own input")
    own.fill("CABCAB" + 10_000 * " word")
    expect(page.locator(".probe-problem")).to_contain_text("Cut after 6 characters")
    expect(page.locator(".sentence-tokens td").first).to_have_text("C")
    for cut_in_half in ("C" * 199 + "😀", "שלום " * 50):
        own.fill(cut_in_half)
        expect(page.locator(".probe-problem")).not_to_be_empty()
    for empty in ("", "   "):
        own.fill(empty)
        expect(page.locator(".probe-problem")).to_have_text("The box is empty: this is a test sequence.")
    own.fill("😀")
    expect(page.locator(".probe-problem")).to_contain_text("An input must have 6 of A B C")


def _carry_all_changes_in_the_link(page: Page) -> None:
    own = live(page).get_by_label("Your own input")
    own.fill("cabcab")
    until(page, lambda: in_link(page, "own_input") == "cabcab", "the input in the link")
    live(page).get_by_role("slider", name="Softmax temperature").press("Home")
    _flip_a_cell(page)
    _swap_two_tokens(page)
    until(page, lambda: in_link(page, "swap") == "1.2", "the swap in the link")
    assert in_link(page, "softmax_temperature") == "0.1"
    assert re.fullmatch(r"\d\.\d\.2\.1", in_link(page, "mask_flips"))
    page.reload()
    expect(own).to_have_value("cabcab")
    expect(page.locator(".sentence-tokens td").nth(1)).to_have_text("C")
    expect(page.locator("td.swapped")).to_have_count(2)
    expect(page.locator(".head.off")).to_have_count(1)
    button(page, "Change it").click()
    expect(page.locator(".changes-hint")).to_contain_text("1 cell changed")


def test_a_decoder_writes_token_by_token_and_each_number_names_its_sources(page: Page, server: Server) -> None:
    opened(page, server)  # trained: the likeliest token each time is the likeliest text
    page.locator(".head").first.focus()
    button(page, "What comes next").click()
    expect(page.locator(".written .given")).to_have_count(7)
    live(page).get_by_role("slider", name="Top-k").press("Home")
    expect(page.locator(".distribution:visible li.gone")).to_have_count(3)
    button(page, "Write one token").click()
    expect(page.locator(".written .own")).to_have_count(1)
    button(page, "Write on").click()
    button(page, "Pause writing").click()
    expect(button(page, "Write on")).to_be_enabled()  # paused before the answer is complete
    button(page, "Write on").click()
    expect(page.locator(".written .own")).to_have_count(6)
    expect(page.locator(".changes-verdict:visible")).to_contain_text("the answer is complete")
    live(page).get_by_label("Beam search", exact=True).select_option("2")
    expect(page.locator(".beam-best li")).to_have_count(2)
    written = "".join(page.locator(".written .own b").all_inner_texts())
    expect(page.locator(".beam-best li b").first).to_have_text(" ".join(written))
    _step_through_the_head(page)
    assert b"class Transformer(nn.Module)" in exported(page, "PyTorch program")
    _read_it_on_a_phone(page, server)


def _step_through_the_head(page: Page) -> None:
    button(page, "Step through this head").click()
    expect(page.locator(".inside-example")).to_contain_text("112 and 96 with d = 64")
    for name, says in (
        ("Query", "read · learned"),
        ("Scores", "Score of"),
        ("Softmax", "÷ the sum of e^"),
        ("Read", "embedding"),
    ):
        matrix = live(page).get_by_role("img", name=re.compile(f"^{name}: "))
        expect(page.locator(".inside-readout")).to_contain_text(re.compile(r"^Layer \d, head \d\."))
        matrix.focus()
        matrix.press("ArrowDown")
        expect(page.locator(".inside-readout")).to_contain_text(says)
    matrix.hover()
    matrix.press("ArrowDown")
    other = live(page).get_by_role("img", name=re.compile("^Query: "))
    page.mouse.move(0, 0)  # as when the page moves under a pointer at rest,
    other.dispatch_event("pointerleave")  # be it at rest on another field
    expect(page.locator(".inside-readout")).to_contain_text("embedding")
    page.locator(".head").nth(2).focus()
    expect(page.locator(".map-title")).to_contain_text("Layer 2")
    matrix.focus()
    matrix.press("ArrowDown")
    reads = (
        r"reads at .* \(\S+ so far \+ \S+ from the feed-forward of layer 1 − mean \S+\) ÷ spread \S+ · gain \S+ \+ bias"
    )
    expect(page.locator(".inside-readout")).to_have_text(re.compile(reads))


def _read_it_on_a_phone(page: Page, server: Server) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    until(
        page, lambda: page.evaluate("document.scrollingElement.scrollWidth <= innerWidth + 1"), "no sideways scrolling"
    )
    page.set_viewport_size({"width": 1366, "height": 768})
    opened(page, server, "positions=rotary&form=encoder")
    expect(page.locator(".task-rule")).to_contain_text("Each token sees all others.")
    expect(page.locator(".sentence-tokens td")).to_have_count(6)  # it answers where the letters stand
    button(page, "Step through this head").click()
    query = live(page).get_by_role("img", name=re.compile("^Query: "))
    readout = page.locator(".inside-readout")  # a number is pointed at once the matrices have come
    until(page, lambda: "turned by" in readout.inner_text() or bool(query.press("ArrowDown")), "the sum of a number")
