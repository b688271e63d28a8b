"""An uploaded table: bytes -> `Table` -> the points of a spec. Every rule that a file breaks is told with its place.

Rows are counted as a spreadsheet does: the header is row 1, blank rows count.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from playground.data.chance import Chance
from playground.spec.columns import MIN_ROWS, MISSING, TableError, clean_name, number_in
from playground.spec.points import MAX_CLASSES, MAX_NAME, MAX_POINTS
from playground.spec.tables import MAX_TABLE_COLUMNS, MAX_TABLE_TEXT, pack_table

MAX_BYTES = 5_000_000
MAX_ROWS = 100_000
FEW_DIGITS = 7
ROUNDED = f"A link cannot hold all digits of this table: {FEW_DIGITS} of each number are kept."

_SEPARATORS = ",;\t"


@dataclass(frozen=True)
class Table:
    """A table of text cells as it stood in the file, without blanks around them.

    Attributes:
        columns: different names, 1 to 100.
        rows: a tuple of cells for each row, as many as there are columns; at most 5000 rows.
        row_numbers: where each row stood in the file; the header is row 1.
        notices: what the reader should know, one sentence each.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    row_numbers: tuple[int, ...]
    notices: tuple[str, ...] = ()

    def cells(self, column: str) -> list[str]:
        """The cells of a column, top to bottom.

        Raises:
            TableError: no column has this name.
        """
        if column not in self.columns:
            raise TableError(f"column must be one of {', '.join(self.columns)}; got {shown(column)}")
        place = self.columns.index(column)
        return [row[place] for row in self.rows]

    @property
    def numeric_columns(self) -> tuple[str, ...]:
        """Columns where more than half of the cells are numbers: what may be chosen as x1 and x2."""
        return tuple(
            c for c in self.columns if 2 * sum(number_in(v) is not None for v in self.cells(c)) > len(self.rows)
        )

    @property
    def empty_columns(self) -> tuple[str, ...]:
        """Columns without any value."""
        return tuple(c for c in self.columns if all(cell.lower() in MISSING for cell in self.cells(c)))

    @property
    def label_columns(self) -> tuple[str, ...]:
        """Columns of 2 to 20 different values: what may be chosen as the class."""
        return tuple(c for c in self.columns if 2 <= len(set(self.cells(c))) <= MAX_CLASSES)


def read_csv(data: bytes) -> Table:
    """Read an uploaded file that is to become points: as `read_table`, with at least two columns of numbers.

    Raises:
        TableError: the file breaks a rule.
    """
    table = read_table(data)
    numeric = table.numeric_columns
    if len(numeric) < 2:
        found = f"{len(numeric)} ({', '.join(numeric)})" if numeric else "none"
        rest = f"; without any value: {', '.join(table.empty_columns)}" if table.empty_columns else ""
        raise TableError(f"a table must have at least two columns of numbers; got {found}{rest}")
    return table


def read_table(data: bytes) -> Table:
    """Read an uploaded file: a header and rows, separated by comma, semicolon or tab.

    The text is UTF-8, with or without a mark at its beginning, or UTF-16 with one. With semicolon or tab a number may
    have a decimal comma. Of more than 5000 rows, 5000 are drawn by chance (always the same ones).

    Args:
        data: the file, at most 5 MB; its size is checked before anything is read.

    Returns:
        The table, with at least two columns.

    Raises:
        TableError: the file breaks a rule.
    """
    if len(data) > MAX_BYTES:
        raise TableError(f"a file must be at most {MAX_BYTES / 1e6:g} MB; got {len(data) / 1e6:.1f} MB")
    text = _decode(data)
    lines = _records(text)
    _, header = next(lines, (1, []))
    columns = _check_header(header)
    rows: list[tuple[str, ...]] = []
    numbers: list[int] = []
    for number, cells in lines:
        if len(cells) != len(columns):
            raise TableError(f"row {number} must have {len(columns)} cells as the header; got {len(cells)}")
        if len(rows) == MAX_ROWS:
            raise TableError(f"a table must have at most {MAX_ROWS} rows; got more, from row {number} on")
        rows.append(tuple(cells))
        numbers.append(number)
    return _check_table(_limit_rows(Table(columns, tuple(rows), tuple(numbers))))


