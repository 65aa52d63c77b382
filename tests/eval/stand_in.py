"""Stands in for `python -m redstar_geo` as the `launch` of a study's stages, in a fraction of a second instead of ten.

Every verb writes its folder in small steps and goes on where it was stopped. An evaluation's answers follow from what
its model was trained on, so that a study of it has a table to compare. `fail: true` in a recipe ends it with code 1.
"""

import fcntl
import json
import os
import random
import sys
import time
from pathlib import Path

import yaml

STEPS, STEP_S = 5, 0.03


def main(verb: str, recipe: dict[str, object]) -> None:
    folder = Path(str(recipe["run"]))
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # two at a time in one folder are an error, as for the verbs
        for step in range(STEPS):
            if not (folder / f"step{step}").is_file():
                time.sleep(STEP_S)
                (folder / f"step{step}").touch()
        if recipe.get("fail"):
            sys.exit("it was asked to fail")
        finish(verb, folder, recipe)
    with Path(os.environ["STARTS"]).open("a") as starts:
        starts.write(f"{verb} {folder.name}\n")


COUNTS = {"in": 1, "out": 1, "rejected": {}, "pending": 0}


def finish(verb: str, folder: Path, recipe: dict[str, object]) -> None:
    if verb == "data":
        (folder / "run.json").write_text(json.dumps({"recipe": recipe, "counts": {"rows": recipe["rows"]}}))
    elif verb == "train":
        data = json.loads((Path(str(recipe["data"])) / "run.json").read_text())
        (folder / "run.json").write_text(
            json.dumps({"recipe": recipe | data["counts"], "counts": {"train": COUNTS | data["counts"]}})
        )
    else:
        trained = json.loads((Path(str(recipe["model"])) / "run.json").read_text())["recipe"]
        chance = random.Random(f"{trained['rows']} {trained['seed']}")
        error = 3 * trained["rows"] ** -0.5
        items = [
            {
                "id": f"p{n}",
                "sample": 0,
                "verdict": "wrong" if chance.random() < error else "correct",
                "truncated": n == 0,
            }
            for n in range(200)
        ]
        (folder / "items.jsonl").write_text("".join(json.dumps(item) + "\n" for item in items))
        right = sum(item["verdict"] == "correct" for item in items) / len(items)
        scores = {"best": {"n": 200, "value": right, "low": right - 0.1, "high": right + 0.1}}
        (folder / "scores.json").write_text(json.dumps(scores))


if __name__ == "__main__":
    main(sys.argv[3], yaml.safe_load(Path(sys.argv[4]).read_text()))
