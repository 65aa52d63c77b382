"""One training step on tensors that have shapes and no memory: what is alive at its fullest moment.

Forward and backward of the real modules run on torch's meta device, or under autocast on fake tensors, while every
tensor that they make and drop is booked. So what autograd keeps, what checkpointing frees, what a frozen part or an
adapter saves follows from the code of the model, not from a formula for it; a step of an 8B model takes seconds.
Attention is replaced by one that keeps what flash attention keeps: queries, keys, values, the result and a number a
row.
"""

from __future__ import annotations

import weakref
from collections import Counter
from contextlib import ExitStack
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_map_only
from torch.utils.weak import WeakIdKeyDictionary
from transformers import (
    AttentionInterface,
    AutoModelForCausalLM,
    AutoModelForImageTextToText,
    PretrainedConfig,
    PreTrainedModel,
)
from transformers.modeling_utils import set_zero3_state

from redstar_geo.models.adapters import Lora, add_adapters
from redstar_geo.models.families import family_of
from redstar_geo.models.loss import chunked_cross_entropy
from redstar_geo.models.parts import Tuning, freeze

_STAND_IN = "shapes_only"  # a name with "flash" makes transformers look for that library


@dataclass(frozen=True)
class Row:
    """What one forward sees: `tokens` of the language model, `labelled` of them trained on, patches of `images`.

    `ranks` that share the row (`sequence_parallel`) split its tokens, but not its pictures.
    """

    tokens: int
    labelled: int
    patches: int = 0
    images: int = 1
    ranks: int = 1


@dataclass(frozen=True)
class Fullest:
    """Bytes alive at the fullest moment of forward and backward, beside the weights.

    `made_in` says in which phase the activations were made: vision, language, loss, or backward (gradients of
    activations, and what checkpointing computes again).
    """

    made_in: dict[str, int]
    gradients: int


def shapes(config: PretrainedConfig, dtype: torch.dtype, tuning: Tuning, lora: Lora | None) -> PreTrainedModel:
    """The model of a configuration on the meta device, frozen and adapted as training does it: no bytes of it exist."""
    family = family_of(config)
    kind = AutoModelForImageTextToText if family.sees else AutoModelForCausalLM
    with torch.device("meta"), set_zero3_state():  # so that ZeRO-3, where it is on, does not cut this model up
        model: PreTrainedModel = kind.from_config(deepcopy(config), dtype=dtype, attn_implementation=_STAND_IN)
        if lora is not None:
            add_adapters(model, family, lora, tuning)
    freeze(model, family, tuning)
    return model.train()


def fullest_moment(
    model: PreTrainedModel, row: Row, chunks: int, compute: torch.dtype, gradients_stay: bool
) -> Fullest:
    """Run forward and backward of a row through a model of `shapes`.

    Args:
        chunks: of the loss.
        compute: what autocast computes in; weights of that type already need none.
        gradients_stay: whether those of earlier rows are there from the start.
    """
    casts = any(parameter.dtype != compute for parameter in model.parameters())
    with ExitStack() as contexts:
        if casts:  # autocast does not know the meta device
            contexts.enter_context(FakeTensorMode())
            _without_bytes_on_the_cpu(model)
        contexts.enter_context(torch.autocast("cpu", compute, enabled=casts))
        return _simulate(model, row, chunks, gradients_stay)


def _without_bytes_on_the_cpu(model: nn.Module) -> None:
    copies: dict[int, nn.Parameter | Tensor] = {}  # tied weights stay tied
    for module in model.modules():
        for name, old in [*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)]:
            new = torch.empty(old.shape, dtype=old.dtype, device="cpu")
            if isinstance(old, nn.Parameter):
                new = nn.Parameter(new, requires_grad=old.requires_grad)
            setattr(module, name, copies.setdefault(id(old), new))


