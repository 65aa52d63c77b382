"""The code pipeline on problems in TACO's schema: own solutions audited, programs judged, negatives kept."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from datasets import load_dataset

from redstar_geo import recipe as recipes
from redstar_geo.data_prep.pipeline import main
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Trace, read
from redstar_geo.run import read_manifest
from tests.teacher.conftest import servers

pytestmark = pytest.mark.skipif(
    shutil.which("bwrap") is None, reason="bubblewrap is missing. Debian: apt-get install bubblewrap"
)

ADD = "a, b = map(int, input().split())\nprint(a + b)"
REVERSED = "def backwards(text):\n    return text[::-1]"
LARGEST = "n = int(input())\nprint(max(map(int, input().split())))"


def row(question: str, solutions: list[str], tests: dict, starter: str = "") -> dict[str, str]:
    """A row of TACO: all strings, JSON inside."""
    columns = ["difficulty", "raw_tags", "name", "source", "tags", "skill_types", "url", "date", "picture_num"]
    columns += ["Expected Auxiliary Space", "Expected Time Complexity", "memory_limit"]
    return {name: "" for name in columns} | {
        "question": question,
        "solutions": json.dumps(solutions),
        "starter_code": starter,
        "input_output": json.dumps(tests),
        "difficulty": "EASY",
        "time_limit": "1.0 seconds",
    }


ROWS = [
    row(
        "Two whole numbers stand on one line. Print their sum.",
        [ADD],
        {"inputs": ["1 2\n", "40 2\n"], "outputs": ["3\n", "42\n"]},
    ),
    row(
        "Write a function that gives a text from its end to its beginning.",
        [REVERSED],
        {"fn_name": "backwards", "inputs": [["abc"], ["xy"]], "outputs": [["cba"], ["yx"]]},
        "def backwards(text):",
    ),
    row(
        "A list of n numbers follows its length. Print the largest of them.",
        [LARGEST],
        {"inputs": ["3\n5 9 2\n"], "outputs": ["9\n"]},
    ),
    row(
        "Print the double of the number on the only line of input.",
        ["print(int(input()) * 2)"],
        {"inputs": ["4\n"], "outputs": ["9\n"]},
    ),
    row("This one came without any tests, so nothing can be judged.", [ADD], {"inputs": [], "outputs": []}),
    row(
        "Given two values separated by a space, add them and print what comes out.",
        [ADD],
        {"inputs": ["2 2\n"], "outputs": ["4\n"]},
    ),
]
EXAM = {
    "task_id": "exam/0",
    "prompt": ROWS[5]["question"],
    "canonical_solution": "    return a + b",
    "test": "def check(candidate): assert candidate(1, 2) == 3",
    "entry_point": "add",
}


def block(code: str) -> str:
    return f"This is the program.\n\n```python\n{code}\n```\n"


REPLIES = {
    ROWS[0]["question"]: [block(ADD), block(ADD.replace("+", "-")), "```python\na, b = map(int", "It is easy."],
    ROWS[1]["question"]: [block(REVERSED), block(REVERSED.replace("-1", "1")), block("def backwards(text:")],
    ROWS[2]["question"]: [block(LARGEST), block("while True: pass"), block("import os; os.abort()")],
}


@pytest.fixture(scope="module")
def curated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("code")
    (folder / "taco").mkdir()
    (folder / "taco" / "train.jsonl").write_text("".join(json.dumps(item) + "\n" for item in ROWS))
    (folder / "exam.jsonl").write_text(json.dumps(EXAM) + "\n")
    (folder / "golds.json").write_text(json.dumps(REPLIES))
    with servers() as start:
        changes = [
            f"run={folder / 'run'}",
            "workers=1",
            f"sources.taco.path={folder / 'taco'}",
            f"prompts.benchmarks={{humaneval: {{kind: humaneval, path: {folder / 'exam.jsonl'}}}}}",
            "teacher.model=teacher",
            f"teacher.servers=[{{url: '{start(golds=str(folder / 'golds.json'))}'}}]",
            "teacher.sampling.fixed=14",
            "select.per_problem=2",
        ]
        main(recipes.load(DataRecipe, "data_prep/code.yaml", changes))
    return folder / "run"


def test_every_problem_and_every_program_is_accounted_for(curated: Path) -> None:
    counts = read_manifest(curated)["counts"]
    for stage, count in counts.items():
        assert count["in"] == count["out"] + sum(count["rejected"].values()) + count["pending"], stage
    assert counts["collect"]["rejected"] == {"no_tests": 1}
    assert counts["audit"]["rejected"] == {"own_solutions_fail": 1}
    assert counts["screen"]["rejected"] == {"in a benchmark, by text": 1, "audit: own_solutions_fail": 1}
    assert counts["sample"]["out"] == 3 * 14
    reasons = counts["verify"]["rejected"]
    assert {"wrong: WA", "wrong: TLE", "wrong: RE"} <= reasons.keys(), reasons
    assert {"rejected: incomplete_code", "rejected: no_code_block"} <= reasons.keys(), reasons


def test_only_programs_that_pass_every_test_are_taught(curated: Path) -> None:
    verdicts = {f"{t.problem_id}#{t.sample}": t.verdict for t in read(Trace, curated / "traces.parquet")}
    taught = load_dataset("parquet", data_files=str(curated / "sft/train.parquet"), split="train")
    assert len(taught) == read_manifest(curated)["counts"]["select"]["out"] >= 3
    assert {verdicts[key].reason for key in taught["id"]} == {"AC"}
    assert all(verdicts[key].extracted.strip() in (ADD, REVERSED, LARGEST) for key in taught["id"])
    assert (
        "def backwards(text):"
        in next(row for row in taught if "backwards" in row["prompt"][0]["content"])["prompt"][0]["content"]
    )
    assert len(load_dataset("parquet", data_files=str(curated / "pairs/train.parquet"), split="train")) >= 1


def test_the_audit_keeps_the_verdicts_of_the_problems_own_solutions(curated: Path) -> None:
    found = pq.read_table(curated / "audit.parquet").to_pylist()
    assert [item["status"] for item in found] == ["ok", "ok", "ok", "own_solutions_fail", "ok"]
    assert found[3]["verdicts"] == ["WA"]
