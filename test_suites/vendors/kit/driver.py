"""The HTTP side of the driver contract (DRIVER.md); knows nothing of prescriptions."""

import json
import re
from collections.abc import Callable
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from pydantic import Field, ValidationError

from test_suites.vendors.kit.acts import Office
from test_suites.vendors.kit.desk import JsonObject
from test_suites.vendors.kit.settings import Settings, Told

LARGEST_BODY = 20_000_000
"""Bytes; a scanned sheet travels as base64."""
LONGEST_WAIT = 60.0
"""Seconds a ``GET /acts/{id}?wait=`` may be held."""


class Wish(Told):
    """The body of ``POST /acts``."""

    session: str
    act: str
    parameters: dict[str, object] = Field(default_factory=dict)


class Declined(Exception):
    """The driver asked for something that cannot be; carries status and reason."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        super().__init__(reason)
        self.status = status
        self.reason = reason


class DriverServer(ThreadingHTTPServer):
    """Owns the listening socket on loopback, one thread a connection."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), Conversation)
        self.office: Office[Any]


class Conversation(BaseHTTPRequestHandler):
    """Owns one connection of the driver."""

    protocol_version = "HTTP/1.1"
    wbufsize = 65536  # head and body leave together; unbuffered, Nagle costs 40 ms an answer
    timeout = 120
    server: DriverServer

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Keep the driver's own conversation out of the product's log."""

    def do_GET(self) -> None:
        """Answer a reading request."""
        self._route("GET")

    def do_PUT(self) -> None:
        """Answer a configuring request."""
        self._route("PUT")

    def do_POST(self) -> None:
        """Answer a request to act."""
        self._route("POST")

    def do_DELETE(self) -> None:
        """Answer a request to forget."""
        self._route("DELETE")

    def _route(self, method: str) -> None:
        try:
            body = self._body()
            call, names = _find(method, urlsplit(self.path).path)
            call(self, *names, *([body] if method in {"PUT", "POST"} else []))
        except Declined as declined:
            self._json(declined.status, {"reason": declined.reason})
        except ValidationError as wrong:
            self._json(HTTPStatus.UNPROCESSABLE_ENTITY, {"reason": _faults(wrong)})

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            raise Declined(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "body too large")
        return self.rfile.read(length)

    def introduce(self) -> None:
        """``GET /``."""
        product = self.server.office.product
        about = product.about
        introduction: JsonObject = {
            "contract": "1",
            "product": about.product,
            "version": about.version,
            "vendor": about.vendor,
            "role": about.role,
            "acts": sorted(product.acts),
        }
        self._json(HTTPStatus.OK, introduction)

    def configure(self, session: str, body: bytes) -> None:
        """``PUT /sessions/{session}``."""
        try:
            self.server.office.configure(session, Settings.model_validate_json(body))
        except ValidationError:
            raise
        except (ValueError, OSError) as wrong:  # an authority that is no certificate, say
            raise Declined(HTTPStatus.UNPROCESSABLE_ENTITY, "settings cannot be used") from wrong
        self._answer(HTTPStatus.NO_CONTENT, "text/plain", b"")

    def forget(self, session: str) -> None:
        """``DELETE /sessions/{session}``."""
        if not self.server.office.close(session):
            raise Declined(HTTPStatus.NOT_FOUND, "no such session")
        self._answer(HTTPStatus.NO_CONTENT, "text/plain", b"")

    def act(self, body: bytes) -> None:
        """``POST /acts``."""
        office = self.server.office
        wish = Wish.model_validate_json(body)
        if wish.session not in office.sessions:
            raise Declined(HTTPStatus.NOT_FOUND, "no such session")
        if wish.act not in office.product.acts:
            reason = f"{office.product.about.product} cannot do '{wish.act}'"
            raise Declined(HTTPStatus.NOT_IMPLEMENTED, reason)
        try:
            act = office.start(wish.session, wish.act, wish.parameters)
        except KeyError as gone:  # forgotten between the two lines
            raise Declined(HTTPStatus.NOT_FOUND, "no such session") from gone
        self._json(HTTPStatus.CREATED, {"id": act.id, "state": "running"})

    def hear(self, body: bytes) -> None:
        """``POST /backchannel-logout``: no part of the contract, but the product's own endpoint."""
        tokens = parse_qs(body.decode("latin-1")).get("logout_token", [])
        believed = len(tokens) == 1 and self.server.office.hear(tokens[0])
        self._answer(HTTPStatus.OK if believed else HTTPStatus.BAD_REQUEST, "text/plain", b"")

    def take(self, session: str, body: bytes) -> None:
        """``POST /patients/{session}``: no part of the contract, but the product's own endpoint."""
        reply = self.server.office.take(session, body)
        if reply is None:
            raise Declined(HTTPStatus.NOT_FOUND, "nobody listens here")
        self._answer(HTTPStatus(reply.status), reply.media_type, reply.content)

    def progress(self, act_id: str) -> None:
        """``GET /acts/{id}``, held until the act ends or ``wait`` seconds are over."""
        act = self.server.office.find(act_id)
        if act is None:
            raise Declined(HTTPStatus.NOT_FOUND, "no such act")
        try:
            wait = float(self._query("wait") or 0)
        except ValueError as wrong:
            raise Declined(HTTPStatus.UNPROCESSABLE_ENTITY, "wait is in seconds") from wrong
        act.ended.wait(max(0.0, min(wait, LONGEST_WAIT)))
        self._json(HTTPStatus.OK, act.as_json())

    def log(self) -> None:
        """``GET /log?session=…``."""
        session = self.server.office.sessions.get(self._query("session") or "")
        if session is None:
            raise Declined(HTTPStatus.NOT_FOUND, "no such session")
        text = session.logbook.text().encode()
        self._answer(HTTPStatus.OK, "text/plain; charset=utf-8", text)

    def _query(self, name: str) -> str | None:
        return parse_qs(urlsplit(self.path).query).get(name, [None])[0]

    def _json(self, status: HTTPStatus, value: JsonObject) -> None:
        body = json.dumps(value, ensure_ascii=False).encode()
        self._answer(status, "application/json", body)

    def _answer(self, status: HTTPStatus, media_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Cache-Control", "no-store")
        if status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


ROUTES: tuple[tuple[str, str, Callable[..., None]], ...] = (
    ("GET", "/", Conversation.introduce),
    ("PUT", "/sessions/([A-Za-z0-9._-]{1,100})", Conversation.configure),
    ("DELETE", "/sessions/([A-Za-z0-9._-]{1,100})", Conversation.forget),
    ("POST", "/acts", Conversation.act),
    ("POST", "/backchannel-logout", Conversation.hear),
    ("POST", "/patients/([A-Za-z0-9._-]{1,100})", Conversation.take),
    ("GET", "/acts/([A-Za-z0-9._-]{1,100})", Conversation.progress),
    ("GET", "/log", Conversation.log),
)


def _find(method: str, path: str) -> tuple[Callable[..., None], tuple[str, ...]]:
    """Return what answers a request, and the names in its path. Raises Declined."""
    here = [(m, call, hit) for m, rx, call in ROUTES if (hit := re.fullmatch(rx, path))]
    for known, call, hit in here:
        if known == method:
            return call, hit.groups()
    if here:
        raise Declined(HTTPStatus.METHOD_NOT_ALLOWED, "no such method here")
    raise Declined(HTTPStatus.NOT_FOUND, "no such path")


def _faults(wrong: ValidationError) -> str:
    """Name field and fault; never the value, which may be a password."""
    faults = wrong.errors(include_input=False, include_url=False, include_context=False)
    return "; ".join(f"{'.'.join(map(str, f['loc']))}: {f['msg']}" for f in faults)
