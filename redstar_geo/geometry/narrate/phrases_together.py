"""Reasons for several steps by one theorem, told in one breath; where there is none, the single ones are listed."""

from __future__ import annotations

TOGETHER: dict[str, dict[str, tuple[str, ...]]] = {
    "en": {
        "radius_of_circle_property_length_equal": (
            "they are radii of ⊙{1}",
            "each of them runs from the centre to the circle",
        ),
        "line_addition": ("the whole segment is the sum of its parts", "neighbouring pieces of a line add up"),
        "angle_addition": ("angles at the same corner add up", "angles that lie side by side add up"),
        "triangle_property_angle_sum": ("the angles of any triangle add up to 180°",),
        "arc_property_circumference_angle_external": ("inscribed angles are half of their arcs",),
        "tangent_of_circle_property_perpendicular": ("tangents are perpendicular to the radii at their points",),
        "adjacent_complementary_angle": ("angles side by side on a straight line make 180°",),
        "cosine_theorem": ("the law of cosines applies each time",),
        "sine_theorem": ("the law of sines holds in [both|these] triangles",),
        "parallel_property_corresponding_angle": ("corresponding angles at parallel lines are equal",),
        "parallel_property_alternate_interior_angle": ("alternate angles at parallel lines are equal",),
    },
    "zh": {
        "radius_of_circle_property_length_equal": ("它们都是⊙{1}的半径", "它们都连接圆心与圆上的点"),
        "line_addition": ("整条线段等于各部分之和", "首尾相接的线段可以相加"),
        "angle_addition": ("相邻的角可以相加", "大角等于相邻两角之和"),
        "triangle_property_angle_sum": ("三角形的内角和是180°",),
        "arc_property_circumference_angle_external": ("圆周角都等于所对弧的一半",),
        "tangent_of_circle_property_perpendicular": ("切线都垂直于过切点的半径",),
        "adjacent_complementary_angle": ("邻补角之和是180°",),
        "cosine_theorem": ("每次都用余弦定理",),
        "sine_theorem": ("在这些三角形中用正弦定理",),
        "parallel_property_corresponding_angle": ("两直线平行，同位角相等",),
        "parallel_property_alternate_interior_angle": ("两直线平行，内错角相等",),
    },
}
