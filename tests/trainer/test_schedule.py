import pytest

from redstar_geo.trainer.log import read_log
from redstar_geo.trainer.schedule import Schedule


def test_by_steps_it_warms_up_then_falls_to_zero():
    schedule = Schedule(warmup=0.1, limit_s=None, steps=100)
    factors = [schedule(step) for step in range(101)]
    assert factors[10] == pytest.approx(1.0) == max(factors)
    assert factors[:10] == sorted(factors[:10])
    assert factors[10:] == sorted(factors[10:], reverse=True)
    assert factors[-1] == 0.0
    assert all(factor > 0 for factor in factors[:-1])


def test_time_ends_it_before_the_steps_do(monkeypatch):
    now = [100.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    schedule = Schedule(warmup=0.0, limit_s=10.0, steps=1000, running_since=100.0)
    now[0] = 105.0
    assert schedule(1) == pytest.approx(0.5)
    now[0] = 110.5
    assert schedule(2) == 0.0
    assert schedule.progress == 1.0


def test_log_leaves_out_a_torn_line(tmp_path):
    (tmp_path / "log.jsonl").write_text('{"step": 10}\n{"step": 2')
    assert read_log(tmp_path / "log.jsonl") == [{"step": 10}]
    assert read_log(tmp_path / "none.jsonl") == []
