"""Strict YAML recipes: a typed model per verb, `key.sub=value` overrides, and every error at once.

A recipe is a file of one verb. An unknown key is an error that names the nearest one; a wrong value names what is
allowed. Nothing is coerced in silence: `"3"` is not 3.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from importlib import resources
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from redstar_geo.bounds import DEPTH, DIGITS
from redstar_geo.errors import InputError

_VERB_FOLDERS = ("data_prep", "train", "eval", "app")
_COMMANDS = {  # the command that a recipe is for, by its keys; the first of these that it has decides
    "method": "train",
    "stages": "study",
    "makes": "data",
    "source": "data",
    "sources": "data",
    "problems": "eval",
    "benchmarks": "eval",
    "pack": "train",
}
_LARGEST, _MOST_PARTS = 1 << 20, 10_000  # bytes of a recipe; keys and values in it
_MOST_HINTS = 20  # for each all known keys are tried in its place
_SYNONYMS = (  # names that other toolkits, or other sections here, have for one thing
    {"limit", "count", "n", "num", "size", "samples", "max_samples", "num_samples", "n_samples"},
    {"learning_rate", "lr"},
    {"epochs", "num_train_epochs", "num_epochs", "n_epochs"},
    {"accumulate", "gradient_accumulation_steps", "grad_accum"},
    {"checkpoint_steps", "save_steps"},
    {"max_new_tokens", "max_tokens", "max_length", "max_completion_length", "max_seq_length"},
    {"warmup", "warmup_ratio"},
    {"compute", "bf16", "fp16", "precision"},
    {"dtype", "torch_dtype", "precision"},
    {"model", "model_name", "model_name_or_path", "base"},
    {"run", "out", "output", "output_dir"},
    {"path", "file", "folder", "dir", "dataset", "dataset_name", "data_files"},
    {"data", "dataset", "dataset_name", "train_file", "data_files"},
    {"kind", "type"},
    {"language", "lang"},
)


class Section(BaseModel):
    """Base of every recipe and of every part of one: frozen, no unknown keys, no silent coercion, finite numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


S = TypeVar("S", bound=Section)
_Keys = tuple[int | str, ...]
_A_SECTION = "Input should be a mapping (`key: value`)"


class RecipeError(InputError):
    """What is wrong with a recipe: `errors` has a line for each."""

    def __init__(self, where: str, errors: Sequence[str]) -> None:
        super().__init__(where, errors)
        self.errors = errors

    def __str__(self) -> str:
        where, errors = self.args
        count = "1 error" if len(errors) == 1 else f"{len(errors)} errors"
        return f"{where}: {count}.\n" + "\n".join(f"  {line}" for line in errors)


class _Loader(yaml.SafeLoader):
    """YAML, but `1e-4` is a number, as it is in YAML 1.2, and of two equal keys the last is not kept in silence.

    What a few characters make large is refused: aliases, merge keys, deep nesting, numbers without an end. So are tags,
    since the loader fails in its own ways where a value is not what its tag says.
    """

    _depth = _parts = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise _refused("an alias (`*name`): write its value out", self.peek_event())
        if (tag := self.peek_event().tag) is not None:  # of a scalar, a list or a mapping, which all have one
            raise _refused(f"a tag ({tag}): write the value without", self.peek_event())
        if self._depth >= DEPTH:
            raise _refused(f"nested deeper than {DEPTH}", self.peek_event())
        self._parts += 1
        if self._parts > _MOST_PARTS:
            raise _refused(f"more than {_MOST_PARTS} keys and values", self.peek_event())
        self._depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self._depth -= 1
        if isinstance(node, yaml.ScalarNode) and node.tag in _NUMBERS and len(node.value) > DIGITS:
            raise _refused(f"a number of more than {DIGITS} characters", node)
        return node

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key_node, _ in node.value:
            if not isinstance(key_node, yaml.ScalarNode) or key_node.tag == "tag:yaml.org,2002:merge":
                raise _refused("a key that is no word (`<<` merges, which is not done here)", key_node)
            if key_node.value in seen:
                raise _refused(f"key {key_node.value!r} twice", key_node)
            seen.add(key_node.value)
        return super().construct_mapping(node, deep)


def _refused(what: str, where: yaml.Node | yaml.Event) -> yaml.constructor.ConstructorError:
    return yaml.constructor.ConstructorError(None, None, what, where.start_mark)


_NUMBERS = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float")
_EXPONENT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)[eE][-+]?[0-9]+$")
_Loader.add_implicit_resolver("tag:yaml.org,2002:float", _EXPONENT, list("-+.0123456789"))


