"""A folder of one's own: JSON Lines or a sheet, pictures beside it, every broken row under its reason."""

import io
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from redstar_geo.answer import verify
from redstar_geo.errors import InputError
from redstar_geo.formalise.certified import certificate_of
from redstar_geo.geometry.construct import construct
from redstar_geo.pictures.read import encoded
from redstar_geo.records import SCHEMAS, Problem, Trace, to_row
from redstar_geo.run import write_rows
from redstar_geo.sources import builtin, catalogue, folder
from redstar_geo.sources.catalogue import FolderSource
from tests.sources.small import jsonl, pixels, png, sorted_out

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
    lines = [
        ("Question", "Image", "Answer", "Difficulty", "Choices"),
        ("Find AC.", "1.png", "10", "3", ""),
        ("Find x.", "", "2", "", ""),
        ("Find the angle.", "1.png", "55°", "", '"35°; 55°; 65°"'),
    ]
    text = "\r\n".join(parted_by.join(line) for line in lines)
    (mine / "questions.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    found, reasons = sorted_out(folder.problems(str(mine)))
    assert not reasons
    assert [(problem.question, len(problem.images), problem.difficulty) for problem in found] == [
        ("Find AC.", 1, 3.0),
        ("Find x.", 0, None),
        ("Find the angle.", 1, None),
    ]
    assert (found[2].answer, found[2].choices) == ("B", ("35°", "55°", "65°"))


@pytest.mark.parametrize("answer", [0, 0.0, "0"])
def test_nought_is_an_answer(mine: Path, answer: Any) -> None:
    jsonl(mine / "q.jsonl", [RIGHT | {"answer": answer}, RIGHT | {"answer": answer, "choices": [1, 0, 2]}])
    found, reasons = sorted_out(folder.problems(str(mine)))
    assert not reasons and [problem.answer for problem in found] == [str(answer), "B"]


@pytest.mark.parametrize("difficulty", [99, 0.9, -3, True, [], [3], "11", "nan", float("nan"), float("inf"), 10**400])
def test_a_difficulty_is_a_number_from_one_to_ten(mine: Path, difficulty: Any) -> None:
    jsonl(
        mine / "q.jsonl", [RIGHT | {"difficulty": difficulty}, RIGHT | {"difficulty": " "}, RIGHT | {"difficulty": 10}]
    )
    found, reasons = sorted_out(folder.problems(str(mine)))
    assert reasons == {"bad_difficulty": 1} and [problem.difficulty for problem in found] == [None, 10.0]


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), float("-inf"), True, None, {"value": 5}])
def test_what_is_no_value_is_no_answer(mine: Path, answer: Any) -> None:
    jsonl(mine / "q.jsonl", [RIGHT, RIGHT | {"answer": answer}])
    assert sorted_out(folder.problems(str(mine)))[1] == {"no_answer": 1}


def test_half_a_character_costs_its_own_row_alone(mine: Path) -> None:
    rows: list[Any] = [RIGHT | {"question": "q\ud800"}, RIGHT | {"\udfff": "1"}, RIGHT | {"question": "Find 😀."}]
    jsonl(mine / "q.jsonl", rows)
    found, reasons = sorted_out(folder.problems(str(mine)))
    assert reasons == {"bad_json": 2} and [problem.question for problem in found] == ["Find 😀."]
    write_rows(mine / "problems.parquet", SCHEMAS[Problem], map(to_row, found))


def test_files_with_capital_endings_are_found(mine: Path) -> None:
    jsonl(mine / "train.JSONL", [RIGHT])
    (mine / "TEST.CSV").write_text("question,answer\nFind x.,2\n")
    assert [item.id for item in folder.problems(str(mine))] == ["mine/train/0"]
    assert [item.id for item in folder.problems(str(mine), "test")] == ["mine/test/0"]
    assert list(folder.look_over(mine)) == ["train: 1 problems with 1 pictures", "test: 1 problems with 0 pictures"]


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


@pytest.mark.parametrize("name", ["contest.jsonl", "latest/questions.jsonl", "attestation.csv"])
def test_what_is_for_training_is_never_the_test_for_the_sound_of_its_name(mine: Path, name: str) -> None:
    if name.endswith(".csv"):
        (mine / name).write_text("question,answer\nFind x.,2\n")
    else:
        jsonl(mine / name, [RIGHT])
    assert len(list(folder.problems(str(mine)))) == 1
    with pytest.raises(InputError, match=r"Put the questions that are kept for it into test\.jsonl"):
        list(folder.problems(str(mine), "test"))
    assert len(list(folder.look_over(mine))) == 1


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
    photo.paste("black", (100, 100, 900, 200))
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
    assert folder.write(made, target).settle() == {"in": 94, "out": 94, "rejected": {}, "pending": 0}
    back = [*folder.problems(str(target)), *folder.problems(str(target), "test")]
    for problem, again in zip(made, back, strict=True):
        assert isinstance(again, Problem), again
        assert [pixels(image.data) for image in again.images] == [pixels(image.data) for image in problem.images]
        same = ("question", "choices", "split", "language", "difficulty")
        assert {name: vars(again)[name] for name in same} == {name: vars(problem)[name] for name in same}
        assert verify(problem.answer, f"\\boxed{{{again.answer}}}", choices=problem.choices).status == "correct"
    with pytest.raises(InputError, match="is not empty"):
        folder.write(made, target)


