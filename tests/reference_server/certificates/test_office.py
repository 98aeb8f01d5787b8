"""The registration office: two officers, one applicant, and every cell of both tables of states."""

import base64
from collections.abc import Callable, Iterator
from itertools import product
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from cryptography.x509.oid import NameOID

from reference_server.kernel.client_certificate import ClientCertificate
from reference_server.ports import CERTIFICATES, CertificateStanding
from reference_server.services.certificates.model.life import (
    ApplicationAct,
    ApplicationState,
    CertificateAct,
    CertificateState,
)
from reference_server.world import World
from tests.reference_server.standing import Browser, Standing, refusal_codes, trail_of

DOCTOR, OTHER, FIRST, SECOND = "9100000017", "9100000025", "9100000041", "9100000059"
Json = dict[str, Any]
PROOF = {"proof": "passport 4711"}
P_256 = ec.generate_private_key(ec.SECP256R1())


class Person:
    """Somebody who signed in at the office."""

    def __init__(self, world: World, browser: Browser, username: str) -> None:
        self.world = world
        client = {"client_id": "guichet-app", "scope": "openid pki"}
        page = browser.ask(**client)
        back = browser.sign_in(page, username=username)
        assert back.status_code == 303, back.text
        code = back.headers["location"].partition("code=")[2].partition("&")[0]
        told = browser.redeem(code, client_id="guichet-app").json()
        self.http = browser.http
        self.headers = {"Authorization": f"Bearer {told['access_token']}"}

    def get(self, path: str = "") -> httpx.Response:
        return self.http.get(f"{self.world.base_url}/certificates{path}", headers=self.headers)

    def post(self, path: str, told: Json | None = None) -> httpx.Response:
        url = f"{self.world.base_url}/certificates{path}"
        headers = self.headers | {"Content-Type": "application/json"}
        return self.http.post(url, json=told or {}, headers=headers)

    def applied(self, **wish: object) -> str:
        answer = self.post("/applications", {"family": "personal"} | wish)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["id"])


class Office:
    """A doctor, a colleague of hers, and two officers, all signed in."""

    def __init__(self, world: World, server: Standing) -> None:
        self.world = world
        browsers = [Browser(world, server.trust()) for _ in range(4)]
        people = zip(browsers, (DOCTOR, OTHER, FIRST, SECOND), strict=True)
        self.doctor, self.other, self.first, self.second = (
            Person(world, browser, username) for browser, username in people
        )

    def brought_to(self, state: ApplicationState, **wish: object) -> str:
        """Return an application of the doctor's in a state."""
        found = self.doctor.applied(**wish)
        steps: dict[str, Callable[[], httpx.Response]] = {
            "identified": lambda: self.first.post(f"/applications/{found}/identify", PROOF),
            "approved": lambda: self.second.post(f"/applications/{found}/approve"),
            "delivered": lambda: self.doctor.post(f"/applications/{found}/deliver"),
        }
        ends: dict[str, Callable[[], httpx.Response]] = {
            "rejected": lambda: self.first.post(f"/applications/{found}/reject", {"reason": "no"}),
            "withdrawn": lambda: self.doctor.post(f"/applications/{found}/withdraw"),
        }
        if state in ends:
            assert ends[state]().status_code == 200
        for step, act in steps.items():
            if state in list(steps)[list(steps).index(step) :]:
                answer = act()
                assert answer.status_code == 200, answer.text
        return found

    def certificate(self) -> x509.Certificate:
        """Return a personal certificate of the doctor's, handed over."""
        found = self.brought_to(ApplicationState.APPROVED)
        told = self.doctor.post(f"/applications/{found}/deliver").json()
        return x509.load_pem_x509_certificates(told["chain"].encode())[0]

    def standing(self, certificate: x509.Certificate) -> CertificateStanding:
        return self.world.port(CERTIFICATES).standing(ClientCertificate.of(certificate))


@pytest.fixture
def office(world: World, server: Standing) -> Iterator[Office]:
    office = Office(world, server)
    yield office
    for person in (office.doctor, office.other, office.first, office.second):
        person.http.close()


