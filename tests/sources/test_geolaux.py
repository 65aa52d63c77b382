import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.answer import verify
from redstar_geo.benchmarks import category, load, problems
from redstar_geo.errors import InputError
from redstar_geo.sources import geolaux
from tests.paths import SHARED
from tests.sources.small import png, sorted_out


def row(**changes: Any) -> dict[str, Any]:
    return {
        "problem_text": "如图,求∠B的度数.",
        "type": "calculation",
        "number_answer": "45",
        "unit": "°",
        "auxiliary_type": 0,
        "choices": ["A.30°", "B.45°", "C.60°", "D.75°"],
        "solution": "∠B = 45°，故选：B。",
        "step_length": 4,
        "steps_explanation": "：1)、…",
        "original_image_name": "1_1",
        "auxiliary_text": "null",
        "auxiliary_image_name": "null",
    } | changes


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    (tmp_path / "data" / "mini_original_images").mkdir(parents=True)
    (tmp_path / "data" / "mini_original_images" / "1_1.png").write_bytes(png())
    return tmp_path


def write(copy: Path, *rows: dict[str, Any]) -> str:
    keyed = {f"1_{number}": each for number, each in enumerate(rows)}
    (copy / "data" / "GeoLaux_minidata.json").write_text(json.dumps(keyed))
    return str(copy)


def test_values_choices_and_groups_of_steps(copy: Path) -> None:
    free = row(choices=[], number_answer="25°39'", step_length=13)
    letter = row(choices=["A.a", "B.2a", "C.90°-a", "D.b"], number_answer="b", unit="null", step_length=8)
    found, reasons = sorted_out(geolaux.problems(write(copy, row(), free, letter)))
    assert not reasons
    assert [(each.answer, each.answer_kind, len(each.choices)) for each in found] == [
        ("B", "choice", 4),
        ("25°39'", "expression", 0),
        ("D", "choice", 4),
    ]
    assert [each.meta["steps"] for each in found] == ["1-4", "13-24", "5-8"]
    assert found[0].meta["id"] == "1_0" and len(found[0].images) == 1 and found[0].language == "zh"


def test_what_cannot_be_asked_is_counted(copy: Path) -> None:
    rows = [
        row(type="proving", number_answer="null", choices=[]),
        row(number_answer="null"),
        row(number_answer="50"),
        row(original_image_name="9_9"),
    ]
    reasons = {"asks_for_a_proof": 1, "no_answer": 1, "bad_answer": 1, "missing_picture": 1}
    assert sorted_out(geolaux.problems(write(copy, *rows))) == ([], reasons)
    with pytest.raises(InputError, match="GeoLaux is not on the hub"):
        list(geolaux.problems())


@pytest.mark.skipif(not (SHARED / "data" / "geolaux_mini").is_dir(), reason="no copy of GeoLaux-mini")
@pytest.mark.parametrize("given", ["", "data/GeoLaux_minidata.json"])
def test_the_real_ones(given: str) -> None:
    benchmark = load("geolaux_mini")
    limit = 12 if given else None
    asked, reasons = sorted_out(problems(benchmark, str(SHARED / "data" / "geolaux_mini" / given), 0, limit))
    if limit is None:
        assert len(asked) == 221 and reasons == {"asks_for_a_proof": 109}
        groups = Counter(category(benchmark, each) for each in asked)
        assert groups == {"1-4": 84, "5-8": 75, "9-12": 32, "13-24": 30}
    for each in asked:
        assert verify(each.answer, f"\\boxed{{{each.answer}}}", choices=each.choices).status == "correct"
        assert len(each.images) == 1
