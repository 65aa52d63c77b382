"""The digits in order, with the smallest that is not zero in front."""

number, answer = input().strip(), input().strip()
digits = sorted(number)
first = next((i for i, digit in enumerate(digits) if digit != "0"), 0)
smallest = digits.pop(first) + "".join(digits)
print("OK" if answer == smallest else "WRONG_ANSWER")
