import json
from pathlib import Path
from typing import Any

from redstar_geo.answer import verify
from redstar_geo.benchmarks import category, load, problems
from tests.sources.small import png, sorted_out


def row(**changes: Any) -> dict[str, Any]:
    return {
        "question": "How large is the volume?\n\n<ImageHere>\n\n##",
        "choices": [],
        "image": ["images\\1.jpg"],
        "answer": "Volume $=1633.63 \\mathrm{~m}^{3}$",
        "solution": ["It follows."],
        "answer_type": "single-step",
        "problem_type": ["Measurement", "Other"],
        "complexity_level": "Level 1",
        "source": "MathVerse",
        "qa_id": 428,
    } | changes


WRITTEN = row(
    question="Which?\n\n<ImageHere>\nA. $1 \\mathrm{~m}$\nB. $2 \\mathrm{~m}$\nC. $3 \\mathrm{~m}$",
    answer="B\n\n【Analysis】Unfold it.",
    answer_type="choice",
)
DRAWN = row(
    question="Which view?\n\n<ImageHere>\nA.\n\n<ImageHere>\nB.\n\n<ImageHere>\nC.\n\n<ImageHere>",
    image=[f"images\\{number}.jpg" for number in (1, 2, 1, 2)],
    answer="$\\mathrm{C}$\n\n[Analysis] Look.",
    answer_type="choice",
)
ROWS = [
    row(),
    row(answer="$3 \\sqrt{2}$\n\n[Analysis] There are three ways."),
    WRITTEN,
    DRAWN,
    row(choices=["A. 1", "B. 2"], answer="A", answer_type="choice"),
    row(question="Which is it?", answer="D", answer_type="choice"),
    row(answer="(1) Cone\n\n(2) $3 \\mathrm{~cm}$", answer_type="multi-step"),
    row(answer="E", choices=["1", "2"], answer_type="choice"),
    row(image=["images\\9.jpg"]),
]


def test_every_kind_of_question(tmp_path: Path) -> None:
    (tmp_path / "data" / "images").mkdir(parents=True)
    for number in (1, 2):
        (tmp_path / "data" / "images" / f"{number}.jpg").write_bytes(png())
    (tmp_path / "data" / "SolidGeo.json").write_text(json.dumps({str(n): each for n, each in enumerate(ROWS)}))
    for given in ("", "data", "data/SolidGeo.json"):
        found, reasons = sorted_out(problems(load("solidgeo"), str(tmp_path / given)))
        assert reasons == {"several_answers": 1, "bad_answer": 1, "missing_picture": 1}
    value, root, written, drawn, listed, letter = found
    assert value.question == "How large is the volume?" and category(load("solidgeo"), value) == "Measurement"
    for problem, said in ((value, "1633.63"), (root, "3\\sqrt2"), (written, "B"), (written, "2 m"), (drawn, "C")):
        assert verify(problem.answer, f"\\boxed{{{said}}}", choices=problem.choices).status == "correct"
    assert written.choices == ("$1 \\mathrm{~m}$", "$2 \\mathrm{~m}$", "$3 \\mathrm{~m}$")
    assert drawn.question == "Which view?\n\n(picture 1)" and len(drawn.images) == 4
    assert drawn.choices == ("(picture 2)", "(picture 3)", "(picture 4)")
    assert (listed.choices, listed.answer, letter.choices, letter.answer) == (("1", "2"), "A", (), "D")
