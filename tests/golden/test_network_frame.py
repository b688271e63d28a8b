"""What a frame of the Playground page shows, against torch and scikit-learn: pictures, map, path, gradients, scores."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from sklearn import metrics

from playground.data.dataset import make_dataset
from playground.data.features import make_features
from playground.frames.cards import DEAD, SATURATED, Measured, explain
from playground.learners.learner import Edit
from playground.learners.registry import learner_of
from playground.models.mlp import layer_sizes
from playground.spec import PlaygroundSpec
from playground.spec.look import Look
from playground.training.history import History
from tests.golden.test_kernel import BENDS, Twin, torch_loss

CASES: list[dict[str, Any]] = [
    {"features": ("x1", "x2", "radius", "sin_x1"), "hidden_sizes": (5, 3), "activation": ("relu", "tanh")},
    {"dataset": "blobs", "noise": 0.5, "hidden_sizes": (4,), "activation": ("gelu",)},
    {"dataset": "moons", "loss": "squared_error_tanh", "noise": 0.3},
    {"dataset": "xor", "loss": "hinge", "hidden_sizes": ()},
    {"dataset": "spiral3", "loss": "hinge", "hidden_sizes": (8, 8), "optimizer": "adam"},
    {"dataset": "multi_gauss", "loss": "huber", "activation": ("sigmoid", "elu")},
]
N_STEPS = 200
PLACE = (1.3, -2.1)


class Torch:
    """The network of a state in torch, in float64, with all layers' values at once."""

    def __init__(self, spec: PlaygroundSpec, params: np.ndarray) -> None:
        structure = spec.structure
        sizes = layer_sizes(len(structure.features), structure.hidden_sizes, structure.n_outputs)
        self.features, self.data = structure.features, make_dataset(structure)
        names = tuple(structure.activation_of(layer) for layer in range(len(structure.hidden_sizes)))
        self.twin = Twin(params.astype(np.float64), sizes, names)

    def layers(self, places: np.ndarray) -> list[torch.Tensor]:
        """Values of each layer, (n, n_units) each, at (n, 2) places."""
        X, found = torch.tensor(make_features(places, self.features).T), []
        pairs = list(zip(self.twin.tensors[::2], self.twin.tensors[1::2], strict=True))
        for layer, (weights, bias) in enumerate(pairs):
            X = X @ weights.T + bias
            X = BENDS[self.twin.activations[layer]](X) if layer < len(pairs) - 1 else X
            found.append(X)
        return found

    def targets(self) -> torch.Tensor:
        """(n, n_outputs): +1 and -1 by class, or the value."""
        y, n = torch.tensor(self.data.y), self.data.n_classes
        if not n:
            return y[:, None]
        return 2.0 * (y[:, None] == (torch.arange(n) if n > 2 else torch.ones(1))) - 1


def places(side: int) -> np.ndarray:
    """Centers of side x side cells of the map, the top row first."""
    line = (np.arange(side) + 0.5) * 12 / side - 6
    return np.array([(x1, x2) for x2 in line[::-1] for x1 in line])


def shares(outputs: torch.Tensor, loss: str) -> torch.Tensor:
    """How much speaks for each class; for one output, for class 1."""
    if loss == "cross_entropy":
        return torch.sigmoid(outputs) if outputs.shape[1] == 1 else torch.softmax(outputs, 1)
    return (torch.tanh(outputs) + 1) / 2 if loss == "squared_error_tanh" else torch.clamp((outputs + 1) / 2, 0, 1)


def as_bytes(values: torch.Tensor, scale: float) -> np.ndarray:
    """Values from -scale to scale as 0 to 255."""
    return np.clip(127.5 * (1 + values.detach().numpy() / scale), 0, 255)


def near(shown: np.ndarray, true: np.ndarray) -> bool:
    """Whether bytes are what they should be, but for rounding."""
    return float(np.abs(shown.astype(float).ravel() - true.ravel()).max()) < 0.51 + 0.05


Frame = dict[str, Any]


@pytest.mark.parametrize("choices", CASES, ids=lambda choices: choices.get("dataset", "circle"))
def test_a_frame_is_what_torch_and_scikit_learn_say_of_the_network(choices: dict[str, Any]) -> None:
    spec = PlaygroundSpec.from_values(choices)
    learner = learner_of(spec)
    state = learner.advance(spec, learner.init(spec), N_STEPS)
    twin = Torch(spec, state.arrays["params"])
    whole = learner.observe(spec, state, Look())
    check_losses(spec, whole, twin)
    check_map(spec, whole, twin)
    check_answers(whole, twin)
    closer = learner.observe(spec, state, Look(unit=(0, 1), point=PLACE))
    check_pictures(spec, closer, twin)
    check_path(spec, closer, twin)


