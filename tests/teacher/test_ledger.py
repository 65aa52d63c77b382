import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from redstar_geo.errors import InputError
from redstar_geo.fingerprint import of_output
from redstar_geo.teacher.ledger import Ledger, request_key
from tests.disks import no_file_beyond
from tests.killing import kill


def row(number: int, failure: str | None = None) -> tuple[str, str, int, str | None, dict[str, str]]:
    return f"key{number}", f"problem{number}", 0, failure, {"response": f"∠{number}"}


def test_what_was_added_is_read_back(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l.sqlite") as ledger:
        ledger.add([row(1), row(2, "timeout")])
    with Ledger(tmp_path / "l.sqlite") as ledger:
        assert ledger.keys() == {"key1", "key2"}
        assert ledger.get("key1") == (None, {"response": "∠1"})
        assert ledger.get("key2") == ("timeout", {"response": "∠2"})
        assert ledger.get("key3") is None


def test_a_key_keeps_its_first_response(tmp_path: Path) -> None:
    with Ledger(tmp_path / "l.sqlite") as ledger:
        ledger.add([row(1)])
        ledger.add([("key1", "problem1", 0, None, {"response": "another"})])
        assert ledger.get("key1") == (None, {"response": "∠1"})


def test_the_key_depends_on_content_not_on_order() -> None:
    assert request_key({"a": 1, "b": [1, 2]}) == request_key({"b": [1, 2], "a": 1})
    assert request_key({"a": 1}) != request_key({"a": 2})


WRITER = """
import sys
from pathlib import Path

import pyarrow.parquet as pq
from redstar_geo.teacher.ledger import Ledger
with Ledger(Path(sys.argv[1])) as ledger:
    for number in range(10**9):
        ledger.add([(f"key{number}", "p", number, None, {"n": number})])
        print(number, flush=True)
"""


def test_what_was_acknowledged_survives_a_kill(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True)
    assert writer.stdout is not None
    acknowledged = [int(writer.stdout.readline()) for _ in range(20)]
    kill(writer, begun=lambda: True)  # it has acknowledged twenty, and would go on for ever
    acknowledged += [int(line) for line in writer.stdout.read().split()]
    with Ledger(path) as ledger:
        assert {f"key{number}" for number in acknowledged} <= ledger.keys()
        assert ledger.get(f"key{acknowledged[-1]}") == (None, {"n": acknowledged[-1]})


def test_export_has_every_row_with_its_body(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.add((f"{n:064d}", "p", n, None if n % 2 else "timeout", {"raw": "é" * n}) for n in range(700))
        assert ledger.export(tmp_path / "ledger.parquet") == 700
    rows = pq.read_table(tmp_path / "ledger.parquet").to_pylist()
    assert [row["sample"] for row in rows] == list(range(700))
    assert all(json.loads(row["body"]) == {"raw": "é" * row["sample"]} for row in rows)
    assert sum(row["failure"] == "timeout" for row in rows) == 350


def test_a_failure_gives_way_to_a_response_and_a_response_stays(tmp_path: Path) -> None:
    with Ledger(tmp_path / "ledger.sqlite") as ledger:
        ledger.add([("k", "p", 0, "timeout", {})])
        ledger.add([("k", "p", 0, None, {"answer": 1})])
        ledger.add([("k", "p", 0, None, {"answer": 2})])
        assert ledger.get("k") == (None, {"answer": 1})


FILLER = """
import sys
from pathlib import Path
from redstar_geo.errors import DiskFull, disk_full_reported
from redstar_geo.teacher.ledger import Ledger
try:
    with disk_full_reported("here"), Ledger(Path(sys.argv[1])) as ledger:
        for number in range(10**9):
            ledger.add([(f"key{number}", "p", number, None, {"n": number})])
            print(number, flush=True)
except DiskFull as error:
    sys.exit(str(error))
"""


@pytest.mark.parametrize("size", [0, 4_000, 10_000, 60_000])
def test_a_ledger_without_room_is_not_called_damaged_and_keeps_what_it_has(tmp_path: Path, size: int) -> None:
    path = tmp_path / "l.sqlite"
    command = [sys.executable, "-c", FILLER, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=no_file_beyond(size))
    assert done.returncode == 1 and done.stderr.startswith("The disk of here is full"), done.stderr
    with Ledger(path) as ledger:
        assert ledger.keys() == {f"key{number}" for number in done.stdout.split()}
        ledger.add([row(1)])


def test_a_damaged_ledger_is_found_before_it_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "l.sqlite"
    with Ledger(path) as ledger:
        ledger.add(row(number) for number in range(200))
        ledger.check()
    whole = path.read_bytes()
    for place in range(4_100, len(whole), 997):
        path.write_bytes(whole[:place] + b"\xff" * 40 + whole[place + 40 :])
        try:
            with Ledger(path) as ledger:
                ledger.check()
                ledger.add([row(1_000)])
                of_output(path)
        except InputError as error:
            assert "recover" in str(error)
