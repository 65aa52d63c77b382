"""Passages by other hands with labelled assertions: how many are read, and how many verdicts are right.

`python -m tests.bench.passages FILE.jsonl [--show]` prints one JSON object; `--show` also what went wrong, by passage.
A line is `{"id", "problem", "text", "right_answer", "assertions": [{"quote", "status"}]}`: `problem` a problem of
FormalGeo7k, `quote` a part of the text, `status` true, false, withdrawn, supposed or not_checkable. A quote counts as
read when a claim that the text stands, or stood, by lies in it; several claims (∠A = ∠B = 50°) have one verdict, false
if one of them is.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from redstar_geo.geometry.claims import Facts, Judged, judge
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.records import Problem
from redstar_geo.sources import formalgeo7k
from tests.paths import FORMALGEO7K

STOOD = ("false", "withdrawn", "true", "unproven")  # worst first
_NUMBER = re.compile(r"(?<![A-Za-z\d.^_])\d+(?:\.\d+)?(?![\d.]*\d)")
_PLANTS = 4  # in each passage


def facts_of(ids: set[str], cache: Path | None = None) -> Iterator[tuple[str, Facts]]:
    """Problem → what is known of it."""
    with TemporaryDirectory() as folder, Library(cache, FORMALGEO7K / "gdl") as library:
        few = Path(folder)  # with these problems alone, so that the others are not read
        (few / "diagrams").symlink_to(FORMALGEO7K / "diagrams")
        (few / "problems").mkdir()
        for file in (FORMALGEO7K / "problems" / f"{name.partition('/')[2]}.json" for name in ids):
            (few / "problems" / file.name).symlink_to(file)
        for problem in formalgeo7k.problems(few):
            if isinstance(problem, Problem):
                try:
                    facts = library.facts(problem)
                except ReplayError:
                    continue
                _ = facts.figures  # fitted while the library is open
                yield problem.id, facts


def quotes(row: Mapping[str, Any]) -> Iterator[tuple[int, int, str, str]]:
    """Start, end, status and words of each assertion, in the order of the labels."""
    at = 0
    for assertion in row["assertions"]:
        quote = assertion["quote"]
        start = assertion.get("start", -1)
        if row["text"][start : start + len(quote)] != quote:
            start = row["text"].find(quote, at)
        start = row["text"].find(quote) if start < 0 else start
        if start >= 0:
            yield start, start + len(quote), assertion["status"], quote
            at = start + 1


def verdict(judged: Judged, start: int, end: int, others: Sequence[tuple[int, int]] = ()) -> str:
    """Of what is claimed in a part of the text: the worst, or `unread`; what is false counts where it ends."""
    found = {
        decision.status if claim.standing in ("asserted", "defined") else "supposed"
        for claim, decision in judged.claims
        if start < claim.end <= end + 2
        or (
            claim.start < end < claim.end
            and claim.start >= start - 2
            and not (decision.status == "false" and any(a < claim.end <= b + 2 for a, b in others if a >= end))
        )
    }
    return next((status for status in (*STOOD, "supposed") if status in found), "unread")


def report(rows: list[dict[str, Any]], known: Mapping[str, Facts], show: bool = False) -> dict[str, Any]:
    """Rates over all passages whose problem has a proof."""
    table: Counter[tuple[str, str]] = Counter()
    strays = right = misread = corrected = flagged = plants = found = noticed = 0
    seconds, chance = 0.0, random.Random(0)
    for row in rows:
        facts = known.get(row["problem"])
        if facts is None:
            continue
        started = time.process_time()
        judged = judge(row["text"], facts)
        seconds += time.process_time() - started
        labels = list(quotes(row))
        parts = [(start, end) for start, end, *_ in labels]
        gots = [verdict(judged, start, end, parts) for start, end in parts]
        table.update((label, got) for (*_, label, _), got in zip(labels, gots, strict=True))
        wrong = [
            f"{label} → {got}: {quote}" for (*_, label, quote), got in zip(labels, gots, strict=True) if got != label
        ]
        stray = [
            c.text
            for c, d in judged.claims
            if d.status == "false" and not any(c.start < e and c.end > s for s, e, *_ in labels)
        ]
        strays += len(stray)
        clean = not any(label == "false" for _, _, label, _ in labels)
        if clean and row["right_answer"]:
            right += 1
            misread += judged.first_false is not None
        if clean and any(label == "withdrawn" for _, _, label, _ in labels):
            corrected += 1
            flagged += judged.first_false is not None
        if clean and judged.first_false is None:
            for text in _planted(row["text"], labels, chance):
                plants += 1
                changed = judge(text, facts)
                hit = changed.first_false is not None
                found += hit
                noticed += hit or changed.errors > judged.errors
                if show and not hit:
                    wrong.append(f"not found when planted: {text[max(0, _differs(text, row['text']) - 30) :][:60]!r}")
        if show and (wrong or stray):
            _show(row, wrong, stray, judged)
    return _rates(table, strays) | {
        "passages": len(rows),
        "right_answers": right,
        "right_answers_flagged": misread,
        "self_corrections": corrected,
        "self_corrections_flagged": flagged,
        "planted": plants,
        "planted_found": round(found / max(1, plants), 4),
        "planted_noticed": round(noticed / max(1, plants), 4),
        "passages_a_s": round(len(rows) / max(seconds, 1e-9), 1),
    }


def _rates(table: Counter[tuple[str, str]], strays: int) -> dict[str, Any]:
    stood = sum(n for (label, _), n in table.items() if label in STOOD)
    unread = sum(
        n
        for (label, got), n in table.items()
        if label in STOOD and (got == "unread" or (got == "supposed" and label != "withdrawn"))
    )
    false = {label: n for (label, got), n in table.items() if got == "false"}
    true = {label: n for (label, got), n in table.items() if got == "true"}
    return {
        "assertions": stood,
        "read": round(1 - unread / max(1, stood), 4),
        "false_verdicts": sum(false.values()) + strays,
        "false_verdicts_right": round(false.get("false", 0) / max(1, sum(false.values()) + strays), 4),
        "true_verdicts": sum(true.values()),
        "true_verdicts_right": round(1 - (true.get("false", 0) / max(1, sum(true.values()))), 4),
        "table": {f"{label} → {got}": n for (label, got), n in sorted(table.items())},
    }


def _planted(text: str, labels: list[tuple[int, int, str, str]], chance: random.Random) -> Iterator[str]:
    """The text with one number of a true assertion changed."""
    places = [
        (start + number.start(), start + number.end())
        for start, _, label, quote in labels
        if label == "true"
        for number in _NUMBER.finditer(quote)
    ]
    for start, end in chance.sample(places, min(_PLANTS, len(places))):
        number = text[start:end]
        step = chance.choice([-3, -2, -1, 1, 2, 3, 10])
        changed = str(int(number) + step) if number.isdigit() else f"{float(number) + step:g}"
        if changed.startswith("-") or changed == "0":
            changed = number + "7"
        yield text[:start] + changed + text[end:]


def _differs(one: str, other: str) -> int:
    return next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), 0)


def _show(row: Mapping[str, Any], wrong: list[str], stray: list[str], judged: Judged) -> None:
    print(f"\n=== {row['id']} {row['problem']}\n{row['text']}")
    for line in wrong:
        print("  !", line)
    for line in stray:
        print("  ! stray false:", line)
    for claim, decision in judged.claims:
        print(
            f"     {claim.standing[:4]} {decision.status:9} {claim.text!r} {claim.statement} ({decision.reason[:60]})"
        )


if __name__ == "__main__":
    path, show = Path(sys.argv[1]), "--show" in sys.argv
    passages = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    cache = Path(sys.argv[sys.argv.index("--cache") + 1]) if "--cache" in sys.argv else None
    known = dict(facts_of({row["problem"] for row in passages}, cache))
    print(json.dumps(report(passages, known, show), ensure_ascii=False, indent=1))
