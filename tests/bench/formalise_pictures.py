"""Of how many problems the answer is found with pictures read without a fault in the language of reading diagrams.

`python -m tests.bench.formalise_pictures builtin` (every family, levels 1, 4 and 7, English and Chinese, values in the
picture only), `placed` (the same, and on which side of a line points lie and in which order on a circle, as
`formalise.placement` has it) or `formalgeo7k [problems] [seed]` prints a JSON object.
"""

from __future__ import annotations

import json
import random
import sys
from collections import Counter
from collections.abc import Callable, Iterator

from redstar_geo.formalise import in_words, read_question, solve
from redstar_geo.formalise.picture import told
from redstar_geo.geometry import cdl
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.depicted import depicted
from redstar_geo.geometry.figure import Figure
from redstar_geo.geometry.reading import shown, written
from redstar_geo.sources import formal_words, formalgeo7k
from tests.bench.formalise_answers import agrees
from tests.paths import FORMALGEO7K

_Asked = tuple[str, str, str, str]  # id, question, statements, gold


def builtin(told: Callable[[Figure], str]) -> Iterator[_Asked]:
    for family in FAMILIES:
        for level in (1, 4, 7):
            for language in ("en", "zh"):
                built = construct(family, 3, level, language, "picture")
                yield built.problem.id, built.problem.question, told(built.figure), built.proof.answer


def real(count: int, seed: int) -> Iterator[_Asked]:
    rows = [raw for _, raw in formalgeo7k.rows(FORMALGEO7K) if raw is not None]
    random.Random(seed).shuffle(rows)
    for raw in rows[:count]:
        try:
            text = formal_words.mended(raw["problem_text_en"], raw["text_cdl"], raw["goal_cdl"], "en")
            statements, _ = depicted(raw["construction_cdl"], raw["image_cdl"])
        except (formal_words.LostGivenError, cdl.CDLError, ValueError):
            continue
        yield str(raw["problem_id"]), text, written(statements), raw["problem_answer"]


def main(asked: Iterator[_Asked]) -> dict[str, object]:
    outcomes, wrong, left = Counter[str](), {}, Counter[str]()
    for name, question, statements, gold in asked:
        solution = solve(read_question(question), in_words(statements), explain=False)
        outcomes[solution.outcome] += 1
        left[name.split("/")[1]] += solution.value is None
        if solution.value is not None and not agrees(solution, gold):
            wrong[name] = f"{solution.value.text} for {gold}"
    return {"problems": outcomes.total(), **outcomes, "wrong": wrong, "not answered": +left}


if __name__ == "__main__":
    what, count, seed = sys.argv[1:] + ["builtin", "200", "9"][len(sys.argv) - 1 :]
    drawn = {"builtin": lambda figure: written(shown(figure)), "placed": told}
    found = main(builtin(drawn[what]) if what in drawn else real(int(count), int(seed)))
    print(json.dumps(found, ensure_ascii=False, indent=1))
