"""The formal language is closed: no string of a problem or of a GDL runs, and none makes the solver's start slow."""

from __future__ import annotations

import asyncio
import copy
import json
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from redstar_geo.errors import InputError
from redstar_geo.generation.request import GenerationSettings
from redstar_geo.geometry import cdl, language, predicates
from redstar_geo.geometry.formal import FormalSolver, admitted
from redstar_geo.geometry.language import Language
from redstar_geo.geometry.replay import ReplayError
from redstar_geo.geometry.state import State
from redstar_geo.records import SCHEMAS, Problem, to_row
from redstar_geo.run import write_rows
from redstar_geo.sources import formalgeo7k
from redstar_geo.viewing.formal_answers import FormalAnswers, Proofs
from tests.fuzzing import FUZZ_S, hold
from tests.paths import DOZEN

PREDICATES = json.loads((DOZEN / "gdl" / "predicate_GDL.json").read_text())
THEOREMS = json.loads((DOZEN / "gdl" / "theorem_GDL.json").read_text())
RAW = json.loads((DOZEN / "problems" / "1293.json").read_text())
FIELDS = ("construction_cdl", "text_cdl", "image_cdl", "theorem_seqs")
Gdl = tuple[dict[str, Any], dict[str, Any]]
Fuzzer = Callable[..., Counter[str]]


def payloads(canary: Path) -> list[str]:
    """Ways in which a text writes the file if any parser runs it."""
    code = "+".join(f"chr({ord(sign)})" for sign in f"open({str(canary)!r},'w')")
    return [
        f"exec({code})",
        f"eval({code})",
        f"open({str(canary)!r},'w')",
        f"__import__('os').system('touch {canary}')",
        f"x.__class__.__base__.__subclasses__() or open({str(canary)!r},'w')",
        f"Equal(LengthOfLine(QY),exec({code}))",
        f"Equal(exec({code}),1)",
        f"Equation(exec({code}))",
        f"Value(exec({code}))",
        f"Add(exec({code}),1)",
    ]


def gdl(change: Callable[[dict[str, Any], dict[str, Any]], None]) -> Gdl:
    definitions, theorems = copy.deepcopy(PREDICATES), copy.deepcopy(THEOREMS)
    change(definitions, theorems)
    return definitions, theorems


def _opened(definitions: dict[str, Any], theorems: dict[str, Any]) -> None:
    for head in ("exec(AB)", "chr(AB)", "eval(AB)", "open(AB)"):
        definitions["Attribution"][head] = {"ee_check": ["Line(AB)"], "sym": head[:4], "multi": []}


HOSTILE: dict[str, Callable[[dict[str, Any], dict[str, Any]], None]] = {
    "'exec(AB)'": _opened,
    "'eval(A)'": lambda p, t: p["Entity"].update({"eval(A)": p["Entity"]["Square(ABCD)"]}),
    "'__import__(A,B)'": lambda p, t: p["Relation"].update({"__import__(A,B)": {"ee_check": [], "multi": []}}),
    "'Mine(AB)'": lambda p, t: p["Relation"].update({"Mine(AB)": {"ee_check": [], "multi": [], "extend": []}}),
    "'LengthOfLine(AB)'": lambda p, t: p["Attribution"]["LengthOfLine(AB)"].update({"sym": "exec"}),
    "'Kite(ABCD)'": lambda p, t: p["Entity"]["Kite(ABCD)"].update({"extend": ["Equal(exec(A),1)"]}),
    "'RadiusOfCircle(O)'": lambda p, t: p["Attribution"].pop("RadiusOfCircle(O)"),
    "'Preset'": lambda p, t: p["Preset"]["FixLength"].append("exec"),
    "'Own'": lambda p, t: p.update({"Own": {}}),
    "'Entity'": lambda p, t: p.update({"Entity": []}),
    "'exec(AB)' ": lambda p, t: t.update({"exec(AB)": {"1": {"premise": "exec(AB)", "conclusion": []}}}),
    "'a.b(A)'": lambda p, t: t.update({"a.b(A)": {}}),
    "unknown head 'exec'": lambda p, t: t["flat_angle(ABC)"]["1"].update({"conclusion": ["Equal(exec(ABC),1)"]}),
    "unknown head 'chr'": lambda p, t: t["flat_angle(ABC)"]["1"].update({"premise": "chr(ABC)"}),
    "names": lambda p, t: t["flat_angle(ABC)"]["1"].update({"conclusion": ["Equal(LengthOfLine(AX),1)"]}),
    "stands for a number": lambda p, t: t["flat_angle(ABC)"]["1"].update({"conclusion": ["Equal(x,1)"]}),
    "no text": lambda p, t: t["flat_angle(ABC)"]["1"].update({"conclusion": [["Line(AB)"]]}),
    "'flat_angle(ABC)'": lambda p, t: t["flat_angle(ABC)"].update({"2": "Line(AB)"}),
}


