"""Programs as models really write them: judged as the judges of the data sets would."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from redstar_geo.sandbox import Case, Limits, Tests, judge
from redstar_geo.sandbox.file import judge_file

ONE = Tests("stdin", (Case("1\n", "1\n"),))
WILD = Path(__file__).resolve().parents[3] / "shared" / "cases" / "wild_code.jsonl"


@pytest.mark.parametrize(
    "code",
    [
        *(f"print(input())\n{end}" for end in ("exit()", "quit()", "exit(0)", "quit(None)", "import sys; sys.exit()")),
        "def main():\n    print(input())\n    return exit()\nmain()\nprint('no')",
        "exit(print(input()))",
        "try:\n    print(input())\n    quit()\nexcept SystemExit:\n    pass",
        "import sys\nn = int(input())\nif n == 1: print(n); exit()\nprint(2)",
        "assert int(str(7 ** 20_000)) == 7 ** 20_000\nprint(input())",
        "import sys\nsys.set_int_max_str_digits(10**6)\nassert len(str(1 << 99_999)) > 4300\nprint(input())",
    ],
)
def test_a_program_may_end_as_it_likes_and_count_as_far(code: str) -> None:
    assert judge(code, ONE).verdict == "AC"


@pytest.mark.parametrize("size", [1 << 16, 1 << 25, 1 << 27, 1 << 29, 1 << 30, (1 << 31) - 1])
@pytest.mark.parametrize("memory_mib", [256, 1024])
def test_a_thread_may_ask_for_any_stack(size: int, memory_mib: int) -> None:
    code = f"""
import sys, threading
sys.setrecursionlimit(10**6)
threading.stack_size({size})
def deep(n): return n and 1 + deep(n - 1)
def main(): print(input() if deep(20_000) == 20_000 else 0)
thread = threading.Thread(target=main); thread.start(); thread.join()
"""
    assert judge(code, ONE, limits=Limits(memory_mib=memory_mib)).verdict == "AC"


@pytest.mark.parametrize("limits", ["(1 << 28, -1)", "(hard, hard)", "(1 << 29, 1 << 30)", "[0x10000000, -1]"])
def test_the_stack_may_be_raised(limits: str) -> None:
    code = "import resource\n_, hard = resource.getrlimit(resource.RLIMIT_STACK)\n"
    assert judge(f"{code}resource.setrlimit(resource.RLIMIT_STACK, {limits})\nprint(input())", ONE).verdict == "AC"


NEXT = Tests("call", (Case("[1]", "2"), Case("[-3]", "-2")), fn_name="f", checker="exact")
DEFINED = "def f(a):\n    return a + 1\n"
METHOD = "class Solution:\n    def f(self, a: int) -> int:\n        return a + 1\n"


@pytest.mark.parametrize(
    "main",
    [
        "if __name__ == '__main__':\n    print(f(int(input())))",
        "if __name__ == '__main__':\n    assert f(1) == 3",
        "if '__main__' == __name__:\n    while True: pass",
        "import unittest\nclass T(unittest.TestCase): pass\nif __name__ == '__main__': unittest.main()",
        "import unittest\nunittest.main()",
        "print(f(int(input())))",
        "import sys\nn, m = map(int, sys.stdin.readline().split())\nprint(f(n))",
        "import sys\nprint(f(int(sys.stdin.read().split()[0])))",
        "import argparse\nargparse.ArgumentParser().add_argument('n')\nprint(f(1))\nexit()",
        "import sys\nsys.exit(f(0))",
        "print(f(1)); raise SystemExit",
        "from dataclasses import dataclass\n@dataclass\nclass Point:\n    x: int\nPoint(1)",
        "import pickle\nclass A: pass\nassert type(pickle.loads(pickle.dumps(A()))) is A",
    ],
)
@pytest.mark.parametrize("program", [DEFINED, METHOD], ids=["function", "method"])
def test_the_main_block_of_a_function_is_not_its_problem(main: str, program: str) -> None:
    main = main if program is DEFINED else main.replace("f(", "Solution().f(")
    assert judge(f"{program}{main}\n", NEXT).verdict == "AC"


@pytest.mark.parametrize("code", ["print(int(input()))", "raise ValueError", "exit(1)", "1 / 0\n" + DEFINED])
def test_a_program_without_the_function_fails(code: str) -> None:
    assert judge(code, NEXT).verdict == "RE"


@pytest.mark.parametrize(
    ("value", "expected", "verdict"),
    [
        ("Decimal('0.3')", 0.3, "AC"),
        ("[Decimal('1.50'), Decimal(2), Fraction(4, 2), Fraction(1, 2)]", [1.5, 2, 2, 0.5], "AC"),
        ("Decimal('Infinity')", float("inf"), "AC"),
        ("Decimal('0.31')", 0.3, "WA"),
        ("{(1, 2): 3, None: Fraction(1, 4), 1: {2: (3,)}}", {"(1, 2)": 3, "null": 0.25, "1": {"2": [3]}}, "AC"),
        ("{(1, 2): 3}", {"(2, 1)": 3}, "WA"),
        ("[{Fraction(1, 2): b'ab'}]", [{"1/2": "ab"}], "AC"),
        ("(x for x in (1, 2))", [1, 2], "AC"),
        ("{1: 2}.items()", [[1, 2]], "AC"),
        ("object()", None, "RE"),
        ("{object: object}", None, "RE"),
    ],
)
def test_a_value_is_what_it_would_be_in_json(value: str, expected: object, verdict: str) -> None:
    tests = Tests("call", (Case("[]", json.dumps(expected)),), fn_name="f", checker="exact")
    assert judge(f"def f(): return {value}", tests).verdict == verdict


@pytest.mark.skipif(not WILD.is_file(), reason="the cases are not beside this checkout")
def test_the_cases_that_the_world_sends(tmp_path: Path) -> None:
    judge_file(WILD, tmp_path / "out.jsonl", workers=2)
    expected = [json.loads(line)["expected"] for line in WILD.read_text(encoding="utf-8").splitlines()]
    given = [json.loads(line)["verdict"] for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    agreed = sum(a == b for a, b in zip(expected, given, strict=True))
    assert agreed >= 0.95 * len(expected), f"{agreed} of {len(expected)}"
