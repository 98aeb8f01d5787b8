"""A client library that is not ours signs a person in and authenticates a system."""

import time

from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from joserfc import jwt
from joserfc.jwk import KeySet

from tests.reference_server.standing import CALLBACK, Browser, Standing, System, back_at_client


def test_authlib_signs_a_person_in(server: Standing, browser: Browser) -> None:
    told = browser.http.get(f"{browser.issuer}/.well-known/openid-configuration").json()
    verifier = "v" * 64
    with OAuth2Session(
        client_id="prescriber-app",
        redirect_uri=CALLBACK,
        scope="openid erx.prescribe",
        code_challenge_method="S256",
        token_endpoint_auth_method="none",
    ) as client:
        client.trust_env, client.verify = False, str(server.authority)
        address, state = client.create_authorization_url(
            told["authorization_endpoint"],
            code_verifier=verifier,
            nonce="n-1",
            resource=browser.world.fhir_base,
        )
        assert create_s256_code_challenge(verifier) in address
        back = browser.sign_in(browser.http.get(address))
        token = client.fetch_token(
            told["token_endpoint"],
            authorization_response=back.headers["location"],
            code_verifier=verifier,
            state=state,
        )
        assert back_at_client(back)["iss"] == told["issuer"]
        keys = KeySet.import_key_set(client.get(told["jwks_uri"]).json())
        identity = jwt.decode(token["id_token"], keys, algorithms=["ES256"]).claims
        assert (identity["nonce"], identity["aud"]) == ("n-1", "prescriber-app")
        assert client.get(told["userinfo_endpoint"]).json()["sub"] == identity["sub"]


def test_authlib_authenticates_a_system(server: Standing, laboratory: System) -> None:
    with OAuth2Session(
        client_id="labo-nord-app",
        client_secret=laboratory.key,
        token_endpoint_auth_method=PrivateKeyJWT(
            laboratory.token_endpoint,
            alg="ES256",
            headers={"kid": laboratory.key.kid},
            claims={"exp": int(time.time()) + 60},
        ),
    ) as client:
        client.trust_env, client.verify = False, str(server.authority)
        token = client.fetch_token(
            laboratory.token_endpoint, grant_type="client_credentials", scope="erx.dispense"
        )
    assert token["scope"] == "erx.dispense"
    assert laboratory.search(laboratory.token()).status_code == 200
