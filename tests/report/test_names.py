"""Nothing that a machine calls by its name, and no Markdown or LaTeX, reaches a page: every family, both languages."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import pytest

from redstar_geo.geometry.claims import Facts, judge
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.narrate.theorems import PHRASES, phrase
from redstar_geo.geometry.proof import Step
from redstar_geo.report import names
from redstar_geo.teacher.formal import Style, answer
from redstar_geo.verdict import Verdict
from redstar_geo.viewing.cards import answer_card, problem_card, status_line, verdict_badge
from redstar_geo.viewing.judged import asserted, steps_panel
from redstar_geo.viewing.live_reply import LiveReply
from redstar_geo.viewing.words import LABELS, words
from tests.paths import DOZEN

LANGUAGES = ("en", "zh")
RAW = re.compile(
    r"[a-zA-Z]_[a-zA-Z]|[A-Z][a-z]+[A-Z]\w*\(|\*\*|\\[a-z]+|\$|^#{1,6} |step \d|</?think>|no_\w", re.MULTILINE
)
CHINESE = re.compile(r"[一-鿿]")


class Said(HTMLParser):
    """What a person reads on a piece of a page; ids of problems stand apart."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.text, self._hidden = "", ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("style", "script") or ("class", "id") in attrs:
            self._hidden = tag

    def handle_endtag(self, tag: str) -> None:
        self._hidden = "" if tag == self._hidden else self._hidden

    def handle_data(self, data: str) -> None:
        self.text += "" if self._hidden else data


def raw(page: str) -> list[str]:
    return RAW.findall(Said(page).text)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_raw_is_on_the_page_of_a_family(family: str, language: str) -> None:
    built = construct(family, 3, 6, language)
    said = words({"en": "en", "zh": "zh-CN"}[language])
    style = Style("long", mistakes=0.5)
    told = answer(built.problem, built.proof, style, 0, 0)
    parts = told["reasoning"].strip(), told["response"].strip()
    judged = judge("\n".join(parts), Facts(built.proof, (built.figure,)))
    steps = {
        number: phrase(move.theorem, move.args, language)  # type: ignore[arg-type]
        for number, move in enumerate(built.proof.moves, 1)
        if isinstance(move, Step)
    }
    reply = LiveReply("formal, long", content=f"<think>{parts[0]}</think>{parts[1]}")
    reply.verdict = Verdict("wrong", "different", "7^\\circ")
    reply.end("done")
    page = "".join(
        (
            problem_card(built.problem, said, gold=True),
            status_line(reply, said),
            answer_card(built.problem, reply, said),
            steps_panel(parts, asserted(judged), (built.figure,), said, steps),
        )
    )
    assert raw(page) == []
    whys = "".join(re.findall(r'<div class="why .*?</div>', page))
    if language == "zh":
        assert not re.search("[a-z]{3,}", re.sub(r"sin|cos|tan|arc", "", Said(whys).text)), whys


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_family_theorem_reason_and_verdict_has_a_name(language: str) -> None:
    said = words({"en": "en", "zh": "zh-CN"}[language])
    assert set(names.FAMILIES) == set(FAMILIES)
    theorems = [*PHRASES["en"], *names.THEOREMS]
    told = [names.family(name, language) for name in FAMILIES]
    told += [names.theorem(name, language) for name in theorems]
    told += [names.reason(name, language) for name in names.VERDICTS]
    told += [names.no_proof(name, language) for name in ("no_formal_statement", "goal_not_reached", "wrong_value")]
    told += [names.status(name, language) for name in ("true", "false", "unproven", "withdrawn")]
    told += [said[name] for name in ("correct", "wrong", "rejected", "undecided")]
    assert all(told)
    assert not [
        each for each in told if RAW.search(each) or "{" in each or (language == "zh") != bool(CHINESE.search(each))
    ]


def test_formalgeos_theorems_have_names_too() -> None:
    """A name that is not worded would be told from itself."""
    gdl = json.loads((DOZEN / "gdl" / "theorem_GDL.json").read_text(encoding="utf-8"))
    for signature in gdl:
        name = signature.partition("(")[0]
        assert names.theorem(name, "zh") != name.replace("_", " ") and CHINESE.search(names.theorem(name, "zh"))


REASONS = [
    ("true", "given"),
    ("true", "step 3: triangle_property_angle_sum"),
    ("true", "step 4"),
    ("true", "step 4; given"),
    ("true", "arithmetic"),
    ("true", "figure"),
    ("true", "equations of the proof"),
    ("true", "equation of the text"),
    ("true", "solver"),
    ("false", "arithmetic: 57 against 58"),
    ("false", "figure: 57 against 58.2"),
    ("false", "figure"),
    ("false", "given; step 3: mirror_congruent_triangle_property_line_equal: 1/2 against 3"),
    ("unproven", "the givens do not determine it"),
    ("unproven", "not among the facts of the proof"),
    ("unproven", "unknown: LengthOfLine(AC)"),
    ("unproven", "no statement: 'Equal(x)' has too few parts"),
    ("unproven", "no reading"),
    ("unproven", "beyond the 2000 readings that are tried of one text"),
    ("withdrawn", "false, mended: step 2: cosine_theorem: 57 against 58"),
    ("withdrawn", "false: arithmetic: 57 against 58"),
    ("withdrawn", "true: given"),
]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("decided", "reason"), REASONS)
def test_a_reason_is_a_sentence(decided: str, reason: str, language: str) -> None:
    said = names.why(decided, reason, language)
    assert said.endswith("." if language == "en" else "。") and not RAW.search(said)
    assert "LengthOfLine" not in said and "against" not in said
    assert (language == "zh") == bool(CHINESE.search(said))
    if numbers := re.search(r"(\S+) against (\S+)$", reason):
        assert all(number in said for number in numbers.groups())


def test_a_step_of_a_known_proof_names_its_points() -> None:
    said = names.why("true", "step 3: triangle_property_angle_sum", "en", {3: "in △ABC the angle sum is 180°"})
    assert said == "In △ABC the angle sum is 180°."


def test_both_languages_have_every_word() -> None:
    assert LABELS["en"].keys() == LABELS["zh-CN"].keys()
    chinese = [
        word for key, word in LABELS["zh-CN"].items() if key not in ("code", "intro") and not CHINESE.search(word)
    ]
    assert chinese == []


def test_a_reason_that_nobody_named_has_no_underscores() -> None:
    badge = verdict_badge(Verdict("undecided", "some_new_reason"), words("en"))
    assert "some new reason" in badge and raw(badge) == []
