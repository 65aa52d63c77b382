"""A teacher at an endpoint, against real servers on loopback that are slow, full, wrong or gone."""

from __future__ import annotations

import base64
import json
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.data_prep.pipeline import fingerprints, main
from redstar_geo.errors import InputError
from redstar_geo.generation.client import ServerAddress
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Problem, Trace, read
from redstar_geo.run import Counts, open_run, read_manifest
from tests.killing import kill, send
from tests.teacher.conftest import ROOT, write_problems

Serve = Callable[..., str]


def recipe(run: Path, urls: str | list[str], **teacher: Any) -> DataRecipe:
    servers = [{"url": url} | teacher.pop("server", {}) for url in ([urls] if isinstance(urls, str) else urls)]
    source = {"kind": "builtin", "families": ["isosceles"], "count": 1}
    asked = {"kind": "endpoint", "model": "teacher", "servers": servers, "sampling": {"fixed": 3}} | teacher
    return DataRecipe.model_validate({"run": str(run), "source": source, "teacher": asked, "workers": 1})


def prepared(run: Path, loaded: DataRecipe, count: int) -> None:
    """A run that has collected `count` problems for the test server."""
    with open_run(run, loaded.as_run, fingerprints(loaded)) as opened:
        write_problems(opened.path("problems.parquet"), count)
        opened.finish("collect", Counts(in_=count, out=count))


def ask(run: Path, urls: str | list[str], count: int, **teacher: Any) -> dict[str, Any]:
    loaded = recipe(run, urls, **teacher)
    if not (run / "problems.parquet").exists():
        prepared(run, loaded, count)
    return main(loaded)


def run_file(file: str) -> None:
    main(DataRecipe.model_validate_json(Path(file).read_text()))


def rows(run: Path) -> list[tuple[str, str | None]]:
    try:
        with sqlite3.connect(f"file:{run / 'ledger.sqlite'}?mode=ro", uri=True) as database:
            return list(database.execute("SELECT key, failure FROM responses ORDER BY key"))
    except sqlite3.OperationalError:  # no file or no table yet
        return []


def test_every_sample_is_stored_verified_and_exported(tmp_path: Path, serve: Serve) -> None:
    counts = ask(tmp_path / "run", serve(pass_rate=0.5), 20)
    assert counts["sample"] == {"in": 60, "out": 60, "rejected": {}, "pending": 0}
    traces = list(read(Trace, tmp_path / "run" / "traces.parquet"))
    assert len(traces) == 60
    assert {trace.verdict.status for trace in traces if trace.verdict} == {"correct", "wrong"}
    assert all(trace.reasoning.startswith("I think about") and trace.teacher == "teacher" for trace in traces)
    assert len({trace.reasoning for trace in traces}) == 60  # each sample was a request of its own
    log = (tmp_path / "run" / "log.jsonl").read_text().splitlines()
    assert json.loads(log[-1])["finished"] == 20


def test_nothing_is_lost_or_asked_twice_when_servers_fail_in_every_way(tmp_path: Path, serve: Serve) -> None:
    faults = {"429": 0.06, "500": 0.06, "drop": 0.06, "half": 0.06, "invalid": 0.05, "stall": 0.01}
    urls = [serve(latency_s=0.02, faults=faults, stall_s=60), serve(latency_s=0.02, dead=[0.3, 1.5])]
    counts = ask(tmp_path / "run", urls, 120, deadline_s=1.0, attempts=12)
    sample = counts["sample"]
    assert sample["in"] == 360 and sample["out"] + sample["pending"] == 360  # what failed for the moment is pending
    assert sample["out"] >= 355
    assert len(rows(tmp_path / "run")) == len({key for key, _ in rows(tmp_path / "run")}) == 360


