"""Texts made to hang, crash or fool: each has a verdict; `python -m tests.bench.answer_fuzz` has more."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redstar_geo.answer import verify
from tests.answer.adversarial import adversarial

PAYLOADS = [
    "__import__('os').system('touch fooled')",
    "exit(1)",
    "(lambda: 1)()",
    "9**9**9**9**9",
    "((((9^16)^16)^16)^16)^16",
]


@pytest.mark.parametrize("payload", PAYLOADS)
def test_nothing_is_executed(payload: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for response in (payload, f"\\boxed{{{payload}}}", f"{payload} or 5", f"The answer is {payload}"):
        assert verify("5", response).status != "correct"
    assert verify(payload, "\\boxed{5}").status != "correct"
    assert not list(tmp_path.iterdir())


def test_two_thousand_adversarial_texts_have_a_verdict() -> None:
    for family, text in adversarial(2_000, seed=1):
        assert verify("5√3", text).status in ("wrong", "undecided"), (family, text[:80])
        assert verify(text, "\\boxed{5√3}").status in ("wrong", "undecided"), (family, text[:80])


@settings(deadline=None)
@given(st.text(max_size=200), st.text(max_size=60))
def test_any_input_has_a_verdict(response: str, gold: str) -> None:
    for text in (response, f"\\boxed{{{response}}}"):
        assert verify(gold, text).status in ("correct", "wrong", "undecided")
        assert verify(gold, text, choices=(gold, response, "5")).status in ("correct", "wrong", "undecided")
