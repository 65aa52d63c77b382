"""A small set in the form of FormalGeo7k, with a fault planted in each problem."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from PIL import Image

from tests.paths import DOZEN

RIGHT = "PerpendicularBetweenLine(AB,CB)"
AB, BC, AC = ("Equal(LengthOfLine(AB),3)", "Equal(LengthOfLine(BC),4)", "Equal(LengthOfLine(AC),{})")
PYTHAGORAS = ["right_triangle_judgment_angle(1,ABC)", "right_triangle_property_pythagorean(1,ABC)"]


def problem(givens: list[str], answer: str = "5", theorems: list[str] = PYTHAGORAS, **changes: Any) -> dict[str, Any]:
    """A triangle ABC, of which AC is asked for."""
    return {
        "problem_id": 1,
        "source": "GeoQA-1",
        "problem_level": 1,
        "problem_text_en": "As shown in the diagram, AB=3, BC=4. Find the length of line AC.",
        "problem_text_cn": "如图所示，AB=3，BC=4。求直线AC的长度。",
        "problem_img": "1.png",
        "construction_cdl": ["Shape(AB,BC,CA)"],
        "text_cdl": givens,
        "image_cdl": [],
        "goal_cdl": "Value(LengthOfLine(AC))",
        "problem_answer": answer,
        "theorem_seqs": theorems,
    } | changes


RATIO = "Equal(Div(LengthOfLine(AB),LengthOfLine(BC)),3/4)"
PLANTED: dict[str, tuple[dict[str, Any], list[str]]] = {  # the problems, and the faults of each
    "1": (problem([AB, BC, RIGHT]), []),
    "2": (problem([AB, BC, AC.format(6), RIGHT], "6"), ["contradictory_givens"]),
    "3": (problem([AB, BC, AC.format(6), RIGHT], "6", []), ["contradictory_givens"]),
    "4": (problem([AB, BC, AC.format("5.02"), RIGHT], "5.02", []), ["rounded_givens"]),
    "5": (problem([AB, BC, RIGHT], "6"), ["wrong_answer"]),
    "6": (problem([AB, BC]), ["open_goal"]),
    "7": (
        problem(
            [RATIO, BC, RIGHT],
            problem_text_en="As shown, Div(LengthOfLine(AB)=LengthOfLine(BC)), BC=4. Find the length of line AC.",
        ),
        ["lost_given"],
    ),
    "8": (
        problem(
            [AB, BC, RIGHT],
            "3/5",
            goal_cdl="Value(Sin(MeasureOfAngle(BCA)))",
            problem_text_en="As shown in the diagram, AB=3, BC=4. Find the value of sin(BC).",
        ),
        ["nonsense"],
    ),
    "9": (problem([AB, BC, RIGHT], problem_text_en="As shown, Mul(LengthOfLine(XY)). Find AC."), ["lost_given"]),
    "10": (problem([AB, BC, "open('x')"]), []),
    "11": (  # an isosceles trapezoid, or a parallelogram
        problem(
            [
                "ParallelBetweenLine(AD,BC)",
                "Equal(LengthOfLine(AB),LengthOfLine(CD))",
                "Equal(MeasureOfAngle(ABC),70)",
            ],
            "70",
            [],
            construction_cdl=["Shape(AB,BC,CD,DA)"],
            goal_cdl="Value(MeasureOfAngle(BCD))",
        ),
        ["loose_givens"],
    ),
    "12": (
        problem(
            [AB, BC, RIGHT],
            problem_text_en="As shown, AB=3, BC=4, AB is perpendicular to BB. Find the length of line AC.",
            problem_text_cn="如图所示，AB=3，BC=4，AB⊥CB。求直线AC的长度。",
        ),
        ["misnamed"],
    ),
}


def write(folder: Path, named: dict[str, dict[str, Any]], split: list[int] | None = None) -> Path:
    """The set in `folder`; every problem has a picture of its own unless it names another's."""
    shutil.copytree(DOZEN / "gdl", folder / "gdl")
    for part in ("problems", "diagrams"):
        (folder / part).mkdir()
    for number, (name, each) in enumerate(named.items()):
        own = each | {"problem_id": int(name)}
        if own["problem_img"] == "1.png":
            own["problem_img"] = f"{name}.png"
            picture = Image.new("RGB", (64, 64), "white")
            picture.paste((0, 0, 0), (8, 8, 16 + number, 40))
            picture.save(folder / "diagrams" / f"{name}.png")
        (folder / "problems" / f"{name}.json").write_text(json.dumps(own), encoding="utf-8")
    if split is not None:
        info = {"problem_number": len(named), "problem_split": split}
        (folder / "info.json").write_text(json.dumps(info), encoding="utf-8")
    return folder
