"""Why did that happen, on the Trees page: explanations of what was measured of boosted trees."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from playground.data.dataset import Dataset
from playground.frames.cards import Card, as_fields, begin
from playground.models.boosting import Forest
from playground.spec.trees import TreesStructure
from playground.training.history import History
from playground.training.tree_problem import objective_of

FEW_TREES = 20  # before which nothing is said about the trees as a whole
RISEN = 1.05  # test loss over its own lowest
STILL_FALLING = 0.99  # test loss now over that of nine tenths of the trees
NOT_LEARNED = 0.8  # training accuracy
BOLD_RATE = 0.5  # learning rate


@dataclass(frozen=True)
class Measured:
    """What the cards look at."""

    structure: TreesStructure
    data: Dataset
    forest: Forest
    history: History

    @property
    def counted(self) -> str:
        """What one step adds: a tree, or a round of one for each class."""
        return "round" if objective_of(self.data, self.structure.objective) == "softmax" else "tree"

    @property
    def lowest(self) -> int:
        """The record with the lowest test loss."""
        return int(np.argmin(self.history.column("test_loss")))

    @property
    def best(self) -> dict[str, float]:
        """Where the test loss was lowest."""
        epoch, test_loss = (float(self.history.column(name)[self.lowest]) for name in ("epoch", "test_loss"))
        return {"epoch": int(epoch), "test_loss": test_loss}


def explain(measured: Measured) -> list[dict[str, str]]:
    """The cards that apply now, the most urgent first, as plain fields for the view."""
    return as_fields(condition(measured) for condition in CONDITIONS)


def summarize(measured: Measured) -> str:
    """The moment in a sentence, for those who cannot see it."""
    history, best = measured.history, measured.best
    said = [_counted(measured.forest.n_trees, "tree") + "."]
    said.append(f"Training loss {history.last('train_loss'):.3f}; test loss {history.last('test_loss'):.3f},")
    said.append(f"lowest {best['test_loss']:.3f} after {_counted(int(best['epoch']), measured.counted)}.")
    if measured.data.task == "classification":
        said.append(f"Test accuracy {history.last('test_accuracy'):.0%}.")
    return " ".join(said)


def _counted(n: int, what: str) -> str:
    return f"{n} {what}" if n == 1 else f"{n} {what}s"


def when(epoch: int, counted: str) -> str:
    """The moment on the curves where something was: "at tree 7"; there is no tree 0."""
    return f"at {counted} {epoch}" if epoch else f"before the first {counted}"


def _loss(value: float) -> str:
    """Three digits, zeros among them: they tell two losses apart that differ by 1 %."""
    return f"{value:#.3g}".rstrip(".")


def _one_class(measured: Measured) -> Card | None:
    data = measured.data
    present = np.unique(data.y[: data.n_train])
    if data.task == "regression" or len(present) > 1:
        return None
    return Card(
        "one-class",
        f"All training points are {data.class_names[int(present[0])]}.",
        "Every gradient points the same way, so no question tells the points apart: trees stay single leaves.",
        "points of a second class, or a larger training share.",
    )


def _constant_feature(measured: Measured) -> Card | None:
    data = measured.data
    same = [axis.name for axis, x in zip(data.axes, data.X[: data.n_train].T, strict=True) if np.ptp(x) == 0]
    if not same:
        return None
    return Card(
        "constant",
        f"{' and '.join(same)} {'is' if len(same) == 1 else 'are'} the same for all training points.",
        "A tree asks whether a feature is below a threshold: where all values are equal, there is nothing to ask.",
        "another column.",
    )


def _not_begun(measured: Measured) -> Card | None:
    text = "Before the first tree every point gets the same answer. Each tree is then fitted to what is still wrong."
    return begin(measured.history, text, "Step, to add a single tree and look at it.")


def _no_questions(measured: Measured) -> Card | None:
    forest = measured.forest
    if not forest.n_trees or forest.feature[forest.starts[-2]] >= 0:
        return None
    structure = measured.structure
    penalties = [
        name
        for name, value in (("gamma", structure.gamma), ("min child weight", structure.min_child_weight))
        if value and structure.engine == "xgboost"
    ]
    return Card(
        "leaf",
        "The newest tree asks nothing.",
        "No question gains enough" + (f" for {' and '.join(penalties)}." if penalties else ": nothing is left to fit."),
        f"a smaller {' or '.join(penalties)}." if penalties else "fewer trees, or harder data.",
    )


def _additive_trees(measured: Measured) -> Card | None:
    history, structure = measured.history, measured.structure
    if structure.depth > 1 or structure.turned_trees or "train_accuracy" not in history.columns:
        return None
    if history.last("epoch") < FEW_TREES or history.last("train_accuracy") >= NOT_LEARNED:
        return None
    return Card(
        "depth",
        "Trees of depth 1 cannot combine features.",
        "Each asks one question, so the score is a function of x1 plus a function of x2, however many trees there are.",
        "depth 2.",
    )


def _overfitting(measured: Measured) -> Card | None:
    test, train = (measured.history.column(name) for name in ("test_loss", "train_loss"))
    best = measured.lowest
    if not np.isfinite(test[-1]) or test[-1] <= RISEN * test[best] or train[-1] >= train[best]:
        return None
    bold = measured.structure.learning_rate >= BOLD_RATE
    return Card(
        "overfitting",
        f"Too many trees: the test loss was lowest {when(int(measured.best['epoch']), measured.counted)}.",
        "Later trees are fitted to what chance left over in the training points"
        + (", and at this learning rate each is believed at once." if bold else "."),
        "a learning rate of 0.1." if bold else "early stopping, a smaller depth or a smaller learning rate.",
    )


def _more_trees(measured: Measured) -> Card | None:
    history, n_trees = measured.history, measured.structure.n_trees
    epoch, test = history.column("epoch"), history.column("test_loss")
    if epoch[-1] < max(FEW_TREES, n_trees) or measured.lowest < len(test) - 1:
        return None
    before = test[np.searchsorted(epoch, 0.9 * epoch[-1])]
    if test[-1] > STILL_FALLING * before:
        return None
    return Card(
        "more",
        "More trees would still help.",
        f"The last tenth of the trees brought the test loss from {_loss(before)} to {_loss(test[-1])}, "
        "its lowest so far.",
        "more trees, or a larger learning rate.",
    )


CONDITIONS: tuple[Callable[[Measured], Card | None], ...] = (
    _one_class,
    _constant_feature,
    _not_begun,
    _no_questions,
    _additive_trees,
    _overfitting,
    _more_trees,
)
