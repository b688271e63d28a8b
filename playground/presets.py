"""Questions to try: a link, one question, and one check that the run itself answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from playground.data.drawing import sample_drawing
from playground.spec.digits import STACKS
from playground.spec.drawing import pack_labelled
from playground.spec.stack import read_stack
from playground.training.goals import Goal

MAX_DIGITS_SAID = 6  # of a number of epochs


@dataclass(frozen=True)
class Preset:
    """One question to try.

    Attributes:
        key: its word in a link.
        title: what it is about, in a few words.
        question: what the person predicts before Play.
        answers: what can be predicted; empty asks for a number of epochs.
        choices: values that differ from the defaults.
        within: epochs after which it is decided.
        column: the recorded number that is checked.
        below: reached below this value; or above: reached above it.
        limit: a rule on the choices in words, such as "with at most 2 hidden units"; may be empty.
        keeps_limit: whether a spec keeps that rule.
        racers: where the answers compete, the recorded number of each.
        counts: the word for what `within` counts.
    """

    key: str
    title: str
    question: str
    answers: tuple[str, ...]
    choices: Mapping[str, Any] = field(hash=False)
    within: int
    column: str = "test_loss"
    below: float | None = None
    above: float | None = None
    limit: str = ""
    keeps_limit: Callable[[Any], bool] = field(default=lambda spec: True, hash=False)
    racers: tuple[str, ...] = ()
    counts: str = "epochs"

    def goal(self, spec: Any, prediction: str) -> Goal:
        """The check for a run of these choices. It counts on the question's own data set only, and says so."""
        kept, limit = self.keeps_limit(spec), self.limit
        if data := self.choices.get("dataset"):
            kept = kept and spec.values()["dataset"] == data
            limit = f"{limit} on {data.removeprefix('gb_').replace('_', ' ')}".strip()
        return Goal(
            self.question, self.column, self.below, self.above, self.within, limit, kept, prediction, self.answers,
            self.racers, self.counts,
        )  # fmt: skip

    def read(self, said: str) -> str:
        """What was said before Play; empty when it is no answer to this question."""
        if self.answers:
            return said if said in self.answers else ""
        return said if len(said) <= MAX_DIGITS_SAID and said.isascii() and said.isdecimal() else ""


def _at_most_units(limit: int) -> Callable[[Any], bool]:
    return lambda spec: sum(spec.structure.hidden_sizes) <= limit


def _at_most_filters(limit: int) -> Callable[[Any], bool]:
    return lambda spec: sum(b.size for b in read_stack(spec.structure.stack) if b.kind == "conv") <= limit


def _without_bends(spec: Any) -> bool:
    return set(spec.structure.activation) == {"linear"}


def _all_zero(spec: Any) -> bool:
    return bool(spec.structure.initializer == "zeros" and not spec.structure.weights)


def _flat_trees(spec: Any) -> bool:
    return bool(spec.structure.depth == 1 and not spec.structure.turned_trees)


YES_NO = ("yes", "no")

