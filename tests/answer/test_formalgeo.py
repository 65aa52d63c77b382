import json

from redstar_geo.answer import verify
from tests.paths import FORMALGEO7K, needs_formalgeo7k


@needs_formalgeo7k
def test_every_gold_answer_of_formalgeo7k_is_read_and_told_from_its_neighbours() -> None:
    golds = {json.loads(path.read_text())["problem_answer"] for path in (FORMALGEO7K / "problems").glob("*.json")}
    assert len(golds) > 500
    for gold in golds:
        assert verify(gold, f"<think>so it is</think>\\boxed{{{gold}}}").status == "correct", gold
        for other in (f"({gold})*1.01 + 1", f"({gold}) + 1/1000", f"-1/7*({gold}) - 1"):
            assert verify(gold, f"\\boxed{{{other}}}").status == "wrong", gold
