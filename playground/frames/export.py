"""State -> files that run or open elsewhere."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from string import Template
from typing import Any, Protocol
from urllib.parse import urlencode

import numpy as np
from safetensors.numpy import save

from playground.data.dataset import make_dataset
from playground.data.features import make_features
from playground.models.mlp import layer_sizes, layer_slices
from playground.models.randomness import TILE
from playground.spec import AttentionSettings, PlaygroundSpec, Spec
from playground.spec.network import NetworkSettings
from playground.training.problem import make_targets

ASSETS = Path(__file__).parents[2] / "assets"
MAX_EPOCHS = 20  # that the program repeats

ACTIVATIONS = {
    "relu": "nn.ReLU()",
    "leaky_relu": "nn.LeakyReLU(0.01)",
    "elu": "nn.ELU()",
    "gelu": "nn.GELU()",
    "silu": "nn.SiLU()",
    "tanh": "nn.Tanh()",
    "sigmoid": "nn.Sigmoid()",
    "linear": "nn.Identity()",
}
LOSSES = {
    "cross_entropy": "return F.binary_cross_entropy_with_logits(outputs, (targets + 1) / 2)",
    "cross_entropy_many": "return F.cross_entropy(outputs, targets.argmax(1))",
    "squared_error_tanh": "return (0.5 * (torch.tanh(outputs) - targets) ** 2).sum(1).mean()",
    "hinge": "return F.relu(1 - targets * outputs).mean()",
    "hinge_many": "return F.multi_margin_loss(outputs, targets.argmax(1))",
    "mse": "return F.mse_loss(outputs, targets)",
    "huber": "return F.huber_loss(outputs, targets)",
}


class Shown(Protocol):
    """The moment under the eyes; `playground.learners.learner.State` is one."""

    @property
    def step(self) -> int:
        """Updates made."""

    @property
    def epoch(self) -> int:
        """Whole epochs made."""

    @property
    def batch_size(self) -> int:
        """Of the batch to come."""

    @property
    def arrays(self) -> Mapping[str, np.ndarray]:
        """Among them `params`."""


def pytorch_program(spec: PlaygroundSpec, began: Shown, shown: Shown, *, n_epochs: int = MAX_EPOCHS) -> str:
    """A program that repeats a run in PyTorch and ends with the shown weights.

    Args:
        spec: the choices that the run started with.
        began: the run at step 0, with what was set by hand there.
        shown: the moment under the eyes; its `params` are (n_params,) float32.
        n_epochs: epochs to repeat; those before the first change after step 0.

    Returns:
        Python text that needs torch and numpy only. Losses agree to 4 digits unless the run magnifies
        rounding, at the shown weights to 6.
    """
    structure, settings = spec.structure, spec.settings
    data = make_dataset(structure)
    targets = make_targets(data)
    sizes = [len(structure.features), *structure.hidden_sizes, len(targets)]
    activations = [ACTIVATIONS[structure.activation_of(layer)] for layer in range(len(structure.hidden_sizes))]
    many = "_many" if len(targets) > 1 and structure.loss in ("cross_entropy", "hinge") else ""
    return template("program").substitute(
        shared_parts(spec, began, shown) | _dropout_parts(settings.dropout),
        sizes=sizes,
        activations=f"[{', '.join(activations)}]",
        n_train=data.n_train,
        **penalties(settings),
        n_epochs=min(n_epochs, MAX_EPOCHS),
        X=as_text(make_features(data.X, structure.features).T),
        targets=as_text(targets.T),
        loss=LOSSES[structure.loss + many],
    )


def shared_parts(spec: Any, began: Shown, shown: Shown) -> dict[str, Any]:
    """What the program of every network holds: its choices, the weights that it begins and ends with, its optimizer.

    Args:
        spec: the choices that the run started with.
        began: the run at step 0.
        shown: the moment under the eyes.
    """
    return {
        **spec.settings.model_dump(),
        "link": link_of(spec),
        "seed": spec.structure.seed,
        "start": as_text(began.arrays["params"]),
        "shown": as_text(shown.arrays["params"]),
        "epoch": shown.epoch,
        "optimizer": optimizer_call(spec.settings),
    }


def penalties(settings: NetworkSettings) -> dict[str, float]:
    """The rate of each kind of regularization; 0 for the one that is not chosen."""
    return {kind: settings.regularization_rate * (settings.regularization == kind) for kind in ("l1", "l2")}


def link_of(spec: Spec) -> str:
    """The choices as they stand in a link, without what only decides what is shown."""
    return urlencode({name: text for name, text in spec.to_query().items() if name not in spec.shown}, safe=",")


def weights_file(spec: PlaygroundSpec, params: np.ndarray) -> bytes:
    """The weights as safetensors: `layer1.weight` (n_out, n_in), `layer1.bias` (n_out,), and so on."""
    structure = spec.structure
    sizes = layer_sizes(len(structure.features), structure.hidden_sizes, structure.n_outputs)
    tensors = {}
    for number, place in enumerate(layer_slices(sizes), start=1):
        tensors[f"layer{number}.weight"] = params[place.weights].reshape(place.shape)
        tensors[f"layer{number}.bias"] = params[place.bias]
    return save(tensors, metadata={"link": link_of(spec)})


def _dropout_parts(dropout: float) -> dict[str, str]:
    """What only a program with dropout has."""
    if not dropout:
        return {"dropout_layer": "", "add_dropout": "", "count_step": ""}
    return {
        "dropout_layer": template("program_dropout").substitute(tile=TILE),
        "add_dropout": "            layers.append(Dropout(level))\n",
        "count_step": "        Dropout.step += 1\n",
    }


def template(name: str) -> Template:
    """A program with places to fill in."""
    return Template((ASSETS / f"{name}.py.template").read_text())


def optimizer_call(settings: NetworkSettings | AttentionSettings) -> str:
    """How the program makes its optimizer of `network` and `LEARNING_RATE`."""
    momentum, betas = f"momentum={settings.momentum}", f"betas=({settings.beta1}, {settings.beta2})"
    call = {
        "sgd": "SGD({}, lr={})",
        "momentum": "SGD({}, lr={}, " + momentum + ")",
        "nesterov": "SGD({}, lr={}, " + momentum + ", nesterov=True)",
        "rmsprop": "RMSprop({}, lr={}, alpha=" + str(settings.alpha) + ")",
        "adagrad": "Adagrad({}, lr={})",
        "adam": "Adam({}, lr={}, " + betas + ")",
        "adamw": "AdamW({}, lr={}, " + betas + f", weight_decay={settings.weight_decay})",
        "rprop": "Rprop({}, lr={})",
    }[settings.optimizer]
    return "torch.optim." + call.format("network.parameters()", "LEARNING_RATE")


def as_text(array: np.ndarray, dtype: str = "<f4") -> str:
    """Numbers as base64 of their bytes, the last axis fastest."""
    return base64.b64encode(np.ascontiguousarray(array, dtype=dtype).tobytes()).decode()
