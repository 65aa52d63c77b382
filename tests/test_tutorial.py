"""The tutorial's messy folder, as the page has it: its files are written, its commands run, and its tables hold."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import redstar_geo as rg
from tests.documents import ROOT, text
from tests.servers.scripted import Answer, completion, scripted

PAGE = ROOT / "docs" / "tutorial.md"
SECTION = text(PAGE).split("\n## A messy folder, without answers\n")[1].split("\n## ")[0]
FILES = ("messy/train.jsonl", "given.jsonl", "answers.jsonl")  # in the order of the page
RESPONSES = {  # what the teacher says, by a word of the question
    "AB = 6, BC = 8": "Then AC = 10. \\boxed{10}",
    "AB = AC": "所以∠ABC = 70°。\\boxed{70}",
    "Find ∠ACB.": "∠ACB = 180° − 53° − 60° = 67°. \\boxed{67}",
    "In ⊙O": "∠AOB = 28°. Twice that is the answer, so \\boxed{56}",
    "In △PQR": "∠PRQ = 80°. \\boxed{80}",
}


def test_the_page_names_its_files() -> None:
    assert all(f"`{name}`" in SECTION for name in FILES)


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder in which the section was gone through, command by command."""
    folder = tmp_path_factory.mktemp("walk")
    blocks = re.findall(r"^```(\w*)\n(.*?)^```", SECTION, re.MULTILINE | re.DOTALL)
    written = [body for language, body in blocks if language == "json"]
    for name, lines in zip(FILES, written, strict=True):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(lines, encoding="utf-8")
    shell = "".join(body.replace("\\\n", " ") for language, body in blocks if not language)
    commands = [line for line in shell.splitlines() if not line.startswith("redstar-geo app ")]  # that one serves
    with scripted(_answer) as server:
        for command in commands:
            said = command.replace("http://localhost:8000/v1", server.url).replace("MODEL", "teacher")
            words = [sys.executable, "-m", "redstar_geo", *shlex.split(said)[1:]]
            subprocess.run(words, check=True, capture_output=True, cwd=folder)
        yield folder


def _answer(request: Mapping[str, Any], _: int) -> Answer:
    asked = json.dumps(request["messages"], ensure_ascii=False)
    said = next((response for word, response in RESPONSES.items() if word in asked), "∠ACB = 70°. \\boxed{70}")
    return completion(f"<think>\nFrom the givens.\n</think>\n{said}")


def test_rows_are_answered_kept_or_left_out_by_name(walked: Path) -> None:
    run = rg.read(walked / "runs" / "messy")
    answers = {problem.id.partition("/")[2]: problem.answer for problem in run.problems}
    assert answers == {"ladder": "10", "base": "70", "drawn": "67", "arc": "56", "given": "70", "wrong": "80"}
    counts = run.manifest["counts"]["collect"]
    assert (counts["in"], counts["out"]) == (10, 6) and all(f"`{reason}`" in SECTION for reason in counts["rejected"])
    lines = (walked / "certified.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["status"] for line in lines] == ["certified", "refuted"]


def test_the_table_of_claims_is_what_the_command_writes(walked: Path) -> None:
    lines = (walked / "steps.jsonl").read_text(encoding="utf-8").splitlines()
    judged: dict[str, list[dict[str, str]]] = {}
    for line in map(json.loads, lines):
        judged.setdefault(line["id"], []).append(line["claims"])
    rows = re.findall(r"^\| (\w+)(?:, (\d))? \| `([^`]+)` \| (\w+) \| ([^|]+) \|$", SECTION, re.MULTILINE)
    assert len(rows) == 6
    for name, place, claim, status, reason in rows:
        claims: Any = judged[f"messy/{name}"][int(place or 1) - 1]
        assert (status, reason) in [(each["status"], each["reason"]) for each in claims if each["text"] == claim]


def test_a_run_judges_the_steps_and_leaves_out_what_has_a_false_one(walked: Path) -> None:
    run = rg.read(walked / "runs" / "curated")
    assert run.manifest["counts"]["verify"]["steps"].keys() == {"judged", "no_formal_statement"}
    with_steps = {
        trace.problem_id: [step.status for step in trace.verdict.steps] for trace in run.traces if trace.verdict
    }
    assert with_steps["messy/ladder"] == ["true", "true"] and "false" in with_steps["messy/arc"]
    assert with_steps["messy/wrong"] == []
    kept = rg.read(walked / "runs" / "curated").manifest["counts"]["select"]
    assert any("step" in reason for reason in kept["rejected"]), kept
