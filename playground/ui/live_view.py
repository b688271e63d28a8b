"""The live view: one component whose frames come over a socket, so that reruns of the script never touch it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from typing import Any

import streamlit as st

from playground.figures.palette import PALETTE
from playground.live.course import Kept
from playground.live.hub import hub
from playground.live.seat import Seat
from playground.live.timeline import n_bytes
from playground.live.wish import Wish
from playground.presets import PRESETS
from playground.training.goals import Goal
from playground.ui.callbacks import entire
from playground.ui.component import component
from playground.ui.session import PastRun, Visit

PATIENCE_SECONDS = 5.0  # of a script for the event loop, which answers within milliseconds
MAX_KEPT_BYTES = 300_000  # of a state: eight earlier runs of a visit are kept
FIRST_FRAME_SECONDS = 0.15  # that the browser paints a new run's first frame in, before it is busy with controls
OPENING_SECONDS = 0.6  # the same of a page that is just opened, and has to connect

_mount = component("live", "live.js")


def start_live(visit: Visit, goal: Goal | None = None, *, opens_at: int = 0) -> None:
    """Tell the run what the choices are now: first of all, so that it need not wait for the controls to be drawn.

    Args:
        visit: the page.
        goal: a question that the run answers by itself.
        opens_at: the epoch that a run shows at first.
    """
    wish = Wish(visit.spec, goal, opens_at, visit.page)
    token = _token(visit.page, wish)
    seat = hub.seat(token)
    if seat and wish.replaces(seat.wish, untouched=False) and (past := _past_run(seat)):
        visit.remember(past)
    hub.wish(token, wish)


def show_live(visit: Visit, *, on_choice: Callable[[dict[str, Any]], None]) -> None:
    """Show the run that `start_live` has told of: before the controls, which the browser draws when this is painted.

    Args:
        visit: the page; each has its own run.
        on_choice: takes a choice made on the view itself, such as `{"change": {"seed": 7}}`.
    """
    data = {
        "token": _tokens_of_visit()[visit.page],
        "view": visit.spec.view,
        "profile": visit.extras.get("profile", ""),
        "hide": tuple(sorted(visit.hidden)),
        "show": tuple(visit.extras.get("show", "").split(",")),
    }
    mount_live(f"{visit.page}.live", data, on_choice)
    visit.write_link()  # with what this very script has changed
    hub.await_painted(data["token"], FIRST_FRAME_SECONDS, OPENING_SECONDS)


def mount_live(key: str, data: dict[str, Any], on_choice: Callable[[dict[str, Any]], None] | None = None) -> None:
    """Put a live view on the page. One whose token the server has forgotten asks for this script to run again."""

    @entire
    def take() -> None:
        choice = st.session_state[key].get("choice")
        if choice and on_choice and "renew" not in choice:
            on_choice(choice)

    # Tuples: to look whether a dict or a list is a table, Streamlit would load pandas, 0.4 s of a server's first page.
    _mount(key=key, data={"socket": "/live/socket", "palette": (PALETTE,), **data}, on_choice_change=take)


def take_copy(seat: Seat) -> None:
    """Put a copy of somebody else's run, standing still, on its page in this visit."""
    wish, kept, tokens = seat.wish, _kept(seat), _tokens_of_visit()
    own = hub.seat(tokens.get(wish.page, ""))
    past = _past_run(own) if own else None
    tokens[wish.page] = hub.open(
        replace(wish, goal=None), replace(kept, playing=False) if kept else None, beside=next(iter(tokens.values()), "")
    )
    Visit.put(wish.page, wish.spec, past)


def return_to(visit: Visit, past: PastRun) -> None:
    """Put an earlier run of this visit back as it was left, standing still; a large one begins again."""
    tokens = _tokens_of_visit()
    present = tokens.get(visit.page, "")
    if (seat := hub.seat(present)) and (replaced := _past_run(seat)):
        visit.remember(replaced)
    if past.kept:
        tokens[visit.page] = hub.open(past.kept.wish, replace(past.kept, playing=False), beside=present)
        hub.close(present)
    visit.go(past.spec.keeping_hand_made(visit.spec))
    asked = (preset.key for preset in PRESETS.get(visit.page, ()) if preset.question == past.question)
    visit.set_extra("preset", next(asked, ""))


def _past_run(seat: Seat) -> PastRun | None:
    if not seat.shown or not seat.shown.step:
        return None
    kept = _kept(seat) if n_bytes(seat.shown) < MAX_KEPT_BYTES else None
    question, loss = seat.wish.goal.question if seat.wish.goal else "", seat.shown.history.last("test_loss")
    return PastRun(seat.course.run.start, seat.wish.spec, seat.shown.epoch, loss, question, kept)


def _kept(seat: Seat) -> Kept | None:
    """The run as it stands, read where it changes: on the event loop, so that its parts belong together."""
    answer: Future[Kept | None] = Future()
    hub.call(lambda: answer.set_result(seat.kept()))
    return answer.result(PATIENCE_SECONDS)


def seat_of(visit: Visit) -> Seat | None:
    """The seat of this page in this visit: the run and the state under the eyes."""
    token = _tokens_of_visit().get(visit.page)
    return hub.seat(token) if token else None


def _token(page: str, wish: Wish) -> str:
    tokens = _tokens_of_visit()
    before = tokens.get(page, "")
    if hub.seat(before) is None:  # the first time, or it has left memory since nobody had looked at it for long
        tokens[page] = hub.open(wish, before=before, beside=next(iter(tokens.values()), ""))
    return tokens[page]


def _leave_all(tokens: dict[str, str]) -> None:
    for token in tokens.values():
        hub.leave(token)


@st.cache_resource(scope="session", on_release=_leave_all, show_spinner=False)
def _tokens_of_visit() -> dict[str, str]:
    """Tokens by page. Streamlit releases them when the visit ends, and when its connection is lost."""
    return {}
