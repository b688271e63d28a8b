"""The exported program of the Digits page repeats the run: its epochs to 4 digits, the shown weights to 6."""

import contextlib
import io
import re

import numpy as np
import pytest
from safetensors.numpy import load

from playground.data.drawing import sample_drawing
from playground.frames import export_digits
from playground.learners.cnn import CnnLearner
from playground.spec import DigitsSpec
from playground.spec.drawing import pack_labelled

RUNS = {
    "plain": {"stack": "conv4k5s2,pool2,dense12", "batch_size": 100},
    "trained": {"batch_size": 250, "learning_rate": 0.001},
    "all chance": {
        "stack": "conv3k5s3p1,bnorm,tanh,drop20,res,norm,avg2,dense9,bnorm", "batch_size": 125, "augmentation": True,
        "dropout": 0.3, "regularization": "l2", "regularization_rate": 0.01, "gradient_clip": 0.5, "activation": "silu",
        "schedule": "cosine", "schedule_epochs": 7, "optimizer": "nesterov", "learning_rate": 0.01, "seed": 5,
        "taught": (pack_labelled(3, sample_drawing(3)),), "taught_share": 0.4,
    },
}  # fmt: skip
LINE = re.compile(r"epoch (\d+): training loss ([\d.e-]+), test loss ([\d.e-]+), .*test accuracy ([\d.e-]+)")


@pytest.mark.parametrize("name", RUNS)
def test_program_repeats_the_run(name: str) -> None:
    spec, learner = DigitsSpec.from_values(RUNS[name]), CnnLearner()
    state = learner.init(spec)
    state = learner.advance(spec, state, learner.steps_until(spec, state, 2))
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        program = export_digits.pytorch_program(spec, learner.init(spec), state, n_epochs=1)
        exec(compile(program, "program", "exec", dont_inherit=True), {"__name__": "program"})
    lines = [tuple(map(float, match)) for match in LINE.findall(printed.getvalue())]
    assert [line[0] for line in lines] == [0, 1, 2]
    recorded = np.stack([state.history.column(n) for n in ("train_loss", "test_loss", "test_accuracy")], axis=1)
    for epoch, *said in lines[:-1]:
        assert said == pytest.approx(recorded[int(epoch)].tolist(), rel=1e-4, abs=1.5e-6)
    assert lines[-1][1:] == pytest.approx(recorded[2].tolist(), abs=1.5e-6)


def test_a_batch_that_torch_refuses_is_not_repeated() -> None:
    spec = DigitsSpec().change(stack="dense4,bnorm", batch_size=333, start="fresh")
    began = CnnLearner().init(spec)
    program = export_digits.pytorch_program(spec, began, began)
    assert "N_EPOCHS = 0" in program


def test_weights_file_holds_every_layer() -> None:
    spec = DigitsSpec().change(stack="conv3k5s3,bnorm,res,dense9", start="fresh")
    params = CnnLearner().init(spec).arrays["params"]
    tensors = load(export_digits.weights_file(spec, params))
    assert tensors["0.weight"].shape == (3, 1, 5, 5)
    assert tensors["1.running_var"].tolist() == [1, 1, 1]
    assert tensors["2.weight2"].shape == (3, 3, 3, 3)
    assert sum(tensor.size for tensor in tensors.values()) == len(params)
