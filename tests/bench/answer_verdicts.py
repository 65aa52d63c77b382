"""Verdicts a second on one core, ours and math-verify's on the same rows in turn; the medians of three turns."""

from __future__ import annotations

import json
import logging
import random
import time
from collections.abc import Callable, Iterator, Sequence
from statistics import median

from math_verify import parse as peer_parse
from math_verify import verify as peer_verify

from redstar_geo.answer import notation, reading, verify
from tests.paths import FORMALGEO7K, SHARED

Row = tuple[str, str, bool]  # gold, response, whether it is right

_TURNS = 3
_THOUGHTS = "<think>\nThe angles of a triangle make 180 degrees, so we look at the one beside it.\n</think>\n"
_ENDINGS = ("The answer is \\boxed{{{}}}.", "So \\boxed{{{}}}", "Therefore the length is ${}$.", "The answer is {}")


def geometry_rows(count: int = 800, seed: int = 0) -> list[Row]:
    """Responses to gold answers as geometry has them (surds, π, angles), a third of them wrong."""
    rng = random.Random(seed)
    golds = [_made_gold(rng, n) for n in range(count)]
    if FORMALGEO7K.is_dir():
        paths = sorted((FORMALGEO7K / "problems").glob("*.json"))[: count // 2]
        golds[: len(paths)] = [json.loads(path.read_text())["problem_answer"] for path in paths]
    rows = []
    for gold in golds:
        right = rng.random() < 2 / 3
        answer = _latex(gold) if right else _latex(f"{gold}+1")
        rows.append((gold, _THOUGHTS + rng.choice(_ENDINGS).format(answer), right))
    return rows


def _made_gold(rng: random.Random, n: int) -> str:
    a, b, c = rng.randint(2, 90), rng.choice((2, 3, 5, 6, 7)), rng.randint(2, 9)
    return (f"{a}", f"{a}*sqrt({b})", f"{a}*pi/{c}", f"{a}*sqrt({b})/{c}", f"{a}/{c}", f"{a}+{c}*sqrt({b})")[n % 6]


def _latex(gold: str) -> str:
    gold = gold.replace("**", "^")
    return gold.replace("sqrt(2)", "\\sqrt{2}").replace("sqrt(3)", "\\sqrt{3}").replace("*", "").replace("pi", "\\pi")


def mixed_rows() -> list[Row]:
    """The cases that other verifiers' authors wrote; none when absent.

    Left out: those that are not to be scored, and a tower of powers on which math-verify without a clock never ends.
    """
    path = SHARED / "cases" / "answer_cases.jsonl"
    rows = [json.loads(line) for line in path.read_text().splitlines()] if path.is_file() else []
    return [
        (row["gold"], row["prediction"], row["expected"])
        for row in rows
        if row["expected"] is not None and "^{10^" not in row["gold"]
    ]


def _ours(gold: str, response: str) -> bool:
    return verify(gold, response).status == "correct"


def _peers(gold: str, response: str) -> bool:
    shown = response.rpartition("</think>")[2]
    golds, answers = peer_parse(f"${gold}$", parsing_timeout=None), peer_parse(shown, parsing_timeout=None)
    return bool(peer_verify(golds, answers, timeout_seconds=None))


def _turn(judge: Callable[[str, str], bool], rows: Sequence[Row]) -> tuple[float, float]:
    """Verdicts a second and the share that is as expected."""
    for cached in (notation.plain, reading.readings, reading.read_declared):
        cached.cache_clear()
    start = time.perf_counter()
    agreed = sum(judge(gold, response) == right for gold, response, right in rows)
    return len(rows) / (time.perf_counter() - start), agreed / len(rows)


def bench() -> Iterator[dict[str, object]]:
    """One figure for geometry answers and one for the mixed cases."""
    logging.getLogger("math_verify").setLevel(logging.CRITICAL)
    for kind, rows in (("geometry", geometry_rows()), ("mixed", mixed_rows())):
        if not rows:
            continue
        ours, peers = zip(*((_turn(_ours, rows), _turn(_peers, rows)) for _ in range(_TURNS)), strict=True)
        speed, peer_speed = median(turn[0] for turn in ours), median(turn[0] for turn in peers)
        yield {
            "name": f"answer.verdicts_per_s.{kind}",
            "value": round(speed),
            "unit": "verdicts/s",
            "against": "math-verify",
            "against_value": round(peer_speed),
            "ratio": round(speed / peer_speed, 1),
            "agreement": round(ours[0][1], 4),
            "against_agreement": round(peers[0][1], 4),
            "n": len(rows),
        }


if __name__ == "__main__":
    for figure in bench():
        print(json.dumps(figure, ensure_ascii=False))
