"""What a table's columns are taken for, and the notices and errors of odd ones."""

import pytest

from playground.data.table import pack_rows, read_table
from playground.spec.columns import MAX_CATEGORIES, TableError
from playground.spec.tables import MAX_TABLE_TEXT, learnable_rows, own_table, pack_table, unpack_table

N = 24


def table(columns: dict[str, list], kinds: str = "", target: int = -1):
    rows = list(zip(*[[str(cell) for cell in cells] for cells in columns.values()], strict=True))
    return own_table(pack_table(tuple(columns), rows), kinds, target)


GOOD = {"size": [k * 1.5 for k in range(N)], "color": ["red", "blue", "green"] * (N // 3)}
KIND = {"kind": ["cat", "dog"] * (N // 2)}


def test_kinds_are_found():
    mixed = table({**GOOD, "gap": ["", "NA", 1, 2] * (N // 4), **KIND})
    assert [column.categories for column in mixed.features] == [(), ("blue", "green", "red"), ()]
    assert mixed.target.categories == ("cat", "dog") and mixed.features[2].n_missing == N // 2
    assert mixed.notices == () and mixed.places == (0, 1, 2)


def test_kinds_can_be_chosen():
    data = {**GOOD, "year": [2001, 2002, 2003, 2004] * (N // 4), **KIND}
    assert table(data).features[2].categories == ()
    assert table(data, "aaca").features[2].categories == ("2001", "2002", "2003", "2004")
    assert [column.name for column in table(data, "a-aa").features] == ["size", "year"]
    assert table(data, target=2).target.categories == ("2001", "2002", "2003", "2004"), "few numbers are classes"
    assert table(data, "aana", target=2).target.categories == (), "unless they are to be numbers"
    assert table(data, target=0).target.categories == ()


@pytest.mark.parametrize(
    ("column", "notice"),
    [
        ([7] * N, "Column odd must hold different values; it holds only 7 and is left out."),
        (["same"] * N, "Column odd must hold different values; it holds only same and is left out."),
        (["", "NA"] * (N // 2), "Column odd must have a value in some row; it has none and is left out."),
        (
            [*range(N - 2), "oops", "1e99"],
            "Column odd must hold numbers; a row holds 'oops' (and 1 more): taken as missing.",
        ),
        ([*range(N - 1), "1e99"], "Column odd must hold numbers up to 1e+30; a row holds '1e99': taken as missing."),
    ],
)
def test_odd_columns_are_named_with_their_rule(column, notice):
    found = table({**GOOD, "odd": column, **KIND})
    assert found.notices == (notice,)
    assert [feature.name for feature in found.features] == ["size", "color"] + ["odd"] * (
        "oops" in column or "1e99" in column
    )


def test_forty_categories_share_columns_and_names_of_rows_are_left_out():
    n = 120
    data = {"size": range(n), "city": [f"city {k % 40}" for k in range(n)], "name": [f"name {k}" for k in range(n)]}
    found = table({**data, "kind": ["cat", "dog"] * (n // 2)})
    assert found.notices == (
        f"Column city may hold {MAX_CATEGORIES} categories; it holds 40. The 29 most frequent get a column each, the "
        "others share one. XGBoost takes them all.",
        "Column name must hold categories that come again; it holds 120 different texts in 120 rows and is left out.",
    )


def test_more_columns_than_rows_is_said():
    data = {f"x{k}": [(k * j * j + j) % 13 for j in range(N)] for k in range(30)}
    assert table({**data, **KIND}).notices == (
        f"There should be more rows than columns; this table has {N} rows and 30 columns (each category counts). A model "
        "can then fit anything: only the test scores tell.",
    )


def test_rows_without_an_answer_and_rare_classes_are_left_out():
    found = table({**GOOD, "kind": ["cat", "dog"] * 10 + ["", "", "emu", "emu"]})
    assert len(found.target.values) == 20 and found.target.categories == ("cat", "dog")
    assert found.notices == (
        "Column kind is to be predicted, so it must have a value; rows without one are left out: 2.",
        "Column kind must have at least 5 rows of each class; those of emu are left out.",
    )


@pytest.mark.parametrize(
    ("columns", "kinds", "target", "rule"),
    [
        ({**GOOD, "kind": ["cat"] * N}, "", -1, r"column kind must hold 2 to 20 classes .* got 1 \(cat\)"),
        ({**GOOD, "name": [f"n{k}" for k in range(N)]}, "", -1, "column name must hold 2 to 20 classes .* got 24"),
        ({**GOOD, **KIND}, "aan", -1, "column kind must hold different numbers to be predicted; got 0"),
        ({**GOOD, **KIND}, "a-a", -1, r"a table must leave two columns to learn from; got 1 \(size\)"),
        ({**GOOD, **KIND}, "aa", -1, "kinds must have a letter for each of 3 columns; got 2"),
        ({**GOOD, **KIND}, "", 3, "target must be a column from 0 to 2; got 3"),
        ({k: v[:8] for k, v in {**GOOD, "price": range(50, 50 + N)}.items()}, "ccn", 2, "at least 10 rows .* got 8"),
    ],
)  # fmt: skip
def test_tables_that_cannot_be_learned_from_name_column_and_rule(columns, kinds, target, rule):
    with pytest.raises(TableError, match=rule):
        table(columns, kinds, target)


def test_a_file_with_one_column_of_numbers_is_a_table():
    file = "name;price;ok\n" + "\n".join(f"n{k % 3};{k},5;{'yes' if k % 2 else 'no'}" for k in range(20))
    found = read_table(file.encode())
    text, same = pack_rows(found)
    assert same is found and own_table(text, "", -1).features[1].values[:3].tolist() == [0.5, 1.5, 2.5]


def test_a_table_too_large_for_a_link_is_drawn_by_chance():
    head = ",".join(f"x{k}" for k in range(12))
    rows = "\n".join(",".join(f"{(j * 7919 + k * 104729) % 1000003 / 7:.6f}" for k in range(12)) for j in range(4000))
    full = read_table(f"{head}\n{rows}\n".encode())
    text, kept = pack_rows(full)
    assert len(text) <= MAX_TABLE_TEXT and len(unpack_table(text)[1]) == len(kept.rows)
    assert f"A link holds about {len(kept.rows)} rows of this table; got 4000" in kept.notices[-1]
    assert pack_rows(full)[0] == text, "always the same ones"


def test_a_row_is_named_by_its_number_in_the_file_or_not_at_all() -> None:
    """The text of a link knows of no blank lines, and of no rows that chance left out."""
    lines = [f"{k},{k % 7},{'cat' if k % 2 else 'dog'}" for k in range(40)]
    read = read_table("\n".join(["a,b,kind", "", *lines[:20], "", "oops,1,cat", *lines[20:]]).encode())
    text, kept = pack_rows(read)
    of_file = learnable_rows(kept.columns, kept.rows, kept.row_numbers, "", -1)
    assert of_file.notices == ("Column a must hold numbers; row 24 holds 'oops': taken as missing.",)
    assert own_table(text, "", -1).notices == ("Column a must hold numbers; a row holds 'oops': taken as missing.",)
