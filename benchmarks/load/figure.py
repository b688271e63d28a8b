"""A measured number beside the number to reach, and what the processes of a server hold."""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import psutil

SHARE_SLACK = 1.5  # shares of two moments differ by the machine's own noise
LOOK_SECONDS, LONGEST_LOOK_SECONDS = 0.5, 10.0  # between two looks at a server, and until the last one


@dataclass(frozen=True)
class Figure:
    """One number: `Figure("frames/s", 16.0, 15, at_least=True).holds()` is True.

    Attributes:
        what: its name and unit.
        measured: the number.
        reach: the number to reach; None where none is set.
        at_least: whether more is better.
        is_share: whether it is a share of the same machine's own, which a busy machine does not excuse.
    """

    what: str
    measured: float
    reach: float | None = None
    at_least: bool = False
    is_share: bool = False

    def holds(self, slack: float = 1.0) -> bool:
        """Whether it is reached, or at least within a factor of `slack`, which a busy machine needs."""
        if self.reach is None:
            return True
        slack = min(slack, SHARE_SLACK) if self.is_share else slack
        return self.measured >= self.reach / slack if self.at_least else self.measured <= self.reach * slack

    def show(self) -> None:
        """Print it on a line of its own."""
        goal = "" if self.reach is None else f"{'>=' if self.at_least else '<='} {self.reach:<9g}"
        verdict = "" if self.reach is None else "reached" if self.holds() else "MISSED"
        sys.stdout.write(f"    {self.what:62} {self.measured:11.3f}   {goal:12} {verdict}\n")


@dataclass(frozen=True)
class Held:
    """What a server and all processes below it hold.

    Attributes:
        megabytes: proportional set size: memory that processes share counts once.
        own_megabytes: the part of it that no file backs. Growth is seen here: the share in the pages of a library grows
            by itself when another program that has it open ends.
        threads: of the server.
        files: open descriptors of the server.
        zombies: processes that have ended and that nobody has asked for.
        processes: that are there; one that died is replaced when it is next needed.
    """

    megabytes: float
    own_megabytes: float
    threads: int
    files: int
    zombies: int
    processes: int


def held_by(pid: int) -> Held:
    """What a server holds now. Linux only."""
    server = psutil.Process(pid)
    processes = [server, *server.children(recursive=True)]
    zombies = sum(_is_zombie(process) for process in processes)
    memory = [_megabytes(process) for process in processes]
    return Held(
        sum(whole for whole, _ in memory),
        sum(own for _, own in memory),
        server.num_threads(),
        server.num_fds(),
        zombies,
        len(processes) - zombies,
    )


def held_steadily_by(pid: int) -> Held:
    """What a server holds once two looks agree: a worker that was just replaced is being put away for a moment."""
    held, ends = held_by(pid), time.monotonic() + LONGEST_LOOK_SECONDS
    while time.monotonic() < ends:
        time.sleep(LOOK_SECONDS)
        before, held = held, held_by(pid)
        if _counts(before) == _counts(held):
            break
    return held


def _counts(held: Held) -> tuple[int, int, int, int]:
    return held.threads, held.files, held.zombies, held.processes


def cpu_of(pid: int) -> tuple[float, float]:
    """Seconds of processor time that a server has taken, and all processes below it."""
    server = psutil.Process(pid)
    return _seconds(server), sum(map(_seconds, server.children(recursive=True)))


def _seconds(process: psutil.Process) -> float:
    try:
        return float(sum(process.cpu_times()[:2]))
    except psutil.Error:
        return 0.0  # it has just ended


def _megabytes(process: psutil.Process) -> tuple[float, float]:
    """Its proportional set size, and the part of it that no file backs."""
    try:
        lines = Path(f"/proc/{process.pid}/smaps_rollup").read_text().splitlines()[1:]
    except (FileNotFoundError, ProcessLookupError):
        return 0.0, 0.0  # it has just ended
    kilobytes = {name: int(rest.split()[0]) for name, rest in (line.split(":") for line in lines)}
    # A zombie has none of these lines.
    whole, *own = (kilobytes.get(name, 0) * 1024 / 1e6 for name in ("Pss", "Pss_Anon", "Pss_Shmem"))
    return whole, sum(own)


def _is_zombie(process: psutil.Process) -> bool:
    try:
        return bool(process.status() == psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False
