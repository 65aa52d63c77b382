"""Rows of a public data set, from the hub or from files in its layout, with its columns checked before the first one.

A source names its table once (`Table`) and turns rows into problems; how they are stored is settled here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from redstar_geo.errors import InputError
from redstar_geo.records import Problem
from redstar_geo.sources import Rejected, columns, stored
from redstar_geo.sources.row import Row, rejecting

Draft = Callable[[], Problem | Rejected]
_ABOUT_THE_DATA = {"dataset_info.json", "dataset_infos.json", "dataset_dict.json", "state.json"}
_SPLITS = {"train", "training", "validation", "valid", "val", "dev", "test", "testmini"}


@dataclass(frozen=True)
class Table:
    """A data set as its owners publish it.

    `columns` are the ones that a row cannot do without, and of `either` one will do; another of `columns.SPELLINGS`
    does as well, as copies differ in them. `configs` are read one after the other from the hub; of a local copy the
    files or folders so named, or every file when none is. `files` is what the owners' repository calls its files
    of rows. `one_split`: there is one, so that the only one of a copy is it, whatever it is called there. `own`: it is
    not published but the user's, so that no file of it is another one's copy.
    """

    hub_id: str
    columns: tuple[str, ...]
    configs: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    one_split: bool = False
    either: tuple[str, ...] = ()
    own: bool = False


class Problems(Iterator[Problem | Rejected]):
    """The items of a source, each made when it is its turn: what a row costs is its picture."""

    def __init__(self, drafts: Iterator[Draft]) -> None:
        self.drafts = drafts
        """Each makes the item of a row that is read."""

    def __next__(self) -> Problem | Rejected:
        return next(self.drafts)()


def problems(table: Table, path: str | None, split: str, name: str, problem: Callable[[Row, str], Problem]) -> Problems:
    """Every row as `problem(row, id)` makes it; ids are `name/split/number` in the table's order.

    A row that cannot be read is rejected as `bad_json` or `bad_csv`, one without all columns as `missing_field`, and
    one that `problem` finds unusable under its reason.

    Args:
        path: a file of rows (`stored.FORMS`, gzipped or not) or a folder of such, in the table's schema; None asks the
            hub.

    Raises:
        InputError: nothing to read at `path`, no such split, or columns are missing.
    """
    return Problems(
        partial(draft, table, row, f"{name}/{split}/{number}", problem)
        for number, row in enumerate(rows(table, path, split))
    )


def draft(table: Table, row: Row | str, problem_id: str, problem: Callable[[Row, str], Problem]) -> Problem | Rejected:
    """The item of a row, or of the reason for which it could not be read."""
    if isinstance(row, str):
        return Rejected(problem_id, row)
    named = partial(columns.spelled, there=row) if table.own else row.get
    if any(named(column) is None and column not in row for column in table.columns):
        return Rejected(problem_id, "missing_field")
    return rejecting(problem)(row, problem_id)


def rows(table: Table, path: str | None, split: str) -> Iterator[Row | str]:
    """The rows as plain values, pictures as `{"bytes", "path"}`; a reason stands for one that cannot be read."""
    if path is None:
        yield from _hub_rows(table, split)
        return
    for file in files(table, Path(path), split):
        bad = stored.bad(file)
        read = (bad if row is None else row for row in stored.rows(file, partial(_is_row, table)))
        yield from _checked(read, table, str(file))


def _is_row(table: Table, row: Row) -> bool:
    """Whether an object has the table's columns; where none are known, whether it has a plain value."""
    if not table.columns:
        return not all(isinstance(value, dict) for value in row.values())
    return all(columns.spelled(column, row) for column in table.columns)


def _hub_rows(table: Table, split: str) -> Iterator[Row | str]:
    from datasets import load_dataset

    for config in table.configs or (None,):
        try:
            loaded = load_dataset(table.hub_id, config, split=split, streaming=True).decode(False)
            yield from _checked(loaded, table, f"{table.hub_id} ({split})")
        except (OSError, ValueError) as error:  # unknown or gated data set, config or split; no connection
            raise InputError(
                f"{table.hub_id} ({config or 'default'}, {split}) cannot be read from the hub: {error}. Check "
                "source.split and the connection, or give a local copy as source.path."
            ) from error


