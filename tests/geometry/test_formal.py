import json
from pathlib import Path

import pytest
import sympy

from redstar_geo.errors import InputError
from redstar_geo.geometry import cdl
from redstar_geo.geometry.formal import FormalSolver, ReplayError
from redstar_geo.geometry.proof import Proof, Solve, Step
from redstar_geo.geometry.replay import _number
from tests.paths import DOZEN


@pytest.fixture(scope="module")
def solver() -> FormalSolver:
    return FormalSolver(DOZEN / "gdl")


def problem(number: int) -> dict:
    return json.loads((DOZEN / "problems" / f"{number}.json").read_text())


def problems() -> list[dict]:
    return [json.loads(file.read_text()) for file in sorted((DOZEN / "problems").glob("*.json"))]


def test_replay_reaches_the_gold_answer(solver: FormalSolver) -> None:
    check_answers(solver, problems())


def check_answers(solver: FormalSolver, problems: list[dict]) -> None:
    for raw in problems:
        proof = solver.replay(raw)
        gap = sympy.N(cdl.value(proof.answer) - cdl.value(raw["problem_answer"]))
        assert abs(gap) < 1e-3, raw["problem_id"]
        last = proof.moves[-1]
        assert isinstance(last, Solve) and last.unknown == proof.goal


def check_values(proof: Proof) -> int:
    """Every solved value satisfies the equations it is said to follow from; returns how many were checked."""
    checked = 0
    values = {
        cdl.parse(m.unknown): cdl.value(m.value) for m in proof.moves if isinstance(m, Solve) and "(" in m.unknown
    }
    for move in proof.moves:
        if isinstance(move, Solve):
            known = values | {cdl.parse(name): cdl.value(number) for name, number in move.known}
            for equation in move.equations:
                rest = cdl.to_sympy(cdl.parse(equation), known)
                if not rest.free_symbols:
                    assert abs(sympy.N(rest)) < 1e-6, (move, equation)
                    checked += 1
    return checked


def test_every_solved_value_satisfies_its_equations(solver: FormalSolver) -> None:
    assert sum(check_values(solver.replay(raw)) for raw in problems()) > 25


def test_all_derived_values_are_exported(solver: FormalSolver) -> None:
    proof, values = solver.replay_with_values(problem(1293))
    assert values[proof.goal] == proof.answer
    assert values.items() >= {m.unknown: m.value for m in proof.moves if isinstance(m, Solve)}.items()


def test_a_goal_that_is_known_under_another_name_is_not_worked_out_twice(solver: FormalSolver) -> None:
    raw = problem(3156)
    raw["text_cdl"].append("Equal(MeasureOfAngle(BCD),2*y)")
    *before, last = solver.replay(raw).solves
    assert last == Solve(
        "MeasureOfAngle(BCO)",
        "25",
        ("Equal(MeasureOfAngle(BCO),MeasureOfAngle(BCD))",),
        (("MeasureOfAngle(BCD)", "25"),),
    )
    assert "MeasureOfAngle(BCD)" in {move.unknown for move in before}


def test_dead_ends_were_really_tried(solver: FormalSolver) -> None:
    dead = [
        move for raw in problems() for move in solver.replay(raw).moves if isinstance(move, Step) and not move.needed
    ]
    assert dead
    assert all(move.premises for move in dead if not move.conclusions)


def test_the_same_problem_gives_the_same_proof(solver: FormalSolver) -> None:
    assert (
        solver.replay(problem(1293))
        == solver.replay(problem(1293))
        == FormalSolver(DOZEN / "gdl").replay(problem(1293))
    )


def test_text_that_the_solver_would_run_is_refused(solver: FormalSolver, tmp_path: Path) -> None:
    owned = tmp_path / "owned"
    payload = f"open('{owned}','w')"
    for key, value in [
        ("problem_answer", payload),
        ("problem_answer", "exit(1)"),
        ("problem_answer", "9**9**9**9"),
        ("goal_cdl", f"Value({payload})"),
        ("text_cdl", [f"Equal(LengthOfLine(QY),{payload})"]),
        ("text_cdl", ["Equal(LengthOfLine(QY),breakpoint(x))"]),
        ("construction_cdl", [f"Shape({payload})"]),
        ("theorem_seqs", [f"line_addition(1,{payload})"]),
    ]:
        with pytest.raises(ReplayError, match="bad_statement"):
            solver.replay(problem(1293) | {key: value})
    assert not owned.exists()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"problem_answer": "5"}, "wrong_value"),
        ({"theorem_seqs": []}, "goal_not_reached"),
        ({"theorem_seqs": ["no_such_theorem(1,ABC)"]}, "unknown_theorem"),
        ({"theorem_seqs": ["line_addition(7,AB,BC)"]}, "unknown_theorem"),
        ({"text_cdl": None}, "bad_statement"),
    ],
)
def test_failures_have_a_reason(solver: FormalSolver, change: dict, reason: str) -> None:
    with pytest.raises(ReplayError) as error:
        solver.replay(problem(1293) | change)
    assert error.value.reason == reason


def test_missing_theorem_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="gdl"):
        FormalSolver(tmp_path)


def test_a_strangers_theorem_file_is_refused(tmp_path: Path) -> None:
    for name in ("predicate_GDL.json", "theorem_GDL.json"):
        (tmp_path / name).write_text((DOZEN / "gdl" / name).read_text())
    rules = json.loads((tmp_path / "theorem_GDL.json").read_text())
    rules["flat_angle(ABC)"]["1"]["conclusion"] = ["Equal(MeasureOfAngle(ABC),exit(1))"]
    (tmp_path / "theorem_GDL.json").write_text(json.dumps(rules))
    with pytest.raises(InputError, match="theorem_GDL"):
        FormalSolver(tmp_path)


@pytest.mark.parametrize(
    ("tangled", "plain"),
    [
        (
            sympy.sin(sympy.pi * (sympy.Rational(1, 2) - sympy.asin(sympy.Rational(4, 5)) / sympy.pi), evaluate=False),
            "3/5",
        ),
        (
            sympy.sin(sympy.pi * (sympy.acos(sympy.Rational(3, 5)) / sympy.pi + sympy.Rational(1, 3))),
            "2/5+3*sqrt(3)/10",
        ),
        (180 * sympy.acos(sympy.Rational(3, 5)) / sympy.pi, "180*acos(3/5)/pi"),
    ],
)
def test_a_value_is_written_without_functions_of_arcs(tangled: sympy.Expr, plain: str) -> None:
    assert _number(tangled) == plain
