"""A driver in miniature that is wrong in one way; started as a program by the tests."""

import argparse
import json
import signal
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

INTRODUCTION: dict[str, object] = {
    "contract": "1",
    "product": "N",
    "version": "1",
    "vendor": "V",
    "role": "laboratory",
    "acts": ["retrieve", "dispense", "reserve", "release"],
}
WRONG: dict[str, dict[str, object]] = {
    "good": {},
    "other-contract": {"contract": "2"},
    "no-acts": {"acts": None},
    "prescriber": {"role": "prescriber"},
    "other-version": {"version": "0.9"},
    "no-release": {"acts": ["retrieve", "dispense", "reserve"]},
}


class Driver(BaseHTTPRequestHandler):
    """Answers as its mode says."""

    mode = "good"

    def log_message(self, *_: object) -> None:
        """Be quiet."""

    def _answer(self, status: int, body: object = None) -> None:
        content = b"" if body is None else json.dumps(body).encode()
        if self.mode == "page":
            content = b"<html>"
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def do_GET(self) -> None:
        """Introduce oneself, or know no act."""
        if self.path == "/":
            self._answer(200, INTRODUCTION | WRONG.get(self.mode, {}))
        else:
            told = {"error": "?"} if self.mode == "no-reason" else {"reason": "no such act"}
            self._answer(404, told)

    def do_PUT(self) -> None:
        """Take a desk's settings."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(500 if self.mode == "no-desk" else 204)

    def do_POST(self) -> None:
        """Begin no act."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(201 if self.mode == "does-all" else 501, {"reason": "cannot"})

    def do_DELETE(self) -> None:
        """Forget a desk."""
        self._answer(204)


def main() -> None:
    """Serve, or end at once, as the arguments say."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int)
    parser.add_argument("--mode", default="good")
    arguments = parser.parse_args()
    if arguments.mode == "ends":
        sys.exit("no licence")
    if arguments.mode != "abrupt":
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    if arguments.mode == "stuck":
        time.sleep(60)
    Driver.mode = arguments.mode
    listening = ThreadingHTTPServer(("127.0.0.1", arguments.port), Driver)
    sys.stdout.write(f"READY http://127.0.0.1:{arguments.port}\n")
    sys.stdout.flush()
    listening.serve_forever()


if __name__ == "__main__":
    main()
