"""The whole loop in small: the command runs, its report opens in a browser, is self-contained and fits a phone."""

import io
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from redstar_geo.records import Problem, read
from redstar_geo.report.page import write_page
from redstar_geo.report.quickstart import write_report

pytestmark = [pytest.mark.long, pytest.mark.timeout(1800)]  # the fixture runs the whole loop, on busy cores too
CHROMIUM = shutil.which("chromium")


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    run = tmp_path_factory.mktemp("runs") / "quickstart"
    command = [sys.executable, "-m", "redstar_geo", "quickstart", "--run", str(run)]
    command += ["--problems", "160", "--samples", "240", "--exam", "24"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "COLUMNS": "120"}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    (run / "stdout").write_text(ended.stdout)
    (run / "stderr").write_text(ended.stderr)
    assert ended.returncode == 1, ended.stderr  # so few samples teach neither form anything
    return run


def test_it_ends_with_one_table_one_sentence_and_what_comes_next(quickstart: Path) -> None:
    lines = (quickstart / "stdout").read_text().splitlines()
    cells = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if line.startswith("│")]
    assert [row[0] for row in cells] == ["untrained", "short", "long"]
    assert [row[-1] for row in cells] == ["–", "240", "240"]
    assert sum("━" in line for line in lines) == 2, "one table"
    assert lines[-3].startswith("Long chains of thought are not shown to be above short ones on 24 unseen problems: ")
    assert lines[-2] == f"Open {quickstart}/report.html"
    assert lines[-1] == f"Try  redstar-geo app --model {quickstart}/sft_long/model --run {quickstart}/data_long"


def test_it_says_which_step_it_is_at_and_no_library_warns(quickstart: Path) -> None:
    said = (quickstart / "stderr").read_text()
    assert re.findall(r"(\d) of 8: (?:make|train|evaluate)", said) == list("12345678")
    assert "Warning" not in said, said


def test_long_is_above_short_where_the_intervals_are_apart(quickstart: Path, tmp_path: Path) -> None:
    run = shutil.copytree(quickstart, tmp_path / "run")
    _score(run, "short", {"accuracy": 0.3, "low": 0.2, "high": 0.4})
    for low, high, said in ((39, 60, "are not shown to be above"), (41, 60, "are above"), (0, 19, "are below")):
        _score(run, "long", {"accuracy": (low + high) / 200, "low": low / 100, "high": high / 100})
        conclusion = write_report(run)
        assert conclusion.long_is_above == (said == "are above")
        assert conclusion.sentence.startswith(f"Long chains of thought {said} short ones on 24 unseen problems: ")
        assert f" % ({low} % – {high} %) against 30 % (20 % – 40 %); the 95 % intervals " in conclusion.sentence
        assert conclusion.sentence in (run / "report.html").read_text()


def test_minutes_that_ended_a_training_are_told(quickstart: Path, tmp_path: Path) -> None:
    run = shutil.copytree(quickstart, tmp_path / "run")
    path = run / "sft_long" / "run.json"
    manifest = json.loads(path.read_text())
    manifest["recipe"]["minutes"] = 0.5
    manifest["counts"]["train"]["samples"] = 80
    path.write_text(json.dumps(manifest))
    said = "The long training was stopped after 0.5 minutes, at 80 of 240 samples."
    assert write_report(run).sentence.endswith(said)
    assert said in (run / "report.html").read_text()


def _score(run: Path, name: str, accuracy: dict[str, float]) -> None:
    path = run / f"eval_{name}" / "scores.json"
    scores = json.loads(path.read_text())
    path.write_text(json.dumps(scores | {"of_all": accuracy | {"n": 24}}))


def test_the_exam_shares_no_numbers_and_no_picture_with_training(quickstart: Path) -> None:
    taught = list(read(Problem, quickstart / "data_long" / "problems.parquet"))
    exam = list(read(Problem, quickstart / "exam" / "problems.parquet"))
    assert len({p.meta["family"] for p in exam}) >= 4

    def numbers(problems: list[Problem]) -> set[tuple]:
        return {(p.meta["family"], *sorted(p.meta["numbers"])) for p in problems}

    assert not numbers(taught) & numbers(exam)
    assert not {p.images[0].sha256 for p in taught} & {p.images[0].sha256 for p in exam}


def test_both_forms_teach_the_same_problems(quickstart: Path) -> None:
    short, long = (list(read(Problem, quickstart / f"data_{form}" / "problems.parquet")) for form in ("short", "long"))
    assert short == long


def test_every_item_of_every_exam_is_scored(quickstart: Path) -> None:
    for name in ("untrained", "short", "long"):
        scores = json.loads((quickstart / f"eval_{name}" / "scores.json").read_text())
        assert scores["n"] == sum(scores["verdicts"].values()) == sum(f["n"] for f in scores["by_family"].values())


def test_the_report_holds_what_it_should_and_nothing_from_outside(quickstart: Path) -> None:
    page = (quickstart / "report.html").read_text()
    assert "Long against short" in page and "Learning curves" in page
    assert page.count("<svg") == 2
    assert "<script" not in page
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)""", page)
    first = re.search(r'src="data:image/png;base64,([^"]+)"', page)
    assert first is not None


def test_a_picture_opens_and_shows_a_drawing(quickstart: Path) -> None:
    problem = next(read(Problem, quickstart / "exam" / "problems.parquet"))
    with Image.open(io.BytesIO(problem.images[0].data)) as picture:
        pixels = np.asarray(picture.convert("L"))
    dark = (pixels < 100).mean()
    assert 0.002 < dark < 0.2
    assert (pixels[0] > 250).all() and (pixels[:, 0] > 250).all()


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium")
@pytest.mark.parametrize("width", [1200, 390])
def test_the_report_opens_in_a_browser_and_fits_the_screen(quickstart: Path, width: int) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": 900})
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto((quickstart / "report.html").as_uri())
        assert page.title() == "RedStar-Geo quickstart"
        assert page.locator("table").first.is_visible()
        assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 100)")
        assert not [url for url in requests if not url.startswith(("file:", "data:"))]
        browser.close()


def test_text_from_a_model_stays_text(tmp_path: Path) -> None:
    bad = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    card = {"picture": "data:,", "family": bad, "question": bad, "answer": bad, "difficulty": 1, "id": bad}
    card["traces"] = [{"name": bad, "text": bad, "status": "wrong", "reason": bad}]
    empty = {key: "" for key in ("headline", "train_problems", "exam_problems", "shared_numbers", "shared_pictures")}
    empty |= {key: "" for key in ("comparison_plot", "learning_plot", "machine", "seconds", "versions")}
    write_page(tmp_path / "r.html", "quickstart.html", rows=[], families=[], lessons=[card], answers=[card], **empty)
    page = (tmp_path / "r.html").read_text()
    assert "<script" not in page and "onerror=alert(1)>" not in page
