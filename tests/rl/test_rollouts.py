"""Sampling and the forward pass are the same policy: with padding, pictures, packing and any settings of the model."""

from copy import deepcopy
from dataclasses import replace
from io import BytesIO

import pytest
import torch
from PIL import Image as Pillow
from torch import Tensor
from transformers import GenerationConfig

from redstar_geo.errors import TrainingDiverged
from redstar_geo.generation.encoded import Prompt, encode_prompt
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.generation.sampling import banned_tokens, end_tokens
from redstar_geo.models.encode import ImagesDoNotMatch
from redstar_geo.models.families import tokenizer_of
from redstar_geo.models.loss import IGNORED
from redstar_geo.records import Image
from redstar_geo.rl.experience import encoded
from redstar_geo.rl.kl import gap
from redstar_geo.rl.policy import PolicyModel, TokenLogProbs, packed
from redstar_geo.rl.rollout import Rollout
from redstar_geo.rl.sampler import rollouts as sample_rollouts
from redstar_geo.rl.setup import length_cap
from redstar_geo.rl.tokens import as_rows, response_mask
from tests.rl.small import Small, small

FAMILIES = ("qwen2_5_vl", "qwen3_vl", "internvl", "qwen2", "qwen3")
VISION = FAMILIES[:3]
CLOSE = 1e-4


def sampled(
    one: Small, prompts: list[Prompt], samples: int = 2, tokens: int = 24, temperature: float = 1.0, seed: int = 0
) -> list[Rollout]:
    torch.manual_seed(seed)
    settings = GenerationSettings(tokens, temperature)
    return sample_rollouts(one.model, one.processor, prompts, settings, samples, one.distribution(temperature))


def recomputed(
    one: Small, prompts: list[Prompt], rollouts: list[Rollout], temperature: float = 1.0, chunks: int = 1
) -> TokenLogProbs:
    by_id = {prompt.id: prompt for prompt in prompts}
    rows = [encoded(rollout, by_id[rollout.problem_id], one.model.config) for rollout in rollouts]
    policy = PolicyModel(one.model, one.distribution(temperature), chunks)
    found: TokenLogProbs = policy(**packed(rows, one.model.device))
    return found


def rows_of(rollouts: list[Rollout]) -> tuple[Tensor, Tensor]:
    lengths = [len(rollout.completion_ids) for rollout in rollouts]
    flat = torch.tensor([value for rollout in rollouts for value in rollout.log_probs])
    return as_rows(flat, lengths), response_mask(lengths)


@pytest.mark.parametrize("family", FAMILIES)
def test_log_probs_of_sampling_are_those_of_the_forward_pass(family: str) -> None:
    one = small(family)
    prompts = one.prompts()
    assert len({len(prompt.input_ids) for prompt in prompts}) > 1, "padding must be at work"
    rollouts = sampled(one, prompts)
    log_probs, mask = rows_of(rollouts)
    with torch.no_grad():
        found = recomputed(one, prompts, rollouts)
    assert gap(found.log_probs, log_probs, mask).largest < CLOSE
    assert log_probs[mask].std() > 0.5, "a uniform policy would show nothing"
    assert [(one.problem_id, one.sample) for one in rollouts] == [(p.id, i) for p in prompts for i in (0, 1)]


def test_the_temperature_belongs_to_the_policy() -> None:
    one = small()
    prompts = one.prompts()
    rollouts = sampled(one, prompts, temperature=0.5)
    log_probs, mask = rows_of(rollouts)
    with torch.no_grad():
        assert gap(recomputed(one, prompts, rollouts, temperature=0.5).log_probs, log_probs, mask).largest < CLOSE
        assert gap(recomputed(one, prompts, rollouts, temperature=1.0).log_probs, log_probs, mask).mean > 0.1


def test_settings_that_a_model_ships_with_do_not_change_the_policy() -> None:
    one = small()
    prompts = one.prompts()
    plain = sampled(one, prompts)
    own = one.model.generation_config
    shipped = GenerationConfig(
        do_sample=False,
        temperature=1e-6,
        top_k=1,
        top_p=0.1,
        min_p=0.3,
        repetition_penalty=1.5,
        no_repeat_ngram_size=2,
        eos_token_id=own.eos_token_id,
        pad_token_id=own.pad_token_id,
    )
    try:
        one.model.generation_config = shipped
        one.model.train()
        assert sampled(one, prompts) == plain
        assert one.model.generation_config is shipped and one.model.training
    finally:
        one.model.generation_config = own
        one.model.eval()


