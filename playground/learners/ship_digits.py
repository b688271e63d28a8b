"""Trains weights that the Digits page ships: `python -m playground.learners.ship_digits mnist.npz STACK PASSES`.

STACK is a name of `FILES`, such as dense. It is the page's own learner on the complete MNIST, with augmentation and a
learning rate that falls as a cosine. The weights of the last passes are averaged (Izmailov et al. 2018, "Averaging
Weights Leads to Wider Optima").
"""

from __future__ import annotations

import sys

import numpy as np
import torch
from safetensors.numpy import save_file

from playground.data.digits import Digits, load_complete
from playground.learners.cnn import CnnLearner
from playground.models.cnn import split_params
from playground.models.shipped import PARTS, weights_file
from playground.spec.digits import STACKS, DigitsSpec
from playground.spec.stack import read_stack
from playground.training.digit_batches import EPOCH_IMAGES
from playground.training.evaluation import accuracy, probabilities

AVERAGED = 3  # of the last passes


def train(data: Digits, stack: str, n_passes: int) -> np.ndarray:
    """The averaged weights after `n_passes` over all images: (n_params,) float32."""
    learner, epochs = CnnLearner(load=lambda: data), len(data.train_images) // EPOCH_IMAGES
    spec = DigitsSpec().change(
        stack=stack, start="fresh", augmentation=True, batch_size=64, learning_rate=0.003,
        schedule="cosine", schedule_epochs=n_passes * epochs,
    )  # fmt: skip
    state, ends = learner.init(spec), []
    for number in range(n_passes):
        state = learner.advance(spec, state, learner.steps_until(spec, state, (number + 1) * epochs))
        ends.append(state.arrays["params"])
        print(f"pass {number + 1}: training loss {state.history.last('train_loss'):.4f}", flush=True)  # noqa: T201
    return np.mean(ends[-AVERAGED:], axis=0)


def test_accuracy(data: Digits, stack: str, params: np.ndarray) -> float:
    """On all test images of the set."""
    blocks = read_stack(stack)
    return accuracy(probabilities(torch.tensor(params), data.test_images, blocks, "relu"), data.test_labels)


def save(stack: str, params: np.ndarray, data: Digits) -> float:
    """One tensor for each weight and bias, by layer, and the accuracy on all test images, which is returned."""
    reached = test_accuracy(data, stack, params)
    layers = split_params(torch.tensor(params), read_stack(stack))
    tensors = {f"{k}.{n}": t.numpy().copy() for k, ts in enumerate(layers) for n, t in zip(PARTS, ts, strict=False)}
    weights_file(stack).parent.mkdir(parents=True, exist_ok=True)
    save_file(tensors, weights_file(stack), {"accuracy": f"{reached:.4f}"})
    return reached


if __name__ == "__main__":
    complete, chosen = load_complete(sys.argv[1]), STACKS[sys.argv[2]]
    share = save(chosen, train(complete, chosen, int(sys.argv[3])), complete)
    print(f"{share:.2%} of {len(complete.test_labels)} test images")  # noqa: T201
