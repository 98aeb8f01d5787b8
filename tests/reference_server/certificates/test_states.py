"""A revocation is known at once by list and by OCSP; OpenSSL reads both answers."""

import base64
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from reference_server.ports import CERTIFICATES, KeyedCertificate
from reference_server.services.certificates.operations.provided import authority_of
from reference_server.world import World
from tests.reference_server.certificates.openssl import files_of, needs_openssl, openssl, written
from tests.reference_server.certificates.test_issued import DOCTOR, lint
from tests.reference_server.standing import refusal_codes

OLD = hashes.SHA1()  # noqa: S303  what most clients still name certificates by in OCSP
GOOD, REVOKED, UNKNOWN = (
    ocsp.OCSPCertStatus.GOOD,
    ocsp.OCSPCertStatus.REVOKED,
    ocsp.OCSPCertStatus.UNKNOWN,
)


@pytest.fixture
def paper(world: World) -> KeyedCertificate:
    return world.port(CERTIFICATES).issue_as_ordered(DOCTOR)


def leaf(paper: KeyedCertificate) -> x509.Certificate:
    return x509.load_pem_x509_certificates(paper.chain)[0]


def asked(
    world: World,
    certificate: x509.Certificate,
    *,
    nonce: bytes | None = None,
    algorithm: hashes.HashAlgorithm | None = None,
    issuer: x509.Certificate | None = None,
) -> bytes:
    issuer = issuer or authority_of(world).issuing.certificate
    draft = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, algorithm or OLD)
    if nonce is not None:
        draft = draft.add_extension(x509.OCSPNonce(nonce), critical=False)
    return draft.build().public_bytes(Encoding.DER)


def answer(world: World, http: httpx.Client, request: bytes) -> ocsp.OCSPResponse:
    headers = {"Content-Type": "application/ocsp-request"}
    got = http.post(f"{world.base_url}/pki/ocsp", content=request, headers=headers)
    assert got.status_code == 200
    assert got.headers["content-type"] == "application/ocsp-response"
    return ocsp.load_der_ocsp_response(got.content)


def listed(
    world: World, http: httpx.Client, name: str = "issuing"
) -> x509.CertificateRevocationList:
    got = http.get(f"{world.base_url}/pki/{name}.crl").raise_for_status()
    assert got.headers["content-type"] == "application/pkix-crl"
    return x509.load_der_x509_crl(got.content)


def reason_of(entry: x509.RevokedCertificate | None) -> x509.ReasonFlags:
    assert entry is not None
    return entry.extensions.get_extension_for_class(x509.CRLReason).value.reason


@pytest.mark.parametrize("algorithm", [OLD, hashes.SHA256(), hashes.SHA512()])
def test_ocsp_says_good_and_is_signed_by_the_delegate(
    world: World, http: httpx.Client, paper: KeyedCertificate, algorithm: hashes.HashAlgorithm
) -> None:
    told = answer(world, http, asked(world, leaf(paper), nonce=b"n" * 32, algorithm=algorithm))
    assert told.response_status is ocsp.OCSPResponseStatus.SUCCESSFUL
    assert told.certificate_status is GOOD
    assert told.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce == b"n" * 32
    (delegate,) = told.certificates
    delegate.verify_directly_issued_by(authority_of(world).issuing.certificate)
    assert told.next_update_utc is not None
    assert (told.next_update_utc - told.this_update_utc).total_seconds() <= 60


def test_ocsp_answers_a_get_whatever_signs_base64_has(
    world: World, http: httpx.Client, paper: KeyedCertificate
) -> None:
    seen = set()
    for size in range(1, 33):
        request = base64.b64encode(asked(world, leaf(paper), nonce=b"\xff" * size)).decode()
        seen |= set(request) & {"/", "+", "="}
        got = http.get(f"{world.base_url}/pki/ocsp/{quote(request, safe='')}")
        assert ocsp.load_der_ocsp_response(got.content).certificate_status is GOOD
        assert "max-age" in got.headers["cache-control"]
    assert seen == {"/", "+", "="}


