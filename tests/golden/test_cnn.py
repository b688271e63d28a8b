"""Layer values and optimizer steps of the convolution stacks against torch's own modules."""

from dataclasses import replace

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from scipy import ndimage
from torch import nn

from playground.data.digits import load_digits
from playground.data.drawing import sample_drawing
from playground.frames.cnn import read_drawing
from playground.learners.cnn import CnnLearner, batch_gradient
from playground.models.cnn import as_input, forward, split_params
from playground.models.shipped import load_params, weights_file
from playground.models.stack_start import init_params
from playground.spec import DigitsSpec
from playground.spec.digits import DEEP, READER, STACKS, begin_with
from playground.spec.drawing import pack_drawing, unpack_drawing
from playground.spec.look import Look
from playground.spec.stack import Block, read_stack
from playground.training.codes import OPTIMIZERS, hyper_vector
from playground.training.evaluation import accuracy, mean_loss, probabilities
from playground.training.flat import optimizer_step

ABSOLUTE = 1e-5  # float32, values of a few units


def module_of(block: Block, weights: list[torch.Tensor]) -> nn.Module:
    if block.kind == "conv":
        layer: nn.Module = nn.Conv2d(block.shape_in[0], block.size, block.kernel, block.stride, block.padding)
    elif block.kind == "dense":
        layer = nn.Linear(int(np.prod(block.shape_in)), block.size)
    elif block.kind == "norm":
        layer = nn.GroupNorm(1, block.shape_in[0])
    elif block.kind == "act":
        return {"tanh": nn.Tanh(), "silu": nn.SiLU(), "linear": nn.Identity()}[block.text]
    elif block.kind == "bnorm":
        layer = (nn.BatchNorm2d if len(block.shape_in) == 3 else nn.BatchNorm1d)(block.shape_in[0])
        names = ("weight", "bias", "running_mean", "running_var")
        layer.load_state_dict(dict(zip(names, weights, strict=True)), strict=False)
        return layer.eval()
    else:
        return {"pool": nn.MaxPool2d, "avg": nn.AvgPool2d, "drop": nn.Identity}[block.kind](block.kernel)
    layer.load_state_dict(dict(zip(("weight", "bias"), weights, strict=True)))
    return layer


STACKS_TRIED = [
    "conv6k5,pool2,conv16k5s2p1,avg2,dense12", "conv4k3p1,norm,drop25,dense8,norm", "",
    "conv4k5s2,bnorm,tanh,conv2k3,silu,pool2,dense9,bnorm,drop10,linear,dense4",
]  # fmt: skip


@pytest.mark.parametrize("stack", STACKS_TRIED)
def test_every_layer_equals_the_module_of_torch(stack: str) -> None:
    blocks = read_stack(stack)
    params = torch.tensor(init_params(blocks, seed=3))
    X = as_input(load_digits().test_images[:5])
    values = X
    layers = forward(params, X, blocks, "relu")
    for k, (block, weights) in enumerate(zip(blocks, split_params(params, blocks), strict=True)):
        flat = values.flatten(1) if block.kind == "dense" else values
        values = module_of(block, weights)(flat)
        explicit = "tanh" in stack  # then every layer but the last dense one names its activation
        if (block.kind == "conv" or (block.kind == "dense" and k < len(blocks) - 1)) and not (explicit and k < 10):
            values = torch.relu(values)
        assert layers[k].shape[1:] == block.shape_out
        torch.testing.assert_close(layers[k], values, rtol=0, atol=ABSOLUTE)


