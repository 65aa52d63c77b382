"""The gold answer of a solution, and what has none."""

import pytest

from redstar_geo.answer import verify
from redstar_geo.sources.gold import asks_for_a_proof, from_solution, kind
from redstar_geo.sources.row import UnusableRowError

ASKED = "Find the value."


@pytest.mark.parametrize(
    ("solution", "answer"),
    [
        ("First $\\boxed{1}$ seems right, but it is $\\boxed{\\frac{1}{2}}$.", "\\frac{1}{2}"),
        ("So $x = \\boxed{\\{a \\mid a^{2} < {3}\\}}$ and we are done.", "\\{a \\mid a^{2} < {3}\\}"),
        ("The sum is <<2+3=5>>5 eggs.\n#### 1,205", "1,205"),
        ("It follows.\n#### -7\nThe answer is: -7", "-7"),
        ("Both are roots.\nThe answer is: x=2\\text{ or }x=-2", "x=2\\text{ or }x=-2"),
        ("There are four of them. The answer is: 4.", "4"),
        ("Half of it. The answer is: 0.5", "0.5"),
        ("The roots are $\\boxed{2}$ and $\\boxed{3}$.", "2 , 3"),
        ("所以 $\\boxed{7}$。", "7"),
    ],
)
def test_the_last_declared_answer_counts(solution: str, answer: str) -> None:
    found = from_solution(ASKED, solution)
    assert found == answer
    assert verify(found, f"\\boxed{{{found}}}").status == "correct"


@pytest.mark.parametrize(
    "solution",
    [
        "",
        "It is clear.",
        "So $x = \\boxed{\\frac{1}{2}$.",
        "The answer is 4 or more, as we shall see.\nThen it is done.",
    ],
)
def test_no_answer(solution: str) -> None:
    with pytest.raises(UnusableRowError, match="no_answer_in_solution"):
        from_solution(ASKED, solution)


def test_the_last_box_does_not_answer_all_parts() -> None:
    parts = "(1) Find $a$. (2) Find $b$."
    with pytest.raises(UnusableRowError, match="several_answers"):
        from_solution(parts, "(1) $a = \\boxed{1}$.\n(2) Therefore $b = \\boxed{2}$.")
    assert from_solution(parts, "$a = b = \\boxed{1}$, that is, $\\boxed{1}$.") == "1"


@pytest.mark.parametrize(
    ("answer", "expected"),
    [("5", "number"), ("-1,200", "number"), ("$\\frac{3}{4}$", "number"), ("2.5\\%", "number"), ("033", "number"),
     ("\\pi", "expression"), ("2\\sqrt{3}", "expression"), ("(1, 2)", "expression"), ("x + 1", "expression"),
     ("Tuesday", "expression"), ("", "expression"), ("{" * 5_000, "expression")],
)  # fmt: skip
def test_kind(answer: str, expected: str) -> None:
    assert kind(answer) == expected


@pytest.mark.parametrize(
    ("question", "answer", "proof"),
    [
        ("Prove that $n^2 + n$ is even for every integer $n$.", "", True),
        ("Let $a > b$. Show that $a + c > b + c$.", "", True),
        ("已知 $a>b$，求证：$a+c>b+c$。", "", True),
        ("Is there a largest prime?", "proof", True),
        ("Let $n$ be even.", "\\text{Q.E.D.}", True),
        ("Let $n$ be even.", "\\blacksquare", True),
        ("Prove that $n$ is even and find its smallest value.", "2", False),
        ("What is $1 + 1$? Prove it.", "2", False),
        ("The proof has two parts. How many lines are in it?", "2", False),
        ("已知 $a=2$，求 $a+1$ 的值。", "3", False),
        ("Improve the bound on $n$.", "2", False),
    ],
)
def test_proofs(question: str, answer: str, proof: bool) -> None:
    assert asks_for_a_proof(question, answer) is proof
