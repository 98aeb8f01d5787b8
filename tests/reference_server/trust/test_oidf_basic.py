"""The modules of the OpenID Foundation's Basic OP and Config plans, self-checked.

Each case bears its module's name and asks what that module asks, against our own server over HTTPS.
That is a checklist in our own hands, and no certification.
"""

import base64
import json

import httpx
import pytest

from reference_server.services.trust.model import HIGH
from reference_server.services.trust.operations import register_client
from reference_server.world import World
from tests.reference_server.standing import CALLBACK, Standing, back_at_client
from tests.reference_server.trust.rp import (
    COMPLETE,
    SECOND_CALLBACK,
    Rp,
    altered,
    form_of,
    half_hash,
    new_rp,
    rp_client,
)

BASIC = (
    "oidcc-server",
    "oidcc-response-type-missing",
    "oidcc-idtoken-signature",
    "oidcc-idtoken-unsigned",
    "oidcc-userinfo-get",
    "oidcc-userinfo-post-header",
    "oidcc-userinfo-post-body",
    "oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
    "oidcc-scope-profile",
    "oidcc-scope-email",
    "oidcc-scope-address",
    "oidcc-scope-phone",
    "oidcc-scope-all",
    "oidcc-alternate-happy-flow",
    "oidcc-display-page",
    "oidcc-display-popup",
    "oidcc-prompt-login",
    "oidcc-prompt-none-not-logged-in",
    "oidcc-prompt-none-logged-in",
    "oidcc-max-age-1",
    "oidcc-max-age-10000",
    "oidcc-ensure-request-with-unknown-parameter-succeeds",
    "oidcc-id-token-hint",
    "oidcc-login-hint",
    "oidcc-ui-locales",
    "oidcc-claims-locales",
    "oidcc-ensure-request-with-acr-values-succeeds",
    "oidcc-codereuse",
    "oidcc-codereuse-30seconds",
    "oidcc-ensure-registered-redirect-uri",
    "oidcc-ensure-post-request-succeeds",
    "oidcc-server-client-secret-post",
    "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
    "oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported",
    "oidcc-claims-essential",
    "oidcc-ensure-request-object-with-redirect-uri",
    "oidcc-refresh-token",
    "oidcc-ensure-request-with-valid-pkce-succeeds",
)
CONFIG = ("oidcc-discovery-endpoint-verification",)


def unsigned(claims: dict[str, object]) -> str:
    parts = ({"alg": "none"}, claims)
    encoded = (base64.urlsafe_b64encode(json.dumps(part).encode()) for part in parts)
    return ".".join(part.rstrip(b"=").decode() for part in encoded) + "."


def test_every_module_of_the_plans_has_its_case() -> None:
    cases = {name for name in globals() if name.startswith("test_oidcc_")}
    assert len(BASIC) == 38
    assert cases == {f"test_{name.replace('-', '_')}" for name in BASIC + CONFIG}


def test_oidcc_server(rp: Rp) -> None:
    told = rp.tokens(nonce="n-0S6")
    claims = rp.claims(told["id_token"])
    assert (claims["iss"], claims["aud"], claims["sub"]) == (rp.issuer, "rp", "9100000017")
    assert (claims["nonce"], claims["at_hash"]) == ("n-0S6", half_hash(told["access_token"]))
    assert claims["iat"] <= claims["exp"] - 1
    assert rp.userinfo(told["access_token"]).json()["sub"] == claims["sub"]
    assert told["token_type"] == "Bearer"


def test_oidcc_response_type_missing(rp: Rp) -> None:
    told = back_at_client(rp.ask(response_type=None))
    assert (told["error"], told["state"]) == ("invalid_request", "a-state")


def test_oidcc_idtoken_signature(rp: Rp) -> None:
    id_token = rp.tokens()["id_token"]
    header = json.loads(base64.urlsafe_b64decode(id_token.split(".")[0] + "=="))
    keys = rp.http.get(rp.endpoint("certs")).json()["keys"]
    assert header["kid"] in [key["kid"] for key in keys]
    assert rp.claims(id_token)["sub"]


def test_oidcc_idtoken_unsigned(rp: Rp) -> None:
    told = rp.http.get(f"{rp.issuer}/.well-known/openid-configuration").json()
    assert "none" not in told["id_token_signing_alg_values_supported"]
    head = rp.tokens()["id_token"].split(".")[0]
    assert json.loads(base64.urlsafe_b64decode(head + "=="))["alg"] == "ES256"


