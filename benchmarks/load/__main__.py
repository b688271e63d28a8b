"""Every number that a class on one server is to reach: `make bench-class`, or with WHOLE=1 in full.

python -m benchmarks.load [part ...] [--whole]

Server, workers and viewers share this machine, and nothing leaves it. The short form tells in some minutes that
everything works; figures to write down come from the whole, on a machine that does nothing else.
"""

from __future__ import annotations

import argparse
import asyncio
import datetime
import os
import platform
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from benchmarks.load import faults, hostile, room, soak
from benchmarks.load.figure import Figure
from tests.load.viewer import serving

Story = Callable[..., Awaitable[list[Figure]]]
SERVED: dict[str, tuple[Story, tuple[str, ...]]] = {  # what is done to a server, and the server's options
    "own": (room.own_runs, ("app",)),
    **{page: (partial(room.pages, room=[page]), ("app",)) for page in room.ALL_PAGES},
    "pages": (room.pages, ("app",)),
    "followers": (room.followers, ("app",)),
    "growth": (room.growth, ("app",)),
    "network": (room.network, ("app", "away")),
    "memory": (room.memory, ("app",)),
    "attackers": (hostile.attackers, ("app",)),
    "fuzz": (hostile.fuzz, ("app",)),
    "workers": (faults.workers, ("app",)),
    "soak": (soak.soak, ("app",)),
}
PARTS = (*SERVED, "restart")


def measure(part: str, *, whole: bool) -> list[Figure]:
    """The figures of a part, on a server of its own. What nobody had foreseen stands in its log and is counted."""
    if part == "restart":
        return faults.restart(whole=whole)
    story, options = SERVED[part]
    with tempfile.TemporaryDirectory() as folder, (Path(folder) / "log").open("wb+") as log:
        own = {
            "PLAYGROUND_RUNS": f"{folder}/runs.sqlite3",
            "PLAYGROUND_WORKERS": "2",
            "PLAYGROUND_TEACHER_KEY": "a key for figures",
        }
        with serving(*options, environment={**os.environ, **own}, log=log) as server:
            figures = asyncio.run(story(server, whole=whole))  # type: ignore[arg-type]
        log.seek(0)
        said = log.read().decode(errors="replace")
        if "Traceback" in said:
            sys.stderr.write(said[said.index("Traceback") :][:4000])
        return [*figures, Figure("tracebacks in the server's log", said.count("Traceback"), 0)]


def main(arguments: list[str] | None = None) -> None:
    """Print the figures; ends with 1 when the whole form misses one."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="part", help=", ".join(PARTS))
    parser.add_argument(
        "--whole",
        action="store_true",
        default=os.environ.get("WHOLE") == "1",
        help="all viewers, kills, messages, minutes",
    )
    options = parser.parse_args(arguments)
    if unknown := set(options.parts) - set(PARTS):
        parser.error(f"a part must be one of {', '.join(PARTS)}; got {', '.join(sorted(unknown))}")
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    print(f"  {datetime.date.today()}, {machine}, {'whole' if options.whole else 'short'} form")
    missed = 0
    for part in options.parts or PARTS:
        begun, load = time.monotonic(), os.getloadavg()[0]
        figures = measure(part, whole=options.whole)
        print(f"  {part}: {time.monotonic() - begun:.0f} s, load before {load:.1f}")
        for figure in figures:
            figure.show()
        missed += sum(not figure.holds() for figure in figures)
        sys.stdout.flush()
    print(f"  {missed} missed")
    if missed and options.whole:
        sys.exit(1)


if __name__ == "__main__":
    main()
