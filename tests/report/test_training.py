from pathlib import Path

from redstar_geo.models.parts import PartRow
from redstar_geo.report.training import render
from redstar_geo.scores import accuracy
from tests.train.small import problem

PARTS = [PartRow("vision", 1000, 0, 1e-5), PartRow("language", 3000, 3000, 2e-4)]
LOG = [
    {"step": step, "loss": 4.0 / step, "learning_rate": 1e-3 / step, "tokens_per_s": 900.0 + step, "mfu": None}
    for step in (10, 20, 30)
]


def evaluation(step: int, right: int, response: str = "<think>\nx\n</think>\n42") -> dict:
    problems = [problem(number) for number in range(1, 4)]
    verdicts = ["correct"] * right + ["undecided"] * (len(problems) - right)
    items = [
        {"id": each.id, "response": f"{response} at {step}", "verdict": verdict, "reason": "", "tokens": 9}
        for each, verdict in zip(problems, verdicts, strict=True)
    ]
    shares = {"truncated_share": 0.0, "undecided_share": 1 - right / 3, "mean_tokens": 9.0}
    scored = accuracy(right, 3)
    shares |= {"accuracy": scored.accuracy, "low": scored.low, "high": scored.high}
    return {"step": step, "correct": right, "n": 3, **shares, "items": items}


def report(tmp_path: Path, **changes) -> str:
    problems = [problem(1), problem(2, with_picture=False), problem(3)]
    given = {"log": LOG, "parts": PARTS, "problems": problems} | changes
    render(tmp_path / "report.html", "first", **given)
    return (tmp_path / "report.html").read_text(encoding="utf-8")


def test_the_best_is_named_with_its_interval_and_shown_with_what_came_first(tmp_path):
    page = report(tmp_path, evaluations=[evaluation(0, 0), evaluation(20, 2), evaluation(30, 2), evaluation(40, 1)])
    assert (
        "Best at step 30: 2 of 3 problems correct (21 % to 94 %); 0 at step 0. Loss 0.4 to 0.133 in 30 steps."
        in page.replace("\u00a0", " ")
    )
    assert '<tr class="best"><td>30</td><td>2 of 3</td><td>67 %</td><td>21 % – 94 %</td>' in page
    assert "at 0</div>" in page and "at 30</div>" in page and "at 40</div>" not in page
    assert page.count('<img src="data:image/') == 2
    assert problem(1).question in page


def test_parts_and_speed_are_told_and_what_is_unknown_is_left_out(tmp_path):
    page = report(tmp_path, facts={"vision": "frozen: no sample has an image"})
    assert "<td>vision</td><td>1,000</td><td>0</td><td>0 %</td><td>frozen</td>" in page
    assert "<td>language</td><td>3,000</td><td>3,000</td><td>100 %</td><td>0.0002</td>" in page
    assert "At the end: 930 tokens a second." in page and "utilisation" not in page
    assert "no sample has an image" in page
    assert "not evaluated" in page and "What the model answered" not in page


def test_a_log_of_one_entry_with_the_loss_alone_is_enough(tmp_path):
    assert "in 10 steps" in report(tmp_path, log=[{"step": 10, "loss": 1.0}])


def test_what_a_model_writes_stays_text(tmp_path):
    bad = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    page = report(tmp_path, evaluations=[evaluation(10, 1, bad)], facts={bad: bad})
    assert "<script" not in page and "<img src=x" not in page
