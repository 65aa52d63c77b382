"""The fetched weights are an ordinary model: the toolkit loads it, and it does what it was trained for."""

from __future__ import annotations

import pytest
import torch

from redstar_geo.generation.encoded import encode_messages
from redstar_geo.generation.local import generate
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.models.load import load
from tests.real.weights import SMALL

pytestmark = [pytest.mark.long, pytest.mark.real]


@pytest.mark.timeout(1800)
def test_the_folder_is_a_model_that_answers_and_ends() -> None:
    model, tokenizer = load(str(SMALL.folder), torch.bfloat16)
    assert model.config.vocab_size == 151_936 and model.config.rope_parameters["rope_theta"] == 1e6
    assert sum(parameter.numel() for parameter in model.parameters()) > 490e6
    asked = [{"role": "user", "content": "What is 17 + 25? Answer with the number alone."}]
    prompt = encode_messages("sum", asked, [], model.config, tokenizer)
    settings = GenerationSettings(max_new_tokens=16, temperature=0.0)
    (answer,) = generate(model.eval(), tokenizer, [prompt], settings)
    assert "42" in answer.text and answer.finish_reason == "stop"