def test_an_answer_without_a_nonce_has_none(
    world: World, http: httpx.Client, paper: KeyedCertificate
) -> None:
    told = answer(world, http, asked(world, leaf(paper)))
    with pytest.raises(x509.ExtensionNotFound):
        told.extensions.get_extension_for_class(x509.OCSPNonce)


def test_a_serial_that_was_never_issued_is_unknown(
    world: World, http: httpx.Client, paper: KeyedCertificate
) -> None:
    authority = authority_of(world)
    request = ocsp.OCSPRequestBuilder().add_certificate_by_hash(
        *hashes_of(world, leaf(paper)), 4711, OLD
    )
    told = answer(world, http, request.build().public_bytes(Encoding.DER))
    assert told.certificate_status is UNKNOWN
    assert told.issuer_key_hash == hashes_of(world, authority.issuing.certificate)[1]


def hashes_of(world: World, certificate: x509.Certificate) -> tuple[bytes, bytes]:
    request = ocsp.load_der_ocsp_request(asked(world, certificate))
    return request.issuer_name_hash, request.issuer_key_hash


@pytest.mark.parametrize(
    ("request_bytes", "status"),
    [
        (b"", ocsp.OCSPResponseStatus.MALFORMED_REQUEST),
        (b"\x30\x03\x02\x01\x01", ocsp.OCSPResponseStatus.MALFORMED_REQUEST),
    ],
)
def test_what_is_no_request_is_answered_as_malformed(
    world: World, http: httpx.Client, *, request_bytes: bytes, status: ocsp.OCSPResponseStatus
) -> None:
    assert answer(world, http, request_bytes).response_status is status
    got = http.get(f"{world.base_url}/pki/ocsp/not-base64!")
    assert ocsp.load_der_ocsp_response(got.content).response_status is status


def test_a_nonce_that_is_too_long_is_malformed(
    world: World, http: httpx.Client, paper: KeyedCertificate
) -> None:
    told = answer(world, http, asked(world, leaf(paper), nonce=b"n" * 129))
    assert told.response_status is ocsp.OCSPResponseStatus.MALFORMED_REQUEST


def test_another_issuers_certificate_is_not_ours_to_judge(
    world: World, http: httpx.Client, paper: KeyedCertificate
) -> None:
    root = authority_of(world).root.certificate
    told = answer(world, http, asked(world, leaf(paper), issuer=root))
    assert told.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED


def test_suspended_lifted_and_revoked_are_known_at_once_by_list_and_ocsp(
    world: World, http: httpx.Client, paper: KeyedCertificate
) -> None:
    authority, serial = world.port(CERTIFICATES), leaf(paper).serial_number
    assert listed(world, http).get_revoked_certificate_by_serial_number(serial) is None
    first = number_of(listed(world, http))

    authority.revoke(paper.serial, reason="certificateHold")
    entry = listed(world, http).get_revoked_certificate_by_serial_number(serial)
    assert reason_of(entry) is x509.ReasonFlags.certificate_hold
    held = answer(world, http, asked(world, leaf(paper)))
    assert held.certificate_status is REVOKED
    assert held.revocation_reason is x509.ReasonFlags.certificate_hold

    authority.revoke(paper.serial, reason="keyCompromise")
    entry = listed(world, http).get_revoked_certificate_by_serial_number(serial)
    assert reason_of(entry) is x509.ReasonFlags.key_compromise
    gone = answer(world, http, asked(world, leaf(paper)))
    assert gone.revocation_reason is x509.ReasonFlags.key_compromise
    assert gone.revocation_time_utc is not None
    assert number_of(listed(world, http)) == first + 2


def number_of(crl: x509.CertificateRevocationList) -> int:
    return crl.extensions.get_extension_for_class(x509.CRLNumber).value.crl_number


