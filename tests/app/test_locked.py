"""A server with a password, one question at a time, and a Space's `app.py`: as strangers meet them."""

from __future__ import annotations

import ast
import inspect
import re
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from gradio_client import Client

from redstar_geo.app.demo import main
from redstar_geo.viewing.rate import RateLimit
from redstar_geo.viewing.words import LABELS
from tests.app.conftest import Visit, small_app

DOC = (Path(__file__).parents[2] / "docs" / "app.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def locked() -> str:
    return small_app(RateLimit(per_minute=0.001, burst=1), "open sesame")


def test_without_the_password_nothing_is_served(locked: str) -> None:
    for path in ("config", "gradio_api/info"):
        with pytest.raises(urllib.error.HTTPError) as refusal:
            urllib.request.urlopen(locked + path, timeout=10)
        assert refusal.value.code == 401


def test_the_password_lets_in_and_the_second_question_is_too_fast(browser: Any, locked: str) -> None:
    context = browser.new_context(locale="en-US")
    visit = Visit(context.new_page())
    page = visit.page
    page.goto(locked)
    page.get_by_label("username").fill("redstar")
    page.get_by_label("password").fill("open sesame")
    page.get_by_role("button", name="Login").click()
    page.wait_for_selector(".picture-input[data-state=shown]")
    page.click("#solve")
    page.wait_for_selector("#ask-steps mark.claim")
    page.click("#solve")
    page.wait_for_function("told => document.body.innerText.includes(told)", arg=LABELS["en"]["too_fast"])
    assert not visit.outside() and not visit.errors
    context.close()


def test_the_example_for_programs_is_right(address: str) -> None:
    (code,) = re.findall(r"```python\n(from gradio_client.*?)```", DOC, re.DOTALL)
    (arguments,) = [
        {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
        for call in ast.walk(ast.parse(code))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "predict"
    ]
    trace = Client(address, verbose=False).predict(who="formal, long", **arguments)
    assert trace["problem_id"] == arguments["problem"] and trace["verdict"]["status"] == "correct"
    assert r"\boxed" in trace["response"] and trace["state"] == "done"
    for name in ("question", "picture", "gold", "who", "temperature", "max_tokens"):
        assert f"`{name}`" in DOC


def test_the_program_of_a_space_calls_what_there_is() -> None:
    (code,) = re.findall(r"```python\n(from redstar_geo.app.demo.*?)```", DOC, re.DOTALL)
    assert code.strip() in (Path(__file__).parents[2] / "app" / "space" / "app.py").read_text(encoding="utf-8")
    (call,) = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)]
    arguments = {str(keyword.arg): ast.literal_eval(keyword.value) for keyword in call.keywords}
    assert inspect.signature(main).bind(**arguments).arguments["host"] == "0.0.0.0"
