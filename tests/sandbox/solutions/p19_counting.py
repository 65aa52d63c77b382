"""Whether x counts depends on x mod ab alone, so a prefix sum over one period answers every query."""

import sys
from itertools import accumulate

numbers = iter(map(int, sys.stdin.buffer.read().split()))
for _ in range(next(numbers)):
    a, b, queries = next(numbers), next(numbers), next(numbers)
    period = a * b
    before = [0, *accumulate(x % a % b != x % b % a for x in range(period))]

    def below(x, before=before, period=period):
        return x // period * before[-1] + before[x % period]

    answers = []
    for _ in range(queries):
        left, right = next(numbers), next(numbers)
        answers.append(below(right + 1) - below(left))
    print(*answers)
