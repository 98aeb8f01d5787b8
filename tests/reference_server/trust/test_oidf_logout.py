"""The modules of the OpenID Foundation's plans for RP-initiated and back-channel logout.

Each case bears its module's name. Self-checked: a checklist in our own hands, no certification.
"""

import base64
import json
import time
from collections.abc import Iterator

import httpx
import pytest

from reference_server.services.trust.model import Logout
from reference_server.world import Settings, World
from tests.reference_server.standing import Standing, back_at_client, trail_of
from tests.reference_server.trust.listening import Mailbox, mailbox
from tests.reference_server.trust.rp import (
    BYE,
    BYE_WITH_QUERY,
    Rp,
    altered,
    form_of,
    new_rp,
    rp_client,
)

RP_INITIATED = (
    "oidcc-rp-initiated-logout-discovery-endpoint-verification",
    "oidcc-rp-initiated-logout",
    "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-modified-id-token-hint",
    "oidcc-rp-initiated-logout-no-id-token-hint",
    "oidcc-rp-initiated-logout-no-params",
    "oidcc-rp-initiated-logout-no-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-no-state",
    "oidcc-rp-initiated-logout-only-state",
    "oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri",
    "oidcc-rp-initiated-logout-bad-id-token-hint",
)
BACK_CHANNEL = (
    "oidcc-backchannel-rp-initiated-logout",
    "oidcc-backchannel-discovery-endpoint-verification",
)
EVENT = "http://schemas.openid.net/event/backchannel-logout"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mailbox() as opened:
        yield opened


def agree(rp: Rp, asking: httpx.Response) -> httpx.Response:
    """Press the button of the page that asks whether to sign out."""
    action, fields = form_of(asking)
    return rp.http.post(action, data=fields)


def is_error_page(answer: httpx.Response) -> bool:
    return answer.status_code == 400 and 'role="alert"' in answer.text


def test_every_module_of_the_plans_has_its_case() -> None:
    cases = {name for name in globals() if name.startswith("test_oidcc_")}
    assert cases == {f"test_{name.replace('-', '_')}" for name in RP_INITIATED + BACK_CHANNEL}


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(rp: Rp) -> None:
    told = rp.http.get(f"{rp.issuer}/.well-known/openid-configuration").json()
    assert told["end_session_endpoint"] == rp.endpoint("logout")


def test_oidcc_rp_initiated_logout(rp: Rp) -> None:
    hint = rp.tokens()["id_token"]
    answer = rp.sign_out(id_token_hint=hint, post_logout_redirect_uri=BYE, state="s-1")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BYE}?state=s-1")
    assert not rp.is_signed_in()
    assert [each.entry.action for each in trail_of(rp.world)][-2:] == ["logout", "authorize"]


def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(rp: Rp) -> None:
    hint = rp.tokens()["id_token"]
    for uri in ("https://evil.example/", f"{BYE}/more", f"{BYE}#fragment"):
        assert is_error_page(rp.sign_out(id_token_hint=hint, post_logout_redirect_uri=uri))
    assert rp.is_signed_in()


def test_oidcc_rp_initiated_logout_modified_id_token_hint(rp: Rp) -> None:
    hint = altered(rp.tokens()["id_token"], sub="9100000025")
    assert is_error_page(rp.sign_out(id_token_hint=hint, post_logout_redirect_uri=BYE))
    assert rp.is_signed_in()


def test_oidcc_rp_initiated_logout_no_id_token_hint(rp: Rp) -> None:
    rp.tokens()
    assert is_error_page(rp.sign_out(post_logout_redirect_uri=BYE, state="s"))
    asking = rp.sign_out(post_logout_redirect_uri=BYE, state="s", client_id="rp")
    assert asking.status_code == 200
    assert rp.is_signed_in()
    answer = agree(rp, asking)
    assert answer.headers["location"] == f"{BYE}?state=s"
    assert not rp.is_signed_in()


def test_oidcc_rp_initiated_logout_no_params(rp: Rp) -> None:
    rp.tokens()
    asking = rp.sign_out()
    assert rp.is_signed_in()
    done = agree(rp, asking)
    assert (done.status_code, 'role="status"' in done.text) == (200, True)
    assert not rp.is_signed_in()


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(rp: Rp) -> None:
    done = rp.sign_out(id_token_hint=rp.tokens()["id_token"], state="s")
    assert (done.status_code, "location" in done.headers) == (200, False)
    assert not rp.is_signed_in()


def test_oidcc_rp_initiated_logout_no_state(rp: Rp) -> None:
    hint = rp.tokens()["id_token"]
    answer = rp.sign_out(id_token_hint=hint, post_logout_redirect_uri=BYE)
    assert answer.headers["location"] == BYE


def test_oidcc_rp_initiated_logout_only_state(rp: Rp) -> None:
    rp.tokens()
    done = agree(rp, rp.sign_out(state="s"))
    assert (done.status_code, "location" in done.headers) == (200, False)


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(rp: Rp) -> None:
    hint = rp.tokens()["id_token"]
    added = rp.sign_out(id_token_hint=hint, post_logout_redirect_uri=f"{BYE}?extra=1")
    assert is_error_page(added)
    assert rp.is_signed_in()
    own = rp.sign_out(id_token_hint=hint, post_logout_redirect_uri=BYE_WITH_QUERY, state="s")
    assert own.headers["location"] == f"{BYE_WITH_QUERY}&state=s"


