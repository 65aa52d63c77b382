"""Ways by last value, apart for those that already have a neighbour not less and those that still wait for one."""

import sys
from itertools import accumulate

MOD, TOP = 998244353, 200

_, *given = map(int, sys.stdin.read().split())
settled = [0] * TOP
waiting = [1 if given[0] in (-1, value) else 0 for value in range(1, TOP + 1)]
for known in given[1:]:
    every = [a + b for a, b in zip(settled, waiting, strict=True)]
    smaller = [0, *accumulate(every)]
    greater = [*accumulate(reversed(settled), initial=0)][::-1]
    allowed = range(TOP) if known == -1 else (known - 1,)
    settled, waiting = [0] * TOP, [0] * TOP
    for value in allowed:
        settled[value] = (greater[value + 1] + every[value]) % MOD
        waiting[value] = smaller[value] % MOD
print(sum(settled) % MOD)
