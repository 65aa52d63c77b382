"""Export: selected traces → `sft/train.parquet`, correct against wrong → `pairs/train.parquet`, and the data card.

Both load with `datasets.load_dataset("parquet", …)` and are what TRL takes: prompt, completion, images.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from redstar_geo.aligned import aligned, by_problem
from redstar_geo.data_prep.card import write_card
from redstar_geo.data_prep.prompts import prompts
from redstar_geo.data_prep.verify import statuses
from redstar_geo.generation.prompt import completion_messages, prompt_messages
from redstar_geo.progress import progress
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.records import Problem, Trace, from_table
from redstar_geo.run import Counts, Run, write_rows

_ID = attrgetter("problem_id")
_STRING = {"dtype": "string", "_type": "Value"}
_MESSAGES = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
_IMAGES = pa.list_(pa.struct([("bytes", pa.binary()), ("path", pa.string())]))


def _schema(*conversations: str) -> pa.Schema:
    """Of `id`, conversations and `images`, with what `datasets` keeps beside it: that the images are pictures."""
    columns = [("id", pa.string()), *((name, _MESSAGES) for name in conversations), ("images", _IMAGES)]
    messages = {"feature": {"role": _STRING, "content": _STRING}, "_type": "List"}
    images = {"feature": {"_type": "Image"}, "_type": "List"}
    features = {"id": _STRING} | dict.fromkeys(conversations, messages) | {"images": images}
    return pa.schema(columns, {"huggingface": json.dumps({"info": {"features": features}})})


_SFT = _schema("prompt", "completion")
_PAIRS = _schema("prompt", "chosen", "rejected")


def export(run: Run, recipe: DataRecipe) -> None:
    """Write both training files, account for every prompt, and describe it all in README.md."""
    counts = Counts()
    write_rows(run.path("sft", "train.parquet"), _SFT, _sft_rows(run, counts))
    pairs = write_rows(run.path("pairs", "train.parquet"), _PAIRS, _pair_rows(run))
    run.finish("prompts", counts, ["sft/train.parquet", "pairs/train.parquet"], pairs=pairs)
    write_card(run, recipe)


def _sft_rows(run: Run, counts: Counts) -> Iterator[dict[str, Any]]:
    """The selected traces; each prompt is counted as trained on, or under the reason why it is not."""
    outcomes = set(statuses(run))
    answered = {problem_id for problem_id, _ in outcomes}
    for problem, traces in progress(by_problem(prompts(run), _selected(run), _ID), "export"):
        if traces:
            counts.add()
        elif problem.id not in answered:
            counts.add("no response")
        else:
            counts.add("not selected" if (problem.id, "correct") in outcomes else "no verified trace")
        for trace in traces:
            completion = {"completion": completion_messages(trace.text)}
            yield _row(problem, str(trace.sample)) | completion


def _pair_rows(run: Run) -> Iterator[dict[str, Any]]:
    paired = pq.read_table(run.path("pairing.parquet")).to_pylist()
    pairs = {problem_id: list(group) for problem_id, group in groupby(paired, key=itemgetter("problem_id"))}
    if not pairs:
        return
    for problem, traces in by_problem(prompts(run), _of_problems(run, pairs), _ID):
        texts = {trace.sample: trace.text for trace in traces}
        for pair in pairs.get(problem.id, ()):
            sides = {side: completion_messages(texts[pair[side]]) for side in ("chosen", "rejected")}
            yield _row(problem, f"{pair['chosen']}-{pair['rejected']}") | sides


def _row(problem: Problem, name: str) -> dict[str, Any]:
    """What a row of either file has: its name, the prompt and the pictures."""
    images = [{"bytes": image.data, "path": None} for image in problem.images]
    return {"id": f"{problem.id}#{name}", "prompt": prompt_messages(problem), "images": images}


def _selected(run: Run) -> Iterator[Trace]:
    for table in aligned(run.path("traces.parquet"), {run.path("selection.parquet"): ["reason"]}):
        yield from from_table(Trace, table.filter(pc.is_null(table["reason"])))


def _of_problems(run: Run, ids: Iterable[str]) -> Iterator[Trace]:
    wanted = pa.array(list(ids))
    for table in aligned(run.path("traces.parquet"), {}):
        yield from from_table(Trace, table.filter(pc.is_in(table["problem_id"], wanted)))
