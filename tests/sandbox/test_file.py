"""A file of programs becomes a file of verdicts: in order, whatever its lines hold, and past a kill."""

import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from redstar_geo.cache import digest as row_digest
from redstar_geo.errors import InputError
from redstar_geo.sandbox.cache import Cache, cache_key
from redstar_geo.sandbox.file import judge_file
from redstar_geo.sandbox.isolation import CONFINED
from redstar_geo.sandbox.judge import Submission
from redstar_geo.sandbox.limits import Limits
from redstar_geo.sandbox.tests import Case, Tests
from tests.killing import kill, lines

DOUBLE = {"kind": "stdin", "cases": [{"input": str(n), "expected": str(2 * n)} for n in range(3)]}
DOUBLED = [{"input": [2.5], "expected": 5}, {"input": [[1]], "expected": [1, 1]}]
CALL = {"kind": "call", "fn_name": "double", "cases": DOUBLED}
RIGHT = "print(2 * int(input()))"
SQUARE = "print(int(input()) ** 2)"  # right for 0, and wrong from the second test on
JUDGE = """
import sys
from pathlib import Path
from redstar_geo.sandbox.file import judge_file

judge_file(Path(sys.argv[1]), Path(sys.argv[2]), workers=2)
"""
ENDLESS = "while True: pass"


def line(code, tests=DOUBLE, **more):
    return json.dumps({"code": code, "tests": tests} | more)


LINES = [
    (line(RIGHT, id="a"), "AC", None),
    (line(SQUARE), "WA", 1),
    ("{", "BAD_LINE", None),
    (line("def double(x): return x * 2", json.dumps(CALL)), "AC", None),
    (line("class Solution:\n    def double(self, x): return [x]", CALL), "WA", 0),
    (line("print(1 / int(input()))"), "RE", 0),
    (line(ENDLESS, limits={"cpu_s": 0.2}), "TLE", 0),
    (line("print("), "CE", None),
    (line("print('x' * 3_000_000)", limits={"output_mib": 1}), "OLE", 0),
    (line("print(float(2 * int(input())) + 1e-7)"), "WA", 0),
    (line("print(float(2 * int(input())) + 1e-7)", checker="floats"), "AC", None),
    (line(RIGHT, {"kind": "stdin", "cases": []}), "BAD_LINE", None),
    (line(RIGHT, checker="guess"), "BAD_LINE", None),
    (line(RIGHT, limits={"cpu_s": "2"}), "BAD_LINE", None),
    (line(RIGHT, limits={"patience": 2}), "BAD_LINE", None),
    (line(RIGHT, limits={"cpu_s": float("inf")}), "BAD_LINE", None),
    (line(RIGHT, limits={"cpu_s": float("nan")}), "BAD_LINE", None),
    (line(RIGHT, limits={"cpu_s": -1}), "BAD_LINE", None),
    (line(RIGHT, limits={"memory_mib": 10**30}), "BAD_LINE", None),
    (line(RIGHT, limits={"processes": True}), "BAD_LINE", None),
    (line(RIGHT, limits=[2]), "BAD_LINE", None),
    (line(RIGHT, DOUBLE | {"tolerance": 10**400}), "BAD_LINE", None),
    (line(RIGHT, language="cobol"), "BAD_LINE", None),
    (line("int twice(int x) { return 2 * x; }", CALL, language="cpp"), "BAD_LINE", None),
    (line(None), "BAD_LINE", None),
    ("[]", "BAD_LINE", None),
    ("[" * 100_000, "BAD_LINE", None),
    (line("print('\ud800')"), "WA", 0),
    (line(RIGHT, id=[7]), "AC", None),
]


def written(folder, texts):
    path = folder / "programs.jsonl"
    path.write_text("\n".join(texts) + "\n", encoding="utf-8")
    return path


def rows(path):
    return [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]


def test_every_line_gets_its_verdict_in_order(tmp_path):
    out = tmp_path / "verdicts.jsonl"
    tally = judge_file(written(tmp_path, [text for text, _, _ in LINES]), out, workers=2)
    found = rows(out)
    assert [[row["verdict"], row["first_failure"]] for row in found] == [expected for _, *expected in LINES]
    assert [row["line"] for row in found] == list(range(1, len(LINES) + 1))
    assert [row.get("id") for row in found] == ["a", *[None] * (len(LINES) - 2), [7]]
    assert {row["isolation"] for row in found if row["verdict"] != "BAD_LINE"} == {CONFINED}
    assert tally.counts["BAD_LINE"] == len(tally.unreadable) == sum(verdict == "BAD_LINE" for _, verdict, _ in LINES)
    assert tally.counts.total() == len(LINES)
    assert "ZeroDivisionError" in found[5]["reason"]
    assert "cobol" not in str(found) and "cpp" in found[22]["reason"]


def test_the_order_holds_past_a_block_of_lines_that_need_no_run(tmp_path):
    texts = ["{"] * 5000
    for place in (0, 4095, 4096, 4999):
        texts[place] = line(RIGHT)
    judge_file(written(tmp_path, texts), tmp_path / "verdicts.jsonl")
    found = rows(tmp_path / "verdicts.jsonl")
    assert [row["line"] for row in found] == list(range(1, 5001))
    assert [n for n, row in enumerate(found) if row["verdict"] == "AC"] == [0, 4095, 4096, 4999]


