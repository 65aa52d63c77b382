"""Each platform as far right as the jump allows and as the room for those behind it leaves."""

import sys

n, m, d, *lengths = map(int, sys.stdin.read().split())
river = [0] * n
end, behind = 0, sum(lengths)  # cell where we stand, cells that the platforms still to place need
for index, length in enumerate(lengths, 1):
    start = min(end + d, n - behind + 1)
    river[start - 1 : start - 1 + length] = [index] * length
    end = start + length - 1
    behind -= length
if end + d < n + 1:
    print("NO")
else:
    print("YES")
    print(*river)
