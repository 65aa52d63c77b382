"""Each checker accepts what is right in its sense and nothing else, whatever the size of an output."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redstar_geo.sandbox import checkers
from redstar_geo.sandbox.checkers import CheckerError, check
from redstar_geo.sandbox.tests import Case, Tests
from tests.growth import calls

HUGE = 100_000_000  # bytes


def accepts(checker, expected, output, **options):
    tests = Tests("stdin", (Case("", expected),), checker=checker, **options)
    return check(tests, tests.cases[0], output if isinstance(output, bytes) else output.encode())


def returns(expected, value, checker="exact", **options):
    tests = Tests("call", (Case("[]", json.dumps(expected)),), fn_name="f", checker=checker, **options)
    return check(tests, tests.cases[0], value if isinstance(value, bytes) else json.dumps(value).encode())


@pytest.mark.parametrize(
    ("checker", "expected", "right", "wrong"),
    [
        ("exact", "1 2\n3\n", ["1 2\n3", "1 2\n3\n"], ["1  2\n3\n", "1 2\n3 \n", "1 2\n3\n\n", ""]),
        ("tokens", "1 2\n3\n", ["1 2 3", "\n1\t2\r\n3   ", "1 2 3.0"], ["1 2", "1 2 3 4", "12 3", "", "1 3 2"]),
        ("tokens", "0.5", ["0.500000", ".5", "5e-1", "0.5000004", "+0.5"], ["0.50001", "1", "0.5 0", "nan", "half"]),
        ("tokens", "1000000000.5", ["1000000100"], ["1000002000"]),
        ("tokens", "7", ["7.0", "7.", "0.7e1"], ["7.0000001", "007", "+7", "7x", "07.0"]),
        ("tokens", "0011", ["0011"], ["11", "11.0", "0011.0"]),
        ("tokens", "10000000000000001", ["10000000000000001.0"], ["10000000000000000.0", "1e16"]),
        ("tokens", "1e-7", ["0.0000001", "1E-07"], ["0", "2e-7"]),
        ("tokens", "", ["", " \n"], ["0"]),
        ("tokens", "YES", ["YES"], ["Yes", "YES\0", "ＹＥＳ"]),
        ("yes_no", "YES\nno", ["Yes NO", "yes\nno\n"], ["Y n", "yes", "no yes"]),
        ("floats", "0.5 x", ["0.5000004 x", "5e-1 x", ".5 x", "+0.5 x"], ["0.50001 x", "0.5 y", "0.5", "nan x"]),
        ("floats", "1000000000.5", ["1000000100.0"], ["1000002000"]),
        ("floats", "7", ["7", "7.0000001", "007"], ["8", "6.99"]),
        ("floats", "10000000000", ["10000000000"], ["10000000001"]),
        ("floats", "nan inf", ["nan inf"], ["nan 1e999", "0 inf"]),
        ("any_order", "3 1\n1 2", ["1 1 2 3", "3\n2\n1\n1"], ["1 2 3", "1 1 1 2 3", "1 2 2 3", ""]),
        ("unordered_lines", "a b\nc\n", ["c\na  b", "\nc\n\na b\n"], ["a\nb c", "a b", "c\nb a", "a b\nc\nc"]),
    ],
)
def test_each_checker_draws_its_line(checker, expected, right, wrong):
    assert [output for output in right if not accepts(checker, expected, output)] == []
    assert [output for output in wrong if accepts(checker, expected, output)] == []


def test_tolerance_is_the_problems_own():
    assert accepts("floats", "0.5", "0.50005", tolerance=1e-4)
    assert not accepts("floats", "0.5", "0.50005")
    assert returns(0.5, 0.50005, tolerance=1e-4)
    assert not returns(0.5, 0.50005)


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1)), st.randoms())
def test_any_order_means_every_order_and_no_other_bag(tokens, rng):
    shuffled = tokens.copy()
    rng.shuffle(shuffled)
    assert accepts("any_order", " ".join(tokens), "\n".join(shuffled))
    assert not accepts("any_order", " ".join(tokens), " ".join([*shuffled, "x"]))


@given(st.lists(st.text("ab \n", max_size=6)), st.sampled_from(["exact", "tokens", "floats", "yes_no", "any_order"]))
def test_the_expected_output_is_always_right(parts, checker):
    text = "".join(parts)
    assert accepts(checker, text, text)


@pytest.mark.parametrize("output", [b"\xff\xfe", b"3 \x00", bytes(range(256)), b"9" * 5000, b"1e999999999"])
@pytest.mark.parametrize("checker", ["exact", "tokens", "floats", "yes_no", "any_order", "unordered_lines"])
def test_any_bytes_can_be_compared(checker, output):
    assert not accepts(checker, "3", output)


@pytest.mark.parametrize(
    ("expected", "right", "wrong"),
    [
        ([1, [2, "a"]], [[1, [2, "a"]], [1.0, [2.0, "a"]]], [[1, [2]], [1, 2, "a"], [[2, "a"], 1], None]),
        (3, [3, 3.0], [3.0000001, "3", [3], None]),
        (0.3, [0.1 + 0.2, 0.3000001], [0.31, "0.3", None, 10**400]),
        (2.0, [2, 2.0], [3]),
        (True, [True], [False, "true", None]),
        ("1", ["1"], [1, ["1"]]),
        (None, [None], [0, False, [], ""]),
        ({"a": 1.0}, [{"a": 1}], [{"a": 2}, {}, {"a": 1, "b": 2}, [["a", 1]]]),
        ([], [[]], [{}, None, [[]]]),
        (10**30, [10**30], [10**30 + 1, 1e30 + 1e15]),
    ],
)
def test_values_are_compared_by_value(expected, right, wrong):
    assert [value for value in right if not returns(expected, value)] == []
    assert [value for value in wrong if returns(expected, value)] == []


def test_values_in_any_order():
    assert returns([3, "a", 1.5, [1]], ["a", [1], 1.5, 3], "any_order")
    assert not returns([3, "a"], ["a", 4], "any_order")
    assert not returns([1, 1, 2], [1, 2, 2], "any_order")


@pytest.mark.parametrize("output", [b"", b"[", b"[" * 100_000, b"{" * 9, b"\xff", b"1" * 5000, b"1 2", b"exit()"])
def test_what_is_no_value_is_wrong(output):
    assert not returns([1], output)
    assert not returns([1], output, "any_order")


def test_a_checker_program_decides_and_its_failure_is_no_verdict():
    given = []

    def run(verdict):
        return lambda code, stdin: given.append((code, json.loads(b"".join(stdin)))) or verdict

    tests = Tests("stdin", (Case("5", "3 2"),), checker="program", checker_code="the program")
    assert check(tests, tests.cases[0], b"1 4", run("OK"))
    assert not check(tests, tests.cases[0], b"\xff", run("RE"))
    assert given[0] == ("the program", {"input": "5", "expected": "3 2", "output": "1 4"})
    for verdict in ("TLE", "MLE", "OLE", "CE", "SANDBOX_ERROR"):
        with pytest.raises(CheckerError, match=verdict):
            check(tests, tests.cases[0], b"1 4", run(verdict))
    with pytest.raises(CheckerError, match="sandbox"):
        check(tests, tests.cases[0], b"1 4")


@given(st.binary(max_size=40), st.integers(1, 9))
def test_a_checker_program_is_given_the_output_in_parts(output, part):
    tests = Tests("stdin", (Case("5", "3 2"),), checker="program", checker_code="")
    parts = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(checkers, "_PART", part)
        check(tests, tests.cases[0], output, lambda _, stdin: parts.extend(stdin) or "OK")
    whole = {"input": "5", "expected": "3 2", "output": output.decode(errors="replace")}
    assert json.loads(b"".join(parts)) == whole
    assert max(map(len, parts)) <= 48 + 6 * (part + 3)


def test_a_checker_program_is_not_given_an_endless_output():
    tests = Tests("stdin", (Case("5", "3 2"),), checker="program", checker_code="")
    assert not check(tests, tests.cases[0], bytes(HUGE), lambda *_: pytest.fail("it was read"))


@pytest.mark.parametrize("checker", ["exact", "tokens", "floats", "yes_no", "any_order", "unordered_lines"])
@pytest.mark.parametrize("output", [b"1 " * (HUGE // 2), b"\n" * HUGE, b"1" * HUGE], ids=["tokens", "blank", "digits"])
def test_an_endless_output_is_refused_at_once(checker, output):
    assert calls(lambda: accepts(checker, "1 2\n", output)) < 300
    assert not accepts(checker, "1 2\n", output)


def test_a_huge_expected_output_is_compared():
    rng = random.Random(7)
    expected = " ".join(str(rng.randrange(10)) for _ in range(20_000))
    expected = " ".join([expected] * 25)
    assert accepts("tokens", expected, expected + "\n")
    assert accepts("tokens", expected, expected.replace(" ", "\n"))
    assert accepts("any_order", expected, expected[::-1])
