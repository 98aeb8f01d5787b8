"""A server that is wrong in one way gets exactly that cause, over real connections."""

import datetime as dt
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from joserfc import jwt

from tests.test_suites.doctor import stand
from tests.test_suites.doctor.stand import (
    AUTHORIZE,
    CERTS,
    DISCOVERY,
    KEY,
    METADATA,
    PERSON,
    QUIET,
    SYSTEM,
    TASK,
    TOKEN,
    Reply,
    Server,
    causes,
    examined,
    server_text,
    serving,
)

SECRET = "s3cret-of-nobody"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "password").write_text(SECRET + "\n", "utf-8")
    (tmp_path / "key.json").write_text(json.dumps(KEY.as_dict(private=True)), "utf-8")
    return tmp_path


@pytest.fixture
def server() -> Iterator[Server]:
    with serving(Server()) as running:
        yield running


def refused(error: str, description: str = "no", status: int = 400) -> Reply:
    return Reply(status=status, body={"error": error, "error_description": description})


def signed(server: Server, **claims: object) -> Callable[[dict[str, str]], Reply]:
    """Answer with a token of these claims."""

    def answer(given: dict[str, str]) -> Reply:
        own = {"aud": server.base + "/fhir", "scope": given["scope"], **claims}
        token = jwt.encode({"alg": "ES256"}, own, KEY, algorithms=["ES256"])
        return Reply(body={"access_token": token, "token_type": "Bearer", "expires_in": 300})

    return answer


def test_a_system_at_a_good_server_gets_a_clean_bill(server: Server, folder: Path) -> None:
    found = examined(server_text(server.base, SYSTEM), folder)
    assert causes(found) == []
    assert found.is_good
    assert server.asked.count(TASK) == 1


def test_a_supplier_of_identities_without_sign_in_is_asked_for_its_statement_alone(
    server: Server, folder: Path
) -> None:
    text = server_text(server.base, more="capabilities = ['pdqm']\n")
    found = examined(text, folder)
    assert causes(found) == []
    assert server.asked == [METADATA]
    elsewhere = text + f"fhir_url = '{server.base}/r4'\n"
    assert causes(examined(elsewhere, folder)) == ["metadata-missing"]


@pytest.mark.parametrize(
    ("path", "reply", "expected"),
    [
        (DISCOVERY, Reply(status=404), "discovery-missing"),
        (DISCOVERY, Reply(status=401), "discovery-refused"),
        (DISCOVERY, Reply(body=b"<html>", media_type="text/html"), "discovery-is-a-page"),
        (DISCOVERY, Reply(body=b"nothing", media_type="text/plain"), "discovery-not-json"),
        (DISCOVERY, Reply(status=302, location="/login"), "address-moved"),
        (DISCOVERY, Reply(status=503), "server-unavailable"),
        (METADATA, Reply(status=404), "metadata-missing"),
        (METADATA, Reply(status=401), "metadata-refused"),
        (METADATA, Reply(body={"resourceType": "Bundle"}), "metadata-not-fhir"),
        (METADATA, Reply(body=b"<html>", media_type="text/html"), "metadata-not-fhir"),
        (METADATA, Reply(body=stand.statement()), "metadata-media-type"),
        (TASK, Reply(status=401), "token-not-accepted"),
        (TASK, Reply(status=403), "token-not-accepted"),
        (TOKEN, refused("invalid_scope"), "scope-refused"),
        (TOKEN, refused("invalid_target"), "audience-refused"),
        (TOKEN, refused("unauthorized_client"), "grant-refused"),
        (TOKEN, refused("invalid_client", status=401), "client-unknown"),
        (TOKEN, Reply(status=429, body={}), "sign-in-blocked"),
        (TOKEN, Reply(status=404, body=b"nothing"), "sign-in-unreadable"),
        (TOKEN, Reply(body=b"nothing"), "sign-in-unreadable"),
    ],
)
def test_one_wrong_answer_is_one_cause(
    server: Server, folder: Path, *, path: str, reply: Reply, expected: str
) -> None:
    server.replies[path] = reply
    found = examined(server_text(server.base, SYSTEM), folder)
    assert causes(found) == [expected]
    assert not found.is_good


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"issuer": "https://elsewhere.test/auth"}, "issuer-differs"),
        ({"token_endpoint": None}, "discovery-incomplete"),
        ({"token_endpoint": "https://elsewhere.test/token"}, "endpoint-elsewhere"),
        ({"token_endpoint_auth_methods_supported": ["client_secret_basic"]}, "discovery-lacks"),
    ],
)
def test_what_the_issuer_says_of_itself_is_read(
    server: Server, folder: Path, *, changed: dict[str, object], expected: str
) -> None:
    server.discovery = changed
    assert causes(examined(server_text(server.base, SYSTEM), folder)) == [expected]
    assert TOKEN not in server.asked


