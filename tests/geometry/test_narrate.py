import json
import os
import re
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from random import Random

import pytest
import sympy

from redstar_geo.answer import verify
from redstar_geo.geometry import cdl
from redstar_geo.geometry.claims import Facts, judge
from redstar_geo.geometry.construct import FAMILIES, construct
from redstar_geo.geometry.figure import holds
from redstar_geo.geometry.formal import FormalSolver
from redstar_geo.geometry.narrate import Narration, narrate
from redstar_geo.geometry.narrate.arithmetic import quotient, work
from redstar_geo.geometry.narrate.mathmode import in_math_mode
from redstar_geo.geometry.narrate.mistakes import Mistake
from redstar_geo.geometry.narrate.phrases_together import TOGETHER
from redstar_geo.geometry.narrate.say import latex, number, say, value
from redstar_geo.geometry.narrate.solving import solution
from redstar_geo.geometry.narrate.story import passages, reordered
from redstar_geo.geometry.narrate.theorems import PHRASES, phrase
from redstar_geo.geometry.narrate.values import Values, all_values, stated_values
from redstar_geo.geometry.narrate.voices import SLOTS, Voice
from redstar_geo.geometry.proof import Proof, Solve, Step
from tests.geometry import stranger
from tests.geometry.trace_lint import lint
from tests.paths import DOZEN

ROOT = Path(__file__).parents[2]
SUM = "Equal(Add(MeasureOfAngle(ABC),MeasureOfAngle(BCA),MeasureOfAngle(CAB)),180)"
SIDES = "Equal(LengthOfLine(AB),LengthOfLine(AC))"
ANGLES = Proof(
    givens=("Equal(MeasureOfAngle(ABC),87)", "Equal(MeasureOfAngle(BCA),58)"),
    goal="MeasureOfAngle(CAB)",
    answer="35",
    moves=(
        Step("isosceles_triangle_judgment_line_equal", ("ABC",), (SIDES,), (), False),
        Step("triangle_property_angle_sum", ("ABC",), (), (SUM,)),
        Solve("MeasureOfAngle(CAB)", "35", (SUM,), (("MeasureOfAngle(ABC)", "87"), ("MeasureOfAngle(BCA)", "58"))),
    ),
)


@cache
def built_in() -> list[tuple[Proof, Facts]]:
    built = [construct(family, seed, 1 + (3 * seed) % 10) for family in FAMILIES for seed in range(2)]
    return [(problem.proof, Facts(problem.proof, (problem.figure,))) for problem in built]


@cache
def real(folder: Path = DOZEN, every: int = 1) -> list[tuple[Proof, Facts]]:
    solver = FormalSolver(folder / "gdl")
    found = []
    for file in sorted((folder / "problems").glob("*.json"))[::every]:
        problem = json.loads(file.read_text(encoding="utf-8"))
        lines = [text[10:-1] for text in problem["construction_cdl"] if text.startswith("Collinear(")]
        proof = solver.replay(problem)
        found.append((proof, Facts(proof, (), lines)))
    return found


def judged(proofs: list[tuple[Proof, Facts]], language: str) -> Counter[str]:
    """How many asserted claims are true, false and unproven in long narrations, answers included."""
    statuses: Counter[str] = Counter()
    for number_, (proof, facts) in enumerate(proofs):
        for seed in (number_, number_ + 1000):
            told = narrate(proof, form="long", language=language, seed=seed)
            found = judge(f"{told.reasoning}\n{told.response}", facts)
            false = [claim.text for claim, decision in found.claims if decision.status == "false"]
            assert not false, f"{false} in\n{told.reasoning}"
            statuses.update(decision.status for claim, decision in found.claims if claim.standing == "asserted")
    return statuses


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_false_is_asserted_of_built_in_problems(language: str) -> None:
    statuses = judged(built_in(), language)
    assert statuses["true"] > 600 and statuses["true"] > 0.97 * statuses.total()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_false_is_asserted_of_real_problems(language: str) -> None:
    statuses = judged(real(), language)
    assert statuses["true"] > 500 and statuses["true"] > 0.9 * statuses.total()


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("voices", [None, 1])
def test_every_answer_is_verified(language: str, voices: int | None) -> None:
    for seed, (proof, _) in enumerate(built_in()):
        long = narrate(proof, form="long", language=language, seed=seed, voices=voices)
        short = narrate(proof, form="short", language=language, seed=seed, voices=voices)
        for told in (long, short):
            assert verify(proof.answer, f"<think>\n{told.reasoning}\n</think>\n{told.response}").status == "correct"
            assert told.response.count("\\boxed{") == 1 and "\\boxed" not in told.reasoning
        assert len(long.reasoning) > len(short.reasoning)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_template_shows_through(language: str) -> None:
    """Every wording is filled and finished: no braces, brackets of choices, doubled stops or empty sentences."""
    broken = re.compile(r"[\[\]|]|\{[A-Za-z]|\.\.|。。|，，|  |: \.|^ | $|\bNone\b", re.MULTILINE)
    for seed, (proof, _) in enumerate(built_in()):
        for told in (narrate(proof, form=form, language=language, seed=seed) for form in ("short", "long")):
            plain = re.sub(r"\\(overset\{\\frown\}\{[A-Z]+\}|sqrt\{[^}]*\})", "x", told.reasoning)
            assert not broken.search(plain), (broken.search(plain), told.reasoning)


