"""Uploaded tables: what is read, and every rule that a file can break."""

import codecs

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from playground.data.dataset import make_dataset
from playground.data.table import MAX_BYTES, TableError, read_csv
from playground.data.table_points import check_labels, choose_columns, refused_labels
from playground.spec import DataChoices
from playground.spec.points import pack_points

FLOWERS = """length,width,kind
1,10,rose
2,30,tulip
3,20,rose
"""


def lines(*rows):
    return "\n".join(rows).encode()


def long_table(n_rows):
    return ("a,b,kind\n" + "".join(f"{row},{-row},{'xy'[row % 2]}\n" for row in range(n_rows))).encode()


def test_table_as_it_stood_in_the_file():
    table = read_csv(FLOWERS.encode())
    assert table.columns == ("length", "width", "kind")
    assert table.rows == (("1", "10", "rose"), ("2", "30", "tulip"), ("3", "20", "rose"))
    assert (table.row_numbers, table.notices) == ((2, 3, 4), ())
    assert table.numeric_columns == ("length", "width")
    assert table.label_columns == ("length", "width", "kind")


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_separators(separator):
    assert read_csv(FLOWERS.replace(",", separator).encode()) == read_csv(FLOWERS.encode())


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(end):
    assert read_csv(FLOWERS.replace("\n", end).encode()) == read_csv(FLOWERS.encode())


@pytest.mark.parametrize(
    "data",
    [
        "größe,b,kind\n1,2,ä\n2,3,ö\n".encode(),
        '"größe",b,kind\n1,2,ä\n2,3,ö\n'.encode("utf-8-sig"),
        codecs.BOM_UTF16_LE + "größe,b,kind\n1,2,ä\n2,3,ö\n".encode("utf-16-le"),
        codecs.BOM_UTF16_BE + "größe,b,kind\n1,2,ä\n2,3,ö\n".encode("utf-16-be"),
    ],
)
def test_encodings(data):
    table = read_csv(data)
    assert table.columns == ("größe", "b", "kind")
    assert table.cells("kind") == ["ä", "ö"]


def test_decimal_comma_after_a_semicolon():
    table = read_csv(lines("a;b;kind", "1,5;-2;x,y", "2,5;1e3;z"))
    assert table.rows == (("1.5", "-2", "x,y"), ("2.5", "1e3", "z"))


def test_quotes_blanks_and_blank_rows():
    table = read_csv(lines('"a, b",b,kind', "", " 1 ,2,x", ",,", '3,4,"y\nz"', "5,6,x"))
    assert table.columns == ("a, b", "b", "kind")
    assert table.rows == (("1", "2", "x"), ("3", "4", "y\nz"), ("5", "6", "x"))
    assert table.row_numbers == (3, 5, 6), "as a spreadsheet counts"


def test_column_without_a_name_gets_one():
    assert read_csv(lines(",b,kind", "0,2,x", "1,3,y")).columns == ("column 1", "b", "kind")


def test_names_are_one_printable_line_of_40_characters():
    table = read_csv(lines('"a\n\u202eb",' + "w" * 60 + ",kind", "1,2,x", "2,3,y"))
    assert table.columns == ("a b", "w" * 40, "kind")


def test_5000_rows_are_used_as_they_are():
    table = read_csv(long_table(5000))
    assert (len(table.rows), table.notices) == (5000, ())


def test_more_rows_are_drawn_by_chance_with_a_notice():
    table = read_csv(long_table(10_000))
    assert len(table.rows) == len(set(table.rows)) == 5000
    assert list(table.row_numbers) == sorted(table.row_numbers) and max(table.row_numbers) > 9900
    assert all(int(row[0]) + 2 == number for row, number in zip(table.rows, table.row_numbers, strict=True))
    assert table.notices == (
        "A table may give at most 5000 points; got 10000 rows: 5000 drawn by chance are used.",
    )  # fmt: skip
    assert 0.4 < table.cells("kind").count("x") / 5000 < 0.6
    assert table == read_csv(long_table(10_000))


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "a file must hold a header and rows; got an empty file"),
        (b" \n\n,,\n", "got an empty file"),
        (b"a,b,kind\n", "a table must have rows below its header; got none"),
        (bytes(500_000_000), "a file must be at most 5 MB; got 500.0 MB"),
        (b"a" * (MAX_BYTES + 1), "a file must be at most 5 MB; got 5.0 MB"),
        (b"PK\x03\x04rest", "must be a CSV text; got a workbook or zip file"),
        ("a,b\n1,2\n1,ü\n".encode("latin-1"), r"must be UTF-8 text .*CSV UTF-8.*; got byte 0xfc in row 3"),
        ("a,b\n1,2\n".encode("utf-16-le"), "must be UTF-8 text; got a zero byte in row 1"),
        (codecs.BOM_UTF16_LE + b"a", "must be UTF-8 text"),
        (b"\x89PNG\r\n\x1a\n", "must be UTF-8 text"),
        (lines("a,b,a", "1,2,3"), "row 1 must give each column a name of its own; got a 2 times"),
        (lines("a, a", "1,2"), "got a 2 times"),
        (lines("a,b,kind", "1,2,x", "", "1,2"), "row 4 must have 3 cells as the header; got 2"),
        (lines("a,b,kind", "1,2,x,y"), "row 2 must have 3 cells as the header; got 4"),
        (lines(",".join(f"c{k}" for k in range(101)), "1"), "at most 100 columns; got 101"),
        (lines("a,kind", "1,x", "2,y"), r"at least two columns of numbers; got 1 \(a\)"),
        (lines("a,kind", "x,x"), "at least two columns of numbers; got none"),
        (lines("5.1,3.5,rose", "4.9,3.0,rose"), "row 1 must hold the names of the columns; got '5.1'"),
        (lines("a,b,kind", "1,2,x", '3,4,"y'), "row 3 must have its quotes in pairs"),
        (lines("a,b,kind", "1,2," + "x" * 200_000), "row 2 must have its quotes in pairs and short cells"),
        (b"a,b\n" + b"1,2\n" * 1_000_000, "at most 100000 rows; got more, from row 100002 on"),
    ],
    ids=lambda part: part if isinstance(part, str) else f"{len(part)} bytes",
)
def test_file_tells_the_rule_it_breaks(data, rule):
    with pytest.raises(TableError, match=rule):
        read_csv(data)


