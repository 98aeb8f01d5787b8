"""The office's pages in a browser: applicant and officers, four eyes, without a script."""

import base64
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs12

from reference_server.kernel.client_certificate import ClientCertificate, ClientCertificates
from reference_server.ports import CERTIFICATES, CertificateStanding
from reference_server.world import Settings, World
from tests.reference_server.certificates.test_office import request_of
from tests.reference_server.standing import Standing, trail_of, transaction_of

DOCTOR, OTHER, FIRST, SECOND = "9100000017", "9100000025", "9100000041", "9100000059"
Page = httpx.Response


class Guest:
    """Somebody's browser: follows redirects, keeps cookies, sends forms as they stand."""

    def __init__(self, world: World, http: httpx.Client) -> None:
        self.world = world
        self.http = http

    def sees(self, path: str = "") -> Page:
        return self.http.get(f"{self.world.base_url}/registration{path}")

    def signs_in(self, username: str, path: str = "") -> Page:
        page = self.sees(path)
        form = {
            "transaction": transaction_of(page),
            "username": username,
            "password": f"test-{username}",
        }
        realm = f"{self.world.base_url}/auth/realms/organization"
        return self.http.post(f"{realm}/login", data=form)

    def sends(self, page: Page, path: str, **fields: str) -> Page:
        guard = page.text.split('name="guard" value="')[1].split('"', maxsplit=1)[0]
        url = f"{self.world.base_url}/registration{path}"
        return self.http.post(url, data={"guard": guard, **fields})

    def applies(self, **fields: str) -> str:
        """Put in an application and return its id."""
        page = self.sends(self.sees("/new"), "/new", **({"family": "personal"} | fields))
        assert page.status_code == 200, page.text
        return page.url.path.rpartition("/")[2]

    def does(self, application: str, act: str, **fields: str) -> Page:
        path = f"/applications/{application}"
        return self.sends(self.sees(path), f"{path}/{act}", **fields)


@pytest.fixture
def guest(server: Standing, world: World) -> Iterator[Callable[[str], Guest]]:
    with ExitStack() as stack:

        def signed_in(username: str) -> Guest:
            http = httpx.Client(verify=server.trust(), timeout=60, follow_redirects=True)
            opened = Guest(world, stack.enter_context(http))
            opened.signs_in(username)
            return opened

        yield signed_in


@pytest.fixture
def stranger(server: Standing, world: World) -> Iterator[Guest]:
    with httpx.Client(verify=server.trust(), timeout=60) as http:
        yield Guest(world, http)


def acts_of(page: Page) -> set[str]:
    return set(re.findall(r'<h2 id="([a-z]+)">', page.text))


def test_from_an_application_to_a_key_and_its_renewal(
    guest: Callable[[str], Guest], world: World
) -> None:
    doctor, first, second = guest(DOCTOR), guest(FIRST), guest(SECOND)
    found = doctor.applies(email="claire.meyer@example.lu")
    assert "Claire Meyer" in first.sees().text
    assert acts_of(first.sees(f"/applications/{found}")) == {"identify", "reject"}
    assert acts_of(doctor.sees(f"/applications/{found}")) == {"withdraw"}
    first.does(found, "identify", proof="passeport 4711")
    seen = first.sees(f"/applications/{found}")
    assert acts_of(seen) == {"reject"}
    assert "un autre agent doit approuver" in seen.text
    assert first.does(found, "approve").status_code == 403
    assert acts_of(second.sees(f"/applications/{found}")) == {"approve", "reject"}
    assert "est approuvée" in second.does(found, "approve").text
    handed = doctor.does(found, "deliver")
    password = handed.text.split("<kbd>")[1].split("</kbd>")[0]
    raw = handed.text.split("base64,")[1].split('"')[0]
    packed = pkcs12.load_pkcs12(base64.b64decode(raw), password.encode())
    assert packed.cert is not None
    assert packed.key is not None
    assert packed.key.public_key() == packed.cert.certificate.public_key()
    assert doctor.does(found, "deliver").status_code == 409, "once"
    assert "a été remis" in doctor.sees("/letters").text
    serial = f"{packed.cert.certificate.serial_number:x}"
    pem = doctor.sees(f"/certificates/{serial}/pem")
    assert x509.load_pem_x509_certificate(pem.content) == packed.cert.certificate
    form = doctor.sees(f"/new?family=personal&renews={serial}")
    assert f'name="renews" value="{serial}"' in form.text
    assert "serialNumber=9100000017" in doctor.sees(f"/certificates/{serial}").text
    doctor.applies(renews=serial)
    acts = {each.entry.action for each in trail_of(world)}
    assert {"apply-certificate", "identify-applicant", "approve-application"} <= acts
    assert "deliver-certificate" in acts
    callers = {each.entry.caller.client_id for each in trail_of(world) if each.entry.caller}
    assert callers == {"registration-pages"}


