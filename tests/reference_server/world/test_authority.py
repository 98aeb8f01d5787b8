"""The throw-away authority: who trusts it connects, and only with modern TLS."""

import socket
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from reference_server.world.authority import VALIDITY, server_context, server_identity
from tests.reference_server.standing import Standing

NOW = datetime.now(UTC)


def handshake(server: Standing, context: ssl.SSLContext, name: str = "127.0.0.1") -> ssl.SSLSocket:
    url = httpx.URL(server.origin)
    raw = socket.create_connection(("127.0.0.1", url.port or 0), timeout=60)
    try:
        return context.wrap_socket(raw, server_hostname=name)
    except BaseException:
        raw.close()
        raise


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_modern_versions_connect_with_forward_secrecy(
    server: Standing, version: ssl.TLSVersion
) -> None:
    context = server.trust()
    context.minimum_version = context.maximum_version = version
    with handshake(server, context) as wire:
        cipher = wire.cipher()
        assert cipher is not None
        assert "GCM" in cipher[0] or "CHACHA20" in cipher[0]
        assert wire.selected_alpn_protocol() is None


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1"])
def test_local_names_are_certified(server: Standing, name: str) -> None:
    with handshake(server, server.trust(), name) as wire:
        assert wire.version() == "TLSv1.3"


def test_other_names_are_not(server: Standing) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, server.trust(), "elsewhere.example")


def test_who_does_not_trust_the_authority_does_not_connect(server: Standing) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, ssl.create_default_context())


def test_cbc_suites_are_refused(server: Standing) -> None:
    context = server.trust()
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers("ECDHE-ECDSA-AES128-SHA256:ECDHE-ECDSA-AES256-SHA:@SECLEVEL=0")
    with pytest.raises(ssl.SSLError):
        handshake(server, context)


def test_old_versions_are_refused(server: Standing) -> None:
    context = server.trust()
    context.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        handshake(server, context)


def test_keys_are_p256_and_the_secret_is_private(tmp_path: Path) -> None:
    identity = server_identity(tmp_path, now=NOW)
    for file in (identity.authority, identity.chain):
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        assert isinstance(key.curve, ec.SECP256R1)
    assert stat.S_IMODE(identity.key.stat().st_mode) == 0o600
    assert "PRIVATE" not in identity.authority.read_text() + identity.chain.read_text()


def test_an_identity_is_used_again_until_it_is_old_or_lacks_a_name(tmp_path: Path) -> None:
    first = server_identity(tmp_path, now=NOW).chain.read_bytes()
    assert server_identity(tmp_path, now=NOW).chain.read_bytes() == first
    named = server_identity(tmp_path, now=NOW, hosts=("lab.example",)).chain.read_bytes()
    assert named != first
    assert server_identity(tmp_path, now=NOW).chain.read_bytes() == named
    later = NOW + VALIDITY - timedelta(days=1)
    assert server_identity(tmp_path, now=later).chain.read_bytes() != named


@pytest.mark.parametrize("name", ["ca.pem", "server.pem", "server-key.pem"])
@pytest.mark.parametrize("half", [b"", b"-----BEGIN", None], ids=["empty", "cut off", "another's"])
def test_files_that_do_not_belong_together_are_made_anew(
    tmp_path: Path, name: str, half: bytes | None
) -> None:
    server_identity(tmp_path, now=NOW)
    server_identity(tmp_path / "other", now=NOW)
    (tmp_path / name).write_bytes(
        (tmp_path / "other" / name).read_bytes() if half is None else half
    )
    identity = server_identity(tmp_path, now=NOW)
    server_context(identity)
    context = ssl.create_default_context(cafile=identity.authority)
    assert [one["subject"] for one in context.get_ca_certs()]
    assert identity == server_identity(tmp_path, now=NOW)
