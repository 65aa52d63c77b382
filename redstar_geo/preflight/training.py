"""What can be known of a fine-tuning before it starts: its rows, how long they are, and the memory of its steps."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Protocol

import psutil
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from PIL import Image
from transformers import PreTrainedConfig

from redstar_geo.errors import InputError
from redstar_geo.models.adapters import Lora
from redstar_geo.models.encode import Encoder, SampleError
from redstar_geo.models.families import PixelLimits, family_of, limit_pixels, tokenizer_of
from redstar_geo.models.known_configs import KNOWN
from redstar_geo.models.memory import Training, device_bytes, plan
from redstar_geo.models.parts import Tuning, reachable
from redstar_geo.models.simulate import Row
from redstar_geo.preflight.check import LocalModel, Report, local_model, unreadable_image
from redstar_geo.trainer.dataset import Packing
from redstar_geo.trainer.zero import zero_optimization

COLUMNS = ("id", "prompt", "completion", "images")


class SftSettings(Protocol):
    """What is looked at of a recipe of supervised fine-tuning."""

    @property
    def data(self) -> str: ...
    @property
    def model(self) -> str | None: ...
    @property
    def learning_rate(self) -> float | Tuning: ...
    @property
    def tuning(self) -> Tuning: ...
    @property
    def lora(self) -> Lora | None: ...
    @property
    def pack(self) -> Packing: ...
    @property
    def accumulate(self) -> int: ...
    @property
    def max_tokens(self) -> int | None: ...
    @property
    def unfit(self) -> Literal["fail", "drop"]: ...
    @property
    def pixels(self) -> PixelLimits: ...
    @property
    def dtype(self) -> Literal["float32", "bfloat16"]: ...
    @property
    def compute(self) -> Literal["float32", "bfloat16"]: ...
    @property
    def optimizer(self) -> str: ...
    @property
    def gradient_checkpointing(self) -> bool: ...
    @property
    def loss_chunks(self) -> int: ...
    @property
    def deepspeed(self) -> str | None: ...


def look_into_training(
    recipe: SftSettings, report: Report, rows: int = 256, ranks: int | None = None, device_gib: float | None = None
) -> None:
    """Files, columns and about so many rows from all over the data; the model; the memory plan.

    Args:
        ranks: how many devices train; the GPUs of this machine if not given.
        device_gib: the memory of one; asked of the first GPU (or the machine) if not given. Without both, a machine
            that has no GPU is planned as it is.
    """
    files = report.trying(lambda: export_files(recipe.data))
    found = _rows(files, rows) if files else []
    total = sum(pq.read_metadata(file).num_rows for file in files or ())
    if found:
        report.notes.append(f"data: {total} samples, {len(found)} of them looked at")
    _look_at_rows(found, report)
    if recipe.model is None:
        report.unchecked.append("lengths and memory: the tiny base is built when training starts")
        return
    model = local_model(recipe.model, report)
    lengths = _lengths(recipe, model, found, report) if model is not None else []
    config = model.config if model is not None else KNOWN[recipe.model]() if recipe.model in KNOWN else None
    if config is None:
        report.unchecked.append(f"memory: the sizes of {recipe.model} are not known here")
        return
    row = _largest_row(recipe, lengths, report)
    if row is None:
        return
    if not lengths and family_of(config).sees:
        report.unchecked.append(
            "memory of the vision part: how large the pictures are is not known without the processor"
        )
    has_images = any(each["images"] for each in found)
    longest = max((tokens for tokens, _ in lengths), default=0)
    plan_memory(recipe, config, row, longest, has_images or not found, report, ranks, device_gib)


def plan_memory(
    recipe: SftSettings,
    config: PreTrainedConfig,
    row: Row,
    longest: int,
    has_images: bool,
    report: Report,
    ranks: int | None,
    device_gib: float | None,
) -> None:
    """The memory of a step over the fullest `row`; `longest` in tokens. What does not fit is an error."""
    family = family_of(config)
    tuned = report.trying(lambda: reachable(family, recipe.tuning, has_images))
    zero = report.trying(lambda: zero_optimization(recipe.deepspeed))
    if tuned is None or zero is None:
        return
    if family.sees or isinstance(recipe.learning_rate, Tuning):  # else no part was named
        report.notes += tuned[1]
    on_cpu = ranks is None and device_gib is None and not torch.cuda.is_available()
    training = Training(
        row,
        tuned[0],
        longest=longest,
        lora=recipe.lora,
        weights=recipe.dtype,
        compute=recipe.compute,
        checkpointing=recipe.gradient_checkpointing,
        chunks=recipe.loss_chunks,
        optimizer="adamw_8bit" if "8bit" in recipe.optimizer else "adamw",
        offload=not on_cpu and (recipe.optimizer.startswith("paged") or "offload_optimizer" in zero),
        offload_weights=not on_cpu and "offload_param" in zero,
        zero=zero.get("stage", 0),
        ranks=ranks or torch.cuda.device_count() or 1,
        device="cpu" if on_cpu else "cuda",
        accumulate=recipe.accumulate,
    )
    report.notes.append(_planned_for(on_cpu, training.ranks, ranks, device_gib))
    report.plan = plan(config, training, device_gib)
    _judge(report)


def _planned_for(on_cpu: bool, devices: int, ranks: int | None, device_gib: float | None) -> str:
    """The machine, in words, and how to plan for another where this one has no GPU."""
    gib = f"{device_gib or device_bytes() / 2**30:.3g} GiB"
    if on_cpu:
        return f"memory, planned for this machine (no GPU, {gib}); --gpus 8 --gpu-gib 80 plans for others:"
    several = f"{devices} GPU{'s' * (devices > 1)} of {gib}"
    if ranks is None and device_gib is None:
        return f"memory a GPU, planned for this machine ({several}):"
    guessed = "" if device_gib is not None else ", as much as this machine has; --gpu-gib gives another size"
    return f"memory a GPU, planned for {several}{guessed}:"


def export_files(pattern: str) -> list[Path]:
    """The export files that a glob names, with their columns.

    Raises:
        InputError: none, no Parquet, other columns, or no rows.
    """
    root = Path(Path(pattern).anchor)  # Path.glob takes relative patterns only
    files = sorted(root.glob(str(Path(pattern).relative_to(root))))
    if not files:
        raise InputError(f"No file matches data {pattern!r}. Give the sft/*.parquet of a run of `redstar-geo data`.")
    for file in files:
        try:
            schema = pq.read_schema(file)
        except (OSError, ValueError):
            raise InputError(f"{file} is not a Parquet file. Give the sft/*.parquet of a finished data run.") from None
        missing = [name for name in COLUMNS if name not in schema.names]
        if missing:
            raise InputError(
                f"{file} has columns {', '.join(schema.names)}; missing: {', '.join(missing)}. Give the sft/*.parquet "
                "of a data run (problems.parquet and traces.parquet are not what is trained on)."
            )
        wrong = [f"{name} ({schema.field(name).type})" for name in COLUMNS if not _as_exported(schema.field(name))]
        if wrong:
            raise InputError(
                f"{file} holds {', '.join(wrong)} in another form than exported: id is text, prompt and completion are "
                "lists of {role, content}, images a list of {bytes, path}. Export it anew with `redstar-geo data`."
            )
    if not sum(pq.read_metadata(file).num_rows for file in files):
        raise InputError(f"{pattern!r} holds no rows. See run.json of the data run for why every trace was rejected.")
    return files


def _as_exported(column: pa.Field) -> bool:
    if column.name == "id":
        return bool(pa.types.is_string(column.type) or pa.types.is_large_string(column.type))
    if not (pa.types.is_list(column.type) or pa.types.is_large_list(column.type)):
        return False
    inner = column.type.value_type
    wanted = {"bytes", "path"} if column.name == "images" else {"role", "content"}
    return bool(pa.types.is_struct(inner)) and wanted <= {field.name for field in inner}


def _rows(files: Sequence[Path], wanted: int) -> list[dict[str, Any]]:
    """About so many rows from all over the files: the first ones of row groups at even distances."""
    groups = [(file, group) for file in files for group in range(pq.read_metadata(file).num_row_groups)]
    chosen = groups[:: -(-len(groups) // wanted)]
    share = -(-wanted // len(chosen))
    found: list[dict[str, Any]] = []
    for file, group in chosen:
        with pq.ParquetFile(file) as opened:
            batch = next(opened.iter_batches(batch_size=share, row_groups=[group], columns=list(COLUMNS)), None)
        found += batch.to_pylist() if batch is not None else []
    return found


def _look_at_rows(found: Sequence[Mapping[str, Any]], report: Report) -> None:
    unreadable = [
        f"{row['id']} ({error})"
        for row in found
        for image in row["images"] or ()
        if (error := unreadable_image(image["bytes"]))
    ]
    report.examples("pictures cannot be read", unreadable, sum(len(row["images"] or ()) for row in found))
    empty = [str(row["id"]) for row in found if not any(turn["content"] for turn in row["completion"] or ())]
    report.examples("completions are empty, so nothing would be learned from them", empty, len(found))


def _lengths(
    recipe: SftSettings, model: LocalModel, found: Sequence[dict[str, Any]], report: Report
) -> list[tuple[int, int]]:
    """(tokens, vision patches) of the rows that can be trained on; the others are errors or counted."""
    tokens, rows = len(tokenizer_of(model.processor)), model.config.get_text_config().vocab_size
    if tokens > rows:
        report.errors.append(
            f"The tokenizer of {recipe.model} has {tokens} tokens, the model embeddings for {rows}. They are not of "
            "the same model: give the tokenizer that came with it."
        )
    report.trying(lambda: limit_pixels(family_of(model.config), model.processor, recipe.pixels))
    most = min((limit for limit in (recipe.max_tokens, recipe.pack.tokens) if limit is not None), default=None)
    encoder = report.trying(lambda: Encoder(model.config, model.processor, most))
    if encoder is None:
        return []
    unfit: list[SampleError] = []
    lengths = []
    for row in found:
        if any(unreadable_image(image["bytes"]) for image in row["images"]):
            continue  # said before
        try:
            lengths.append(encoder.measure(row["id"], row["prompt"], row["completion"], _pictures(row)))
        except SampleError as error:
            unfit.append(error)
    _tell_unfit(recipe, unfit, len(found), report)
    return lengths


def _tell_unfit(recipe: SftSettings, unfit: Sequence[SampleError], looked_at: int, report: Report) -> None:
    if recipe.unfit == "fail":
        report.examples("samples cannot be trained on", [str(error) for error in unfit], looked_at)
    elif unfit:
        reasons = Counter(error.reason for error in unfit)
        report.notes.append(f"dropped, of {looked_at} samples looked at: {dict(reasons)}")


def _largest_row(recipe: SftSettings, lengths: Sequence[tuple[int, int]], report: Report) -> Row | None:
    """The fullest row that packing can make; every token counts as labelled."""
    longest = max((tokens for tokens, _ in lengths), default=0)
    tokens = recipe.pack.tokens or (recipe.pack.samples or 1) * longest
    if not tokens:
        report.unchecked.append("memory: it follows from the lengths of the samples, which need the model's tokenizer")
        return None
    density = max((patches / length for length, patches in lengths), default=0.0)
    with_images = sum(1 for _, patches in lengths if patches)
    mean = sum(patches for _, patches in lengths) / with_images if with_images else 1.0
    patches = min(recipe.pack.patches, int(density * tokens))
    return Row(tokens, tokens, patches, max(1, round(patches / mean)))


def _judge(report: Report) -> None:
    """What does not fit is an error, on the device as in the host's memory."""
    assert report.plan is not None
    if not report.plan.fits:
        report.errors.append("The training does not fit the device's memory; see the plan for what to change.")
    host = sum(report.plan.host.values())
    if host > psutil.virtual_memory().total:
        report.errors.append(f"Offloading needs {host / 2**30:.0f} GiB of the host's memory, more than there is.")


def _pictures(row: Mapping[str, Any]) -> list[Image.Image]:
    return [Image.open(io.BytesIO(image["bytes"])) for image in row["images"]]
