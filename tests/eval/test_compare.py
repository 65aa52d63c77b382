"""Two evaluations compared: figures that can be checked by hand, a page that is safe, and what is refused."""

import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from redstar_geo.cli import app
from redstar_geo.errors import InputError
from redstar_geo.eval.compare import main
from redstar_geo.eval.run import main as evaluate
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.recipes.evaluation import CompareRecipe, EvalRecipe
from redstar_geo.records import Problem
from redstar_geo.run import Counts, open_run
from redstar_geo.scores import accuracy
from tests.train.small import SIZE, problem, trace, write_problems

PROBLEMS = [problem(number) for number in range(1, 21)]
BAD = "<script>alert(1)</script><img src=x onerror=alert(1)>"
REASONS = {"correct": "match", "wrong": "different", "undecided": "truncated"}


def item(of: Problem, verdict: str, said: str = "so", sample: int = 0) -> dict[str, Any]:
    return {
        "id": of.id,
        "sample": sample,
        "response": f"{said} \u2028 it is.",  # a line end to some, not to JSON Lines
        "verdict": verdict,
        "reason": REASONS[verdict],
        "extracted": None if verdict == "undecided" else of.answer,
        "tokens": 12,
        "truncated": verdict == "undecided",
        "seconds": 0.1,
    }


@pytest.fixture
def run(tmp_path):
    """Writes a finished evaluation: `verdicts` are C(orrect), W(rong) or U(ndecided), a problem each or several."""

    def write(name, verdicts, problems=PROBLEMS, said="so", finished=True, **changes):
        path = write_problems(tmp_path / f"{name}.parquet", problems)
        recipe = {
            "run": name,
            "model": f"models/{name}",
            "problems": str(path),
            "max_new_tokens": 64,
            "seed": 0,
        } | changes
        words = {word[0].upper(): word for word in REASONS}
        folder = tmp_path / name
        with open_run(folder, recipe, {str(path): _sha256(path)}) as opened:
            pairs = zip(problems, verdicts, strict=True)
            lines = [item(each, words[v], said, n) for each, vs in pairs for n, v in enumerate(vs)]
            text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
            opened.path("items.jsonl").write_text(text, encoding="utf-8")
            if finished:
                opened.finish("evaluate", Counts(in_=len(problems), out=len(problems)))
        return str(folder)

    return write


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def compared(tmp_path):
    return lambda first, second, **changes: main(
        CompareRecipe(first=first, second=second, run=str(tmp_path / "compared"), **changes)
    )


def test_the_figures_are_those_of_the_items(run, compared, tmp_path):
    first = run("first", ["C"] * 8 + ["W"] * 10 + ["U"] * 2)
    second = run("second", ["C"] * 6 + ["W"] * 2 + ["C"] * 8 + ["W"] * 2 + ["C", "U"])
    found = compared(first, second)
    assert found == json.loads((tmp_path / "compared" / "compare.json").read_text())
    assert found["first"]["of_all"] == accuracy(8, 20).as_dict()
    assert found["second"]["of_all"] == accuracy(15, 20).as_dict()
    assert found["first"]["of_completed"] == accuracy(8, 18).as_dict()
    table = found["mcnemar"]
    assert (table["both"], table["first_only"], table["second_only"], table["neither"]) == (6, 2, 9, 3)
    assert table["p_value"] == pytest.approx(2 * (1 + 11 + 55) / 2**11)
    assert found["difference"]["value"] == pytest.approx(7 / 20)
    assert 0 < found["difference"]["low"] < 7 / 20 < found["difference"]["high"] < 1
    assert found["verdicts"]["undecided"] == {"correct": 1, "undecided": 1}
    assert sum(sum(row.values()) for row in found["verdicts"].values()) == 20
    assert found["flips"]["lost"] == [each.id for each in PROBLEMS[6:8]]
    assert found["flips"]["gained"] == [each.id for each in [*PROBLEMS[8:16], PROBLEMS[18]]]
    assert sum(group["n"] for group in found["difference_by_group"].values()) == 20


def test_the_other_way_round_it_is_the_negative(run, compared):
    first, second = run("first", ["C"] * 5 + ["W"] * 15), run("second", ["W"] * 2 + ["C"] * 9 + ["U"] * 9)
    there, back = compared(first, second), compared(second, first)
    assert there["difference"]["value"] == -back["difference"]["value"]
    assert there["mcnemar"]["p_value"] == back["mcnemar"]["p_value"]
    assert (there["flips"]["gained"], there["flips"]["lost"]) == (back["flips"]["lost"], back["flips"]["gained"])


def test_several_attempts_compare_by_their_share(run, compared, tmp_path):
    found = compared(run("first", ["CW"] * 10 + ["WW"] * 10), run("second", ["CC"] * 10 + ["WU"] * 10))
    assert found["difference"]["value"] == pytest.approx(0.25)
    assert found["mcnemar"] is None and found["verdicts"] is None
    assert len(found["flips"]["gained"]) == 10 and not found["flips"]["lost"]
    page = (tmp_path / "compared" / "compare.html").read_text()
    assert "McNemar's test does not apply" in page and "1 of 2 right" in page and "2 of 2 right" in page


