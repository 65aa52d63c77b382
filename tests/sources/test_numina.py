from pathlib import Path

from redstar_geo.sources import numina
from tests.sources.small import parquet, sorted_out


def row(source: str, problem: str, solution: str) -> dict[str, object]:
    messages = [{"content": problem, "role": "user"}, {"content": solution, "role": "assistant"}]
    return {"source": source, "problem": problem, "solution": solution, "messages": messages}


ROWS = [
    row("aops_forum", "Find all $n$ with $n^2 = n$.", "They are $\\boxed{0}$ and $\\boxed{1}$."),
    row("cn_k12", "Then $2^3$ is ( )\n\nA: $6$\n\nB: $8$\n\nC: $9$\n\nD: $12$", "It is $\\boxed{B}$."),
    row(
        "amc_aime",
        "What is $1+1$?\n$\\textbf{(A)}\\ 1\\qquad\\textbf{(B)}\\ 2\\qquad\\textbf{(C)}\\ 3$",
        "$\\boxed{2}$",
    ),
    row("aops_forum", "Prove that $n^2 \\ge n$.", "Clear. $\\boxed{n^2 \\ge n}$"),
    row("olympiads", "(1) Find $a$. (2) Find $b$.", "$a = \\boxed{1}$. Then $b = \\boxed{2}$."),
    row("synthetic_math", "What is $1+2$?", "It is three."),
    row("synthetic_math", "", "$\\boxed{3}$"),
]


def test_answers_come_from_solutions_and_choices_from_questions(tmp_path: Path) -> None:
    path = parquet(tmp_path / "data" / "train-00000-of-00005.parquet", ROWS)
    problems, rejected = sorted_out(numina.problems(str(path)))
    assert [(p.answer, p.answer_kind, p.choices) for p in problems] == [
        ("0 , 1", "expression", ()),
        ("B", "choice", ("$6$", "$8$", "$9$", "$12$")),
        ("2", "number", ()),
    ]
    assert problems[1].question == "Then $2^3$ is ( )"
    assert rejected == {"asks_for_a_proof": 1, "several_answers": 1, "no_answer_in_solution": 1, "missing_field": 1}


def test_only_the_sources_named(tmp_path: Path) -> None:
    path = parquet(tmp_path / "train.parquet", ROWS)
    problems, rejected = sorted_out(numina.problems(str(path), sources=("cn_k12", "amc_aime")))
    assert [(p.id, p.meta["source"]) for p in problems] == [
        ("numina_cot/train/1", "cn_k12"),
        ("numina_cot/train/2", "amc_aime"),
    ]
    assert rejected == {"other_source": 5}
