"""A later run asks again for whatever was not the prompt's own fault, also by a ledger of version 0.1."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.data_prep.pipeline import fingerprints
from redstar_geo.data_prep.sample import sample, to_be_asked
from redstar_geo.errors import RedStarError
from redstar_geo.eval.items import Items
from redstar_geo.generation.reply import Reply
from redstar_geo.recipes.data import DataRecipe
from redstar_geo.run import Counts, open_run
from redstar_geo.teacher.ledger import Ledger
from tests.servers.scripted import GOOD, completion, refusal, scripted
from tests.teacher.conftest import write_problems


def ask(run: Path, url: str, **teacher: Any) -> dict[str, Any]:
    """The counts of the stage `sample`, which is gone through where something may be missing."""
    asked = {"kind": "endpoint", "model": "teacher", "servers": [{"url": url}], "sampling": {"fixed": 2}, "attempts": 1}
    source = {"kind": "builtin", "families": ["isosceles"], "count": 1}
    recipe = DataRecipe.model_validate({"run": str(run), "source": source, "teacher": asked | teacher, "workers": 1})
    with open_run(run, recipe.as_run, fingerprints(recipe)) as opened:
        if not opened.finished("collect"):
            write_problems(opened.path("problems.parquet"), 4)
            opened.finish("collect", Counts(in_=4, out=4))
        if to_be_asked(opened, recipe):
            assert recipe.teacher is not None
            sample(opened, recipe, recipe.teacher)
        counts: dict[str, Any] = opened.manifest["counts"]["sample"]
        return counts


def first_prompt(request: Any) -> bool:
    return "prompt=0;" in json.dumps(request["messages"])


def test_what_was_of_the_moment_is_asked_again_and_a_refused_prompt_is_not(tmp_path: Path) -> None:
    trouble = {"on": True}

    def answer(request: Any, number: int) -> Any:
        if first_prompt(request):
            return refusal(400, "flagged by moderation")
        return refusal(500, "Out of order") if trouble["on"] and number % 3 == 0 else completion(GOOD)

    with scripted(answer) as server:
        first = ask(tmp_path / "run", server.url)
        failed = first["rejected"]["server_error"]
        assert first["rejected"]["content_filter"] == 2 and failed and first["out"] == 6 - failed
        trouble["on"], before = False, len(server.asked)
        assert ask(tmp_path / "run", server.url)["out"] == 6 and len(server.asked) == before + failed
        ask(tmp_path / "run", server.url)
        assert len(server.asked) == before + failed  # finished is a no-op


def test_what_fails_at_the_moment_is_pending_when_samples_are_adaptive(tmp_path: Path) -> None:
    trouble = {"on": True}

    def answer(request: Any, number: int) -> Any:
        if first_prompt(request):
            return refusal(400, "flagged by moderation")
        return refusal(500, "Out of order") if trouble["on"] else completion(GOOD)

    wanted = {"sampling": {"fixed": None, "wanted": 2, "cap": 4}}
    with scripted(answer) as server:
        first = ask(tmp_path / "run", server.url, **wanted)
        assert (first["rejected"], first["pending"]) == ({"content_filter": 4}, 3)
        trouble["on"] = False
        last = ask(tmp_path / "run", server.url, **wanted)
        assert (last["rejected"], last["pending"]) == ({"content_filter": 4}, 0) and last["out"] >= 3


def test_a_top_up_is_all_that_a_run_without_credit_needs(tmp_path: Path) -> None:
    paid = {"for": 3}
    with scripted(
        lambda _, n: completion(GOOD) if n <= paid["for"] else refusal(402, "Insufficient Balance")
    ) as server:
        with pytest.raises(RedStarError, match="Insufficient Balance"):
            ask(tmp_path / "run", server.url)
        before, paid["for"] = len(server.asked), 1000
        assert ask(tmp_path / "run", server.url)["out"] == 8
        assert len(server.asked) == before + 5  # the three that were paid for are not asked for again


def test_a_ledger_of_version_0_1_called_every_refusal_lasting(tmp_path: Path) -> None:
    run, said = (
        tmp_path / "run",
        {"lasting": True, "detail": json.dumps({"error": {"message": "Insufficient Balance"}})},
    )
    with scripted(lambda *_: completion(GOOD)) as server:
        ask(run, server.url)
        with Ledger(run / "ledger.sqlite") as ledger:
            keys = sorted(ledger.keys())
            ledger.database.execute("DELETE FROM responses")
            ledger.add((key, "test", 0, "bad_request", said) for key in keys[:5])
            own = {"lasting": True, "detail": '{"error": "maximum context length exceeded"}'}
            ledger.add((key, "test", 0, "prompt_too_long", own) for key in keys[5:])
        manifest = json.loads((run / "run.json").read_text())
        manifest["counts"]["sample"] = {"in": 8, "out": 0, "rejected": {"bad_request": 8}, "pending": 0}
        del manifest["outputs"]  # which 0.1 did not have
        (run / "run.json").write_text(json.dumps(manifest))
        counts = ask(run, server.url)
        assert len(server.asked) == 8 + 5
        assert (counts["out"], counts["rejected"], counts["ask_again"]) == (5, {"prompt_too_long": 3}, False)


def test_every_try_and_every_token_counts_against_the_bounds(tmp_path: Path) -> None:
    with scripted(lambda *_: completion(None, "length", {"prompt_tokens": 50, "total_tokens": 1050})) as server:
        one = [{"url": server.url, "start": 1, "most": 1}]
        counts = ask(tmp_path / "a", server.url, bounds={"tokens": 2000}, servers=one)
        assert len(server.asked) == 2 and counts["pending"] == 6
    with scripted(lambda *_: refusal(500, "Out of order")) as server:
        one = [{"url": server.url, "start": 1, "most": 1}]
        ask(tmp_path / "b", server.url, bounds={"requests": 4}, servers=one, attempts=2)
        assert len(server.asked) <= 8  # four samples that were under way at the most, and their second tries


def test_an_evaluation_asks_again_for_what_version_0_1_did_not_tell_apart(tmp_path: Path) -> None:
    items = Items(tmp_path, 0)
    items.append([_item("a", "bad_request"), _item("b", "match")])
    items.append([_item("c", "bad_request") | {"said": Reply.failed("bad_request", 0, "No").said}])
    assert set(items.read()) == {("b", 0), ("c", 0)}
    items.append([_item("a", "match")])
    assert items.read()["a", 0]["reason"] == "match"


def _item(id: str, reason: str) -> dict[str, Any]:
    verdict = {"id": id, "sample": 0, "response": "10", "verdict": "undecided", "reason": reason, "extracted": None}
    return verdict | {"tokens": 1, "truncated": False, "seconds": 0.1}
