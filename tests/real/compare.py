"""`python -m tests.real.compare RUN …`: our verdicts on an evaluation's answers, item by item, against others' scorers.

GSM8K: lm-evaluation-harness's own filter and exact match, on the same responses. HumanEval:
OpenAI's `check_correctness` on the program of each response, behind walls. Every disagreement is printed.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from redstar_geo.sandbox.extract import final_code
from tests.real import environment

# The official scorer runs programs of a model in its own process, which is no isolation.
_WALLS = (
    *("bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"),
    *("--tmpfs", "/var/tmp", "--setenv", "TMPDIR", "/var/tmp"),
)


def main(runs: Sequence[Path], data: Path) -> None:
    """Print a line a run: items, agreements, and before it each disagreement with both verdicts.

    Raises:
        SystemExit: a run of neither benchmark.
    """
    for run in runs:
        if (run / "gsm8k").is_dir():
            told(run.name, items(run / "gsm8k"), harness_gsm8k(run / "gsm8k", data))
        elif (run / "humaneval").is_dir():
            told(run.name, items(run / "humaneval"), official_humaneval(run / "humaneval", data))
        else:
            raise SystemExit(f"{run} has neither gsm8k/ nor humaneval/. Give runs of tests.real.evaluate.")


def items(folder: Path) -> list[dict[str, Any]]:
    """The answers."""
    return [json.loads(line) for line in (folder / "items.jsonl").read_text().splitlines()]


def told(name: str, ours: list[dict[str, Any]], theirs: dict[str, bool]) -> None:
    """Print how often the verdicts agree, an undecided one counting as not correct."""
    kinds: Counter[str] = Counter()
    for item in ours:
        here, there = item["verdict"] == "correct", theirs[item["id"]]
        kinds["agree" if here == there else "only ours" if here else "only theirs"] += 1
        if here != there:
            facts = {key: item[key] for key in ("id", "verdict", "reason", "extracted")}
            print(json.dumps({"run": name, **facts, "theirs": there, "end": item["response"][-160:]}))
    print(json.dumps({"run": name, "items": len(ours), "correct for them": sum(theirs.values()), **kinds}))


def harness_gsm8k(folder: Path, data: Path) -> dict[str, bool]:
    """Whether lm-evaluation-harness's `gsm8k_cot_zeroshot` calls a response right.

    By its filter `flexible-extract`: the other one reads the words "The answer is", for which only its own prompt asks.
    """
    import lm_eval
    from lm_eval.api.metrics import exact_match_hf_evaluate
    from lm_eval.filters.extraction import RegexFilter

    ours, problems = items(folder), data / "gsm8k_test" / "test.jsonl"
    gold = [json.loads(line)["answer"] for line in problems.read_text().splitlines()]
    task = yaml.safe_load((Path(lm_eval.__file__).parent / "tasks/gsm8k/gsm8k-cot-zeroshot.yaml").read_text())
    (metric,) = task["metric_list"]
    rules = {name: metric[name] for name in ("ignore_case", "ignore_punctuation", "regexes_to_ignore")}
    (flexible,) = [each["filter"][0] for each in task["filter_list"] if each["name"] == "flexible-extract"]
    reader = RegexFilter(flexible["regex_pattern"], flexible["group_select"])
    found = reader.apply([[item["response"]] for item in ours], [])
    return {
        item["id"]: bool(exact_match_hf_evaluate(texts, [gold[_row(item["id"])]], **rules)["exact_match"])
        for item, texts in zip(ours, found, strict=True)
    }


def official_humaneval(folder: Path, data: Path) -> dict[str, bool]:
    """By OpenAI's scorer: the prompt, the program that a response ends with, and the test, in one file."""
    programs = folder / "programs.jsonl"
    rows = [(item["id"], _row(item["id"]), final_code(item["response"]).code or "") for item in items(folder)]
    programs.write_text("".join(json.dumps(row) + "\n" for row in rows))
    problems = str(data / "humaneval" / "HumanEval.jsonl.gz")
    said = environment.run("official_humaneval", str(programs), problems, before=_WALLS)
    return {line["id"]: line["passed"] for line in map(json.loads, said.splitlines())}


def _row(id: str) -> int:
    return int(id.rpartition("/")[2])


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, default="../shared/data")
    parser.add_argument("runs", type=Path, nargs="+")
    asked = parser.parse_args()
    main(asked.runs, asked.data)
