"""What a training needs of a device's memory, by part, before anything is loaded, and what to change if it is too much.

Parameters are counted on torch's meta device, activations are those of a simulated step (`simulate`). What ZeRO shards
and gathers follows DeepSpeed (Rajbhandari et al., arXiv 1910.02054).
"""

from __future__ import annotations

import json
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

import psutil
import torch
from torch import nn
from transformers import AutoConfig, PretrainedConfig, PreTrainedModel

from redstar_geo.models.adapters import Lora
from redstar_geo.models.families import Family, family_of
from redstar_geo.models.parts import Tuning
from redstar_geo.models.precision import DTYPES
from redstar_geo.models.simulate import Fullest, Row, fullest_moment, shapes

GIB = 2**30
BYTES = {"float32": 4, "bfloat16": 2}
_FOUR_BITS = 0.5 + 1 / 64 + 4 / (64 * 256)  # NF4, scales of 64 values as bytes, these scaled by 256 (arXiv 2305.14314)
ADAPTERS = "adapters"
_GATHERED = 1_000_000_000  # parameters that ZeRO-3 holds whole at once (DeepSpeed's stage3_max_live_parameters)
_BUCKET = 100_000_000  # parameters whose gradients ZeRO sends at once, as in trainer/deepspeed
_A_MACHINE = 8  # ranks of a machine; more of them are on several
_LIBRARIES = {"cpu": GIB // 16, "cuda": GIB}  # CUDA's context, kernels, workspaces
_NCCL = GIB  # channels and their buffers, where there are several ranks
_FRAGMENTED = 0.05  # of what comes and goes, what the allocator cannot use for something of another size
_EXACT = ("weights: ", "optimizer states", "gradients", "reference: weights", "reserve: ")  # the rest is simulated
Dtype = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class Training:
    """What decides how much memory a step takes.

    Attributes:
        row: the largest forward: tokens, labelled tokens and vision patches of a pack.
        longest: tokens of the longest sample, below which no advice goes.
        weights: their dtype. AdamW keeps its moments in it; ZeRO keeps float32 weights and moments beside bfloat16, and
            so does training with `masters`. Gradients are in it too unless they are `float32_gradients`.
        compute: what autocast computes in.
        offload: optimizer states lie in the host's memory (paged, or by ZeRO); `offload_weights`: these too (ZeRO-3).
        zero: stage of ZeRO over `ranks`; 0 is one process or plain data parallel.
        accumulate: rows a step and rank.
        device: what it runs on; that of this machine unless told.
    """

    row: Row
    tuning: Tuning
    longest: int = 0
    lora: Lora | None = None
    weights: Dtype = "bfloat16"
    compute: Dtype = "bfloat16"
    checkpointing: bool = True
    chunks: int = 16
    optimizer: Literal["adamw", "adamw_8bit"] = "adamw"
    masters: bool = False
    float32_gradients: bool = False
    offload: bool = False
    offload_weights: bool = False
    zero: Literal[0, 2, 3] = 0
    ranks: int = 1
    accumulate: int = 1
    device: Literal["cpu", "cuda"] = field(default_factory=lambda: "cuda" if torch.cuda.is_available() else "cpu")


@dataclass(frozen=True)
class Parameters:
    """So many parameters of a part, trained or not; `quantisable` of them can be kept in 4 bits."""

    part: str
    trained: bool
    number: int
    quantisable: int


@dataclass(frozen=True)
class Advice:
    """A change and the bytes that the training needs with it."""

    change: str
    needs: int
    fits: bool


@dataclass(frozen=True)
class Plan:
    """Bytes a rank by part at the fullest moment, on the device and in the host's memory, and the device's size.

    Ranks on one machine share its memory: `host_needs` is that of all of them.
    """

    parameters: tuple[Parameters, ...]
    device: dict[str, int]
    host: dict[str, int]
    size: int
    ranks: int = 1
    advice: tuple[Advice, ...] = field(default=())

    @property
    def needs(self) -> int:
        return sum(self.device.values())

    def _estimated(self) -> list[tuple[str, int]]:
        """The parts that are not counted exactly."""
        parts = self.device.items()
        return [(name, size) for name, size in parts if not name.removeprefix("critic: ").startswith(_EXACT)]

    @property
    def host_needs(self) -> int:
        return sum(self.host.values()) * min(self.ranks, _A_MACHINE)

    @property
    def fits(self) -> bool:
        return self.needs <= self.size

    def lines(self) -> Iterator[str]:
        """The plan for a reader, a line a part."""
        for name, size in self.device.items():
            if size >= GIB / 200:
                yield f"{name}: {size / GIB:.2f} GiB"
        verdict = "fits" if self.fits else "does not fit"
        yield f"needs {self.needs / GIB:.1f} GiB of {self.size / GIB:.1f} GiB: {verdict}"
        if self.fits:
            name, size = max(self._estimated(), key=lambda part: part[1])
            left = self.size - self.needs
            told = f"the {left / GIB:.1f} GiB left are {left / size:.1f} times that"
            yield f"first to be missed: {name}, an estimate; {told}"
        if self.host:
            a_rank, ranks = sum(self.host.values()) / GIB, min(self.ranks, _A_MACHINE)
            together = f", {self.host_needs / GIB:.0f} GiB for {ranks} ranks of one machine" if ranks > 1 else ""
            yield f"in the host's memory: {a_rank:.1f} GiB a rank{together}"
        for advice in self.advice:
            yield f"{advice.change}: {advice.needs / GIB:.1f} GiB, {'fits' if advice.fits else 'still too much'}"


def plan(config: PretrainedConfig, training: Training, device_gib: float | None = None) -> Plan:
    """What a step of `training` needs on each rank, and where that is too much, what to change.

    Args:
        device_gib: memory of a device; asked of CUDA if not given, or of the system on a machine without GPU.

    Raises:
        InputError: the model is of no known family.
    """
    family_of(config)
    size = round(device_gib * GIB) if device_gib is not None else device_bytes()
    plain = _plan(config, training, size)
    return plain if plain.fits else replace(plain, advice=tuple(_advice(config, training, size)))


def device_bytes() -> int:
    """Memory of the GPU, or of the machine where there is none."""
    if torch.cuda.is_available():
        return int(torch.cuda.mem_get_info()[1])
    return int(psutil.virtual_memory().total)


def _plan(config: PretrainedConfig, training: Training, size: int) -> Plan:
    parameters, largest, fullest = _simulated(config.to_json_string(use_diff=False), _of_one_rank(training))
    shards = training.ranks if training.zero else 1
    trained = sum(each.number for each in parameters if each.trained)
    device: dict[str, float] = {}
    host: dict[str, float] = {}
    (host if training.offload_weights else device).update(_weights(parameters, training))
    device |= _copies(training, parameters, largest)
    if training.row.ranks > 1:
        device["messages between the ranks of a row"] = _exchanged(config, training)
    (host if training.offload else device)["optimizer states"] = _optimizer_bytes(parameters, training) / shards
    kept: float = fullest.gradients
    if training.zero or training.float32_gradients:
        kept = 4 * trained / shards
    (host if training.offload and training.zero else device)["gradients"] = kept
    step = kept if training.zero and not training.offload else 0  # the optimizer's copy of the gradients
    if step > sum(fullest.made_in.values()):
        device["gradients again, in the step of ZeRO"] = step
    else:
        device |= {f"activations: {phase}": made for phase, made in fullest.made_in.items()}
    device |= reserve(device, training)
    return Plan(parameters, _rounded(device), _rounded(host), size, training.ranks)


def reserve(parts: Mapping[str, float], training: Training) -> dict[str, int]:
    """What is set aside for libraries, the ranks' messages, and an allocator that is not perfect, in bytes."""
    kept = {"reserve: libraries": _LIBRARIES[training.device]}
    if training.device == "cuda":
        passing = sum(size for name, size in parts.items() if not name.startswith(_EXACT))
        kept["reserve: fragmentation"] = round(_FRAGMENTED * passing)
        if training.ranks > 1:
            kept["reserve: NCCL"] = _NCCL
    return kept


def _rounded(parts: dict[str, float]) -> dict[str, int]:
    return {name: round(size) for name, size in parts.items() if size >= 1}


def _of_one_rank(training: Training) -> Training:
    """What the simulation depends on; the rest does not make it run again."""
    stay = 2 if training.accumulate > 1 or training.zero else 1  # gradients that are there from the start
    tuning = Tuning(**{part: rate and 1.0 for part, rate in training.tuning.model_dump().items()})
    lora = training.lora and training.lora.model_copy(update={"quantise": False})
    kept = {name: vars(training)[name] for name in ("row", "weights", "compute", "checkpointing", "chunks")}
    return Training(**kept, tuning=tuning, lora=lora, accumulate=stay)


@lru_cache(maxsize=32)
def _simulated(config_json: str, training: Training) -> tuple[tuple[Parameters, ...], int, Fullest]:
    """(parameters, those of the largest layer, the fullest moment)."""
    values = json.loads(config_json)
    config = AutoConfig.for_model(values.pop("model_type"), **values)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)  # of names that transformers 5.23 changed
        model = shapes(config, DTYPES[training.weights], training.tuning, training.lora)
        if training.checkpointing:
            model.gradient_checkpointing_enable({"use_reentrant": False})
    parameters = tuple(_counted(model, family_of(config)))
    largest = max(one.weight.numel() for name, one in model.named_modules() if _quantisable(name, one, config))
    compute = DTYPES[training.compute]
    return parameters, largest, fullest_moment(model, training.row, training.chunks, compute, training.accumulate > 1)


