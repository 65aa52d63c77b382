"""A training by reinforcement: what PPO and REINFORCE++ do alike around their few lines of mathematics.

    for step in training.steps():            resumed, examined, checkpointed, stopped when it has collapsed
        batch = training.collect(step)       sampled, rewarded, with log π_old, log π_ref and V
        …advantages…
        training.update(step, batch, loss)   inner epochs, optimizer steps, packed rows

What a step does follows from the recipe, the weights and the step's number alone, chance included: a training that was
killed goes on along the same curve, and the same responses are drawn on one process or several.
"""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from accelerate import Accelerator
from torch import distributed
from transformers import GenerationConfig

from redstar_geo.errors import RedStarError
from redstar_geo.generation.encoded_prompt import encode_prompt, encoded
from redstar_geo.generation.rollouts import cache_for
from redstar_geo.models.encode import Encoded
from redstar_geo.models.families import tokenizer_of
from redstar_geo.models.loss import IGNORED
from redstar_geo.progress import console
from redstar_geo.records import Problem
from redstar_geo.report.reinforcement import write_report
from redstar_geo.rl import checkpoints
from redstar_geo.rl.correction import truncated_weights
from redstar_geo.rl.credit import step_credits
from redstar_geo.rl.divergence import TrainingCollapsed, collapse
from redstar_geo.rl.experience import Experience, experience, parts_of_step, rows_within
from redstar_geo.rl.metrics import of_policy, of_rewards
from redstar_geo.rl.models import Models, judged
from redstar_geo.rl.optimise import Loss, Optimiser
from redstar_geo.rl.problems import asked
from redstar_geo.rl.reward import Reward, Rewarder
from redstar_geo.rl.rollout import Rollout
from redstar_geo.rl.rollout_log import KeptRollout, drop_after, keep, read_kept
from redstar_geo.rl.rollout_page import write_view
from redstar_geo.rl.sampler import Sampler, TransformersSampler, collected, in_order
from redstar_geo.rl.settings import RlRecipe
from redstar_geo.run import Counts, Run, write_text
from redstar_geo.trainer.clean_stop import CleanStop
from redstar_geo.trainer.evaluation import examine, summary
from redstar_geo.trainer.schedule import read_log

_SEEDS_A_STEP = 1 << 16  # calls of the sampler that a step can make, each with a seed of its own
_SHOWN = 3  # problems of the first and of the last step in rollouts.html


