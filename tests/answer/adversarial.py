"""Texts written to hang, crash or fool a verifier, by families; used by a test (few) and by the fuzz figure (many)."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

_PIECES = r"""
    \frac \frac{ \sqrt \sqrt[ \boxed{ \boxed \text{
    \left( \right) \begin{pmatrix} \end{pmatrix} \\ & { } ( ) [ ] | ^ _ ^{ _{
    $ $$ \( \) \[ \] + - * / = < > \le \ne \approx \pm : ; , . ! % ° ′ ″ \pi π √ ∞ ∪ ∈ \cup ½ ² ₃ 0 1 2 9 12 3.14 1e9
    1e999 .5 5. 1,000 x y m cm 厘米 度 平方 三十 百分之 sin cos^ \log_ \sin^{-1} and or nan NaN inf None A B (C) \angle
    ABC answer: 答案 </think> <think> <answer> </answer> __import__('os') lambda: 10**10**10 9! ٣ ① ﹢ 点 万 分之
"""
_PIECE_LIST = _PIECES.split()
_CONTROL = [
    chr(c) for c in (0, 1, 7, 8, 9, 10, 11, 12, 13, 27, 127, 0x85, 0x200B, 0x202E, 0x2066, 0xFEFF, 0xD800, 0x10FFFF)
]


def _tower(rng: random.Random) -> str:
    base, sign = rng.choice("2379x"), rng.choice(("^", "**", "^{"))
    height = rng.choice((2, 3, 5, 40, 300))
    return sign.join([base * rng.randint(1, 4)] * height) + ("}" * (height - 1) if sign == "^{" else "")


def _deep(rng: random.Random) -> str:
    depth = rng.choice((3, 30, 60, 500, 20_000))
    opening, closing = rng.choice(
        (("(", ")"), ("{", "}"), (r"\frac{", "}{2}"), (r"\sqrt{", "}"), ("|", "|"), ("-", ""), ("√", ""))
    )
    closed = rng.choice((closing * depth, "", closing * (depth - 1)))
    return opening * depth + "7" + closed


def _long(rng: random.Random) -> str:
    unit = rng.choice(
        (
            "9",
            "(",
            "1+",
            "x ",
            "\\boxed{",
            "answer: ",
            "$",
            "</think>",
            "a,",
            "…",
            "\\\\",
            "\n",
            "1,000",
            "<answer>",
            "**",
        )
    )
    return unit * (rng.choice((1_000, 20_000, 1_000_000)) // len(unit))


def _huge(rng: random.Random) -> str:
    number = rng.choice(
        ("1e999999999", "10^{10^{10}}", "9" * 5_000, "99999!", "(9!)!", "exp(exp(exp(9)))", "tan(10^{400})", "1/0")
    )
    wrapped = rng.choice(
        ("{}", "sqrt({})", "{}-{}", "sin({})", "({})^{{-{}}}", "\\log({})", "1/({})", "0^{{{}}}", "({})!")
    )
    return wrapped.format(number, number)


def _soup(rng: random.Random) -> str:
    return "".join(rng.choice(_PIECE_LIST) + rng.choice(("", " ")) for _ in range(rng.randint(1, 60)))


def _control(rng: random.Random) -> str:
    return "".join(rng.choice([*_CONTROL, "5", "\\boxed{5}", "35°"]) for _ in range(rng.randint(1, 30)))


def _code(rng: random.Random) -> str:
    call = rng.choice(
        ("__import__('os').system('touch {}')", "open('{}','w').write('x')", "exec('x=1')", "(lambda: {})()")
    )
    return rng.choice(("{}", "{} or 5", "[{} for _ in [0]] or 5", "5 if {} else 5")).format(call.format("fooled"))


def _unfinished(rng: random.Random) -> str:
    whole = r"\boxed{\frac{5\sqrt{3}}{\pi+2^{10}}} \text{ cm}^2, \begin{pmatrix}1&2\\3&4\end{pmatrix}"
    return whole[: rng.randint(1, len(whole))] + rng.choice(("", "}", "\\", "{", "$"))


FAMILIES: Mapping[str, Callable[[random.Random], str]] = {
    "tower": _tower,
    "deep": _deep,
    "long": _long,
    "huge": _huge,
    "soup": _soup,
    "control": _control,
    "code": _code,
    "unfinished": _unfinished,
}
_SHARES = {"long": 1, "deep": 2}  # of 20; the other families share the rest


def adversarial(count: int, seed: int) -> list[tuple[str, str]]:
    """So many (family, text), the same for a seed; half of them stand in a box."""
    rng = random.Random(seed)
    names = list(FAMILIES)
    weights = [_SHARES.get(name, 3) for name in names]
    found = []
    for name in rng.choices(names, weights, k=count):
        text = FAMILIES[name](rng)
        found.append((name, f"\\boxed{{{text}}}" if rng.random() < 0.5 else text))
    return found
