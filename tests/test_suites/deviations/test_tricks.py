"""Each forgery and each flaw is what its name says, and some scenario plays it."""

import base64
import json
import ssl
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from scenarios import Catalogue, load_catalogue
from scenarios.model import Arrangement, Step
from scenarios.tricks import Flaw, Forgery, HandedCertificate, LogoutNotice, PatientNotice
from test_suites.deviations.answer import Answer
from test_suites.deviations.forgeries import FORGERIES, Said
from test_suites.deviations.id_tokens import MAKES
from test_suites.deviations.impostors import Authorities
from test_suites.deviations.logout_tokens import KIND
from test_suites.deviations.logout_tokens import MAKES as LOGOUTS
from test_suites.deviations.workshop import Workshop
from test_suites.engine.shown import shown_context

NOW = 1_790_000_000
KEY = ECKey.generate_key("P-256", auto_kid=True)
CLAIMS = {"iss": "https://idp", "sub": "1", "aud": "c", "exp": NOW + 300, "iat": NOW, "nonce": "n"}
NOT_BY_OUR_KEY = {
    Forgery.IDENTITY_UNSIGNED,
    Forgery.IDENTITY_CONFUSED,
    Forgery.IDENTITY_ALTERED,
    Forgery.IDENTITY_UNKNOWN_KEY,
    Forgery.IDENTITY_FOREIGN_KEY,
    Forgery.IDENTITY_OWN_KEY,
}


@pytest.fixture(scope="module")
def workshop() -> Workshop:
    return Workshop(
        base_url="https://127.0.0.1:1/s-1",
        issuer="https://idp",
        signing=lambda: KEY,
        now=lambda: NOW,
    )


@pytest.fixture(scope="module")
def authorities() -> Authorities:
    return Authorities.make(now=datetime.now(UTC))


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def claims_of(token: str) -> dict[str, object]:
    part = token.split(".")[1]
    value: dict[str, object] = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return value


def is_ours(token: str) -> bool:
    try:
        jwt.decode(token, KEY, algorithms=["ES256"])
    except JoseError:
        return False
    return True


def test_every_forgery_can_be_made_and_some_scenario_plays_it(catalogue: Catalogue) -> None:
    steps = [step for each in catalogue.scenarios for step in each.steps if isinstance(step, Step)]
    played = {step.deviation.forgery for step in steps if step.deviation is not None}
    assert set(FORGERIES) == set(Forgery) == played - {None}


def test_every_flaw_can_be_shown_and_some_scenario_plays_it(
    catalogue: Catalogue, authorities: Authorities, tmp_path: Path
) -> None:
    arranged = [
        step
        for each in catalogue.scenarios
        for step in each.steps
        if isinstance(step, Arrangement) and step.arrange == "flawed-server"
    ]
    assert {step.parameters["flaw"] for step in arranged} == set(Flaw)
    for flaw in Flaw:
        assert shown_context(authorities.flawed(flaw), tmp_path).get_ciphers()
    assert list(tmp_path.iterdir()) == []  # no key stays behind


def test_every_certificate_and_notice_is_handed_out_in_some_scenario(
    catalogue: Catalogue,
) -> None:
    steps = [s for each in catalogue.scenarios for s in each.steps if isinstance(s, Arrangement)]
    handed = {s.parameters["certificate"] for s in steps if s.arrange == "hand-certificate"}
    assert handed == set(HandedCertificate) - {HandedCertificate.GOOD}  # without one, it is good
    sent = {s.parameters["token"] for s in steps if s.arrange == "notify-logout"}
    assert sent == set(LogoutNotice)
    told = {s.parameters["message"] for s in steps if s.arrange == "tell-changes"}
    assert told == set(PatientNotice)


@pytest.mark.parametrize("notice", LOGOUTS)
def test_a_false_logout_token_differs_from_the_right_one_in_claims_or_signature(
    notice: LogoutNotice, workshop: Workshop
) -> None:
    forger = replace(workshop, kind=KIND)
    right = forger.signed({**CLAIMS, "events": {"logout": {}}}, KEY)
    made = LOGOUTS[notice](right, forger)
    by_others = {LogoutNotice.UNSIGNED, LogoutNotice.FOREIGN_KEY}
    assert is_ours(made) == (notice not in by_others)
    assert claims_of(made) != claims_of(right) or not is_ours(made)


@pytest.mark.parametrize("forgery", MAKES)
def test_a_false_id_token_differs_from_the_right_one_in_claims_or_signature(
    forgery: Forgery, workshop: Workshop
) -> None:
    right = workshop.signed(CLAIMS, KEY)
    made = MAKES[forgery](right, "access", workshop)
    assert is_ours(made) == (forgery not in NOT_BY_OUR_KEY)
    assert claims_of(made) != CLAIMS or not is_ours(made)


def test_an_answer_that_is_no_token_is_left_alone(workshop: Workshop) -> None:
    refused = Answer(status=400, headers=[], body=b'{"error":"invalid_grant"}')
    said = Said(operation="token", path="/s-1/token", asked={}, answer=refused)
    for forgery in MAKES:
        assert FORGERIES[forgery]["token"](said, workshop) is None


def test_only_the_right_server_is_trusted_by_a_client_of_the_run(
    authorities: Authorities, tmp_path: Path
) -> None:
    trusting = ssl.create_default_context(cadata=authorities.trust_pem)
    for flaw in (None, Flaw.EXPIRED, Flaw.SELF_SIGNED, Flaw.OTHER_HOST, Flaw.CLIENT_ONLY):
        shown = authorities.right() if flaw is None else authorities.flawed(flaw)
        assert is_taken(trusting, shown_context(shown, tmp_path)) == (flaw is None)


def is_taken(client: ssl.SSLContext, server: ssl.SSLContext) -> bool:
    """Shake hands in memory; tell whether the client takes the server for what it says it is."""
    wires = [ssl.MemoryBIO() for _ in range(2)]
    there = server.wrap_bio(wires[0], wires[1], server_side=True)
    here = client.wrap_bio(wires[1], wires[0], server_hostname="127.0.0.1")
    for _ in range(4):
        for end in (here, there):
            try:
                end.do_handshake()
            except ssl.SSLWantReadError:
                continue
            except ssl.SSLCertVerificationError:
                return False
    return here.version() == "TLSv1.3"


def test_the_expired_certificate_is_expired_and_nothing_else(authorities: Authorities) -> None:
    right, expired = (
        x509.load_pem_x509_certificate(shown.chain)
        for shown in (authorities.right(), authorities.flawed(Flaw.EXPIRED))
    )
    assert expired.not_valid_after_utc < datetime.now(UTC) < right.not_valid_after_utc
    names = [
        each.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        for each in (right, expired)
    ]
    assert names[0] == names[1]