class Training:
    """See the module; `preparation.open_training` makes one.

    Args:
        run: of rank 0, whose files only it writes; others have the folder.
        problems: what is practised on; examined: what is held out.
        cap: most tokens of a response.
    """

    def __init__(
        self,
        recipe: RlRecipe,
        run: Run,
        accelerator: Accelerator,
        models: Models,
        problems: Sequence[Problem],
        examined: Sequence[Problem],
        cap: int,
        rewarder: Rewarder,
        sampler: Sampler | None = None,
    ) -> None:
        self.recipe, self.run, self.models = recipe, run, models
        self.problems, self.examined, self.rewarder = problems, examined, rewarder
        self.first = accelerator.is_main_process
        self.optimiser = Optimiser(models, recipe, accelerator)
        self.sampler = sampler or TransformersSampler(models, recipe.sampling(cap))
        self.probe = _probe(problems, models)
        self.idle = replace(self.probe, labels=torch.full_like(self.probe.labels, IGNORED))
        self.entry: dict[str, Any] = {}
        self.kept: list[tuple[Rollout, Reward]] = []

    def steps(self) -> Iterator[int]:
        """The steps that are left; after each, what it was like is written down.

        Raises:
            TrainingCollapsed: going on would be of no use.
            RedStarError: stopped by SIGTERM, with a checkpoint.
        """
        done = self._resumed()
        if done == 0:
            self._examine(0)
        with CleanStop() as stop:
            for step in range(done + 1, self.recipe.steps + 1):
                started = time.monotonic()
                self.entry = {"step": step}
                yield step
                self._write(step, time.monotonic() - started)
                stopped = self._any(stop.requested)
                if self.recipe.examine and (step % self.recipe.examine.every == 0 or step == self.recipe.steps):
                    self._examine(step)
                if step % self.recipe.checkpoint_steps == 0 or step == self.recipe.steps or stopped:
                    checkpoints.save(self.run.path("checkpoints"), step, self.models, self.optimiser)
                if stopped:
                    raise RedStarError(f"Stopped by SIGTERM after step {step}, with a checkpoint. The command goes on.")
        self._finish()

    def collect(self, step: int) -> Experience:
        """This rank's share of the step's responses, rewarded and judged by policy, reference and critic."""
        recipe, models = self.recipe, self.models
        problems = [self.problems[i] for i in asked(len(self.problems), recipe.prompts, recipe.seed, step)]
        with self._timed("rollout_s"):
            self.sampler.follow(models)
            together, seed = recipe.sampled_together // recipe.samples, (recipe.seed << 32) + step * _SEEDS_A_STEP
            found = collected(self.sampler, problems, models, together, recipe.samples, seed)
        with self._timed("reward_s"):
            answered = [(one, rollout.trace) for one, rollout in zip(found.problems, found.rollouts, strict=True)]
            rewards = self.rewarder(answered)
            self.kept = in_order(found.places, found.rollouts, rewards)
        self.note(**of_rewards(self.kept))
        samples = [encoded(r, prompt, models.config) for r, prompt in zip(found.rollouts, found.prompts, strict=True)]
        with self._timed("judge_s"):
            batch = experience(samples, found.places, found.rollouts, rewards, models.device)
            if recipe.reward.process_credit == "step":
                batch = self._credited(batch, found.rollouts, rewards)
            return self._judged(batch)

    def update(self, step: int, batch: Experience, loss: Loss) -> None:
        """Inner epochs over the batch, each of `updates` optimizer steps."""
        recipe = self.recipe
        torch.manual_seed(step)
        found: list[dict[str, float]] = []
        with self._timed("update_s"):
            for epoch in range(recipe.inner_epochs):
                for part in parts_of_step(recipe.prompts, recipe.updates, recipe.seed, step, epoch):
                    rows = [row for row, group in enumerate(batch.groups.tolist()) if group in part]
                    found.append(self.optimiser.step(step, batch, self._packed(batch, rows), self.idle, loss))
        taken = [one for one in found if not one["not_finite"]]
        self.note(**{name: sum(one[name] for one in taken) / len(taken) if taken else None for name in found[0]})
        self.note(learning_rate=recipe.learning_rate * self.optimiser.rate(step), not_finite=len(found) - len(taken))

    def note(self, **facts: Any) -> None:
        """For this step's line of the log."""
        self.entry |= facts

    def _judged(self, batch: Experience) -> Experience:
        """The batch with `old`, `reference` and `values`, by forward passes without gradient."""
        models = self.models
        tokens = {name: torch.zeros_like(batch.old) for name in ("old", "entropy", "values", "reference")}
        with torch.no_grad(), self.optimiser.autocast():
            for rows in self._packed(batch, range(len(batch.samples))):
                inputs = batch.rows(rows).inputs(models.device, self.idle)
                found = judged(models.learner(**inputs))
                with models.as_reference() as reference:
                    of_reference = reference(**inputs).log_probs
                parts = (found.tokens.log_probs, found.tokens.entropy, found.values, of_reference)
                for whole, part in zip(tokens.values(), parts, strict=True):
                    whole[rows, : part.shape[1]] = part.to(whole.dtype)
        old, entropy, values, of_reference = tokens.values()
        batch = replace(batch, old=old, values=values, reference=of_reference)
        if self.recipe.vllm is not None:
            weights = truncated_weights(batch.old, batch.sampled, batch.mask, self.recipe.vllm.cap)
            batch = replace(batch, weights=weights)
        self.note(**of_policy(batch, entropy))
        return batch

    def _credited(self, batch: Experience, rollouts: Sequence[Rollout], rewards: Sequence[Reward]) -> Experience:
        """The batch with the process taken out of its scores and put where the steps end."""
        weight, tokenizer = self.recipe.reward.process_weight, tokenizer_of(self.models.processor)
        credits = torch.zeros_like(batch.sampled)
        for row, (rollout, reward) in enumerate(zip(rollouts, rewards, strict=True)):
            found = step_credits(rollout, reward, weight, tokenizer)
            credits[row, : len(found)] = found
        return replace(batch, credits=credits, scores=batch.scores - credits.sum(1))

    def _packed(self, batch: Experience, rows: Sequence[int]) -> list[list[int]]:
        lengths = [len(batch.samples[row].input_ids) for row in rows]
        return [[rows[i] for i in row] for row in rows_within(lengths, self.recipe.row_tokens)]

    def _resumed(self) -> int:
        """The step that the last checkpoint was written after; what came behind it is done again."""
        done = checkpoints.latest(self.run.path("checkpoints"))
        if done:
            checkpoints.restore(self.run.path("checkpoints"), done, self.models, self.optimiser)
        if self.first:
            for name in ("log.jsonl", "examinations.jsonl"):
                path = self.run.path(name)
                kept = [entry for entry in read_log(path) if entry["step"] <= done] if done else []
                lines = [json.dumps(entry, ensure_ascii=False) for entry in kept]
                write_text(path, "".join(f"{line}\n" for line in lines))
            drop_after(self.run.path("rollouts.jsonl"), done)
        return done

    def _write(self, step: int, seconds: float) -> None:
        """The step's line in the log and its rollouts; stops where the policy has collapsed."""
        tokens = sum(len(rollout.completion_ids) for rollout, _ in self.kept)
        self.note(seconds=round(seconds, 3), tokens_per_s=round(tokens / seconds, 1))
        if self.first:
            _append(self.run.path("log.jsonl"), self.entry)
            keep(self.run.path("rollouts.jsonl"), step, *zip(*self.kept, strict=True))
            shown = {"right": "right_share", "KL": "kl", "tokens": "mean_tokens", "cut": "truncated_share"}
            console.print(f"step {step}:", ", ".join(f"{name} {self.entry[key]:.3g}" for name, key in shown.items()))
        why = collapse(read_log(self.run.path("log.jsonl")), self.recipe.stops) if self.first else None
        with self.optimiser.autocast():
            if not self.models.sound(self.probe):
                why = "its update left weights that give no finite numbers. Lower learning_rate or max_grad_norm"
        if self._any(why is not None):
            if self.first:
                self._report()
            raise TrainingCollapsed(f"Stopped after step {step}: {why}. The last checkpoint is kept.")

    def _examine(self, step: int) -> None:
        if self.recipe.examine is None:
            return
        started = time.monotonic()
        inner: Any = self.models.model
        own = inner.generation_config
        inner.generation_config = GenerationConfig(
            **own.to_diff_dict() | {"cache_implementation": cache_for(inner), "disable_compile": True}
        )
        items = examine(inner, self.models.processor, self.examined, self.recipe.examine)
        inner.generation_config = own
        entry = {"step": step, "seconds": round(time.monotonic() - started, 2), **summary(items), "items": items}
        if self.first:
            _append(self.run.path("examinations.jsonl"), entry)
            console.print(f"step {step}: {entry['correct']} of {entry['n']} held-out problems right")

    def _finish(self) -> None:
        """`model/`, the reports and the counts."""
        if self.first:
            partial = self.run.path(".model.partial")
            shutil.rmtree(partial, ignore_errors=True)
            self.models.model.save_pretrained(str(partial))
            self.models.processor.save_pretrained(partial)
            shutil.rmtree(self.run.path("model"), ignore_errors=True)
            partial.rename(self.run.path("model"))
            self._report()
            log = read_log(self.run.path("log.jsonl"))
            undecided = sum((Counter(entry["undecided"]) for entry in log), Counter[str]())
            sampled = len(log) * self.recipe.prompts * self.recipe.samples
            counts = Counts(sampled, sampled - undecided.total(), dict(undecided))
            self.run.finish("train", counts, **log[-1])
            shutil.rmtree(self.run.path("checkpoints"), ignore_errors=True)
        if distributed.is_initialized():
            distributed.barrier()

    def _report(self) -> None:
        log = read_log(self.run.path("log.jsonl"))
        examinations = read_log(self.run.path("examinations.jsonl"))
        write_report(self.run.path("report.html"), self.run.folder.name, log, examinations, self.examined)
        ends = {log[0]["step"], log[-1]["step"]}
        kept = [one for one in read_kept(self.run.path("rollouts.jsonl")) if one.step in ends]
        shown = [one for step in sorted(ends) for one in _first_problems([k for k in kept if k.step == step])]
        by_id = {problem.id: problem for problem in self.problems}
        write_view(self.run.path("rollouts.html"), f"Rollouts: {self.run.folder.name}", shown, by_id)

    def _any(self, here: bool) -> bool:
        """Whether it is so on any rank."""
        if not distributed.is_initialized():
            return here
        anywhere = torch.tensor(float(here), device=self.models.device)
        distributed.all_reduce(anywhere, op=distributed.ReduceOp.MAX)
        return bool(anywhere)

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        if self.models.device.type == "cuda":
            torch.cuda.synchronize(self.models.device)
        started = time.monotonic()
        yield
        if self.models.device.type == "cuda":
            torch.cuda.synchronize(self.models.device)
        self.note(**{phase: round(time.monotonic() - started, 3)})


def _probe(problems: Sequence[Problem], models: Models) -> Encoded:
    """An empty response to a problem, one with a picture if any has one.

    What it gives must be finite; without its label it is what a rank without responses computes.
    """
    problem = next((problem for problem in problems if problem.images), problems[0])
    prompt = encode_prompt(problem, models.config, models.processor)
    end = int(prompt.input_ids[-1])
    rollout = Rollout(problem.id, 0, tuple(prompt.input_ids.tolist()), (end,), (0.0,), "stop", "")
    return encoded(rollout, prompt, models.config)


def _append(path: Path, entry: dict[str, Any]) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def _first_problems(kept: Sequence[KeptRollout]) -> list[KeptRollout]:
    """The rollouts of the first problems of a step."""
    ids = list(dict.fromkeys(one.problem_id for one in kept))[:_SHOWN]
    return [one for one in kept if one.problem_id in ids]
