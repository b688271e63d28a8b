"""Every control of the Playground page: a live one changes the run that goes on, any other begins a new one.

What the page shows is compared with a replay of the same choices by the pure functions, here in the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from playground.learners.registry import learner_of
from playground.live import work
from playground.live.run import Run
from playground.spec import PlaygroundSpec
from playground.spec.look import Look
from tests.browser.conftest import new_page, unfold
from tests.browser.test_playground import live, opened, pick, press, query_of, state, until, value
from tests.conftest import Server

Act = Callable[[Page, str, str], None]

ALL_LIVE = {
    "optimizer": "adamw", "schedule": "cosine", "regularization": "l2", "regularization_rate": "0.001", "speed": "5",
}  # fmt: skip
FOLDED = ("More about the data", "More about the network", "More about training")


def slide(page: Page, title: str, _text: str) -> None:
    """The next value of a slider."""
    page.get_by_test_id("stSlider").filter(has_text=title).get_by_role("slider").press("ArrowRight")


def write(page: Page, title: str, text: str) -> None:
    """A number."""
    box = page.get_by_role("spinbutton", name=title, exact=True)
    box.fill(text)
    box.press("Enter")


def tap(page: Page, title: str, _text: str) -> None:
    """A button, or a picture to choose from."""
    page.get_by_role("button", name=title).or_(page.get_by_role("radio", name=title, exact=True)).click()


@pytest.fixture(scope="module")
def shared(context: BrowserContext) -> Iterator[Page]:
    """One visit for all tests here: each leaves it as it was, by Undo."""
    with new_page(context) as page:
        yield page


def stand(page: Page, server: Server, choices: dict[str, str]) -> PlaygroundSpec:
    """Have the page show these choices, with every control in sight."""
    page.bring_to_front()
    if query_of(page) != choices:
        opened(page, server, "&".join(f"{name}={text}" for name, text in choices.items()))
        for title in FOLDED:
            unfold(page, title)
    press(page, "Rewind")
    expect(live(page)).to_have_attribute("data-epoch", "0")
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    return PlaygroundSpec.from_query(choices)[0]


def undo(page: Page, choices: dict[str, str]) -> None:
    page.get_by_role("button", name="Undo").click()
    until(page, lambda: query_of(page) == choices, "the choices before")


def loss_after(run: Run, n_steps: int) -> float:
    """The training loss that a replay comes to."""
    head = work.advance(run, work.start(run), n_steps, heed_stops=False)
    return float(learner_of(run.start).observe(run.spec_at(n_steps), head, Look())["train_loss"])


def shows(page: Page, loss: float) -> bool:
    return float(state(page)["trainLoss"]) == pytest.approx(loss, rel=1e-6)


LIVE: list[tuple[Act, str, str, str, dict[str, str]]] = [
    (write, "Momentum", "momentum", "0.5", {"optimizer": "momentum"}),
    (pick, "Optimizer", "optimizer", "rmsprop", {}),
    (write, "Alpha", "alpha", "0.9", {"optimizer": "rmsprop"}),
    (write, "Beta 1", "beta1", "0.5", {}),
    (write, "Beta 2", "beta2", "0.9", {}),
    (write, "Weight decay", "weight_decay", "0.1", {}),
    (slide, "Learning rate", "learning_rate", "0.1", {}),
    (pick, "Schedule", "schedule", "step", {}),
    (write, "Schedule length", "schedule_epochs", "50", {}),
    (pick, "Regularization", "regularization", "l1", {}),
    (slide, "Regularization rate", "regularization_rate", "0.003", {}),
    (slide, "Dropout", "dropout", "0.1", {}),
    (slide, "Gradient clip", "gradient_clip", "0.01", {}),
    (slide, "Batch size", "batch_size", "20", {}),
]


@pytest.mark.parametrize(("act", "title", "field", "text", "first"), LIVE, ids=[row[2] for row in LIVE])
def test_a_live_control_changes_the_run_that_goes_on(
    shared: Page, server: Server, act: Act, title: str, field: str, text: str, first: dict[str, str]
) -> None:
    choices = ALL_LIVE | first
    start = stand(shared, server, choices)
    press(shared, "Play")
    until(shared, lambda: value(shared, "epoch") >= 1, "epoch 1")
    from_step, seen = value(shared, "step"), [1]
    act(shared, title, text)
    until(shared, lambda: query_of(shared) == choices | {field: text}, f"{field}={text} in the link")
    far = value(shared, "epoch") + 2
    until(shared, lambda: seen.append(value(shared, "epoch")) or seen[-1] >= far, f"epoch {far}")
    assert seen == sorted(seen)  # it never stood at the start again
    press(shared, "Pause")
    expect(live(shared)).to_have_attribute("data-status", "paused")
    last, settings = value(shared, "step"), start.change(**{field: text}).settings
    assert not shows(shared, loss_after(Run(start), last))
    changed_at = (
        step for step in range(from_step, last) if shows(shared, loss_after(Run(start).change(step, settings), last))
    )
    assert next(changed_at, None) is not None, "no moment of the change explains the loss that is shown"
    undo(shared, choices)


def test_the_speed_changes_while_the_run_goes_on(shared: Page, server: Server) -> None:
    start = stand(shared, server, ALL_LIVE)
    speed = live(shared).get_by_role("combobox", name="Speed")
    assert speed.input_value() == "5"
    press(shared, "Play")
    until(shared, lambda: value(shared, "epoch") >= 1, "epoch 1")
    speed.select_option("max")
    until(shared, lambda: value(shared, "epoch") > 1000, "epoch 1000, which would take 200 s at the speed before")
    assert query_of(shared) == ALL_LIVE | {"speed": "max"}
    press(shared, "Pause")
    expect(live(shared)).to_have_attribute("data-status", "paused")
    assert shows(shared, loss_after(Run(start), value(shared, "step")))
    expect(live(shared).locator(".counter.learning dd")).to_have_text("0")  # cosine ends there
    press(shared, "Rewind")
    expect(live(shared).locator(".counter.learning dd")).to_have_text("0.0300")
    undo(shared, ALL_LIVE)


NEW_RUN: list[tuple[Act, str, str, str]] = [
    (tap, "spiral", "dataset", "spiral"),
    (slide, "Noise", "noise", "0.05"),
    (slide, "Points", "n_samples", "1000"),
    (slide, "Training share", "train_share", "0.6"),
    (write, "Data seed", "data_seed", "3"),
    (tap, "x₁²", "features", "x1,x2,x1_squared"),
    (pick, "Activation", "activation", "relu"),
    (pick, "Loss", "loss", "squared_error_tanh"),
    (pick, "Start weights", "initializer", "he"),
    (write, "Seed", "seed", "3"),
]


@pytest.mark.parametrize(("act", "title", "field", "text"), NEW_RUN, ids=[row[2] for row in NEW_RUN])
def test_any_other_control_begins_a_new_run(
    shared: Page, server: Server, act: Act, title: str, field: str, text: str
) -> None:
    start = stand(shared, server, ALL_LIVE)
    press(shared, "Step")
    expect(live(shared)).to_have_attribute("data-epoch", "1")
    act(shared, title, text.replace("_", " "))
    begins_anew(shared, PlaygroundSpec.from_query(ALL_LIVE | {field: text})[0], start)
    undo(shared, ALL_LIVE)


def begins_anew(page: Page, spec: PlaygroundSpec, before: PlaygroundSpec) -> None:
    """A run of `spec` stands at epoch 0 and trains as it must."""
    until(page, lambda: query_of(page) == spec.to_query(), "the choice in the link")
    expect(live(page)).to_have_attribute("data-epoch", "0")
    until(page, lambda: shows(page, loss_after(Run(spec), 0)), "the loss of the new start")
    press(page, "Step")
    expect(live(page)).to_have_attribute("data-epoch", "1")
    n_steps = value(page, "step")
    assert shows(page, loss_after(Run(spec), n_steps))
    assert not shows(page, loss_after(Run(before), n_steps))


def test_each_layer_may_have_an_activation_of_its_own(shared: Page, server: Server) -> None:
    start = stand(shared, server, ALL_LIVE)
    shared.get_by_text("One for each layer").click()
    own = ALL_LIVE | {"activation": "tanh,tanh"}
    until(shared, lambda: query_of(shared) == own, "one for each layer in the link")
    pick(shared, "Activation of hidden 2", "sigmoid")
    begins_anew(shared, PlaygroundSpec.from_query(ALL_LIVE | {"activation": "tanh,sigmoid"})[0], start)
    for choices in (own, ALL_LIVE):  # two presses while the script is busy would count as one
        undo(shared, choices)
