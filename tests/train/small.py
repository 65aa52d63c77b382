"""A handful of export rows and problems, small enough to train on in a test."""

from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from datasets import Features, List, Value
from datasets import Image as ImageFeature
from PIL import Image as Picture
from PIL import ImageDraw

from redstar_geo.generation.prompt import completion_messages, prompt_messages
from redstar_geo.records import Image, Problem, to_table

SIZE = {"layers": 2, "width": 64, "heads": 2, "mlp": 128, "vocabulary": 400, "vision_layers": 1, "vision_width": 32}
_MESSAGES = List({"role": Value("string"), "content": Value("string")})
SCHEMA = Features(
    {"id": Value("string"), "prompt": _MESSAGES, "completion": _MESSAGES, "images": List(ImageFeature())}
).arrow_schema


def problem(number: int, with_picture: bool = True) -> Problem:
    a, b = 20 + number, 70 - number
    picture = Picture.new("RGB", (224, 168), "white")
    ImageDraw.Draw(picture).line([(20, 150), (200, 150), (20 + number, 20), (20, 150)], fill="black", width=3)
    encoded = BytesIO()
    picture.save(encoded, "PNG")
    return Problem(
        id=f"small/{number}",
        domain="geometry",
        source="small",
        split="train",
        licence="CC0-1.0",
        question=f"In triangle ABC, ∠A = {a}° and ∠B = {b + number}°. Find ∠C.",
        answer=str(180 - a - b - number),
        answer_kind="number",
        language="en",
        images=(Image.of(encoded.getvalue()),) if with_picture else (),
        difficulty=1.0 + number % 2,
        meta={"family": "angle sum" if number % 3 else "other"},
    )


def trace(of: Problem) -> str:
    return f"<think>\nThe angles of a triangle add up to 180°.\n</think>\n∠C = \\boxed{{{of.answer}^\\circ}}"


def write_export(path: Path, problems: list[Problem]) -> Path:
    rows = [
        {
            "id": f"{each.id}#0",
            "prompt": prompt_messages(each),
            "completion": completion_messages(trace(each)),
            "images": [{"bytes": image.data, "path": None} for image in each.images],
        }
        for each in problems
    ]
    pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), path)
    return path


def write_problems(path: Path, problems: list[Problem]) -> Path:
    pq.write_table(to_table(Problem, problems), path)
    return path