def test_oidcc_userinfo_get(rp: Rp) -> None:
    told = rp.tokens(scope="openid profile")
    answer = rp.userinfo(told["access_token"])
    assert answer.headers["content-type"] == "application/json"
    assert (answer.json()["sub"], answer.json()["given_name"]) == ("9100000017", "Claire")


def test_oidcc_userinfo_post_header(rp: Rp) -> None:
    headers = {"Authorization": f"Bearer {rp.tokens()['access_token']}"}
    answer = rp.http.post(rp.endpoint("userinfo"), headers=headers)
    assert answer.json()["sub"] == "9100000017"


def test_oidcc_userinfo_post_body(rp: Rp) -> None:
    form = {"access_token": rp.tokens()["access_token"]}
    assert rp.http.post(rp.endpoint("userinfo"), data=form).json()["sub"] == "9100000017"
    both = {"Authorization": f"Bearer {form['access_token']}"}
    twice = rp.http.post(rp.endpoint("userinfo"), data=form, headers=both)
    assert (twice.status_code, twice.json()["error"]) == (400, "invalid_request")


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(rp: Rp) -> None:
    assert "nonce" not in rp.claims(rp.tokens(nonce=None)["id_token"])


def told_of(rp: Rp, scope: str) -> dict[str, object]:
    """Return what userinfo tells for a scope about a person of whom everything is known."""
    token = rp.tokens(username=COMPLETE, scope=f"openid {scope}")["access_token"]
    told: dict[str, object] = rp.userinfo(token).json()
    return told


def test_oidcc_scope_profile(rp: Rp) -> None:
    told = told_of(rp, "profile")
    assert (told["name"], told["preferred_username"]) == ("Élise Wagner", COMPLETE)
    assert not {"email", "phone_number", "address"} & set(told)


def test_oidcc_scope_email(rp: Rp) -> None:
    told = told_of(rp, "email")
    assert told["email"] == "elise.wagner@professionals.example"
    assert told["email_verified"] is True
    assert "preferred_username" not in told


def test_oidcc_scope_address(rp: Rp) -> None:
    told = told_of(rp, "address")
    assert told["address"] == {"formatted": "1, rue de la Gare, L-0000 Exemple"}
    assert "email" not in told


def test_oidcc_scope_phone(rp: Rp) -> None:
    told = told_of(rp, "phone")
    assert (told["phone_number"], told["phone_number_verified"]) == ("+352 000000", True)
    assert "address" not in told


def test_oidcc_scope_all(rp: Rp) -> None:
    told = told_of(rp, "profile email address phone")
    assert {"preferred_username", "email", "phone_number", "address"} <= set(told)


def test_oidcc_alternate_happy_flow(rp: Rp) -> None:
    """The same with another registered address, which has a query, and form_post."""
    page = rp.ask(redirect_uri=SECOND_CALLBACK, response_mode="form_post", state=None)
    posting = rp.login(page)
    action, fields = form_of(posting)
    assert (posting.status_code, action) == (200, SECOND_CALLBACK)
    assert set(fields) == {"code", "iss"}
    answer = rp.redeem_code(fields["code"], redirect_uri=SECOND_CALLBACK)
    assert rp.claims(answer.json()["id_token"])["sub"] == "9100000017"


@pytest.mark.parametrize("display", ["page"])
def test_oidcc_display_page(rp: Rp, display: str) -> None:
    assert "code" in rp.back(display=display)


@pytest.mark.parametrize("display", ["popup"])
def test_oidcc_display_popup(rp: Rp, display: str) -> None:
    assert "code" in rp.back(display=display)


def test_oidcc_prompt_login(rp: Rp) -> None:
    first = rp.claims(rp.tokens()["id_token"])
    page = rp.ask(prompt="login")
    assert 'name="password"' in page.text
    code = back_at_client(rp.login(page))["code"]
    again = rp.claims(rp.redeem_code(code).json()["id_token"])
    assert (again["sub"], again["sid"]) == (first["sub"], first["sid"])
    assert again["auth_time"] >= first["auth_time"]


def test_oidcc_prompt_none_not_logged_in(rp: Rp) -> None:
    told = rp.back_silently()
    assert (told["error"], told["state"]) == ("login_required", "a-state")
    assert "code" not in told


def test_oidcc_prompt_none_logged_in(rp: Rp) -> None:
    first = rp.claims(rp.tokens()["id_token"])
    code = rp.back_silently()["code"]
    again = rp.claims(rp.redeem_code(code).json()["id_token"])
    same = ("sub", "sid", "auth_time")
    assert [again[name] for name in same] == [first[name] for name in same]


