"""What a teacher of mathematics might reply: right, wrong, looping, in another language, cut, without an answer."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

_KINDS = (("right", 0.5), ("wrong", 0.2), ("loop", 0.1), ("chinese", 0.08), ("cut", 0.06), ("no answer", 0.06))
_THOUGHTS = (
    "First I write down what is given and what is asked for.",
    "It helps to name the unknown quantity before setting up an equation.",
    "Let me compare the two sides and see which terms cancel.",
    "I should check that the units agree before adding anything.",
    "The second condition restricts the possible values to a few cases.",
    "Going through those cases one after the other leaves a single candidate.",
    "Substituting it back confirms that every condition is satisfied.",
    "Another way to see the same thing is to count from the other end.",
    "That agrees with the estimate I would have made at the start.",
    "Small numbers make it easy to test this by hand.",
    "Wait, the last step used a fact that I have not justified yet.",
    "It follows because the remaining factor is never zero here.",
)
_CHINESE = "我们先把题目里给出的条件都写下来，再看看要求的是什么。然后逐步计算，每一步都检查一下符号。"


def reply(gold: str, seed: str) -> tuple[str, str, str]:
    """Reasoning, content and finish reason, drawn by `seed`."""
    chance = random.Random(seed)
    kind = chance.choices([name for name, _ in _KINDS], [share for _, share in _KINDS])[0]
    thoughts = [*chance.sample(_THOUGHTS, 9), f"The intermediate value here is {chance.randint(2, 999)}."]
    reasoning = "\n".join(thoughts)
    if kind == "loop":
        reasoning += "\n" + "\n".join(["So we have to compute that again."] * 40)
    elif kind == "chinese":
        reasoning = _CHINESE * 4
    if kind == "cut":
        return reasoning[: len(reasoning) // 2], "", "length"
    if kind == "no answer":
        return reasoning, "That settles the question.", "stop"
    return reasoning, f"The answer is \\boxed{{{'-98765' if kind == 'wrong' else gold}}}.", "stop"


def message(gold: str, seed: str) -> dict[str, Any]:
    """The choice of a chat completion."""
    reasoning, content, finish_reason = reply(gold, seed)
    said = {"role": "assistant", "content": content, "reasoning_content": reasoning}
    return {"finish_reason": finish_reason, "message": said}


def drawn(replies: Sequence[str], seed: str) -> dict[str, Any]:
    """One of the replies as the choice of a chat completion."""
    content = random.Random(seed).choice(replies)
    said = {"role": "assistant", "content": content, "reasoning_content": f"I work it out as number {seed[:8]}."}
    return {"finish_reason": "stop", "message": said}
