"""Examples to try: problems fresh from the built-in families or from the run, as cards that fill the question in."""

from __future__ import annotations

import html
import random
from typing import Any

import gradio as gr

from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.records import Problem
from redstar_geo.report import names
from redstar_geo.report.shown import picture as picture_of
from redstar_geo.report.text import excerpt
from redstar_geo.viewing.composer import Composer, language_of
from redstar_geo.viewing.service import Service, words_of
from redstar_geo.viewing.wiring import errors_on_page, private, told_by
from redstar_geo.viewing.words import Words

_PER_PAGE = 6
_ANY = "any"
_LEVELS = {"easy": 2, "medium": 5, "hard": 9}
_FIRST = ("inscribed_angle", "isosceles", "similar_triangles", "tangent_chord", "rectangle_diagonal", "circle_chain")
_PICKS = """element.addEventListener('click', event => {
    const card = event.target.closest('button.example');
    if (card) trigger('pick', {number: card.dataset.number});
});"""
_SHOWN, _LONGEST_WORD = 90, 20  # characters, of a question
_LARGEST_SEED = 10**6


class Examples:
    """The cards below the question."""

    def __init__(self, service: Service, composer: Composer, t: gr.I18n) -> None:
        self.service, self.composer = service, composer
        gr.Markdown(t("examples"), elem_id="examples-title")
        with gr.Row(elem_id="examples-filters"):
            self.family = gr.Dropdown([_ANY, *FAMILIES], value=_ANY, label=t("family"), min_width=130, elem_id="family")
            self.level = gr.Dropdown(list(_LEVELS), value="easy", label=t("level"), min_width=110, elem_id="level")
            self.values = gr.Dropdown(
                ["text", "picture"], value="text", label=t("values"), min_width=150, elem_id="values"
            )
        cards, problems = self._cards("examples")
        fresh = gr.Button(t("fresh"), elem_id="fresh", size="sm")
        self.filled = [self.family, self.level, self.values, cards, problems]
        chosen: list[Any] = [self.family, self.level, self.values]
        last = gr.State((_ANY, "easy", "text"))
        private(fresh.click, _fresh, chosen, [cards, problems], show_progress="hidden")
        for each in chosen:
            private(each.input, _chosen, [*chosen, last], [cards, problems, last], show_progress="hidden")
        if service.runs is not None:
            with gr.Accordion(t("from_run"), open=False, elem_id="from-run") as folded:
                page = gr.Number(1, precision=0, minimum=1, label=t("page"), elem_id="run-page")
                outputs = list(self._cards("run-examples"))
            for event in (folded.expand, page.change):
                private(event, self._of_run, page, outputs, show_progress="hidden")

    def opened(self, request: gr.Request) -> list[Any]:
        """Values of `filled` in the visitor's language."""
        words = words_of(request)
        code = words["code"]
        families = [(words["any"], _ANY), *((names.family(name, code), name) for name in FAMILIES)]
        levels = [(words[name], name) for name in _LEVELS]
        values = [(words["in_text"], "text"), (words["in_picture"], "picture")]
        problems = [self.service.problem(f"builtin/{name}/{code}-3-000001") for name in _FIRST]
        return [
            gr.Dropdown(choices=families),
            gr.Dropdown(choices=levels),
            gr.Dropdown(choices=values),
            _cards(problems, words),
            problems,
        ]

    def _cards(self, name: str) -> tuple[gr.HTML, gr.State]:
        cards = gr.HTML("", js_on_load=_PICKS, apply_default_css=False, elem_id=name)
        problems = gr.State([])
        private(cards.pick, self._pick, problems, self.composer.shown, show_progress="hidden")
        return cards, problems

    def _pick(self, problems: list[Problem], event: gr.EventData, request: gr.Request) -> list[Any]:
        number = told_by(event, "number")
        if not number.isdecimal() or int(number) >= len(problems):
            return [gr.skip()] * len(self.composer.shown)
        return self.composer.values(problems[int(number)], words_of(request))

    def _of_run(self, page: float | None, request: gr.Request) -> tuple[str, list[Problem]]:
        assert self.service.runs is not None
        first = (max(1, int(page or 1)) - 1) * _PER_PAGE
        problems = self.service.runs.first.problems(first, _PER_PAGE)
        return _cards(problems, words_of(request)), problems


def _chosen(family: str, level: str, values: str, last: tuple[str, str, str], request: gr.Request) -> Any:
    """Examples of what is chosen now; a list that is only left tells of an input too."""
    now = (family, level, values)
    return gr.skip() if now == last else (*_fresh(*now, request), now)


def _fresh(family: str, level: str, values: str, request: gr.Request) -> tuple[str, list[Problem]]:
    rng = random.Random()
    chosen = rng.sample(list(FAMILIES), _PER_PAGE) if family == _ANY else [family] * _PER_PAGE
    with errors_on_page():
        problems = [
            construct(name, rng.randrange(_LARGEST_SEED), _LEVELS.get(level, 2), language_of(request), values).problem
            for name in chosen
        ]
    return _cards(problems, words_of(request)), problems


def _cards(problems: list[Problem], words: Words) -> str:
    rows = "".join(_card(number, problem, words) for number, problem in enumerate(problems))
    return f'<div class="examples">{rows}</div>' if rows else f'<p class="note">{words["nothing_found"]}</p>'


def _beginning(question: str) -> str:
    """The question, of a long one as many whole words as there is room for."""
    if len(question) <= _SHOWN:
        return excerpt(question, 0, _SHOWN)
    space = question.rfind(" ", _SHOWN - _LONGEST_WORD, _SHOWN)
    return excerpt(question, 0, space if space > 0 else _SHOWN) + " …"


def _card(number: int, problem: Problem, words: Words) -> str:
    picture = f'<img alt="" src="{picture_of(problem.images[0].data)}">' if problem.images else ""
    family = problem.meta.get("family")
    title = names.family(str(family), words["code"]) if family else problem.id
    text = _beginning(problem.question)
    return (
        f'<button type="button" class="example" data-number="{number}">{picture}'
        f'<span><b>{html.escape(title)}</b><span class="note">{text}</span></span></button>'
    )