def test_oidcc_rp_initiated_logout_bad_id_token_hint(rp: Rp) -> None:
    told = rp.tokens()
    for hint in ("bad", told["access_token"], "a.b.c"):
        assert is_error_page(rp.sign_out(id_token_hint=hint, post_logout_redirect_uri=BYE))
    other = rp.sign_out(id_token_hint=told["id_token"], client_id="another")
    assert is_error_page(other)
    assert rp.is_signed_in()


def test_a_page_of_another_site_signs_nobody_out(rp: Rp) -> None:
    rp.tokens()
    forged = rp.http.post(rp.endpoint("logout"), data={"proof": "guess"})
    assert "<form" in forged.text
    assert rp.is_signed_in()


def test_the_id_token_of_another_session_signs_nobody_out_unasked(rp: Rp) -> None:
    old = rp.tokens()["id_token"]
    rp.tokens(username="9100000025", prompt="login")
    assert "<form" in rp.sign_out(id_token_hint=old).text
    assert rp.is_signed_in()


def test_oidcc_backchannel_discovery_endpoint_verification(rp: Rp) -> None:
    told = rp.http.get(f"{rp.issuer}/.well-known/openid-configuration").json()
    assert told["backchannel_logout_supported"] is True
    assert told["backchannel_logout_session_supported"] is True


def test_oidcc_backchannel_rp_initiated_logout(
    server: Standing, world: World, box: Mailbox
) -> None:
    rp = new_rp(world, server.trust(), rp_client("rp", logout=Logout(backchannel_uri=box.uri)))
    told = rp.tokens()
    identity = rp.claims(told["id_token"])
    rp.sign_out(id_token_hint=told["id_token"])
    ((token,),) = (form["logout_token"] for form in box.wait_for(1))
    claims = rp.claims(token)
    assert (claims["iss"], claims["aud"]) == (rp.issuer, "rp")
    assert (claims["sub"], claims["sid"]) == (identity["sub"], identity["sid"])
    assert claims["events"] == {EVENT: {}}
    assert claims["jti"]
    assert 0 < claims["exp"] - claims["iat"] <= 120
    assert "nonce" not in claims
    header = json.loads(base64.urlsafe_b64decode(token.split(".")[0] + "=="))
    assert header["typ"] == "logout+jwt"
    assert is_error_page(rp.sign_out(id_token_hint=token))
    rp.http.close()


def notices(world: World) -> list[int]:
    with world.store.read() as tx:
        return [row["attempts"] for row in tx.execute("SELECT attempts FROM trust_notice")]


def until_gone(world: World) -> None:
    deadline = time.monotonic() + 30
    while notices(world):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_every_software_of_the_session_is_told_and_one_that_fails_is_told_again(
    server: Standing, world: World, box: Mailbox
) -> None:
    box.statuses[:] = [503, 200]
    rp = new_rp(world, server.trust(), rp_client("rp"))
    other = new_rp(
        world, server.trust(), rp_client("other", logout=Logout(backchannel_uri=box.uri))
    )
    hint = rp.tokens()["id_token"]
    other.http.cookies.update(rp.http.cookies)
    assert "code" in other.back_silently()
    rp.sign_out(id_token_hint=hint)
    first, second = box.wait_for(2)
    one, two = (rp.claims(form["logout_token"][0]) for form in (first, second))
    assert one["jti"] != two["jti"]
    assert one["sid"] == two["sid"]
    until_gone(world)
    rp.http.close()
    other.http.close()


@pytest.mark.parametrize("status", [400, 204])
def test_a_software_that_answers_is_not_told_again(
    server: Standing, world: World, box: Mailbox, status: int
) -> None:
    box.statuses[:] = [status]
    rp = new_rp(world, server.trust(), rp_client("rp", logout=Logout(backchannel_uri=box.uri)))
    rp.sign_out(id_token_hint=rp.tokens()["id_token"])
    box.wait_for(1)
    until_gone(world)
    assert len(box.forms) == 1
    rp.http.close()


def test_no_host_is_called_that_was_not_declared(server: Standing, box: Mailbox) -> None:
    world = server.open(Settings(logout_hosts=frozenset({"rp.example"})))
    rp = new_rp(world, server.trust(), rp_client("rp", logout=Logout(backchannel_uri=box.uri)))
    rp.sign_out(id_token_hint=rp.tokens()["id_token"])
    until_gone(world)
    assert box.forms == []
    rp.http.close()
    server.registry.close(world.name)


def test_signing_out_speaks_the_language_that_is_asked_for(rp: Rp) -> None:
    rp.tokens()
    assert '<html lang="de">' in rp.sign_out(ui_locales="de").text
    nobody = rp.http.get(rp.endpoint("logout"), headers={"Cookie": ""})
    assert back_at_client(rp.ask(prompt="none"))
    assert nobody.status_code == 200
