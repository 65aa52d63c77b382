"""The decoding loop gives what transformers' own gives, whatever is decoded beside a row, with less work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from transformers import GenerationConfig

from redstar_geo.errors import TrainingDiverged
from redstar_geo.generation.decode import Ends, decode
from redstar_geo.generation.encoded import left_padded
from redstar_geo.generation.local import Completion, generate
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.generation.sampling import end_tokens, tempered
from redstar_geo.models.adapters import Lora, add_adapters
from redstar_geo.models.families import FAMILIES, family_of
from redstar_geo.models.parts import Tuning
from redstar_geo.rl.sampler import rollouts
from tests.rl.small import Small, small

MIXED = 60  # tokens at most, of which many responses need fewer


@pytest.mark.parametrize("family", [*FAMILIES])
def test_greedy_answers_are_those_of_transformers(family: str) -> None:
    one = small(family)
    prompts, ends = one.prompts(), end_tokens(one.model, one.processor)
    found = generate(one.model, one.processor, prompts, GenerationSettings(20))
    inputs = left_padded(prompts, one.model.config, ends[0])
    start = inputs.pop("position_ids").shape[-1]
    if FAMILIES[family].mrope:
        inputs["mm_token_type_ids"] = (inputs["input_ids"] == one.model.config.image_token_id).int()
    plain = GenerationConfig(max_new_tokens=20, do_sample=False, eos_token_id=ends, pad_token_id=ends[0])
    expected = one.model.generate(**inputs, generation_config=plain)[:, start:].tolist()
    for mine, theirs in zip(found, expected, strict=True):
        assert list(mine.tokens) == theirs[: len(mine.tokens)] and len(mine.tokens) > 1
        assert mine.finish_reason == "length" or mine.tokens[-1] in ends


def sampled(one: Small, together: int | None = None, samples: int = 6, **given: Any) -> list[Any]:
    settings = GenerationSettings(MIXED, 1.0, **given)
    seeds = range(len(one.problems))
    return rollouts(one.model, one.processor, one.prompts(), settings, samples, one.distribution(), seeds, together)


@pytest.mark.parametrize("family", [name for name, family in FAMILIES.items() if family.packs])
def test_a_response_does_not_depend_on_what_is_decoded_beside_it(family: str) -> None:
    one = small(family)
    ends = ("b", "tri")  # which an untrained model says now and then; hardly ever its end of turn
    whole = sampled(one, stop=ends)
    assert len({len(each.completion_ids) for each in whole}) > 1, "rows must end apart"
    for together in (7, 3, 1):
        for mine, theirs in zip(sampled(one, together, stop=ends), whole, strict=True):
            assert mine.completion_ids == theirs.completion_ids and mine.finish_reason == theirs.finish_reason
            assert torch.allclose(torch.tensor(mine.log_probs), torch.tensor(theirs.log_probs), atol=1e-4)


def test_strings_end_a_row_wherever_it_is() -> None:
    one = small("qwen3")
    free = sampled(one)
    letters = [char for each in free for char in each.text if char.isalpha() and char.isascii()]
    stop = max(set(letters), key=letters.count)
    whole = sampled(one, stop=(stop,))
    assert any(stop in each.text for each in whole)
    for together in (4, 1):
        assert [each.completion_ids for each in sampled(one, together, stop=(stop,))] == [
            each.completion_ids for each in whole
        ]


@contextmanager
def counted(model: torch.nn.Module) -> Iterator[Counter[str]]:
    """What the model is run over: rows times tokens, and passes."""
    seen: Counter[str] = Counter()

    def note(module: torch.nn.Module, args: Any, kwargs: Any) -> None:
        ids = kwargs["input_ids"]
        seen.update(passes=1, tokens=ids.numel(), read=ids.numel() * (ids.shape[1] > 1))

    hook = model.register_forward_pre_hook(note, with_kwargs=True)
    try:
        yield seen
    finally:
        hook.remove()


@pytest.mark.parametrize("together", [12, None])
def test_rows_that_have_ended_cost_little_more(together: int | None) -> None:
    """Of six responses one is long: static batches would run over all of them to its end."""
    one, end = small("qwen3"), 7
    lengths = torch.tensor([12, 9, 60, 15, 20, 10] * 20)

    def pick(logits: Tensor, prompts: Tensor, counts: Tensor) -> tuple[Tensor, Tensor]:
        return torch.where(counts + 1 >= lengths[prompts], end, 5), torch.zeros(len(prompts))

    prompts = [one.prompts()[0]] * len(lengths)
    with counted(one.model) as seen, torch.no_grad():
        found = decode(one.model, prompts, pick, Ends(torch.tensor([end]), None, end), 100, together)
    assert [len(each.tokens) for each in found] == lengths.tolist() and all(each.ended for each in found)
    run_over = seen["tokens"] - seen["read"]
    assert int(lengths.sum()) <= run_over < 1.5 * int(lengths.sum()) < 0.55 * len(lengths) * int(lengths.max())


def test_responses_to_one_prompt_share_its_pass() -> None:
    one = small("qwen2_5_vl")
    longest = max(len(prompt.input_ids) for prompt in one.prompts())
    with counted(one.model) as seen:
        sampled(one, samples=8)
    assert seen["read"] == len(one.problems) * longest


class Ops(TorchDispatchMode):
    """How often each operation runs."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: Counter[str] = Counter()

    def __torch_dispatch__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.seen[function.overloadpacket._qualified_op_name.removeprefix("aten::")] += 1
        return function(*args, **(kwargs or {}))


