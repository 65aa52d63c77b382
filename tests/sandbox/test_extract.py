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
        ("```python\nprint(1)\n```\nIt prints\n```\n1\n```", "print(1)\n", "python"),
        ("```\nprint(1)\n```\nIt prints\n```\n1\n```\nand\n```\n2 3\n```", "print(1)\n", "python"),
        ("```cpp\nint main() {}\n```\n```\nx = 1\n```", "int main() {}\n", "cpp"),
        ("1. So:\n\n    ```python\n    if 1:\n        print(1)\n    ```\n", "if 1:\n    print(1)\n", "python"),
        ("- ```python\n  print(1)\n\n  print(2)\n  ```\n", "print(1)\n\nprint(2)\n", "python"),
        ("\t```python\n\tprint(1)\n\t```", "print(1)\n", "python"),
        ("> ```python\n> if 1:\n>     print(1)\n> ```\n", "if 1:\n    print(1)\n", "python"),
        ("  ```python\nprint(1)\n```", "print(1)\n", "python"),
        ("Code: ```python\nprint(1)\n```\nDone.", "print(1)\n", "python"),
        ("```python\nprint(1)\n```<|im_end|>", "print(1)\n", "python"),
        ("```python\nprint(1)\n``` That is all.", "print(1)\n", "python"),
        ("```python\nprint(1)\n```.", "print(1)\n", "python"),
        ("```python\nprint(1)\n```python", "print(1)\n", "python"),
        ("```python\nprint(1)\n`````", "print(1)\n", "python"),
        ("````python\nprint(1)\n```", "print(1)\n", "python"),
        ("~~~python\nprint(1)\n```", "print(1)\n", "python"),
        ("```python\nprint(1)```", "print(1)", "python"),
        ("```python\nprint(1)```\nDone.", "print(1)", "python"),
        ("```python\nold\n```python\nnew\n```", "new\n", "python"),
        ("```python\nprint(1)\n```text\n1\n```", "print(1)\n", "python"),
        ("```markdown\nSo:\n```python\nprint(1)\n```\n```", "print(1)\n", "python"),
        ('```python\ndef f():\n    """\n    ```\n    f()\n    ```\n    """\n```', None, "python"),
        ("```{python}\nprint(1)\n```", "print(1)\n", "python"),
        ("```python:main.py\nprint(1)\n```", "print(1)\n", "python"),
    ],
)
def test_the_last_program_counts(response, code, language):
    if code is None:  # all of the one block
        code = response.removeprefix("```python\n").removesuffix("```")
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
        ("```python\nprint(1)\n```\nBetter:\n```python\n", "incomplete_code"),
        ("    ```python\n    print(1)\n    x = [", "incomplete_code"),
    ],
)
def test_what_has_no_whole_program_says_why(response, reason):
    assert final_code(response) == Extracted(None, None, reason)


def test_a_language_can_be_given_for_bare_fences():
    assert final_code("```\nint main() {}\n```", default="cpp").language == "cpp"


@pytest.mark.parametrize("unit", ["a", "`", " ", "```\n", "```a\n", "a ", "=\n", "> "])
def test_long_responses_cost_no_more_than_their_length(unit):
    assert linear(lambda size: final_code("```" + unit * size + "`"), 10_000)
    assert final_code(unit * (300_000 // len(unit))).code is None
