"""The teacher's desk: the key, what is done with the whole class, and the wall.

Every press is heard by a callback, and what is typed comes with it (a form). A script that still runs for something
else takes back, when it ends, a press that the next script has not read yet.
"""

from __future__ import annotations

import time
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st

from playground.catalog import FOLLOW, PAGES
from playground.figures.palette import PALETTE
from playground.live.board import Bulletin
from playground.live.bucket import Bucket
from playground.live.classroom import Experiment, classroom
from playground.live.hub import hub
from playground.live.teacher import (
    MAX_LENGTH,
    MIN_LENGTH,
    VARIABLE,
    VISIT_GUESSES_AT_ONCE,
    VISIT_GUESSES_PER_SECOND,
    TooManyGuessesError,
)
from playground.live.wall import Wall
from playground.presets import PRESETS, Preset
from playground.spec import AttentionSpec, DigitsSpec, PlaygroundSpec, Spec, TreesSpec
from playground.ui.callbacks import entire
from playground.ui.component import component
from playground.ui.share import draw_qr, own_address, projector_button

SPECS: dict[str, type[Spec]] = {  # of pages whose runs start from a seed of their own
    "playground": PlaygroundSpec, "trees": TreesSpec, "digits": DigitsSpec, "attention": AttentionSpec,
}  # fmt: skip
QUESTIONS: dict[tuple[str, str], Preset] = {
    (page, preset.key): preset for page in PRESETS for preset in PRESETS[page] if page in SPECS
}
WATCH_TILES = "Watch the tiles."
EPOCHS = 200  # of an experiment whose question names no number

_mount = component("wall", "wall.js")


def is_teacher() -> bool:
    """Whether this visit has given the key."""
    return bool(st.session_state.get("class.is_teacher"))


def say_how_to_turn_on() -> None:
    """What a teacher needs to know, and a stranger may."""
    st.write("The class view is off on this server. Whoever starts the server turns it on with a key of their own:")
    st.code(f'{VARIABLE}="{MIN_LENGTH} characters or more" make class', language="shell", width="content")
    st.write("Then this page asks for that key, and shows what everybody trains.")


def ask_key() -> None:
    """A field for the key. What was typed is forgotten at once."""
    st.write("This page is for the teacher. It asks for the key that the server was started with.")
    with st.form("class.form", border=False, width=420):
        st.text_input(
            "Teacher key",
            type="password",
            key="class.key",
            max_chars=MAX_LENGTH,
            autocomplete="current-password",
            help="The text of PLAYGROUND_TEACHER_KEY. It is kept nowhere. Watch that nobody reads along.",
        )
        st.form_submit_button("Open the class view", type="primary", on_click=_try_key)
    _say_problem("key")


@entire
def _try_key() -> None:
    said = st.session_state["class.key"]
    guesses = st.session_state.setdefault("class.guesses", Bucket(VISIT_GUESSES_PER_SECOND, VISIT_GUESSES_AT_ONCE))
    is_right = False
    try:
        if not guesses.take(time.monotonic()):
            raise TooManyGuessesError
        is_right = classroom.key.fits(said, time.monotonic())
        problem = "" if is_right else "That is not the key."
    except TooManyGuessesError:
        problem = "Too many keys were tried. Wait some seconds and try again."
    st.session_state.update({"class.key": "", "class.is_teacher": is_right, "class.problem.key": problem})


def show_desk() -> None:
    """What can be done with everybody, beside the wall."""
    st.button(
        "Pause all",
        on_click=classroom.pause_all,
        width="stretch",
        help="Every run stands still; its viewer may press Play. Watch the tiles.",
    )
    with st.container(horizontal=True, gap="small"):
        with st.popover("Invite", help="The address and its QR code. Watch the wall while the class opens it."):
            st.code(own_address(), language=None, wrap_lines=True)
            draw_qr(own_address(), "QR code of the address")
        projector_button("class.projector", _switch_projector, on=_is_projected())
    with st.expander("Send a link"):
        _send_link()
    with st.expander("Follow me"):
        _follow()
    with st.expander("One class, many seeds"):
        _run_seeds()
    if hub.board.bulletin:
        st.button(
            "Take the line back",
            on_click=classroom.tell,
            args=(None,),
            width="stretch",
            help="The line leaves every view. Watch that nobody still needs its link.",
        )


def _is_projected() -> bool:
    return st.query_params.get("profile") == "projector"


@entire
def _switch_projector() -> None:
    st.query_params.from_dict({} if _is_projected() else {"profile": "projector"})


def show_wall(profile: str) -> None:
    """A tile for every run that somebody looks at."""
    tokens = _wall_token()
    if not hub.audience.view(tokens.get("wall", "")):
        tokens["wall"] = hub.audience.open(Wall(hub, classroom))
    titles = {page.path: page.title for page in PAGES}
    data = {"token": tokens["wall"], "socket": "/live/socket", "palette": PALETTE, "titles": titles, "profile": profile}
    _mount(key="class.wall", data=data)


