"""The quickstart: what its report concludes and shows, on answers made up here; and, in long tests, the whole loop."""

import json
import os
import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from redstar_geo.geometry.construct import rebuild
from redstar_geo.models.tiny import TinySize, build_tiny
from redstar_geo.quickstart import FORMS, steps
from redstar_geo.recipe import find
from redstar_geo.records import SCHEMAS, Problem, Trace, read, to_row
from redstar_geo.report.quickstart import write_report
from redstar_geo.run import write_json, write_rows
from redstar_geo.sources import builtin
from redstar_geo.teacher.formal import Style, answer
from tests.train.small import SIZE

CHROMIUM = shutil.which("chromium")
FAMILIES = ["angle_sum", "exterior_angle", "isosceles", "co_interior_angles", "inscribed_angle", "diameter_angle"]
PICTURED, IN_TEXT = 48, 12
MODELS = ("untrained", "short", "long", "swapped")
BAD = "<script>alert(1)</script><img src=x onerror=alert(1)>"


def trace(problem: Problem, form: str) -> Trace:
    told = answer(problem, rebuild(problem).proof, Style(form, 1), 0, 0)  # type: ignore[arg-type]
    return Trace(problem.id, 0, "formal", "request", told["reasoning"], told["response"], "stop")


class Folder:
    """What the runs of a quickstart leave, with as many right answers as a test wants."""

    def __init__(self, path: Path) -> None:
        self.path = path
        asked = [(PICTURED, "picture"), (IN_TEXT, "text")]
        exam = [p for count, kind in asked for p in builtin.problems(FAMILIES, count, 2, [2], "en", kind, "test")]
        taught = list(builtin.problems(FAMILIES, len(FAMILIES), 1, [2], modality="picture"))
        write_rows(path / "exam" / "problems.parquet", SCHEMAS[Problem], map(to_row, exam))
        self.exam = exam
        for form in FORMS:
            write_rows(path / f"data_{form}" / "problems.parquet", SCHEMAS[Problem], map(to_row, taught))
            traces = [trace(problem, form) for problem in taught]
            write_rows(path / f"data_{form}" / "traces.parquet", SCHEMAS[Trace], map(to_row, traces))
            write_json(path / f"data_{form}" / "run.json", {"recipe": {}, "counts": {}, "versions": {"torch": "2"}})
            self.trained(form, 3700)
        write_json(path / "seconds.json", {"exam": 3.0, "sft_long": 250.0})

    def trained(self, form: str, samples: int, minutes: float | None = None) -> None:
        counts = {"in": 3700, "out": 3700, "rejected": {}, "pending": 0}
        manifest = {"recipe": {"epochs": 1, "minutes": minutes}, "counts": {"prepare": counts, "train": counts}}
        manifest["counts"]["train"] = counts | {"samples": samples}
        write_json(self.path / f"sft_{form}" / "run.json", manifest)
        log = [
            {"step": n, "samples": n * samples // 2, "tokens": 900_000, "seconds": 240.4, "loss": 1 / n} for n in (1, 2)
        ]
        (self.path / f"sft_{form}" / "log.jsonl").write_text("".join(json.dumps(line) + "\n" for line in log))

    def answered(self, **right: int) -> None:
        """For each model how many with the values in the picture it gets right; it always reads the text."""
        for name in MODELS:
            left, items = right[name], []
            for problem in self.exam:
                pictured = problem.meta["modality"] == "picture"
                correct = not pictured or left > 0
                left -= pictured
                items.append(self.item(problem, correct))
            self.write(name, items)

    def item(self, problem: Problem, correct: bool) -> dict[str, object]:
        said = rf"<think>\nSo it is.\n</think>\n\n\boxed{{{problem.answer if correct else 7}^\circ}}"
        verdict = {"verdict": "correct" if correct else "wrong", "reason": "", "extracted": "7^\\circ"}
        return {"id": problem.id, "response": said, **verdict, "tokens": 9, "truncated": False}

    def write(self, name: str, items: list[dict[str, object]]) -> None:
        path = self.path / f"eval_{name}" / "items.jsonl"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(item) + "\n" for item in items))


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Folder:
    return Folder(tmp_path_factory.mktemp("quickstart"))


@pytest.fixture
def folder(made: Folder) -> Folder:
    for form in FORMS:
        made.trained(form, 3700)
    made.answered(untrained=2, short=6, long=36, swapped=1)
    return made


def text_of(folder: Folder) -> str:
    return unescape((folder.path / "report.html").read_text()).replace("\u2060", "").replace("\u00a0", " ")


