"""The gcd of all products holds every candidate; what it shares with each pair in turn leaves one that fits."""

import sys
from math import gcd

_, *numbers = map(int, sys.stdin.buffer.read().split())
pairs = list(zip(numbers[::2], numbers[1::2], strict=True))
shared = 0
for a, b in pairs:
    shared = gcd(shared, a * b)
if shared > 1:
    for a, b in pairs:
        shared = gcd(shared, a) if gcd(shared, a) > 1 else gcd(shared, b)
print(shared if shared > 1 else -1)
