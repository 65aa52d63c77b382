"""The theorems that constructions use, under FormalGeo's names and with its order of points.

Each is a pattern of points, what must be known, and what follows. Existence of points, lines and circles is not listed:
it can be seen in the figure, where every conclusion is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from redstar_geo.geometry.cdl import spelled
from redstar_geo.geometry.figure import rename, renaming

_THEOREMS = {  # points: premise; premise → conclusion
    # lines and angles
    "triangle_property_angle_sum": "ABC: Add(∠ABC,∠BCA,∠CAB) = 180",
    "quadrilateral_property_angle_sum": "ABCD: Add(∠ABC,∠BCD,∠CDA,∠DAB) = 360",
    "adjacent_complementary_angle": "AOB,BOC: Add(∠AOB,∠BOC) = 180",
    "vertical_angle": "AOC,BOD: ∠AOC = ∠BOD",
    "angle_addition": "ABC,CBD: ∠ABD = Add(∠ABC,∠CBD)",
    "line_addition": "AB,BC: |AC| = Add(|AB|,|BC|)",
    # parallels
    "parallel_property_collinear_extend": "AB,CD,M: AB∥CD → AM∥CD; MB∥CD",
    "parallel_property_alternate_interior_angle": "AB,CD: AB∥CD → ∠BAD = ∠CDA",
    "parallel_property_ipsilateral_internal_angle": "AB,CD: AB∥CD → Add(∠BAC,∠ACD) = 180",
    "parallel_property_corresponding_angle": "AB,CD,E: AB∥CD → ∠EAB = ∠ACD",
    # triangles
    "isosceles_triangle_judgment_line_equal": "ABC: |AB| = |AC| → IsoscelesTriangle(ABC)",
    "isosceles_triangle_judgment_angle_equal": "ABC: ∠ABC = ∠BCA → IsoscelesTriangle(ABC)",
    "isosceles_triangle_property_angle_equal": "ABC: IsoscelesTriangle(ABC) → ∠ABC = ∠BCA",
    "equilateral_triangle_property_angle": "ABC: EquilateralTriangle(ABC) → ∠CAB = 60",
    "right_triangle_judgment_angle": "ABC: ∠ABC = 90 → RightTriangle(ABC)",
    "right_triangle_property_pythagorean": "ABC: RightTriangle(ABC) → Add(Pow(|AB|,2),Pow(|BC|,2)) = Pow(|AC|,2)",
    "triangle_perimeter_formula": "ABC: PerimeterOfTriangle(ABC) = Add(|AB|,|BC|,|CA|)",
    "triangle_area_formula_common": "ABC: AreaOfTriangle(ABC) = Mul(HeightOfTriangle(ABC),|BC|,1/2)",
    "altitude_of_triangle_judgment": "AD,ABC: ∠BDA = 90 → IsAltitudeOfTriangle(AD,ABC)",
    "congruent_triangle_judgment_sas": (
        "ABC,DEF: |AB| = |DE|; ∠CAB = ∠FDE; |AC| = |DF| → CongruentBetweenTriangle(ABC,DEF)"
    ),
    "congruent_triangle_judgment_sss": (
        "ABC,DEF: |AB| = |DE|; |BC| = |EF|; |CA| = |FD| → CongruentBetweenTriangle(ABC,DEF)"
    ),
    "congruent_triangle_property_line_equal": "ABC,DEF: CongruentBetweenTriangle(ABC,DEF) → |BC| = |EF|",
    "congruent_triangle_property_angle_equal": "ABC,DEF: CongruentBetweenTriangle(ABC,DEF) → ∠CAB = ∠FDE",
    "triangle_area_formula_sine": "ABC: AreaOfTriangle(ABC) = Mul(|AB|,|AC|,Sin(∠CAB),1/2)",
    "sine_theorem": "ABC: Mul(|AB|,Sin(∠ABC)) = Mul(|AC|,Sin(∠BCA))",
    "cosine_theorem": "ABC: Add(Pow(|BC|,2),Mul(2,|AB|,|AC|,Cos(∠CAB))) = Add(Pow(|AB|,2),Pow(|AC|,2))",
    "median_of_triangle_judgment": "AD,ABC: |BD| = |CD| → IsMedianOfTriangle(AD,ABC)",
    "right_triangle_property_length_of_median": (
        "ABC,M: RightTriangle(ABC); IsMedianOfTriangle(BM,BCA) → Mul(|BM|,2) = |CA|"
    ),
    "bisector_of_angle_property_line_ratio": "BD,ABC: IsBisectorOfAngle(BD,ABC) → Mul(|CD|,|BA|) = Mul(|DA|,|BC|)",
    "perpendicular_bisector_property_distance_equal": "CO,AB: IsPerpendicularBisectorOfLine(CO,AB) → |CA| = |CB|",
    "midsegment_of_triangle_judgment_midpoint": "DE,ABC: |AD| = |BD|; |AE| = |CE| → IsMidsegmentOfTriangle(DE,ABC)",
    "midsegment_of_triangle_property_parallel": "DE,ABC: IsMidsegmentOfTriangle(DE,ABC) → DE∥BC",
    "midsegment_of_triangle_property_length": "DE,ABC: IsMidsegmentOfTriangle(DE,ABC) → |DE| = Mul(|BC|,1/2)",
    "similar_triangle_judgment_aa": "ABC,DEF: ∠ABC = ∠DEF; ∠BCA = ∠EFD → SimilarBetweenTriangle(ABC,DEF)",
    "similar_triangle_property_line_ratio": (
        "ABC,DEF: SimilarBetweenTriangle(ABC,DEF) → |BC| = Mul(|EF|,RatioOfSimilarTriangle(ABC,DEF))"
    ),
    # quadrilaterals
    "parallelogram_property_opposite_line_equal": "ABCD: Parallelogram(ABCD) → |BA| = |CD|",
    "parallelogram_property_opposite_angle_equal": "ABCD: Parallelogram(ABCD) → ∠DAB = ∠BCD",
    "rectangle_property_diagonal_equal": "ABCD: Rectangle(ABCD) → |AC| = |BD|",
    "quadrilateral_perimeter_formula": "ABCD: Add(|AB|,|BC|,|CD|,|DA|) = PerimeterOfQuadrilateral(ABCD)",
    "parallelogram_area_formula_sine": (
        "ABCD: Parallelogram(ABCD) → AreaOfQuadrilateral(ABCD) = Mul(|AB|,|BC|,Sin(∠ABC))"
    ),
    "isosceles_trapezoid_property_angle_equal": "ABCD: IsoscelesTrapezoid(ABCD) → ∠ABC = ∠BCD",
    "kite_property_opposite_angle_equal": "ABCD: Kite(ABCD) → ∠ABC = ∠CDA",
    "kite_area_formula_diagonal": "ABCD: Kite(ABCD) → AreaOfQuadrilateral(ABCD) = Mul(|BD|,|AC|,1/2)",
    "altitude_of_quadrilateral_judgment_left_vertex": (
        "AF,ABCD: Trapezoid(ABCD); ∠BFA = 90 → IsAltitudeOfQuadrilateral(AF,ABCD)"
    ),
    "trapezoid_area_formula": (
        "ABCD: Trapezoid(ABCD) → AreaOfQuadrilateral(ABCD) = Mul(Add(|AD|,|BC|),HeightOfQuadrilateral(ABCD),1/2)"
    ),
    "midsegment_of_quadrilateral_judgment_midpoint": (
        "EF,ABCD: |AE| = |BE|; |DF| = |CF| → IsMidsegmentOfQuadrilateral(EF,ABCD)"
    ),
    "midsegment_of_quadrilateral_property_length": (
        "EF,ABCD: IsMidsegmentOfQuadrilateral(EF,ABCD) → Add(|AD|,|BC|) = Mul(|EF|,2)"
    ),
    # circles
    "arc_property_center_angle": "OAB,P: IsCentreOfCircle(P,O) → ⌒OAB = ∠BPA",
    "arc_property_circumference_angle_external": "OAB,C: ∠BCA = Mul(⌒OAB,1/2)",
    "arc_property_circumference_angle_internal": "OAB,D: ∠ADB = Sub(180,Mul(⌒OAB,1/2))",
    "radius_of_circle_property_length_equal": "PA,O: IsCentreOfCircle(P,O) → |PA| = RadiusOfCircle(O)",
    "diameter_of_circle_property_right_angle": "BCA,O: IsDiameterOfCircle(AB,O) → BC⊥AC",
    "tangent_of_circle_property_perpendicular": "PA,O,Q: IsTangentOfCircle(PA,O); IsCentreOfCircle(Q,O) → PA⊥QA",
    "tangent_of_circle_property_length_equal": (
        "PA,PB,O: IsTangentOfCircle(PA,O); IsTangentOfCircle(PB,O) → |PA| = |PB|"
    ),
    "arc_addition_measure": "OAB,OBC: ⌒OAC = Add(⌒OAB,⌒OBC)",
    "congruent_arc_judgment_chord_equal": "XAB,YCD: |AB| = |CD| → CongruentBetweenArc(XAB,YCD)",
    "congruent_arc_property_measure_equal": "XAB,YCD: CongruentBetweenArc(XAB,YCD) → ⌒XAB = ⌒YCD",
    "circle_property_chord_perpendicular_bisect_chord": (
        "O,PM,AB: IsCentreOfCircle(P,O); ∠AMP = 90 → IsPerpendicularBisectorOfLine(PM,AB)"
    ),
    "circle_property_circular_power_chord_and_chord": "AEB,CED,O: Mul(|EC|,|ED|) = Mul(|EA|,|EB|)",
    "circle_property_circular_power_tangent_and_segment_line": (
        "PA,PCD,O: IsTangentOfCircle(PA,O) → Mul(|PA|,|PA|) = Mul(|PC|,|PD|)"
    ),
    "circle_property_angle_of_osculation": "OAB,P: IsTangentOfCircle(PA,O) → ∠BAP = Mul(⌒OAB,1/2)",
    "circle_property_length_of_radius_and_diameter": "O: DiameterOfCircle(O) = Mul(RadiusOfCircle(O),2)",
    "diameter_of_circle_property_length_equal": "AB,O: IsDiameterOfCircle(AB,O) → |AB| = DiameterOfCircle(O)",
    "arc_length_formula": "OAB: LengthOfArc(OAB) = Mul(⌒OAB,1/180*pi,RadiusOfCircle(O))",
    "sector_area_formula": "OAB: AreaOfSector(OAB) = Mul(⌒OAB,1/360*pi,RadiusOfCircle(O),RadiusOfCircle(O))",
    "circle_perimeter_formula": "O: PerimeterOfCircle(O) = Mul(2,pi,RadiusOfCircle(O))",
    "circle_area_formula": "O: AreaOfCircle(O) = Mul(pi,RadiusOfCircle(O),RadiusOfCircle(O))",
    # coordinates
    "distance_formula": (
        "AB: Pow(|AB|,2) = Add(Pow(Sub(AbscissaOfPoint(A),AbscissaOfPoint(B)),2),"
        "Pow(Sub(OrdinateOfPoint(A),OrdinateOfPoint(B)),2))"
    ),
    "midpoint_formula_abscissa": (
        "M,AB: IsMidpointOfLine(M,AB) → Mul(AbscissaOfPoint(M),2) = Add(AbscissaOfPoint(A),AbscissaOfPoint(B))"
    ),
    "midpoint_formula_ordinate": (
        "M,AB: IsMidpointOfLine(M,AB) → Mul(OrdinateOfPoint(M),2) = Add(OrdinateOfPoint(A),OrdinateOfPoint(B))"
    ),
}


@dataclass(frozen=True)
class Theorem:
    points: str
    premises: tuple[str, ...]
    conclusions: tuple[str, ...]


def _theorem(text: str) -> Theorem:
    points, _, rule = text.partition(": ")
    premises, _, conclusions = rule.rpartition(" → ")
    return Theorem(
        points,
        tuple(map(spelled, premises.split("; ") if premises else ())),
        tuple(map(spelled, conclusions.split("; "))),
    )


THEOREMS = {name: _theorem(text) for name, text in _THEOREMS.items()}


@lru_cache(maxsize=16_384)
def instance(theorem: str, points: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Premises and conclusions of a theorem about these points.

    Raises:
        FigureError: it is about other numbers of points.
    """
    pattern = THEOREMS[theorem]
    table = renaming(pattern.points, points)
    return tuple(rename(p, table) for p in pattern.premises), tuple(rename(c, table) for c in pattern.conclusions)
