"""A model and its processor as a folder that transformers 5, transformers 4 and vLLM read alike.

transformers 5 writes some of it under new names only. Version 4, which many servers still run, then reads no image
processor, refuses the tokenizer, and without a word takes the default base of the rotary positions (10,000 for
Qwen2.5 instead of 1,000,000) and, for a vision model whose head is its embedding, a random head. The old names are
written beside the new ones, which still come first.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from peft import PeftModel
from transformers import PreTrainedModel, PreTrainedTokenizerFast, ProcessorMixin

from redstar_geo.models.families import Processor, tokenizer_of


def save(model: PreTrainedModel | PeftModel, processor: Processor, folder: Path, **options: Any) -> None:
    """Write both; `options` are those of `save_pretrained`."""
    model.save_pretrained(str(folder), **options)
    save_processor(processor, folder)


def save_processor(processor: Processor, folder: Path) -> None:
    """Write the processor (text families: tokenizer), and what version 4 reads of it and of a model's configuration."""
    tokenizer = tokenizer_of(processor)
    if isinstance(tokenizer, PreTrainedTokenizerFast):  # it keeps the last batch's padding and cutting, and writes them
        tokenizer.backend_tokenizer.no_padding()
        tokenizer.backend_tokenizer.no_truncation()
    processor.save_pretrained(folder)
    if isinstance(processor, ProcessorMixin):
        processor.image_processor.save_pretrained(folder)  # preprocessor_config.json
    _rewrite(folder / "tokenizer_config.json", _tokenizer_for_4)
    if (folder / "config.json").exists():  # an adapter has none
        _rewrite(folder / "config.json", _config_for_4)


def _rewrite(path: Path, change: Any) -> None:
    written = orjson.loads(path.read_bytes())
    change(written)
    path.write_bytes(orjson.dumps(written, option=orjson.OPT_INDENT_2))


def _tokenizer_for_4(written: dict[str, Any]) -> None:
    extra = written.get("extra_special_tokens")
    if isinstance(extra, list):
        written["additional_special_tokens"] = written.pop("extra_special_tokens")
    if named := written.pop("model_specific_special_tokens", None):
        written["extra_special_tokens"] = named
    if written.get("tokenizer_class") == "TokenizersBackend":
        written["tokenizer_class"] = "PreTrainedTokenizerFast"


def _config_for_4(written: dict[str, Any]) -> None:
    language = written.get("text_config", written)
    if "tie_word_embeddings" in written:
        language["tie_word_embeddings"] = written["tie_word_embeddings"]
    rope = dict(language["rope_parameters"])
    language["rope_theta"] = rope.pop("rope_theta")
    if rope != {"rope_type": "default"}:
        language["rope_scaling"] = rope
