"""A model in this process that answers while a person watches, token by token, and can be stopped at any of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

from redstar_geo.errors import RedStarError
from redstar_geo.generation.encoded import Prompt, encode_text, pictures_of
from redstar_geo.generation.local import EachToken, LocalModel
from redstar_geo.generation.prompt import prompt_messages
from redstar_geo.generation.request import Delta, GenerationSettings
from redstar_geo.models.chat_template import applied, trial_of
from redstar_geo.models.encode import SampleError
from redstar_geo.records import Problem
from redstar_geo.workers import GaveUp, Workers

_UNFINISHED = "�"  # a character whose last bytes are still to come


class LocalStream:
    """Answers in the app with the model at a hub id or folder, one question at a time.

    Raises:
        InputError: it cannot be loaded.
    """

    def __init__(self, model: str, dtype: str = "auto") -> None:
        self.local = LocalModel(model, dtype)
        self.name = Path(model).name if Path(model).name != "model" else Path(model).resolve().parent.name
        self._trials = Workers(1)
        self._one_at_a_time = ThreadPoolExecutor(1, "model")  # what waits for it holds no other thread up

    async def stream(self, problem: Problem, settings: GenerationSettings) -> AsyncIterator[Delta]:
        """See `Streaming.stream`."""
        loop = asyncio.get_running_loop()
        coming: asyncio.Queue[int | None] = asyncio.Queue()
        stopped = Event()

        def each_token(token: int) -> bool:
            loop.call_soon_threadsafe(coming.put_nowait, token)
            return stopped.is_set()

        try:
            written = await self._prompt_text(problem)
            prompt = await loop.run_in_executor(self._one_at_a_time, self._encode, problem, written)
            work = loop.run_in_executor(self._one_at_a_time, self._complete, prompt, settings, each_token, stopped)
            work.add_done_callback(lambda _: coming.put_nowait(None))
            tokens: list[int] = []
            streamed, counted = "", 0
            while (token := await coming.get()) is not None:
                tokens.append(token)
                while not coming.empty() and (token := coming.get_nowait()) is not None:
                    tokens.append(token)
                text = prompt.opened + str(self.local.tokenizer.decode(tokens, skip_special_tokens=True))
                text = text.rstrip(_UNFINISHED)
                yield Delta(text[len(streamed) :], tokens=len(tokens) - counted)
                streamed, counted = text, len(tokens)
                if token is None:
                    break
            yield Delta(finish_reason=await work)
        except SampleError as error:
            raise RedStarError(f"The model cannot take this question: {error.what}.") from None
        except (RuntimeError, ValueError) as error:
            raise RedStarError(f"The model failed ({type(error).__name__}). Its question may be too long.") from error
        finally:
            stopped.set()

    async def _prompt_text(self, problem: Problem) -> str:
        """What the chat template, a program of whoever made the model, writes where it can be ended; never here.

        Raises:
            RedStarError: it is wrong, or has no end, or no end of memory.
        """
        trial = trial_of(self.local.processor, prompt_messages(problem), len(problem.images))
        try:
            return await self._trials.run(applied, *trial)
        except GaveUp as gave_up:
            raise RedStarError(f"The chat template of the model could not be applied ({gave_up.reason}).") from None

    def _encode(self, problem: Problem, written: str) -> Prompt:
        return encode_text(problem.id, written, pictures_of(problem), self.local.model.config, self.local.processor)

    def _complete(self, prompt: Prompt, settings: GenerationSettings, each_token: EachToken, stopped: Event) -> str:
        """In the model's thread: the reason why it ended."""
        if stopped.is_set():
            return "stopped"
        (reply,) = self.local.complete([prompt], settings, each_token)
        return reply.finish_reason
