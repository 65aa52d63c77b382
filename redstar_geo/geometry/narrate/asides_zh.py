"""How wrong turns, traps, checks and second ways are said in Chinese; the form is that of `wording_zh`."""

from __future__ import annotations

SLOTS: dict[str, dict[str, tuple[str, ...]]] = {
    # wrong turns
    "dead_end": {
        "any": (
            "{idea}那需要{missing}，目前得不到，[放弃|算了]。",
            "{idea}可是那需要{missing}，并不知道，换一条路。",
            "{idea}没有理由说{missing}，先不管。",
        ),
        "thinking": (
            "{idea}要是{missing}就好了{hope}，但是现在没有这个条件，[换个想法|回头]。",
            "[等等|咦]，{idea}试试看：需要{missing}。[没有给|推不出来]，[不走这条路|算了]。",
        ),
        "tutoring": ("{idea}我们需要{missing}，题目没有给，也推不出来，所以不能用。",),
        "formal": ("{idea}此法需要{missing}，条件不足。",),
        "terse": ("{idea}需要{missing}，没有。",),
    },
    "dead_end_clause": {
        "any": (
            "{idea}那需要知道{missing}，目前得不到，[放弃|算了]。",
            "{idea}没有理由说{missing}，先不管。",
            "{idea}要是{missing}就好了{hope}，但是现在没有这个条件。",
        ),
    },
    "dead_end_yet": {
        "any": (
            "{idea}那需要{missing}，现在还不知道，先放一放。",
            "{idea}如果{missing}就可以，但这一步还说不了，以后再看。",
        ),
    },
    "dead_end_no": {"any": ("{idea}那需要{missing}，可是{found}，不行。", "{idea}要是{missing}才行，可是{found}。")},
    "detour": {
        "any": (
            "还可以得到{facts}（{why}），但对{goal}没有帮助，放下。",
            "{why}，{facts}，没错；求{goal}用不上。",
        ),
    },
    "too_early": {
        "any": (
            "这里面有{goal}，可是{missing}还不知道，[先放着|等一等]。",
            "要是知道{missing}，就能求{goal}了。",
            "想由此求{goal}，还需要{missing}。",
        ),
    },
    "recap": {
        "any": (
            "到这里有：{results}。还差{goal}。",
            "[小结一下|停下来看看]：{results}。[接下来求|剩下的是]{goal}。",
            "目前{results}。",
        ),
        "tutoring": ("我们先小结：{results}，还要求{goal}。",),
    },
    # traps
    "trap": {
        "any": ("[注意|小心]：{trap}", "[这里容易出错|容易误解的地方]：{trap}"),
        "thinking": ("[别急|这里要当心]，{trap}",),
        "tutoring": ("同学们要注意，{trap}",),
    },
    # checks
    "check": {
        "any": ("检验：{check}。", "代入检查：{check}，正确。", "再验证：{check}，吻合。"),
        "thinking": ("[检查一下|验算一下]：{check}，[对|没问题]。",),
        "formal": ("经检验，{check}。",),
        "terse": ("验：{check}。",),
    },
    "check_unused": {
        "any": (
            "另一个没用过的关系也成立：{check}。",
            "再换一处看：{check}，也对。",
            "还有一个前面没用到的式子：{check}，相符。",
        ),
    },
    "check_letter": {
        "any": ("把{letter}代回去：{line}。而{check}，相符。", "代回{letter}检验：{line}，这时{check}，成立。")
    },
    "check_inequality": {"any": ("三边能构成三角形：{check}。", "三角形两边之和大于第三边：{check}，合理。")},
    "check_opposite": {"any": ("和图形也一致：较长的边{side}对着较大的角{angle}。", "大角{angle}对大边{side}，合理。")},
    "as_expected": {"any": ("{goal}果然{guess}，与估计一致。", "这也符合开头的估计：{guess}。")},
    # a second way
    "way": {
        "any": ("换一种方法：{way}", "也可以这样看：{way}", "另一条路：{way}"),
        "thinking": ("再换个角度想想：{way}",),
        "tutoring": ("还有第二种方法：{way}",),
        "formal": ("另解：{way}",),
        "terse": ("或：{way}",),
    },
    "way_agrees": {"any": ("两种方法一致。", "结果相同。", "又得到{value}。", "吻合。")},
    "way_exterior": {
        "any": ("三角形的外角等于不相邻的两个内角之和，{line}。", "{outer}是外角，等于两个远内角之和：{line}。")
    },
    "way_complement": {"any": ("直角三角形两锐角互余：{line}。", "除去直角，另外两个角合起来是90°：{line}。")},
    "way_apex": {"any": ("两个相等的角平分剩下的度数：{line}。", "顶角加上两个底角是180°：{line}。")},
    "way_central": {
        "any": ("不看弧，直接比较两个角，圆心角是圆周角的两倍：{line}。", "同弧所对的圆心角是圆周角的两倍，{line}。")
    },
    "way_same_arc": {"any": ("同弧所对的圆周角相等：{line}。",)},
    "way_double": {"any": ("对边两两相等，周长就是邻边之和的两倍：{line}。",)},
    "way_other_equation": {"any": ("用{equation}也行：{line}。", "{equation}里也有它：{line}。")},
}

