"""Does vLLM have the trainer's tokens, images and weights? If not, the training stops with what differs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import torch
from torch import Tensor

from redstar_geo.errors import InputError, RedStarError
from redstar_geo.generation.encoded import Prompt
from redstar_geo.models.pixels import limits_for_vllm
from redstar_geo.models.placeholders import image_spans, marks_around
from redstar_geo.rl.models import Models

_COMPARED = re.compile(r"(?:^|\.)(layers\.\d+\.(?:self_attn\.o_proj|mlp\.down_proj)\.weight)$")  # never fused
_NUMBERS = 4096  # of a weight


class OtherPrompt(RedStarError):
    """vLLM answered other tokens than those of the trainer's prompt: what it sampled says nothing about the policy."""


class OtherWeights(RedStarError):
    """vLLM has not taken over the policy's weights."""


def fingerprint(weights: Iterable[tuple[str, Tensor]]) -> dict[str, str]:
    """A few numbers of each layer of the language model, hashed, by names that vLLM and the hub have in common."""
    found = {}
    for name, weight in weights:
        if match := _COMPARED.search(name):
            flat = weight.detach().flatten()
            some = flat[:: max(1, len(flat) // _NUMBERS)].contiguous().cpu()
            found[match[1]] = sha256(some.view(torch.uint8).numpy().tobytes()).hexdigest()
    return found


def compare_weights(policy: Mapping[str, str], engine: Mapping[str, str]) -> None:
    """Whether vLLM has the policy's weights, by their fingerprints.

    Raises:
        OtherWeights: it does not.
    """
    other = [name for name in policy if engine.get(name) != policy[name]]
    if other or not policy:
        raise OtherWeights(
            f"vLLM has other weights than the policy after they were handed over: {len(other)} of {len(policy)} that "
            f"were compared, {', '.join(other[:3]) or 'none was found'}. What it samples would be another model's: "
            "compare the versions of vLLM and transformers, or leave vllm out."
        )


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


def compare_tokens(prompt: Prompt, seen: Sequence[int]) -> None:
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