@pytest.mark.parametrize("named", HOSTILE)
def test_a_gdl_of_anything_else_is_refused_by_name(named: str) -> None:
    with pytest.raises(InputError) as refusal:
        Language(*gdl(HOSTILE[named]))
    assert named.strip() in str(refusal.value) and "FormalGeo" in str(refusal.value)


def test_the_table_is_what_comes_with_formalgeo7k() -> None:
    assert Language(PREDICATES, THEOREMS).theorems.keys() == {key.partition("(")[0] for key in THEOREMS}
    assert predicates.MEASURES.keys() <= cdl.MEASURES
    assert language.Language(json.loads(json.dumps(PREDICATES, sort_keys=True)), {}).theorems == {}


def test_alternatives_of_a_premise_are_branches() -> None:
    rule = {"premise": "(Line(AB)|Line(BA))&Point(A)&~Line(BA)&Equal(LengthOfLine(AB),1)", "conclusion": ["Line(BA)"]}
    branches = Language(PREDICATES, {"own(AB)": {"1": rule}}).theorems["own"].branches
    assert [branch.premises for branch in branches.values()] == [
        (("Line", "AB"), ("Point", "A")),
        (("Line", "BA"), ("Point", "A")),
    ]
    assert branches["2"].equations == ("Equal(LengthOfLine(AB),1)",)
    doubled = {"own(AB)": {"1": rule | {"premise": "&".join(["(Line(AB)|Line(BA))"] * 20)}}}
    with pytest.raises(InputError, match="branches"):
        Language(PREDICATES, doubled)


def hostile_problems(canary: Path) -> list[dict[str, Any]]:
    made = []
    for payload in payloads(canary):
        made += [RAW | {key: [*RAW[key], payload]} for key in FIELDS]
        made += [
            RAW | {"goal_cdl": payload},
            RAW | {"goal_cdl": f"Value({payload})"},
            RAW | {"problem_answer": payload},
        ]
    return made


def test_no_string_of_a_problem_runs(tmp_path: Path) -> None:
    solver, canary = FormalSolver(DOZEN / "gdl"), tmp_path / "canary"
    for problem in hostile_problems(canary):
        with pytest.raises(ReplayError, match="bad_statement"):
            solver.replay(problem)
    assert not canary.exists()


def test_no_text_of_a_valid_problem_reaches_sympys_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []

    def tripwire(text: str, *args: Any, **kwargs: Any) -> None:
        read.append(text)
        raise AssertionError(text)

    monkeypatch.setattr("sympy.parsing.parse_expr", tripwire)
    monkeypatch.setattr("formalgeo.parse.basic.parse_expr", tripwire)
    solver = FormalSolver(DOZEN / "gdl")
    for file in sorted((DOZEN / "problems").glob("*.json")):
        solver.replay(json.loads(file.read_text()))
    assert read == []


def hostile_folder(folder: Path, canary: Path) -> Path:
    """A data set whose predicates would make one statement of its problem run, with all else as it should be."""
    for part in ("problems", "diagrams", "gdl"):
        (folder / part).mkdir(parents=True)
    statement = payloads(canary)[5]
    (folder / "problems" / "1293.json").write_text(json.dumps(RAW | {"text_cdl": [*RAW["text_cdl"], statement]}))
    (folder / "diagrams" / "1293.png").write_bytes((DOZEN / "diagrams" / "1293.png").read_bytes())
    for name, content in zip(("predicate_GDL.json", "theorem_GDL.json"), gdl(_opened), strict=True):
        (folder / "gdl" / name).write_text(json.dumps(content))
    return folder


def _run(*args: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "redstar_geo", *map(str, args)], capture_output=True, text=True)


