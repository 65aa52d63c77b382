"""A transformers model in this process as a teacher: requests gather, like lengths are answered as one batch."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any

import torch
from transformers import AutoModelForImageTextToText, AutoProcessor

from redstar_geo.errors import InputError
from redstar_geo.generation.client import Outcome

_GATHER_S = 0.02


@dataclass(eq=False)
class _Waiting:
    request: Mapping[str, Any]
    answer: asyncio.Future[Outcome]
    started: float = field(default_factory=time.monotonic)


class LocalModel:
    """Answers chat requests with a model on this machine; use it as an async context manager.

    Args:
        model: hub id or folder.
        batch_size: how many requests are answered at once.
        dtype: of the weights.
    """

    def __init__(self, model: str, batch_size: int, dtype: str) -> None:
        self.batch_size = batch_size
        self.in_flight = 0
        self._waiting: list[_Waiting] = []
        device = "cuda" if torch.cuda.is_available() else "cpu"
        try:
            self.processor = AutoProcessor.from_pretrained(model)
            loaded = AutoModelForImageTextToText.from_pretrained(model, dtype=dtype, device_map=device)
        except (OSError, ValueError) as error:
            raise InputError(
                f"Model {model!r} cannot be loaded ({error}). Give a Hugging Face id, or a folder such as "
                "runs/NAME/model that a training wrote."
            ) from None
        self.model = loaded.eval()

    async def __aenter__(self) -> LocalModel:
        self._task = asyncio.create_task(self._serve())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def room(self) -> int:
        """Two batches: one at work, one gathering."""
        return max(0, 2 * self.batch_size - self.in_flight)

    async def ask(self, request: Mapping[str, Any]) -> Outcome:
        """The reply, once its batch is done.

        Raises:
            RuntimeError: the model failed.
        """
        self.in_flight += 1
        try:
            waiting = _Waiting(request, asyncio.get_running_loop().create_future())
            self._waiting.append(waiting)
            return await waiting.answer
        finally:
            self.in_flight -= 1

    async def _serve(self) -> None:
        while True:
            await asyncio.sleep(_GATHER_S)
            if not self._waiting:
                continue
            self._waiting.sort(key=lambda one: len(str(one.request["messages"][-1]["content"])))
            batch, self._waiting = self._waiting[: self.batch_size], self._waiting[self.batch_size :]
            try:
                bodies = await asyncio.to_thread(self._answer, [one.request for one in batch])
            except (RuntimeError, ValueError) as error:
                for one in batch:
                    one.answer.set_exception(error)
                continue
            for one, body in zip(batch, bodies, strict=True):
                if not one.answer.done():
                    one.answer.set_result(Outcome(body, None, False, time.monotonic() - one.started, 1))

    def _answer(self, requests: list[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """One batch of chat completions, each as a server would send it."""
        first = requests[0]
        torch.manual_seed(int(first["seed"]))
        inputs = self.processor.apply_chat_template(
            [_plain(request["messages"]) for request in requests],
            tokenize=True,
            add_generation_prompt=True,
            return_dict=True,
            return_tensors="pt",
            padding=True,
            padding_side="left",
        ).to(self.model.device)
        temperature = float(first.get("temperature") or 0.0)
        sampled = {"temperature": temperature, "top_p": float(first.get("top_p") or 1.0)} if temperature else {}
        with torch.inference_mode():
            output = self.model.generate(
                **inputs, max_new_tokens=int(first["max_tokens"]), do_sample=bool(sampled), **sampled
            )
        prompt_tokens = inputs["attention_mask"].sum(dim=1).tolist()
        ends = self.model.generation_config.eos_token_id
        ends = set(ends if isinstance(ends, list) else [ends])
        return [
            self._body(tokens, int(prompt), ends)
            for tokens, prompt in zip(output[:, inputs["input_ids"].shape[1] :].tolist(), prompt_tokens, strict=True)
        ]

    def _body(self, tokens: list[int], prompt_tokens: int, ends: set[int]) -> dict[str, Any]:
        end = next((place for place, token in enumerate(tokens) if token in ends), None)
        said = tokens if end is None else tokens[:end]
        reason = "length" if end is None else "stop"
        text = self.processor.tokenizer.decode(said, skip_special_tokens=True)
        return {
            "choices": [{"message": {"role": "assistant", "content": text or " "}, "finish_reason": reason}],
            "usage": {"prompt_tokens": prompt_tokens, "completion_tokens": len(said) + (end is not None)},
        }


def _plain(conversation: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Messages as processors take them: pictures under `url`, every content a list."""
    return [{"role": message["role"], "content": _parts(message["content"])} for message in conversation]


def _parts(content: Any) -> list[dict[str, Any]]:
    if isinstance(content, str):
        return [{"type": "text", "text": content}]
    return [
        {"type": "image", "url": part["image_url"]["url"]} if part["type"] == "image_url" else part for part in content
    ]
