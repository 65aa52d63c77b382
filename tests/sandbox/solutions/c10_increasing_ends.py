"""Takes the elements as told: strictly increasing, and as many as the best known."""

import json
import sys
from itertools import pairwise

case = json.load(sys.stdin)
_, *numbers = map(int, case["input"].split())
count, *moves = case["output"].split()
moves = "".join(moves)
if count != case["expected"].split()[0] or len(moves) != int(count) or set(moves) - {"L", "R"}:
    sys.exit(1)
taken = [numbers.pop(0 if move == "L" else -1) for move in moves]
sys.exit(any(a >= b for a, b in pairwise(taken)))
