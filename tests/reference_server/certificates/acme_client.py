"""A small ACME client that can also do everything wrong, and a host that answers challenges."""

import base64
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc import jws
from joserfc.jwk import ECKey, RSAKey
from joserfc.jws import JWSRegistry

from reference_server.services.certificates.operations.acme.accounts import new_binding
from reference_server.world import World

JOSE = {"Content-Type": "application/jose+json"}
LABORATORY = "30000017"


def encode(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


def bound(world: World, organization: str = LABORATORY) -> tuple[str, str]:
    """Return a key that the office gave out for an account."""
    with world.store.write() as tx:
        return new_binding(world, tx, organization)


@dataclass(slots=True)
class Account:
    """An account of a World's ACME server; `changed` arguments overwrite what would be right."""

    world: World
    http: httpx.Client
    key: ECKey | RSAKey = field(default_factory=lambda: ECKey.generate_key("P-256"))
    kid: str | None = None

    @property
    def url(self) -> str:
        return f"{self.world.base_url}/acme"

    def nonce(self) -> str:
        return self.http.head(f"{self.url}/new-nonce").headers["replay-nonce"]

    def public(self) -> dict[str, Any]:
        return dict(self.key.as_dict(private=False))

    def protected(self, url: str, /, **changed: object) -> dict[str, object]:
        algorithm = "ES256" if isinstance(self.key, ECKey) else "RS256"
        header: dict[str, object] = {"alg": algorithm, "nonce": self.nonce(), "url": url}
        header |= {"jwk": self.public()} if self.kid is None else {"kid": self.kid}
        return {name: value for name, value in (header | changed).items() if value is not None}

    def signed(self, header: dict[str, object], payload: object) -> dict[str, str]:
        raw = b"" if payload is None else json.dumps(payload).encode()
        registry = JWSRegistry(algorithms=["ES256", "RS256"], strict_check_header=False)
        return dict(
            jws.serialize_json({"protected": header}, raw, self.key, registry=registry)  # type: ignore[arg-type]  # typed for headers it knows
        )

    def post(self, url: str, payload: object = None, /, **changed: object) -> httpx.Response:
        """Send a signed request; without a payload POST-as-GET."""
        body = self.signed(self.protected(url, **changed), payload)
        return self.http.post(url, content=json.dumps(body), headers=JOSE)

    def binding(self, kid: str, key: str, **changed: object) -> dict[str, str]:
        header = {"alg": "HS256", "kid": kid, "url": f"{self.url}/new-account"} | changed
        protected = encode(json.dumps(header).encode())
        payload = encode(json.dumps(self.public()).encode())
        raw = base64.urlsafe_b64decode(key + "=" * (-len(key) % 4))
        digest = hmac.new(raw, f"{protected}.{payload}".encode(), hashlib.sha256).digest()
        return {"protected": protected, "payload": payload, "signature": encode(digest)}

    def open(self, **payload: object) -> httpx.Response:
        """Open the account with a key of the office."""
        kid, key = bound(self.world)
        wish = {"externalAccountBinding": self.binding(kid, key)} | payload
        answer = self.post(f"{self.url}/new-account", wish)
        if answer.status_code in {200, 201}:
            self.kid = answer.headers["location"]
        return answer

    def order(self, *names: str) -> httpx.Response:
        wish = {"identifiers": [{"type": "dns", "value": name} for name in names]}
        return self.post(f"{self.url}/new-order", wish)

    def answer_of(self, token: str) -> str:
        return f"{token}.{self.key.thumbprint()}"

    def proven(self, house: "House", *names: str) -> httpx.Response:
        """Order for names and prove each; returns the order as it is then."""
        made = self.order(*names)
        assert made.status_code == 201, made.text
        for url in made.json()["authorizations"]:
            (challenge,) = self.post(url).json()["challenges"]
            house.answers[challenge["token"]] = self.answer_of(challenge["token"])
            assert self.post(challenge["url"], {}).json()["status"] == "valid"
        return self.post(made.headers["location"])

    def finalized(self, order: httpx.Response, request: bytes) -> httpx.Response:
        return self.post(order.json()["finalize"], {"csr": encode(request)})


def csr(*names: str, key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None) -> bytes:
    """Return a signing request for host names."""
    alternative = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    draft = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    draft = draft.add_extension(alternative, critical=False)
    own = key or ec.generate_private_key(ec.SECP256R1())
    return draft.sign(own, hashes.SHA256()).public_bytes(Encoding.DER)


@dataclass(slots=True)
class House:
    """A host that answers challenges on its own port; `seen` are the hosts it was asked for."""

    port: int = 0
    answers: dict[str, str] = field(default_factory=dict)
    seen: list[str] = field(default_factory=list)
    redirect: str | None = None


@contextmanager
def house() -> Iterator[House]:
    """Serve challenges on loopback until the block ends."""
    open_house = House()

    class Answers(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            open_house.seen.append(self.headers["Host"])
            told = open_house.answers.get(self.path.rpartition("/")[2])
            if open_house.redirect is not None:
                self.send_response(302)
                self.send_header("Location", open_house.redirect)
                self.end_headers()
                return
            self.send_response(404 if told is None else 200)
            self.end_headers()
            self.wfile.write((told or "").encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    open_house.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield open_house
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
