"""What the solver's equations give does not depend on the clock, on how a process hashes, or on what it did before."""

import json
import os
import subprocess
import sys

import pytest
import sympy
from formalgeo.core import EquationKiller

from redstar_geo.geometry import equations
from redstar_geo.geometry.equations import _by_hand, _groups, _nearest, _preferred, _tangent
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.geometry.work import TooMuchWorkError, Work
from redstar_geo.sources import Rejected, formalgeo7k
from tests.paths import DOZEN

x, y, z = sympy.symbols("x y z", positive=True)
free = sympy.Symbol("free")
RAW = [json.loads(file.read_text()) for file in sorted((DOZEN / "problems").glob("*.json"))]
_PROOFS = """
import json, sys
from pathlib import Path
from redstar_geo.geometry.formal import FormalSolver
folder = Path(sys.argv[1])
solver = FormalSolver(folder / "gdl")
files = sorted((folder / "problems").glob("*.json"), reverse=sys.argv[2] == "back")
proofs = {file.name: solver.replay(json.loads(file.read_text())).to_json() for file in files}
print(json.dumps(proofs, sort_keys=True))
"""


def proofs(seed: str, order: str) -> str:
    command = [sys.executable, "-c", _PROOFS, str(DOZEN), order]
    return subprocess.run(command, env=os.environ | {"PYTHONHASHSEED": seed}, check=True, capture_output=True).stdout


def test_proofs_do_not_depend_on_hashing_nor_on_what_came_before() -> None:
    first = proofs("0", "forth")
    assert json.loads(first).keys() == {f"{raw['problem_id']}.json" for raw in RAW}
    assert proofs("7", "back") == first


def test_nothing_of_the_package_that_looks_at_the_clock_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: object) -> None:
        raise AssertionError("this one stops after two seconds")

    for name in ("solve", "solve_target", "solve_equations", "simplification_value_replace"):
        monkeypatch.setattr(EquationKiller, name, stopped)
    assert all(FormalSolver(DOZEN / "gdl").replay(raw).answer for raw in RAW)


def test_work_is_counted_and_ends_at_its_bound() -> None:
    def piece(calls: int) -> int:
        return sum((lambda i=i: i)() for i in range(calls))

    counts = []
    for _ in range(2):
        work = Work(1_000)
        assert work.bounded(lambda: piece(10), 100) == 45
        counts.append(1_000 - work.left)
    assert counts[0] == counts[1] > 10
    with pytest.raises(TooMuchWorkError):
        work.bounded(lambda: piece(200), 100)
    with pytest.raises(TooMuchWorkError):  # it says so whatever is caught on the way
        work.bounded(lambda: [_ignoring(lambda: piece(200)) for _ in range(3)], 100)
    with pytest.raises(TooMuchWorkError):
        Work(50).bounded(lambda: piece(60), 100)


def _ignoring(piece: object) -> None:
    try:
        piece()  # type: ignore[operator]
    except Exception:  # as sympy has it here and there
        return


def test_too_much_work_is_the_reason_and_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(equations, "_AT_FIRST", 10)
    monkeypatch.setattr(equations, "_AT_ONCE", 10)
    monkeypatch.setattr(equations, "_by_hand", lambda equation: None)
    with Library(None, DOZEN / "gdl") as library:
        problems = [each for each in formalgeo7k.problems(DOZEN) if not isinstance(each, Rejected)]
        reasons = set()
        for problem in problems:
            try:
                library.proof(problem)
            except ReplayError as error:
                reasons.add(error.reason)
        assert reasons == {"too_much_work"}
        monkeypatch.undo()
        with pytest.raises(ReplayError, match="too_much_work"):
            for problem in problems:
                library.proof(problem)


@pytest.mark.parametrize(
    "equation",
    [
        3 * x - 7,
        x + y - 10,
        x / 2 - 3 * y + 1,
        x + 5,
        2 * free + 5,
        x * sympy.sin(61 * sympy.pi / 180) - 32 * sympy.sin(29 * sympy.pi / 180),
        x**2 - 3 - sympy.cos(29 * sympy.pi / 90),
        5 * sympy.cos(sympy.pi * x / 180) - 1,
        5 * sympy.sin(sympy.pi * x / 180) - 2,
        4 * sympy.tan(sympy.pi * x / 180) - 3,
    ],
    ids=str,
)
def test_what_is_solved_by_hand_is_solved(equation: sympy.Expr) -> None:
    """Some of these take sympy minutes."""
    (found,) = _by_hand(equation) or [{}]
    if equation == x + 5:
        assert found == {}
        return
    ((symbol, value),) = found.items()
    assert symbol is free or sympy.N(value.subs(y, 2)) > 0
    assert abs(sympy.N(equation.subs(symbol, value).subs(y, 2))) < 1e-9


@pytest.mark.parametrize("equation", [x**2 + x - 6, x * y - 6, x + y + z - 1, sympy.sqrt(2) * x - 1, x**3 - 8], ids=str)
def test_what_sympy_does_well_is_left_to_it(equation: sympy.Expr) -> None:
    assert _by_hand(equation) is None


def test_a_sine_and_a_cosine_of_one_angle_are_its_tangent() -> None:
    angle = sympy.pi * x / 180
    symbol, value = _tangent(-4 * sympy.sin(angle) + 3 * sympy.sin(sympy.pi * (sympy.Rational(1, 2) - x / 180)))
    assert (symbol, value) == (x, 180 * sympy.atan(sympy.Rational(3, 4)) / sympy.pi)
    for other in (sympy.sin(angle) - 1, sympy.sin(angle) + sympy.cos(angle), x - 3, sympy.sin(angle) * x - 1):
        assert _tangent(other) is None


def test_of_two_solutions_the_positive_one_and_then_the_smaller_one_is_taken() -> None:
    assert _preferred({free: sympy.Integer(-2)}, {free: sympy.Integer(5)})[free] == 5
    assert _preferred({x: sympy.Integer(120)}, {x: sympy.Integer(60)})[x] == 60
    assert _preferred({x: y}, {x: sympy.Integer(60)})[x] == 60
    assert _preferred({x: sympy.Integer(3), y: sympy.Integer(1)}, {x: sympy.Integer(3)}) == {x: 3, y: 1}


def test_groups_hang_together_and_the_nearest_come_first() -> None:
    chain = [x + y - 1, z - 2, y - free]
    assert [len(group) for group in _groups(chain)] == [2, 1]
    assert _nearest(x - 3, chain) == [x - 3, x + y - 1, y - free]
