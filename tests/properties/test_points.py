"""Laws of packed points: what is packed comes back, and no text does harm."""

import base64
import re

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from playground.spec import PlaygroundSpec
from playground.spec.network import MAX_POINTS_TEXT
from playground.spec.points import PLANE, RANGE, Axis, PointTable, pack_points, unpack_points

NAMES = st.text(min_size=1, max_size=40).filter(str.isprintable)
AXES = st.builds(Axis, NAMES, st.floats(-1e100, 1e100), st.floats(1e-100, 1e100))
HALF_STEP = RANGE / 32_767 / 2 * 1.000001


@st.composite
def tables(draw):
    n = draw(st.integers(1, 50))
    class_names = tuple(draw(st.lists(NAMES, min_size=2, max_size=20, unique=True) | st.just(())))
    X = draw(arrays(np.float64, (n, 2), elements=st.floats(-RANGE, RANGE)))
    labels = draw(arrays(np.int64, n, elements=st.integers(0, (len(class_names) or 20) - 1)))
    axes = draw(st.just(PLANE) | st.tuples(AXES, AXES))
    return PointTable(X, labels, axes, class_names)


@given(tables())
def test_unpacking_gives_back_what_was_packed(table):
    back = unpack_points(pack_points(table))
    assert np.abs(back.X - table.X).max() <= HALF_STEP
    assert np.array_equal(back.labels, table.labels)
    assert (back.axes, back.class_names) == (table.axes, table.class_names)


@given(tables())
def test_packing_again_gives_the_same_text(table):
    text = pack_points(table)
    assert pack_points(unpack_points(text)) == text


@given(tables())
def test_packed_text_fits_a_link(table):
    assert re.fullmatch("[A-Za-z0-9_-]{1,40000}", pack_points(table))


def unpack_or_rule(text):
    """Whether the text was a table; any exception but a rule goes through."""
    try:
        table = unpack_points(text)
    except ValueError as error:
        assert str(error).startswith("points must") and "; got " in str(error)
        return False
    assert 1 <= len(table.X) == len(table.labels) <= 5000
    assert np.abs(table.X).max() <= RANGE and 0 <= table.labels.min() <= table.labels.max() < table.n_classes <= 20
    return True


@given(st.text())
def test_any_text_is_a_table_or_breaks_a_rule(text):
    unpack_or_rule(text)


@given(st.binary(max_size=200))
def test_any_points_behind_a_legal_beginning_are_a_table_or_break_a_rule(body):
    unpack_or_rule(as_text(b"\x01\x00\x00" + body))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda part: st.lists(part, max_size=3) | st.dictionaries(st.sampled_from(["name", "scale", "x"]), part),
)


@given(st.binary(max_size=100) | st.builds(lambda part: repr(part).replace("'", '"').encode("utf-8", "replace"), JSON))
def test_any_header_is_legal_or_breaks_a_rule(header):
    assert not unpack_or_rule(as_text(b"\x01" + len(header).to_bytes(2, "little") + header)), "a table without points"
    unpack_or_rule(as_text(b"\x01" + len(header).to_bytes(2, "little") + header + bytes(5)))


@given(JSON, JSON, JSON)
def test_any_parts_of_a_header_are_legal_or_break_a_rule(axis, scale, class_names):
    axes = f'[{{"name": "a", "scale": {literal(scale)}}}, {literal(axis)}]'
    header = f'{{"axes": {axes}, "class_names": {literal(class_names)}}}'.encode("utf-8", "replace")
    unpack_or_rule(as_text(b"\x01" + len(header).to_bytes(2, "little") + header + bytes(5)))


@given(st.sampled_from(["points", "csv"]), st.text(max_size=60) | st.text("AQ_-", max_size=60))
def test_any_text_in_a_link_gives_a_spec(dataset, text):
    spec, problems = PlaygroundSpec.from_query({"dataset": dataset, "points": text, "noise": "0.1"})
    assert spec.structure.noise == 0.1, "the rest of the link is kept"
    assert spec.structure.points == text or problems


def test_largest_table_fits_a_link():
    wide = "\N{GRINNING FACE}" * 38
    axis = Axis(wide, -1.2345678901234567e-89, 1.2345678901234567e-89)
    names = tuple(f"{wide}{k:02}" for k in range(20))
    table = PointTable(np.full((5000, 2), -RANGE), np.full(5000, 19), (axis, axis), names)
    assert len(pack_points(table)) <= MAX_POINTS_TEXT
    assert unpack_points(pack_points(table)).class_names == names


def as_text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def literal(part):
    return repr(part).replace("'", '"').replace("None", "null").replace("True", "true").replace("False", "false")