def own_link(text: str) -> str:
    """Path and query of a link into this app.

    Raises:
        ValueError: it leads elsewhere.

    >>> own_link("http://192.168.1.5:8501/playground?dataset=xor")
    '/playground?dataset=xor'
    """
    parts = urlsplit(text.strip())
    path = parts.path.rstrip("/")
    if parts.scheme not in ("", "http", "https") or path not in {f"/{page.path}" for page in (*PAGES, FOLLOW)}:
        raise ValueError("The link must lead to a page of this app, such as /playground?dataset=xor")
    query = urlencode(parse_qsl(parts.query, keep_blank_values=True), safe=",")
    return f"{path}?{query}" if query else path


def seeds_link(page: str, preset: Preset, epochs: int) -> tuple[str, Spec]:
    """The link of an experiment without its seed, and the choices that it carries."""
    spec = SPECS[page].from_values({**preset.choices, "stop_epoch": epochs})
    return f"/{page}?{urlencode({**spec.to_query(), 'preset': preset.key}, safe=',')}", spec


def _send_link() -> None:
    with st.form("class.send.form", border=False):
        st.text_input(
            "Line", "Your teacher sends you this:", key="class.text", max_chars=200,
            help="What stands before the link. Watch its length: it shows in one line.",
        )  # fmt: skip
        st.text_input(
            "Link",
            key="class.link",
            placeholder="/playground?dataset=xor",
            help="Share makes one. Watch it open here first.",
        )
        st.form_submit_button(
            "Send to everybody", key="class.send", on_click=_send, help=f"Shows the line in every view. {WATCH_TILES}"
        )
    _say_problem("send")


@entire
def _send() -> None:
    bulletin, problem = None, ""
    try:
        bulletin = Bulletin(st.session_state["class.text"], own_link(st.session_state["class.link"]))
    except ValueError as error:
        problem = str(error)
    st.session_state["class.problem.send"] = problem
    if bulletin:
        classroom.tell(bulletin)


def _follow() -> None:
    st.caption("Everybody may watch one run live, yours or a pupil's, and branch a copy of it.")
    with st.form("class.follow.form", border=False):
        st.number_input(
            "Seat",
            1,
            key="class.seat",
            help="Whose run is shown. Each view says the number of its seat beside its counters. " + WATCH_TILES,
        )
        st.form_submit_button(
            "Show to everybody",
            key="class.show",
            on_click=_show,
            help=f"Every view gets a link to this run. {WATCH_TILES}",
        )
    _say_problem("show")
    st.button(
        "End showing",
        key="class.hide",
        disabled=classroom.shown is None,
        on_click=_end_showing,
        help=f"Nobody follows any more. {WATCH_TILES}",
    )


@entire
def _show() -> None:
    number = int(st.session_state["class.seat"])
    found = classroom.show(number)
    problem = "" if found else f"Nobody looks at a run at seat {number}. The tiles name the seats that are taken."
    st.session_state["class.problem.show"] = problem
    if found:
        classroom.tell(Bulletin("Watch a run together:", f"/{FOLLOW.path}"))


def _end_showing() -> None:
    classroom.show(None)
    classroom.tell(None)


def _run_seeds() -> None:
    titles = {page.path: page.title for page in PAGES}
    page, key = st.selectbox(
        "Question",
        list(QUESTIONS),
        format_func=lambda choice: f"{titles[choice[0]]}: {QUESTIONS[choice].title}",
        key="class.question",
        help="What everybody runs. Watch how much luck decides it.",
    )
    with st.form("class.seeds.form", border=False):
        st.number_input(
            "Trees" if page == "trees" else "Epochs",
            1,
            100_000,
            QUESTIONS[page, key].within or EPOCHS,
            key=f"class.epochs.{page}.{key}",
            help="Every run ends there. Watch that the question can be answered by then.",
        )
        st.form_submit_button(
            "Send to everybody",
            key="class.seeds",
            on_click=_ask_all,
            args=(page, key),
            help=f"Every view gets the question. {WATCH_TILES}",
        )
    st.button(
        "End it",
        key="class.seeds.end",
        disabled=classroom.experiment is None,
        on_click=_end_asking,
        help="The outcomes leave the wall. Watch that they are written down.",
    )


@entire
def _ask_all(page: str, key: str) -> None:
    preset = QUESTIONS[page, key]
    link, spec = seeds_link(page, preset, int(st.session_state[f"class.epochs.{page}.{key}"]))
    classroom.experiment = Experiment(preset.title, page, spec)
    classroom.tell(Bulletin(f"{preset.title}: everybody from another seed. Open it and press Play.", link, True))


def _end_asking() -> None:
    classroom.experiment = None
    classroom.tell(None)


def _say_problem(what: str) -> None:
    """Why the last press did nothing; stays until the next one, however often the script runs."""
    if problem := st.session_state.get(f"class.problem.{what}"):
        st.error(problem)


@st.cache_resource(scope="session", show_spinner=False)
def _wall_token() -> dict[str, str]:
    """The token of this visit's wall: not in the session's state, which a stolen id would open."""
    return {}