def request_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey, **named: str) -> str:
    oids = {"serial": NameOID.SERIAL_NUMBER, "title": NameOID.TITLE, "name": NameOID.COMMON_NAME}
    subject = x509.Name([x509.NameAttribute(oids[key], text) for key, text in named.items()])
    draft = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return draft.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM).decode()


def test_from_an_application_to_a_certificate_on_the_applicants_own_key(office: Office) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    found = office.doctor.applied(csr=request_of(key), email="claire.meyer@example.lu")
    assert (
        office.first.post(f"/applications/{found}/identify", PROOF).json()["state"] == "identified"
    )
    assert office.second.post(f"/applications/{found}/approve").json()["state"] == "approved"
    told = office.doctor.post(f"/applications/{found}/deliver").json()
    assert "pkcs12" not in told
    leaf, issuer = x509.load_pem_x509_certificates(told["chain"].encode())
    leaf.verify_directly_issued_by(issuer)
    assert leaf.public_key() == key.public_key()
    subject = {each.oid: each.value for each in leaf.subject}
    assert subject == {
        NameOID.COUNTRY_NAME: "LU",
        NameOID.TITLE: "PS-001",
        NameOID.SURNAME: "Meyer",
        NameOID.GIVEN_NAME: "Claire",
        NameOID.SERIAL_NUMBER: DOCTOR,
        NameOID.COMMON_NAME: "Claire Meyer",
    }
    kept = office.doctor.get(f"/applications/{found}").json()
    assert (kept["identified_by"], kept["approved_by"]) == (FIRST, SECOND)
    texts = [each["text"] for each in office.doctor.get("/letters").json()["letters"]]
    assert len(texts) == 3
    assert all(found in text for text in texts)
    acts = [each.entry.action for each in trail_of(office.world) if each.entry.refusal is None]
    for act in ("apply-certificate", "identify-applicant", "approve-application"):
        assert act in acts
    assert "deliver-certificate" in acts


def test_a_key_made_here_is_handed_over_once_with_its_password(office: Office) -> None:
    found = office.brought_to(ApplicationState.APPROVED)
    told = office.doctor.post(f"/applications/{found}/deliver").json()
    packed = pkcs12.load_pkcs12(base64.b64decode(told["pkcs12"]), str(told["password"]).encode())
    assert packed.cert is not None
    assert packed.key is not None
    assert packed.key.public_key() == packed.cert.certificate.public_key()
    assert len(packed.additional_certs) == 2
    again = office.doctor.post(f"/applications/{found}/deliver")
    assert refusal_codes(again) == ["application-state-wrong"]
    assert told["password"] not in office.doctor.get("/letters").text
    with office.world.store.read() as tx:
        rows = tx.execute("SELECT content FROM certificates_application").fetchall()
    assert all(told["password"] not in row["content"] for row in rows)


@pytest.mark.parametrize(
    ("csr", "code"),
    [
        (lambda: "no request", "csr-unreadable"),
        (lambda: request_of(ec.generate_private_key(ec.SECP384R1())), "csr-key-weak"),
        (
            lambda: request_of(rsa.generate_private_key(public_exponent=65537, key_size=2048)),
            "csr-key-weak",
        ),
        (lambda: request_of(P_256, serial=OTHER), "csr-names-other"),
        (lambda: request_of(P_256, title="PS-003"), "csr-names-other"),
        (lambda: request_of(P_256, name="Somebody Else"), "csr-names-other"),
        (lambda: tampered(P_256), "csr-signature-wrong"),
    ],
)
def test_a_request_that_does_not_fit_is_refused_at_once(
    office: Office, csr: object, code: str
) -> None:
    assert callable(csr)
    answer = office.doctor.post("/applications", {"family": "personal", "csr": csr()})
    assert refusal_codes(answer) == [code]
    assert office.doctor.get("/applications").json() == {"applications": []}


