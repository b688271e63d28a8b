"""Trains the weights that the Digits page ships: `python -m playground.learners.ship_digits mnist.npz [passes]`.

It is the page's own learner on the complete MNIST, with augmentation and a learning rate that falls as a cosine. The
weights of the last passes are averaged (Izmailov et al. 2018, "Averaging Weights Leads to Wider Optima").
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from safetensors.numpy import save_file

from playground.data.digits import Digits, load_complete
from playground.learners.cnn import CnnLearner
from playground.models.cnn import split_params
from playground.models.shipped import DIGITS_WEIGHTS
from playground.spec.digits import READER, STACKS, DigitsSpec
from playground.spec.stack import read_stack
from playground.training.digit_batches import EPOCH_IMAGES
from playground.training.evaluation import accuracy, probabilities

AVERAGED = 3  # of the last passes


def train(data: Digits, n_passes: int) -> np.ndarray:
    """The averaged weights after `n_passes` over all images: (n_params,) float32."""
    learner, epochs = CnnLearner(load=lambda: data), len(data.train_images) // EPOCH_IMAGES
    spec = DigitsSpec().change(
        stack=STACKS[READER], start="fresh", augmentation=True, batch_size=64, learning_rate=0.003,
        schedule="cosine", schedule_epochs=n_passes * epochs,
    )  # fmt: skip
    state, ends = learner.init(spec), []
    for number in range(n_passes):
        state = learner.advance(spec, state, learner.steps_until(spec, state, (number + 1) * epochs))
        ends.append(state.arrays["params"])
        print(f"pass {number + 1}: {test_accuracy(data, np.mean(ends[-AVERAGED:], axis=0)):.2%}", flush=True)  # noqa: T201
    return np.mean(ends[-AVERAGED:], axis=0)


def test_accuracy(data: Digits, params: np.ndarray) -> float:
    """On all test images of the set."""
    blocks = read_stack(STACKS[READER])
    return accuracy(probabilities(torch.tensor(params), data.test_images, blocks, "relu"), data.test_labels)


def save(params: np.ndarray) -> None:
    """One tensor for each weight and bias, by layer."""
    layers = split_params(torch.tensor(params), read_stack(STACKS[READER]))
    names = ("weight", "bias")
    tensors = {f"{k}.{n}": t.numpy().copy() for k, ts in enumerate(layers) for n, t in zip(names, ts, strict=False)}
    DIGITS_WEIGHTS.parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, DIGITS_WEIGHTS)


if __name__ == "__main__":
    complete = load_complete(sys.argv[1])
    save(train(complete, int(sys.argv[2]) if len(sys.argv) > 2 else 24))
