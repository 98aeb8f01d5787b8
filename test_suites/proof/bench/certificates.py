"""Measures the certificate authority in this process, on one core; knows no network."""

import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from reference_server.kernel.migrations import migrate, read_migrations
from reference_server.kernel.port import Ports
from reference_server.kernel.store import SqliteStore
from reference_server.ports import CERTIFICATES
from reference_server.services.certificates.model.families import Family
from reference_server.services.certificates.model.life import CertificateAct, Reason
from reference_server.services.certificates.model.records import Holder, Issued
from reference_server.services.certificates.operations.authority import Authority
from reference_server.services.certificates.operations.issue import Order, change, issue
from reference_server.services.certificates.operations.provided import ProvidedCertificates
from reference_server.services.certificates.operations.status import crl, ocsp_answer
from reference_server.world import Settings, World, migrations
from test_suites.proof.bench.figures import Figure, figure

_REVOKED: Final = 1000
_HOLDER: Final = Holder(common_name="Claire Meyer", ehealth_id="9100000017", profession="PS-001")
_SERVICE: Final = "reference_server.services.certificates"


def measure(*, seconds: float, pairs: int) -> Iterator[Figure]:
    """Yield the figures; each is the median of `pairs` rounds, `seconds` in all for each."""
    for kind in ("p-256", "rsa-4096"):
        with _authority(kind) as (world, authority):
            issued = partial(_issued, world, authority)
            name = f"certificates issued, signed with {kind}"
            yield figure(name, "per s", _rates(issued, seconds, pairs))
            if kind != "p-256":  # issuing a thousand with RSA would take a minute
                continue
            answered = partial(ocsp_answer, world, authority, _asked(authority, issued()))
            yield figure("OCSP answers", "per s", _rates(answered, seconds, pairs))
            yield figure(
                f"list of {_REVOKED} revoked",
                "ms",
                [1000 * each for each in _lists(world, authority, pairs)],
            )


@contextmanager
def _authority(kind: str) -> Iterator[tuple[World, Authority]]:
    """Give an authority on a database in a file, synced at each commit as in service."""
    with tempfile.TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "bench.db")
        own = read_migrations("certificates", files(_SERVICE) / "sql")
        migrate(store, (*migrations(), *own))
        settings = Settings(authority_key=kind)
        world = World("bench", origin="https://127.0.0.1", store=store, settings=settings)
        provided = ProvidedCertificates(world)
        world.ports = Ports({CERTIFICATES: lambda: provided})
        try:
            _ = provided.authority.issuing
            yield world, provided.authority
        finally:
            world.close()


def _issued(world: World, authority: Authority) -> Issued:
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    order = Order(family=Family.PERSONAL, holder=_HOLDER, public_key=key)
    with world.store.write() as tx:
        return issue(world, authority, tx, order)


def _asked(authority: Authority, issued: Issued) -> bytes:
    certificate = x509.load_pem_x509_certificate(issued.pem.encode("ascii"))
    issuer = authority.issuing.certificate
    draft = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, hashes.SHA256())
    draft = draft.add_extension(x509.OCSPNonce(b"n" * 32), critical=False)
    return draft.build().public_bytes(Encoding.DER)


def _rates(run: Callable[[], object], seconds: float, pairs: int) -> list[float]:
    """Return how often a call runs in a second, in each round."""
    run()
    rates = []
    for _ in range(pairs):
        began, count = time.perf_counter(), 0
        while (took := time.perf_counter() - began) < seconds / pairs:
            run()
            count += 1
        rates.append(count / took)
    return rates


def _lists(world: World, authority: Authority, pairs: int) -> Iterator[float]:
    """Give the seconds that a new list takes, when one more certificate was revoked."""
    for _ in range(_REVOKED - pairs):
        _revoked(world, authority)
    for _ in range(pairs):
        _revoked(world, authority)
        began = time.perf_counter()
        crl(world, authority, "issuing")
        yield time.perf_counter() - began


def _revoked(world: World, authority: Authority) -> None:
    made = _issued(world, authority)
    with world.store.write() as tx:
        change(world, tx, made, CertificateAct.REVOKE, reason=Reason.SUPERSEDED)
