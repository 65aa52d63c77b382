"""How each move of a telling is said in Chinese; the same slots and registers as `wording_en`.

What is not asserted carries a cue in its own sentence: 要是, 如果, 需要, 能不能, 是否, 可能, 误, "？".
"""

from __future__ import annotations

SLOTS: dict[str, dict[str, tuple[str, ...]]] = {
    # the start
    "given": {
        "any": (
            "已知{givens}，求{goal}。",
            "条件是{givens}，题目问{goal}。",
            "要求{goal}，手里有{givens}。",
            "由题意，{givens}；待求{goal}。",
        ),
        "thinking": (
            "先看条件：{givens}。要求的是{goal}。",
            "我知道的有：{givens}。想知道的是{goal}。",
            "[嗯|好]，题目给了{givens}，问的是{goal}。",
            "[先把条件理一理|看看图和题目]：{givens}。目标是{goal}。",
        ),
        "tutoring": (
            "我们先[整理|收集]一下条件：{givens}。要找的是{goal}。",
            "[首先|第一步]，题目告诉我们：{givens}。我们要求{goal}。",
        ),
        "formal": ("已知：{givens}。求：{goal}。", "依题意，{givens}。求{goal}的值。"),
        "terse": ("{givens}。求{goal}。", "条件：{givens}。目标：{goal}。"),
    },
    "given_more": {"any": ("[另外|此外|还有]，{givens}。", "再加上{givens}。", "同时{givens}。")},
    "nothing_given": {"any": ("求{goal}。", "要求的是{goal}。", "条件都在图里，求{goal}。")},
    # what to hope for
    "plan_open": {
        "any": (
            "要是知道{missing}，由{equation}就能得到{goal}。",
            "想用{equation}求{goal}，还需要{missing}。",
            "{goal}从哪里来？如果有{missing}，{equation}就够了。[那就先求它|所以先找它]。",
        ),
        "thinking": (
            "倒着想：如果{equation}，而且{missing}也知道，{goal}就出来了。所以先找{missing}。",
            "能不能靠{equation}求{goal}？那还需要{missing}。",
        ),
        "tutoring": (
            "我们从结论往回想：如果{equation}，只差{missing}。",
            "想一想，{goal}可能来自哪里？如果知道{missing}，用{equation}即可。",
        ),
        "formal": ("若能证得{equation}，则只需要再求{missing}。",),
        "terse": ("需要{missing}，才能用{equation}。",),
    },
    "plan_direct": {
        "any": (
            "如果能得到{equation}，{goal}就出来了。",
            "想办法得到关键的一步：需要{equation}。",
            "{goal}和别的量怎么联系？要是有{equation}就好了。",
        ),
        "formal": ("若能证得{equation}，即可求出{goal}。",),
        "terse": ("需要{equation}。",),
    },
    "hint": {
        "any": ("{sign}，一般就会有{hope}。", "看到{sign}，先想到{hope}。"),
        "thinking": ("{sign}，这让我想到{hope}。",),
        "tutoring": ("注意{sign}，这往往意味着{hope}。",),
    },
    "expect": {
        "any": ("看图，{goal}大概{guess}。", "先估计一下，{goal}应该{guess}。", "计算之前先猜：{goal}会{guess}。"),
        "thinking": ("凭感觉，{goal}好像{guess}[，最后再对照|]。",),
    },
    # the steps
    "reason": {
        "any": (
            "{why}，所以{facts}。",
            "因为{why}，[有|得|于是]{facts}。",
            "{facts}，理由是{why}。",
            "{why}。[于是|由此|这样就有]{facts}。",
            "[注意到|由于]{why}，[因此|故]{facts}。",
        ),
        "thinking": (
            "[再看|接着看]：{why}，那么{facts}。",
            "{facts}。为什么？因为{why}。",
            "[嗯|好]，{why}，{facts}。",
        ),
        "tutoring": ("[回忆一下|记得]：{why}。所以这里{facts}。", "我们用到：{why}。于是{facts}。"),
        "formal": ("∵ {why}，∴ {facts}。", "由于{why}，故{facts}。"),
        "terse": ("{facts}（{why}）。",),
    },
    "reason_from": {
        "any": (
            "由{premises}得{facts}：{why}。",
            "因为{premises}，{why}，所以{facts}。",
            "{premises}，于是{facts}（{why}）。",
            "{premises}；{why}，[因此|从而]{facts}。",
        ),
        "thinking": (
            "[已经知道|现在有]{premises}，{why}，那么{facts}。",
            "从{premises}看出，{why}，[这样|于是]{facts}。",
        ),
        "tutoring": ("[已经知道|注意到]{premises}。{why}，所以{facts}。",),
        "formal": ("∵ {premises}，∴ {facts}（{why}）。", "由{premises}，{why}，故{facts}。"),
        "terse": ("{premises}，得{facts}。", "{premises}，{facts}（{why}）。"),
    },
    "deduced": {"any": ("由{premises}，比较可得{facts}。", "{premises}。两式一比，{facts}。")},
    "shared_side": {"any": ("{side}是公共边", "两个三角形共用边{side}")},
    "shared_angle": {"any": ("点{point}处的角是公共角", "两个三角形共用点{point}处的角")},
    "definition": {
        "any": ("{premises}，也就是{facts}。", "由{premises}知{facts}。", "{premises}，[即|这就是说]{facts}。"),
        "thinking": ("{premises}，[换句话说|说白了]，{facts}。",),
        "tutoring": (
            "{premises}是什么意思？就是{facts}。",
            "[我们知道|注意]{premises}，也就是说{facts}。",
            "{premises}，翻译过来就是{facts}。",
        ),
        "formal": ("∵ {premises}，∴ {facts}。",),
        "terse": ("{premises}，即{facts}。",),
    },
    "definition_class": {"any": ("{premises}，当然也有{facts}。", "{premises}，特别地，{facts}。")},
    "result": {
        "any": ("所以{result}。", "因此{result}。", "得{result}。", "[于是|那么]{result}。"),
        "thinking": ("[好|嗯]，{result}。",),
        "tutoring": ("我们得到{result}。",),
        "formal": ("故{result}。", "∴ {result}。"),
        "terse": ("{result}。",),
    },
    "as_well": {
        "any": ("[这样|由此]，{result}。", "{measure}也就知道了：{result}。", "于是{result}。"),
        "terse": ("{result}。",),
        "formal": ("∴ {result}。",),
    },
    "put_in": {"any": ("[代入|把数代进去|代入已知]：{equation}。", "也就是{equation}。")},
    "by_solving": {"any": ("由{equations}得{result}。", "解{equations}，得{result}。")},
    "together": {"any": ("联立{equations}，解得{result}。", "把{equations}合在一起，得到{result}。")},
    "all_together": {"any": ("联立以上各式，解得{result}。", "逐个消元，得到{result}。")},
    "fits": {"any": ("代回去：{checks}。", "验证一下：{checks}，成立。")},
    # equations by hand
    "system": {"any": ("现在有{equations}。", "[整理一下|列出来]：{equations}。", "方程是{equations}。")},
    "line_equal_sides": {"any": ("等边对等角：{line}。",)},
    "line_equal_angles": {"any": ("等角对等边：{line}。",)},
    "line_equal_sines": {"any": ("正弦相等，而两角之和不是180°，所以{line}。",)},
    "line_angle_sum": {"any": ("由三角形的内角和得{line}。",)},
    "line_ratio": {"any": ("[两式相比|同一个比]：{line}。",)},
    "line_cross": {"any": ("[交叉相乘|去分母]：{line}。",)},
    "line_isolate": {"any": ("[先写成|变形得]{line}。",)},
    "line_put_in": {"any": ("[代入|代进去]：{line}。",)},
    "line_cancel": {"any": ("两边约去相同的因子：{line}。",)},
    "line_simplify": {"any": ("{line}。", "[整理|移项合并]：{line}。", "[即|也就是]{line}。")},
    "line_factor": {"any": ("因式分解：{line}。",)},
    "line_discriminant": {"any": ("判别式：{line}。",)},
    "line_solved": {"any": ("所以{line}。", "[得|解得]{line}。")},
    "discarded": {
        "any": ("另一个根可能是{other}，但长度不为负，舍去。", "从代数上看也可能{other}，但长度没有负的，舍去。")
    },
    "discarded_by": {
        "any": ("另一个根如果取{other}，就会有{absurd}，不可能，舍去。", "如果{other}，就会有{absurd}，不可能，舍去。")
    },
    # the end
    "done": {
        "any": ("所以答案是{result}。", "综上，{result}。", "最后{result}。"),
        "formal": ("综上所述，{result}。",),
        "terse": ("{result}。",),
    },
    "short": {
        "any": ("{facts}，所以{result}。", "由{facts}得{result}。", "因为{facts}，[故|于是]{result}。"),
    },
    "short_step": {"any": ("{facts}，所以{result}。", "由{facts}得{result}。")},
    "short_plain": {"any": ("所以{result}。", "{result}。")},
}
