"""A transformers model in this process as one who answers: token by token, and it stops at the next one when told."""

from __future__ import annotations

import asyncio
import io
import threading
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import torch
from PIL import Image
from transformers import StoppingCriteria, StoppingCriteriaList
from trl.data_utils import prepare_multimodal_messages

from redstar_geo.errors import RedStarError
from redstar_geo.generation.prompt import prompt_messages
from redstar_geo.records import Problem
from redstar_geo.teacher.local import LocalModel
from redstar_geo.viewing.attempt import Delta, Settings

_UNFINISHED = "�"  # a character whose last bytes are still to come


class LocalAnswers:
    """Answers with a model on this machine, one question at a time.

    Args:
        model: hub id or folder.
        dtype: of the weights.

    Raises:
        InputError: it cannot be loaded.
    """

    def __init__(self, model: str, dtype: str = "auto") -> None:
        loaded = LocalModel(model, 1, dtype)
        self.model, self.processor = loaded.model, loaded.processor
        self.name = Path(model).name if Path(model).name != "model" else Path(model).resolve().parent.name
        self._one_at_a_time = threading.Lock()

    async def stream(self, problem: Problem, settings: Settings, sample: int) -> AsyncIterator[Delta]:
        """Raises:
        RedStarError: the model failed.
        """
        heard = _Heard(asyncio.get_running_loop())
        work = asyncio.create_task(asyncio.to_thread(self._generate, problem, settings, sample, heard))
        work.add_done_callback(lambda _: heard.tokens.put_nowait(None))
        said: list[int] = []
        shown = ""
        try:
            while (token := await heard.tokens.get()) is not None:
                said.append(token)
                while not heard.tokens.empty() and (token := heard.tokens.get_nowait()) is not None:
                    said.append(token)
                text = self.processor.tokenizer.decode(said, skip_special_tokens=True).rstrip(_UNFINISHED)
                yield Delta(text[len(shown) :], tokens=len(said) - heard.counted)
                shown, heard.counted = text, len(said)
                if token is None:
                    break
            yield Delta(finish_reason=await work)
        except (RuntimeError, ValueError) as error:
            raise RedStarError(f"The model failed ({type(error).__name__}). Its question may be too long.") from error
        finally:
            heard.stopped.set()

    def _generate(self, problem: Problem, settings: Settings, sample: int, heard: _Heard) -> str:
        """In a thread of its own: the reason why it ended."""
        with self._one_at_a_time:
            if heard.stopped.is_set():
                return "stopped"
            inputs = self._inputs(problem)
            heard.prompt = inputs["input_ids"].shape[1]
            torch.manual_seed(sample)
            sampled: dict[str, Any] = {"temperature": settings.temperature} if settings.temperature else {}
            with torch.inference_mode():
                output = self.model.generate(
                    **inputs,
                    max_new_tokens=settings.max_tokens,
                    do_sample=bool(sampled),
                    stopping_criteria=StoppingCriteriaList([heard]),
                    **sampled,
                )
        return "length" if output.shape[1] - heard.prompt >= settings.max_tokens else "stop"

    def _inputs(self, problem: Problem) -> Any:
        """Rendered as in training: the pictures before the text of the question."""
        pictures = [Image.open(io.BytesIO(image.data)).convert("RGB") for image in problem.images]
        conversation = prepare_multimodal_messages(prompt_messages(problem), images=pictures)
        return self.processor.apply_chat_template(
            conversation, tokenize=True, add_generation_prompt=True, return_dict=True, return_tensors="pt"
        ).to(self.model.device)


class _Heard(StoppingCriteria):  # type: ignore[misc]
    """Called by `generate` after each token: hands it over to the loop, and says whether to stop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.tokens: asyncio.Queue[int | None] = asyncio.Queue()
        self.stopped = threading.Event()
        self.prompt = self.counted = 0

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        if input_ids.shape[1] > self.prompt:
            self.loop.call_soon_threadsafe(self.tokens.put_nowait, int(input_ids[0, -1]))
        return torch.full((input_ids.shape[0],), self.stopped.is_set(), dtype=torch.bool, device=input_ids.device)
