"""The token endpoint: what is issued, to whom, for what, and everything that is refused."""

import base64
import json
import time
from datetime import timedelta

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, OctKey, RSAKey

from reference_server.app.sandbox import public_key
from reference_server.kernel.store import Store
from reference_server.services.trust.model import Client
from reference_server.services.trust.operations import register_client
from reference_server.world import World
from tests.reference_server.standing import Browser, Standing, System, trail_of


def rows(store: Store, sql: str) -> list[tuple[object, ...]]:
    with store.read() as tx:
        return [tuple(row) for row in tx.execute(sql)]


def verified(browser: Browser, token: str) -> jwt.Token:
    keys = KeySet.import_key_set(browser.http.get(browser.endpoint("certs")).json())
    return jwt.decode(token, keys, algorithms=["ES256"])


def test_a_code_becomes_an_access_token_and_an_id_token(browser: Browser) -> None:
    answer = browser.redeem(browser.code())
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    content = answer.json()
    assert (content["token_type"], content["expires_in"]) == ("Bearer", 300)
    assert content["scope"] == "erx.prescribe erx.read openid"
    access = verified(browser, content["access_token"])
    assert (access.header["typ"], access.header["alg"]) == ("at+jwt", "ES256")
    claims = access.claims
    assert claims["iss"] == browser.issuer
    assert claims["aud"] == browser.world.fhir_base
    assert claims["exp"] - claims["iat"] == 300
    assert (claims["role"], claims["organization"]) == ("prescriber", "90100112")
    assert (claims["ehealth_id"], claims["profession"]) == ("9100000017", "PS-001")
    assert "Meyer" not in json.dumps(claims)
    identity = verified(browser, content["id_token"]).claims
    assert (identity["aud"], identity["nonce"]) == ("prescriber-app", "a-nonce")
    assert identity["sub"] == claims["sub"]


def test_userinfo_names_the_person(browser: Browser) -> None:
    token = browser.redeem(browser.code()).json()["access_token"]
    told = browser.userinfo(token).json()
    assert (told["given_name"], told["family_name"]) == ("Claire", "Meyer")


def test_userinfo_needs_openid(browser: Browser) -> None:
    code = browser.code(scope="erx.prescribe")
    content = browser.redeem(code).json()
    assert "id_token" not in content
    answer = browser.userinfo(content["access_token"])
    assert answer.status_code == 403
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


def test_a_code_used_twice_is_refused_and_revokes_what_it_gave(
    browser: Browser, world: World
) -> None:
    code = browser.code()
    token = browser.redeem(code).json()["access_token"]
    assert browser.userinfo(token).status_code == 200
    again = browser.redeem(code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert browser.userinfo(token).status_code == 401
    assert trail_of(world)[-2].entry.refusal == "invalid_grant"


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"code_verifier": "w" * 43}, "invalid_grant"),
        ({"code_verifier": "short"}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": "http://127.0.0.1:5512/callback"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_grant"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"code": None}, "invalid_request"),
        ({"grant_type": None}, "invalid_request"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "refresh_token", "refresh_token": "x"}, "unauthorized_client"),
        ({"resource": "https://elsewhere.example"}, "invalid_target"),
    ],
)
def test_a_code_is_bound_to_its_request(
    browser: Browser, changed: dict[str, str | None], error: str
) -> None:
    code = browser.code()
    refused = browser.redeem(code, **changed)
    assert (refused.status_code, refused.json()["error"]) == (400, error)
    assert refused.headers["cache-control"] == "no-store"
    assert browser.redeem(code).status_code == 200


def test_a_code_is_bound_to_its_client(browser: Browser, world: World) -> None:
    other = Client(client_id="other-app", name="Other", scopes=frozenset({"openid"}))
    register_client(world, other)
    code = browser.code()
    refused = browser.redeem(code, client_id="other-app")
    assert refused.json()["error"] == "invalid_grant"


