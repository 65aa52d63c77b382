"""The program that a response ends with, and never half of one."""

import pytest

from redstar_geo.sandbox.extract import Extracted, final_code
from tests.growth import linear


@pytest.mark.parametrize(
    ("response", "code", "language"),
    [
        ("Here:\n```python\nprint(1)\n```\nDone.", "print(1)\n", "python"),
        ("```\nprint(1)\n```", "print(1)\n", "python"),
        ("```python\nold\n```\nBetter:\n```python\nnew\n```", "new\n", "python"),
        ("```cpp\nint main() {}\n```", "int main() {}\n", "cpp"),
        ("```C++\nint main() {}\n```", "int main() {}\n", "cpp"),
        ("```python\nprint(1)\n```\nIt prints\n```text\n1\n```", "print(1)\n", "python"),
        ("````python\ns = '''\n```\n'''\n````", "s = '''\n```\n'''\n", "python"),
        ("~~~py\nprint(1)\n~~~", "print(1)\n", "python"),
        ("```python\r\nprint(1)\r\n```\r\n", "print(1)\r\n", "python"),
        ("  ```python title=x\nprint(1)\n  ```", "print(1)\n", "python"),
    ],
)
def test_the_last_program_counts(response, code, language):
    assert final_code(response) == Extracted(code, language, None)


@pytest.mark.parametrize(
    ("response", "reason"),
    [
        ("", "no_code_block"),
        ("print(1)", "no_code_block"),
        ("Use ```print(1)``` here", "no_code_block"),
        ("```text\n1\n```", "no_code_block"),
        ("```python\n\n```", "no_code_block"),
        ("```python\nfor i in range(", "incomplete_code"),
        ("```python\nprint(1)\n```\nThen\n```python\nprint(", "incomplete_code"),
        ("```python", "incomplete_code"),
    ],
)
def test_what_has_no_whole_program_says_why(response, reason):
    assert final_code(response) == Extracted(None, None, reason)


def test_a_language_can_be_given_for_bare_fences():
    assert final_code("```\nint main() {}\n```", default="cpp").language == "cpp"


@pytest.mark.parametrize("unit", ["a", "`", " ", "```\n"])
def test_long_responses_cost_no_more_than_their_length(unit):
    assert linear(lambda size: final_code("```" + unit * size + "`"), 10_000)
    assert final_code(unit * (300_000 // len(unit))).code is None
