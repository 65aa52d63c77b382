"""The question: its picture and its text as one input, and the examples that fill it in.

What is answered is what is shown: an example as long as nobody has changed its text or picture, else a question of the
visitor's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import gradio as gr
from gradio.utils import get_upload_folder

from redstar_geo.errors import InputError
from redstar_geo.records import Image, Problem
from redstar_geo.report.text import to_html
from redstar_geo.viewing.cards import choices_list, kind
from redstar_geo.viewing.permalink import LONGEST_QUESTION, link, own_problem
from redstar_geo.viewing.picture_input import example_picture, picture_input, preview, read_sent
from redstar_geo.viewing.service import Service, words_of
from redstar_geo.viewing.uploads import UploadError
from redstar_geo.viewing.wiring import errors_on_page, html_piece, private, told_by
from redstar_geo.viewing.words import LABELS, Words

_FOLLOWS = """watch('value', () => {
    if (props.value && !location.search.includes('tab=')) history.replaceState(null, '', props.value);
});"""  # the other tabs have addresses of their own


@dataclass(frozen=True)
class Sent:
    """The picture that a page sent last, by the path that it was given."""

    path: str = ""
    picture: Image | None = None


class Inputs(NamedTuple):
    """The components that make a question up, in the order in which `asked` takes their values."""

    example: gr.State
    sent: gr.State
    question: gr.Textbox
    picture: gr.HTML
    gold: gr.Textbox


class Composer:
    """The input; `inputs` are its components, `shown` those that an example fills in."""

    def __init__(self, service: Service, t: gr.I18n) -> None:
        self.service = service
        picture = picture_input()
        question = gr.Textbox(
            label=t("question"),
            placeholder=t("question_hint"),
            lines=3,
            max_lines=12,
            max_length=LONGEST_QUESTION,
            elem_id="question",
        )
        preview_piece = html_piece(elem_id="preview")
        self.changed = gr.Button("", elem_id="changed", visible="hidden")  # pressed by the page, at every change
        self.about = html_piece(elem_id="about")
        self.link = gr.HTML("", html_template="", js_on_load=_FOLLOWS, elem_id="link")
        self.gold = gr.Textbox(
            label=t("gold"), placeholder=t("gold_hint"), max_length=400, elem_id="gold", render=False
        )
        self.inputs = Inputs(gr.State(None), gr.State(Sent()), question, picture, self.gold)
        self.shown = [self.inputs.example, question, picture, self.gold, self.about, self.link]
        private(
            question.change, preview_of, question, preview_piece, show_progress="hidden", trigger_mode="always_last"
        )
        private(picture.sent, _sent, None, [self.inputs.sent, picture], show_progress="hidden")

    def values(self, problem: Problem, words: Words) -> list[Any]:
        """Values of `shown` for an example."""
        picture = example_picture(problem.images[0] if problem.images else None)
        said = f'<p class="note">{kind(problem, words)}</p>{choices_list(problem)}'
        return [problem, problem.question, picture, "", said, link(problem)]

    def opened(self, request: gr.Request) -> list[Any]:
        """Values of `shown` for the question that a link names, or for one to begin with."""
        query = dict(request.query_params)
        words = words_of(request)
        if query.get("question"):
            asked = str(query["question"])[:LONGEST_QUESTION]
            return [None, asked, gr.skip(), "", "", gr.skip()]
        name = str(query.get("problem") or f"builtin/inscribed_angle/{words['code']}-3-000001")
        with errors_on_page():
            return self.values(self.service.problem(name), words)


def _sent(event: gr.EventData, request: gr.Request) -> list[Any]:
    """A picture has arrived: what it is, or what is wrong with it."""
    path = told_by(event, "path")
    try:
        image = read_sent(Path(get_upload_folder()), path)
    except UploadError as error:
        return [Sent(), {"kind": "refused", "path": path, "note": _refusal(error, words_of(request))}]
    source = {} if told_by(event, "shown") == "True" else {"src": preview(image)}
    return [Sent(path, image), {"kind": "upload", "path": path} | source]


def asked(example: Problem | None, sent: Sent, question: str, picture: Any, gold: str, words: Words) -> Problem:
    """The problem that stands on the page.

    Args:
        example: that was chosen last.
        sent: the picture that was sent last; another is read again.
        picture: the value of the field, as the page says it.

    Raises:
        InputError: there is none, or its picture is not there yet or cannot be used.
    """
    kind = picture.get("kind") if isinstance(picture, Mapping) else None
    if kind == "pending":
        raise InputError(words["on_its_way"])
    if kind == "refused":
        raise InputError(words["refused_picture"])
    question = question.strip()
    if kind == "upload":
        same = sent.picture is not None and sent.path == picture.get("path")
        image = sent.picture if same else read_sent(Path(get_upload_folder()), picture.get("path"))
    else:
        image = example.images[0] if kind == "example" and example and example.images else None
        unchanged = kind == "example" or (example is not None and not example.images)
        if unchanged and example is not None and question == example.question.strip() and not gold.strip():
            return example
    if not question and image is None:
        raise InputError(words["no_question"])
    return own_problem(question, image, gold)


def _refusal(error: UploadError, words: Words) -> str:
    """What is wrong with a picture: in full as it was found, or in the visitor's language."""
    return str(error) if words["code"] == "en" else words.get(error.reason, str(error))


def preview_of(question: str) -> str:
    """The question as it will be read, where that differs from how it is written."""
    if "$" not in question and "\\" not in question:
        return ""
    return f'<p class="question">{to_html(question[:LONGEST_QUESTION])}</p>'


def language_of(request: gr.Request) -> str:
    """The language of problems that the browser prefers."""
    return "zh" if words_of(request) is LABELS["zh-CN"] else "en"
