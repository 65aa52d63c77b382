"""Always at the rightmost monster that lives: every shot pushes the others by r towards the traps."""

import sys

numbers = iter(map(int, sys.stdin.buffer.read().split()))
for _ in range(next(numbers)):
    n, push = next(numbers), next(numbers)
    shots = 0
    for place in sorted({next(numbers) for _ in range(n)}, reverse=True):
        if place - shots * push <= 0:
            break
        shots += 1
    print(shots)
