"""The rate limit counts each visitor, and time gives back what was used."""

from redstar_geo.viewing.rate import RateLimit


def test_a_burst_is_allowed_then_the_rate() -> None:
    now = [0.0]
    limit = RateLimit(per_minute=60, burst=3, clock=lambda: now[0])
    assert [limit.allows("a") for _ in range(4)] == [True, True, True, False]
    assert limit.allows("b")
    now[0] = 1.0
    assert [limit.allows("a") for _ in range(2)] == [True, False]
