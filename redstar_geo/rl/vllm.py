"""Responses by vLLM, where it is installed: in this process, or on a server (`vllm serve`).

vLLM computes other log-probabilities than the trainer. They come back with every token, the gap to log π_old is in the
log, and a token weighs min(π_old/π_sampler, cap) in the loss. An engine in this process sleeps while the policy learns,
and some of its weights are compared with the policy's each time they are handed over. This file has not been run on a
GPU yet.

In this process vLLM expands the placeholder of an image itself, within the trainer's limits of pixels; a server is
given expanded tokens and where its images are among them. Either way every prompt's tokens must be the trainer's.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Sequence
from functools import partial
from typing import Any, Protocol

import torch
from accelerate import Accelerator
from PIL.Image import Image

from redstar_geo.errors import InputError
from redstar_geo.generation.encoded import Prompt, pictures_of
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.generation.sampling import end_tokens
from redstar_geo.models.adapters import merged_weights
from redstar_geo.models.families import tokenizer_of
from redstar_geo.models.pixels import limits_for_vllm
from redstar_geo.models.placeholders import collapsed
from redstar_geo.records import Problem
from redstar_geo.rl.agreement import compare_tokens, compare_weights, fingerprint, placed
from redstar_geo.rl.models import Models
from redstar_geo.rl.recipe import Served
from redstar_geo.rl.rollout import Rollout

_NEVER = -100.0  # vLLM's least bias of a logit
Drawn = tuple[Sequence[int], Sequence[float]]  # a response's tokens, and the log-probability of each


class VllmSampler:
    """Samples as `generate` does: plainly, at the recipe's temperature, without the banned tokens.

    Args:
        longest: most tokens of a prompt and its response.

    Raises:
        InputError: vLLM is not installed, or a server is to serve several ranks.
    """

    def __init__(
        self,
        served: Served,
        settings: GenerationSettings,
        samples: int,
        models: Models,
        accelerator: Accelerator,
        longest: int,
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
            "stop_token_ids": end_tokens(models.model, models.processor),  # type: ignore[arg-type]
            "stop": list(settings.stop),
            "include_stop_str_in_output": True,
        }
        self.engine: _Engine = (
            _Here(served.memory, models, accelerator, plainly | further, longest)
            if served.url is None
            else _Server(served.url, models, plainly, further)
        )

    def follow(self, models: Models) -> None:
        """Hand the policy's weights over, adapters merged.

        Raises:
            OtherWeights: an engine in this process has others afterwards.
        """
        self.engine.follow()

    def rest(self) -> None:
        """Give back the memory that sampling takes, until the policy is followed again."""
        self.engine.rest()

    def __call__(self, prompts: Sequence[Prompt], problems: Sequence[Problem], seeds: Sequence[int]) -> list[Rollout]:
        """As `Sampler`; a server draws by chance of its own.

        Raises:
            OtherPrompt: vLLM's tokens of a prompt are not the trainer's.
            InputError: a server scales images otherwise.
        """
        drawn = self.engine.draw(prompts, [pictures_of(problem) for problem in problems], seeds)
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
    def draw(self, prompts: Sequence[Prompt], pictures: Sequence[Sequence[Image]], seeds: Sequence[int]) -> list[Drawn]:
        """The responses to each prompt, one prompt after the other."""
        ...

    def follow(self) -> None: ...

    def rest(self) -> None: ...


class _Here:
    """An engine in this process, one a rank, in the precision of the policy's weights."""

    def __init__(
        self, memory: float, models: Models, accelerator: Accelerator, settings: dict[str, Any], longest: int
    ) -> None:
        from trl.trainer.utils import ensure_master_addr_port
        from vllm import LLM, SamplingParams

        self.models, self.params = models, partial(SamplingParams, **settings)
        self.sleeps = models.device.type == "cuda"
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
            max_model_len=longest,
            enable_sleep_mode=self.sleeps,
            distributed_executor_backend="external_launcher",
            max_num_batched_tokens=4096,  # the default makes its memory profiler reserve too much
            logprobs_mode="processed_logprobs",  # of the distribution that was sampled from
            seed=accelerator.process_index,
            **(sees if models.family.sees else {}),
        )
        self._sample = self.llm.generate  # vLLM's own: nothing here calls transformers'
        self.rest()
        accelerator.wait_for_everyone()

    def follow(self) -> None:
        if self.sleeps:
            self.llm.wake_up(tags=["weights"])
        self.llm.apply_model(lambda model: model.load_weights(merged_weights(self.models.model)))
        (there,) = self.llm.apply_model(lambda model: fingerprint(model.named_parameters()))
        compare_weights(fingerprint(merged_weights(self.models.model)), there)
        if self.sleeps:
            self.llm.wake_up(tags=["kv_cache"])
        self.llm.reset_prefix_cache()

    def rest(self) -> None:
        if self.sleeps:
            self.llm.sleep(level=2)  # the weights come anew

    def draw(self, prompts: Sequence[Prompt], pictures: Sequence[Sequence[Image]], seeds: Sequence[int]) -> list[Drawn]:
        family, processor = self.models.family, self.models.processor
        asked: list[dict[str, Any]] = []
        for prompt, seen in zip(prompts, pictures, strict=True):
            asked.append({"prompt_token_ids": collapsed(family, processor, prompt.input_ids.tolist())})
            if seen:
                asked[-1]["multi_modal_data"] = {"image": list(seen)}
        drawn: list[Drawn] = []
        params = [self.params(seed=seed) for seed in seeds]
        for prompt, answer in zip(prompts, self._sample(asked, params, use_tqdm=False), strict=True):
            compare_tokens(prompt, answer.prompt_token_ids)
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
            self._announced = [(name, _name(one.dtype), list(one.shape)) for name, one in merged_weights(model)]
        self.client.update_named_params(self._announced, merged_weights(model))
        self.client.reset_prefix_cache()

    def rest(self) -> None:
        """It has its own device."""

    def draw(self, prompts: Sequence[Prompt], pictures: Sequence[Sequence[Image]], seeds: Sequence[int]) -> list[Drawn]:
        features = None
        if any(pictures):
            found = self.client.image_features([list(seen) or None for seen in pictures])
            features = [placed(self.models, *each) for each in zip(prompts, found, strict=True)]
        ids = [prompt.input_ids.tolist() for prompt in prompts]
        answer = self._sample(ids, features, **self.settings, generation_kwargs=self.further)
        for prompt, seen in zip(prompts, answer["prompt_ids"], strict=True):
            compare_tokens(prompt, seen)
        probs = [[of_token[0] for of_token in response] for response in answer["logprobs"]]
        return list(zip(answer["completion_ids"], probs, strict=True))


def _name(dtype: torch.dtype) -> str:
    """As vLLM spells it."""
    return str(dtype).removeprefix("torch.")
