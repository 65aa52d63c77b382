"""Sizes of one length differ in their last letter alone, so every size too many costs one change."""

import sys
from collections import Counter

count, *sizes = sys.stdin.read().split()
n = int(count)
print((Counter(sizes[:n]) - Counter(sizes[n : 2 * n])).total())
