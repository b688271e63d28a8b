"""State of a dense network -> frame: output map, a picture of every unit, losses, gradients, marks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from playground.data.cells import RANGE, cell_places
from playground.data.dataset import Dataset
from playground.data.features import FEATURE_LABELS, make_features
from playground.data.own import own_index, point_classes
from playground.frames.cards import DEAD, SATURATED, Measured, explain
from playground.frames.outputs import confidence, confusion, lead, predicted_class, score, under_look
from playground.frames.shades import answer_scale, as_bytes, round_scale
from playground.models.mlp import LayerSlices, layer_slices
from playground.spec import PlaygroundSpec
from playground.spec.wording import number_text
from playground.training import kernel
from playground.training.codes import hyper_vector
from playground.training.history import History
from playground.training.optimizers import learning_rate_at
from playground.training.problem import Problem

MAP_SIDE, PICTURE_SIDE = 100, 20
SATURATED_SHARE, LIMIT_SHARE = 0.95, 0.01  # 95% of the points within 1% of the activation's limits
FLAT_BELOW = {"relu": 0.0, "gelu": -4.0, "elu": -7.0, "silu": -9.0}  # sums below which the slope is under 0.001
BOUNDED = {"tanh": (-1.0, 1.0), "sigmoid": (0.0, 1.0)}


@dataclass(frozen=True)
class Network:
    """Parameters with what is needed to evaluate them; codes as the kernel knows them."""

    params: np.ndarray
    sizes: np.ndarray
    activations: np.ndarray
    loss: int

    def units(self, X: np.ndarray) -> np.ndarray:
        """Values of all hidden units and raw outputs: (n_features, n) -> (n_hidden + n_outputs, n) float32."""
        return kernel.forward_all(self.params, X, self.sizes, self.activations)

    def split(self, rows: np.ndarray) -> list[np.ndarray]:
        """Rows of `units` by layer."""
        return np.split(rows, np.cumsum(self.sizes[1:])[:-1])


def draw_scene(spec: PlaygroundSpec, data: Dataset) -> dict[str, Any]:
    """What is drawn once a run."""
    structure = spec.structure
    pictures = make_features(cell_places(PICTURE_SIDE), structure.features)  # (n_features, 400)
    scales = np.array([_unit_scale(row) for row in pictures])
    n_outputs = 1 if data.n_classes in (0, 2) else data.n_classes
    return {
        "task": data.task,
        "n_train": data.n_train,
        "class_names": data.class_names,
        "label_scale": 1.0 if data.task == "classification" else answer_scale(data.y),
        "axes": [{"name": a.name, "center": a.center, "scale": a.scale} for a in data.axes],
        "range": RANGE,
        "sizes": [len(structure.features), *structure.hidden_sizes, n_outputs],
        "feature_labels": [FEATURE_LABELS[name] for name in structure.features],
        "activations": [structure.activation_of(layer) for layer in range(len(structure.hidden_sizes))],
        "loss": structure.loss,
        "seed": structure.seed,
        "dataset": structure.dataset,
        "own_points": structure.dataset == "points",
        "point_classes": point_classes(structure.points),
        "own_index": own_index(structure.points, data.X) if structure.dataset == "points" else None,
        "points": data.X.astype(np.float32),
        "labels": data.y.astype(np.float32),
        "feature_scales": scales.tolist(),
        "feature_pictures": kernel.quantize(pictures / scales[:, None], 1.0).reshape(-1, PICTURE_SIDE, PICTURE_SIDE),
    }


def observe(
    spec: PlaygroundSpec,
    problem: Problem,
    network: Network,
    history: History,
    epoch: int,
    unit: tuple[int, int] | None,
    point: tuple[float, float] | None,
) -> dict[str, Any]:
    """What the view draws of one moment.

    Args:
        spec: the choices in force.
        problem: points, features and targets.
        network: the parameters.
        history: of the run, for the cards.
        epoch: for the learning rate in force.
        unit: (layer, unit) whose map is wanted; None or one that does not exist: the output.
        point: a place whose path through the network is wanted.
    """
    data, targets, n = problem.data, problem.targets, problem.data.n_train
    values = network.units(problem.X)  # (n_hidden + n_outputs, n_samples)
    outputs = values[-len(targets) :]
    train_X, train_targets = problem.train
    train_loss, gradient = kernel.loss_and_gradient(
        network.params, train_X, train_targets, network.sizes, network.activations, network.loss
    )
    test_outputs, test_targets = np.ascontiguousarray(outputs[:, n:]), np.ascontiguousarray(targets[:, n:])
    unit_state = _unit_states(spec, network, train_X, network.split(values[:, :n])[:-1])
    name = "accuracy" if data.task == "classification" else "r2"
    return {
        "train_loss": train_loss,
        "test_loss": kernel.loss_of(test_outputs, test_targets, network.loss),
        f"train_{name}": score(data.task, outputs[:, :n], train_targets),
        f"test_{name}": score(data.task, test_outputs, test_targets),
        "learning_rate": learning_rate_at(hyper_vector(spec.settings), epoch),
        "scheduled": spec.settings.is_scheduled,
        "n_params": len(network.params),
        "params": network.params,
        "gradients": gradient,
        "gradient_norms": [float(np.linalg.norm(_layer(gradient, s))) for s in layer_slices(network.sizes)],
        "unit_state": unit_state,
        "cards": explain(Measured(spec, history, unit_state, alike=_has_alike_units(network))),
        **_pictures(spec, network),
        **_map(spec, network, data, unit),
        **_answers(data, outputs, test_outputs, test_targets),
        **_trace(spec, network, data, point),
    }


def _pictures(spec: PlaygroundSpec, network: Network) -> dict[str, Any]:
    """A 20 x 20 picture of every unit; units of a layer share one color scale."""
    layers = network.split(network.units(_grid(PICTURE_SIDE, spec.structure.features)))
    scales = [
        1.0 if layer < len(layers) - 1 and spec.structure.activation_of(layer) in BOUNDED else _unit_scale(rows)
        for layer, rows in enumerate(layers)
    ]
    pictures = [kernel.quantize(rows, scale) for rows, scale in zip(layers, scales, strict=True)]
    return {
        "layer_scales": scales,
        "unit_pictures": np.concatenate(pictures).reshape(-1, PICTURE_SIDE, PICTURE_SIDE),
    }


def _map(spec: PlaygroundSpec, network: Network, data: Dataset, unit: tuple[int, int] | None) -> dict[str, Any]:
    """The large map: what the whole network answers, or the function of one hidden unit beside it."""
    grid = _grid(MAP_SIDE, spec.structure.features)
    n_layers = len(network.sizes) - 1
    answer = _answer_map(spec, network, data, grid)
    if not (unit and unit[0] < n_layers - 1 and unit[1] < network.sizes[unit[0] + 1]):
        return {"looked": None, **answer}
    rows = kernel.unit_map(network.params, grid, network.sizes, network.activations, *unit)
    bounded = spec.structure.activation_of(unit[0]) in BOUNDED
    scale = 1.0 if bounded else _unit_scale(rows)
    own = {"looked": unit, "map_kind": "value", "map_scale": scale, "map": _square(kernel.quantize(rows, scale))}
    return own | under_look(answer)


def _answer_map(spec: PlaygroundSpec, network: Network, data: Dataset, grid: np.ndarray) -> dict[str, Any]:
    n_layers, last = len(network.sizes) - 1, range(int(network.sizes[-1]))
    maps = [kernel.unit_map(network.params, grid, network.sizes, network.activations, n_layers - 1, k) for k in last]
    outputs = np.stack(maps)  # (n_outputs, 10 000)
    if data.task == "regression":
        scale = answer_scale(data.y)
        return {"map_kind": "value", "map_scale": scale, "map": _square(kernel.quantize(outputs[0], scale))}
    shares = confidence(outputs, spec.structure.loss)
    kind = "probability" if spec.structure.loss == "cross_entropy" else "score"
    if len(shares) == 1:
        return {"map_kind": kind, "map_scale": 1.0, "map": _square(as_bytes(shares[0]))}
    sure, strongest = as_bytes(lead(outputs, spec.structure.loss)), predicted_class(outputs).astype(np.uint8)
    return {"map_kind": "class", "map_scale": 1.0, "map": _square(sure), "map_class": _square(strongest)}


def _answers(data: Dataset, outputs: np.ndarray, test_outputs: np.ndarray, test_targets: np.ndarray) -> dict[str, Any]:
    if data.task == "regression":
        return {"confusion": None}
    return {
        "confusion": confusion(test_outputs, test_targets, data.n_classes).tolist(),
        "point_outputs": predicted_class(outputs).astype(np.uint8),
    }


def _trace(spec: PlaygroundSpec, network: Network, data: Dataset, point: tuple[float, float] | None) -> dict[str, Any]:
    """The path of one place through the network."""
    if point is None:
        return {"trace": None}
    place = np.array([point])  # (1, 2)
    values = network.units(make_features(place, spec.structure.features).astype(np.float32))[:, 0]
    outputs = values[-int(network.sizes[-1]) :, None]  # (n_outputs, 1)
    nearest = int(np.argmin(np.sum((data.X - place) ** 2, axis=1)))
    if data.task == "regression":
        said, truth = f"output {number_text(outputs[0, 0], '.3f')}", number_text(data.y[nearest], ".3f")
    else:
        shares = confidence(outputs, spec.structure.loss)[:, 0]
        shares = np.array([1 - shares[0], shares[0]]) if len(shares) == 1 else shares
        form = ".1%" if spec.structure.loss == "cross_entropy" else ".2f"  # scores need not sum to 1
        said = ", ".join(f"{name} {share:{form}}" for name, share in zip(data.class_names, shares, strict=True))
        truth = data.class_names[int(data.y[nearest])]
    return {
        "trace": {"point": point, "outputs": said, "nearest": truth},
        "trace_values": values.astype(np.float32),
    }


def _has_alike_units(network: Network) -> bool:
    """Whether all units of some hidden layer of several have the same weights, coming in and going out."""
    places = layer_slices(network.sizes)
    for layer, place in enumerate(places[:-1]):
        coming = np.column_stack([_weights(network, place), network.params[place.bias]])  # (n_units, n_inputs + 1)
        going = _weights(network, places[layer + 1]).T  # (n_units, n_outputs)
        if len(coming) > 1 and not np.ptp(coming, axis=0).any() and not np.ptp(going, axis=0).any():
            return True
    return False


def _weights(network: Network, place: LayerSlices) -> np.ndarray:
    return network.params[place.weights].reshape(place.shape)  # (n_units, n_inputs)


def _unit_states(spec: PlaygroundSpec, network: Network, X: np.ndarray, layers: list[np.ndarray]) -> np.ndarray:
    """Which hidden units are dead (at the flat end of their activation for every training point) or saturated.

    Args:
        spec: the choices in force.
        network: the parameters.
        X: (n_features, n_train) float32.
        layers: for each hidden layer its values (n_units, n_train).

    Returns:
        (n_hidden,) uint8.
    """
    states, inputs = [np.zeros(0, np.uint8)], X
    for layer, (place, values) in enumerate(zip(layer_slices(network.sizes), layers, strict=False)):
        activation = spec.structure.activation_of(layer)
        state = np.zeros(len(values), np.uint8)
        if activation in FLAT_BELOW:
            weights, bias = _weights(network, place), network.params[place.bias]
            state[(weights @ inputs).max(axis=1) + bias <= FLAT_BELOW[activation]] = DEAD
        if activation in BOUNDED:
            low, high = BOUNDED[activation]
            near = np.minimum(values - low, high - values) < LIMIT_SHARE * (high - low)
            state[near.mean(axis=1) > SATURATED_SHARE] = SATURATED
        states.append(state)
        inputs = values
    return np.concatenate(states)


@lru_cache(maxsize=64)
def _grid(side: int, features: tuple[str, ...]) -> np.ndarray:
    """Features of the centers of side x side cells, top row first: (n_features, side * side) float32."""
    return np.ascontiguousarray(make_features(cell_places(side), features), dtype=np.float32)


def _unit_scale(values: np.ndarray) -> float:
    """The color scale of a unit without bounds; it does not creep with every frame."""
    return round_scale(values, share=0.95, least=0.1)


def _square(cells: np.ndarray) -> np.ndarray:
    return cells.reshape(MAP_SIDE, MAP_SIDE)


def _layer(params: np.ndarray, place: Any) -> np.ndarray:
    return params[place.weights.start : place.bias.stop]