PRESETS: dict[str, tuple[Preset, ...]] = {
    "playground": (
        Preset(
            "circle", "Round the circle", "After how many epochs is the test loss below 0.05?", (),
            {"dataset": "circle", "speed": "60"}, below=0.05,
            within=500,
        ),
        Preset(
            "straight", "Only straight cuts", "Can a network without bends learn the circle?", YES_NO,
            {"dataset": "circle", "activation": ("linear",), "speed": "60"}, column="test_accuracy", above=0.9,
            limit="without bends", keeps_limit=_without_bends,
            within=200,
        ),
        Preset(
            "xor", "XOR with few units", "Do two tanh units suffice for XOR?", YES_NO,
            {"dataset": "xor", "hidden_sizes": (2,), "speed": "60"}, below=0.05,
            limit="with at most 2 hidden units", keeps_limit=_at_most_units(2),
            within=500,
        ),
        Preset(
            "features", "Better features", "Can the circle be learned without any hidden layer?", YES_NO,
            {"dataset": "circle", "features": ("x1_squared", "x2_squared"), "hidden_sizes": (), "speed": "20"},
            column="test_accuracy", above=0.98,
            limit="without hidden units", keeps_limit=_at_most_units(0),
            within=100,
        ),
        Preset(
            "spiral", "The spiral", "After how many epochs is the test accuracy above 95%?", (),
            {
                "dataset": "spiral", "hidden_sizes": (8, 8), "optimizer": "adam", "learning_rate": 0.01, "speed": "60",
            },
            column="test_accuracy", above=0.95,
            within=1000,
        ),
        Preset(
            "memorize", "Learning by heart",
            "Noisy data, few points, a large network: will the test loss rise above 1?", YES_NO,
            {
                "dataset": "gauss", "noise": 0.5, "n_samples": 80, "hidden_sizes": (16, 16), "optimizer": "adam",
                "learning_rate": 0.03, "speed": "60",
            },
            above=1.0,
            within=500,
        ),
        Preset(
            "faster", "Ten times the learning rate", "Is the test loss below 0.05 within 20 epochs?", YES_NO,
            {"dataset": "circle", "learning_rate": 0.3, "speed": "5"}, below=0.05, within=20,
            limit="with learning rate 0.3", keeps_limit=lambda spec: spec.settings.learning_rate == 0.3,
        ),
        Preset(
            "zeros", "All weights zero", "Can a network learn XOR when all start weights are zero?", YES_NO,
            {"dataset": "xor", "initializer": "zeros", "speed": "60"}, column="test_accuracy", above=0.9,
            limit="from zeros", keeps_limit=_all_zero,
            within=200,
        ),
    ),
    "attention": (
        Preset(
            "sorting", "Learn to sort", "After how many epochs are 99% of the sequences sorted without a mistake?", (),
            {"task": "sort", "speed": "5"}, column="test_accuracy", above=0.99, within=100,
        ),
        Preset(
            "places", "Without positions", "Can a model that does not know where tokens stand reverse them?", YES_NO,
            {"task": "reverse", "form": "encoder", "positions": "none", "speed": "20"},
            column="test_accuracy", above=0.9, limit="without positions",
            keeps_limit=lambda spec: spec.structure.positions == "none",
            within=50,
        ),
        Preset(
            "induction", "Two layers for induction",
            "Two layers get 95% of the sequences right in some 15 epochs. Does one layer do it within 30?", YES_NO,
            {"task": "induction", "layers": 1, "length": 6, "alphabet": 10, "speed": "20"},
            column="test_accuracy", above=0.95, within=30, limit="with one layer",
            keeps_limit=lambda spec: spec.structure.layers == 1,
        ),
        Preset(
            "letters", "Better than pairs of letters",
            "Guessing each letter of a book from the one before costs 2.41 nats. After how many epochs is it better?",
            (), {"task": "text", "learning_rate": 0.003, "speed": "max"}, below=2.41, within=60,
        ),
        Preset(
            "sgd", "Plain gradient descent", "Does plain SGD sort 90% of the sequences within 50 epochs?", YES_NO,
            {"task": "sort", "optimizer": "sgd", "speed": "20"},
            column="test_accuracy", above=0.9, within=50, limit="with sgd",
            keeps_limit=lambda spec: spec.settings.optimizer == "sgd",
        ),
    ),
    "compare": (
        Preset(
            "first", "Who is first?", "Whose test loss falls below 0.3 first?", ("the network's", "XGBoost's"),
            {"dataset": "spiral", "noise": 0.1, "contenders": ("network~hidden_sizes~8-8", "xgboost"), "speed": "20"},
            below=0.3,
            within=200, racers=("A_test_loss", "B_test_loss"),
        ),
        Preset(
            "stumps", "Trees of one question", "Can boosting learn XOR if every tree asks one question only?", YES_NO,
            {"dataset": "xor", "noise": 0.0, "contenders": ("xgboost~depth~1", "xgboost~depth~2"), "speed": "20"},
            column="A_test_accuracy", above=0.9,
            within=100,
        ),
        Preset(
            "few", "Forty points", "Will the network be right on 95% of the test points after training on 40?", YES_NO,
            {
                "dataset": "circle", "noise": 0.0, "n_samples": 400, "train_share": 0.1,
                "contenders": ("network", "xgboost", "svm_rbf", "neighbors~n_neighbors~1"), "speed": "20",
            },
            column="A_test_accuracy", above=0.95,
            within=200,
        ),
        Preset(
            "heart", "Learning by heart", "Very noisy data: will the large network's test loss rise above 1?", YES_NO,
            {
                "dataset": "gauss", "noise": 0.5, "n_samples": 80,
                "contenders": ("network~hidden_sizes~16-16~epochs~500", "forest~min_leaf~5", "logistic"), "speed": "60",
            },
            column="A_test_loss", above=1.0,
            within=500,
        ),
        Preset(
            "gaps", "Half the values gone", "Every second value is gone. Is XGBoost right on 90% of new patients?",
            YES_NO,
            {
                "dataset": "breast_cancer", "knocked_out": 0.5, "speed": "20",
                "contenders": ("network", "xgboost", "logistic", "neighbors"),
            },
            column="B_test_accuracy", above=0.9,
            within=200,
        ),
    ),
    "digits": (
        Preset(
            "read", "Learn to read", "After how many epochs of 1,000 images is the test accuracy above 95%?", (),
            {"start": "fresh", "stack": STACKS["small CNN"]}, column="test_accuracy", above=0.95,
            within=40,
        ),
        Preset(
            "one_filter", "A single filter", "Does one filter suffice for 95% within 40 epochs?", YES_NO,
            {"start": "fresh", "stack": "conv1k5,pool2,dense32"}, column="test_accuracy", above=0.95, within=40,
            limit="with a single filter", keeps_limit=_at_most_filters(1),
        ),
        Preset(
            "large_steps", "Large steps", "A learning rate of 0.3: does batch norm get it above 94% within 5 epochs?",
            YES_NO,
            {"start": "fresh", "stack": STACKS["with batch norm"], "optimizer": "sgd", "learning_rate": 0.3},
            column="test_accuracy", above=0.94, within=5,
        ),
        Preset(
            "forget", "One wrong label",
            "It can read, and now sees only one 3 that is called an 8. Is it below 90% within 3 epochs?", YES_NO,
            {"taught": (pack_labelled(8, sample_drawing(3)),), "taught_share": 1.0, "speed": "1"},
            column="test_accuracy", below=0.9, within=3,
        ),
        Preset(
            "only_straight", "No hidden layer", "Can the ten outputs alone read 95% of the digits?", YES_NO,
            {"stack": "", "start": "fresh"}, column="test_accuracy", above=0.95,
            within=40,
        ),
        Preset(
            "more_parameters", "Five times the parameters",
            "A dense network has five times the parameters of the small CNN. Does it read 95% within 11 epochs?",
            YES_NO, {"stack": STACKS["dense"], "start": "fresh"}, column="test_accuracy", above=0.95, within=11,
        ),
    ),
    "trees": (
        Preset(
            "xor", "XOR, one question a tree", "Can 200 trees of depth 1 learn XOR?", YES_NO,
            {"dataset": "gb_xor", "engine": "xgboost", "learning_rate": 0.3, "depth": 1, "n_trees": 200, "speed": "60"},
            column="test_accuracy", above=0.9, limit="with upright trees of depth 1", keeps_limit=_flat_trees,
            within=200, counts="trees",
        ),
        Preset(
            "stripes", "Stripes, one question a tree", "Can 200 trees of depth 1 learn eight stripes?", YES_NO,
            {
                "dataset": "gb_stripes", "engine": "xgboost", "learning_rate": 0.3, "depth": 1, "n_trees": 200,
                "speed": "60",
            },
            column="test_accuracy", above=0.9, limit="with upright trees of depth 1", keeps_limit=_flat_trees,
            within=200, counts="trees",
        ),
        Preset(
            "deeper", "XOR, two questions a tree", "After how many trees of depth 2 is the test loss below 0.1?", (),
            {"dataset": "gb_xor", "engine": "xgboost", "learning_rate": 0.3, "depth": 2, "n_trees": 100, "speed": "5"},
            below=0.1,
            within=100, counts="trees",
        ),
        Preset(
            "turned", "Turned stripes", "Stripes turned by 45 degrees: will the test accuracy pass 95%?", YES_NO,
            {"dataset": "gb_stripes", "rotate": 45, "speed": "20"},
            column="test_accuracy", above=0.95,
            within=50, counts="trees",
        ),
        Preset(
            "memorize", "Too many trees",
            "Noisy data, learning rate 1: will the test loss rise above 1?", YES_NO,
            {
                "dataset": "gauss", "noise": 0.5, "n_samples": 100, "newton": True, "learning_rate": 1.0, "depth": 6,
                "speed": "5",
            },
            above=1.0,
            within=50, counts="trees",
        ),
    ),
}  # fmt: skip
"""The questions of each page, by its path."""
