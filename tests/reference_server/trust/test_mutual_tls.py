"""Clients that authenticate by certificate, and tokens bound to one (RFC 8705), over real TLS."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from reference_server.kernel.client_certificate import ClientCertificates, thumbprint
from reference_server.services.trust.model import Binding, Client, TlsRegistration
from reference_server.services.trust.operations import register_client
from reference_server.world import Settings, World
from reference_server.world.authority import ClientTrust
from tests.reference_server.certificates.papers import DAY, PEM, Desk, Paper
from tests.reference_server.standing import Standing, refusal_codes, standing_server
from tests.reference_server.trust.rp import Rp, rp_client


def self_signed(folder: Path) -> Paper:
    """Return a certificate that nobody vouches for."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "own")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .sign(key, hashes.SHA256())
    )
    paper = Paper(chain=folder / "own.pem", key=folder / "own.key")
    paper.chain.write_bytes(made.public_bytes(PEM))
    paper.key.write_bytes(
        key.private_bytes(PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return paper


@dataclass(frozen=True, slots=True, kw_only=True)
class Papers:
    """Certificates of three softwares: two from the desk, one of its own making."""

    desk: Desk
    one: Paper
    other: Paper
    own: Paper


@pytest.fixture(scope="module")
def papers(tmp_path_factory: pytest.TempPathFactory) -> Papers:
    folder = tmp_path_factory.mktemp("papers")
    desk = Desk.open(folder / "desk")
    own = self_signed(folder)
    # What a software made for itself is trusted by being named, at both layers.
    desk.authority.write_bytes(desk.authority.read_bytes() + own.chain.read_bytes())
    return Papers(desk=desk, one=desk.issue("one"), other=desk.issue("other"), own=own)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, papers: Papers) -> Iterator[Standing]:
    clients = ClientTrust(authorities=papers.desk.authority)
    with standing_server(tmp_path_factory.mktemp("server"), clients=clients) as standing:
        yield standing


@pytest.fixture
def world(server: Standing) -> Iterator[World]:
    opened = server.open(
        Settings(client_certificates=ClientCertificates.OPTIONAL, foreign_certificates=True)
    )
    yield opened
    server.registry.close(opened.name)


def showing(server: Standing, world: World, paper: Paper | None, client_id: str = "by-tls") -> Rp:
    context = server.trust()
    return Rp(world, context if paper is None else paper.load(context), client_id)


def system(tls: TlsRegistration, **changed: object) -> Client:
    facts = {"systems_only": True, "role": "laboratory", "organization": "90200116"}
    return rp_client("by-tls", tls=tls, scopes=frozenset({"erx.read"}), **{**facts, **changed})


def token(rp: Rp) -> httpx.Response:
    return rp.post("token", grant_type="client_credentials")


def test_a_subject_that_is_registered_authenticates_a_client(
    server: Standing, world: World, papers: Papers
) -> None:
    register_client(world, system(TlsRegistration(subject="CN=one")))
    with showing(server, world, papers.one).http as http:
        rp = showing(server, world, papers.one)
        rp.http.close()
        rp.http = http
        assert token(rp).status_code == 200
    for paper in (papers.other, papers.own, None):
        rp = showing(server, world, paper)
        refused = token(rp)
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        rp.http.close()


def test_a_certificate_of_ones_own_is_registered_by_its_thumbprint(
    server: Standing, world: World, papers: Papers
) -> None:
    der = papers.own.certificate().public_bytes(serialization.Encoding.DER)
    register_client(world, system(TlsRegistration(thumbprints=(thumbprint(der),))))
    for paper, status in ((papers.own, 200), (papers.one, 401)):
        rp = showing(server, world, paper)
        assert token(rp).status_code == status
        rp.http.close()


def test_a_bound_token_opens_nothing_without_its_certificate(
    server: Standing, world: World, papers: Papers
) -> None:
    binding = Binding(certificate=True)
    register_client(world, system(TlsRegistration(subject="CN=one"), binding=binding))
    rp, other = showing(server, world, papers.one), showing(server, world, papers.other)
    told = token(rp).json()
    der = papers.one.certificate().public_bytes(serialization.Encoding.DER)
    assert told["token_type"] == "Bearer"
    assert rp.claims(told["access_token"])["cnf"] == {"x5t#S256": thumbprint(der)}
    headers = {"Authorization": f"Bearer {told['access_token']}"}
    address = f"{world.fhir_base}/Task?status=ready"
    assert rp.http.get(address, headers=headers).status_code == 200
    assert refusal_codes(other.http.get(address, headers=headers)) == ["token-bound-to-certificate"]
    rp.http.close()
    other.http.close()


def test_a_public_client_may_bind_its_tokens_to_a_certificate(
    server: Standing, world: World, papers: Papers
) -> None:
    register_client(world, rp_client("by-tls", binding=Binding(certificate=True)))
    rp, other = showing(server, world, papers.one), showing(server, world, papers.other)
    told = rp.tokens()
    assert rp.userinfo(told["access_token"]).status_code == 200
    stolen = other.userinfo(told["access_token"])
    assert (stolen.status_code, stolen.json()["error"]) == (401, "invalid_token")
    assert other.refresh(told["refresh_token"]).json()["error"] == "invalid_grant"
    assert rp.refresh(told["refresh_token"]).status_code == 200
    bare = showing(server, world, None)
    refused = bare.redeem_code(bare.back()["code"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    for each in (rp, other, bare):
        each.http.close()
