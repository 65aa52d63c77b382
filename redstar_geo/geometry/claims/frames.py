"""Frames: where a sentence speaks of another figure than the one of the problem, or not of a figure at all.

AB = 7 is no error of "In the next exercise, AB = 7", "On my ruler AB = 7", "Say AB = 7" or "An isosceles triangle has
AB = BC". A frame lasts to the end of its sentence, that of an example or a case to the end of its paragraph, that of
a rule until its application begins (so, we get, a clause of its own), and any until the text comes back (but here).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from redstar_geo.geometry.claims.rewriting import OBJECT, kinds

_LONGEST = 300  # characters of a sentence or paragraph before a claim that are looked at
_TO_LOOK_ON = 24  # characters around them
_VALUE, _SHAPE = kinds("number", "expression"), kinds("triangle", "polygon", "circle", "corner")
_DRAWN = r"(?:figure|picture|diagram|drawing|sketch|image|illustration)"
_TEXTS = rf"(?:{_DRAWN}|fig\.?|problem|exercise|question|example|part|version|variant|copy|case|scenario)"
_SHAPES = r"(?:triangle|square|rectangle|rhombus|parallelogram|trapezoid|trapezium|kite|quadrilateral|polygon|circle)"
_ZH_SHAPES = "(?:三角形|正方形|矩形|长方形|菱形|平行四边形|梯形|四边形|圆)"
_OTHER = (
    r"(?:second|third|fourth|other|next|previous|last|left|right|(?:left|right)-hand|new|old|resulting|mirror(?:ed)?|parallel"
    r"|similar|analogous|different|earlier|later|upper|lower|related)"
)
_UNDER = r"(?:When(?:ever)?|Once|As (?:soon|long) as|So long as|Until|By the time)"  # a condition
_WORKING = (  # what a derivation does is none: when we add, once it is solved
    r"(?:[^.;,]*\b(?:we|you|i)\b|(?:[^.;,]*\b(?:is|are|have been|has been) )?(?:[a-z]+ing|known|found|given|drawn|put"
    r"|taken|done|(?:solv|simplifi|divid|multipli|add|subtract|squar|substitut|insert|plugg|combin|expand|cancell?|collect"
    r"|evaluat|comput|calculat|determin|establish|appli|work|reduc|rearrang|isolat|summ|prov)ed)\b)"
)
_WORDS = re.compile(
    # another figure, or this one changed
    rf"\b(?:in|for|from|on|of) (?:the|my|your|his|her|their|an?) (?:[a-z]+ ){{0,2}}?{_OTHER} (?:[a-z]+ )?{_TEXTS}\b"
    rf"|\b(?:in|for|with|of|consider|take) (?:another|a different|some other) (?:[a-z]+ ){{0,2}}{_SHAPES}\b"
    rf"(?!,? {_SHAPE})|\b(?:another|a different|some other) (?:[a-z]+ )?{_TEXTS}\b"
    rf"|\bin the (?:new|resulting|changed) {_SHAPES}|\b{_TEXTS} ?(?:\([a-h]\)|{_VALUE})(?! (?:is|are|asks|gives|says))"
    rf"|\bmov\w+ (?:the|this|that) (?:point|vertex|{_DRAWN}|{_SHAPES}|line|circle)"
    rf"|\bdoubl\w+ (?:all|every|the (?:{_DRAWN}|{_SHAPES}|sides))"
    # what an instrument shows
    r"|\b(?:on|by|with|from) (?:my |the |a )?(?:paper|screen|map|eye|scale(?! factor))\b"
    r"|\b(?:ruler|protractor|calculator|computer|software)\b"
    r"|(?:^|[.;(] ?)(?:twice|half|\w+ times) as (?:large|big|long)\b"
    r"|\bcompare (?:with |to )?(?:the|an?) |\bin [a-z]+['’]s [a-z]+|\banswer key\b"
    r"|(?:^|[.;(] ?)(?-i:Had|Were|Should) [a-z]"
    r"|\b(?:looks?|appears?|seems?|looking) (?!at |back|for |again|up |to be sub|the same arc)[a-z]+"
    rf"|\bmeasur(?:ed|ing)|\bmy (?:own )?{_DRAWN}"
    # what is tried, or said of a guess
    rf"|(?:^|[,;:(—] ?)(?:say|take|choose|pick|putting)(?: that|,)? ?(?={OBJECT})|\be\.g\b|\bfor (?:example|instance)"
    r"|\bas an? (?:[a-z]+ )?(?:example|illustration|test|trial|experiment)|\bprovided\b|\b(?:even|only) (?:if|when)\b"
    rf"|\b(?:can|may|could|might) (?:choose|pick|put|take|set)\b|\bto (?:get|have|make|reach|obtain) (?={OBJECT} ?=)"
    rf"|(?<!solve )(?<!solving )\bfor (?={kinds('segment', 'angle', 'arc', 'measure')} ?= ?{_VALUE})|{_VALUE} instead\b"
    r"|\bwith (?=[^.;]{1,40}\bwould\b)"
    r"|\bunits? (?:of|where)\b|\bWLOG\b|\bloss of generality|\b(?:should not|shouldn't|never|avoid)\b|\bnot:"
    r"|\b(?:first|earlier|original|initial|previous|old) (?:[a-z]+ )?(?:was|were|had|gave|read)\b"
    r"|\b(?:answer|choice|option|key|distractor) \(?(?-i:[A-E])\b"
    # a condition that the figure need not meet, and a bound
    rf"|(?:^|[.;:(] ?)(?-i:{_UNDER}|Where) (?!{_WORKING})(?=[^.;]*, )"
    r"|(?:^|[.;:(] ?)(?-i:Only|Not until|Without|Equality|Otherwise|Contradiction)\b"
    r"|\bonly then\b|\b(?:for|with|given) collinear\b|\bon condition|\bit takes\b|\bbound is\b"
    r"|(?:^|[.;:(] ?)(?-i:With |For |All )[^.;,]*\bpoints (?:in|on) (?:a|one) (?:straight )?line\b"
    r"|(?:^|[.;:,(] ?)at (?:the )?(?:most|best|worst|least)\b"
    r"|(?<!made a )(?<!make a )(?<!made )\b(?:(?:common|typical|usual|frequent|classic|popular|the|an?) )+"
    r"(?:mistake|error|trap|pitfall|misconception|slip|wrong [a-z]+)\b",
    re.MULTILINE | re.IGNORECASE,
)
_BEHIND = re.compile(  # AB = 7 only when …
    rf"(?: ?(?:°|degrees|units|cm))?,? (?:exactly |just |only |precisely |or so )?"
    rf"(?:{_UNDER.lower()}|only (?:for|with|if|on|in)|at the (?:most|moment)|at (?:most|best)|(?:requires?"
    rf"|needs?)(?! to))\b(?! {_WORKING})"
    "|[，,]?(?:当且仅当|(?:当|在)[^，。]{1,16}时|(?:需要|要求)"
    rf"(?!\s?(?:{OBJECT}|先?[求算解找证的])))",
    re.IGNORECASE,
)
_SIGNS = re.compile(
    r"\b[Mm]ov\w+ (?:point |vertex )?[A-Z]\b|\b[A-Z] (?:(?:is|gets) )?mov\w+|\b[Ll]etting [A-Z]\b"
    rf"|另外?一?[个道幅张种]?[^，。]{{0,6}}(?:图|题|{_ZH_SHAPES})(?!{OBJECT})|[上下前]一?[个幅张道]?(?:图|题)"
    rf"|第[二三四][个幅张]?(?:图|题)|图\s?{_VALUE}|例题|课本|书上|教材|变式|(?<!测)量[得出]|目测|尺子?|量角器"
    r"|(?:旋转|平移|移动|放大|缩小|翻折)[^，。]{0,8}[后得]|比如|例如|譬如|举例|举个例子|就算|即使|即便|哪怕|万一|[情特]况下"
    rf"|[^，。；我求算同此这那及解]时候?[，,]? ?(?={OBJECT})"
    r"|(?:^|[，。；：])(?:只有|一旦|等到|等号|否则|不然|反之|才有)"
    rf"|(?:^|[，。；：])如(?={OBJECT} ?=)|取(?={OBJECT} ?=)|(?:常见|典型|易|的)错误?[：:是]|误区|陷阱|答案[A-E]",
    re.MULTILINE,
)
_PARAGRAPH = re.compile(
    rf"\b[Ee]xamples?:|\b[Cc]ase (?:{_VALUE}|[A-Za-z]\b)"
    r"|\b(?:try|use|take|put in|plug in|pick|with) (?:some |a few |concrete |simple |small |easy |actual |round )*"
    r"(?:numbers|values|figures|examples?)\b"
    r"|(?:^|[.;] ?)(?:Rotate|Reflect|Enlarge|Scale|Stretch|Shift|Translate|Imagine) "
    "|情形[一二三四]|情况[一二三四]|用数[值字]试|特殊值",
    re.MULTILINE,
)
_RULE = re.compile(
    rf"(?:^|[.:;,(] ?|\b(?:that|as|since|because|recall|know) )(?:[Ii]n |[Ff]or |[Ww]ith |[Ff]rom )?"
    rf"(?:[Aa]n?|[Aa]ny|[Ee]very|[Ss]ome) (?:(?:[a-z-]+|{OBJECT})[ -]){{0,4}}?(?:{_SHAPES}\b|{_SHAPE})"
    rf"|(?:^|[.:;] ?)[A-Z][a-z]+ {_SHAPES}s (?:have|are)\b|(?:^|[.:;] ?)[A-Z][a-z]+ means\b"
    r"|\b[Ii]n general\b|\b[Gg]enerally\b|(?:^|[.:;] ?)(?:The )?[Tt]heorem[.:]|^定理[：:]|一般地|一般来说|通常"
    r"|(?:^|[.;] ?)(?:The )?(?:[a-z]+ ){0,2}(?:theorem|formula|definition|identity|rule|law)(?: (?:of|for) [a-z ]+?)?"
    r" (?:is|says|states|reads)\b"
    rf"|(?:^|[在，。：])(?:等腰|等边|直角|正|锐角|钝角|任意|一般)?{_ZH_SHAPES}[中里]",
    re.MULTILINE,
)
_SEEN = re.compile(
    rf"\b(?:[Ff]rom|[Ii]n|[Oo]n|[Bb]y|to|at) the (?!given )(?:[a-z]+ )?{_DRAWN}\b(?! above| given)"
    "|看图|图[上中]|从图|由图|据图"
)
_APPLIED = re.compile(  # a rule ends where it is put to use
    r"\b(?:so|thus|hence|therefore|giv(?:es|ing)|we (?:get|have|find|obtain|see))\b|⇒|∴|所以|因此|于是|故|则|得"
    r"|\b(?:is|are|has|have|bisects?|adds?|sums?|equals?|measures?|meets?|touch(?:es)?|halves)\b[^.;]*[,:;—-] *"
)
_METHOD = "(?:use|try|look|work|appl[yi]|go|start|do|draw|join|connect|add|consider|begin|compare|take the)"
_SUPPOSED_BEFORE = re.compile(  # in words that are no claim, with what follows from it in the next sentence
    r"(?:^|[.!?] )(?:Suppose|Assume|Imagine|Pretend)\b(?![^.]*\bbe\b)[^.=]*\. ?(?=Then|In that case|This|That)"
    r"|(?:假设|假如|设想)[^。=]*。(?=那么|则|这样)"
    rf"|\b[Ww]hat if\b(?! (?:I|we|you) (?:just |also |now )?{_METHOD}\b)[^?\n]{{1,80}}\?\s*(?:[A-Z][a-z]*:\s*)?"
    r"|(?:如果|要是|若)[^。？?\n]{1,60}呢?[？?]\s*(?:答：)?"
)
_BACK = re.compile(
    r"\b(?:but|however|here|actually|in fact|in (?:our|this) (?:triangle|case|problem|figure))\b|但|可是|本题|这里|回到"
)
_ABBREVIATED = re.compile(r"\b(?:[Ee]\.g|[Ff]ig|Theorem)\.\s*\Z")  # no sentence ends here
_BREAK = re.compile(r"\n\s*\n")
_QUOTES = re.compile(r"[\"“”「」]")
_AMONG = re.compile(rf"(?:^|[,;:.，。；：(] ?)(?:[Ii]n|[Ff]or|[Cc]onsider|在)?(?: the| an?)?(?: [a-z-]+)?\s?({_SHAPE})")
_LETTER = re.compile(
    rf"\b(?:[Ww]ith|[Ff]or|[Aa]t|[Tt]aking|[Pp]utting|[Ss]etting|[当取令])\s?({kinds('expression')}) ?= ?"
)


class Frame(NamedTuple):
    """What the words before a claim make of it.

    Attributes:
        elsewhere: it is not said of this figure.
        seen: it is read off the drawing, as a label or by eye.
        named: signs of the shape that the sentence puts it in, and of the letter that it gives a value.
    """

    elsewhere: bool = False
    seen: bool = False
    named: tuple[str, ...] = ()


def frame(text: str, begin: int, start: int, end: int) -> Frame:
    """The frame of a claim at `text[start:end]`, in a sentence that begins at `begin`; of text as rewritten."""
    begin = max(begin, start - _LONGEST)
    if cut := _ABBREVIATED.search(text, max(0, begin - _TO_LOOK_ON), begin):
        begin = cut.start()
    sentence = text[begin:start]
    back = [match.end() for match in _BACK.finditer(sentence)]
    sentence = sentence[back[-1] :] if back else sentence
    whole, last = sentence + text[start : end + _TO_LOOK_ON], len(sentence) + end - start
    named = tuple(match[1] for pattern in (_AMONG, _LETTER) for match in pattern.finditer(sentence))
    rule = _last(_RULE, sentence)
    seen = _last(_SEEN, sentence)
    elsewhere = (
        any(match.start() < last for pattern in (_WORDS, _SIGNS) for match in pattern.finditer(whole))
        or (rule is not None and not _APPLIED.search(sentence, rule))
        or (len(_QUOTES.findall(sentence)) % 2 == 1 and _QUOTES.search(text, end, end + _LONGEST) is not None)
        or _BEHIND.match(text, end) is not None
        or any(match.end() >= begin for match in _SUPPOSED_BEFORE.finditer(text, max(0, begin - _LONGEST), start))
        or (not back and _in_example(text, begin, start))
    )
    return Frame(elsewhere, seen is not None and not _APPLIED.search(sentence, seen), named)


def _in_example(text: str, begin: int, start: int) -> bool:
    """Whether the paragraph began an example or a case before this sentence, and did not come back."""
    paragraph = text[max(0, begin - _LONGEST) : start]
    breaks = [match.end() for match in _BREAK.finditer(paragraph)]
    paragraph = paragraph[breaks[-1] :] if breaks else paragraph
    opened = _last(_PARAGRAPH, paragraph)
    return opened is not None and not _BACK.search(paragraph, opened)


def _last(pattern: re.Pattern[str], text: str) -> int | None:
    """Where the last match ends."""
    return max((match.end() for match in pattern.finditer(text)), default=None)
