"""The exported program of a transformer, written with torch's own attention, repeats the run it comes from."""

import contextlib
import io
import re

import numpy as np
import pytest
from safetensors.numpy import load

from playground.frames import export_attention
from playground.learners.transformer import TransformerLearner
from playground.models.transformer_params import param_shapes
from playground.spec import AttentionSpec
from playground.spec.look import Look

LEARNER = TransformerLearner()
SMALL = {"width": 16, "feed_forward": 24, "batch_size": 8, "length": 4}
RUNS = [
    {"dropout": 0.2},
    {"task": "addition", "positions": "rotary", "optimizer": "momentum", "norm": "after", "learning_rate": 0.03},
    {"task": "depth", "form": "encoder", "positions": "alibi", "norm": "none", "tied": True, "optimizer": "rmsprop"},
    {"task": "reverse", "positions": "sinusoidal", "residual": False, "schedule": "step", "schedule_epochs": 1},
    {"task": "induction", "feed_forward": 0, "positions": "none", "optimizer": "adagrad", "layers": 1},
    {"task": "text", "context": 8, "optimizer": "adam", "schedule": "cosine", "schedule_epochs": 5},
]
LINE = re.compile(r"epoch (\d+): training loss ([\d.e-]+), test loss ([\d.e-]+), right ([\d.e-]+)")


@pytest.mark.parametrize("choices", RUNS, ids=str)
def test_program_repeats_the_run_and_prints_the_shown_loss(choices):
    spec = AttentionSpec().change(**{**SMALL, **choices})
    state = LEARNER.advance(spec, LEARNER.init(spec), 50)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(export_attention.pytorch_program(spec, LEARNER.init(spec), state), {})
    lines = [tuple(map(float, match)) for match in LINE.findall(printed.getvalue())]
    assert [line[0] for line in lines] == [0, 1, 2, 3, 5]
    names = ("train_loss", "test_loss", "test_accuracy")
    recorded = np.stack([state.history.column(name) for name in names], axis=1)
    for epoch, *values in lines[:-1]:
        assert values == pytest.approx(recorded[int(epoch)].tolist(), rel=1e-4, abs=1e-4)
    assert lines[-1][1:] == pytest.approx(recorded[5].tolist(), abs=1e-4)
    assert lines[-1][1:3] == pytest.approx(recorded[5, :2].tolist(), abs=2e-6)


def test_the_shown_loss_between_two_records_is_that_of_the_next_batch_in_its_size():
    spec = AttentionSpec().change(**SMALL)
    state = LEARNER.advance(spec, LEARNER.init(spec), 20)
    larger = spec.change(batch_size=32)
    state = LEARNER.advance(larger, state, 13)
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(export_attention.pytorch_program(spec, LEARNER.init(spec), state), {})
    frame = LEARNER.observe(larger, state, Look(still=True))
    epoch, *losses = map(float, LINE.findall(printed.getvalue())[-1][:3])
    assert epoch == 3
    assert losses == pytest.approx([frame["train_loss"], frame["test_loss"]], abs=2e-6)


def test_weights_file_holds_every_parameter_by_name():
    spec = AttentionSpec().change(**SMALL)
    params = LEARNER.init(spec).arrays["params"]
    tensors = load(export_attention.weights_file(spec, params))
    assert {name: tensor.shape for name, tensor in tensors.items()} == param_shapes(spec.structure)
    assert np.array_equal(np.concatenate([tensors[name].ravel() for name in param_shapes(spec.structure)]), params)
