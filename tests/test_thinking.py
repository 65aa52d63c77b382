"""Thoughts in every spelling: none counts as the answer, and the response comes without the marks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from redstar_geo.answer import verify
from redstar_geo.finish_reason import is_truncated
from redstar_geo.generation.reply import Reply
from redstar_geo.thinking import has_unknown_block, mark_of_thought, split_thinking, unmarked

NAMES = "think thinking thought reasoning reflection scratchpad seed:think longcat_think inner_monologue analysis 思考"
PAIRS = [
    *((f"<{name}>", f"</{name}>") for name in NAMES.split()),
    *((f"<{name.upper()} >", f"</ {name.upper()}>") for name in NAMES.split()),
    ("<think type='deep'>", "</think>"),
    ("&lt;think&gt;", "&lt;/think&gt;"),
    ("[THINK]", "[/THINK]"),
    ("◁think▷", "◁/think▷"),
    ("<|begin_of_thought|>", "<|end_of_thought|>"),
    ("<|thinking_start|>", "<|thinking_end|>"),
    ("<｜begin▁of▁thought｜>", "<｜end▁of▁thought｜>"),
    ("<|START_THINKING|>", "<|END_THINKING|>"),
    ("<|inner_prefix|>", "<|inner_suffix|>"),
    ("<unused94>thought\n", "<unused95>"),
    ("<|channel>thought\n", "<channel|>"),
    ("<|channel|>analysis<|message|>", "<|end|><|start|>assistant<|channel|>final<|message|>"),
    ("<thinking>", "</think>"),
]
ENDS = "<|im_end|> </s> <|eot_id|> <end_of_turn> <|endoftext|> <｜end▁of▁sentence｜> <|return|> <eos>"
IDS = [opening.strip() for opening, _ in PAIRS]


@pytest.mark.parametrize(("opening", "closing"), PAIRS, ids=IDS)
def test_a_guess_in_the_thoughts_is_never_the_answer(opening: str, closing: str) -> None:
    whole = f"{opening}Maybe the answer is 7, or \\boxed{{7}}.{closing}\n\n"
    assert split_thinking(whole + "AC = 10.") == ("Maybe the answer is 7, or \\boxed{7}.", "AC = 10.")
    assert verify("10", whole + "AC = 10.").status == "correct"
    assert verify("7", whole + "AC has a length that comes out as ten.").status != "correct"
    assert verify("7", f"{opening}Maybe the answer is 7.").status == "undecided"
    opened_by_the_template = whole.removeprefix(opening)
    assert verify("10", opened_by_the_template + "AC = 10.").status == "correct"
    assert verify("10", whole * 2 + "AC = 10.").status == "correct"
    assert verify("10", f"{whole}AC = 10.\n{opening}Or is it 7?{closing}").status == "correct"
    reply = Reply.of_text(whole + "AC = 10.", "stop")
    assert reply.text == "<think>\nMaybe the answer is 7, or \\boxed{7}.\n</think>\nAC = 10." or opening == "<think>"


HIDDEN = [
    *((f"<!--{name}", "-->") for name in ("", " thinking ", "thinking:\n", " reasoning\n", " Thought ")),
    *((f"{fence}{name}\n", f"\n{fence}\n") for fence in ("```", "~~~") for name in ("thinking", " think", "Reasoning")),
]


@pytest.mark.parametrize(("opening", "closing"), HIDDEN)
def test_comments_and_fences_of_thoughts_hold_no_answer(opening: str, closing: str) -> None:
    whole = f"{opening}Maybe the answer is 7, or \\boxed{{7}}.{closing}\n\n"
    assert split_thinking(whole + "AC = 10.") == ("Maybe the answer is 7, or \\boxed{7}.", "AC = 10.")
    assert verify("10", whole + "AC = 10.").status == verify("10", f"AC = 10.\n{whole}").status == "correct"
    assert verify("7", whole + "AC has a length that comes out as ten.").status != "correct"
    for unfinished in (whole, whole.rstrip(), whole.removesuffix(closing + "\n\n")):
        assert verify("7", unfinished).reason == "no_answer"
    with_code = f"{opening}So\n```python\nx = 7\n```\n\\boxed{{7}}{closing}\nThe answer is 10."
    assert verify("10", with_code).status == "correct"


def test_other_fences_and_quoted_comments_are_text() -> None:
    for text in (
        "```python\nx = 10  # <!-- 7 -->\n```\nAC = 10.",
        "Write `<!-- 7 -->` there.\nAC = 10.",
        "x --> 7\nAC = 10.",
    ):
        assert split_thinking(text) == ("", text)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(PAIRS), st.sampled_from(PAIRS)), min_size=1, max_size=3))
def test_marks_of_all_kinds_may_follow_and_hold_one_another(nested: list[tuple[tuple[str, str], ...]]) -> None:
    text = "".join(f"{a}x \\boxed{{7}}\n{b}the answer is 7\n{end_b} 7 {end_a}" for (a, end_a), (b, end_b) in nested)
    thought, response = split_thinking(text + "The answer is 10.")
    assert response == "The answer is 10." and "7" in thought


def test_harmony_without_its_special_tokens() -> None:
    assert split_thinking("analysisMaybe 7.assistantfinalAC = 10.") == ("Maybe 7.", "AC = 10.")
    assert split_thinking("analysisMaybe 7.") == ("Maybe 7.", "")


def test_nothing_of_a_plain_text_is_lost() -> None:
    for text in ("x < 3 and y > 2", "AC = 10", "a &lt; b", "\\[ think \\]", "analysis of the figure", "a<sub>1</sub>"):
        assert split_thinking(text) == ("", text)


def test_marks_in_quotes_and_code_are_text() -> None:
    quoted = "Write `<think>` first, then '</think>'. The answer is 10."
    assert split_thinking(quoted) == ("", quoted)
    code = "```python\nprint('<think>')\nx = text.split('</think>')[1]\n```"
    assert split_thinking(code) == ("", code)
    assert split_thinking(f"<think>\n```\nhalf a block\n</think>\n{code}") == ("```\nhalf a block", code)
    assert mark_of_thought(quoted) is None and mark_of_thought("so </think> it is") == 3


@pytest.mark.parametrize("end", ENDS.split())
def test_a_response_ends_with_its_turn(end: str) -> None:
    for text in ("AC = 10", "The answer is 10.", "$\\boxed{10}$"):
        assert unmarked(text + end) == unmarked(f"{text}{end}\n<|im_start|>user\nThe answer is 7") == text
        assert verify("10", f"{text}{end}\nThe answer is 7").status == "correct"


def test_box_marks_of_models_are_boxes() -> None:
    assert unmarked("AC = <|begin_of_box|>10<|end_of_box|>") == "AC = \\boxed{10}"
    assert unmarked("<|begin_of_box|>\\boxed{10}<|end_of_box|>") == "\\boxed{10}"
    assert unmarked("<|begin_of_box|>10}<|end_of_box|>") == "10}"
    assert verify("10", "3, 4 or 5? <|begin_of_box|>$10$<|end_of_box|> it is").status == "correct"
    assert unmarked("<|begin_of_solution|>AC = 10<|end_of_solution|>") == "AC = 10"


def test_a_block_in_unknown_tags_before_the_answer_leaves_it_undecided() -> None:
    for name in ("plan", "draft", "step", "details", "notes.1"):
        assert verify("10", f"<{name}>Maybe 7.</{name}>\nThe answer is 10.").reason == "unknown_tags"
    for text in ("<answer>10</answer>", "<plan>7</plan><answer>10</answer>", "<b>The answer</b> is 10", "10 <u>cm</u>"):
        assert not has_unknown_block(text)


def test_long_texts_of_nothing_but_marks_are_read_to_their_end() -> None:
    for piece in (
        "<a>",
        "<think>",
        "</think>",
        "<|a|>",
        "\n```\n",
        "<|channel|>",
        "\\boxed{<|begin_of_box|>",
        "`<think>`",
    ):
        thought, response = split_thinking(piece * 5_000)
        assert len(thought) + len(response) <= 2 * len(piece) * 5_000


def test_every_end_but_a_models_own_is_a_truncation() -> None:
    for own in ("stop", "STOP", "eos", "end_turn", "stop_sequence", "completed", "FINISH_REASON_STOP", None, "none"):
        assert not is_truncated(own)
    cut = "length max_tokens MAX_TOKENS model_length content_filter abort error tool_calls function_call SAFETY refusal"
    for reason in (*cut.split(), "insufficient_system_resource", "cancelled", "unknown", "something new"):
        assert is_truncated(reason)
        assert verify("10", "The answer is 10", finish_reason=reason).reason == "truncated"
