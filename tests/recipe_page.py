"""Every key of every recipe, from the recipes' own models: `python -m tests.recipe_page` writes `docs/recipes.md`.

A test holds the page to it.
"""

from __future__ import annotations

import inspect
import json
import re
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from redstar_geo.base.recipe import BaseRecipe
from redstar_geo.difficulty.recipe import DifficultyRecipe
from redstar_geo.dpo.recipe import DpoRecipe
from redstar_geo.recipe import Section
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.rl.recipe import DaggerRecipe, DistillRecipe, PpoRecipe, ReinforceRecipe
from redstar_geo.study.recipe import StudyRecipe
from redstar_geo.trainer.recipe import MergeRecipe, SftRecipe

PAGE = Path(__file__).parents[1] / "docs" / "recipes.md"
_HEAD = """# Every key of a recipe

*For looking up a key of a recipe: what it takes and what it is by default.*

A recipe is a YAML file; `key.sub=value` on the command line changes one key for this run, and an unknown key is an
error that names the nearest one. A stage whose section is left out (`filters`, `prompts`, `difficulty`, `evaluate` …)
does not take place; an empty section, `filters: {}`, switches it on with its defaults.

This page is made from the recipes' own models (`python -m tests.recipe_page`), and a test holds it to them. What the
shipped recipes set, and why, their first lines say.
"""
_PLAIN = {int: "whole number", float: "number", str: "text", bool: "true or false", type(None): "null", Any: "anything"}
_TRAIN, _RL = "`redstar-geo train`, fine-tuning", "`redstar-geo train`, REINFORCE++ and GRPO"
_RECIPES: tuple[tuple[str, type[Section], str | None], ...] = (
    ("`redstar-geo data`", DataRecipe, None),
    ("`redstar-geo data`, a scorer of difficulty (`makes: difficulty`)", DifficultyRecipe, None),
    (_TRAIN, SftRecipe, None),
    ("`redstar-geo train`, DPO (`method: dpo`)", DpoRecipe, _TRAIN),
    (_RL + " (`method: reinforce_pp`)", ReinforceRecipe, None),
    ("`redstar-geo train`, PPO (`method: ppo`)", PpoRecipe, _RL + " (`method: reinforce_pp`)"),
    ("`redstar-geo train`, the solver as teacher (`method: dagger`)", DaggerRecipe, _RL + " (`method: reinforce_pp`)"),
    ("`redstar-geo train`, a model as teacher (`method: distill`)", DistillRecipe, _RL + " (`method: reinforce_pp`)"),
    ("`redstar-geo train`, a merge (`method: merge`)", MergeRecipe, None),
    ("`redstar-geo train`, the small base (`method: base`)", BaseRecipe, None),
    ("`redstar-geo eval`", EvalRecipe, None),
    ("`redstar-geo study`", StudyRecipe, None),
)


Kinds = dict[type[Section], set[str]]  # a section that others may stand for → the keys where it may stand


def page() -> str:
    """The page in Markdown."""
    parts, tables = [_HEAD], {}
    kinds: Kinds = {}
    for title, recipe, like in _RECIPES:
        tables[title] = dict(_rows(recipe, "", kinds))
        known = tables[like] if like else {}
        new = {key: row for key, row in tables[title].items() if known.get(key) != row}
        parts += [f"## {title}\n", _said(recipe)]
        if like:
            others = like.partition(" (")[0].partition(", ")[2]
            parts.append(f"All keys of {others} but {_missing(known, tables[title])}; and:\n")
        parts.append(_table(new))
    parts.append("## Sections that have a kind\n")
    for section, keys in sorted(kinds.items(), key=lambda each: (sorted(each[1]), _kind(each[0]))):
        where = ", ".join(f"`{key}`" for key in sorted(keys))
        parts += [
            f"### `kind: {_kind(section)}`\n",
            f"In {where}. {_said(section)}",
            _table(dict(_rows(section, "", {}))),
        ]
    return "\n".join(part for part in parts if part)


def _rows(model: type[BaseModel], before: str, kinds: Kinds) -> Iterator[tuple[str, str]]:
    """Dotted key → its cells; sections that have a kind are put into `kinds`."""
    described = _attributes(model)
    for name, field in model.model_fields.items():
        sections = list(dict.fromkeys(_sections(field.annotation)))
        key = f"{before}{name}"
        yield key, f"{_words(field.annotation)} | {_default(name, field)} | {described.get(name, '')}"
        inside = f"{key}.NAME." if _is_mapping(field.annotation) else f"{key}."
        if len(sections) == 1:
            yield from _rows(sections[0], inside, kinds)
        for section in sections if len(sections) > 1 else ():
            kinds.setdefault(section, set()).add(key)


def _sections(annotation: Any) -> Iterator[type[Section]]:
    if inspect.isclass(annotation) and issubclass(annotation, Section):
        yield annotation
    for part in get_args(annotation) if get_origin(annotation) is not Literal else ():
        yield from _sections(part)


def _kind(section: type[Section]) -> str:
    return ", ".join(map(str, get_args(section.model_fields["kind"].annotation)))


def _is_mapping(annotation: Any) -> bool:
    return get_origin(annotation) is dict or any(map(_is_mapping, get_args(annotation)))


def _words(annotation: Any) -> str:
    """What a value may be."""
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _words(parts[0])
    if origin is Literal:
        return ", ".join(f"`{part}`" for part in parts)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(map(_words, parts)))
    if origin in (list, tuple):
        return "list of " + " or ".join(dict.fromkeys(_words(part) for part in parts if part is not ...))
    if origin is dict:
        return f"mapping to {_words(parts[1])}"
    return _PLAIN.get(annotation, "section")


def _default(name: str, field: FieldInfo) -> str:
    if field.is_required():
        return "`runs/` and the recipe's name" if name == "run" else "required"
    value = field.get_default(call_default_factory=True, validated_data={})
    value = value.model_dump(exclude_defaults=True) if isinstance(value, BaseModel) else value
    return f"`{json.dumps(value, ensure_ascii=False, default=str)}`"


def _attributes(model: type[BaseModel]) -> dict[str, str]:
    """Key → what the docstrings of the model and its bases say of it."""
    found: dict[str, str] = {}
    for base in model.__mro__:
        told = (inspect.getdoc(base) or "").partition("Attributes:\n")[2] if base.__doc__ else ""
        text = re.sub(r"\n\s{8,}", " ", told.partition("\n\n")[0])
        for line in text.split("\n"):
            keys = [key for key in re.findall(r"(?:^|; )(\w+): ", line.strip()) if key in model.model_fields]
            told_of = re.split(rf"(?:^|; )(?:{'|'.join(keys)}): ", line.strip())[1:] if keys else []
            found |= {
                key: words.replace("|", "\\|") for key, words in zip(keys, told_of, strict=True) if key not in found
            }
    return found


def _said(model: type[BaseModel]) -> str:
    """The paragraphs of a model's docstring before its attributes."""
    told = (inspect.getdoc(model) or "").partition("Attributes:")[0].strip() if model.__doc__ else ""
    return f"{told}\n" if told else ""


def _missing(known: dict[str, str], rows: dict[str, str]) -> str:
    return ", ".join(f"`{key}`" for key in known if key not in rows and "." not in key) or "none"


def _table(rows: dict[str, str]) -> str:
    lines = [f"| `{key}` | {cells} |" for key, cells in rows.items()]
    return "\n".join(["| key | value | default | |", "|---|---|---|---|", *lines, ""])


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
