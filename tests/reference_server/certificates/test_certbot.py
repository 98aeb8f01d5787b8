"""A vendor's server keeps its certificate by itself: certbot, from the account to the renewal."""

import socket
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from reference_server.world import Settings
from tests.reference_server.certificates.acme_client import bound
from tests.reference_server.standing import Standing, trail_of

CERTBOT = Path(sys.executable).with_name("certbot")
HOST = "labo-nord.localhost"


def free_port() -> int:
    """Return a port that nobody had a moment ago: certbot listens on it itself."""
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@pytest.mark.slow
@pytest.mark.skipif(not CERTBOT.exists(), reason="certbot is not installed")
def test_certbot_gets_a_certificate_renews_and_revokes_it(server: Standing, tmp_path: Path) -> None:
    port = free_port()
    world = server.open(Settings(acme_http_port=port))
    kid, key = bound(world)
    folders = [
        part
        for name in ("config", "work", "logs")
        for part in (f"--{name}-dir", str(tmp_path / name))
    ]
    common = ["--non-interactive", "--server", f"{world.base_url}/acme/directory", *folders]

    def certbot(*arguments: str) -> str:
        done = subprocess.run(
            [CERTBOT, *arguments, *common],
            capture_output=True,
            text=True,
            check=False,
            timeout=300,
            env={"REQUESTS_CA_BUNDLE": str(server.authority), "PATH": "/usr/bin:/bin"},
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    listening = ("--standalone", "--http-01-port", str(port), "--http-01-address", "127.0.0.1")
    certbot(
        *("certonly", *listening, "-d", HOST, "--agree-tos", "-m", "labo@example.lu"),
        *("--eab-kid", kid, "--eab-hmac-key", key),
    )
    live = tmp_path / "config" / "live" / HOST / "fullchain.pem"
    first, issuer = x509.load_pem_x509_certificates(live.read_bytes())
    first.verify_directly_issued_by(issuer)
    certbot("renew", "--force-renewal", "--no-random-sleep-on-renew", *listening[1:])
    second, _ = x509.load_pem_x509_certificates(live.read_bytes())
    assert second.serial_number != first.serial_number
    certbot(
        "revoke", "--cert-path", str(live), "--reason", "superseded", "--no-delete-after-revoke"
    )
    with httpx.Client(verify=server.trust()) as http:
        listed = http.get(f"{world.base_url}/pki/issuing.crl").content
    crl = x509.load_der_x509_crl(listed)
    assert crl.get_revoked_certificate_by_serial_number(second.serial_number) is not None
    assert crl.get_revoked_certificate_by_serial_number(first.serial_number) is None
    acts = [each.entry.action for each in trail_of(world)]
    assert acts.count("acme-finalize") == 2
