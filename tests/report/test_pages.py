"""All static reports are of one design: the answer first, who and what by name, nothing raw, thoughts folded."""

import re

import pytest

from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.report import shown
from redstar_geo.teacher.formal import Style, answer
from tests.report.every import write_all
from tests.report.test_names import Said, raw


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    written = write_all(tmp_path_factory.mktemp("reports"))
    return {name: path.read_text(encoding="utf-8") for name, path in written.items()}


def test_every_report_says_what_it_is_and_answers_first(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        head = re.search(r'<p class="kind">(.*?)</p>\n<h1>(.*?)</h1>', page)
        assert head and head[1].lower().startswith(name[:4]) and head[2], name
        title = re.search(r"<title>(.*?)</title>", page)
        assert title and title[1] == f"{head[1]}: {head[2]}", name
        before = page[page.index("<h1>") : page.index('<p class="lead">')]
        assert len(Said(before).text) < 300 and "<table" not in before, name
    assert "Model: runs/long/model" in pages["evaluation"]
    assert "First: models/before" in pages["comparison"] and "Second: models/after" in pages["comparison"]


def test_nothing_raw_is_on_a_report_and_nothing_from_outside(pages: dict[str, str]) -> None:
    for name, page in pages.items():
        body = re.sub(r"<pre>.*?</pre>|<code.*?</code>", "", page[page.index("<main>") :], flags=re.DOTALL)
        assert [each for each in raw(body) if not each.startswith("step ")] == [], name  # steps of a training
        assert not re.findall(r"""(?:src|href)=["'](?!data:|#|rollouts\.html)""", page) and "<script" not in page, name
        assert not re.search(r'<details class="thoughts" open', page), name
        assert page.count("<table") == page.count('<div class="scroll"><table'), name


def test_mathematics_is_drawn_and_plots_follow_the_page(pages: dict[str, str]) -> None:
    assert "<math" in pages["evaluation"] and "<math" in pages["training"]
    for name in ("training", "evaluation", "comparison", "study"):
        assert "currentColor" in pages[name] and "#000000" not in pages[name], name
    assert "@media print" in pages["data"] and 'class="histogram"' in pages["data"]
    assert pages["data"].count("data:image/png") == 4


def test_only_a_page_with_chinese_brings_its_characters(pages: dict[str, str]) -> None:
    chinese = {name for name, page in pages.items() if re.search("[一-鿿]", page)}
    assert {"evaluation", "training"} <= chinese and "filters" not in chinese
    for name, page in pages.items():
        assert page.count("@font-face") == (name in chinese), name


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("family", FAMILIES)
def test_what_a_family_tells_is_shown_for_people(family: str, language: str) -> None:
    built = construct(family, 4, 7, language)
    told = answer(built.problem, built.proof, Style("long", mistakes=0.5), 0, 0)
    parts = shown.told(f"<think>\n{told['reasoning']}\n</think>\n{told['response']}")
    card = shown.problem_card(built.problem)
    page = f"{parts.thought}{parts.answer}{shown.said(card['question'])}{card['answer']}{card['about']}"
    assert raw(page) == [] and parts.thought and parts.answer