def test_a_missing_file_is_the_users_mistake(tmp_path):
    with pytest.raises(InputError, match=r"none\.jsonl cannot be opened \(No such file.*code and tests"):
        judge_file(tmp_path / "none.jsonl", tmp_path / "out.jsonl")
    with pytest.raises(InputError, match="has no line with code and tests"):
        judge_file(written(tmp_path, ["{", line(RIGHT, language="cobol")]), tmp_path / "out.jsonl")
    assert not (tmp_path / "out.jsonl").exists()


def test_verdicts_of_other_programs_or_with_other_walls_are_not_gone_on_with(tmp_path):
    programs, out = written(tmp_path, [line("print(", id="a")]), tmp_path / "verdicts.jsonl"
    judge_file(programs, out)
    before = out.read_bytes()
    with pytest.raises(InputError, match="left as it is"):
        judge_file(programs, out, unconfined=True)
    with pytest.raises(InputError, match="left as it is"):
        judge_file(written(tmp_path, [line(RIGHT, id="a")]), out)
    assert out.read_bytes() == before


def test_a_cache_that_is_none_is_refused_and_not_touched(tmp_path):
    programs = written(tmp_path, [line(RIGHT)])
    before = programs.read_bytes()
    for cache in (programs, tmp_path, tmp_path / "nowhere" / "cache.sqlite"):
        with pytest.raises(InputError, match="--cache"):
            judge_file(programs, tmp_path / "out.jsonl", cache=cache)
    assert programs.read_bytes() == before


def test_a_kill_leaves_nothing_behind_and_the_rest_is_done_later(tmp_path):
    programs = written(tmp_path, [line(f"for _ in range(5 * 10**5): pass\n{RIGHT}", id=n) for n in range(40)])
    out = tmp_path / "verdicts.jsonl"
    judging = subprocess.Popen([sys.executable, "-c", JUDGE, programs, out], stderr=subprocess.DEVNULL)
    family: list[psutil.Process] = []

    def begun():
        family[:] = psutil.Process(judging.pid).children(recursive=True)
        return lines(out) >= 3 and len(family) >= 4

    kill(judging, begun=begun)
    psutil.wait_procs(family)
    before = out.read_text(encoding="utf-8")
    assert 3 <= before.count("\n") < 40
    out.write_text(before[:-10], encoding="utf-8")
    judge_file(programs, out, workers=2)
    assert out.read_text(encoding="utf-8").startswith(before[: before.rindex("\n", 0, -10)])
    assert [(row["line"], row["id"], row["verdict"]) for row in rows(out)] == [(n + 1, n, "AC") for n in range(40)]


def test_what_was_found_is_not_found_again(tmp_path):
    texts = [text for text, _, _ in LINES[:9]]
    programs, kept = written(tmp_path, texts), tmp_path / "verdicts.sqlite"
    judge_file(programs, tmp_path / "first.jsonl", 2, cache=kept)
    with Cache(kept) as cache:
        database = cache.kept.database
        held = database.execute("SELECT key, body FROM kept").fetchall()
        number = len(held)
        changed = [(key, body.replace("AC", "KEPT")) for key, body in held]
        database.executemany(
            "UPDATE kept SET body = ?, digest = ? WHERE key = ?",
            [(body, row_digest(key, body), key) for key, body in changed],
        )
        database.commit()
    judge_file(programs, tmp_path / "second.jsonl", 2, cache=kept)
    first, second = rows(tmp_path / "first.jsonl"), rows(tmp_path / "second.jsonl")
    assert number == len(texts) - 2  # neither the line that is none nor the TLE
    expected = [row["verdict"].replace("AC", "KEPT") for row in first]
    assert [row["verdict"] for row in second] == expected
    assert [row["reason"] for row in second] == [row["reason"] for row in first]


def test_all_that_determines_a_verdict_is_in_its_key():
    tests = Tests("stdin", (Case("1", "2"),))
    submissions = [
        Submission(RIGHT, tests),
        Submission(SQUARE, tests),
        Submission(RIGHT, Tests("stdin", (Case("1", "3"),))),
        Submission(RIGHT, Tests("stdin", (Case("1", "2"),), checker="exact")),
        Submission(RIGHT, Tests("stdin", (Case("1", "2"),), checker="program", checker_code="")),
        Submission(RIGHT, tests, language="cpp"),
        Submission(RIGHT, tests, limits=Limits(cpu_s=1)),
    ]
    keys = [cache_key(submission, walls) for submission in submissions for walls in ("walls", "none")]
    assert len(set(keys)) == len(keys)
    assert cache_key(Submission(RIGHT, Tests("stdin", (Case("1", "2"),))), "walls") == keys[0]


@pytest.mark.parametrize(("verdict", "kept"), [("AC", True), ("WA", True), ("TLE", False), ("SANDBOX_ERROR", False)])
def test_what_may_differ_next_time_is_not_kept(tmp_path: Path, verdict, kept):
    with Cache(tmp_path / "cache.sqlite") as cache:
        cache.add("key", {"verdict": verdict})
    with Cache(tmp_path / "cache.sqlite") as cache:
        assert (cache.get("key") == {"verdict": verdict}) is kept


@pytest.mark.parametrize("number", ["nan", "inf", "-inf"])
def test_a_function_may_return_what_json_has_no_number_for(tmp_path, number):
    tests = {"kind": "call", "fn_name": "f", "cases": [{"input": [1], "expected": float(number)}]}
    judge_file(written(tmp_path, [line(f"def f(a):\n    return float('{number}')", tests)]), tmp_path / "out.jsonl")
    assert json.loads((tmp_path / "out.jsonl").read_text())["verdict"] == "AC"
