import base64
import contextlib
import json
import os
import pickle
import zlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redstar_geo.errors import InputError
from redstar_geo.sandbox.tests import parse
from redstar_geo.sources import livecodebench
from redstar_geo.sources.packed_text import PackedTextError, pickled_text, unpacked
from tests.sources.small import jsonl, sorted_out

PUBLIC = [{"input": "1 2\n", "output": "3\n", "testtype": "stdin"}]
PRIVATE = [{"input": "5 5\n", "output": "10\n", "testtype": "stdin"}]
CALLS = [{"input": '[3, 1]\n"a\u2028b"', "output": "[1, 3]", "testtype": "functional"}]


def pack(value: Any) -> str:
    return base64.b64encode(zlib.compress(pickle.dumps(value))).decode()


def row(**changes: Any) -> dict[str, Any]:
    return {
        "question_title": "Sum",
        "question_content": "Add two numbers.",
        "platform": "atcoder",
        "question_id": "abc_a",
        "contest_id": "abc",
        "contest_date": "2024-01-06T00:00:00",
        "starter_code": "",
        "difficulty": "easy",
        "public_test_cases": json.dumps(PUBLIC),
        "private_test_cases": pack(json.dumps(PRIVATE)),
        "metadata": "{}",
    } | changes


def read(tmp_path: Path, *rows: Any) -> tuple:
    return sorted_out(livecodebench.problems(str(jsonl(tmp_path / "test.jsonl", rows))))


def test_public_and_private_tests_are_joined(tmp_path: Path) -> None:
    ((first, second), reasons) = read(tmp_path, row(), row(private_test_cases=json.dumps(PRIVATE)))
    assert not reasons and first.tests == second.tests
    assert [case.expected for case in parse(first.tests).cases] == ["3\n", "10\n"]
    assert (first.id, first.split, first.question) == ("livecodebench/test/0", "test", "Add two numbers.")
    assert first.meta["contest_date"] == "2024-01-06T00:00:00" and first.meta["difficulty"] == "easy"


def test_functions_get_an_argument_a_line(tmp_path: Path) -> None:
    cases, private = json.dumps(CALLS), pack(json.dumps(CALLS * 2))
    starter = "class Solution:\n    def order(self, a, b):\n"
    whole = row(public_test_cases=cases, private_test_cases=private, metadata='{"func_name": "order"}')
    ((problem,), _) = read(tmp_path, whole | {"starter_code": starter})
    found = json.loads(problem.tests)
    assert (found["kind"], found["fn_name"], len(found["cases"])) == ("call", "order", 3)
    assert found["cases"][0] == {"input": [[3, 1], "a\u2028b"], "expected": [1, 3]}
    assert problem.meta["starter_code"] == starter


class Hostile:
    def __reduce__(self) -> tuple:
        return os.mkdir, ("was_here",)


def test_a_pickle_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _, reasons = read(tmp_path, row(private_test_cases=pack(Hostile())), row(private_test_cases=pack(PRIVATE)))
    assert reasons == {"bad_tests": 2}
    assert not (tmp_path / "was_here").exists()


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, pickle.HIGHEST_PROTOCOL))
def test_every_protocol_gives_the_string_back(text: str, protocol: int) -> None:
    assert pickled_text(pickle.dumps(text, protocol)) == text


@pytest.mark.parametrize("length", [255, 256, 65_535, 65_536, 3_000_000])
def test_long_strings(length: int) -> None:
    text = "é" + "x" * (length - 2)
    assert unpacked(pack(text)) == text


@pytest.mark.parametrize("value", [None, 5, b"text", ["text"], ("text",), {"text": 1}, Hostile()])
def test_nothing_but_a_string_is_accepted(value: Any) -> None:
    with pytest.raises(PackedTextError):
        unpacked(pack(value))


def test_a_string_that_becomes_something_else_is_refused() -> None:
    plain = pickle.dumps("[]", 2)
    bare = b"\x80\x02X\x02\x00\x00\x00[]"
    assert pickled_text(bare + b".") == "[]"
    for data in (
        bare + b"\x85.",
        bare + b"0.",
        b"",
        plain[:-1],
        plain + b"cos\nsystem\n.",
        plain[:-1] + b"0" + plain[2:],
        b"cos\nsystem\n.",
        b"\xff",
    ):
        with pytest.raises(PackedTextError):
            pickled_text(data)


@given(st.binary(max_size=60))
def test_any_bytes_are_a_string_or_refused(data: bytes) -> None:
    with contextlib.suppress(PackedTextError):
        assert isinstance(pickled_text(data), str)


def test_a_bomb_and_a_torn_archive_are_refused() -> None:
    packed = pack("0" * 10_000)
    assert len(unpacked(packed)) == 10_000
    for broken, largest in ((packed, 9_999), (packed[:-8], 1 << 20), ("%" + packed, 1 << 20), ("é", 1 << 20)):
        with pytest.raises(PackedTextError):
            unpacked(broken, largest)


def test_what_cannot_be_judged_is_counted(tmp_path: Path) -> None:
    mixed = json.dumps(PUBLIC + CALLS)
    calls = {"public_test_cases": json.dumps(CALLS), "private_test_cases": "[]"}
    blank = json.dumps([{"input": "", "output": "1", "testtype": "functional"}])
    _, reasons = read(
        tmp_path,
        row(public_test_cases="[]", private_test_cases=""),
        row(public_test_cases=mixed),
        row(public_test_cases='["a"]'),
        row(public_test_cases='{"a": 1}'),
        row(private_test_cases="not packed"),
        row(private_test_cases=pack('[{"input"')),
        row(**calls),
        row(**calls | {"public_test_cases": blank, "metadata": '{"func_name": "f"}'}),
        row(metadata="{"),
        row(question_content=None),
    )
    assert reasons == {"no_tests": 1, "bad_tests": 7, "bad_metadata": 1, "missing_field": 1}


def test_a_release_is_its_files(tmp_path: Path) -> None:
    for number, name in enumerate(("test.jsonl", "test2.jsonl")):
        jsonl(tmp_path / name, [row(question_id=str(number))])
    problems, _ = sorted_out(livecodebench.problems(str(tmp_path), "release_v2"))
    assert [problem.id for problem in problems] == ["livecodebench/test/0", "livecodebench/test2/0"]
    assert len(list(livecodebench.problems(str(tmp_path), "release_v1"))) == 1
    with pytest.raises(InputError, match=r"test3\.jsonl, test4\.jsonl"):
        list(livecodebench.problems(str(tmp_path)))
    with pytest.raises(InputError, match="release_v6"):
        list(livecodebench.problems(str(tmp_path), "train"))
    with pytest.raises(InputError, match="hf download livecodebench"):
        list(livecodebench.problems(None))
    few = {key: value for key, value in row().items() if key != "metadata"}
    with pytest.raises(InputError, match="lacks metadata"):
        list(livecodebench.problems(str(jsonl(tmp_path / "few.jsonl", [few]))))