def _counted(model: PreTrainedModel, family: Family) -> Iterator[Parameters]:
    four_bits = {f"{name}.weight" for name, one in model.named_modules() if _quantisable(name, one, model.config)}
    numbers: Counter[tuple[str, bool]] = Counter()
    quantisable: Counter[tuple[str, bool]] = Counter()
    for name, parameter in model.named_parameters():
        part = ADAPTERS if ".lora_" in name else family.part(name)
        numbers[part, parameter.requires_grad] += parameter.numel()
        if name in four_bits:
            quantisable[part, parameter.requires_grad] += parameter.numel()
    for key, number in numbers.items():
        yield Parameters(*key, number, quantisable[key])


def _quantisable(name: str, module: nn.Module, config: PretrainedConfig) -> bool:
    """Whether QLoRA keeps it in 4 bits: the linear layers of the language model."""
    adapter = ".lora_" in name
    return isinstance(module, nn.Linear) and not adapter and family_of(config).part(f"{name}.") == "language"


def _weights(parameters: Iterable[Parameters], training: Training) -> Iterator[tuple[str, float]]:
    """Bytes of the weights a rank. Adapters are float32 always."""
    for each in parameters:
        dtype = "float32" if each.part == ADAPTERS else training.weights
        four = each.quantisable if training.lora and training.lora.quantise and not each.trained else 0
        size = (each.number - four) * BYTES[dtype] + four * _FOUR_BITS
        kept_as = f"{dtype}, 4-bit" if four else dtype
        state = "trained" if each.trained else "frozen"
        yield f"weights: {each.part} ({kept_as}, {state})", size / (training.ranks if training.zero == 3 else 1)


