import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from redstar_geo.cli import app
from redstar_geo.errors import InputError
from redstar_geo.formalise import certify, in_words, read_question
from redstar_geo.formalise.file import certify_file
from tests.paths import DOZEN

QUESTION = "In △ABC, AB = 6, BC = 8 and ∠ABC = 90°. Find AC."


@pytest.mark.parametrize(
    ("response", "choices", "status"),
    [
        ("<think>6² + 8² = 100.</think>So AC = \\boxed{10}.", (), "certified"),
        ("\\boxed{12}", (), "refuted"),
        ("\\boxed{B}", ("8", "10", "12", "14"), "certified"),
        ("\\boxed{C}", ("8", "10", "12", "14"), "refuted"),
        ("I do not know.", (), "not certified"),
        ("", (), "not certified"),
    ],
)
def test_an_answer_is_certified_or_refuted(response: str, choices: tuple[str, ...], status: str) -> None:
    certificate = certify(read_question(QUESTION), response, choices=choices)
    assert certificate.status == status
    assert [said.words for said in certificate.solution.rests_on] == ["AB = 6", "BC = 8", "∠ABC = 90°"]


@pytest.mark.parametrize(
    ("question", "answer", "status"),
    [
        ("AB = 6 cm, BC = 8 cm and ∠ABC = 90°. Find AC.", "10 cm", "certified"),
        ("AB = 6 cm, BC = 8 cm and ∠ABC = 90°. Find AC.", "10", "certified"),
        ("AB = 6 cm, BC = 8 cm and ∠ABC = 90°. Find AC.", "100\\text{ mm}", "not certified"),
        ("AB = 6 cm, BC = 8 cm and ∠ABC = 90°. Find AC.", "10 m", "not certified"),
        ("AB=6米，BC=8米，∠ABC=90°，求AC的长。", "10厘米", "not certified"),
        ("In △ABC, ∠A = 60° and ∠B = 45°. Find ∠C.", "75^\\circ", "certified"),
        ("In △ABC, ∠A = 60° and ∠B = 45°. Find ∠C.", "\\frac{5\\pi}{12}", "not certified"),
        ("In △ABC, ∠A = 60° and ∠B = 45°. Find ∠C.", "1.309 rad", "not certified"),
        ("The radius of ⊙O is 3. Find the area of ⊙O.", "9\\pi", "certified"),
    ],
)
def test_an_answer_in_another_unit_is_neither_certified_nor_refuted(question: str, answer: str, status: str) -> None:
    assert certify(read_question(question), f"\\boxed{{{answer}}}").status == status


def test_what_the_statements_leave_open_is_not_certified_and_says_why() -> None:
    certificate = certify(read_question("In △ABC, AB = 6 and BC = 8. Find AC."), "\\boxed{10}")
    assert certificate.status == "not certified" and certificate.why.startswith("not determined: from")
    refused = certify(read_question("Find the area of the shaded part."), "\\boxed{10}")
    assert refused.why == "refused: an area that has no name"


def test_what_was_not_read_is_shown() -> None:
    certificate = certify(read_question(QUESTION), "\\boxed{10}", in_words("lines AB, BC, CA; a cat sits on AB"))
    assert certificate.status == "certified" and certificate.unread == ("a cat sits on AB",)


def test_a_file_is_certified_line_by_line_and_resumes(tmp_path: Path) -> None:
    raw = json.loads(sorted((DOZEN / "problems").glob("*.json"))[0].read_text())
    picture = {key: raw[key] for key in ("construction_cdl", "image_cdl")}
    gold = {"id": "gold", "question": raw["problem_text_en"], "response": f"\\boxed{{{raw['problem_answer']}}}"}
    lines = [
        {"id": "right", "question": QUESTION, "response": "\\boxed{10}"},
        {"id": "seen", "question": "Find ∠C.", "response": "\\boxed{67}", "statements": "lines AB, BC, CA; ∠B = 53°"},
        gold | picture,
        {"question": QUESTION},
        {"question": QUESTION, "response": "1", "construction_cdl": "Shape(AB,BC,CA)"},
        {"question": QUESTION, "response": "1", "construction_cdl": [], "image_cdl": ["Equal(1"]},
    ]
    file, out = tmp_path / "answers.jsonl", tmp_path / "certificates.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines[:2]) + "not JSON\n")
    assert certify_file(file, out).counts == {"certified": 1, "not certified": 1, "bad_line": 1}
    first = out.read_bytes()
    file.write_text(file.read_text() + "".join(json.dumps(line) + "\n" for line in lines[2:]))
    tally = certify_file(file, out)
    assert out.read_bytes().startswith(first) and [number for number, _ in tally.unreadable] == [3, 5, 6, 7]
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert rows[0]["id"] == "right" and rows[0]["value"]["text"] == "10"
    assert rows[0]["rests_on"][0] == {"statement": "Equal(LengthOfLine(AB),6)", "words": "AB = 6", "source": "text"}
    assert rows[3]["id"] == "gold" and rows[3]["status"] in ("certified", "not certified")


def test_a_file_without_a_readable_line_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty.jsonl").write_text("{}\n")
    with pytest.raises(InputError, match="question and response"):
        certify_file(tmp_path / "empty.jsonl", tmp_path / "out.jsonl")


def test_the_commands(tmp_path: Path) -> None:
    runner = CliRunner()
    told = runner.invoke(app, ["solve", "--question", QUESTION])
    assert told.stdout.splitlines()[0] == "Answer: 10"
    solved = runner.invoke(app, ["solve", "--question", QUESTION, "--json"])
    assert solved.exit_code == 0 and json.loads(solved.stdout)["value"]["text"] == "10"
    refused = runner.invoke(app, ["solve", "--question", "Find the area of the shaded part.", "--json"])
    assert refused.exit_code == 1 and json.loads(refused.stdout)["outcome"] == "refused"
    (tmp_path / "a.jsonl").write_text(json.dumps({"question": QUESTION, "response": "10"}) + "\n")
    done = runner.invoke(app, ["certify", str(tmp_path / "a.jsonl"), "--out", str(tmp_path / "c.jsonl"), "--quiet"])
    assert done.exit_code == 0 and "certified" in done.stdout


def test_the_page_shows_readings_figures_and_what_was_not_certified(tmp_path: Path) -> None:
    lines = [
        {"question": QUESTION, "response": "10"},
        {"question": QUESTION, "response": "11"},
        {"question": "In △ABC, AB = 6. Find AC.", "response": "<b>7</b>"},
        {"question": "Find the area of the shaded part.", "response": "7"},
        {"no": "question"},
    ]
    file, page = tmp_path / "a.jsonl", tmp_path / "page.html"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    command = ["certify", str(file), "--out", str(tmp_path / "c.jsonl"), "--page", str(page), "--quiet"]
    assert CliRunner().invoke(app, command).exit_code == 1  # a line could not be read
    shown = page.read_text()
    assert "4 answers: 1 certified, 1 refuted, 2 not certified." in shown
    assert shown.count("data:image/png") >= 2 and "Read in the question: AB = 6" in shown
    assert "not determined" in shown and "refused: " in shown and "<b>7</b>" not in shown
