"""The requests for one trace: a single one, or several that are stitched together.

A dialogue is a generator: it yields the turns after the question, gets the reply, and returns the trace.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from typing import Any

from redstar_geo.generation.reply import Reply

Turns = Sequence[tuple[str, str]]  # (role, text) after the question
Dialogue = Generator[Turns, Reply, Mapping[str, Any] | None]

_CRITIQUE = {
    "en": "Read your solution again as a strict examiner. Go through it step by step: recompute every number, question "
    "every claim about the figure, and name each slip you find, or say what convinces you that there is none.",
    "zh": "请像严格的阅卷人一样重读你的解答：逐步检查，重新计算每个数，质疑每一个关于图形的说法；"
    "发现错误就指出来，没有错误就说明依据。",
}
_REVISE = {
    "en": "Now write the final solution, with whatever had to be corrected, and put the answer in \\boxed{}.",
    "zh": "现在写出最终解答（改正需要改正之处），并把答案写在\\boxed{}里。",
}


def direct(language: str) -> Dialogue:
    """One request; the reply is the trace."""
    yield ()
    return None  # the stored reply is the trace


def draft_critique_revise(language: str) -> Dialogue:
    """Slow thinking from a model that does not think by itself: draft and critique become the reasoning.

    The paper names traces from ordinary models as future work; like any other they count only once verified.
    """
    critique, revise = _CRITIQUE.get(language, _CRITIQUE["en"]), _REVISE.get(language, _REVISE["en"])
    draft = yield ()
    turns = [("assistant", draft.response), ("user", critique)]
    review = yield turns
    final = yield [*turns, ("assistant", review.response), ("user", revise)]
    replies = (draft, review, final)
    return {
        "reasoning": "\n\n".join(part for reply in replies[:2] for part in (reply.reasoning, reply.response) if part),
        "response": final.response,
        "finish_reason": next((reply.finish_reason for reply in replies if reply.finish_reason != "stop"), "stop"),
        "prompt_tokens": sum(reply.prompt_tokens or 0 for reply in replies),
        "completion_tokens": sum(reply.completion_tokens or 0 for reply in replies),
    }


STRATEGIES: dict[str, Callable[[str], Dialogue]] = {
    "direct": direct,
    "draft_critique_revise": draft_critique_revise,
}
