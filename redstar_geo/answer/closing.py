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
    r"|^\W*(?:for\s+(?:example|instance)|e\.g\.|例如|比如|假如|假设|倘若)",
    re.IGNORECASE,
)
_SUPPOSING = ("would", "were", "had", "for", "e.g.", "例如", "比如", "假", "倘若")  # one is in each

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


def is_supposed(sentence: str) -> bool:
    """Whether a sentence says what would be, or gives an example."""
    lowered = sentence.lower()
    return any(word in lowered for word in _SUPPOSING) and bool(_SUPPOSED.search(sentence))
