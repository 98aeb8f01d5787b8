"""A relying party with a browser of its own, against the provider over real HTTPS."""

import base64
import hashlib
import json
import re
import ssl
import time
from collections.abc import Mapping
from html import unescape
from typing import Any
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from reference_server.app.sandbox import public_key
from reference_server.kernel.access import Role
from reference_server.population import token_secret
from reference_server.services.trust.model import Account, Client, Logout
from reference_server.services.trust.operations import open_account, register_client
from reference_server.services.trust.operations.client_authentication import ASSERTION_TYPE
from reference_server.services.trust.operations.one_time_code import STEP_SECONDS, code_at
from reference_server.services.trust.operations.passwords import hash_password
from reference_server.world import World
from tests.reference_server.standing import CALLBACK, Browser, back_at_client, transaction_of

SCOPES = frozenset(
    {"openid", "profile", "email", "address", "phone", "offline_access", "fhirUser"}
    | {"erx.prescribe", "erx.read", "user/*.rs"}
)
BYE = "https://rp.example/bye"
BYE_WITH_QUERY = "https://rp.example/bye?from=equalis"
SECOND_CALLBACK = "https://rp.example/callback?tenant=1"
PERSON = "9100000017"
COMPLETE = "9177000001"
"""A person with telephone and address, too."""
PASSWORD = "a-test-password"


def rp_client(client_id: str, **changed: Any) -> Client:  # noqa: ANN401 - any field of Client
    """Return a registration that may do all that a person's software may."""
    facts: dict[str, Any] = {
        "client_id": client_id,
        "name": "Relying party",
        "scopes": SCOPES,
        "redirect_uris": ("http://127.0.0.1/callback", SECOND_CALLBACK),
        "logout": Logout(redirect_uris=(BYE, BYE_WITH_QUERY)),
        "refreshes": True,
        "exchanges": True,
        **changed,
    }
    return Client(**facts)


class Rp(Browser):
    """Signs people in through one client; `key` is the client's, where it is confidential."""

    def __init__(
        self, world: World, trust: ssl.SSLContext, client_id: str, *, key: ECKey | None = None
    ) -> None:
        super().__init__(world, trust)
        self.client_id = client_id
        self.key = key

    def request(self, **changed: str | None) -> dict[str, str]:
        return super().request(**{"client_id": self.client_id, "scope": "openid", **changed})

    def login(self, page: httpx.Response, *, username: str = PERSON) -> httpx.Response:
        password = PASSWORD if username == COMPLETE else None
        return self.sign_in(page, username=username, password=password)

    def show_token(
        self, page: httpx.Response, *, username: str = PERSON, off: int = 0
    ) -> httpx.Response:
        """Type what the person's test token shows, some steps before or after now."""
        code = code_at(token_secret(username), int(time.time()) // STEP_SECONDS + off)
        form = {"transaction": transaction_of(page), "code": code}
        return self.http.post(f"{self.issuer}/login/token", data=form)

    def decide(self, page: httpx.Response, decision: str) -> httpx.Response:
        form = {"transaction": transaction_of(page), "decision": decision}
        return self.http.post(f"{self.issuer}/login/consent", data=form)

    def back(self, *, username: str = PERSON, **changed: str | None) -> Mapping[str, str]:
        """Return what the browser brings back, with signing in where that is asked for."""
        answer = self.ask(**changed)
        if answer.status_code == 200 and 'name="username"' in answer.text:
            answer = self.login(answer, username=username)
        assert answer.status_code == 303, answer.text
        return back_at_client(answer)

    def identification(self) -> dict[str, str]:
        """Return how the client says who it is."""
        if self.key is None:
            return {"client_id": self.client_id}
        now = int(time.time())
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.issuer,
            "iat": now,
            "exp": now + 60,
            "jti": str(uuid4()),
        }
        header = {"alg": "ES256", "kid": self.key.kid or ""}
        return {
            "client_assertion_type": ASSERTION_TYPE,
            "client_assertion": jwt.encode(header, claims, self.key),
        }

    def post(
        self, endpoint: str, /, *, headers: Mapping[str, str] | None = None, **form: str | None
    ) -> httpx.Response:
        """Post a form as the client; a field that is None is left out."""
        sent = {**self.identification(), **form}
        given = {name: value for name, value in sent.items() if value is not None}
        return self.http.post(self.endpoint(endpoint), data=given, headers=headers)

    def redeem_code(
        self, code: str, /, *, headers: Mapping[str, str] | None = None, **changed: str | None
    ) -> httpx.Response:
        good: dict[str, Any] = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": CALLBACK,
            "code_verifier": self.verifier,
        }
        form: dict[str, Any] = {**good}
        form.update(changed)
        return self.post("token", headers=headers, **form)

    def tokens(self, *, username: str = PERSON, **changed: str | None) -> dict[str, Any]:
        """Sign in and return what the token endpoint answers."""
        answer = self.redeem_code(self.back(username=username, **changed)["code"])
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def refresh(
        self, token: str, *, headers: Mapping[str, str] | None = None, **changed: str | None
    ) -> httpx.Response:
        form: dict[str, Any] = {"grant_type": "refresh_token", "refresh_token": token, **changed}
        return self.post("token", headers=headers, **form)

    def claims(self, token: str, *, algorithms: tuple[str, ...] = ("ES256",)) -> dict[str, Any]:
        """Return the claims of a token that the published keys verify."""
        keys = KeySet.import_key_set(self.http.get(self.endpoint("certs")).json())
        return dict(jwt.decode(token, keys, algorithms=list(algorithms)).claims)

    def sign_out(self, **params: str) -> httpx.Response:
        return self.http.get(self.endpoint("logout"), params=params)

    def is_signed_in(self) -> bool:
        return "code" in self.back_silently()

    def back_silently(self, **changed: str | None) -> Mapping[str, str]:
        answer = self.ask(**{"prompt": "none", **changed})
        assert answer.status_code == 303, answer.text
        return back_at_client(answer)