def test_a_code_is_over_after_a_minute(browser: Browser, world: World) -> None:
    code = browser.code()
    with world.store.write() as tx:
        tx.execute("UPDATE trust_code SET expires_at = ?", (int(time.time()) - 1,))
    assert browser.redeem(code).json()["error"] == "invalid_grant"


def test_codes_and_sign_ins_are_kept_as_hashes_only(browser: Browser, world: World) -> None:
    code = browser.code()
    browser.ask()
    secret = next(iter(browser.http.cookies.values()), "")
    kept = repr(rows(world.store, "SELECT * FROM trust_code"))
    kept += repr(rows(world.store, "SELECT * FROM trust_login"))
    assert code not in kept
    assert secret
    assert secret not in kept


def test_a_system_gets_a_token_for_its_organisation(
    laboratory: System, browser: Browser, world: World
) -> None:
    claims = verified(browser, laboratory.token()).claims
    assert (claims["sub"], claims["client_id"]) == ("labo-nord-app", "labo-nord-app")
    assert (claims["role"], claims["organization"]) == ("laboratory", "90200116")
    assert claims["scope"] == "erx.dispense erx.read"
    assert "ehealth_id" not in claims
    assert trail_of(world)[-1].entry.entities == ("Client/labo-nord-app",)


def test_the_token_endpoint_is_an_audience_too(laboratory: System) -> None:
    assert laboratory.ask(laboratory.assertion(aud=laboratory.token_endpoint)).status_code == 200
    assert laboratory.ask(laboratory.assertion(aud=["x", laboratory.issuer])).status_code == 200


def test_an_assertion_works_once(laboratory: System) -> None:
    assertion = laboratory.assertion()
    assert laboratory.ask(assertion).status_code == 200
    replayed = laboratory.ask(assertion)
    assert (replayed.status_code, replayed.json()["error"]) == (401, "invalid_client")


def test_the_same_jti_in_another_assertion_is_a_replay(laboratory: System) -> None:
    assert laboratory.ask(laboratory.assertion(jti="one")).status_code == 200
    assert laboratory.ask(laboratory.assertion(jti="one", nonce="x")).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://elsewhere.example"},
        {"aud": None},
        {"iss": "labo-sud-app"},
        {"sub": "labo-sud-app"},
        {"sub": 7},
        {"exp": None},
        {"exp": int(time.time()) - 60},
        {"exp": int(time.time()) + 3600},
        {"exp": "soon"},
        {"exp": True},
        {"nbf": int(time.time()) + 600},
        {"iat": int(time.time()) + 600},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "j" * 300},
    ],
)
def test_a_faulty_assertion_is_refused(laboratory: System, changed: dict[str, object]) -> None:
    refused = laboratory.ask(laboratory.assertion(**changed))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_another_key_is_refused(laboratory: System) -> None:
    laboratory.key = ECKey.generate_key("P-256", {"kid": laboratory.key.kid or ""})
    refused = laboratory.ask()
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


def test_other_algorithms_are_refused(laboratory: System) -> None:
    claims = {"iss": "labo-nord-app", "sub": "labo-nord-app", "aud": laboratory.issuer}
    claims |= {"exp": str(int(time.time()) + 60), "jti": "x"}
    public = json.dumps(laboratory.key.as_dict(private=False))
    hmac = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(public.ljust(64)))
    rsa = jwt.encode({"alg": "RS256"}, claims, RSAKey.generate_key(2048))
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    for assertion in (hmac, rsa, f"{head}.{body}."):
        assert laboratory.ask(assertion).json()["error"] == "invalid_client"


@pytest.mark.parametrize("assertion", ["x", "a.b.c", "..", "é.é.é", "W10.W10.W10", "a" * 20_000])
def test_rubbish_is_no_assertion(laboratory: System, assertion: str) -> None:
    refused = laboratory.ask(assertion)
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")