def found(proofs: list[tuple[Proof, Facts]], language: str, seeds: int) -> list[str]:
    """What the linter finds in long and unchecked narrations."""
    findings = []
    for number_, (proof, _) in enumerate(proofs):
        for seed in range(number_, number_ + 1000 * seeds, 1000):
            told = narrate(proof, form=("long", "long_unchecked")[seed % 2], language=language, seed=seed)
            findings += [f"{each.kind}: {each.text}" for each in lint(proof, told.reasoning, told.response, language)]
    return findings


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_step_is_empty_circular_repeated_or_from_nowhere(language: str) -> None:
    assert not found([*real(), *built_in()], language, 1)


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_step_is_empty_circular_repeated_or_from_nowhere_at_large(language: str) -> None:
    many = [construct(family, seed, 1 + (3 * seed) % 10) for family in FAMILIES for seed in range(100, 125)]
    proofs = [(problem.proof, Facts(problem.proof, (problem.figure,))) for problem in many]
    assert not found(proofs, language, 3)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("BC = BC.", "empty"),
        ("So AB = AC, since triangle ABC is isosceles with AB = AC.", "circular"),
        ("Given ∠ABC = 87°.\n∠ABC + ∠BCA = 145°.\nAgain ∠ABC + ∠BCA = 145°.\nSo ∠CAB = 35°.", "repeated"),
        ("180 − 112 = 68.", "nowhere"),
        ("∠BCD = 73°.", "nowhere"),
        ("Solving all these equations together gives ∠CAB = 35°.", "nowhere"),
    ],
)
def test_the_linter_sees(text: str, kind: str) -> None:
    assert kind in {each.kind for each in lint(ANGLES, text, r"\boxed{35^\circ}")}


def test_the_linter_sees_an_answer_that_is_not_simplified_and_parts_that_are_not_shown() -> None:
    assert [each.kind for each in lint(ANGLES, "", r"\boxed{\sin(\pi(-\frac{\arcsin(\frac{4}{5})}{\pi}))}")] == [
        "unsimplified"
    ]
    sides = ("Equal(LengthOfLine(AB),LengthOfLine(DC))", "Equal(LengthOfLine(AC),LengthOfLine(DB))")
    step = Step("congruent_triangle_judgment_sss", ("ABC", "DCB"), sides, ("CongruentBetweenTriangle(ABC,DCB)",))
    proof = Proof(sides, "LengthOfLine(AB)", "3", (step,))
    assert [each.kind for each in lint(proof, "AB = DC and AC = DB, so △ABC ≅ △DCB.", "")] == ["parts"]
    assert not lint(proof, "AB = DC, AC = DB and both triangles share the side BC, so △ABC ≅ △DCB.", "")


def test_the_linter_takes_no_words_for_a_chain() -> None:
    assert not lint(
        ANGLES, "Since arc NM = arc QP, arcs NM and QP are congruent (arcs of equal measure are congruent).", ""
    )


