"""The theorems that constructions use, under FormalGeo's names and with its order of points.

Each is a pattern of points, what must be known, and what follows. Existence of points, lines and circles is not listed:
it can be seen in the figure, where every conclusion is checked.
"""

from __future__ import annotations

from dataclasses import dataclass

from redstar_geo.geometry.construct.language import (
    add,
    angle,
    cos,
    equal,
    length,
    mul,
    parallel,
    perpendicular,
    sin,
    square,
    sub,
)


@dataclass(frozen=True)
class Theorem:
    points: str
    premises: tuple[str, ...]
    conclusions: tuple[str, ...]


def _theorem(points: str, *statements: str) -> Theorem:
    """The last statement follows from the others."""
    return Theorem(points, statements[:-1], statements[-1:])


def _arc(points: str) -> str:
    return f"MeasureOfArc({points})"


_ANGLES = {
    "triangle_property_angle_sum": _theorem("ABC", equal(add(angle("ABC"), angle("BCA"), angle("CAB")), 180)),
    "quadrilateral_property_angle_sum": _theorem(
        "ABCD", equal(add(angle("ABC"), angle("BCD"), angle("CDA"), angle("DAB")), 360)
    ),
    "adjacent_complementary_angle": _theorem("AOB,BOC", equal(add(angle("AOB"), angle("BOC")), 180)),
    "vertical_angle": _theorem("AOC,BOD", equal(angle("AOC"), angle("BOD"))),
    "angle_addition": _theorem("ABC,CBD", equal(angle("ABD"), add(angle("ABC"), angle("CBD")))),
    "line_addition": _theorem("AB,BC", equal(length("AC"), add(length("AB"), length("BC")))),
}
_PARALLELS = {
    "parallel_property_collinear_extend": Theorem(
        "AB,CD,M", (parallel("AB", "CD"),), (parallel("AM", "CD"), parallel("MB", "CD"))
    ),
    "parallel_property_alternate_interior_angle": _theorem(
        "AB,CD", parallel("AB", "CD"), equal(angle("BAD"), angle("CDA"))
    ),
    "parallel_property_ipsilateral_internal_angle": _theorem(
        "AB,CD", parallel("AB", "CD"), equal(add(angle("BAC"), angle("ACD")), 180)
    ),
    "parallel_property_corresponding_angle": _theorem(
        "AB,CD,E", parallel("AB", "CD"), equal(angle("EAB"), angle("ACD"))
    ),
}
_TRIANGLES = {
    "isosceles_triangle_judgment_line_equal": _theorem(
        "ABC", equal(length("AB"), length("AC")), "IsoscelesTriangle(ABC)"
    ),
    "isosceles_triangle_judgment_angle_equal": _theorem(
        "ABC", equal(angle("ABC"), angle("BCA")), "IsoscelesTriangle(ABC)"
    ),
    "isosceles_triangle_property_angle_equal": _theorem(
        "ABC", "IsoscelesTriangle(ABC)", equal(angle("ABC"), angle("BCA"))
    ),
    "equilateral_triangle_property_angle": _theorem("ABC", "EquilateralTriangle(ABC)", equal(angle("CAB"), 60)),
    "right_triangle_judgment_angle": _theorem("ABC", equal(angle("ABC"), 90), "RightTriangle(ABC)"),
    "right_triangle_property_pythagorean": _theorem(
        "ABC", "RightTriangle(ABC)", equal(add(square(length("AB")), square(length("BC"))), square(length("AC")))
    ),
    "triangle_perimeter_formula": _theorem(
        "ABC", equal("PerimeterOfTriangle(ABC)", add(length("AB"), length("BC"), length("CA")))
    ),
    "triangle_area_formula_common": _theorem(
        "ABC", equal("AreaOfTriangle(ABC)", mul("HeightOfTriangle(ABC)", length("BC"), "1/2"))
    ),
    "altitude_of_triangle_judgment": _theorem("AD,ABC", equal(angle("BDA"), 90), "IsAltitudeOfTriangle(AD,ABC)"),
    "congruent_triangle_judgment_sas": _theorem(
        "ABC,DEF",
        equal(length("AB"), length("DE")),
        equal(angle("CAB"), angle("FDE")),
        equal(length("AC"), length("DF")),
        "CongruentBetweenTriangle(ABC,DEF)",
    ),
    "congruent_triangle_judgment_sss": _theorem(
        "ABC,DEF",
        equal(length("AB"), length("DE")),
        equal(length("BC"), length("EF")),
        equal(length("CA"), length("FD")),
        "CongruentBetweenTriangle(ABC,DEF)",
    ),
    "congruent_triangle_property_line_equal": _theorem(
        "ABC,DEF", "CongruentBetweenTriangle(ABC,DEF)", equal(length("BC"), length("EF"))
    ),
    "congruent_triangle_property_angle_equal": _theorem(
        "ABC,DEF", "CongruentBetweenTriangle(ABC,DEF)", equal(angle("CAB"), angle("FDE"))
    ),
    "triangle_area_formula_sine": _theorem(
        "ABC", equal("AreaOfTriangle(ABC)", mul(length("AB"), length("AC"), sin(angle("CAB")), "1/2"))
    ),
    "sine_theorem": _theorem("ABC", equal(mul(length("AB"), sin(angle("ABC"))), mul(length("AC"), sin(angle("BCA"))))),
    "cosine_theorem": _theorem(
        "ABC",
        equal(
            add(square(length("BC")), mul(2, length("AB"), length("AC"), cos(angle("CAB")))),
            add(square(length("AB")), square(length("AC"))),
        ),
    ),
    "median_of_triangle_judgment": _theorem("AD,ABC", equal(length("BD"), length("CD")), "IsMedianOfTriangle(AD,ABC)"),
    "right_triangle_property_length_of_median": _theorem(
        "ABC,M", "RightTriangle(ABC)", "IsMedianOfTriangle(BM,BCA)", equal(mul(length("BM"), 2), length("CA"))
    ),
    "bisector_of_angle_property_line_ratio": _theorem(
        "BD,ABC",
        "IsBisectorOfAngle(BD,ABC)",
        equal(mul(length("CD"), length("BA")), mul(length("DA"), length("BC"))),
    ),
    "perpendicular_bisector_property_distance_equal": _theorem(
        "CO,AB", "IsPerpendicularBisectorOfLine(CO,AB)", equal(length("CA"), length("CB"))
    ),
    "midsegment_of_triangle_judgment_midpoint": _theorem(
        "DE,ABC",
        equal(length("AD"), length("BD")),
        equal(length("AE"), length("CE")),
        "IsMidsegmentOfTriangle(DE,ABC)",
    ),
    "midsegment_of_triangle_property_parallel": _theorem(
        "DE,ABC", "IsMidsegmentOfTriangle(DE,ABC)", parallel("DE", "BC")
    ),
    "midsegment_of_triangle_property_length": _theorem(
        "DE,ABC", "IsMidsegmentOfTriangle(DE,ABC)", equal(length("DE"), mul(length("BC"), "1/2"))
    ),
    "similar_triangle_judgment_aa": _theorem(
        "ABC,DEF",
        equal(angle("ABC"), angle("DEF")),
        equal(angle("BCA"), angle("EFD")),
        "SimilarBetweenTriangle(ABC,DEF)",
    ),
    "similar_triangle_property_line_ratio": _theorem(
        "ABC,DEF",
        "SimilarBetweenTriangle(ABC,DEF)",
        equal(length("BC"), mul(length("EF"), "RatioOfSimilarTriangle(ABC,DEF)")),
    ),
}
_QUADRILATERALS = {
    "parallelogram_property_opposite_line_equal": _theorem(
        "ABCD", "Parallelogram(ABCD)", equal(length("BA"), length("CD"))
    ),
    "parallelogram_property_opposite_angle_equal": _theorem(
        "ABCD", "Parallelogram(ABCD)", equal(angle("DAB"), angle("BCD"))
    ),
    "rectangle_property_diagonal_equal": _theorem("ABCD", "Rectangle(ABCD)", equal(length("AC"), length("BD"))),
    "quadrilateral_perimeter_formula": _theorem(
        "ABCD",
        equal(add(length("AB"), length("BC"), length("CD"), length("DA")), "PerimeterOfQuadrilateral(ABCD)"),
    ),
    "parallelogram_area_formula_sine": _theorem(
        "ABCD",
        "Parallelogram(ABCD)",
        equal("AreaOfQuadrilateral(ABCD)", mul(length("AB"), length("BC"), f"Sin({angle('ABC')})")),
    ),
    "isosceles_trapezoid_property_angle_equal": _theorem(
        "ABCD", "IsoscelesTrapezoid(ABCD)", equal(angle("ABC"), angle("BCD"))
    ),
    "kite_property_opposite_angle_equal": _theorem("ABCD", "Kite(ABCD)", equal(angle("ABC"), angle("CDA"))),
    "kite_area_formula_diagonal": _theorem(
        "ABCD", "Kite(ABCD)", equal("AreaOfQuadrilateral(ABCD)", mul(length("BD"), length("AC"), "1/2"))
    ),
    "altitude_of_quadrilateral_judgment_left_vertex": _theorem(
        "AF,ABCD", "Trapezoid(ABCD)", equal(angle("BFA"), 90), "IsAltitudeOfQuadrilateral(AF,ABCD)"
    ),
    "trapezoid_area_formula": _theorem(
        "ABCD",
        "Trapezoid(ABCD)",
        equal(
            "AreaOfQuadrilateral(ABCD)",
            mul(add(length("AD"), length("BC")), "HeightOfQuadrilateral(ABCD)", "1/2"),
        ),
    ),
    "midsegment_of_quadrilateral_judgment_midpoint": _theorem(
        "EF,ABCD",
        equal(length("AE"), length("BE")),
        equal(length("DF"), length("CF")),
        "IsMidsegmentOfQuadrilateral(EF,ABCD)",
    ),
    "midsegment_of_quadrilateral_property_length": _theorem(
        "EF,ABCD",
        "IsMidsegmentOfQuadrilateral(EF,ABCD)",
        equal(add(length("AD"), length("BC")), mul(length("EF"), 2)),
    ),
}
_CIRCLES = {
    "arc_property_center_angle": _theorem("OAB,P", "IsCentreOfCircle(P,O)", equal(_arc("OAB"), angle("BPA"))),
    "arc_property_circumference_angle_external": _theorem("OAB,C", equal(angle("BCA"), mul(_arc("OAB"), "1/2"))),
    "arc_property_circumference_angle_internal": _theorem(
        "OAB,D", equal(angle("ADB"), sub(180, mul(_arc("OAB"), "1/2")))
    ),
    "radius_of_circle_property_length_equal": _theorem(
        "PA,O", "IsCentreOfCircle(P,O)", equal(length("PA"), "RadiusOfCircle(O)")
    ),
    "diameter_of_circle_property_right_angle": _theorem("BCA,O", "IsDiameterOfCircle(AB,O)", perpendicular("BC", "AC")),
    "tangent_of_circle_property_perpendicular": _theorem(
        "PA,O,Q", "IsTangentOfCircle(PA,O)", "IsCentreOfCircle(Q,O)", perpendicular("PA", "QA")
    ),
    "tangent_of_circle_property_length_equal": _theorem(
        "PA,PB,O", "IsTangentOfCircle(PA,O)", "IsTangentOfCircle(PB,O)", equal(length("PA"), length("PB"))
    ),
    "arc_addition_measure": _theorem("OAB,OBC", equal(_arc("OAC"), add(_arc("OAB"), _arc("OBC")))),
    "congruent_arc_judgment_chord_equal": _theorem(
        "XAB,YCD", equal(length("AB"), length("CD")), "CongruentBetweenArc(XAB,YCD)"
    ),
    "congruent_arc_property_measure_equal": _theorem(
        "XAB,YCD", "CongruentBetweenArc(XAB,YCD)", equal(_arc("XAB"), _arc("YCD"))
    ),
    "circle_property_chord_perpendicular_bisect_chord": _theorem(
        "O,PM,AB", "IsCentreOfCircle(P,O)", equal(angle("AMP"), 90), "IsPerpendicularBisectorOfLine(PM,AB)"
    ),
    "circle_property_circular_power_chord_and_chord": _theorem(
        "AEB,CED,O", equal(mul(length("EC"), length("ED")), mul(length("EA"), length("EB")))
    ),
    "circle_property_circular_power_tangent_and_segment_line": _theorem(
        "PA,PCD,O",
        "IsTangentOfCircle(PA,O)",
        equal(mul(length("PA"), length("PA")), mul(length("PC"), length("PD"))),
    ),
    "circle_property_angle_of_osculation": _theorem(
        "OAB,P", "IsTangentOfCircle(PA,O)", equal(angle("BAP"), mul(_arc("OAB"), "1/2"))
    ),
    "circle_property_length_of_radius_and_diameter": _theorem(
        "O", equal("DiameterOfCircle(O)", mul("RadiusOfCircle(O)", 2))
    ),
    "diameter_of_circle_property_length_equal": _theorem(
        "AB,O", "IsDiameterOfCircle(AB,O)", equal(length("AB"), "DiameterOfCircle(O)")
    ),
    "arc_length_formula": _theorem("OAB", equal("LengthOfArc(OAB)", mul(_arc("OAB"), "1/180*pi", "RadiusOfCircle(O)"))),
    "sector_area_formula": _theorem(
        "OAB",
        equal("AreaOfSector(OAB)", mul(_arc("OAB"), "1/360*pi", "RadiusOfCircle(O)", "RadiusOfCircle(O)")),
    ),
    "circle_perimeter_formula": _theorem("O", equal("PerimeterOfCircle(O)", mul(2, "pi", "RadiusOfCircle(O)"))),
    "circle_area_formula": _theorem("O", equal("AreaOfCircle(O)", mul("pi", "RadiusOfCircle(O)", "RadiusOfCircle(O)"))),
}
_COORDINATES = {
    "distance_formula": _theorem(
        "AB",
        equal(
            square(length("AB")),
            add(
                square(sub("AbscissaOfPoint(A)", "AbscissaOfPoint(B)")),
                square(sub("OrdinateOfPoint(A)", "OrdinateOfPoint(B)")),
            ),
        ),
    ),
    **{
        f"midpoint_formula_{axis.lower()}": _theorem(
            "M,AB",
            "IsMidpointOfLine(M,AB)",
            equal(mul(f"{axis}OfPoint(M)", 2), add(f"{axis}OfPoint(A)", f"{axis}OfPoint(B)")),
        )
        for axis in ("Abscissa", "Ordinate")
    },
}
THEOREMS: dict[str, Theorem] = {**_ANGLES, **_PARALLELS, **_TRIANGLES, **_QUADRILATERALS, **_CIRCLES, **_COORDINATES}