def _copies(training: Training, parameters: tuple[Parameters, ...], largest: int) -> dict[str, float]:
    """Copies of weights and gradients that live for a layer or a message."""
    whole = sum(each.number for each in parameters)
    trained = sum(each.number for each in parameters if each.trained)
    width = BYTES[training.weights]
    copies: dict[str, float] = {}
    if training.lora and training.lora.quantise:
        copies["weights of a layer, out of 4 bits"] = 2 * largest
    if training.zero == 3 and (training.ranks > 1 or training.offload_weights):
        copies["weights gathered by ZeRO-3"] = min(whole, _GATHERED) * width
    if training.zero:
        copies["ZeRO's buckets"] = 2 * min(trained, _BUCKET) * width  # one is filled while the other is sent
    elif training.ranks > 1:
        copies["buckets of data parallel training"] = trained * width
    return copies


def _exchanged(config: PretrainedConfig, training: Training) -> int:
    """Queries, keys and values of one layer, sent and received, and as much for their gradients."""
    text, tokens = config.get_text_config(), -(-training.row.tokens // training.row.ranks)
    width = text.to_dict().get("head_dim") or text.hidden_size // text.num_attention_heads
    heads = text.num_attention_heads + 2 * text.num_key_value_heads
    return 2 * 2 * tokens * heads * width * BYTES[training.compute]


def _optimizer_bytes(parameters: Iterable[Parameters], training: Training) -> int:
    states = 0
    for each in parameters:
        half = training.weights == "bfloat16" and each.part != ADAPTERS
        master = 4 if half and (training.zero or training.masters) else 0
        moments = 2 if training.optimizer == "adamw_8bit" else 4 if half and not master else 8
        states += each.number * (moments + master) if each.trained else 0
    return states


def _changes(training: Training) -> Iterator[tuple[str, Callable[[Training], Training]]]:
    """What can be changed, from what costs least to what costs most: time, quality, machines.

    Without a GPU the host's memory is the device's, and neither 8 bits nor 4 are there.
    """
    on_gpu = training.device == "cuda"
    if not training.checkpointing:
        yield "activation checkpointing", lambda one: replace(one, checkpointing=True)
    row = training.row
    tokens = max(training.longest, row.tokens // 2)
    if tokens < row.tokens:
        share = tokens / row.tokens
        smaller = replace(row, tokens=tokens, labelled=int(row.labelled * share), patches=int(row.patches * share))
        yield f"a token budget of {tokens}", lambda one: replace(one, row=smaller)
    alone = training.weights == "bfloat16" and not training.zero and training.lora is None  # nothing else keeps masters
    if alone and training.masters:
        yield "stochastic rounding instead of master weights", lambda one: replace(one, masters=False)
    if on_gpu and not alone and training.optimizer == "adamw":
        yield "an 8-bit optimizer", lambda one: replace(one, optimizer="adamw_8bit")
    if on_gpu and not alone and not training.offload:
        yield "optimizer states offloaded to the host", lambda one: replace(one, offload=True)
    if training.lora is None:
        yield "LoRA instead of full tuning", lambda one: replace(one, lora=Lora())
    elif on_gpu and not training.lora.quantise:
        lora = training.lora.model_copy(update={"quantise": True})
        yield "QLoRA: the frozen weights in 4 bits", lambda one: replace(one, lora=lora)
    if on_gpu and training.zero < 3:
        ranks = max(training.ranks, 8)
        yield f"ZeRO-3 over {ranks} devices", lambda one: replace(_in_sixteen_bits(one), zero=3, ranks=ranks)


def _in_sixteen_bits(training: Training) -> Training:
    """Without QLoRA, whose weights ZeRO-3 cannot share."""
    return replace(training, lora=training.lora and training.lora.model_copy(update={"quantise": False}))


def _advice(config: PretrainedConfig, training: Training, size: int) -> Iterator[Advice]:
    """Each change alone; then all of them, where none is enough."""
    together, enough, changes = training, False, list(_changes(training))
    for change, apply in changes:
        changed = _plan(config, apply(training), size)
        yield Advice(change, changed.needs, changed.fits)
        together, enough = apply(together), enough or changed.fits
    if not enough and len(changes) > 1:
        changed = _plan(config, together, size)
        yield Advice("all of these together", changed.needs, changed.fits)
