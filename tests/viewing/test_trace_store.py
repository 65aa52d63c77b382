"""Filters over columns find what a walk over all traces finds."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redstar_geo.errors import InputError
from redstar_geo.records import SCHEMAS, Trace, from_table, read, to_row
from redstar_geo.run import write_rows
from redstar_geo.viewing.place import Place
from redstar_geo.viewing.trace_store import FACETS, Query, TraceStore
from tests.viewing.many import write_many

TRACES = 3_000


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> TraceStore:
    folder = tmp_path_factory.mktemp("runs") / "run"
    write_many(folder, TRACES)
    return TraceStore(folder)


def test_every_filter_finds_what_a_walk_finds(store: TraceStore) -> None:
    traces = list(read(Trace, store.folder / "traces.parquet"))
    facets = {"verdict": ["correct", "wrong"], "source": ["b"]}
    query = Query(facets, difficulty=(2, 7), length=(100, 500), search="MADE/1")
    expected = [
        row
        for row, trace in enumerate(traces)
        if trace.verdict is not None
        and trace.verdict.status in ("correct", "wrong")
        and (problem := int(trace.problem_id[5:])) % 1024 % 3 == 1
        and 2 <= 1 + problem % 1024 % 10 <= 7
        and 100 <= (trace.completion_tokens or 0) <= 500
        and trace.problem_id.startswith("made/1")
    ]
    found = store.find(query)
    assert expected and found.tolist() == expected
    assert [store.trace(int(row)) for row in found[:5]] == [traces[row] for row in expected[:5]]


def test_no_filter_finds_all_and_reasons_add_up(store: TraceStore) -> None:
    rows = store.find(Query())
    assert len(rows) == TRACES
    assert dict(store.reasons(rows)) == {"wrong": TRACES // 4, "over the cap per problem": TRACES // 4}
    assert dict(store.reasons(store.find(Query({"selected": ["wrong"]})))) == {"wrong": TRACES // 4}


def test_words_in_texts_are_found_in_as_many_goes_as_it_takes(tmp_path: Path) -> None:
    run = tmp_path / "run"
    write_many(run, TRACES)
    traces = list(read(Trace, run / "traces.parquet"))
    changed = [
        replace(trace, reasoning="Thales says so.") if row % 7 == 0 else trace for row, trace in enumerate(traces)
    ]
    write_rows(run / "traces.parquet", SCHEMAS[Trace], map(to_row, changed))
    store = TraceStore(run)
    rows = store.find(Query({"verdict": ["correct", "wrong"]}))
    found, seen = store.search(rows, "thales", within_s=60)
    assert seen == len(rows) and found.tolist() == [row for row in rows.tolist() if row % 7 == 0]
    parts, rest = [], rows
    while len(rest):
        some, looked = store.search(rest, "thales", within_s=0)
        assert 0 < looked < len(rows)
        parts, rest = [*parts, *some.tolist()], rest[looked:]
    assert parts == found.tolist()
    assert store.search(rows, "(.*", within_s=60)[0].size == 0


def test_a_run_of_problems_alone_has_an_empty_table(tmp_path: Path) -> None:
    write_many(tmp_path / "run", 50)
    (tmp_path / "run" / "traces.parquet").unlink()
    (tmp_path / "run" / "selection.parquet").unlink()
    store = TraceStore(tmp_path / "run")
    assert store.find(Query(search="made")).size == 0 and store.rows(store.find(Query()), ["sample", "verdict"]) == []
    assert store.reasons(store.find(Query())) == [] and len(store.problems(0, 99)) == 10


@pytest.mark.parametrize("bound", [10**9, 10**20, int(1e300)])
def test_a_bound_may_be_any_number(store: TraceStore, bound: int) -> None:
    facets = ((),) * len(FACETS)
    assert store.find(Place("run", facets, (0, 0, bound, 0)).wanted).size == 0
    assert store.find(Place("run", facets, (0, bound, 0, bound)).wanted).size == TRACES


def test_a_run_all_of_whose_problems_were_dropped_has_an_empty_table(tmp_path: Path) -> None:
    write_many(tmp_path / "run", 50)
    for name in ("traces", "selection", "problems"):
        path = tmp_path / "run" / f"{name}.parquet"
        pq.write_table(pq.read_table(path).slice(0, 0), path)
        store = TraceStore(tmp_path / "run")
        assert store.find(Query(search="made")).size == 0 and store.reasons(store.find(Query())) == []
        assert (
            store.values("verdict") == store.values("selected") == [] and list(store.tables(store.find(Query()))) == []
        )


def test_an_export_holds_the_rows_in_order(store: TraceStore) -> None:
    rows = np.array([0, 5, 1023, 1024, 2047, 2999])
    exported = pa.concat_tables(store.tables(rows))
    assert list(from_table(Trace, exported)) == [store.trace(int(row)) for row in rows]


def test_problems_are_read_across_row_groups(store: TraceStore) -> None:
    assert [problem.id for problem in store.problems(598, 6)] == ["made/598", "made/599"]
    assert store.problem("made/77") is not None and store.problem("made/77777") is None


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"run\.json"):
        TraceStore(tmp_path)
