"""Responses by vLLM, where it is installed: in this process, or on a server (`vllm serve`).

vLLM computes other log-probabilities than the trainer. They come back with every token, the gap to log π_old is in the
log, and a token weighs min(π_old/π_sampler, cap) in the loss. Chance is vLLM's own, so that a resumed training goes on
from its checkpoint but not along the very same curve. This file has not been run on a GPU yet.

In this process vLLM expands the placeholder of an image itself, within the trainer's limits of pixels; a server is
given expanded tokens and where its images are among them. Either way every prompt's tokens must be the trainer's.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections.abc import Iterator, Sequence
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from peft import PeftModel
from PIL.Image import Image
from torch import Tensor
from transformers import PreTrainedModel

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.generation.encoded import Prompt, pictures_of
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.generation.sampling import end_tokens
from redstar_geo.models.families import tokenizer_of
from redstar_geo.models.pixels import limits_for_vllm
from redstar_geo.models.placeholders import collapsed, image_spans, marks_around
from redstar_geo.records import Problem
from redstar_geo.rl.models import Models
from redstar_geo.rl.recipe import Served
from redstar_geo.rl.rollout import Rollout

_NEVER = -100.0  # vLLM's least bias of a logit
Drawn = tuple[Sequence[int], Sequence[float]]  # a response's tokens, and the log-probability of each


class OtherPrompt(RedStarError):
    """vLLM answered other tokens than those of the trainer's prompt: what it sampled says nothing about the policy."""


class VllmSampler:
    """Samples as `generate` does: plainly, at the recipe's temperature, without the banned tokens.

    Raises:
        InputError: vLLM is not installed, or a server is to serve several ranks.
    """

    def __init__(
        self, served: Served, settings: GenerationSettings, samples: int, models: Models, accelerator: Accelerator
    ) -> None:
        if importlib.util.find_spec("vllm") is None:
            remedy = "pip install 'redstar-geo[train,vllm]', or leave vllm out of the recipe."
            raise InputError(f"vllm: the package is not installed. {remedy}")
        if served.url is not None and accelerator.num_processes > 1:
            raise InputError("vllm.url: a server serves one rank here. Leave url out: each rank has its own engine.")
        self.settings, self.samples, self.models = settings, samples, models
        plainly = {
            "n": samples,
            "temperature": settings.temperature,
            "max_tokens": settings.max_new_tokens,
            "logprobs": 0,  # of the drawn token alone
        }
        further = {
            "logit_bias": {int(token): _NEVER for token in models.distribution.banned},
            "stop": list(settings.stop),
            "include_stop_str_in_output": True,
        }
        self.engine: _Engine = (
            _Here(served.memory, models, accelerator, plainly | further)
            if served.url is None
            else _Server(served.url, models, plainly, further)
        )

    def follow(self, models: Models) -> None:
        """Hand the policy's weights over, adapters merged."""
        self.engine.follow()

    def __call__(self, prompts: Sequence[Prompt], problems: Sequence[Problem], seed: int) -> list[Rollout]:
        """As `collect.Sampler`; the seed is not used.

        Raises:
            OtherPrompt: vLLM's tokens of a prompt are not the trainer's.
            InputError: a server scales images otherwise.
        """
        drawn = self.engine.draw(prompts, [pictures_of(problem) for problem in problems])
        asked = [(prompt, number) for prompt in prompts for number in range(self.samples)]
        return [self._rollout(*each, *response) for each, response in zip(asked, drawn, strict=True)]

    def _rollout(self, prompt: Prompt, number: int, tokens: Sequence[int], log_probs: Sequence[float]) -> Rollout:
        tokenizer: Any = tokenizer_of(self.models.processor)
        text = tokenizer.decode(tokens, skip_special_tokens=True)
        inner: Any = self.models.model
        ended = tokens[-1] in end_tokens(inner, self.models.processor) or text.endswith(self.settings.stop)
        return Rollout(
            problem_id=prompt.id,
            sample=number,
            prompt_ids=tuple(prompt.input_ids.tolist()),
            completion_ids=tuple(tokens),
            log_probs=tuple(log_probs),
            finish_reason="stop" if ended else "length",
            text=prompt.opened + text,
        )


class _Engine(Protocol):
    def draw(self, prompts: Sequence[Prompt], pictures: Sequence[Sequence[Image]]) -> list[Drawn]:
        """The responses to each prompt, one prompt after the other."""
        ...

    def follow(self) -> None: ...