@pytest.mark.parametrize("stack", ["conv3k5s4,bnorm,dense5", "dense6,bnorm"])
def test_batch_norm_trains_and_predicts_as_that_of_torch(stack: str) -> None:
    blocks = read_stack(stack)
    params = torch.tensor(init_params(blocks, seed=2))
    at = next(k for k, block in enumerate(blocks) if block.kind == "bnorm")
    twin = (nn.BatchNorm2d if len(blocks[at].shape_in) == 3 else nn.BatchNorm1d)(blocks[at].shape_in[0])
    for first in (0, 7):  # two batches: the second starts from statistics that have moved
        X, seen = as_input(load_digits().train_images[first : first + 7]), []
        layers = forward(params, X, blocks, "relu", statistics=seen)
        torch.testing.assert_close(layers[at], twin(layers[at - 1]), rtol=0, atol=ABSOLUTE)
        torch.testing.assert_close(seen, [twin.running_mean, twin.running_var], rtol=0, atol=ABSOLUTE)
        split_params(params, blocks)[at][2].copy_(seen[0])
        split_params(params, blocks)[at][3].copy_(seen[1])
    layers = forward(params, X, blocks, "relu")
    torch.testing.assert_close(layers[at], twin.eval()(layers[at - 1]), rtol=0, atol=ABSOLUTE)


def test_batch_norm_of_a_single_number_keeps_its_statistics() -> None:
    blocks, seen = read_stack("dense6,bnorm"), []
    params = torch.tensor(init_params(blocks, seed=2))
    layers = forward(params, as_input(load_digits().train_images[:1]), blocks, "relu", statistics=seen)
    assert torch.isfinite(layers[-1]).all()
    assert [part.unique().item() for part in seen] == [0, 1]


def test_a_residual_block_adds_two_convolutions_to_its_input() -> None:
    blocks = read_stack("conv3k3,res")
    params = torch.tensor(init_params(blocks, seed=1))
    first, residual, _ = forward(params, as_input(load_digits().test_images[:2]), blocks, "tanh")
    w1, b1, w2, b2 = split_params(params, blocks)[1]
    inner = torch.tanh(nn.functional.conv2d(first, w1, b1, padding="same"))
    expected = torch.tanh(first + nn.functional.conv2d(inner, w2, b2, padding="same"))
    torch.testing.assert_close(residual, expected, rtol=0, atol=ABSOLUTE)


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("sgd", lambda p: torch.optim.SGD(p, 0.01)),
        ("momentum", lambda p: torch.optim.SGD(p, 0.01, momentum=0.9)),
        ("adam", lambda p: torch.optim.Adam(p, 0.01)),
    ],
)
def test_three_steps_equal_torch_optim(name: str, make) -> None:
    blocks, n = read_stack("conv2k5,pool2,dense5"), 32
    spec = DigitsSpec().change(stack="conv2k5,pool2,dense5", start="fresh", optimizer=name, learning_rate=0.01)
    ours, moments = torch.tensor(init_params(blocks, 0)), np.zeros((2, len(init_params(blocks, 0))), np.float32)
    theirs = nn.Parameter(ours.clone())
    optimizer = make([theirs])
    for step in range(3):
        gradient, _ = batch_gradient(spec, load_digits(), ours, 0, step, n, step)
        theirs.grad = torch.tensor(batch_gradient(spec, load_digits(), theirs.data, 0, step, n, step)[0])
        optimizer.step()
        assert optimizer_step(OPTIMIZERS[name], ours.numpy(), moments, gradient, hyper_vector(spec.settings), 0, step)
    torch.testing.assert_close(ours, theirs.data, rtol=0, atol=ABSOLUTE)


def test_the_preset_learns_to_read_97_of_100_test_images_in_18_000_images() -> None:
    spec, learner, data = DigitsSpec().change(**begin_with("small CNN")), CnnLearner(), load_digits()
    state = learner.init(spec)
    state = learner.advance(spec, state, learner.steps_until(spec, state, 18))  # 2.5 s; the goal is 30 s
    proba = probabilities(
        torch.tensor(state.arrays["params"]), data.test_images, read_stack(spec.structure.stack), "relu"
    )
    assert (len(proba), accuracy(proba, data.test_labels) >= 0.97) == (2000, True)


