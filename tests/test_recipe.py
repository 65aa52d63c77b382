import pickle
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field, model_validator

from redstar_geo import recipe
from redstar_geo.errors import InputError
from redstar_geo.recipes.data import DataRecipe


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
