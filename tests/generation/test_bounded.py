"""Servers whose few bytes unpack to many: what is read of a response is bounded, whole or streamed."""

from __future__ import annotations

import asyncio
import tracemalloc
from collections.abc import Callable

import pytest

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.generation.address import Endpoint, ServerAddress
from redstar_geo.generation.bounded import LARGEST
from redstar_geo.generation.client import Client
from redstar_geo.generation.events import first_model, stream
from tests.teacher.conftest import serve  # noqa: F401

REQUEST = {"model": "teacher", "messages": [{"role": "user", "content": "gold=5;"}]}


def test_a_reply_that_unpacks_without_end_is_a_failure_of_its_own(serve: Callable[..., str]) -> None:  # noqa: F811
    url = serve(faults={"bomb": 1.0})

    async def ask() -> tuple[str | None, dict[str, int]]:
        async with Client(Endpoint(servers=[ServerAddress(url=url)], attempts=2)) as client:
            outcome = await client.ask(REQUEST)
            return outcome.failure, client.retries

    tracemalloc.start()
    failure, retries = asyncio.run(ask())
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert failure == "reply_too_large" and sum(retries.values()) == retries["reply_too_large"]
    assert peak < 2 * LARGEST


def test_a_stream_that_unpacks_without_end_names_its_server(serve: Callable[..., str]) -> None:  # noqa: F811
    url = serve(faults={"bomb": 1.0})

    async def listen() -> None:
        async for _ in stream(ServerAddress(url=url), REQUEST):
            pass

    with pytest.raises(RedStarError, match=url.replace(".", r"\.")):
        asyncio.run(listen())


def test_a_list_of_models_that_unpacks_without_end_is_none(serve: Callable[..., str]) -> None:  # noqa: F811
    with pytest.raises(InputError, match="MiB"):
        asyncio.run(first_model(ServerAddress(url=serve(faults={"bomb": 1.0}))))
