"""Registers in which a proof is told: for every move of the telling, the ways to say it.

A voice is one choice for each slot. What is said never depends on it, only how; the narrator fills `{…}` with checked
content.
"""

from __future__ import annotations

from random import Random

SLOTS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "given": (
            "Given: {givens}. Find {goal}.",
            "What do I have? {givens}. What I want is {goal}.",
            "I know {givens}. The question asks for {goal}.",
            "So {givens}; wanted: {goal}.",
            "Let me collect what is given: {givens}. And {goal} is to be found.",
            "{goal} is asked. To work with: {givens}.",
            "The picture and the text tell me {givens}. From this I should get {goal}.",
            "Known facts: {givens}. Unknown: {goal}.",
        ),
        "nothing_given": (
            "Find {goal}.",
            "What I want is {goal}.",
            "The question asks for {goal}.",
            "{goal} is to be found.",
        ),
        "plan": (
            "In the end {goal} should come out of {equation}.",
            "The link I am after is {equation}; it has {goal} in it.",
            "If I can get to {equation}, then {goal} follows.",
            "Aim: {equation}.",
            "What ties {goal} to the rest? {equation} would.",
        ),
        "reason": (
            "{Why}: {facts}.",
            "{Why}, so {facts}.",
            "Now {facts}, since {why}.",
            "{Why}. That gives {facts}.",
            "I can write {facts}, because {why}.",
            "{Facts}: {why}.",
        ),
        "reason_from": (
            "{Premises}, so {facts}: {why}.",
            "{Premises}, and because {why}, {facts}.",
            "Since {premises}, {facts} ({why}).",
            "{Premises}; {why}. Therefore {facts}.",
            "I know {premises}. Then {facts}, since {why}.",
        ),
        "definition": (
            "{Premises}: that says {facts}.",
            "{Premises}, in other words {facts}.",
            "Because {premises}, I know {facts}.",
            "{Premises}, and that means {facts}.",
        ),
        "result": (
            "So {result}.",
            "Hence {result}.",
            "That makes {result}.",
            "Therefore {result}.",
            "This gives {result}.",
        ),
        "alone": (
            "{Equations} gives {result}.",
            "From {equations} I read off {result}.",
            "With {equations}: {result}.",
        ),
        "together": (
            "Put {equations} together: {result}.",
            "{Equations} hold at once, and solving them gives {result}.",
            "Taking {equations} together, I find {result}.",
        ),
        "fits": ("Putting the numbers back: {checks}.", "Does it fit? {checks}. Yes.", "Tried out: {checks}."),
        "dead_end": (
            "{Idea} That would need {missing}, and nothing so far gives it. Leave that.",
            "{Idea} For that I would have to know {missing}, which I do not. Another way.",
            "{Idea} Only if {missing}. Not known here, so no.",
            "{Idea} I see no reason for {missing}. Drop it.",
        ),
        "detour": (
            "I could also note {facts}, since {why}. It is true but leads nowhere near {goal}, so I leave it.",
            "{Why}, so {facts}. Right, but I do not need it for {goal}.",
            "Trying {facts} ({why}): correct, yet it does not help with {goal}. Back.",
        ),
        "check": (
            "Check: {check}.",
            "Let me check it: {check}. Good.",
            "To be sure, put it in: {check}. It holds.",
            "Does that agree? {check}. It does.",
            "A test: {check}, as it must be.",
        ),
        "check_more": (
            "And something I have not used: {check}. That fits too.",
            "Another equation of the figure agrees: {check}.",
            "Independently, {check}. Good.",
        ),
        "short": ("{Facts}, so {result}.", "{Facts}. Hence {result}.", "{Result}, from {facts}."),
    },
    "zh": {
        "given": (
            "已知{givens}，求{goal}。",
            "先看条件：{givens}。要求的是{goal}。",
            "条件有{givens}，题目问{goal}。",
            "要求{goal}，手里有{givens}。",
            "由题意，{givens}；待求{goal}。",
        ),
        "nothing_given": ("求{goal}。", "要求的是{goal}。"),
        "plan": (
            "最后应该由{equation}得到{goal}。",
            "关键是{equation}，里面有{goal}。",
            "想办法得到{equation}。",
        ),
        "reason": ("{why}，所以{facts}。", "因为{why}，有{facts}。", "{facts}，理由是{why}。"),
        "reason_from": (
            "由{premises}得{facts}：{why}。",
            "因为{premises}，{why}，所以{facts}。",
            "{premises}，于是{facts}（{why}）。",
        ),
        "definition": ("{premises}，也就是{facts}。", "由{premises}知{facts}。"),
        "result": ("所以{result}。", "因此{result}。", "得{result}。"),
        "alone": ("由{equations}得{result}。",),
        "together": ("联立{equations}，解得{result}。", "把{equations}合在一起，得到{result}。"),
        "fits": ("代回去：{checks}。", "验证一下：{checks}，成立。"),
        "dead_end": (
            "{idea}那需要{missing}，目前得不到，放弃。",
            "{idea}可是{missing}并不知道，换一条路。",
            "{idea}没有理由说{missing}，先不管。",
        ),
        "detour": (
            "还可以得到{facts}（{why}），但对{goal}没有帮助，放下。",
            "{why}，{facts}，没错，不过求{goal}用不上。",
        ),
        "check": ("检验：{check}。", "代入检查：{check}，正确。", "再验证：{check}，吻合。"),
        "check_more": ("另一个没用过的关系也成立：{check}。", "再换一处看：{check}，也对。"),
        "short": ("{facts}，所以{result}。", "由{facts}得{result}。"),
    },
}