def test_the_gradient_equals_a_central_difference() -> None:
    spec = DigitsSpec().change(stack="conv2k5,avg4,dense5", start="fresh", activation="tanh")
    blocks, data = read_stack(spec.structure.stack), load_digits()
    params = torch.tensor(init_params(blocks, 0))
    direction = torch.tensor(np.random.default_rng(0).standard_normal(len(params)), dtype=torch.float64)
    slope = float(torch.tensor(batch_gradient(spec, data, params, 0, 0, 1000, 0)[0]).double() @ direction)

    def loss(at: float) -> float:
        from playground.training.digit_batches import epoch_order

        chosen = epoch_order(0, 0, data)
        moved = (params.double() + at * direction).requires_grad_(False)
        X = as_input(data.train_images[chosen]).double()
        logits = forward(moved, X, blocks, "tanh")[-1]
        return float(nn.functional.cross_entropy(logits, torch.tensor(data.train_labels[chosen].astype(np.int64))))

    assert slope == pytest.approx((loss(1e-4) - loss(-1e-4)) / 2e-4, rel=1e-3)


def test_shown_layers_are_the_forward_pass_in_bytes() -> None:
    structure = DigitsSpec().change(stack=STACKS["small CNN"], start="fresh").structure
    blocks, drawing = read_stack(structure.stack), load_digits().test_images[7]
    weights = torch.tensor(init_params(blocks, 0))
    frame = read_drawing(structure, weights, drawing)
    for k, values in enumerate(forward(weights, as_input(drawing[None]), blocks, "relu")):
        scale, shown = frame["scales"][k], frame[f"maps_{k}"].astype(float) / 255
        shown = (2 * shown - 1) * scale if frame["signed"][k] else shown * scale
        np.testing.assert_allclose(shown, values[0].numpy(), rtol=0, atol=scale / 254)


def test_one_scale_a_layer_keeps_weak_maps_weak_and_one_a_map_shows_each_in_full() -> None:
    structure, drawing = DigitsSpec().structure, load_digits().test_images[7]
    params, blocks = torch.tensor(load_params()), read_stack(structure.stack)
    values = forward(params, as_input(drawing[None]), blocks, "relu")[0][0].numpy()  # (16, 24, 24), none negative
    for each in (False, True):
        shown = read_drawing(structure, params, drawing, each=each)
        scales = np.array(shown["map_scales"][0] if each else [shown["scales"][0]])
        np.testing.assert_allclose(shown["maps_0"] / 255 * scales[:, None, None], values, atol=scales.max() / 255)
    assert len(np.unique(scales)) > 3


def test_filters_shown_are_the_first_kernels_as_they_form() -> None:
    spec, learner = DigitsSpec().change(stack="conv4k5,pool4,dense6", start="fresh"), CnnLearner()
    state, seen = learner.init(spec), []
    for epoch in (0, 1):
        state = learner.advance(spec, state, learner.steps_until(spec, state, epoch)) if epoch else state
        frame, blocks = learner.observe(spec, state, Look()), read_stack(spec.structure.stack)
        kernels = split_params(torch.tensor(state.arrays["params"]), blocks)[0][0][:, 0].numpy()  # (4, 5, 5)
        scale = frame["filter_scale"]
        shown = (frame["filters"].astype(float) / 255 * 2 - 1) * scale
        np.testing.assert_allclose(shown, kernels, atol=scale / 254)
        seen.append(frame["filters"])
    assert np.mean(seen[0] != seen[1]) > 0.5


@pytest.mark.parametrize("digit", [1, 5, 8])
def test_box_and_center_of_the_ink_and_both_guesses_are_those_of_others(digit: int) -> None:
    drawing = np.roll(sample_drawing(digit), (2, -3), (0, 1))
    spec, learner = DigitsSpec(), CnnLearner()
    text = pack_drawing(drawing)
    frame = learner.observe(spec, learner.init(spec), Look(shown={"drawing": text}))
    image = unpack_drawing(text)
    left, top, right, bottom = Image.fromarray(image).getbbox() or ()
    assert frame["ink_box"] == [top, left, bottom - top, right - left]
    assert frame["ink_center"] == pytest.approx(np.array(ndimage.center_of_mass(image)) + 0.5)
    layers = forward(torch.tensor(load_params()), as_input(image[None]), read_stack(spec.structure.stack), "relu")
    assert [frame["first"], frame["second"]] == layers[-1][0].topk(2).indices.tolist()