@pytest.mark.parametrize(
    ("second", "better", "unsaid"),
    [
        (["C"] * 14 + ["W"] * 6, "The second is better: 70.0 % in the second", "holds on other kinds of problems"),
        (["W"] * 20, "The first is better: 0.0 % in the second", "holds on other kinds of problems"),
        (["C"] * 5 + ["W"] * 15, "Neither is shown to be better", "It cannot be said which is better"),
    ],
)
def test_the_command_says_who_is_better_what_flipped_and_what_cannot_be_said(
    run, tmp_path, monkeypatch, second, better, unsaid
):
    first, second = run("first", ["C"] * 4 + ["W"] * 16), run("second", second)
    monkeypatch.chdir(tmp_path.parent)
    printed = CliRunner().invoke(app, ["compare", first, second])
    which, flipped, cannot, page = printed.output.splitlines()
    assert which.startswith(better) and "(95 % interval " in which and "McNemar p = " in which
    gained, lost = re.findall(r"on (\d+) problems, the first on (\d+)", flipped)[0]
    flips = json.loads(CliRunner().invoke(app, ["compare", first, second, "--json"]).output)["flips"]
    assert (int(gained), int(lost)) == (len(flips["gained"]), len(flips["lost"]))
    assert unsaid in cannot
    assert page == f"Report: {tmp_path}/first_against_second/compare.html" and Path(page[len("Report: ") :]).is_file()


def test_the_page_shows_pictures_and_both_traces_and_runs_nothing(run, compared, tmp_path):
    bad = [Problem(**{**vars(each), "question": each.question + BAD}) for each in PROBLEMS]
    first = run("first", ["W"] * 20, bad, said=BAD)
    second = run("second", ["C"] * 12 + ["W"] * 8, bad, said="y" * 30_000)
    compared(first, second, shown=5)
    page = (tmp_path / "compared" / "compare.html").read_text().replace("\u00a0", " ")
    assert "<script" not in page and "onerror=alert(1)>" not in page
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)""", page)
    assert page.count("data:image/png;base64,") == 5
    assert "12 problems, 5 shown" in page and "0 problems" in page
    assert page.count("verdict wrong") == page.count("verdict correct") == 5
    assert "10,009 characters left out" in page and len(page) < 500_000
    assert "60.0 % in the second against 0.0 % in the first on the same 20 problems, +60.0 points" in page


def test_other_problems_are_refused_and_counted(run, compared):
    first = run("first", ["C"] * 20)
    with pytest.raises(InputError, match=r"5 problems only in the first \(small/16, small/17, small/18, …\)"):
        compared(first, run("fewer", ["C"] * 15, PROBLEMS[:15]))
    other = [Problem(**{**vars(each), "answer": "1"}) for each in PROBLEMS[:3]] + PROBLEMS[3:]
    with pytest.raises(InputError, match="3 problems have other questions, answers or pictures"):
        compared(first, run("other", ["C"] * 20, other))
    with pytest.raises(InputError, match="20 problems have other numbers of attempts"):
        compared(first, run("twice", ["CC"] * 20))


def test_other_settings_are_refused_and_another_model_is_not(run, compared):
    first = run("first", ["C"] * 20)
    with pytest.raises(InputError, match="max_new_tokens is 64 in the first, 128 in the second"):
        compared(first, run("longer", ["C"] * 20, max_new_tokens=128))
    assert compared(first, run("model", ["C"] * 20, batch_size=4))["difference"]["value"] == 0


def test_a_key_that_one_versions_recipes_lack_has_its_default(run, compared):
    earlier = run("earlier", ["C"] * 20)
    assert compared(earlier, run("later", ["C"] * 20, top_p=1.0, temperature=0.0))["difference"]["value"] == 0
    with pytest.raises(InputError, match=r"top_p is 1\.0 in the first, 0\.9 in the second"):
        compared(earlier, run("set", ["C"] * 20, top_p=0.9))


def test_what_is_no_finished_evaluation_is_named(run, compared, tmp_path):
    first = run("first", ["C"] * 20)
    with pytest.raises(InputError, match=r"has no run\.json"):
        compared(first, str(tmp_path))
    with pytest.raises(InputError, match="no finished evaluation"):
        compared(first, run("half", ["C"] * 20, finished=False))
    strange = run("strange", ["C"] * 20)
    with (Path(strange) / "items.jsonl").open("a") as items:
        items.write(json.dumps(item(problem(99), "correct")) + "\n")
    with pytest.raises(InputError, match="1 items of no problem"):
        compared(first, strange)
    write_problems(tmp_path / "first.parquet", PROBLEMS[:19])
    with pytest.raises(InputError, match="another file now"):
        compared(first, run("second", ["C"] * 20))
    (tmp_path / "first.parquet").unlink()
    with pytest.raises(InputError, match="not there"):
        compared(first, run("third", ["C"] * 20))


def test_two_real_evaluations_compare(tmp_path, compared):
    few = PROBLEMS[:4]
    path = write_problems(tmp_path / "problems.parquet", few)
    runs = []
    for seed in (0, 1):
        model = tmp_path / f"model_{seed}"
        build_tiny(model, [each.question + trace(each) for each in few], TinySize(**SIZE), seed=seed)
        runs.append(str(tmp_path / f"run_{seed}"))
        values = {"run": runs[-1], "model": str(model), "problems": str(path), "dtype": "float32", "max_new_tokens": 8}
        evaluate(EvalRecipe(**values))
    found = compared(*runs)
    assert found["problems"] == 4 and found["first"]["attempts"] == found["second"]["attempts"] == 4
    assert found["mcnemar"]["neither"] == 4 and found["mcnemar"]["p_value"] == 1.0
