"""A generator of runs of any size with planted duplicates, loops, other languages and contaminations, and their labels.

Texts are sentences of the project's own English vocabulary. The label of a trace stands in its `request`, that of a
problem in its `meta`; the pipeline reads neither.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from redstar_geo.overlap.text import particulars
from redstar_geo.records import SCHEMAS, Problem, Trace, Verdict, to_row
from redstar_geo.run import write_json

PROBLEMS_A_TRACE = 0.22
BENCHMARK = 5_000
_SENTENCES, _SENTENCES_A_TRACE = 120_000, 55
_PROBLEMS_A_CHUNK = 2_000
_KIND_OF_PROBLEM = (("near duplicate", 0.01), ("contaminated", 0.01), ("template", 0.01))
_KIND_OF_TRACE = (("near duplicate", 0.02), ("loop", 0.02), ("language", 0.01), ("no answer", 0.01), ("wrong", 0.2))
_CHINESE = "我们先看题目给出的条件然后逐步计算这里需要注意符号因此可以得到下面的结果再检查一次等式是否成立把两边平方"


def make_run(folder: Path, traces: int, seed: int = 0, workers: int = 2) -> None:
    """Write a finished run of about `traces` traces of 4 KB, and `benchmark/problems.parquet` beside it."""
    folder.mkdir(parents=True)
    (folder / "benchmark").mkdir()
    words = _vocabulary()
    _WRITERS[seed] = _Writer(seed, words)
    _write(folder / "benchmark" / "problems.parquet", Problem, [to_row(item) for item in _benchmark(seed)])
    count = round(traces * PROBLEMS_A_TRACE)
    chunks = [(start, min(count, start + _PROBLEMS_A_CHUNK)) for start in range(0, count, _PROBLEMS_A_CHUNK)]
    with (
        get_context("spawn").Pool(workers) as pool,
        pq.ParquetWriter(folder / "problems.parquet", SCHEMAS[Problem], compression="zstd") as problems,
        pq.ParquetWriter(folder / "traces.parquet", SCHEMAS[Trace], compression="zstd") as written,
    ):
        for rows, answered in pool.imap(partial(_chunk, seed=seed, words=words), chunks):
            problems.write_table(rows, row_group_size=1024)
            written.write_table(answered, row_group_size=1024)
    write_json(folder / "run.json", {"recipe": {}, "versions": {}, "inputs": {}, "counts": {}})


def _write(path: Path, kind: type, rows: list[dict[str, object]]) -> None:
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMAS[kind]), path, compression="zstd")


def _vocabulary() -> list[str]:
    """Words of the narrator's phrases and of the documents."""
    root = Path(__file__).parents[2]
    texts = [path.read_text(encoding="utf-8") for path in sorted((root / "docs").glob("*.md"))]
    texts += [path.read_text(encoding="utf-8") for path in sorted((root / "redstar_geo").rglob("*.py"))]
    words = {word for text in texts for word in re.findall(r"\b[a-z]{3,11}\b", text)}
    return sorted(word for word in words if not particulars(word))  # another number or quantity is another problem


class _Writer:
    """Sentences and questions by seed; built once a process."""

    def __init__(self, seed: int, words: list[str]) -> None:
        chance = random.Random(seed)
        self.words = words
        self.sentences = [
            " ".join(chance.choices(words, k=chance.randint(6, 13))).capitalize() + "." for _ in range(_SENTENCES)
        ]

    def question(self, chance: random.Random) -> str:
        words = chance.choices(self.words, k=chance.randint(22, 48))
        for _ in range(3):
            words[chance.randrange(len(words))] = str(chance.randint(2, 999))
        return " ".join(words).capitalize() + "?"

    def trace(self, chance: random.Random) -> list[str]:
        return chance.choices(self.sentences, k=_SENTENCES_A_TRACE + chance.randint(-12, 12))


_WRITERS: dict[int, _Writer] = {}


def _writer(seed: int) -> _Writer:
    return _WRITERS[seed]


def _benchmark(seed: int) -> list[Problem]:
    chance = random.Random(f"benchmark/{seed}")
    return [_problem(f"benchmark/{i}", _writer(seed).question(chance), "") for i in range(BENCHMARK)]


def _chunk(bounds: tuple[int, int], seed: int, words: list[str]) -> tuple[pa.Table, pa.Table]:
    """In a worker process. All of them know the same words, whatever becomes of the files they were read from."""
    if seed not in _WRITERS:
        _WRITERS[seed] = _Writer(seed, words)
    problems, traces = [], []
    for number in range(*bounds):
        problem = _nth_problem(number, seed)
        problems.append(to_row(problem))
        traces += [to_row(trace) for trace in _answers(problem, number, seed)]
    return pa.Table.from_pylist(problems, schema=SCHEMAS[Problem]), pa.Table.from_pylist(traces, schema=SCHEMAS[Trace])