def test_a_certificate_is_suspended_lifted_and_revoked_with_its_reason(
    guest: Callable[[str], Guest], world: World
) -> None:
    doctor, first, second = guest(DOCTOR), guest(FIRST), guest(SECOND)
    found = doctor.applies(csr=request_of(ec.generate_private_key(ec.SECP256R1())))
    first.does(found, "identify", proof="p")
    second.does(found, "approve")
    handed = doctor.does(found, "deliver")
    assert "data:application/x-pkcs12" not in handed.text, "the key is the applicant's own"
    serial = handed.text.split("/registration/certificates/")[1].split("/")[0]
    path = f"/certificates/{serial}"
    pem = doctor.sees(f"{path}/pem").content
    shown = ClientCertificate.of(x509.load_pem_x509_certificate(pem))

    def changes(who: Guest, act: str, **fields: str) -> CertificateStanding:
        who.sends(who.sees(path), f"{path}/{act}", **fields)
        return world.port(CERTIFICATES).standing(shown)

    assert acts_of(doctor.sees(path)) == {"suspend", "revoke", "renew"}
    assert changes(doctor, "suspend") is CertificateStanding.SUSPENDED
    assert acts_of(doctor.sees(path)) == {"revoke"}
    assert changes(doctor, "lift") is CertificateStanding.SUSPENDED, "not by herself"
    assert changes(first, "lift") is CertificateStanding.GOOD
    assert changes(doctor, "revoke", reason="because") is CertificateStanding.GOOD
    assert changes(doctor, "revoke", reason="keyCompromise") is CertificateStanding.REVOKED
    assert "Clé perdue ou volée" in doctor.sees(path).text
    assert acts_of(first.sees(path)) == set()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"family": "royal"}, "family"),
        ({"csr": "no request"}, "csr"),
        ({"email": "nobody"}, "email"),
        ({"family": "server", "names": "example.org"}, "names"),
        ({"key": "rsa-1024"}, "key"),
    ],
)
def test_what_is_wrong_with_an_application_is_said_at_its_field(
    guest: Callable[[str], Guest], fields: dict[str, str], field: str
) -> None:
    doctor = guest(DOCTOR)
    sent = {"family": "personal", "email": "kept@example.lu"} | fields
    page = doctor.sends(doctor.sees("/new"), "/new", **sent)
    assert page.status_code == 422
    assert f'href="#{field}"' in page.text
    assert sent["email"] in page.text, "nothing typed is lost"
    assert "registration/applications/" not in doctor.sees().text


def test_a_request_comes_as_a_file_too(guest: Callable[[str], Guest]) -> None:
    doctor = guest(DOCTOR)
    page = doctor.sees("/new")
    guard = page.text.split('name="guard" value="')[1].split('"', maxsplit=1)[0]
    for content, status in (
        (request_of(ec.generate_private_key(ec.SECP256R1())).encode(), 200),
        (b"\xff\xfe", 422),
    ):
        sent = doctor.http.post(
            f"{doctor.world.base_url}/registration/new",
            data={"guard": guard, "family": "signature"},
            files={"file": ("own.csr", content, "application/pkcs10")},
        )
        assert sent.status_code == status


def test_nobody_sees_or_does_what_is_anothers(guest: Callable[[str], Guest]) -> None:
    doctor, other = guest(DOCTOR), guest(OTHER)
    found = doctor.applies()
    assert other.sees(f"/applications/{found}").status_code == 404
    page = other.sees("/new")
    for act in ("withdraw", "deliver", "identify", "approve"):
        answer = other.sends(page, f"/applications/{found}/{act}", proof="x")
        assert answer.status_code in {403, 404}, act
    forged = {"guard": "f" * 64}
    url = f"{doctor.world.base_url}/registration/applications/{found}/withdraw"
    assert doctor.http.post(url, data=forged).status_code == 403
    assert doctor.does(found, "withdraw").status_code == 200


def test_one_signs_in_at_the_identity_provider_and_comes_back_where_one_was(
    stranger: Guest,
) -> None:
    asked = stranger.sees("/letters?lang=de")
    assert asked.status_code == 303
    address = httpx.URL(asked.headers["location"])
    assert address.path.endswith("/protocol/openid-connect/auth")
    params = dict(address.params)
    assert params["code_challenge_method"] == "S256"
    assert {"state", "nonce", "code_challenge"} <= set(params)
    stranger.http.follow_redirects = True
    page = stranger.signs_in(DOCTOR, "/letters?lang=de")
    assert page.url.path.endswith("/registration/letters")
    assert "Angemeldet: Claire Meyer" in page.text
    out = stranger.sends(page, "/sign-out")
    assert out.url.path.endswith("/registration/signed-out")
    assert 'name="password"' in stranger.sees().text, "the provider's session is over, too"


@pytest.mark.parametrize("changed", [{"state": "x"}, {"iss": "https://evil.example"}, {"code": ""}])
def test_an_answer_that_was_not_asked_for_signs_nobody_in(
    stranger: Guest, changed: dict[str, str]
) -> None:
    page = stranger.http.get(stranger.sees().headers["location"])
    realm = f"{stranger.world.base_url}/auth/realms/organization"
    form = {"username": DOCTOR, "password": f"test-{DOCTOR}", "transaction": transaction_of(page)}
    back = httpx.URL(stranger.http.post(f"{realm}/login", data=form).headers["location"])
    wrong = stranger.http.get(back.copy_merge_params(changed))
    assert wrong.status_code == 403
    assert stranger.sees().status_code == 303, "still a stranger"