@pytest.mark.long
def test_kill_9_at_random_moments_costs_nothing_that_was_received(tmp_path: Path, serve: Serve) -> None:
    url = serve(latency_s=0.1)
    run, undisturbed = tmp_path / "killed", tmp_path / "undisturbed"
    loaded = recipe(run, url, server={"start": 8, "most": 8})
    prepared(run, loaded, 60)
    (tmp_path / "recipe.json").write_text(loaded.model_dump_json())
    code = "import sys; from tests.teacher.test_endpoint import run_file; run_file(sys.argv[1])"
    chance, received = random.Random(0), 0
    for _ in range(2):
        process = subprocess.Popen(
            [sys.executable, "-c", code, tmp_path / "recipe.json"], cwd=ROOT, stderr=subprocess.DEVNULL
        )
        goal = received + chance.randint(1, 30)
        kill(process, begun=lambda goal=goal: len(rows(run)) >= goal)
        before = rows(run)
        assert len(before) >= received
        received = len(before)
    ask(run, url, 60, server={"start": 8, "most": 8})
    ask(undisturbed, url, 60, server={"start": 8, "most": 8})
    assert rows(run) == rows(undisturbed)
    assert not {key for key, _ in before} - {key for key, _ in rows(run)}


def test_ctrl_c_stores_what_was_in_flight_and_exits_130(tmp_path: Path, serve: Serve) -> None:
    run, url = tmp_path / "run", serve(latency_s=0.4)
    loaded = recipe(run, url, server={"start": 4, "most": 4})
    prepared(run, loaded, 40)
    recipe_file = tmp_path / "recipe.yaml"
    recipe_file.write_text(loaded.model_dump_json())
    process = subprocess.Popen(
        [sys.executable, "-m", "redstar_geo", "data", str(recipe_file), "--quiet"], cwd=ROOT, stderr=subprocess.PIPE
    )
    send(process, signal.SIGINT, begun=lambda: rows(run))
    assert process.wait() == 130
    assert rows(run) and all(failure is None for _, failure in rows(run))


def test_adaptive_sampling_stops_when_enough_are_verified(tmp_path: Path, serve: Serve) -> None:
    counts = ask(tmp_path / "run", serve(pass_rate=None), 60, sampling={"fixed": None, "wanted": 1, "cap": 30})
    assert counts["sample"]["pending"] == 0
    assert counts["sample"]["in"] < 60 * 10
    assert counts["prompts"]["out"] >= 50


def test_a_bound_leaves_the_rest_pending_and_a_larger_one_goes_on(tmp_path: Path, serve: Serve) -> None:
    url, run = serve(), tmp_path / "run"
    first = ask(run, url, 20, bounds={"requests": 25})
    assert first["sample"]["out"] == 25 and first["sample"]["pending"] == 35
    second = ask(run, url, 20, bounds={"requests": 1000})
    assert second["sample"]["out"] == 60 and second["verify"]["in"] == 60


def test_draft_critique_revise_is_one_trace_of_three_requests(tmp_path: Path, serve: Serve) -> None:
    counts = ask(tmp_path / "run", serve(), 5, strategy="draft_critique_revise", sampling={"fixed": 1})
    assert counts["sample"]["out"] == 5 and counts["verify"]["out"] == 5
    assert len(rows(tmp_path / "run")) == 20  # three replies as they came and the stitched one, for each
    trace = next(iter(read(Trace, tmp_path / "run" / "traces.parquet")))
    assert trace.reasoning.count("I think about") == 2 and trace.completion_tokens == 150


@pytest.mark.long
def test_a_failure_of_the_moment_is_asked_again_and_a_lasting_one_is_not(tmp_path: Path, serve: Serve) -> None:
    run = tmp_path / "run"
    counts = ask(run, serve(faults={"500": 1.0}), 2, attempts=1)
    assert counts["sample"]["rejected"] == {"server_error": 6}
    good = serve()
    loaded = recipe(run, good)
    with open_run(run, read_manifest(run)["recipe"], read_manifest(run)["inputs"]) as opened:
        opened.forget("sample", "verify", "select", "prompts")
    assert main(loaded)["sample"]["out"] == 6
    long = ask(tmp_path / "long", serve(longest_prompt=100), 2)
    assert long["sample"]["rejected"] == {"prompt_too_long": 6}


