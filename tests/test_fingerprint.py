"""The fingerprint of a database is of what is stored in it, whatever its schema says."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from redstar_geo.fingerprint import of_output

ROW = "INSERT INTO t(a) VALUES (1)"


def database(path: Path, *statements: str) -> Path:
    with closing(sqlite3.connect(path)) as made, made:
        for statement in statements:
            made.execute(statement)
    return path


@pytest.mark.parametrize("kind", ["VIRTUAL", "STORED"])
def test_a_generated_column_is_not_made(tmp_path: Path, kind: str) -> None:
    plain = database(tmp_path / "plain.sqlite", "CREATE TABLE t (a)", ROW)
    made = f"CREATE TABLE t (a, b AS (hex(zeroblob({10**6}))) {kind})"
    assert of_output(plain) == of_output(database(tmp_path / "made.sqlite", made, ROW))


HUGE: list[Sequence[str]] = [
    ["CREATE TABLE t (a)", "INSERT INTO t VALUES (zeroblob(100000000))"],
    [
        "CREATE TABLE t (a)",
        ROW,
        "PRAGMA writable_schema = ON",
        "UPDATE sqlite_master SET sql = 'CREATE TABLE t (a CHECK (length(hex(zeroblob(400000000))) > 1))'",
    ],
]


@pytest.mark.parametrize("statements", HUGE, ids=["value", "check"])
def test_a_value_beyond_all_bounds_is_an_error_of_the_database(tmp_path: Path, statements: Sequence[str]) -> None:
    with pytest.raises(sqlite3.Error, match="too big"):
        of_output(database(tmp_path / "huge.sqlite", *statements))


def test_what_is_stored_counts_whatever_the_names(tmp_path: Path) -> None:
    tables = [
        database(
            tmp_path / f"{value}.sqlite",
            'CREATE TABLE "t""; x" ("a"", b", "c;")',
            f'INSERT INTO "t""; x" VALUES (1, {value})',
        )
        for value in (2, 3)
    ]
    assert of_output(tables[0]) != of_output(tables[1])
