"""Vendors sign in at the reference's identity provider, and a hostile one convinces nobody."""

import base64
import datetime as dt
import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from reports.cli.front import main
from reports.portal.desk import Desk
from reports.portal.office.provider import ProviderSettings
from tests.reference_server.standing import Browser, Standing, standing_server
from tests.reports.portal.visitors import Visitor, listening, portal

REVIEWERS = "90400338"  # the organisation of auditor-hengen
AUDITOR, OFFICER = "9100000066", "9100000058"
Open = tuple[Desk, Callable[[], Visitor]]


def real_now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    with standing_server(tmp_path_factory.mktemp("tls")) as standing:
        yield standing


@pytest.fixture
def provider(server: Standing) -> Iterator[Browser]:
    """A World's identity provider, as a browser of a person sees it."""
    world = server.open()
    person = Browser(world, server.trust())
    yield person
    person.http.close()
    server.registry.close(world.name)


@pytest.fixture
def opened(server: Standing, provider: Browser) -> Iterator[Open]:
    settings = ProviderSettings(
        issuer=provider.issuer,
        authority=server.authority,
        reviewers=frozenset({REVIEWERS}),
    )
    with portal(clock=real_now, provider=settings) as given:
        yield given


def sent_to(person: Visitor) -> str:
    """Follow the link of the door, and return where the portal sends the browser."""
    person.open("/vendor")
    assert 'type="file"' not in person.seen.text
    answer = person.client.get("/vendor/sign-in")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


def came_back(person: Visitor, provider: Browser, username: str) -> str:
    """Sign in at the provider and return the path by which it sends the browser back."""
    provider.http.cookies.clear()
    back = provider.sign_in(provider.http.get(sent_to(person)), username=username)
    assert back.status_code == 303, back.text
    parts = urlsplit(back.headers["location"])
    return f"{parts.path}?{parts.query}"


def test_the_request_has_code_pkce_state_and_nonce_and_they_differ_each_time(opened: Open) -> None:
    person = opened[1]()
    asked = [parse_qs(urlsplit(sent_to(person)).query) for _ in range(2)]
    for one in asked:
        assert one["response_type"] == ["code"]
        assert one["code_challenge_method"] == ["S256"]
        assert one["redirect_uri"] == [f"{str(person.client.base_url).rstrip('/')}/vendor/back"]
    for name in ("state", "nonce", "code_challenge"):
        assert asked[0][name] != asked[1][name], name


def test_an_account_of_the_provider_opens_the_dossiers_of_its_organisation(
    opened: Open, provider: Browser
) -> None:
    person, other = opened[1](), opened[1]()
    person.open(came_back(person, provider, OFFICER))
    assert person.at == "/vendor/who"
    person.send("/vendor/who", {"function": "Développement"})
    told = {"organisation": "Alpha Soft", "product": "AlphaMed", "product_version": "4"}
    person.send("/vendor/dossiers", told)
    dossier = person.at
    assert dossier.startswith("/vendor/dossier/")
    other.open(came_back(other, provider, AUDITOR))
    other.send("/vendor/who", {"function": "Relecture"})
    assert "relecture" in other.text
    other.open(f"{dossier}/interviews")
    assert "Noter un entretien" in other.text


def test_neither_name_nor_account_is_kept(opened: Open, provider: Browser) -> None:
    desk, browser = opened
    person = browser()
    person.open(came_back(person, provider, OFFICER))
    person.send("/vendor/who", {"function": "Développement"})
    told = {"organisation": "Alpha Soft", "product": "AlphaMed", "product_version": "4"}
    person.send("/vendor/dossiers", told)
    with desk.store.read() as tx:
        for table in ("web_session", "dossier", "dossier_deed"):
            rows = tx.execute(f"SELECT * FROM {table}").fetchall()  # noqa: S608  our own tables
            kept = "".join(str(dict(row)) for row in rows)
            assert kept
            assert OFFICER not in kept
            assert "Krier" not in kept


def test_an_answer_for_another_browser_or_used_twice_signs_nobody_in(
    opened: Open, provider: Browser
) -> None:
    person, thief = opened[1](), opened[1]()
    back = came_back(person, provider, OFFICER)
    sent_to(thief)
    assert thief.open(back).status_code == 403
    forged = re.sub(r"iss=[^&]+", "iss=https%3A%2F%2Fevil.example", back)
    assert person.open(forged).status_code == 403
    person.open(back)
    assert person.at == "/vendor/who"
    assert person.open(back).status_code == 403


