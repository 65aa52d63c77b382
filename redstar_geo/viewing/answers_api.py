"""The app for programs: one endpoint, `/answer`, for the Gradio client."""

from __future__ import annotations

import asyncio
import base64
import binascii
from typing import Any

import gradio as gr

from redstar_geo.generation.request import GenerationSettings
from redstar_geo.records import Problem, to_row
from redstar_geo.viewing.permalink import own_problem
from redstar_geo.viewing.service import Service
from redstar_geo.viewing.uploads import MOST_BYTES, UploadError, read_upload
from redstar_geo.viewing.wiring import errors_on_page

_AT_ONCE = 4


def add_api(service: Service) -> None:
    """Add `/answer` to the page that is being built."""

    async def answer(
        request: gr.Request,
        question: str = "",
        picture: str = "",
        problem: str = "",
        who: str = "",
        gold: str = "",
        temperature: float = 0.6,
        max_tokens: int = 2048,
    ) -> dict[str, Any]:
        """One answer: the trace as a record, with its verdict where the answer is known.

        `problem` is the id of a built-in problem or one of the run; without it `question` is asked, with `picture` as
        base64 of its file. `who` is one of those whom the page offers; the first when left out.
        """
        with errors_on_page():
            service.admit(request)
            chosen = await asyncio.to_thread(_chosen, service, problem, question, picture, gold)
            answerer = service.named(who or next(iter(service.answerers)))
            updates = service.ask(request, [answerer], chosen, GenerationSettings(max_tokens, temperature), 1)
            reply = [replies[0] async for replies in updates][-1]
        return to_row(reply.trace(chosen)) | {"state": reply.state, "failure": reply.failure}

    gr.api(answer, api_name="answer", concurrency_limit=_AT_ONCE)


def _chosen(service: Service, problem: str, question: str, picture: str, gold: str) -> Problem:
    return service.problem(problem) if problem else own_problem(question, _picture(picture), gold)


def _picture(encoded: str) -> Any:
    if not encoded:
        return None
    if len(encoded) > 2 * MOST_BYTES:
        raise UploadError("picture_too_large", "The picture is too large.")
    try:
        return read_upload(base64.b64decode(encoded, validate=True))
    except binascii.Error:
        raise UploadError("bad_picture", "The picture is not base64.") from None
