"""Real servers that answer wrongly in one way each, certificates, and subject files about them."""

import contextlib
import datetime as dt
import ipaddress
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from joserfc import jwt
from joserfc.jwk import ECKey

from test_suites.doctor.around import Surroundings
from test_suites.doctor.examine import Examination, examination
from test_suites.subjects.reader import Written, parse_declared

JSON, FHIR, HTML = "application/json", "application/fhir+json", "text/html"
DAY = dt.timedelta(days=1)
REALM = "/auth/realms/organization"
DISCOVERY = f"{REALM}/.well-known/openid-configuration"
TOKEN, AUTHORIZE, CERTS, METADATA, TASK = (
    f"{REALM}/token",
    f"{REALM}/auth",
    f"{REALM}/certs",
    "/fhir/metadata",
    "/fhir/Task",
)
KEY = ECKey.generate_key("P-256", auto_kid=True)
PERSON = "[[server.clients]]\npersona = 'dr-meyer'\nclient_id = 'app'\n"
PERSON += "username = 'somebody'\npassword_file = 'password'\n"
SYSTEM = "[[server.clients]]\npersona = 'labo-nord'\nclient_id = 'labo'\n"
SYSTEM += "private_jwk_file = 'key.json'\n"
QUIET = Surroundings(environ={})
FORM = b"<form method=post><input name=username><input name=password></form>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a server answers; `date` stands in for the true one."""

    status: int = 200
    body: object = ""
    media_type: str = JSON
    location: str = ""
    date: str | None = None
    via: str = ""

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return self.body.encode() if isinstance(self.body, str) else json.dumps(self.body).encode()


@dataclass(slots=True, kw_only=True)
class Server:
    """A server under test that does everything right, but for what `replies` put in its place."""

    base: str = ""
    replies: dict[str, Reply | Callable[[dict[str, str]], Reply]] = field(default_factory=dict)
    discovery: dict[str, object] = field(default_factory=dict)
    metadata: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def reply(self, path: str, given: dict[str, str]) -> Reply:
        self.asked.append(path)
        chosen = self.replies.get(path)
        if callable(chosen):
            return chosen(given)
        if chosen is not None:
            return chosen
        own = {
            DISCOVERY: lambda: Reply(body=self.described()),
            METADATA: lambda: Reply(body=statement() | self.metadata, media_type=FHIR),
            TOKEN: lambda: Reply(body=self.token(given)),
            AUTHORIZE: lambda: Reply(body=FORM, media_type=HTML),
            CERTS: lambda: Reply(body={"keys": [KEY.as_dict(private=False)]}),
            TASK: lambda: Reply(body={"resourceType": "Bundle"}, media_type=FHIR),
        }
        return own[path]() if path in own else Reply(status=404, body={})

    def described(self) -> dict[str, object]:
        issuer = self.base + REALM
        own = {
            "issuer": issuer,
            "authorization_endpoint": self.base + AUTHORIZE,
            "token_endpoint": self.base + TOKEN,
            "jwks_uri": self.base + CERTS,
        }
        return {name: value for name, value in (own | self.discovery).items() if value is not None}

    def token(self, given: dict[str, str]) -> dict[str, object]:
        scope = given.get("scope", "erx.read")
        claims = {"aud": self.base + "/fhir", "scope": scope, "sub": "x"}
        token = jwt.encode({"alg": "ES256"}, claims, KEY, algorithms=["ES256"])
        return {"access_token": token, "token_type": "Bearer", "expires_in": 300}


def statement() -> dict[str, object]:
    """A CapabilityStatement with every operation."""
    task = [{"name": name} for name in ("reserve", "release", "dispense", "cancel")]
    whole = [{"name": name} for name in ("submit-prescription", "retrieve-prescription")]
    resources = [{"type": "Task", "operation": task}]
    return {
        "resourceType": "CapabilityStatement",
        "fhirVersion": "4.0.1",
        "rest": [{"mode": "server", "operation": whole, "resource": resources}],
    }


class _Handler(BaseHTTPRequestHandler):
    server: "_Listening"

    def log_message(self, *_: object) -> None:
        """Be quiet."""

    def date_time_string(self, timestamp: float | None = None) -> str:
        return self.server.date or super().date_time_string(timestamp)

    def do_GET(self) -> None:
        """Answer whatever is asked."""
        length = int(self.headers.get("Content-Length") or 0)
        form = parse_qs(self.rfile.read(length).decode())
        parts = urlsplit(self.path)
        given = {name: values[0] for name, values in (parse_qs(parts.query) | form).items()}
        given["method"] = self.command
        reply = self.server.stand.reply(parts.path.removeprefix("/erx"), given)
        self.server.date = reply.date
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.media_type)
        self.send_header("Content-Length", str(len(reply.content())))
        if reply.via:
            self.send_header("Via", reply.via)
        if reply.location:
            self.send_header("Location", reply.location)
        self.end_headers()
        self.wfile.write(reply.content())

    def do_POST(self) -> None:
        """Answer as to a GET."""
        self.do_GET()


