"""Where a response declares its answer: after the thoughts, in a box, in a tag or in so many words; the last counts."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Literal, NamedTuple

from redstar_geo.answer.closing import (
    is_by_cases,
    is_case,
    is_conditional,
    is_courtesy,
    is_hedged,
    is_supposed,
    may_refuse,
    refuses,
)
from redstar_geo.bounds import RESPONSE
from redstar_geo.thinking import split_thinking

LONGEST = RESPONSE  # characters after the thoughts; an answer stands near the end
_LINE = 400  # characters of a line in which an answer is declared in words
_MOST_CUES = 20  # the last ones
_NOISE = re.compile(r"<\|[^<>|]{1,30}\|>(?:user|assistant)?|I hope it is correct\.?")
_TAG = re.compile(r"<((?:final[_ -]?)?answer)>(.{0,600}?)</\1>", re.DOTALL | re.IGNORECASE)
_TAG_MARK = re.compile(r"</?(?:final[_ -]?)?answer>", re.IGNORECASE)
_WRAPPING = re.compile(
    r"(<(?:response|output|final|result|conclusion)>|\[(?:final[_ ]?)?answer\])"
    r"|</(?:response|output|final|result|conclusion|solution)>|<solution>|\[/(?:final[_ ]?)?answer\]",
    re.IGNORECASE,
)
_JSON = re.compile(  # an object with an answer, at the end of a response
    r"""["'](?:final[_ -]?)?answer["']\s*:\s*(?:"((?:[^"\\]|\\.){1,600})"|(-?[0-9][0-9.]{0,99}))"""
    r"""[^{}]{0,300}\}\s*(?:```\s*)?$""",
    re.IGNORECASE,
)
_THOUGHT_KEY = re.compile(
    r"""["'](?:thoughts?|thinking|reasoning|analysis|rationale|explanation|steps?|scratchpad)["']\s*:\s*"(?:[^"\\]|\\.)*(?:"|\Z)""",
    re.IGNORECASE | re.DOTALL,
)
_CROSSING = ("reject", "discard", "extraneous", "valid", "inadmissible", "舍", "不合", "不符", "增根")  # one is in each
_CROSSED_OUT = re.compile(  # `x = -2 (rejected)`, `x=-2（舍去）`
    r"(?:\s*(?:\bor|\band|或|和|、|,|，))?\s*\$?[A-Za-z]\w{0,2}\s*=\s*[^,，;；=()（）\n]{1,30}[(（]\s*(?:rejected|reject|discarded|extraneous"
    r"|(?:not\s+|in)valid|inadmissible|舍去?|不合|不符|增根)[^()（）\n]{0,20}[)）]\$?",
    re.IGNORECASE,
)
_BOX = re.compile(r"\\(?:f?box(?:ed)?|beginboxed)\s*\{")
_BARE_BOX = re.compile(r"(\\boxed\s*)(-?\d+(?:\.\d+)?|[A-Ha-h])(?![\w{^/\\]|\.\d)")
_BRACE = re.compile(_BOX.pattern + r"|(?<!\\)[{}]")
_CUE = re.compile(
    r"(?:\b|(?<=_))(?:final|correct)?\s*answers?[*_]*\s*"
    r"(?:(?:is|are|should be|would be|=|→|->|⇒)(?![a-z])\**[:：]?|\**[:：][*_]*"
    r"|\s[-–—](?=\s*[(]?[A-J]\b))|\bans\s*[.:：]"
    r"|\b(?:correct|right|best)\s+(?:option|choice)s?\s*(?:(?:is|are)\b|[:：])|(?<![\w ])(?:option|choice)\s*[:：]"
    r"|\b(?:r[ée]ponse|respuesta|risposta|resposta|antwort)\s+(?:(?!n(?:o|on|ão|icht)\b)\w+\s+)?(?:est|es|é|è|ist|lautet)(?![a-zé])[:：]?"
    r"|\b(?:r[ée]ponse|respuesta|risposta|resposta|antwort|ответ)\s*[:：]"
    r"|(?:答え|正解|(?<![가-힣])(?:정답|답))\**\s*(?:[は은는]|[:：】])\**\s*[:：]?"
    r"|(?:答案|正[确確]的?[选選][项項])\**\s*(?:应?[该当]?(?:是|为|选择?)|[:：])\**\s*[:：]?"
    r"|(?:答案】?|故?应?(?<![不未勿别误])(?<!不[能应该可会要])(?<!不应该)[选選](?:择)?[:：]?|(?<!不)正确的(?:选项)?[有是为]|(?<!\S)答[:：])\s*(?=[(（]?[A-J]{1,6}(?![A-Za-z]))",
    re.IGNORECASE,
)
_CUE_BEGINS = re.compile(  # what a cue begins with, in small letters: found fast
    "final|correct|ans|right|best|option|choice|r[ée]ponse|respuesta|risposta|resposta|antwort|ответ|答|正|정답|답|故|应|选|選"
)
_JOIN = re.compile(
    r"(?:\\?[$()\[\],;.]|\\[,;:! ]|\\q?quad|[ \t]|\*|\\text\s*\{\s*(?:and|or)\s*\}|"
    r"(?:[a-z]{3,12}\s+)?(?:and|or)\b|和|或|、|，|及){0,12}"
)
_SENTENCE = re.compile(r"\n|(?<=[.!?])(?<!\b[A-J]\.)\s+|[。！？।]")
_SENTENCE_ENDS = re.compile(r"(?<=[.!?])\s+|[。！]")
_LABELLED = re.compile(r"[\s*(（\[【-]*([A-J])\s*[*]*[.．)）\]】:：、]")
_POLITE = re.compile(
    r"\s*(?:です|である|となる|となります|になります|だ|번?\s*(?:입니다|이다|이에요|예요))[。.!！]?\s*$"
)
_REST, _STOP, _PART = re.compile(r"[\s*:：]{0,20}([^\n]*)"), re.compile(r"[.!?。！？]\s*"), re.compile("[;；]")
_BARE = " \t*$.\\()[]#>-_`□■∎✓✔✅"
_OPENED = re.compile(r"(?<![$\\])\$[ \t]*\n|\\\([ \t]*\n")


