"""The predicates and measures of FormalGeo's language: a fixed table, whatever a folder's `predicate_GDL.json` says.

Each is known by its signature, which gives the points it takes, and by the first 16 digits of the SHA-256 of its
definition, so that a folder's file can only repeat what stands here. Definitions are FormalGeo7k's (arXiv 2310.18021).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from redstar_geo.errors import InputError

_PRESET = "8ccc483f02160c49"
_ENTITY = {
    "RightTriangle(ABC)": "113b39f461c4b59f",
    "IsoscelesTriangle(ABC)": "f6d9e51681bbf1d4",
    "IsoscelesRightTriangle(ABC)": "ba833a939d5b2851",
    "EquilateralTriangle(ABC)": "4aeda8a58bd6f444",
    "Kite(ABCD)": "59ad4819eefd3256",
    "Parallelogram(ABCD)": "13caf17a6cf61fb3",
    "Rhombus(ABCD)": "9232ee14c8e7015f",
    "Rectangle(ABCD)": "236680e7b50f5030",
    "Square(ABCD)": "5cfb553494af6772",
    "Trapezoid(ABCD)": "1a6a4c53e4ffcb56",
    "IsoscelesTrapezoid(ABCD)": "9d746b1e3171c5bc",
    "RightTrapezoid(ABCD)": "625ec9bd5b4b582a",
}
_RELATION = {
    "IsMidpointOfLine(M,AB)": "58e85977770426d0",
    "IsMidpointOfArc(M,OAB)": "36191fa6e72ba405",
    "ParallelBetweenLine(AB,CD)": "f7245c5b6d6be250",
    "PerpendicularBetweenLine(AO,CO)": "2616cf4d4fc18f82",
    "IsPerpendicularBisectorOfLine(CO,AB)": "75e8c3eb69d0ea3f",
    "IsBisectorOfAngle(BD,ABC)": "f496ae5d14574eed",
    "IsMedianOfTriangle(AD,ABC)": "3568d661f1235a4f",
    "IsAltitudeOfTriangle(AD,ABC)": "73aa356a3b21cca0",
    "IsMidsegmentOfTriangle(DE,ABC)": "75f1a1a14e64c318",
    "IsCircumcenterOfTriangle(O,ABC)": "cc4f00bf02f4076f",
    "IsIncenterOfTriangle(O,ABC)": "d39df5d35c4868a1",
    "IsCentroidOfTriangle(O,ABC)": "cc4f00bf02f4076f",
    "IsOrthocenterOfTriangle(O,ABC)": "eed07e0ff2602292",
    "CongruentBetweenTriangle(ABC,DEF)": "27f32c774ffc7a24",
    "MirrorCongruentBetweenTriangle(ABC,DEF)": "dc66dbaa87fad1b5",
    "SimilarBetweenTriangle(ABC,DEF)": "27f32c774ffc7a24",
    "MirrorSimilarBetweenTriangle(ABC,DEF)": "dc66dbaa87fad1b5",
    "IsAltitudeOfQuadrilateral(EF,ABCD)": "45d6a9f07eaf758b",
    "IsMidsegmentOfQuadrilateral(EF,ABCD)": "6e7811e3f39e6eb9",
    "IsCircumcenterOfQuadrilateral(O,ABCD)": "2d070adf0dec1da5",
    "IsIncenterOfQuadrilateral(O,ABCD)": "61c41d90063d4014",
    "CongruentBetweenQuadrilateral(ABCD,EFGH)": "7609414d1eb770dc",
    "MirrorCongruentBetweenQuadrilateral(ABCD,EFGH)": "4a4918c8be1135fe",
    "SimilarBetweenQuadrilateral(ABCD,EFGH)": "7609414d1eb770dc",
    "MirrorSimilarBetweenQuadrilateral(ABCD,EFGH)": "4a4918c8be1135fe",
    "CongruentBetweenArc(OAB,OCD)": "de8907a4fb2f7975",
    "SimilarBetweenArc(OAB,OCD)": "de8907a4fb2f7975",
    "IsDiameterOfCircle(AB,O)": "e50c095c3fe44608",
    "IsTangentOfCircle(PA,O)": "b285a07aec3c2cc9",
    "IsCentreOfCircle(P,O)": "a49c208fa093bac7",
}
_ATTRIBUTION = {
    "LengthOfLine(AB)": "83025bf3da929ee6",
    "MeasureOfAngle(ABC)": "14e4150f3389ac62",
    "PerimeterOfTriangle(ABC)": "3222d3cfe01f80e4",
    "AreaOfTriangle(ABC)": "f851a1c39b62b222",
    "HeightOfTriangle(ABC)": "64da3fc62ebca14b",
    "RatioOfSimilarTriangle(ABC,DEF)": "8a70c2f4a2d3abca",
    "RatioOfMirrorSimilarTriangle(ABC,DEF)": "d3be189687b3ea2c",
    "PerimeterOfQuadrilateral(ABCD)": "debbf24437bd10c4",
    "AreaOfQuadrilateral(ABCD)": "e042f4e8605f17a1",
    "HeightOfQuadrilateral(ABCD)": "6947e35aa7f278d6",
    "RatioOfSimilarQuadrilateral(ABCD,EFGH)": "e0d580997257e86f",
    "RatioOfMirrorSimilarQuadrilateral(ABCD,EFGH)": "2033b2a400ff3c80",
    "LengthOfArc(OAB)": "4b5033460231f49a",
    "MeasureOfArc(OAB)": "82f410accbd6c0f5",
    "RatioOfSimilarArc(OAB,OCD)": "7743ee5e7de89f3b",
    "RadiusOfCircle(O)": "3999c0c5bc5b4775",
    "DiameterOfCircle(O)": "dd7e62d68e840769",
    "PerimeterOfCircle(O)": "ddd94cb1472e9418",
    "AreaOfCircle(O)": "16246f5f329b4472",
    "PerimeterOfSector(OAB)": "191426d79b860baa",
    "AreaOfSector(OAB)": "77b0ba091a1770f8",
}
_SECTIONS = {"Entity": _ENTITY, "Relation": _RELATION, "Attribution": _ATTRIBUTION}


def groups(signature: str) -> tuple[int, ...]:
    """How many points each argument has: `(2, 3)` of `IsBisectorOfAngle(BD,ABC)`."""
    return tuple(map(len, signature[:-1].partition("(")[2].split(",")))


def name(signature: str) -> str:
    return signature.partition("(")[0]


BASIC = {"Point": (1,), "Line": (2,), "Arc": (3,), "Angle": (3,), "Circle": (1,)}
VARIABLE = frozenset({"Polygon", "Collinear", "Cocircular", "Shape"})  # of as many points as there are
MEASURES = {name(key): groups(key) for key in _ATTRIBUTION}
RELATIONS = {name(key): groups(key) for key in (*_ENTITY, *_RELATION)}


def check(definitions: Any) -> Mapping[str, Any]:
    """The content of a `predicate_GDL.json`, if it is FormalGeo's.

    Raises:
        InputError: a predicate is missing, is not in the table or is defined otherwise; it is named.
    """
    if not isinstance(definitions, dict):
        raise InputError(_refusal("it is no JSON object"))
    if strange := [key for key in definitions if key not in ("Preset", *_SECTIONS)]:
        raise InputError(_refusal(f"it has a section {strange[0][:80]!r}"))
    if _digest(definitions.get("Preset")) != _PRESET:
        raise InputError(_refusal("its 'Preset' is another"))
    for section, known in _SECTIONS.items():
        own = definitions.get(section)
        if not isinstance(own, dict):
            raise InputError(_refusal(f"it has no section {section!r}"))
        for key in own:
            if key not in known:
                raise InputError(_refusal(f"{section} has {key[:80]!r}, which is none of its predicates"))
        for key, digest in known.items():
            if _digest(own.get(key)) != digest:
                raise InputError(_refusal(f"{section} {key!r} is missing or defined otherwise"))
    return definitions


def _digest(definition: Any) -> str:
    return hashlib.sha256(json.dumps(definition, sort_keys=True).encode()).hexdigest()[:16]


def _refusal(why: str) -> str:
    return f"predicate_GDL.json is not FormalGeo's: {why}. Take the file that comes with FormalGeo7k."
