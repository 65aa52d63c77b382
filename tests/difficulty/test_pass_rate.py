import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redstar_geo.difficulty.pass_rate import level, levels
from redstar_geo.errors import InputError

SAMPLES = st.integers(0, 200)


@given(SAMPLES, SAMPLES)
def test_right_samples_never_make_a_problem_harder_and_wrong_ones_never_easier(correct, wrong):
    here = level(correct, wrong)
    if correct + wrong == 0:
        assert here is None
        return
    assert 1 < here < 10
    assert level(correct + 1, wrong) < here < level(correct, wrong + 1)
    assert here + level(wrong, correct) == pytest.approx(11)


def test_few_samples_say_less_than_many():
    assert level(5, 5) == level(1, 1) == 5.5
    assert level(0, 1) == pytest.approx(7.75) and level(0, 10) == pytest.approx(1 + 9 * 10.5 / 11)
    assert 5.5 < level(0, 1) < level(0, 3) < level(0, 10)


def test_the_file_of_a_run_is_read_and_undecided_stays_without_a_level(tmp_path):
    rows = [
        {"problem_id": "a", "samples": 10, "correct": 7, "wrong": 3},
        {"problem_id": "b", "samples": 10, "correct": 0, "wrong": 0},
    ]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "pass_rates.parquet")
    assert levels(tmp_path / "pass_rates.parquet") == {"a": level(7, 3), "b": None}
    for bad in ("missing.parquet", "text.parquet"):
        (tmp_path / "text.parquet").write_text("no")
        with pytest.raises(InputError, match=r"not the pass_rates\.parquet"):
            levels(tmp_path / bad)