@pytest.mark.parametrize(
    ("changed", "expected"), [({"fhirVersion": "5.0.0"}, "fhir-version"), ({"rest": []}, "")]
)
def test_what_the_fhir_server_says_of_itself_is_read(
    server: Server, folder: Path, *, changed: dict[str, object], expected: str
) -> None:
    server.metadata = changed
    found = examined(server_text(server.base), folder)
    assert causes(found) == [expected or "operations-missing"]


def test_an_intermediary_is_a_hint(server: Server, folder: Path) -> None:
    server.replies[DISCOVERY] = lambda _: Reply(body=server.described(), via="1.1 cache.test")
    found = examined(server_text(server.base, SYSTEM), folder)
    assert causes(found) == ["proxy-in-between"]
    assert found.is_good
    assert TASK in server.asked


def test_a_clock_that_is_wrong_is_told_and_nobody_signs_in(server: Server, folder: Path) -> None:
    server.replies[DISCOVERY] = lambda _: Reply(
        body=server.described(), date="Sun, 22 Nov 2026 01:00:00 GMT"
    )
    found = examined(server_text(server.base, SYSTEM), folder)
    assert causes(found) == ["clock-differs"]
    assert TOKEN not in server.asked


def test_an_offset_of_a_few_seconds_is_none(server: Server, folder: Path) -> None:
    def late(_: dict[str, str]) -> Reply:
        when = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=3)
        return Reply(body=server.described(), date=when.strftime("%a, %d %b %Y %H:%M:%S GMT"))

    server.replies[DISCOVERY] = late
    assert causes(examined(server_text(server.base, SYSTEM), folder)) == []


def test_a_key_that_is_not_the_registered_one_is_told_from_an_unknown_client(
    server: Server, folder: Path
) -> None:
    def answer(given: dict[str, str]) -> Reply:
        known = given["client_id"] == "labo"
        return refused("invalid_client", "wrong signature" if known else "who?", status=401)

    server.replies[TOKEN] = answer
    found = examined(server_text(server.base, SYSTEM), folder)
    assert causes(found) == ["assertion-refused"]
    assert found.diagnoses[0].field == "server.clients[0].private_jwk_file"
    assert "wrong signature" in found.diagnoses[0].params["said"]


@pytest.mark.parametrize(
    ("claims", "expected"),
    [({"scope": "erx.read"}, "token-scopes"), ({"aud": "https://other.test"}, "token-audience")],
)
def test_a_token_with_the_wrong_claims_is_told(
    server: Server, folder: Path, *, claims: dict[str, str], expected: str
) -> None:
    server.replies[TOKEN] = signed(server, **claims)
    assert causes(examined(server_text(server.base, SYSTEM), folder)) == [expected]


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (Reply(status=400, body=b"<p>redirect", media_type="text/html"), "redirect-uri-refused"),
        (Reply(body=b"<p>use our app", media_type="text/html"), "login-form-missing"),
        (Reply(status=303, location="http://elsewhere.test/login"), "endpoint-elsewhere"),
        (Reply(body=stand.FORM, media_type="text/html"), "password-wrong"),
        (Reply(status=500, body=b"<p>oh", media_type="text/html"), "server-unavailable"),
    ],
)
def test_a_person_who_cannot_sign_in_is_told_why(
    server: Server, folder: Path, *, page: Reply, expected: str
) -> None:
    server.replies |= {TOKEN: refused("invalid_grant"), AUTHORIZE: page}
    assert causes(examined(server_text(server.base, PERSON), folder)) == [expected]


