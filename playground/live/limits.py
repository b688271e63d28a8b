"""Every limit that the server enforces, in one place: defaults, legal ranges and what each is for.

python -m playground.live.limits > docs/limits.md      writes the page of these limits
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

PREFIX = "PLAYGROUND_"
PAGE = """# Limits

Written by `python -m playground.live.limits > docs/limits.md`; a test fails when it is out of date.

Each limit below is a whole number read from the environment when the server starts. A value that breaks its range stops
the start with a message that names the rule. Those marked * are enforced by `make class` only.

| variable | default | legal | what it limits | what happens at the limit |
|---|---|---|---|---|
{rows}

## Fixed limits

These stand in the code.

| what | limit | what happens at the limit |
|---|---|---|
{fixed}

A slow reader is cut when the answer to a ping does not come in time, since the ping waits behind what is under way: two
frames. With the first network of the Playground these are 10 kB, with its largest one 125 kB, so about 1.5 and 16 kB a
second are enough; 8 and 94 on a way that is so long that 12 frames were under way.
"""
ROOT = Path(__file__).parents[2]


def _limit(default: int, low: int, high: int, what: str, then: str, *, launcher: bool = False) -> Any:
    mark = {"low": low, "high": high, "what": what, "then": then, "launcher": launcher}
    return field(default=default, metadata=mark)


@dataclass(frozen=True)
class Limits:
    """What one server allows. `Limits().viewers` is 60.

    Raises:
        ValueError: a value is outside its range; the text names the rule and what came.
    """

    viewers: int = _limit(
        60, 1, 10_000, "viewers with a run at the same time", "newcomers wait in line and see their place"
    )
    waiting: int = _limit(200, 0, 10_000, "viewers in line", "closed with 4503; the page tries again by itself")
    followers: int = _limit(
        200, 0, 10_000, "viewers who only watch a run that is shown to all", "closed with 4503; the page tries again"
    )
    seats: int = _limit(
        1000, 1, 100_000, "runs in memory, with and without a viewer", "the longest idle one leaves memory"
    )
    idle_minutes: int = _limit(
        30, 1, 1440, "minutes that a run without a viewer is kept, on disk or in memory", "it is freed and begins anew"
    )
    idle_megabytes: int = _limit(
        400, 1, 100_000, "MB in memory of all runs without a viewer", "the longest idle ones leave memory"
    )
    disk_megabytes: int = _limit(400, 1, 100_000, "MB on disk of all runs", "the longest unseen ones are deleted")
    commands_per_second: int = _limit(50, 1, 1000, "commands a second of one viewer, on average", "closed with 4429")
    commands_burst: int = _limit(100, 1, 10_000, "commands of one viewer at once", "closed with 4429")
    hello_seconds: int = _limit(3, 1, 60, "seconds until a viewer has said who it is", "closed with 4408")
    message_kilobytes: int = _limit(
        1024, 64, 20_000, "kB of one message on any socket", "closed with 1009 before it is stored", launcher=True
    )
    header_seconds: int = _limit(5, 1, 60, "seconds until a request's header is complete", "cut off", launcher=True)
    body_seconds: int = _limit(60, 1, 600, "seconds until a request's body is complete", "cut off", launcher=True)
    stalled_seconds: int = _limit(
        5, 1, 60, "seconds that a client may leave sent bytes unread", "cut off", launcher=True
    )
    stop_seconds: int = _limit(
        3, 1, 60, "seconds that open connections get when the server stops", "cut off", launcher=True
    )  # with what follows, such as writing down all runs, the server ends within 5

    def __post_init__(self) -> None:
        for one in fields(self):
            value, low, high = getattr(self, one.name), one.metadata["low"], one.metadata["high"]
            if not low <= value <= high:
                raise ValueError(f"{_variable(one.name)} must be a whole number from {low} to {high}; got {value}")

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Limits:
        """The limits that the environment asks for; what it does not name keeps its default.

        Raises:
            ValueError: a value is no whole number or outside its range.
        """
        return cls(**{one.name: _whole(one, environment) for one in fields(cls)})


def _whole(one: Any, environment: Mapping[str, str]) -> int:
    text = environment.get(_variable(one.name), "")
    if not text:
        return int(one.default)
    if not (text.isascii() and text.isdecimal()) or len(text) > 9:
        low, high = one.metadata["low"], one.metadata["high"]
        raise ValueError(f"{_variable(one.name)} must be a whole number from {low} to {high}; got {text[:20]}")
    return int(text)


def _variable(name: str) -> str:
    return PREFIX + name.upper()


def describe() -> str:
    """The page of all limits, in Markdown."""
    rows = []
    for one in fields(Limits):
        mark = one.metadata
        name = f"`{_variable(one.name)}`{' *' if mark['launcher'] else ''}"
        rows.append(f"| {name} | {one.default} | {mark['low']} to {mark['high']} | {mark['what']} | {mark['then']} |")
    fixed = [f"| {what} | {limit} | {then} |" for what, limit, then in _fixed()]
    return PAGE.format(rows="\n".join(rows), fixed="\n".join(fixed))


def _fixed() -> list[tuple[str, str, str]]:
    """What each limit that no variable changes is for, where it lies and what happens there."""
    # Here, since only this page needs all of them.
    from playground.data import drawing, table
    from playground.live import archive, commands, engine, guards, logs, pace, teacher, timeline, uploads, worker
    from playground.live.window import LEAST, MOST
    from playground.spec import tables

    upload = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["server"]["maxUploadSize"]
    kinds, megapixels = ", ".join(drawing.FORMATS), drawing.MAX_PIXELS // 1_000_000
    of_table = f"{table.MAX_BYTES // 1_000_000} MB, {tables.MAX_TABLE_COLUMNS} columns, {table.MAX_ROWS} rows"
    of_job = f"{worker.DEADLINE_SECONDS:g} s, where no more is known to be needed"
    of_ping = f"each {guards.PING_SECONDS:g} s, answered within {guards.PONG_SECONDS:g} s"
    of_past = f"{timeline.MAX_BYTES // 1_000_000} MB, and {timeline.ALL_BYTES // 1_000_000} MB for all with a viewer"
    of_log = f"{logs.LINES_AT_ONCE} at once, then {60 * logs.LINES_PER_SECOND:g} a minute"
    of_key = f"{teacher.GUESSES_AT_ONCE} at once, then {60 * teacher.GUESSES_PER_SECOND:g} a minute"
    of_visit = f"{teacher.VISIT_GUESSES_AT_ONCE} at once, then {60 * teacher.VISIT_GUESSES_PER_SECOND:g} a minute"
    early = "refused with the rule, before it is decoded"
    return [
        ("a file, at Streamlit's door", f"{upload} MB", "refused"),
        ("files of one visit", f"{uploads.VISIT_BYTES // 1_000_000} MB", "its oldest leave"),
        ("files of all visits", f"{uploads.ALL_BYTES // 1_000_000} MB", "refused with 413 until visits end"),
        ("a table of one's own", of_table, "refused with the rule"),
        ("a picture of a digit", f"{megapixels} megapixels; {kinds}", early),
        ("the picture that the pad sends", f"{drawing.MAX_PAD_PIXELS} pixels; PNG", early),
        ("a command on the live socket", f"{commands.MAX_MESSAGE} characters", "closed with 4400; the run is kept"),
        ("parts of one message on any socket *", f"{guards.MAX_FRAGMENTS}", "closed with 1009"),
        ("a run in the file of runs", f"{archive.MAX_ROW_BYTES // 1_000_000} MB", "kept in memory only"),
        ("past states of a run in memory", of_past, "the least missed leaves; going back computes it again"),
        ("worker processes", "`PLAYGROUND_WORKERS`, 1 to 64; one a core unless set", "jobs wait"),
        ("a job in a worker", of_job, "its worker is ended; another one does it"),
        ("tries of a job that ends its worker", f"{engine.MAX_TRIES}", "the run is given up, closed with 4500"),
        ("frames on their way to a viewer", f"{LEAST}; {MOST} where it is long", "the next one is the newest by then"),
        (
            "viewers of one run, one after the other",
            f"{pace.ENTRIES_AT_ONCE} at once, then one each {pace.ENTRY_SECONDS:g} s",
            "waits; the newest one gets in",
        ),
        ("a ping to every socket *", of_ping, "cut off"),
        ("teacher keys that all visits together try", of_key, "the right one is refused too, until time has passed"),
        ("teacher keys that one visit tries", of_visit, "the same, for this visit"),
        ("lines of one kind in the log, of what strangers do", of_log, "left out; the next one says how many"),
    ]


if __name__ == "__main__":
    sys.stdout.write(describe())
