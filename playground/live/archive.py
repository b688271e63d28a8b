"""Runs on disk, so that a server that was killed goes on where it was: one SQLite file, a row a run.

A row is found by the SHA-256 of the token that its viewer's browser tab keeps; the token itself is not written. What a
row holds is summed up by a checksum, into which the program's own code enters: a row that is damaged, or that another
version has written, is none.
"""

from __future__ import annotations

import hashlib
import logging
import sqlite3
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from playground.live import document
from playground.live.course import Kept

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[2]
MAX_ROW_BYTES = 8_000_000
BUSY_SECONDS = 2.0
_MAGIC = b"SQLite format 3\0"  # how its files begin
_TABLE = """CREATE TABLE IF NOT EXISTS runs (
    key BLOB PRIMARY KEY, saved REAL NOT NULL, text BLOB NOT NULL, arrays BLOB NOT NULL, checksum BLOB NOT NULL
)"""
_DELETE_OLDEST = """DELETE FROM runs WHERE key IN (SELECT key FROM (SELECT key, SUM(LENGTH(text) + LENGTH(arrays))
    OVER (ORDER BY saved DESC, key) AS total FROM runs) WHERE total > ?) RETURNING key"""
Row = tuple[bytes, float, bytes, bytes, bytes]


class Archive:
    """The file of all runs. Every method may block for some ms: one thread calls it, never the event loop."""

    def __init__(self, path: Path, *, minutes: int, megabytes: int) -> None:
        self.path, self.minutes, self.megabytes = path, minutes, megabytes
        self.n_files = 1  # that there have been: a damaged one makes place for a new one
        self._connection: sqlite3.Connection | None = None
        self._warned: set[str] = set()

    def save(self, runs: Mapping[str, Kept]) -> list[str]:
        """Write down runs by their tokens, all or none; returns the tokens whose runs are on disk now."""
        written: list[str] = []

        def rows() -> Iterator[Row]:  # one after the other: thirty runs with a large network would take 50 MB at once
            for token, kept in runs.items():
                if row := self._row(token, kept):
                    written.append(token)
                    yield row

        return written if self._write("INSERT OR REPLACE INTO runs VALUES (?, ?, ?, ?, ?)", rows()) else []

    def touch(self, tokens: Iterable[str]) -> None:
        """These runs are still looked at: they are kept, and others go first."""
        self._write("UPDATE runs SET saved = ? WHERE key = ?", [(time.time(), key_of(token)) for token in tokens])

    def delete(self, tokens: Iterable[str]) -> None:
        """These runs are no more: begun anew, say."""
        self._write("DELETE FROM runs WHERE key = ?", [(key_of(token),) for token in tokens])

    def tidy(self) -> list[bytes]:
        """Delete what has been kept long enough, and the oldest of what is too much; returns the keys of the latter."""
        self._write("DELETE FROM runs WHERE saved < ?", [(time.time() - 60 * self.minutes,)])
        try:
            with self._open() as connection:
                return [key for (key,) in connection.execute(_DELETE_OLDEST, (1e6 * self.megabytes,)).fetchall()]
        except (sqlite3.Error, OSError) as error:
            self._fail(error)
            return []

    def recall(self, token: str) -> Kept | None:
        """The run of a token; None when there is none that can be used."""
        key = key_of(token)
        try:
            row = self._open().execute("SELECT text, arrays, checksum FROM runs WHERE key = ?", (key,)).fetchone()
        except (sqlite3.Error, OSError) as error:
            self._fail(error)
            return None
        if row is None:
            return None
        try:
            text, arrays, checksum = row
            if checksum != _checksum(key, text, arrays):
                raise ValueError("its checksum differs")
            return document.read(text, arrays)
        except (ValueError, TypeError) as error:
            self._warn("row", f"a kept run was damaged or is of another version, and begins anew: {str(error)[:200]}")
            return None

    def close(self) -> None:
        """Let go of the file."""
        if self._connection:
            self._connection.close()
            self._connection = None

    def _row(self, token: str, kept: Kept) -> Row | None:
        text, arrays = document.write(kept)
        if len(text) + len(arrays) > MAX_ROW_BYTES:
            self._warn("large", f"a run of more than {MAX_ROW_BYTES // 1_000_000} MB is kept in memory only")
            return None
        key = key_of(token)
        return key, time.time(), text, arrays, _checksum(key, text, arrays)

    def _write(self, statement: str, rows: Iterable[Sequence[Any]]) -> bool:
        try:
            with self._open() as connection:  # one transaction
                connection.executemany(statement, rows)
        except (sqlite3.Error, OSError) as error:
            self._fail(error)
            return False
        return True

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._connection = _connect(self.path)
        return self._connection

    def _fail(self, error: Exception) -> None:
        """Say it once. A damaged database is deleted, another file put aside; other errors are tried again."""
        self._warn("file", f"runs cannot be written down, or not all of them: {error}")
        self.close()
        if type(error) is sqlite3.DatabaseError:
            if self.path.exists() and not _is_database(self.path):  # a slip must not cost somebody a file
                self.path.replace(self.path.with_name(self.path.name + ".aside"))
            for end in ("", "-wal", "-shm", "-journal"):  # the database's own, and nobody's copies beside it
                self.path.with_name(self.path.name + end).unlink(missing_ok=True)
            self.n_files += 1

    def _warn(self, kind: str, text: str) -> None:
        if kind not in self._warned:
            self._warned.add(kind)
            log.warning(text)


def archive_path(text: str) -> Path | None:
    """Where PLAYGROUND_RUNS says: a file; `off` for nowhere; empty for the app's own folder."""
    return None if text == "off" else Path(text) if text else ROOT / ".runs" / "runs.sqlite3"


def key_of(token: str) -> bytes:
    """What stands on disk in place of a token. A token has 256 random bits, so its plain hash tells nobody."""
    return hashlib.sha256(token.encode(errors="replace")).digest()


def _connect(path: Path) -> sqlite3.Connection:
    path.touch(mode=0o600)
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, check_same_thread=False)
    connection.execute("PRAGMA journal_mode = WAL")  # a kill at any moment leaves the last whole transaction
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(_TABLE)
    return connection


def _is_database(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _checksum(key: bytes, text: bytes, arrays: bytes) -> bytes:
    total = hashlib.blake2b(_version(), digest_size=32)
    for part in (key, text, arrays):
        total.update(len(part).to_bytes(8, "little"))
        total.update(part)
    return total.digest()


@cache
def _version() -> bytes:
    """The program's own code: arrays are only as another version lays them out by chance."""
    total = hashlib.blake2b(digest_size=32)
    for path in sorted((ROOT / "playground").rglob("*.py")):
        total.update(path.read_bytes())
    return total.digest()
