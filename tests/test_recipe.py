import math
import pickle
import re
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import Field, ValidationError, model_validator

from redstar_geo import recipe
from redstar_geo.base.recipe import BaseRecipe
from redstar_geo.difficulty.recipe import DifficultyRecipe
from redstar_geo.dpo.recipe import DpoRecipe
from redstar_geo.errors import InputError
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.recipes.evaluation import EvalRecipe
from redstar_geo.rl.recipe import DaggerRecipe, DistillRecipe, PpoRecipe, ReinforceRecipe
from redstar_geo.study.recipe import StudyRecipe
from redstar_geo.trainer.recipe import MergeRecipe, SftRecipe


class Cats(recipe.Section):
    kind: Literal["cats"]
    lives: int


class Dogs(recipe.Section):
    kind: Literal["dogs"]
    breed: str = "any"


class Rates(recipe.Section):
    vision: float | None = None
    language: float | None = None

    @model_validator(mode="after")
    def _some_rate(self) -> "Rates":
        if self.vision is None and self.language is None:
            raise ValueError("give one of them")
        return self


class Trained(recipe.Section):
    run: str
    learning_rate: float | Rates
    files: str | list[str] = "x"
    length: int | Literal["auto"] = 1


class Toy(recipe.Section):
    run: str
    seed: int = 0
    rate: float = 1.0
    pets: Annotated[Cats | Dogs, Field(discriminator="kind")]


def write(folder: Path, text: str) -> str:
    path = folder / "toy.yaml"
    path.write_text(text)
    return str(path)


def test_overrides_and_the_default_run_folder(tmp_path: Path) -> None:
    toy = recipe.load(Toy, write(tmp_path, "pets: {kind: cats, lives: 9}"), ["seed=7", "pets.lives=3"])
    assert (toy.seed, toy.pets.lives, toy.run) == (7, 3, "runs/toy")


def test_all_errors_at_once_each_with_the_nearest_name(tmp_path: Path) -> None:
    text = "sede: 1\nrate: fast\npets: {kind: cats, livs: 9}"
    with pytest.raises(InputError) as error:
        recipe.load(Toy, write(tmp_path, text))
    message = str(error.value)
    assert "Did you mean 'seed'" in message
    assert "Did you mean 'lives'" in message
    assert "rate: 'fast'" in message
    assert "pets.lives: required" in message
    assert "4 errors" in message


@pytest.mark.parametrize(
    ("given", "errors"),
    [
        ("learning_rate: {visoin: 1.0}", ["learning_rate.visoin: unknown key. Did you mean 'vision'?"]),
        (
            "learning_rate: {vision: fast}",
            ["learning_rate.vision: 'fast' is not accepted: input should be a valid number."],
        ),
        ("learning_rate: {}", ["learning_rate: give one of them."]),
        (
            "learning_rate: fast",
            [
                "learning_rate: 'fast' is not accepted: input should be a valid number or a mapping (`key: value`).",
            ],
        ),
        ("{learning_rate: 1.0, files: [a, 1]}", ["files.1: 1 is not accepted: input should be a valid string."]),
        (
            "{learning_rate: 1.0, length: aut}",
            ["length: 'aut' is not accepted: input should be a valid integer or 'auto'."],
        ),
    ],
)
def test_a_value_of_several_kinds_is_one_error_without_internal_names(
    tmp_path: Path, given: str, errors: list[str]
) -> None:
    with pytest.raises(recipe.RecipeError) as caught:
        recipe.load(Trained, write(tmp_path, given))
    assert list(caught.value.errors) == errors
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # errors cross processes


def test_nothing_is_coerced_in_silence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="seed: '3'"):
        recipe.load(Toy, write(tmp_path, "seed: '3'\npets: {kind: dogs}"))


@pytest.mark.parametrize(
    ("text", "value"), [("1e-4", 1e-4), ("2E3", 2000.0), ("-1.5e2", -150.0), ("+1.e0", 1.0), ("-.5e1", -5.0)]
)
def test_rates_may_be_written_as_everyone_writes_them(tmp_path: Path, text: str, value: float) -> None:
    written = recipe.load(Toy, write(tmp_path, f"rate: {text}\npets: {{kind: dogs, breed: 'e4'}}"))
    given = recipe.load(Toy, write(tmp_path, "pets: {kind: dogs, breed: e4}"), [f"rate={text}"])
    assert written.rate == given.rate == value


def test_a_key_twice_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="'seed' twice"):
        recipe.load(Toy, write(tmp_path, "seed: 1\nseed: 2\npets: {kind: dogs}"))


