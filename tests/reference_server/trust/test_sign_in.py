"""A person signs in: the page, the browser's binding, what is refused and to whom it is told."""

import re

import httpx
import pytest

from reference_server.ports import AuditOutcome
from reference_server.services.trust.rules.proof import WRONG_GUESSES
from reference_server.world import World
from tests.reference_server.standing import (
    CALLBACK,
    Browser,
    Standing,
    back_at_client,
    trail_of,
    transaction_of,
)


def test_a_person_signs_in_and_the_browser_brings_code_state_and_issuer(browser: Browser) -> None:
    back = browser.sign_in(browser.ask())
    assert back.status_code == 303
    assert back.headers["location"].startswith(f"{CALLBACK}?")
    brought = back_at_client(back)
    assert (brought["state"], brought["iss"]) == ("a-state", browser.issuer)
    assert len(brought["code"]) >= 43


def test_the_page_is_a_plain_form_that_nothing_can_be_injected_into(browser: Browser) -> None:
    page = browser.ask()
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "form-action 'self' http://127.0.0.1:5511" in policy
    assert page.headers["cache-control"] == "no-store"
    cookie = page.headers["set-cookie"]
    assert cookie.startswith("__Host-sign-in-")
    assert {"HttpOnly", "Secure", "SameSite=strict"} <= set(cookie.split("; "))
    for name in ("transaction", "username", "password"):
        assert f'name="{name}"' in page.text
    for label in ("username", "password"):
        assert f'<label for="{label}">' in page.text


@pytest.mark.parametrize(
    ("asked", "language", "title"),
    [
        (None, "fr", "Connexion"),
        ("en-GB,fr;q=0.5", "en", "Sign in"),
        ("de", "de", "Anmelden"),
        ("lb", "fr", "Connexion"),
    ],
)
def test_the_page_speaks_the_browsers_language(
    browser: Browser, asked: str | None, language: str, title: str
) -> None:
    headers = {} if asked is None else {"Accept-Language": asked}
    page = browser.http.get(browser.endpoint("auth"), params=browser.request(), headers=headers)
    assert f'<html lang="{language}">' in page.text
    assert f"<h1>{title}</h1>" in page.text


def test_the_request_may_also_be_posted(browser: Browser) -> None:
    page = browser.http.post(browser.endpoint("auth"), data=browser.request())
    assert browser.sign_in(page).status_code == 303


def test_a_wrong_password_shows_the_form_again_and_the_right_one_still_works(
    browser: Browser, world: World
) -> None:
    page = browser.ask()
    wrong = browser.sign_in(page, password="guess")
    assert wrong.status_code == 403
    assert 'role="alert"' in wrong.text
    assert transaction_of(wrong) == transaction_of(page)
    assert browser.sign_in(wrong).status_code == 303
    outcomes = [entry.entry.refusal for entry in trail_of(world) if entry.entry.action == "login"]
    assert outcomes == ["credentials-wrong", None]


def test_an_unknown_person_is_told_the_same_as_one_with_a_wrong_password(browser: Browser) -> None:
    page = browser.ask()
    wrong = browser.sign_in(page, password="guess")
    unknown = browser.sign_in(page, username="9199999999", password="guess")
    assert unknown.status_code == wrong.status_code
    assert same_for_all(wrong) == same_for_all(unknown)


def same_for_all(page: httpx.Response) -> str:
    """Return a page without what is new in every answer: the request id and the nonce."""
    (nonce,) = re.findall(r'nonce="([^"]+)"', page.text)
    return page.text.replace(page.headers["x-request-id"], "").replace(nonce, "")


def test_an_account_rests_after_too_many_wrong_passwords(browser: Browser) -> None:
    page = browser.ask()
    for _ in range(WRONG_GUESSES):
        assert browser.sign_in(page, password="guess").status_code == 403
    blocked = browser.sign_in(page)
    assert blocked.status_code == 429
    assert 0 < int(blocked.headers["retry-after"]) <= 60
    assert browser.sign_in(page, username="9100000025").status_code == 303


