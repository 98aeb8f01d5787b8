"""OpenSSL's own command as a second opinion, and files for it."""

import shutil
import subprocess
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from reference_server.world import World

needs_openssl = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is not on this machine"
)
_SECONDS = 60


def openssl(*arguments: str | Path, fails: bool = False) -> str:
    """Run openssl and return what it said; it must end as expected."""
    done = subprocess.run(
        ["openssl", *map(str, arguments)],  # noqa: S607 - whichever openssl the machine has
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    said = done.stdout + done.stderr
    assert (done.returncode != 0) == fails, said
    return said


def files_of(world: World, http: httpx.Client, folder: Path) -> dict[str, Path]:
    """Fetch issuers and lists as anybody does; returns PEM files by name."""
    found = {}
    for name in ("root", "issuing"):
        cer = http.get(f"{world.base_url}/pki/{name}.cer").raise_for_status()
        found[name] = folder / f"{name}.pem"
        certificate = x509.load_der_x509_certificate(cer.content)
        found[name].write_bytes(certificate.public_bytes(Encoding.PEM))
        crl = http.get(f"{world.base_url}/pki/{name}.crl").raise_for_status()
        found[f"{name}-crl"] = folder / f"{name}-crl.pem"
        listed = x509.load_der_x509_crl(crl.content)
        found[f"{name}-crl"].write_bytes(listed.public_bytes(Encoding.PEM))
    both = found["root-crl"].read_bytes() + found["issuing-crl"].read_bytes()
    found["crls"] = folder / "crls.pem"
    found["crls"].write_bytes(both)
    return found


def written(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path
