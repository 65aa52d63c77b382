import json
from pathlib import Path

from redstar_geo.sources import metamath
from tests.sources.small import sorted_out

ORIGINAL = "What is twice $x$ when $x=4$?"


def row(response: str, query: str = "If $x$ is 4, what is $2x$?") -> dict[str, str]:
    return {"type": "MATH_Rephrased", "query": query, "original_question": ORIGINAL, "response": response}


def test_answers_end_the_response(tmp_path: Path) -> None:
    rows = [
        row("We double it.\nSo $2x = \\boxed{8}$.\nThe answer is: 8"),
        row("We double it.\n#### 8\nThe answer is: 8"),
        row("We halve it.\nThe answer is: \\frac{1}{2}"),
        row("The answer is: 8, I think, but\nwho knows?"),
        row("Clear.", "Prove that $2x$ is even."),
    ]
    (tmp_path / "MetaMathQA-395K.json").write_text(json.dumps(rows, indent=4))
    problems, rejected = sorted_out(metamath.problems(str(tmp_path)))
    assert [p.answer for p in problems] == ["8", "8", "\\frac{1}{2}"]
    assert {(p.meta["original_question"], p.meta["type"], p.licence) for p in problems} == {
        (ORIGINAL, "MATH_Rephrased", "MIT")
    }
    assert rejected == {"no_answer_in_solution": 1, "asks_for_a_proof": 1}