class Declared(NamedTuple):
    """An answer as written, and what says that it is one.

    `box` and `tag` decide even when they cannot be read; `said` ("the answer is …") and `ending` (the last sentences,
    where nothing else declares) are prose, in which the answer is looked for; `whole` is all there is.
    """

    text: str
    by: Literal["box", "tag", "said", "ending", "whole"] = "whole"

    @property
    def prose(self) -> bool:
        """Whether words declare it, and not a box or a tag."""
        return self.by not in ("box", "tag")

    @property
    def loose(self) -> bool:
        """Whether nothing but its place says that it is the answer."""
        return self.by in ("ending", "whole")


def after_thoughts(response: str) -> str:
    """What follows the thoughts; all of it when there are none, nothing when they do not end."""
    text = split_thinking(response)[1][-LONGEST:].strip()
    return _THOUGHT_KEY.sub("", text) if text.startswith(("{", "```")) else text


def kept(text: str) -> str:
    """A text without the values that it takes back in brackets: `x = 5 or x = -2 (rejected)`."""
    return _CROSSED_OUT.sub("", text) if any(word in text for word in _CROSSING) else text


def unwrapped(text: str) -> str:
    """A response without the tags around all of it, or around its last part, which is then what counts."""
    if "<" not in text and "[" not in text:
        return text.strip()
    marks = list(_WRAPPING.finditer(text))
    if not marks:
        return text.strip()
    opened = [mark.end() for mark in marks if mark[1]]
    return _WRAPPING.sub("\n", text[opened[-1] if opened else 0 :]).strip()


def declared(text: str, *, unclosed: bool = False) -> list[Declared]:
    """The answers that a text declares, the one that counts first: that is the last.

    A box and a tag decide; what words declare before the last of them never counts, and is left out.

    `unclosed`: a box may lack its closing brace, as in torn gold answers.
    """
    declarations: list[tuple[int, Declared]] = []
    if "box" in text:
        text = _BARE_BOX.sub(r"\1{\2}", text)
        declarations += _boxes(text, unclosed)
    lowered = text.replace("İ", "i").lower()  # the one letter that is longer as a small one
    if "answer" in lowered:
        declarations += _tags(text)
    start = max((place for place, _ in declarations), default=0)
    declarations += _spoken(text, lowered, start)
    return [answer for _, answer in sorted(declarations, key=lambda at: at[0], reverse=True)]


def conclusion(text: str) -> list[Declared]:
    """The last two sentences, last first: where an answer stands that nothing declares."""
    if is_torn(text):
        return []
    last = _last_sentences(text)
    if last and (is_supposed(last[0]) or is_by_cases(last[0]) or (len(last) > 1 and all(map(is_case, last)))):
        return []
    if (labels := [_LABELLED.match(sentence) for sentence in last])[1:] and all(labels):
        later, earlier = (label[1] for label in labels if label)
        if ord(later) == ord(earlier) + 1:  # the end of a list of all choices
            return []
    return [Declared(sentence[-_LINE:], "ending") for sentence in last]


def is_torn(text: str) -> bool:
    """Whether mathematics is torn over lines, so that its parts mean nothing."""
    for opened in _OPENED.finditer(text):
        line = text[text.rfind("\n", 0, opened.start()) + 1 : opened.end()]
        if opened[0][0] == "\\" or line.count("$") % 2:
            return True
    return False


def is_refused(text: str) -> bool:
    """Whether a text ends with words that no answer can be given."""
    return may_refuse(text[-4 * _LINE :]) and any(map(refuses, _last_sentences(text)))


