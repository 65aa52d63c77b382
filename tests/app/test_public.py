"""The app as a public server: who is let in, what one visitor can take from the others, and what is given back."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from gradio.utils import get_upload_folder

from redstar_geo.app.demo import build
from redstar_geo.generation.client import ServerAddress
from redstar_geo.generation.served import ServedStream
from redstar_geo.viewing import connections, guard
from redstar_geo.viewing.formal_answers import FormalAnswers, Proofs
from redstar_geo.viewing.rate import RateLimit, visitor
from redstar_geo.viewing.reports_tab import reports_of
from redstar_geo.viewing.server import launch
from redstar_geo.viewing.service import Service
from tests.app.streaming import StreamingServer, free_port
from tests.viewing.test_uploads import PNG

ATTACKER, OTHER = "127.0.0.2", "127.0.0.3"  # all of 127.0.0.0/8 is this machine
WAIT_S = 120.0  # a machine may be busy
Answer = tuple[int, Mapping[str, str], bytes]


def started(endpoint: str | None = None, **reach: Any) -> int:
    """The port of an app that answers each address as often as it asks."""
    proofs = Proofs(None)
    served = [ServedStream("slow-thinker", ServerAddress(url=endpoint))] if endpoint else []
    service = Service([FormalAnswers(proofs, "short"), *served], proofs, None)
    service.limit = RateLimit(1e9, 10**9)
    port = free_port()
    launch(*build(service), host="127.0.0.1", port=port, password=None, block=False, **reach)
    return port


@pytest.fixture(scope="module")
def model() -> StreamingServer:
    return StreamingServer()


@pytest.fixture(scope="module")
def port(model: StreamingServer) -> int:
    return started(f"http://127.0.0.1:{model.port}/v1")


def send(
    port: int, method: str, path: str, body: Any = None, source: str = OTHER, **headers: str
) -> tuple[int, Mapping[str, str], bytes]:
    """One request from an address of this machine, with its answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S, source_address=(source, 0))
    with closing(connection):
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        if data is not None and "Content-Type" not in given:
            given["Content-Type"] = "application/json"
        connection.request(method, path, data, given)
        response = connection.getresponse()
        return response.status, {name.lower(): value for name, value in response.getheaders()}, response.read()


def call(port: int, source: str, **arguments: Any) -> str:
    """Have a question taken in; the id of the call, or what is said instead."""
    defaults = {"question": "", "picture": "", "problem": "", "who": "", "gold": ""}
    data = [*(defaults | arguments).values(), 0.6, arguments.get("max_tokens", 2048)][:7]
    status, _, answer = send(port, "POST", "/gradio_api/call/answer", {"data": data}, source)
    return str(json.loads(answer)["event_id"]) if status == 200 else f"{status} {answer.decode()}"


@contextmanager
def listening(port: int, source: str, event: str) -> Iterator[http.client.HTTPResponse]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT_S, source_address=(source, 0))
    connection.request("GET", f"/gradio_api/call/answer/{event}")
    try:
        yield connection.getresponse()
    finally:
        assert connection.sock is not None
        connection.sock.shutdown(socket.SHUT_RDWR)
        connection.close()


def answered(port: int, source: str, event: str) -> Any:
    """The trace that comes of a call."""
    with listening(port, source, event) as response:
        for line in response:
            if line.startswith(b"data: ") and line.strip() != b"data: null":
                return json.loads(line[6:])
    return None


def until(true: Callable[[], bool]) -> bool:
    end = time.monotonic() + WAIT_S
    while not true() and time.monotonic() < end:
        time.sleep(0.02)
    return true()


def upload(port: int, source: str, count: int = 1, mark: str = "", **headers: str) -> Answer:
    parts = [
        f'--x\r\nContent-Disposition: form-data; name="files"; filename="{mark}{number}.png"\r\n'
        "Content-Type: image/png\r\n\r\n".encode()
        + PNG
        + f"{mark}{number}".encode()
        + b"\r\n"
        for number in range(count)
    ]
    headers = {"Content-Type": "multipart/form-data; boundary=x"} | headers
    return send(port, "POST", "/gradio_api/upload", b"".join(parts) + b"--x--\r\n", source, **headers)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:{port}", "127.0.0.1:{port}", "[::1]:{port}", "geo.example"])
