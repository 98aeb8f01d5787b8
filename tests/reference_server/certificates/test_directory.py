"""A professional's certificate is found in the provider directory while it is good, not longer."""

import base64

import pytest
from cryptography import x509

from reference_server.ports import CERTIFICATES, PROVIDERS, CertificateOrder
from reference_server.services.providers.store import resources
from reference_server.services.providers.store.directory import fill
from reference_server.world import World

DOCTOR = "9100000017"


def ordered(world: World, *, family: str = "personal") -> str:
    order = CertificateOrder(
        family=family, common_name="Claire Meyer", ehealth_id=DOCTOR, profession="PS-001"
    )
    return world.port(CERTIFICATES).issue_as_ordered(order).serial


def shown(world: World) -> str | None:
    """Return the serial of the certificate that the directory shows, as mCSD's resource has it."""
    with world.store.write() as tx:
        fill(world, tx)
        kept = resources.read(tx, "Practitioner", f"p-{DOCTOR}") or resources.read(
            tx, "Practitioner", DOCTOR
        )
        assert kept is not None
    for der in world.port(CERTIFICATES).of_person(DOCTOR):
        if base64.b64encode(der) in kept.content:
            return serial_of(der)
    return None if b"MII" not in kept.content else "another"


def serial_of(der: bytes) -> str:
    return f"{x509.load_der_x509_certificate(der).serial_number:x}"


@pytest.mark.parametrize("is_looked_at_before", [False, True])
def test_it_appears_with_its_issue_and_leaves_with_its_revocation(
    world: World, *, is_looked_at_before: bool
) -> None:
    if is_looked_at_before:
        assert shown(world) is None
    first = ordered(world)
    assert shown(world) == first
    world.port(CERTIFICATES).revoke(first, reason="keyCompromise")
    assert shown(world) is None


def test_the_one_before_stands_in_while_it_is_still_good(world: World) -> None:
    first = ordered(world)
    second = ordered(world)
    newest = shown(world)
    assert newest in {first, second}
    world.port(CERTIFICATES).revoke(str(newest), reason="superseded")
    assert shown(world) == ({first, second} - {newest}).pop()


def test_only_personal_certificates_of_the_known_are_shown(world: World) -> None:
    ordered(world, family="signature")
    assert shown(world) is None
    with world.store.write() as tx:
        world.port(PROVIDERS).put_certificate(tx, "2000000099", b"x")
        assert tx.execute("SELECT count(*) AS n FROM provider_certificate").fetchone()["n"] == 0
