"""Benchmarks with a judge: rows of their true schemas, what the judge is asked, and that only a judgement is one."""

import json
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.benchmarks import Benchmark, category, hellobench, load, problems, sedareval
from redstar_geo.benchmarks.hellobench import HelloBenchSource
from redstar_geo.benchmarks.judgement import UnreadableJudgementError
from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from tests.sources.small import jsonl, sorted_out


def hello(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"open_ended_qa_{number:03d}",
        "raw_text": "Why is the sky blue?",
        "requirements": ["It should be long."],
        "label": None,
        "text_len": None,
        "category": "Science",
        "base_prompt": "[Question]: Why?\n[Response]:",
        "chat_prompt": f"Write at length, number {number}.",
        "checklists": ["Is it right?", "Is it long?"],
    } | changes


def hello_folder(folder: Path) -> str:
    """A copy with two of the files, one of another experiment, and rows that cannot be asked."""
    bad = [hello(3, checklists=[]), hello(4, chat_prompt=None)]
    jsonl(folder / "open_ended_qa.jsonl", [hello(1), hello(2), *bad])
    chat = hello(0, id="chat_002", category="report_write", checklists=["Does it follow?"])
    jsonl(folder / "chat.jsonl", [chat])
    jsonl(folder / "heuristic_text_generation_2k.jsonl", [hello(9)])
    return str(folder)


def sedar(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": f"{number:032x}",
        "query": f"第{number}题：什么是三角形？",
        "meta": {"category": ["问答", "数学", "几何"], "reference": "三条边围成的图形", "id_ex": number},
        "auto_prompt": {"system_prompt": "你打分。", "prompt": f"评分：第{number}题\n答案：{{response}}\n{{别的}}"},
    } | changes


def test_hellobench_is_read_from_its_five_files(tmp_path: Path) -> None:
    benchmark = load("hellobench")
    assert isinstance(benchmark, Benchmark)
    asked, reasons = sorted_out(problems(benchmark, hello_folder(tmp_path)))
    assert [each.id for each in asked] == [
        "hellobench/chat_002",
        "hellobench/open_ended_qa_001",
        "hellobench/open_ended_qa_002",
    ]
    assert [category(benchmark, each) for each in asked] == ["chat", "open_ended_qa", "open_ended_qa"]
    assert reasons == {"bad_checklist": 1, "missing_field": 1}
    assert asked[1].question == "Write at length, number 1."
    with pytest.raises(InputError, match=r"paths\.hellobench is missing"):
        list(problems(benchmark))


def test_the_authors_weights_are_by_category(tmp_path: Path) -> None:
    path, weights = hello_folder(tmp_path), tmp_path / "weights.json"
    weights.write_text(json.dumps({"Science": [10, 30], "report_write": [1, 2, 3]}))
    source = HelloBenchSource(kind="hellobench", path=path, weights=str(weights))
    asked, reasons = sorted_out(hellobench.problems(source))
    assert len(asked) == 2 and reasons["bad_weights"] == 1
    assert hellobench.read(asked[0], said([1, 0.5])).score == (10 * 1 + 30 * 0.5) / 40
    weights.write_text(json.dumps({"Science": [10, 0]}))
    with pytest.raises(InputError, match="weights of Science are not above zero"):
        list(hellobench.problems(source))


def said(scores: list[Any]) -> str:
    return json.dumps(
        [{"checklist_id": number, "reason": "so", "evaluation_score": one} for number, one in enumerate(scores)]
    )


@pytest.fixture
def item(tmp_path: Path) -> Problem:
    source = HelloBenchSource(kind="hellobench", path=str(jsonl(tmp_path / "chat.jsonl", [hello(1)])))
    (found,) = hellobench.problems(source)
    assert isinstance(found, Problem)
    return found


def test_the_judge_sees_instruction_answer_and_every_question(item: Problem) -> None:
    (message,) = hellobench.request(item, "word " * 20_000)
    for part in (item.question, "Is it right?", "Is it long?", '"checklist_id": 1'):
        assert part in message["content"]
    assert message["content"].count("word") == 16_000


def test_a_judgement_of_all_questions_is_their_mean(item: Problem) -> None:
    for text in (said([0.75, 0.25]), f"```json\n{said([0.75, 0.25])}\n```", f"Here:\n{said(['0.75', '0.25'])} Done."):
        found = hellobench.read(item, text)
        assert found.score == 0.5
        assert [part["about"] for part in found.parts] == ["Is it right?", "Is it long?"]


NONSENSE = [
    "",
    "The answer is good.",
    said([1]),
    said([1, 1, 1]),
    said([1, 2]),
    said([1, None]),
    said([1, True]),
    said([1, "nan"]),
    said([1, 0.5])[:-9],
    '[{"checklist_id": 0, "evaluation_score": 1}, {"checklist_id": 0, "evaluation_score": 0}]',
    "[1, 2]",
    "[" * 5000,
    '[{"checklist_id": 1e400, "evaluation_score": 1}, {"checklist_id": 1, "evaluation_score": 0}]',
]


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_is_no_judgement(item: Problem, text: str) -> None:
    with pytest.raises(UnreadableJudgementError):
        hellobench.read(item, text)


def test_sedareval_asks_by_the_rubric_of_each_row(tmp_path: Path) -> None:
    turns = sedar(3, auto_prompt=[{"prompt": "{response1}"}, {"prompt": "{response2}"}])
    rows = [sedar(1), sedar(2, auto_prompt={"prompt": "没有"}), turns, sedar(4, query="Q1：你好\nQ2：再见")]
    counted = sedar(5, auto_prompt={"prompt": "打分：{response}", "字数统计": True})
    benchmark = load("sedareval")
    assert isinstance(benchmark, Benchmark)
    path = str(jsonl(tmp_path / "data.jsonl", [*rows, counted]))
    (first, last), reasons = sorted_out(problems(benchmark, path))
    assert reasons == {"bad_rubric": 1, "several_turns": 2}
    assert category(benchmark, first) == "问答"
    system, user = sedareval.request(first, "三条{边}")
    assert system["content"] == "你打分。" and user["content"] == "评分：第1题\n答案：三条{边}\n{别的}"
    assert sedareval.request(last, "三条边") == [{"role": "user", "content": "打分：[字数：3]\n三条边"}]
    with pytest.raises(InputError, match=r"paths\.sedareval is missing"):
        list(problems(benchmark))


def test_the_last_score_of_five_counts(tmp_path: Path) -> None:
    (problem,) = problems(load("sedareval"), str(jsonl(tmp_path / "data.jsonl", [sedar(1)])))  # type: ignore[arg-type]
    for text, share in (("最终得分：3分", 0.6), ("**最终得分**：4.5", 0.9), ("最终得分：1分\n最终得分为：5分", 1.0)):
        assert sedareval.read(problem, text).score == pytest.approx(share)  # type: ignore[arg-type]
    for text in ("", "得分：3分", "最终得分：6分", "最终得分：-1分", "最终得分：好"):
        with pytest.raises(UnreadableJudgementError):
            sedareval.read(problem, text)  # type: ignore[arg-type]
