"""A forest has as many parts as vertices less edges; the expectation of both is kept while one planet changes."""

import sys

words = iter(sys.stdin.read().split())
n = int(next(words))
stands = [1 - float(next(words)) for _ in range(n)]
near = [[] for _ in range(n)]
for _ in range(n - 1):
    a, b = int(next(words)), int(next(words))
    near[a].append(b)
    near[b].append(a)

parent = [-1] * n
order = [0]
for v in order:
    for w in near[v]:
        if w != parent[v]:
            parent[w] = v
            order.append(w)
below = [0.0] * n  # what a planet's children are expected to keep standing
for v in order[1:]:
    below[parent[v]] += stands[v]
expected = sum(stands) - sum(stands[v] * stands[parent[v]] for v in order[1:])

for _ in range(int(next(words))):
    v, falls = int(next(words)), float(next(words))
    change = 1 - falls - stands[v]
    above = stands[parent[v]] if v else 0.0
    expected += change * (1 - below[v] - above)
    stands[v] += change
    if v:
        below[parent[v]] += change
    print(f"{expected:.6f}")