class _Here:
    """An engine in this process, one a rank, in the precision of the policy's weights."""

    def __init__(self, memory: float, models: Models, accelerator: Accelerator, settings: dict[str, Any]) -> None:
        from trl.trainer.utils import ensure_master_addr_port
        from vllm import LLM, SamplingParams

        self.models, self.params = models, SamplingParams(**settings)
        os.environ |= {  # of this rank, for vLLM's launcher
            "RANK": str(accelerator.process_index),
            "LOCAL_RANK": str(accelerator.local_process_index),
            "WORLD_SIZE": str(accelerator.num_processes),
        }
        ensure_master_addr_port()
        sees: dict[str, Any] = {
            "mm_processor_kwargs": limits_for_vllm(models.family, models.processor),
            "limit_mm_per_prompt": {"video": 0},
        }
        self.llm: Any = LLM(
            model=models.model.name_or_path,
            dtype=_name(models.model.dtype),  # "auto" would halve float32
            gpu_memory_utilization=memory,
            distributed_executor_backend="external_launcher",
            max_num_batched_tokens=4096,  # the default makes its memory profiler reserve too much
            logprobs_mode="processed_logprobs",  # of the distribution that was sampled from
            seed=accelerator.process_index,
            **(sees if models.family.sees else {}),
        )
        self._sample = self.llm.generate  # vLLM's own; transformers' is called in generation.local alone
        accelerator.wait_for_everyone()

    def follow(self) -> None:
        self.llm.apply_model(lambda model: model.load_weights(weights(self.models.model)))
        self.llm.reset_prefix_cache()

    def draw(self, prompts: Sequence[Prompt], pictures: Sequence[Sequence[Image]]) -> list[Drawn]:
        family, processor = self.models.family, self.models.processor
        asked: list[dict[str, Any]] = []
        for prompt, seen in zip(prompts, pictures, strict=True):
            asked.append({"prompt_token_ids": collapsed(family, processor, prompt.input_ids.tolist())})
            if seen:
                asked[-1]["multi_modal_data"] = {"image": list(seen)}
        drawn: list[Drawn] = []
        for prompt, answer in zip(prompts, self._sample(asked, self.params, use_tqdm=False), strict=True):
            compare(prompt, answer.prompt_token_ids)
            for one in answer.outputs:
                probs = [found[token].logprob for token, found in zip(one.token_ids, one.logprobs, strict=True)]
                drawn.append((one.token_ids, probs))
        return drawn


class _Server:
    """A server, by TRL's client for it."""

    def __init__(self, url: str, models: Models, settings: dict[str, Any], further: dict[str, Any]) -> None:
        from trl.generation.vllm_client import VLLMClient

        self.models, self.settings, self.further = models, settings, further
        self.client: Any = VLLMClient(base_url=url, connection_timeout=240.0)
        self._sample: Any = self.client.generate
        self._announced: list[tuple[str, str, list[int]]] = []

    def follow(self) -> None:
        model = self.models.model
        if not self._announced:  # the first time
            self.client.init_communicator(device=self.models.device)
            self._announced = [(name, _name(one.dtype), list(one.shape)) for name, one in weights(model)]
        self.client.update_named_params(self._announced, weights(model))
        self.client.reset_prefix_cache()

    def draw(self, prompts: Sequence[Prompt], pictures: Sequence[Sequence[Image]]) -> list[Drawn]:
        features = None
        if any(pictures):
            found = self.client.image_features([list(seen) or None for seen in pictures])
            features = [placed(self.models, *each) for each in zip(prompts, found, strict=True)]
        ids = [prompt.input_ids.tolist() for prompt in prompts]
        answer = self._sample(ids, features, **self.settings, generation_kwargs=self.further)
        for prompt, seen in zip(prompts, answer["prompt_ids"], strict=True):
            compare(prompt, seen)
        probs = [[of_token[0] for of_token in response] for response in answer["logprobs"]]
        return list(zip(answer["completion_ids"], probs, strict=True))


def _name(dtype: torch.dtype) -> str:
    """As vLLM spells it."""
    return str(dtype).removeprefix("torch.")


def weights(model: PreTrainedModel | PeftModel) -> Iterator[tuple[str, Tensor]]:
    """The weights under the names of the hub, with adapters merged for as long as they are gone through."""
    if not isinstance(model, PeftModel):
        yield from ((name, parameter.detach()) for name, parameter in model.named_parameters())
        return
    model.merge_adapter()
    try:
        for name, parameter in model.named_parameters():
            if model.prefix not in name:
                yield name.removeprefix("base_model.model.").replace(".base_layer", ""), parameter.detach()
    finally:
        model.unmerge_adapter()


def placed(models: Models, prompt: Prompt, features: dict[str, Any] | None) -> dict[str, Any] | None:
    """A server's features of a prompt's images, at the image tokens of that prompt.

    Raises:
        InputError: the server makes another number of tokens of an image.
    """
    if features is None:
        return None
    spans = image_spans(models.family, models.processor, prompt.input_ids.tolist())
    marks = sum(map(len, marks_around(models.family, models.processor)))
    here = [end - start for start, end in spans]
    there = [place["length"] - marks for place in features["mm_placeholders"]["image"]]
    if here != there:
        limits = json.dumps(limits_for_vllm(models.family, models.processor))
        raise InputError(
            f"vllm.url: the server makes {there} tokens of the images of {prompt.id!r}, the trainer {here}. Start it "
            f"with --mm-processor-kwargs '{limits}', the limits of pixels of this training."
        )
    places = [{"offset": start, "length": end - start} for start, end in spans]
    return features | {"mm_placeholders": {"image": places}}


def compare(prompt: Prompt, seen: Sequence[int]) -> None:
    """Whether vLLM saw the trainer's tokens.

    Raises:
        OtherPrompt: it did not.
    """
    ids = prompt.input_ids.tolist()
    if list(seen) != ids:
        differs = (place for place, (one, other) in enumerate(zip(seen, ids, strict=False)) if one != other)
        raise OtherPrompt(
            f"vLLM has other tokens for the prompt of {prompt.id!r} than the trainer: {len(seen)} instead of "
            f"{len(ids)}, and the first that differs is number {next(differs, min(len(seen), len(ids)))}. Its "
            "processor is not the trainer's: compare the versions of vLLM and transformers, or leave vllm out."
        )
