"""What holds for every source of text maths."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.errors import InputError
from redstar_geo.sources import (
    aime,
    college_math,
    gsm8k,
    hendrycks,
    metamath,
    numina,
    numina_15,
    olympiadbench,
    omni_math,
    redstar,
    table,
)
from tests.sources.small import jsonl, parquet

SOURCES = (aime, college_math, gsm8k, hendrycks, metamath, numina, numina_15, olympiadbench, omni_math)
NAMES = [source.__name__.rpartition(".")[2] for source in SOURCES]


@pytest.mark.parametrize("source", SOURCES, ids=NAMES)
def test_a_wrong_schema_names_the_missing_columns(tmp_path: Path, source: Any) -> None:
    columns: tuple[str, ...] = source.TABLE.columns
    for missing in columns:
        row = {column: "1" for column in (*columns, *source.TABLE.either) if column != missing} | {"other": "1"}
        path = parquet(tmp_path / f"without_{missing}.parquet", [row])
        with pytest.raises(InputError, match=f"lacks {missing}; it has .*other"):
            list(source.problems(str(path), "train"))


@pytest.mark.parametrize("source", (*SOURCES, redstar), ids=(*NAMES, "redstar"))
@pytest.mark.parametrize("value", [None, [], {}, -1.5, "x" * 5_000, "\\boxed{" * 300, True])
def test_rows_of_nonsense_are_rejected_or_kept_but_break_nothing(tmp_path: Path, source: Any, value: Any) -> None:
    columns = (*source.TABLE.columns, *source.TABLE.either) or ("question", "answer")
    sound = {column: "1" for column in columns} | {"data_source": "college_math.x", "question": "How many?"}
    path = jsonl(tmp_path / "train.jsonl", [sound, *({**sound, column: value} for column in columns)])
    items = list(source.problems(str(path), "train"))
    assert [item.id.split("/")[1:] for item in items] == [["train", str(n)] for n in range(len(columns) + 1)]


def test_sources_ask_the_hub_for_the_copy_named(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def rows(source: table.Table, path: str | None, split: str) -> list[Any]:
        asked.append(f"{source.hub_id} {split} {len(source.configs)}")
        return []

    monkeypatch.setattr(table, "rows", rows)
    calls: list[Callable[[], Any]] = [
        lambda: hendrycks.problems(copy="DigitalLearningGmbH/MATH-lighteval"),
        lambda: hendrycks.problems(None, "test", copy="HuggingFaceH4/MATH-500"),
        lambda: aime.problems(copy="Maxwell-Jia/AIME_2024"),
        lambda: omni_math.problems(),
        lambda: redstar.problems(release="rl_dataset"),
    ]
    for call in calls:
        list(call())
    assert asked == [
        "DigitalLearningGmbH/MATH-lighteval train 7",
        "HuggingFaceH4/MATH-500 test 0",
        "Maxwell-Jia/AIME_2024 train 0",
        "KbsdJames/Omni-MATH test 0",
        "RedStar-Reasoning/rl_dataset train 0",
    ]