def _last_sentences(text: str) -> list[str]:
    """The last two sentences, last first, without those that only close a reply."""
    sentences = [part.strip() for part in _SENTENCE.split(_NOISE.sub("", text[-4 * _LINE :])) if part.strip(_BARE)]
    while sentences and is_courtesy(sentences[-1]):
        sentences.pop()
    return sentences[:-3:-1]


def _without_courtesy(said: str) -> str:
    """What is said without the sentences at its end that only close a reply."""
    ends = list(_SENTENCE_ENDS.finditer(said))
    while ends and (is_courtesy(said[ends[-1].end() :]) or ends[-1].end() == len(said)):
        said = said[: ends.pop().start()]
    return said


def _boxes(text: str, unclosed: bool) -> list[tuple[int, Declared]]:
    """Boxes that only "and" or a comma parts are one answer together; of others each is one, unless they are cases."""
    runs: list[tuple[int, list[str]]] = []
    end = -1
    for start, inside, stop in _spans(text, unclosed):
        joined = runs and (match := _JOIN.match(text, end, start)) is not None and match.end() == start
        if joined:
            runs[-1] = (start, [*runs[-1][1], inside])
        else:
            runs.append((start, [inside]))
        end = stop
    distinct = [(start, dict.fromkeys(inside.strip() for inside in run if inside.strip())) for start, run in runs]
    answers = [(start, Declared(" , ".join(boxed), "box")) for start, boxed in distinct if boxed]
    cases = [answer for answer in answers if is_conditional(_clause(text, answer[0]))] if len(answers) > 1 else []
    if len(cases) > 1 and cases[-1] == answers[-1]:
        return [answer for answer in answers if answer not in cases]
    return answers


def _clause(text: str, end: int) -> str:
    """What stands before a place in its clause."""
    line = text[max(text.rfind("\n", 0, end) + 1, end - _LINE) : end]
    return _PART.split(_STOP.split(line)[-1])[-1]


def _spans(text: str, unclosed: bool) -> list[tuple[int, str, int]]:
    """Start, inside and end of every box that is in no other, in one pass over the braces."""
    spans: list[tuple[int, str, int]] = []
    open_braces: list[tuple[int, int] | None] = []  # of a box: where it starts and where its inside does
    first = _BOX.search(text)
    for match in _BRACE.finditer(text, first.start()) if first else ():
        if match[0] != "}":
            open_braces.append((match.start(), match.end()) if len(match[0]) > 1 else None)
        elif open_braces and (box := open_braces.pop()):
            while spans and spans[-1][0] > box[0]:
                spans.pop()
            spans.append((box[0], text[box[1] : match.start()], match.end()))
    torn = [box for box in open_braces if box]
    if unclosed and torn and not spans:
        spans.append((torn[-1][0], text[torn[-1][1] :], len(text)))
    return spans


def _tags(text: str) -> list[tuple[int, Declared]]:
    """What stands in tags, or under a key of that name in JSON with which a response ends."""
    answers = []
    for match in _TAG.finditer(text) if "<" in text else ():
        inside = _spans(match[2], False)
        answers.append((match.start(), Declared((inside[-1][1] if inside else match[2]).strip(), "tag")))
    if text.endswith(("}", "```")) and (written := _JSON.search(text, max(0, len(text) - 4 * _LINE))):
        answer = written[2] or written[1].replace("\\\\", "\\")
        answers.append((written.start(), Declared(answer.strip(), "tag")))
    return answers


def _cues(text: str, lowered: str, start: int) -> Iterator[re.Match[str]]:
    """Every cue from a place on."""
    for begins in _CUE_BEGINS.finditer(lowered, start):
        if begins.start() >= start and (cue := _CUE.match(text, begins.start())):
            yield cue
            start = cue.end()


def _spoken(text: str, lowered: str, start: int) -> list[tuple[int, Declared]]:
    """What follows "the answer is", to the end of its line, or on the next when its own is empty; from `start` on."""
    answers, sentences = [], [""]
    for match in deque(_cues(text, lowered, start), maxlen=_MOST_CUES):
        rest = _REST.match(text[match.end() : match.end() + _LINE])
        said = _without_courtesy(_TAG_MARK.split(_NOISE.sub("", rest[1]))[0].strip()) if rest else ""
        said = _POLITE.sub("", said)
        line = text[max(text.rfind("\n", 0, match.start()) + 1, match.start() - _LINE) : match.end()]
        sentence = _STOP.split(line)[-1]
        sentences.append(f"{sentence} {said}")
        if (
            said
            and not is_supposed(sentence)
            and not is_conditional(_clause(text, match.end()))
            and not is_by_cases("; ".join(sentences[-2:]))
            and not is_hedged(text[max(0, match.start() - 20) : match.start()])
            and not _BOX.search(said)
        ):
            answers.append((match.start(), Declared(said, "said")))
    return answers
