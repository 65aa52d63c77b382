import math
import random

import pytest

from redstar_geo.formalise.closed_form import exact, value
from redstar_geo.geometry import cdl


@pytest.mark.parametrize(
    "form",
    ["5", "-2", "5/2", "1/7", "2*sqrt(78)", "sqrt(286)", "-sqrt(3)/2", "25*pi", "pi/6", "3+2*sqrt(2)", "(5+sqrt(33))/2",
     "(48*sqrt(3)-8*pi)/3", "100-25*pi", "sqrt(5)*pi", "0", "6*sqrt(2)", "1-sqrt(2)", "7-4*sqrt(3)", "8*sqrt(3)-4*pi"],
)  # fmt: skip
def test_a_form_is_found_again(form: str) -> None:
    number = float(cdl.value(form).evalf())
    assert exact(number, 1e-11 * max(1.0, abs(number))) == form


def test_a_number_without_a_form_stays_a_decimal() -> None:
    chance = random.Random(2)
    drawn = [chance.uniform(1, 200) for _ in range(200)]
    assert sum(exact(number, 1e-10 * number) is not None for number in drawn) <= 1
    assert value(math.degrees(math.acos(0.8)), 1e-9).text == "36.8698976"


def test_a_vague_number_has_no_form_however_near_it_lies() -> None:
    assert exact(0.333, 1e-3) is None
    assert exact(math.sqrt(2) + 1e-4, 1e-3) is None
    assert exact(float("nan"), 1e-9) is None and exact(1.0, math.inf) is None
