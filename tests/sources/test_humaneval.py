from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.sandbox import judge
from redstar_geo.sandbox.tests import parse
from redstar_geo.sources import humaneval
from tests.sources.small import parquet, sorted_out

ROW = {
    "task_id": "HumanEval/0",
    "prompt": '\ndef twice(n: int) -> int:\n    """Double n.\n    >>> twice(2)\n    4\n    """\n',
    "canonical_solution": "    return 2 * n\n",
    "test": "\n\ndef check(candidate):\n    assert candidate(3) == 6\n",
    "entry_point": "twice",
}


def test_the_test_stays_a_program_and_the_solution_passes_it(tmp_path: Path) -> None:
    path = parquet(tmp_path / "openai_humaneval" / "test-00000-of-00001.parquet", [ROW])
    ((problem,), reasons) = sorted_out(humaneval.problems(str(path)))
    assert not reasons and (problem.id, problem.meta["task_id"]) == ("humaneval/test/0", "HumanEval/0")
    assert problem.tests is not None
    tests = parse(problem.tests)
    assert (tests.kind, tests.fn_name, tests.cases) == ("script", "twice", ())
    assert tests.script == ROW["test"].strip() and problem.question == ROW["prompt"].strip()
    (solution,) = problem.meta["solutions"]
    compile(solution, "solution", "exec")
    assert solution.endswith('    """\n    return 2 * n\n')


def test_the_tests_use_the_helpers_of_the_prompt_and_not_the_programs(tmp_path: Path) -> None:
    prompt = "import math\n\ndef poly(xs, x):\n    return sum(c * math.pow(x, i) for i, c in enumerate(xs))\n\n\n"
    prompt += 'def root(xs):\n    """A zero of poly."""\n'
    test = "def check(candidate):\n    assert abs(poly([1, 2], candidate([1, 2]))) < 1e-4\n"
    row = ROW | {"prompt": prompt, "canonical_solution": "    return -xs[0] / xs[1]\n", "test": test}
    path = parquet(tmp_path / "test.parquet", [row | {"entry_point": "root"}])
    ((problem,), _) = sorted_out(humaneval.problems(str(path)))
    assert problem.tests is not None
    (solution,) = problem.meta["solutions"]
    assert judge(solution, parse(problem.tests)).verdict == "AC"
    fooling = "def poly(*_): return 0\ndef root(_): return 0"
    assert judge(fooling, parse(problem.tests)).verdict == "WA"


def test_what_is_empty_is_counted_and_missing_columns_are_named(tmp_path: Path) -> None:
    path = parquet(tmp_path / "test.parquet", [ROW | {"test": ""}, ROW | {"entry_point": None}])
    assert sorted_out(humaneval.problems(str(path)))[1] == {"missing_field": 2}
    few = parquet(tmp_path / "few.parquet", [{key: ROW[key] for key in ("task_id", "prompt", "test")}])
    with pytest.raises(InputError, match="lacks canonical_solution, entry_point"):
        list(humaneval.problems(str(few)))
