"""The exported PyTorch program repeats the run: 20 epochs to 4 digits, the shown weights to 6."""

import contextlib
import io
import re

import numpy as np
import pytest
from safetensors.numpy import load

from playground.frames import export
from playground.learners.mlp import MlpLearner
from playground.spec import PlaygroundSpec

RUNS = [
    {},
    {"dataset": "blobs", "activation": ("relu",), "optimizer": "adam", "batch_size": 7},
    {"dataset": "plane", "loss": "huber", "optimizer": "nesterov", "hidden_sizes": (3,), "learning_rate": 0.01},
    {"dataset": "xor", "loss": "hinge", "regularization": "l2", "regularization_rate": 0.01, "gradient_clip": 0.5},
    {"loss": "squared_error_tanh", "schedule": "step", "schedule_epochs": 5, "activation": ("silu", "gelu")},
    {"dataset": "moons", "dropout": 0.3, "hidden_sizes": (5, 3), "batch_size": 50, "seed": 4},
    {"dataset": "spiral3", "loss": "hinge", "regularization": "l1", "regularization_rate": 0.001},
]
LINE = re.compile(r"epoch (\d+): training loss ([\d.]+), test loss ([\d.]+)")


@pytest.mark.parametrize("choices", RUNS, ids=str)
def test_program_repeats_the_run(choices):
    spec = PlaygroundSpec.from_values(choices)
    learner = MlpLearner()
    state = learner.init(spec)
    state = learner.advance(spec, state, learner.steps_until(spec, state, 30))

    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(export.pytorch_program(spec, state.arrays["params"], state.epoch), {})
    lines = [tuple(map(float, match)) for match in LINE.findall(printed.getvalue())]

    assert [line[0] for line in lines] == [*range(21), 30]
    recorded = np.stack([state.history.column("train_loss"), state.history.column("test_loss")], axis=1)
    for epoch, *losses in lines[:-1]:
        assert losses == pytest.approx(recorded[int(epoch)].tolist(), rel=1e-4, abs=1e-6)
    assert lines[-1][1:] == pytest.approx(recorded[30].tolist(), abs=1.5e-6)


def test_weights_file_holds_every_layer():
    spec = PlaygroundSpec()
    params = MlpLearner().init(spec).arrays["params"]
    tensors = load(export.weights_file(spec, params))
    assert {name: tensor.shape for name, tensor in tensors.items()} == {
        "layer1.weight": (4, 2), "layer1.bias": (4,), "layer2.weight": (2, 4), "layer2.bias": (2,),
        "layer3.weight": (1, 2), "layer3.bias": (1,),
    }  # fmt: skip
    in_order = [tensors[f"layer{k}.{part}"].ravel() for k in (1, 2, 3) for part in ("weight", "bias")]
    assert np.array_equal(np.concatenate(in_order), params)
