"""Every kind of source that a recipe may name is read by a module of its own."""

from typing import get_args

import pytest

from redstar_geo.sources import catalogue

KINDS = [
    kind for source in get_args(catalogue.PublicSource) for kind in get_args(source.model_fields["kind"].annotation)
]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_has_its_module(kind: str) -> None:
    assert callable(catalogue._module(kind).problems)
