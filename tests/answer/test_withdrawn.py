"""Values and letters that a response rejects, crosses out, guesses or only lists are not its answer."""

import pytest

from redstar_geo.answer import verify

CHOICES = ["30°", "45°", "60°", "90°"]
REFUTED = """x = 5 is impossible
AB = 5 is impossible, no solution
x = 5 is extraneous
x=5 is rejected.
x = 5 leads to a contradiction
5 is incorrect
we reject x = 5
We discard 5.
5 is too large
I guess 5
x=5不成立
x=5不符合题意
x=5（舍去）
x=5(舍去)
x=5不合题意，舍去
x=5是增根
x = 5 (rejected)
x = 5 (not valid)
答案可能是5"""
KEPT = """x = -2 is rejected, so x = 5.
Since x = -2 is extraneous, x = 5.
x=-2（舍去），x=5
x₁=-2（舍去），x₂=5
解得x=5或x=-2（舍去）
x = 5 or x = -2 (rejected)
So x = 5, because x = -2 is impossible.
Tom had 9 - 4 = 5 incorrect answers."""
LISTED = r"""Options:\nA. 30°\nB. 45°\nC. 60°\nD. 90°
A. 30° - no\nB. 45° - no\nC. 60° - yes\nD. 90° - no
A: 30° ✗\nB: 45° ✗\nC: 60° ✓\nD: 90° ✗
- (A) 30°\n- (B) 45°\n- (C) 60°\n- (D) 90°"""
HIDDEN = """{"thought": "maybe \\\\boxed{5}"}
{"reasoning": "The answer is 5"
```json\\n{"thinking": "The answer is 5.", "answer": "6"}\\n```
<details type="reasoning" done="true">\\n<summary>Thought for 5 s</summary>\\n> \\boxed{5}\\n</details>\\nIt is six.
<details><summary>Thinking</summary>\\nThe answer is 5.\\n</details>
Thinking...\\nThe answer is 5.\\n...done thinking.\\n\\nAB is six."""


@pytest.mark.parametrize("text", REFUTED.splitlines())
def test_what_is_refuted_or_guessed_is_no_answer(text: str) -> None:
    assert verify("5", text).status == "undecided"


@pytest.mark.parametrize("text", KEPT.splitlines())
def test_what_stands_beside_a_rejected_value_counts(text: str) -> None:
    assert verify("5", text).status == "correct"


def test_a_value_and_its_support_and_a_next_value_are_not_told_apart() -> None:
    for text in ("AB = ±5, and since lengths are positive, AB = 5.", "x = 5 or x = -2; since x > 0, x = 5"):
        assert verify("5", text).status == "undecided"


@pytest.mark.parametrize("text", LISTED.splitlines())
def test_the_last_choice_of_a_list_of_all_is_no_answer(text: str) -> None:
    assert verify("D", text.replace("\\n", "\n"), CHOICES).status == "undecided"


@pytest.mark.parametrize("text", HIDDEN.splitlines())
def test_thoughts_under_a_key_or_folded_away_hold_no_answer(text: str) -> None:
    assert verify("5", text.replace("\\n", "\n")).status != "correct"


def test_a_choice_in_words_at_the_end_of_a_sentence() -> None:
    shapes = ["triangle", "square", "circle"]
    assert (
        verify("B", "It is a square.", shapes).status
        == verify("B", "这是一个正方形", ["圆", "正方形"]).status
        == "correct"
    )
    assert verify("B", "It is not a square.", shapes).status == "undecided"
    assert verify("A", "The longest side is AB.", ["AB", "BC", "AC"]).status == "correct"
    assert verify("B", "正确的是①③", ["①②", "①③"]).status == "correct"
