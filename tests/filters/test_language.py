"""The language asked for, throughout; names, quotes, formulas and code are in no language."""

import pytest

from redstar_geo.filters.language import MIXED, OTHER, check_language
from redstar_geo.filters.rejection import Asked
from redstar_geo.records import Trace

EN = (
    "The two sides that meet at the apex are equal, so the angles at the base are equal too, and their sum is known."
    " From this we can find each of them and then the angle that the bisector makes with the opposite side."
)
ZH = (
    "两条腰相等，所以底角相等，它们的和也是已知的。由此可以求出每一个底角，再求出角平分线与对边所成的角。"
    "检查一遍，没有问题。"
)
ES = (
    "Los dos lados que se encuentran en el vértice son iguales, así que los ángulos de la base también lo son."
    " De aquí podemos hallar cada uno de ellos y después el ángulo que forma la bisectriz con el lado opuesto."
)
RU = (
    "Две стороны, выходящие из вершины, равны, поэтому углы при основании равны, а их сумма известна из условия задачи."
)
TEXTS = {"en": EN, "zh": ZH, "es": ES, "ru": RU}


def reason(reasoning: str, language: str, response: str = "\\boxed{5}", question: str = "") -> str | None:
    found = next(check_language(Trace("", 0, "", "", reasoning, response, "stop"), Asked(question, language)), None)
    return found.reason if found else None


@pytest.mark.parametrize("asked", TEXTS)
@pytest.mark.parametrize("written", TEXTS)
def test_the_language_asked_for_is_kept_and_every_other_is_not(asked: str, written: str) -> None:
    assert (reason(TEXTS[written] * 3, asked) is None) == (asked == written)


def test_a_response_in_another_language_is_found() -> None:
    assert reason(EN * 3, "en", ES) == OTHER
    assert reason(ZH * 3, "zh", EN) == OTHER


def test_a_clause_in_another_script_is_found_anywhere() -> None:
    for before in (0, 1, 10, 40):
        assert reason(EN * before + " 因此面积等于二十四。 " + EN * 20, "en") == MIXED
    assert reason(EN * 3 + " We 需要 the area, 然后 halve it, 所以 it is five.", "en") == MIXED
    assert reason(EN * 3 + " и поэтому площадь этого треугольника также равна двенадцати " + EN * 3, "en") == MIXED


def test_english_words_in_a_chinese_text_are_found() -> None:
    assert reason(ZH * 4 + "Then we know that the angle is 40°, so it must be isosceles. " + ZH * 4, "zh") == MIXED
    assert reason(ZH * 4 + "由sin α与BE = 3得AB = 5，令dp[left]为max。" + ZH * 4, "zh") is None


@pytest.mark.parametrize(
    "aside",
    [
        " This is in the book of Sunzi (孙子算经). ",
        " The word “勾股定理” means the theorem of Pythagoras. ",
        " It was first shown by 刘徽 long ago. ",
        " Chebyshev (Чебышёв) proved it. ",
        " ∠ABC = 35°, △ABC ∼ △ADE, so α + β = π and Σ x² ≤ ∞ → ∅. ",
        " Code:\n```python\n# 因此面积等于二十四，再除以二\nprint(12)\n```\n",
    ],
)
def test_names_quotes_symbols_and_code_are_kept(aside: str) -> None:
    assert reason(EN * 2 + aside + EN * 2, "en") is None


def test_foreign_words_of_the_question_may_be_repeated() -> None:
    words = "天元术与四元术"
    assert reason(f"{EN * 2} So {words} is asked for. {EN}", "en") == MIXED
    assert reason(f"{EN * 2} So {words} is asked for. {EN}", "en", question=f"What is {words}?") is None


def test_too_little_prose_is_not_judged() -> None:
    assert reason("3 · 4 = 12, 12 / 2 = 6, a² + b² = c²", "zh") is None
