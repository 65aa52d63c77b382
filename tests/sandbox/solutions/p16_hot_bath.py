"""The smallest hot : cold ratio that is warm enough, found by walking down the Stern–Brocot tree in long steps."""

t1, t2, x1, x2, t0 = map(int, input().split())
cold, hot = t0 - t1, t2 - t0  # hot : cold must be at least cold : hot
if cold == 0:
    y1, y2 = x1, x2 if hot == 0 else 0
elif hot == 0:
    y1, y2 = 0, x2
else:
    low_y2, low_y1, y2, y1 = 0, 1, 1, 0  # too cold, warm enough
    while low_y2 + y2 <= x2 and low_y1 + y1 <= x1:
        lacks = cold * low_y1 - hot * low_y2  # > 0
        spare = hot * y2 - cold * y1  # >= 0
        if spare == 0:
            break
        if spare >= lacks:  # the warm one can come down
            steps = spare // lacks
            steps = min(steps, (x1 - y1) // low_y1, (x2 - y2) // low_y2 if low_y2 else steps)
            y2, y1 = y2 + steps * low_y2, y1 + steps * low_y1
        else:
            steps = (lacks - 1) // spare
            steps = min(steps, (x2 - low_y2) // y2, (x1 - low_y1) // y1 if y1 else steps)
            low_y2, low_y1 = low_y2 + steps * y2, low_y1 + steps * y1
    fill = min(x2 // y2, x1 // y1) if y1 else x2
    y1, y2 = fill * y1, fill * y2
print(y1, y2)