@given(st.binary(max_size=200) | st.text("ab01,;\t\n\r\"' .-eN\0ü").map(str.encode))
def test_any_file_is_a_table_or_breaks_a_rule(data):
    try:
        table = read_csv(data)
        points = choose_columns(table, *table.numeric_columns[:2], table.columns[-1])
    except TableError as error:
        assert "must" in str(error) and "got" in str(error)
    else:
        assert np.abs(points.X).max() <= 6.000001


def test_columns_become_points_of_the_map():
    points = choose_columns(read_csv(FLOWERS.encode()), "length", "width", "kind")
    spread = np.sqrt(2 / 3)
    assert points.X[:, 0] == pytest.approx([-2 / spread, 0.0, 2 / spread])
    assert points.X[:, 1] == pytest.approx([-2 / spread, 2 / spread, 0.0])
    assert points.labels.tolist() == [0, 1, 0]
    assert points.class_names == ("rose", "tulip")
    assert (points.axes[0].name, points.axes[0].center, points.axes[0].scale) == (
        "length",
        2.0,
        pytest.approx(0.408, abs=1e-3),
    )
    assert points.axes[1].center + points.axes[1].scale * points.X[:, 1] == pytest.approx([10.0, 30.0, 20.0])


def test_outlier_stands_at_the_edge_and_nothing_is_cut_off():
    data = lines("a,b,kind", *(f"{row % 5},{row},{'xy'[row % 2]}" for row in range(99)), "1000,50,x")
    points = choose_columns(read_csv(data), "a", "b", "kind")
    assert points.X[-1, 0] == pytest.approx(6.0)
    assert points.axes[0].center + points.axes[0].scale * 6.0 == pytest.approx(1000.0)
    assert points.X[:, 1].std() == pytest.approx(2.0), "the other column keeps its own scale"


@pytest.mark.parametrize(
    "values", [("1e50", "-1e50", "0"), ("1e-50", "2e-50", "3e-50"), ("1e15", "1000000000000001", "1e15")]
)
def test_extreme_units(values):
    data = lines("a,b,kind", *(f"{value},{k},{k % 2}" for k, value in enumerate(values)))
    points = choose_columns(read_csv(data), "a", "b", "kind")
    assert points.X[:, 0].std() == pytest.approx(2.0)
    pack_points(points)


def test_classes_are_in_order_of_size_or_alphabet():
    rows = [f"{k},{-k},{number},{word}" for k, (number, word) in enumerate([("10", "b"), ("9", "a"), ("-1.5", "C")])]
    table = read_csv(lines("a,b,number,word", *rows))
    assert choose_columns(table, "a", "b", "number").class_names == ("-1.5", "9", "10")
    assert choose_columns(table, "a", "b", "number").labels.tolist() == [2, 1, 0]
    assert choose_columns(table, "a", "b", "word").class_names == ("C", "a", "b")


def test_twenty_classes_are_legal():
    table = read_csv(lines("a,b,kind", *(f"{k},{-k},k{k}" for k in range(20))))
    assert choose_columns(table, "a", "b", "kind").n_classes == 20


def test_uploaded_table_reaches_the_dataset():
    points = choose_columns(read_csv(FLOWERS.encode()), "length", "width", "kind")
    data = make_dataset(DataChoices(dataset="csv", points=pack_points(points)))
    assert data.class_names == ("rose", "tulip")
    assert [axis.name for axis in data.axes] == ["length", "width"]


