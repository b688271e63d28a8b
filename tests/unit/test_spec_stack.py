"""Stacks as text: shapes, parameters, and what is said of those that do not fit."""

import pytest
import torch

from playground.spec import DigitsSpec
from playground.spec.digits import STACKS
from playground.spec.stack import StackError, count_params, output_size, read_stack


def test_shapes_and_parameters_of_the_lecture_net() -> None:
    blocks = read_stack(STACKS["LeNet-like"])
    assert [block.title for block in blocks] == [
        "Convolution 1", "Downsampling 1", "Convolution 2", "Downsampling 2",
        "Fully connected 1", "Fully connected 2", "Output",
    ]  # fmt: skip
    assert [block.shape_out for block in blocks[:4]] == [(6, 24, 24), (6, 12, 12), (16, 8, 8), (16, 4, 4)]
    assert [block.n_params for block in blocks] == [156, 0, 2416, 0, 30_840, 12_100, 1010]
    assert count_params(read_stack("")) == 7850


def test_statistics_are_stored_and_not_learned() -> None:
    norm = read_stack("conv8k5,bnorm,relu")[1]
    assert (norm.title, norm.n_params, norm.n_stored) == ("Batch norm 1", 16, 32)


@pytest.mark.parametrize(
    ("stack", "bends"),
    [
        ("conv2k5,dense3", [True, True, False]),
        ("conv2k5,bnorm,drop10,relu,dense3", [False, False, False, False, True, False]),
        ("conv2k5,pool2,tanh", [False, False, False, False]),
        ("conv2k5,res,tanh,dense3", [True, False, False, True, False]),
    ],
)
def test_the_own_activation_makes_way_for_one_that_is_named(stack: str, bends: list[bool]) -> None:
    assert [block.bends for block in read_stack(stack)] == bends


def test_a_misfit_tells_its_place_and_what_comes_before() -> None:
    with pytest.raises(StackError) as error:
        read_stack("conv8k5,pool2,conv8k15,dense9")
    assert error.value.place == 3
    assert [block.shape_out for block in error.value.before] == [(8, 24, 24), (8, 12, 12)]


@pytest.mark.parametrize("size", [5, 12, 28])
@pytest.mark.parametrize(("kernel", "stride", "padding", "dilation"), [(1, 1, 0, 1), (5, 2, 2, 1), (3, 3, 1, 2)])
def test_output_size_is_that_of_torch(size: int, kernel: int, stride: int, padding: int, dilation: int) -> None:
    layer = torch.nn.Conv2d(1, 1, kernel, stride, padding, dilation)
    assert layer(torch.zeros(1, 1, size, size)).shape[-1] == output_size(size, kernel, stride, padding, dilation)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("conv8k5,pool2,conv8k15", r"stack block 3 \(conv8k15\) has a 15 x 15 kernel, but its input is only 12 x 12"),
        ("dense9,conv8k5", r"stack block 2 \(conv8k5\) needs an image"),
        ("conv8k5,blur", r"stack block 2 \(blur\) must be like"),
        ("pool2,pool7,pool3", r"stack block 3 \(pool3\) has a 3 x 3 window, but its input is only 2 x 2"),
        ("conv0k5", "filters must be 1 to 128; got 0"),
        ("pool2,conv16k50", r"stack block 2 \(conv16k50\): kernel must be 1 to 15; got 50"),
        ("conv8k150", "kernel must be 1 to 15; got 150"),
        ("conv8k5s0", "stride must be 1 to 4; got 0"),
        ("conv8k5s12", "stride must be 1 to 4; got 12"),
        ("drop", ": percent must be 1 to 90; got none"),
        ("conv8k5p7", "padding must be smaller than the kernel, 5; got 7"),
        ("res4", "takes no number"),
        ("pool2k3", "only a convolution"),
        ("dense1024,dense1024", "at most 1,000,000 parameters"),
        (",".join(["conv64k9p4"] * 3), "multiplications|parameters"),
        (",".join(["norm"] * 41), "at most 40 blocks"),
    ],
)
def test_what_does_not_fit_is_named(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        read_stack(text)


def test_all_offered_stacks_are_legal() -> None:
    for stack in STACKS.values():
        assert DigitsSpec().change(stack=stack, start="fresh").structure.stack == stack


def test_trained_weights_go_with_their_stack_only() -> None:
    with pytest.raises(ValueError, match="start trained needs relu and the stack of"):
        DigitsSpec().change(stack="dense5", start="trained")
    spec, problems = DigitsSpec.from_query({"stack": "dense5"})
    assert (spec.structure.start, problems) == ("fresh", [])


def test_a_drawing_is_no_part_of_the_run() -> None:
    spec = DigitsSpec()
    assert spec.trains_like(spec.change(drawing="A" * 523, centering=False))
    assert not spec.trains_like(spec.change(learning_rate=0.1))


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("conv128k1," + "tanh," * 38 + "pool7", "at most 300,000 values of an image; got 3,91"),
        (",".join(["conv1k3s1p1"] * 38), "at most 400 characters; got 455"),
    ],
)
def test_a_stack_that_would_fill_the_memory_or_no_link_is_named(text: str, rule: str) -> None:
    with pytest.raises(StackError, match=rule):
        read_stack(text)
