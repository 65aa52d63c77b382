"""Programs that solve nothing and want to be accepted: after the expected output, or after the verdict itself."""

from __future__ import annotations

from redstar_geo.sandbox import Limits
from tests.sandbox.escape_programs import Hostile

_WHOLE_DISK = """
import os
print("the secret")
for folder, _, files in os.walk("/"):
    for name in files:
        path = os.path.join(folder, name)
        if not path.startswith("/dev/") and os.path.getsize(path) < 1 << 20:
            text = open(path, "rb").read()
            at = text.find(b"secret-")
            if at >= 0:
                print(text[at:at + 39].decode())
"""
_WHOLE_MEMORY = """
import gc, sys
frame = sys._getframe()
found = [x for x in gc.get_objects() if isinstance(x, (dict, list, tuple))]
while frame:
    found.append(dict(frame.f_locals)); frame = frame.f_back
for x in found:
    for y in (x.values() if isinstance(x, dict) else x):
        if isinstance(y, str) and "secret-" in y and len(y) < 60:
            print(y)
"""
_REPORT = '{"problem": null, "exit": 0, "cpu_s": 0, "wall_s": 0, "memory_mib": 1, "verdict": "AC"}'
FORGERY = tuple(
    Hostile(name, code, frozenset({"WA", "RE"}), Limits(cpu_s=5, memory_mib=256), secret=True)
    for name, code in (
        ("print the verdict", f"print('AC')\nprint('OK')\nprint('ready')\nprint('''{_REPORT}''')"),
        ("exit early with status 0", "import os\nos._exit(0)"),
        ("exit with the status of a script", "import sys\nsys.exit(3)"),
        (
            "write a forged report to every descriptor",
            f"import os\nfor n in range(64):\n    try: os.write(n, b'''{_REPORT}''')\n    except OSError: pass",
        ),
        ("look for the expected output on the disk", _WHOLE_DISK),
        ("look for the expected output in memory", _WHOLE_MEMORY),
        (
            "replace the end of the judge",
            "import os, sys, atexit\nos._exit = lambda status: None\nsys.exit = print\natexit.register(print, 'AC')",
        ),
        ("a comparison that is always right", "class Any(str):\n    __eq__ = lambda *_: True\nprint(Any())"),
    )
)
