"""Stacks as rows of the editor: there and back, what is named, and what strangers may send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.spec.digits import STACKS
from playground.spec.stack import StackError, read_stack, split_stack
from playground.spec.stack_rows import OFFERS, describe_rows, name_of, place_for, read_rows, row_of

BLOCKS = ["conv8k3", "conv4k7s2p3", "pool2", "avg7", "res", "bnorm", "norm", "drop25", "dense64", "leaky_relu"]


@given(st.lists(st.sampled_from(BLOCKS), max_size=8))
def test_rows_and_back_is_the_same_stack(names: list[str]) -> None:
    assert read_rows([row_of(name) for name in names]) == ",".join(names)


def test_what_is_not_written_has_its_usual_number() -> None:
    assert row_of("conv8")["numbers"] == {"size": "8", "kernel": "5", "stride": "1", "padding": "0"}
    assert name_of(row_of("pool")) == "pool2"


def test_rows_tell_shapes_and_parameters_and_the_block_that_does_not_fit() -> None:
    rows, problem = describe_rows(STACKS["LeNet-like"])
    assert [(row["shape"], row["n_params"]) for row in rows[:2]] == [("6 × 24 × 24", 156), ("6 × 12 × 12", 0)]
    assert (rows[-1]["kind"], rows[-1]["shape"], problem) == ("output", "10 units", "")
    rows, problem = describe_rows("conv8k5,pool2,conv8k15,dense9")
    assert rows[2]["error"] == "Block 3 (conv8k15) has a 15 x 15 kernel, but its input is only 12 x 12"
    assert [row["error"] for row in rows[:2]] == ["", ""]
    assert (problem, [row["kind"] for row in rows]) == ("", ["conv", "pool", "conv", "dense", "output"])
    assert "at most 1,000,000 parameters" in describe_rows("dense1024,dense1024")[1]


def test_a_number_that_is_none_is_named_in_words() -> None:
    row = row_of("conv8k5")
    row["numbers"]["kernel"] = "1e9"
    rows, _ = describe_rows(read_rows([row]))
    assert rows[0]["error"] == "Block 1 needs a whole number for its kernel"


@pytest.mark.parametrize("cleared", ["size", "kernel", "stride", "padding"])
def test_a_number_that_is_cleared_keeps_its_block_and_the_other_numbers(cleared: str) -> None:
    row = row_of("conv8k7s2p3")
    row["numbers"][cleared] = ""
    shown = describe_rows(read_rows([row, row_of("dense9")]))[0]
    assert [(one["kind"], one["numbers"]) for one in shown] == [
        ("conv", row["numbers"]),
        ("dense", {"size": "9"}),
        ("output", {}),
    ]
    assert shown[0]["error"].startswith("Block 1 needs a whole number")


def test_a_new_block_goes_where_it_fits() -> None:
    stack = "conv8k5,pool2,dense64"
    for text, *_ in OFFERS:
        names = split_stack(stack)
        names.insert(place_for(stack, text), text)
        assert len(read_stack(",".join(names))) == 5


ANY = st.recursive(
    st.none() | st.integers() | st.text(max_size=9), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)
ROW = st.dictionaries(
    st.sampled_from(["kind", "name", "numbers", "x"]), ANY | st.sampled_from(["conv", "act", "dense"])
)


@given(ANY | st.lists(ROW | ANY, max_size=4))
def test_whatever_is_sent_is_a_legal_stack_or_named(rows: object) -> None:
    try:
        text = read_rows(rows)
    except ValueError as error:
        assert str(error)
        return
    try:
        read_stack(text)
    except StackError:
        assert any(row["error"] for row in describe_rows(text)[0]) or describe_rows(text)[1]
