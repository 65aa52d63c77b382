"""A model, its configuration and its processor from a folder or the hub; no code of either is run.

Every name of a model may be `base`: the one that ships with the package.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, Literal

import torch
from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url, try_to_load_from_cache
from huggingface_hub.errors import HTTPError
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    AutoTokenizer,
    BitsAndBytesConfig,
    PreTrainedConfig,
    PreTrainedModel,
    logging,
)
from transformers.models.auto.processing_auto import PROCESSOR_MAPPING
from transformers.utils import find_adapter_config_file
from transformers.utils.logging import disable_progress_bar

from redstar_geo.errors import InputError
from redstar_geo.fingerprint import digest, sha256
from redstar_geo.models.families import Processor, family_of, tokenizer_of
from redstar_geo.models.shipped import located

_OF_THE_MODEL = (".safetensors", ".json", ".jinja", ".txt", ".model")
_PROBE_S = 10.0
_QUANTISED = (
    "bitsandbytes",
    "gptq",
    "awq",
    "compressed-tensors",
)  # by packages; other methods fetch kernels of the hub


class _told(AbstractContextManager[None]):
    """Around transformers, which raises errors of any kind where a file of a model is wrong: an `InputError`.

    A class, since it has to see them all.
    """

    def __init__(self, what: str, remedy: str) -> None:
        self.what, self.remedy = what, remedy

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        if isinstance(error, Exception) and not isinstance(error, InputError):
            words = str(error).partition("\n")[0].rstrip(".")[:500]
            raise InputError(f"{self.what} ({type(error).__name__}: {words}). {self.remedy}") from None


def load(
    name: str, dtype: torch.dtype | Literal["auto"], quantisation: BitsAndBytesConfig | None = None
) -> tuple[PreTrainedModel, Processor]:
    """The model and its processor (text families: tokenizer) at a hub id or folder; no code of the hub is run.

    Raises:
        InputError: not there, of no known family, weights missing or not in safetensors, no chat template, or a
            tokenizer with more tokens than the model has embeddings.
    """
    logging.disable_progress_bar()  # of seconds, on top of ours
    name = located(name)
    config = load_config(name)
    processor = load_processor(name, config)
    check_vocabulary(processor, config)
    auto = AutoModelForImageTextToText if family_of(config).sees else AutoModelForCausalLM
    if find_adapter_config_file(name, local_files_only=_is_cut_off(name)) is not None:
        raise InputError(
            f"Model {name!r} has an adapter_config.json, for which other weights would be loaded than its own. Merge "
            "the adapter into its base (`redstar-geo train merge`), or give a folder without the adapter."
        )
    options = _options(name) | {"config": config, "dtype": dtype, "use_safetensors": True}
    if quantisation is not None:
        options["quantization_config"] = quantisation
    model: PreTrainedModel
    loading: dict[str, Any]
    disable_progress_bar()  # of the weights, among the lines of the command
    remedy = "Its weights must be in safetensors and of the shape that its config.json gives."
    with _told(f"Model {name!r} cannot be loaded", remedy):
        model, loading = auto.from_pretrained(name, output_loading_info=True, **options)  # type: ignore[misc]
    if loading["missing_keys"]:
        missing = sorted(loading["missing_keys"])
        raise InputError(
            f"Model {name!r} lacks {len(missing)} of its weights, among them {missing[0]}: they would be random. Give "
            "a whole checkpoint; a LoRA adapter must be merged into its base first."
        )
    return model, processor


def load_config(name: str) -> PreTrainedConfig:
    """The configuration at a hub id or folder, of a known family.

    Raises:
        InputError: as `read_config`, or of no known family.
    """
    config = read_config(name)
    family_of(config)
    return config


def read_config(name: str) -> PreTrainedConfig:
    """The configuration at a hub id or folder, of any family; a model of it is made without code of the hub.

    How others ran it (their attention, their experts) is forgotten, so that transformers chooses by what is installed.

    Raises:
        InputError: not there, the hub cannot be reached, or it asks for kernels of the hub.
    """
    name = located(name)
    if _is_path(name) and not Path(name).is_dir():
        raise InputError(
            f"Model {name!r}: no such folder. Give the folder that a training wrote, or a name of the hub."
        )
    unread = f"Model {name!r} has no configuration that transformers reads without running code of the hub"
    remedy = (
        "Check the name. Of InternVL3 and 3.5 take the variant whose name ends in -hf (OpenGVLab/InternVL3-8B-hf); "
        "InternVL2 and 2.5 are code of the hub only and cannot be used."
    )
    if _is_cut_off(name):
        unread = f"Model {name!r} is not in the hub's cache, and {constants.ENDPOINT} cannot be reached"
        remedy = "Check the connection and the name, or give the folder of a model."
    with _told(unread, remedy):
        config = AutoConfig.from_pretrained(name, **_options(name))
    parts = list(_parts(config))
    for part in parts:
        _check_kernels(name, part)
    for part in parts:
        part._attn_implementation = part._experts_implementation = None
    return config


def _parts(config: PreTrainedConfig) -> Iterator[PreTrainedConfig]:
    """A configuration and those within it, of the language model, the vision tower and their like."""
    yield config
    for value in vars(config).values():
        if isinstance(value, PreTrainedConfig):
            yield from _parts(value)


def _check_kernels(name: str, config: PreTrainedConfig) -> None:
    attention, quantised = config._attn_implementation, vars(config).get("quantization_config")
    asked = [attention] if attention is not None and (not isinstance(attention, str) or "/" in attention) else []
    if quantised is not None:
        method = quantised.get("quant_method") if isinstance(quantised, dict) else quantised
        asked += [] if method in (None, *_QUANTISED) else [method]
    if asked:
        raise InputError(
            f"The config.json of {name!r} asks for kernels that transformers fetches from the hub and runs: "
            f"{asked[0]!r:.80}. No code of the hub is run here. Remove attn_implementation from it, or take the "
            "variant whose weights are not quantised."
        )


def load_processor(name: str, config: PreTrainedConfig) -> Processor:
    """The processor (text families: tokenizer) at a hub id or folder.

    Raises:
        InputError: not there, or without a chat template.
    """
    name = located(name)
    # AutoProcessor forgets trust_remote_code where a folder names no processor, and asks on a terminal instead
    kind: Any = PROCESSOR_MAPPING[type(config)] if family_of(config).sees else AutoTokenizer
    with _told(f"The processor of {name!r} cannot be loaded", "Copy it from the base to the weights' folder."):
        processor: Processor = kind.from_pretrained(name, **_options(name))
    if not processor.chat_template:
        raise InputError(
            f"{name!r} has no chat template, so prompts cannot be written as the model knows them. Take the instruct "
            "variant, or add a chat_template.jinja to the model's folder."
        )
    return processor


def check_vocabulary(processor: Processor, config: PreTrainedConfig) -> None:
    """Whether tokenizer and model belong together; more embeddings than tokens are usual.

    Raises:
        InputError: the tokenizer knows tokens that the model has no embedding for.
    """
    tokens, rows = len(tokenizer_of(processor)), config.get_text_config().vocab_size
    if tokens > rows:
        raise InputError(
            f"The tokenizer has {tokens} tokens, the model embeddings for {rows}. They are not of the same model: give "
            "the tokenizer that came with it, or resize the embeddings before training."
        )


def model_fingerprint(model: str) -> str:
    """Of a folder its weights, configuration and tokenizer; of a model of the hub the commit that is in the cache.

    Raises:
        InputError: neither a folder nor in the cache.
    """
    model = located(model)
    if Path(model).is_dir():
        files = sorted(path for path in Path(model).iterdir() if path.suffix in _OF_THE_MODEL)
        return digest([(path.name, sha256(path)) for path in files])
    cached = try_to_load_from_cache(model, "config.json")
    if not isinstance(cached, str):
        raise InputError(f"Model {model!r} is neither a folder nor in the hub's cache. Check the name.")
    return Path(cached).parent.name


def _is_path(name: str) -> bool:
    """Whether a name can only be a folder's: a hub id is `name` or `owner/name`."""
    return name.startswith((".", "/", "~")) or name.count("/") > 1 or ("/" in name and Path(name).parent.is_dir())


def _options(name: str) -> dict[str, Any]:
    """Of every `from_pretrained`."""
    return {"trust_remote_code": False, "local_files_only": _is_cut_off(name)}


@cache
def _is_cut_off(name: str) -> bool:
    """Whether the hub is needed and gives no answer: asked once, where its client would ask six times for each file."""
    if Path(name).is_dir():
        return False
    try:
        get_hf_file_metadata(hf_hub_url(name, "config.json"), timeout=_PROBE_S)
    except OSError:  # an answer, if not a good one; or HF_HUB_OFFLINE is set
        return False
    except HTTPError:
        return True
    return False