GUESSES = {
    "acute": ("是锐角", "比直角小"),
    "obtuse": ("是钝角", "比直角大"),
    "longer": ("比{other}长", "比{other}大"),
    "shorter": ("比{other}短", "比{other}小"),
}

HINTS = {
    "ParallelBetweenLine": ("{0}与{1}平行", "相等的角"),
    "IsTangentOfCircle": ("{0[1]}处有切线", "切点处的直角"),
    "IsDiameterOfCircle": ("{0}是直径", "圆上的直角"),
    "IsMidpointOfLine": ("{0}是中点", "相等的两段"),
    "IsBisectorOfAngle": ("{0}是角平分线", "相等的两个角"),
    "Parallelogram": ("有平行四边形{0}", "对边相等、对角相等"),
    "Rectangle": ("有矩形{0}", "直角和相等的对角线"),
    "Rhombus": ("有菱形{0}", "四条相等的边"),
    "PerpendicularBetweenLine": ("有垂直", "直角三角形"),
    "CongruentBetweenTriangle": ("有全等三角形", "对应边、对应角相等"),
    "SimilarBetweenTriangle": ("有相似三角形", "对应边成比例"),
}

IDEAS = {
    "isosceles_triangle_judgment_line_equal": ("△{0}是等腰三角形吗？", "△{0}会不会有两边相等？"),
    "isosceles_triangle_judgment_angle_equal": ("△{0}有两个角相等吗？", "△{0}的两个角会不会相等？"),
    "right_triangle_judgment_angle": ("△{0}里有直角吗？", "△{0}是不是直角三角形？", "能在△{0}里用勾股定理吗？"),
    "equilateral_triangle_judgment_isosceles_and_isosceles": ("△{0}会是等边三角形吗？",),
    "diameter_of_circle_property_right_angle": ("能用直径所对的圆周角吗？",),
    "midsegment_of_triangle_judgment_midpoint": ("{0}会是中位线吗？",),
    "parallel_property_ipsilateral_internal_angle": ("{0}与{1}会不会平行？",),
    "": ("能用定理（{theorem}）吗？",),
}

HOPES = {
    "isosceles": ("，那样就有两个角相等", ""),
    "right": ("，那样知道两边就能求第三边", ""),
    "equilateral": ("，那样每个角都知道了", ""),
    "": ("",),
}

TRAPS = {
    "inscribed": (
        "容易误把整段弧当成{angle}，圆周角只有所对弧的一半。",
        "容易把圆心角和圆周角混淆，{point}在圆上，只取弧的一半。",
    ),
    "internal": ("容易误取这段弧的一半，可是{point}就在这段弧上，它看到的是另一段弧。",),
    "co_interior": ("容易误以为这两个角相等，同旁内角是互补的。",),
    "equal_not_supplementary": ("容易误以为这两个角互补，按位置它们是相等的。",),
    "part_whole": (
        "容易误把{part}当成对应边，应该用整条{whole}。",
        "要用大三角形的整条边{whole}，别误用其中的一段{part}。",
    ),
    "leg": ("{hypotenuse}是斜边，容易误把两个平方相加，这里要相减。",),
    "root": ("求出的只是平方，容易忘了开方。",),
    "base_angles": ("容易误把{apex}处的角当成底角，相等的是等边所对的角。",),
    "area_half": ("容易忘了乘一半，那样就成了平行四边形的面积。",),
    "midsegment": ("容易弄反谁是谁的一半，短的是中位线。",),
    "exterior": ("容易误把{outer}当作△{triangle}的内角，它在外面，里面的是{inner}。",),
    "contact": ("容易误把直角放在圆心，直角在切点{point}处。",),
    "diameter": ("容易把直径误当成半径。",),
    "neighbours": ("平行四边形只有对角相等，邻角容易误当成相等。",),
    "order": (
        "容易误把{one}与{wrong}对应，按顶点的顺序应是{other}。",
        "别误用{wrong}，按顶点的顺序对应的是{other}。",
    ),
    "area_ratio": ("面积之比是相似比的平方，容易误用相似比本身。",),
}
