"""Solutions with one slip each: (solution, right, wrong, verdict, first failing test of the problem's own)."""

MUTANTS = [
    ("p00_guessing_game", "(1, number - 1)", "(1, number)", "WA", 5),
    ("p01_strange_matrix", "row[j + 1] > 1", "row[j + 1] > 0", "WA", 0),
    ("p02_digit_jump", ", *places.pop(digits[here], [])", "", "WA", 0),
    ("p02_digit_jump", "places.pop(digits[here], [])", "places.pop(digits[here])", "RE", 0),
    ("p03_t_shirts", "sizes[n : 2 * n]", "sizes[n : 2 * n - 1]", "WA", 1),
    ("p04_weakened_divisor", " if gcd(shared, a) > 1 else gcd(shared, b)", "", "WA", 0),
    ("p05_interstellar", " - above)", ")", "WA", 0),
    ("p06_no_local_maxima", "greater[value + 1]", "greater[value]", "WA", 0),
    ("p07_presents", "< 2:", "< 1:", "TLE", 3),
    ("p09_edgy_trees", "if not black", "if black", "WA", 0),
    ("p10_increasing_ends", "from_left > from_right", "from_left < from_right", "WA", 2),
    ("p12_mp3", "8 * size", "size", "WA", 12),
    ("p13_tiles", "second + third + 1 < k", "second + third < k", "WA", 1),
    ("p14_kill_them_all", "<= 0", "< 0", "WA", 33),
    ("p15_platforms", "end + d < n + 1", "end + d < n", "WA", 3),
    ("p16_hot_bath", "fill * y1, fill * y2", "y1, y2", "WA", 0),
    ("p17_correct_solution", "digits.pop(first)", "digits.pop(0)", "WA", 5),
    ("p18_present", "full + half, 2 * full", "full + half, full + half", "WA", 2),
    ("p19_counting", "x // period * before[-1] + before[x % period]", "sum(before[1] for _ in range(x))", "TLE", 0),
]
