from pathlib import Path

from redstar_geo.sources import omni_math
from tests.sources.small import jsonl, sorted_out

ROW = {
    "domain": ["Mathematics -> Number Theory -> Primes"],
    "difficulty": 4.5,
    "problem": "Find the least prime.",
    "solution": "It is $2$.",
    "answer": "2",
    "source": "a contest",
}


def test_difficulty_is_taken_as_it_is(tmp_path: Path) -> None:
    rows = [ROW, ROW | {"difficulty": 7}, ROW | {"problem": "Prove that $2$ is prime.", "answer": "See the solution."}]
    (first, second), rejected = sorted_out(omni_math.problems(str(jsonl(tmp_path / "test.jsonl", rows))))
    assert (first.id, first.split, first.licence) == ("omni_math/test/0", "test", "Apache-2.0")
    assert (first.difficulty, second.difficulty, first.difficulty_by) == (4.5, 7.0, "Omni-MATH difficulty")
    assert first.meta == {"domain": ROW["domain"], "source": "a contest", "solution": "It is $2$."}
    assert rejected == {"asks_for_a_proof": 1}