def test_length_grows_with_the_proof() -> None:
    lengths: dict[bool, list[int]] = {True: [], False: []}
    for proof, _ in built_in():
        needed = sum(move.needed for move in proof.moves)
        if needed <= 3 or needed >= 8:
            told = [narrate(proof, form="long", seed=seed).reasoning for seed in range(4)]
            lengths[needed >= 8].append(sum(map(len, told)) // 4)
    assert min(map(len, lengths.values())) > 2
    assert sum(lengths[True]) / len(lengths[True]) > 1.7 * sum(lengths[False]) / len(lengths[False])


def test_the_same_seed_speaks_alike_and_others_differ() -> None:
    proof = construct("similar_triangles", 3, 2).proof
    texts = [narrate(proof, form="long", seed=seed).reasoning for seed in range(20)]
    assert texts == [narrate(proof, form="long", seed=seed).reasoning for seed in range(20)]
    assert len(set(texts)) == 20
    assert len({text.split(".")[0] for text in texts}) >= 15
    assert len({narrate(proof, form="long", seed=seed, voices=3).reasoning for seed in range(20)}) == 3


def test_the_compact_voice_always_says_it_the_same_way() -> None:
    told = [
        narrate(construct("angle_sum", seed, 2).proof, form="long", seed=seed, voices=1).reasoning for seed in range(20)
    ]
    assert len({re.sub(r"\d+|[A-Z]{3}", "", text.splitlines()[0]) for text in told}) == 1
    assert all(": in △" in text and "the angle sum is 180°.\n" in text for text in told)
    assert narrate(ANGLES, form="short", seed=5, voices=1).reasoning == f"{say(SUM, 'en')}. Hence ∠CAB = 35°."


def test_dead_ends_come_only_from_the_proof_and_are_marked() -> None:
    told = [narrate(ANGLES, form="long", seed=seed).reasoning for seed in range(60)]
    with_dead_end = [text for text in told if "AB = AC" in text]
    assert 8 < len(with_dead_end) < 60
    facts = Facts(ANGLES)
    for text in told:
        claims = [claim for claim, _ in judge(text, facts).claims if claim.text == "AB = AC"]
        assert all(claim.standing == "supposed" for claim in claims), text
    without = Proof(ANGLES.givens, ANGLES.goal, ANGLES.answer, ANGLES.moves[1:])
    assert not any("AB = AC" in narrate(without, form="long", seed=seed).reasoning for seed in range(60))


def test_what_is_known_is_not_called_unknown() -> None:
    equal = Proof((*ANGLES.givens, SIDES), ANGLES.goal, ANGLES.answer, ANGLES.moves)
    for seed in range(60):
        text = narrate(equal, form="long", seed=seed).reasoning
        assert text.count("AB = AC") + text.count("AB equals AC") + text.count("AB is equal to AC") <= 1, text


def test_sums_go_by_columns_for_tiny_models_only() -> None:
    working = work(ANGLES.moves[-1], "en", small=True)
    assert working.steps[:3] == ("80 + 50 = 130", "7 + 8 = 15", "130 + 15 = 145")
    assert working.steps[3:] == ("180 − 100 = 80", "80 − 40 = 40", "40 − 5 = 35")
    assert working.result == "∠CAB = 35°"
    assert work(ANGLES.moves[-1], "en").steps == ("87 + 58 = 145", "180 − 145 = 35")


def lines(move: Solve) -> list[str]:
    solved = solution(move, "en")
    assert solved is not None
    return [line.text for line in solved.lines]


def test_linear_equations_are_solved_by_hand() -> None:
    equations = ("Equal(LengthOfLine(AB),5*x-6)", "Equal(LengthOfLine(AC),3*x+4)", SIDES)
    assert lines(Solve("x", "5", equations, ())) == [
        "5x − 6 = 3x + 4",
        "5x − 3x = 4 + 6",
        "2x = 10",
        "x = 10 / 2 = 5",
    ]
    assert lines(Solve("LengthOfLine(AC)", "19", equations, ()))[-1] == "AC = 3 · 5 + 4 = 19"


def test_ratios_are_cross_multiplied_and_absurd_roots_told() -> None:
    ratio = "RatioOfSimilarTriangle(ADE,ABC)"
    equations = (
        f"Equal(LengthOfLine(AD),Mul(LengthOfLine(AB),{ratio}))",
        f"Equal(LengthOfLine(DE),Mul(LengthOfLine(BC),{ratio}))",
    )
    known = (("LengthOfLine(AD)", "3"), ("LengthOfLine(AB)", "9"), ("LengthOfLine(DE)", "4"))
    assert lines(Solve("LengthOfLine(BC)", "12", equations, known)) == [
        "3/9 = 4 / BC",
        "3 · BC = 4 · 9",
        "3 · BC = 36",
        "BC = 36 / 3 = 12",
    ]
    product = ("Equal(Mul(LengthOfLine(AB),LengthOfLine(AC)),24)", "Equal(LengthOfLine(AC),Add(LengthOfLine(AB),2))")
    solved = solution(Solve("LengthOfLine(AB)", "4", product, ()), "en")
    assert solved is not None and solved.lines[-1].text == "AB = 4" and solved.lines[-1].discarded == "AB = −6"
    assert "(AB − 4) · (AB + 6) = 0" in [line.text for line in solved.lines]


def test_equations_beyond_the_hand_are_left() -> None:
    assert solution(Solve("x", "sqrt(2)", ("Equal(Sin(x),x)",), ()), "en") is None
    assert solution(Solve("x", "7", ("Equal(x,3)",), ()), "en") is None


def test_everything_is_told_before_it_is_used() -> None:
    for proof, _ in built_in():
        told = passages(proof)
        for seed in range(3):
            order = reordered(told, proof, Random(seed))
            assert sorted(map(id, order)) == sorted(map(id, told))
            known = {name for name, _ in stated_values(proof.givens)}
            for passage in order:
                for solve in passage.solves:
                    solved = {s.unknown for other in told for s in other.solves}
                    assert {name for name, _ in solve.known} & solved <= known
                    known.add(solve.unknown)


@pytest.mark.parametrize(
    ("statement", "english"),
    [
        (SUM, "∠ABC + ∠BCA + ∠CAB = 180°"),
        ("Equal(MeasureOfAngle(BCA),Mul(MeasureOfArc(OAB),1/2))", "∠BCA = (arc AB) / 2"),
        ("Equal(LengthOfLine(CB),5/3*x+11)", "CB = 5/3 · x + 11"),
        ("Equal(LengthOfLine(CB),5*x+11)", "CB = 5x + 11"),
        ("Equal(Add(Pow(LengthOfLine(CE),2),Pow(LengthOfLine(OE),2)),Pow(LengthOfLine(CO),2))", "CE² + OE² = CO²"),
        ("SimilarBetweenTriangle(ABC,DEF)", "△ABC ∼ △DEF"),
        ("MirrorSimilarBetweenTriangle(ABC,DEF)", "△ABC ∼ △DFE"),
        ("MirrorCongruentBetweenQuadrilateral(ABCD,EFGH)", "ABCD ≅ EHGF"),
        ("IsMidpointOfArc(M,OAB)", "M is the midpoint of arc AB"),
        ("Equal(Sin(MeasureOfAngle(ABC)),3/5)", "sin ∠ABC = 0.6"),
        ("Equal(DiameterOfCircle(O),Mul(RadiusOfCircle(O),2))", "the diameter of ⊙O = 2 · (the radius of ⊙O)"),
    ],
)
def test_statements_in_words(statement: str, english: str) -> None:
    assert say(statement, "en") == english


def test_numbers_in_prose_and_in_latex() -> None:
    assert number(5 * sympy.sqrt(3)) == "5√3"
    assert number(sympy.Rational(7, 2)) == "3.5"
    assert number(sympy.Rational(2, 3)) == "2/3"
    assert latex("5*sqrt(3)/2", False) == r"\frac{5\sqrt{3}}{2}"
    assert latex("55", True) == r"55^\circ"
    assert (latex("245/2", True), latex("2/3", False)) == (r"122.5^\circ", r"\frac{2}{3}")
    assert latex("245/2", False, decimals=False) == r"\frac{245}{2}"


def test_mathematics_is_set_in_latex_and_words_are_left() -> None:
    assert in_math_mode("So ∠ABC = 50°, a right angle.") == r"So $\angle ABC = 50^\circ$, a right angle."
    assert in_math_mode("AB ∥ CD (SAS).") == r"$AB \parallel CD$ (SAS)."
    assert in_math_mode("(∠ABC = 2 · √3)") == r"($\angle ABC = 2 \cdot \sqrt{3}$)"


def test_latex_voices_are_balanced_and_read_as_well() -> None:
    proof, facts = built_in()[7]
    seeds = [seed for seed in range(200) if Voice(seed, "en").latex][:12]
    for seed in seeds:
        text = narrate(proof, form="long", seed=seed).reasoning
        assert "$" in text and text.count("$") % 2 == 0 and "∠" not in text
        assert judge(text, facts).first_false is None
    assert len(seeds) == 12


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("theorem", ["line_addition", "no_such_property_at_all", "something_formula"])
def test_no_theorem_is_unsayable(theorem: str, language: str) -> None:
    assert phrase(theorem, ("AB", "CD"), language, Random(0))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_theorem_of_formalgeo_is_worded_in_full(language: str) -> None:
    names = json.loads((DOZEN / "gdl" / "theorem_GDL.json").read_text(encoding="utf-8"))
    for name in names:
        theorem, _, points = name[:-1].partition("(")
        plain = theorem.replace("mirror_", "")
        assert plain in PHRASES[language], plain
        for wording in (*PHRASES[language][plain], *TOGETHER[language].get(plain, ())):
            assert wording.format(*points.split(","))
    assert PHRASES["en"].keys() == PHRASES["zh"].keys() and TOGETHER["en"].keys() == TOGETHER["zh"].keys()


def test_both_languages_have_the_same_slots() -> None:
    assert SLOTS["en"].keys() == SLOTS["zh"].keys()
    for table in SLOTS.values():
        assert all("any" in registers for registers in table.values())


def test_a_solution_is_the_same_in_every_process() -> None:
    """Two ratios come in the order of the proof, however a process hashes them."""
    sides = {"AB": "4", "DE": "6", "BC": "10", "GH": "3", "LM": "5", "HK": "6"}
    proportions = [("AB", "DE", "ABC,DEF"), ("BC", "EF", "ABC,DEF"), ("GH", "LM", "GHK,LMN"), ("HK", "MN", "GHK,LMN")]
    equations = [
        f"Equal(LengthOfLine({one}),Mul(LengthOfLine({other}),RatioOfSimilarTriangle({pair})))"
        for one, other, pair in proportions
    ]
    equations.append("Equal(LengthOfLine(XY),Add(LengthOfLine(EF),LengthOfLine(MN)))")
    known = tuple((f"LengthOfLine({side})", length) for side, length in sides.items())
    move = Solve("LengthOfLine(XY)", "25", tuple(equations), known)
    code = (
        "from redstar_geo.geometry.narrate.solving import solution\n"
        "from redstar_geo.geometry.proof import Solve\n"
        f"print(solution({move!r}, 'en'))"
    )
    texts = set()
    for seed in "0123":
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)}
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment, check=True)
        texts.add(run.stdout)
    (text,) = texts
    assert "10 / EF" in text and "6 / MN" in text
    assert text.index("10 / EF") < text.index("6 / MN")