@pytest.mark.parametrize("family", VISION)
def test_each_row_sees_its_own_picture(family: str) -> None:
    """With another picture in one row, its log-probabilities change, and only its."""
    one = small(family)
    prompts = one.prompts()
    rollouts = sampled(one, prompts, samples=1)
    with torch.no_grad():
        before = recomputed(one, prompts, rollouts).log_probs
        for row, problem in enumerate(one.problems):
            inverted = replace(problem, images=tuple(inverse(image) for image in problem.images))
            others = [*prompts]
            others[row] = encode_prompt(inverted, one.model.config, one.processor)
            changed = (recomputed(one, others, rollouts).log_probs - before).abs().amax(1)
            assert changed[row] > 100 * CLOSE
            assert changed[torch.arange(len(prompts)) != row].max() < CLOSE


@pytest.mark.parametrize("family", VISION)
def test_pictures_swapped_while_sampling_are_detected(family: str) -> None:
    """What a misaligned sampler would do: the gap shows it."""
    one = small(family)
    problems = [replace(one.problems[0], id=f"swap/{i}") for i in range(2)]
    problems[1] = replace(problems[1], images=tuple(inverse(image) for image in problems[1].images))
    prompts = [encode_prompt(problem, one.model.config, one.processor) for problem in problems]
    swapped = [replace(prompt, images=other.images) for prompt, other in zip(prompts, prompts[::-1], strict=True)]
    rollouts = sampled(one, swapped, samples=1)
    log_probs, mask = rows_of(rollouts)
    with torch.no_grad():
        assert gap(recomputed(one, swapped, rollouts).log_probs, log_probs, mask).largest < CLOSE
        assert gap(recomputed(one, prompts, rollouts).log_probs, log_probs, mask).largest > 100 * CLOSE


def inverse(image: Image) -> Image:
    out = BytesIO()
    Pillow.open(BytesIO(image.data)).convert("RGB").point(lambda value: 255 - value).save(out, "PNG")
    return Image.of(out.getvalue())


@pytest.mark.parametrize("family", FAMILIES)
def test_no_special_token_but_an_end_is_ever_drawn(family: str) -> None:
    one = small(family)
    banned = set(banned_tokens(one.model, one.processor).tolist())
    tokenizer, ends = tokenizer_of(one.processor), set(end_tokens(one.model, one.processor))
    marks = {"<|image_pad|>", "<|vision_start|>", "<|video_pad|>", "<IMG_CONTEXT>", "<img>", "</img>"}
    assert {tokenizer.get_vocab()[mark] for mark in marks & tokenizer.get_vocab().keys()} <= banned
    assert not banned & ends and not banned & set(tokenizer("<think> 60° </think>")["input_ids"])
    head = one.model.get_output_embeddings()
    forced = torch.zeros(head.out_features)
    forced[list(banned)] = 1e4  # what a broken policy would like best
    assert one.distribution().log_probs(forced)[list(banned)].exp().max() == 0.0
    drawn = {token for rollout in sampled(one, one.prompts(), tokens=60) for token in rollout.completion_ids}
    assert not drawn & banned


def test_ends_cuts_and_texts() -> None:
    one = small()
    prompts = one.prompts()
    end = end_tokens(one.model, one.processor)[0]
    rollouts = sampled(one, prompts, samples=60, tokens=30)
    assert {rollout.finish_reason for rollout in rollouts} == {"stop", "length"}
    for rollout in rollouts:
        ended = rollout.completion_ids[-1] == end
        assert ended == (rollout.finish_reason == "stop")
        assert end not in rollout.completion_ids[:-1]
        assert len(rollout.completion_ids) == len(rollout.log_probs) <= 30
        assert ended or len(rollout.completion_ids) == 30
        assert "<|im_end|>" not in rollout.text


def test_a_response_ends_with_a_stop_string() -> None:
    one = small()
    prompts = one.prompts()[:2]
    free = sampled(one, prompts, samples=8, tokens=30)
    letters = [char for rollout in free for char in rollout.text if char.isalpha() and char.isascii()]
    stop = max(set(letters), key=letters.count)
    torch.manual_seed(0)
    settings = GenerationSettings(30, 1.0, stop=(stop,))
    stopped = sample_rollouts(one.model, one.processor, prompts, settings, 8, one.distribution())
    assert any(len(a.completion_ids) < len(b.completion_ids) for a, b in zip(stopped, free, strict=True))
    for short, long in zip(stopped, free, strict=True):
        assert long.completion_ids[: len(short.completion_ids)] == short.completion_ids
        if stop in long.text:
            assert short.finish_reason == "stop" and stop in short.text
            assert stop not in tokenizer_of(one.processor).decode(short.completion_ids[:-1])
    log_probs, mask = rows_of(stopped)
    with torch.no_grad():
        assert gap(recomputed(one, prompts, stopped).log_probs, log_probs, mask).largest < CLOSE


