"""How many frames go to a viewer at once, along ways that are long, narrow or end at a slow browser."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from playground.live.window import LEAST, MOST, Window

TICK, SECONDS, LEARNING = 0.001, 20.0, 5.0  # the first seconds are not counted


@dataclass(frozen=True)
class Way:
    """A way to a viewer: how long each side, what a frame takes of it, and what painting one takes."""

    seconds: float
    frame_seconds: float = 0.0
    paint_seconds: float = 0.004


def travel(way: Way, window: Window) -> tuple[float, float, float]:
    """Painted frames a second, the age of the oldest when it was painted, and sent frames for each painted one."""
    under_way: list[tuple[float, int, float]] = []  # when it comes, which one it is, when it was sent
    answers: list[tuple[float, int]] = []
    free_at = busy_until = refresh_at = 0.0
    n_sent = n_painted = frame = 0
    oldest = 0.0
    for tick in range(int(SECONDS / TICK)):
        now = tick * TICK
        while answers and answers[0][0] <= now:
            assert window.paint(answers.pop(0)[1], now)
        if tick % 17 == 0 and window.has_room:
            frame += 1
            free_at = max(free_at, now) + way.frame_seconds
            under_way.append((free_at + way.seconds, frame, now))
            window.send(frame, now)
            n_sent += now > LEARNING
        if now >= refresh_at:
            refresh_at += 1 / 60
            come = [one for one in under_way if one[0] <= now]
            if come and now >= busy_until:
                under_way = under_way[len(come) :]
                busy_until = now + way.paint_seconds
                answers.append((busy_until + way.seconds, come[-1][1]))
                if now > LEARNING:
                    n_painted, oldest = n_painted + 1, max(oldest, busy_until - come[-1][2])
    return n_painted / (SECONDS - LEARNING), oldest, n_sent / n_painted


@pytest.mark.parametrize(("seconds", "least"), [(0.002, 55), (0.03, 55), (0.06, 55), (0.1, 50), (0.15, 36)])
def test_a_viewer_far_away_sees_as_many_frames(seconds: float, least: float) -> None:
    window = Window()
    painted, oldest, _ = travel(Way(seconds), window)
    assert painted >= least
    assert oldest < seconds + 0.03
    assert LEAST <= window.size <= MOST
    assert seconds > 0.01 or window.size == LEAST


@pytest.mark.parametrize("seconds", [0.002, 0.02])
@pytest.mark.parametrize("frame_seconds", [0.04, 0.1])
def test_frames_do_not_queue_on_a_narrow_way(seconds: float, frame_seconds: float) -> None:
    painted, oldest, _ = travel(Way(seconds, frame_seconds), Window())
    assert painted >= 0.9 / (frame_seconds + 2 * TICK)
    assert oldest < seconds + 3 * frame_seconds + 0.03


@pytest.mark.parametrize("seconds", [0.002, 0.03])
def test_a_slow_browser_is_not_sent_what_it_would_never_show(seconds: float) -> None:
    window = Window()
    painted, _, sent = travel(Way(seconds, paint_seconds=0.1), window)
    assert painted >= 5
    assert sent <= 2.1
    assert window.size <= LEAST + 1


def test_an_answer_counts_once_and_for_all_frames_before() -> None:
    window = Window()
    for frame in (1, 2):
        assert window.has_room
        window.send(frame, 0.0)
    assert not window.has_room
    assert not window.paint(3, 0.1)
    assert window.paint(2, 0.1)
    assert window.has_room
    assert not window.paint(1, 0.2)
    assert not window.paint(2, 0.2)
