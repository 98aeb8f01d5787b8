"""Refresh tokens: rotation, theft noticed, what they may; revoking; introspection."""

import time

import httpx
import pytest

from reference_server.world import World
from tests.reference_server.standing import Standing
from tests.reference_server.trust.rp import Rp, confidential_rp, new_rp, rp_client


def error_of(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


def test_each_refresh_gives_another_token_and_the_old_one_is_theft(rp: Rp) -> None:
    first = rp.tokens()
    second = rp.refresh(first["refresh_token"]).json()
    third = rp.refresh(second["refresh_token"]).json()
    assert len({each["refresh_token"] for each in (first, second, third)}) == 3
    assert rp.userinfo(first["access_token"]).status_code == 200
    assert error_of(rp.refresh(first["refresh_token"])) == (400, "invalid_grant")
    for each in (first, second, third):
        assert rp.userinfo(each["access_token"]).status_code == 401
    assert error_of(rp.refresh(third["refresh_token"])) == (400, "invalid_grant")


def test_a_stolen_token_does_not_end_another_sign_in(rp: Rp) -> None:
    first, other = rp.tokens(), rp.tokens(prompt="login")
    rp.refresh(first["refresh_token"])
    rp.refresh(first["refresh_token"])
    assert rp.refresh(other["refresh_token"]).status_code == 200


def test_a_refresh_may_ask_for_less_and_never_for_more(rp: Rp) -> None:
    told = rp.tokens(scope="openid erx.read")
    less = rp.refresh(told["refresh_token"], scope="erx.read").json()
    assert less["scope"] == "erx.read"
    assert "id_token" in less
    more = rp.refresh(less["refresh_token"], scope="erx.read erx.prescribe")
    assert error_of(more) == (400, "invalid_scope")
    back = rp.refresh(less["refresh_token"]).json()
    assert back["scope"] == "erx.read openid"
    other = f"{rp.world.base_url}/vidalrest/excalibur-service/api"
    assert error_of(rp.refresh(back["refresh_token"], resource=other)) == (400, "invalid_target")


def test_only_who_is_registered_for_it_gets_and_uses_refresh_tokens(
    server: Standing, world: World
) -> None:
    rp = new_rp(world, server.trust(), rp_client("rp", refreshes=False))
    assert "refresh_token" not in rp.tokens()
    assert error_of(rp.refresh("x")) == (400, "unauthorized_client")
    rp.http.close()


@pytest.mark.parametrize(
    ("scope", "seconds"), [("openid", 1800), ("openid offline_access", 2592000)]
)
def test_a_refresh_token_lives_as_long_as_the_settings_say(
    rp: Rp, world: World, scope: str, seconds: int
) -> None:
    told = rp.tokens(scope=scope)
    with world.store.read() as tx:
        row = tx.execute("SELECT expires_at FROM trust_refresh").fetchone()
    assert abs(row["expires_at"] - int(time.time()) - seconds) <= 5
    with world.store.write() as tx:
        tx.execute("UPDATE trust_refresh SET expires_at = ?", (int(time.time()) - 1,))
    assert error_of(rp.refresh(told["refresh_token"])) == (400, "invalid_grant")


def test_signing_out_ends_refresh_tokens_but_not_offline_ones(rp: Rp) -> None:
    online, offline = rp.tokens(), rp.tokens(scope="openid offline_access")
    rp.sign_out(id_token_hint=online["id_token"])
    assert error_of(rp.refresh(online["refresh_token"])) == (400, "invalid_grant")
    assert rp.userinfo(online["access_token"]).status_code == 401
    assert rp.refresh(offline["refresh_token"]).status_code == 200
    assert rp.userinfo(offline["access_token"]).status_code == 200


def test_nothing_that_opens_a_door_is_kept_as_it_is(rp: Rp, world: World) -> None:
    told = rp.tokens()
    secrets = [told["refresh_token"], told["access_token"], *rp.http.cookies.values()]
    kept = ""
    with world.store.read() as tx:
        for table in ("client", "account", "login", "session", "grant", "code", "refresh"):
            kept += repr([tuple(row) for row in tx.execute(f"SELECT * FROM trust_{table}")])  # noqa: S608 - names of our own
    assert len(secrets) >= 3
    assert not [secret for secret in secrets if secret in kept]


def test_a_token_is_given_up_by_its_own_client_only(rp: Rp, rp_server: Rp) -> None:
    told = rp.tokens()
    assert error_of(rp_server.post("revoke", token=told["access_token"])) == (400, "invalid_grant")
    assert rp.userinfo(told["access_token"]).status_code == 200
    gone = rp.post("revoke", token=told["access_token"], token_type_hint="access_token")
    assert (gone.status_code, gone.content) == (200, b"")
    assert rp.userinfo(told["access_token"]).status_code == 401
    assert rp.refresh(told["refresh_token"]).status_code == 200
    assert rp.post("revoke", token="unknown").status_code == 200
    assert error_of(rp.post("revoke")) == (400, "invalid_request")
    assert error_of(rp.post("revoke", token="x", client_id="rp-server")) == (401, "invalid_client")


def test_giving_up_a_refresh_token_takes_its_access_tokens_along(rp: Rp) -> None:
    told = rp.tokens()
    assert rp.post("revoke", token=told["refresh_token"]).status_code == 200
    assert rp.userinfo(told["access_token"]).status_code == 401
    assert error_of(rp.refresh(told["refresh_token"])) == (400, "invalid_grant")


def test_a_client_learns_what_its_own_tokens_are_worth(rp_server: Rp, rp: Rp) -> None:
    told = rp_server.tokens(scope="openid erx.read")
    access = rp_server.post("token/introspect", token=told["access_token"]).json()
    assert (access["active"], access["sub"]) == (True, "9100000017")
    assert (access["client_id"], access["scope"]) == ("rp-server", "erx.read openid")
    assert access["aud"] == rp_server.world.fhir_base
    refresh = rp_server.post("token/introspect", token=told["refresh_token"]).json()
    assert (refresh["active"], refresh["scope"]) == (True, "erx.read openid")
    others = rp.tokens()
    for token in (others["access_token"], others["refresh_token"], "x", told["id_token"]):
        assert rp_server.post("token/introspect", token=token).json() == {"active": False}
    assert error_of(rp.post("token/introspect", token="x")) == (400, "unauthorized_client")
    rp_server.post("revoke", token=told["refresh_token"])
    for token in (told["access_token"], told["refresh_token"]):
        assert rp_server.post("token/introspect", token=token).json() == {"active": False}


def test_an_api_learns_what_any_token_is_worth(rp: Rp, server: Standing, world: World) -> None:
    api = confidential_rp(world, server.trust(), "an-api", introspects=True)
    told = rp.tokens()
    answer = api.post("token/introspect", token=told["access_token"])
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["active"] is True
    assert answer.json()["client_id"] == "rp"
    api.http.close()