@pytest.mark.parametrize(
    ("changed", "status", "error"),
    [
        ({"client_assertion_type": "urn:other"}, 401, "invalid_client"),
        ({"client_assertion_type": None}, 401, "invalid_client"),
        ({"client_secret": "x"}, 401, "invalid_client"),
        ({"client_id": "labo-sud-app"}, 401, "invalid_client"),
        ({"scope": "erx.prescribe"}, 400, "invalid_scope"),
        ({"scope": "openid"}, 400, "invalid_scope"),
        ({"resource": "https://elsewhere.example"}, 400, "invalid_target"),
        ({"grant_type": "authorization_code", "code": "x"}, 400, "invalid_grant"),
    ],
)
def test_a_system_gets_no_more_than_it_is_registered_for(
    laboratory: System, changed: dict[str, str | None], status: int, error: str
) -> None:
    refused = laboratory.ask(**changed)
    assert (refused.status_code, refused.json()["error"]) == (status, error)


def test_a_system_cannot_pass_as_a_public_client(laboratory: System) -> None:
    refused = laboratory.ask(
        client_assertion=None, client_assertion_type=None, client_id="labo-nord-app"
    )
    assert refused.json()["error"] == "invalid_client"


def test_a_public_client_gets_nothing_without_a_person(browser: Browser) -> None:
    form = {"grant_type": "client_credentials", "client_id": "prescriber-app"}
    refused = browser.http.post(browser.endpoint("token"), data=form)
    assert refused.json()["error"] == "unauthorized_client"


def test_a_client_registered_while_the_server_runs_gets_tokens(
    server: Standing, world: World
) -> None:
    key = ECKey.generate_key("P-256", auto_kid=True)
    register_client(
        world,
        Client(
            client_id="labo-nord-app",
            name="Subject",
            scopes=frozenset({"erx.dispense"}),
            keys=(public_key(key),),
            role="laboratory",
            organization="90200116",
            systems_only=True,
        ),
    )
    system = System(world, server.trust(), key)
    assert system.ask().json()["scope"] == "erx.dispense"
    system.http.close()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b'{"grant_type":"client_credentials"}', "application/json"),
        (b"grant_type=a&grant_type=b", "application/x-www-form-urlencoded"),
        (b"", "application/x-www-form-urlencoded"),
        (b"\xff\xfe=%ff", "application/x-www-form-urlencoded"),
    ],
)
def test_a_malformed_token_request_gets_oauth_json(
    laboratory: System, body: bytes, content_type: str
) -> None:
    headers = {"Content-Type": content_type}
    refused = laboratory.http.post(laboratory.token_endpoint, content=body, headers=headers)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert refused.json()["error_description"].isascii()


def test_a_token_opens_a_protected_route(laboratory: System) -> None:
    assert laboratory.search(laboratory.token()).status_code == 200


def test_a_token_for_another_api_is_refused(laboratory: System, world: World) -> None:
    other = f"{world.base_url}/vidalrest/excalibur-service/api"
    refused = laboratory.search(laboratory.token(resource=other))
    assert refused.status_code == 401
    assert refused.json()["issue"][0]["details"]["coding"][0]["code"] == "token-audience-wrong"


def altered(token: str) -> str:
    head, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    claims["role"] = "prescriber"
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "token-missing"),
        ("", "token-missing"),
        ("Basic eDp5", "token-missing"),
        ("Bearer", "token-missing"),
        ("Bearer x", "token-invalid"),
        ("Bearer a.b.c", "token-invalid"),
    ],
)
def test_a_route_says_what_is_wrong_with_a_token(
    laboratory: System, authorization: str | None, code: str
) -> None:
    headers = {} if authorization is None else {"Authorization": authorization}
    refused = laboratory.http.get(f"{laboratory.fhir}/Task", headers=headers)
    assert refused.status_code == 401
    assert refused.headers["www-authenticate"].startswith("Bearer")
    assert refused.headers["content-type"] == "application/fhir+json; charset=utf-8"
    assert refused.json()["issue"][0]["details"]["coding"][0]["code"] == code


