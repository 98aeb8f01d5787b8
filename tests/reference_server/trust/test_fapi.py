"""What the FAPI 2.0 security profile asks of an authorisation server, self-checked.

The cases are named after what the profile's clause 5.3 asks for; a checklist in our own hands, and
no certification. Pushed requests (RFC 9126) are tried here too, with an ordinary client beside.
"""

import time
from typing import Any

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from reference_server.services.trust.model import Binding
from reference_server.services.trust.operations.client_authentication import ASSERTION_TYPE
from reference_server.world import World
from tests.reference_server.standing import CALLBACK, Standing, back_at_client
from tests.reference_server.trust.proofs import proof
from tests.reference_server.trust.rp import Rp, confidential_rp

PUSH = "ext/par/request"


@pytest.fixture
def key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


@pytest.fixture
def fapi(server: Standing, world: World) -> Any:  # noqa: ANN401 - a generator fixture
    party = confidential_rp(
        world, server.trust(), "fapi", binding=Binding(fapi=True, pushed=True, key=True)
    )
    yield party
    party.http.close()


def push(rp: Rp, **changed: str | None) -> httpx.Response:
    form: dict[str, Any] = {**rp.request(client_id=None), **changed}
    return rp.post(PUSH, **form)


def pushed(rp: Rp, **changed: str | None) -> str:
    """Push a good request and return its address."""
    answer = push(rp, **changed)
    assert answer.status_code == 201, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert 5 <= answer.json()["expires_in"] < 600
    return str(answer.json()["request_uri"])


def ask(rp: Rp, uri: str, **others: str) -> httpx.Response:
    params = {"client_id": rp.client_id, "request_uri": uri, **others}
    return rp.http.get(rp.endpoint("auth"), params=params)


def code_for(rp: Rp, uri: str) -> str:
    answer = ask(rp, uri)
    if answer.status_code == 200:
        answer = rp.login(answer)
    return back_at_client(answer)["code"]


def redeemed(rp: Rp, code: str, key: ECKey, **changed: str | None) -> httpx.Response:
    """Redeem a code with a proof, after the nonce was learnt."""
    url = rp.endpoint("token")
    first = rp.redeem_code("unknown", headers={"DPoP": proof(key, "POST", url)})
    nonce = first.headers["dpop-nonce"]
    return rp.redeem_code(code, headers={"DPoP": proof(key, "POST", url, nonce=nonce)}, **changed)


def test_fapi2_happy_flow(fapi: Rp, key: ECKey) -> None:
    uri = pushed(fapi, scope="openid offline_access", dpop_jkt=key.thumbprint())
    answer = fapi.login(ask(fapi, uri))
    back = back_at_client(answer)
    assert (answer.status_code, back["iss"], back["state"]) == (303, fapi.issuer, "a-state")
    told = redeemed(fapi, back["code"], key).json()
    assert told["token_type"] == "DPoP"
    assert fapi.claims(told["id_token"])["nonce"] == "a-nonce"
    assert fapi.claims(told["access_token"])["cnf"] == {"jkt": key.thumbprint()}


def test_fapi2_only_pushed_requests_are_taken(fapi: Rp) -> None:
    told = back_at_client(fapi.ask())
    assert (told["error"], told["state"]) == ("invalid_request", "a-state")


def test_fapi2_the_address_works_once_and_for_a_short_time(fapi: Rp, world: World) -> None:
    uri = pushed(fapi)
    page = ask(fapi, uri)
    assert ask(fapi, uri).status_code == 200  # a page may be loaded again
    assert "code" in back_at_client(fapi.login(page))
    over = ask(fapi, uri)
    assert (over.status_code, "location" in over.headers) == (400, False)
    uri = pushed(fapi)
    with world.store.write() as tx:
        tx.execute("UPDATE trust_pushed SET expires_at = ?", (int(time.time()),))
    assert ask(fapi, uri).status_code == 400


def test_fapi2_the_address_is_the_clients_own(fapi: Rp, rp_server: Rp) -> None:
    assert ask(rp_server, pushed(fapi)).status_code == 400
    assert ask(fapi, f"{pushed(fapi)}x").status_code == 400


def test_fapi2_what_stands_beside_the_address_counts_for_nothing(fapi: Rp) -> None:
    uri = pushed(fapi, scope="openid")
    back = back_at_client(
        fapi.login(ask(fapi, uri, redirect_uri="https://evil.example/", state="other"))
    )
    assert back["state"] == "a-state"


def test_fapi2_pushing_needs_the_client_to_authenticate(fapi: Rp) -> None:
    plain = fapi.http.post(fapi.endpoint(PUSH), data=fapi.request())
    assert (plain.status_code, plain.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"request_uri": "urn:ietf:params:oauth:request_uri:x"}, "invalid_request"),
        ({"request": "eyJ.e30."}, "request_not_supported"),
        ({"redirect_uri": "https://evil.example/"}, "invalid_request"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "erx.dispense"}, "invalid_scope"),
        ({"client_id": "somebody-else"}, "invalid_client"),
    ],
)
def test_fapi2_a_wrong_request_is_refused_when_it_is_pushed(
    fapi: Rp, changed: dict[str, str | None], error: str
) -> None:
    refused = push(fapi, **changed)
    assert refused.status_code == (401 if error == "invalid_client" else 400)
    assert refused.json()["error"] == error


