"""Tokens bound to a key (RFC 9449): proofs, nonces, replays, and what an API says."""

import time
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from reference_server.services.trust.model import Binding
from reference_server.world import Settings, World
from tests.reference_server.standing import Standing, refusal_codes
from tests.reference_server.trust.proofs import proof
from tests.reference_server.trust.rp import Rp, new_rp, rp_client


@pytest.fixture(scope="module")
def key() -> ECKey:
    return ECKey.generate_key("P-256", auto_kid=True)


def nonce_of(rp: Rp, key: ECKey) -> str:
    """Ask for a nonce by a proof without one."""
    refused = rp.post(
        "token", grant_type="x", headers={"DPoP": proof(key, "POST", rp.endpoint("token"))}
    )
    assert refused.status_code == 400
    refused = rp.redeem_code("x", headers={"DPoP": proof(key, "POST", rp.endpoint("token"))})
    assert refused.json()["error"] == "use_dpop_nonce"
    return refused.headers["dpop-nonce"]


def bound(rp: Rp, key: ECKey, *, scope: str = "openid") -> dict[str, Any]:
    """Sign in and redeem the code with a proof; return what comes, and the nonce."""
    nonce = nonce_of(rp, key)
    header = {"DPoP": proof(key, "POST", rp.endpoint("token"), nonce=nonce)}
    answer = rp.redeem_code(rp.back(scope=scope)["code"], headers=header)
    assert answer.status_code == 200, answer.text
    told: dict[str, Any] = answer.json()
    return {**told, "nonce": answer.headers["dpop-nonce"]}


def ask_api(
    rp: Rp, told: dict[str, Any], shown: str | None, scheme: str = "DPoP"
) -> httpx.Response:
    headers = {"Authorization": f"{scheme} {told['access_token']}"}
    if shown is not None:
        headers["DPoP"] = shown
    return rp.http.get(f"{rp.world.fhir_base}/Task?status=ready", headers=headers)


def test_a_token_is_bound_to_the_key_that_asked_for_it(rp: Rp, key: ECKey) -> None:
    told = bound(rp, key, scope="openid erx.read")
    assert told["token_type"] == "DPoP"
    assert rp.claims(told["access_token"])["cnf"] == {"jkt": key.thumbprint()}
    url = f"{rp.world.fhir_base}/Task"
    good = proof(key, "GET", url, nonce=told["nonce"], token=told["access_token"])
    assert ask_api(rp, told, good).status_code == 200
    assert refusal_codes(ask_api(rp, told, good)) == ["proof-wrong"]  # the second time
    assert refusal_codes(ask_api(rp, told, None)) == ["token-bound-to-key"]
    assert refusal_codes(ask_api(rp, told, good, scheme="Bearer")) == ["token-bound-to-key"]
    url = rp.endpoint("userinfo")
    info = proof(key, "GET", url, nonce=told["nonce"], token=told["access_token"])
    headers = {"Authorization": f"DPoP {told['access_token']}", "DPoP": info}
    assert rp.http.get(url, headers=headers).json()["sub"] == "9100000017"


def test_an_api_asks_for_the_nonce_and_the_second_try_works(rp: Rp, key: ECKey) -> None:
    told = bound(rp, key, scope="openid erx.read")
    url, token = f"{rp.world.fhir_base}/Task", told["access_token"]
    refused = ask_api(rp, told, proof(key, "GET", url, token=token))
    assert (refused.status_code, refusal_codes(refused)) == (401, ["proof-nonce-missing"])
    assert 'DPoP error="use_dpop_nonce"' in refused.headers["www-authenticate"]
    nonce = refused.headers["dpop-nonce"]
    assert ask_api(rp, told, proof(key, "GET", url, nonce=nonce, token=token)).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"htm": "POST"},
        {"htu": "https://elsewhere.example/fhir/Task"},
        {"iat": int(time.time()) - 3600},
        {"iat": int(time.time()) + 3600},
        {"ath": "x"},
        {"ath": None},
        {"jti": None},
        {"header": {"typ": "JWT"}},
    ],
)
def test_an_api_refuses_a_proof_for_something_else(
    rp: Rp, key: ECKey, wrong: dict[str, Any]
) -> None:
    told = bound(rp, key, scope="openid erx.read")
    url, token = f"{rp.world.fhir_base}/Task", told["access_token"]
    shown = proof(key, "GET", url, nonce=told["nonce"], token=token, **wrong)
    assert refusal_codes(ask_api(rp, told, shown)) == ["proof-wrong"]