def check_losses(spec: PlaygroundSpec, frame: Frame, twin: Torch) -> None:
    """Both losses, all gradients, the gradient's length in each layer."""
    n, loss = twin.data.n_train, spec.structure.loss
    outputs, targets = twin.layers(twin.data.X)[-1], twin.targets()
    train, test = torch_loss(loss, outputs[:n], targets[:n]), torch_loss(loss, outputs[n:], targets[n:])
    assert [frame["train_loss"], frame["test_loss"]] == pytest.approx([train.item(), test.item()], rel=1e-4)
    gradients = list(torch.autograd.grad(train, twin.twin.tensors))
    np.testing.assert_allclose(frame["gradients"], twin.twin.flat(gradients), rtol=1e-3, atol=1e-5)
    pairs = zip(gradients[::2], gradients[1::2], strict=True)
    assert frame["gradient_norms"] == pytest.approx(
        [((w**2).sum() + (b**2).sum()).item() ** 0.5 for w, b in pairs], rel=1e-3
    )


def check_map(spec: PlaygroundSpec, frame: Frame, twin: Torch) -> None:
    """What the whole network answers at each of 100 x 100 places."""
    outputs, loss = twin.layers(places(100))[-1].detach(), spec.structure.loss
    if twin.data.task == "regression":
        assert near(frame["map"], as_bytes(outputs, frame["map_scale"]))
        return
    sure = shares(outputs, loss)
    if twin.data.n_classes == 2:
        assert near(frame["map"], 255 * sure.numpy())
        return
    shown = (1 + outputs) / 2 if loss == "hinge" else sure  # beyond the ends too
    top = shown.topk(2, dim=1).values.detach().numpy()
    assert near(frame["map"], 255 * np.minimum(top[:, 0] - top[:, 1], 1))
    assert np.mean(frame["map_class"].ravel() == outputs.argmax(1).numpy()) > 0.999


def check_answers(frame: Frame, twin: Torch) -> None:
    """Confusion and accuracy, or R^2, of the test points."""
    data, outputs = twin.data, twin.layers(twin.data.X)[-1].detach().numpy()
    n, y = data.n_train, data.y
    if data.task == "regression":
        assert frame["confusion"] is None
        assert frame["test_r2"] == pytest.approx(metrics.r2_score(y[n:], outputs[n:, 0]), rel=1e-3)
        return
    says = outputs.argmax(1) if data.n_classes > 2 else outputs[:, 0] > 0
    np.testing.assert_array_equal(frame["point_outputs"], says)
    assert frame["test_accuracy"] == pytest.approx(metrics.accuracy_score(y[n:], says[n:]))
    assert frame["confusion"] == metrics.confusion_matrix(y[n:], says[n:], labels=range(data.n_classes)).tolist()


def check_pictures(spec: PlaygroundSpec, frame: Frame, twin: Torch) -> None:
    """The picture of every unit, and the large one of the unit that is looked at."""
    layers = twin.layers(places(20))
    pictures = np.split(frame["unit_pictures"], np.cumsum([layer.shape[1] for layer in layers])[:-1])
    for shown, true, scale in zip(pictures, layers, frame["layer_scales"], strict=True):
        assert near(shown, as_bytes(true.T, scale))
    if spec.structure.hidden_sizes:
        assert (frame["looked"], frame["map_kind"]) == ((0, 1), "value")
        assert near(frame["map"], as_bytes(twin.layers(places(100))[0][:, 1], frame["map_scale"]))


def check_path(spec: PlaygroundSpec, frame: Frame, twin: Torch) -> None:
    """The values of all units for the place pointed at, the answer in words, the nearest point's truth."""
    data, trace = twin.data, frame["trace"]
    path = np.concatenate([layer.detach().numpy()[0] for layer in twin.layers(np.array([PLACE]))])
    np.testing.assert_allclose(frame["trace_values"], path, rtol=1e-3, atol=1e-4)
    nearest = int(np.argmin(np.hypot(*(data.X - PLACE).T)))
    if data.task == "regression":
        assert trace["nearest"] == f"{data.y[nearest]:.3f}".replace("-", "\u2212")
        assert float(trace["outputs"].removeprefix("output ").replace("\u2212", "-")) == pytest.approx(
            path[-1], abs=6e-4
        )
        return
    assert trace["nearest"] == data.class_names[int(data.y[nearest])]
    true = shares(torch.tensor(path[None, -spec.structure.n_outputs :]), spec.structure.loss)[0].tolist()
    true = true if len(true) > 1 else [1 - true[0], true[0]]
    told = dict(part.rsplit(" ", 1) for part in trace["outputs"].split(", "))
    are_probabilities = spec.structure.loss == "cross_entropy"
    assert all(text.endswith("%") == are_probabilities for text in told.values())
    shown = [float(told[name].rstrip("%")) / (100 if are_probabilities else 1) for name in data.class_names]
    assert shown == pytest.approx(true, abs=6e-4 if are_probabilities else 6e-3)


def test_dead_and_saturated_units_are_found_and_no_others() -> None:
    spec = PlaygroundSpec.from_values({"hidden_sizes": (3, 3), "activation": ("relu", "tanh")})
    learner = learner_of(spec)
    state = learner.init(spec)
    assert not learner.observe(spec, state, Look())["unit_state"].any()
    for layer, unit, bias in ((0, 1, -50.0), (1, 2, 50.0)):
        state = learner.edit(spec, state, Edit(layer, unit, None, bias))
    frame = learner.observe(spec, state, Look())
    assert frame["unit_state"].tolist() == [0, DEAD, 0, 0, 0, SATURATED]
    twin = Torch(spec, state.arrays["params"])
    first, second, _ = twin.layers(twin.data.X[: twin.data.n_train])
    assert not first[:, 1].any().item()
    assert second[:, 2].min().item() > 0.98