def assertion(rp: Rp, key: Any, alg: str = "ES256", **changed: object) -> str:  # noqa: ANN401 - keys of two kinds
    now = int(time.time())
    good = {"iss": rp.client_id, "sub": rp.client_id, "aud": rp.issuer, "exp": now + 60}
    claims = {**good, "iat": now, "jti": f"{time.time_ns()}", **changed}
    given = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": alg, "kid": rp.key.kid}, given, key, algorithms=[alg])  # type: ignore[union-attr]  # a confidential client


def test_fapi2_the_assertion_names_the_issuer_alone(fapi: Rp, rp_server: Rp) -> None:
    for audience in (fapi.endpoint("token"), [fapi.issuer], "https://elsewhere.example"):
        shown = assertion(fapi, fapi.key, aud=audience)
        refused = push(fapi, client_assertion=shown, client_assertion_type=ASSERTION_TYPE)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    lenient = assertion(rp_server, rp_server.key, aud=rp_server.endpoint("token"))
    assert push(rp_server, client_assertion=lenient).status_code == 201


def test_fapi2_the_assertion_is_signed_as_registered_and_fresh(fapi: Rp) -> None:
    rsa = RSAKey.generate_key(2048)
    now = int(time.time())
    wrong = (
        assertion(fapi, rsa, alg="RS256"),
        assertion(fapi, rsa, alg="PS256"),
        assertion(fapi, fapi.key, exp=now - 300),
        assertion(fapi, fapi.key, sub=None),
    )
    for shown in wrong:
        assert push(fapi, client_assertion=shown).json()["error"] == "invalid_client"


def test_fapi2_codes_are_for_one_client_and_one_time(fapi: Rp, rp_server: Rp, key: ECKey) -> None:
    code = code_for(fapi, pushed(fapi))
    rp_server.verifier = fapi.verifier
    assert rp_server.redeem_code(code).json()["error"] == "invalid_grant"
    told = redeemed(fapi, code, key).json()
    assert redeemed(fapi, code, key).json()["error"] == "invalid_grant"
    headers = {"Authorization": f"DPoP {told['access_token']}"}
    assert fapi.http.get(fapi.endpoint("userinfo"), headers=headers).status_code == 401


def test_fapi2_codes_live_for_a_minute_at_most(fapi: Rp, world: World) -> None:
    code_for(fapi, pushed(fapi))
    with world.store.read() as tx:
        row = tx.execute("SELECT expires_at FROM trust_code").fetchone()
    assert row["expires_at"] - time.time() <= 60


def test_fapi2_no_token_that_is_not_bound_to_its_holder(fapi: Rp, key: ECKey) -> None:
    code = code_for(fapi, pushed(fapi))
    assert fapi.redeem_code(code).json()["error"] == "invalid_dpop_proof"
    told = redeemed(fapi, code, key).json()
    plain = fapi.userinfo(told["access_token"])
    assert (plain.status_code, plain.json()["error"]) == (401, "invalid_token")


def test_fapi2_refresh_tokens_do_not_rotate(fapi: Rp, key: ECKey) -> None:
    told = redeemed(fapi, code_for(fapi, pushed(fapi)), key).json()
    url = fapi.endpoint("token")
    for _ in range(2):
        asked = fapi.refresh(told["refresh_token"], headers={"DPoP": proof(key, "POST", url)})
        nonce = asked.headers["dpop-nonce"]
        shown = {"DPoP": proof(key, "POST", url, nonce=nonce)}
        renewed = fapi.refresh(told["refresh_token"], headers=shown)
        assert renewed.json()["refresh_token"] == told["refresh_token"]
    assert fapi.refresh(told["refresh_token"]).json()["error"] == "invalid_dpop_proof"


def test_fapi2_a_token_in_the_query_opens_nothing(fapi: Rp, key: ECKey) -> None:
    told = redeemed(fapi, code_for(fapi, pushed(fapi)), key).json()
    answer = fapi.http.get(fapi.endpoint("userinfo"), params={"access_token": told["access_token"]})
    assert answer.status_code == 401


def test_fapi2_the_metadata_say_what_is_offered(fapi: Rp) -> None:
    told = fapi.http.get(f"{fapi.issuer}/.well-known/openid-configuration").json()
    assert told["pushed_authorization_request_endpoint"] == fapi.endpoint(PUSH)
    assert told["authorization_response_iss_parameter_supported"] is True
    assert {"private_key_jwt", "tls_client_auth"} <= set(
        told["token_endpoint_auth_methods_supported"]
    )
    assert "none" not in told["dpop_signing_alg_values_supported"]


def test_a_proof_with_the_pushed_request_binds_the_code(rp_server: Rp, key: ECKey) -> None:
    url = rp_server.endpoint(PUSH)
    form = rp_server.request(client_id=None)
    asked = rp_server.post(PUSH, headers={"DPoP": proof(key, "POST", url)}, **form)
    assert asked.json()["error"] == "use_dpop_nonce"
    nonce = asked.headers["dpop-nonce"]
    other = {"DPoP": proof(key, "POST", url, nonce=nonce)}
    wrong = rp_server.post(PUSH, headers=other, dpop_jkt="x" * 43, **form)
    assert wrong.json()["error"] == "invalid_request"
    shown = {"DPoP": proof(key, "POST", url, nonce=nonce)}
    answer = rp_server.post(PUSH, headers=shown, **form)
    code = code_for(rp_server, answer.json()["request_uri"])
    assert rp_server.redeem_code(code).json()["error"] == "invalid_grant"
    assert redeemed(rp_server, code, key).json()["token_type"] == "DPoP"


def test_a_public_client_may_push_too(rp: Rp) -> None:
    uri = pushed(rp, client_id="rp")
    code = code_for(rp, uri)
    assert rp.redeem_code(code, redirect_uri=CALLBACK).status_code == 200
