"""All of FormalGeo7k, or every so-manieth of its problems: what the dozen in the repository shows holds of the set."""

from __future__ import annotations

import json

import pytest

from redstar_geo.answer import verify
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.overlap.picture import fingerprint
from redstar_geo.sources import Rejected, formalgeo7k
from tests.bench.geometry_claims import own_traces, real
from tests.geometry import test_narrate
from tests.geometry.test_fit import fitted_and_agreeing, real_problems
from tests.geometry.test_formal import check_answers, check_values
from tests.overlap.test_picture import edited, indexed
from tests.paths import FORMALGEO7K

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not FORMALGEO7K.is_dir(), reason="FormalGeo7k is not in ../shared/data/formalgeo7k_v1"),
]


@pytest.fixture(scope="module")
def solver() -> FormalSolver:
    return FormalSolver(FORMALGEO7K / "gdl")


def test_all_geoqa_prompts_are_read() -> None:
    items = list(formalgeo7k.problems(FORMALGEO7K, "geoqa"))
    assert len({item.id for item in items}) == 3499
    assert [item.reason for item in items if isinstance(item, Rejected)] == ["asks_for_a_proof"]


def test_every_gold_answer_is_read_and_told_from_its_neighbours() -> None:
    golds = {json.loads(path.read_text())["problem_answer"] for path in (FORMALGEO7K / "problems").glob("*.json")}
    assert len(golds) > 500
    for gold in golds:
        assert verify(gold, f"<think>so it is</think>\\boxed{{{gold}}}").status == "correct", gold
        for other in (f"({gold})*1.01 + 1", f"({gold}) + 1/1000", f"-1/7*({gold}) - 1"):
            assert verify(gold, f"\\boxed{{{other}}}").status == "wrong", gold


def test_replay_reaches_the_gold_answer(solver: FormalSolver) -> None:
    check_answers(solver, real_problems(FORMALGEO7K, every=80))


def test_every_solved_value_satisfies_its_equations(solver: FormalSolver) -> None:
    assert sum(check_values(solver.replay(raw)) for raw in real_problems(FORMALGEO7K, every=100)) > 50


def test_most_problems_get_figures_that_show_every_given_and_the_gold_answer() -> None:
    problems = real_problems(FORMALGEO7K, every=40)
    fitted, agreeing = fitted_and_agreeing(problems)
    assert fitted > 0.93 * len(problems) and agreeing > 0.98 * fitted


def test_the_narrators_traces_are_judged_true() -> None:
    report = own_traces(real(25), samples=2)
    assert report["claims_false"] == 0
    assert report["claims_true"] > 0.97


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_narrator_says_nothing_false(language: str) -> None:
    statuses = test_narrate.judged(test_narrate.real(FORMALGEO7K, every=150), language)
    assert statuses["true"] > 600 and statuses["true"] > 0.95 * statuses.total()


def test_edited_diagrams_are_recognised() -> None:
    files = sorted((FORMALGEO7K / "diagrams").iterdir())[::13]
    prints = {file.name: fingerprint(file.read_bytes()) for file in files}
    index = indexed(prints)
    kept = [file for file in files if (match := index.match(prints[file.name])) and match.id == file.name][::8]
    for edit in ("rescaled 0.5 to 2", "turned by up to 3", "several at once"):
        matches = [index.match(edited(edit, file.read_bytes(), i)) for i, file in enumerate(kept)]
        right = sum(match is not None and match.id == file.name for match, file in zip(matches, kept, strict=True))
        assert right >= 0.95 * len(kept)
