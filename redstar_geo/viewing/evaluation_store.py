"""Evaluations and comparisons as traces, so that they are browsed as a run is.

Their `items.jsonl` is copied to a Parquet file in a folder of its own, which goes when the store does.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa

from redstar_geo.errors import InputError
from redstar_geo.generation.reply import Reply
from redstar_geo.records import SCHEMAS, Trace, Verdict, to_row
from redstar_geo.run import read_manifest, write_json, write_rows
from redstar_geo.viewing.trace_store import TraceStore

_FLIPS_IN_ORDER = ("gained", "lost", "same")
_FLIPS = pa.schema([("problem_id", pa.string()), ("sample", pa.int64()), ("reason", pa.string())])


class EvaluationStore(TraceStore):
    """The items of an evaluation, in their order.

    Args:
        folder: of `redstar-geo eval`, with `items.jsonl`; its manifest names the file of problems.

    Raises:
        InputError: it is no evaluation, or its problems are not there.
    """

    def __init__(self, folder: Path) -> None:
        with _told(folder):
            manifest = read_manifest(folder)
            self._copy(manifest, _traces(folder, str(manifest["recipe"]["model"])))

    def _copy(self, manifest: dict[str, Any], traces: Iterable[Trace], flips: Sequence[Mapping[str, Any]] = ()) -> None:
        self._scratch = TemporaryDirectory(prefix="redstar-geo-browse-")
        scratch = Path(self._scratch.name)
        write_json(scratch / "run.json", manifest)
        write_rows(scratch / "traces.parquet", SCHEMAS[Trace], map(to_row, traces))
        if flips:
            write_rows(scratch / "flips.parquet", _FLIPS, flips)
        super().__init__(scratch, Path(manifest["recipe"]["problems"]))


class ComparisonStore(EvaluationStore):
    """The items of two evaluations, problem by problem: those that the second gained, those it lost, and the others.

    Args:
        folder: of `redstar-geo compare`, with `compare.json`, which names both evaluations.

    Raises:
        InputError: one of them, or its problems, is not there.
    """

    def __init__(self, folder: Path) -> None:
        with _told(folder):
            self._compare(folder)

    def _compare(self, folder: Path) -> None:
        comparison = json.loads((folder / "compare.json").read_text(encoding="utf-8"))
        first, second = (
            list(_traces(Path(comparison[name]["run"]), f"{number} · {comparison[name]['model']}"))
            for number, name in enumerate(("first", "second"), 1)
        )
        order = {trace.problem_id: place for place, trace in enumerate(first)}
        flip_of = {problem: flip for flip in ("gained", "lost") for problem in comparison["flips"][flip]}
        traces = sorted(
            first + second,
            key=lambda trace: (
                _FLIPS_IN_ORDER.index(flip_of.get(trace.problem_id, "same")),
                order.get(trace.problem_id, len(order)),
                trace.sample,
            ),
        )
        flips = [
            {"problem_id": trace.problem_id, "sample": trace.sample, "reason": flip_of.get(trace.problem_id, "same")}
            for trace in traces
        ]
        self._copy(read_manifest(comparison["first"]["run"]), traces, flips)

    def together(self, row: int) -> list[Trace]:
        """Both answers to the problem of this row; of several attempts, those with its number."""
        table = self.columns
        alike = pa.compute.and_(
            pa.compute.equal(table["problem"], table["problem"][row]),
            pa.compute.equal(table["sample"], table["sample"][row]),
        )
        return [self.trace(int(each)) for each in np.flatnonzero(alike.to_numpy())]


@contextmanager
def _told(folder: Path) -> Iterator[None]:
    """Say of a file that is not as we write it, in whatever way, that it cannot be read."""
    try:
        yield
    except (OSError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
        raise InputError(
            f"The evaluation {folder} cannot be read ({type(error).__name__}: {str(error)[:200]}). Start the app where "
            "redstar-geo eval was started, bring its folder back, or evaluate again."
        ) from None


def _traces(folder: Path, model: str) -> Iterator[Trace]:
    with _told(folder), (folder / "items.jsonl").open("rb") as file:  # bytes: a response may hold other line ends
        yield from (_trace(json.loads(line), model) for line in file if line.endswith(b"\n"))


def _trace(item: Mapping[str, Any], model: str) -> Trace:
    finish_reason = "length" if item["truncated"] else "stop"
    reply = Reply.of_text(item["response"], finish_reason, None, item["tokens"], item["seconds"])
    verdict = Verdict(item["verdict"], item["reason"], item["extracted"])
    return replace(reply.trace(item["id"], item["sample"], teacher=model), verdict=verdict)