def test_oidcc_max_age_1(rp: Rp, world: World) -> None:
    first = rp.claims(rp.tokens()["id_token"])
    with world.store.write() as tx:  # two seconds pass
        tx.execute(
            "UPDATE trust_session SET content = replace(content, ?, ?)",
            (f'"at":{first["auth_time"]}', f'"at":{first["auth_time"] - 2}'),
        )
    assert rp.back_silently(max_age="1")["error"] == "login_required"
    page = rp.ask(max_age="1")
    assert 'name="password"' in page.text
    again = rp.redeem_code(back_at_client(rp.login(page))["code"]).json()
    assert rp.claims(again["id_token"])["auth_time"] > first["auth_time"] - 2


def test_oidcc_max_age_10000(rp: Rp) -> None:
    first = rp.claims(rp.tokens()["id_token"])
    code = back_at_client(rp.ask(max_age="10000"))["code"]
    again = rp.claims(rp.redeem_code(code).json()["id_token"])
    assert again["auth_time"] == first["auth_time"]


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(rp: Rp) -> None:
    assert "code" in rp.back(extra="foobar")


def test_oidcc_id_token_hint(rp: Rp) -> None:
    id_token = rp.tokens()["id_token"]
    assert "code" in rp.back_silently(id_token_hint=id_token)
    wrong = back_at_client(rp.ask(id_token_hint=altered(id_token, sub="9100000025")))
    assert wrong["error"] == "invalid_request"
    other = rp.tokens(username="9100000025", prompt="login")["id_token"]
    assert rp.back_silently(id_token_hint=id_token)["error"] == "login_required"
    assert "code" in rp.back_silently(id_token_hint=other)


def test_oidcc_login_hint(rp: Rp) -> None:
    page = rp.ask(login_hint='9100000017"><script>')
    assert 'value="9100000017&#34;&gt;&lt;script&gt;"' in page.text
    assert "code" in rp.back(login_hint="9100000017")


def test_oidcc_ui_locales(rp: Rp) -> None:
    page = rp.ask(ui_locales="se de-LU en")
    assert '<html lang="de">' in page.text
    wrong = rp.sign_in(page, password="guess")
    assert '<html lang="de">' in wrong.text
    assert "code" in back_at_client(rp.login(wrong))


def test_oidcc_claims_locales(rp: Rp) -> None:
    assert "code" in rp.back(claims_locales="se")


def test_oidcc_ensure_request_with_acr_values_succeeds(rp: Rp) -> None:
    assert rp.claims(rp.tokens(acr_values="1 2")["id_token"])["acr"].endswith("/low")


