"""A line at a time from one file to another: past kills, never over anything else, never for another input."""

import json
import os
from pathlib import Path

import pytest

from redstar_geo.errors import InputError
from redstar_geo.jsonl import read_rows, row_by_row

LINES = ["∠ABC", "", "7", "no row of ours", "8\r"]


def lengths(file: Path, out: Path, settings: str = "") -> list[str]:
    """A row with the length of each line; the lines that were handed out."""
    handed: list[str] = []
    with row_by_row(file, out, bool, "a text", settings) as (lines, write):
        for line in lines:
            handed.append(line)
            write({"text": line, "length": len(line)})
    return handed


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "lines.txt"
    path.write_bytes("".join(line + "\n" for line in LINES).encode())
    return path


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "rows.jsonl"


def test_every_line_but_blank_ones_has_a_row_with_its_number(file: Path, out: Path) -> None:
    assert lengths(file, out) == ["∠ABC", "7", "no row of ours", "8"]
    assert [(row["line"], row["length"]) for row in read_rows(out)] == [(1, 4), (3, 1), (4, 14), (5, 1)]
    assert list(next(read_rows(out))) == ["line", "input", "text", "length"]


def test_lines_may_be_handed_out_ahead_of_their_rows(file: Path, out: Path, tmp_path: Path) -> None:
    lengths(file, out)
    with row_by_row(file, tmp_path / "ahead.jsonl", bool, "a text") as (lines, write):
        for line in list(lines):
            write({"text": line, "length": len(line)})
    assert (tmp_path / "ahead.jsonl").read_bytes() == out.read_bytes()


def test_a_kill_at_any_byte_leads_to_the_same_rows(file: Path, out: Path) -> None:
    lengths(file, out)
    whole = out.read_bytes()
    for cut in range(len(whole) + 1):
        out.write_bytes(whole[:cut])
        assert len(lengths(file, out)) == 4 - whole[:cut].count(b"\n")
        assert out.read_bytes() == whole


def test_lines_that_are_added_get_their_rows_and_the_others_are_not_handed_out_again(file: Path, out: Path) -> None:
    file.write_text("first\nlast")
    lengths(file, out)
    before = out.read_bytes()
    assert lengths(file, out) == []
    file.write_text("first\nlast\nadded\n")
    assert lengths(file, out) == ["added"]
    assert out.read_bytes().startswith(before)


@pytest.mark.parametrize(
    "changed",
    [
        b"\xe2\x88\xa0ABD\n\n7\nno row of ours\n8\n",  # the first line
        b"\xe2\x88\xa0ABC\n\n7\nno row of ours\n9\n",  # the last one
        b"\xe2\x88\xa0ABC\n7\nno row of ours\n8\n",  # the same lines, other numbers
        b"7\n\n\xe2\x88\xa0ABC\nno row of ours\n8\n",  # another order
        b"\xe2\x88\xa0ABC\n\n7\n",  # fewer
    ],
)
@pytest.mark.parametrize("torn", [0, 3])
def test_rows_of_another_input_are_refused_and_left_as_they_are(
    file: Path, out: Path, changed: bytes, torn: int
) -> None:
    lengths(file, out)
    rows = out.read_bytes()[: -torn or None]
    out.write_bytes(rows)
    file.write_bytes(changed)
    with pytest.raises(InputError, match=r"rows\.jsonl is left as it is.*Give another --out"):
        lengths(file, out)
    assert out.read_bytes() == rows


def test_rows_made_with_other_settings_are_refused(file: Path, out: Path) -> None:
    lengths(file, out, "walls")
    rows = out.read_bytes()
    with pytest.raises(InputError, match="with these settings"):
        lengths(file, out, "none")
    assert out.read_bytes() == rows
    assert lengths(file, out, "walls") == []


@pytest.mark.parametrize(
    "foreign",
    [
        b"notes without an end of line",
        b"notes\nmore notes",
        b"\n",
        b'{"line": 1, "verdict": "correct"}\n',
        b'{"line": 1, "input": "0123456789abcdef"',
        b"PAR1\x00\x15\x04\xff",
    ],
)
def test_what_is_not_ours_is_never_written_to(file: Path, out: Path, foreign: bytes) -> None:
    out.write_bytes(foreign)
    with pytest.raises(InputError, match="left as it is"):
        lengths(file, out)
    assert out.read_bytes() == foreign


def test_the_input_itself_is_no_place_for_rows(file: Path, tmp_path: Path) -> None:
    file.write_bytes(b"last line without an end")
    os.link(file, tmp_path / "hard")
    (tmp_path / "soft").symlink_to(file)
    for name in (file.name, "hard", "soft"):
        with pytest.raises(InputError, match="is the input itself"):
            lengths(file, tmp_path / name)
    assert file.read_bytes() == b"last line without an end"


@pytest.mark.parametrize("name", [".", "nowhere/rows.jsonl", "lines.txt/rows.jsonl", "n" * 300])
def test_a_place_that_cannot_be_written_to_is_named(file: Path, tmp_path: Path, name: str) -> None:
    before = sorted(tmp_path.iterdir())
    with pytest.raises(InputError, match="Give --out a file in a folder that is there"):
        lengths(file, tmp_path / name)
    assert sorted(tmp_path.iterdir()) == before


def test_pipes_are_refused_and_not_waited_for(file: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="is a pipe or a device"):
        lengths(file, tmp_path / "pipe")
    with pytest.raises(InputError, match="is a pipe or a device"):
        lengths(tmp_path / "pipe", tmp_path / "rows.jsonl")


def test_a_file_without_a_readable_line_leaves_no_rows(file: Path, out: Path) -> None:
    file.write_text(" \n\n")
    with pytest.raises(InputError, match="has no line with a text"):
        lengths(file, out)
    assert not out.exists()


def test_bytes_that_are_no_text_and_a_byte_order_mark(file: Path, out: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbffirst\n\xff\n")
    assert lengths(file, out) == ["first", "\ufffd"]
    assert [json.loads(row)["length"] for row in out.read_text().splitlines()] == [5, 1]


def test_a_line_that_is_too_long_is_not_read_but_has_its_row(
    file: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("redstar_geo.jsonl._LONGEST_LINE", 1_000)
    file.write_bytes(b"a\n" + b"x" * 5_000 + b"\n" + b"y" * 999 + b"\n" + b"z" * 1_000)
    handed = lengths(file, out)
    assert [handed[0], handed[2]] == ["a", "y" * 999] and "5,001 bytes" in handed[1] and "1,000 bytes" in handed[3]
    assert lengths(file, out) == []
    file.write_bytes(file.read_bytes().replace(b"xx", b"xw", 1))  # another line of that length is another line
    with pytest.raises(InputError):
        lengths(file, out)
