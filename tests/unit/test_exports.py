"""Which epochs of a run the exported program repeats."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from playground.learners.learner import Edit
from playground.learners.mlp import MlpLearner
from playground.live.run import Run
from playground.spec import PlaygroundSpec
from playground.training.history import History
from playground.ui.files import _program, epochs_before


def program_of(run: Run, n_steps: int = 75) -> str:
    """What the Export menu makes of a run after three epochs."""
    spec, learner = run.spec_at(0), MlpLearner()
    seat: Any = SimpleNamespace(
        course=SimpleNamespace(run=run), shown=learner.advance(spec, learner.init(spec), n_steps)
    )
    return _program(seat)


def test_a_setting_made_before_the_first_step_is_the_programs_own() -> None:
    spec = PlaygroundSpec()
    changed = spec.change(learning_rate=0.3)
    assert program_of(Run(spec).change(0, changed.settings)) == program_of(Run(changed))
    assert "0.3" in program_of(Run(changed)) != program_of(Run(spec))


def test_a_later_change_ends_what_is_repeated() -> None:
    spec = PlaygroundSpec()
    whole, part = (
        program_of(run) for run in (Run(spec), Run(spec).change(50, spec.change(learning_rate=0.3).settings))
    )
    assert "N_EPOCHS = 2\n" in part and "N_EPOCHS = 20\n" in whole


def test_a_change_of_when_it_stops_ends_nothing() -> None:
    spec = PlaygroundSpec()
    stops = spec.change(stop_epoch=50, stop_loss=0.1).settings
    assert "N_EPOCHS = 20\n" in program_of(Run(spec).change(50, stops))
    run = Run(spec).change(25, stops).change(50, spec.change(stop_epoch=50, learning_rate=0.3).settings)
    assert "N_EPOCHS = 2\n" in program_of(run)
    assert Run(spec).change(0, Edit(0, 0, 0, 1.0)).first_change() is None  # the program begins with it
    assert Run(spec).change(0, Edit(0, 0, 0, 1.0)).change(7, Edit(0, 0, 0, 2.0)).first_change() == 7


def test_epochs_are_counted_by_their_records_whatever_a_batch_is_now() -> None:
    history = History.empty("train_loss").add(0, 0, 1.0).add(1, 32, 0.9).add(2, 34, 0.8)
    assert [epochs_before(history, step) for step in (0, 31, 32, 33, 40)] == [0, 0, 1, 1, 2]