def test_a_model_that_looks_is_told_in_one_paragraph_and_misses_nothing(folder: Folder) -> None:
    conclusion = write_report(folder.path)
    assert conclusion.missed == []
    assert conclusion.sentence == (
        "With the values in the picture alone, 3,700 long chains of thought bring the base from 4 % to 75 % "
        "(61 – 85 %) of 48 unseen problems, as many short ones to 12 % (6 – 25 %). Shown another problem's picture, it "
        "is right on 2 % (0 – 11 %)."
    )
    assert [row[0] for row in conclusion.rows] == [
        "the base, untrained",
        "after short chains",
        "after long chains",
        "after long chains, another's picture",
    ]
    assert [row[2] for row in conclusion.rows] == ["100 % (76 – 100 %)"] * 4
    assert [row[3:] for row in conclusion.rows[1:3]] == [["3,700", "900,000", "240 s"]] * 2
    page = text_of(folder)
    assert conclusion.sentence in page and "does not" not in page


@pytest.mark.parametrize(
    ("right", "missed"),
    [
        ({"long": 28}, "at least 60 %"),
        ({"swapped": 5}, "at most 10 %"),
        ({"short": 30}, "do not overlap"),
        ({"short": 48}, "do not overlap"),
    ],
)
def test_a_bar_that_is_missed_is_said_in_words(folder: Folder, right: dict[str, int], missed: str) -> None:
    folder.answered(**({"untrained": 2, "short": 6, "long": 36, "swapped": 1} | right))
    conclusion = write_report(folder.path)
    assert [missed in bar for bar in conclusion.missed] == [True]
    assert f"This is not as it should be: {conclusion.missed[0]}." in conclusion.sentence
    assert "What it should reach and does not" in (folder.path / "report.html").read_text()


def test_minutes_that_ended_a_training_are_told(folder: Folder) -> None:
    folder.trained("short", 800, minutes=0.5)
    sentence = write_report(folder.path).sentence
    assert "3,700 long chains" in sentence and "800 short ones" in sentence
    assert sentence.endswith(" The short training was stopped after 0.5 minutes, at 800 of 3,700 samples.")
    assert sentence in text_of(folder)


def test_a_problem_without_another_picture_is_asked_only_with_its_own(folder: Folder) -> None:
    folder.write("swapped", [folder.item(problem, False) for problem in folder.exam[1:]])
    write_report(folder.path)
    page = (folder.path / "report.html").read_text()
    assert page.count("<td>after long chains, another&#39;s picture</td>") == len(FAMILIES)  # five, and the table