def test_shipped_weights_read_at_least_994_in_1000_of_the_shipped_test_images() -> None:
    data, params = load_digits(), torch.tensor(load_params())
    proba = probabilities(params, data.test_images, read_stack(STACKS[READER]), "relu")
    assert accuracy(proba, data.test_labels) >= 0.994
    assert weights_file(STACKS[READER]).stat().st_size < 1_000_000
    assert [block.kind for block in read_stack(STACKS[DEEP])].count("res") == 15


def test_confusion_and_worst_mistakes_are_those_of_scikit_learn_and_torch() -> None:
    from sklearn.metrics import accuracy_score, confusion_matrix, log_loss

    spec, learner, data = DigitsSpec().change(stack="avg4,dense9", start="fresh"), CnnLearner(), load_digits()
    state = learner.advance(spec, learner.init(spec), 64)
    frame, n = learner.observe(spec, state, Look()), 500
    blocks, labels = read_stack(spec.structure.stack), data.test_labels[:n]
    logits = forward(torch.tensor(state.arrays["params"]), as_input(data.test_images[:n]), blocks, "relu")[-1]
    proba = logits.double().softmax(dim=1).numpy()
    assert frame["confusion"] == confusion_matrix(labels, proba.argmax(1), labels=range(10)).tolist()
    assert frame["test_accuracy"] == pytest.approx(accuracy_score(labels, proba.argmax(1)))
    assert frame["test_loss"] == pytest.approx(log_loss(labels, proba, labels=range(10)), rel=1e-5)
    assert frame["n_mistakes"] == np.sum(labels != proba.argmax(1)) > 12
    wrong = sorted(np.flatnonzero(labels != proba.argmax(1)), key=lambda k: proba[k, labels[k]])
    assert [row[:2] for row in frame["mistake_labels"]] == [[labels[k], proba[k].argmax()] for k in wrong[:12]]
    assert np.array_equal(frame["mistakes"], data.test_images[wrong[:12]])


def test_the_learning_rate_shown_between_two_records_is_that_of_torchs_schedule() -> None:
    """From epoch 200 on losses are recorded each 1 %: the rate of epoch 203 is not that of the record at 202."""
    words = {"stack": "", "start": "fresh", "schedule": "cosine", "schedule_epochs": 300, "learning_rate": 0.1}
    spec, learner = DigitsSpec.from_values(words), CnnLearner()
    start = learner.init(spec)
    state = replace(start, epoch=203, history=start.history.add(202, 202, *start.history.rows[-1, 2:]))
    optimizer = torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=0.1)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=300)
    for _ in range(203):
        optimizer.step()
        schedule.step()
    shown = learner.observe(spec, state, Look())["learning_rate"]
    assert shown == pytest.approx(schedule.get_last_lr()[0], rel=1e-6)


def test_the_loss_of_a_network_that_is_sure_and_wrong_is_torchs() -> None:
    chance = np.random.default_rng(0)
    logits = (200 * chance.standard_normal((40, 10))).astype(np.float32)
    labels = chance.integers(0, 10, 40)
    theirs = F.cross_entropy(torch.tensor(logits).double(), torch.tensor(labels)).item()
    assert theirs > 100 and mean_loss(logits, labels) == pytest.approx(theirs, rel=1e-12)
    spec = DigitsSpec.from_values({"stack": "", "start": "fresh", "optimizer": "adam", "learning_rate": 1})
    learner = CnnLearner()
    state = learner.advance(spec, learner.init(spec), learner.steps_until(spec, learner.init(spec), 5))
    images, truth = load_digits().test_images[:500], torch.tensor(load_digits().test_labels[:500], dtype=torch.int64)
    layers = forward(torch.tensor(state.arrays["params"]), as_input(images), read_stack(""), "relu")
    assert state.history.last("test_loss") == pytest.approx(F.cross_entropy(layers[-1], truth).item(), rel=1e-4)
