"""What the lab tells of a server's certificate is what OpenSSL and a product read from it."""

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from test_suites.deviations.impostors import Authorities
from test_suites.deviations.status import StatusDesk

NOW = datetime.now(UTC)


@pytest.fixture
def desk(tmp_path: Path) -> StatusDesk:
    about = Authorities.make(now=NOW).checkable("http://127.0.0.1:9/s-1")
    for name, certificate in (
        ("root", about.root.certificate),
        ("issuing", about.issuing.certificate),
        ("leaf", about.leaf),
    ):
        (tmp_path / f"{name}.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    return StatusDesk(about=about, now=lambda: datetime.now(UTC))


def told_by_list(desk: StatusDesk, folder: Path) -> str:
    lists = [
        x509.load_der_x509_crl(desk.tell(name, b"")[2]).public_bytes(Encoding.PEM)
        for name in ("root.crl", "issuing.crl")
    ]
    (folder / "lists.pem").write_bytes(b"".join(lists))
    words = ["openssl", "verify", "-crl_check_all", "-CAfile", "root.pem"]
    words += ["-untrusted", "issuing.pem", "-CRLfile", "lists.pem", "leaf.pem"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def told_by_ocsp(desk: StatusDesk, folder: Path) -> str:
    asked = (
        ocsp.OCSPRequestBuilder()
        .add_certificate(desk.about.leaf, desk.about.issuing.certificate, hashes.SHA256())
        .build()
    )
    answer = desk.tell("ocsp", asked.public_bytes(Encoding.DER))[2]
    (folder / "answer.der").write_bytes(answer)
    words = ["openssl", "ocsp", "-respin", "answer.der", "-issuer", "issuing.pem"]
    words += ["-sha256", "-cert", "leaf.pem", "-CAfile", "root.pem", "-no_nonce"]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def test_openssl_reads_a_good_and_then_a_revoked_certificate(
    desk: StatusDesk, tmp_path: Path
) -> None:
    assert "leaf.pem: OK" in told_by_list(desk, tmp_path)
    good = told_by_ocsp(desk, tmp_path)
    assert "Response verify OK" in good
    assert "leaf.pem: good" in good
    desk.is_revoked = True
    assert "certificate revoked" in told_by_list(desk, tmp_path)
    assert "leaf.pem: revoked" in told_by_ocsp(desk, tmp_path)


def test_only_an_answer_that_calls_it_good_is_waited_for(desk: StatusDesk) -> None:
    desk.is_revoked = True
    desk.tell("issuing.crl", b"")
    assert desk.good_until is None
    desk.is_revoked = False
    desk.tell("issuing.crl", b"")
    assert desk.good_until is not None


def test_a_silent_desk_tells_nothing(desk: StatusDesk) -> None:
    desk.is_down = True
    assert {desk.tell(name, b"")[0] for name in ("ocsp", "issuing.crl", "issuing.cer")} == {503}


def test_what_is_no_request_is_not_answered_as_one(desk: StatusDesk) -> None:
    status, _, body = desk.tell("ocsp", b"nonsense")
    assert status == 200
    refused = ocsp.load_der_ocsp_response(body)
    assert refused.response_status is ocsp.OCSPResponseStatus.UNAUTHORIZED
