"""The trained transformer that the Attention page opens with; `python -m playground.learners.ship_attention` trains it.

It is the run of the default choices as it stood at `SHIPPED_EPOCH`: weights, optimizer memory and history, so that the
run can be scrubbed, branched and trained on like any other.
"""

from __future__ import annotations

from pathlib import Path

from safetensors.numpy import load_file, save_file

from playground.data.sequences import N_TEST
from playground.frames.attention import history_names
from playground.learners.learner import State
from playground.learners.transformer import TransformerLearner
from playground.models.shipped import FOLDER
from playground.spec import AttentionSpec
from playground.spec.attention import SHIPPED_EPOCH, STEPS_PER_EPOCH
from playground.training.history import History

FILE = FOLDER / "attention_reverse.safetensors"


def load_state(spec: AttentionSpec) -> State | None:
    """The run of these choices at `SHIPPED_EPOCH`; None if they are not those of the example."""
    if not spec.opens_at:
        return None
    arrays = load_file(FILE)
    history = History(("epoch", "step", *history_names(spec.structure)), arrays.pop("history"))
    settings = spec.settings
    return State(
        SHIPPED_EPOCH * STEPS_PER_EPOCH, SHIPPED_EPOCH, 0, STEPS_PER_EPOCH, settings.batch_size, settings.optimizer,
        0, arrays, history,
    )  # fmt: skip


def train() -> State:
    """The run of the default choices at `SHIPPED_EPOCH`."""
    learner, spec = TransformerLearner(), AttentionSpec()
    return learner.advance(spec, learner.init(spec), SHIPPED_EPOCH * STEPS_PER_EPOCH)


def save(state: State, file: Path = FILE) -> None:
    """Parameters, moments and history, float32 but for the history."""
    save_file({**state.arrays, "history": state.history.rows}, file, {"epoch": str(state.epoch)})


if __name__ == "__main__":
    trained = train()
    save(trained)
    print(f"{trained.history.last('test_accuracy'):.2%} of {N_TEST} test sequences")  # noqa: T201
