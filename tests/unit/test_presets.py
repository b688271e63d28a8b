"""Every question can be answered by its run: its choices are legal and its column is recorded."""

from __future__ import annotations

import pytest

from playground.learners.registry import learner_of
from playground.presets import PRESETS, Preset
from playground.spec import AttentionSpec, CompareSpec, DigitsSpec, PlaygroundSpec, Spec, TreesSpec

KINDS: dict[str, type[Spec]] = {
    "playground": PlaygroundSpec,
    "trees": TreesSpec,
    "compare": CompareSpec,
    "digits": DigitsSpec,
    "attention": AttentionSpec,
}
EACH = [(path, preset) for path, presets in PRESETS.items() for preset in presets]


@pytest.mark.parametrize(("path", "preset"), EACH, ids=lambda part: part if isinstance(part, str) else part.key)
def test_question_fits_its_run(path: str, preset: Preset) -> None:
    spec = KINDS[path].from_values(preset.choices)
    goal = preset.goal(spec, "yes")
    assert (goal.below is None) != (goal.above is None)
    assert goal.limit_kept
    history = learner_of(spec).init(spec).history
    assert goal.state(history) == "open", "nobody should win before Play"
    assert len(goal.racers) in (0, len(preset.answers))
    assert set(goal.racers) <= set(history.columns)


OUTCOMES = {  # of a run that is left alone; a number is of epochs and may be off by a tenth
    "circle": "143", "straight": "no", "xor": "no", "features": "yes", "spiral": "248", "memorize": "yes", "faster": "no",
    "zeros": "no",
}  # fmt: skip


@pytest.mark.parametrize("preset", PRESETS["playground"], ids=lambda preset: preset.key)
def test_a_run_that_is_left_alone_decides_its_question(preset: Preset) -> None:
    spec = PlaygroundSpec.from_values(preset.choices)
    learner = learner_of(spec)
    state = learner.init(spec)
    state = learner.advance(spec, state, learner.steps_until(spec, state, preset.within + 20))  # records grow rare
    goal, wanted = preset.goal(spec, ""), OUTCOMES[preset.key]
    outcome = goal.outcome(state.history)
    assert outcome == wanted or float(outcome) == pytest.approx(float(wanted), rel=0.1)
    assert goal.state(state.history) == ("missed" if wanted == "no" else "done")


@pytest.mark.parametrize("said", ["maybe", "", "-3", "1e3", "²", "9" * 7, "<b>"])
def test_what_is_no_answer_to_a_question_is_not_taken(said: str) -> None:
    number, choice = PRESETS["playground"][:2]
    assert (number.read("0"), number.read("63"), choice.read("no")) == ("0", "63", "no")
    assert (number.read(said), choice.read(said)) == ("", "")


def test_a_network_over_the_limit_does_not_count() -> None:
    xor = next(preset for preset in PRESETS["playground"] if preset.key == "xor")
    too_many = PlaygroundSpec.from_values(xor.choices).change(hidden_sizes=(3,))
    assert not xor.goal(too_many, "").limit_kept


@pytest.mark.parametrize(
    ("key", "choice"),
    [
        ("straight", {"activation": ("tanh",)}),
        ("zeros", {"initializer": "xavier"}),
        ("faster", {"learning_rate": 0.03}),
        ("circle", {"dataset": "gauss"}),
    ],
)
def test_another_network_or_other_data_do_not_answer_the_question(key: str, choice: dict[str, object]) -> None:
    preset = next(preset for preset in PRESETS["playground"] if preset.key == key)
    assert not preset.goal(PlaygroundSpec.from_values(preset.choices).change(**choice), "").limit_kept


def test_the_check_names_its_data() -> None:
    spec = TreesSpec.from_values(PRESETS["trees"][0].choices)
    assert PRESETS["trees"][0].goal(spec, "").check() == (
        "test accuracy above 0.9 within 200 trees with upright trees of depth 1 on xor"
    )


@pytest.mark.parametrize("presets", PRESETS.values(), ids=PRESETS.keys())
def test_no_key_stands_twice(presets: tuple[Preset, ...]) -> None:
    assert len({preset.key for preset in presets}) == len(presets)
