"""Packed training beside plain TRL with padding: the same tiny model, data, optimizer and precision, on one CPU.

`python -m tests.bench pack`. The two sides take turns in one run, on one thread, so that a busy machine slows both
alike. Only tokens of samples count, on both sides; reading and tokenising are done beforehand on both.

Then the whole recipe on samples with pictures: how long its steps wait for data, with a worker and without.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from datasets import Dataset
from torch import Tensor
from transformers import PrinterCallback, TrainerCallback, TrainerControl, TrainerState, TrainingArguments
from trl import SFTConfig, SFTTrainer

from redstar_geo.generation.prompt import completion_messages, prompt_messages
from redstar_geo.geometry.narrate import narrate
from redstar_geo.models.attention import use_packed_attention
from redstar_geo.models.collate import collate
from redstar_geo.models.encode import Encoded, Encoder
from redstar_geo.models.load import load
from redstar_geo.models.loss import LossModel, labelled_tokens
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.progress import console
from redstar_geo.recipe import check
from redstar_geo.sources.builtin import builds
from redstar_geo.train import sft
from redstar_geo.trainer.log import read_log
from redstar_geo.trainer.pack import packs, padding_share
from tests.bench.narration import builtin, real
from tests.paths import FORMALGEO7K
from tests.train.small import SCHEMA

PROBLEMS, BATCH, STEPS, ROUNDS = 200, 16, 8, 3
PICTURED = 300
RATE, CLIP = 1e-3, 1.0
Row = dict[str, list[dict[str, str]]]


def traces() -> list[Row]:
    """Long traces, English and Chinese, told about problems of FormalGeo7k (without it, built-in ones)."""
    proofs = real(PROBLEMS) if FORMALGEO7K.is_dir() else builtin(PROBLEMS)
    told = [narrate(proof, form="long", language=lang, seed=0) for proof in proofs for lang in ("en", "zh")]
    return [
        {
            "prompt": [{"role": "user", "content": "Solve the problem."}],
            "completion": [{"role": "assistant", "content": f"<think>{one.reasoning}</think>{one.response}"}],
        }
        for one in told
    ]


class Pace(TrainerCallback):
    """Tokens a second from the end of the first step to the end of the last."""

    def __init__(self) -> None:
        self.seen: list[tuple[float, int]] = []

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        self.seen.append((time.perf_counter(), int(state.num_input_tokens_seen)))

    def tokens_per_s(self) -> float:
        (start, before), (end, after) = self.seen[0], self.seen[-1]
        return (after - before) / (end - start)


def padded(base: Path, rows: Sequence[Row], seed: int) -> float:
    """TRL as it comes: rows in random order, every batch padded to its longest."""
    pace = Pace()
    with tempfile.TemporaryDirectory() as folder:
        arguments = SFTConfig(
            output_dir=folder,
            per_device_train_batch_size=BATCH,
            max_steps=STEPS + 1,
            learning_rate=RATE,
            max_grad_norm=CLIP,
            max_length=None,
            bf16=True,
            use_cpu=True,
            seed=seed,
            include_num_input_tokens_seen="non_padding",
            dataloader_pin_memory=False,
            logging_strategy="no",
            save_strategy="no",
            report_to="none",
            disable_tqdm=True,
        )
        model, tokenizer = load(str(base), torch.float32)
        data = Dataset.from_list(list(rows))
        trainer = SFTTrainer(model, arguments, train_dataset=data, processing_class=tokenizer, callbacks=[pace])
        trainer.remove_callback(PrinterCallback)  # standard output is for the figures
        trainer.train()
    return pace.tokens_per_s()


def packed(base: Path, samples: list[Encoded], budget: int, seed: int) -> float:
    """Packed rows of as many tokens as a padded batch has on average, forward to optimizer step."""
    model, _ = load(str(base), torch.float32)
    use_packed_attention(model)
    training = LossModel(model.train(), chunks=1)
    optimizer = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.0, fused=True)
    lengths = [len(one.input_ids) for one in samples]
    rows = (
        collate([samples[i] for i in pack])
        for epoch in count()
        for pack in packs(lengths, [0] * len(samples), budget, 1, seed, epoch)
    )
    started, tokens = 0.0, 0
    for step in range(STEPS + 1):
        row = next(rows)
        _step(training, optimizer, row)
        if step == 0:
            started = time.perf_counter()
        else:
            tokens += row["input_ids"].numel()
    return tokens / (time.perf_counter() - started)


def _step(training: LossModel, optimizer: torch.optim.Optimizer, row: dict[str, Any]) -> Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        loss = training(num_items=labelled_tokens(row["labels"]), **row).loss
    loss.backward()
    torch.nn.utils.clip_grad_norm_(training.parameters(), CLIP)
    optimizer.step()
    optimizer.zero_grad()
    return loss.detach()


def pictured(path: Path) -> Path:
    """An export of built-in problems with pictures and long traces."""
    rows = [
        {
            "id": f"{built.problem.id}#0",
            "prompt": prompt_messages(built.problem),
            "completion": completion_messages(f"<think>{told.reasoning}</think>{told.response}"),
            "images": [{"bytes": image.data, "path": None} for image in built.problem.images],
        }
        for built in builds([], PICTURED, 0, range(1, 11), modality="both")
        for told in [narrate(built.proof, form="long", seed=0)]
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
    return path


def waiting_share(data: Path, run: Path, workers: int) -> tuple[float, int]:
    """Of the time of a step what it waited for its data, the median over laps of ten steps, and the steps.

    The first lap has the start of the workers in it and does not count.
    """
    values = {"method": "sft", "run": str(run), "data": str(data), "tiny": {}, "epochs": 1, "learning_rate": RATE}
    sft.main(check(sft.SftRecipe, values | {"pack": {"tokens": 2048}, "workers": workers}, "bench"))
    laps = [entry["data_time_share"] for entry in read_log(run / "log.jsonl")][1:]
    return median(laps), 10 * len(laps)


def bench() -> Iterator[dict[str, Any]]:
    """Tokens of samples a second; the share of the token budget left empty; the share of a step that waits for data."""
    rows = traces()
    threads = torch.get_num_threads()
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        build_tiny(base, [row["completion"][0]["content"] for row in rows], TinySize(family="qwen2"), seed=0)
        model, tokenizer = load(folder, torch.float32)
        encode = Encoder(model.config, tokenizer)
        samples = [encode(str(number), row["prompt"], row["completion"]) for number, row in enumerate(rows)]
        lengths = [len(one.input_ids) for one in samples]
        budget = max(max(lengths), BATCH * sum(lengths) // len(lengths))
        ours, theirs = [], []
        torch.set_num_threads(1)
        for seed in range(ROUNDS):
            ours.append(packed(base, samples, budget, seed))
            theirs.append(padded(base, rows, seed))
        torch.set_num_threads(threads)
    yield {
        "name": "pack.tokens_per_s",
        "value": round(median(ours)),
        "unit": "tokens/s",
        "against": f"TRL SFTTrainer, batches of {BATCH} padded",
        "theirs": round(median(theirs)),
        "ratio": round(median(one / other for one, other in zip(ours, theirs, strict=True)), 2),
        "n": ROUNDS * STEPS,
    }
    yield {
        "name": "pack.budget_left_empty",
        "value": round(padding_share(packs(lengths, [0] * len(lengths), budget, 1, 0, 0), lengths, budget), 4),
        "unit": "share",
        "n": len(lengths),
    }
    with tempfile.TemporaryDirectory() as folder:
        console.quiet = True
        data = pictured(Path(folder) / "train.parquet")
        torch.set_num_threads(1)
        shares = {workers: waiting_share(data, Path(folder) / f"workers{workers}", workers) for workers in (1, 0)}
        torch.set_num_threads(threads)
    yield {
        "name": "pack.waiting_for_data",
        "value": shares[1][0],
        "unit": "share of step time, one worker",
        "against": "no worker",
        "theirs": shares[0][0],
        "n": shares[1][1],
    }
