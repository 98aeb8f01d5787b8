"""Who signs out at the portal is signed out at the provider, and the other way round."""

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey

from reference_server.services.trust import store as trust
from reference_server.services.trust.model import Logout
from reports.portal.desk import Desk
from reports.portal.office.provider import ProviderSettings
from tests.reference_server.standing import Browser, Standing, standing_server
from tests.reports.portal.test_vendor_sign_in import OFFICER, Hostile, came_back, real_now, sent_to
from tests.reports.portal.visitors import Visitor, listening, portal

Open = tuple[Desk, Callable[[], Visitor]]
LONGEST_WAIT = 60
EVENTS: dict[str, object] = {"http://schemas.openid.net/event/backchannel-logout": {}}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standing]:
    with standing_server(tmp_path_factory.mktemp("tls")) as standing:
        yield standing


@pytest.fixture
def provider(server: Standing) -> Iterator[Browser]:
    world = server.open()
    person = Browser(world, server.trust())
    yield person
    person.http.close()
    server.registry.close(world.name)


@pytest.fixture
def opened(server: Standing, provider: Browser) -> Iterator[Open]:
    settings = ProviderSettings(issuer=provider.issuer, authority=server.authority)
    with portal(clock=real_now, provider=settings) as given:
        yield given


def signed_in(person: Visitor, provider: Browser) -> Visitor:
    person.open(came_back(person, provider, OFFICER))
    person.send("/vendor/who", {"function": "Développement"})
    assert person.at == "/vendor/dossiers", person.text
    return person


def leaves(person: Visitor) -> str:
    """Sign out at the portal and return where the browser is sent."""
    answer = person.client.post(
        "/vendor/sign-out",
        data={"guard": person.guard},
        headers={"Origin": str(person.client.base_url).rstrip("/")},
    )
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def is_out(person: Visitor) -> bool:
    return person.open("/vendor/dossiers").url.path == "/vendor"


def test_signing_out_at_the_portal_ends_the_session_at_the_provider_without_a_question(
    opened: Open, provider: Browser
) -> None:
    person = signed_in(opened[1](), provider)
    policy = person.seen.headers["content-security-policy"]
    parts = urlsplit(provider.issuer)
    assert f"form-action 'self' {parts.scheme}://{parts.netloc};" in policy
    assert provider.http.get(sent_to(opened[1]())).status_code == 303  # a session answers at once
    there = provider.http.get(leaves(person))
    assert there.status_code == 303, there.text
    assert there.headers["location"] == f"{str(person.client.base_url).rstrip('/')}/vendor"
    assert person.open("/vendor").status_code == 200
    assert "Vous êtes déconnecté." in person.text
    assert 'name="username"' in provider.http.get(sent_to(opened[1]())).text


def test_the_token_that_signs_out_is_kept_so_that_only_the_browser_s_session_opens_it(
    opened: Open, provider: Browser
) -> None:
    desk, browser = opened
    signed_in(browser(), provider)
    with desk.store.read() as tx:
        rows = tx.execute("SELECT content FROM web_session").fetchall()
    kept = [json.loads(row["content"])["values"] for row in rows]
    (hint,) = [one["vendor-hint"] for one in kept if "vendor-hint" in one]
    header = hint.partition(".")[0]
    assert header.startswith("eyJhbGciOiJkaXIi")  # {"alg":"dir"
    assert hint.count(".") == 4


def test_whoever_signs_out_elsewhere_is_signed_out_here_by_the_provider_s_notice(
    opened: Open, provider: Browser
) -> None:
    one = opened[1]()
    told = f"{str(one.client.base_url).rstrip('/')}/vendor/signed-out"
    with provider.world.store.write() as tx:
        client = trust.client(tx, "cesar-app")
        assert client is not None
        logout = Logout(redirect_uris=client.logout.redirect_uris, backchannel_uri=told)
        trust.put_client(tx, replace(client, logout=logout))
    signed_in(one, provider)
    other = opened[1]()
    back = provider.http.get(sent_to(other))  # the same session at the provider, no password
    assert back.status_code == 303, back.text
    other.open(str(back.headers["location"]))
    other.send("/vendor/who", {"function": "Qualité"})
    assert not is_out(one)
    other.open("/vendor/dossiers")
    assert provider.http.get(leaves(other)).status_code == 303
    deadline = time.monotonic() + LONGEST_WAIT
    while not is_out(one):
        assert time.monotonic() < deadline, "the notice never came"
        time.sleep(0.05)


@dataclass
class Teller:
    """Somebody who tells the portal of sign-outs, truly or not."""

    hostile: Hostile
    person: Visitor
    lies: Mapping[str, object] = field(default_factory=dict)

    def token(self, *, key: ECKey | None = None, kind: str = "logout+jwt", **lies: object) -> str:
        now = int(time.time())
        claims: dict[str, object] = {
            "iss": self.hostile.origin,
            "aud": "cesar-app",
            "sub": "somebody",
            "iat": now,
            "exp": now + 60,
            "jti": "j",
            "events": EVENTS,
            **lies,
        }
        told = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "ES256", "kid": self.hostile.key.kid, "typ": kind}
        return jwt.encode(header, told, key or self.hostile.key)

    def tells(self, token: str) -> int:
        answer = self.person.client.post("/vendor/signed-out", data={"logout_token": token})
        return answer.status_code


@pytest.fixture(scope="module")
def teller() -> Iterator[Teller]:
    hostile = Hostile()
    with listening(hostile.app()) as issuer:
        settings = ProviderSettings(issuer=issuer)
        with portal(clock=real_now, provider=settings) as (_, browser):
            yield Teller(hostile, browser())


def test_a_notice_that_anything_is_wrong_with_signs_nobody_out(teller: Teller) -> None:
    person = teller.person
    assert person.open("/vendor/sign-in").url.path == "/vendor/who"
    person.send("/vendor/who", {"function": "Qualité"})
    past = int((real_now() - dt.timedelta(hours=1)).timestamp())
    wrong = (
        teller.token(key=ECKey.generate_key("P-256")),
        teller.token(kind="at+jwt"),
        teller.token(aud="other-app"),
        teller.token(iss="https://evil.example"),
        teller.token(exp=past),
        teller.token(events=None),
        teller.token(events=dict.fromkeys(EVENTS, "yes")),
        teller.token(nonce="n"),
        teller.token(sub=None),
        teller.token(sub=7),
        "nonsense",
        "",
    )
    assert [teller.tells(one) for one in wrong] == [400] * len(wrong)
    assert not is_out(person)
    assert teller.tells(teller.token(sub="somebody-else")) == 200
    assert teller.tells(teller.token(sid="another")) == 200
    assert not is_out(person)
    assert teller.tells(teller.token()) == 200
    assert is_out(person)


def test_where_the_provider_offers_no_sign_out_that_is_said(teller: Teller) -> None:
    person = teller.person
    assert person.open("/vendor/sign-in").url.path == "/vendor/who"
    assert leaves(person) == "/vendor"
    person.open("/vendor")
    assert "la session peut durer encore" in person.text
