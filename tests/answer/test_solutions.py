"""Solutions that people wrote, with no mark where the answer is: their last sentence is read, or left alone."""

import json
import re
from collections import Counter

import pytest

from redstar_geo.answer import verify
from tests.paths import SHARED

GSM8K = SHARED / "data" / "gsm8k_train" / "train.jsonl"


@pytest.mark.skipif(not GSM8K.is_file(), reason="GSM8K is not in ../shared/data/gsm8k_train")
def test_solutions_of_gsm8k_are_mostly_read_and_seldom_misread() -> None:
    verdicts: Counter[str] = Counter()
    rows = [json.loads(line) for line in GSM8K.read_text().splitlines()]
    for row in rows:
        solution, _, gold = row["answer"].partition("####")
        verdicts[verify(gold.strip(), re.sub(r"<<.*?>>", "", solution)).status] += 1
    assert verdicts["correct"] >= 0.86 * len(rows)
    assert verdicts["wrong"] <= 0.03 * len(rows)
