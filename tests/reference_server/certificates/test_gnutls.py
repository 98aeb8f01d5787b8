"""GnuTLS's own tools as a third opinion: chains, lists, OCSP answers and handshakes."""

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest

from reference_server.ports import CERTIFICATES, CertificateOrder
from reference_server.world import World
from tests.reference_server.certificates.openssl import files_of, written
from tests.reference_server.standing import Standing

pytestmark = pytest.mark.skipif(
    not all(map(shutil.which, ("certtool", "gnutls-cli", "ocsptool"))),
    reason="the tools of GnuTLS are not on this machine",
)
_SECONDS = 60
ORDERS = (
    CertificateOrder(
        family="personal", common_name="Claire Meyer", ehealth_id="9100000017", profession="PS-001"
    ),
    CertificateOrder(family="server", names=("srv.localhost",), organization="Laboratoire Nord"),
    CertificateOrder(family="signature", common_name="Claire Meyer", ehealth_id="9100000017"),
)


def gnutls(tool: str, *arguments: str | Path, given: bytes = b"", fails: bool = False) -> str:
    """Run a tool and return what it said; it must end as expected."""
    done = subprocess.run(
        [tool, *map(str, arguments)],
        input=given,
        capture_output=True,
        check=False,
        timeout=_SECONDS,
    )
    said = (done.stdout + done.stderr).decode("utf-8", "replace")
    assert (done.returncode != 0) == fails, said
    return said


def chain_of(folder: Path, issued: bytes, files: dict[str, Path]) -> Path:
    return written(folder, "chain.pem", issued + files["root"].read_bytes())


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.family)
def test_certtool_verifies_the_chain_of_every_family(
    world: World, http: httpx.Client, tmp_path: Path, order: CertificateOrder
) -> None:
    issued = world.port(CERTIFICATES).issue_as_ordered(order)
    files = files_of(world, http, tmp_path)
    chain = chain_of(tmp_path, issued.chain, files)
    said = gnutls("certtool", "--verify-chain", "--infile", chain)
    assert "Chain verification output: Verified. The certificate is trusted." in said
    leaf = written(tmp_path, "leaf.pem", issued.chain)
    trusted = ("--load-ca-certificate", files["root"], "--infile", leaf)
    assert "The certificate is trusted" in gnutls("certtool", "--verify", *trusted)


def test_certtool_finds_a_revoked_certificate_in_the_list(
    world: World, http: httpx.Client, tmp_path: Path
) -> None:
    authority = world.port(CERTIFICATES)
    issued = authority.issue_as_ordered(ORDERS[0])
    authority.revoke(issued.serial, reason="keyCompromise")
    files = files_of(world, http, tmp_path)
    for name in ("root", "issuing"):
        loaded = ("--load-ca-certificate", files[name], "--infile", files[f"{name}-crl"])
        assert "Verified" in gnutls("certtool", "--verify-crl", *loaded)
    told = gnutls("certtool", "--crl-info", "--infile", files["issuing-crl"])
    assert issued.serial.zfill(32) in told.replace(":", "").lower()
    other = ("--load-ca-certificate", files["root"], "--infile", files["issuing-crl"])
    assert "Not verified" in gnutls("certtool", "--verify-crl", *other, fails=True)


def test_ocsptool_believes_every_answer(world: World, http: httpx.Client, tmp_path: Path) -> None:
    authority = world.port(CERTIFICATES)
    issued = authority.issue_as_ordered(ORDERS[0])
    files = files_of(world, http, tmp_path)
    leaf = written(tmp_path, "leaf.pem", issued.chain)
    asked, answered = tmp_path / "request.der", tmp_path / "answer.der"
    named = ("--load-cert", leaf, "--load-issuer", files["issuing"])
    for state in ("good", "revoked"):
        gnutls("ocsptool", "--generate-request", *named, "--nonce", "--outfile", asked)
        headers = {"Content-Type": "application/ocsp-request"}
        url = f"{world.base_url}/pki/ocsp"
        answer = http.post(url, content=asked.read_bytes(), headers=headers).raise_for_status()
        answered.write_bytes(answer.content)
        loaded = ("--load-response", answered)
        trusted = ("--load-trust", files["issuing"])
        assert "Success" in gnutls("ocsptool", "--verify-response", *loaded, *trusted)
        told = gnutls("ocsptool", "--response-info", "--infile", answered)
        assert f"Certificate Status: {state}" in told
        if state == "good":
            authority.revoke(issued.serial, reason="keyCompromise")


def test_gnutls_cli_meets_a_modern_server(server: Standing) -> None:
    port = server.origin.rpartition(":")[2]
    trust = ("--x509cafile", server.authority, "--port", port, "localhost")
    said = gnutls("gnutls-cli", *trust, given=b"\n")
    assert "Status: The certificate is trusted" in said
    assert "TLS1.3" in said
    old = ("--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.1", *trust)
    assert "alert" in gnutls("gnutls-cli", *old, given=b"\n", fails=True).lower()
