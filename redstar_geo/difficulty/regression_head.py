"""The paper's scorer: a language model with one linear output, fine-tuned on labelled questions (arXiv 2501.11284).

There it is Qwen2.5-7B-Instruct on MATH and Omni-MATH; its hyper-parameters are not known. Any model that transformers
can load for sequence classification trains by the same lines, down to a tiny one from scratch. The output is the level
in standard deviations from the training mean; both numbers stand in the model's `config.json`.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeElapsedColumn, TimeRemainingColumn
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    BatchEncoding,
    DataCollatorWithPadding,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PrinterCallback,
    Qwen2Config,
    Qwen2ForCausalLM,
    Trainer,
    TrainerCallback,
    TrainerControl,
    TrainerState,
    TrainingArguments,
    set_seed,
)

from redstar_geo.difficulty.recipe import FineTuning, TinyTrunk
from redstar_geo.difficulty.scale import clipped
from redstar_geo.errors import InputError
from redstar_geo.models.load import read_config
from redstar_geo.models.tiny import train_tokenizer
from redstar_geo.progress import console
from redstar_geo.run import write_json

_END = "\n"  # closes every question, so that the token whose state is read is the same one
_ROWS_AT_ONCE = 32


class LlmScorer:
    """A fine-tuned model; `load` makes one from the folder that `train` wrote."""

    kind = "llm"
    name = "LLM regression"

    def __init__(self, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> None:
        self.model, self.tokenizer = model.eval(), tokenizer

    @classmethod
    def load(cls, folder: Path) -> LlmScorer:
        """In bfloat16 on a GPU where there is one, else in float32."""
        on_gpu = torch.cuda.is_available()
        dtype = torch.bfloat16 if on_gpu else torch.float32
        model = AutoModelForSequenceClassification.from_pretrained(
            folder, config=read_config(str(folder)), dtype=dtype, use_safetensors=True, trust_remote_code=False
        )
        return cls(model.to("cuda" if on_gpu else "cpu"), _tokenizer(str(folder)))

    def score(self, questions: Sequence[str]) -> np.ndarray:
        """Levels from 1 to 10, shape (questions,), float64."""
        order = sorted(range(len(questions)), key=lambda i: len(questions[i]))  # little padding
        batches = [order[start : start + _ROWS_AT_ONCE] for start in range(0, len(order), _ROWS_AT_ONCE)]
        outputs = np.empty(len(questions))
        with torch.inference_mode():
            for batch in batches:
                inputs = self.tokenizer.pad(encode(self.tokenizer, [questions[i] for i in batch]), return_tensors="pt")
                outputs[batch] = self.model(**inputs.to(self.model.device)).logits[:, 0].float().cpu().numpy()
        config = self.model.config
        return clipped(config.difficulty_mean + config.difficulty_deviation * outputs)


def train(
    base: str, questions: Sequence[str], levels: np.ndarray, settings: FineTuning, folder: Path, seed: int
) -> dict[str, Any]:
    """Fine-tune `base` (hub id or folder) into `folder/scorer`, going on from the newest whole checkpoint there is.

    Returns:
        `log`, the trainer's entries (`step`, `loss` in squared standard deviations, …), and `truncated`, how many
        questions were cut.

    Raises:
        InputError: no safetensors model of a type known to transformers is at `base`.
    """
    checkpoint = _last_checkpoint(folder / "checkpoints")
    set_seed(seed)  # of the new output's weights
    model, tokenizer = _with_one_output(checkpoint or base, settings)
    model.config.difficulty_mean, model.config.difficulty_deviation = float(levels.mean()), float(levels.std() or 1.0)
    targets = (levels - model.config.difficulty_mean) / model.config.difficulty_deviation
    ids = encode(tokenizer, questions)["input_ids"]
    whole = tokenizer([question + _END for question in questions], verbose=False)["input_ids"]
    trainer = Trainer(
        model=model,
        args=_arguments(settings, folder / "checkpoints", seed),
        train_dataset=[{"input_ids": row, "labels": float(target)} for row, target in zip(ids, targets, strict=True)],
        data_collator=DataCollatorWithPadding(tokenizer),
        processing_class=tokenizer,
        callbacks=[_Bar()],
    )
    trainer.remove_callback(PrinterCallback)
    trainer.train(resume_from_checkpoint=checkpoint)
    _save(trainer, folder)
    truncated = sum(len(row) < len(full) for row, full in zip(ids, whole, strict=True))
    return {"log": [entry for entry in trainer.state.log_history if "loss" in entry], "truncated": truncated}


def encode(tokenizer: PreTrainedTokenizerBase, questions: Sequence[str]) -> BatchEncoding:
    """Token ids and masks of each question and its end, at most `tokenizer.model_max_length` tokens, the last ones."""
    return tokenizer([question + _END for question in questions], truncation=True)


def build_tiny(folder: Path, questions: Sequence[str], trunk: TinyTrunk, seed: int) -> None:
    """Write an untrained Qwen2 and a tokenizer trained on `questions`, loadable with the Auto classes."""
    tokenizer = train_tokenizer(questions, trunk.vocabulary)
    config = Qwen2Config(
        vocab_size=len(tokenizer),
        hidden_size=trunk.width,
        intermediate_size=trunk.mlp,
        num_hidden_layers=trunk.layers,
        num_attention_heads=trunk.heads,
        num_key_value_heads=trunk.heads,
        max_position_embeddings=4096,
        tie_word_embeddings=True,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    set_seed(seed)
    Qwen2ForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)


class _Bar(TrainerCallback):
    """Steps done and time left."""

    def __init__(self) -> None:
        columns = ("training", BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        self.bar = Progress(*columns, console=console)

    def on_train_begin(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.task = self.bar.add_task("training", total=state.max_steps, completed=state.global_step)
        self.bar.start()

    def on_step_end(self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any) -> None:
        self.bar.update(self.task, completed=state.global_step)

    def on_train_end(
        self, args: TrainingArguments, state: TrainerState, control: TrainerControl, **kwargs: Any
    ) -> None:
        self.bar.stop()


def _with_one_output(base: str, settings: FineTuning) -> tuple[PreTrainedModel, PreTrainedTokenizerBase]:
    try:
        tokenizer = _tokenizer(base)
        config = read_config(base)
        config.num_labels, config.problem_type = 1, "regression"
        model = AutoModelForSequenceClassification.from_pretrained(
            base,
            config=config,
            dtype=torch.float32,  # autocast computes in bf16
            use_safetensors=True,
            trust_remote_code=False,
        )
    except (OSError, ValueError) as error:
        raise InputError(
            f"scorer.model={base} cannot be loaded: {error}. Give a hub id or a folder of a text model in safetensors."
        ) from error
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.model_max_length = settings.max_tokens
    model.config.pad_token_id = tokenizer.pad_token_id  # tells the model where a question ends
    return model, tokenizer


def _tokenizer(source: str) -> PreTrainedTokenizerBase:
    # the side is not saved with a tokenizer
    return AutoTokenizer.from_pretrained(source, truncation_side="left", padding_side="right", trust_remote_code=False)


def _arguments(settings: FineTuning, checkpoints: Path, seed: int) -> TrainingArguments:
    on_cpu = not torch.cuda.is_available()
    return TrainingArguments(
        output_dir=str(checkpoints),
        num_train_epochs=settings.epochs,
        per_device_train_batch_size=settings.batch_size,
        gradient_accumulation_steps=settings.accumulate,
        learning_rate=settings.learning_rate,
        warmup_steps=settings.warmup,  # below 1 it is a share of all steps
        weight_decay=settings.weight_decay,
        gradient_checkpointing=settings.gradient_checkpointing,
        bf16=not on_cpu,
        use_cpu=on_cpu,
        dataloader_pin_memory=not on_cpu,
        seed=seed,
        logging_steps=10,
        save_steps=settings.checkpoint_steps,
        save_total_limit=2,
        report_to="none",
        disable_tqdm=True,
    )


def _last_checkpoint(checkpoints: Path) -> str | None:
    """The newest whole one: the trainer writes `trainer_state.json` last."""
    whole = [path.parent for path in checkpoints.glob("checkpoint-*/trainer_state.json")]
    newest = max(whole, key=lambda path: int(path.name.rpartition("-")[2]), default=None)
    return str(newest) if newest else None


def _save(trainer: Trainer, folder: Path) -> None:
    partial, scorer = folder / ".scorer.partial", folder / "scorer"
    shutil.rmtree(partial, ignore_errors=True)
    trainer.save_model(str(partial))  # the tokenizer goes with it
    (partial / "training_args.bin").unlink()  # pickled
    write_json(partial / "scorer.json", {"kind": LlmScorer.kind})
    shutil.rmtree(scorer, ignore_errors=True)
    partial.rename(scorer)