def new_rp(world: World, trust: ssl.SSLContext, client: Client | None = None) -> Rp:
    """Register a relying party and return it."""
    registered = client or rp_client("rp")
    register_client(world, registered)
    return Rp(world, trust, registered.client_id)


def confidential_rp(
    world: World,
    trust: ssl.SSLContext,
    client_id: str = "rp-server",
    **changed: Any,  # noqa: ANN401 - any field of Client
) -> Rp:
    """Register a relying party that authenticates by private_key_jwt, and return it."""
    key = ECKey.generate_key("P-256", auto_kid=True)
    register_client(world, rp_client(client_id, keys=(public_key(key),), **changed))
    return Rp(world, trust, client_id, key=key)


def open_complete_account(world: World) -> None:
    """Let a person with everything that can be told about one sign in."""
    account = Account(
        username=COMPLETE,
        family="Wagner",
        given="Élise",
        profession="PS-001",
        role=Role.PRESCRIBER,
        organization="90100112",
        email="elise.wagner@professionals.example",
        phone_number="+352 000000",
        address="1, rue de la Gare, L-0000 Exemple",
    )
    open_account(world, account, password_hash=hash_password(PASSWORD, salt=b"0" * 16))


def form_of(page: httpx.Response) -> tuple[str, dict[str, str]]:
    """Return where a page's form goes, and its hidden fields."""
    action = re.search(r'<form method="post" action="([^"]+)"', page.text)
    assert action is not None, page.text
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page.text)
    return unescape(action[1]), {name: unescape(value) for name, value in fields}


def altered(token: str, **claims: object) -> str:
    """Return a signed token with other claims under the same signature."""
    head, body, signature = token.split(".")
    told = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    changed = json.dumps({**told, **claims}).encode()
    return f"{head}.{base64.urlsafe_b64encode(changed).rstrip(b'=').decode()}.{signature}"


def half_hash(value: str) -> str:
    digest = hashlib.sha256(value.encode()).digest()[:16]
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