def test_a_stolen_answer_is_of_no_use_in_another_browser(stranger: Guest, server: Standing) -> None:
    page = stranger.http.get(stranger.sees().headers["location"])
    realm = f"{stranger.world.base_url}/auth/realms/organization"
    form = {"username": DOCTOR, "password": f"test-{DOCTOR}", "transaction": transaction_of(page)}
    back = stranger.http.post(f"{realm}/login", data=form).headers["location"]
    with httpx.Client(verify=server.trust(), timeout=60) as thief:
        assert thief.get(back).status_code == 403
        assert Guest(stranger.world, thief).sees().status_code == 303
    assert stranger.http.get(back).status_code == 303
    assert stranger.sees().status_code == 200
    assert stranger.http.get(back).status_code == 403, "once"


def in_browser(browser: Any, username: str, path: str, *, scripts: bool) -> Any:  # noqa: ANN401 - a tool without types
    """Return a browser's page after signing in by hand."""
    context = browser.new_context(
        ignore_https_errors=True, locale="de", java_script_enabled=scripts
    )
    page = context.new_page()
    page.goto(path)
    page.fill("#username", username)
    page.fill("#password", f"test-{username}")
    page.keyboard.press("Enter")
    page.wait_for_url("**/registration**")
    return page


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("chromium") is None, reason="no chromium on this machine")
def test_a_browser_without_scripts_does_it_all_and_axe_finds_nothing_serious(
    guest: Callable[[str], Guest], world: World
) -> None:
    Axe = import_module("axe_playwright_python.sync_playwright").Axe  # noqa: N806 - a class
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - a tool of this test

    first, second = guest(FIRST), guest(SECOND)
    home = f"{world.base_url}/registration"
    looked = []
    with sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=shutil.which("chromium"))
        doctor = in_browser(browser, DOCTOR, f"{home}/new", scripts=False)
        doctor.click("main button[type=submit]")
        doctor.wait_for_url("**/applications/**")
        found = doctor.url.rpartition("/")[2]
        seeing = in_browser(browser, SECOND, home, scripts=True)
        for path in ("", "/new", "/letters", f"/applications/{found}"):
            seeing.goto(f"{home}{path}")
            looked.append(Axe().run(seeing))
        first.does(found, "identify", proof="Reisepass 4711")
        second.does(found, "approve")
        doctor.reload()
        doctor.click("h2#deliver + form button")
        with doctor.expect_download() as download:
            doctor.click("a.button[download]")
        packed = Path(download.value.path()).read_bytes()
        password = doctor.inner_text("kbd")
        loaded = pkcs12.load_pkcs12(packed, password.encode())
        assert loaded.cert is not None
        serial = f"{loaded.cert.certificate.serial_number:x}"
        seeing.goto(f"{home}/certificates/{serial}")
        looked.append(Axe().run(seeing))
        seeing.set_viewport_size({"width": 360, "height": 800})
        for path in ("", "/new", f"/certificates/{serial}", f"/applications/{found}"):
            seeing.goto(f"{home}{path}")
            wide = seeing.evaluate("document.documentElement.scrollWidth")
            assert wide <= 360, path
        browser.close()
    serious = [
        (each["id"], each["impact"])
        for result in looked
        for each in result.response["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
    assert serious == []


def test_who_has_no_certificate_yet_comes_in_where_one_is_required(server: Standing) -> None:
    world = server.open(Settings(client_certificates=ClientCertificates.REQUIRED))
    realm = f"{world.base_url}/auth/realms/organization"
    with httpx.Client(verify=server.trust(), timeout=60, follow_redirects=True) as http:
        for open_to_all in (
            f"{realm}/.well-known/openid-configuration",
            f"{realm}/protocol/openid-connect/certs",
            f"{world.base_url}/pki/trust.pem",
            f"{world.base_url}/pki/issuing.crl",
            f"{world.base_url}/acme/directory",
        ):
            assert http.get(open_to_all).status_code == 200, open_to_all
        http.head(f"{world.base_url}/acme/new-nonce").raise_for_status()
        doctor = Guest(world, http)
        home = doctor.signs_in(DOCTOR)
        [style, *_] = re.findall(r'href="([^"]+\.css)"', home.text)
        assert http.get(home.url.join(style)).status_code == 200
        assert doctor.applies()  # signed in through the provider's pages, without a certificate
        for closed in (
            f"{world.base_url}/fhir/metadata",
            f"{world.base_url}/fhir/Task",
            f"{realm}/protocol/openid-connect/userinfo",
        ):
            assert http.get(closed).status_code == 403, closed
        for closed in ("token/introspect", "revoke"):
            answer = http.post(f"{realm}/protocol/openid-connect/{closed}", data={"token": "x"})
            assert answer.status_code == 403, closed
