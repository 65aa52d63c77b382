from pathlib import Path

from redstar_geo.sources import gsm8k
from tests.sources.small import jsonl, parquet, sorted_out

ROWS = [
    {
        "question": "Ann has 3 pears and buys 4. How many has she?",
        "answer": "She has 3 + 4 = <<3+4=7>>7 pears.\n#### 7",
    },
    {
        "question": "A field has 40 rows of 30 trees. How many trees?",
        "answer": "40 * 30 = <<40*30=1200>>1200\n#### 1,200",
    },
    {"question": "How many pears are left?", "answer": "Nobody knows."},
]


def test_the_number_behind_the_hashes(tmp_path: Path) -> None:
    problems, rejected = sorted_out(gsm8k.problems(str(jsonl(tmp_path / "train.jsonl", ROWS))))
    assert [(p.id, p.answer, p.answer_kind) for p in problems] == [
        ("gsm8k/train/0", "7", "number"),
        ("gsm8k/train/1", "1,200", "number"),
    ]
    assert problems[0].meta["solution"] == ROWS[0]["answer"]
    assert rejected == {"no_answer_in_solution": 1}


def test_a_copy_of_the_hub_holds_every_problem_twice_but_is_read_once(tmp_path: Path) -> None:
    for config in ("main", "socratic"):
        for split in ("train", "test"):
            parquet(tmp_path / config / f"{split}-00000-of-00001.parquet", ROWS)
    problems, _ = sorted_out(gsm8k.problems(str(tmp_path), "test"))
    assert [(p.id, p.split) for p in problems] == [("gsm8k/test/0", "test"), ("gsm8k/test/1", "test")]
