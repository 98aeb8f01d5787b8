"""Being signed in: levels, the test token, consent, sessions, and who may go on with what."""

import re
import time

import httpx
import pytest

from reference_server.services.trust.model import HIGH, LOW, SUBSTANTIAL
from reference_server.services.trust.rules.proof import WRONG_GUESSES
from reference_server.world import Settings, World
from tests.reference_server.standing import Standing, back_at_client, trail_of, transaction_of
from tests.reference_server.trust.rp import COMPLETE, Rp, new_rp, rp_client


def identity(rp: Rp, back: httpx.Response) -> dict[str, object]:
    answer = rp.redeem_code(back_at_client(back)["code"])
    return rp.claims(answer.json()["id_token"])


def test_password_and_test_token_reach_the_highest_level(rp: Rp) -> None:
    asking = rp.login(rp.ask(acr_values=HIGH))
    assert 'name="code"' in asking.text
    claims = identity(rp, rp.show_token(asking))
    assert (claims["acr"], set(claims["amr"])) == (HIGH, {"pwd", "otp", "mfa"})  # type: ignore[call-overload]  # a JSON array


def test_the_test_token_alone_stands_in_for_the_password(rp: Rp) -> None:
    asking = rp.http.post(
        f"{rp.issuer}/login",
        data={"transaction": transaction_of(rp.ask()), "username": "9100000017", "password": ""},
    )
    claims = identity(rp, rp.show_token(asking))
    assert (claims["acr"], claims["amr"]) == (SUBSTANTIAL, ["otp"])


def test_a_session_is_raised_to_a_higher_level_by_the_token_alone(rp: Rp) -> None:
    first = rp.claims(rp.tokens()["id_token"])
    assert first["acr"] == LOW
    wanted = {"acr_values": f"{HIGH} {SUBSTANTIAL}"}
    assert rp.back_silently(**wanted)["error"] == "login_required"
    asking = rp.ask(**wanted)
    assert 'name="code"' in asking.text
    assert 'name="password"' not in asking.text
    raised = identity(rp, rp.show_token(asking))
    assert (raised["acr"], raised["sid"]) == (HIGH, first["sid"])
    assert "code" in rp.back_silently(**wanted)


def test_a_code_of_the_test_token_works_once_and_only_about_now(rp: Rp) -> None:
    asking = rp.login(rp.ask(acr_values=HIGH))
    assert rp.show_token(asking, off=5).status_code == 403
    assert rp.show_token(asking, username="9100000025").status_code == 403
    assert rp.show_token(asking).status_code == 303
    again = rp.login(rp.ask(acr_values=HIGH, prompt="login"))
    refused = rp.show_token(again, off=-1)
    assert refused.status_code == 403
    assert 'role="alert"' in refused.text
    assert re.search(r'action="\.\./login/token"', refused.text)


def test_codes_are_not_guessed(rp: Rp) -> None:
    asking = rp.login(rp.ask(acr_values=HIGH))
    form = {"transaction": transaction_of(asking), "code": "x"}
    for _ in range(WRONG_GUESSES):
        assert rp.http.post(f"{rp.issuer}/login/token", data=form).status_code == 403
    blocked = rp.show_token(asking)
    assert (blocked.status_code, "retry-after" in blocked.headers) == (429, True)


def test_an_essential_level_that_cannot_be_reached_is_an_error(rp: Rp) -> None:
    for level in (HIGH, "urn:something-else"):
        wanted = f'{{"id_token":{{"acr":{{"essential":true,"values":["{level}"]}}}}}}'
        back = rp.login(rp.ask(claims=wanted, prompt="login"), username=COMPLETE)
        assert back_at_client(back)["error"] == "unmet_authentication_requirements"
    voluntary = rp.login(rp.ask(acr_values=HIGH, prompt="login"), username=COMPLETE)
    assert identity(rp, voluntary)["acr"] == LOW


