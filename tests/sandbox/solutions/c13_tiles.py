"""Walks every path of k squares and looks for a colour that comes twice."""

import json
import sys

sys.setrecursionlimit(10000)
case = json.load(sys.stdin)
n, k, *ends = map(int, case["input"].split())
word, *colours = case["output"].split()
word = word.lower()
if word != case["expected"].split()[0].lower():
    sys.exit(1)
if word == "no":
    sys.exit(colours != [])
colours = list(map(int, colours))
near = [[] for _ in range(n)]
for a, b in zip(ends[::2], ends[1::2], strict=True):
    near[a - 1].append(b - 1)
    near[b - 1].append(a - 1)


def clashes(here, before, seen):
    """Whether a path of k squares that began with the colours `seen` has one twice."""
    if len(seen) == k:
        return len(set(seen)) < k
    return any(clashes(there, here, [*seen, colours[there]]) for there in near[here] if there != before)


valid = len(colours) == n and all(1 <= colour <= k for colour in colours)
sys.exit(not valid or any(clashes(start, None, [colours[start]]) for start in range(n)))
