"""How texts say that something holds: wording → statement of the formal language.

`{segment}`, `{angle}` … stand for objects in the order of the text, `{P}` for a point, `{V}` for anything that has a
value; the statement's `{0}`, `{1}` … for their points or their terms.
"""

from __future__ import annotations

import re

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
_WORDINGS = (
    # lines
    ("{segment}(?:{is}| runs)?(?: also)? parallel (?:to|with) {segment}", "ParallelBetweenLine({0},{1})"),
    ("{segment}{two}{segment} (?:cross|meet|intersect) at {P}", "Pair(Collinear({0}{2}),Collinear({1}{2}))"),
    ("{segment} (?:crosses|meets|intersects) {segment} at {P}", "Pair(Collinear({0}{2}),Collinear({1}{2}))"),
    ("{segment} passes through {P}", "Collinear({0}{1})"),
    ("{segment}{two}{segment}{is}(?: also)? parallel(?! to| with)", "ParallelBetweenLine({0},{1})"),
    ("{segment}平行于{segment}", "ParallelBetweenLine({0},{1})"),
    ("{segment}{zh_two}{segment}(?:互相)?平行", "ParallelBetweenLine({0},{1})"),
    (
        "{segment}{is}?(?: also)? (?:perpendicular|perp\\.?|at right angles) to {segment}",
        "PerpendicularBetweenLine({0},{1})",
    ),
    ("{segment}{two}{segment}{is}(?: also| mutually)? perpendicular(?! to)", "PerpendicularBetweenLine({0},{1})"),
    ("{segment}垂直于{segment}", "PerpendicularBetweenLine({0},{1})"),
    ("{segment}{zh_two}{segment}(?:互相)?垂直", "PerpendicularBetweenLine({0},{1})"),
    ("{P}(?:,? which is|,|{is})? the mid-?point of {segment}", "IsMidpointOfLine({0},{1})"),
    ("{P}{zh_is}{segment}的?中点", "IsMidpointOfLine({0},{1})"),
    ("{P} bisects {segment}", "IsMidpointOfLine({0},{1})"),
    ("{P}平分{segment}", "IsMidpointOfLine({0},{1})"),
    ("{segment}的?中点{zh_is}{P}", "IsMidpointOfLine({1},{0})"),
    ("[Tt]he mid-?point of {segment}{is} {P}", "IsMidpointOfLine({1},{0})"),
    (
        "{P} and {P} are the mid-?points of {segment} and {segment}",
        "Pair(IsMidpointOfLine({0},{2}),IsMidpointOfLine({1},{3}))",
    ),
    (
        "{P}[、和]{P}分别[是为]{segment}[、和]{segment}的?中点",
        "Pair(IsMidpointOfLine({0},{2}),IsMidpointOfLine({1},{3}))",
    ),
    ("{segment}{is} (?:a|the) perpendicular bisector of {segment}", "IsPerpendicularBisectorOfLine({0},{1})"),
    ("{segment}(?:{zh_is})?{segment}的?(?:垂直平分线|中垂线)", "IsPerpendicularBisectorOfLine({0},{1})"),
    ("{segment}垂直平分{segment}", "IsPerpendicularBisectorOfLine({0},{1})"),
    ("{segment} perpendicular(?:ly)? bisects {segment}", "IsPerpendicularBisectorOfLine({0},{1})"),
    ("{segment} bisects (?:the )?{angle}", "IsBisectorOfAngle({0},{1})"),
    ("{segment}{is} (?:a|the) (?:angle )?bisector of {angle}", "IsBisectorOfAngle({0},{1})"),
    ("{segment}平分{angle}", "IsBisectorOfAngle({0},{1})"),
    ("{segment}{zh_is}{angle}的?(?:角)?平分线", "IsBisectorOfAngle({0},{1})"),
    (
        "(?:[Pp]oint )?{P} (?:lies|is|sits|being)(?: a point)? (?:on|of|inside) (?:the )?{segment}(?! extended)",
        "Between({1},{0})",
    ),
    ("点?{P}在{segment}(?:边)?上", "Between({1},{0})"),
    ("{P}, {P},? (?:and )?{P}{is} collinear", "Collinear({0}{1}{2})"),
    ("{P}、{P}、{P}三?点?(?:在同一(?:条)?直线上|共线)", "Collinear({0}{1}{2})"),
    # triangles
    ("{triangle}{is}? congruent (?:to|with) {triangle}", "CongruentBetweenTriangle({0},{1})"),
    ("{triangle}{two}{triangle}{is} congruent(?! to)", "UnorderedCongruentBetweenTriangle({0},{1})"),
    ("{triangle}全等于{triangle}", "CongruentBetweenTriangle({0},{1})"),
    ("{triangle}{zh_two}{triangle}(?:是)?全等", "UnorderedCongruentBetweenTriangle({0},{1})"),
    ("{triangle}{is}? similar to {triangle}", "SimilarBetweenTriangle({0},{1})"),
    ("{triangle}{two}{triangle}{is} similar(?! to)", "UnorderedSimilarBetweenTriangle({0},{1})"),
    ("{polygon}{is}? congruent (?:to|with) {polygon}", "CongruentBetweenQuadrilateral({0},{1})"),
    ("{polygon}全等于{polygon}", "CongruentBetweenQuadrilateral({0},{1})"),
    ("{polygon}{is}? similar to {polygon}", "SimilarBetweenQuadrilateral({0},{1})"),
    ("{polygon}相似于{polygon}", "SimilarBetweenQuadrilateral({0},{1})"),
    ("{triangle}相似于{triangle}", "SimilarBetweenTriangle({0},{1})"),
    ("{triangle}{zh_two}{triangle}(?:是)?相似(?!比)", "UnorderedSimilarBetweenTriangle({0},{1})"),
    ("{triangle}{is} equilateral", "EquilateralTriangle({0})"),
    ("{triangle}{is} an equilateral (?:triangle|△)", "EquilateralTriangle({0})"),
    ("{triangle}{zh_is}等边(?:三角形|△)", "EquilateralTriangle({0})"),
    ("{triangle}{is} (?:an? )?isosceles right(?:[- ]angled)?(?: triangle)?", "SomeIsoscelesRight({0})"),
    ("{triangle}{zh_is}等腰直角(?:三角形|△)", "SomeIsoscelesRight({0})"),
    ("{triangle}{is} (?:an )?isosceles(?! right)(?: triangle)?", "SomeIsosceles({0})"),
    ("{triangle}{zh_is}等腰(?:三角形|△)", "SomeIsosceles({0})"),
    (
        "{triangle}{is} (?:a )?right(?:[- ]angled)?(?: triangle)? (?:at|with (?:the|its) right angle at) {P}",
        "RightAt({0},{1})",
    ),
    ("{triangle}{is} (?:a )?right(?:[- ]angled)?+(?: triangle)?+(?! angle| trap| at)", "SomeRight({0})"),
    ("{triangle}{zh_is}直角(?:三角形|△)", "SomeRight({0})"),
    ("{triangle},? (?:(?:has|with) (?:its|a|the) )?right angle at {P}", "RightAt({0},{1})"),
    ("{segment}{is} (?:a|the) median of {triangle}", "IsMedianOfTriangle({0},{1})"),
    ("{segment}{zh_is}{triangle}的?中线", "IsMedianOfTriangle({0},{1})"),
    ("{segment}{is} (?:an|the|a) (?:altitude|height) of {triangle}", "IsFootedAltitude({0},{1})"),
    ("{segment}{zh_is}{triangle}的?高线?", "IsFootedAltitude({0},{1})"),
    ("{segment}{is} (?:a|the) (?:midsegment|mid-segment|midline) of {triangle}", "IsMidsegmentOfTriangle({0},{1})"),
    ("{segment}{zh_is}{triangle}的?中位线", "IsMidsegmentOfTriangle({0},{1})"),
    ("{P}{is} the incent(?:er|re) of {triangle}", "IsIncenterOfTriangle({0},{1})"),
    ("{P}{is} the centroid of {triangle}", "IsCentroidOfTriangle({0},{1})"),
    ("{P}{is} the circumcent(?:er|re) of {triangle}", "IsCircumcenterOfTriangle({0},{1})"),
    ("{P}{is} the orthocent(?:er|re) of {triangle}", "IsOrthocenterOfTriangle({0},{1})"),
    ("{P}{zh_is}{triangle}的?内心", "IsIncenterOfTriangle({0},{1})"),
    ("{P}{zh_is}{triangle}的?重心", "IsCentroidOfTriangle({0},{1})"),
    ("{P}{zh_is}{triangle}的?外心", "IsCircumcenterOfTriangle({0},{1})"),
    ("{P}{zh_is}{triangle}的?垂心", "IsOrthocenterOfTriangle({0},{1})"),
    *(
        (wording, f"Is{centre}OfTriangle({{1}},{{0}})")
        for centre, en, zh in (
            (
                "Incenter",
                "(?:incent(?:er|re)|cent(?:er|re) of (?:the )?(?:inscribed circle|incircle))",
                "(?:内心|内切圆的?圆心)",
            ),
            ("Centroid", "centroid", "重心"),
            (
                "Circumcenter",
                "(?:circumcent(?:er|re)|cent(?:er|re) of (?:the )?(?:circumscribed circle|circumcircle))",
                "(?:外心|外接圆的?圆心)",
            ),
            ("Orthocenter", "orthocent(?:er|re)", "垂心"),
        )
        for wording in (f"(?:[Tt]he )?{en} of {{triangle}}{{is}} {{P}}", f"{{triangle}}的?{zh}{{zh_is}}{{P}}")
    ),
    *(
        (wording, f"Is{centre}OfTriangle({{0}},{{1}})")
        for centre, en, zh in (
            ("Incenter", "inscribed circle|incircle", "内切"),
            ("Circumcenter", "circumscribed circle|circumcircle", "外接"),
        )
        for wording in (
            f"{{P}}{{is}} the cent(?:er|re) of (?:the )?(?:{en}) of {{triangle}}",
            f"{{P}}{{zh_is}}{{triangle}}的?{zh}圆的?圆心",
        )
    ),
    # quadrilaterals
    ("{polygon}{is} (?:also )?a (?:parallelogram|▱)", "Parallelogram({0})"),
    ("{polygon}{zh_is}(?:平行四边形|▱)", "Parallelogram({0})"),
    ("{polygon}{is} (?:also )?a rectangle", "Rectangle({0})"),
    ("{polygon}{zh_is}(?:矩形|长方形)", "Rectangle({0})"),
    ("{polygon}{is} (?:also )?a rhombus", "Rhombus({0})"),
    ("{polygon}{zh_is}菱形", "Rhombus({0})"),
    ("{polygon}{is} (?:also )?a square", "Square({0})"),
    ("{polygon}{zh_is}正方形", "Square({0})"),
    ("{polygon}{is} (?:also )?a kite", "Kite({0})"),
    ("{polygon}{zh_is}(?:筝形|风筝形)", "Kite({0})"),
    ("{polygon}{is} (?:also )?an? isosceles trapez(?:oid|ium)", "SomeIsoscelesTrapezoid({0})"),
    ("{polygon}{zh_is}等腰梯形", "SomeIsoscelesTrapezoid({0})"),
    ("{polygon}{is} (?:also )?a (?:right )?trapez(?:oid|ium)", "SomeTrapezoid({0})"),
    ("{polygon}{zh_is}(?:直角)?梯形", "SomeTrapezoid({0})"),
    # circles
    ("{circle} has diameter {segment}", "IsDiameterOfCircle({1},{0})"),
    ("{segment}{is} (?:a|the) diameter(?: of {circle})?", "IsDiameterOfCircle({0},{1})"),
    ("{segment}{zh_is}(?:{circle}的?)?直径", "IsDiameterOfCircle({0},{1})"),
    (
        "{segment}{is} (?:an? |the )?tangents?(?: lines?)? (?:to|of) (?:the )?{circle}(?! at [A-Z])",
        "IsTangentOfCircle({0},{1})",
    ),
    (
        "{segment}{is} (?:an? |the )?tangents?(?: lines?)? (?:to|of) (?:the )?{circle} at (?:point )?{P}",
        "TangentAt({0},{2},{1})",
    ),
    ("{segment}{is} (?:an? |the )?tangents?(?: lines?)?(?: to the circle)? at (?:point )?{P}", "TangentAt({0},{1})"),
    ("{segment}{is} (?:an? |the )?tangents?(?: lines?)?(?: to the circle)?(?=[.,;:)]| and)", "IsTangentOfCircle({0})"),
    ("{segment}{zh_is}{circle}的?切线", "IsTangentOfCircle({0},{1})"),
    ("{segment}{zh_two}{circle}相切(?!于)", "IsTangentOfCircle({0},{1})"),
    ("{segment}(?:{zh_two})?{circle}相切于点?{P}", "TangentAt({0},{2},{1})"),
    ("{segment}切{circle}于点?{P}", "TangentAt({0},{2},{1})"),
    ("{segment}是切线", "IsTangentOfCircle({0})"),
    ("(?:[Tt]he )?tangent (?:to|of) (?:the )?{circle}{is} {segment}", "IsTangentOfCircle({1},{0})"),
    ("{circle}的?切线{zh_is}{segment}", "IsTangentOfCircle({1},{0})"),
    ("{circle} has (?:a )?radius (?:of )?{V}", "Equal(RadiusOfCircle({0}),{1:t})"),
    ("{P}{is} the cent(?:er|re) of (?:the )?{circle}", "IsCentreOfCircle({0},{1})"),
    ("{P}{zh_is}{circle}的?圆心", "IsCentreOfCircle({0},{1})"),
    ("(?:[Tt]he )?cent(?:er|re) of (?:the )?{circle}{is} {P}", "IsCentreOfCircle({1},{0})"),
    ("{circle}的?圆心{zh_is}{P}", "IsCentreOfCircle({1},{0})"),
    ("(?:[Pp]oint )?{P} (?:lies|is) on {circle}", "Cocircular({1},{0})"),
    ("点?{P}在{circle}上", "Cocircular({1},{0})"),
    ("{arc}{two}{arc}{is} (?:equal|congruent)", "Equal({0:t},{1:t})"),
    ("{P}{is} the mid-?point of {arc}", "IsMidpointOfSomeArc({0},{1})"),
    ("{P}{zh_is}{arc}的?中点", "IsMidpointOfSomeArc({0},{1})"),
    # values
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
    for text, statement in _WORDINGS
)