def test_another_key_opens_nothing(rp: Rp, key: ECKey) -> None:
    told = bound(rp, key, scope="openid erx.read")
    other = ECKey.generate_key("P-256")
    url, token = f"{rp.world.fhir_base}/Task", told["access_token"]
    shown = proof(other, "GET", url, nonce=told["nonce"], token=token)
    assert refusal_codes(ask_api(rp, told, shown)) == ["proof-wrong"]
    plain = rp.tokens(scope="openid erx.read")
    shown = proof(other, "GET", url, nonce=told["nonce"], token=plain["access_token"])
    assert refusal_codes(ask_api(rp, plain, shown)) == ["token-bound-to-key"]


def test_the_token_endpoint_refuses_a_wrong_proof_and_keeps_the_code(rp: Rp, key: ECKey) -> None:
    code, nonce, url = rp.back()["code"], nonce_of(rp, key), rp.endpoint("token")
    private: dict[str, object] = {"jwk": key.as_dict(private=True)}
    wrong = (
        "rubbish",
        proof(key, "GET", url, nonce=nonce),
        proof(key, "POST", rp.endpoint("userinfo"), nonce=nonce),
        proof(key, "POST", url, nonce=nonce, iat=1),
        proof(key, "POST", url, nonce=nonce, jti=""),
        proof(key, "POST", url, nonce=nonce, header=private),
        proof(key, "POST", url, nonce=nonce, header={"jwk": {"kty": "oct", "k": "AAAA"}}),
        proof(key, "POST", url, nonce=nonce, header={"typ": "JWT"}),
    )
    for shown in wrong:
        refused = rp.redeem_code(code, headers={"DPoP": shown})
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_dpop_proof"), shown
    stale = rp.redeem_code(code, headers={"DPoP": proof(key, "POST", url, nonce="stale")})
    assert stale.json()["error"] == "use_dpop_nonce"
    good = proof(key, "POST", url, nonce=nonce)
    assert rp.redeem_code(code, headers={"DPoP": good}).status_code == 200
    again = rp.redeem_code(rp.back()["code"], headers={"DPoP": good})
    assert again.json()["error"] == "invalid_dpop_proof"


def test_a_public_clients_refresh_token_needs_the_same_key(rp: Rp, key: ECKey) -> None:
    told = bound(rp, key)
    assert rp.refresh(told["refresh_token"]).json()["error"] == "invalid_grant"
    headers = {"DPoP": proof(key, "POST", rp.endpoint("token"), nonce=told["nonce"])}
    form = {"grant_type": "refresh_token", "refresh_token": told["refresh_token"]}
    renewed = rp.post(
        "token", headers=headers, grant_type=form["grant_type"], refresh_token=form["refresh_token"]
    )
    assert renewed.json()["token_type"] == "DPoP"


def test_a_code_may_be_bound_to_a_key_beforehand(rp: Rp, key: ECKey) -> None:
    code = rp.back(dpop_jkt=key.thumbprint())["code"]
    assert rp.redeem_code(code).json()["error"] == "invalid_grant"
    nonce, other = nonce_of(rp, key), ECKey.generate_key("P-256")
    shown = proof(other, "POST", rp.endpoint("token"), nonce=nonce)
    assert rp.redeem_code(code, headers={"DPoP": shown}).json()["error"] == "invalid_grant"
    shown = proof(key, "POST", rp.endpoint("token"), nonce=nonce)
    assert rp.redeem_code(code, headers={"DPoP": shown}).status_code == 200


def test_a_client_registered_for_it_gets_no_token_without_proof(
    server: Standing, world: World, key: ECKey
) -> None:
    rp = new_rp(world, server.trust(), rp_client("rp", binding=Binding(key=True)))
    code = rp.back()["code"]
    assert rp.redeem_code(code).json()["error"] == "invalid_dpop_proof"
    assert bound(rp, key)["token_type"] == "DPoP"
    rp.http.close()


def test_a_world_may_do_without_nonces(server: Standing, key: ECKey) -> None:
    world = server.open(Settings(proof_nonces=False))
    rp = new_rp(world, server.trust())
    shown = proof(key, "POST", rp.endpoint("token"))
    answer = rp.redeem_code(rp.back()["code"], headers={"DPoP": shown})
    assert answer.json()["token_type"] == "DPoP"
    assert "dpop-nonce" not in answer.headers
    rp.http.close()
    server.registry.close(world.name)
