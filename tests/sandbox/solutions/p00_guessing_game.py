"""Each hint is true on a range of n or off one; a sweep over the ends finds the n with the fewest lies."""

import sys
from collections import defaultdict


def fewest_lies(hints):
    change = defaultdict(int)  # from this n on, so many more hints are lies
    change[1] = 0
    for operator, number, answer in hints:
        first, last = {"<": (1, number - 1), ">": (number + 1, 10**9 + 1)}.get(operator, (number, number))
        lies_inside = answer != "Yes"
        change[1] += not lies_inside
        if first <= last:
            step = 1 if lies_inside else -1
            change[first] += step
            change[last + 1] -= step
    lies, fewest = 0, len(hints)
    for start in sorted(change):
        lies += change[start]
        if start <= 10**9 + 1:
            fewest = min(fewest, lies)
    return fewest


words = iter(sys.stdin.read().split())
for _ in range(int(next(words))):
    count = int(next(words))
    print(fewest_lies([(next(words), int(next(words)), next(words)) for _ in range(count)]))