SLIPPED = {  # what a teacher calls them
    "wrong correspondence": {"correspondence", "order", "part_whole", "base_angles", "chords", "sines"},
    "half or double": {"inscribed", "area_half", "half", "double", "midsegment", "diameter"},
    "wrong arc or forgotten case": {"internal", "part"},
    "sign": {"sign", "leg"},
}
WORTH = r" ?([\d√π−+·/() .]+?)°?(?=,|，| and|\.\s|\?|。)"
NOTICED = re.compile(rf"(?:left side (?:comes to|would be)|左边是){WORTH}.*?(?:right side(?: to)?|右边是){WORTH}")
LONGER = re.compile(r"(?:Then|then|如果这样，)\s*(\w\w)(?: would be longer than |就比)(\w\w) = (\S+?)[,.还]")
SHORT = re.compile(r"(?:: |那)([^:那]+?)(?: would not reach |合起来还不够)([\d√.·π/ ]+?)(?:\.\s|，)")
NEGATIVE = re.compile(r"(?:would make|would be|会得到)[^=]* = −[\d√.·π/ ]+")
FULL = re.compile(r"(?:But then|would have|就有|如果有)[^=]* = ([\d.]+)°")
LOOK = re.compile(r"(acute|smaller|obtuse|wider|锐角|直角小|钝角|直角大)")


