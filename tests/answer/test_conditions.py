"""What holds under a condition, or in one case of several, is no answer; what was concluded from them is."""

import pytest

from redstar_geo.answer import verify

CHOICES = ["7", "9", "11", "13"]
CASES = """当r=1时，面积为7；当r=2时，面积为9
当 r=1 时，结果是7；当 r=2 时，结果是9。
若r=1，则面积为7；若r=2，则面积为9
如果r=1，答案是7；如果r=2，答案是9
r=1时为7，r=2时为9
当r>0时为7，否则为9
若为锐角，则为7；若为钝角，则为9
若△ABC是锐角三角形，则答案为7，若是钝角三角形，则答案为9
如果r=1，\\boxed{7}；如果r=2，\\boxed{9}
答案取决于r，可能是7也可能是9
If r=1, the area is 7; if r=2, the area is 9.
If r = 1, then the answer is 7. If r = 2, then the answer is 9.
When r=1 the answer is 7; when r=2 the answer is 9.
When r=1 the answer is 7. When r=2 the answer is 9.
For r=1 the answer is 7, for r=2 the answer is 9.
In case 1, the answer is 7; in case 2, the answer is 9.
Case 1: r=1, answer: 7. Case 2: r=2, answer: 9.
If P is inside, the answer is 7. Otherwise, the answer is 9.
If r=1, \\boxed{7}; if r=2, \\boxed{9}.
The answer is 7 if r=1 and 9 if r=2.
It depends: 7 when x>0, 9 when x<0."""
CONDITIONS = """若图形是正方形，则选A
如果AB=CD，那么选A
如果条件成立，则答案是A
假设如此，则答案是A
要是r=1的话，答案是A
只有当AB=AC时，答案才是A
除非AB≠AC，否则选A
假定它是正方形，则选A
If the figure is a square, the answer is A.
If so, then choose A.
Assuming that is true, the answer is A.
Supposing the figure is to scale, the answer is A
Provided that AB = CD, the answer is A.
Unless AB = CD, the answer is A.
Were it a square, the answer would be A.
In that case the answer would be A.
the answer is A, if the figure is to scale"""
CONCLUDED = """If we assume AB = x, then x = 7. The answer is 7.
Suppose the radius is r. If r = 7 the equation holds, so the answer is 7.
If you have any questions, let me know. The answer is 7.
When x = 3, y = 7. Therefore, the answer is 7.
Even if we rotate it, the answer is 7.
x=7 if and only if the lines meet, so the answer is 7
Case 1: x = -7 is rejected. Case 2: x = 7 is valid. So the answer is 7.
Case 1 gives \\boxed{-7}, which is no length. So the answer is \\boxed{7}.
When n = 3, the value is 7
If r = 3, the area is 9 - 2 = 7.
即使r=2，答案也是7
解：设边长为x，若x>0，则x=7，所以答案是7。
当x=7时等式成立，所以答案是7。
当点P为中点时，PA+PB最小，最小值为7。
分两种情况：①若x>0，x=7；②若x<0，无解。故答案为7
若x=1，则不成立；若x=7，则成立。因此答案为7。"""


@pytest.mark.parametrize("text", CASES.splitlines())
def test_a_value_for_each_case_is_no_answer(text: str) -> None:
    assert {verify(gold, text).status for gold in ("7", "9")} == {"undecided"}


@pytest.mark.parametrize("text", CONDITIONS.splitlines())
def test_a_letter_under_a_condition_names_no_choice(text: str) -> None:
    assert {verify(gold, text, CHOICES).status for gold in ("A", "B", "7")} == {"undecided"}


@pytest.mark.parametrize("text", CONCLUDED.splitlines())
def test_what_is_concluded_counts(text: str) -> None:
    assert verify("7", text).status == "correct"
    assert (
        verify("A", text.replace("答案是7", "答案是A").replace("answer is 7", "answer is A"), CHOICES).status
        == "correct"
    )


def test_a_box_that_asks_declares_nothing() -> None:
    assert verify("7", "\\boxed{7?}").reason == "no_answer"
    assert verify("7", "\\boxed{\\text{about }7}").status == "correct"
