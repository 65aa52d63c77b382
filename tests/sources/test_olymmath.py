from pathlib import Path

from redstar_geo.benchmarks import category, load, problems
from redstar_geo.sources import olymmath
from tests.sources.small import jsonl, parquet, sorted_out


def rows(language: str, level: str) -> list[dict[str, str]]:
    names = [f"OlymMATH-{level}-{number}-{language}" for number in range(2)]
    return [
        {"problem": f"Find {name}.", "answer": "\\frac{1}{2}", "subject": "Algebra", "unique_id": name}
        for name in names
    ]


def test_the_files_of_a_language_and_the_hubs_configurations(tmp_path: Path) -> None:
    for language in ("EN", "ZH"):
        for level in ("EASY", "HARD"):
            jsonl(tmp_path / "git" / "data" / f"OlymMATH-{language}-{level}.jsonl", rows(language, level))
            hub = tmp_path / "hub" / f"{language}-{level}".lower()
            parquet(hub / "test-00000-of-00001.parquet", rows(language, level))
    for copy in ("git", "hub"):
        for language in ("en", "zh"):
            benchmark = load(f"olymmath_{language}")
            found, reasons = sorted_out(problems(benchmark, str(tmp_path / copy)))
            assert not reasons
            assert [category(benchmark, each) for each in found] == ["easy", "easy", "hard", "hard"]
            assert all(each.question.endswith(f"-{language.upper()}.") for each in found)
            assert {each.language for each in found} == {language}


def test_the_question_may_be_called_so(tmp_path: Path) -> None:
    path = jsonl(tmp_path / "test.jsonl", [{"question": "Find n.", "answer": "3"}])
    ((problem,), reasons) = sorted_out(olymmath.problems(str(path)))
    assert not reasons and (problem.question, problem.answer) == ("Find n.", "3")
