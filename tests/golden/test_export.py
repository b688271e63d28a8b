"""The exported PyTorch program repeats the run: 20 epochs to 4 digits, the shown weights to 6."""

import contextlib
import io
import re
from types import SimpleNamespace
from typing import get_args

import numpy as np
import pytest
import torch
from safetensors.numpy import load

from playground.frames import export
from playground.learners.learner import Edit
from playground.learners.mlp import MlpLearner
from playground.live import work
from playground.live.run import Run
from playground.spec import PlaygroundSpec
from playground.spec.look import Look
from playground.spec.network import Activation, Feature, LossName, OptimizerName, Regularization
from playground.spec.optimizing import Schedule
from playground.spec.points import PointTable, pack_points
from playground.ui import files

THREE_OWN_CLASSES = pack_points(PointTable(np.random.default_rng(0).normal(size=(60, 2)), np.arange(60) % 3))
RUNS = [
    {},
    {"dataset": "blobs", "activation": ("relu",), "optimizer": "adam", "batch_size": 7},
    {"dataset": "plane", "loss": "huber", "optimizer": "nesterov", "hidden_sizes": (3,), "learning_rate": 0.01},
    {"dataset": "xor", "loss": "hinge", "regularization": "l2", "regularization_rate": 0.01, "gradient_clip": 0.5},
    {"loss": "squared_error_tanh", "schedule": "step", "schedule_epochs": 5, "activation": ("silu", "gelu")},
    {"dataset": "moons", "dropout": 0.3, "hidden_sizes": (5, 3), "batch_size": 50, "seed": 4},
    {"dataset": "spiral3", "loss": "hinge", "regularization": "l1", "regularization_rate": 0.001},
    {"dataset": "checkerboard", "n_samples": 60, "optimizer": "momentum", "schedule": "cosine", "schedule_epochs": 12,
     "activation": ("leaky_relu",), "features": ("x1", "x2", "sin_x1", "sin_x2")},
    {"dataset": "gauss", "n_samples": 60, "optimizer": "rmsprop", "activation": ("elu",), "initializer": "he",
     "learning_rate": 0.003, "features": ("x1_squared", "x2_squared", "x1x2")},
    {"dataset": "heart", "n_samples": 60, "optimizer": "adagrad", "activation": ("sigmoid",), "initializer": "xavier",
     "features": ("cos_x1", "cos_x2", "radius")},
    {"dataset": "multi_gauss", "n_samples": 60, "optimizer": "adamw", "activation": ("linear",), "learning_rate": 0.003},
    {"optimizer": "rmsprop"},
    {"dataset": "moons", "noise": 0.2, "hidden_sizes": (5, 3), "loss": "hinge", "optimizer": "adam"},
    {"loss": "hinge", "optimizer": "adagrad"},
    {"dataset": "points", "points": THREE_OWN_CLASSES, "optimizer": "rprop", "learning_rate": 0.003},
]  # fmt: skip
LINE = re.compile(r"epoch (\d+): training loss ([\d.e-]+), test loss ([\d.e-]+)")


@pytest.fixture(autouse=True)
def _one_thread():
    torch.set_num_threads(1)


def printed_losses(program):
    """What the program prints: epoch, training loss, test loss of each line."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(program, {})
    return [tuple(map(float, match)) for match in LINE.findall(printed.getvalue())]


@pytest.mark.parametrize("choices", RUNS, ids=lambda choices: str(choices)[:150])
def test_program_repeats_the_run(choices):
    spec = PlaygroundSpec.from_values(choices)
    learner = MlpLearner()
    state = learner.init(spec)
    state = learner.advance(spec, state, learner.steps_until(spec, state, 30))
    lines = printed_losses(export.pytorch_program(spec, learner.init(spec), state))

    assert [line[0] for line in lines] == [*range(21), 30]
    recorded = np.stack([state.history.column("train_loss"), state.history.column("test_loss")], axis=1)
    for epoch, *losses in lines[:-1]:
        assert losses == pytest.approx(recorded[int(epoch)].tolist(), rel=1e-4, abs=1e-6)
    assert lines[-1][1:] == pytest.approx(recorded[30].tolist(), abs=1.5e-6)


def names_of(literal):
    return {name for part in get_args(literal) for name in (get_args(part) or [part])}


def test_the_runs_hold_every_choice_that_a_program_depends_on():
    parts = [PlaygroundSpec.from_values(choices).values() for choices in RUNS]
    words = {"optimizer": OptimizerName, "schedule": Schedule, "regularization": Regularization, "loss": LossName}
    for name, legal in words.items():
        assert {part[name] for part in parts} == names_of(legal)
    assert {word for part in parts for word in part["activation"]} == names_of(Activation)
    assert {word for part in parts for word in part["features"]} == names_of(Feature)


def test_program_of_a_run_that_changed_at_epoch_3_repeats_the_epochs_before_and_shows_the_weights_after():
    before = PlaygroundSpec.from_values({"n_samples": 60})
    after = before.change(learning_rate=0.3, optimizer="adam")
    learner = MlpLearner()
    state = learner.init(before)
    state = learner.advance(before, state, learner.steps_until(before, state, 3))
    run = Run(before).change(state.step, after.settings)
    state = learner.advance(after, state, learner.steps_until(after, state, 10))

    lines = printed_losses(files._program(SimpleNamespace(course=SimpleNamespace(run=run), shown=state)))
    assert [line[0] for line in lines] == [0, 1, 2, 3, 10]
    recorded = np.stack([state.history.column("train_loss"), state.history.column("test_loss")], axis=1)
    assert [line[1:] for line in lines] == [
        pytest.approx(recorded[epoch].tolist(), rel=1e-4) for epoch in (0, 1, 2, 3, 10)
    ]


def test_program_of_a_run_whose_start_was_set_by_hand_repeats_it_from_there():
    spec, learner = PlaygroundSpec.from_values({"n_samples": 60}), MlpLearner()
    run = Run(spec).change(0, Edit(0, 1, 0, 2.5)).change(0, Edit(1, 0, None, -1.0))
    began = work.start(run)
    state = learner.advance(spec, began, learner.steps_until(spec, began, 25))
    lines = printed_losses(files._program(SimpleNamespace(course=SimpleNamespace(run=run), shown=state)))
    assert [line[0] for line in lines] == [*range(21), 25]
    recorded = state.history.column("train_loss")
    first = learner.observe(spec, began, Look())["train_loss"]  # the record at epoch 0 is of before the edits
    assert [line[1] for line in lines] == pytest.approx([first, *recorded[1:21], recorded[25]], rel=1e-4)


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
