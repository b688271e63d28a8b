"""Viewers who do what they should: frames, epochs, network, event loop, memory."""

from __future__ import annotations

import asyncio
import gc
import time
from collections.abc import Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass

from benchmarks.load.figure import Figure, cpu_of, held_by
from tests.load.viewer import Server, Viewer, jain, looking, visiting, wait_until_warm

WARM_SECONDS, REST_SECONDS = 3.0, 2.0
ALL_PAGES = {  # page -> choices with which a run outlasts the look at it
    "playground": "speed=20", "trees": "n_trees=500&speed=5", "digits": "", "attention": "",
    "compare": "contenders=network~epochs~500,xgboost,forest,logistic&speed=5",
}  # fmt: skip
VISIT_KEPT_SECONDS = 130.0  # Streamlit forgets a visit 120 s after its connection has ended


@dataclass(frozen=True)
class Seen:
    """What viewers saw in a span of time; one number a viewer, but for `ages` and `sizes`: one a frame.

    Attributes:
        frames: a second.
        epochs, steps: a second.
        ages: seconds from when a frame was ordered until it was there, in order.
        sizes: bytes.
    """

    frames: list[float]
    epochs: list[float]
    steps: list[float]
    ages: list[float]
    sizes: list[int]

    @classmethod
    def of(cls, viewers: list[Viewer], begun: float, ended: float) -> Seen:
        """What came between two times of the clock."""
        span = ended - begun
        mine = [[frame for frame in viewer.frames if begun <= frame["at"] <= ended] for viewer in viewers]
        every = [frame for frames in mine for frame in frames]
        epochs, steps = (
            [(frames[-1][count] - frames[0][count]) / span if frames else 0.0 for frames in mine]
            for count in ("epoch", "step")
        )
        return cls(
            [len(frames) / span for frames in mine],
            epochs,
            steps,
            sorted(frame["at"] - frame["asked"] for frame in every),
            [frame["n_bytes"] for frame in every],
        )

    @property
    def age_p95_ms(self) -> float:
        """The age of a frame that 95 % are younger than."""
        return 1000 * self.ages[int(0.95 * len(self.ages))] if self.ages else float("inf")

    @property
    def megabits(self) -> float:
        """Mbit/s of a viewer who gets 15 frames a second."""
        return 15 * 8 * sum(self.sizes) / max(1, len(self.sizes)) / 1e6


async def visit_all(
    stack: AsyncExitStack, server: Server, n: int, query: str = "", page: str = "playground"
) -> list[Viewer]:
    """Viewers who came as browsers do: each with a visit of Streamlit, whose script has run, and its live view."""
    viewers = []
    for _ in range(n):
        token = await stack.enter_async_context(visiting(server, query, page))
        viewers.append(await stack.enter_async_context(looking(server, token)))
    await asyncio.gather(*(viewer.until(lambda v=viewer: v.frames) for viewer in viewers))
    return viewers


async def look_on(viewers: list[Viewer], seconds: float) -> Seen:
    """What comes in the next seconds."""
    begun = time.time()
    await asyncio.sleep(seconds)
    return Seen.of(viewers, begun, time.time())


async def play_all(viewers: list[Viewer]) -> None:
    """All press Play; returns when they have played for a while."""
    await asyncio.gather(*(viewer.say("play") for viewer in viewers))
    await asyncio.sleep(WARM_SECONDS)


def n_refused(viewers: list[Viewer]) -> int:
    """How many were refused or cut off."""
    return sum(viewer.refusal is not None or viewer.socket.close_code is not None for viewer in viewers)


