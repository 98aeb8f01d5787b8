"""A tiny e-prescription server for the generator to talk to: it knows one journey, and no token.

How it misbehaves is a function from the name of the operation to what it does instead.
"""

import json
import re
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any, TypeAlias

Json: TypeAlias = dict[str, Any]
Seen: TypeAlias = tuple[str, dict[str, str], bytes]
OPERATION = re.compile(r"\$([a-z-]+)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; with `close` the connection ends instead."""

    status: int = 200
    body: bytes = b"{}"
    headers: tuple[tuple[str, str], ...] = ()
    close: bool = False


Behaviour: TypeAlias = Callable[[str, Json], Answer | None]


@dataclass(slots=True, kw_only=True)
class Peer:
    """Owns what came: operation, headers and body of each request."""

    behave: Behaviour
    base: str = ""
    seen: list[Seen] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)
    over: threading.Event = field(default_factory=threading.Event)

    def operations(self) -> list[str]:
        return [operation for operation, _, _ in self.seen]


def well(operation: str, body: Json) -> Answer | None:
    """Behave well."""
    del operation, body
    return None


def refuses(status: int, code: str, *, only: str = "") -> Behaviour:
    """Return the behaviour of a server that refuses one operation, or all."""
    outcome = {
        "resourceType": "OperationOutcome",
        "issue": [{"code": "processing", "details": {"coding": [{"code": code}]}}],
    }

    def behave(operation: str, body: Json) -> Answer | None:
        del body
        if only not in {"", operation}:
            return None
        return Answer(status=status, body=json.dumps(outcome).encode())

    return behave


@contextmanager
def running(behave: Behaviour = well, *, tls: ssl.SSLContext | None = None) -> Iterator[Peer]:
    """Serve on a free port of this machine until the block ends."""
    peer = Peer(behave=behave)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            found = OPERATION.search(self.path)
            operation = found[1] if found else self.path
            peer.seen.append((operation, dict(self.headers), body))
            answer = peer.behave(operation, json.loads(body)) or Answer(
                body=answered(peer, self.path, operation)
            )
            if answer.close:
                self.close_connection = True
                return
            self.send_response(answer.status)
            for name, value in answer.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients that go away
    scheme = "http"
    if tls is not None:
        scheme = "https"
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    peer.base = f"{scheme}://127.0.0.1:{server.server_port}/fhir"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield peer
    finally:
        peer.over.set()
        server.shutdown()
        server.server_close()
        thread.join()


def answered(peer: Peer, path: str, operation: str) -> bytes:
    """Return what a good server answers."""
    found = re.search(r"/Task/([^/]+)/", path)
    status = "completed" if operation == "dispense" else "ready"
    parameters: list[Json] = []
    if operation == "submit-prescription":
        task = f"t{next(peer.numbers)}"
        parameters.append(
            {"name": "prescription-number", "valueIdentifier": {"value": f"N{task[1:]}"}}
        )
    elif found:
        task = found[1]
    else:
        task = f"t{asked_number(peer.seen[-1][2])}"
    parameters.append(
        {"name": "task", "resource": {"resourceType": "Task", "id": task, "status": status}}
    )
    return json.dumps({"resourceType": "Parameters", "parameter": parameters}).encode()


def asked_number(body: bytes) -> str:
    """Return the number that a retrieval asks for."""
    parameters = json.loads(body)["parameter"]
    return str(next(p["valueString"] for p in parameters if p["name"] == "number"))[1:]
