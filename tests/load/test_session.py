"""A recorded session of a real browser, replayed by many at once: each event shows to all what it shows to one alone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import numpy as np

from playground.spec import PlaygroundSpec
from tests.load.conftest import N_PLACES, WHOLE
from tests.load.viewer import Server, Viewer, looking

N_VIEWERS = N_PLACES if WHOLE else 8
NOTE, OPENED, *EVENTS = map(json.loads, (Path(__file__).parent / "session.jsonl").read_text().splitlines())
NOT_COMPARED = {
    "id",
    "asked",
    "seconds",
    "epochs_per_second",
    "history",
    "history_from",
    "head_epoch",
    "n_bytes",
}  # time
Outcome = dict[str, Any]


def test_a_recorded_session_shows_to_many_what_it_shows_to_one(class_server: Server) -> None:
    async def story() -> tuple[list[Outcome], list[list[Outcome]]]:
        one = await replay(class_server)
        return one, await asyncio.gather(*(replay(class_server) for _ in range(N_VIEWERS)))

    one, many = asyncio.run(story())
    assert len(one) == len(EVENTS) >= 15
    for outcomes in many:
        for event, expected, shown in zip(EVENTS, one, outcomes, strict=True):
            assert expected.keys() == shown.keys(), event
            for name, value in expected.items():
                assert np.array_equal(value, shown[name]), (event, name)


async def replay(server: Server) -> list[Outcome]:
    """Do what the visitor did, in the same order and at the same epochs; returns what was seen after each event."""
    query = "&".join(f"{name}={text}" for name, text in OPENED["choose"].items())
    token = await asyncio.to_thread(server.open, query)
    outcomes = []
    async with looking(server, token) as viewer:
        await viewer.until(lambda: viewer.frames)
        for event in EVENTS:
            if "choose" in event:
                outcomes.append(await choose(server, token, viewer, event["choose"]))
            else:
                outcomes.append(await say(viewer, event["say"], event["seen"]))
    return outcomes


async def choose(server: Server, token: str, viewer: Viewer, choices: dict[str, str]) -> Outcome:
    """Move a control: a new network is there at once, a new learning rate waits for the next step."""
    spec, _ = PlaygroundSpec.from_query(choices)
    values = {**spec.structure.model_dump(), **spec.settings.model_dump()}
    n_scenes, n_frames = len(viewer.scenes), len(viewer.frames)
    await asyncio.to_thread(lambda: server.wish(token, **{name: values[name] for name in choices}))
    if not choices.keys() <= spec.settings.model_dump().keys():
        await viewer.until(lambda: len(viewer.scenes) > n_scenes)
    await viewer.until(lambda: len(viewer.frames) > n_frames)
    return shown_by(viewer)


async def say(viewer: Viewer, message: dict[str, Any], seen: int) -> Outcome:
    """Give a command, and wait for what it does."""
    kind = message["type"]
    if kind == "pause":
        await viewer.until(lambda: viewer.frames[-1]["epoch"] >= seen)
    await viewer.say(**{"kind" if name == "type" else name: value for name, value in message.items()})
    if kind == "play":
        await viewer.until_shown(status="playing")
        return {"status": "playing"}
    if kind == "pause":  # where it stands is a matter of moments; what was recorded up to here is not
        await viewer.until_shown(status="paused")
        return {"status": "paused", "history": viewer.history[viewer.history[:, 0] <= seen]}
    await viewer.until_shown(
        **({"scrubbed": True, "epoch": message["epoch"]} if kind == "seek" else {"scrubbed": False})
    )
    return shown_by(viewer)


def shown_by(viewer: Viewer) -> Outcome:
    """Every number on the screen but those that tell of time."""
    return {name: value for name, value in viewer.last.items() if name not in NOT_COMPARED}