def _nth_problem(number: int, seed: int) -> Problem:
    chance = random.Random(f"problem/{seed}/{number}")
    kind = _kind_of_problem(number, seed)
    question = _plain_question(number, seed)
    if kind in ("near duplicate", "template"):
        before = range(number - 100, number)
        earlier = chance.choice([other for other in before if not _kind_of_problem(other, seed)])
        question = _plain_question(earlier, seed)
        question = (
            _other_words(question, chance, seed) if kind == "near duplicate" else _other_numbers(question, chance)
        )
    elif kind == "contaminated":
        question = _from_benchmark(chance, seed)
    return _problem(f"made/{number}", question, kind)


def _kind_of_problem(number: int, seed: int) -> str:
    return _drawn(random.Random(f"kind/{seed}/{number}"), _KIND_OF_PROBLEM) if number > 100 else ""


def _plain_question(number: int, seed: int) -> str:
    return _writer(seed).question(random.Random(f"question/{seed}/{number}"))


def _from_benchmark(chance: random.Random, seed: int) -> str:
    items = _items(seed)
    question = items[chance.randrange(len(items))]
    way = chance.randrange(3)
    if way == 0:
        return question
    if way == 1:
        return "Consider the following problem. $" + question.replace(" ", "  ").lower() + "$ Think step by step."
    return _other_words(question, chance, seed)


_ITEMS: dict[int, list[str]] = {}


def _items(seed: int) -> list[str]:
    if seed not in _ITEMS:
        _ITEMS[seed] = [problem.question for problem in _benchmark(seed)]
    return _ITEMS[seed]


def _other_words(question: str, chance: random.Random, seed: int) -> str:
    words = question.split(" ")
    plain = [i for i, word in enumerate(words) if word.isalpha()]
    for i in chance.sample(plain, 2):
        words[i] = chance.choice(_writer(seed).words)
    return " ".join(words)


def _other_numbers(question: str, chance: random.Random) -> str:
    return re.sub(r"\d+", lambda found: str(int(found[0]) + chance.randint(1, 9)), question)


def _drawn(chance: random.Random, kinds: tuple[tuple[str, float], ...]) -> str:
    at = chance.random()
    for kind, share in kinds:
        if at < share:
            return kind
        at -= share
    return ""


def _problem(name: str, question: str, planted: str) -> Problem:
    return Problem(
        id=name,
        domain="math",
        source="made",
        split="train",
        licence="CC0-1.0",
        question=question,
        answer="7",
        answer_kind="number",
        language="en",
        difficulty=1.0 + sum(map(ord, name)) % 10,
        difficulty_by="made",
        meta={"planted": planted},
    )


def _answers(problem: Problem, number: int, seed: int) -> Iterator[Trace]:
    chance = random.Random(f"traces/{seed}/{number}")
    writer = _writer(seed)
    earlier: list[list[str]] = []
    for sample in range(chance.choice((3, 4, 5, 5, 6))):
        kind = _drawn(chance, _KIND_OF_TRACE)
        sentences = writer.trace(chance)
        if kind == "near duplicate":
            if not earlier:
                kind = ""
            else:
                sentences = list(chance.choice(earlier))
                for i in chance.sample(range(len(sentences)), 3):
                    sentences[i] = chance.choice(writer.sentences)
        elif kind == "loop":
            sentences = sentences[: len(sentences) // 2] + [sentences[0]] * (len(sentences) // 2)
        elif kind == "language":
            sentences = ["".join(chance.choices(_CHINESE, k=18)) + "。" for _ in sentences]
        if kind == "":
            earlier.append(sentences)
        yield _trace(problem, sample, kind, sentences)


def _trace(problem: Problem, sample: int, kind: str, sentences: list[str]) -> Trace:
    reasoning = "\n".join(" ".join(sentences[i : i + 4]) for i in range(0, len(sentences), 4))
    value = "8" if kind == "wrong" else "7"
    response = "That is as far as it goes." if kind == "no answer" else f"The answer is \\boxed{{{value}}}."
    status = "wrong" if kind == "wrong" else "correct"
    verdict = Verdict(status, "equal" if status == "correct" else "different", value)
    return Trace(problem.id, sample, "made", kind, reasoning, response, "stop", 60, 900, 1.0, verdict)


def labels(folder: Path) -> tuple[dict[str, str], dict[tuple[str, int], str]]:
    """What was planted: problem id → kind, and (problem id, sample) → kind."""
    found = pq.read_table(folder / "problems.parquet", columns=["id", "meta"]).to_pylist()
    traces = pq.read_table(folder / "traces.parquet", columns=["problem_id", "sample", "request"]).to_pylist()
    return (
        {row["id"]: json.loads(row["meta"])["planted"] for row in found},
        {(row["problem_id"], row["sample"]): row["request"] for row in traces},
    )
