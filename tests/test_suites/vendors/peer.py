"""A throw-away national service on a real TLS socket: the outside world of the vendor programs.

It answers as the wire contract says, remembers what came, and can be told to go wrong.
"""

import base64
import json
import socket
import threading
import time
import uuid
from collections import defaultdict, deque
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from tests.test_suites.vendors.sheet import stamped_sheet
from tests.test_suites.vendors.tls import Authority, make_authority

Json = dict[str, Any]
Connection = socket.socket | tuple[bytes, socket.socket]
CANONICAL = "https://www.esante.lu/fhir-spec"
STATUS = {
    "active": "ready",
    "in-progress": "in-progress",
    "partially-dispensed": "ready",
    "completed": "completed",
    "cancelled": "cancelled",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """How one answer goes wrong: a busy status, or what happens to the connection or body."""

    kind: str  # status, reset, truncate, malformed, html, expired
    status: int = 503
    retry_after: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it came."""

    at: float
    operation: str
    method: str
    target: str
    headers: dict[str, str]
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(urlsplit(self.target).query).items()}

    @property
    def form(self) -> dict[str, str]:
        return {name: values[0] for name, values in parse_qs(self.body.decode()).items()}

    @property
    def json(self) -> Json:
        value: Json = json.loads(self.body)
        return value


@dataclass(slots=True, kw_only=True)
class Rx:
    """A prescription at the peer."""

    number: str
    bundle: Json
    code: str
    document: str
    task_id: str = field(default_factory=lambda: uuid.uuid4().hex)
    state: str = "active"
    left: dict[str, int] = field(default_factory=dict)

    def task(self) -> Json:
        system = f"{CANONICAL}/NamingSystem/prescription-number"
        status_system = f"{CANONICAL}/CodeSystem/erx-business-status"
        return {
            "resourceType": "Task",
            "id": self.task_id,
            "identifier": [{"system": system, "value": self.number}],
            "status": STATUS[self.state],
            "businessStatus": {"coding": [{"system": status_system, "code": self.state}]},
            "intent": "order",
        }


class Told(Exception):
    """The peer says no."""

    def __init__(self, status: int, *codes: str) -> None:
        super().__init__(status)
        self.status = status
        self.codes = codes


@dataclass(slots=True)
class Peer:
    """Owns what the service knows, what came, and what is to go wrong next."""

    base: str = ""
    authority: Authority = field(default_factory=make_authority)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "peer"}))
    seen: list[Seen] = field(default_factory=list)
    faults: dict[str, deque[Fault]] = field(default_factory=lambda: defaultdict(deque))
    prescriptions: dict[str, Rx] = field(default_factory=dict)
    answers: dict[str, Json] = field(default_factory=dict)
    logins: dict[str, dict[str, str]] = field(default_factory=dict)
    positions: Iterator[int] = field(default_factory=count)  # several sessions at once
    ko: tuple[str, ...] = ()
    nonce_answered: str | None = None

    @property
    def issuer(self) -> str:
        return f"{self.base}/auth/realms/organization"

    @property
    def fhir(self) -> str:
        return f"{self.base}/fhir"

    def of(self, operation: str) -> list[Seen]:
        return [seen for seen in self.seen if seen.operation == operation]

    def only(self) -> Rx:
        (prescription,) = self.prescriptions.values()
        return prescription

    # what each operation answers -------------------------------------------------------

    def discovery(self, _: Seen) -> Json:
        connect = f"{self.issuer}/protocol/openid-connect"
        return {
            "issuer": self.issuer,
            "authorization_endpoint": f"{connect}/auth",
            "token_endpoint": f"{connect}/token",
            "jwks_uri": f"{connect}/certs",
        }

    def jwks(self, _: Seen) -> Json:
        return dict(KeySet([self.key]).as_dict(private=False))

    def login(self, seen: Seen) -> str:
        """Return where the browser goes after the form."""
        asked = self.logins.pop(seen.form["transaction"])
        code = uuid.uuid4().hex
        self.logins[code] = asked
        back = {"code": code, "iss": self.issuer}
        if "state" in asked:
            back["state"] = asked["state"]
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def token(self, seen: Seen) -> Json:
        form, now = seen.form, int(time.time())
        claims = {"iss": self.issuer, "sub": form["client_id"], "iat": now, "exp": now + 300}
        access = {**claims, "aud": form["resource"], "jti": uuid.uuid4().hex}
        answer: Json = {
            "access_token": jwt.encode({"alg": "ES256", "typ": "at+jwt"}, access, self.key),
            "token_type": "Bearer",
            "expires_in": 300,
        }
        if form["grant_type"] == "authorization_code":
            asked = self.logins.pop(form["code"])
            digest = sha256(form["code_verifier"].encode()).digest()
            challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
            if asked.get("code_challenge") != challenge:
                raise Told(400, "invalid_grant")
            nonce = self.nonce_answered or asked.get("nonce")
            identity = {**claims, "aud": form["client_id"]} | ({"nonce": nonce} if nonce else {})
            answer["id_token"] = jwt.encode({"alg": "ES256", "kid": "peer"}, identity, self.key)
        return answer

    def submit(self, seen: Seen) -> Json:
        if self.ko:
            raise Told(422, *self.ko)
        bundle = seen.json
        identifier = bundle["identifier"]["value"]
        if identifier not in self.answers:
            rx = _new_prescription(bundle, next(self.positions))
            self.prescriptions[rx.number] = rx
            number = {"value": rx.number}
            binary = {"resourceType": "Binary", "contentType": "application/pdf"}
            self.answers[identifier] = _parameters(
                {"name": "task", "resource": rx.task()},
                {"name": "prescription-number", "valueIdentifier": number},
                {"name": "document", "resource": {**binary, "data": rx.document}},
            )
        return self.answers[identifier]

    def retrieve(self, seen: Seen) -> Json:
        asked = {p["name"]: p.get("valueString") for p in seen.json["parameter"]}
        for rx in self.prescriptions.values():
            if rx.code == asked.get("code") or rx.number == asked.get("number"):
                if "number" in asked and "birth-date" not in asked:
                    raise Told(400, "parameter-missing")
                return _parameters(
                    {"name": "task", "resource": rx.task()},
                    {"name": "prescription", "resource": rx.bundle},
                )
        raise Told(404, "prescription-not-found")

    def reserve(self, seen: Seen) -> Json:
        return self._move(seen, {"active", "partially-dispensed", "in-progress"}, "in-progress")

    def release(self, seen: Seen) -> Json:
        return self._move(seen, {"in-progress"}, "active")

    def cancel(self, seen: Seen) -> Json:
        if not seen.json.get("parameter"):
            raise Told(400, "parameter-missing")
        return self._move(seen, {"active"}, "cancelled")

    def dispense(self, seen: Seen) -> Json:
        rx = self._rx(seen)
        named = [p for p in seen.json.get("parameter", ()) if p["name"] == "dispensation"]
        if not named:
            raise Told(400, "parameter-missing")
        key = named[0]["valueIdentifier"]["value"]
        if key in self.answers:
            return self.answers[key]
        if rx.state not in {"active", "partially-dispensed", "in-progress"}:
            raise Told(409, "already-dispensed")
        parts = [p["part"] for p in seen.json.get("parameter", ()) if p["name"] == "line"]
        asked = {p[0]["valueIdentifier"]["value"]: p[1]["valuePositiveInt"] for p in parts}
        for line, done in (asked or dict(rx.left)).items():
            rx.left[line] -= done
        rx.state = "partially-dispensed" if sum(rx.left.values()) else "completed"
        self.answers[key] = _parameters({"name": "task", "resource": rx.task()})
        return self.answers[key]

    def search(self, seen: Seen) -> Json:
        number = seen.query["identifier"].partition("|")[2]
        found = self.prescriptions.get(number)
        entry = {"entry": [{"resource": found.task()}]} if found else {}
        return {"resourceType": "Bundle", "type": "searchset", **entry}

    def _rx(self, seen: Seen) -> Rx:
        task_id = urlsplit(seen.target).path.split("/")[-2]
        return next(rx for rx in self.prescriptions.values() if rx.task_id == task_id)

    def _move(self, seen: Seen, before: set[str], after: str) -> Json:
        rx = self._rx(seen)
        if rx.state not in before:
            raise Told(409, "already-dispensed")
        rx.state = after
        return _parameters({"name": "task", "resource": rx.task()})


def _new_prescription(bundle: Json, position: int) -> Rx:
    requests = [
        entry["resource"]
        for entry in bundle["entry"]
        if entry["resource"]["resourceType"] == "ServiceRequest"
    ]
    number = f"B-0000{position}-00000-A"
    code = f"ERX1:B0000{position}00000A:{'A' * 31}{position}"
    return Rx(
        number=number,
        bundle=bundle,
        code=code,
        document=base64.b64encode(stamped_sheet(code, number)).decode(),
        left={
            r["identifier"][0]["value"]: r.get("occurrenceTiming", {"repeat": {"count": 1}})[
                "repeat"
            ]["count"]
            for r in requests
        },
    )


def _parameters(*parts: Json) -> Json:
    return {"resourceType": "Parameters", "parameter": list(parts)}


def operation_of(method: str, target: str) -> str:
    path = urlsplit(target).path
    last = path.rsplit("/", 1)[-1]
    names = {
        "openid-configuration": "discovery",
        "certs": "jwks",
        "auth": "authorize",
        "$submit-prescription": "submit",
        "$retrieve-prescription": "retrieve",
        "Task": "search",
    }
    return names.get(last, last.removeprefix("$")) if method in {"GET", "POST"} else "other"


class Handler(BaseHTTPRequestHandler):
    """One connection at the peer."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 20
    timeout = 30
    server: "PeerServer"

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""

    def do_GET(self) -> None:
        self._converse("GET")

    def do_POST(self) -> None:
        self._converse("POST")

    def _converse(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        seen = Seen(
            at=time.monotonic(),
            operation=operation_of(method, self.path),
            method=method,
            target=self.path,
            headers={name.lower(): value for name, value in self.headers.items()},
            body=body,
        )
        peer = self.server.peer
        peer.seen.append(seen)
        waiting = peer.faults[seen.operation]
        fault = waiting.popleft() if waiting else None
        if fault is None:
            self._answer(seen)
        else:
            self._go_wrong(seen, fault)

    def _go_wrong(self, seen: Seen, fault: Fault) -> None:
        match fault.kind:
            case "status":
                extra = {"Retry-After": fault.retry_after} if fault.retry_after else {}
                self._send(fault.status, "text/plain", b"busy", extra)
            case "expired":
                self._outcome(401, ("token-expired",))
            case "reset":
                with suppress(Told):
                    getattr(self.server.peer, seen.operation)(seen)  # processed, answer lost
                self._hang_up()
            case "truncate":
                self.send_response(200)
                self.send_header("Content-Type", "application/fhir+json")
                self.send_header("Content-Length", "5000")
                self.end_headers()
                self.wfile.write(b'{"resourceType":"Parameters","par')
                self.wfile.flush()
                self._hang_up()
            case "malformed":
                self._send(200, "application/fhir+json", b'{"resourceType":"Parameters","par')
            case "html":
                self._send(200, "text/html", b"<html>maintenance</html>")

    def _hang_up(self) -> None:
        self.close_connection = True
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)

    def _answer(self, seen: Seen) -> None:
        peer = self.server.peer
        if seen.operation == "authorize":
            self._authorize(seen)
            return
        try:
            value = getattr(peer, seen.operation)(seen)
        except Told as told:
            self._outcome(told.status, told.codes)
            return
        if isinstance(value, str):
            self._send(303, "text/html", b"", {"Location": value})
            return
        oidc = seen.operation in {"discovery", "jwks", "token"}
        media_type = "application/json" if oidc else "application/fhir+json; charset=utf-8"
        self._send(200, media_type, json.dumps(value).encode())

    def _authorize(self, seen: Seen) -> None:
        if seen.query.get("code_challenge_method") != "S256":
            self._send(400, "text/html", b"<p>S256</p>")
            return
        transaction = uuid.uuid4().hex
        self.server.peer.logins[transaction] = seen.query
        page = (
            f'<form method="post" action="{self.server.peer.issuer}/login">'
            f'<input type="hidden" name="transaction" value="{transaction}">'
            '<input name="username"><input type="password" name="password"></form>'
        )
        self._send(200, "text/html", page.encode())

    def _outcome(self, status: int, codes: tuple[str, ...]) -> None:
        issues = [
            {
                "severity": "error",
                "code": "invalid",
                "details": {"coding": [{"code": code}], "text": f"Refus {code}"},
            }
            for code in codes
        ]
        outcome = {"resourceType": "OperationOutcome", "issue": issues}
        self._send(status, "application/fhir+json", json.dumps(outcome).encode())

    def _send(
        self, status: int, media_type: str, body: bytes, extra: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {
            "Content-Type": media_type,
            "Content-Length": str(len(body)),
            **(extra or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class PeerServer(ThreadingHTTPServer):
    """The peer's socket; the handshake is made in the connection's own thread."""

    daemon_threads = True
    block_on_close = False

    def __init__(self, peer: Peer) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.peer = peer
        self._tls = peer.authority.context()
        peer.base = f"https://127.0.0.1:{self.server_address[1]}/tests"

    def finish_request(self, request: Connection, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        with suppress(OSError), self._tls.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: Connection, client_address: object) -> None:
        """A client that leaves is no news."""


@contextmanager
def running_peer() -> Iterator[Peer]:
    """Serve a peer as long as the block runs."""
    peer = Peer()
    with PeerServer(peer) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
        thread.start()
        try:
            yield peer
        finally:
            server.shutdown()
            thread.join()
