"""What the documents say holds: links lead somewhere, commands parse, recipes check, tables are the code's schemas."""

from __future__ import annotations

import ast
import doctest
import importlib.util
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import typer
from typer.testing import CliRunner

from redstar_geo import recipe as recipes
from redstar_geo.answer.file import verify_file
from redstar_geo.cli import app
from redstar_geo.formalise.steps import judge_file
from redstar_geo.records import Problem, to_table
from redstar_geo.sandbox import file as sandbox_file
from redstar_geo.sources import builtin
from tests.documents import PAGES, RECIPES, ROOT, Command, anchors, blocks, commands, links, name, tables, text
from tests.placeholders import World
from tests.recipe_page import PAGE, page

FORMATS = ROOT / "docs" / "formats.md"
COMMANDS = {str(one): one for page in (*PAGES, *RECIPES) for one in commands(page)}
NODE = ["--gpus", "16", "--gpu-gib", "80"]  # what the recipes of large models are made for
NOT_HERE = {  # data sets that nobody may ship, whose schemas have their own tests
    "source.path=TACO does not exist": "TACO must be fetched",
    "source.path=code_generation_lite lacks": "LiveCodeBench must be fetched",
    "paths.hellobench is missing": "HelloBench must be fetched",
    "paths.sedareval is missing": "SedarEval must be fetched",
    "'solid.yaml' is neither a benchmark": "a file that the reader writes",
    "is not a LoRA adapter": "an adapter must be trained",
}
UNCHECKED = (  # why a check without a network leaves something out
    "it comes from the hub, which is not asked",
    "it is not on this machine, and the hub is not asked",
    "its servers are not asked",
    "they are read when the evaluation starts",
    "the tiny base is built when training starts",
    "how large the pictures are is not known without the processor",
)
PLACEHOLDERS = {"RECIPE", "MODEL", "NAME", "FOLDER", "RUN", "ORG/NAME"}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    return World(tmp_path_factory.mktemp("world"))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in links(page):
        if link.startswith(("http://", "https://", "mailto:")):
            continue
        target, _, anchor = link.partition("#")
        found = (page.parent / target).resolve() if target else page
        assert found.exists(), f"{name(page)}: {link}"
        if anchor and found.suffix == ".md":
            assert anchor in anchors(found), f"{name(page)}: {link}; it has {sorted(anchors(found))}"


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_names_of_the_library_are_there(page: Path) -> None:
    for dotted in set(re.findall(r"(?<![\w/])redstar_geo(?:\.[A-Za-z_]\w*)+", text(page))):
        assert dotted.endswith((".py", ".yaml")) or _is_there(dotted), f"{name(page)}: {dotted}"


def _is_there(dotted: str) -> bool:
    """Whether it is a module, or something that a module defines; nothing heavy is imported to tell."""
    module, _, last = dotted.rpartition(".")
    try:
        found = importlib.util.find_spec(dotted)
    except ModuleNotFoundError:  # what it would be in is no package
        found = None
    spec = importlib.util.find_spec(module)
    if found is not None or spec is None or spec.origin is None:
        return found is not None
    return bool(re.search(rf"^(?:async def |def |class )?{last}\b", text(Path(spec.origin)), re.MULTILINE))


def test_functions_of_the_algorithms_are_there() -> None:
    sources = "".join(map(text, (ROOT / "redstar_geo").rglob("*.py")))
    named = re.findall(r"`(?:\w+\.)*(\w+)`", text(ROOT / "docs" / "algorithms.md"))
    assert len(named) > 30
    assert not [each for each in named if not re.search(rf"\b{each}\b", sources)]