def test_an_altered_token_and_one_of_another_world_are_refused(
    laboratory: System, server: Standing
) -> None:
    assert laboratory.search(altered(laboratory.token())).status_code == 401
    elsewhere = server.open()
    stranger = System(elsewhere, server.trust(), server.keys["labo-nord-app"])
    assert laboratory.search(stranger.token()).status_code == 401
    stranger.http.close()
    server.registry.close(elsewhere.name)


def test_an_id_token_opens_nothing(browser: Browser) -> None:
    content = browser.redeem(browser.code()).json()
    assert browser.userinfo(content["id_token"]).status_code == 401


def test_tokens_of_before_can_be_expired_and_new_ones_work_at_once(
    laboratory: System, world: World
) -> None:
    before = laboratory.token()
    assert laboratory.search(before).status_code == 200
    world.expire_tokens()
    refused = laboratory.search(before)
    assert refused.status_code == 401
    assert refused.json()["issue"][0]["code"] == "expired"
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    assert laboratory.search(laboratory.token()).status_code == 200


def test_advancing_business_time_expires_no_token(laboratory: System, world: World) -> None:
    token = laboratory.token()
    world.clock.advance(timedelta(days=70))
    assert laboratory.search(token).status_code == 200


def test_a_token_is_over_at_its_time(server: Standing) -> None:
    world = server.open()
    world.settings = type(world.settings)(access_token_seconds=0)
    system = System(world, server.trust(), server.keys["labo-nord-app"])
    refused = system.search(system.token())
    assert refused.json()["issue"][0]["details"]["coding"][0]["code"] == "token-expired"
    system.http.close()
    server.registry.close(world.name)


def test_the_issuer_tells_what_it_offers_at_the_address_it_names(browser: Browser) -> None:
    answer = browser.http.get(f"{browser.issuer}/.well-known/openid-configuration")
    told = answer.json()
    assert told["issuer"] == browser.issuer
    assert told["code_challenge_methods_supported"] == ["S256"]
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint"):
        assert told[name].startswith(browser.issuer)
    assert answer.headers["cache-control"] == "public, max-age=300"
    (key,) = browser.http.get(told["jwks_uri"]).json()["keys"]
    assert "d" not in key
    assert (key["kty"], key["crv"], key["alg"], key["use"]) == ("EC", "P-256", "ES256", "sig")


def test_a_page_of_any_site_may_ask_for_tokens(browser: Browser) -> None:
    asked = {"Origin": "https://app.example", "Access-Control-Request-Method": "POST"}
    for name in ("token", "userinfo", "revoke"):
        allowed = browser.http.options(browser.endpoint(name), headers=asked)
        assert allowed.status_code == 204
        assert "DPoP" in allowed.headers["access-control-allow-headers"]
        assert allowed.headers["access-control-allow-origin"] == "*"
        assert "access-control-allow-credentials" not in allowed.headers
    refused = browser.redeem("unknown")
    assert refused.headers["access-control-allow-origin"] == "*"
    assert "DPoP-Nonce" in refused.headers["access-control-expose-headers"]


def test_a_wrong_method_and_an_unknown_path_get_oauth_json(browser: Browser) -> None:
    wrong = browser.http.get(browser.endpoint("token"))
    assert (wrong.status_code, wrong.headers["allow"]) == (405, "OPTIONS, POST")
    unknown = browser.http.get(f"{browser.issuer}/elsewhere")
    assert unknown.status_code == 404
    assert {wrong.json()["error"], unknown.json()["error"]} == {"invalid_request"}
    huge = httpx.QueryParams({"grant_type": "x" * 70_000})
    too_large = browser.http.post(
        browser.endpoint("token"),
        content=str(huge),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert too_large.status_code == 413