def test_mistakes_are_named_before_the_first_request(
    tmp_path: Path, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(InputError, match=r"No model answers at http://127\.0\.0\.1:9/v1 .* correct teacher\.servers"):
        ask(tmp_path / "a", "http://127.0.0.1:9/v1", 1)
    with pytest.raises(InputError, match=r"has no model 'other'; it has teacher\. Correct teacher\.model\."):
        ask(tmp_path / "b", serve(), 1, model="other")
    url = serve(key="secret-key-123")
    with pytest.raises(InputError, match="refuses the key from no key"):
        ask(tmp_path / "c", url, 1)
    with pytest.raises(InputError, match="TEACHER_KEY, which is not set"):
        ask(tmp_path / "d", url, 1, server={"key_env": "TEACHER_KEY"})
    monkeypatch.setenv("TEACHER_KEY", "secret-key-123")
    assert ask(tmp_path / "e", url, 1, server={"key_env": "TEACHER_KEY"})["sample"]["out"] == 3
    written = b"".join(path.read_bytes() for path in (tmp_path / "e").rglob("*") if path.is_file())
    assert b"secret-key-123" not in written


def test_a_resumed_run_finds_its_rows_when_problems_are_reordered(tmp_path: Path, serve: Serve) -> None:
    run, url = tmp_path / "run", serve()
    ask(run, url, 10)
    before = rows(run)
    problems = list(read(Problem, run / "problems.parquet"))
    from redstar_geo.records import SCHEMAS, to_row
    from redstar_geo.run import write_rows

    write_rows(run / "problems.parquet", SCHEMAS[Problem], map(to_row, reversed(problems[2:])))
    with open_run(run, read_manifest(run)["recipe"], read_manifest(run)["inputs"]) as opened:
        opened.forget("sample", "verify", "select", "prompts")
    counts = main(recipe(run, url))
    assert rows(run) == before
    assert counts["sample"]["in"] == 24


def test_pass_rates_are_kept_with_their_intervals(tmp_path: Path, serve: Serve) -> None:
    import pyarrow.parquet as pq

    ask(tmp_path / "run", serve(pass_rate=0.5), 20)
    for row in pq.read_table(tmp_path / "run" / "pass_rates.parquet").to_pylist():
        assert row["samples"] == 3 == row["correct"] + row["wrong"] + row["undecided"] + row["rejected"]
        assert row["pass_rate"] is None or row["low"] <= row["pass_rate"] <= row["high"]


def test_the_plan_forecasts_before_the_first_request(tmp_path: Path) -> None:
    from redstar_geo.data_prep.plan import plan

    found = plan(recipe(tmp_path / "run", "http://127.0.0.1:9/v1", sampling={"fixed": None, "wanted": 2, "cap": 9}))
    assert found["at_least"]["requests"] == 2 and found["at_most"]["requests"] == 9
    assert found["rests_on"]["measured_on"].startswith("assumptions")
    assert not (tmp_path / "run").exists()


def test_a_login_in_a_url_goes_with_requests_and_stands_nowhere(tmp_path: Path, serve: Serve) -> None:
    address = ServerAddress(url="https://some:pass%2Fwo%40rd@host:1/v1/")
    login = base64.b64encode(b"some:pass/wo@rd").decode()
    assert address.headers() == {"Authorization": f"Basic {login}"} and address.base == "https://host:1/v1"
    assert "wo" not in f"{address!r}{address.model_dump()}{address.model_dump_json()}"
    run, url = tmp_path / "run", serve().replace("://", "://some:hidden-word@")
    ask(run, url, 2)
    files = [path for path in run.rglob("*") if path.is_file()]
    assert json.loads((run / "log.jsonl").read_text().splitlines()[-1])["servers"][0]["url"] == url.replace(
        "some:hidden-word@", ""
    )
    assert not [path for path in files if b"hidden-word" in path.read_bytes()]
    with pytest.raises(InputError) as refused:
        ask(tmp_path / "gone", "http://some:hidden-word@127.0.0.1:9/v1", 1)
    assert "hidden-word" not in str(refused.value)


def test_what_failed_for_the_moment_is_asked_again_by_the_same_command(tmp_path: Path, serve: Serve) -> None:
    counts = ask(tmp_path / "run", serve(faults={"500": 1.0}), 2, attempts=1)
    rejected = {"server_error": 6}
    assert counts["sample"] == {"in": 6, "out": 0, "rejected": rejected, "pending": 0, "ask_again": True}
    counts = ask(tmp_path / "run", serve(), 2, attempts=1)
    assert counts["sample"] == {"in": 6, "out": 6, "rejected": {}, "pending": 0}
    ask(tmp_path / "run", "http://127.0.0.1:9/v1", 2)  # nobody is asked when nothing is missing
