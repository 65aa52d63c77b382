"""A model in vLLM's engine, where it is installed (`pip install vllm`); it batches by itself, over all GPUs it sees."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Container, Sequence
from typing import Any

import torch

from redstar_geo.errors import InputError
from redstar_geo.generation.chat import user_message
from redstar_geo.generation.reply import Reply
from redstar_geo.generation.request import GenerationSettings, Keep, Key, Sample, Shard
from redstar_geo.models.shipped import located
from redstar_geo.models.special_tokens import guarded_text
from redstar_geo.progress import progress

_AT_ONCE = 512  # samples handed over together: all that a kill can cost


class VllmModel:
    """Answers with the model at a hub id or folder.

    Raises:
        InputError: vLLM is not installed or cannot load the model, or several ranks are started.
    """

    def __init__(self, model: str, settings: GenerationSettings, dtype: str, shard: Shard) -> None:
        try:
            import vllm
        except ImportError as error:
            raise InputError(
                f"engine: vllm needs vLLM, which cannot be imported ({error}). Install it (pip install vllm), or take "
                "engine: transformers."
            ) from None
        if shard.ranks > 1:
            raise InputError(
                f"engine: vllm uses all GPUs from one process, and {shard.ranks} are started. Run it without torchrun."
            )
        self.settings = settings
        try:
            self.engine: Any = vllm.LLM(
                model=located(model),
                dtype=dtype,
                seed=settings.seed,
                tensor_parallel_size=max(1, torch.cuda.device_count()),
                generation_config="vllm",  # not the model's own: the recipe's settings are all there are
            )
        except (OSError, ValueError, RuntimeError) as error:
            raise InputError(
                f"vLLM cannot load {model!r} ({error}). Check the model, or engine: transformers."
            ) from None
        self._params: Any = vllm.SamplingParams

    def answer(self, samples: Sequence[Sample], done: Container[Key], keep: Keep, shard: Shard) -> Counter[str]:
        """See `Backend.answer`."""
        left = [each for each in samples if each.key not in done]
        for start in progress(range(0, len(left), _AT_ONCE), "answering", -(-len(left) // _AT_ONCE)):
            keep(self._answers(left[start : start + _AT_ONCE]))
        return Counter()

    def _answers(self, samples: Sequence[Sample]) -> list[tuple[Sample, Reply]]:
        started, wanted = time.monotonic(), self.settings
        params = [
            self._params(
                max_tokens=wanted.max_new_tokens,
                temperature=wanted.temperature,
                top_p=wanted.top_p,
                seed=wanted.seed + each.number,
            )
            for each in samples
        ]
        tokenizer = self.engine.get_tokenizer()
        texts = [guarded_text(tokenizer, each.messages()[0]["content"]) for each in samples]
        conversations = [[user_message(text, each.problem.images)] for text, each in zip(texts, samples, strict=True)]
        outputs = self.engine.chat(conversations, params, use_tqdm=False)
        seconds = (time.monotonic() - started) / len(samples)
        completions = [output.outputs[0] for output in outputs]
        return [
            (each, Reply.of_text(one.text, one.finish_reason or "none", None, len(one.token_ids), seconds))
            for each, one in zip(samples, completions, strict=True)
        ]
