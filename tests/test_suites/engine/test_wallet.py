"""Which client certificates a case hands out, and what OpenSSL says of them at its port."""

import ssl
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509

from reference_server.app import WorldRegistry
from reference_server.kernel.client_certificate import ClientCertificate
from reference_server.population.personas import load
from reference_server.ports import CERTIFICATES, CertificateStanding
from scenarios.tricks import HandedCertificate
from test_suites.engine.wallet import Card, Wallet

PERSONAS = ("dr-meyer", "labo-nord")
REFUSED = {
    HandedCertificate.EXPIRED: "certificate has expired",
    HandedCertificate.FOREIGN: "unable to get local issuer certificate",
    HandedCertificate.SIGNATURE: "unsuitable certificate purpose",
}


@contextmanager
def wallet() -> Iterator[Wallet]:
    registry = WorldRegistry(origin="https://127.0.0.1")
    try:
        yield Wallet(world=registry.open("cards"), population=load())
    finally:
        registry.close_all()


def shaken(card: Card, trust: bytes) -> str | None:
    """Return why a server refuses a client's certificate in the handshake, None where not."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    with tempfile.NamedTemporaryFile(suffix=".pem") as file:
        file.write((card.key + card.chain).encode("ascii"))
        file.flush()
        server.load_cert_chain(file.name)
        client.load_cert_chain(file.name)
    server.load_verify_locations(cadata=trust.decode("ascii"))
    server.verify_mode = ssl.CERT_REQUIRED
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = server.wrap_bio(to_server, to_client, server_side=True)
    theirs = client.wrap_bio(to_client, to_server)
    for side in (theirs, ours, theirs, ours):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue
        except ssl.SSLCertVerificationError as refused:
            return refused.verify_message
    assert ours.getpeercert(binary_form=True) is not None
    return None


def standing(held: Wallet, card: Card) -> CertificateStanding:
    certificate = x509.load_pem_x509_certificate(card.chain.encode("ascii"))
    shown = ClientCertificate.of(certificate)
    return held.world.port(CERTIFICATES).standing(shown)


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("kind", HandedCertificate)
def test_each_kind_is_taken_or_refused_as_its_name_says(
    kind: HandedCertificate, persona: str
) -> None:
    with wallet() as held:
        held.hand(kind)
        card = held.card(persona)
        trust = held.world.port(CERTIFICATES).trust_bundle()
        assert shaken(card, trust) == REFUSED.get(kind)
        revoked = standing(held, card) is CertificateStanding.REVOKED
        assert revoked == (kind is HandedCertificate.REVOKED)
        assert card.key not in repr(card)


def test_what_is_handed_out_says_who_it_belongs_to_and_ends_soon_where_it_should() -> None:
    with wallet() as held:
        held.hand(HandedCertificate.ENDING)
        card = held.card("dr-meyer")
        read = ClientCertificate.of(x509.load_pem_x509_certificate(card.chain.encode("ascii")))
        person = load().practitioners["dr-meyer"]
        assert (read.ehealth_id, read.profession) == (person.ehealth_id, person.profession)
        left = card.ends - datetime.now(UTC)
        assert timedelta(days=4) < left <= timedelta(days=5)
        assert held.card("dr-meyer") == card


def test_a_renewal_hands_out_another_one_and_revokes_the_one_before() -> None:
    with wallet() as held:
        before = held.card("labo-nord")
        after = held.renewed("labo-nord")
        assert held.card("labo-nord") == after
        assert standing(held, before) is CertificateStanding.REVOKED
        assert standing(held, after) is CertificateStanding.GOOD
        assert before.chain != after.chain
        assert before.key != after.key
