from pathlib import Path
from typing import Any

import pytest

from redstar_geo.errors import InputError
from redstar_geo.sources import geo170k
from tests.sources.small import jsonl, parquet, png, sorted_out

ASKED = (
    "<image>\nReason, then pick one of the choices in this form: Answer: xxx.\n"
    "Question: A triangle has angles of 50° and 60°. How large is the third?\n"
    "Choices:\nA: 70°\nB: 60°\nC: 110°\nD: 80°"
)


def row(answers: str, asks: str = ASKED, image: str = "geoqa_plus/1.png") -> dict[str, Any]:
    return {"image": image, "conversations": [{"from": "human", "value": asks}, {"from": "gpt", "value": answers}]}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for place in ("images/geoqa_plus", "geo3k"):
        (tmp_path / place).mkdir(parents=True)
    (tmp_path / "images" / "geoqa_plus" / "1.png").write_bytes(png())
    (tmp_path / "geo3k" / "2.png").write_bytes(png("blue"))
    return tmp_path


def test_the_gold_choice_is_the_one_that_the_answer_declares(folder: Path) -> None:
    rows = [row("180° − 110° = 70°.\nAnswer:A"), row("So the answer is 70°.", image="geo3k/2.png")]
    parquet(folder / "data" / "qa_tuning-00000-of-00001.parquet", rows)
    parquet(folder / "data" / "alignment-00000-of-00001.parquet", [row("A circle.", "Describe it.")])
    problems, reasons = sorted_out(geo170k.problems(str(folder)))
    assert not reasons and [problem.answer for problem in problems] == ["A", "A"]
    first, second = problems
    assert first.id == "geo170k/qa_tuning/0" and first.images != second.images
    assert first.question == "A triangle has angles of 50° and 60°. How large is the third?"
    assert first.choices == ("70°", "60°", "110°", "80°")
    assert first.meta["solution"] == "180° − 110° = 70°.\nAnswer:A" and first.meta["image"] == "geoqa_plus/1.png"
    ((free, _), _) = sorted_out(geo170k.problems(str(folder), protocol="free"))
    assert (free.answer, free.choices) == ("70°", ())


def test_what_is_no_question_or_has_no_gold_answer_is_counted(folder: Path) -> None:
    (folder / "secret.png").write_bytes(png())
    copy = folder / "images"
    jsonl(
        copy / "qa_tuning.json",
        [
            row("It shows a circle.", "<image>\nDescribe the diagram."),
            row("The third angle follows from the sum."),
            row("Answer: E"),
            row("Answer: 71°"),
            row("Answer: A", ASKED.replace("110°", "70°")),  # the right choice stands twice
            row("Answer: A", ASKED.partition("Choices")[0]),
            row("Answer: A", ASKED.replace("B: 60°\n", "")),
            row("Answer: A", image="../secret.png"),
            row("Answer: A", image=str(folder / "secret.png")),
            row("Answer: A", image="geoqa_plus/\0.png"),
            {"image": "geoqa_plus/1.png", "conversations": row("Answer: A")["conversations"] * 2},
            {"image": "geoqa_plus/1.png", "conversations": None},
            row("Answer: A"),
        ],
    )
    problems, reasons = sorted_out(geo170k.problems(str(copy)))
    assert [problem.id for problem in problems] == ["geo170k/qa_tuning/12"]
    assert reasons == {
        "asks_no_question": 1,
        "no_answer_in_solution": 1,
        "bad_answer": 3,
        "no_choices": 2,
        "missing_picture": 3,
        "bad_conversation": 2,
    }


def test_the_pictures_need_a_local_copy() -> None:
    with pytest.raises(InputError, match=r"images\.zip"):
        list(geo170k.problems(None))