def test_a_sign_in_that_the_provider_refuses_is_told(opened: Open) -> None:
    person = opened[1]()
    state = parse_qs(urlsplit(sent_to(person)).query)["state"][0]
    assert person.open(f"/vendor/back?error=access_denied&state={state}").status_code == 403
    assert "Recommencez" in person.text


def test_a_provider_that_does_not_answer_is_told_and_nothing_hangs() -> None:
    settings = ProviderSettings(issuer="http://127.0.0.1:9")
    with portal(clock=real_now, provider=settings) as (_, browser):
        person = browser()
        assert person.open("/vendor/sign-in").status_code == 502
        assert "Réessayez" in person.text


@dataclass
class Hostile:
    """A provider of somebody else's making: `lies` change its ID token, `key` signs it."""

    lies: Mapping[str, object] = field(default_factory=dict)
    metadata: Mapping[str, object] = field(default_factory=dict)
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", auto_kid=True))
    signs_with: ECKey | None = None
    is_unsigned: bool = False
    origin: str = ""
    nonce: str = ""

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._metadata),
                Route("/keys", self._keys),
                Route("/auth", self._auth),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    def _metadata(self, request: Request) -> Response:
        self.origin = str(request.base_url).rstrip("/")
        told = {
            "issuer": self.origin,
            "authorization_endpoint": f"{self.origin}/auth",
            "token_endpoint": f"{self.origin}/token",
            "jwks_uri": f"{self.origin}/keys",
        }
        return JSONResponse({**told, **self.metadata})

    def _keys(self, _request: Request) -> Response:
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    def _auth(self, request: Request) -> Response:
        self.nonce = request.query_params["nonce"]
        asked = request.query_params
        return RedirectResponse(f"{asked['redirect_uri']}?code=c&state={asked['state']}")

    def _token(self, _request: Request) -> Response:
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.origin,
            "aud": "cesar-app",
            "sub": "somebody",
            "organization": "77",
            "nonce": self.nonce,
            "iat": now,
            "exp": now + 300,
        }
        claims = {
            name: value for name, value in {**claims, **self.lies}.items() if value is not None
        }
        if self.is_unsigned:
            parts = (b'{"alg":"none"}', json.dumps(claims).encode(), b"")
            token = ".".join(base64.urlsafe_b64encode(one).rstrip(b"=").decode() for one in parts)
        else:
            token = jwt.encode(
                {"alg": "ES256", "kid": self.key.kid}, claims, self.signs_with or self.key
            )
        return JSONResponse({"id_token": token, "access_token": "a", "token_type": "Bearer"})


def tried(hostile: Hostile) -> httpx.Response:
    """Sign in at such a provider, and return where one ends."""
    with listening(hostile.app()) as issuer:
        settings = ProviderSettings(issuer=issuer)
        with portal(clock=real_now, provider=settings) as (_, browser):
            return browser().open("/vendor/sign-in")


def test_a_provider_that_speaks_the_truth_is_believed() -> None:
    assert tried(Hostile()).url.path == "/vendor/who"


@pytest.mark.parametrize(
    "lies",
    [
        {"aud": "other-app"},
        {"aud": ["cesar-app", "other-app"]},
        {"azp": "other-app"},
        {"iss": "https://evil.example"},
        {"nonce": "another"},
        {"nonce": None},
        {"exp": 1},
        {"exp": None},
        {"iat": 2**33},
        {"sub": ""},
        {"sub": "s" * 256},
        {"organization": None},
        {"organization": ["77"]},
    ],
    ids=str,
)
def test_one_false_claim_signs_nobody_in(lies: Mapping[str, object]) -> None:
    ended = tried(Hostile(lies=lies))
    assert ended.status_code == 403
    assert ended.url.path == "/vendor/back"


def test_a_token_of_another_key_or_of_none_signs_nobody_in() -> None:
    assert tried(Hostile(signs_with=ECKey.generate_key("P-256"))).status_code == 403
    assert tried(Hostile(is_unsigned=True)).status_code == 403


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"authorization_endpoint": "http://evil.example/auth"},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"authorization_endpoint": None},
    ],
    ids=str,
)
def test_metadata_of_somebody_else_or_in_the_clear_sends_the_browser_nowhere(
    metadata: Mapping[str, object],
) -> None:
    ended = tried(Hostile(metadata=metadata))
    assert ended.status_code == 502
    assert ended.url.path == "/vendor/sign-in"


def test_the_command_serves_with_an_issuer_and_refuses_one_in_the_clear(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["portal", "--folder", str(tmp_path / "p"), "--port", "0", "--json"]
    assert main([*words, "--issuer", "http://idp.example"]) == 2
    assert "--issuer" in capsys.readouterr().out
