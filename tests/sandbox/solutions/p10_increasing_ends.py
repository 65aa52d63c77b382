"""Take the smaller end that still grows; where both are alike only one side can be used any more: the longer run."""

import sys


def run(values):
    length = 1
    while length < len(values) and values[length - 1] < values[length]:
        length += 1
    return length


_, *a = map(int, sys.stdin.read().split())
left, right, last, taken = 0, len(a) - 1, 0, []
while left <= right and max(a[left], a[right]) > last:
    if a[left] == a[right]:
        rest = a[left : right + 1]
        from_left, from_right = run(rest), run(rest[::-1])
        taken.append("L" * from_left if from_left > from_right else "R" * from_right)
        break
    if a[right] <= last or last < a[left] < a[right]:
        last, left = a[left], left + 1
        taken.append("L")
    else:
        last, right = a[right], right - 1
        taken.append("R")
moves = "".join(taken)
print(len(moves))
print(moves)
