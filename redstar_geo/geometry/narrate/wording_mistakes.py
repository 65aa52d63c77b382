"""How a mistake is made, noticed and taken back, in words; `[a|b]` is a free choice."""

from __future__ import annotations

from redstar_geo.geometry.narrate.theorems import Language

TOLD: dict[Language, dict[str, tuple[str, ...]]] = {
    "en": {
        "wrong": ("{Lead}. [That gives|Then|This makes] {result}.", "{Lead}. [Good|Fine|Okay]: {result}."),
        "carried": ("With that and {equation}, {result}.", "From {equation} I then get {result}."),
        "noticed": (
            "Let me test this on {equation}. The left side comes to {left}, the right side to {right}.",
            "Does that fit {equation}? The left side would be {left} and the right side {right}.",
            "But it does not agree with {equation}: the left side would be {left} and the right side {right}.",
        ),
        "recalled": (
            "Is that the rule? It says {equation}, but here the left side comes to {left}, the right side to {right}.",
            "Let me compare it with the rule, {equation}. The left side comes to {left}, the right side to {right}.",
            "Hm, let me look the rule up: {equation}. There the left side would be {left} and the right side {right}.",
            "Before I go on, is it written like that? It should be {equation}, and in that "
            "the left side would be {left} and the right side {right}.",
        ),
        "longer": (
            "Can that be? Then {part} would be longer than {whole} = {length}, and {never}.",
            "But then {part} would be longer than {whole} = {length}. [Impossible|That cannot be]: {never}.",
        ),
        "negative": (
            "But then {equation} would make {measure} = {worth}, and no {kind} is negative.",
            "Go on with {equation}? That would be {measure} = {worth}, [impossible|which cannot be] for {a_kind}.",
        ),
        "angles": (
            "But then {sum} = {total} would be too much for △{triangle}: all three angles make only 180°.",
            "Is there room for that in △{triangle}? It would have {sum} = {total}, and 180° is all there is.",
        ),
        "sides": (
            "But a triangle with the sides {sides} would not close: {short} would not reach {long}.",
            "Could △{triangle} have the sides {sides}? It could not: {short} would not reach {long}.",
        ),
        "look": (
            "But in the figure {angle} is clearly {kind}, and {worth} would not be.",
            "Hm, {worth}? In the picture {angle} is {kind}, so that could not be.",
            "A look at the figure: {angle} is {kind}, {worth} would not fit.",
        ),
        "back": (
            "Wait, that is wrong. I made a mistake: I took {wrong}, but {slip}. So {results} {verb} wrong. "
            "[Again|Once more].",
            "Hold on, I made a mistake. It is not true that {wrong}: {slip}. I take {results} back.",
            "So there is a mistake above. It is not true that {wrong}, because {slip}. I take {results} back.",
            "No, I made an error: I took {wrong}, but {slip}. So {results} {verb} wrong. Let me do it right.",
            "That cannot be right. Where is the mistake? I took {wrong}, but {slip}. So {results} {verb} wrong.",
        ),
        "leg": ("a leg is never longer than the hypotenuse",),
        "sign": ("a part is never longer than the whole",),
        "acute": ("acute", "smaller than a right angle"),
        "obtuse": ("obtuse", "wider than a right angle"),
        "length": ("length",),
        "angle": ("angle",),
        "a_length": ("a length",),
        "a_angle": ("an angle",),
    },
    "zh": {
        "wrong": ("{lead}，[得|于是]{result}。", "{lead}。[这样|于是]{result}。"),
        "carried": ("再由{equation}，得{result}。", "代入{equation}，得{result}。"),
        "noticed": (
            "用{equation}检验一下：左边是{left}，右边是{right}。",
            "这与{equation}相符吗？左边是{left}，右边是{right}。",
        ),
        "recalled": (
            "再对照一下公式{equation}：左边是{left}，右边是{right}。",
            "公式是这样的吗？应当是{equation}，可是左边是{left}，右边是{right}。",
            "回头看看定理：应当是{equation}，可是左边是{left}，右边是{right}。",
        ),
        "longer": ("如果这样，{part}就比{whole} = {length}还长，可是{never}。",),
        "negative": ("如果这样，由{equation}会得到{measure} = {worth}，{kind}不可能是负的。",),
        "angles": (
            "如果这样，△{triangle}里就有{sum} = {total}，可是三个角一共才180°。",
            "可能吗？△{triangle}里如果有{sum} = {total}，就超过180°了。",
        ),
        "sides": ("如果△{triangle}的三边是{sides}，那{short}合起来还不够{long}，围不成三角形。",),
        "look": (
            "可是看图，{angle}明明{kind}，如果是{worth}就不对了。",
            "再看看图：{angle}{kind}，不可能是{worth}。",
        ),
        "back": (
            "等等，不对，我弄错了：误用了{wrong}，{slip}。{results}{verb}不对，重新来。",
            "不对，上面有错：不能写{wrong}，{slip}。收回{results}，重算。",
            "看来前面弄错了：误用了{wrong}，{slip}。{results}{verb}不对，[改过来|重做]。",
        ),
        "leg": ("直角边不会比斜边长",),
        "sign": ("部分不会比整体长",),
        "acute": ("是锐角", "比直角小"),
        "obtuse": ("是钝角", "比直角大"),
        "length": ("长度",),
        "angle": ("角度",),
        "a_length": ("长度",),
        "a_angle": ("角度",),
    },
}