def test_no_token_waits_for_the_host() -> None:
    """Nothing is made of the host's numbers for a token, and nothing of the device's is asked for but now and then."""
    one = small("qwen2_5_vl")
    counts = []
    for tokens in (16, 48):
        with Ops() as ops:
            settings = GenerationSettings(tokens, 1.0)
            rollouts(one.model, one.processor, one.prompts()[:1], settings, 1, never_ending(one), [3])
        counts.append(ops.seen)
    more = {name: counts[1][name] - counts[0][name] for name in ("lift_fresh", "_local_scalar_dense")}
    assert more["lift_fresh"] <= 32 / 8 and more["_local_scalar_dense"] <= 2 * 32 / 8
    assert counts[1]["argmax"] == 0 and counts[1]["searchsorted"] == 48


def never_ending(one: Small) -> Any:
    """A distribution without an end."""
    found = one.distribution()
    banned = torch.cat([found.banned, torch.tensor(end_tokens(one.model, one.processor))])
    return type(found)(1.0, banned)


def test_top_p_draws_only_what_it_leaves() -> None:
    one = small("qwen3")
    torch.manual_seed(0)
    few = generate(one.model, one.processor, one.prompts(), GenerationSettings(30, 1.0, 1e-6))
    best = generate(one.model, one.processor, one.prompts(), GenerationSettings(30))
    assert [each.tokens for each in few] == [each.tokens for each in best]
    kept = tempered(0.5, 0.9)(torch.tensor([[4.0, 3.0, 0.0, -9.0]])).exp()
    assert kept[0, 2] == kept[0, 3] == 0 and kept.sum() == pytest.approx(1.0)


def test_draws_follow_their_probabilities() -> None:
    one = small("qwen3")
    prompt = one.prompts()[0]
    settings = GenerationSettings(1, 1.0)
    drawn = rollouts(one.model, one.processor, [prompt], settings, 20_000, one.distribution(), [5])
    inputs = left_padded([prompt], one.model.config, 0)
    with torch.no_grad():
        expected = one.distribution().log_probs(one.model(**inputs).logits[0, -1]).exp()
    found = torch.bincount(torch.tensor([each.completion_ids[0] for each in drawn]), minlength=len(expected)) / 20_000
    assert (found - expected).abs().max() < 5 * (0.25 / 20_000) ** 0.5
    assert not found[expected == 0].any()


def adapted(family: str, dtype: torch.dtype) -> tuple[Small, Any]:
    """A copy of the small model with adapters that say something."""
    one = small(family)
    base = deepcopy(one.model).to(dtype)
    model = add_adapters(base, family_of(base.config), Lora(rank=4), Tuning(language=1e-3)).eval()
    chance = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for name, parameter in model.named_parameters():
            if "lora_B" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=chance) * 0.3)
    return one, model


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_adapters_are_merged_while_answering_and_no_weight_is_another_afterwards(dtype: torch.dtype) -> None:
    one, model = adapted("qwen2_5_vl", dtype)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    places = {name: value.data_ptr() for name, value in model.named_parameters()}
    with Ops() as merged:
        rollouts(model, one.processor, one.prompts(), GenerationSettings(16, 1.0), 2, one.distribution(), [1, 2, 3])
    for name, value in model.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert {name: value.data_ptr() for name, value in model.named_parameters()} == places
    with Ops() as bare:
        rollouts(one.model, one.processor, one.prompts(), GenerationSettings(16, 1.0), 2, one.distribution(), [1, 2, 3])
    matrices = [sum(ops.seen[name] for name in ("mm", "addmm", "bmm")) for ops in (merged, bare)]
    assert matrices[0] <= matrices[1] + sum("lora_A" in name for name in places), "a product to merge each, no more"


def test_merged_adapters_answer_as_the_adapters_do(monkeypatch: pytest.MonkeyPatch) -> None:
    one, model = adapted("qwen3", torch.float32)

    def said() -> list[Completion]:
        torch.manual_seed(0)
        return generate(model, one.processor, one.prompts(), GenerationSettings(30, 1.0))

    merged = said()
    with model.disable_adapter():
        assert [each.tokens for each in said()] != [each.tokens for each in merged], "adapters must matter"
    monkeypatch.setattr("redstar_geo.models.adapters.is_deepspeed_zero3_enabled", lambda: True)  # sharded: left alone
    assert [each.tokens for each in said()] == [each.tokens for each in merged]


def test_an_error_while_answering_leaves_the_weights() -> None:
    one, model = adapted("qwen3", torch.bfloat16)
    before = {name: value.clone() for name, value in model.state_dict().items()}

    def fail(token: int) -> bool:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        generate(model, one.processor, one.prompts()[:1], GenerationSettings(30), each_token=fail)
    assert all(torch.equal(value, before[name]) for name, value in model.state_dict().items())
    assert not any(name for module in model.modules() for name in vars(module).get("merged_adapters", ()))


def test_a_model_without_finite_weights_is_told() -> None:
    one = small("qwen3")
    model = deepcopy(one.model)
    with torch.no_grad():
        model.get_output_embeddings().weight[7] = torch.nan
    with pytest.raises(TrainingDiverged, match="log-probabilities that are not finite"):
        generate(model, one.processor, one.prompts(), GenerationSettings(10, 1.0))
