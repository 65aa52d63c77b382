"""A sequence is bad when all its vertices lie in one component of the red edges."""

import sys
from collections import Counter

MOD = 10**9 + 7

n, k, *edges = map(int, sys.stdin.buffer.read().split())
root = list(range(n + 1))


def find(v):
    while root[v] != v:
        root[v] = root[root[v]]
        v = root[v]
    return v


for u, v, black in zip(edges[::3], edges[1::3], edges[2::3], strict=True):
    if not black:
        root[find(u)] = find(v)
sizes = Counter(find(v) for v in range(1, n + 1)).values()
print((pow(n, k, MOD) - sum(pow(size, k, MOD) for size in sizes)) % MOD)
