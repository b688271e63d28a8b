"""A teacher and two viewers in real browsers: the wall, one question from two seeds, one run for all; and a killed server."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PATIENCE_MS, unfold
from tests.browser.test_playground import expect_status, live, opened, press, query_of, state, until, value
from tests.conftest import Server, end_server, start_server

KEY = "a key for tests only"


@pytest.fixture
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    runs = tmp_path_factory.mktemp("runs") / "runs.sqlite3"
    return {"PLAYGROUND_TEACHER_KEY": KEY, "PLAYGROUND_RUNS": str(runs)}


@pytest.fixture
def class_server(environment: dict[str, str]) -> Iterator[Server]:
    """The app with a teacher key and an archive of its own."""
    with tempfile.NamedTemporaryFile(prefix="playground-", suffix=".log") as log:
        running = start_server(log, **environment)  # type: ignore[arg-type]
        yield running
        end_server(running)
        sys.stdout.write(running.log_text())  # shown when the test has failed


def new_page(browser: Browser) -> Page:
    """A visitor of its own, who shares nothing with others."""
    context = browser.new_context(viewport={"width": 1366, "height": 768})
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def open_link(page: Page) -> None:
    """Follow the line that the teacher has sent."""
    live(page).get_by_role("link", name="Open", exact=True).click()


def test_without_a_key_there_is_no_class_view(browser: Browser, server: Server) -> None:
    page = new_page(browser)
    opened(page, server)
    expect(live(page).locator(".board")).to_be_hidden()
    page.goto(f"{server.address}/class")
    expect(page.get_by_text("The class view is off on this server.")).to_be_visible()
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_label("Teacher key", exact=True)).to_have_count(0)
    page.goto(f"{server.address}/follow")
    expect(page.get_by_text("Page not found")).to_be_visible()
    expect(page.get_by_role("button", name="Branch my own copy")).to_have_count(0)
    page.context.close()


def test_a_class_on_one_wall(class_server: Server, page: Page, browser: Browser) -> None:
    pupils = [new_page(browser) for _ in range(2)]
    for pupil in pupils:
        opened(pupil, class_server, "preset=circle")
    expect(live(pupils[1]).get_by_text("Seat 2", exact=True)).to_be_visible()
    press(pupils[0], "Play")
    press(pupils[0], "Skip")  # the question
    give_key(page, class_server)
    pause_all(page, pupils)
    ask_from_many_seeds(page, pupils)
    show_one_run_to_all(page, pupils)
    pupils[0].set_viewport_size({"width": 390, "height": 844})
    pupils[0].goto(f"{class_server.address}/digits")
    expect(live(pupils[0]).locator(".digits.stacked")).to_have_count(1)
    reach_a_phone(page, pupils[0])
    enlarge_the_wall(page)
    for pupil in pupils:
        pupil.context.close()


def give_key(page: Page, class_server: Server) -> None:
    """A wrong key is refused; the right one stands neither in the address nor in the log."""
    page.goto(f"{class_server.address}/class")
    field = page.get_by_label("Teacher key", exact=True)
    field.fill("a key that is wrong")
    page.get_by_role("button", name="Open the class view").click()
    expect(page.get_by_text("That is not the key.")).to_be_visible()
    expect(field).to_have_value("")
    field.fill(KEY)
    page.get_by_role("button", name="Open the class view").click()
    expect(page.get_by_test_id("wall")).to_have_attribute("data-viewers", "2")
    assert KEY not in class_server.log_text()
    assert urlsplit(page.url).query == ""


def pause_all(page: Page, pupils: list[Page]) -> None:
    """The wall shows both runs, and stands them still."""
    wall = page.get_by_test_id("wall")
    first, second = (wall.get_by_role("listitem").filter(has_text=f"Seat {number}") for number in (1, 2))
    expect(first).to_contain_text("playing")
    expect(second).to_contain_text("not begun")
    page.get_by_role("button", name="Pause all").click()
    expect_status(pupils[0], "paused")
    expect(live(pupils[0]).get_by_text("Your teacher has paused all runs.")).to_be_visible()
    expect(live(pupils[1]).get_by_text("Your teacher has paused all runs.")).to_be_hidden()  # it had not begun
    expect(first).to_contain_text("paused")
    expect(first).to_contain_text(f"Epoch {value(pupils[0], 'epoch'):,}")


def ask_from_many_seeds(page: Page, pupils: list[Page]) -> None:
    """Everybody runs one question with the number of the seat as seed."""
    wall = page.get_by_test_id("wall")
    desk = page.get_by_test_id("stSidebar")
    unfold(desk, "One class, many seeds")
    page.get_by_role("spinbutton", name="Epochs").fill("30")
    page.get_by_role("button", name="Send to everybody").locator("visible=true").click()
    for number, pupil in enumerate(pupils, start=1):
        open_link(pupil)
        until(pupil, lambda pupil=pupil: query_of(pupil).get("stop_epoch") == "30", "the question")  # type: ignore[misc]
        assert query_of(pupil)["seed"] == str(number)
        expect(live(pupil).get_by_text(f"Seat {number}", exact=True)).to_be_visible()
        expect(live(pupil).get_by_role("link", name="Open", exact=True)).to_be_hidden()  # it is open
        press(pupil, "Play")
        press(pupil, "Skip")
        expect_status(pupil, "finished")
    expect(wall.get_by_text("2 runs, 2 finished")).to_be_visible()


def show_one_run_to_all(page: Page, pupils: list[Page]) -> None:
    """One run for all eyes, and a copy of it."""
    unfold(page.get_by_test_id("stSidebar"), "Follow me")
    seat = page.get_by_role("spinbutton", name="Seat")
    seat.fill("9")
    page.get_by_role("button", name="Show to everybody").click()
    expect(page.get_by_text("Nobody looks at a run at seat 9.")).to_be_visible()
    seat.fill("1")
    page.keyboard.press("Enter")
    expect(live(pupils[1]).get_by_text("Watch a run together:")).to_be_visible()
    open_link(pupils[1])
    expect(pupils[1].get_by_text("You watch the run of seat 1.")).to_be_visible()
    until(pupils[1], lambda: value(pupils[1], "epoch") == 30, "the run that is shown")
    pupils[1].go_back()
    until(pupils[1], lambda: state(pupils[1]).get("status") == "finished", "the own run as it was left")
    expect(live(pupils[1]).get_by_text("Seat 2", exact=True)).to_be_visible()
    open_link(pupils[1])
    end_showing_and_show_again(page, pupils[1])
    until(pupils[1], lambda: value(pupils[1], "epoch") == 30, "the run that is shown")
    expect(live(pupils[1]).get_by_role("button", name="Play", exact=True)).to_be_hidden()
    press(pupils[0], "Step")
    until(pupils[1], lambda: value(pupils[1], "epoch") == 31, "the step of its owner")
    leave_and_come_back(page, *pupils)
    pupils[1].get_by_role("button", name="Branch my own copy").click()
    pupils[1].wait_for_url("**/playground?*")
    until(pupils[1], lambda: state(pupils[1]).get("epoch") == "31", "the copy")
    assert query_of(pupils[1])["seed"] == "1"
    press(pupils[1], "Step")
    until(pupils[1], lambda: value(pupils[1], "epoch") == 32, "a step of its own")
    assert value(pupils[0], "epoch") == 31


def leave_and_come_back(page: Page, owner: Page, follower: Page) -> None:
    """Who watches is told why the run stands still, and so is the teacher."""
    owner.goto("about:blank")
    expect(follower.get_by_text("Seat 1 has left. The run stands still")).to_be_visible()
    expect(page.get_by_test_id("wall")).to_contain_text("seat 1 was shown and has left: its run stands still")
    owner.go_back()
    expect(follower.get_by_text("You watch the run of seat 1.")).to_be_visible()
    expect(page.get_by_test_id("wall")).to_contain_text("seat 1 is shown")


def reach_a_phone(page: Page, phone: Page) -> None:
    """The line is in sight also where the drawing pad stands above everything else."""
    desk = page.get_by_test_id("stSidebar")
    unfold(desk, "Send a link")
    desk.get_by_role("textbox", name="Link", exact=True).fill("/trees?dataset=xor")
    desk.get_by_role("button", name="Send to everybody").first.click()
    link = live(phone).get_by_role("link", name="Open", exact=True)
    expect(link).to_be_in_viewport()
    link.click(trial=True)


def enlarge_the_wall(page: Page) -> None:
    """No picture leaves its tile on a projector."""
    page.get_by_role("button", name="Projector").click()
    wall = page.get_by_test_id("wall")
    expect(wall).to_have_attribute("data-profile", "projector")
    room = """e => Math.min(...[...e.querySelectorAll('.wall-curve')].map(curve =>
      curve.closest('.wall-tile').getBoundingClientRect().right - curve.getBoundingClientRect().right))"""
    until(page, lambda: wall.evaluate(room) > 0, "curves that end inside their tiles")


def end_showing_and_show_again(page: Page, pupil: Page) -> None:
    """Who watches is told, and need not do anything."""
    expect(pupil.get_by_text("You watch the run of seat 1.")).to_be_visible()
    page.get_by_role("button", name="End showing").click()
    expect(pupil.get_by_text("Nobody shows a run at the moment.")).to_be_visible()
    expect(live(pupil).get_by_text("Test loss", exact=True)).to_be_hidden()  # no panels without a run
    page.get_by_role("button", name="Show to everybody").click()
    expect(pupil.get_by_text("You watch the run of seat 1.")).to_be_visible()


def test_who_finds_the_room_full_reads_the_place_and_sees_no_empty_axes(
    browser: Browser, environment: dict[str, str], tmp_path: Path
) -> None:
    with (tmp_path / "log").open("wb") as log:
        server = start_server(log, **environment | {"PLAYGROUND_VIEWERS": "1"})  # type: ignore[arg-type]
        inside, second, phone = (new_page(browser) for _ in range(3))
        phone.set_viewport_size({"width": 390, "height": 844})
        try:
            opened(inside, server)
            for newcomer, path, place in ((second, "playground", 1), (phone, "digits", 2)):
                newcomer.goto(f"{server.address}/{path}")
                expect(live(newcomer).get_by_text(f"You are number {place} in line")).to_be_in_viewport()
                expect(live(newcomer).get_by_role("button", name="Play", exact=True)).to_be_hidden()
            inside.context.close()
            expect(live(second).get_by_role("button", name="Play", exact=True)).to_be_visible()
            expect(live(second).get_by_text("in line")).to_be_hidden()
            second.context.close()
            phone.context.close()
        finally:
            end_server(server)


def see_the_wall(page: Page, class_server: Server) -> None:
    """The wall of a class of one."""
    page.goto(f"{class_server.address}/class")
    page.get_by_label("Teacher key", exact=True).fill(KEY)
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("wall").get_by_role("listitem")).to_have_count(1)


def test_a_reload_and_a_killed_server_lose_nothing(
    browser: Browser, class_server: Server, environment: dict[str, str], tmp_path: Path
) -> None:
    teacher = new_page(browser)
    visitor = new_page(browser)
    opened(visitor, class_server, "hidden_sizes=3&speed=60")
    press(visitor, "Play")
    until(visitor, lambda: value(visitor, "epoch") >= 120, "epoch 120")
    visitor.reload()
    expect(live(visitor)).to_be_visible()
    until(visitor, lambda: value(visitor, "frames") > 0, "the first frame after the reload")
    assert value(visitor, "epoch") >= 119
    see_the_wall(teacher, class_server)
    class_server.process.kill()
    class_server.process.wait()
    expect(teacher.get_by_test_id("wall")).to_contain_text("Connection lost, reconnecting. Below is how it was.")
    expect(live(visitor).get_by_text("Connection lost, reconnecting")).to_be_visible()
    left = value(visitor, "epoch")
    with (tmp_path / "log").open("wb") as log:
        again = start_server(log, int(urlsplit(class_server.address).port or 0), **environment)
        try:
            until(visitor, lambda: value(visitor, "epoch") > left, "the run to go on")
            expect(teacher.get_by_text("Reload the page and give the key again.")).to_be_visible()
            expect(teacher.get_by_test_id("wall").get_by_role("listitem")).to_have_count(0)
            press(visitor, "Pause")
            expect_status(visitor, "paused")
            stood = value(visitor, "epoch")
            expect(visitor.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
            box, entry = (
                visitor.get_by_role("combobox", name="Optimizer"),
                visitor.get_by_role("option", name="adam", exact=True),
            )
            until(
                visitor, lambda: entry.is_visible() or bool(box.press("ArrowDown")), "the list, once Streamlit is back"
            )
            entry.click()
            until(visitor, lambda: query_of(visitor).get("optimizer") == "adam", "the choice in the link")
            press(visitor, "Step")
            until(visitor, lambda: value(visitor, "epoch") == stood + 1, "one epoch more")
        finally:
            end_server(again)
    visitor.context.close()
    teacher.context.close()
