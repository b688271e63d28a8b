"""What a person does on the Playground page, in a real browser on the real server."""

from __future__ import annotations

import re
import tempfile
import time
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import BrowserContext, Locator, Page, WebSocketRoute, expect

from playground.catalog import PAGES
from playground.spec import PlaygroundSpec
from tests.browser.conftest import new_page, script_run
from tests.conftest import Server, end_server, start_server

PATIENCE_SECONDS = 30
THREE_FRAMES = """async () => { for (let n = 0; n < 3; n++) await new Promise(requestAnimationFrame) }"""
WILD = "dataset=plane&activation=relu&hidden_sizes=8,8&learning_rate=10"


def until(page: Page, check: Callable[[], bool], what: str) -> None:
    """Wait for a condition; looks again after three screen refreshes."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not check():
        assert time.monotonic() < deadline, f"waited for {what}; {state(page)}, {live(page).inner_text()[:300]}"
        page.evaluate(THREE_FRAMES)


def live(page: Page) -> Locator:
    return page.get_by_test_id("live")


def state(page: Page) -> dict[str, str]:
    """What the view says of itself: status, epoch, step, frames, trainLoss, testLoss, ..."""
    expect(live(page)).to_have_count(1)  # while a page is turned, the view of the former may still stand beside the new
    return live(page).evaluate("node => ({...node.dataset})")


def value(page: Page, name: str) -> int:
    return int(state(page)[name])


def opened(page: Page, server: Server, query: str = "") -> Page:
    """The page with its first frame painted and the script done."""
    page.goto(f"{server.address}/playground?{query}")
    expect(live(page)).to_be_visible()
    until(page, lambda: value(page, "frames") > 0 and state(page)["trainLoss"] != "", "the first frame")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    return page


@pytest.fixture(scope="module")
def visit(context: BrowserContext) -> Iterator[Page]:
    """One visit for all tests that press what leaves no trace after Rewind."""
    with new_page(context) as page:
        yield page


@pytest.fixture
def fresh(visit: Page, server: Server) -> Page:
    """The page as it opens."""
    visit.bring_to_front()
    if urlsplit(visit.url).path != "/playground" or query_of(visit):
        return opened(visit, server)
    press(visit, "Rewind")
    expect_epoch(visit, 0)
    expect_status(visit, "ready")
    return visit


def button(page: Page, name: str) -> Locator:
    return live(page).get_by_role("button", name=name, exact=True)


def press(page: Page, name: str) -> None:
    button(page, name).click()


def pick(page: Page, title: str, option: str) -> None:
    """An entry of a list. A list that opens while the page is drawn anew closes again: arrow down opens it once more."""
    box, entry = page.get_by_role("combobox", name=title), page.get_by_role("option", name=option, exact=True)
    until(page, lambda: entry.is_visible() or bool(box.press("ArrowDown")), f"the entry {option}")
    entry.click()


def expect_status(page: Page, status: str) -> None:
    expect(live(page)).to_have_attribute("data-status", status)


def expect_epoch(page: Page, epoch: int) -> None:
    expect(live(page)).to_have_attribute("data-epoch", str(epoch))


def play_to(page: Page, epoch: int) -> None:
    """Play until at least `epoch`, then pause and let the last frame arrive."""
    press(page, "Play")
    until(page, lambda: value(page, "epoch") >= epoch, f"epoch {epoch}")
    press(page, "Pause")
    expect_status(page, "paused")


def query_of(page: Page) -> dict[str, str]:
    return {name: texts[0] for name, texts in parse_qs(urlsplit(page.url).query, keep_blank_values=True).items()}


def timeline(page: Page) -> Locator:
    return live(page).get_by_role("slider", name="Timeline")


# --- opening ----------------------------------------------------------------------------------------------------------


def test_a_deep_link_opened_first_on_a_fresh_server_works(page: Page) -> None:
    with tempfile.NamedTemporaryFile(suffix=".log") as log:
        fresh = start_server(log)
        try:
            opened(page, fresh)
            expect(page.get_by_role("link", name="Home")).to_be_visible()
            expect(page.get_by_role("link", name="Playground")).to_be_visible()
            expect(page.get_by_role("dialog")).to_have_count(0)
            expect_status(page, "ready")
            assert "Traceback" not in fresh.log_text()
            page.goto("about:blank")  # or its view would go on looking for the server
        finally:
            end_server(fresh)


def test_the_page_opens_at_epoch_0_with_everything_drawn(page: Page, server: Server) -> None:
    opened(page, server)
    now = state(page)
    assert (now["status"], now["epoch"], now["step"]) == ("ready", "0", "0")
    assert float(now["trainLoss"]) > 0
    assert float(now["testLoss"]) > 0
    for name in ("Play", "Step", "Step one batch", "Reset", "Rewind"):
        expect(button(page, name)).to_be_visible()
    expect(timeline(page)).to_be_visible()
    expect(page.get_by_role("alert")).to_have_count(0)
    assert query_of(page) == {}


def test_a_dark_system_gets_a_dark_page(page: Page, server: Server) -> None:
    page.emulate_media(color_scheme="dark")
    try:
        opened(page, server)
        color = "(node, name) => getComputedStyle(node)[name].match(/[0-9.]+/g).slice(0, 3).map(Number)"
        for node in (page.get_by_test_id("stApp"), live(page)):
            assert max(node.evaluate(color, "backgroundColor")) < 60
            assert min(node.evaluate(color, "color")) > 180
        press(page, "Step")
        expect_epoch(page, 1)
    finally:
        page.emulate_media(color_scheme="null")


def test_home_leads_to_the_playground(page: Page, server: Server) -> None:
    page.goto(server.address)
    links = page.get_by_role("link", name="Open ")
    expect(links).to_have_count(len(PAGES))
    for card in PAGES:
        expect(page.get_by_test_id("stMain")).to_contain_text(f"Try first: {card.first}")
    pictures = page.get_by_test_id("stImage").locator("img")
    expect(pictures).to_have_count(len(PAGES))
    until(page, lambda: pictures.evaluate_all("all => all.every(img => img.naturalWidth > 0)"), "all pictures")

    def heights() -> list[int]:
        places = [link.bounding_box() for link in links.all()]
        return [len({box["y"] for box in row if box}) for row in (places[:3], places[3:])]

    until(page, lambda: heights() == [1, 1], "the cards of a row to be of one height")
    pictures.first.click(force=True)  # the whole card is its link
    until(page, lambda: live(page).count() == 1 and value(page, "frames") > 0, "the live view")
    assert urlsplit(page.url).path == "/playground"


# --- transport --------------------------------------------------------------------------------------------------------


def test_play_trains_and_pause_stops(fresh: Page) -> None:
    press(fresh, "Play")
    expect_status(fresh, "playing")
    until(fresh, lambda: value(fresh, "epoch") >= 3, "epochs to pass")
    expect(button(fresh, "Play")).to_have_count(0)
    press(fresh, "Pause")
    expect_status(fresh, "paused")
    stopped = state(fresh)
    press(fresh, "Step one batch")  # a round trip that would show any training since
    until(fresh, lambda: value(fresh, "step") != int(stopped["step"]), "one more step")
    assert value(fresh, "step") == int(stopped["step"]) + 1
    assert state(fresh)["status"] == "paused"


def test_step_adds_one_epoch(fresh: Page) -> None:
    for epoch in (1, 2):
        press(fresh, "Step")
        expect_epoch(fresh, epoch)
    assert state(fresh)["step"] == "50"
    expect_status(fresh, "paused")


def test_step_one_batch_adds_one_step(fresh: Page) -> None:
    for step in (1, 2, 3):
        press(fresh, "Step one batch")
        expect(live(fresh)).to_have_attribute("data-step", str(step))
    expect_epoch(fresh, 0)
    press(fresh, "Step")  # ends the epoch that was begun
    expect(live(fresh)).to_have_attribute("data-step", "25")
    expect_epoch(fresh, 1)


def test_rewind_gives_the_very_same_run_again(fresh: Page) -> None:
    first = state(fresh)
    press(fresh, "Step")
    expect_epoch(fresh, 1)
    after_one = state(fresh)["trainLoss"]
    play_to(fresh, 5)
    press(fresh, "Rewind")
    expect_epoch(fresh, 0)
    expect_status(fresh, "ready")
    assert (state(fresh)["trainLoss"], state(fresh)["testLoss"]) == (first["trainLoss"], first["testLoss"])
    press(fresh, "Step")
    expect_epoch(fresh, 1)
    assert state(fresh)["trainLoss"] == after_one


def test_reset_gives_other_start_weights(page: Page, server: Server) -> None:
    opened(page, server)
    first = state(page)["trainLoss"]
    press(page, "Step")
    expect_epoch(page, 1)
    press(page, "Reset")
    expect_epoch(page, 0)
    until(page, lambda: state(page)["trainLoss"] != first, "another loss")
    until(page, lambda: query_of(page) == {"seed": "1"}, "the seed in the link")


def test_space_on_the_view_toggles_play(fresh: Page) -> None:
    live(fresh).focus()
    fresh.keyboard.press("Space")
    expect_status(fresh, "playing")
    fresh.keyboard.press("Space")
    expect_status(fresh, "paused")


def test_arrow_and_home_on_the_view_step_and_rewind(fresh: Page) -> None:
    live(fresh).focus()
    fresh.keyboard.press("ArrowRight")
    expect_epoch(fresh, 1)
    fresh.keyboard.press("Home")
    expect_epoch(fresh, 0)


def test_a_focused_button_keeps_its_own_space(fresh: Page) -> None:
    button(fresh, "Step").focus()
    fresh.keyboard.press("Space")
    expect_epoch(fresh, 1)
    expect_status(fresh, "paused")


def test_speed_of_the_view_travels_into_the_link(page: Page, server: Server) -> None:
    opened(page, server)
    live(page).get_by_role("combobox", name="Speed").select_option("max")
    until(page, lambda: query_of(page) == {"speed": "max"}, "the speed in the link")


# --- links ------------------------------------------------------------------------------------------------------------


def test_a_learning_rate_in_the_link_is_used(page: Page, server: Server) -> None:
    losses = []
    for query in ("", "learning_rate=0.3"):
        opened(page, server, query)
        start = state(page)["trainLoss"]
        press(page, "Step")
        expect_epoch(page, 1)
        losses.append((start, state(page)["trainLoss"]))
    assert losses[0][0] == losses[1][0]
    assert losses[0][1] != losses[1][1]


def test_top_speed_from_a_link_is_faster_than_any_other(page: Page, server: Server) -> None:
    opened(page, server, "speed=max")
    assert live(page).get_by_role("combobox", name="Speed").input_value() == "max"
    press(page, "Play")
    until(page, lambda: value(page, "epoch") > 2000, "epoch 2000, which would take 33 s at the next speed")
    press(page, "Pause")
    expect_status(page, "paused")


def test_a_broken_link_is_explained_and_the_page_works(page: Page, server: Server) -> None:
    opened(page, server, "learning_rate=99&batch_size=zero&colour=red&hidden_sizes=3")
    notice = page.get_by_role("alert")
    for words in (
        "learning_rate = 99: must be from 0.00001 to 10", "batch_size = zero: must be a whole number",
        "colour = red: there is no such choice",
    ):  # fmt: skip
        expect(notice).to_contain_text(words)
    until(page, lambda: query_of(page) == {"hidden_sizes": "3"}, "the link with what was right")
    press(page, "Step")
    expect_epoch(page, 1)
    assert state(page)["step"] == "25"
    place = live(page).bounding_box()
    page.get_by_role("button", name="Dismiss").click()
    expect(notice).to_have_count(0)
    assert live(page).bounding_box() == place  # the notice took no room


@pytest.mark.parametrize("query", ["%00=%FF%FE&dataset=csv&preset=%3Cscript%3E&hide=,,,", "points=AAAA&dataset=points"])
def test_a_hostile_link_does_no_harm(page: Page, server: Server, query: str) -> None:
    opened(page, server, query)
    press(page, "Step")
    expect_epoch(page, 1)


def test_text_of_a_link_stays_text(page: Page, server: Server) -> None:
    opened(
        page,
        server,
        "dataset=%3Cimg%20src=x%20onerror=%22window.__x=1%22%3E&%3Cimg%20src=x%20onerror=%22window.__x=1%22%3E=1",
    )
    expect(page.get_by_role("alert")).to_contain_text("<img")
    assert page.evaluate("window.__x === undefined")


def test_hidden_controls_are_not_shown(page: Page, server: Server) -> None:
    opened(page, server, "hide=reset,learning_rate,hidden_sizes,speed,test_data,contours,log_scale&hidden_sizes=3,2")
    expect(button(page, "Play")).to_be_visible()
    n_params = PlaygroundSpec.from_values({"hidden_sizes": (3, 2)}).structure.n_params
    expect(live(page).get_by_text(f"{n_params} parameters", exact=True)).to_be_visible()
    for role, hidden, shown in (
        ("checkbox", ("Test data", "Contours", "Log scale"), ("Discretize", "Misclassified", "Uncertainty")),
        ("combobox", ("Speed",), ()),
        (
            "button",
            ("Add a hidden layer", "Add a unit to hidden layer 1", "Remove a unit from hidden layer 2"),
            ("Step",),
        ),
    ):
        for name in hidden:
            expect(live(page).get_by_role(role, name=name)).to_have_count(0)
        for name in shown:
            expect(live(page).get_by_role(role, name=name, exact=True)).to_be_visible()
    expect(button(page, "Reset")).to_have_count(0)
    expect(page.get_by_text("Learning rate", exact=True).filter(visible=True)).to_have_count(0)
    expect(page.get_by_text("Batch size", exact=True)).not_to_have_count(0)


def test_back_and_forward_of_the_browser_go_through_the_choices(page: Page, server: Server) -> None:
    opened(page, server)
    begin = state(page)["trainLoss"]
    page.get_by_role("radio", name="gauss", exact=True).click()
    page.wait_for_url(re.compile("dataset=gauss"))
    play_to(page, 40)  # for two seconds: by then the browser has long had the link
    page.go_back()
    expect_epoch(page, 0)
    assert (query_of(page), state(page)["trainLoss"]) == ({}, begin)
    expect(page.get_by_role("radio", name="circle", exact=True)).to_be_checked()
    page.go_forward()
    until(page, lambda: state(page)["trainLoss"] != begin, "the other data")
    expect(page.get_by_role("radio", name="gauss", exact=True)).to_be_checked()
    assert query_of(page) == {"dataset": "gauss"}
    with script_run(page):
        page.get_by_role("link", name="Home").click()
    page.get_by_role("link", name="Playground", exact=True).first.click()  # whose address names nothing yet
    page.wait_for_url(re.compile("dataset=gauss"))


def test_the_link_is_written_for_who_turns_pages_faster_than_they_come(own_tab: Page, server: Server) -> None:
    held: list[str | bytes] | None = None

    def carry(route: WebSocketRoute) -> None:
        peer = route.connect_to_server()
        peer.on_message(lambda message: route.send(message) if held is None else held.append(message))
        route.on_message(peer.send)
        streams.append(route)

    streams: list[WebSocketRoute] = []
    own_tab.route_web_socket(re.compile("/_stcore/stream"), carry)
    opened(own_tab, server, "dataset=gauss")
    held = []
    own_tab.get_by_role("link", name="Trees", exact=True).first.click()
    until(own_tab, lambda: bool(held), "the first of Trees")
    own_tab.get_by_role("link", name="Playground", exact=True).first.click()
    with own_tab.expect_event("framenavigated", lambda frame: urlsplit(frame.url).path == "/trees"):
        while held:
            streams[0].send(held.pop(0))
        held = None
    own_tab.wait_for_url(re.compile("dataset=gauss"))


def test_a_reload_keeps_all_choices(page: Page, server: Server) -> None:
    opened(page, server, "dataset=moons&hidden_sizes=3,2&learning_rate=0.1")
    press(page, "Reset")
    until(page, lambda: query_of(page).get("seed") == "1", "the seed in the link")
    expect_epoch(page, 0)
    expect(live(page).get_by_text("2 hidden layers")).to_be_visible()
    for name in ("Contours", "Test data", "Log scale"):
        live(page).get_by_role("checkbox", name=name).check()
    press(page, "Accuracy")
    until(page, lambda: "log_scale,accuracy" in query_of(page).get("show", ""), "boxes and tab in the link")
    until(
        page, lambda: page.get_by_test_id("stApp").get_attribute("data-test-script-state") == "notRunning", "the script"
    )
    link, loss = query_of(page), state(page)["trainLoss"]
    page.reload()
    until(page, lambda: live(page).count() == 1 and state(page)["trainLoss"] != "", "the first frame")
    choices = {"dataset": "moons", "hidden_sizes": "3,2", "learning_rate": "0.1", "seed": "1"}
    assert query_of(page) == link == choices | {"show": "test_data,contours,log_scale,accuracy"}
    expect(button(page, "Accuracy")).to_have_attribute("aria-pressed", "true")
    press(page, "Loss")  # which alone has a log scale
    for name, on in {"Contours": True, "Test data": True, "Log scale": True, "Discretize": False}.items():
        expect(live(page).get_by_role("checkbox", name=name)).to_be_checked(checked=on)
    assert state(page)["trainLoss"] == loss


# --- timeline ---------------------------------------------------------------------------------------------------------


def test_the_timeline_shows_the_past_and_branches_from_it(page: Page, server: Server) -> None:
    opened(page, server, "speed=60")
    first = state(page)["trainLoss"]
    expect(button(page, "Branch from here")).to_be_hidden()
    play_to(page, 20)
    press(page, "Step")  # to the end of the epoch that was begun
    until(page, lambda: value(page, "step") == 25 * value(page, "epoch"), "the beginning of an epoch")
    newest = state(page)
    timeline(page).focus()
    page.keyboard.press("Home")
    expect_epoch(page, 0)
    assert state(page)["trainLoss"] == first
    expect(live(page).get_by_text("Press Play.", exact=True)).to_be_hidden()  # who looks back has pressed it
    page.keyboard.press("End")
    expect_epoch(page, int(newest["epoch"]))
    assert state(page)["trainLoss"] == newest["trainLoss"]
    button(page, "One step back").click()
    until(page, lambda: value(page, "step") == int(newest["step"]) - 1, "one batch before")
    assert state(page)["trainLoss"] != newest["trainLoss"]
    button(page, "One step on").click()
    until(page, lambda: state(page) == newest | {"frames": state(page)["frames"]}, "the newest again")
    expect(button(page, "One step on")).to_be_disabled()
    timeline(page).focus()
    page.keyboard.press("Home")
    expect_epoch(page, 0)
    expect(button(page, "Clear ghost")).to_be_hidden()
    press(page, "Branch from here")
    expect(button(page, "Branch from here")).to_be_hidden()
    expect(button(page, "Clear ghost")).to_be_visible()
    expect(timeline(page)).to_have_attribute("aria-valuemax", "0")
    press(page, "Step")
    expect_epoch(page, 1)
    expect(timeline(page)).to_have_attribute("aria-valuemax", "1")


def test_back_to_newest_leaves_the_past(fresh: Page) -> None:
    for epoch in (1, 2, 3):
        press(fresh, "Step")
        expect_epoch(fresh, epoch)
    timeline(fresh).focus()
    fresh.keyboard.press("ArrowLeft")
    expect_epoch(fresh, 2)
    track = timeline(fresh).locator(".timeline-track")
    width = track.evaluate("node => node.clientWidth")
    track.hover(position={"x": width / 2, "y": 10})
    fresh.mouse.down()
    expect_epoch(fresh, 3)
    track.hover(position={"x": 0, "y": 10}, force=True)
    expect_epoch(fresh, 0)
    fresh.mouse.up()
    press(fresh, "Back to newest")
    expect_epoch(fresh, 3)


def test_a_past_moment_that_takes_long_is_named_until_it_comes(own_tab: Page, server: Server) -> None:
    held: list[str | bytes] = []
    servers: list[WebSocketRoute] = []

    def connect(route: WebSocketRoute) -> None:
        servers.append(route.connect_to_server())
        behind = servers[-1]
        route.on_message(lambda text: held.append(text) if '"seek"' in str(text) else behind.send(text))

    own_tab.route_web_socket(re.compile("/live/socket"), connect)
    opened(own_tab, server)
    for epoch in (1, 2):
        press(own_tab, "Step")
        expect_epoch(own_tab, epoch)
    counter = own_tab.locator(".counter.epoch")
    place = counter.bounding_box()
    timeline(own_tab).focus()
    own_tab.keyboard.press("ArrowLeft")
    expect(counter).to_contain_text("Computing epoch 1 …")
    assert counter.bounding_box() == place
    expect(own_tab.locator(".stage")).to_have_css("opacity", "0.45")  # it still shows epoch 2
    servers[0].send(held[0])
    expect_epoch(own_tab, 1)
    expect(counter).not_to_contain_text("Computing")
    expect(own_tab.locator(".stage")).to_have_css("opacity", "1")


# --- edits on the diagram ---------------------------------------------------------------------------------------------


def test_plus_adds_a_unit_and_starts_again(page: Page, server: Server) -> None:
    opened(page, server)
    press(page, "Step")
    expect_epoch(page, 1)
    unit = re.compile("^Hidden 1, unit ")
    expect(live(page).get_by_role("button", name=unit)).to_have_count(4)
    press(page, "Add a unit to hidden layer 1")
    expect(live(page).get_by_role("button", name=unit)).to_have_count(5)
    expect_epoch(page, 0)
    until(page, lambda: query_of(page) == {"hidden_sizes": "5,2"}, "the sizes in the link")


def test_units_and_layers_stop_at_their_limits(page: Page, server: Server) -> None:
    opened(page, server, "hidden_sizes=1,16")
    button(page, "Remove a unit from hidden layer 1").click(force=True)  # 1 is the least
    button(page, "Add a unit to hidden layer 2").click(force=True)  # 16 is the most
    press(page, "Remove a unit from hidden layer 2")
    until(page, lambda: query_of(page) == {"hidden_sizes": "1,15"}, "one unit less in the link")
    expect(live(page).get_by_role("button", name=re.compile("^Hidden 2, unit "))).to_have_count(15)
    for _ in range(6):
        press(page, "Add a hidden layer")
    expect(button(page, "Add a hidden layer")).to_have_attribute("aria-disabled", "true")
    button(page, "Add a hidden layer").click(force=True)  # 8 are the most
    press(page, "Remove a unit from hidden layer 8")
    until(page, lambda: query_of(page) == {"hidden_sizes": "1,15,2,2,2,2,2,1"}, "eight layers in the link")
    expect(live(page).get_by_text("8 hidden layers")).to_be_visible()


def test_layers_are_removed_down_to_none_and_a_reload_keeps_that(page: Page, server: Server) -> None:
    opened(page, server)
    press(page, "Remove the last hidden layer")
    until(page, lambda: query_of(page) == {"hidden_sizes": "4"}, "one layer in the link")
    press(page, "Remove the last hidden layer")
    expect(live(page).get_by_text("0 hidden layers")).to_be_visible()
    expect(live(page).get_by_role("button", name=re.compile("^Hidden "))).to_have_count(0)
    until(page, lambda: query_of(page).get("hidden_sizes") != "4", "no layer in the link")
    loss = state(page)["trainLoss"]
    page.reload()
    until(page, lambda: live(page).count() == 1 and state(page)["trainLoss"] != "", "the first frame")
    expect(live(page).get_by_text("0 hidden layers")).to_be_visible()
    assert state(page)["trainLoss"] == loss


def test_a_weight_beyond_its_range_stays_in_its_field_and_costs_no_connection(fresh: Page) -> None:
    before = state(fresh)["trainLoss"]
    live(fresh).get_by_role("button", name=re.compile("^Hidden 1, unit 1,")).focus()
    fresh.keyboard.press("Enter")
    field = live(fresh).get_by_role("spinbutton", name="bias of hidden 1 unit 1")
    field.fill("1e9")
    fresh.keyboard.press("Enter")
    assert "10000" in field.evaluate("field => field.validationMessage")
    field.fill("3.5")
    fresh.keyboard.press("Enter")
    until(fresh, lambda: state(fresh)["trainLoss"] != before, "another loss")


def test_a_weight_is_edited_by_keyboard_and_rewind_takes_it_back(fresh: Page) -> None:
    press(fresh, "Step")
    expect_epoch(fresh, 1)
    before = state(fresh)["trainLoss"]
    live(fresh).get_by_role("button", name=re.compile("^Hidden 1, unit 1,")).focus()
    fresh.keyboard.press("Enter")
    card = live(fresh).get_by_role("dialog", name="Weights")
    expect(card).to_be_visible()
    expect(card.get_by_role("spinbutton", name="bias of hidden 1 unit 1")).to_be_focused()
    fresh.keyboard.press("Tab")
    fresh.keyboard.press("Control+a")
    fresh.keyboard.type("3.5")
    fresh.keyboard.press("Enter")
    until(fresh, lambda: state(fresh)["trainLoss"] != before, "another loss")
    fresh.keyboard.press("Escape")
    expect(card.get_by_role("spinbutton")).to_have_count(0)
    expect_epoch(fresh, 1)
    press(fresh, "Rewind")
    expect_epoch(fresh, 0)
    press(fresh, "Step")
    expect_epoch(fresh, 1)
    assert state(fresh)["trainLoss"] == before


# --- when it goes wrong -----------------------------------------------------------------------------------------------


def test_a_diverging_run_stops_by_itself_and_says_why(page: Page, server: Server) -> None:
    opened(page, server, WILD)
    press(page, "Play")
    expect_status(page, "failed")
    expect(button(page, "Play")).to_be_visible()
    why = live(page).get_by_role("complementary", name="Why did that happen?")
    expect(why).to_contain_text("learning rate")
    expect(why).not_to_contain_text("Press Play.")
    now = state(page)
    assert float(now["trainLoss"]) < 1e6
    assert float(now["testLoss"]) < 1e6
    press(page, "Rewind")
    expect_epoch(page, 0)
    expect_status(page, "ready")


def test_an_epoch_limit_finishes_the_run(page: Page, server: Server) -> None:
    opened(page, server, "stop_epoch=7&speed=60")
    press(page, "Play")
    expect_status(page, "finished")
    expect_epoch(page, 7)
    expect(live(page).get_by_text("epoch 7 is reached").first).to_be_attached()
    press(page, "Play")  # goes on past it
    until(page, lambda: value(page, "epoch") > 7, "epoch 8")


def test_a_slow_run_of_whole_batches_comes_to_its_next_epoch(page: Page, server: Server) -> None:
    opened(page, server, "speed=1&batch_size=2000")
    press(page, "Play")
    until(page, lambda: value(page, "epoch") >= 1, "epoch 1")
    expect_status(page, "playing")


def test_a_dropped_socket_comes_back_to_the_same_run(own_tab: Page, server: Server) -> None:
    sockets = []
    own_tab.route_web_socket(
        re.compile("/live/socket"), lambda route: sockets.append((route, route.connect_to_server()))
    )
    opened(own_tab, server)
    press(own_tab, "Step")
    expect_epoch(own_tab, 1)
    loss = state(own_tab)["trainLoss"]
    for side in sockets[0]:
        side.close(code=4000)
    until(own_tab, lambda: len(sockets) == 2, "a second connection")
    expect(live(own_tab).get_by_text("Connection lost, reconnecting")).to_be_hidden()  # before that, a press is dropped
    assert state(own_tab)["trainLoss"] == loss
    press(own_tab, "Step")
    expect_epoch(own_tab, 2)


PARTLY = "This page came only in part. Reload it."


def test_a_page_whose_first_part_does_not_come_says_so(context: BrowserContext, server: Server) -> None:
    page = context.new_page()
    page.route(re.compile("/live/assets/.*/live.js$"), lambda route: route.abort())
    page.goto(f"{server.address}/playground")
    expect(page.get_by_text(PARTLY)).to_be_visible()
    page.close()


def test_a_page_whose_picture_does_not_come_says_so_whatever_the_connection_says(
    context: BrowserContext, server: Server
) -> None:
    page, sockets = context.new_page(), []
    page.route(re.compile("/live/assets/.*/network.js$"), lambda route: route.abort())
    page.route_web_socket(re.compile("/live/socket"), lambda route: sockets.append((route, route.connect_to_server())))
    page.goto(f"{server.address}/playground")
    expect(page.get_by_text(PARTLY)).to_be_visible()
    bar = page.get_by_role("toolbar", name="Run")
    for connection in range(1, 3):
        until(page, lambda n=connection: len(sockets) == n, "a connection")
        expect(bar).not_to_contain_class("disconnected")
        expect(page.get_by_text(PARTLY)).to_be_visible()
        for side in sockets[-1]:
            side.close(code=4000)
    page.close()


def test_a_page_that_says_late_who_it_is_comes_again(own_tab: Page, server: Server) -> None:
    """The first connection hears nothing until the server hangs up, as when a slow machine is busy for seconds."""
    n_routes = 0

    def connect(route: WebSocketRoute) -> None:
        nonlocal n_routes
        n_routes += 1
        behind = route.connect_to_server()
        if n_routes == 1:
            route.on_message(lambda _: None)
            behind.on_message(route.send)

    own_tab.route_web_socket(re.compile("/live/socket"), connect)
    opened(own_tab, server)
    assert n_routes == 2
    press(own_tab, "Step")
    expect_epoch(own_tab, 1)


def test_a_run_that_takes_long_to_come_says_so(own_tab: Page, server: Server) -> None:
    held: list[str | bytes] = []
    sockets: list[WebSocketRoute] = []

    def hold(route: WebSocketRoute) -> None:
        sockets.append(route)
        route.connect_to_server().on_message(lambda message: held.append(message))

    own_tab.route_web_socket(re.compile("/live/socket"), hold)
    own_tab.goto(f"{server.address}/playground")
    ready = live(own_tab).get_by_text("Getting ready")
    expect(ready).to_be_visible()
    expect(button(own_tab, "Branch from here")).to_be_hidden()
    until(own_tab, lambda: bool(held), "the first message")
    for message in held:
        sockets[0].send(message)
    until(own_tab, lambda: value(own_tab, "frames") > 0, "the first frame")
    expect(ready).to_be_hidden()