def find(name: str) -> Path:
    """The recipe file: a path as given, or `data_prep/geoqa_formal.yaml` from the installed package.

    Raises:
        InputError: no such file in either place; the shipped recipes with the nearest names are given.
    """
    path = Path(name)
    if path.is_file():
        return path
    shipped = {
        f"{folder}/{entry.name}": Path(str(entry))
        for folder in _VERB_FOLDERS
        for entry in resources.files(f"redstar_geo.{folder}").iterdir()
        if entry.name.endswith(".yaml")
    }
    if name in shipped:
        return shipped[name]
    if path.is_dir():
        raise InputError(f"Recipe {name!r} is a folder. Give the YAML file in it.")
    nearest = difflib.get_close_matches(name, shipped, n=3, cutoff=0.6)
    hint = f" Did you mean {' or '.join(nearest)}?" if nearest else ""
    folders = ", ".join(sorted({str(recipe.parent) for recipe in shipped.values()}))
    raise InputError(
        f"Recipe {name!r} is neither a file here nor a shipped recipe.{hint} Give a YAML file of yours, or the folder "
        f"and name of a shipped one, such as data_prep/geoqa_formal.yaml; they stand in {folders}."
    )


def read(path: Path, overrides: Sequence[str] = ()) -> dict[str, Any]:
    """The recipe as plain values, overrides applied; `run` defaults to `runs/<recipe name>`.

    Raises:
        InputError: not readable, too large, not YAML, not a mapping, or an override that is not `key.sub=value`.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise InputError(f"{path} has more than {_LARGEST >> 10} KiB, and no recipe is so large. Give a recipe.")
        values = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # a SafeLoader
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}). Give a recipe that you may read.") from None
    except (yaml.YAMLError, ValueError) as error:  # the second: not UTF-8, or no such date or number
        raise InputError(f"{path} is not valid YAML: {error}. Mend the line named.") from None
    if not isinstance(values, dict):
        raise InputError(f"{path} holds {type(values).__name__}, not `key: value` lines. Start from a shipped recipe.")
    for override in overrides:
        _override(values, override)
    values.setdefault("run", f"runs/{path.stem}")
    return values


class _Dumper(yaml.SafeDumper):
    """Values that stand twice are written twice, as `read` wants them."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def written(values: Mapping[str, Any]) -> str:
    """The text of a recipe with these values."""
    return str(yaml.dump(dict(values), Dumper=_Dumper, allow_unicode=True, sort_keys=False))


def load(model: type[S], name: str, overrides: Sequence[str] = ()) -> S:
    """The recipe `name` as a `model`.

    Raises:
        InputError: all that is wrong with it, one line an error.
    """
    path = find(name)
    return check(model, read(path, overrides), str(path))


def load_kind(
    models: Mapping[str, type[Section]], key: str, usual: str, name: str, overrides: Sequence[str] = ()
) -> Section:
    """The recipe `name` as the model that its value of `key` names; see `check_kind`."""
    path = find(name)
    return check_kind(models, key, usual, read(path, overrides), str(path))[1]


def check_kind(
    models: Mapping[str, type[Section]], key: str, usual: str, values: Mapping[str, Any], where: str
) -> tuple[str, Section]:
    """The kind that the value of `key` names (without that key, the `usual` one), and `values` as its model.

    Raises:
        InputError: no such kind, or all that is wrong with the recipe, one line an error.
    """
    kind = str(values.get(key, usual))
    if kind not in models:
        raise InputError(f"{where}: {key}: {kind!r} is none of {', '.join(sorted(models))}. Name one of them.")
    return kind, check(models[kind], dict(values), where)


def check_command(command: str, name: str) -> None:
    """Whether the recipe `name` is one for this command, as far as its keys tell.

    Raises:
        InputError: it is for another, which is named.
    """
    values = read(find(name))
    key = next((key for key in _COMMANDS if key in values), None)
    if key is not None and _COMMANDS[key] != command:
        right = _COMMANDS[key]
        raise InputError(
            f"{name} is no recipe of `redstar-geo {command}`: it has {key!r}, so use {right}, as in "
            f"`redstar-geo {right} {name}`."
        )


def check(model: type[S], values: dict[str, Any], where: str) -> S:
    """`values` as a `model`; see `load`."""
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise RecipeError(where, _explain(model, values, error.errors())) from None


def _override(values: dict[str, Any], override: str) -> None:
    dotted, equals, text = override.partition("=")
    keys = dotted.split(".")
    if not equals or not all(keys) or len(keys) > DEPTH:
        raise InputError(f"Override {override!r} is not key=value. Write for example seed=7 or source.path=folder.")
    try:
        value = yaml.load(text, Loader=_Loader) if text else None  # a SafeLoader
    except (yaml.YAMLError, ValueError):
        raise InputError(f"Override {override!r}: the value is not YAML. Quote it: 'key=\"a: b\"'.") from None
    for key in keys[:-1]:
        inner = values.setdefault(key, {})
        if not isinstance(inner, dict):
            raise InputError(f"Override {override!r}: {key!r} is {inner!r}, which has no parts. Set {key}=… instead.")
        values = inner
    values[keys[-1]] = value


