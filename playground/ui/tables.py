"""Real tables and own tables: which one, what is predicted, what its columns are, which values are missing."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import streamlit as st

from playground.data.real_tables import SHIPPED, real_table
from playground.data.table import Table, pack_rows, read_table
from playground.spec.columns import LearnableTable
from playground.spec.network import MAX_SEED
from playground.spec.real_tables import REAL_TABLES
from playground.spec.tables import MAX_KNOCKED_OUT, TableChoices, learnable_rows, own_table, unpack_table
from playground.ui.callbacks import bound
from playground.ui.controls import Controls
from playground.ui.session import Visit
from playground.ui.upload import offer_table, plain, upload_csv

OWN = "table"
FIRST_TABLE = "penguins"
KINDS = {"-": "Leave out", "n": "Take as numbers", "c": "Take as categories"}
KIND_HELP = {
    "-": "Columns that nobody may learn from. Watch what the others still know.",
    "n": "Columns whose text counts as missing. Watch how many gaps that makes.",
    "c": "Columns whose numbers are only names, such as a postal code. Watch the number of columns grow.",
}
MAP_BY = {"components": "Principal components", "columns": "Two columns"}
DIFFERENCE = (
    "**XGBoost** reads gaps and categories as they are: each split sends gaps to the side where they fit better, and "
    "asks for one category against all others. **All others** get {filled} in place of a gap, and a column of 0 and 1 "
    "for each category. XGBoost's exact method reads no categories: a table with some is learned by its method hist."
)
FILLED = {  # by whether it is told that a value was missing
    False: "the median, or the most frequent category,",
    True: "the median, and a column that tells so, or the category “missing”,",
}


def choose_source(visit: Visit) -> None:
    """Points in the plane, or a table of many columns."""

    def take(is_table: bool) -> None:
        visit.change(dataset=FIRST_TABLE if is_table else type(visit.spec)().structure.dataset)

    is_table = visit.spec.structure.is_table
    st.segmented_control(
        "Learn from",
        (False, True),
        format_func=lambda table: "Tables" if table else "Points",
        help="Points in the plane, or real tables with many columns and gaps. Watch whether the same method wins.",
        required=True,
        **bound(f"{visit.page}.widget.source", is_table, take, begins={"default": is_table}),
    )


def choose_columns(visit: Visit, controls: Controls) -> None:
    """Which table is learned, and how."""
    choices: TableChoices = visit.spec.structure
    _choose_name(visit, controls)
    upload_table(visit)
    _show_notices(notices_of(choices))
    names = column_names(choices)
    facts = choices.real_table
    if facts is None or not facts.only_target:
        controls.choose_one("target", range(-1, len(names) - 1), label=lambda k: names[k])
    controls.choose_step("knocked_out", [k / 20 for k in range(int(20 * MAX_KNOCKED_OUT) + 1)], label="{:.0%}".format)
    st.caption(_difference(choices))
    controls.choose_one("map_by", tuple(MAP_BY), label=MAP_BY.__getitem__)
    if choices.map_by == "columns":
        places = [-1, *(k for k in range(len(names)) if k != choices.target % len(names))]
        for field in ("map_x", "map_y"):
            controls.choose_one(field, places, label=lambda k: "chosen for you" if k < 0 else names[k])
    with st.expander("More about the data"):
        _choose_kinds(visit, names)
        controls.choose_whether("flag_missing")
        controls.choose_step("train_share", [k / 10 for k in range(1, 10)], label="{:.0%}".format)
        controls.choose_number("data_seed", low=0, high=MAX_SEED, step=1)


def _difference(choices: TableChoices) -> str:
    """How gaps and categories reach each method."""
    return DIFFERENCE.format(filled=FILLED[choices.flag_missing])


def _show_notices(notices: Sequence[str]) -> None:
    if notices:
        st.warning("\n".join(f"- {plain(notice)}" for notice in notices) if len(notices) > 1 else plain(notices[0]))


def notices_of(choices: TableChoices) -> tuple[str, ...]:
    """What the reader should know of the columns; tables of scikit-learn have nothing odd, and are not loaded here."""
    if choices.dataset == OWN:
        return own_table(choices.table, choices.kinds, choices.target).notices
    if choices.dataset in SHIPPED:
        return real_table(choices.dataset, choices.kinds, choices.target).notices
    return ()


def column_names(choices: TableChoices) -> tuple[str, ...]:
    """The names of all columns of the chosen table, in its order."""
    facts = choices.real_table
    return facts.columns if facts else unpack_table(choices.table)[0]


def describe_table(choices: TableChoices) -> list[tuple[str, str]]:
    """The choices of a table in words, for a report; nothing for points."""
    if not choices.is_table:
        return []
    names, facts = column_names(choices), choices.real_table
    left_out = [name for name, letter in zip(names, choices.kinds, strict=False) if letter == "-"]
    return [
        ("table", f"{facts.title} ({facts.source})" if facts else "own table"),
        ("predict", names[choices.target]),
        ("left out", ", ".join(left_out) or "no column"),
        ("values knocked out", f"{choices.knocked_out:.0%}, training and test rows alike"),
        ("gaps and categories", _difference(choices).replace("**", "")),
        ("training share", f"{choices.train_share:.0%}"),
        ("data seed", str(choices.data_seed)),
        *(("notice", notice) for notice in notices_of(choices)),
    ]


def _choose_name(visit: Visit, controls: Controls) -> None:
    own = (OWN,) if visit.spec.structure.table else ()
    titles = {name: facts.title for name, facts in REAL_TABLES.items()} | {OWN: "Own table"}
    controls.choose_one("dataset", (*REAL_TABLES, *own), label=titles.__getitem__)
    facts = visit.spec.structure.real_table
    if facts:
        gaps = f"{facts.n_missing} values are" if facts.n_missing else "no value is"
        size = f"{facts.n_rows} rows of {len(facts.columns)} columns, {gaps} missing"
        st.caption(f"{facts.question} {size}. Source: {facts.source}.")
    else:
        choices = visit.spec.structure
        found = own_table(choices.table, choices.kinds, choices.target)
        st.caption(plain(" ".join([_summary(found), *notices_of_file(visit)])))


def notices_of_file(visit: Visit) -> tuple[str, ...]:
    """What of the file that was read is not in the own table; nobody knows after a reload or from a link."""
    choices: TableChoices = visit.spec.structure
    text, notices = st.session_state.get(_kept_key(visit)) or ("", ())
    return notices if choices.dataset == OWN and text == choices.table else ()


def _summary(table: LearnableTable) -> str:
    numbers = [column.name for column in table.features if not column.categories]
    categories = [f"{column.name} ({len(column.categories)})" for column in table.features if column.categories]
    n_missing = sum(column.n_missing for column in table.features)
    parts = [
        f"{title}: {', '.join(names)}." for title, names in (("Numbers", numbers), ("Categories", categories)) if names
    ]
    return " ".join([f"{len(table.target.values)} rows.", *parts, f"{n_missing} values are missing."])


def _choose_kinds(visit: Visit, names: tuple[str, ...]) -> None:
    choices: TableChoices = visit.spec.structure
    letters = list(choices.kinds or "a" * len(names))
    target = choices.target % len(names)
    for letter, title in KINDS.items():
        if letter != "-" and choices.real_table:
            continue  # what the columns of a real table are is known
        value = [k for k in range(len(names)) if letters[k] == letter]
        places = [k for k in range(len(names)) if letter != "-" or k != target]
        st.multiselect(
            title,
            places,
            format_func=names.__getitem__,
            help=KIND_HELP[letter],
            **bound(
                f"{visit.page}.widget.kinds.{letter}",
                value,
                partial(_take_kinds, visit, len(names), letter),
                begins={"default": value},
            ),
        )


def _take_kinds(visit: Visit, n_columns: int, letter: str, chosen: list[int]) -> None:
    letters = visit.spec.structure.kinds or "a" * n_columns
    changed = [letter if k in chosen else "a" if old == letter else old for k, old in enumerate(letters)]
    visit.change(kinds="" if set(changed) == {"a"} else "".join(changed))


def upload_table(visit: Visit) -> None:
    """Upload a CSV of mixed columns, look at it, and choose what is predicted."""
    upload_csv(
        f"{visit.page}.table",
        lambda content: _offer(visit, read_table(content)),
        tip="Columns may hold numbers or text; values may be missing. Watch which columns are left out, and why.",
        rules="The first row names the columns. At most 5 MB and 100 columns. A link holds some 1000 rows.",
    )


def _offer(visit: Visit, table: Table) -> None:
    text, kept = pack_rows(table)
    for notice in kept.notices:
        st.info(plain(notice))
    st.dataframe([dict(zip(table.columns, row, strict=True)) for row in table.rows[:5]], hide_index=True)
    n = len(table.columns)
    target = st.selectbox(
        "Predict", range(n), index=n - 1, format_func=table.columns.__getitem__,
        help="The column to be predicted. Watch what is left to learn it from.",
        key=f"{visit.page}.table.target.{table.columns}",  # of another file: its last column again
    )  # fmt: skip
    found = learnable_rows(kept.columns, kept.rows, kept.row_numbers, "", target)
    _show_notices(found.notices)
    st.caption(plain(_summary(found)))

    def take() -> None:
        st.session_state[_kept_key(visit)] = (text, kept.notices)
        visit.change(dataset=OWN, table=text, target=target, kinds="")

    offer_table(f"{visit.page}.table", take)


def _kept_key(visit: Visit) -> str:
    return f"{visit.page}.table.kept"