@cache
def mistaken(language: str, voices: int | None) -> list[tuple[Proof, Facts, Narration]]:
    told = [
        (proof, facts, narrate(proof, form="long", language=language, seed=seed, voices=voices, mistakes=1.0))
        for seed, (proof, facts) in enumerate([*real(), *built_in()])
    ]
    return [each for each in told if each[2].mistake is not None]


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("voices", [None, 1])
def test_a_mistake_is_false_and_mended(language: str, voices: int | None) -> None:
    kinds: Counter[str] = Counter()
    for proof, facts, told in mistaken(language, voices):
        assert told.mistake is not None
        kinds[told.mistake.kind] += 1
        true = Values(all_values(proof))
        latex = "$" in told.reasoning
        for statement in told.mistake.false:
            term, said = cdl.parse(statement), say(statement, language)
            assert not true.missing(term) and not true.holds(term), statement
            assert (in_math_mode(said) if latex else said).lower() in told.mistake.text.lower()
        assert judge(told.mistake.text, facts).claims
        before, after = told.reasoning.split(told.mistake.text)
        assert judge(before + after, facts).first_false is None
        if not latex:
            unknown = str(cdl.parse(told.mistake.false[1]).terms[0])
            worth = value(unknown, told.mistake.true, language)
            mended = re.compile(re.escape(f"{say(unknown, language)} = {worth}") + r"(?![\d/√π.]| ·)", re.IGNORECASE)
            assert worth in after and not mended.search(told.mistake.text)
        assert verify(proof.answer, f"<think>\n{told.reasoning}\n</think>\n{told.response}").status == "correct"
    assert all(group & kinds.keys() for group in SLIPPED.values()), kinds
    assert kinds.total() > 70


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_mistake_is_false_in_the_figure_and_carried(language: str) -> None:
    lengths = set()
    for number_, family in enumerate(FAMILIES):
        built = construct(family, 7, 1 + (3 * number_) % 10)
        told = narrate(built.proof, form="long", language=language, seed=number_, mistakes=1.0)
        if told.mistake is not None:
            assert not any(holds(built.figure, statement) for statement in told.mistake.false), told.mistake
            lengths.add(len(told.mistake.false))
    assert {2, 3} <= lengths <= {2, 3, 4}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_check_that_notices_a_mistake_truly_fails(language: str) -> None:
    ways: Counter[str] = Counter()
    for _, _, told in mistaken(language, 1):
        assert told.mistake is not None
        ways[noticed(told.mistake)] += 1
    assert ways["compared"] > 20 and min(ways["longer"], ways["look"], ways["short"]) > 0, ways


