"""How well and how fast claims are judged: the narrator's own traces, and the same with one planted error.

`python -m tests.bench.geometry_claims [problems] [samples]` prints one JSON object.
"""

from __future__ import annotations

import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from redstar_geo.geometry.claims import Facts, Judged, judge, read
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.library import Library
from redstar_geo.geometry.narrate import narrate
from redstar_geo.geometry.proof import Proof
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.records import Problem
from redstar_geo.sources import formalgeo7k
from tests.paths import FORMALGEO7K

_RELATION = re.compile(r"[=≈∥⊥≅∼](?!\s*[?？])")  # "∠ABC = ?" claims nothing
_NUMBER = re.compile(r"(?<![A-Za-z\d.])\d+(?:\.\d+)?")


def real(count: int, seed: int = 0, folder: Path = FORMALGEO7K) -> Iterator[tuple[str, Proof, Facts]]:
    """Problems of FormalGeo7k with their proofs and fitted figures."""
    problems = [found for found in formalgeo7k.problems(folder) if isinstance(found, Problem)]
    random.Random(seed).shuffle(problems)
    with Library(None, folder / "gdl") as library:
        for problem in problems:
            try:
                facts = library.facts(problem)
            except ReplayError:
                continue
            yield problem.id, facts.proof, facts
            count -= 1
            if not count:
                return


def builtin(count: int, seed: int = 0) -> Iterator[tuple[str, Proof, Facts]]:
    """Built-in problems with their figures, families and difficulties taking turns."""
    families = list(FAMILIES)
    for number in range(count):
        built = construct(families[number % len(families)], seed + number, 1 + number % 10)
        yield built.problem.id, built.proof, Facts(built.proof, (built.figure,))


def tellings(proof: Proof, samples: int) -> Iterator[str]:
    """The narrator's long form, English and Chinese in turn."""
    for seed in range(samples):
        told = narrate(proof, form="long", language=("en", "zh")[seed % 2], seed=seed)
        yield f"{told.reasoning}\n{told.response}"


def planted(text: str, judged: Judged, chance: random.Random) -> tuple[str, int] | None:
    """The text with one number of a random claim changed, and where; None when no claim has one."""
    places = [
        (claim.start + found.start(), claim.start + found.end())
        for claim, decision in judged.claims
        if claim.standing == "asserted" and decision.status == "true"
        for found in _NUMBER.finditer(claim.text)
    ]
    if not places:
        return None
    start, end = chance.choice(places)
    number = text[start:end]
    step = chance.choice([-3, -2, -1, 1, 2, 3, 10])
    changed = str(int(number) + step) if number.isdigit() else f"{float(number) + step:g}"
    if changed.startswith("-") or changed == "0":
        changed = number + "7"
    return text[:start] + changed + text[end:], start


def own_traces(problems: Iterator[tuple[str, Proof, Facts]], samples: int, seed: int = 0) -> dict[str, Any]:
    """Judge the narrator's traces as told and with one planted error."""
    statuses: Counter[str] = Counter()
    signs = covered = traces = false_alarms = plants = flagged_first = flagged = 0
    seconds, examples, chance = 0.0, [], random.Random(seed)
    for name, proof, facts in problems:
        for text in tellings(proof, samples):
            started = time.perf_counter()
            judged = judge(text, facts)
            seconds += time.perf_counter() - started
            traces += 1
            false_alarms += judged.first_false is not None
            statuses.update(decision.status for claim, decision in judged.claims if claim.standing == "asserted")
            places = [place.start() for place in _RELATION.finditer(text)]
            signs += len(places)
            covered += sum(any(claim.start <= place < claim.end for claim, _ in judged.claims) for place in places)
            plant = planted(text, judged, chance)
            if plant is None:
                continue
            plants += 1
            spoilt = judge(plant[0], facts)
            if spoilt.first_false is not None:
                flagged += 1
                claim = spoilt.claims[spoilt.first_false][0]
                hit = claim.start <= plant[1] < claim.end
                flagged_first += hit
            if spoilt.first_false is None or not hit:
                examples.append([name, plant[0][max(0, plant[1] - 60) : plant[1] + 40]])
    asserted = sum(statuses.values())
    return {
        "traces": traces,
        "claims_asserted": asserted,
        "relation_signs_read": covered / signs,
        **{f"claims_{status}": statuses[status] / asserted for status in ("true", "unproven", "false")},
        "traces_with_a_false_alarm": false_alarms / traces,
        "planted": plants,
        "planted_flagged": flagged / plants,
        "planted_flagged_first": flagged_first / plants,
        "traces_judged_per_s": traces / seconds,
        "missed": examples[:8],
    }


def bench() -> Iterator[dict[str, Any]]:
    """Traces judged per second, facts derived, against reading alone."""
    problems = list(builtin(100))
    texts = [(text, facts) for _, proof, facts in problems for text in tellings(proof, 2)]
    figures = []
    for _ in range(3):
        spent = {}
        for name, work in (("judge", lambda t, f: judge(t, f)), ("read", lambda t, f: read(t))):
            started = time.perf_counter()
            for text, facts in texts:
                work(text, facts)
            spent[name] = len(texts) / (time.perf_counter() - started)
        figures.append(spent)
    middle = sorted(figures, key=lambda spent: spent["judge"])[1]
    yield {
        "name": "geometry.traces_judged_per_s",
        "value": round(middle["judge"], 1),
        "unit": "traces/s",
        "against": "reading the claims alone",
        "ratio": round(middle["judge"] / middle["read"], 3),
        "n": len(texts),
    }


if __name__ == "__main__":
    numbers = [int(argument) for argument in sys.argv[1:]] + [500, 5][len(sys.argv) - 1 :]
    report = {"real": own_traces(real(numbers[0]), numbers[1]), "builtin": own_traces(builtin(numbers[0]), numbers[1])}
    print(json.dumps(report, ensure_ascii=False, indent=1))