def pack_rows(table: Table) -> tuple[str, Table]:
    """A table as the text that a spec carries. Of more rows than fit, some are drawn by chance (always the same ones).

    Returns:
        The text, and the table that it holds.

    Raises:
        TableError: not even ten rows fit, since the table is so wide.
    """
    text, n_rows, fits = pack_table(table.columns, table.rows), len(table.rows), table
    if len(text) > MAX_TABLE_TEXT:
        table = fits = _draw_rows(table, n_rows, ROUNDED)
        text = pack_table(table.columns, table.rows, FEW_DIGITS)
    while len(text) > MAX_TABLE_TEXT:
        n_rows = min(n_rows - 1, int(0.95 * n_rows * MAX_TABLE_TEXT / len(text)))
        if n_rows < MIN_ROWS:
            raise TableError(f"a table must be narrow enough that {MIN_ROWS} rows fit a link; got {len(table.columns)}")
        notice = (
            f"A link holds about {n_rows} rows of this table; got {len(table.rows)}: {n_rows} drawn by chance are used."
        )
        fits = _draw_rows(table, n_rows, notice)
        text = pack_table(fits.columns, fits.rows, FEW_DIGITS)
    return text, fits


def _decode(data: bytes) -> str:
    if data.startswith(b"PK\x03\x04"):
        raise TableError("a file must be a CSV text; got a workbook or zip file: save the sheet as CSV")
    utf16 = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if utf16 else "utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        rule = 'a file must be UTF-8 text (in Excel: Save as "CSV UTF-8")'
        raise TableError(f"{rule}; got byte 0x{data[error.start]:02x} in row {row}") from None
    if "\0" in text:
        row = text.count("\n", 0, text.index("\0")) + 1
        raise TableError(f"a file must be UTF-8 text; got a zero byte in row {row}")
    return text


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """Row number and trimmed cells of each row that is not blank."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = max(_SEPARATORS, key=first.count)
    number = 0
    try:
        for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True), 1):
            trimmed = [cell.strip() for cell in cells]
            if any(trimmed):
                yield number, _with_points(trimmed) if separator != "," else trimmed
    except csv.Error as error:
        raise TableError(f"row {number + 1} must have its quotes in pairs and short cells; got: {error}") from None


def _with_points(cells: list[str]) -> list[str]:
    """The cells with `1,5` written as `1.5`."""
    return [_decimal(cell) for cell in cells]


def _decimal(cell: str) -> str:
    pointed = cell.replace(",", ".")
    return pointed if cell.count(",") == 1 and number_in(pointed) is not None else cell


def _check_header(header: list[str]) -> tuple[str, ...]:
    if not header:
        raise TableError("a file must hold a header and rows; got an empty file")
    if len(header) > MAX_TABLE_COLUMNS:
        raise TableError(f"a table must have at most {MAX_TABLE_COLUMNS} columns; got {len(header)}")
    names = tuple(clean_name(name) or f"column {place}" for place, name in enumerate(header, 1))
    name, count = Counter(names).most_common(1)[0]
    if count > 1:
        raise TableError(f"row 1 must give each column a name of its own; got {name} {count} times")
    return names


def _check_table(table: Table) -> Table:
    if not table.rows:
        raise TableError("a table must have rows below its header; got none")
    if len(table.columns) < 2:
        raise TableError(f"a table must have at least two columns; got one ({table.columns[0]})")
    numeric = table.numeric_columns
    if numeric and all(number_in(name) is not None for name in numeric):
        raise TableError(f"row 1 must hold the names of the columns; got {shown(numeric[0])} above a column of numbers")
    return table


def _limit_rows(table: Table) -> Table:
    n_rows = len(table.rows)
    if n_rows <= MAX_POINTS:
        return table
    notice = f"A table may give at most {MAX_POINTS} points; got {n_rows} rows: {MAX_POINTS} drawn by chance are used."
    return _draw_rows(table, MAX_POINTS, notice)


def _draw_rows(table: Table, n_rows: int, notice: str) -> Table:
    kept = sorted(Chance(0).shuffle("rows", len(table.rows))[:n_rows].tolist())
    rows, numbers = tuple(table.rows[row] for row in kept), tuple(table.row_numbers[row] for row in kept)
    return Table(table.columns, rows, numbers, (*table.notices, notice))


def shown(value: str) -> str:
    """Text of a file as an error repeats it."""
    return repr(value[:MAX_NAME])