ROWS = ["1,2,x,one", "2,3,y,one", "3,4,x,one", "4,5,y,one"]


@pytest.mark.parametrize(
    ("row", "chosen", "rule"),
    [
        ("oops,1,x,one", "abk", "row 6, column a must be a number; got 'oops'"),
        ("1,1 000,x,one", "abk", "row 6, column b must be a number; got '1 000'"),
        ("1_0,1,x,one", "abk", "row 6, column a must be a number; got '1_0'"),
        ("1,,x,one", "abk", r"row 6, column b must be a number; got an empty or missing value \(''\)"),
        ("NaN,1,x,one", "abk", r"row 6, column a must be a number; got an empty or missing value \('NaN'\)"),
        ("1,inf,x,one", "abk", r"row 6, column b must be a number between -1e\+50 and 1e\+50; got 'inf'"),
        ("1,-1e400,x,one", "abk", r"column b must be a number between -1e\+50 and 1e\+50; got '-1e400'"),
        ("1,1,,one", "abk", "row 6, column k must name a class; got an empty value"),
        ("1,1,NaN,one", "abk", "row 6, column k must name a class; got 'NaN'"),
        ("1,1,-inf,one", "abk", "row 6, column k must name a class; got '-inf'"),
        ("1,1,x,one", "abs", "column s must hold 2 to 20 classes; got 1: rows 2 to 6 all hold 'one'"),
        ("1,1,x,one", "aak", "x1 and x2 must be two different columns; got 'a' twice"),
        ("1,1,x,one", "qbk", "column must be one of a, b, k, s; got 'q'"),
        ("1,1,x,one", "abq", "column must be one of a, b, k, s; got 'q'"),
    ],
)
def test_columns_tell_the_rule_they_break(row, chosen, rule):
    table = read_csv(lines("a,b,k,s", *ROWS, row))
    with pytest.raises(TableError, match=rule):
        choose_columns(table, *chosen)


def test_21_classes_are_refused():
    table = read_csv(lines("a,b,kind", *(f"{k},{-k},k{k}" for k in range(21))))
    with pytest.raises(
        TableError, match="column kind must hold 2 to 20 classes; got 21: row 22 holds number 21, 'k20'"
    ):
        choose_columns(table, "a", "b", "kind")


def test_a_column_that_looks_like_the_label_and_cannot_be_it_is_named():
    table = read_csv(lines("a,b,c,kind", *(f"{k},{-k},{k % 3},k{k}" for k in range(21))))
    assert table.label_columns == ("c",)
    assert refused_labels(table) == ["column kind must hold 2 to 20 classes; got 21: row 22 holds number 21, 'k20'"]
    check_labels(table)
    assert refused_labels(read_csv(lines("a,b,kind", "1,2,x", "2,3,y", "3,4,none"))) == []


def test_none_may_be_a_class():
    table = read_csv(lines("a,b,kind", "1,2,none", "2,3,much", "3,1,none"))
    assert choose_columns(table, "a", "b", "kind").class_names == ("much", "none")


@pytest.mark.parametrize("number", ["7", "0.1"])  # the mean of three times 0.1 is not quite 0.1
def test_column_of_one_number_is_refused(number):
    table = read_csv(lines("a,b,kind", f"{number},1,x", f"{number},2,y", f"{number},3,y"))
    with pytest.raises(TableError, match=f"column a must hold different numbers; got {number} in every row"):
        choose_columns(table, "a", "b", "kind")


def test_classes_that_read_alike_are_refused():
    long = "w" * 40
    table = read_csv(lines("a,b,kind", f"1,2,{long}x", f"2,3,{long}y"))
    with pytest.raises(TableError, match="column kind must hold classes that differ in their first 40 characters"):
        choose_columns(table, "a", "b", "kind")


@pytest.mark.parametrize(
    ("label", "found"),
    [
        (lambda row: "same", "column t must hold 2 to 20 classes; got 1: rows 2 to 81 all hold 'same'"),
        (lambda row: f"c{row % 40}", "got 40: row 22 holds number 21, 'c20'"),
        (lambda row: row / 7, "got 80: row 22 holds number 21, '2.857"),
    ],
    ids=["one class", "40 categories", "numbers"],
)
def test_a_table_without_classes_says_which_columns_it_has(label, found):
    table = read_csv(lines("a,b,t", *(f"{row},{row * row},{label(row)}" for row in range(80))))
    with pytest.raises(TableError, match=f"2 to 20 different values.*{found}"):
        check_labels(table)


def test_one_row_is_not_called_rows():
    with pytest.raises(TableError, match="got 1: row 2 holds 'x'"):
        check_labels(read_csv(lines("a,b,t", "1,2,x")))


def test_a_column_without_values_is_named():
    with pytest.raises(TableError, match="without any value: a"):
        read_csv(lines("a,b,t", *(f",{row},{'xy'[row % 2]}" for row in range(9))))