def files(table: Table, path: Path, split: str) -> list[Path]:
    """The file itself, or the folder's data files of the table's configs and the split.

    Raises:
        InputError: as `problems`, or the user's own files are one another's copies.
    """
    if path.is_file() and stored.form(path) in stored.FORMS:
        return [path]
    found = data_files(path)
    if not found:
        there = f"holds no {stored.called(stored.FORMS)} file" if path.exists() else "does not exist"
        raise InputError(
            f"source.path={path} {there}. Give a local copy of {table.hub_id}, or leave source.path out to read "
            "it from the hub."
        )
    names = {file: names_of(file, path) for file in found}
    wanted = {*table.files, *table.configs}
    configured = [file for file in found if not wanted.isdisjoint(names[file])] or found
    splits = {file: split_of(names[file], split) for file in configured}
    others = {its for its in splits.values() if its}
    named = [file for file, its in splits.items() if its == split] or (configured if table.one_split else [])
    if others and not named:
        raise InputError(
            f"source.path={path} has no split {split!r}, only {', '.join(sorted(others))}. Name one of these as "
            "source.split, or the file itself as source.path."
        )
    return _without_copies(table, named or configured, names, split)


def data_files(path: Path) -> list[Path]:
    """The files of rows in a folder."""
    found = (file for file in path.rglob("*") if stored.form(file) in stored.FORMS and file.is_file())
    return sorted(file for file in found if file.name not in _ABOUT_THE_DATA)


def names_of(file: Path, folder: Path) -> tuple[str, ...]:
    """What a file and the folders around it are called, without the ending."""
    inside = file.relative_to(folder)
    return (*inside.parts[:-1], inside.name.removesuffix(".gz")[: -len(stored.form(file))])


def _without_copies(table: Table, found: list[Path], names: dict[Path, tuple[str, ...]], split: str) -> list[Path]:
    """The files of a published split, once: `test.jsonl`, and neither `test_socratic.jsonl` nor `test.parquet` too.

    Raises:
        InputError: two files of the user's own have one name, and nobody but the user knows whether both count.
    """
    if table.own:
        bare = [file.parent / names[file][-1] for file in found]
        if twice := next((file for file, its in zip(found, bare, strict=True) if bare.count(its) > 1), None):
            raise InputError(f"{twice.parent} has {names[twice][-1]} in several forms. Keep one, or rename the others.")
        return found
    exact = [file for file in found if split in (_bare(names[file][-1]), *names[file][:-1])] or found
    forms = {stored.form(file) for file in exact}
    return [file for file in exact if stored.form(file) == min(forms, key=stored.FORMS.index)]


def split_of(names: tuple[str, ...], wanted: str) -> str | None:
    """The split that a file belongs to by its own name (`test-00000-of-00001`, `en_test`) or its nearest folder's."""
    for name in reversed(names):
        bare = _bare(name)
        if bare == wanted:
            return wanted
        parts = set(re.split(r"[-_.]", bare.lower()))
        if wanted in parts:
            return wanted
        if splits := parts & _SPLITS:
            return min(splits)
    return None


def _bare(name: str) -> str:
    """A name without the number of a shard and what the hub puts behind it."""
    return re.sub(r"-\d{3,}(?:-of-\d+(?:-[0-9a-f]{8,})?)?$", "", name)


def _checked(rows: Iterable[Row | str], table: Table, where: str) -> Iterator[Row | str]:
    """The rows, their columns spelled as the table does; the first that can be read must have all of them."""
    spelling: dict[str, str] | None = None
    unreadable = False
    for row in rows:
        if isinstance(row, str):
            unreadable = True
            yield row
            continue
        if spelling is None:
            spelling = _spelling(row, table, where)
        yield {spelling.get(column, column): value for column, value in row.items()} if spelling else row
    if unreadable and spelling is None:
        raise InputError(f"{where} has no row that can be read (a Git LFS pointer, perhaps). Fetch it again.")


def _spelling(row: Row, table: Table, where: str) -> dict[str, str]:
    """The columns that the table spells otherwise, and how.

    Raises:
        InputError: columns are missing, whatever their spelling.
    """
    there = {column: columns.spelled(column, row) for column in (*table.columns, *table.either)}
    missing = [column for column in table.columns if there[column] is None]
    if table.either and not any(there[column] for column in table.either):
        missing.append(" or ".join(table.either))
    if missing:
        raise InputError(
            f"{where} lacks {', '.join(missing)}; it has {', '.join(sorted(map(str, row)))}. "
            f"{table.hub_id} has {', '.join(table.columns)}: give a copy of it, or name the right source.kind."
        )
    if table.own:
        return {}
    return {own: column for column, own in there.items() if own is not None and own not in there}