def tampered(key: ec.EllipticCurvePrivateKey) -> str:
    der = bytearray(base64.b64decode("".join(request_of(key, name="x").splitlines()[1:-1])))
    der[-1] ^= 1
    body = base64.b64encode(bytes(der)).decode()
    return f"-----BEGIN CERTIFICATE REQUEST-----\n{body}\n-----END CERTIFICATE REQUEST-----\n"


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"family": "royal"}, "family"),
        ({}, "family"),
        ({"family": "personal", "key": "rsa-1024"}, "key"),
        ({"family": "personal", "email": "nobody"}, "email"),
        ({"family": "personal", "names": ["x.localhost"]}, "names"),
        ({"family": "server"}, "names"),
        ({"family": "server", "names": "x"}, "names"),
    ],
)
def test_a_wish_that_cannot_be_met_names_its_field(office: Office, wish: Json, field: str) -> None:
    answer = office.doctor.post("/applications", wish)
    assert refusal_codes(answer) == ["application-faulty"]
    assert field in answer.json()["issue"][0]["details"]["text"]


def test_a_server_is_certified_for_declared_hosts_only(office: Office) -> None:
    refused = office.doctor.post("/applications", {"family": "server", "names": ["example.org"]})
    assert refusal_codes(refused) == ["host-not-declared"]
    found = office.brought_to(ApplicationState.APPROVED, family="server", names=["srv.localhost"])
    told = office.doctor.post(f"/applications/{found}/deliver").json()
    leaf = x509.load_pem_x509_certificates(told["chain"].encode())[0]
    names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["srv.localhost"]


def test_four_eyes_see_each_application_and_none_are_the_applicants(office: Office) -> None:
    found = office.brought_to(ApplicationState.IDENTIFIED)
    assert refusal_codes(office.first.post(f"/applications/{found}/approve")) == ["four-eyes"]
    own = office.first.applied()
    assert refusal_codes(office.first.post(f"/applications/{own}/identify", PROOF)) == ["four-eyes"]
    refused = office.first.post(f"/applications/{own}/reject", {"reason": "no"})
    assert refusal_codes(refused) == ["four-eyes"]
    assert office.second.post(f"/applications/{own}/identify", PROOF).status_code == 200
    assert refusal_codes(office.first.post(f"/applications/{own}/approve")) == ["four-eyes"]


def test_an_applicant_is_no_officer_and_sees_nobody_elses(office: Office) -> None:
    found = office.brought_to(ApplicationState.IDENTIFIED)
    for act, told in (("identify", PROOF), ("approve", {}), ("reject", {"reason": "no"})):
        refused = office.doctor.post(f"/applications/{found}/{act}", told)
        assert refusal_codes(refused) == ["role-not-allowed"]
    for answer in (
        office.other.get(f"/applications/{found}"),
        office.other.post(f"/applications/{found}/withdraw"),
        office.other.post(f"/applications/{found}/deliver"),
    ):
        assert refusal_codes(answer) == ["application-not-yours"]
    assert office.other.get("/applications").json() == {"applications": []}
    assert len(office.first.get("/applications").json()["applications"]) == 1
    stranger = office.doctor.http.get(f"{office.world.base_url}/certificates")
    assert refusal_codes(stranger) == ["token-missing"]