def _simulate(model: PreTrainedModel, row: Row, chunks: int, gradients_stay: bool) -> Fullest:
    meter = _Meter(model)
    trained = [parameter for parameter in model.parameters() if parameter.requires_grad]
    if gradients_stay:
        meter.gradients = sum(_bytes(parameter) for parameter in trained)

    def finish(parameter: Tensor) -> None:
        parameter.grad = None
        if not gradients_stay:
            meter.gradients += _bytes(parameter)
            meter.look()

    for parameter in trained:
        parameter.register_post_accumulate_grad_hook(finish)
    with meter:
        meter.phase = "vision"
        pixels = _pixels(model, row)
        features = _encode_images(model, pixels, row.images)
        meter.phase = "language"
        hidden = _hidden_states(model, row, features)
        del features
        meter.phase = "loss"
        loss = _loss(model, hidden[0, : row.labelled].clone(), chunks)  # of a rank of several: at most all it has
        del hidden
        meter.phase = "backward"
        loss.backward()
    return Fullest(dict(meter.fullest), meter.gradients_then)


def _bytes(tensor: Tensor) -> int:
    return tensor.numel() * tensor.element_size()


class _Meter(TorchDispatchMode):
    """Books every storage from the operation that makes it to its end, under the phase it was made in."""

    def __init__(self, model: nn.Module) -> None:
        super().__init__()
        self.alive: Counter[str] = Counter()
        self.fullest: Counter[str] = Counter()
        self.gradients = 0
        self.gradients_then = 0
        self.phase = ""
        self._most = 0
        self._booked = WeakIdKeyDictionary()
        for tensor in [*model.parameters(), *model.buffers()]:
            self._booked[tensor.untyped_storage()] = True

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        result = func(*args, **(kwargs or {}))
        tree_map_only(Tensor, self._book, result)
        self.look()
        return result

    def _book(self, tensor: Tensor) -> None:
        storage = tensor.untyped_storage()
        if storage not in self._booked:
            self._booked[storage] = True
            self.alive[self.phase] += storage.nbytes()
            weakref.finalize(storage, self._end, self.phase, storage.nbytes())

    def _end(self, phase: str, size: int) -> None:
        self.alive[phase] -= size

    def look(self) -> None:
        now = sum(self.alive.values()) + self.gradients
        if now > self._most:
            self._most, self.fullest, self.gradients_then = now, self.alive.copy(), self.gradients