def test_consent_is_asked_for_once_and_again_for_more(server: Standing, world: World) -> None:
    rp = new_rp(world, server.trust(), rp_client("rp", asks_consent=True, name="Praxis <b>"))
    asking = rp.login(rp.ask(scope="openid erx.read"))
    assert "Praxis &lt;b&gt;" in asking.text
    assert "<code>erx.read</code>" in asking.text
    refused = back_at_client(rp.decide(asking, "no"))
    assert (refused["error"], refused["state"]) == ("access_denied", "a-state")
    asking = rp.login(rp.ask(scope="openid erx.read"))
    assert "code" in back_at_client(rp.decide(asking, "yes"))
    assert "code" in rp.back_silently(scope="openid erx.read")
    assert rp.back_silently(scope="openid erx.prescribe")["error"] == "consent_required"
    asking = rp.ask(scope="openid erx.read", prompt="consent")
    assert "code" in back_at_client(rp.decide(asking, "yes"))
    actions = [each.entry.action for each in trail_of(world)]
    assert "consent" in actions
    rp.http.close()


def test_consent_is_not_given_before_signing_in(rp: Rp) -> None:
    page = rp.ask(prompt="consent")
    assert rp.decide(page, "yes").status_code == 400
    assert rp.decide(rp.login(page), "yes").status_code == 303


def test_another_software_signs_the_same_person_in_without_a_page(
    rp: Rp, world: World, server: Standing
) -> None:
    first = rp.claims(rp.tokens()["id_token"])
    other = new_rp(world, server.trust(), rp_client("another"))
    other.http.cookies.update(rp.http.cookies)
    second = other.claims(other.redeem_code(other.back_silently()["code"]).json()["id_token"])
    assert (second["sub"], second["sid"], second["aud"]) == (first["sub"], first["sid"], "another")
    other.http.close()


def test_another_person_at_the_same_browser_gets_another_session(rp: Rp) -> None:
    first = rp.tokens()
    second = rp.tokens(username="9100000025", prompt="login")
    assert rp.claims(first["id_token"])["sid"] != rp.claims(second["id_token"])["sid"]
    assert rp.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    assert rp.back_silently(id_token_hint=first["id_token"])["error"] == "login_required"


def test_nobody_answers_for_another(rp: Rp) -> None:
    hint = rp.tokens()["id_token"]
    rp.http.cookies.clear()
    back = rp.login(rp.ask(id_token_hint=hint), username="9100000025")
    assert back_at_client(back)["error"] == "login_required"
    wanted = '{"id_token":{"sub":{"value":"9100000017"}}}'
    back = rp.login(rp.ask(claims=wanted), username="9100000025")
    assert back_at_client(back)["error"] == "login_required"
    assert "code" in back_at_client(rp.login(rp.ask(claims=wanted)))


@pytest.mark.parametrize("column", ["expires_at", "seen_at"])
def test_a_session_ends_by_itself(rp: Rp, world: World, column: str) -> None:
    rp.tokens()
    assert rp.is_signed_in()
    with world.store.write() as tx:
        tx.execute(f"UPDATE trust_session SET {column} = ?", (int(time.time()) - 36000,))  # noqa: S608 - two columns of our own
    assert not rp.is_signed_in()


def test_a_session_is_this_browsers_and_this_worlds(rp: Rp, server: Standing) -> None:
    rp.tokens()
    cookie = next(name for name in rp.http.cookies if "session" in name)
    assert cookie == f"__Host-session-{rp.world.name}"
    rp.http.cookies.set(cookie, "guess")
    rp.http.cookies.delete(cookie)
    assert not rp.is_signed_in()
    other = server.open()
    stranger = new_rp(other, server.trust())
    assert not stranger.is_signed_in()
    stranger.http.close()
    server.registry.close(other.name)


def test_the_session_cookie_changes_when_a_person_signs_in_again(rp: Rp) -> None:
    rp.tokens()
    before = dict(rp.http.cookies)
    rp.tokens(prompt="login")
    after = dict(rp.http.cookies)
    name = f"__Host-session-{rp.world.name}"
    assert before[name] != after[name]


def test_a_loud_guess_does_not_show_who_has_an_account(rp: Rp) -> None:
    page = rp.ask()
    for username in ("9100000033", "9199999999"):
        answers = [
            rp.sign_in(page, username=username, password="guess").status_code
            for _ in range(WRONG_GUESSES + 1)
        ]
        assert answers == [403] * WRONG_GUESSES + [429]


def test_a_default_max_age_is_registered(server: Standing) -> None:
    world = server.open(Settings(session_idle_seconds=600))
    rp = new_rp(world, server.trust(), rp_client("rp", default_max_age=0))
    rp.tokens()
    assert rp.back_silently()["error"] == "login_required"
    rp.http.close()
    server.registry.close(world.name)
