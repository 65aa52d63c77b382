"""Whatever a text says, the page shows it and does none of it."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from redstar_geo.report.formula import formula
from redstar_geo.report.text import Marked, excerpt, to_html

MATH = r"math|m[a-z]+|none"
PAYLOADS = (
    "<script>window.taken = 1</script>",
    "<img src=x onerror='window.taken = 1'>",
    "<svg onload='window.taken = 1'>",
    "<iframe src='javascript:parent.taken = 1'></iframe>",
    "<style>* { display: none }</style>",
    "<a href='javascript:window.taken = 1'>x</a>",
    "<link rel=stylesheet href=http://example.org/x.css>",
    "![x](http://example.org/x.png)",
    "&lt;script&gt;window.taken = 1&lt;/script&gt;",
    "</div></div></body><script>window.taken = 1</script>",
)
WRAPPED = ("{}", "${}$", r"\({}\)", r"\[\text{{{}}}\]", r"$\href{{javascript:window.taken=1}}{{{}}}$")
HOSTILE = [frame.format(payload) for frame in WRAPPED for payload in PAYLOADS]


class Elements(HTMLParser):
    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.shown = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.shown += data


def harmless(page: str) -> bool:
    return all(
        re.fullmatch(rf"{MATH}|code|mark|b|strong", tag)
        and not any(re.match("on|href|src|style", name) for name in attributes)
        for tag, attributes in Elements(page).found
    )


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_make_no_element(text: str) -> None:
    assert harmless(to_html(text))


@given(st.text(alphabet=st.sampled_from("<>&\"'$\\{}()[]^_ ab1=/\n∠")) | st.text(max_size=80))
def test_any_text_is_harmless_and_without_formulas_stands_as_it_is(text: str) -> None:
    page = to_html(text)
    assert harmless(page)
    if not re.search(r"[$\\*#`-]", text) and "\r" not in text and "\0" not in text:
        assert Elements(page).shown == text


@given(st.text(alphabet=st.sampled_from("ab$\\() =<"), max_size=60), st.integers(0, 60), st.integers(1, 20))
def test_marks_never_break_a_formula(text: str, start: int, length: int) -> None:
    end = min(len(text), start + length)
    if start >= end:
        return
    page = to_html(text, [Marked(start, end, "true", (0,))])
    assert harmless(page) and page.count("<mark") == page.count("</mark>") <= 1
    assert harmless(excerpt(text, start, end))


def test_markdown_is_shown_as_meant_and_powers_stay() -> None:
    page = to_html("### Step **1**\n- **∠A = $x$** is `y`\n2**3 and a ** b\n---\n**Answer:** 5")
    assert Elements(page).shown == "Step 1\n• ∠A = x is y\n2**3 and a ** b\n⸻\nAnswer: 5"
    assert "<strong>Step </strong>" in page and "<b>Answer:</b>" in page and "<code>y</code>" in page


def test_latex_outside_of_formulas_is_drawn() -> None:
    page = to_html(r"\angle ABC = 58^\circ, \frac{1}{\sqrt{2}} \times 3, 60^{\circ}, \text{so} \triangle ABC")
    assert "\\" not in page and "58°" in page and "60°" in page and "<mfrac>" in page and "∠" in page


def test_formulas_are_drawn_and_money_is_not() -> None:
    page = to_html(r"\(\frac{1}{2}\), $x^2$, \[y\], ∠A = \boxed{58^\circ}; 5 $ and 6 $, $5 and $6")
    assert page.count("<math") == 4 and "<mfrac>" in page and 'class="boxed"' in page
    assert "5 $ and 6 $, $5 and $6" in page


@pytest.mark.parametrize("latex", [r"\def\a{\a\a}\a", r"\newcommand{\a}{x}\a", "{" * 1000, r"\frac", "x" * 5000])
def test_what_cannot_be_drawn_stands_as_its_source(latex: str) -> None:
    assert formula(latex).startswith("<code>")
