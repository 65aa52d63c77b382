"""Where a text doubts, denies, corrects or confirms what it has said; the words alone decide nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple


class Cue(NamedTuple):
    """A word by which a text doubts, denies, corrects or confirms what it has said.

    `denial` is of what stands right before it, `admission` of an error somewhere before; `amendment` (it should be …)
    is a denial behind a doubt; a `check` is a doubt unless it is passed. A `hint` is any word that no derivation needs,
    a `turn` a harmless one that may still turn against what was said (but, not).
    """

    start: int
    end: int
    kind: Literal["doubt", "check", "denial", "admission", "amendment", "confirmation", "hint", "turn"]


_HOW_TO_GO_ON = (  # behind hmm: what is not known yet, nothing is wrong
    r"(?!\W+(?:(?:so|now|ok|okay|and),? )?(?:how (?:do|to|(?:can|should|could) (?:i|we))|what (?:else|next|now)"
    r"|where (?:do|to|now)|which (?:theorem|angle|triangle|arc))\b)"
)
_CUES = {
    "admission": (
        r"\b(?:i|we)(?:'ve| have)? (?:\w+ly )?(?:made|make|conflated|confused|mixed|forgot|overlooked|mis\w+|slipped"
        r"|swapped"
        r"|reversed|dropped|double[- ]counted)\b|\b(?:my|made a|made an|is a|was a) (?:mistake|bad|error|slip)\b"
        r"|\b(?:they|you|he|she)(?:'re|'s| are| is) right\b|\bedit(?:ed)?\W{0,3}:|\bcorrect myself\b|\bsorry\b|\boops\b"
        r"|(?<!容易)(?:(?:弄|搞|算|写|看|记|用|抄|代|标|漏|说|想)[错反混漏]了"
        r"|忘了|漏了)|抱歉"
    ),
    "denial": (
        r"\bno,? (?:wait|that|it|not)\b|(?<=[.!?…—–-] )no[,.!—–]|(?<=[.!?…—–-])no[,.!—–]|^\s*no[,.!]"
        r"|\(wrong!*\)|✗|❌|\b(?:scratch|scrap|strike|ignore) (?:that|this)\b|\bcross (?:that|it) out\b"
        r"|\b(?:that|this|it|which|something|(?:that|the|my) (?:last|previous) \w+)(?:'s| is| was| looks| seems)"
        r" (?:all |clearly |obviously |just |too )?(?:wrong|incorrect|false|off|a mistake|an error|impossible"
        r"|careless|hasty"
        r"|backwards|not (?:right|correct|true|possible|how|what))\b"
        r"|\b(?:isn't|wasn't|can't be|cannot be|doesn't look|doesn't seem|is not) (?:quite )?(?:right|correct|true"
        r"|possible"
        r"|how)\b|(?<!没)(?<!没有)(?<!内)错了|不对(?![应称等])"
        r"|(?<=[…。！？—])[啊哦噢呃嗯]?不+(?=[，,！。])|有误|不是这样|反了|作废|不算数|推翻|划掉"
    ),
    "amendment": r"\bshould (?:be|have)\b|应该?[是为]|应当[是为]",
    "confirmation": (
        r"(?<=[.!?] )(?:good|great|nice)\b|\b(?:yes|yep|yeah|indeed|confirm(?:s|ed)|check(?:s|ed)? out|match(?:es)?"
        r"|consistent|agrees?|(?:seems?|looks?|sounds) (?:plausible|reasonable|right|good|fine|ok|okay|correct)"
        r"|as (?:expected|guessed|estimated|predicted)"
        r"|no problem"
        r"|fine|all good|makes sense|it (?:works|holds|fits)|that (?:works|holds|fits)|same (?:result|ratio|value)"
        r"|(?:that's|that is|it's|it is|is|was|all) (?:right|correct|ok|okay|true|good))\b(?! angle| triangle)"
        r"|没错|没问题|一样|对的|正确|一致|吻合|确实|合理|相符"
    ),
    "check": r"\b(?:double[- ]?check|check|verify|verification|sanity)\b|检查|验算|核对|检验",
    # What comes after a mere doubt must contradict what came before it.
    "doubt": (
        r"(?<=[.!?…—–-] )(?:mm+|er+m*|u[hm]+|ugh+|argh+|huh|yikes|ouch)\b(?=[,.…:!—-])"
        r"|\b(?:once more|one more time|another look|a (?:closer|second) look|step back|afresh|anew"
        r"|over (?:it )?again|wait|hold on|hang on|hm+"
        rf"{_HOW_TO_GO_ON}|actually|on second thoughts?|i mean|correction"
        r"|(?:let me|let's|let us|i'll|i will|i should|i need to|i have to) (?:re\w+|try again|correct|fix"
        r"|look (?:again|back)"
        r"|go back|start (?:over|again))|going back|start(?:ing)? over|look(?:ing)? (?:again|closer|more carefully"
        r"|back)"
        r"|mistak\w*|conflict\w*|mismatch|mix(?:ed)?[- ]up|contradict\w*|inconsistent|impossible|nonsense|absurd"
        r"|(?:is|was|are"
        r"|were) wrong"
        r"|(?:too|so) (?:small|large|big|short|long|wide|narrow)|can't be|cannot be|shouldn't be|corrected|incorrect\w*"
        r"|make (?:that|it)(?= [^a-z])|other way a?round|the opposite"
        r"|(?:doesn't|does not|don't|do not|didn't|did not) (?:match|fit|agree|add up|work|make sense|hold)"
        r"|re-?(?:do|did|done|doing|calculat\w+|comput\w+|think\w*|examin\w+|consider\w*|read)|revis\w+"
        r"|(?:is|was|does|did|do|are|were|can) (?:it|that|this|they)(?: be)?(?=\?)"
        r"|(?:at )?first (?:thought|tried|took|guess\w*)|initially|originally)\b"
        r"|等等|等一下|等会|稍等|慢着|且慢|咦|其实|实际上|重新|重[算来]|再[看想算查]|回头|回过头|更正|纠正|修正|订正"
        r"|改正"
        r"|弄错|搞错|算错|矛盾|对不上|不可能|不合理|不符|太[小大短长]"
    ),
}
_NEGATED = re.compile(r"(?:\bnot|n't|\bnor?|\bis (?:that|it|this)|不|没|是否)\W*(?:\w+\W+){0,2}$", re.IGNORECASE)
_CUE = re.compile("|".join(f"(?P<{kind}>{words})" for kind, words in _CUES.items()), re.IGNORECASE | re.MULTILINE)


def cues(text: str) -> Iterator[Cue]:
    """Every cue, from left to right; a confirmation that is negated is a doubt."""
    for match in _CUE.finditer(text):
        kind = str(match.lastgroup)
        if kind == "confirmation" and _NEGATED.search(text[max(0, match.start() - 24) : match.start()]):
            kind = "doubt"
        yield Cue(*match.span(), kind)  # type: ignore[arg-type]  # the names of the groups


_ANEW = re.compile(r"\s*[,.:;!?…，。：；！？—–-]|\s+(?:let|so)\b")
_AGAIN = re.compile(r"let|re|重|again", re.IGNORECASE)


def starts_anew(text: str, cue: Cue) -> bool:
    """Whether a cue is an exclamation (Wait, …; recompute: …), so that what follows it is said afresh."""
    return bool(_ANEW.match(text, cue.end) or _AGAIN.match(text, cue.start)) and cue.kind != "confirmation"
