"""Accepts every divisor above 1 that each pair has in one of its numbers, and -1 where there is none."""

import json
import sys

case = json.load(sys.stdin)
_, *numbers = map(int, case["input"].split())
(given,) = map(int, case["output"].split())
if int(case["expected"]) == -1 or given == -1:
    sys.exit(given != int(case["expected"]))
pairs = zip(numbers[::2], numbers[1::2], strict=True)
sys.exit(not (given > 1 and all(a % given == 0 or b % given == 0 for a, b in pairs)))