def test_pages_name_files_that_are_there() -> None:
    """Paths in code, as far as they begin with a folder of the repository."""
    begins = re.compile(r"`((?:redstar_geo|data_prep|train|eval|app|tests|docs)/[\w./-]+\.\w+)`")
    missing = [
        f"{name(page)}: {path}"
        for page in PAGES
        for path in begins.findall(text(page))
        if "NAME" not in path and not (ROOT / path).exists()
    ]
    assert not missing


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_command_is_one_of_ours(command: Command) -> None:
    words = list(command.words)
    if words[0] == "make":
        _is_a_target(words)
    elif "redstar_geo" in words or words[0] in ("redstar-geo", "sbatch"):
        _parses(_of_redstar_geo(words))
    elif words[:2] == ["python", "-m"]:
        _is_a_module(words[2:])


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_a_commands_recipe_takes_its_overrides(command: Command, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    words = _of_redstar_geo(list(command.words))
    if words[:1] not in (["data"], ["train"], ["eval"], ["study"], ["check"]):
        return
    recipe, *overrides = [word for word in words[1:] if not word.startswith("-")] or [""]
    if recipe in ("", *PLACEHOLDERS):
        return
    monkeypatch.chdir(world.root)
    _checks(world, recipe, [one for one in overrides if "=" in one and "…" not in one])


@pytest.mark.parametrize("recipe", RECIPES, ids=name)
def test_every_recipe_passes_its_check(recipe: Path, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world.root)
    _checks(world, name(recipe), [])


@pytest.mark.parametrize("override", ["epoch=3", "data=runs/nowhere/*.txt", "learning_rate=fast"])
def test_a_slip_in_a_document_would_be_found(override: str, world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(world.root)
    with pytest.raises(AssertionError, match="error: "):
        _checks(world, "train/sft_tiny_cpu.yaml", [override])


def _checks(world: World, recipe: str, overrides: list[str]) -> None:
    world.provide(recipes.read(recipes.find(recipe), overrides))
    for line in _said(recipe, *overrides).splitlines():
        known = NOT_HERE if line.startswith("error: ") else UNCHECKED
        if line.startswith(("error: ", "not checked: ")):
            assert any(reason in line for reason in known), line


@cache
def _said(*words: str) -> str:
    """What `redstar-geo check` says; the same recipe with the same overrides is checked once."""
    result = CliRunner().invoke(app, ["check", *words, *NODE])
    assert result.exception is None or isinstance(result.exception, SystemExit), repr(result.exception)
    return result.output


def _of_redstar_geo(words: list[str]) -> list[str]:
    """What follows the command's name, however it is launched."""
    if words[0] == "sbatch":
        script = next(place for place, word in enumerate(words) if word.endswith(".sbatch"))
        assert (ROOT / words[script]).is_file()
        return ["train", *words[script + 1 :]]
    if words[0] == "redstar-geo":
        return words[1:]
    return words[words.index("redstar_geo") + 1 :] if "redstar_geo" in words else []


def _parses(words: list[str]) -> None:
    known: Any = typer.main.get_command(app)
    if words == ["--version"]:
        return
    verb = known.commands[words[0]]  # a KeyError names a command that there is not
    if len(words) > 1 and "--help" not in words:
        verb.make_context(words[0], words[1:])


def _is_a_target(words: list[str]) -> None:
    targets = re.findall(r"^([\w-]+):", text(ROOT / "Makefile"), re.MULTILINE)
    for word in words[1:]:
        variable, _, value = word.partition("=")
        if value:
            found = list((ROOT / "tests" / "bench").glob(f"{value}*.py"))
            assert variable == "ONLY" and found, word
        else:
            assert word in targets, word


def _is_a_module(words: list[str]) -> None:
    assert importlib.util.find_spec(words[0]) is not None, words[0]
    if words[0] == "tests.bench" and len(words) > 1:
        assert list((ROOT / "tests" / "bench").glob(f"{words[1]}*.py")), words[1]
    if words[0] == "pytest":
        assert all((ROOT / word.partition("::")[0]).exists() for word in words[1:] if not word.startswith("-"))


def test_the_verdicts_of_the_lines_on_the_page(tmp_path: Path) -> None:
    folder_rows, lines = [block for block in blocks(FORMATS, "json")]
    assert all({"question", "answer"} <= json.loads(line).keys() for line in folder_rows.splitlines())
    (tmp_path / "lines.jsonl").write_text(lines, encoding="utf-8")
    tally = verify_file(tmp_path / "lines.jsonl", tmp_path / "verdicts.jsonl")
    assert not tally.unreadable
    assert dict(tally.counts) == {("–", "correct"): 2, ("–", "undecided"): 1}
    assert _keys(tmp_path / "verdicts.jsonl") == _verdict_keys("redstar-geo verify")


def test_the_keys_of_judged_programs_and_steps(tmp_path: Path) -> None:
    assert ["line", "input", *sandbox_file._COLUMNS] == _verdict_keys("redstar-geo judge")
    problem = next(builtin.problems(["angle_sum"], 1, seed=0, difficulty=[1]))
    pq.write_table(to_table(Problem, [problem]), tmp_path / "problems.parquet")
    (tmp_path / "items.jsonl").write_text(json.dumps({"id": problem.id, "response": "2 + 2 = 4"}) + "\n")
    judge_file(tmp_path / "items.jsonl", tmp_path / "problems.parquet", tmp_path / "steps.jsonl")
    assert _keys(tmp_path / "steps.jsonl") == _verdict_keys("redstar-geo steps")


def _keys(path: Path) -> list[str]:
    return list(json.loads(path.read_text(encoding="utf-8").splitlines()[0]))


def _verdict_keys(command: str) -> list[str]:
    """The keys that the page gives the verdicts of a command."""
    row = next(line for line in text(FORMATS).splitlines() if line.startswith(f"| `{command}` |"))
    return re.findall(r"`(\w+)`", row.split("|")[3])


def test_columns_on_the_page_are_those_of_the_files() -> None:
    written = tables(FORMATS, "###")
    schemas = _schemas()
    assert schemas.keys() <= written.keys()
    for file, schema in schemas.items():
        assert [row[:2] for row in written[file]] == [[field.name, _plain(field.type)] for field in schema], file


def _schemas() -> dict[str, pa.Schema]:
    from redstar_geo.data_prep import export, prompts, score, select, verify
    from redstar_geo.records import SCHEMAS, Problem, Trace
    from redstar_geo.teacher import ledger
    from redstar_geo.trainer import dataset

    return {
        "problems.parquet": SCHEMAS[Problem],
        "traces.parquet": SCHEMAS[Trace],
        "prompts.parquet": prompts.SCREENED,
        "difficulty.parquet": score.SCORED,
        "pass_rates.parquet": verify._RATES,
        "selection.parquet": select.SELECTED,
        "pairing.parquet": select.PAIRED,
        "sft/train.parquet": export._SFT,
        "pairs/train.parquet": export._PAIRS,
        "ledger.sqlite": ledger.EXPORTED,
        "lengths.parquet": dataset.MEASURED,
    }


def _plain(kind: pa.DataType) -> str:
    return re.sub(r"<item: ", "<element: ", str(kind))


def test_the_arithmetic_of_costs() -> None:
    failed, attempted = doctest.testfile(str(ROOT / "docs" / "costs.md"), module_relative=False)
    assert attempted > 10 and not failed


def test_every_quoted_message_is_one_of_the_code() -> None:
    messages = [message for room in ("redstar_geo", "data_prep", "train", "eval", "app") for message in _messages(room)]
    quoted = re.findall(r"^\| `([^`]+)` \|", text(ROOT / "docs" / "troubleshooting.md"), re.MULTILINE)
    assert len(quoted) > 30
    unknown = [quote for quote in quoted if not any(_is_quoted(quote, message) for message in messages)]
    assert not unknown


def _is_quoted(quote: str, message: str) -> bool:
    """Whether the quote's pieces, parted by …, stand in the message in this order."""
    place = 0
    for piece in quote.split("…"):
        place = message.find(piece.strip(), place)
        if place < 0:
            return False
    return True


def _messages(room: str) -> Iterator[str]:
    """Every text of the code, with … for what is filled in."""
    for path in (ROOT / room).rglob("*.py"):
        if "Error(" not in text(path) and "errors.append(" not in text(path):
            continue
        for node in ast.walk(ast.parse(text(path))):
            if isinstance(node, ast.JoinedStr):
                parts = [part.value if isinstance(part, ast.Constant) else "…" for part in node.values]
                yield "".join(map(str, parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value


def test_the_page_of_keys_is_that_of_the_recipes() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python -m tests.recipe_page"
