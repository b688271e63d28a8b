"""Small rules of a run: how fast it goes, when it stops by itself, when a question is answered."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.learners.registry import learner_of
from playground.live.pace import FRAME_SECONDS, MAX_CREDIT_SECONDS, SLICE_SECONDS, Pace
from playground.spec import PlaygroundSpec, Settings
from playground.training.goals import Goal
from playground.training.history import History
from playground.training.stops import EXPLODED_LOSS, divergence, has_diverged, stop_reason

# --- pace -------------------------------------------------------------------------------------------------------------


def steps_in(pace: Pace, seconds: float, speed: str, *, ticks_per_second: int = 200, steps_per_epoch: int = 25) -> int:
    """Steps that a pace asks for when it is asked often for some seconds."""
    pace.restart(100.0)
    times = (100.0 + k / ticks_per_second for k in range(round(seconds * ticks_per_second) + 1))
    return sum(pace.due(speed, steps_per_epoch, now, 1.0) for now in times)


@pytest.mark.parametrize("speed", ["1", "5", "20", "60"])
@pytest.mark.parametrize("steps_per_epoch", [1, 25, 1800])
def test_a_speed_is_kept_over_ten_seconds(speed: str, steps_per_epoch: int) -> None:
    pace = Pace(steps_per_second=1e9)
    wanted = 10 * float(speed) * steps_per_epoch
    made = steps_in(pace, 10, speed, steps_per_epoch=steps_per_epoch)
    assert wanted - float(speed) * steps_per_epoch / 30 - 1 <= made <= wanted + 1e-6 * wanted


def test_a_slice_at_top_speed_takes_as_long_as_planned() -> None:
    assert Pace(steps_per_second=50_000).due("max", 25, 0.0, 1.0) == round(50_000 * SLICE_SECONDS)


def test_a_full_machine_gets_smaller_slices_but_never_none() -> None:
    assert Pace(steps_per_second=50_000).due("max", 25, 0.0, 0.1) == round(5_000 * SLICE_SECONDS)
    assert Pace(steps_per_second=0.001).due("max", 25, 0.0, 0.01) == 1


def test_a_run_slower_than_its_speed_makes_no_slice_longer_than_planned() -> None:
    pace = Pace(steps_per_second=100)
    assert pace.due("60", 1800, 50.0, 1.0) == max(1, round(100 * SLICE_SECONDS))


def test_on_a_full_machine_a_run_behind_its_speed_trains_as_long_as_it_is_painted() -> None:
    pace = Pace(steps_per_second=1000)
    pace.measure(14, 0.014, 0.04)
    pace.measure(14, 0.014)  # nobody had room for a frame: what one takes is still known
    for share, seconds in ((1.0, SLICE_SECONDS), (0.25, 0.03), (0.0625, 0.0375)):
        assert replace(pace).due("60", 1000, 50.0, share) == round(1000 * seconds)
    assert pace.due("max", 1000, 50.0, 0.0625) == 1  # who asks for no speed is behind none


def test_a_stalled_run_does_not_race_to_catch_up() -> None:
    pace = Pace(steps_per_second=1e9)
    pace.restart(0.0)
    made = pace.due("20", 25, 3600.0, 1.0)
    assert made <= MAX_CREDIT_SECONDS * 20 * 25 + 1
    assert made > 0


def test_nothing_is_due_for_the_time_that_a_run_stood_still() -> None:
    pace = Pace(steps_per_second=1e9, last=-1.0)
    pace.restart(1000.0)
    assert pace.due("20", 25, 1000.0, 1.0) == 0


def test_no_more_slices_than_screen_refreshes() -> None:
    pace = Pace(steps_per_second=1e9)
    pace.restart(100.0)
    assert pace.due("60", 1000, 100.1, 1.0) > 0
    assert pace.due("60", 1000, 100.1 + FRAME_SECONDS / 2, 1.0) == 0
    assert pace.due("60", 1000, 100.1 + 2 * FRAME_SECONDS, 1.0) > 0


def test_one_fast_slice_does_not_make_the_next_one_huge() -> None:
    pace = Pace(steps_per_second=1000)
    pace.measure(10**9, 1.0)
    assert pace.steps_per_second == 4000
    pace.measure(50, 1.0)
    assert pace.steps_per_second == 50


@pytest.mark.parametrize(("n_steps", "seconds"), [(0, 1.0), (5, 0.0)])
def test_an_empty_slice_teaches_nothing(n_steps: int, seconds: float) -> None:
    pace = Pace(steps_per_second=1000)
    pace.measure(n_steps, seconds)
    assert pace.steps_per_second == 1000


@given(st.sampled_from(["1", "5", "20", "60"]), st.integers(1, 2000), st.floats(0, 1e6), st.floats(0, 10))
def test_waiting_ends(speed: str, steps_per_epoch: int, now: float, since: float) -> None:
    pace = Pace()
    pace.restart(now)
    wait = pace.wait_seconds(speed, steps_per_epoch, now + since)
    assert 0 < wait <= 1 / (float(speed) * steps_per_epoch) + FRAME_SECONDS + 1e-3


# --- stops ------------------------------------------------------------------------------------------------------------


def history_of(train: list[float], test: list[float] | None = None) -> History:
    history = History.empty("train_loss", "test_loss")
    for epoch, loss in enumerate(train):
        history = history.add(epoch, epoch * 25, loss, test[epoch] if test else 9.0)
    return history


def stops_at(settings: Settings, history: History) -> list[int]:
    """The records at which a run would stop."""
    return [
        n - 1
        for n in range(1, len(history.rows) + 1)
        if stop_reason(settings, History(history.columns, history.rows[:n]))
    ]


def test_no_condition_no_stop() -> None:
    assert stops_at(Settings(), history_of([1.0] * 50)) == []


def test_target_loss_stops_once_where_it_falls_below() -> None:
    losses = [0.9, 0.5, 0.3, 0.2, 0.1]
    settings = Settings(stop_loss=0.25)
    assert stops_at(settings, history_of([9.0] * 5, losses)) == [3]
    assert "0.25" in stop_reason(settings, history_of([9.0] * 4, losses))


def test_target_loss_stops_again_after_it_was_lost() -> None:
    assert stops_at(Settings(stop_loss=0.25), history_of([9.0] * 5, [0.9, 0.2, 0.3, 0.1, 0.1])) == [1, 3]


def test_a_target_that_the_start_meets_already_stops_once_at_the_first_record() -> None:
    assert stops_at(Settings(stop_loss=0.9), history_of([9.0] * 4, [0.7, 0.6, 0.5, 0.4])) == [0, 1]


def test_the_target_is_the_test_loss() -> None:
    assert stops_at(Settings(stop_loss=0.25), history_of([0.1] * 4, [0.9] * 4)) == []


def test_epoch_limit_stops_once() -> None:
    assert stops_at(Settings(stop_epoch=4), history_of([1.0] * 10)) == [4]
    assert "epoch 4" in stop_reason(Settings(stop_epoch=4), history_of([1.0] * 5))


def test_epoch_limit_between_two_records_stops_at_the_later_one() -> None:
    history = History.empty("train_loss", "test_loss")
    for epoch in (0, 100, 200, 202, 204, 206):
        history = history.add(epoch, epoch, 1.0, 1.0)
    assert stops_at(Settings(stop_epoch=203), history) == [4]


def test_plateau_stops_once_when_nothing_improves() -> None:
    losses = [1.0, 0.8, 0.6, *[0.5] * 20]  # the best so far comes at epoch 3
    assert stops_at(Settings(stop_plateau=5), history_of(losses)) == [8]


def test_plateau_ignores_steady_progress_and_counts_tiny_progress_as_none() -> None:
    assert stops_at(Settings(stop_plateau=5), history_of([0.95**k for k in range(50)])) == []
    assert len(stops_at(Settings(stop_plateau=5), history_of([0.9999**k for k in range(50)]))) == 1


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf, EXPLODED_LOSS * 1.01])
def test_a_loss_beyond_use_is_a_divergence(loss: float) -> None:
    assert has_diverged(Settings(), loss)


@pytest.mark.parametrize("loss", [0.0, 1.0, EXPLODED_LOSS])
def test_any_other_loss_is_not(loss: float) -> None:
    assert not has_diverged(Settings(), loss)


def test_a_large_loss_may_be_allowed_but_no_number_never_is() -> None:
    allowed = Settings(stop_on_divergence=False)
    assert not has_diverged(allowed, EXPLODED_LOSS * 2)
    assert has_diverged(allowed, math.nan)
    assert has_diverged(allowed, math.inf)


def test_a_divergence_says_when_and_what_to_try() -> None:
    assert divergence(1233).startswith("Diverged in epoch 1,234")
    assert "learning rate" in divergence(0)


def test_a_divergence_names_the_pass_after_which_the_loss_is_beyond_use() -> None:
    """Gradient descent on a plane by hand: one update a pass, so each pass is one line of numpy."""
    query = {"dataset": "plane", "learning_rate": "0.12", "hidden_sizes": "", "batch_size": "250"}
    spec = PlaygroundSpec.from_query(query)[0]
    learner = learner_of(spec)
    start, scene = learner.init(spec), learner.scene(spec)
    n = scene["n_train"]
    X = np.column_stack([scene["points"][:n], np.ones(n)]).astype(float)  # (n, 3), the last one for the bias
    y, w, epoch = scene["labels"][:n].astype(float), start.arrays["params"].astype(float), 0
    while np.mean((X @ w - y) ** 2) <= EXPLODED_LOSS:
        w, epoch = w - 0.12 * 2 * X.T @ (X @ w - y) / n, epoch + 1
    assert epoch > 2
    assert learner.advance(spec, start, 100).stopped.startswith(f"Diverged in epoch {epoch}:")


# --- goals ------------------------------------------------------------------------------------------------------------


def test_a_goal_is_done_at_the_first_record_that_reaches_it() -> None:
    goal = Goal("Can it?", "test_loss", below=0.25)
    assert goal.done_epoch(history_of([9.0] * 5, [0.9, 0.5, 0.2, 0.4, 0.1])) == 2
    assert goal.done_epoch(history_of([0.1] * 3)) is None


def test_a_goal_may_ask_for_more_instead_of_less() -> None:
    goal = Goal("Does it overfit?", "test_loss", above=1.0)
    assert goal.done_epoch(history_of([0.0] * 4, [0.5, 1.0, 1.1, 0.2])) == 2


def test_a_goal_within_epochs_does_not_count_later() -> None:
    history = history_of([9.0] * 5, [0.9, 0.9, 0.9, 0.1, 0.1])
    assert Goal("Quick?", "test_loss", below=0.25, within=3).done_epoch(history) == 3
    assert Goal("Quick?", "test_loss", below=0.25, within=2).done_epoch(history) is None


def test_a_goal_whose_rule_is_broken_is_never_done() -> None:
    history = history_of([9.0] * 2, [0.1, 0.1])
    assert (
        Goal("Few?", "test_loss", below=0.25, limit="with at most 4 units", limit_kept=False).done_epoch(history)
        is None
    )


def test_a_goal_reads_as_a_sentence() -> None:
    goal = Goal("Few?", "test_loss", below=0.05, within=100, limit="with at most 4 units", prediction="63")
    assert goal.check() == "test loss below 0.05 within 100 epochs with at most 4 units"
    assert goal.describe(history_of([1.0])) == {
        "question": "Few?", "answers": (), "check": goal.check(), "within": 100, "prediction": "63", "state": "open",
        "done_epoch": None, "outcome": "", "verdict": "",
    }  # fmt: skip
    assert (
        replace(goal, within=10, counts="trees").check() == "test loss below 0.05 within 10 trees with at most 4 units"
    )


YES_NO, NUMBER = ("yes", "no"), ()


@pytest.mark.parametrize(
    ("test_loss", "answers", "said", "state", "outcome", "verdict"),
    [
        ([0.9, 0.9], YES_NO, "yes", "open", "", ""),
        ([0.9, 0.9, 0.1], YES_NO, "yes", "done", "yes", "✓ right"),
        ([0.9, 0.9, 0.1], YES_NO, "no", "done", "yes", "✗ wrong"),
        ([0.9, 0.9, 0.9, 0.9], YES_NO, "no", "missed", "no", "✓ right"),
        ([0.9, 0.9, 0.9, 0.9, 0.1], YES_NO, "yes", "missed", "no", "✗ wrong"),
        ([0.9, 0.9, 0.1], YES_NO, "", "done", "yes", ""),
        ([0.9, 0.9, 0.1], NUMBER, "2", "done", "2", "✓ right"),
        ([0.9, 0.9, 0.1], NUMBER, "9", "done", "2", "✗ off by 7"),
        ([0.9, 0.9, 0.9, 0.9], NUMBER, "2", "missed", "not within 3", "✗ wrong"),
    ],
)
def test_a_prediction_is_judged_when_the_check_is_decided(
    test_loss: list[float], answers: tuple[str, ...], said: str, state: str, outcome: str, verdict: str
) -> None:
    goal, history = (
        Goal("?", "test_loss", below=0.25, within=3, prediction=said, answers=answers),
        history_of(test_loss, test_loss),
    )
    assert (goal.state(history), goal.outcome(history), goal.verdict(history)) == (state, outcome, verdict)
    broken = replace(goal, limit_kept=False)
    assert (broken.state(history), broken.outcome(history), broken.verdict(history)) == ("void", "", "")


def test_a_number_close_to_the_measured_one_counts() -> None:
    history = history_of([1.0] * 11, [1.0] * 10 + [0.1])
    said = {text: Goal("?", "test_loss", below=0.25, prediction=text).verdict(history) for text in ("8", "12", "13")}
    assert said == {"8": "✓ close, off by 2", "12": "✓ close, off by 2", "13": "✗ off by 3"}


def test_of_racers_the_first_one_there_is_the_answer() -> None:
    history = History.empty("test_loss", "A_test_loss", "B_test_loss")
    for epoch, row in enumerate([(0.9, 0.9, 0.9), (0.2, 0.9, 0.2), (0.1, 0.1, 0.2)]):
        history = history.add(epoch, epoch, *row)
    race = Goal(
        "Who?", "test_loss", below=0.3, within=9, answers=("left", "right"), racers=("A_test_loss", "B_test_loss")
    )
    assert race.outcome(history) == "right"
    assert replace(race, below=0.01, within=2).outcome(history) == "nobody"
    tie = replace(race, below=0.95, prediction="left")
    assert (tie.outcome(history), tie.verdict(history)) == ("left and right at once", "– a tie")
    assert replace(tie, prediction="nobody").verdict(history) == "✗ wrong"


# --- history ----------------------------------------------------------------------------------------------------------


def test_history_grows_at_its_end_and_the_old_one_stays() -> None:
    short = history_of([1.0, 0.5])
    longer = short.add(2, 50, 0.25, 9.0)
    assert len(short.rows) == 2
    assert longer.last("train_loss") == 0.25
    assert longer.column("epoch").tolist() == [0, 1, 2]
    assert np.array_equal(longer.until(1).rows, short.rows)
    assert math.isnan(History.empty("train_loss").last("train_loss"))


def test_on_a_full_machine_a_slice_trains_as_long_as_its_painting_takes() -> None:
    """So painting is thinned and training goes on: else each slice would be one step and a frame."""
    pace = Pace(steps_per_second=1000, painting_seconds=0.04)
    pace.restart(0.0)
    assert pace.due("100", 25, 1.0, 0.25) == round(1000 * 0.04 * 0.75)
    alone = Pace(steps_per_second=1000, painting_seconds=0.04)
    alone.restart(0.0)
    assert alone.due("100", 25, 1.0, 1.0) == round(1000 * SLICE_SECONDS)
