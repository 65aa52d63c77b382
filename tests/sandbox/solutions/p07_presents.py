"""From the fullest box to the emptiest, as long as they differ by two: no move is ever undone."""

import sys
from heapq import heapify, heappop, heappush

numbers = iter(map(int, sys.stdin.buffer.read().split()))
n, _ = next(numbers), next(numbers)
boxes = [{next(numbers) for _ in range(next(numbers))} for _ in range(n)]
fullest = [(-len(box), i) for i, box in enumerate(boxes)]
emptiest = [(len(box), i) for i, box in enumerate(boxes)]
heapify(fullest)
heapify(emptiest)
moves = []
while True:
    while -fullest[0][0] != len(boxes[fullest[0][1]]):
        heappop(fullest)
    while emptiest[0][0] != len(boxes[emptiest[0][1]]):
        heappop(emptiest)
    full, empty = fullest[0][1], emptiest[0][1]
    if len(boxes[full]) - len(boxes[empty]) < 2:
        break
    kind = next(kind for kind in boxes[full] if kind not in boxes[empty])
    boxes[full].remove(kind)
    boxes[empty].add(kind)
    moves.append((full + 1, empty + 1, kind))
    for i in (full, empty):
        heappush(fullest, (-len(boxes[i]), i))
        heappush(emptiest, (len(boxes[i]), i))
print(len(moves))
for move in moves:
    print(*move)