def test_a_person_s_client_that_nobody_knows_is_told(server: Server, folder: Path) -> None:
    server.replies[TOKEN] = refused("invalid_client", status=401)
    assert causes(examined(server_text(server.base, PERSON), folder)) == ["client-unknown"]
    assert AUTHORIZE not in server.asked


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("error=invalid_scope&state={state}", "scope-refused"),
        ("code=x", "sign-in-against-protocol"),
    ],
)
def test_what_the_browser_brings_back_is_read(
    server: Server, folder: Path, *, query: str, expected: str
) -> None:
    def back(given: dict[str, str]) -> Reply:
        told = query.format(state=given["state"])
        return Reply(status=303, location=f"{given['redirect_uri']}?{told}")

    server.replies |= {TOKEN: refused("invalid_grant"), AUTHORIZE: back}
    assert causes(examined(server_text(server.base, PERSON), folder)) == [expected]


def test_no_secret_is_told_even_if_the_server_says_it(server: Server, folder: Path) -> None:
    secret = str(KEY.as_dict(private=True)["d"])

    def tell(given: dict[str, str]) -> Reply:
        said = f"{secret} {given['client_assertion']} {given['client_id']}"
        return refused("invalid_scope", said)

    server.replies[TOKEN] = tell
    found = examined(server_text(server.base, SYSTEM), folder)
    told = repr(found)
    assert "***" in found.diagnoses[0].params["said"]
    assert secret not in told
    assert "eyJ" not in told
    assert SECRET not in told


def test_what_stands_in_the_file_cannot_steer_the_terminal(server: Server, folder: Path) -> None:
    wicked = SYSTEM.replace("'labo-nord'", '"labo\\u001b[2J"').replace("'labo'", '"l\\u001bo"')
    server.replies[TOKEN] = refused("invalid_scope", "\x1b[2J")
    found = examined(server_text(server.base, wicked), folder)
    assert causes(found) == ["persona-unknown", "scope-refused"]
    told = [check.about for check in found.checks]
    told += [text for one in found.diagnoses for text in one.params.values()]
    assert "\x1b" not in "".join(told)


def test_a_failed_probe_stops_only_what_rests_on_it(server: Server, folder: Path) -> None:
    server.replies |= {DISCOVERY: Reply(status=404), METADATA: Reply(status=404)}
    found = examined(server_text(server.base, SYSTEM), folder)
    assert causes(found) == ["discovery-missing", "metadata-missing"]
    states = {check.id: check.state.value for check in found.checks}
    assert states["sign-in"] == "not-reached"
    assert states["loopback"] == "good"


def test_a_server_that_holds_a_sign_in_forever_does_not_hold_the_doctor(
    server: Server, folder: Path
) -> None:
    over = threading.Event()

    def hold(_: dict[str, str]) -> Reply:
        over.wait(120)
        return Reply(status=500)

    server.replies[TOKEN] = hold
    began = time.monotonic()
    found = examined(server_text(server.base, SYSTEM), folder, replace(QUIET, seconds=3.0))
    over.set()
    assert causes(found) == ["out-of-time"]
    assert time.monotonic() - began < 60


def test_keys_of_the_issuer_are_needed_for_people(server: Server, folder: Path) -> None:
    def back(given: dict[str, str]) -> Reply:
        told = f"code=x&state={given['state']}"
        return Reply(status=303, location=f"{given['redirect_uri']}?{told}")

    def token(given: dict[str, str]) -> Reply:
        if given["redirect_uri"] == "http://127.0.0.1/callback":
            return refused("invalid_grant")
        body = {"id_token": "x.y.z", "access_token": "t", "token_type": "Bearer"}
        return Reply(body=body)

    server.replies |= {TOKEN: token, AUTHORIZE: back}
    found = examined(server_text(server.base, PERSON), folder)
    assert causes(found) == ["sign-in-against-protocol"]
    assert CERTS in server.asked
