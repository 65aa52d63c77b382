"""A folder of one's own: JSON Lines or a sheet, pictures beside it, every broken row under its reason."""

import io
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from redstar_geo.answer import verify
from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import builtin, catalogue, folder
from redstar_geo.sources.catalogue import FolderSource
from tests.sources.small import jsonl, png, sorted_out

RIGHT = {"question": "In the figure, AB = 6 and BC = 8. Find AC.", "image": "1.png", "answer": "10"}


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    (tmp_path / "mine" / "images").mkdir(parents=True)
    (tmp_path / "mine" / "images" / "1.png").write_bytes(png())
    return tmp_path / "mine"


def test_rows_with_a_picture_two_none_and_choices(mine: Path) -> None:
    (mine / "2.png").write_bytes(png("blue"))
    rows: list[Any] = [
        RIGHT,
        RIGHT | {"image": "1.png; 2.png", "id": "exercise-7", "difficulty": 4},
        {"question": "What is 3 + 4?", "answer": 7},
        {
            "question": "如图，求∠A的度数。",
            "images": ["images\\1.png"],
            "choices": ["30°", "40°", "50°"],
            "answer": "B",
        },
    ]
    jsonl(mine / "questions.jsonl", rows)
    found, reasons = sorted_out(folder.problems(str(mine)))
    assert not reasons
    assert [problem.id for problem in found] == ["mine/train/0", "mine/exercise-7", "mine/train/2", "mine/train/3"]
    assert [len(problem.images) for problem in found] == [1, 2, 0, 1]
    assert [problem.answer for problem in found] == ["10", "10", "7", "B"]
    assert [(problem.difficulty, problem.difficulty_by) for problem in found[:2]] == [(None, None), (4.0, "folder")]
    assert {problem.domain for problem in found} == {"geometry"}
    assert found[3].language == "zh" and found[3].choices == ("30°", "40°", "50°")


@pytest.mark.parametrize("parted_by", [",", ";"])
def test_a_sheet_saved_as_csv(mine: Path, parted_by: str) -> None:
    lines = [("Question", "Image", "Answer", "Difficulty"), ("Find AC.", "1.png", "10", "3"), ("Find x.", "", "2", "")]
    text = "\r\n".join(parted_by.join(line) for line in lines)
    (mine / "questions.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    found, reasons = sorted_out(folder.problems(str(mine)))
    assert not reasons
    assert [(problem.question, len(problem.images), problem.difficulty) for problem in found] == [
        ("Find AC.", 1, 3.0),
        ("Find x.", 0, None),
    ]


def test_what_is_broken_is_counted(mine: Path) -> None:
    (mine / "text.png").write_text("no picture")
    rows: list[Any] = [
        RIGHT,
        "{not JSON",
        RIGHT | {"image": "nowhere.png"},
        RIGHT | {"image": "../secret.png"},
        RIGHT | {"image": "text.png"},
        RIGHT | {"answer": ""},
        RIGHT | {"answer": "\\frac{1}{"},
        RIGHT | {"difficulty": "hard"},
        RIGHT | {"question": "Prove that AC = 10."},
        {"question": "Find x."},
    ]
    found, reasons = sorted_out(folder.problems(str(jsonl(mine / "q.jsonl", rows).parent)))
    assert len(found) == 1
    assert reasons == {
        "bad_json": 1,
        "missing_picture": 2,
        "bad_picture": 1,
        "no_answer": 1,
        "unverifiable_answer": 1,
        "bad_difficulty": 1,
        "asks_for_a_proof": 1,
        "missing_field": 1,
    }


def test_looking_over_names_every_row_that_is_no_problem(mine: Path) -> None:
    jsonl(mine / "train.jsonl", [RIGHT, RIGHT | {"image": "nowhere.png"}])
    assert list(folder.look_over(mine)) == ["train: 1 problems with 1 pictures", "mine/train/1: missing_picture"]
    jsonl(mine / "test.jsonl", [RIGHT])
    assert list(folder.look_over(mine))[2:] == ["test: 1 problems with 1 pictures"]


def test_a_split_has_a_file_of_its_own(mine: Path) -> None:
    jsonl(mine / "train.jsonl", [RIGHT])
    with pytest.raises(InputError, match=r"Put the questions that are kept for it into test\.jsonl"):
        list(folder.problems(str(mine), "test"))
    jsonl(mine / "test.jsonl", [RIGHT | {"answer": "11"}])
    assert [problem.answer for problem in sorted_out(folder.problems(str(mine)))[0]] == ["10"]
    assert [problem.answer for problem in sorted_out(folder.problems(str(mine), "test"))[0]] == ["11"]


def test_a_folder_without_questions_says_what_to_write(mine: Path) -> None:
    with pytest.raises(InputError, match=r"Write train\.jsonl"):
        list(folder.problems(str(mine)))
    with pytest.raises(InputError, match="is no folder"):
        list(folder.problems(str(mine / "images" / "1.png")))
    (mine / "q.csv").write_bytes("question,answer\nWie groß?,1\n".encode("cp1252"))
    with pytest.raises(InputError, match="Save the sheet as CSV in UTF-8"):
        list(folder.problems(str(mine)))


def test_a_photograph_is_turned_upright_and_made_smaller(mine: Path) -> None:
    photo = Image.new("RGB", (3000, 2000), "white")
    turned = Image.Exif()
    turned[0x0112] = 6  # the camera was held upright
    out = io.BytesIO()
    photo.save(out, "JPEG", exif=turned)
    (mine / "photo.jpg").write_bytes(out.getvalue())
    jsonl(mine / "q.jsonl", [RIGHT | {"image": "photo.jpg"}])
    found, _ = sorted_out(folder.problems(str(mine)))
    with Image.open(io.BytesIO(found[0].images[0].data)) as picture:
        assert picture.height > picture.width
        assert 900_000 < picture.width * picture.height <= 1280 * 28 * 28


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    made = list(builtin.problems([], 90, seed=3, difficulty=[2], modality="mixed"))
    made += list(builtin.problems(["angle_sum"], 4, seed=3, difficulty=[1], language="zh", split="test"))
    target = tmp_path / "mine"
    assert folder.write(made, target) == 94
    back = [*folder.problems(str(target)), *folder.problems(str(target), "test")]
    for problem, again in zip(made, back, strict=True):
        assert isinstance(again, Problem), again
        assert [pixels(image.data) for image in again.images] == [pixels(image.data) for image in problem.images]
        same = ("question", "choices", "split", "language", "difficulty")
        assert {name: vars(again)[name] for name in same} == {name: vars(problem)[name] for name in same}
        assert verify(problem.answer, f"\\boxed{{{again.answer}}}", choices=problem.choices).status == "correct"
    with pytest.raises(InputError, match="is not empty"):
        folder.write(made, target)


def test_a_recipe_names_it_and_a_changed_picture_changes_its_fingerprint(mine: Path) -> None:
    jsonl(mine / "q.jsonl", [RIGHT, RIGHT | {"answer": "5"}])
    source = FolderSource(kind="folder", path=str(mine), limit=1)
    assert [item.id for item in catalogue.read(source)] == ["mine/train/0"]
    before = catalogue.fingerprint(source)
    (mine / "images" / "1.png").write_bytes(png("green", (90, 60)))
    assert catalogue.fingerprint(source) != before


def pixels(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data)) as picture:
        return picture.convert("RGB").tobytes()
