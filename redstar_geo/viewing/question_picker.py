"""Where a question comes from: built-in problems fresh by seed, problems of the run, or a visitor's own."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr
from PIL import Image as Pillow

from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.pictures.read import PictureError, read_picture
from redstar_geo.records import Problem
from redstar_geo.viewing.answer_view import errors_on_page, html_piece
from redstar_geo.viewing.cards import problem_card
from redstar_geo.viewing.editor import diagram_editor, picture_in
from redstar_geo.viewing.permalink import LONGEST_QUESTION, own_problem
from redstar_geo.viewing.service import Service, words_of
from redstar_geo.viewing.text import to_html
from redstar_geo.viewing.words import LABELS

_PER_PAGE = 6
_ANY = "any"
GalleryPage = tuple[list[Pillow.Image], list[Problem]]  # thumbnails and their problems


class QuestionPicker:
    """The three sources and the chosen problem, which `problem` holds and `card` shows."""

    def __init__(self, service: Service, t: gr.I18n) -> None:
        self.service, self.t = service, t
        self.problem = gr.State(None)
        self.card = html_piece(elem_id="card")
        self.filled: list[tuple[Callable[..., Any], Any, Any]] = []  # galleries that are filled when the page opens
        with gr.Tabs():
            with gr.Tab(t("builtin"), elem_id="tab-builtin"):
                self._builtin()
            if service.runs is not None:
                with gr.Tab(t("from_run"), elem_id="tab-from-run"):
                    self._from_run()
            with gr.Tab(t("own"), elem_id="tab-own"):
                self._own()

    def _builtin(self) -> None:
        with gr.Row():
            family = gr.Dropdown([_ANY, *FAMILIES], value=_ANY, label=self.t("family"), min_width=180)
            languages = [("English", "en"), ("中文", "zh")]
            language = gr.Radio(languages, value="en", label=self.t("language"), min_width=180)
        with gr.Row():
            level = gr.Slider(1, 10, value=3, step=1, label=self.t("difficulty"), min_width=180)
            seed = gr.Number(0, precision=0, minimum=0, maximum=10**9 - 1, label=self.t("seed"), min_width=100)
        with gr.Row():
            show = gr.Button(self.t("show"), min_width=90)
            fresh = gr.Button(self.t("fresh"), elem_id="fresh", min_width=90)
        gallery, problems = self._gallery("gallery-builtin")
        inputs: list[Any] = [family, level, language, seed]
        self.preferred = language
        self.filled.append((builtin_gallery, inputs, [gallery, problems]))
        private(show.click, builtin_gallery, inputs, [gallery, problems])
        private(fresh.click, lambda: random.randrange(10**6), None, seed).then(
            builtin_gallery, inputs, [gallery, problems], api_visibility="private"
        ).then(self._first, problems, [self.problem, self.card], api_visibility="private")

    def _from_run(self) -> None:
        page = gr.Number(1, precision=0, minimum=1, label=self.t("page"))
        outputs = list(self._gallery("gallery-run"))
        self.filled.append((self._run_gallery, page, outputs))
        private(page.change, self._run_gallery, page, outputs)

    def _gallery(self, name: str) -> tuple[gr.Gallery, gr.State]:
        gallery = gr.Gallery(
            columns=3,
            object_fit="contain",
            show_label=False,
            allow_preview=False,
            elem_id=name,
            buttons=[],
            elem_classes="problems",
        )
        problems = gr.State([])
        private(gallery.select, self._select, problems, [self.problem, self.card])
        return gallery, problems

    def _own(self) -> None:
        question = gr.Textbox(label=self.t("question"), lines=3, max_length=LONGEST_QUESTION, elem_id="own-question")
        preview = html_piece(elem_id="preview")
        private(question.change, preview_of, question, preview, show_progress="hidden", trigger_mode="always_last")
        self.editor = diagram_editor(self.t)
        gold = gr.Textbox(label=self.t("gold"), max_length=400)
        take = gr.Button(self.t("take"), elem_id="take")
        private(take.click, self._take_own, [question, self.editor, gold], [self.problem, self.card], preprocess=False)

    def _run_gallery(self, page: float | None) -> GalleryPage:
        assert self.service.runs is not None
        first = (max(1, int(page or 1)) - 1) * _PER_PAGE
        return _with_thumbnails(self.service.runs.first.problems(first, _PER_PAGE))

    def _select(self, problems: list[Problem], event: gr.SelectData, request: gr.Request) -> tuple[Problem, str]:
        return self._choose(problems[int(event.index)], request)

    def _first(self, problems: list[Problem], request: gr.Request) -> tuple[Problem, str]:
        return self._choose(problems[0], request)

    def _take_own(self, question: Any, sent: Any, gold: Any, request: gr.Request) -> tuple[Problem, str]:
        """From values as the browser sends them."""
        question, gold = str(question or ""), str(gold or "")
        with errors_on_page():
            picture = picture_in(Path(self.editor.GRADIO_CACHE), sent)
        if not question.strip() and picture is None:
            raise gr.Error(words_of(request)["no_question"], print_exception=False)
        return self._choose(own_problem(question, picture, gold), request)

    def _choose(self, problem: Problem, request: gr.Request) -> tuple[Problem, str]:
        return problem, problem_card(problem, words_of(request))

    def fill(self, page: gr.Blocks) -> None:
        """When the page opens: the question that its link names, then the galleries in the visitor's language."""
        private(page.load, self.opened, None, [self.problem, self.card])
        language = private(page.load, language_of, None, self.preferred, show_progress="hidden")
        for fn, inputs, outputs in self.filled:
            language.then(fn, inputs, outputs, show_progress="hidden", api_visibility="private")

    def opened(self, request: gr.Request) -> tuple[Problem, str]:
        """The question that a link names, or a problem to begin with."""
        query = dict(request.query_params)
        if query.get("question"):
            return self._choose(own_problem(str(query["question"]), None), request)
        name = str(query.get("problem") or f"builtin/inscribed_angle/{language_of(request)}-3-000001")
        with errors_on_page():
            return self._choose(self.service.problem(name), request)


def language_of(request: gr.Request) -> str:
    """The language of problems that the browser prefers."""
    return "zh" if words_of(request) is LABELS["zh-CN"] else "en"


def builtin_gallery(family: str, level: float, language: str, seed: float | None) -> GalleryPage:
    """Six problems of a seed, of one family or of any."""
    rng = random.Random(int(seed or 0))
    names = [rng.choice(list(FAMILIES)) if family == _ANY else family for _ in range(_PER_PAGE)]
    with errors_on_page():
        return _with_thumbnails(
            [construct(name, int(seed or 0) + i, int(level), language).problem for i, name in enumerate(names)]
        )


def preview_of(question: str) -> str:
    """The question as it will be read, formulas drawn."""
    return f'<p class="question">{to_html(question[:LONGEST_QUESTION])}</p>' if question.strip() else ""


def _with_thumbnails(problems: list[Problem]) -> GalleryPage:
    return [_thumbnail(problem) for problem in problems], problems


def _thumbnail(problem: Problem) -> Pillow.Image:
    try:
        return read_picture(problem.images[0].data if problem.images else b"")
    except PictureError:
        return Pillow.new("L", (320, 240), 255)


def private(event: Callable[..., Any], fn: Callable[..., Any], inputs: Any, outputs: Any, **settings: Any) -> Any:
    """Wire an event that is not part of the app's API."""
    return event(fn, inputs, outputs, api_visibility="private", **settings)
