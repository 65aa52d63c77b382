"""A training by reinforcement: what PPO and REINFORCE++ do alike around their few lines of mathematics.

    for step in training.steps():            resumed, evaluated, checkpointed, stopped when it has diverged
        batch = training.collect(step)       sampled, rewarded, with log π_old, log π_ref and V
        …advantages…
        training.update(step, batch, loss)   inner epochs, optimizer steps, packed rows

What a step does follows from the recipe, the weights and the step's number alone, chance included: a training that was
killed goes on along the same curve, and the same responses are drawn on one process or several.
"""

from __future__ import annotations

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import torch
from accelerate import Accelerator

from redstar_geo.errors import RedStarError, TrainingDiverged
from redstar_geo.generation.encoded import encode_prompt
from redstar_geo.models.encode import Encoded
from redstar_geo.models.families import tokenizer_of
from redstar_geo.models.loss import IGNORED
from redstar_geo.models.save import save
from redstar_geo.progress import console
from redstar_geo.records import Problem
from redstar_geo.rl import checkpoints
from redstar_geo.rl import problems as prompts
from redstar_geo.rl.credit import step_credits
from redstar_geo.rl.divergence import divergence
from redstar_geo.rl.experience import Experience, encoded, experience, parts_of_step, rows_within
from redstar_geo.rl.importance import Importance, effective_sample_size, truncated_weights
from redstar_geo.rl.metrics import of_policy, of_rewards
from redstar_geo.rl.models import Models, with_values
from redstar_geo.rl.optimise import Loss, Optimiser
from redstar_geo.rl.recipe import RlRecipe
from redstar_geo.rl.reward import Reward, Rewarder
from redstar_geo.rl.rollout import Rollout
from redstar_geo.rl.rollout_log import drop_rollouts_after, keep
from redstar_geo.rl.sampler import Rewarded, Sampler, TransformersSampler, collected, in_order, mixed
from redstar_geo.run import Counts, Run
from redstar_geo.trainer import distributed, memory
from redstar_geo.trainer.clean_stop import CleanStop
from redstar_geo.trainer.evaluation import evaluate, summary
from redstar_geo.trainer.log import append, drop_after, read_log

Report = Callable[[Run, Sequence[Problem], Sequence[Problem]], None]
_OF_NO_STEP = ("loss", "clip_fraction", "gradient_norm", "not_finite")  # what the log has of steps, if there is one


