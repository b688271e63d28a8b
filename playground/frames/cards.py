"""Why did that happen? Short explanations that appear when something measured says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass

import numpy as np

from playground.spec import PlaygroundSpec
from playground.training.codes import hyper_vector
from playground.training.history import History
from playground.training.optimizers import learning_rate_at

DEAD, SATURATED = 1, 2  # states of a unit, as in the frame
MANY_UNITS = 0.25  # part of the hidden units
PLATEAU_EPOCHS, PLATEAU_SHARE = 50, 0.3  # looked back over: at least 50 epochs, and 30% of the run
GOOD_ACCURACY = 0.95
GOOD_R2 = 0.5  # noise alone leaves a plane more than that
GAP = 0.15  # test loss above its own best, in the loss's unit
SMALL_GAP = 0.05  # the same, where it has also doubled
SLOW = 0.01  # part of the chosen learning rate below which nothing is learned any more
WARM_UP_EPOCHS = 30  # before which nothing is said about the network as a whole


@dataclass(frozen=True)
class Card:
    """One explanation: what was measured, and what to try."""

    key: str
    title: str
    text: str
    advice: str


@dataclass(frozen=True)
class Measured:
    """What the cards look at."""

    spec: PlaygroundSpec
    history: History
    unit_state: np.ndarray
    alike: bool = False  # whether the units of some layer have the same weights, in and out


def explain(measured: Measured) -> list[dict[str, str]]:
    """The cards that apply now, the most urgent first, as plain fields for the view."""
    return as_fields(condition(measured) for condition in CONDITIONS)


def as_fields(cards: Iterable[Card | None]) -> list[dict[str, str]]:
    """The cards that are there as plain fields; `try` is the advice's name in the view."""
    return [{**asdict(card), "try": card.advice} for card in cards if card]


def begin(history: History, text: str, advice: str) -> Card | None:
    """What to watch for, until a run has begun."""
    return Card("begin", "Press Play.", text, advice) if len(history.rows) < 2 else None


def _not_begun(measured: Measured) -> Card | None:
    text = "Watch the boundary bend around the points while both losses fall."
    return begin(measured.history, text, "pointing at a unit, a link or a place on the map to look closer.")


def _alike_units(measured: Measured) -> Card | None:
    if not measured.alike or measured.spec.settings.dropout:  # what dropout leaves out differs from unit to unit
        return None
    return Card(
        "alike",
        "All units of a layer are alike.",
        "They have equal weights, so each gets the same gradient and they never part.",
        "another choice of start weights, then Reset.",
    )


def _dead_units(measured: Measured) -> Card | None:
    share = float(np.mean(measured.unit_state == DEAD)) if len(measured.unit_state) else 0.0
    if share < MANY_UNITS:
        return None
    return Card(
        "dead",
        f"{share:.0%} of the hidden units are dead.",
        "At every training point they are at the flat end of their activation: hardly any gradient reaches them.",
        "leaky relu, a lower learning rate, or Reset.",
    )


def _saturated_units(measured: Measured) -> Card | None:
    share = float(np.mean(measured.unit_state == SATURATED)) if len(measured.unit_state) else 0.0
    if share < MANY_UNITS:
        return None
    return Card(
        "saturated",
        f"{share:.0%} of the hidden units are saturated.",
        "They sit at the flat ends of their activation, where the gradient almost vanishes.",
        "L2 regularization, a lower learning rate, or relu.",
    )


def _straight_network(measured: Measured) -> Card | None:
    structure, history = measured.spec.structure, measured.history
    bends = any(structure.activation_of(layer) != "linear" for layer in range(len(structure.hidden_sizes)))
    if bends or set(structure.features) - {"x1", "x2"} or history.last("epoch") < WARM_UP_EPOCHS:
        return None
    name, good = ("train_r2", GOOD_R2) if structure.task == "regression" else ("train_accuracy", GOOD_ACCURACY)
    if history.last(name) >= good:
        return None
    can = "make a plane" if structure.task == "regression" else "cut straight"
    return Card(
        "straight",
        f"This network can only {can}.",
        "Layers without a bend are together one linear function, however many there are.",
        "an activation such as tanh with a hidden layer, or a feature such as x₁².",
    )


def _overfitting(measured: Measured) -> Card | None:
    epoch, train, test = (measured.history.column(name) for name in ("epoch", "train_loss", "test_loss"))
    if not len(test):
        return None
    best = int(np.argmin(test))
    rise = test[-1] - test[best]
    if rise < (SMALL_GAP if rise >= test[best] else GAP) or train[-1] >= train[best]:
        return None
    return Card(
        "overfitting",
        f"Overfitting since epoch {int(epoch[best]):,}.",
        "The training loss still falls while the test loss has risen: the network learns its points by heart.",
        "more points, fewer units, L2 or dropout; or drag the timeline back to the best epoch.",
    )


def _schedule_over(measured: Measured) -> Card | None:
    settings = measured.spec.settings
    rate = learning_rate_at(hyper_vector(settings), int(measured.history.last("epoch")))
    if not settings.is_scheduled or rate > SLOW * settings.learning_rate:
        return None
    return Card(
        "schedule",
        "The schedule has run out.",
        f"The {settings.schedule} schedule of {settings.schedule_epochs} epochs has brought the learning rate below "
        f"{SLOW:.0%} of {settings.learning_rate:g}. Steps this small change nothing.",
        "a longer schedule, or a constant rate.",
    )


def _plateau(measured: Measured) -> Card | None:
    epoch, loss = measured.history.column("epoch"), measured.history.column("train_loss")
    n_epochs = max(PLATEAU_EPOCHS, PLATEAU_SHARE * measured.history.last("epoch"))
    if not len(epoch) or epoch[-1] < n_epochs:
        return None
    if _schedule_over(measured):
        return None
    recent = epoch > epoch[-1] - n_epochs
    learned = "train_accuracy" in measured.history.columns and measured.history.last("train_accuracy") >= GOOD_ACCURACY
    if learned or loss[recent].min() <= 0.99 * loss[~recent].min() or loss[-1] < 0.01:
        return None
    return Card(
        "plateau",
        f"No progress for {n_epochs:,.0f} epochs.",
        "The training loss has not fallen by 1%: the steps are too small, or this network cannot do better.",
        "another learning rate, Adam, more units, or Reset.",
    )


CONDITIONS: tuple[Callable[[Measured], Card | None], ...] = (
    _not_begun,
    _alike_units,
    _dead_units,
    _straight_network,
    _overfitting,
    _saturated_units,
    _schedule_over,
    _plateau,
)
