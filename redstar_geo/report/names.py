"""What records call by machine-readable names, as a person says it: families, theorems, verdicts, reasons.

Each entry is English and Chinese. Statements have their prose in `geometry.narrate.say`, and most theorems in
`geometry.narrate.phrases_*`; here stand the theorems whose wordings there speak of named points.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from redstar_geo.geometry.narrate.theorems import PHRASES
from redstar_geo.geometry.narrate.wording import capital, chosen

Pair = tuple[str, str]

FAMILIES: Mapping[str, Pair] = {
    "angle_sum": ("Angle sum of a triangle", "三角形内角和"),
    "exterior_angle": ("Exterior angle", "三角形外角"),
    "isosceles": ("Isosceles triangle", "等腰三角形"),
    "alternate_angles": ("Alternate angles", "内错角"),
    "corresponding_angles": ("Corresponding angles", "同位角"),
    "co_interior_angles": ("Co-interior angles", "同旁内角"),
    "pythagoras": ("Pythagoras", "勾股定理"),
    "similar_triangles": ("Similar triangles", "相似三角形"),
    "midsegment": ("Midsegment of a triangle", "三角形中位线"),
    "triangle_area": ("Area of a triangle", "三角形面积"),
    "quadrilateral_angle_sum": ("Angle sum of a quadrilateral", "四边形内角和"),
    "parallelogram_angle": ("Angle of a parallelogram", "平行四边形的角"),
    "parallelogram_perimeter": ("Perimeter of a parallelogram", "平行四边形的周长"),
    "rectangle_diagonal": ("Diagonal of a rectangle", "矩形的对角线"),
    "inscribed_angle": ("Inscribed angle", "圆周角"),
    "diameter_angle": ("Angle over a diameter", "直径所对的圆周角"),
    "cyclic_quadrilateral": ("Cyclic quadrilateral", "圆内接四边形"),
    "tangent_angle": ("Tangent and radius", "切线与半径"),
    "tangent_length": ("Length of a tangent", "切线长"),
    "two_tangents": ("Two tangents", "两条切线"),
    "chord_distance": ("Distance of a chord", "弦心距"),
    "intersecting_chords": ("Intersecting chords", "相交弦"),
    "tangent_secant": ("Tangent and secant", "切割线"),
    "tangent_chord": ("Tangent and chord", "弦切角"),
    "congruent_sas": ("Congruence, side–angle–side", "全等：边角边"),
    "congruent_sss": ("Congruence, three sides", "全等：边边边"),
    "kite_diagonals": ("Area of a kite", "筝形的面积"),
    "sine_rule": ("Law of sines", "正弦定理"),
    "cosine_rule": ("Law of cosines", "余弦定理"),
    "area_by_sine": ("Area by the sine", "用正弦求面积"),
    "parallelogram_area": ("Area of a parallelogram", "平行四边形的面积"),
    "trapezoid_area": ("Area of a trapezium", "梯形的面积"),
    "trapezoid_midsegment": ("Midsegment of a trapezium", "梯形的中位线"),
    "circle_area": ("Area of a circle", "圆的面积"),
    "arc_length": ("Length of an arc", "弧长"),
    "sector_area": ("Area of a sector", "扇形的面积"),
    "angles_in_x": ("Angles with an unknown", "含未知数的角"),
    "vertical_angles_in_x": ("Vertical angles with an unknown", "含未知数的对顶角"),
    "midpoint_in_x": ("Midpoint with an unknown", "含未知数的中点"),
    "coordinate_distance": ("Distance by coordinates", "用坐标求距离"),
    "coordinate_median": ("Median by coordinates", "用坐标求中线"),
    "angle_chain": ("Angles in several steps", "多步求角"),
    "circle_chain": ("Circles in several steps", "多步的圆"),
    "length_chain": ("Lengths in several steps", "多步求长度"),
    "area_chain": ("Areas in several steps", "多步求面积"),
}
THEOREMS: Mapping[str, Pair] = {
    "midpoint_of_line_judgment": (
        "a point of the segment that is equally far from both ends is its midpoint",
        "线段上到两端距离相等的点是中点",
    ),
    "perpendicular_bisector_judgment_per_and_mid": (
        "a perpendicular through the midpoint is the perpendicular bisector",
        "过中点的垂线是垂直平分线",
    ),
    "midsegment_of_triangle_judgment_parallel": (
        "a parallel to a side through the midpoint of another is a midsegment",
        "过一边中点且平行于另一边的线段是中位线",
    ),
    "centroid_of_triangle_judgment_intersection": ("two medians meet at the centroid", "两条中线交于重心"),
    "diameter_of_circle_judgment_pass_centre": ("a chord through the centre is a diameter", "过圆心的弦是直径"),
    "perpendicular_bisector_judgment_distance_equal": (
        "a perpendicular through a point that is equally far from both ends bisects the segment",
        "过到两端等距的点的垂线是垂直平分线",
    ),
    "angle_addition": ("angles side by side add up", "相邻的角可以相加"),
    "flat_angle": ("a straight angle is 180°", "平角等于180°"),
    "adjacent_complementary_angle": ("two angles on a straight line add up to 180°", "邻补角之和为180°"),
    "bisector_of_angle_judgment_angle_equal": (
        "what splits an angle into equal halves bisects it",
        "把角二等分的是角平分线",
    ),
    "triangle_property_angle_sum": ("the angles of a triangle add up to 180°", "三角形内角和为180°"),
    "sine_theorem": ("the law of sines", "正弦定理"),
    "cosine_theorem": ("the law of cosines", "余弦定理"),
    "triangle_perimeter_formula": ("the perimeter of a triangle is the sum of its sides", "三角形的周长是三边之和"),
    "median_of_triangle_judgment": ("a line to the midpoint of the opposite side is a median", "过对边中点的是中线"),
    "altitude_of_triangle_judgment": (
        "a line at right angles to the opposite side is an altitude",
        "垂直于对边的是高",
    ),
    "midsegment_of_triangle_judgment_midpoint": (
        "what joins the midpoints of two sides is a midsegment",
        "连接两边中点的是中位线",
    ),
    "circumcenter_of_triangle_judgment_intersection": (
        "the perpendicular bisectors meet at the circumcentre",
        "垂直平分线的交点是外心",
    ),
    "incenter_of_triangle_judgment_intersection": ("the angle bisectors meet at the incentre", "角平分线的交点是内心"),
    "orthocenter_of_triangle_judgment_intersection": ("the altitudes meet at the orthocentre", "高的交点是垂心"),
    "right_triangle_judgment_angle": (
        "a triangle with a right angle is a right triangle",
        "有直角的三角形是直角三角形",
    ),
    "right_triangle_judgment_pythagorean_inverse": (
        "a triangle whose sides satisfy Pythagoras has a right angle",
        "勾股定理的逆定理",
    ),
    "right_triangle_property_pythagorean": (
        "the squares of the legs add up to the square of the hypotenuse",
        "勾股定理：两直角边的平方和等于斜边的平方",
    ),
    "isosceles_triangle_judgment_line_equal": (
        "a triangle with two equal sides is isosceles",
        "有两边相等的三角形是等腰三角形",
    ),
    "isosceles_triangle_judgment_angle_equal": (
        "a triangle with two equal angles is isosceles",
        "有两角相等的三角形是等腰三角形",
    ),
    "isosceles_right_triangle_judgment_isosceles_and_right": (
        "an isosceles triangle with a right angle",
        "等腰且有直角的三角形是等腰直角三角形",
    ),
    "equilateral_triangle_judgment_isosceles_and_isosceles": (
        "a triangle with three equal sides is equilateral",
        "三边相等的三角形是等边三角形",
    ),
    "quadrilateral_property_angle_sum": ("the angles of a quadrilateral add up to 360°", "四边形内角和为360°"),
    "quadrilateral_perimeter_formula": ("the perimeter is the sum of the sides", "四边形的周长是四边之和"),
    "altitude_of_quadrilateral_judgment": (
        "what meets the parallel sides at right angles is a height",
        "与两底都垂直的是高",
    ),
    "altitude_of_quadrilateral_judgment_left_vertex": (
        "what is perpendicular to the base is a height",
        "垂直于底边的是高",
    ),
    "altitude_of_quadrilateral_judgment_right_vertex": (
        "what is perpendicular to the base is a height",
        "垂直于底边的是高",
    ),
    "midsegment_of_quadrilateral_judgment_midpoint": (
        "what joins the midpoints of the legs is the midsegment",
        "连接两腰中点的是中位线",
    ),
    "midsegment_of_quadrilateral_judgment_parallel": (
        "from the midpoint of a leg along the parallel sides runs the midsegment",
        "过一腰中点且平行于底边的是中位线",
    ),
    "radius_of_circle_property_length_equal": (
        "every radius joins the centre to the circle",
        "圆心到圆上各点的距离都等于半径",
    ),
    "diameter_of_circle_property_length_equal": ("all diameters of a circle are equally long", "同圆的直径相等"),
}
VERDICTS: Mapping[str, Pair] = {  # reasons of a verdict on an answer
    "match": ("", ""),
    "different": ("", ""),
    "rounded": ("equal after rounding", "四舍五入后相等"),
    "within_tolerance": ("within the tolerance", "在允许误差之内"),
    "same_statements": ("the same statements", "陈述相同"),
    "other_statements": ("other statements", "陈述不同"),
    "truncated": ("the answer was cut off before its end", "回答没有说完"),
    "no_answer": ("it states no final answer", "没有给出最终答案"),
    "gold": ("the known answer cannot be read", "无法读懂已知答案"),
    "unreadable": ("its final answer cannot be read", "无法读懂其最终答案"),
    "unknown_tags": ("its thoughts are marked in an unknown way", "思考部分的标记无法识别"),
    "several_boxes": ("it boxes several answers", "给出了多个答案"),
    "ambiguous_choice": ("its choice stands twice among the choices", "所选的选项重复出现"),
    "contradictory": ("it names one choice and the value of another", "所选字母与数值不一致"),
    "time": ("checking took too long", "检查超时"),
    "timeout": ("checking took too long", "检查超时"),
    "memory": ("checking took too much memory", "检查占用内存过多"),
    "worker_died": ("checking broke off", "检查中断"),
    "bad_tests": ("its tests cannot be read", "测试无法读取"),
    "other_language": ("it is in another programming language", "使用了其他编程语言"),
    "no_code": ("it holds no program", "没有程序"),
    "AC": ("passes every test", "通过全部测试"),
    "WA": ("a test gives another result", "有测试结果不符"),
    "TLE": ("too slow", "运行超时"),
    "MLE": ("too much memory", "内存超限"),
    "RE": ("ends with an error", "运行出错"),
    "CE": ("does not compile", "编译失败"),
    "SANDBOX_ERROR": ("could not be run", "无法运行"),
}
_SAME: Mapping[str, Pair] = {  # where the verdict itself says it
    "match": ("same as the right answer", "与正确答案一致"),
    "different": ("another answer", "与正确答案不同"),
}
_VALUES: Mapping[str, Pair] = {
    "correct": ("right", "正确"),
    "wrong": ("wrong", "错误"),
    "rejected": ("rejected", "不予判定"),
    "undecided": ("undecided", "无法判定"),
    "gained": ("gained", "变对"),
    "lost": ("lost", "变错"),
    "same": ("same", "未变"),
}
_SOURCES: Mapping[str, Pair] = {"builtin": ("built-in", "内置")}
_ANSWERERS: Mapping[str, Pair] = {"formal": ("The known proof", "已知的证明")}
NO_PROOF: Mapping[str, Pair] = {  # reasons why there are no steps to judge
    "no_formal_statement": (
        "The steps are not checked: for that a proof of the question has to be known, or what is read of it has to "
        "determine the answer.",
        "未逐步检查：需要已知此题的证明，或者读到的内容足以确定答案。",
    ),
    "": (
        "The steps are not checked: the proof of this question could not be replayed.",
        "未逐步检查：此题的证明无法重现。",
    ),
}
_STATUS: Mapping[str, Pair] = {
    "true": ("True", "正确"),
    "false": ("False", "错误"),
    "unproven": ("Not proven", "未证实"),
    "withdrawn": ("Taken back", "已收回"),
}
_ORIGINS: Mapping[str, Pair] = {
    "given": ("it is given", "题目已知"),
    "solver": ("it follows from the givens", "可由已知条件推出"),
    "arithmetic": ("the arithmetic is right", "算式正确"),
    "figure": ("it holds in every figure of the givens", "在符合条件的图形中都成立"),
    "equation of the text": ("it follows from an equation above", "可由上文的等式推出"),
    "equations of the proof": ("it follows from the equations of the proof", "可由证明中的等式推出"),
    "step": ("it is worked out from the steps before", "由前面各步计算得出"),
}
_UNPROVEN: tuple[tuple[str, Pair], ...] = (  # by how the reason begins
    ("the givens do not determine it", ("the givens leave it open", "已知条件不能确定")),
    ("not among the facts", ("the proof does not speak of it", "证明中没有涉及")),
    ("unknown", ("it speaks of something the proof does not know", "其中有证明未涉及的量")),
    ("no statement", ("it is not a whole statement", "不是完整的论断")),
    ("no reading", ("it cannot be read as a statement", "无法解读为论断")),
    ("beyond", ("there are too many ways to read it", "解读方式过多")),
    ("definition", ("it only introduces a name", "只是引入记号")),
    ("not asserted", ("it is only supposed", "只是假设")),
)
_BUILT_IN = re.compile(r"builtin/(\w+)/[a-z]+-\d+-(\d+)")
_AGAINST = re.compile(r":? ?(\S+) against (\S+)$")
_STEP = re.compile(r"step (\d+)(?:: (\w+))?")
_WAS = re.compile(r"(true|false|unproven)(, mended)?: ")


def family(name: str, language: str) -> str:
    """A family of built-in problems; a name that is not in the table without its underscores."""
    return _of(FAMILIES.get(name), language) or _plain(name)


def theorem(name: str, language: str) -> str:
    """What a theorem says of any points, as a clause."""
    name = name.replace("mirror_", "")
    if name in THEOREMS:
        return _of(THEOREMS[name], language)
    free = [wording for wording in PHRASES[language].get(name, ()) if "{" not in wording]
    return chosen(free, None) if free else _plain(name)


def verdict_reason(reason: str, language: str) -> str:
    """Why a verdict is what it is; empty where the verdict says it all."""
    return _of(VERDICTS[reason], language) if reason in VERDICTS else _plain(reason)


def reason(name: str, language: str) -> str:
    """Any other reason that a record has: of a verdict, a filter, a selection."""
    return verdict_reason(name, language) or _of(_SAME.get(name), language) or _plain(name)


def facet(column: str, value: str, language: str) -> str:
    """A value of a column of traces; names of people and of runs stay as they are."""
    if column in ("reason", "filtered", "selected"):
        return reason(value, language)
    if column == "problem" and (built := _BUILT_IN.match(value)):
        return f"{family(built[1], language)} {int(built[2])}"
    if column == "teacher":
        return answerer(value, language)
    if column == "source":
        return _of(_SOURCES.get(value), language) or value
    return _of(_VALUES.get(value), language) if column in ("verdict", "flip") and value in _VALUES else value


def answerer(name: str, language: str) -> str:
    """Who answered; names of models stay as they are."""
    return _of(_ANSWERERS.get(name), language) or name


def no_proof(reason: str, language: str) -> str:
    """Why the steps of an answer cannot be judged, as a sentence."""
    return _of(NO_PROOF.get(reason, NO_PROOF[""]), language)


def status(name: str, language: str) -> str:
    """What is decided about a claim."""
    return _of(_STATUS.get(name), language) or _plain(name)


def why(decided: str, reason: str, language: str, steps: Mapping[int, str] | None = None) -> str:
    """What decides a claim, as a sentence.

    Args:
        decided: true, false, unproven or withdrawn.
        reason: as `Decision` or `StepVerdict` has it.
        steps: the steps of the proof in words by their number, which name the points; without them in general words.
    """
    was = _WAS.match(reason)
    if was is not None:
        mended = _of(("and put right later", "并在后文改正") if was[2] else None, language)
        said = why(was[1], reason[was.end() :], language, steps)
        return f"{said} {capital(mended)}{_stop(language)}" if mended else said
    if decided == "unproven":
        pair = next((pair for begins, pair in _UNPROVEN if reason.startswith(begins)), None)
        return _sentence(_of(pair, language) or _of(_UNPROVEN[0][1], language), language)
    against = _AGAINST.search(reason)
    origins = _AGAINST.sub("", reason).rstrip(": ")
    clauses = dict.fromkeys(_origin(origin, language, steps or {}) for origin in origins.split("; ") if origin)
    if decided == "true" or (decided == "withdrawn" and against is None):
        return _sentence(_and(list(clauses), language), language)
    return _sentence(_wrong(origins, list(clauses), against, language), language)


def _wrong(origins: str, clauses: list[str], against: re.Match[str] | None, language: str) -> str:
    sides = against.groups() if against else None
    if sides is None:
        return _of(("it does not hold in the figures of the givens", "在符合条件的图形中不成立"), language)
    worked_out = ("one side is {0}, the other {1}", "一边是 {0}，另一边是 {1}")
    said = _of(worked_out, language).format(*sides)
    if origins in ("arithmetic", "figure"):
        return said
    return f"{said}{_of((': ', '：'), language)}{_and(clauses, language)}"


def _origin(origin: str, language: str, steps: Mapping[int, str]) -> str:
    step = _STEP.fullmatch(origin)
    if step is None:
        return _of(_ORIGINS.get(origin), language) or _plain(origin)
    return steps.get(int(step[1])) or (theorem(step[2], language) if step[2] else _of(_ORIGINS["step"], language))


def _and(clauses: list[str], language: str) -> str:
    return ("；" if language == "zh" else "; ").join(clauses)


def _sentence(clause: str, language: str) -> str:
    return capital(clause) + ("" if clause.endswith((".", "。")) else _stop(language))


def _stop(language: str) -> str:
    return "。" if language == "zh" else "."


def _of(pair: Pair | None, language: str) -> str:
    return pair[language == "zh"] if pair else ""


def _plain(name: str) -> str:
    return name.replace("_", " ")