def test_another_browser_cannot_end_a_sign_in(browser: Browser, server: Standing) -> None:
    page = browser.ask()
    with httpx.Client(verify=server.trust(), timeout=60) as other:
        form = {
            "transaction": transaction_of(page),
            "username": "9100000017",
            "password": "test-9100000017",
        }
        answer = other.post(f"{browser.issuer}/login", data=form)
    assert answer.status_code == 400
    assert "location" not in answer.headers
    assert browser.sign_in(page).status_code == 303


def test_a_sign_in_ends_once(browser: Browser) -> None:
    page = browser.ask()
    cookies = dict(browser.http.cookies)
    assert browser.sign_in(page).status_code == 303
    browser.http.cookies.update(cookies)
    assert browser.sign_in(page).status_code == 400


@pytest.mark.parametrize(
    "changed",
    [
        {"client_id": None},
        {"client_id": "nobody"},
        {"redirect_uri": "http://127.0.0.1:5511/elsewhere"},
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:5511/callback?more=1"},
        {"redirect_uri": "http://127.0.0.1.evil.example/callback"},
        {"redirect_uri": "http://user@127.0.0.1:5511/callback"},
        {"redirect_uri": "http://localhost:5511/callback"},
        {"redirect_uri": "http://127.0.0.1:99999/callback"},
        {"redirect_uri": None},
    ],
)
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    browser: Browser, changed: dict[str, str | None]
) -> None:
    answer = browser.ask(**changed)
    assert answer.status_code == 400
    assert answer.headers["content-type"].startswith("text/html")
    assert "location" not in answer.headers


@pytest.mark.parametrize("port", ["", ":1", ":65535"])
def test_a_loopback_address_may_use_any_port(browser: Browser, port: str) -> None:
    uri = f"http://127.0.0.1{port}/callback"
    back = browser.sign_in(browser.ask(redirect_uri=uri))
    assert back.headers["location"].startswith(f"{uri}?")


def test_the_ipv6_loopback_address_is_registered_too(browser: Browser) -> None:
    assert browser.ask(redirect_uri="http://[::1]:7000/callback").status_code == 200


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "too-short"}, "invalid_request"),
        ({"scope": "openid erx.dispense"}, "invalid_scope"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"resource": "https://elsewhere.example/api"}, "invalid_target"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "eyJ.e30."}, "request_not_supported"),
        ({"request_uri": "https://client.example/r"}, "request_uri_not_supported"),
        ({"registration": "{}"}, "registration_not_supported"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"claims": "[]"}, "invalid_request"),
        ({"id_token_hint": "eyJ.e30."}, "invalid_request"),
        ({"dpop_jkt": "short"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
        ({"nonce": "n" * 3000}, "invalid_request"),
    ],
)
def test_the_client_hears_through_the_browser_what_is_wrong(
    browser: Browser, changed: dict[str, str | None], error: str
) -> None:
    answer = browser.ask(**changed)
    assert answer.status_code == 303
    told = back_at_client(answer)
    assert (told["error"], told["state"], told["iss"]) == (error, "a-state", browser.issuer)
    assert told["error_description"].isascii()


def test_a_repeated_parameter_is_refused(browser: Browser) -> None:
    params = httpx.QueryParams(browser.request()).add("scope", "openid")
    answer = browser.http.get(browser.endpoint("auth"), params=params)
    assert back_at_client(answer)["error"] == "invalid_request"


def test_a_system_cannot_sign_a_person_in(browser: Browser) -> None:
    assert browser.ask(client_id="labo-nord-app").status_code == 400


def test_signing_in_is_audited_with_the_person(browser: Browser, world: World) -> None:
    browser.code()
    entry = trail_of(world)[-1].entry
    assert (entry.action, entry.outcome) == ("login", AuditOutcome.SUCCESS)
    assert entry.caller is not None
    assert (entry.caller.ehealth_id, entry.caller.organization) == ("9100000017", "90100112")


@pytest.mark.parametrize("cookie", ["=;=", "a=b; a", '"', "\\"])
def test_a_broken_cookie_is_no_cookie(browser: Browser, cookie: str) -> None:
    page = browser.ask()
    browser.http.cookies.clear()
    answer = browser.http.post(
        f"{browser.issuer}/login",
        data={"transaction": transaction_of(page), "username": "x", "password": "y"},
        headers={"Cookie": cookie},
    )
    assert answer.status_code == 400
