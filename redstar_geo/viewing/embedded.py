"""The small base that ships with the package: no server, loaded beside the first page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import aclosing
from pathlib import Path
from typing import TYPE_CHECKING

from redstar_geo.generation.request import Delta, GenerationSettings
from redstar_geo.models.shipped import BASE, FOLDER
from redstar_geo.records import Problem

if TYPE_CHECKING:
    from redstar_geo.generation.streamed import LocalStream


def shipped() -> Path | None:
    """The folder of the model; None in an installation without it."""
    return FOLDER if (FOLDER / "config.json").is_file() else None


class EmbeddedModel:
    """Answers with the model in a folder, which is read when it is first wanted.

    Args:
        folder: of the model.
    """

    name = BASE

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, "load")
        self._loaded: Future[LocalStream] | None = None

    def load(self) -> Future[LocalStream]:
        """Begin to read it, if nobody has; torch comes along, which takes seconds."""
        if self._loaded is None:
            self._loaded = self._thread.submit(_load, str(self._folder))
        return self._loaded

    async def stream(self, problem: Problem, settings: GenerationSettings) -> AsyncIterator[Delta]:
        """See `Streaming.stream`."""
        model = await asyncio.wrap_future(self.load())
        async with aclosing(model.stream(problem, settings)) as deltas:  # type: ignore[type-var]
            async for delta in deltas:
                yield delta


def _load(folder: str) -> LocalStream:
    from redstar_geo.generation.streamed import LocalStream

    return LocalStream(folder)