@pytest.mark.parametrize("family", ["qwen2_5_vl", "qwen2"])
def test_chunks_of_the_head_change_neither_values_nor_gradients(family: str) -> None:
    one = small(family)
    prompts = one.prompts()
    rollouts = sampled(one, prompts)
    found = []
    for chunks in (1, 3, 500):
        one.model.zero_grad()
        tokens = recomputed(one, prompts, rollouts, chunks=chunks)
        (tokens.log_probs.sum() + tokens.entropy.sum()).backward()
        gradients = {name: p.grad for name, p in one.model.named_parameters() if p.grad is not None}
        assert all(gradient.isfinite().all() for gradient in gradients.values())
        found.append((tokens, gradients))
        one.model.zero_grad()
    (first, expected), *others = found
    for tokens, gradients in others:
        assert torch.allclose(tokens.log_probs, first.log_probs, atol=1e-5)
        assert torch.allclose(tokens.entropy, first.entropy, atol=1e-5)
        for name in expected:
            scale = expected[name].abs().max().clamp(1e-3)
            assert (gradients[name] - expected[name]).abs().max() < 1e-3 * scale, name


def test_a_rank_without_responses_still_runs_every_module() -> None:
    one = small()
    (prompt, *_) = one.prompts()
    (rollout, *_) = sampled(one, [prompt])
    sample = encoded(rollout, prompt, one.model.config)
    idle = replace(sample, labels=torch.full_like(sample.labels, IGNORED))
    found = PolicyModel(one.model, one.distribution(), 2)(**packed([], one.model.device, idle))
    assert found.log_probs.shape == (0, 0)
    one.model.zero_grad()
    found.log_probs.sum().backward()
    assert all(p.grad is not None and not p.grad.any() for p in one.model.parameters()), "DDP would wait"
    one.model.zero_grad()


def test_the_entropy_is_that_of_the_distribution() -> None:
    distribution = small().distribution(temperature=0.7)
    logits = torch.randn(4, 500, generator=torch.Generator().manual_seed(0))
    kept = torch.ones(500, dtype=torch.bool)
    kept[distribution.banned] = False
    expected = torch.distributions.Categorical(logits=logits[:, kept] / 0.7).entropy()
    assert torch.allclose(distribution.entropy(distribution.log_probs(logits)), expected, atol=1e-4)


def test_only_response_tokens_are_in_the_mask() -> None:
    one = small()
    (prompt, *_) = one.prompts()
    (rollout, *_) = sampled(one, [prompt])
    sample = encoded(rollout, prompt, one.model.config)
    image = one.model.config.image_token_id
    assert (sample.input_ids == image).sum() > 0
    labelled = sample.labels != IGNORED
    assert int(labelled.sum()) == len(rollout.completion_ids) and not labelled[: len(rollout.prompt_ids)].any()
    assert tuple(sample.labels[labelled].tolist()) == rollout.completion_ids
    assert image not in rollout.completion_ids


def test_a_text_model_refuses_pictures_it_cannot_see() -> None:
    text = small("qwen2")
    with pytest.raises(ImagesDoNotMatch, match="1 images, 0 places"):
        encode_prompt(small().problems[0], text.model.config, text.processor)


def test_the_text_of_a_rollout_is_read_as_reasoning_and_answer() -> None:
    rollout = Rollout("p", 1, (1,), (2, 3), (-1.0, -2.0), "stop", "<think>\nsum\n</think>\n\\boxed{5}")
    trace = rollout.trace
    assert (trace.reasoning, trace.response, trace.finish_reason) == ("sum", "\\boxed{5}", "stop")
    assert (trace.sample, trace.completion_tokens, trace.prompt_tokens) == (1, 2, 1)
    cut = replace(rollout, text="<think>\nsum", finish_reason="length").trace
    assert (cut.reasoning, cut.response, cut.finish_reason) == ("sum", "", "length")


def test_the_length_cap_keeps_the_share_asked_for() -> None:
    lengths = list(range(100, 0, -1))
    assert length_cap(lengths, 0.95) == 95 and length_cap(lengths, 1.0) == 100 and length_cap([7], 0.5) == 7


def test_a_policy_that_gives_no_numbers_is_told_before_anything_is_drawn_from_it() -> None:
    one = replace(small("qwen3"), model=deepcopy(small("qwen3").model))
    with torch.no_grad():
        one.model.get_output_embeddings().weight[7] = torch.nan
    with pytest.raises(TrainingDiverged, match="log-probabilities that are not finite"):
        sampled(one, one.prompts())