def test_the_page_shows_six_problems_first_and_no_marks_of_machines(folder: Folder) -> None:
    write_report(folder.path)
    page = (folder.path / "report.html").read_text()
    assert page.count('<img src="data:image/png;base64,') == 2 * len(FAMILIES)  # examples, and what the teacher told
    assert page.index('class="bars"') < page.index('class="examples"') < page.index("<details><summary>All figures")
    assert not re.findall(r"&lt;/?think|\\boxed|\^\\circ", page)
    assert "<script" not in page
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)""", page)


def test_text_from_a_model_stays_text(folder: Folder) -> None:
    items = [folder.item(problem, False) | {"response": BAD, "extracted": BAD} for problem in folder.exam]
    folder.write("short", items)
    write_report(folder.path)
    page = (folder.path / "report.html").read_text()
    assert "<script" not in page and "onerror=alert(1)>" not in page


def test_every_step_is_told_in_words_and_every_recipe_is_there(tmp_path: Path) -> None:
    planned = list(steps(tmp_path, "base", 3700, None, 320))
    assert len(planned) == 6
    assert planned[1].words == "the teacher tells 3,700 proofs, each as a short and as a long chain of thought"
    changes = {task.folder: task.changes for step in planned for task in step.tasks}
    for step in planned:
        for task in step.tasks:
            find(task.recipe)
    assert (
        changes["data_short"][1:]
        == changes["data_long"][1:]
        == ["sources.picture.count=2775", "sources.text.count=925"]
    )
    assert "pictures=swapped" in changes["eval_swapped"] and "pictures=own" in changes["eval_long"]


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.skipif(CHROMIUM is None, reason="no chromium: apt-get install chromium")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1200, 390])
def test_the_report_opens_in_a_browser_and_fits_the_screen(folder: Folder, width: int, scheme: str) -> None:
    from playwright.sync_api import sync_playwright

    write_report(folder.path)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
        requests: list[str] = []
        page.on("request", lambda request: requests.append(request.url))
        page.goto((folder.path / "report.html").as_uri())
        fits = "document.documentElement.scrollWidth <= window.innerWidth"
        assert page.evaluate(fits)
        bars = [each.bounding_box() for each in page.locator(".fill").all()]
        tracks = [each.bounding_box() for each in page.locator(".track").all()]
        shares = [bar["width"] / track["width"] for bar, track in zip(bars, tracks, strict=True) if bar and track]
        assert [round(100 * share) for share in shares] == [4, 12, 75, 2]
        assert page.locator(".examples img:visible").count() == len(FAMILIES)
        page.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert page.evaluate(fits), "unfolded"
        assert page.evaluate("[...document.images].every(image => image.complete && image.naturalWidth > 100)")
        assert not [url for url in requests if not url.startswith(("file:", "data:"))]
        browser.close()


@pytest.fixture(scope="module")
def quickstart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """From a model that knows nothing, which so few samples teach nothing: what it must reach it does not."""
    folder = tmp_path_factory.mktemp("runs")
    run, base = folder / "quickstart", folder / "stand_in"
    words = ["So ∠ABC = 40° and the sum is 180°; wanted: ∠ACB. To be sure, put it in. It holds.", "0123456789"]
    build_tiny(base, words, TinySize.model_validate(SIZE), seed=0)
    command = [sys.executable, "-m", "redstar_geo", "quickstart", "--run", str(run), "--model", str(base)]
    command += ["--samples", "48", "--exam", "24"]
    environment = os.environ | {"HF_HUB_OFFLINE": "1", "COLUMNS": "120"}
    ended = subprocess.run(command, capture_output=True, text=True, env=environment)
    (run / "stdout").write_text(ended.stdout)
    (run / "stderr").write_text(ended.stderr)
    assert ended.returncode == 1, ended.stderr
    return run


@pytest.mark.long
@pytest.mark.timeout(1800)
class TestTheWholeLoop:
    def test_it_ends_with_one_table_one_paragraph_and_what_comes_next(self, quickstart: Path) -> None:
        lines = (quickstart / "stdout").read_text().splitlines()
        rows = [[cell.strip() for cell in line.strip("│").split("│")] for line in lines if line.startswith("│")]
        assert [row[3] for row in rows if row[3]] == ["–", "48", "48", "–"]
        assert sum("━" in line for line in lines) == 2, "one table"
        assert lines[-4].startswith("With the values in the picture alone, 48 long chains of thought bring the base ")
        assert "not as it should be: after long chains at least 60 % should be right; short chains" in lines[-4]
        assert lines[-3].split() == ["Report", f"{quickstart}/report.html"]
        assert lines[-2].endswith(f"--against {quickstart.parent}/stand_in --run {quickstart}")
        assert "docs/tutorial.md" in lines[-1]

    def test_it_says_which_step_it_is_at_and_no_library_warns(self, quickstart: Path) -> None:
        said = (quickstart / "stderr").read_text()
        assert re.findall(r"(\d) of 6: (?:an exam|the teacher|the base|the exam)", said) == list("123456")
        assert "Warning" not in said, said

    def test_the_exam_shares_no_numbers_and_no_picture_with_training(self, quickstart: Path) -> None:
        taught = list(read(Problem, quickstart / "data_long" / "problems.parquet"))
        exam = list(read(Problem, quickstart / "exam" / "problems.parquet"))
        assert {p.meta["family"] for p in exam} == set(FAMILIES) == {p.meta["family"] for p in taught}
        assert [sum(p.meta["modality"] == "text" for p in each) for each in (taught, exam)] == [12, 6]

        def numbers(problems: list[Problem]) -> set[tuple]:
            return {(p.meta["family"], *sorted(p.meta["numbers"])) for p in problems}

        assert not numbers(taught) & numbers(exam)
        assert not {p.images[0].sha256 for p in taught} & {p.images[0].sha256 for p in exam}

    def test_both_forms_teach_the_same_problems(self, quickstart: Path) -> None:
        short, long = (list(read(Problem, quickstart / f"data_{form}" / "problems.parquet")) for form in FORMS)
        assert short == long

    def test_every_item_of_every_exam_is_scored(self, quickstart: Path) -> None:
        for name in MODELS:
            scores = json.loads((quickstart / f"eval_{name}" / "scores.json").read_text())
            assert scores["n"] == sum(scores["verdicts"].values()) == sum(f["n"] for f in scores["by_family"].values())
            assert scores["n"] + scores["rejected"].get("no_other_picture", 0) == 24

    def test_the_vision_tower_stays_as_it_was_and_the_rest_learns(self, quickstart: Path) -> None:
        from safetensors.torch import load_file

        before = load_file(quickstart.parent / "stand_in" / "model.safetensors")
        after = load_file(quickstart / "sft_long" / "model" / "model.safetensors")
        moved = {name for name, weight in before.items() if not weight.equal(after[name])}
        assert moved and all(("visual.merger" in name) or ("visual" not in name) for name in moved)
        assert not [name for name in before if "visual.blocks" in name and name in moved]