def test_yaml_cannot_build_objects(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not valid YAML"):
        recipe.load(Toy, write(tmp_path, "run: !!python/object/apply:os.system ['touch owned']"))
    assert not Path("owned").exists()


@pytest.mark.parametrize("override", ["seed", "=3", "seed.x=1", "a..b=1", "run={"])
def test_a_bad_override_names_itself(tmp_path: Path, override: str) -> None:
    with pytest.raises(InputError) as error:
        recipe.load(Toy, write(tmp_path, "seed: 1\npets: {kind: dogs}"), [override])
    assert override.split("=")[0] in str(error.value)


def test_a_shipped_recipe_is_found_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    loaded = recipe.load(DataRecipe, "data_prep/geoqa_formal.yaml", ["source.path=here"])
    assert loaded.source.path == "here"
    with pytest.raises(InputError, match=r"Did you mean data_prep/geoqa_formal\.yaml"):
        recipe.find("data_prep/geoqa_formel.yaml")


@pytest.mark.parametrize("name", ["nofile.yaml", "geoqa.yaml", "train/sft_tiny.yaml"])
def test_a_recipe_that_is_none_leads_to_few_others_and_to_where_all_are(name: str) -> None:
    with pytest.raises(InputError) as error:
        recipe.find(name)
    message = str(error.value)
    assert 1 <= message.count(".yaml") - 1 <= 4
    assert str(recipe.find("eval/tiny_cpu.yaml").parent) in message
    assert ("Did you mean" in message) == (name != "nofile.yaml")


def test_a_folder_is_no_recipe(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a folder"):
        recipe.find(str(tmp_path))


def _shipped() -> list[tuple[str, type[recipe.Section]]]:
    """Every shipped recipe with its model."""
    trained = {
        "sft": SftRecipe,
        "dpo": DpoRecipe,
        "ppo": PpoRecipe,
        "reinforce_pp": ReinforceRecipe,
        "dagger": DaggerRecipe,
        "distill": DistillRecipe,
        "merge": MergeRecipe,
        "base": BaseRecipe,
    }
    folder = Path(__file__).parents[1]
    found: list[tuple[str, type[recipe.Section]]] = []
    for path in sorted(path for verb in ("data_prep", "train", "eval") for path in (folder / verb).glob("*.yaml")):
        values = recipe.read(path)
        model: type[recipe.Section] = DifficultyRecipe if "makes" in values else DataRecipe
        if path.parent.name == "train":
            model = trained[values["method"]]
        if path.parent.name == "eval":
            model = StudyRecipe if "stages" in values else EvalRecipe
        found.append((f"{path.parent.name}/{path.name}", model))
    return found


def _places(values: Any, *keys: str | int) -> Iterator[tuple[str | int, ...]]:
    """Every key of a recipe, with those that lead to it."""
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        if isinstance(key, str):
            yield (*keys, key)
        if isinstance(value, dict | list):
            yield from _places(value, *keys, key)


def _renamed(values: dict[str, Any], keys: tuple[str | int, ...], name: str) -> dict[str, Any]:
    changed: Any = deepcopy(values)
    inner = changed
    for key in keys[:-1]:
        inner = inner[key]
    inner[name] = inner.pop(keys[-1])
    return dict(changed)


def _errors(model: type[recipe.Section], values: dict[str, Any]) -> list[str]:
    try:
        recipe.check(model, values, "toy")
    except recipe.RecipeError as error:
        return list(error.errors)
    return []


@pytest.mark.parametrize(("name", "model"), _shipped())
def test_a_key_that_is_suggested_is_valid_at_its_place(name: str, model: type[recipe.Section]) -> None:
    values = recipe.read(recipe.find(name))
    suggestions = 0
    for keys in _places(values):
        misspelt = f"{keys[-1]}s"
        said = [line for line in _errors(model, _renamed(values, keys, misspelt)) if "unknown key" in line]
        for line in said:
            suggestion = re.search(r"Did you mean '(\w+)'", line)
            if suggestion is not None and line.startswith(".".join(map(str, [*keys[:-1], misspelt]))):
                suggestions += 1
                dotted = ".".join(map(str, [*keys[:-1], suggestion[1]]))
                left = _errors(model, _renamed(values, keys, suggestion[1]))
                assert not [line for line in left if line.startswith((f"{dotted}:", f"{dotted}."))], (keys, line, left)
    assert suggestions >= 3, "hardly a key was suggested"


@pytest.mark.parametrize(
    ("kind", "given", "suggested"),
    [
        ("builtin", "limit: 5", "count"),
        ("builtin", "n: 5", "count"),
        ("builtin", "max_samples: 5", "count"),
        ("geoqa", "count: 5", "limit"),
        ("geoqa", "n: 5", "limit"),
        ("geoqa", "splitt: test", "split"),
        ("geoqa", "modality: text", None),  # the built-in source's
        ("formalgeo7k", "lang: zh", "language"),
        ("formalgeo7k", "limit: 5", None),
        ("folder", "file: mine", "path"),
    ],
)
def test_what_other_sources_call_it_leads_to_the_name_that_this_one_has(
    tmp_path: Path, kind: str, given: str, suggested: str | None
) -> None:
    with pytest.raises(recipe.RecipeError) as caught:
        recipe.load(DataRecipe, write(tmp_path, f"source: {{kind: {kind}, {given}}}"))
    (line,) = [line for line in caught.value.errors if "unknown key" in line]
    assert (f"Did you mean '{suggested}'?" in line) if suggested else ("Did you mean" not in line), line


def test_a_name_that_would_not_take_the_value_is_not_suggested(tmp_path: Path) -> None:
    with pytest.raises(recipe.RecipeError, match=r"sede: unknown key\. Known here: pets, rate, run, seed\."):
        recipe.load(Toy, write(tmp_path, "sede: often\npets: {kind: dogs}"))


REFUSED = {
    "a bomb of aliases": "a: &a [x, x]\nb: &b [*a, *a]\nseed: [*b, *b]\n",
    "one alias": "a: &a 1\nseed: *a\n",
    "an alias as a key": "&a a: 1\n*a : 2\n",
    "a value that holds itself": "a: &a [*a]\n",
    "merged keys": "a: &a {x: 1}\nb: {<<: *a}\n",
    "merged keys without an alias": "b:\n  <<: {x: 1}\n",
    "brackets": "a: " + "[" * 5_000,
    "braces": "a: " + "{a: " * 5_000,
    "blocks": "".join(" " * depth + "a:\n" for depth in range(500)),
    "a list as a key": "? [a, b]\n: 1\n",
    "a mapping as a key": "{a: b}: 1\n",
    "digits": "seed: " + "9" * 5_000,
    "hexadecimal digits": "seed: 0x" + "f" * 5_000,
    "sexagesimal digits": "seed: 1" + ":59" * 5_000,
    "a date that is none": "a: 2024-13-45\n",
    "a zone that is none": "a: 2001-12-14t21:59:43.10-99:99\n",
    "a recipe of megabytes": "a: " + "x" * (1 << 20),
    "a program": "a: !!python/object/apply:os.system [x]\n",
    "keys without end": "".join(f"k{number}: 1\n" for number in range(5_001)),
    "values without end": "a: [" + "1," * 10_000 + "1]\n",
    "a tag that is not so": "a: !!bool x\n",
    "a number that is none": 'a: !!int ""\n',
    "a float that is none": 'a: !!float ""\n',
    "a time that is none": "a: !!timestamp x\n",
    "a set that is a list": "a: !!set [1]\n",
    "a key with a tag": "!!bool x: 1\n",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED.keys())
def test_what_a_few_characters_make_large_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text(text)
    with pytest.raises(InputError, match=r"recipe\.yaml"):
        recipe.read(path)


@pytest.mark.parametrize(
    "override", ["a=[*b]", "a=!!bool x", "a=" + "[" * 5_000, "a=" + "9" * 5_000, ".".join(["a"] * 5_000) + "=1"]
)
def test_an_override_is_bounded_as_the_recipe_is(override: str, tmp_path: Path) -> None:
    path = tmp_path / "recipe.yaml"
    path.write_text("seed: 1\n")
    with pytest.raises(InputError, match="Override"):
        recipe.read(path, [override])


def test_a_recipe_that_is_written_can_be_read(tmp_path: Path) -> None:
    shared = ["长", 1e-4, None]
    values = {"run": "runs/a", "a": shared, "b": {"c": shared, "d": shared}}
    path = tmp_path / "recipe.yaml"
    path.write_text(recipe.written(values), encoding="utf-8")
    assert recipe.read(path) == values


def test_many_unknown_keys_are_all_named_and_few_are_tried_in_other_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = []
    keys_instead = recipe._keys_instead
    monkeypatch.setattr(recipe, "_keys_instead", lambda *given: tried.append(given[2]) or keys_instead(*given))
    unknown = [f"k{number}" for number in range(200)]
    with pytest.raises(recipe.RecipeError) as error:
        recipe.load(Toy, write(tmp_path, "pets: {kind: dogs}\n" + "".join(f"{key}: 1\n" for key in unknown)))
    assert {line.partition(":")[0] for line in error.value.errors} >= set(unknown)
    assert len(tried) == 20


def sections(above: type[recipe.Section] = recipe.Section) -> Iterator[type[recipe.Section]]:
    for each in above.__subclasses__():
        if each.__module__.startswith("redstar_geo"):
            yield each
            yield from sections(each)


@pytest.mark.parametrize("number", [math.inf, -math.inf, math.nan])
def test_no_number_of_any_recipe_is_without_end(number: float) -> None:
    found = 0
    for section in set(sections()):
        for name, field in section.model_fields.items():
            if "float" in str(field.annotation):
                found += 1
                with pytest.raises(ValidationError) as refused:
                    section.model_validate({name: number})
                assert name in {error["loc"][0] for error in refused.value.errors() if error["loc"]}
    assert found > 30