@pytest.mark.parametrize("state", list(ApplicationState))
def test_every_act_in_every_state_of_an_application(
    office: Office, state: ApplicationState
) -> None:
    possible = {
        (ApplicationState.SUBMITTED, ApplicationAct.IDENTIFY): "identified",
        (ApplicationState.SUBMITTED, ApplicationAct.REJECT): "rejected",
        (ApplicationState.SUBMITTED, ApplicationAct.WITHDRAW): "withdrawn",
        (ApplicationState.IDENTIFIED, ApplicationAct.APPROVE): "approved",
        (ApplicationState.IDENTIFIED, ApplicationAct.REJECT): "rejected",
        (ApplicationState.IDENTIFIED, ApplicationAct.WITHDRAW): "withdrawn",
        (ApplicationState.APPROVED, ApplicationAct.DELIVER): "delivered",
        (ApplicationState.APPROVED, ApplicationAct.REJECT): "rejected",
        (ApplicationState.APPROVED, ApplicationAct.WITHDRAW): "withdrawn",
    }
    for act in ApplicationAct:
        found = office.brought_to(state)
        who = {
            ApplicationAct.WITHDRAW: office.doctor,
            ApplicationAct.DELIVER: office.doctor,
            ApplicationAct.APPROVE: office.second,
        }.get(act, office.first)
        answer = who.post(f"/applications/{found}/{act}", PROOF | {"reason": "no"})
        then = possible.get((state, act))
        if then is None:
            assert refusal_codes(answer) == ["application-state-wrong"], (state, act)
            assert office.doctor.get(f"/applications/{found}").json()["state"] == state
        else:
            assert answer.status_code == 200, (state, act)
            assert office.doctor.get(f"/applications/{found}").json()["state"] == then


def test_every_act_in_every_state_of_a_certificate(office: Office) -> None:
    possible = {
        (CertificateState.VALID, CertificateAct.SUSPEND): "suspended",
        (CertificateState.VALID, CertificateAct.REVOKE): "revoked",
        (CertificateState.SUSPENDED, CertificateAct.LIFT): "valid",
        (CertificateState.SUSPENDED, CertificateAct.REVOKE): "revoked",
    }
    acts = (CertificateAct.SUSPEND, CertificateAct.LIFT, CertificateAct.REVOKE)
    why = {"reason": "keyCompromise"}
    for state, act in product(CertificateState, acts):
        serial = f"{office.certificate().serial_number:x}"
        before = {CertificateState.SUSPENDED: "suspend", CertificateState.REVOKED: "revoke"}
        if state in before:
            assert office.first.post(f"/{serial}/{before[state]}", why).status_code == 200
        answer = office.first.post(f"/{serial}/{act}", why)
        then = possible.get((state, act))
        if then is None:
            assert refusal_codes(answer) == ["certificate-state-wrong"], (state, act)
        else:
            assert answer.json()["state"] == then, (state, act)


def test_a_holder_suspends_and_revokes_her_own_but_lifts_nothing(office: Office) -> None:
    certificate = office.certificate()
    serial = f"{certificate.serial_number:x}"
    assert refusal_codes(office.other.post(f"/{serial}/suspend")) == ["certificate-unknown"]
    assert office.doctor.post(f"/{serial}/suspend").json()["reason"] == "certificateHold"
    assert office.standing(certificate) is CertificateStanding.SUSPENDED
    assert refusal_codes(office.doctor.post(f"/{serial}/lift")) == ["role-not-allowed"]
    assert office.second.post(f"/{serial}/lift").json()["state"] == "valid"
    assert office.standing(certificate) is CertificateStanding.GOOD
    for reason in ("certificateHold", "because", ""):
        refused = office.doctor.post(f"/{serial}/revoke", {"reason": reason})
        assert refusal_codes(refused) == ["application-faulty"]
    told = office.doctor.post(f"/{serial}/revoke", {"reason": "superseded"}).json()
    assert (told["state"], told["reason"]) == ("revoked", "superseded")


def test_a_renewal_stands_in_for_the_old_certificate(office: Office) -> None:
    old = office.certificate()
    serial = f"{old.serial_number:x}"
    foreign = office.other.post("/applications", {"family": "personal", "renews": serial})
    assert refusal_codes(foreign) == ["certificate-unknown"]
    found = office.brought_to(ApplicationState.APPROVED, renews=serial)
    assert office.standing(old) is CertificateStanding.GOOD
    told = office.doctor.post(f"/applications/{found}/deliver").json()
    new = x509.load_pem_x509_certificates(told["chain"].encode())[0]
    assert office.standing(old) is CertificateStanding.REVOKED
    assert office.standing(new) is CertificateStanding.GOOD
    gone = office.doctor.post("/applications", {"family": "personal", "renews": serial})
    assert refusal_codes(gone) == ["certificate-state-wrong"]
