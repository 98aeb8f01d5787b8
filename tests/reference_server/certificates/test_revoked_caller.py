"""A caller's certificate counts where its authority issued it, and only while it is good."""

import ssl
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest

from reference_server.app.worlds import open_world
from reference_server.ports import CERTIFICATES, KeyedCertificate
from reference_server.services.providers.store.directory import Directory
from reference_server.world import World
from tests.reference_server.app.process import Served, served
from tests.reference_server.certificates.test_issued import DOCTOR
from tests.reference_server.standing import Browser, refusal_codes

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
