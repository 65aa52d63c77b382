"""The disk fixes how many values may stay; a window of so many over the sorted ones keeps the most elements."""

import sys
from collections import Counter
from itertools import accumulate

n, size, *sound = map(int, sys.stdin.buffer.read().split())
values = 2 ** min(8 * size // n, 20)
kept = [0, *accumulate(count for _, count in sorted(Counter(sound).items()))]
most = max(kept[min(i + values, len(kept) - 1)] - kept[i] for i in range(len(kept) - 1))
print(n - most)
