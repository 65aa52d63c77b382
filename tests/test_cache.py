"""A cache costs time at the worst: whatever is wrong with its file, what is asked of it is right or is not there."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

import pytest

from redstar_geo.cache import Cache, checked

ROWS = {f"key {n}": f"body {n} " * 40 for n in range(100)}


def filled(path: Path) -> Path:
    with Cache(path) as cache:
        for key, body in ROWS.items():
            cache.add(key, body)
    return path


def test_what_was_added_is_there_for_all_who_open_the_file(tmp_path: Path) -> None:
    with Cache(filled(tmp_path / "c.sqlite")) as one, Cache(tmp_path / "c.sqlite") as other:
        assert all(other.get(key) == body for key, body in ROWS.items()) and one.get("another") is None
    with Cache(None) as cache:
        cache.add("key", "body")
        assert cache.get("key") == "body"


@pytest.mark.parametrize("kind", ["text", "cut", "zeros", "empty", "folder", "other", "flipped"])
def test_a_damaged_file_gives_no_wrong_body_and_is_made_anew(
    tmp_path: Path, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = filled(tmp_path / "c.sqlite")
    whole = path.read_bytes()
    damage(path, kind)
    for opened in (path, checked(path), checked(path)):
        with Cache(opened) as cache:
            for key, body in ROWS.items():
                assert cache.get(key) in (None, body)
                cache.add(key, body)
    with Cache(checked(path)) as cache:
        assert kind == "folder" or all(cache.get(key) == body for key, body in ROWS.items())
    told = capsys.readouterr().err
    assert told.count("\n") <= 2 and all(str(path) in line for line in told.splitlines())
    assert kind in ("empty", "other", "flipped") or told
    if kind in ("text", "cut"):
        assert (tmp_path / "c.sqlite.damaged").read_bytes() in (whole[: len(whole) // 2], b"not a database" * 500)


def damage(path: Path, kind: str) -> None:
    whole = bytearray(path.read_bytes())
    if kind == "text":
        path.write_bytes(b"not a database" * 500)
    elif kind == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif kind == "zeros":
        path.write_bytes(bytes(len(whole)))
    elif kind == "empty":
        path.write_bytes(b"")
    elif kind == "folder":
        path.unlink()
        path.mkdir()
    elif kind == "other":
        path.unlink()
        with sqlite3.connect(path) as database:
            database.execute("CREATE TABLE facts (key TEXT)")
    else:  # a body in which one letter is another one
        place = whole.index(b"body 42 ")
        whole[place] ^= 1
        path.write_bytes(whole)


def test_whatever_bytes_are_changed_no_body_is_wrong(tmp_path: Path) -> None:
    whole = filled(tmp_path / "whole.sqlite").read_bytes()
    chance = random.Random(0)
    for number in range(60):
        changed = bytearray(whole)
        for _ in range(chance.choice((1, 10, 1000))):
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        path = tmp_path / f"{number}.sqlite"
        path.write_bytes(changed[: chance.choice((len(changed), chance.randrange(len(changed))))])
        with Cache(checked(path) if chance.random() < 0.7 else path) as cache:
            for key in random.Random(number).sample(sorted(ROWS), 10):
                assert cache.get(key) in (None, ROWS[key])
                cache.add(key, ROWS[key])
                assert cache.get(key) == ROWS[key]
