"""A product in miniature that offers the driver contract; started as a program by the tests."""

import argparse
import json
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Product(BaseHTTPRequestHandler):
    """Answers as its mode says."""

    mode = "good"

    def log_message(self, *_: object) -> None:
        """Be quiet."""

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        """Describe, follow an act, or show the log."""
        if self.path.startswith("/log"):
            self._answer(200, "a log")
        elif self.path.startswith("/acts/"):
            state = {"good": "done", "odd": "done", "stuck": "running"}[self.mode]
            printed = {"name": "p", "media_type": "application/pdf", "content_base64": "JVBERg=="}
            shown = [{"level": "info", "text": "fait"}]
            self._answer(
                200,
                {
                    "id": "1",
                    "state": state,
                    "shown_to_user": shown,
                    "printed": [printed] if self.mode != "odd" else [{"name": "p"}],
                    "result": {"number": "B-1"},
                },
            )
            if state == "running":
                time.sleep(0.05)  # a slow product, not a test waiting for one
        else:
            self._answer(200, {"contract": "1"})

    def do_PUT(self) -> None:
        """Take a desk's settings."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(200, {})

    def do_POST(self) -> None:
        """Begin an act."""
        act = json.loads(self.rfile.read(int(self.headers["Content-Length"])))["act"]
        if act == "cancel":
            self._answer(501, {"reason": "not offered"})
        else:
            self._answer(201, {"id": "1", "state": "running"})


def main() -> None:
    """Serve, or end at once, as the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--mode", default="good")
    parser.add_argument("--silent", action="store_true")
    arguments = parser.parse_args()
    if arguments.mode == "ends":
        sys.exit("no licence")
    Product.mode = arguments.mode
    server = ThreadingHTTPServer(("127.0.0.1", arguments.port), Product)
    if not arguments.silent:
        sys.stdout.write(f"READY http://127.0.0.1:{server.server_address[1]}\n")
        sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
