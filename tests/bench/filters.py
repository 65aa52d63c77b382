"""How right and how fast the trace filters are.

`python -m tests.bench.filters` prints one JSON object:

- on the 200 traces labelled by hand (`tests/filters/labelled_traces.jsonl`; 50 each of loop, language, format, fine),
  for each label the precision (of those given the label, how many have it) and the recall, with 95 % Wilson intervals;
  for the development half, on which thresholds were chosen, and the other half, split by the hash of the text,
- on narrations of the formal teacher, long, English and Chinese, which are all fine: the false alarms,
- milliseconds of CPU time for a trace of 4 KB.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from redstar_geo.filters import FILTERS, Asked, reject
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.narrate import narrate
from redstar_geo.records import Trace

TRACES = Path(__file__).parents[1] / "filters" / "labelled_traces.jsonl"
LABELS = ("loop", "language", "format", "fine")
LABEL_OF = {"repetition": "loop", "language": "language"}  # of all other filters: format


def labelled() -> list[dict[str, Any]]:
    return [json.loads(line) for line in TRACES.read_text(encoding="utf-8").splitlines()]


def held_out(row: Mapping[str, str]) -> bool:
    """Whether a labelled trace belongs to the half that no threshold was chosen on."""
    text = "\n".join((row["problem"], row["reasoning"], row["response"]))
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 1


def trace_of(row: Mapping[str, str]) -> Trace:
    return Trace("labelled", 0, "by hand", "", row["reasoning"], row["response"], row["finish_reason"])


def given(row: Mapping[str, Any]) -> str:
    """The label that the filters give: a loop that ran into the limit is a loop, whatever else it lacks."""
    asked = Asked(row["problem"], row["language"], row["domain"])
    found = {LABEL_OF.get(name, "format") for name, check in FILTERS.items() if next(check(trace_of(row), asked), None)}
    return next(label for label in LABELS if label in found or label == "fine")


def measured(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Precision and recall of every label, each with its interval and counts."""
    pairs = [(row["label"], given(row)) for row in rows]
    true, told = Counter(label for label, _ in pairs), Counter(label for _, label in pairs)
    hits = Counter(label for label, other in pairs if label == other)
    return {
        label: {"precision": _share(hits[label], told[label]), "recall": _share(hits[label], true[label])}
        for label in LABELS
    } | {"rejected": _share(sum(hits[label] for label in LABELS[:3]), sum(told[label] for label in LABELS[:3]))}


def narrations(count: int) -> Iterator[tuple[Asked, Trace]]:
    """Long narrations of built-in problems, in turn English and Chinese."""
    families = list(FAMILIES)
    for number in range(count):
        language = ("en", "zh")[number % 2]
        built = construct(families[number // 2 % len(families)], number, 1 + number % 10, language=language)
        told = narrate(built.proof, form="long", language="zh" if language == "zh" else "en", seed=number)
        asked = Asked(built.problem.question, language, "geometry")
        yield asked, Trace(str(number), 0, "formal", "", told.reasoning, told.response, "stop")


def false_alarms(count: int) -> dict[str, Any]:
    alarms = Counter(
        found.reason
        for asked, trace in narrations(count)
        if (found := reject(trace, question=asked.question, language=asked.language, domain=asked.domain))
    )
    return {"n": count, "alarms": sum(alarms.values()), "reasons": dict(alarms)}


def milliseconds(count: int = 400) -> float:
    """Mean CPU time of `reject` on English traces of 4 KB, none of them rejected: the slowest case, all filters run."""
    told = [trace.reasoning for asked, trace in narrations(1_600) if asked.language == "en"]
    thoughts = "\n\n".join(told).encode()
    traces = []
    for number in range(count):
        response = f"{told[number][:300]}\n\\boxed{{12}}"
        length = 4_096 - len(response.encode())
        start = number * length % (len(thoughts) - length)
        reasoning = thoughts[start : start + length].decode(errors="ignore")
        traces.append(Trace("", 0, "", "", reasoning, response, "stop"))
    reject(traces[0], question="", language="en")  # loads the identifier
    started = time.process_time()
    for trace in traces:
        reject(trace, question="", language="en")
    return 1_000 * (time.process_time() - started) / count


def bench() -> Iterator[dict[str, Any]]:
    """Precision on the held-out half, false alarms on narrations, speed."""
    rows = [row for row in labelled() if held_out(row)]
    precision = measured(rows)["rejected"]
    yield {"name": "filters.precision", "value": precision["share"], "unit": "share", "n": precision["of"]}
    alarms = false_alarms(400)
    yield {"name": "filters.false_alarms", "value": alarms["alarms"] / alarms["n"], "unit": "share", "n": alarms["n"]}
    yield {"name": "filters.reject_4kb", "value": round(milliseconds(), 3), "unit": "ms/trace", "n": 400}


def _share(hits: int, of: int) -> dict[str, Any]:
    interval = binomtest(hits, of).proportion_ci(method="wilson") if of else None
    return {
        "share": round(hits / of, 4) if of else None,
        "interval": [round(interval.low, 3), round(interval.high, 3)] if interval else None,
        "hits": hits,
        "of": of,
    }


def main() -> None:
    rows = labelled()
    report = {
        "development": measured([row for row in rows if not held_out(row)]),
        "held_out": measured([row for row in rows if held_out(row)]),
        "all": measured(rows),
        "narrations": false_alarms(2_000),
        "milliseconds_4kb": round(milliseconds(), 3),
    }
    print(json.dumps(report, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
