"""Along a row the costs telescope; only a raised element can exceed its right neighbour by so much that Chef loses."""

import sys
from collections import Counter

numbers = list(map(int, sys.stdin.read().split()))
rows, columns, commands = numbers[:3]
raised = [Counter() for _ in range(rows + 1)]
for k in range(commands):
    i, j = numbers[3 + 2 * k : 5 + 2 * k]
    raised[i][j] += 1
for row in raised[1:]:
    stuck = any(j < columns and up - row[j + 1] > 1 for j, up in list(row.items()))
    print(-1 if stuck else columns - 1 + row[columns] - row[1])
