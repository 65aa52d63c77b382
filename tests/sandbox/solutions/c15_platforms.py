"""The platforms must stand in order and whole, with no gap that the jump does not clear."""

import json
import sys

case = json.load(sys.stdin)
n, m, d, *lengths = map(int, case["input"].split())
word, *cells = case["output"].split()
if word != case["expected"].split()[0] or (word == "NO" and cells) or (word == "YES" and len(cells) != n):
    sys.exit(1)
end = 0
for platform, length in enumerate(lengths, 1) if word == "YES" else ():
    start = cells.index(str(platform)) + 1
    if not end < start <= end + d or cells[start - 1 : start - 1 + length] != [str(platform)] * length:
        sys.exit(1)
    end = start + length - 1
sys.exit(word == "YES" and (end + d < n + 1 or len(cells) - cells.count("0") != sum(lengths)))
