"""The same rows in every layout that owners ship, gzipped or not; what is torn is told in words of its own form."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, folder, gsm8k, mathvision, stored, table, wemath
from redstar_geo.sources.row import Row
from redstar_geo.sources.table import Table
from tests.sources import test_mathvision, test_wemath
from tests.sources.small import jsonl, parquet, png, sorted_out

ROWS = [{"question": f"What is {n} + 1?", "answer": str(n + 1)} for n in range(20)]
TABLE = Table("someone/sums", ("question", "answer"))
TEXTS: dict[str, Any] = {
    "lines.jsonl": "".join(json.dumps(row) + "\n" for row in ROWS),
    "list.json": json.dumps(ROWS, indent=1),
    "list.jsonl": json.dumps(ROWS),
    "lines.json": "\n".join(map(json.dumps, ROWS)),
    "keyed.json": json.dumps({str(n): row for n, row in enumerate(ROWS)}),
    "envelope.json": json.dumps({"keyword": "sums", "example": ROWS}),
    "columns.json": json.dumps({key: [row[key] for row in ROWS] for key in ROWS[0]}),
    "frame.json": json.dumps({key: {str(n): row[key] for n, row in enumerate(ROWS)} for key in ROWS[0]}),
    "sheet.csv": "question,answer\r\n" + "".join(f"{row['question']},{row['answer']}\r\n" for row in ROWS),
    "semicolons.csv": "question;answer\n" + "".join(f"{row['question']};{row['answer']}\n" for row in ROWS),
    "tabs.tsv": "question\tanswer\n" + "".join(f"{row['question']}\t{row['answer']}\n" for row in ROWS),
}


def make(row: Row, id: str) -> Problem:
    return Problem(id, "math", "sums", "train", "MIT", row["question"], row["answer"], "number", "en")


def answers(path: Path, split: str = "train", of: Table = TABLE) -> list[str]:
    found = table.problems(of, str(path), split, "sums", make)
    return [item.reason if isinstance(item, Rejected) else item.answer for item in found]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", TEXTS)
def test_every_layout_gives_the_same_rows(tmp_path: Path, name: str, packed: bool) -> None:
    data = TEXTS[name].encode()
    path = tmp_path / (f"{name}.gz" if packed else name)
    path.write_bytes(gzip.compress(data) if packed else data)
    assert answers(path) == answers(tmp_path) == [row["answer"] for row in ROWS]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_sheet_as_programs_save_it(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "sheet.csv"
    path.write_bytes(TEXTS["sheet.csv"].replace("What", "Wie groß").encode(encoding))
    assert answers(path) == [row["answer"] for row in ROWS]


def test_the_key_of_a_row_is_its_id(tmp_path: Path) -> None:
    path = tmp_path / "keyed.json"
    path.write_text(json.dumps({"first": ROWS[0], "second": ROWS[1] | {"id": "own"}}))
    rows = [row for row in table.rows(TABLE, str(path), "train") if not isinstance(row, str)]
    assert [row["id"] for row in rows] == ["first", "own"]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("sheet.csv", b"question,answer\nWhat,\xff\n", "cannot be read as CSV"),
        ("sheet.csv", b'question,answer\nWhat,"' + b"4" * 200_000, "a quotation mark is not closed"),
        ("sheet.csv", b"question,answer,answer\nWhat,4,5\n", "several columns called answer"),
        ("sheet.csv", b"question;reply\nWhat;4\n", "lacks answer"),
        ("sheet.csv", b"question,answer\nWhat,4,5,6\n", "no row that can be read"),
        ("list.json", b'[{"question": "\\sqrt2", "answer": "4"}]', "Write every backslash of a formula twice"),
        ("lines.jsonl.gz", gzip.compress(TEXTS["lines.jsonl"].encode())[:-9], "cannot be unpacked"),
        ("lines.jsonl.gz", TEXTS["lines.jsonl"].encode(), "cannot be unpacked"),
    ],
)
def test_a_fault_is_told_in_words_of_its_form(tmp_path: Path, name: str, text: bytes, said: str) -> None:
    (tmp_path / name).write_bytes(text)
    with pytest.raises(InputError, match=said) as raised:
        answers(tmp_path / name)
    assert ".csv" not in name or "JSON" not in str(raised.value)


def test_a_row_of_a_sheet_with_too_many_values_is_bad_csv(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("question,answer\nWhat is 1 + 1?,2\nWhat is 1, or 2?,3\n")
    assert answers(tmp_path / "train.csv") == ["2", "bad_csv"]
    assert sorted_out(folder.problems(str(tmp_path)))[1] == {"bad_csv": 1}
    (tmp_path / "none").mkdir()
    with pytest.raises(InputError, match="holds no Parquet, JSON Lines, JSON, CSV or TSV file"):
        answers(tmp_path / "none")


def test_a_line_without_end_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "_LONGEST", 1 << 16)
    (tmp_path / "bomb.jsonl.gz").write_bytes(gzip.compress(b"{" + b" " * (1 << 20)))
    with pytest.raises(InputError, match="a line of more than"):
        answers(tmp_path / "bomb.jsonl.gz")
    (tmp_path / "bomb.json.gz").write_bytes(gzip.compress(b"{" + b" " * (1 << 22)))
    with pytest.raises(InputError, match="is not JSON"):
        answers(tmp_path / "bomb.json.gz")


def test_a_file_of_the_split_beats_those_that_are_named_after_it(tmp_path: Path) -> None:
    for number, name in enumerate(["test", "test_socratic", "train", "train_socratic"]):
        jsonl(tmp_path / f"{name}.jsonl", [{"question": f"{name}?", "answer": f"#### {number}"}])
    assert [problem.answer for problem in sorted_out(gsm8k.problems(str(tmp_path), "test"))[0]] == ["0"]
    (tmp_path / "test.jsonl").unlink()
    assert [problem.answer for problem in sorted_out(gsm8k.problems(str(tmp_path), "test"))[0]] == ["1"]


@pytest.mark.parametrize("shard", ["test.parquet", "data/test-00000-of-00001-3532b8d3f1b4047a.parquet"])
def test_the_same_split_in_two_forms_is_read_once(tmp_path: Path, shard: str) -> None:
    parquet(tmp_path / shard, ROWS[:2])
    jsonl(tmp_path / "test.jsonl", ROWS[:2])
    assert answers(tmp_path, "test") == ["1", "2"]


def test_of_a_users_own_files_two_forms_of_one_are_an_error(tmp_path: Path) -> None:
    parquet(tmp_path / "test.parquet", ROWS[:2])
    jsonl(tmp_path / "test.jsonl", ROWS[:2])
    with pytest.raises(InputError, match="has test in several forms"):
        answers(tmp_path, "test", Table("mine", TABLE.columns, own=True))


def test_the_only_split_of_a_set_goes_by_any_name(tmp_path: Path) -> None:
    jsonl(tmp_path / "test.jsonl", ROWS[:1])
    assert answers(tmp_path, "train", Table("one", TABLE.columns, one_split=True)) == ["1"]
    with pytest.raises(InputError, match="no split 'train'"):
        answers(tmp_path, "train")


@pytest.mark.parametrize("given", ["", "data", "data/test.jsonl"])
def test_math_vision_as_its_repository_has_it(tmp_path: Path, given: str) -> None:
    """Rows in `data/`, pictures beside it, and models' answers in `outputs/`."""
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "1.jpg").write_bytes(png())
    row = {key: value for key, value in test_mathvision.row().items() if key != "decoded_image"}
    jsonl(tmp_path / "data" / "test.jsonl", [row])
    jsonl(tmp_path / "data" / "testmini.jsonl", [row, row])
    jsonl(tmp_path / "outputs" / "Random-Chance.jsonl", [{"id": "1", "model_answer": "A"}])
    found, reasons = sorted_out(mathvision.problems(str(tmp_path / given)))
    assert not reasons and len(found) == 1 and len(found[0].images) == 1


@pytest.mark.parametrize("given", ["", "data", "data/testmini.json"])
def test_we_math_as_its_repository_has_it(tmp_path: Path, given: str) -> None:
    """Rows and pictures in `data/`, and other JSON beside them."""
    (tmp_path / "data" / "2steps" / "image").mkdir(parents=True)
    (tmp_path / "data" / "2steps" / "image" / "1-1.png").write_bytes(png())
    row = test_wemath.row(image_path="2steps/image/1-1.png")
    (tmp_path / "data" / "testmini.json").write_text(json.dumps([row]))
    (tmp_path / "data" / "json").mkdir()
    (tmp_path / "data" / "json" / "Two-steps.json").write_text('[{"problem": 1}]')
    found, reasons = sorted_out(wemath.problems(str(tmp_path / given)))
    assert not reasons and len(found) == 1 and len(found[0].images) == 1