class Training:
    """See the module; `setup.open_training` makes one.

    Args:
        run: of rank 0, whose files only it writes; others have the folder.
        problems: what is trained on; held_out: what is not.
        longest: the problem with the longest prompt.
        cap: most tokens of a response.
        report: writes the reports from the run's files, the problems and those held out.
    """

    def __init__(
        self,
        recipe: RlRecipe,
        run: Run,
        accelerator: Accelerator,
        models: Models,
        problems: Sequence[Problem],
        held_out: Sequence[Problem],
        longest: int,
        cap: int,
        rewarder: Rewarder,
        report: Report,
        sampler: Sampler | None = None,
    ) -> None:
        self.recipe, self.run, self.models = recipe, run, models
        self.problems, self.held_out, self.rewarder, self.report = problems, held_out, rewarder, report
        self.first = accelerator.is_main_process
        self.optimiser = Optimiser(models, recipe, accelerator)
        plainly = recipe.generation(cap), recipe.samples, recipe.sampled_together
        self.sampler = sampler or TransformersSampler(models, *plainly)
        self.probe = _probe(problems, models)
        self.idle = replace(self.probe, labels=torch.full_like(self.probe.labels, IGNORED))
        self.entry: dict[str, Any] = {}
        self.sampled, self.elapsed = 0, 0.0  # response tokens and seconds of all steps so far
        self.peaks: dict[str, int] = {}  # most bytes held, by phase of the step
        self.longest, self.cap = longest, cap
        self.own: list[Rewarded] = []  # this rank's share of what the step learns from
        self.kept: list[tuple[Rollout, Reward]] = []
        self.groups: list[int] = []  # places of the problems that the step learns from

    def steps(self) -> Iterator[int]:
        """The steps that are left; after each, what it was like is written down.

        Raises:
            TrainingDiverged: going on would be of no use.
            RedStarError: stopped by SIGTERM, with a checkpoint.
        """
        done = self._resumed()
        # what a tracker has of later steps is done again
        self.optimiser.accelerator.init_trackers("redstar-geo", init_kwargs={"tensorboard": {"purge_step": done + 1}})
        if done == 0:
            self._evaluate(0)
        with CleanStop() as stop:
            for step in range(done + 1, self.recipe.steps + 1):
                if self._enough():
                    break
                started = time.monotonic()
                self.entry, self.peaks = {"step": step}, {}
                yield step
                self._write(step, time.monotonic() - started)
                stopped = distributed.any_rank(stop.requested, self.models.device)
                last = step == self.recipe.steps or self._enough()
                if self.recipe.evaluate and (step % self.recipe.evaluate.every == 0 or last):
                    self._evaluate(step)
                if step % self.recipe.checkpoint_steps == 0 or last or stopped:
                    checkpoints.save(self.run.path("checkpoints"), step, self.models, self.optimiser)
                if stopped:
                    raise RedStarError(f"Stopped by SIGTERM after step {step}, with a checkpoint. The command goes on.")
        self._finish()

    def _enough(self) -> bool:
        """Whether as many tokens were sampled as the recipe allows."""
        return self.recipe.sampled_tokens is not None and self.sampled >= self.recipe.sampled_tokens

    def collect(self, step: int) -> Experience:
        """This rank's share of the step's responses, rewarded, with log-probabilities, and values of the critic."""
        recipe, models = self.recipe, self.models
        self.own, self.kept = [], []
        with_signal: list[int] = []
        with self._timed("rollout"):
            self.sampler.follow(models)
        for number in range(recipe.rounds):
            self.own += self._round(step, number)
            first = number * recipe.prompts
            with_signal += mixed(self.kept[first * recipe.samples :], recipe.samples, first)
            if len(with_signal) >= recipe.prompts:
                break
        with self._timed("rollout"):
            self.sampler.rest()
        self.note(**of_rewards(self.kept), mixed_share=len(with_signal) * recipe.samples / len(self.kept))
        self.groups = list(range(recipe.prompts))
        if recipe.dynamic_sampling is not None:
            self.groups = with_signal[: recipe.prompts]
            self.own = [one for one in self.own if one.place in self.groups]
        with self._timed("logprob"):
            batch, entropy = self.with_log_probs(self._experience(self.own))
            self.note(**of_policy(batch, entropy))
        return batch if recipe.correction is None else self._weighed(batch, recipe.correction)

    def _round(self, step: int, number: int) -> list[Rewarded]:
        """This rank's share of the responses to so many prompts, rewarded; all ranks' are added to `kept`."""
        recipe, models = self.recipe, self.models
        chosen = prompts.of_step(len(self.problems), recipe.prompts, recipe.seed, step, recipe.rounds, self.longest)
        first = number * recipe.prompts
        problems = [self.problems[i] for i in chosen[first : first + recipe.prompts]]
        with self._timed("rollout"):
            own = collected(self.sampler, problems, models, recipe.samples, (recipe.seed, step), first)
        with self._timed("reward"):
            answered = [(one, rollout.trace) for one, rollout in zip(own.problems, own.rollouts, strict=True)]
            rewards = self.rewarder(answered)
            self.kept += in_order(own.places, own.rollouts, rewards)
        return list(map(Rewarded, own.places, own.problems, own.prompts, own.rollouts, rewards))

    def _experience(self, own: Sequence[Rewarded]) -> Experience:
        recipe, models = self.recipe, self.models
        rollouts, rewards = [one.rollout for one in own], [one.reward for one in own]
        samples = [encoded(one.rollout, one.prompt, models.config) for one in own]
        batch = experience(samples, [one.place for one in own], rollouts, rewards, recipe.reward, models.device)
        return self._credited(batch, rollouts, rewards) if recipe.reward.process_credit == "step" else batch

    def update(self, step: int, batch: Experience, loss: Loss) -> None:
        """Inner epochs over the batch, each of `updates` optimizer steps."""
        recipe = self.recipe
        torch.manual_seed(step)
        steps: list[dict[str, float]] = []
        with self._timed("update"):
            for epoch in range(recipe.inner_epochs):
                for part in parts_of_step(self.groups, recipe.updates, recipe.seed, step, epoch):
                    rows = [row for row, group in enumerate(batch.groups.tolist()) if group in part]
                    steps.append(self.optimiser.step(step, batch, self._packed(batch, rows), self.idle, loss))
        taken = [one for one in steps if not one["not_finite"]]
        names = steps[0] if steps else _OF_NO_STEP
        self.note(**{name: sum(one[name] for one in taken) / len(taken) if taken else None for name in names})
        self.note(learning_rate=recipe.learning_rate * self.optimiser.rate(step), not_finite=len(steps) - len(taken))

    def note(self, **facts: Any) -> None:
        """For this step's line of the log."""
        self.entry |= facts

    def keep_corrections(self, step: int, corrections: Sequence[dict[str, Any]]) -> None:
        """For `corrections.jsonl`."""
        for one in corrections if self.first else ():
            append(self.run.path("corrections.jsonl"), {"step": step, **one})

    def with_log_probs(self, batch: Experience) -> tuple[Experience, torch.Tensor]:
        """The batch with `old`, `reference` and `values`, by forward passes without gradient; and entropies [B, T]."""
        models = self.models
        tokens = {name: torch.zeros_like(batch.old) for name in ("old", "entropy", "values", "reference")}
        with torch.no_grad(), self.optimiser.autocast():
            for rows in self._packed(batch, range(len(batch.samples))):
                inputs = batch.rows(rows).inputs(models.device, self.idle)
                output = with_values(models.learner(**inputs))
                with models.as_reference() as reference:
                    of_reference = reference(**inputs).log_probs
                parts = (output.tokens.log_probs, output.tokens.entropy, output.values, of_reference)
                for whole, part in zip(tokens.values(), parts, strict=True):
                    whole[rows, : part.shape[1]] = part.to(whole.dtype)
        old, entropy, values, of_reference = tokens.values()
        return replace(batch, old=old, values=values, reference=of_reference), entropy

    def _weighed(self, batch: Experience, importance: Importance) -> Experience:
        """The batch with its weights for the gap to the sampler."""
        weights = truncated_weights(batch.old, batch.sampled, batch.mask, importance)
        self.note(effective_sample_size=effective_sample_size(weights, batch.mask))
        return replace(batch, weights=weights)

    def _credited(self, batch: Experience, rollouts: Sequence[Rollout], rewards: Sequence[Reward]) -> Experience:
        """The batch with the process taken out of its scores and put where the steps end."""
        settings, tokenizer = self.recipe.reward, tokenizer_of(self.models.processor)
        credits = torch.zeros_like(batch.sampled)
        for row, (rollout, reward) in enumerate(zip(rollouts, rewards, strict=True)):
            of_response = step_credits(rollout, reward, settings, tokenizer)
            credits[row, : len(of_response)] = of_response
        return replace(batch, credits=credits, scores=batch.scores - credits.sum(1))

    def _packed(self, batch: Experience, rows: Sequence[int]) -> list[list[int]]:
        lengths = [len(batch.samples[row].input_ids) for row in rows]
        return [[rows[i] for i in row] for row in rows_within(lengths, self.recipe.row_tokens)]

    def _resumed(self) -> int:
        """The step that the last checkpoint was written after; what came behind it is done again."""
        done = checkpoints.latest(self.run.path("checkpoints"))
        if done:
            checkpoints.restore(self.run.path("checkpoints"), done, self.models, self.optimiser)
            last = next(entry for entry in read_log(self.run.path("log.jsonl")) if entry["step"] == done)
            self.sampled, self.elapsed = last["sampled_tokens"], last["elapsed_s"]
        distributed.barrier()  # all have read the log before it is cut
        if self.first:
            for name in ("log.jsonl", "evaluations.jsonl"):
                drop_after(self.run.path(name), done or -1)  # without a checkpoint all is done again, step 0 too
            if self.run.path("corrections.jsonl").is_file():
                drop_after(self.run.path("corrections.jsonl"), done)
            drop_rollouts_after(self.run.path("rollouts.jsonl"), done)
        return done

    def _write(self, step: int, seconds: float) -> None:
        """The step's line in the log and its rollouts; stops where the policy has diverged."""
        tokens = sum(len(rollout.completion_ids) for rollout, _ in self.kept)
        self.sampled, self.elapsed = self.sampled + tokens, self.elapsed + seconds
        self.note(seconds=round(seconds, 3), tokens_per_s=round(tokens / seconds, 1))
        self.note(sampled_tokens=self.sampled, elapsed_s=round(self.elapsed, 3))
        self.note(**memory.of_phases(self.peaks, self.models.device))
        if self.first:
            append(self.run.path("log.jsonl"), self.entry)
            keep(self.run.path("rollouts.jsonl"), step, *zip(*self.kept, strict=True))
            columns = {"accuracy": "accuracy", "KL": "kl", "tokens": "mean_tokens", "truncated": "truncated_share"}
            console.print(f"step {step}:", ", ".join(f"{name} {self.entry[key]:.3g}" for name, key in columns.items()))
        numbers = {name: value for name, value in self.entry.items() if isinstance(value, int | float)}
        self.optimiser.accelerator.log(numbers, step)
        log = read_log(self.run.path("log.jsonl"))
        why = divergence(log, self.recipe.stops, self.recipe.by_reward) if self.first else None
        with self.optimiser.autocast():
            if not self.models.sound(self.probe):
                why = "its update left weights that give no finite numbers. Lower learning_rate or max_grad_norm"
        if distributed.any_rank(why is not None, self.models.device):
            if self.first:
                self.report(self.run, self.problems, self.held_out)
            raise TrainingDiverged(f"Stopped after step {step}: {why}. The last checkpoint is kept.")

    def _evaluate(self, step: int) -> None:
        if self.recipe.evaluate is None:
            return
        started = time.monotonic()
        items = evaluate(self.models.model, self.models.processor, self.held_out, self.recipe.evaluate)
        entry = {"step": step, "seconds": round(time.monotonic() - started, 2), **summary(items), "items": items}
        if self.first:
            append(self.run.path("evaluations.jsonl"), entry)
            console.print(f"step {step}: {entry['correct']} of {entry['n']} held-out problems correct")

    def _finish(self) -> None:
        """`model/`, the reports and the counts."""
        for tracker in self.optimiser.accelerator.trackers:
            tracker.finish()
        if self.first:
            partial = self.run.path(".model.partial")
            shutil.rmtree(partial, ignore_errors=True)
            save(self.models.model, self.models.processor, partial)
            shutil.rmtree(self.run.path("model"), ignore_errors=True)
            partial.rename(self.run.path("model"))
            self.report(self.run, self.problems, self.held_out)
            log = read_log(self.run.path("log.jsonl"))
            undecided = sum((Counter(entry["undecided"]) for entry in log), Counter[str]())
            sampled = sum(entry["responses"] for entry in log)
            counts = Counts(sampled, sampled - undecided.total(), dict(undecided))
            self.run.finish("train", counts, self.run.files("model"), **log[-1])
            shutil.rmtree(self.run.path("checkpoints"), ignore_errors=True)
        distributed.barrier()

    @contextmanager
    def _timed(self, phase: str) -> Iterator[None]:
        memory.begin(self.models.device)
        started = time.monotonic()
        yield
        peak = memory.peak(self.models.device)  # waits for what the device has still to do
        self.peaks[phase] = max(self.peaks.get(phase, 0), peak)
        self.note(**{f"{phase}_s": round(self.entry.get(f"{phase}_s", 0.0) + time.monotonic() - started, 3)})


def _probe(problems: Sequence[Problem], models: Models) -> Encoded:
    """An empty response to a problem, one with a picture if any has one.

    What it gives must be finite; without its label it is what a rank without responses computes.
    """
    problem = next((problem for problem in problems if problem.images), problems[0])
    prompt = encode_prompt(problem, models.config, models.processor)
    end = int(prompt.input_ids[-1])
    rollout = Rollout(problem.id, 0, tuple(prompt.input_ids.tolist()), (end,), (0.0,), "stop", "")
    return encoded(rollout, prompt, models.config)