_IDEAS: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "isosceles_triangle_judgment_line_equal": ("Is △{0} isosceles?", "Could △{0} have two equal sides?"),
        "isosceles_triangle_judgment_angle_equal": ("Does △{0} have two equal angles?", "Maybe △{0} is isosceles?"),
        "right_triangle_judgment_angle": ("Is there a right angle in △{0}?", "Could △{0} be right-angled?"),
        "equilateral_triangle_judgment_isosceles_and_isosceles": ("Could △{0} be equilateral?",),
        "diameter_of_circle_property_right_angle": ("Does Thales help here?",),
    },
    "zh": {
        "isosceles_triangle_judgment_line_equal": ("△{0}是等腰三角形吗？",),
        "isosceles_triangle_judgment_angle_equal": ("△{0}有两个角相等吗？",),
        "right_triangle_judgment_angle": ("△{0}里有直角吗？",),
        "equilateral_triangle_judgment_isosceles_and_isosceles": ("△{0}会是等边三角形吗？",),
        "diameter_of_circle_property_right_angle": ("能用直径所对的圆周角吗？",),
    },
}


class Voice:
    """One way of speaking; a fixed voice says the same thing the same way every time."""

    def __init__(self, seed: int, voices: int | None, language: str) -> None:
        self.fixed = voices is not None
        self.seed = seed % voices if voices is not None else seed
        self.language = language
        self.said = 0

    def chance(self, slot: str) -> Random:
        self.said += 1
        return Random(f"{self.seed}/{slot}" if self.fixed else f"{self.seed}/{slot}/{self.said}")

    def say(self, slot: str, **content: str) -> str:
        """Fill a wording of the slot; `{Why}` is `{why}` with a capital."""
        wording = self.chance(slot).choice(SLOTS[self.language][slot])
        capitals = {key.capitalize(): text[:1].upper() + text[1:] for key, text in content.items()}
        sentence = wording.format(**content, **capitals)
        return sentence[:1].upper() + sentence[1:]

    def idea(self, theorem: str, args: tuple[str, ...]) -> str:
        """The question with which a theorem comes to mind."""
        words = theorem.replace("_", " ")
        default = f"Could the theorem on {words} help?" if self.language == "en" else f"能用定理（{words}）吗？"
        options = _IDEAS[self.language].get(theorem, (default,))
        return self.chance(f"idea/{theorem}").choice(options).format(*args)

    def join(self, parts: list[str]) -> str:
        """A list in prose."""
        if self.language == "zh":
            return "，".join(parts)
        return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
