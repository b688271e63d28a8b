"""Questions to try: a link, one question, and one check that the run itself answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.training.goals import Goal


@dataclass(frozen=True)
class Preset:
    """One question to try.

    Attributes:
        key: its word in a link.
        title: what it is about, in a few words.
        question: what the person predicts before Play.
        answers: what can be predicted; empty asks for a number of epochs.
        choices: values that differ from the defaults.
        column: the recorded number that is checked.
        below: reached below this value; or above: reached above it.
        within: epochs allowed.
        limit: a rule on the choices in words, such as "with at most 2 hidden units"; may be empty.
        keeps_limit: whether a spec keeps that rule.
    """

    key: str
    title: str
    question: str
    answers: tuple[str, ...]
    choices: Mapping[str, Any] = field(hash=False)
    column: str = "test_loss"
    below: float | None = None
    above: float | None = None
    within: int | None = None
    limit: str = ""
    keeps_limit: Callable[[Any], bool] = field(default=lambda spec: True, hash=False)

    def goal(self, spec: Any, prediction: str) -> Goal:
        """The check for a run of these choices."""
        kept = self.keeps_limit(spec)
        return Goal(self.question, self.column, self.below, self.above, self.within, self.limit, kept, prediction)


def _at_most_units(limit: int) -> Callable[[Any], bool]:
    return lambda spec: sum(spec.structure.hidden_sizes) <= limit


YES_NO = ("yes", "no")

PRESETS: dict[str, tuple[Preset, ...]] = {
    "playground": (
        Preset(
            "circle", "Round the circle", "After how many epochs is the test loss below 0.05?", (),
            {"dataset": "circle", "speed": "60"}, below=0.05,
        ),
        Preset(
            "straight", "Only straight cuts", "Can a network without bends learn the circle?", YES_NO,
            {"dataset": "circle", "activation": ("linear",), "speed": "60"}, column="test_accuracy", above=0.9,
        ),
        Preset(
            "xor", "XOR with few units", "Do two tanh units suffice for XOR?", YES_NO,
            {"dataset": "xor", "hidden_sizes": (2,), "speed": "60"}, below=0.05,
            limit="with at most 2 hidden units", keeps_limit=_at_most_units(2),
        ),
        Preset(
            "features", "Better features", "Can the circle be learned without any hidden layer?", YES_NO,
            {"dataset": "circle", "features": ("x1_squared", "x2_squared"), "hidden_sizes": (), "speed": "20"},
            column="test_accuracy", above=0.98,
            limit="without hidden units", keeps_limit=_at_most_units(0),
        ),
        Preset(
            "spiral", "The spiral", "After how many epochs is the test accuracy above 95 %?", (),
            {
                "dataset": "spiral", "hidden_sizes": (8, 8), "optimizer": "adam", "learning_rate": 0.01, "speed": "60",
            },
            column="test_accuracy", above=0.95,
        ),
        Preset(
            "memorize", "Learning by heart",
            "Noisy data, few points, a large network: will the test loss rise above 1?", YES_NO,
            {
                "dataset": "gauss", "noise": 0.5, "n_samples": 80, "hidden_sizes": (16, 16), "optimizer": "adam",
                "learning_rate": 0.03, "speed": "60",
            },
            above=1.0,
        ),
        Preset(
            "faster", "Ten times the learning rate", "Is the test loss below 0.05 within 20 epochs?", YES_NO,
            {"dataset": "circle", "learning_rate": 0.3, "speed": "5"}, below=0.05, within=20,
        ),
        Preset(
            "zeros", "All weights zero", "Can a network learn XOR when all start weights are zero?", YES_NO,
            {"dataset": "xor", "initializer": "zeros", "speed": "60"}, column="test_accuracy", above=0.9,
        ),
    ),
    "compare": (
        Preset(
            "first", "Who is first?", "Whose test loss falls below 0.3 first?", ("the network's", "XGBoost's"),
            {"dataset": "spiral", "noise": 0.1, "contenders": ("network~hidden_sizes~8-8", "xgboost"), "speed": "20"},
            below=0.3,
        ),
        Preset(
            "stumps", "Trees of one question", "Can boosting learn XOR if every tree asks one question only?", YES_NO,
            {"dataset": "xor", "noise": 0.0, "contenders": ("xgboost~depth~1", "xgboost~depth~2"), "speed": "20"},
            column="A_test_accuracy", above=0.9,
        ),
        Preset(
            "few", "Forty points", "Will the network be right on 95 % of the test points after training on 40?", YES_NO,
            {
                "dataset": "circle", "noise": 0.0, "n_samples": 400, "train_share": 0.1,
                "contenders": ("network", "xgboost", "svm_rbf", "neighbors~n_neighbors~1"), "speed": "20",
            },
            column="A_test_accuracy", above=0.95,
        ),
        Preset(
            "heart", "Learning by heart", "Very noisy data: will the large network's test loss rise above 1?", YES_NO,
            {
                "dataset": "gauss", "noise": 0.5, "n_samples": 80,
                "contenders": ("network~hidden_sizes~16-16~epochs~500", "forest~min_leaf~5", "logistic"), "speed": "60",
            },
            column="A_test_loss", above=1.0,
        ),
        Preset(
            "gaps", "Half the values gone", "Every second value is gone. Will XGBoost be right on 90 % of new patients?",
            YES_NO,
            {
                "dataset": "breast_cancer", "knocked_out": 0.5, "speed": "20",
                "contenders": ("network", "xgboost", "logistic", "neighbors"),
            },
            column="B_test_accuracy", above=0.9,
        ),
    ),
}  # fmt: skip
"""The questions of each page, by its path."""
