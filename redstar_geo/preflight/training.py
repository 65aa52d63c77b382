"""What can be known of a fine-tuning before it starts: its rows, how long they are, and the memory of its steps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pyarrow.parquet as pq
import torch
from transformers import PreTrainedConfig

from redstar_geo.dpo.dataset import PairEncoder
from redstar_geo.dpo.memory import plan_reference
from redstar_geo.dpo.recipe import DpoRecipe
from redstar_geo.models.adapters import check_adapter
from redstar_geo.models.encode import Encoder
from redstar_geo.models.families import NOT_PACKED, family_of
from redstar_geo.models.known_configs import KNOWN
from redstar_geo.models.memory import Training, plan
from redstar_geo.models.parts import Tuning, reachable
from redstar_geo.models.sequence_parallel import check_shared
from redstar_geo.models.simulate import Row
from redstar_geo.preflight.report import Report, local_model, machine, unreadable_image
from redstar_geo.trainer.dataset import COLUMNS, Kind, export_files, measure, said
from redstar_geo.trainer.recipe import MergeRecipe, SftRecipe, TuningRecipe
from redstar_geo.trainer.start import encoder_of
from redstar_geo.trainer.zero import check_shards, zero_optimization

_ROWS = 256  # about so many, from all over the data


def look_into_training(recipe: SftRecipe, report: Report) -> None:
    """Files, columns and some rows from all over the data; the model; the memory plan."""
    _look(recipe, recipe.model, "sft", Encoder, report)


def look_into_preferences(recipe: DpoRecipe, report: Report) -> None:
    """Files, columns and some pairs from all over the data; the model; the memory plan."""
    _look(recipe, recipe.model, "pairs", PairEncoder, report)


def look_into_merge(recipe: MergeRecipe, report: Report) -> None:
    """Are adapter and base there? Whether they fit is seen when they are merged."""
    report.trying(lambda: check_adapter(Path(recipe.adapter)))
    local_model(recipe.model, report)


def _look(recipe: TuningRecipe, base: str | None, kind: Kind, encoder_kind: type[Encoder], report: Report) -> None:
    files = report.trying(lambda: export_files(recipe.data, kind))
    rows = _rows(files, COLUMNS[kind]) if files else []
    if files:
        total = sum(pq.read_metadata(file).num_rows for file in files)
        report.notes.append(f"data: {total} {_called(kind)}, {len(rows)} of them looked at")
    if base is None:
        _look_without_model(rows, kind, report)
        report.unchecked.append("lengths and memory: the tiny base is built when training starts")
        return
    model = local_model(base, report)
    encoder = report.trying(lambda: encoder_of(encoder_kind, recipe, model.config, model.processor)) if model else None
    if encoder is None:
        _look_without_model(rows, kind, report)
    fit = _fit(recipe, kind, encoder, rows, report) if encoder is not None else []
    config = model.config if model is not None else KNOWN[base]() if base in KNOWN else None
    if config is None:
        report.unchecked.append(f"memory: the sizes of {base} are not known here")
        return
    family = family_of(config)
    row = _largest_row(recipe, fit, family.packs)
    if row is None:
        report.unchecked.append("memory: it follows from the lengths of the samples, which need the model's tokenizer")
        return
    if not family.packs:
        report.notes.append(NOT_PACKED.format(family.name))
    if not fit and family.sees:
        report.unchecked.append(
            "memory of the vision part: how large the pictures are is not known without the processor"
        )
    has_images = any(each["images"] for each in rows) or not rows
    _plan_memory(recipe, config, row, max((each["tokens"] for each in fit), default=0), has_images, report)


def _plan_memory(
    recipe: TuningRecipe, config: PreTrainedConfig, row: Row, longest: int, has_images: bool, report: Report
) -> None:
    """The memory of a step over the fullest `row`; `longest` in tokens. What does not fit is an error."""
    family = family_of(config)
    tuned = report.trying(lambda: reachable(family, recipe.tuning, has_images))
    report.trying(lambda: check_shards(recipe.deepspeed, recipe.lora))
    zero = report.trying(lambda: zero_optimization(recipe.deepspeed))
    if tuned is None or zero is None:
        return
    if family.sees or isinstance(recipe.learning_rate, Tuning):  # else no part was named
        report.notes += tuned[1]
    ranks, device, planned_for = machine(report)
    if isinstance(recipe, SftRecipe):
        size = recipe.sequence_parallel_size
        report.trying(lambda: check_shared(config, size, ranks))
        row = replace(row, ranks=size)
    on_cpu = device == "cpu"
    training = Training(
        row,
        tuned[0],
        longest=longest,
        lora=recipe.lora,
        weights=recipe.dtype,
        compute=recipe.compute,
        checkpointing=recipe.gradient_checkpointing,
        chunks=recipe.loss_chunks,
        masters=recipe.bfloat16_updates == "master_weights",
        float32_gradients=recipe.bfloat16_updates is not None and recipe.accumulate > 1 and ranks == 1,
        optimizer="adamw_8bit" if "8bit" in recipe.optimizer else "adamw",
        offload=not on_cpu and (recipe.optimizer.startswith("paged") or "offload_optimizer" in zero),
        offload_weights=not on_cpu and "offload_param" in zero,
        zero=zero.get("stage", 0),
        ranks=ranks,
        device=device,
        accumulate=recipe.accumulate,
    )
    report.notes.append(planned_for)
    report.plan = plan(config, training, report.gpu_gib)
    if not report.plan.fits:
        report.errors.append("The training does not fit the device's memory; see the plan for what to change.")
    if isinstance(recipe, DpoRecipe):
        _plan_reference(config, training, report)
    host, here = report.plan.host_needs, psutil.virtual_memory().total
    if host > here and report.gpus in (None, torch.cuda.device_count()):
        report.errors.append(
            f"Offloading needs {host / 2**30:.0f} GiB of the host's memory for all ranks of this machine, which has "
            f"{here / 2**30:.0f} GiB. Offload less, or take more machines."
        )


def _plan_reference(config: PreTrainedConfig, training: Training, report: Report) -> None:
    before = plan_reference(config, training, report.gpu_gib)
    needs = f"{before.needs / 2**30:.1f} GiB of {before.size / 2**30:.1f}"
    if before.fits:
        report.notes.insert(-1, f"the reference, whole on every rank before the training: {needs}, fits")
    else:
        report.errors.append(
            f"The reference does not fit the device's memory: it is loaded whole on every rank before the training, "
            f"under ZeRO too, and needs {needs} GiB. Raise loss_chunks, lower pack.tokens, or compute it once on "
            "larger devices and name its folder by reference=…"
        )


def _rows(files: Sequence[Path], columns: Sequence[str]) -> list[dict[str, Any]]:
    """About `_ROWS` rows from all over the files: the first ones of row groups at even distances."""
    groups = [(file, group) for file in files for group in range(pq.read_metadata(file).num_row_groups)]
    chosen = groups[:: -(-len(groups) // _ROWS)]
    share = -(-_ROWS // len(chosen))
    rows: list[dict[str, Any]] = []
    for file, group in chosen:
        with pq.ParquetFile(file) as opened:
            batch = next(opened.iter_batches(batch_size=share, row_groups=[group], columns=list(columns)), None)
        rows += batch.to_pylist() if batch is not None else []
    return rows


def _look_without_model(rows: Sequence[dict[str, Any]], kind: Kind, report: Report) -> None:
    images = [(row["id"], image and image["bytes"]) for row in rows for image in row["images"] or ()]
    broken = [f"{id} ({why})" for id, data in images if (why := unreadable_image(data))]
    report.examples("pictures cannot be read", broken, len(images))
    completions = [name for name in COLUMNS[kind] if name not in ("id", "prompt", "images")]
    empty = [row["id"] for row in rows if not all(said(row[name]) for name in completions)]
    report.examples(f"{_called(kind)} lack a completion, so that nothing is learned from them", empty, len(rows))


def _fit(
    recipe: TuningRecipe, kind: Kind, encoder: Encoder, rows: list[dict[str, Any]], report: Report
) -> list[dict[str, Any]]:
    """The lengths of the rows that can be trained on, as `measure` gives them; the others are errors, or counted."""
    measured = list(measure(rows, encoder, recipe.pack))
    unfit = [each for each in measured if each["unfit"] is not None]
    if recipe.unfit == "fail" or len(unfit) == len(measured):
        report.examples(f"{_called(kind)} cannot be trained on", [each["why"] for each in unfit], len(measured))
    elif unfit:
        reasons = dict(Counter(each["unfit"] for each in unfit))
        report.notes.append(f"dropped, of {len(measured)} {_called(kind)} looked at: {reasons}")
    return [each for each in measured if each["unfit"] is None]


def _called(kind: Kind) -> str:
    return "samples" if kind == "sft" else "pairs"


def _largest_row(recipe: TuningRecipe, fit: Sequence[dict[str, Any]], packs: bool) -> Row | None:
    """The fullest row that packing can make; every token counts as labelled, and a pair's pictures once."""
    longest = max((each["tokens"] for each in fit), default=0)
    tokens = recipe.pack.tokens or (recipe.pack.samples or 1) * longest
    if not packs:  # a row is one sample
        tokens = longest or recipe.max_tokens or tokens
    if not tokens:
        return None
    density = max((each["patches"] / each["tokens"] for each in fit), default=0.0)
    pictured = [each["patches"] for each in fit if each["patches"]]
    mean = sum(pictured) / len(pictured) if pictured else 1.0
    patches = min(recipe.pack.patches, int(density * tokens))
    return Row(tokens, tokens, patches, max(1, round(patches / mean)))