async def own_runs(server: Server, *, whole: bool) -> list[Figure]:
    """30 viewers, each with its own run of the default network, all at play: at 20 epochs a second and at top speed."""
    n, seconds = (30, 20.0) if whole else (6, 3.0)
    await asyncio.to_thread(wait_until_warm, server)
    figures = []
    for speed, epochs in (("20", 19.0), ("max", 100.0)):
        async with AsyncExitStack() as stack:
            viewers = await visit_all(stack, server, n, f"speed={speed}")
            await play_all(viewers)
            await asyncio.to_thread(server.probe)  # the loop's lag is counted from here
            seen = await look_on(viewers, seconds)
            probe = await asyncio.to_thread(server.probe)
            held = await asyncio.to_thread(held_by, server.process.pid)
            at = f"speed {speed}: "
            figures += [
                Figure(at + "frames/s of the slowest viewer", min(seen.frames), 15, at_least=True),
                Figure(at + "epochs/s of the slowest viewer", min(seen.epochs), epochs, at_least=True),
                Figure(at + "frame age p95, ms", seen.age_p95_ms, 250),
                Figure(at + "Jain index of frames", jain(seen.frames), 0.9, at_least=True, is_share=True),
                Figure(at + "Jain index of epochs", jain(seen.epochs), 0.9, at_least=True, is_share=True),
                Figure(at + "errors", n_refused(viewers), 0),
                Figure(at + "event loop lag p99, ms", 1000 * probe["lag_p99"], 50),
                Figure(at + "event loop lag max, ms", 1000 * probe["lag_max"], 250),
                Figure(at + "memory of everything, MB", held.megabytes, 1500),
            ]
    return figures


