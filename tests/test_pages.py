"""The documentation as a whole: one way through, no dead link on the site, no figure without the place it is from."""

from __future__ import annotations

import html
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, get_args
from urllib.parse import unquote, urlsplit

import pytest
import yaml
from mkdocs.commands.build import build
from mkdocs.config import load_config

from redstar_geo.benchmarks import library
from redstar_geo.geometry.construct import FAMILIES
from redstar_geo.sources import catalogue
from tests.documents import PAGES, ROOT, name, text

DOCS = ROOT / "docs"
SUMMARIES = [DOCS / page for page in ("decisions.md", "questions.md", "verification.md")]  # figures of other pages
PAPER = ROOT.parent / "shared" / "PAPER.md"  # what the paper says, where the notes of it lie beside
_PURPOSE = re.compile(r"\A# [^\n]+\n\n\*For [^\n]+\.\*\n\n")
_NUMBER = re.compile(r"(?<![\w.,/-])\d+(?:,\d{3})*(?:\.\d+)?(?:e-?\d+)?(?![\w-])")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_CODE = re.compile(r"`[^`]+`")
_BENCH = re.compile(r"python -m tests\.bench|make bench")
_MACHINE = re.compile(r"(?:two|2)\s+(?:\w+\s+)?cores", re.IGNORECASE)
_DATE = re.compile(r"20\d\d-\d\d-\d\d")
WRITTEN_BY_A_BENCH = {"traces"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built by MkDocs; strict: a page that is not listed, or a link that it cannot follow, is an error."""
    folder = tmp_path_factory.mktemp("docs") / "site"
    build(load_config(str(ROOT / "mkdocs.yml"), site_dir=str(folder), strict=True))
    return folder


def test_no_link_of_the_site_is_dead(site: Path) -> None:
    pages = {page.relative_to(site).as_posix(): page for page in site.rglob("*.html")}
    assert {"index.html", "tutorial/index.html", "CONTRIBUTING/index.html", "CHANGELOG/index.html"} <= pages.keys()
    dead = [
        f"{name}: {address}"
        for name, page in pages.items()
        for address in _addresses(page)
        if _is_dead(site, page, address)
    ]
    assert not dead


def _addresses(page: Path) -> Iterator[str]:
    for address in re.findall(r'(?:href|src)="([^"]+)"', text(page)):
        if not urlsplit(address).scheme and not urlsplit(address).netloc:
            yield html.unescape(address)


def _is_dead(site: Path, page: Path, address: str) -> bool:
    path, fragment = unquote(urlsplit(address).path), unquote(urlsplit(address).fragment)
    target = (site / path.lstrip("/") if path.startswith("/") else page.parent / path) if path else page
    target = target / "index.html" if target.is_dir() else target
    if not target.is_file():
        return True
    return bool(fragment) and target.suffix == ".html" and f'id="{fragment}"' not in text(target)


def test_the_site_is_searched(site: Path) -> None:
    """MkDocs' own search: a box on every page, and an index of all of them."""
    index = text(site / "search" / "search_index.json")
    assert 'role="search"' in text(site / "tutorial" / "index.html")
    assert all(f'"location":"{page}/"' in index for page in ("glossary", "decisions", "questions", "licences", "steps"))


def test_one_way_through() -> None:
    """The front page, the tutorial, pages for tasks, pages that explain, reference; each page once."""
    navigation = yaml.safe_load(text(ROOT / "mkdocs.yml"))["nav"]
    assert [title for part in navigation for title in part] == [
        "Start",
        "Tutorial",
        "How to",
        "Understand",
        "Reference",
    ]
    listed = list(_listed(navigation))
    assert listed[:2] == ["index.md", "tutorial.md"] and len(set(listed)) == len(listed)
    front = set(_LINK.findall(text(DOCS / "index.md")))
    missing = [page for page in listed[1:] if page not in front and f"../{page}" not in front]
    assert not missing, "the front page leads to every page"


def _listed(entry: Any) -> Iterator[str]:
    if isinstance(entry, str):
        yield entry
    else:
        for part in entry.values() if isinstance(entry, dict) else entry:
            yield from _listed(part)


@pytest.mark.parametrize("page", sorted(DOCS.glob("*.md")), ids=name)
def test_a_page_begins_with_what_it_is_for(page: Path) -> None:
    assert _PURPOSE.match(text(page)), "below the title: *For …: what it does.*"


def test_words_of_the_glossary_stand_in_order() -> None:
    words = re.findall(r"^\| ([^|]+) \|", text(DOCS / "glossary.md"), re.MULTILINE)[2:]
    assert len(words) > 40 and words == sorted(words, key=str.casefold)


@pytest.mark.parametrize("page", SUMMARIES, ids=name)
def test_figures_of_a_summary_stand_where_it_points(page: Path) -> None:
    """A figure that is said twice is the same twice: each stands in a section that its paragraph's links lead to."""
    strays = [f"{number} ({passage[:60]} …)" for passage in _passages(page) for number in _strays(page, passage)]
    assert not strays


def test_a_figure_from_nowhere_would_be_found() -> None:
    page = DOCS / "decisions.md"
    told = "It agrees with 420 of 425 cases. See [answers](answers.md#agreement-with-other-verifiers-tests)."
    assert list(_strays(page, told)) == ["420"] and list(_strays(page, "It took 3 of 4 hours.")) == ["3", "4"]


def _passages(page: Path) -> list[str]:
    """What a page's links are the places of: sections, their paragraphs that begin in bold, rows of tables."""
    if page.name == "verification.md":
        return [line for line in text(page).splitlines() if line.startswith("| ") and "](" in line]
    parts = re.split(r"^#+ [^\n]*\n", text(page), flags=re.MULTILINE)
    return [
        part
        for section in parts
        for part in re.split(r"^(?=\*\*)", section, flags=re.MULTILINE)
        if not _of_the_paper(part)
    ]


def _of_the_paper(passage: str) -> bool:
    return passage.startswith("**The paper**")


def _strays(page: Path, passage: str) -> Iterator[str]:
    places = "\n".join(_place(page, target) for target in _LINK.findall(passage)) + "".join(_commits(passage))
    there = {number.replace(",", "") for number in _NUMBER.findall(places)}
    for number in _numbers(passage):
        if number.replace(",", "") not in there:
            yield number


def _numbers(passage: str) -> list[str]:
    return _NUMBER.findall(_CODE.sub("", _LINK.sub("", passage)))


def _place(page: Path, target: str) -> str:
    """The text that a link leads to: a page, or the section of it with its sections."""
    path, _, anchor = target.partition("#")
    found = (page.parent / path).resolve() if path else page
    if found.suffix != ".md" or not found.is_file():
        return ""
    return _sections(found)[anchor] if anchor else text(found)


@cache
def _sections(page: Path) -> dict[str, str]:
    parts = re.split(r"^(#+) ([^\n]*)\n", text(page), flags=re.MULTILINE)[1:]
    titles = list(zip(parts[::3], parts[1::3], parts[2::3], strict=True))
    found = {}
    for place, (level, title, _) in enumerate(titles):
        end = next((n for n in range(place + 1, len(titles)) if len(titles[n][0]) <= len(level)), len(titles))
        anchor = re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-")
        found[anchor] = "\n".join(f"{heading}\n{body}" for _, heading, body in titles[place:end])
    return found


def _commits(passage: str) -> Iterator[str]:
    """The messages of the commits that a passage names; without a history, as in an archive, all is believed."""
    for commit in re.findall(r"commit\s+`([0-9a-f]{7})`", passage):
        shown = subprocess.run(["git", "show", "-s", "--format=%B", commit], cwd=ROOT, capture_output=True, text=True)
        yield shown.stdout if shown.returncode == 0 else passage


@pytest.mark.skipif(not PAPER.is_file(), reason="what the paper says does not lie beside the checkout")
def test_what_the_paper_says_is_what_it_says() -> None:
    paper = set(_NUMBER.findall(text(PAPER)))
    parts = re.split(r"^(?=\*\*)", text(DOCS / "questions.md"), flags=re.MULTILINE)
    numbers = [number for part in parts if _of_the_paper(part) for number in _numbers(part)]
    assert len(numbers) > 20 and not [number for number in numbers if number not in paper]


def test_the_front_pages_counts_are_the_codes() -> None:
    kinds = {
        kind for model in get_args(catalogue.PublicSource) for kind in get_args(model.model_fields["kind"].annotation)
    }
    public = kinds - {"exam_file", "folder"} | {"formalgeo7k"}
    counts = {"public data sets": len(public), "families": len(FAMILIES), "benchmarks": len(library.names())}
    for what, count in counts.items():
        assert re.findall(rf"(\d+) {what}", text(ROOT / "README.md")) == [str(count)], what


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_a_benchs_figures_have_their_machine_and_date(page: Path) -> None:
    """Of every section that names a bench: said in it, or once for all above the first section."""
    intro, *sections = re.split(r"^(?=## )", text(page), flags=re.MULTILINE)
    for section in sections:
        if _BENCH.search(section) and page.stem not in WRITTEN_BY_A_BENCH:
            title = f"{name(page)}: {section.splitlines()[0]}"
            assert _MACHINE.search(intro + section), f"{title}: which machine?"
            assert _DATE.search(intro + section), f"{title}: when?"
