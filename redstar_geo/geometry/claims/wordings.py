"""How texts say that something holds: wording → statement of the formal language.

`{segment}`, `{angle}` … stand for objects in the order of the text, `{P}` for a point, `{V}` for anything that has a
value; the statement's `{0}`, `{1}` … for their points or their terms.
"""

from __future__ import annotations

import re

from redstar_geo.geometry.claims.relations import RELATIONS
from redstar_geo.geometry.claims.rewriting import OBJECT, kinds, wording

_POINT = r"(?<![A-Za-z])([A-Z])(?![A-Za-z])"
_VALUE = f"({kinds('angle', 'segment', 'arc', 'measure', 'number', 'expression')})"
_WORTH = f"({kinds('number', 'expression')})"
_IS = r"(?: is| are|'s| being| must be| has to be| will be| are both| are all| both are)"
_STOP = r"(?=\s*(?:[.!,;)。！，；．|]|$|\n|degrees?|units?|cm|°))"
ASKED = ("answer", "perimeter", "area", "height", "radius", "diameter", "length", "angle")  # stand for what is asked
# What a text may call it in its last sentence.
_LAST_NOUNS = (
    ("answer", "measure|size"),
    ("area", "area"),
    ("perimeter", "perimeter|circumference"),
    ("height", "height"),
    ("length", "length|distance|chord|side|segment|hypotenuse|leg|diagonal"),
    ("angle", "angle|between the [a-z]+"),
)
_ZH_LAST_NOUNS = (("answer", "大小"), ("area", "面积"), ("perimeter", "周长"), ("length", "长度?"), ("angle", "度数"))
_TWO = r"(?:,? and | & )"
_GIVES = r"(?:gives|leaves|yields|makes|we get|we have|you get|results in)(?: us)?"
_ZH_TWO = r"\s?[与和同、]\s?"
_ZH_IS = r"\s?(?:也|就|都|均)?[是为]\s?(?:一个|个|等腰的)?"
_VALUES = (
    (
        "(?:\\b[Aa]nswer|\\bANSWER|\\b[Ff]inal)(?: is| =|:|, which is)(?: about| approximately| just)? {W}{stop}",
        "Equal(answer,{0:t})",
    ),
    ("(?:故?答案?(?:应?[为是]|[：:])+|答案) ?{W}{stop}", "Equal(answer,{0:t})"),
    (
        "(?:^>? ?|(?<=[^A-Z][.;] )|(?<=[。；]))(?:[A-Za-z, ]{0,24}\\b(?:value|result)(?: is|:)"
        "|(?:结论|结果)(?:是|为|：|:))? ?{W}[ .。°]*\\Z",
        "Equal(answer,{0:t})",
    ),
    *(  # of the only circle, or of what is asked for
        (
            "(?:^>? ?|(?<=[,.;:] )|(?<=\\b[Tt]he )|(?<=\\bso )|(?<=\\bthus ))"
            f"[{word[0].upper()}{word[0]}]{word[1:]}(?: is| =|:| equals) {{W}}(?:{{stop}}|(?= ?=))",
            f"Equal({name},{{0:t}})",
        )
        for word, name in (*((name, name) for name in ASKED[1:6]), ("circumference", "perimeter"))
    ),
    *(
        (
            "(?:^[> ]*|(?<=[.;:,∴⇒] ))(?![^.]*\\b(?:other|each|both|half|whole|every|third|[Tt]his|[Tt]hat)\\b)"
            "[A-Z]?[a-z, ]{0,70}"
            f"\\b(?:{nouns})(?: of [a-z ]{{1,40}})?(?: is| equals| measures|:| =)(?: just| exactly| then| therefore)?"
            " {W}[ .°]*\\Z",
            f"Equal({name},{{0:t}})",
        )
        for name, nouns in _LAST_NOUNS
    ),
    *(
        (
            "(?:^|(?<=[，。；：故则得])|(?<=所以)|(?<=因此))(?:它|其|[该此][一-龥]{1,4})?的?"
            f"(?:{nouns}) ?(?:[=为是]|等于) ?{{W}}[ .。]*\\Z",
            f"Equal({name},{{0:t}})",
        )
        for name, nouns in _ZH_LAST_NOUNS
    ),
    ("(?<![A-Za-z∠△⊙点])S ?= ?{W}(?= ?=|[.,;。，；]|$)", "Equal(area,{0:t})"),
    ("(?<![A-Za-z∠△⊙点])C ?= ?{W}(?=\\s*(?:=|[.,;。，；]|$))", "Equal(perimeter,{0:t})"),
    ("(?:^|(?<=[，。；：故则得])|(?<=所以))周长 ?[=为是] ?{W}{stop}", "Equal(perimeter,{0:t})"),
    ("(?:^|(?<=[，。；：故则得])|(?<=所以))面积 ?[=为是] ?{W}{stop}", "Equal(area,{0:t})"),
    ("(?:^|(?<=[，。；：故则得])|(?<=所以))半径 ?[=为是] ?{W}{stop}", "Equal(radius,{0:t})"),
    ("(?:^|(?<=[，。；：故则得])|(?<=所以))直径 ?[=为是] ?{W}{stop}", "Equal(diameter,{0:t})"),
    (
        "{angle|corner}{two}{angle|corner}{is}(?: a pair of)? (?:vertical|vertically opposite)(?: angles)?",
        "Equal({0:t},{1:t})",
    ),
    (
        "{angle|corner}{two}{angle|corner} (?:both )?(?:are subtended by|subtend|intercept|stand on|look at|see|sit on)"
        " (?:the same|equal) (?:arcs?|chords?|{arc})",
        "OnOneArc({0:t},{1:t})",
    ),
    (
        "{angle}{zh_two}{angle}(?:都)?(?:是)?(?:对着?)?同弧(?:{segment})?(?:所对的?圆周角|(?!所?对))",
        "Equal({0:t},{1:t})",
    ),
    ("{angle|corner}{is} (?:an?|the) exterior angle (?:of|to) (?:the )?{triangle}", "ExteriorAngle({0},{1})"),
    ("{angle|corner}{zh_is}{triangle}的?(?:一个)?外角", "ExteriorAngle({0},{1})"),
    ("{angle}{zh_two}{angle}(?:互为|是)对顶角", "Equal({0:t},{1:t})"),
    ("{angle}{is} (?:also )?a right angle", "Equal({0:t},90)"),
    ("{angle}{zh_is}直角", "Equal({0:t},90)"),
    ("{angle}{is} (?:also )?a straight angle", "Equal({0:t},180)"),
    ("{angle}{zh_is}平角", "Equal({0:t},180)"),
    ("{angle}{two}{angle}{is} supplementary", "Equal(Add({0:t},{1:t}),180)"),
    ("{angle}{is} supplementary to {angle}", "Equal(Add({0:t},{1:t}),180)"),
    ("{angle}{zh_two}{angle}互补", "Equal(Add({0:t},{1:t}),180)"),
    ("{angle}{two}{angle}{is} complementary", "Equal(Add({0:t},{1:t}),90)"),
    ("{angle}{is} complementary to {angle}", "Equal(Add({0:t},{1:t}),90)"),
    ("{angle}{zh_two}{angle}互余", "Equal(Add({0:t},{1:t}),90)"),
    ("{angle}{two}{angle} (?:add up|sum|add) to (?:exactly )?{V}", "Equal(Add({0:t},{1:t}),{2:t})"),
    ("{V}{two}{V}{is} (?:also )?(?:equal|congruent|the same)(?! to)", "Equal({0:t},{1:t})"),
    *(  # of one kind: in "it is 24°, arcs DB and BC are congruent" two are
        (three.replace("Q", f"{{{kind}}}"), "Pair(Equal({0:t},{1:t}),Equal({1:t},{2:t}))")
        for kind in ("angle", "segment", "arc", "measure")
        for three in (
            "Q, Q,? and Q{is} (?:also |all )?(?:equal|congruent|the same)(?! to)",
            "Q[、,]Q[、和与]Q(?:都|均|全|两两)?相等",
        )
    ),
    ("{V}{two}{V} have (?:equal|the same) (?:lengths?|measures?)", "Equal({0:t},{1:t})"),
    ("{V}{zh_two}{V}(?:的长度?|的?度数|的?大小)?(?:是)?相等", "Equal({0:t},{1:t})"),
    ("{V}{two}{V} are both {V}", "Pair(Equal({0:t},{2:t}),Equal({1:t},{2:t}))"),
    ("[Bb]oth {V} and {V} are {V}", "Pair(Equal({0:t},{2:t}),Equal({1:t},{2:t}))"),
    ("{V}{is} twice as (?:long|large|big|much) as {V}", "Equal({0:t},Mul(2,{1:t}))"),
    ("{V}{is} half as (?:long|large|big|wide) as {V}", "Equal(Mul(2,{0:t}),{1:t})"),
    ("{V}{is} {W} times as (?:long|large|big|wide|much) as {V}", "Equal({0:t},Mul({1:t},{2:t}))"),
    (
        "{V}{two}{V} (?:together|combined) (?:make|give|are|measure|equal|amount to) {V}",
        "Equal(Add({0:t},{1:t}),{2:t})",
    ),
    ("[Aa]dding {V} (?:and|to) {V} {gives} {V}", "Equal(Add({0:t},{1:t}),{2:t})"),
    ("[Ss]ubtracting {V} from {V} {gives} {V}", "Equal(Sub({1:t},{0:t}),{2:t})"),
    ("[Mm]ultiplying {V} (?:by|and|with) {V} {gives} {V}", "Equal(Mul({0:t},{1:t}),{2:t})"),
    ("[Dd]ividing {V} by {V} {gives} {V}", "Equal(Div({0:t},{1:t}),{2:t})"),
    ("[Dd]oubling {V} {gives} {V}", "Equal(Mul(2,{0:t}),{1:t})"),
    ("[Hh]alving {V} {gives} {V}", "Equal({0:t},Mul(2,{1:t}))"),
    ("{V}加上?{V}得到?{V}", "Equal(Add({0:t},{1:t}),{2:t})"),
    ("{V}减去?{V}得到?{V}", "Equal(Sub({0:t},{1:t}),{2:t})"),
    ("{V}{is} {V} (?:more|larger|greater|longer|bigger) than {V}", "Equal({0:t},Add({2:t},{1:t}))"),
    ("{V}{is} {V} (?:less|smaller|shorter) than {V}", "Equal({0:t},Sub({2:t},{1:t}))"),
    ("{V} exceeds {V} by {V}", "Equal({0:t},Add({1:t},{2:t}))"),
    ("(?<!比){segment}长 ?{W}{stop}", "Equal({0:t},{1:t})"),
    ("^[ >]*{angle|segment|measure}[:：] ?{W}{stop}", "Equal({0:t},{1:t})"),
    (
        "\\b(?:leav(?:es|ing)|gives?|giving|get|have|makes|is|then|so) (?:exactly |only )?{W}(?: degrees?)? for"
        " (?:the )?{angle|segment|arc}(?![ ,]*(?:and|or|[+-]))",
        "Equal({1:t},{0:t})",
    ),
    ("\\b(?:left|remains?|remaining)(?: over)? for (?:the )?{angle|segment|arc} (?:is|are) {W}", "Equal({0:t},{1:t})"),
    ("\\b(?:an?|with)(?: the)?(?: [a-z]+)? {segment} of {W}(?! of)", "Equal({0:t},{1:t})"),
    *(
        (
            f"(?:^|[.,;:] |\\b(?:[Tt]he|all|its|three|four|[Ss]ince|[Bb]ecause|that) )(?:interior |inner )?[Aa]ngles"
            f" (?:of|in|inside) (?:the |a |any )?(?:{{{shape}}}|{word}) (?:add up|add|sum) (?:up )?to {{W}}",
            f"Equal({{1:t}},{total})",
        )
        for shape, word, total in (("triangle", "triangle", 180), ("polygon", "quadrilateral", 360))
    ),
    ("(?:{triangle}|三角形)的?内角和(?:是|为|等于|=) ?{W}", "Equal({1:t},180)"),
    ("(?:{polygon}|四边形)的?内角和(?:是|为|等于|=) ?{W}", "Equal({1:t},360)"),
    ("\\b[Cc]omplement of {angle}(?: is| =| equals) {V}", "Equal(Add({0:t},{1:t}),90)"),
    ("\\b[Ss]upplement of {angle}(?: is| =| equals) {V}", "Equal(Add({0:t},{1:t}),180)"),
    ("{angle}的余角(?:是|为|等于|=) ?{V}", "Equal(Add({0:t},{1:t}),90)"),
    ("{angle}的补角(?:是|为|等于|=) ?{V}", "Equal(Add({0:t},{1:t}),180)"),
    ("{V}[、和与]{V}分别(?:是|为|等于) ?{V}[、和与]{V}", "Pair(Equal({0:t},{2:t}),Equal({1:t},{3:t}))"),
    ("{V}比{V}[大多长]{V}", "Equal({0:t},Add({1:t},{2:t}))"),
    ("{V}比{V}[小少短]{V}", "Equal({0:t},Sub({1:t},{2:t}))"),
)
# Between two values; what follows must not turn it into a comparison ("is 20 more than").
_ADVERB = (
    r"(?:also |then |therefore |thus |exactly |just |simply |indeed |now |again |hence |still |clearly |only |always "
    r"|another )?"
)
NOT_EQUAL = re.compile(r"\bnot\b|n't|不")
ABOUT = r"(?:,| is| are)? (?:about|approximately|roughly|around) (?=[^a-z])"
EQUALS = (
    rf"(?: is not| isn't| does not| doesn't) (?:equal (?:to )?)?(?:the )?|不等于|不是(?=[\ue000-\ue009])"
    rf"|,? which (?:is|equals|measures|comes to|(?:gives|makes)(?! {OBJECT} ?[=≈])|comes out (?:as|to)) {_ADVERB}"
    r"(?:equal to )?(?:the )?"
    rf"|, namely |,? i\.e\.,? "
    r"|(?: are| is) (?:both|each|all) |正好[是为]|恰好[是为]|应该?[是为]|应当[是为]| should be |占了?"
    "|"
    rf"(?: is| are|'s) {_ADVERB}(?:equal to|the same as|congruent to) (?:the )?"
    r"| equal to (?:the )?"
    rf"| {_ADVERB}(?:must )?equals? (?:to )?(?:the )?| measures (?:exactly )?"
    r"| (?:is|being) of (?:length|measure) | has (?:a )?(?:length|measure) (?:of )?"
    r"|(?: is| are|'s| was|,? must be| has to be| comes out (?:as|to be|to)| comes to| works out to(?: be)?"
    rf"| turns out to be| becomes) {_ADVERB}"
    rf"|(?<={kinds('expression')}), or (?={kinds('number')}[.,;])"
    rf"|(?<={kinds('number', 'expression')}),? that is,? (?={OBJECT}(?! ?[=≈<>]| is| are))"
    r"|，?(?:也就是)(?=[\ue007\ue008])|\s?(?:也|就|都|则|应|应该|就应该|就是)?(?:等于|[为是])\s?"
)
NO_COMPARISON = (
    r"(?!\s?(?:more|less|larger|smaller|longer|shorter|greater|times|cent|of |to |or |倍|[:：]|的|\.\d|%|个|种))"
)


_VERBS = {"is": _IS, "gives": _GIVES, "two": _TWO, "zh_two": _ZH_TWO, "zh_is": _ZH_IS}
WORDINGS = tuple(
    (
        wording(text, P=_POINT, V=_VALUE, W=_WORTH, stop=_STOP, **_VERBS),
        statement,
    )
    for text, statement in (*RELATIONS, *_VALUES)
)