_PARALLEL: dict[Language, str] = {"en": "The lines are parallel, so {wrong}", "zh": "两直线平行，所以{wrong}"}
_RATIO: dict[Language, str] = {"en": "The sides are in one ratio, so {wrong}", "zh": "对应边成比例，所以{wrong}"}
# What brings the wrong equation up, by the kind of the slip.
LEADS: dict[str, dict[Language, str]] = {
    "inscribed": {"en": "{Angle} stands on {arc}, so {wrong}", "zh": "{angle}对着{arc}，所以{wrong}"},
    "internal": {"en": "{Angle} stands on {arc}: {wrong}", "zh": "{angle}对着{arc}，所以{wrong}"},
    "area_half": {"en": "For the area I multiply: {wrong}", "zh": "面积用乘法：{wrong}"},
    "midsegment": {
        "en": "The midsegment and the third side differ by a factor of two: {wrong}",
        "zh": "中位线与底边差两倍：{wrong}",
    },
    "diameter": {"en": "I take the number for the radius: {wrong}", "zh": "把这个数当作半径：{wrong}"},
    "co_interior": _PARALLEL,
    "equal_not_supplementary": _PARALLEL,
    "straight": {"en": "The two angles lie side by side: {wrong}", "zh": "这两个角相邻：{wrong}"},
    "neighbours": {
        "en": "The angles of a parallelogram belong together in pairs: {wrong}",
        "zh": "平行四边形的角成对相关：{wrong}",
    },
    "leg": {"en": "By Pythagoras, {wrong}", "zh": "由勾股定理，{wrong}"},
    "sign": {"en": "Solved for {unknown}: {wrong}", "zh": "解出{unknown}：{wrong}"},
    "part": {"en": "The parts together: {wrong}", "zh": "各部分相加：{wrong}"},
    "area_ratio": {"en": "Similar triangles keep their ratio, so {wrong}", "zh": "相似三角形比例不变，所以{wrong}"},
    "order": _RATIO,
    "part_whole": _RATIO,
    "correspondence": {"en": "The triangles are congruent, so {wrong}", "zh": "两个三角形全等，所以{wrong}"},
    "base_angles": {
        "en": "An isosceles triangle has two equal angles: {wrong}",
        "zh": "等腰三角形有两个角相等：{wrong}",
    },
    "chords": {"en": "Two chords that cross give equal products: {wrong}", "zh": "两弦相交，乘积相等：{wrong}"},
    "sines": {"en": "By the law of sines, {wrong}", "zh": "由正弦定理，{wrong}"},
}
REMEMBERED: dict[Language, str] = {"en": "As I remember the formula, {wrong}", "zh": "记得公式是{wrong}"}
