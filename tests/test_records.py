from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from redstar_geo.errors import InputError
from redstar_geo.records import SCHEMAS, Image, Problem, StepVerdict, Trace, Verdict, from_table, read, to_table

TEXT = st.text(max_size=20)
IMAGES = st.lists(st.binary(max_size=30).map(Image.of), max_size=2).map(tuple)
JSON = st.recursive(st.none() | st.booleans() | st.integers(-(2**40), 2**40) | TEXT, lambda x: st.lists(x, max_size=3))
PROBLEMS = st.builds(
    Problem,
    id=TEXT,
    domain=st.sampled_from(["geometry", "math", "code"]),
    source=TEXT,
    split=TEXT,
    licence=TEXT,
    question=TEXT,
    answer=TEXT,
    answer_kind=st.sampled_from(["choice", "number", "expression", "tests"]),
    language=TEXT,
    images=IMAGES,
    choices=st.lists(TEXT, max_size=4).map(tuple),
    tests=st.none() | TEXT,
    difficulty=st.none() | st.floats(allow_nan=False),
    difficulty_by=st.none() | TEXT,
    meta=st.dictionaries(TEXT, JSON, max_size=3),
)
VERDICTS = st.builds(
    Verdict,
    status=st.sampled_from(["correct", "wrong", "rejected", "undecided"]),
    reason=TEXT,
    extracted=st.none() | TEXT,
    steps=st.lists(st.builds(StepVerdict, TEXT, TEXT, TEXT), max_size=2).map(tuple),
)
TRACES = st.builds(
    Trace,
    problem_id=TEXT,
    sample=st.integers(0, 9),
    teacher=TEXT,
    request=TEXT,
    reasoning=TEXT,
    response=TEXT,
    finish_reason=TEXT,
    prompt_tokens=st.none() | st.integers(0, 9),
    seconds=st.none() | st.floats(0, 9),
    verdict=st.none() | VERDICTS,
)


@given(st.lists(PROBLEMS, max_size=3))
def test_problems_survive_arrow(problems: list[Problem]) -> None:
    assert list(from_table(Problem, to_table(Problem, problems))) == problems


@given(st.lists(TRACES, max_size=3))
def test_traces_survive_arrow(traces: list[Trace]) -> None:
    assert list(from_table(Trace, to_table(Trace, traces))) == traces


def test_reading_a_file_gives_the_records_in_order(tmp_path: Path) -> None:
    problems = [
        Problem(str(i), "math", "s", "train", "MIT", "q", "1", "number", "en", images=(Image.of(b"x"),))
        for i in range(600)
    ]
    pq.write_table(to_table(Problem, problems), tmp_path / "p.parquet")
    assert list(read(Problem, tmp_path / "p.parquet")) == problems
    bare = list(read(Problem, tmp_path / "p.parquet", images=False))
    assert [p.id for p in bare] == [p.id for p in problems]
    assert all(p.images == (Image(b"", problems[0].images[0].sha256),) for p in bare)


def test_a_file_that_holds_no_such_records_is_the_users_mistake(tmp_path: Path) -> None:
    pq.write_table(to_table(Trace, [Trace("p", 0, "t", "r", "", "", "stop")]), tmp_path / "traces.parquet")
    whole = (tmp_path / "traces.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[:-9])
    (tmp_path / "holed.parquet").write_bytes(whole[:4] + bytes(len(whole) // 2) + whole[4 + len(whole) // 2 :])
    (tmp_path / "notes.parquet").write_text("notes")
    (tmp_path / "empty.parquet").touch()
    for name in ("traces", "cut", "notes", "empty"):
        with pytest.raises(InputError, match=rf"{name}\.parquet cannot be read as problems .*Give"):
            list(read(Problem, tmp_path / f"{name}.parquet"))
    with pytest.raises(InputError, match="it has no id, domain"):
        list(read(Problem, tmp_path / "traces.parquet"))
    with pytest.raises(InputError, match="cannot be read as traces"):
        list(read(Trace, tmp_path / "holed.parquet"))
    with pytest.raises(InputError, match="cannot be read as problems"):
        list(read(Problem, tmp_path))
    with pytest.raises(FileNotFoundError):
        list(read(Problem, tmp_path / "none.parquet"))


def test_what_the_reader_of_records_raises_is_its_own(tmp_path: Path) -> None:
    pq.write_table(to_table(Trace, [Trace("p", 0, "t", "r", "a", "b", "stop")]), tmp_path / "traces.parquet")
    with pytest.raises(KeyError):
        for trace in read(Trace, tmp_path / "traces.parquet"):
            raise KeyError(trace.problem_id)


@pytest.mark.parametrize("kind", SCHEMAS)
def test_every_field_has_a_column(kind: type) -> None:
    assert SCHEMAS[kind].names == list(kind.__dataclass_fields__)


def test_trace_text_has_think_exactly_once() -> None:
    trace = Trace("p", 0, "t", "r", "\nwhy\n", "\\boxed{1}\n", "stop")
    assert trace.text == "<think>\nwhy\n</think>\n\\boxed{1}"
