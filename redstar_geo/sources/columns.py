"""What data sets call their columns: one table of names, each with all its spellings.

Capitals, spaces, hyphens and underscores make no difference: `Image Path`, `imagePath` and `image_path` are one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

SPELLINGS: dict[str, tuple[str, ...]] = {
    name: tuple(spellings.split())
    for name, spellings in {
        "question": "question problem query prompt instruction input user human problem_text question_text stem "
        "题目 题干 问题",
        "answer": "answer final_answer gold golden gold_answer golden_answer ground_truth gt expected_answer "
        "correct_answer reference_answer standard_answer number_answer target answers 答案 参考答案 标准答案",
        "letter": "choice_answer answer_letter answer_choice answer_option answer_key answer_idx correct_option "
        "correct_choice correct_letter label",
        "choices": "choices options option choice candidates answer_choices 选项",
        "images": "images image image_path image_paths image_file image_files image_name image_names img imgs img_path "
        "img_paths img_file img_name picture pictures picture_path figure figures figure_path diagram diagrams "
        "diagram_path photo file_name decoded_image original_image_name 图片 图 图像",
        "solution": "solution response output completion reasoning assistant gpt explanation analysis rationale "
        "worked_solution 解析 解答 分析",
        "id": "id idx pid qid uid unique_id question_id problem_id 编号 题号",
        "difficulty": "difficulty 难度",
        "level": "level",
        "year": "year 年份",
    }.items()
}
_ONE_CHOICE = re.compile(r"([A-H])|(?i:option|choice|选项)[\s_-]*([A-Ha-h])")  # `a`, `b`, `c` are sides
_ONE_PICTURE = re.compile(r"(?i:image|img|picture|figure|图片?)[\s_-]*([1-9])")


@cache
def plain(name: str) -> str:
    """A name without what makes no difference."""
    return re.sub(r"[\s_-]+", "", name).lower()


_PLAIN = {name: tuple(map(plain, spellings)) for name, spellings in SPELLINGS.items()}
_KNOWN = {spelling for spellings in _PLAIN.values() for spelling in spellings}
_ALIKE = _PLAIN | {"answer": (*_PLAIN["answer"], *_PLAIN["letter"])}  # a letter is an answer, and not the reverse


def spelled(wanted: str, there: Iterable[str]) -> str | None:
    """The column that is `wanted`, under that name or another of its spellings; None where none is."""
    columns = {plain(name): name for name in reversed(list(there))}
    own = plain(wanted)
    name = next((name for name, spellings in _PLAIN.items() if own in spellings), "")
    return next((columns[spelling] for spelling in (own, *_ALIKE.get(name, ())) if spelling in columns), None)


def renamed(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row under the names of the table: of several spellings the first that has a value; the rest in small letters.

    Choices with a column each (`A`, `B` … or `option_a` …) become one list, and so do pictures (`image_1` …).
    """
    values = {plain(name): value for name, value in row.items()}
    found = {name: _first(values, spellings) for name, spellings in _PLAIN.items()}
    rest = {name: value for name, value in row.items() if plain(name) not in _KNOWN}
    for name, one in (("choices", _ONE_CHOICE), ("images", _ONE_PICTURE)):
        single = {column: match[match.lastindex or 0].upper() for column in rest if (match := one.fullmatch(column))}
        parts = [rest.pop(column) for column in sorted(single, key=lambda column: single[column])]
        if found[name] is None and len(parts) > (name == "choices"):
            found[name] = [part for part in parts if not _is_empty(part)]
    others = {name.lower(): value for name, value in rest.items()}
    return others | {name: value for name, value in found.items() if value is not None}


def unread(row: Mapping[str, Any]) -> list[str]:
    """The columns of a row that `renamed` finds no name for."""
    return [
        name
        for name in row
        if plain(name) not in _KNOWN and not _ONE_CHOICE.fullmatch(name) and not _ONE_PICTURE.fullmatch(name)
    ]


def _first(values: Mapping[str, Any], spellings: Iterable[str]) -> Any:
    there = [values[spelling] for spelling in spellings if spelling in values]
    return next((value for value in there if not _is_empty(value)), there[0] if there else None)


def _is_empty(value: Any) -> bool:
    return value is None or value == [] or (isinstance(value, str) and not value.strip())
