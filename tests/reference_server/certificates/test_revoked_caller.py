"""A caller's certificate counts where its authority issued it, and only while it is good."""

import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
from cryptography import x509

from reference_server.app.worlds import open_world
from reference_server.ports import CERTIFICATES, CertificateOrder, KeyedCertificate
from reference_server.services.providers.store.directory import Directory
from reference_server.services.trust.model import Binding, TlsRegistration
from reference_server.services.trust.operations import register_client
from reference_server.world import World
from tests.reference_server.app.process import Served, served
from tests.reference_server.certificates.test_issued import DOCTOR
from tests.reference_server.standing import Browser, refusal_codes
from tests.reference_server.trust.rp import Rp, rp_client

SERVER = CertificateOrder(family="server", organization="Hospital", names=("his.example",))
PERSON, COLLEAGUE = "9100000017", "9100000025"


@dataclass(frozen=True, slots=True)
class House:
    """Two environments on one socket, both asking for their own certificates."""

    folder: Path
    running: Served
    one: World
    other: World

    def shown(self, paper: KeyedCertificate) -> ssl.SSLContext:
        chain, key = self.folder / f"{paper.serial}.pem", self.folder / f"{paper.serial}.key"
        chain.write_bytes(paper.chain)
        key.write_bytes(paper.key)
        context = self.running.trust()
        context.load_cert_chain(chain, key)
        return context

    def url(self, world: World, path: str = "fhir/metadata") -> str:
        return f"{self.running.told['origin']}/{world.name}/{path}"


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    folder = tmp_path_factory.mktemp("house")
    asked = ("--environment", "one", "--environment", "other", "--client-certificates", "required")
    with served(folder, *asked) as running:
        worlds = [
            open_world(name, origin="https://localhost", database=folder / f"{name}.db")
            for name in ("one", "other")
        ]
        with closing(worlds[0]), closing(worlds[1]):
            yield House(folder, running, *worlds)


def test_a_certificate_of_another_environment_is_refused(house: House) -> None:
    paper = house.one.port(CERTIFICATES).issue_as_ordered(DOCTOR)
    with httpx.Client(verify=house.shown(paper)) as http:
        assert http.get(house.url(house.one)).status_code == 200
        refused = http.get(house.url(house.other))
    assert (refused.status_code, refusal_codes(refused)) == (403, ["client-certificate-foreign"])


def test_a_revocation_counts_on_a_connection_that_stands(house: House) -> None:
    authority = house.one.port(CERTIFICATES)
    paper = authority.issue_as_ordered(DOCTOR)
    with httpx.Client(verify=house.shown(paper)) as http:
        assert http.get(house.url(house.one)).status_code == 200
        for reason in ("certificateHold", "keyCompromise"):
            authority.revoke(paper.serial, reason=reason)
            refused = http.get(house.url(house.one))
            assert refusal_codes(refused) == ["client-certificate-revoked"]
        # What tells of a certificate's state is told to everybody.
        assert http.get(house.url(house.one, "pki/issuing.crl")).status_code == 200


def test_token_and_certificate_name_the_same_professional_or_one_of_the_team(
    house: House,
) -> None:
    origin, database = house.running.told["origin"], house.folder / "one.db"
    with closing(open_world("one", origin=str(origin), database=database)) as one:
        authority = one.port(CERTIFICATES)
        own = authority.issue_as_ordered(replace(DOCTOR, ehealth_id=PERSON))
        other = authority.issue_as_ordered(replace(DOCTOR, ehealth_id=COLLEAGUE))
        browser = Browser(one, house.shown(own))
        token = browser.redeem(browser.code()).json()["access_token"]
        browser.http.close()

        def asked(trust: ssl.SSLContext) -> httpx.Response:
            headers = {"Authorization": f"Bearer {token}"}
            with httpx.Client(verify=trust, timeout=60) as http:
                return http.get(house.url(house.one, "fhir/Task"), headers=headers)

        assert asked(house.shown(own)).status_code == 200
        refused = asked(house.shown(other))
        assert refused.status_code == 403
        assert refusal_codes(refused) == ["certificate-names-another"]
        bare = asked(house.running.trust())
        assert refusal_codes(bare) == ["client-certificate-missing"]
        with one.store.write() as tx:
            Directory(one).add_to_team(tx, PERSON, head=COLLEAGUE)
        assert asked(house.shown(other)).status_code == 200


def test_a_servers_certificate_stands_for_no_professional(house: House) -> None:
    origin, database = house.running.told["origin"], house.folder / "one.db"
    with closing(open_world("one", origin=str(origin), database=database)) as one:
        authority = one.port(CERTIFICATES)
        own = house.shown(authority.issue_as_ordered(replace(DOCTOR, ehealth_id=PERSON)))
        servers = house.shown(authority.issue_as_ordered(SERVER))
        browser = Browser(one, own)
        token = browser.redeem(browser.code()).json()["access_token"]
        browser.http.close()
        headers = {"Authorization": f"Bearer {token}"}
        with httpx.Client(verify=servers, timeout=60) as http:
            refused = http.get(house.url(one, "fhir/Task"), headers=headers)
        assert (refused.status_code, refusal_codes(refused)) == (
            403,
            ["certificate-of-other-family"],
        )


def test_a_professionals_tokens_are_bound_to_no_certificate_of_a_server(house: House) -> None:
    """A system that is registered for itself binds them, and they open the API beside it only."""
    origin, database = house.running.told["origin"], house.folder / "one.db"
    with closing(open_world("one", origin=str(origin), database=database)) as one:
        authority = one.port(CERTIFICATES)
        servers = authority.issue_as_ordered(SERVER)
        subject = x509.load_pem_x509_certificate(servers.chain).subject.rfc4514_string()
        bound = {"binding": Binding(certificate=True)}
        register_client(one, rp_client("public", **bound))
        register_client(one, rp_client("his", tls=TlsRegistration(subject=subject), **bound))
        public, system = (Rp(one, house.shown(servers), name) for name in ("public", "his"))
        refused = public.redeem_code(public.back()["code"])
        assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
        token = system.tokens(scope="openid erx.read")["access_token"]
        headers = {"Authorization": f"Bearer {token}"}
        answer = system.http.get(house.url(one, "fhir/Task"), headers=headers)
        assert answer.status_code == 200
        public.http.close()
        system.http.close()
