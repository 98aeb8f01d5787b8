"""A client's own little server: keeps what is posted to it, and answers as it is told."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

_PATIENCE_SECONDS = 30


@dataclass(slots=True)
class Mailbox:
    """What came to one address; `statuses` are what is answered, the last one for ever."""

    uri: str = ""
    statuses: list[int] = field(default_factory=lambda: [200])
    forms: list[dict[str, list[str]]] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)

    def take(self, form: dict[str, list[str]]) -> int:
        with self.changed:
            self.forms.append(form)
            self.changed.notify_all()
            return self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]

    def wait_for(self, count: int) -> list[dict[str, list[str]]]:
        """Return what came as soon as that many did."""
        with self.changed:
            came = self.changed.wait_for(lambda: len(self.forms) >= count, _PATIENCE_SECONDS)
            assert came, self.forms
            return list(self.forms)


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Listen on this machine until the block ends."""
    box = Mailbox()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", "0"))
            status = box.take(parse_qs(self.rfile.read(length).decode()))
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        box.uri = f"http://127.0.0.1:{server.server_address[1]}/backchannel"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield box
        finally:
            server.shutdown()
            thread.join()
