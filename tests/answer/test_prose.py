"""Values among words: words that change a value leave the answer unread, words that name or count it do not."""

import pytest

from redstar_geo.answer import verify

CHANGED = r"""
    x is at least 5. | AB is at most equal to 5. | So x is greater than or equal to 5.
    x lies under 5. | So x must exceed 5. | \boxed{\text{Tom has 3 and Bob has 5}}
    \boxed{\text{Tom has 3 while Bob has 5}}
    So AB is the root of 5. | AB is root 5.
    So the angle is half of 5. | So the angle is half 5. | So AC is twice 5. | The answer is double 5.
    So it is a third of 5. | So the area is pi times 5. | The area is 3 times 5. | The answer is 5 squared.
    The answer is 5 plus 3 | The answer is 5 more than 3. | The answer is 5 less than AB.
    The answer is 5 to the power of 2. | The answer is 5 dozen | The answer is 5 and a half.
    The answer is 5 thirds. | The answer is 5 out of 6.
    \boxed{\text{the square of }5} | \boxed{\text{half of }5} | \boxed{\text{twice }5} | \boxed{the reciprocal of 5}
    \boxed{log of 5} | \boxed{multiples of 5} | \boxed{one over 5} | \boxed{5 dozen} | \boxed{5 out of 6}
    \boxed{5 base 7} | \boxed{5 base seven} | \boxed{5 factorial} | \boxed{5 choose 2} | \boxed{5\text{ mod }7}
    \boxed{5 \text{ to the power } 3} | \boxed{5 remainder 3} | \boxed{5\text{ to }3} | \boxed{1 to 5}
    \boxed{1 through 5} | \boxed{up to 5} | \boxed{odd numbers from 1 to 5} | \boxed{5 per 100}
    \boxed{any number but 5} | \boxed{anything other than 5} | \boxed{all x except 5} | \boxed{undefined at 5}
    \boxed{no solution for x=5} | \boxed{none, 5} | \boxed{5, undefined} | \boxed{5 or more} | \boxed{5 cm or more}
    \boxed{5 \text{ red}, 3 \text{ blue}} | \boxed{3 \text{ red}, 5 \text{ blue}}
    \boxed{\text{5 apples and 3 oranges}} | \boxed{5 \text{ if } x>0, 3 \text{ otherwise}}
    \boxed{5 \text{ with } x = 3} | \boxed{AB is 3, BC is 5} | \boxed{5 at most}
    There are 3 triangles and 5 squares. | It takes from 3 to 5. | if x=5 | So it might be 5.
    \boxed{3 apples and half of 5} | <answer>the sum of 3 and twice 5</answer> | So 5 is not the length of AB.
    答案是5的平方 | 答案是5的2倍 | 答案是5的一半 | 因此AB的长是5的一半。 | 因此面积是5的平方。 | \boxed{5个半}
    \boxed{5点半} | \boxed{5成} | \boxed{5折} | \boxed{5的倍数} | \boxed{第5} | \boxed{不是5} | \boxed{5以上}
    \boxed{5多} | \boxed{5倍根号2}
"""
READ = [
    ("-5", "The answer is negative 5."),
    ("-5", "So x is minus 5."),
    ("-5", "\\boxed{negative 5}"),
    ("-\\sqrt{5}", "\\boxed{\\text{negative }\\sqrt5}"),
    ("5000000", "\\boxed{5\\text{ million}}"),
    ("5000000", "The answer is 5 million dollars."),
    ("5 million", "\\boxed{5,000,000}"),
    ("300000", "\\boxed{3 hundred thousand}"),
    ("1500", "It costs 1.5 thousand."),
    ("50000", "\\boxed{5万}"),
    ("50000", "答案是5万元。"),
    ("5000", "\\boxed{5千}"),
    ("500000000", "\\boxed{5亿}"),
    ("17/3", "\\boxed{五又三分之二}"),
    ("17/3", "\\boxed{5又3分之2}"),
    ("√5", "So AB is the square root of 5."),
    ("√5", "\\boxed{square root of 5}"),
    ("\\sqrt[3]{5}", "Hence AB equals the cube root of 5."),
    ("2√3", "The answer is 2 times the square root of 3."),
    ("75", "He needs to make 15 x 5 = 75 stars."),
]
KEPT = r"""
    Thus, the distance between A and B is 5 km. | The least possible value is 5. | They will meet after 5 hours.
    A rectangle with side 4 has width 5. | \boxed{5 \text{ sq. units}} | \boxed{5\text{ (units)}}
    答案：5（平方厘米） | 答：一共有5个。 | Dividing 10 by 2 gives 5.
    The answer is 5 cm. | \boxed{5 \text{ square units}} | there are 5 apples | AB = 5 | the angle is 5 degrees
    答案是5厘米 | \boxed{5 apples} | \boxed{\text{5 apples}} | \boxed{5\text{ red marbles}}
    \boxed{\text{The area is }5\text{ cm}^2} | \boxed{\text{length of }AB = 5} | \boxed{a total of 5}
    \boxed{exactly 5 cm} | \boxed{5 \text{ more fish}} | \boxed{$5} | \boxed{\text{The cost of 2 pans is }5}
    <answer>The largest side is 5.</answer> | <answer>5 hours a week</answer> | The answer is 5 more kilograms.
    The answer is 5, because 2 + 3 = 5. | The answer is 5 since 7 is too large. | Thus, the area of the square is 5.
    So the positive root is 5. | Therefore half of the angle is 5. | Hence x equals 5. | The value simplifies to 5.
    So it adds up to 5. | So she has an average of 5 points. | So it comes to a total of 5.
    So the third side has length 5. | When n = 3, the value is 5. | 5 is the length of AB.
    Thus, Gail would have 15 - 10 = 5 more fish in the first tank. | She can do it in 5 hours.
    That makes ∠DBC = 5°. | The number of cups left after 3 days is 5. | The winner turned 5 of them because 5 > 4.
    It's 5. | That's $5$. | The base is twice the height, so the height is 5. | Of the 12 students 2 + 3 = 5 stay.
    So there are 5 apples left. | The length of AB is 5 cm. This matches the figure. | So Bob's age is 5.
    So AB is 5 (as required). | AB is **5**. | 综上，x的值为5。 | 因此∠ABC的度数为5°。 | 所以需要5厘米的铁丝。
    共有5个苹果。 | 得到x=5。 | 因此AB的长为5。 | 小明今年5岁。
"""


def _table(text: str) -> list[str]:
    return [cell.strip() for line in text.strip().splitlines() for cell in line.split(" | ")]


@pytest.mark.parametrize("response", _table(CHANGED))
def test_a_value_that_words_change_is_not_read(response: str) -> None:
    assert verify("5", response).status == "undecided"


@pytest.mark.parametrize("response", _table(KEPT))
def test_a_value_that_words_name_or_count_is_read(response: str) -> None:
    assert verify("5", response).status == "correct"
    assert verify("7", response).status == "wrong"


@pytest.mark.parametrize(("gold", "response"), READ)
def test_words_for_signs_and_scales_are_read(gold: str, response: str) -> None:
    assert verify(gold, response).status == "correct"
    assert verify("5", response).status == "wrong"


def test_a_last_sentence_that_is_not_read_does_not_make_the_one_before_the_answer() -> None:
    assert verify("5", "So AB is 3 long.\nTherefore BC is half of 10.").status == "undecided"
    assert verify("3", "So AB is 3 long.\nTherefore BC is half of 10.").status == "undecided"
    assert verify("3", "So AB is 3 long.\nThis is what was asked for.").status == "correct"
