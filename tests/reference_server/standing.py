"""A reference server on a real TLS socket in a thread, and people and systems that speak to it."""

import asyncio
import base64
import hashlib
import re
import secrets
import ssl
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.types import Receive, Scope, Send

from reference_server.app import WorldRegistry, build_app
from reference_server.app.asgi import App
from reference_server.app.sandbox import public_key
from reference_server.app.serving import Listener, bind, running
from reference_server.app.wiring import SERVICES
from reference_server.kernel.dispatch import Limits
from reference_server.kernel.service import Service
from reference_server.kernel.store import Database
from reference_server.population import load, seed
from reference_server.ports import AUDIT, StoredEntry
from reference_server.services.trust.operations.client_authentication import ASSERTION_TYPE
from reference_server.world import Settings, World
from reference_server.world.authority import ClientTrust, server_identity

PEOPLE = load()
CALLBACK = "http://127.0.0.1:5511/callback"
_START_SECONDS = 60


@dataclass(slots=True)
class Standing:
    """A running server: its Worlds, its address and the authority to trust."""

    registry: WorldRegistry
    authority: Path
    kept_in: Database = None
    keys: dict[str, ECKey] = field(default_factory=dict)

    @property
    def origin(self) -> str:
        return self.registry.origin

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=self.authority)

    def open(self, settings: Settings | None = None) -> World:
        """Open a World of its own, with a key for every system."""
        systems = [name for name, client in PEOPLE.clients.items() if client.organization]
        for name in systems:
            self.keys.setdefault(name, ECKey.generate_key("P-256", auto_kid=True))
        registered = {name: public_key(self.keys[name]) for name in systems}
        fill = partial(seed, keys=registered)
        name = f"s-{uuid4().hex[:8]}"
        # Beside a database elsewhere stands no key file unless it is named.
        keys = None if self.kept_in is None else self.authority.parent / f"{name}.key"
        return self.registry.open(
            name, database=self.kept_in, settings=settings, seed=fill, keys=keys
        )


@contextmanager
def standing_server(
    folder: Path,
    *,
    limits: Limits | None = None,
    clients: ClientTrust | None = None,
    services: tuple[Service[World], ...] = SERVICES,
    kept_in: Database = None,
) -> Iterator[Standing]:
    """Serve in a thread until the block ends."""
    identity = server_identity(folder, now=datetime.now(UTC))
    with bind("127.0.0.1", 0) as bound:
        listener = Listener(bound=bound, identity=identity, clients=clients)
        registry = WorldRegistry(origin=listener.origin, services=services)
        started, over = threading.Event(), threading.Event()
        app = build_app(registry, limits=limits)
        thread = threading.Thread(target=lambda: asyncio.run(_serve(app, listener, started, over)))
        thread.start()
        try:
            assert started.wait(_START_SECONDS)
            yield Standing(registry=registry, authority=identity.authority, kept_in=kept_in)
        finally:
            over.set()
            thread.join(_START_SECONDS)
            registry.close_all()


async def _serve(
    app: App, listener: Listener, started: threading.Event, over: threading.Event
) -> None:
    async with running(_passing(app), listener):
        started.set()
        await asyncio.to_thread(over.wait)


def _passing(app: App) -> App:
    """Wrap the app as the lab does with its own outermost middleware."""

    async def outermost(scope: Scope, receive: Receive, send: Send) -> None:
        await app(scope, receive, send)

    return outermost


class Browser:
    """A person's browser and the software that sent it: signs in by code and PKCE."""

    def __init__(self, world: World, trust: ssl.SSLContext) -> None:
        self.world = world
        self.issuer = f"{world.base_url}/auth/realms/organization"
        self.http = httpx.Client(verify=trust, timeout=60)
        self.verifier = secrets.token_urlsafe(48)

    def request(self, **changed: str | None) -> dict[str, str]:
        """Return a good authorisation request; a parameter changed to None is left out."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        good = {
            "response_type": "code",
            "client_id": "prescriber-app",
            "redirect_uri": CALLBACK,
            "scope": "openid erx.prescribe erx.read",
            "state": "a-state",
            "nonce": "a-nonce",
            "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
            "code_challenge_method": "S256",
        }
        return {name: value for name, value in {**good, **changed}.items() if value is not None}

    def endpoint(self, name: str) -> str:
        return f"{self.issuer}/protocol/openid-connect/{name}"

    def ask(self, **changed: str | None) -> httpx.Response:
        return self.http.get(self.endpoint("auth"), params=self.request(**changed))

    def sign_in(
        self, page: httpx.Response, *, username: str = "9100000017", password: str | None = None
    ) -> httpx.Response:
        form = {
            "transaction": transaction_of(page),
            "username": username,
            "password": password or f"test-{username}",
        }
        return self.http.post(f"{self.issuer}/login", data=form)

    def code(self, **changed: str | None) -> str:
        """Sign in anew and return the code; a session of the browser would be answered silently."""
        self.http.cookies.clear()
        back = self.sign_in(self.ask(**changed))
        assert back.status_code == 303, back.text
        return back_at_client(back)["code"]

    def redeem(self, code: str, /, **changed: str | None) -> httpx.Response:
        good = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "client_id": "prescriber-app",
            "code_verifier": self.verifier,
        }
        form = {name: value for name, value in {**good, **changed}.items() if value is not None}
        return self.http.post(self.endpoint("token"), data=form)

    def userinfo(self, token: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.http.get(self.endpoint("userinfo"), headers=headers)


def transaction_of(page: httpx.Response) -> str:
    found = re.search(r'name="transaction" value="([^"]+)"', page.text)
    assert found is not None, page.text
    return found[1]


def back_at_client(answer: httpx.Response) -> Mapping[str, str]:
    """Return what the browser brings back to the client."""
    return httpx.URL(answer.headers["location"]).params


class System:
    """A laboratory's software: authenticates by private_key_jwt."""

    def __init__(self, world: World, trust: ssl.SSLContext, key: ECKey) -> None:
        self.issuer = f"{world.base_url}/auth/realms/organization"
        self.token_endpoint = f"{self.issuer}/protocol/openid-connect/token"
        self.fhir = world.fhir_base
        self.http = httpx.Client(verify=trust, timeout=60)
        self.key = key

    def assertion(self, **changed: object) -> str:
        """Return a good assertion; a claim changed to None is left out."""
        now = int(time.time())
        good = {
            "iss": "labo-nord-app",
            "sub": "labo-nord-app",
            "aud": self.issuer,
            "iat": now,
            "exp": now + 60,
            "jti": str(uuid4()),
        }
        claims = {name: value for name, value in {**good, **changed}.items() if value is not None}
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key)

    def ask(self, assertion: str | None = None, **changed: str | None) -> httpx.Response:
        good = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": assertion or self.assertion(),
        }
        form = {name: value for name, value in {**good, **changed}.items() if value is not None}
        return self.http.post(self.token_endpoint, data=form)

    def token(self, **changed: str | None) -> str:
        answer = self.ask(**changed)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def search(self, token: str | None) -> httpx.Response:
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        return self.http.get(f"{self.fhir}/Task", headers=headers)


def trail_of(world: World) -> tuple[StoredEntry, ...]:
    with world.store.read() as tx:
        return tuple(world.port(AUDIT).entries(tx))


def refusal_codes(answer: httpx.Response) -> list[str]:
    """Return our own code of every issue of an OperationOutcome."""
    content = answer.json()
    assert content["resourceType"] == "OperationOutcome"
    return [issue["details"]["coding"][0]["code"] for issue in content["issue"]]
