"""Rows come the same from every form of storage, and a user's mistake is said in one paragraph."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, table
from redstar_geo.sources.table import Row, Table

TABLE = Table("someone/sums", ("question", "answer"))
ROWS = [{"question": f"What is {n} + 1?", "answer": str(n + 1)} for n in range(150)]


def problem(row: Row, id: str) -> Problem:
    return Problem(id, "math", "sums", "train", "MIT", row["question"], row["answer"], "number", "en")


def read(path: Path, split: str = "train", source: Table = TABLE) -> list[Problem | Rejected]:
    return list(table.problems(source, str(path), split, "sums", problem))


def answers(path: Path, split: str = "train", source: Table = TABLE) -> list[str]:
    return [item.answer for item in read(path, split, source) if isinstance(item, Problem)]


def write(path: Path, rows: list) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif path.suffix == ".jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    else:
        path.write_text(json.dumps(rows, indent=2), encoding="utf-8")
    return path


@pytest.mark.parametrize("name", ["sums.parquet", "sums.jsonl", "sums.json"])
def test_every_form_gives_the_same_rows_in_order(tmp_path: Path, name: str) -> None:
    items = read(write(tmp_path / name, ROWS))
    assert [item.id for item in items] == [f"sums/train/{number}" for number in range(150)]
    assert [item.answer for item in items if isinstance(item, Problem)] == [row["answer"] for row in ROWS]


def test_a_list_longer_than_what_is_read_at_once(tmp_path: Path) -> None:
    long = [{"question": "é" * 30_000 + "?", "answer": str(n)} for n in range(100)]
    assert answers(write(tmp_path / "long.json", long)) == [row["answer"] for row in long]


def test_one_object_a_file_over_several_lines(tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.json").write_text(json.dumps(ROWS[number], indent=4))
    assert answers(tmp_path) == ["1", "2", "3"]


def test_whole_numbers_keep_all_their_digits(tmp_path: Path) -> None:
    path = write(tmp_path / "big.jsonl", [{"question": "What is 10^30 + 1?", "answer": 10**30 + 1}])
    assert answers(path) == [10**30 + 1]


@pytest.mark.parametrize("layout", ["{}.jsonl", "{}-00000-of-00001.parquet", "data/{}-00000.parquet", "{}/all.json"])
def test_a_folder_gives_the_files_of_its_split(tmp_path: Path, layout: str) -> None:
    for first, split in enumerate(("train", "validation", "test", "test_rule_based")):
        write(tmp_path / layout.format(split), ROWS[first : first + 1])
    (tmp_path / "dataset_infos.json").write_text('{"splits": 4}')
    assert answers(tmp_path, "train") == ["1"]
    assert answers(tmp_path, "validation") == ["2"]
    assert answers(tmp_path, "test_rule_based") == ["4"]
    assert answers(tmp_path, "test")[0] == "3"


def test_a_folder_gives_the_files_of_its_configs(tmp_path: Path) -> None:
    for first, name in enumerate(("main/test", "main/train-00000", "main/train-00001", "socratic/train-00000")):
        write(tmp_path / f"{name}.parquet", ROWS[first : first + 1])
    assert answers(tmp_path, "train", Table("someone/sums", TABLE.columns, ("main",))) == ["2", "3"]


def test_another_split_is_not_passed_off_as_the_one_asked_for(tmp_path: Path) -> None:
    write(tmp_path / "test.jsonl", ROWS)
    with pytest.raises(InputError, match="no split 'train', only test"):
        read(tmp_path)


@pytest.mark.parametrize("name", ["sums.parquet", "sums.jsonl", "sums.json"])
def test_a_wrong_schema_names_what_is_missing_and_what_is_there(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, [{"riddle": "What is 1 + 1?", "answer": "2"}])
    with pytest.raises(InputError, match=r"lacks question; it has answer, riddle\.") as raised:
        read(path)
    assert str(path) in str(raised.value)


def test_each_file_of_a_folder_is_checked(tmp_path: Path) -> None:
    write(tmp_path / "train-0.jsonl", ROWS)
    write(tmp_path / "train-1.jsonl", [{"text": "…"}])
    with pytest.raises(InputError, match="lacks question, answer"):
        read(tmp_path)


def test_capitals_do_not_matter_and_the_table_spells(tmp_path: Path) -> None:
    assert answers(write(tmp_path / "sums.jsonl", [{"Question": "What is 1 + 1?", "ANSWER": "2"}])) == ["2"]


def test_a_broken_line_costs_itself_alone(tmp_path: Path) -> None:
    path = write(tmp_path / "sums.jsonl", ROWS[:2])
    whole = path.read_bytes()
    path.write_bytes(
        b'\xef\xbb\xbf{"question": "What is\n' + whole + b'[1]\n{"question": "\xff"}\n{"question": "1"}\n\n'
    )
    reasons = [item.reason if isinstance(item, Rejected) else item.answer for item in read(path)]
    assert reasons == ["bad_json", "1", "2", "bad_json", "bad_json", "missing_field"]


@pytest.mark.parametrize("name", ["sums.jsonl", "sums.json"])
def test_half_a_character_is_bad_json_and_a_pair_of_halves_is_one(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, [ROWS[0], ROWS[1] | {"answer": "\ud800"}, ROWS[2] | {"answer": "😀"}, ROWS[3]])
    assert "\\ud800" in path.read_text() and "\\ud83d\\ude00" in path.read_text()
    found = [item.reason if isinstance(item, Rejected) else item.answer for item in read(path)]
    assert found == ["1", "bad_json", "😀", "4"]


@pytest.mark.parametrize(("name", "said"), [("gone", "does not exist"), (".", "holds no Parquet")])
def test_nothing_to_read(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "README.md").write_text("sums")
    with pytest.raises(InputError, match=said):
        read(tmp_path / name)


@pytest.mark.parametrize("name", ["sums.parquet", "sums.jsonl", "sums.json"])
def test_a_file_that_holds_something_else(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("version https://git-lfs.github.com/spec/v1\nsize 12\n")
    with pytest.raises(InputError, match="Fetch it again"):
        read(tmp_path / name)


def test_a_torn_list_is_the_users_to_mend(tmp_path: Path) -> None:
    path = write(tmp_path / "sums.json", ROWS)
    path.write_text(path.read_text()[:-40])
    with pytest.raises(InputError, match="is not JSON"):
        read(path)


def test_the_hub_gives_the_configs_in_turn_and_pictures_as_they_are(tmp_path: Path) -> None:
    text, image = {"dtype": "string", "_type": "Value"}, {"_type": "Image"}
    described = json.dumps({"info": {"features": {"question": text, "answer": text, "picture": image}}})
    card = ["---", "configs:"]
    for number, config in enumerate(("first", "second")):
        found = pa.Table.from_pylist([{**ROWS[number], "picture": {"bytes": b"not decoded", "path": None}}])
        (tmp_path / config).mkdir()
        pq.write_table(found.replace_schema_metadata({"huggingface": described}), tmp_path / config / "train.parquet")
        card += [f"- config_name: {config}", f"  data_files: {config}/train.parquet"]
    (tmp_path / "README.md").write_text("\n".join([*card, "---"]))
    hub = Table(str(tmp_path), ("question", "answer"), ("first", "second"))
    rows = list(table.rows(hub, None, "train"))
    assert [row["answer"] for row in rows if row] == ["1", "2"]
    assert all(row and row["picture"]["bytes"] == b"not decoded" for row in rows)
    with pytest.raises(InputError, match="cannot be read from the hub"):
        list(table.rows(hub, None, "test"))


_HALF = pa.StringArray.from_buffers(2, pa.py_buffer(b"\0\0\0\0\2\0\0\0\3\0\0\0"), pa.py_buffer(b"\xff\xfex"))


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([10**12, 0], pa.timestamp("s")),
        pa.array([2**62, 0], pa.timestamp("ms")),
        pa.array([0, 0], pa.timestamp("us", tz="Nowhere/Land")),
        pa.array([2**30, 0], pa.date32()),
        pa.array([2**62, 0], pa.duration("s")),
        _HALF,
    ],
    ids=lambda cells: str(cells.type),
)
def test_a_cell_without_a_value_costs_at_most_its_own_row(tmp_path: Path, cells: pa.Array) -> None:
    sums = pa.table({"question": ["1 + 1?", "1 + 2?"], "answer": ["2", "3"], "when": cells})
    pq.write_table(sums, tmp_path / "sums.parquet")
    assert answers(tmp_path) == ["2", "3"]


def test_a_text_that_is_none_is_an_empty_cell(tmp_path: Path) -> None:
    pq.write_table(pa.table({"question": _HALF, "answer": ["2", "3"]}), tmp_path / "sums.parquet")
    assert [row and row["question"] for row in table.rows(TABLE, str(tmp_path), "train")] == [None, "x"]
