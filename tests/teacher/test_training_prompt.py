"""A model that was tuned here is asked in the words that it was taught with, and only when a recipe says so."""

from redstar_geo.data_prep.ask import asking
from redstar_geo.generation.prompt import prompt_messages
from redstar_geo.recipes.data import LocalTeacher
from redstar_geo.sources import builtin

PROBLEM = next(builtin.problems(["angle_sum"], 1, seed=0, difficulty=[1], modality="both"))


def test_the_prompt_is_that_of_a_training() -> None:
    plain = asking(LocalTeacher(kind="local", model="m"), 0)
    taught = asking(LocalTeacher(kind="local", model="m", training_prompt=True), 0)
    said = taught.opening(PROBLEM)[-1]["content"]
    assert [part["type"] for part in said] == ["image_url", "text"]
    assert said[-1]["text"] == prompt_messages(PROBLEM)[0]["content"]
    assert said[-1]["text"] != plain.opening(PROBLEM)[-1]["content"][-1]["text"]
    assert taught.key(PROBLEM, 0, None) != plain.key(PROBLEM, 0, None)  # another request, never answered by the other's
