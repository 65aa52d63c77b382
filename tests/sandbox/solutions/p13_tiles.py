"""Colours run round along a longest path, and on into what hangs off it, away from the nearer end.

That fails, as does everything else, just where three branches meet of which even the two shorter ones hold a path.
"""

import sys

n, k, *ends = map(int, sys.stdin.buffer.read().split())
near = [[] for _ in range(n + 1)]
for a, b in zip(ends[::2], ends[1::2], strict=True):
    near[a].append(b)
    near[b].append(a)


def walk(start):
    distance, order, parent = [-1] * (n + 1), [start], [0] * (n + 1)
    distance[start] = 0
    for here in order:
        for there in near[here]:
            if distance[there] < 0:
                distance[there], parent[there] = distance[here] + 1, here
                order.append(there)
    return distance, order, parent


def possible(order, parent):
    if k == 2:
        return True
    branches = [[0, 0, 0] for _ in range(n + 1)]  # the three deepest at every vertex, in edges

    def grow(vertex, depth):
        branches[vertex] = sorted([*branches[vertex], depth], reverse=True)[:3]

    down = [0] * (n + 1)
    for here in reversed(order[1:]):
        down[here] = branches[here][0]
        grow(parent[here], down[here] + 1)
    for here in order[1:]:
        above = branches[parent[here]]
        grow(here, 1 + (above[1] if above[0] == down[here] + 1 else above[0]))
    return all(third == 0 or second + third + 1 < k for _, second, third in branches)


first = walk(1)[1][-1]
from_first, order, parent = walk(first)
last = order[-1]
from_last = walk(last)[0]
longest = from_first[last]
if not possible(order, parent):
    print("No")
else:
    print("Yes")
    far = [a if a >= b else longest - b for a, b in zip(from_first[1:], from_last[1:], strict=True)]
    print(*(place % k + 1 for place in far))