@pytest.mark.parametrize("activation", ["relu", "gelu", "elu", "silu"])
def test_a_unit_is_dead_where_torch_finds_no_slope(activation: str) -> None:
    spec = PlaygroundSpec.from_values({"hidden_sizes": (4,), "activation": (activation,), "initializer": "zeros"})
    learner = learner_of(spec)
    state = learner.init(spec)
    for unit, bias in enumerate((-50.0, -0.01, 0.02, -9.5)):
        state = learner.edit(spec, state, Edit(0, unit, None, bias))
    functions = {
        "relu": torch.relu,
        "gelu": torch.nn.functional.gelu,
        "elu": torch.nn.functional.elu,
        "silu": torch.nn.functional.silu,
    }
    sums = torch.tensor([-50.0, -0.01, 0.02, -9.5], requires_grad=True)  # every weight is 0
    functions[activation](sums).sum().backward()
    flat = (sums.grad.abs() < 1e-3).tolist()
    assert (learner.observe(spec, state, Look())["unit_state"] == DEAD).tolist() == flat
    assert flat[0] and not flat[2]


def cards(
    rows: list[tuple[float, float, float]],
    states: list[int] | None = None,
    *,
    alike: bool = False,
    r2: float | None = None,
    **choices: Any,
) -> list[str]:
    """Which cards a run gets whose records hold these epochs, training losses and test losses; all answers wrong."""
    name, score = ("accuracy", 0.5) if r2 is None else ("r2", r2)
    history = History.empty("train_loss", "test_loss", f"train_{name}", f"test_{name}")
    for epoch, train, test in rows:
        history = history.add(epoch, 25 * epoch, train, test, score, score)
    spec = PlaygroundSpec.from_values(choices)
    return [card["key"] for card in explain(Measured(spec, history, np.array(states or [0] * 6), alike))]


def test_cards_fire_on_what_was_measured_and_only_then() -> None:
    falling = [(epoch, 0.7 - 0.01 * epoch, 0.7 - 0.01 * epoch) for epoch in range(41)]
    assert cards(falling[:1]) == ["begin"]
    assert cards(falling) == []
    assert cards(falling, [DEAD, DEAD, 0, 0, 0, 0]) == ["dead"]
    assert cards(falling, [SATURATED, SATURATED, 0, 0, 0, 0]) == ["saturated"]
    assert cards(falling, [DEAD, 0, 0, 0, 0, 0]) == []
    assert cards(falling, activation=("linear",)) == ["straight"]
    assert cards(falling, activation=("linear",), features=("x1", "x2", "x1_squared")) == []
    assert cards(falling, activation=("linear",), dataset="multi_gauss", r2=0.1) == ["straight"]
    assert cards(falling, activation=("linear",), dataset="plane", r2=0.8) == []
    assert cards([(epoch, train, 0.4 + 0.01 * epoch) for epoch, train, _ in falling]) == ["overfitting"]
    small = [(epoch, 0.02 / (1 + epoch), 0.04 + 0.001 * epoch) for epoch in range(101)]
    assert cards(small) == ["overfitting"]  # it has doubled
    assert cards(small[:40]) == []
    assert cards([(epoch, 0.7, 0.7) for epoch in range(101)]) == ["plateau"]
    over = {"schedule": "cosine", "schedule_epochs": 40}
    assert cards([(epoch, 0.7, 0.7) for epoch in range(101)], **over) == ["schedule"]
    assert cards(falling[:30], **over) == []
    assert cards(falling, alike=True) == ["alike"]
    assert cards(falling, alike=True, dropout=0.1) == []
    assert (
        cards(falling[:30], **over, optimizer="rprop")
        == cards([(epoch, 0.7, 0.7) for epoch in range(45)], **over, optimizer="rprop")
        == []
    )


@pytest.mark.parametrize("weights", [0.0, 0.5])
def test_units_are_alike_as_long_as_all_their_weights_are(weights: float) -> None:
    spec = PlaygroundSpec().change(initializer="zeros", hidden_sizes=(3, 2), n_samples=40, activation="tanh")
    state = learner_of(spec).init(spec)
    state = replace(state, arrays={**state.arrays, "params": np.full_like(state.arrays["params"], weights)})
    keys = [
        card["key"]
        for card in learner_of(spec).observe(spec, learner_of(spec).advance(spec, state, 20), Look())["cards"]
    ]
    assert "alike" in keys
    apart = state
    for layer, unit in ((0, 0), (1, 1), (2, 0)):  # one weight in each layer
        apart = learner_of(spec).edit(spec, apart, Edit(layer, unit, 0, 1.0))
    keys = [
        card["key"]
        for card in learner_of(spec).observe(spec, learner_of(spec).advance(spec, apart, 20), Look())["cards"]
    ]
    assert "alike" not in keys