def test_names_that_are_served(host: str) -> None:
    assert send(_named(), "GET", "/", Host=host.format(port=_named()))[0] == 200


HOSTS = [
    "evil.example",
    "evil.example:{port}",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "127.0.0.2",
    "8.8.8.8",
]
HOSTS += ["0.0.0.0:{port}", "evil.example#127.0.0.1", "127.0.0.1@evil.example", "geo.example.evil", "[::2]", "", ":80"]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("path", ["/", "/config", "/gradio_api/queue/data?session_hash=a", "/static/img/logo.svg"])
def test_another_name_is_refused(host: str, path: str) -> None:
    status, _, said = send(_named(), "GET", path, Host=host.format(port=_named()))
    assert status in (400, 421) and b"<html" not in said.lower()


def _named(known: list[int] = []) -> int:  # noqa: B006
    if not known:
        known.append(started(allowed_hosts=["geo.example"]))
    return known[0]


ORIGINS = ["http://evil.example", "https://evil.example", "null", "http://127.0.0.1:1", "http://localhost:3000", ""]
ORIGINS += ["http://127.0.0.1.evil.example", "file://", "http://127.0.0.1@evil.example"]


@pytest.mark.parametrize("origin", ORIGINS)
def test_pages_of_other_origins_can_do_nothing(port: int, origin: str) -> None:
    assert upload(port, OTHER, Origin=origin)[0] == 403
    for path in ("queue/join", "call/answer", "run/answer", "cancel", "reset"):
        assert send(port, "POST", f"/gradio_api/{path}", {"data": []}, Origin=origin)[0] == 403
    assert send(port, "GET", "/config", Origin=origin)[0] == 403
    assert send(port, "OPTIONS", "/gradio_api/upload", Origin=origin)[0] in (403, 404)


def test_the_page_itself_and_programs_can(port: int) -> None:
    assert upload(port, OTHER, Origin=f"http://127.0.0.1:{port}")[0] == 200
    assert upload(port, OTHER)[0] == 200
    assert upload(port, OTHER, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="no-cors")[0] == 403
    assert send(port, "GET", "/", Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")[0] == 200  # a link


def test_every_answer_says_what_a_browser_may_do_with_it(port: int) -> None:
    for path, status in (("/", 200), ("/gradio_api/vibe-code", 404), ("/gradio_api/file=/etc/passwd", 403)):
        said, headers, _ = send(port, "GET", path)
        assert said == status
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff" and headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    "path",
    [
        "vibe-code",
        "proxy=https://a.hf.space/",
        "deep_link",
        "runs",
        "process_recording",
        "component_server",
        "../monitoring",
    ],
)
def test_gradios_other_doors_are_closed(port: int, path: str) -> None:
    assert send(port, "GET", f"/gradio_api/{path}")[0] == 404
    assert send(port, "POST", f"/gradio_api/{path}", {})[0] == 404


def test_what_a_proxy_says_is_believed_of_the_proxy_alone(port: int) -> None:
    forged = {"X_Forwarded_For": "10.1.1.1", "X_Forwarded_Host": "evil.example", "X_Forwarded_Proto": "https"}
    page = send(port, "GET", "/", **forged)[2]
    assert b"evil.example" not in page and b"https://127.0.0.1" not in page


def test_an_address_is_one_visitor() -> None:
    assert visitor("::ffff:1.2.3.4") == visitor("1.2.3.4") == "1.2.3.4"
    assert visitor("2001:db8::1") == visitor("2001:db8::ffff:1") != visitor("2001:db8:0:1::1")


def test_one_visitor_cannot_fill_the_queue_nor_hold_all_places(port: int, model: StreamingServer) -> None:
    """Seventy calls for a model that answers for minutes; then another address asks the same app."""
    events = [call(port, ATTACKER, question="?", who="slow-thinker") for _ in range(70)]
    assert [event.partition(" ")[0] for event in events if " " in event] == ["503"] * 6  # 64 of one are taken in
    event = call(port, OTHER, problem="builtin/angle_sum/en-1-000001", who="formal, short")
    (trace,) = answered(port, OTHER, event)
    assert trace["verdict"]["status"] == "correct"
    for event in events:
        if " " not in event:
            with listening(port, ATTACKER, event):
                pass  # and away


