"""Makes the moves: as many as the best known, each possible, no present twice in a box, sizes in the end alike."""

import json
import sys

case = json.load(sys.stdin)
numbers = iter(map(int, case["input"].split()))
n, _ = next(numbers), next(numbers)
boxes = [{next(numbers) for _ in range(next(numbers))} for _ in range(n)]
count, *moves = map(int, case["output"].split())
if count != int(case["expected"].split()[0]) or len(moves) != 3 * count or min(moves, default=1) < 1:
    sys.exit(1)
for source, target, kind in zip(moves[::3], moves[1::3], moves[2::3], strict=True):
    boxes[source - 1].remove(kind)
    if kind in boxes[target - 1]:
        sys.exit(1)
    boxes[target - 1].add(kind)
sizes = list(map(len, boxes))
sys.exit(max(sizes) - min(sizes) > 1)