def noticed(made: Mistake) -> str:
    """How a mistake is noticed; that the check fails is asserted."""
    text = made.text
    compared, longer, short = NOTICED.search(text), LONGER.search(text), SHORT.search(text)
    full, look = FULL.search(text), LOOK.search(text)
    if compared is not None:
        left, right = (stranger.value(side, 0) for side in compared.groups())
        assert abs(left - right) > 1e-9, text
        return "compared"
    if longer is not None:
        part, _, length = longer.groups()
        (claimed,) = set(re.findall(rf"{part} = ([\d√.]*[\d√])", text))
        assert stranger.value(claimed, 0) > stranger.value(length, 0)
        return "longer"
    if short is not None:
        assert stranger.value(short[1].replace(" would", ""), 0) <= stranger.value(short[2], 0), text
        return "short"
    if NEGATIVE.search(text):
        return "negative"
    if full is not None:
        assert float(full[1]) >= 180, text
        return "full"
    assert look is not None, text
    assert (float(cdl.value(made.false[1].split(",")[-1][:-1])) > 90) == (
        look[1] in ("acute", "smaller", "锐角", "直角小")
    ), text
    return "look"


def test_mistakes_are_made_at_their_rate_and_never_unasked() -> None:
    proof = construct("inscribed_angle", 100, 1).proof
    plain = [narrate(proof, form="long", seed=seed) for seed in range(200)]
    some = [narrate(proof, form="long", seed=seed, mistakes=0.25) for seed in range(200)]
    assert not any(told.mistake for told in plain)
    assert 30 < sum(told.mistake is not None for told in some) < 70
    assert all(told == without for told, without in zip(some, plain, strict=True) if told.mistake is None)
    assert not any(narrate(proof, form="short", seed=seed, mistakes=1.0).mistake for seed in range(5))


@pytest.mark.parametrize(
    ("above", "below", "text"),
    [("12", "5", "12 / 5"), ("3", "1/9", "3 / (1/9)"), ("25/6", "1/6", "(25/6) / (1/6)"), ("-3", "4/3", "−3 / (4/3)")],
)
def test_a_quotient_is_read_back_as_it_is_meant(above: str, below: str, text: str) -> None:
    assert quotient(sympy.Rational(above), sympy.Rational(below)) == text
    judged = judge(f"{text} = {number(sympy.Rational(above) / sympy.Rational(below))}", built_in()[0][1])
    assert [decision.status for _, decision in judged.claims] == ["true"]
