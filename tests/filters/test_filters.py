"""All filters: reasons are ordered and short, hostile texts are fast, hand labels are met, the report is safe."""

import pickle
import re
from pathlib import Path

import pytest

from redstar_geo.filters import Filters, reasons, reject
from redstar_geo.records import Trace
from redstar_geo.report.filters import write_report
from tests.bench.filters import LABELS, labelled, measured, narrations
from tests.growth import linear

THOUGHTS = "The sides are 3 and 4, so the diagonal is 5, by the theorem of Pythagoras for right triangles. "


def test_reject_gives_the_first_of_all_reasons() -> None:
    trace = Trace("", 0, "", "", "所以斜边是五，不对，让我再想一想。" * 30, "", "length")
    found = reasons(trace, question="", language="en")
    assert [rejection.reason for rejection in found] == [
        "truncated",
        "no final answer",
        "loop at the end",
        "other language",
    ]
    assert reject(trace, question="", language="en") == found[0]
    assert all(len(rejection.detail) <= 120 and "\n" not in rejection.detail for rejection in found)


def test_the_settings_may_ask_for_another_language_than_the_problems() -> None:
    trace = Trace("", 0, "", "", THOUGHTS, "\\boxed{5}", "stop")
    assert reject(trace, question="", language="zh") is not None
    settings = pickle.loads(pickle.dumps(Filters(language="en")))
    assert reject(trace, question="", language="zh", settings=settings) is None


def test_an_empty_trace_has_a_reason() -> None:
    found = reject(Trace("", 0, "", "", "", "", "stop"), question="", language="en")
    assert found is not None and found.reason == "no final answer"


@pytest.mark.parametrize(
    "unit",
    ["$", "$$a", "\\(", "\\[", "`", "(孙", "因", "Ж ", "<|", "\\boxed{", "answer is ", "I'm sorry ", "aA1 ", "\ud800"],
)
def test_hostile_texts_cost_no_more_than_their_length(unit: str) -> None:
    def work(size: int) -> None:
        text = unit * (size // len(unit))
        for trace in (Trace("", 0, "", "", text, "\\boxed{5}", "stop"), Trace("", 0, "", "", THOUGHTS, text, "stop")):
            reasons(trace, question="Find the diagonal.", language="zh")

    assert linear(work, 20_000)
    work(200_000)


def test_labels_given_by_hand_are_met() -> None:
    rows = labelled()
    figures = measured(rows)
    assert all(figures[label]["recall"]["of"] == 50 for label in LABELS)
    assert figures["rejected"]["share"] >= 0.98
    assert min(figures[label]["recall"]["share"] for label in LABELS) >= 0.94


def test_narrations_raise_no_alarm() -> None:
    for asked, trace in narrations(100):
        assert reasons(trace, question=asked.question, language=asked.language, domain=asked.domain) == ()


def test_the_report_counts_and_escapes(tmp_path: Path) -> None:
    path = tmp_path / "filters.html"
    shown = [(f"problem/{n}", f"<script>alert({n})</script>") for n in range(7)]
    write_report(path, {"truncated": 30, "loop at the end": 120}, {"loop at the end": shown}, 1_000)
    page = path.read_text(encoding="utf-8")
    assert "850 of 1,000" in page and "12.00 %" in page and "3.00 %" in page
    assert page.index("loop at the end") < page.index("the answer was cut off")
    assert "<script" not in page and page.count("&lt;script&gt;") == 5
    assert not re.findall(r"""(?:src|href)=["'](?!data:|#)""", page)
