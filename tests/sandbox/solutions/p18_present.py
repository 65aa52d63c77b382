"""Bit b of a sum depends on the bits up to b: sorted by those, the partners of each element are two ranges."""

import sys
from bisect import bisect_left

_, *values = map(int, sys.stdin.buffer.read().split())
result = 0
for bit in range(25):
    half, full = 1 << bit, 2 << bit
    rest = sorted(value % full for value in values)
    odd = 0
    for i, value in enumerate(rest):
        ends = [bisect_left(rest, bound - value, i + 1) for bound in (half, full, full + half, 2 * full)]
        odd ^= (ends[1] - ends[0] + ends[3] - ends[2]) & 1
    result |= odd << bit
print(result)
