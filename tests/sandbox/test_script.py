"""A script of tests decides alone: what it uses is its own, and of the program it has the one function."""

from __future__ import annotations

import pytest

from redstar_geo.sandbox import Tests, judge

ROOT = """
import math
def poly(coefficients, x):
    return sum(c * math.pow(x, i) for i, c in enumerate(coefficients))
def check(candidate):
    for coefficients in ([1, 2], [-6, 11, -6, 1], [3, -4, 1]):
        assert abs(poly(coefficients, candidate(coefficients))) < 1e-4
    assert isclose(candidate([1, 2]), -0.5)
    assert all(map(lambda c: candidate([c, 1]) == -c, [1, 2, 3]))
    assert len([candidate([1, 1])]) == 1 and max(candidate([2, 1]), -9) == -2
"""
NEWTON = """
def root(coefficients):
    x = 0.0
    for _ in range(200):
        f = sum(c * x ** i for i, c in enumerate(coefficients))
        d = sum(i * c * x ** (i - 1) for i, c in enumerate(coefficients) if i)
        x -= f / d
    return round(x) if abs(x - round(x)) < 1e-9 else x
"""
FOOLED = {
    "the tests' helper": "def poly(coefficients, x): return 0",
    "the comparison": "def isclose(*_, **__): return True\ndef abs(_): return 0",
    "the comparison of math": "import math\nmath.isclose = math.pow = lambda *_, **__: 0",
    "the builtins": "import builtins\nbuiltins.abs = builtins.len = lambda _: 0\nbuiltins.all = lambda _: True",
    "the tests themselves": "def check(candidate): pass",
    "an end that counts as none": "class End(StopIteration): pass\ndef root(_): raise End",
    "the end of a loop": "def root(_): raise StopIteration",
    "the end of a loop that waits": "def root(_): raise StopAsyncIteration",
    "leaving": "def root(_): raise SystemExit(0)",
    "leaving the hard way": "import os\ndef root(_): os._exit(0)",
    "leaving at once": "import os\nos._exit(0)",
    "leaving at the end": "import atexit, os\natexit.register(os._exit, 0)",
    "a skipped test": "import unittest\ndef root(_): raise unittest.SkipTest('enough')",
    "a patched unittest": "import unittest\nunittest.TestCase.fail = lambda *_: None\nimport sys\nsys.exit(0)",
    "an equal of everything": "class Any(float):\n    __eq__ = __lt__ = lambda *_: True\ndef root(_): return Any(7)",
    "an equal of everything that is no number": "class Any:\n    __eq__ = lambda *_: True\ndef root(_): return Any()",
    "a hook on assert": "import sys\nsys.settrace(lambda f, *_: f.f_globals.update(AssertionError=StopIteration))",
    "a hook on errors": "import sys\nsys.excepthook = lambda *_: None\nsys.unraisablehook = lambda *_: None",
    "the frames of the tests": "import gc\ndef root(_): return [f for f in gc.get_objects() if 'check' in str(f)][0]",
    "the ending of the tests' process": "import os, signal\nfor s in range(1, 65):\n    try: os.kill(os.getppid(), s)\n"
    "    except (OSError, ValueError): pass",
    "the answers in advance": "import os\nfor n in range(3, 64):\n    try: os.write(n, b'{\"value\": -1}\\n' * 99)\n"
    "    except OSError: pass",
    "the descriptors of the judge": "import os\nfor n in range(64):\n    try: os.write(n, b'{\"exit\": 0}')\n"
    "    except OSError: pass",
    "threads": "import threading, os\nthreading.Timer(0.0, os._exit, (0,)).start()\nimport time\ntime.sleep(0.05)",
    "no function at all": "",
}  # fmt: skip


def verdict(code: str, script: str = ROOT, name: str = "root") -> str:
    return judge(code, Tests("script", fn_name=name, script=script)).verdict


@pytest.mark.parametrize("trick", FOOLED)
def test_no_trick_makes_a_wrong_function_right(trick: str) -> None:
    wrong = "" if trick == "no function at all" else "def root(_): return 0\n"
    assert verdict(wrong + FOOLED[trick]) in {"WA", "RE"}


@pytest.mark.parametrize("name", ["check", "poly", "isclose", "len", "math", "candidate", "main", "solution", "all"])
def test_a_right_function_may_have_helpers_of_any_name(name: str) -> None:
    assert verdict(f"{NEWTON}\ndef {name}(*_): return 'mine'") == "AC"


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("def check(candidate): assert candidate([1, 2]) == helper(3)", "helper"),
        ("import numpy\ndef check(candidate): assert candidate([1, 2]) == -0.5", "numpy"),
        ("def check(candidate) assert", "SyntaxError"),
    ],
)
def test_tests_that_cannot_run_decide_nothing(script: str, reason: str) -> None:
    judgement = judge(NEWTON + "\ndef helper(_): return -0.5", Tests("script", fn_name="root", script=script))
    assert judgement.verdict == "SANDBOX_ERROR" and reason in judgement.reason


def test_a_program_cannot_make_its_tests_undecided() -> None:
    script = "def check(candidate):\n    try: x = candidate(1)\n    except ValueError: pass\n    assert x == 2"
    for code in (
        "raise ValueError",
        "raise NameError('x')",
        "raise ImportError",
        "raise SyntaxError",
        "import nothing",
    ):
        assert verdict(f"def root(_): {code}", script) == "RE"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Decimal('0.1')", "Decimal('0.1')"),
        ("Fraction(1, 3)", "Fraction(1, 3)"),
        ("{(1, 2): {3: 'x'}, None: 1.5}", "{(1, 2): {3: 'x'}, None: 1.5}"),
        ("range(3, 9, 2)", "range(3, 9, 2)"),
        ("Counter('aab')", "{'a': 2, 'b': 1}"),
        ("7 ** 9000", "7 ** 9000"),
        ("frozenset({(1,), b'x'})", "frozenset({(1,), b'x'})"),
    ],
)
def test_values_come_back_as_what_they_are(value: str, expected: str) -> None:
    script = f"def check(candidate):\n    assert candidate() == {expected} and candidate({value}) == {expected}"
    assert verdict(f"def root(x=None): return {value} if x is None else x", script) == "AC"


def test_an_iterator_can_be_iterated() -> None:
    script = "def check(candidate):\n    assert list(candidate(4)) == [0, 1, 4, 9] and next(candidate(4)) == 0"
    assert verdict("def root(n):\n    yield from (i * i for i in range(n))", script) == "AC"
    assert verdict("def root(n): return map(lambda i: i * i, range(n))", script) == "AC"