def test_a_call_that_is_left_ends_its_request_and_gives_its_place_back(port: int, model: StreamingServer) -> None:
    assert until(lambda: model.reading == 0)
    for _ in range(5):  # more than there are places for one visitor
        event = call(port, OTHER, question="?", who="slow-thinker")
        with listening(port, OTHER, event):
            assert until(lambda: model.reading == 1)
        assert until(lambda: model.reading == 0)


def test_uploads_of_one_visitor_are_bounded_in_number_and_size(port: int) -> None:
    first = json.loads(upload(port, ATTACKER, 16, "a")[2])
    kept = json.loads(upload(port, OTHER, 1, "mine")[2])
    for mark in "bc":
        last = json.loads(upload(port, ATTACKER, 16, mark, Accept_Encoding="br")[2])
    assert not any(Path(path).exists() for path in first)
    assert all(Path(path).exists() for path in (*last, *kept))
    assert upload(port, ATTACKER, 200, "d")[0] == 413
    assert send(port, "POST", "/gradio_api/upload", b"", Content_Length=str(1 << 40))[0] == 413


def test_only_files_of_the_folder_itself_are_shown(port: int, tmp_path: Path) -> None:
    (path,) = json.loads(upload(port, OTHER)[2])
    assert send(port, "GET", f"/gradio_api/file={path}")[0] == 200
    folder = Path(get_upload_folder()) / tmp_path.name
    folder.mkdir(parents=True)
    for name, target in (("passwd.png", "/etc/passwd"), ("etc", "/etc")):
        (folder / name).symlink_to(target)
    try:
        for wanted in ("passwd.png", "etc/passwd", "../../etc/passwd", "etc"):
            assert send(port, "GET", f"/gradio_api/file={folder / wanted}")[0] == 403
        for wanted in ("http://169.254.169.254/latest", "https://example.org/a.png", "", "%00", "a" * 5_000):
            assert send(port, "GET", f"/gradio_api/file={wanted}")[0] == 403
    finally:
        for name in ("passwd.png", "etc"):
            (folder / name).unlink()
        folder.rmdir()


def test_no_report_is_a_link_out_of_the_run(tmp_path: Path) -> None:
    run, outside = tmp_path / "run", tmp_path / "outside"
    (run / "made").mkdir(parents=True)
    outside.mkdir()
    (outside / "secret.html").write_text("secret")
    (run / "made" / "report.html").write_text("mine")
    (run / "passwd.html").symlink_to("/etc/passwd")
    (run / "away").symlink_to(outside)
    (run / "broken.html").symlink_to("nowhere")
    (run / "own.html").symlink_to(run / "made" / "report.html")
    (run / "folder.html").mkdir()
    assert list(reports_of(run)) == ["made/report.html"]
    (tmp_path / "shortcut").symlink_to(run)  # the folder that is given may be one
    assert list(reports_of(tmp_path / "shortcut")) == ["made/report.html"]


@pytest.mark.parametrize("body", [b"[" * 30_000, b'{"data":[' + b"[]," * 30_000, b'{"data":"' + b"{" * 30_000])
def test_json_that_is_long_to_read_is_refused(port: int, body: bytes) -> None:
    assert send(port, "POST", "/gradio_api/queue/join", body)[0] == 413


def test_connections_that_say_nothing_are_closed_and_keep_nobody_out(
    port: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEAD_S", 3.0)
    silent: list[socket.socket] = []
    for number in range(900):
        silent.append(socket.create_connection(("127.0.0.1", port), source_address=(ATTACKER, 0)))
        if number % 3:
            silent[-1].sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: ")
    try:
        assert send(port, "GET", "/")[0] == 200
        assert until(lambda: not any(_open(each) for each in silent))
    finally:
        for each in silent:
            each.close()


def test_a_body_that_does_not_come_is_not_waited_for(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "BODY_S", 0.5)
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.sendall(b"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 1000\r\n\r\nab")
        slow.settimeout(WAIT_S)
        said = b"".join(iter(lambda: slow.recv(4_096), b""))  # until the server closes
    assert said.startswith(b"HTTP/1.1 408")


def _open(connection: socket.socket) -> bool:
    connection.setblocking(False)
    try:
        return connection.recv(1) != b""
    except BlockingIOError:
        return True
    except OSError:
        return False
