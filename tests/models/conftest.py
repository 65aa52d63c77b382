from functools import cache
from pathlib import Path

import pytest

from redstar_geo.models.tiny import TinySize, build_tiny
from tests.train.small import SIZE, problem, trace

TEXTS = [problem(number).question + trace(problem(number)) for number in range(20)]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory):
    """From a family to the folder of a tiny model of it."""

    @cache
    def build(family: str) -> Path:
        folder = tmp_path_factory.mktemp(family)
        build_tiny(folder, TEXTS, TinySize(**SIZE, family=family), seed=1)
        return folder

    return build