def test_oidcc_codereuse(rp: Rp) -> None:
    code = rp.back()["code"]
    told = rp.redeem_code(code).json()
    again = rp.redeem_code(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert rp.userinfo(told["access_token"]).status_code == 401
    assert rp.refresh(told["refresh_token"]).json()["error"] == "invalid_grant"


def test_oidcc_codereuse_30seconds(rp: Rp, world: World) -> None:
    code = rp.back()["code"]
    told = rp.redeem_code(code).json()
    with world.store.write() as tx:  # the code's minute is over, and everything old is swept
        tx.execute("UPDATE trust_code SET expires_at = expires_at - 90")
    again = rp.redeem_code(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert rp.userinfo(told["access_token"]).status_code == 401


def test_oidcc_ensure_registered_redirect_uri(rp: Rp) -> None:
    for uri in (f"{SECOND_CALLBACK}&x=1", "https://rp.example/callback", f"{CALLBACK}/deeper"):
        answer = rp.ask(redirect_uri=uri)
        assert (answer.status_code, "location" in answer.headers) == (400, False)


def test_oidcc_ensure_post_request_succeeds(rp: Rp) -> None:
    page = rp.http.post(rp.endpoint("auth"), data=rp.request())
    assert "code" in back_at_client(rp.login(page))


def test_oidcc_server_client_secret_post(rp: Rp) -> None:
    """Shared secrets are not offered here, and none is accepted."""
    told = rp.http.get(f"{rp.issuer}/.well-known/openid-configuration").json()
    assert not [m for m in told["token_endpoint_auth_methods_supported"] if "secret" in m]
    refused = rp.redeem_code(rp.back()["code"], client_secret="x")
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    basic = {"Authorization": httpx.BasicAuth("rp", "x")._auth_header}  # noqa: SLF001 - the header only
    refused = rp.redeem_code(rp.back()["code"], headers=basic)
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Basic")


def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(rp: Rp) -> None:
    told = rp.http.get(f"{rp.issuer}/.well-known/openid-configuration").json()
    assert told["request_uri_parameter_supported"] is False
    answer = back_at_client(rp.ask(request_uri="https://rp.example/request.jwt"))
    assert (answer["error"], answer["state"]) == ("request_uri_not_supported", "a-state")


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(
    rp: Rp,
) -> None:
    told = rp.http.get(f"{rp.issuer}/.well-known/openid-configuration").json()
    assert told["request_parameter_supported"] is False
    answer = back_at_client(rp.ask(request=unsigned({"client_id": "rp"})))
    assert (answer["error"], answer["state"]) == ("request_not_supported", "a-state")


def test_oidcc_claims_essential(rp: Rp) -> None:
    wanted = {
        "userinfo": {"email": {"essential": True}, "unknown": None},
        "id_token": {"given_name": None, "auth_time": {"essential": True}},
    }
    told = rp.tokens(claims=json.dumps(wanted))
    assert rp.userinfo(told["access_token"]).json()["email"].endswith("@professionals.example")
    identity = rp.claims(told["id_token"])
    assert identity["given_name"] == "Claire"
    assert "auth_time" in identity
    assert "family_name" not in identity


def test_oidcc_ensure_request_object_with_redirect_uri(rp: Rp) -> None:
    """An address inside a request object leads nowhere: request objects are refused."""
    hidden = unsigned({"redirect_uri": "https://evil.example/"})
    answer = rp.ask(request=hidden)
    assert answer.headers["location"].startswith(CALLBACK)
    assert back_at_client(answer)["error"] == "request_not_supported"


def test_oidcc_refresh_token(rp: Rp, server: Standing, world: World) -> None:
    told = rp.tokens(scope="openid offline_access", nonce="n-1")
    first = rp.claims(told["id_token"])
    answer = rp.refresh(told["refresh_token"])
    renewed = answer.json()
    again = rp.claims(renewed["id_token"])
    same = ("iss", "sub", "aud", "auth_time", "sid")
    assert [again[name] for name in same] == [first[name] for name in same]
    assert again["at_hash"] != first["at_hash"]
    assert "nonce" not in again
    assert rp.userinfo(renewed["access_token"]).status_code == 200
    other = new_rp(world, server.trust(), rp_client("another"))
    stolen = other.refresh(renewed["refresh_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (400, "invalid_grant")
    other.http.close()


def test_oidcc_ensure_request_with_valid_pkce_succeeds(rp: Rp) -> None:
    code = rp.back()["code"]
    assert rp.redeem_code(code, code_verifier="w" * 43).json()["error"] == "invalid_grant"
    assert rp.redeem_code(code).status_code == 200


def test_oidcc_discovery_endpoint_verification(rp: Rp, world: World) -> None:
    answer = rp.http.get(f"{rp.issuer}/.well-known/openid-configuration")
    told = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert told["issuer"] == rp.issuer
    for name, value in told.items():
        if name.endswith(("_endpoint", "_uri")):
            assert value.startswith("https://"), name
    assert "code" in told["response_types_supported"]
    assert told["subject_types_supported"] == ["public"]
    assert {"RS256", "ES256"} <= set(told["id_token_signing_alg_values_supported"])
    assert {"openid", "offline_access"} <= set(told["scopes_supported"])
    assert {"sub", "iss", "auth_time", "acr"} <= set(told["claims_supported"])
    assert told["claims_parameter_supported"] is True
    assert HIGH in told["acr_values_supported"]
    for key in rp.http.get(told["jwks_uri"]).json()["keys"]:
        assert not {"d", "p", "q", "k"} & set(key)
    origin, _, path = rp.issuer.partition(f"/{world.name}")
    for document in ("oauth-authorization-server", "openid-configuration"):
        elsewhere = f"{origin}/.well-known/{document}/{world.name}{path}"
        assert rp.http.get(elsewhere).json() == told
    register_client(world, rp_client("rp", id_token_alg="RS256", userinfo_alg="RS256"))
    tokens = rp.tokens()
    assert rp.claims(tokens["id_token"], algorithms=("RS256",))["sub"] == "9100000017"
    signed = rp.userinfo(tokens["access_token"])
    assert signed.headers["content-type"].startswith("application/jwt")
    claims = rp.claims(signed.text, algorithms=("RS256",))
    assert (claims["iss"], claims["aud"], claims["sub"]) == (rp.issuer, "rp", "9100000017")