def test_a_reason_that_was_not_told_is_not_written(
    world: World, http: httpx.Client, paper: KeyedCertificate
) -> None:
    world.port(CERTIFICATES).revoke(paper.serial, reason="unspecified")
    entry = listed(world, http).get_revoked_certificate_by_serial_number(leaf(paper).serial_number)
    assert entry is not None
    assert len(entry.extensions) == 0


def test_the_roots_list_is_the_roots(world: World, http: httpx.Client) -> None:
    crl, root = listed(world, http, "root"), authority_of(world).root.certificate
    public = root.public_key()
    assert crl.is_signature_valid(public)  # type: ignore[arg-type]  # the root's key is one of them
    assert len(crl) == 0


def test_lists_and_ocsp_can_be_interrupted_one_by_one(
    world: World, http: httpx.Client, paper: KeyedCertificate
) -> None:
    authority, request = world.port(CERTIFICATES), asked(world, leaf(paper))
    authority.interrupt(lists=True, answers=False)
    down = http.get(f"{world.base_url}/pki/issuing.crl")
    assert (down.status_code, refusal_codes(down)) == (503, ["status-unavailable"])
    assert answer(world, http, request).certificate_status is GOOD
    authority.interrupt(lists=False, answers=True)
    assert http.post(f"{world.base_url}/pki/ocsp", content=request).status_code == 503
    listed(world, http)
    authority.interrupt(lists=False, answers=False)
    assert answer(world, http, request).certificate_status is GOOD


@needs_openssl
def test_openssl_reads_every_answer(
    world: World, http: httpx.Client, paper: KeyedCertificate, tmp_path: Path
) -> None:
    found = files_of(world, http, tmp_path)
    mine = written(tmp_path, "leaf.pem", leaf(paper).public_bytes(Encoding.PEM))
    request, got = tmp_path / "request.der", tmp_path / "answer.der"
    about = ("-issuer", found["issuing"], "-cert", mine)
    for state, word in (("", "good"), ("certificateHold", "revoked"), ("superseded", "revoked")):
        if state:
            world.port(CERTIFICATES).revoke(paper.serial, reason=state)
        openssl("ocsp", "-sha256", *about, "-nonce", "-reqout", request)
        answered = http.post(f"{world.base_url}/pki/ocsp", content=request.read_bytes())
        got.write_bytes(answered.content)
        trust = ("-CAfile", found["root"], "-verify_other", found["issuing"])
        told = openssl(
            *("ocsp", "-no_nonce", "-sha256", *about, "-reqin", request, "-respin", got, *trust)
        )
        assert "Response verify OK" in told
        assert f"leaf.pem: {word}" in told
        assert not state or state in told
        found = files_of(world, http, tmp_path)
        told = openssl(
            *("verify", "-crl_check_all", "-CRLfile", found["crls"]),
            *("-CAfile", found["root"], "-untrusted", found["issuing"], mine),
            fails=bool(state),
        )
        assert ("certificate revoked" in told) == bool(state)


@pytest.mark.slow
def test_pkilint_finds_nothing_on_lists_and_answers(
    world: World, http: httpx.Client, paper: KeyedCertificate, tmp_path: Path
) -> None:
    for reason in (None, "certificateHold", "superseded"):
        if reason:
            world.port(CERTIFICATES).revoke(paper.serial, reason=reason)
        for name in ("root", "issuing"):
            crl = listed(world, http, name).public_bytes(Encoding.PEM)
            kind = "ARL" if name == "root" else "CRL"
            file = written(tmp_path, f"{name}.pem", crl)
            assert lint("lint_crl", "-p", "PKIX", "-t", kind, file) == []
        told = answer(world, http, asked(world, leaf(paper), nonce=b"n" * 32))
        file = written(tmp_path, "answer.der", told.public_bytes(Encoding.DER))
        assert lint("lint_ocsp_response", file) == []