def _explain(model: type[BaseModel], values: dict[str, Any], items: Sequence[Any]) -> list[str]:
    """A line an error, under the keys as they are written.

    For a value of a union pydantic reports the errors of every member. Where one member fits but for what is inside it,
    or but for a rule of its own, only that is reported; where none fits, all of them are one error.
    """
    placed = [(*_as_written(values, item), item) for item in items]
    inside = [(keys, item) for keys, whole, item in placed if not whole]
    unknown = (keys for keys, item in inside if item["type"] == "extra_forbidden")
    hinted = set(islice(unknown, _MOST_HINTS))
    refused: dict[_Keys, list[Any]] = {}
    for keys, whole, item in placed:
        if whole and not any(deeper[: len(keys)] == keys for deeper, _ in inside):
            refused.setdefault(keys, []).append(item)
    lines = [_line(model, values, keys, [item], keys in hinted) for keys, item in inside]
    for keys, verdicts in refused.items():
        by_rule = [item for item in verdicts if item["type"] == "value_error"]
        lines.append(_line(model, values, keys, by_rule or verdicts))
    return lines


def _as_written(values: dict[str, Any], item: Any) -> tuple[_Keys, bool]:
    """The keys of an error without the names that pydantic gives to what a value may be.

    The second is whether such a name stands last: then the error is about the whole value, as one of these things.
    """
    keys: list[int | str] = []
    inner: Any = values
    whole = False
    for part in item["loc"]:
        in_list = isinstance(inner, list) and isinstance(part, int) and part < len(inner)
        whole = not in_list and not (isinstance(inner, dict) and part in inner)
        if not whole:
            keys.append(part)
            inner = inner[part]
    if item["type"] == "missing":
        return (*keys, item["loc"][-1]), False
    return tuple(keys), whole


def _line(
    model: type[BaseModel], values: dict[str, Any], keys: _Keys, items: Sequence[Any], hinted: bool = False
) -> str:
    """One error; of several items, that a value is none of what it may be. An unknown key may have a hint."""
    dotted, item = ".".join(map(str, keys)), items[0]
    if item["type"] == "extra_forbidden":
        if not hinted:
            return f"{dotted}: unknown key."
        suggested, allowed = _keys_instead(model, values, keys)
        hint = f" Did you mean {suggested!r}?" if suggested else f" Known here: {', '.join(allowed)}."
        return f"{dotted}: unknown key.{hint}"
    if item["type"] == "missing":
        return f"{dotted}: required and not given. Add it to the recipe or write {dotted}=… on the command line."
    if item["type"] == "value_error":
        why = " or ".join(str(each["ctx"]["error"]) for each in items)
        value = "" if isinstance(item["input"], dict) else f"{item['input']!r} is not accepted: "
        return f"{dotted}: {value}{why}." if dotted else f"{why}."
    first, *others = dict.fromkeys(_A_SECTION if each["type"] == "model_type" else each["msg"] for each in items)
    why = " or ".join([first, *(each.removeprefix("Input should be ") for each in others)])
    return f"{dotted}: {item['input']!r} is not accepted: {why[0].lower()}{why[1:]}."


def _keys_instead(model: type[BaseModel], values: dict[str, Any], keys: _Keys) -> tuple[str | None, list[str]]:
    """For an unknown key: the likeliest other name, if it takes the value, and all names that are known at its place.

    What is known where a section may be one of several depends on what is written beside the key. So each name is
    tried in its place: one that leads to another error is not suggested.
    """
    unknown = str(keys[-1])
    refusals = {name: _refusals(model, values, keys, name) for name in sorted(set(_keys_beside(model, keys)))}
    known = [name for name, types in refusals.items() if "extra_forbidden" not in types]
    alike = [name for group in _SYNONYMS if unknown in group for name in known if name in group]
    alike += difflib.get_close_matches(unknown, known, n=3, cutoff=0.5)
    return next((name for name in alike if not refusals[name]), None), known


def _refusals(model: type[BaseModel], values: dict[str, Any], keys: _Keys, name: str) -> set[str]:
    """The types of the errors about a key, or inside of it, if it were called `name`."""
    changed = inner = deepcopy(values)
    for part in keys[:-1]:
        inner = inner[part]  # type: ignore[index]
    value = inner.pop(str(keys[-1]))
    beside = inner.get(name)  # what an override is merged with
    inner[name] = beside | value if isinstance(beside, dict) and isinstance(value, dict) else value
    try:
        model.model_validate(changed)
    except ValidationError as error:
        renamed = (*keys[:-1], name)
        return {item["type"] for item in error.errors() if _as_written(changed, item)[0][: len(keys)] == renamed}
    return set()


def _keys_beside(model: type[BaseModel], keys: _Keys) -> Iterator[str]:
    """The keys of every section that may stand where an unknown one stood."""
    models = [model]
    for part in keys[:-1]:
        fields = [each.model_fields[str(part)] for each in models if part in each.model_fields]
        models = [inner for field in fields for inner in _models_in(field.annotation)] or models
    for each in models:
        yield from each.model_fields


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    args = annotation.__args__ if hasattr(annotation, "__args__") else ()
    return [model for arg in args for model in _models_in(arg)]
