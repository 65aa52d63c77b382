"""What replies say behind their answer: that they hope to have helped, or that no answer can be given after all."""

from __future__ import annotations

import re

_COURTESY = re.compile(
    r"\W*(?:(?:i|we)\s+(?:really\s+|sincerely\s+)?hope\b|hop(?:e|ing)\s+(?:this|that|it|you)\b|(?:please\s+)?(?:just\s+)?"
    r"(?:let\s+me\s+know|feel\s+free|ask|reach\s+out|don't\s+hesitate|do\s+not\s+hesitate)\b|(?:if|should)\s+(?:you|any|there|some)"
    r"\b.*(?:question|help|expla|clarif|clear|know|ask|more|need)|(?:would|do)\s+you\b|(?:happy|glad)\s+to\b|i(?:'m|\s+am|'d|"
    r"\s+would\s+be)\s+(?:happy|glad|here|always)\b|(?:q\.?\s?e\.?\s?[df]|done|checked|verified|thanks|thank\s+you|good\s+luck"
    r"|cheers|enjoy|have\s+a\s+\w+|that(?:'s|\s+is)\s+(?:it|all)|this\s+(?:completes|concludes|finishes)|as\s+(?:required"
    r"|desired|requested)|great\s+(?:question|job)|keep\s+(?:practi|up)\w*|happy\s+\w+ing|the\s+end|end\s+of\s+\w+)\b"
    r"|希望|如[果若有需还].*[问疑帮需]|若[有还].*[问疑帮需]|有(?:任何|什么|不).*[问疑]|请随时|欢迎|祝|证毕|解毕|完毕|谢谢|感谢"
    r"|以上就?是.*[解过步全])",
    re.IGNORECASE,
)
_VALUE = re.compile(r"[\d√π]|\\(?:sqrt|pi)|\b[A-J]\b(?!\.?\s?[A-Z]\b)(?<!\bI)")
_NOT = (
    r"(?:can(?:not|'t|\s+not)|could(?:n't|\s+not)|(?:am|is|are|'m|was)(?:n't|\s+not)\s+able\s+to|unable\s+to"
    r"|impossible\s+to|no\s+way\s+to)"
)
_REFUSAL = re.compile(
    rf"\b{_NOT}\s+(?:\w+\s+){{0,2}}?(?:say|tell|give|provide|answer|conclude|decide|determine|commit|state|solve|know|offer"
    r"|be\s+(?:sure|certain|said|given|answered))\b|\bnot\s+(?:possible\s+to|clear|certain|sure)\b|\bunsure\b"
    r"|\bno\s+(?:definite|definitive|unique|certain|single|clear)\s+(?:answer|conclusion|value)"
    r"|\bnot\s+(?:enough|sufficient)\s+(?:information|data)|\binsufficient\s+(?:information|data)"
    rf"|\b{_NOT}\s+(?:\w+\s+){{0,2}}?(?:see|view|access|open|display)\s+(?:\w+\s+){{0,2}}?(?:images?|pictures?|figures?|diagrams?"
    r"|photos?|drawings?|attachments?)\b"
    r"|无法|不能(?:确定|给出|判断|回答)|信息不足|条件不足|不确定|看不[到见清]",
    re.IGNORECASE,
)
_REFUSING = ("not", "n't", "no ", "unable", "impossible", "insufficient", "unsure", "无法", "不")  # one is in each
_SUPPOSED = re.compile(
    r"\bif\b.*\b(?:were|had|would)\b|\bwould\b.*\bif\b|\b(?:suppose|supposing|assuming|assume)\b.*\b(?:were|would)\b"
    r"|\b(?:in|under)\s+(?:that|this|such\s+an?)\s+\w+\b.*\bwould\b|^\W*were\s+(?:it|this|that|they|the)\b"
    r"|^\W*(?:for\s+(?:example|instance)|e\.g\.|otherwise|例如|比如|假如|假设|倘若|否则)",
    re.IGNORECASE,
)
_SUPPOSING = (
    "would",
    "were",
    "had",
    "for",
    "e.g.",
    "otherwise",
    "例如",
    "比如",
    "假",
    "倘若",
    "否则",
)  # one is in each
_CONDITIONS = {  # each kind of conditions, of which two make cases, by the words of which one is in each
    ("if", "unless", "otherwise", "else"): r"(?<!even )(?<!as )(?<!what )\bif\b(?! and only)|\bunless\b|\botherwise\b"
    r"|[,;]\s*else\b",
    (
        "when",
        "for",
        "otherwise",
    ): r"\bwhen(?:ever)?\b|\bfor\s+(?=[\\($]*[A-Za-z]\s*(?:[=<>≤≥]|\\[lg]eq?\b))|\botherwise\b",
    ("case",): r"\bcase\s+(?:\d|[ivx]+\b|one\b|two\b|three\b)",
    ("若", "如果", "假如", "要是", "否则", "其他"): r"(?<!即)若(?!干)|如果|假如|倘若|要是|否则|其他情况",
    ("时", "否则", "其他"): r"当[^，,；;。]{1,40}?(?<![小此这同])时|[=<>≤≥≠][^，,；;。=]{1,15}?(?<![小此这同])时"
    r"|(?<![小此这同])时(?=[选選为是])|否则|其他情况",
    ("情况",): r"情况\s*[一二三①②③\d]",
}
_CASES = {kind: re.compile(pattern, re.IGNORECASE) for kind, pattern in _CONDITIONS.items()}
_IF = next(iter(_CONDITIONS.values()))
_CONDITIONAL = (  # one is in each condition
    *("if", "unless", "otherwise", "else", "case", "assuming", "supposing", "provid", "presuming"),
    *("若", "如果", "假", "要是", "除非", "只有当", "否则", "情况"),
)
_CASE = re.compile(
    r"\W*(?:\d[.、)）]\s*)?(?:(?:if|when|for|若|如果|当)[^,，;；。]{0,40}?(?:[=<>≤≥≠]|\\[lg]eq?\b)|(?:in\s+)?case\s+(?:\d|[ivx]+\b|one\b|two\b)"
    r"|情况\s*[一二三①②③\d])",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    rf"{_IF}|\b(?:assuming|supposing|provided|providing|presuming)\b"
    r"(?!\s+(?:that\s+)?[\\($]*(?:pi\b|π))"
    r"|\bcase\s+(?:\d|[ivx]+\b|one\b|two\b|three\b)|(?<!即)若(?!干)|如果|假如|假设|假定|倘若|要是|除非|只有当|否则|情况\s*[一二三①②③\d]",
    re.IGNORECASE,
)
_CONCLUDED = re.compile(
    r"\b(?:(?<!if )so|thus|hence|therefore|consequently|we\s+(?:get|have|find|obtain)|it\s+follows)\b"
    r"|\\(?:implies|Rightarrow|therefore)\b|[⇒∴]"
    r"|所以|因此|因而|从而|故|于是|[解可求易]?得|可知|综上|即",
    re.IGNORECASE,
)

