"""The rules of own points, one by one."""

import base64

import numpy as np
import pytest
from pydantic import ValidationError

from playground.data.own import own_points, starter_points
from playground.spec import PlaygroundSpec
from playground.spec.points import Axis, PointTable, pack_points, unpack_points


def as_text(data):
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def with_header(header):
    return as_text(b"\x01" + len(header).to_bytes(2, "little") + header + bytes(5))


def test_layout_of_the_bytes():
    table = PointTable([[8.0, -8.0], [0.0, 4.0]], [1, 0])
    x4 = round(4 * 32_767 / 8)
    assert base64.urlsafe_b64decode(pack_points(table) + "==") == (
        b"\x01\x00\x00" + b"\xff\x7f\x01\x80\x01" + b"\x00\x00" + x4.to_bytes(2, "little") + b"\x00"
    )


def test_table_keeps_names_and_units():
    axes = (Axis("length, cm", 5.84, 0.41), Axis("Größe", -3.0, 2.0))
    table = PointTable([[1.0, 2.0]], [1], axes, ("no", "yes"))
    back = unpack_points(pack_points(table))
    assert back.axes == axes
    assert back.class_names == ("no", "yes")


def test_arrays_are_read_only_copies():
    places = np.zeros((1, 2))
    table = PointTable(places, np.zeros(1, dtype=int))
    places[0, 0] = 3.0
    assert table.X[0, 0] == 0.0
    for array in (table.X, table.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize(
    ("labels", "names", "n_classes"), [([0, 0], (), 2), ([0, 4], (), 5), ([0, 0], ("a", "b", "c"), 3)]
)
def test_number_of_classes(labels, names, n_classes):
    assert PointTable(np.zeros((2, 2)), labels, class_names=names).n_classes == n_classes


@pytest.mark.parametrize(
    ("parts", "rule"),
    [
        ((np.zeros((0, 2)), []), "1 to 5000 points; got 0"),
        ((np.zeros((5001, 2)), np.zeros(5001)), "1 to 5000 points; got 5001"),
        ((np.zeros((2, 3)), [0, 0]), r"n places of 2 numbers and n classes; got \(2, 3\)"),
        ((np.zeros((2, 2)), [0]), r"n classes; got \(2, 2\) and \(1,\)"),
        (([[0.0, 8.1]], [0]), r"in \[-8, 8\]; got 8.1"),
        (([[np.nan, 0.0]], [0]), r"in \[-8, 8\]; got nan"),
        (([[0.0, -np.inf]], [0]), r"in \[-8, 8\]; got -inf"),
        (([[0.0, 0.0]], [20]), "class 0 to 19; got class 20"),
        (([[0.0, 0.0]], [-1]), "class 0 to 19; got class -1"),
        (([[0.0, 0.0]], [2], (Axis("a"), Axis("b")), ("no", "yes")), "class 0 to 1; got class 2"),
        (([[0.0, 0.0]], [0], (Axis("a"), Axis("b")), ("no",)), "2 to 20 different ones; got 1 names"),
        (([[0.0, 0.0]], [0], (Axis("a"), Axis("b")), ("no", "no")), "different ones; got 2 names"),
        (([[0.0, 0.0]], [0], (Axis("a"), Axis("b")), tuple("abcdefghijklmnopqrstu")), "different ones; got 21 names"),
        (([[0.0, 0.0]], [0], (Axis("a"), Axis("b")), ("no", "")), "1 to 40 printable characters; got ''"),
        (([[0.0, 0.0]], [0], (Axis("a"), Axis("b")), ("no", "a\nb")), "printable characters"),
    ],
)
def test_table_tells_the_rule_it_breaks(parts, rule):
    with pytest.raises(ValueError, match=rule):
        PointTable(*parts)


@pytest.mark.parametrize("parts", [("",), ("a" * 41,), ("a", np.inf), ("a", 0.0, 0.0), ("a", 0.0, -1.0), ("a", 1e101)])
def test_axis_breaks_a_rule(parts):
    with pytest.raises(ValidationError):
        Axis(*parts)


NAMED = b'{"axes":[{"name":"a"},{"name":"b"}],"class_names":[]}'


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("", "begin with version 1"),
        ("A", "base64 text"),
        ("AQAA=", "base64 text"),
        ("AQA\n", "base64 text"),
        ("ÄQAA", "base64 text"),
        (as_text(b"\x02\x00\x00"), "begin with version 1 and a header length; got b'\\\\x02"),
        (as_text(b"\x01\x00"), "begin with version 1"),
        (as_text(b"\x01\x05\x00{}"), "header of at most 4800 bytes; got 2 of 5"),
        (as_text(b"\x01\xff\xff" + b"[" * 65_535), "header of at most 4800 bytes; got 65535 of 65535"),
        (as_text(b"\x01\x00\x00" + bytes(4)), "take 5 bytes each; got 4 bytes"),
        (as_text(b"\x01\x00\x00"), "hold 1 to 5000 points; got 0"),
        (as_text(b"\x01\x00\x00" + bytes(5 * 5001)), "hold 1 to 5000 points; got 5001"),
        (as_text(b"\x01\x00\x00\x00\x80\x00\x00\x00"), r"lie in \[-8, 8\]; got -8.00024"),
        (as_text(b"\x01\x00\x00\x00\x00\x00\x00\x14"), "class 0 to 19; got class 20"),
        (as_text(b"\x01\x02\x00{}" + bytes(5)), "carry names as"),
        (as_text(b"\x01\xa0\x0f" + b"[" * 4000), "recursion limit"),
        (with_header(NAMED.replace(b"b", b"\xff")), "carry names as"),
        (with_header(NAMED[:-1] + b',"more":1}'), "not permitted"),
        (with_header(NAMED.replace(b'"a"', b'"a","scale":0')), "carry names as"),
    ],
)
def test_text_tells_the_rule_it_breaks(text, rule):
    with pytest.raises(ValueError, match=rule):
        unpack_points(text)


def test_starter_set_is_two_classes_of_four_that_fit_a_link():
    table = own_points("")
    assert np.bincount(table.labels).tolist() == [4, 4]
    assert np.hypot(*table.X.T) == pytest.approx([4.0, 1.5] * 4)
    assert pack_points(table) == pack_points(starter_points())
    assert own_points(pack_points(table)).X == pytest.approx(table.X, abs=1.3e-4)


def test_link_with_own_points_and_no_points_is_legal():
    spec, problems = PlaygroundSpec.from_query({"dataset": "points"})
    assert (spec.structure.dataset, problems) == ("points", [])


def test_link_with_broken_points_falls_back_with_a_notice():
    spec, problems = PlaygroundSpec.from_query({"dataset": "points", "points": "AQAA", "noise": "0.2"})
    assert (spec.structure.dataset, spec.structure.points, spec.structure.noise) == ("points", "", 0.2)
    assert [str(problem) for problem in problems] == ["points = AQAA: points must hold 1 to 5000 points; got 0"]


def test_link_to_a_table_without_the_table_falls_back_and_keeps_the_rest():
    spec, problems = PlaygroundSpec.from_query({"dataset": "csv", "noise": "0.2"})
    assert (spec.structure.dataset, spec.structure.noise) == ("circle", 0.2)
    assert [str(problem) for problem in problems] == ["dataset = csv: dataset csv needs its table in points; got none"]