def _pixels(model: PreTrainedModel, row: Row) -> Tensor | None:
    """The image tensors of the batch, float32 as processors give them; they live as long as the batch."""
    family = family_of(model.config)
    if not row.patches or not family.sees:
        return None
    vision = model.config.vision_config
    if family.tiled:
        height, width = vision.image_size
        tiles = max(1, row.patches // (height // vision.patch_size[0] * (width // vision.patch_size[1])))
        return torch.empty(tiles, 3, height, width, device=model.device)
    merged = vision.spatial_merge_size**2
    patches = max(merged, row.patches // merged * merged)
    return torch.empty(
        patches, vision.in_channels * vision.temporal_patch_size * vision.patch_size**2, device=model.device
    )


def _encode_images(model: PreTrainedModel, pixels: Tensor | None, images: int) -> list[Tensor]:
    """What the language model gets from the pictures: one tensor [tokens, H], for deepstack more of them."""
    if pixels is None:
        return []
    inner: Any = model.base_model
    if not family_of(model.config).tiled:
        return _encode_patches(inner.visual, model, pixels, images)
    tower = inner.vision_tower
    hidden = tower.embeddings(pixels.to(model.dtype))
    for layer in tower.encoder.layer:
        hidden = layer(hidden)
    side = pixels.shape[-1] // model.config.vision_config.patch_size[-1]
    grid = inner.pixel_shuffle(hidden[:, 1:].reshape(len(pixels), side, side, -1), model.config.downsample_ratio)
    return [inner.multi_modal_projector(grid.reshape(len(pixels), -1, grid.shape[-1])).flatten(0, 1)]


def _encode_patches(tower: Any, model: PreTrainedModel, pixels: Tensor, images: int) -> list[Tensor]:
    """As Qwen's and GLM's towers do."""
    config = model.config.vision_config
    patches, glm = len(pixels), config.model_type.startswith("glm")
    hidden = tower.patch_embed(pixels.to(model.dtype))
    if glm:
        hidden = tower.post_conv_layernorm(hidden) + _empty(model, *hidden.shape)  # with a position
    head = config.hidden_size // config.num_heads
    rotary = tuple(_empty(model, patches, head) for _ in "cs")
    whole = _bounds(patches, -(-patches // images))
    windows = whole
    full = set(range(config.depth))
    if config.model_type.startswith("qwen2_5"):
        full = set(config.fullatt_block_indexes)
        windows = _bounds(patches, (config.window_size // config.patch_size) ** 2)
        hidden = hidden.clone()  # put into the order of the windows
    deepstack: list[Tensor] = []
    for number, block in enumerate(tower.blocks):
        bounds = whole if number in full else windows
        hidden = block(hidden, cu_seqlens=bounds, position_embeddings=rotary)
        if config.model_type.startswith("qwen3_vl") and number in config.deepstack_visual_indexes:
            deepstack.append(tower.deepstack_merger_list[len(deepstack)](hidden))
    if glm:
        side = config.spatial_merge_size
        squares = tower.post_layernorm(hidden).view(-1, side, side, hidden.shape[-1]).permute(0, 3, 1, 2)
        hidden = tower.downsample(squares).view(-1, config.out_hidden_size)
    return [tower.merger(hidden), *deepstack]


def _hidden_states(model: PreTrainedModel, row: Row, features: list[Tensor]) -> Tensor:
    inner: Any = model.base_model
    language = inner.language_model if family_of(model.config).sees else inner
    own = -(-row.tokens // row.ranks)
    embedded = row.tokens if family_of(model.config).sees else own
    hidden = language.embed_tokens(torch.zeros(1, embedded, dtype=torch.long, device=model.device))
    if features:
        image_tokens = features[0].shape[0]
        if image_tokens > row.tokens:
            raise ValueError(f"{row.patches} patches make {image_tokens} tokens, more than the {row.tokens} of the row")
        hidden = torch.cat([features[0].unsqueeze(0).to(hidden.dtype), hidden[:, image_tokens:]], dim=1)
    config = model.config.get_text_config()
    head = config.head_dim if "head_dim" in config.to_dict() else config.hidden_size // config.num_attention_heads
    if own < embedded:  # the model that calls holds on to the whole
        _whole, hidden = hidden, hidden[:, :own].clone()
        features = [each[:own] for each in features]
    rotary = tuple(_empty(model, 1, own, head) for _ in "cs")
    for number, layer in enumerate(language.layers):
        hidden = layer(hidden, attention_mask=None, position_ids=None, position_embeddings=rotary, use_cache=False)
        if number + 1 < len(features):
            added = features[number + 1]
            hidden = torch.cat([hidden[:, : len(added)] + added, hidden[:, len(added) :]], dim=1)
    normed: Tensor = language.norm(hidden)
    return normed


def _loss(model: PreTrainedModel, hidden: Tensor, chunks: int) -> Tensor:
    targets = torch.zeros(len(hidden), dtype=torch.long, device=model.device)
    return chunked_cross_entropy(hidden, model.get_output_embeddings(), targets, 1.0, chunks).loss


def _empty(model: PreTrainedModel, *shape: int) -> Tensor:
    return torch.empty(shape, dtype=model.dtype, device=model.device)


def _bounds(total: int, size: int) -> NDArray[np.int64]:
    """Where runs of a size end; no tensor, whose values could not be read within `no_memory`."""
    return np.array([*range(0, total, size), total])


class _Flash(torch.autograd.Function):
    """Keeps and makes what flash attention does, and computes nothing. The layout is [B, heads, T, D]."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        batch, heads, tokens, _ = query.shape
        result = query.new_empty(batch, tokens, heads, value.shape[-1])
        ctx.save_for_backward(query, key, value, result, query.new_empty(batch, heads, tokens, dtype=torch.float32))
        return result

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, ...]:
        return tuple(torch.empty_like(tensor) for tensor in ctx.saved_tensors[:3])


def _flash(
    module: nn.Module, query: Tensor, key: Tensor, value: Tensor, attention_mask: Tensor | None, **kwargs: Any
) -> tuple[Tensor, None]:
    return _Flash.apply(query, key, value), None


AttentionInterface.register(_STAND_IN, _flash)
