from __future__ import annotations

from redstar_geo.generation.pacing import Pace


def _rounds(pace: Pace, rounds: int, now: float, seconds: float = 1.0) -> float:
    """Keep the server full for so many times its latency, every request a success; then let it run empty."""
    for _ in range(rounds):
        now += seconds
        for _ in range(pace.in_flight + pace.room(now)):
            while pace.room(now):
                pace.started()
            pace.succeeded(seconds, now)
    while pace.in_flight:
        pace.succeeded(seconds, now)
    return now


def test_the_limit_doubles_a_round_and_stops_at_the_most() -> None:
    pace = Pace(limit=4, most=64)
    _rounds(pace, 3, 0.0)
    assert 24 <= pace.limit <= 48
    _rounds(pace, 10, 10.0)
    assert pace.limit == 64


def test_trouble_halves_the_limit_once_for_all_that_saw_it() -> None:
    pace = Pace(limit=64, most=64)
    now = _rounds(pace, 3, 0.0)
    for _ in range(5):
        pace.started()
    for _ in range(5):
        pace.failed(now + 0.1)
    assert pace.limit == 32
    assert pace.room(now + 0.2) == 32


def test_retry_after_is_obeyed() -> None:
    pace = Pace(limit=8, most=8)
    pace.started()
    pace.failed(5.0, retry_after_s=7.0)
    assert pace.room(11.9) == 0 and pace.room(12.1) > 0


def test_a_dead_server_is_tried_one_at_a_time_and_is_soon_back_at_full_rate() -> None:
    pace = Pace(limit=64, most=64)
    now = _rounds(pace, 4, 0.0)
    for _ in range(64):
        pace.started()
    for _ in range(64):
        pace.failed(now)
    assert pace.down and pace.room(now) == 0
    tried = now + 10
    assert pace.room(tried) == 1
    tried = _rounds(pace, 1, tried)
    assert not pace.down
    end = tried
    while pace.limit < 60:
        end = _rounds(pace, 1, end)
    assert end - tried < 30


def test_a_server_that_grows_slow_gets_less() -> None:
    pace = Pace(limit=64, most=64)
    now = _rounds(pace, 3, 0.0)
    _rounds(pace, 3, now, seconds=5.0)
    assert pace.limit < 40