def test_data_refuses_a_folder_that_would_run(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    folder = hostile_folder(tmp_path / "set", canary)
    recipe = tmp_path / "recipe.yaml"
    recipe.write_text(
        f"seed: 0\nsource: {{kind: formalgeo7k, path: {folder}}}\nteacher: {{kind: formal, form: long, samples: 1}}\n"
    )
    done = _run("data", recipe, f"run={tmp_path / 'run'}")
    assert done.returncode == 2 and "'exec(AB)'" in done.stderr and "Traceback" not in done.stderr
    assert not canary.exists() and not (tmp_path / "run").exists()


def test_steps_refuses_a_gdl_that_would_run(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    folder = hostile_folder(tmp_path / "set", canary)
    problem = next(iter(formalgeo7k.problems(folder)))
    assert isinstance(problem, Problem)
    write_rows(tmp_path / "problems.parquet", SCHEMAS[Problem], [to_row(problem)])
    (tmp_path / "items.jsonl").write_text(json.dumps({"id": problem.id, "response": "1 + 1 = 2"}) + "\n")
    common = ("steps", tmp_path / "items.jsonl", "--problems", tmp_path / "problems.parquet", "--out", tmp_path / "out")
    done = _run(*common, "--gdl", folder / "gdl")
    assert done.returncode == 2 and "'exec(AB)'" in done.stderr and "Traceback" not in done.stderr
    done = _run(*common, "--gdl", DOZEN / "gdl")  # the right predicates: the statement itself is refused
    assert done.returncode == 0 and "bad_statement" in (tmp_path / "out").read_text()
    assert not canary.exists()


def test_the_app_runs_nothing_of_a_saved_run(tmp_path: Path) -> None:
    canary = tmp_path / "canary"
    folder = hostile_folder(tmp_path / "set", canary)
    problem = next(iter(formalgeo7k.problems(folder)))
    assert isinstance(problem, Problem)

    async def asked(gdl: Path) -> None:
        async for _ in FormalAnswers(Proofs(gdl), "long").stream(problem, GenerationSettings(max_new_tokens=8)):
            pass

    with pytest.raises(InputError, match=r"exec\(AB\)"):
        asyncio.run(asked(folder / "gdl"))
    with pytest.raises(InputError, match="could not be replayed"):
        asyncio.run(asked(DOZEN / "gdl"))
    assert not canary.exists()


HEAVY = {
    "a number": {"problem_answer": "9" * 301},
    "a long text": {"text_cdl": ["Equal(x," + "+".join(["1"] * 900) + ")"]},
    "a tower": {"text_cdl": ["Equal(x," + "(" * 30 + "9" + ")^4" * 30 + ")"]},
    "a root": {"problem_answer": "sqrt(" + "*".join(["9" * 90] * 5) + ")"},
    "functions": {"problem_answer": "tan(asin(" * 10 + "1/3" + "))" * 10},
    "a chain": {"problem_answer": "+".join(["1"] * 1_500)},
    "statements": {"text_cdl": ["Equal(x,1)"] * 65},
    "a circle": {"construction_cdl": ["Cocircular(O,ABCDEFGHIJKLMN)"]},
    "circles": {"construction_cdl": [f"Cocircular({c},ABCDEFGH)" for c in "OPQRSTUV"]},
    "a line": {"construction_cdl": ["Collinear(ABCDEFGHIJKLMNOPQRSTUVWXYZ)"]},
    "theorems": {"theorem_seqs": ["line_addition(1,AB,BC)"] * 129},
    "a value that is none": {"problem_answer": "tan(pi/2)"},
    "infinity": {"text_cdl": ["Equal(LengthOfLine(QY),Tan(90))"]},
    "no points": {"text_cdl": ["RightTriangle(AB)"]},
    "too many points": {"text_cdl": ["Equal(LengthOfLine(ABC),1)"]},
    "arguments": {"text_cdl": ["Equal(Sub(1,2,3),x)"]},
    "a goal": {"goal_cdl": "Relation(Line(AB))"},
}


@pytest.mark.parametrize("named", HEAVY)
def test_what_the_solver_would_not_bear_is_refused(named: str) -> None:
    with pytest.raises(ReplayError, match="bad_statement"):
        FormalSolver(DOZEN / "gdl").replay(RAW | HEAVY[named])


@pytest.mark.filterwarnings("ignore:.*check not passed")
def test_a_figure_of_too_many_polygons_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("redstar_geo.geometry.state._MAX_SHAPES", 500)  # a 4 × 4 grid would reach the true limit
    corners = ["ABCD", "EFGH", "IJKL", "MNOP"]
    cells = [(corners[i][j : j + 2], corners[i + 1][j : j + 2]) for i in range(3) for j in range(3)]
    grid = [f"Shape({a}{c},{c}{d},{d}{b},{b}{a})" for (a, b), (c, d) in cells]
    with pytest.raises(ReplayError, match=r"bad_statement.*polygon"):
        FormalSolver(DOZEN / "gdl").replay(RAW | {"construction_cdl": grid})
    small = State(Language(PREDICATES, THEOREMS), admitted(RAW | {"construction_cdl": grid[:1]}))
    assert len(small.condition.items_group["Shape"]) == 4


def mutated(text: str, chance: random.Random) -> str:
    """Half of the time only other letters and digits, which often leaves a statement in the language."""
    signs = ["(", ")", ",", "^", "**", "9" * 30, "Sin(", "sqrt(", "-", "é", "\n", "\x00", "٣", "exec", "Equal(", "E"]
    harmless = chance.random() < 0.5
    for _ in range(chance.randint(1, 3)):
        start = chance.randint(0, len(text))
        end = min(len(text), start + (1 if harmless else chance.choice([0, 0, 1, 3, 9])))
        bit = chance.choice([*signs, text[start:end] * chance.randint(2, 40), ""])
        if harmless:
            kind = "QABCDEF" if text[start:end].isupper() else "123456789" if text[start:end].isdigit() else ""
            bit = chance.choice(kind) if kind else text[start:end]
        text = text[:start] + bit + text[end:]
    return text


def changed(value: Any, chance: random.Random) -> Any:
    """The same JSON with one leaf of it mutated or replaced by a value of another type."""
    if isinstance(value, list | dict) and value and chance.random() < 0.95:
        key = chance.choice(list(value) if isinstance(value, dict) else range(len(value)))
        copied = copy.copy(value)
        if isinstance(copied, dict) and chance.random() < 0.1:
            copied[mutated(str(key), chance)] = copied.pop(key)
        else:
            copied[key] = changed(value[key], chance)
        return copied
    if isinstance(value, str) and chance.random() < 0.9:
        return mutated(value, chance)
    return chance.choice([None, 1, float("nan"), [], {}, [value], {"x": value}, "9" * 5_000, [[["x"]]], True])


def fuzz_problems(seed: int, seconds: float, rounds: int | None = None) -> Counter[str]:
    """How the readers of problems took mutations of them; anything but a typed error leaves as it is."""
    chance, spoken, taken = random.Random(seed), Language(PREDICATES, THEOREMS), Counter[str]()
    raws = [json.loads(file.read_text()) for file in sorted((DOZEN / "problems").glob("*.json"))]

    def mutations() -> Iterator[dict[str, Any]]:
        while True:
            raw = chance.choice(raws)
            for key in chance.sample([*FIELDS, "goal_cdl", "problem_answer", "problem_id"], chance.randint(1, 2)):
                raw = raw | {key: changed(raw[key], chance)}
            yield raw

    def work(raw: dict[str, Any]) -> None:
        try:
            State(spoken, admitted(raw))
            taken["admitted"] += 1
        except (ReplayError, cdl.CDLError):
            taken["refused"] += 1

    hold(work, islice(mutations(), rounds), seconds)
    return taken


def fuzz_theorems(seed: int, seconds: float, rounds: int | None = None) -> Counter[str]:
    """The same for both files of a GDL."""
    chance, taken = random.Random(seed), Counter[str]()

    def mutations() -> Iterator[tuple[Any, Any]]:
        while True:
            few = {key: THEOREMS[key] for key in chance.sample(sorted(THEOREMS), 5)}
            definitions = PREDICATES if chance.random() < 0.7 else changed(PREDICATES, chance)
            yield definitions, changed(few, chance)

    def work(gdl: tuple[Any, Any]) -> None:
        try:
            Language(*gdl)
            taken["admitted"] += 1
        except InputError:
            taken["refused"] += 1

    hold(work, islice(mutations(), rounds), seconds)
    return taken


@pytest.mark.filterwarnings("ignore:.*check not passed")
@pytest.mark.parametrize("fuzzer", [fuzz_problems, fuzz_theorems])
def test_only_typed_errors_leave_the_readers_of_the_formal_language(fuzzer: Fuzzer) -> None:
    taken = fuzzer(1, FUZZ_S, 150)
    assert taken.total() == 150 and min(taken["admitted"], taken["refused"]) > 3


@pytest.mark.long
@pytest.mark.timeout(1_800)
@pytest.mark.filterwarnings("ignore:.*check not passed")
@pytest.mark.parametrize("fuzzer", [fuzz_problems, fuzz_theorems])
def test_only_typed_errors_leave_them_for_minutes(fuzzer: Fuzzer) -> None:
    taken = fuzzer(2, FUZZ_S)
    assert min(taken["admitted"], taken["refused"]) > taken.total() // 50 > 0
