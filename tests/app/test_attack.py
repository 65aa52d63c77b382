"""Beside somebody who sends the worst in a loop, another person's page opens and a question is answered."""

from __future__ import annotations

import base64
import io
import itertools
import json
import random
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable

import pytest
from PIL import Image as Pillow

from tests.app.test_public import ATTACKER, OTHER, answered, call, listening, send, upload
from tests.bench.app_server import serving, started
from tests.viewing.test_uploads import PNG, png_saying

ROUNDS, ATTACKERS = 8, 6


def scans(count: int) -> bytes:
    """A progressive JPEG of a few hundred KB whose last scan, of every block, comes so many times."""
    out = io.BytesIO()
    Pillow.new("RGB", (2_400, 2_400), "white").save(out, "JPEG", progressive=True)
    data = out.getvalue()
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + b"\xff\xd9"


def worst(port: int, address: str) -> list[Callable[[], object]]:
    join, picture = "/gradio_api/queue/join", base64.b64encode(scans(1_200)).decode()
    functions = len(re.findall(rb'"api_name"', send(port, "GET", "/config", source=address)[2]))

    def slow() -> None:
        with socket.create_connection(("127.0.0.1", port), source_address=(address, 0)) as half:
            half.sendall(b"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9000000\r\n\r\n")
            time.sleep(0.5)

    def left() -> None:
        event = call(port, address, problem="builtin/tangent_chord/en-9-000001", who="formal, long")
        if " " not in event:
            with listening(port, address, event):
                pass

    def any_function() -> None:
        data = {"data": [["9" * 9_000] * 6] * 6, "session_hash": f"{random.random()}"[2:]}
        send(port, "POST", join, data | {"fn_index": random.randrange(functions)}, address)

    return [
        lambda: call(port, address, question="?", picture=picture),
        lambda: call(port, address, question="?", picture=base64.b64encode(png_saying(60_000, 60_000)).decode()),
        lambda: call(port, address, question="9" * 90_000, gold="sqrt(" * 18_000),
        lambda: call(port, address, question=r"$\frac{" * 13_000, gold="1" * 90_000),
        lambda: upload(port, address, 60, f"{random.random()}"),
        lambda: send(port, "POST", "/gradio_api/upload", PNG * 20_000, address, Content_Type="multipart/form-data"),
        lambda: send(port, "POST", join, b'{"data":[' + b"[]," * 3_000_000 + b"1]}", address),
        lambda: send(port, "GET", "/?question=" + "%24x" * 10_000, source=address),
        slow,
        left,
        any_function,
    ]


@pytest.mark.long
def test_another_person_is_answered_beside_an_attack(capsys: pytest.CaptureFixture[str]) -> None:
    with started("demo") as (address, process):
        serving(process)
        port = int(address.split(":")[2].strip("/"))
        stop, sent = threading.Event(), Counter[str]()
        attacks = worst(port, ATTACKER)
        answered(port, OTHER, call(port, OTHER, problem="builtin/pythagoras/en-3-000000", who="formal, short"))

        def attack(first: int) -> None:
            for each in itertools.islice(itertools.cycle(attacks), first, None):
                if stop.is_set():
                    return
                try:
                    each()
                except (OSError, ValueError, KeyError):  # refused in whatever way
                    sent["refused"] += 1
                sent["sent"] += 1

        threads = [threading.Thread(target=attack, args=[2 * number]) for number in range(ATTACKERS)]
        for thread in threads:
            thread.start()
        pages, answers = [], []
        for number in range(ROUNDS):
            before, begun = sent["sent"], time.monotonic()
            status, _, page = send(port, "GET", "/")
            pages.append(time.monotonic() - begun)
            assert status == 200 and b"gradio" in page
            event = call(port, OTHER, problem=f"builtin/pythagoras/en-3-00000{number}", who="formal, short")
            (trace,) = answered(port, OTHER, event)
            answers.append(time.monotonic() - begun - pages[-1])
            assert trace["verdict"]["status"] == "correct", json.dumps(trace)[:500]
            while sent["sent"] < before + len(attacks):  # the attack is under way all the time
                time.sleep(0.02)
        stop.set()
        for thread in threads:
            thread.join(120)
    with capsys.disabled():
        told = [f"{kind} at most {max(times):.2f} s" for kind, times in (("page", pages), ("answer", answers))]
        print(f"\nbeside an attack of {sent['sent']} requests: {', '.join(told)}")