class _Listening(ThreadingHTTPServer):
    stand: Server
    date: str | None = None

    def handle_error(self, *_: object) -> None:
        """A client that breaks off is what some of these tests are about."""


@contextlib.contextmanager
def serving(stand: Server, context: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Serve on a free port, with TLS where a context is given."""
    listening = _Listening(("127.0.0.1", 0), _Handler)
    listening.daemon_threads = True
    listening.stand = stand
    port = listening.server_address[1]
    if context is not None:
        listening.socket = context.wrap_socket(
            listening.socket, server_side=True, do_handshake_on_connect=False
        )
    stand.base = f"{'https' if context else 'http'}://127.0.0.1:{port}/erx"
    thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield stand
    finally:
        listening.shutdown()
        thread.join()
        listening.server_close()


def hang_up(opened: socket.socket) -> None:
    """Take one byte and close."""
    opened.recv(1)


def hear(opened: socket.socket) -> None:
    """Take everything and say nothing."""
    while opened.recv(4096):
        pass


def saying(words: bytes) -> Callable[[socket.socket], None]:
    """Return what says these words to whoever has said something, or nothing."""

    def say(opened: socket.socket) -> None:
        opened.recv(4096)
        opened.sendall(words)

    return say


@contextlib.contextmanager
def raw(talk: Callable[[socket.socket], None]) -> Iterator[int]:
    """Listen, and do with each connection what `talk` does; yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def take() -> None:
            with contextlib.suppress(OSError):
                while True:
                    opened, _ = listening.accept()
                    with opened, contextlib.suppress(OSError):
                        opened.settimeout(10)
                        talk(opened)

        thread = threading.Thread(target=take, daemon=True)
        thread.start()
        yield int(listening.getsockname()[1])
        listening.shutdown(socket.SHUT_RDWR)
    thread.join(timeout=12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Issued:
    """A server's certificate with its key, and the authority that signed it, as PEM."""

    authority: str
    chain: str

    def context(self, folder: Path) -> ssl.SSLContext:
        """Return what a server needs."""
        file = folder / f"server-{id(self)}.pem"
        file.write_text(self.chain, "ascii")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(file)
        return context


def issue(
    *names: str,
    begins: dt.timedelta = -DAY,
    ends: dt.timedelta = 30 * DAY,
    purpose: x509.ObjectIdentifier = ExtendedKeyUsageOID.SERVER_AUTH,
) -> Issued:
    """Return a certificate for names (127.0.0.1 by default), signed by an authority of its own."""
    root_key, key = (ec.generate_private_key(ec.SECP256R1()) for _ in range(2))
    general = [_general(name) for name in names or ("127.0.0.1",)]
    usual = (-DAY * 60, DAY * 60)
    root = _signed("Tests", root_key, root_key, between=usual, names=None)
    between = (begins, ends)
    leaf = _signed("server", key, root_key, between=between, names=general, purpose=purpose)
    pem, plain = serialization.Encoding.PEM, serialization.NoEncryption()
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain)
    chain = (private + leaf.public_bytes(pem)).decode()
    return Issued(authority=root.public_bytes(pem).decode(), chain=chain)


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    *,
    between: tuple[dt.timedelta, dt.timedelta],
    names: list[x509.GeneralName] | None,
    purpose: x509.ObjectIdentifier | None = None,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tests")]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + between[0])
        .not_valid_after(now + between[1])
        .add_extension(x509.BasicConstraints(ca=names is None, path_length=None), critical=True)
    )
    if names is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(names), critical=False)
    if purpose is not None:
        builder = builder.add_extension(x509.ExtendedKeyUsage([purpose]), critical=False)
    return builder.sign(signer, hashes.SHA256())


def head(role: str, *, more: str = "") -> str:
    """The beginning of a subject file."""
    return (
        f"[product]\nvendor = 'V'\nname = 'N'\nversion = '1'\n[[roles]]\nactor = '{role}'\n{more}\n"
    )


def server_text(base_url: str, *tables: str, trust: str | None = None, more: str = "") -> str:
    """A server's subject file."""
    trusting = "" if trust is None else f"trust_pem = '{trust}'\n"
    return "\n".join(
        (head("service", more=more), f"[server]\nbase_url = '{base_url}'\n{trusting}", *tables)
    )


def examined(text: str, folder: Path, around: Surroundings = QUIET) -> Examination:
    """Examine a subject file as the command does; nothing of this machine's proxies counts."""
    return examination(
        parse_declared(text, file="subject.toml"),
        folder,
        written=Written(text=text, file="subject.toml"),
        surroundings=around,
    )


def causes(found: Examination) -> list[str]:
    """The causes found, but for hints about this machine."""
    machine = {"pango-missing"}
    return [one.cause.id for one in found.diagnoses if one.cause.id not in machine]