_HEDGED = re.compile(
    r"(?:(?<!不)可能|也许|或许|大概|\b(?:maybe|perhaps|possibly)(?:\s+(?:the|my))?"
    r"|(?:同学|学生|有人|容易)们?[会都常]?|\b(?:some|many|students|people)\s+(?:say|think|claim)(?:\s+that)?(?:\s+the)?)\s*$",
    re.IGNORECASE,
)


def is_courtesy(sentence: str) -> bool:
    """Whether a sentence closes a reply and says nothing: "I hope this helps!", `证毕`, QED."""
    return bool(_COURTESY.match(sentence)) and not _VALUE.search(sentence)


def refuses(sentence: str) -> bool:
    """Whether a sentence says that no answer can be given."""
    return may_refuse(sentence) and bool(_REFUSAL.search(sentence))


def may_refuse(text: str) -> bool:
    """Whether a text has a word of those that refuse, found fast."""
    lowered = text.lower()
    return any(word in lowered for word in _REFUSING)


def is_hedged(before: str) -> bool:
    """Whether what is said next is only perhaps so."""
    return bool(_HEDGED.search(before))


def is_conditional(said: str) -> bool:
    """Whether what comes next holds under a condition only: no conclusion was drawn since the last one was set."""
    lowered = said.lower()
    if not any(word in lowered for word in _CONDITIONAL):
        return False
    conditions = list(_CONDITION.finditer(said))
    return bool(conditions) and not _CONCLUDED.search(said, conditions[-1].end())


def is_by_cases(sentence: str) -> bool:
    """Whether a sentence gives one value in one case, another in another, and draws no conclusion from them."""
    lowered = sentence.lower()
    for kind, case in _CASES.items():
        met = list(case.finditer(sentence)) if sum(map(lowered.count, kind)) > 1 else []
        if len(met) > 1 and not _CONCLUDED.search(sentence, met[-1].end()):
            return True
    return False


def is_case(sentence: str) -> bool:
    """Whether a sentence begins with one case of several: `If r = 1, …`, `当r=1时…`, `Case 2: …`."""
    return bool(_CASE.match(sentence))


def is_supposed(sentence: str) -> bool:
    """Whether a sentence says what would be, or gives an example."""
    lowered = sentence.lower()
    return any(word in lowered for word in _SUPPOSING) and bool(_SUPPOSED.search(sentence))
