"""The teacher's desk as a script: what is typed and pressed is done, whatever else the browser says meanwhile."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.testing.v1 import AppTest

from playground.live.classroom import classroom
from playground.live.hub import hub
from playground.live.teacher import TeacherKey
from playground.live.wish import Wish
from playground.spec import PlaygroundSpec
from tests.pages.test_pages import FOLDER


@pytest.fixture
def desk(monkeypatch: pytest.MonkeyPatch) -> Iterator[AppTest]:
    """The page of a teacher who has given the key."""
    monkeypatch.setattr(classroom, "key", TeacherKey("a key for tests only"))
    app = AppTest.from_file(str(FOLDER / "class.py"), default_timeout=30)
    app.session_state["class.is_teacher"] = True
    yield app.run()
    classroom.show(None)
    classroom.tell(None)
    classroom.experiment = None


@pytest.fixture
def taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another script of this visit ends just when one begins that a press has asked for: Streamlit then resets all presses."""
    begin = SafeSessionState.on_script_will_rerun

    def begin_and_reset(self: SafeSessionState, *args: Any, **kwargs: Any) -> None:
        begin(self, *args, **kwargs)
        self._state._reset_triggers()

    monkeypatch.setattr(SafeSessionState, "on_script_will_rerun", begin_and_reset)


def typed(app: AppTest, key: str, value: Any, press: str) -> AppTest:
    """Type this and press that, in one message."""
    field = next(field for field in (*app.text_input, *app.number_input) if field.key == key)
    field.set_value(value)
    return app.button(key=press).click().run()


@pytest.mark.usefixtures("taken_back")
def test_no_press_is_lost_when_another_script_ends(desk: AppTest) -> None:
    typed(desk, "class.seat", 9, "class.show")
    assert [error.value for error in desk.error] == [
        "Nobody looks at a run at seat 9. The tiles name the seats that are taken."
    ]
    typed(desk, "class.link", "/trees?dataset=xor", "class.send")
    assert hub.board.bulletin
    assert hub.board.bulletin.link == "/trees?dataset=xor"
    question = next(field.key for field in desk.number_input if field.label == "Epochs")
    typed(desk, question, 30, "class.seeds")
    assert classroom.experiment
    assert classroom.experiment.spec.settings.stop_epoch == 30
    desk.button(key="class.seeds.end").click().run()
    assert classroom.experiment is None
    assert hub.board.bulletin is None


def test_what_is_wrong_stays_in_sight_until_the_next_press(desk: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    typed(desk, "class.link", "http://evil.example", "class.send")
    for _ in range(2):
        assert [error.value for error in desk.error] == [
            "The link must lead to a page of this app, such as /playground?dataset=xor"
        ]
        assert hub.board.bulletin is None
        desk.run()
    typed(desk, "class.link", "/trees", "class.send")
    assert not desk.error
    assert hub.board.bulletin
    token = hub.open(Wish(PlaygroundSpec()))
    seat = hub.seat(token)
    assert seat
    monkeypatch.setattr(hub, "looked_at", lambda: [seat])
    typed(desk, "class.seat", seat.number, "class.show")
    assert classroom.shown is seat
    desk.button(key="class.hide").click().run()
    assert classroom.shown is None
    hub.close(token)


def test_a_teacher_invites_and_enlarges_from_the_desk(desk: AppTest) -> None:
    assert any(code.value.startswith("http://") for code in desk.code)
    desk.button(key="class.projector").click().run()
    assert desk.query_params["profile"] == "projector"
    desk.button(key="class.projector").click().run()
    assert "profile" not in desk.query_params