async def pages(server: Server, *, whole: bool, room: Collection[str] = ALL_PAGES) -> list[Figure]:
    """A class at play, spread evenly over these pages: large runs must not starve small ones."""
    n, seconds = (30, 60.0) if whole else (5, 2.0)
    await asyncio.to_thread(wait_until_warm, server)
    figures: list[Figure] = []
    async with AsyncExitStack() as stack:
        visits = {page: await visit_all(stack, server, n // len(room), ALL_PAGES[page], page) for page in room}
        viewers = [viewer for visit in visits.values() for viewer in visit]
        await play_all(viewers)
        await asyncio.to_thread(server.probe)
        begun = time.time()
        await asyncio.sleep(seconds)
        seen = {page: Seen.of(visit, begun, time.time()) for page, visit in visits.items()}
        probe = await asyncio.to_thread(server.probe)
        held = await asyncio.to_thread(held_by, server.process.pid)
        for page, each in seen.items():
            least, mean = min(each.frames), sum(each.frames) / len(each.frames)
            figures += [
                Figure(f"{page}: frames/s of the slowest", least),
                Figure(f"{page}: its part of their mean", least / mean, 0.5, at_least=True),
                Figure(f"{page}: steps/s of the slowest", min(each.steps)),
                Figure(f"{page}: frame age p95, ms", each.age_p95_ms),
            ]
        return [
            *figures,
            Figure("errors", n_refused(viewers), 0),
            Figure("event loop lag p99, ms", 1000 * probe["lag_p99"], 50),
            Figure("memory of everything, MB", held.megabytes, 1500),
        ]


async def network(server: Server, *, whole: bool) -> list[Figure]:
    """What one viewer on another machine takes from the network: frames are deflated for it."""
    async with AsyncExitStack() as stack:
        viewers = await visit_all(stack, server, 2, "speed=20")
        await play_all(viewers)
        seen = await look_on(viewers, 20.0 if whole else 3.0)
    return [Figure("Mbit/s a viewer at 15 frames/s", seen.megabits, 1.0)]


async def followers(server: Server, *, whole: bool) -> list[Figure]:
    """100 viewers of one shared run beside 30 with runs of their own; and what one who follows costs in memory."""
    n_own, n_following, seconds = (30, 100, 20.0) if whole else (3, 10, 3.0)
    await asyncio.to_thread(wait_until_warm, server)
    async with AsyncExitStack() as stack:
        own = await visit_all(stack, server, n_own, "speed=20")
        await play_all(own)
        await asyncio.to_thread(server.ask, "/show?seat=1")
        await asyncio.gather(*(viewer.say("pause") for viewer in own))  # runs at play grow too
        before = await _settled(server)
        following = await visit_all(stack, server, n_following, page="follow")
        after = await _settled(server)
        await play_all(own)
        viewers = own + following
        await asyncio.to_thread(server.probe)
        seen = await look_on(viewers, seconds)
        probe = await asyncio.to_thread(server.probe)
        answered = sum(bool(viewer.frames) for viewer in viewers) - n_refused(viewers)
        return [
            Figure("sessions that succeed, %", 100 * answered / (n_own + n_following), 100, at_least=True),
            Figure("frame age p95, ms", seen.age_p95_ms, 500),
            Figure("frames/s of the slowest of all who follow", min(seen.frames[n_own:]), 3, at_least=True),
            Figure("frames/s of the slowest with a run of its own", min(seen.frames[:n_own]), 3, at_least=True),
            Figure("event loop lag p99, ms", 1000 * probe["lag_p99"], 50),
            Figure("memory of one who follows, visit included, MB", (after - before) / n_following, 1),
        ]


async def growth(server: Server, *, whole: bool) -> list[Figure]:
    """How cost grows with viewers at play, and what gives way first: nothing is to be reached here."""
    seconds, numbers = (10.0, (1, 15, 30, 60)) if whole else (2.0, (1, 3, 6))
    await asyncio.to_thread(wait_until_warm, server)
    figures = []
    async with AsyncExitStack() as stack:
        viewers: list[Viewer] = []
        for n in numbers:
            further = await visit_all(stack, server, n - len(viewers), "speed=20")
            viewers += further
            await play_all(further)
            before, begun = cpu_of(server.process.pid), time.monotonic()
            await asyncio.to_thread(server.probe)
            seen = await look_on(viewers, seconds)
            probe = await asyncio.to_thread(server.probe)
            used = [
                (b - a) / (time.monotonic() - begun) for a, b in zip(before, cpu_of(server.process.pid), strict=True)
            ]
            held = await asyncio.to_thread(held_by, server.process.pid)
            figures += [
                Figure(f"{n:3} viewers: frames/s of each, mean", sum(seen.frames) / n),
                Figure(f"{n:3} viewers: epochs/s of each, mean (20 asked for)", sum(seen.epochs) / n),
                Figure(f"{n:3} viewers: frame age p95, ms", seen.age_p95_ms),
                Figure(f"{n:3} viewers: event loop lag p99, ms", 1000 * probe["lag_p99"]),
                Figure(f"{n:3} viewers: cores that the server takes", used[0]),
                Figure(f"{n:3} viewers: cores that the workers take", used[1]),
                Figure(f"{n:3} viewers: memory of everything, MB", held.megabytes),
                Figure(f"{n:3} viewers: kB a frame, not deflated", sum(seen.sizes) / max(1, len(seen.sizes)) / 1e3),
            ]
    return figures


async def memory(server: Server, *, whole: bool) -> list[Figure]:
    """What one more viewer costs, and what stays behind of 1 000 who came and went."""
    n, n_cycles = (30, 1000) if whole else (6, 10)  # of two, one that has a worker load something counts for much
    await asyncio.to_thread(wait_until_warm, server)
    async with AsyncExitStack() as stack:
        await play_all(await visit_all(stack, server, n, "speed=20"))
        before = await _settled(server)
        await play_all(await visit_all(stack, server, n, "speed=20"))
        further = (await _settled(server) - before) / n
    await _come_and_go(server, n)  # what is made once is there now
    await _forgotten(server, whole=whole)
    empty = await _settled(server)
    await _come_and_go(server, n_cycles)
    await _forgotten(server, whole=whole)
    left = await _settled(server) - empty
    return [
        Figure("memory of a further viewer with its own run, visit included, MB", further, 5),
        Figure(f"memory left of {n_cycles} visits that came and went, MB", left, 10),
    ]


async def _come_and_go(server: Server, n: int) -> None:
    for _ in range(n):
        async with visiting(server, "n_samples=40&hidden_sizes=2") as token, looking(server, token) as viewer:
            await viewer.until(lambda v=viewer: v.frames)


async def _forgotten(server: Server, *, whole: bool) -> None:
    """Until nobody is there and Streamlit has let go of all visits; in the short form, only the former."""
    while (await asyncio.to_thread(server.probe))["viewers"]:
        await asyncio.sleep(0.1)
    if whole:
        await asyncio.sleep(VISIT_KEPT_SECONDS)


async def _settled(server: Server) -> float:
    """MB that server and workers hold, after they have put away what they need no more."""
    await asyncio.sleep(REST_SECONDS)
    gc.collect()
    await asyncio.to_thread(server.ask, "/collect")
    return (await asyncio.to_thread(held_by, server.process.pid)).own_megabytes