def test_what_has_no_such_form_is_counted_and_the_rest_written(tmp_path: Path) -> None:
    program = Problem("c/1", "code", "c", "train", "MIT", "Add.", "", "tests", "en", tests="{}")
    sum_ = Problem("m/1", "math", "m", "a/../b", "MIT", "What is 3 + 4?", "7", "number", "en")
    shown = builtin.problems(["angle_sum"], 1, seed=3, difficulty=[1], modality="picture")
    many = [replace(problem, images=problem.images * 12) for problem in shown]
    counts = folder.write([program, *many, sum_], tmp_path / "new" / "mine")
    assert (counts.in_, counts.out, counts.rejected) == (3, 2, {"judged_by_tests": 1})
    assert sorted(path.name for path in tmp_path.rglob("*.jsonl")) == ["a-b.jsonl", "train.jsonl"]
    mine = str(tmp_path / "new" / "mine")
    assert [len(problem.images) for problem in sorted_out(folder.problems(mine))[0]] == [12]
    assert [problem.question for problem in sorted_out(folder.problems(mine, "a-b"))[0]] == ["What is 3 + 4?"]


def test_a_mistake_on_the_command_line_is_one_line_and_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 no more")
    write_rows(tmp_path / "traces.parquet", SCHEMAS[Trace], [])
    write_rows(tmp_path / "problems.parquet", SCHEMAS[Problem], [])
    before = sorted(tmp_path.iterdir())
    for given, said in (
        (["bad.parquet", "out"], "Give the problems.parquet of a run"),
        (["traces.parquet", "out"], "Give the problems.parquet of a run"),
        (["gone.parquet", "out"], "gone.parquet"),
        (["problems.parquet", "bad.parquet"], "is not empty"),
        (["nowhere"], "is no folder"),
        ([], "FOLDER to look it over"),
    ):
        code, error = on_the_command_line(tmp_path, given)
        assert code == 2 and error.count("\n") == 1 and said in error, given
        assert sorted(tmp_path.iterdir()) == before
    assert on_the_command_line(tmp_path, ["problems.parquet", "out"]) == (0, "")
    assert (tmp_path / "out" / "images").is_dir()


def test_a_file_that_breaks_off_leaves_the_folder_to_the_next_try(tmp_path: Path) -> None:
    def broken() -> Any:
        yield from builtin.problems(["angle_sum"], 2, seed=3, difficulty=[1])
        raise InputError("torn")

    (tmp_path / "mine").mkdir()
    with pytest.raises(InputError, match="torn"):
        folder.write(broken(), tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"] and not any((tmp_path / "mine").iterdir())
    assert folder.write(builtin.problems(["angle_sum"], 2, seed=3, difficulty=[1]), tmp_path / "mine").out == 2


def test_a_recipe_names_it(mine: Path) -> None:
    jsonl(mine / "q.jsonl", [RIGHT, RIGHT | {"answer": "5"}])
    source = FolderSource(kind="folder", path=str(mine), limit=1)
    assert [item.id for item in catalogue.read(source)] == ["mine/train/0"]


def on_the_command_line(folder: Path, given: list[str]) -> tuple[int, str]:
    command = [sys.executable, "-m", "redstar_geo.sources.folder", *given]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return ended.returncode, ended.stderr


def test_a_reader_says_what_the_picture_of_a_row_shows(mine: Path) -> None:
    built = construct("exterior_angle", seed=3, modality="picture")
    (mine / "images/clean.png").write_bytes(built.problem.images[0].data)
    (mine / "images/blot.png").write_bytes(encoded(Image.effect_noise((320, 240), 90)))
    asked = {"question": built.problem.question, "image": "clean.png"}
    rows = [asked, asked | {"image": "blot.png"}, asked | {"answer": "7"}, asked | {"image": "blot.png", "answer": "7"}]
    jsonl(mine / "q.jsonl", rows)
    source = FolderSource.model_validate(
        {"kind": "folder", "path": str(mine), "gold": "certified", "reader": {"name": "strokes"}}
    )
    found, reasons = sorted_out(catalogue.read(source))
    assert [(each.answer, each.meta.get("gold")) for each in found] == [
        (built.proof.answer, "certified"),
        ("7", None),
        ("7", None),
    ]
    assert reasons == {"no_answer_not_a_drawing": 1}
    assert all(certificate_of(each, f"\\boxed{{{built.proof.answer}}}").status == "certified" for each in found[:2])
    assert found[2].meta["not_read"] == "not_a_drawing" and "statements" not in found[2].meta


def test_a_row_without_an_answer_gets_the_one_that_it_determines(mine: Path) -> None:
    rows = [
        {"question": "In △ABC, AB = 6, BC = 8 and ∠ABC = 90°. Find AC."},
        {"question": "Find ∠ACB.", "statements": "lines AB, BC, CA; ∠ABC = 53°; ∠BAC = 60°", "answer": ""},
        {"question": "Find ∠ACB.", "statements": "lines AB, BC, CA; ∠ABC = 53°; ∠BAC = 60°", "choices": [53, 60, 67]},
        {"question": "In △ABC, AB = 6 and BC = 8. Find AC."},
        {"question": "Find the area of the shaded part."},
        RIGHT | {"answer": "7"},
    ]
    jsonl(mine / "q.jsonl", rows)
    found, reasons = sorted_out(folder.problems(str(mine), gold="certified"))
    assert [(each.answer, each.meta.get("gold")) for each in found] == [
        ("10", "certified"),
        ("67", "certified"),
        ("C", "certified"),
        ("7", None),
    ]
    assert reasons == {"no_answer_not_determined": 1, "no_answer_refused": 1}
    assert found[1].meta["statements"].startswith("lines AB")
    assert next(iter(folder.files(str(mine), gold="certified"))).name == "q.jsonl"
    with pytest.raises(InputError, match="lacks answer"):
        sorted_out(folder.problems(str(mine)))
