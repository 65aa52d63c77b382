"""An evaluation as one page and as a Markdown table: every score with its interval, what is wrong with its pictures."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

from redstar_geo.records import Problem
from redstar_geo.report.certified import CERTIFIED_COLUMNS, certified_rows, certified_section
from redstar_geo.report.evaluation_plots import accuracies, lengths
from redstar_geo.report.judged import (
    GENERAL,
    GENERAL_KEYS,
    JUDGED,
    JUDGED_KEYS,
    Judged,
    general_row,
    judged_row,
    judged_scores,
    judged_section,
)
from redstar_geo.report.looking import (
    LOOK_COLUMNS,
    PAIR_COLUMNS,
    STATEMENT_COLUMNS,
    look_rows,
    pair_family_rows,
    pair_rows,
    statement_rows,
)
from redstar_geo.report.page import interval, model_line, percent, plot, write_page
from redstar_geo.report.shown import group_name, problem_card, share_bar

_GROUPS_DRAWN = 30
_SETTINGS = (
    *("model", "engine", "endpoint", "samples", "max_new_tokens", "temperature", "top_p", "seed", "dtype", "limit"),
    *("pictures", "batch_size", "training", "gdl", "errata", "judge"),
)


@dataclass(frozen=True)
class Scored:
    """One benchmark, or one file of problems, with all attempts in the order of the problems and what they score."""

    name: str
    problems: Sequence[Problem]
    items: Sequence[Mapping[str, Any]]
    scores: Mapping[str, Any]


@dataclass(frozen=True)
class Results:
    """All that was evaluated; `general` is what `scores.json` holds of each task of lm-evaluation-harness."""

    scored: Sequence[Scored]
    judged: Sequence[Judged] = ()
    general: Sequence[Mapping[str, Any]] = ()


def write_report(
    path: Path, results: Results, scores: Mapping[str, Any], facts: Mapping[str, Any], again: str, shown: int
) -> None:
    """Write the page: no script, no outside request, the same bytes for the same answers.

    Args:
        path: the file to write.
        results: what was evaluated.
        scores: what `scores.json` holds; the overlap is read from it.
        facts: recipe, inputs and versions of the run.
        again: the command that does the same again.
        shown: how many answers that are not correct are shown of each set.
    """
    sets, by_name = results.scored, {one.name: one.scores for one in results.scored}
    write_page(
        path,
        "evaluation.html",
        name=path.parent.name,
        about=[model_line(facts["recipe"])],
        headline=_headline(results),
        shares=[share_bar(one.name, one.scores["of_all"]) for one in sets],
        ks=_ks(sets),
        rows=[_row(one) for one in sets],
        judged_columns=JUDGED,
        judged_rows=[list(map(judged_row(one).get, JUDGED_KEYS)) for one in results.judged],
        judged=[judged_section(one, shown) for one in results.judged],
        general_columns=GENERAL,
        general=[list(map(general_row(one).get, GENERAL_KEYS)) for one in results.general],
        harness=general_row(results.general[0])["harness"] if results.general else "",
        seen=[(LOOK_COLUMNS, look_rows(by_name)), (PAIR_COLUMNS, pair_rows(by_name))],
        without_other=sum(one["looks"]["no_other_picture"] for one in by_name.values() if "looks" in one),
        statement_columns=STATEMENT_COLUMNS,
        pair_columns=PAIR_COLUMNS,
        certified_columns=CERTIFIED_COLUMNS[1:],
        settings=[(name, _said(facts["recipe"].get(name))) for name in _SETTINGS if name in facts["recipe"]],
        sets=[_section(one, shown) for one in sets],
        in_training=_overlaps(scores.get("in_training", {})),
        training=facts["recipe"].get("training"),
        between=_in_common(scores),
        apart=sum(not one["items"] for one in scores.get("between_benchmarks", [])),
        again=again,
        inputs=facts["inputs"],
        versions=facts["versions"],
    )


def markdown(results: Results, scores: Mapping[str, Any]) -> str:
    """The scores as tables for a README, what they have in common with the training run below them."""
    sets, ks = results.scored, _ks(results.scored)
    by_name = {one.name: one.scores for one in sets}
    names = [
        "",
        "accuracy",
        "95 % interval",
        "of completed",
        "problems",
        "answers",
        "truncated",
        "no answer",
        "undecided",
    ]
    names += ["mean tokens", *(f"{what}@{k}" for k in ks for what in ("pass", "maj"))]
    keys = ("name", "accuracy", "interval", "completed", "problems", "attempts", "truncated", "no_answer")
    rows = map(_row, results.scored)
    tables = [
        (names, [[*(row[key] for key in keys), row["undecided"], row["tokens"], *row["at_k"]] for row in rows]),
        (
            [*JUDGED, "judge"],
            [[*map(judged_row(one).get, JUDGED_KEYS), one.scores["judge"]] for one in results.judged],
        ),
        (LOOK_COLUMNS, look_rows(by_name)),
        (PAIR_COLUMNS, pair_rows(by_name)),
        (CERTIFIED_COLUMNS, certified_rows(by_name)),
        *((STATEMENT_COLUMNS, statement_rows(one.scores)) for one in results.scored),
        (GENERAL, [list(map(general_row(one).get, GENERAL_KEYS)) for one in results.general]),
        (
            ("", "accuracy", "95 % interval", "answers"),
            [[row[0], row[1], row[2], row[-1]] for row in _faultless_rows(by_name)],
        ),
        (
            ("overlap", "problems", "share", "by text", "by picture", "accuracy without them"),
            [
                [row[key] for key in ("name", "items", "share", "by_text", "by_picture", "without")]
                for row in (*_overlaps(scores.get("in_training", {})), *_in_common(scores))
            ],
        ),
    ]
    return "\n".join(_table(names, rows) for names, rows in tables if rows)


SCORE_COLUMNS = ("", "score", "95 % interval", "truncated", "no answer", "n")


def score_rows(scores: Mapping[str, Any]) -> list[list[str]]:
    """What `scores.json` says in short, a row a benchmark under `SCORE_COLUMNS`; `n` counts answers."""
    sets = scores.get("benchmarks", {"problems": scores} if "of_all" in scores else {})
    rows = [
        [
            name,
            percent(one["of_all"]["accuracy"]),
            f"{percent(one['of_all']['low'])} – {percent(one['of_all']['high'])}",
            percent(one["truncated_share"]),
            percent(one["no_answer_share"]),
            f"{one['attempts']:,}",
        ]
        for name, one in sets.items()
    ]
    rows += _faultless_rows(sets)
    judged = [judged_scores(name, one) for name, one in scores.get("judged", {}).items()]
    rows += [[one["name"], one["score"], one["interval"], one["truncated"], "–", one["attempts"]] for one in judged]
    general = map(general_row, scores.get("general", {}).values())
    return rows + [[one["name"], one["score"], one["interval"], "–", "–", one["n"]] for one in general]


def _faultless_rows(sets: Mapping[str, Mapping[str, Any]]) -> list[list[str]]:
    """Rows under `SCORE_COLUMNS`: the scores on the problems that are not among the errata, where these are known."""
    rows = []
    for name, one in sets.items():
        if "without_errata" in one:
            of_all, left_out = one["without_errata"]["of_all"], sum(one["without_errata"]["left_out"].values())
            shares = [percent(of_all["accuracy"]), interval(of_all["low"], of_all["high"])]
            rows.append([f"{name} without {left_out:,} errata", *shares, "–", "–", f"{of_all['n']:,}"])
    return rows


def _table(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [names, ["---", *["---:"] * (len(names) - 1)], *rows]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _headline(results: Results) -> str:
    parts = [one.scores["problems"] for one in results.scored]
    parts += [one.scores["problems"] for one in results.judged]
    parts += [one["n"] for one in results.general]
    if len(parts) > 1 or not results.scored:
        many = f"{len(parts)} benchmarks" if len(parts) > 1 else "One benchmark"
        return f"{many}, {sum(parts):,} problems: each score with its interval and what it leaves out."
    row = _row(results.scored[0])
    return f"{row['accuracy']} of {row['attempts']} answers are correct, 95 % interval {row['interval']}."


def _ks(sets: Sequence[Scored]) -> list[str]:
    """For which pass@k and maj@k are shown: with one attempt a problem they are the accuracy."""
    if not sets:
        return []
    return [k for k in sets[0].scores["pass_at"] if k != "1" or sets[0].scores["attempts"] > sets[0].scores["problems"]]


def _row(one: Scored) -> dict[str, Any]:
    scores = one.scores
    of_all = scores["of_all"]
    expected = scores["expected_items"]
    short = f" of {expected:,}" if expected is not None and expected != scores["problems"] else ""
    return {
        "name": one.name,
        "accuracy": percent(of_all["accuracy"]),
        "interval": interval(of_all["low"], of_all["high"]),
        "completed": percent(scores["of_completed"]["accuracy"]),
        "problems": f"{scores['problems']:,}{short}",
        "attempts": f"{scores['attempts']:,}",
        **_beside(scores),
        "at_k": [percent(scores[what][k]["value"]) for k in _ks([one]) for what in ("pass_at", "maj_at")],
    }


def _section(one: Scored, shown: int) -> dict[str, Any]:
    scores = one.scores
    groups = [("category", scores["by_family"]), ("difficulty", scores["by_difficulty"])]
    tables = [
        (name, [list(_group(*each).values()) for each in by_group.items()])
        for name, by_group in groups
        if len(by_group) > 1
    ]
    drawn = [
        (name if what == "category" else f"{what} {name}", one)
        for what, by_group in groups
        if len(by_group) > 1
        for name, one in by_group.items()
    ][:_GROUPS_DRAWN]
    reasoning = scores["reasoning"]
    return {
        "name": one.name,
        "verdicts": scores["verdicts"],
        "reasons": scores["reasons"],
        "rejected": scores["rejected"],
        "tokens_unknown": scores["tokens_unknown"],
        "faultless": next(iter(_faultless_rows({one.name: scores})), None),
        "left_out": scores.get("without_errata", {}).get("left_out", {}),
        "tables": tables,
        "groups_plot": plot(accuracies(drawn)) if drawn else None,
        "lengths_plot": plot(lengths(one.items)),
        "statements": statement_rows(scores),
        "pairs": pair_family_rows(scores),
        "unpaired": scores["pairs"]["unpaired"] if "pairs" in scores else 0,
        "without_proof": reasoning["without_proof"],
        "reasoning": reasoning if reasoning["n"] else None,
        "certified": certified_section(scores),
        "best_of": [
            (k, *(_estimate(at_k[what]) for what in ("best_of", "maj", "over_maj", "pass")))
            for k, at_k in scores["best_of"].items()
        ],
        "letter_or_value": scores["letter_or_value"],
        **_answers(one, shown),
    }


def _answers(one: Scored, shown: int) -> dict[str, Any]:
    """What is not correct, by reason; every reason in turn, so that a common one leaves room for the others."""
    problems = {problem.id: problem for problem in one.problems}
    by_reason: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for item in one.items:
        if item["verdict"] != "correct":
            by_reason.setdefault((item["verdict"], item["reason"]), []).append(item)
    rows = zip_longest(*(by_reason[reason] for reason in sorted(by_reason)))
    taken = [item for row in rows for item in row if item is not None][:shown]
    groups = [
        {
            "status": status,
            "reason": reason,
            "n": f"{len(items):,}",
            "cards": [_card(problems[item["id"]], item) for item in items if any(item is each for each in taken)],
        }
        for (status, reason), items in sorted(by_reason.items())
    ]
    return {"not_right": sum(map(len, by_reason.values())), "taken": len(taken), "groups": groups}


def _card(problem: Problem, item: Mapping[str, Any]) -> dict[str, Any]:
    return problem_card(problem) | {
        "sample": item["sample"],
        "status": item["verdict"],
        "reason": item["reason"],
        "extracted": item["extracted"],
        "tokens": f"{item['tokens']:,}",
        "text": item["response"],
    }


def _group(name: str, scores: Mapping[str, Any]) -> dict[str, str]:
    return {
        "name": group_name(name),
        "n": f"{scores['n']:,}",
        "accuracy": percent(scores["accuracy"]),
        "interval": interval(scores["low"], scores["high"]),
        **_beside(scores),
    }


def _beside(scores: Mapping[str, Any]) -> dict[str, str]:
    """What stands beside an accuracy."""
    return {
        "truncated": percent(scores["truncated_share"]),
        "no_answer": percent(scores["no_answer_share"]),
        "undecided": percent(scores["undecided_share"]),
        "tokens": f"{scores['mean_tokens']:,.0f}",
    }


def _overlaps(by_name: Mapping[str, Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [_overlap(f"{name} in training", one) for name, one in by_name.items()]


def _in_common(scores: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The pairs of benchmarks that share problems."""
    pairs = scores.get("between_benchmarks", [])
    return [_overlap(f"{one['first']} in {one['second']}", one) for one in pairs if one["items"]]


def _overlap(name: str, shared: Mapping[str, Any]) -> dict[str, Any]:
    without = shared.get("score_without")
    return {
        "name": name,
        "items": f"{shared['items']:,} of {shared['of']:,}",
        "share": percent(shared["share"]),
        "by_text": _tally(shared["by_text"]),
        "by_picture": _tally(shared["by_picture"]),
        "template": f"{shared['template']:,}",
        "without": f"{percent(without['accuracy'])} of {without['n']:,}" if without and without["n"] else "–",
        "examples": shared["examples"],
    }


def _estimate(scores: Mapping[str, Any]) -> str:
    return f"{percent(scores['value'])} ({interval(scores['low'], scores['high'])})"


def _tally(tally: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {how}" for how, count in tally.items()) or "–"


def _said(value: Any) -> str:
    """A setting; of a section its parts that say something, `yes` where none does."""
    if isinstance(value, dict):
        parts = [f"{name} {_said(part)}" for name, part in value.items() if part not in ({}, {"extra_body": {}}, None)]
        return ", ".join(parts) or "yes"
    return "–" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
