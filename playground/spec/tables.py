"""Choices of a table: which one, what is predicted, what its columns are, which values are missing, what the map shows.

An own table travels in the spec as text: CSV, deflated, in the base64 alphabet of links.
"""

from __future__ import annotations

import base64
import csv
import io
import re
import zlib
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal, Self

from pydantic import Field, field_validator, model_validator

from playground.spec.columns import (
    MISSING,
    LearnableTable,
    TableError,
    clean_name,
    make_learnable,
    number_in,
    read_column,
)  # fmt: skip
from playground.spec.network import MAX_POINTS_TEXT, DataChoices, DatasetName
from playground.spec.points import MAX_NAME, MAX_POINTS
from playground.spec.real_tables import REAL_TABLES, RealTable, TableName

MAX_TABLE_TEXT = MAX_POINTS_TEXT  # characters: a server takes requests of 64 kB
MAX_TABLE_COLUMNS = 100
MAX_KNOCKED_OUT = 0.8
MAX_UNPACKED = 2_000_000  # bytes: what a small text may grow to

Cells = tuple[tuple[str, ...], ...]


def pack_table(columns: Sequence[str], rows: Sequence[Sequence[str]], digits: int = 17) -> str:
    """Write a table as text for a link.

    Args:
        columns: different names.
        rows: as many cells each.
        digits: that are kept of each number; 17 keep every number as it is.

    Returns:
        Only A-Z, a-z, 0-9, _ and -; the 1309 rows of the Titanic take 8 000 characters.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows([[_short(cell, digits) for cell in row] for row in rows])
    return base64.urlsafe_b64encode(zlib.compress(text.getvalue().encode(), 9)).rstrip(b"=").decode("ascii")


def _short(cell: str, digits: int) -> str:
    cell = cell if number_in(cell) is not None else clean_name(cell)  # which may leave a number, or nothing
    value = number_in(cell)
    if cell.lower() in MISSING:
        return ""
    return cell if value is None else min(f"{value:.{digits}g}", cell, key=len)


@lru_cache(maxsize=8)
def unpack_table(text: str) -> tuple[tuple[str, ...], Cells]:
    """Column names and rows of what `pack_table` wrote.

    Args:
        text: any text; it may come from a stranger's link.

    Raises:
        TableError: the text is no packed table. Nothing else is raised, whatever the text.
    """
    if not re.fullmatch("[A-Za-z0-9_-]*", text) or len(text) % 4 == 1:
        raise TableError(f"table must be base64 text of A-Z, a-z, 0-9, _ and -; got {text[:MAX_NAME]!r}")
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), MAX_UNPACKED)
        if not unpacker.eof:
            raise TableError(f"table must unpack to at most {MAX_UNPACKED} bytes; got more, or a cut text")
        columns, *rows = (tuple(row) for row in csv.reader(io.StringIO(data.decode(), newline=""), strict=True))
    except (zlib.error, UnicodeDecodeError, csv.Error, ValueError) as error:
        raise error if isinstance(error, TableError) else TableError("table must be a packed table") from None
    _check_shape(columns, rows)
    return columns, tuple(rows)


def _check_shape(columns: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> None:
    legal = all(1 <= len(name) <= MAX_NAME and name.isprintable() for name in columns)
    if not (2 <= len(set(columns)) == len(columns) <= MAX_TABLE_COLUMNS and legal):
        rule = f"table must have 2 to {MAX_TABLE_COLUMNS} columns with names of their own"
        raise TableError(f"{rule}; got {', '.join(columns)[:MAX_NAME]!r}")
    if not 1 <= len(rows) <= MAX_POINTS or any(len(row) != len(columns) for row in rows):
        raise TableError(f"table must have 1 to {MAX_POINTS} rows of {len(columns)} cells; got {len(rows)} rows")


@lru_cache(maxsize=8)
def own_table(text: str, kinds: str, target: int) -> LearnableTable:
    """The own table as it is learned from. Its text may lack rows of the file: notices name none by its number.

    Raises:
        TableError: the text is no table, or nothing can be learned from it with these choices.
    """
    columns, rows = unpack_table(text)
    return learnable_rows(columns, rows, (), kinds, target)


def learnable_rows(
    columns: Sequence[str], rows: Sequence[Sequence[str]], numbers: Sequence[int], kinds: str, target: int
) -> LearnableTable:
    """Text cells as something to learn from.

    Args:
        columns: names.
        rows: cells, as many as names.
        numbers: the number of each row in its file, for notices; may be empty.
        kinds: a letter for each column as in `TableChoices`, or nothing.
        target: the column to predict; -1 is the last one.

    Raises:
        TableError: nothing can be learned from them with these choices.
    """
    if kinds and len(kinds) != len(columns):
        raise TableError(f"kinds must have a letter for each of {len(columns)} columns; got {len(kinds)}")
    if target >= len(columns):
        raise TableError(f"target must be a column from 0 to {len(columns) - 1}; got {target}")
    letters, place = kinds or "a" * len(columns), target % len(columns)
    skipped = frozenset(k for k, letter in enumerate(letters) if letter == "-")
    read = [
        read_column(name, [row[k] for row in rows], numbers, letters[k].replace("-", "a"))
        for k, name in enumerate(columns)
    ]
    table = make_learnable([column for column, _ in read], place, as_number=letters[place] == "n", skipped=skipped)
    odd = [notice for k, (_, notices) in enumerate(read) if k not in skipped or k == place for notice in notices]
    return LearnableTable(table.features, table.target, table.places, (*odd, *table.notices))


class TableChoices(DataChoices):
    """Points in the plane or a table of many columns."""

    dataset: Literal[DatasetName, TableName, "table"] = Field(  # type: ignore[assignment]  # more than the base has
        "circle",
        title="Data",
        description="Points in the plane, or a real table of many columns. Watch which method wins on which.",
    )
    table: str = Field(
        "",
        max_length=MAX_TABLE_TEXT,
        pattern="^[A-Za-z0-9_-]*$",
        title="Own table",
        description="Your own table in packed form.",
    )
    target: int = Field(
        -1,
        ge=-1,
        lt=MAX_TABLE_COLUMNS,
        title="Predict",
        description="The column to be predicted from the others. Text is predicted as a class, a number as a number: "
        "watch which scores are shown.",
    )
    kinds: str = Field(
        "",
        max_length=MAX_TABLE_COLUMNS,
        pattern="^[anc-]*$",
        title="Kinds of columns",
        description="A letter for each column: a as found, n numbers, c categories, - left out.",
    )
    knocked_out: float = Field(
        0.0,
        ge=0,
        le=MAX_KNOCKED_OUT,
        title="Knock out values",
        description="This part of all values is taken away by chance, in training and test rows. Watch who suffers "
        "least.",
    )
    flag_missing: bool = Field(
        False,
        title="Tell that a value was missing",
        description="Adds a column for it where values are filled in. Watch the scores: it helps when what is "
        "missing is no accident.",
    )
    map_by: Literal["components", "columns"] = Field(
        "components",
        title="Map shows",
        description="The two directions in which the rows differ most (principal components), or two columns. Watch "
        "whether classes come apart.",
    )
    map_x: int = Field(
        -1,
        ge=-1,
        lt=MAX_TABLE_COLUMNS,
        title="Across",
        description="The column that runs across the map. Watch whether it parts the classes.",
    )
    map_y: int = Field(
        -1,
        ge=-1,
        lt=MAX_TABLE_COLUMNS,
        title="Upward",
        description="The column that runs up the map. Watch whether it parts the classes.",
    )

    @field_validator("table")
    @classmethod
    def _is_table(cls, text: str) -> str:
        if text:
            unpack_table(text)
        return text

    @model_validator(mode="after")
    def _can_be_learned(self) -> Self:
        facts = self.real_table
        if self.dataset == "table":
            if not self.table:
                raise ValueError("dataset table needs its rows in table; got none")
            try:
                own_table(self.table, self.kinds, self.target)
            except TableError as error:
                field = "kinds" if self.kinds else "target" if self.target >= 0 else "table"
                raise ValueError(f"{field} cannot be used: {error}") from None
        elif facts is not None:
            _check_real(facts, self.target, self.kinds)
        return self

    @property
    def real_table(self) -> RealTable | None:
        """What is known of the chosen real table; None for points and own tables."""
        return REAL_TABLES.get(self.dataset)  # type: ignore[arg-type]  # other names give None

    @property
    def is_table(self) -> bool:
        """Whether a table of many columns is learned, and not points in the plane."""
        return self.dataset == "table" or self.real_table is not None

    @property
    def extent(self) -> tuple[int, int, int]:
        """About how many rows, columns and classes there are, to reckon how long learning takes."""
        facts = self.real_table
        if facts is not None:
            return facts.n_rows, len(facts.columns) - 1, facts.n_classes
        if self.dataset == "table":
            table = own_table(self.table, self.kinds, self.target)
            width = sum(len(column.categories) or 1 for column in table.features)
            return len(table.target.values), width, len(table.target.categories)
        return (4000 if self.dataset in ("points", "csv") else self.n_samples), 2, 3

    @property
    def task(self) -> Literal["classification", "regression"]:
        facts = self.real_table
        if facts is not None:
            return "classification" if facts.columns[self.target] in facts.classes else "regression"
        if self.dataset == "table":
            answer = own_table(self.table, self.kinds, self.target).target
            return "classification" if answer.categories else "regression"
        return super().task


def _check_real(facts: RealTable, target: int, kinds: str) -> None:
    n = len(facts.columns)
    if target >= n or (facts.only_target and target not in (-1, n - 1)):
        legal = f"-1 or {n - 1}" if facts.only_target else f"-1 to {n - 1}"
        raise ValueError(f"target must be {legal} for {facts.title}; got {target}")
    if kinds and (len(kinds) != n or not set(kinds) <= {"a", "-"}):
        raise ValueError(f"kinds must be {n} letters a or - for {facts.title}; got {kinds[:MAX_NAME]!r}")
    left = sum(letter == "a" for k, letter in enumerate(kinds) if k != target % n)
    if kinds and left < 2:
        raise ValueError(f"kinds must leave two columns to learn from; got {left}")


COLUMN_CHOICES = ("target", "kinds", "map_x", "map_y")
"""Choices that name columns: they make way when another table is chosen."""
