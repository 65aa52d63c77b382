"""A saved folder is read alike by transformers 5, transformers 4 and vLLM; the last two read it in tests/real."""

from __future__ import annotations

import json
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoImageProcessor

from redstar_geo.models.families import FAMILIES, tokenizer_of
from redstar_geo.models.load import load
from redstar_geo.models.save import save, save_processor
from tests.rl.small import slowly_turned, small

YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 1024, "rope_theta": 1e6}


def written(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / name).read_text())


@pytest.mark.parametrize("family", FAMILIES)
def test_what_version_4_reads_stands_beside_what_version_5_reads(tmp_path: Path, family: str) -> None:
    one = small(family)
    model = slowly_turned(family)
    save(model, one.processor, tmp_path)
    language = written(tmp_path, "config.json")
    language = language.get("text_config", language)
    assert language["rope_theta"] == 1e6  # 10,000 otherwise, without a word
    assert language["tie_word_embeddings"] is True  # a random head otherwise
    if FAMILIES[family].mrope:
        assert language["rope_scaling"]["mrope_section"] == language["rope_parameters"]["mrope_section"]
    tokens = written(tmp_path, "tokenizer_config.json")
    assert not isinstance(tokens.get("extra_special_tokens"), list)  # version 4 refuses a list
    assert tokens["tokenizer_class"] != "TokenizersBackend"  # and does not know this class
    assert (tmp_path / "preprocessor_config.json").is_file() == FAMILIES[family].sees
    read, processor = load(str(tmp_path), torch.float32)
    before, after = tokenizer_of(one.processor), tokenizer_of(processor)
    assert read.config.get_text_config().rope_parameters == model.config.get_text_config().rope_parameters
    assert after.get_vocab() == before.get_vocab()
    assert set(after.all_special_tokens) == set(before.all_special_tokens)
    assert all(torch.equal(a, b) for a, b in zip(read.parameters(), model.parameters(), strict=True))
    if FAMILIES[family].sees:
        assert processor.image_token_id == one.processor.image_token_id
        assert dict(AutoImageProcessor.from_pretrained(tmp_path).size) == dict(one.processor.image_processor.size)


def test_stretched_positions_are_told_to_both(tmp_path: Path) -> None:
    one = small("qwen2")
    config = deepcopy(one.model.config)
    config.rope_parameters = dict(YARN)
    save(type(one.model)(config), one.processor, tmp_path)
    assert written(tmp_path, "config.json")["rope_scaling"] == {k: v for k, v in YARN.items() if k != "rope_theta"}
    assert load(str(tmp_path), torch.float32)[0].config.rope_parameters == YARN


def test_twice_is_once(tmp_path: Path) -> None:
    """What was read from such a folder and is saved again, as by a second training."""
    one = small("qwen3_vl")
    save(one.model, one.processor, tmp_path / "built")
    for read, again in (("built", "first"), ("first", "second")):
        model, processor = load(str(tmp_path / read), torch.float32)
        save(model, processor, tmp_path / again)
    for name in ("config.json", "tokenizer_config.json", "preprocessor_config.json"):
        first, second = written(tmp_path / "first", name), written(tmp_path / "second", name)
        told = {"_name_or_path", "is_local", "local_files_only"}
        assert {k: v for k, v in first.items() if k not in told} == {k: v for k, v in second.items() if k not in told}


@pytest.mark.parametrize("family", ["qwen2", "qwen3_vl"])
def test_a_batch_that_was_encoded_before_leaves_no_trace(tmp_path: Path, family: str) -> None:
    """Held-out evaluations and RL pad their prompts; whoever loads the model would get padded or cut ones."""
    processor = small(family).processor
    save_processor(processor, tmp_path / "before")
    tokenizer_of(processor)(["short", "and not so short"], padding=True, truncation=True, max_length=3)
    save_processor(processor, tmp_path / "after")
    for name in ("tokenizer.json", "tokenizer_config.json"):
        assert written(tmp_path / "after", name) == written(tmp_path / "before", name)
    assert written(tmp_path / "after", "tokenizer.json")["padding"] is None


def test_beside_an_adapter_there_is_no_configuration_to_complete(tmp_path: Path) -> None:
    save_processor(small("internvl").processor, tmp_path)
    assert (tmp_path / "preprocessor_config.json").is_file() and not (tmp_path / "config.json").exists()
