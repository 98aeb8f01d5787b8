"""The directory is searched as IHE mCSD asks (ITI-90), on either database."""

import pytest

from reference_server.fhir.validation.issues import Severity
from reference_server.fhir.validation.validator import Validator
from reference_server.population.personas import load
from reference_server.ports import AuditOutcome
from reference_server.services.providers.model import PARAMETERS, TYPES
from tests.reference_server.providers.conftest import SIZE
from tests.reference_server.providers.desk import Desk, Json, codes_of
from tests.reference_server.standing import trail_of

MEYER, WAGNER, LOPES = "9100000017", "9100000033", "9100000025"
PRACTICE = "90100112"
CNS = "urn:oid:1.3.182.4.6"


@pytest.mark.parametrize(
    ("path", "ids"),
    [
        ("Practitioner?_id=" + MEYER, [MEYER]),
        ("Practitioner?identifier=urn:oid:1.3.182.4.1|" + MEYER, [MEYER]),
        ("Practitioner?identifier=90110135", [MEYER]),
        ("Practitioner?identifier=urn:oid:1.3.182.4.6|90110135", [MEYER]),
        ("Practitioner?identifier=urn:oid:1.3.182.4.1|90110135", []),
        ("Practitioner?family=LOPES&given=miguel&active=true", [LOPES]),
        ("Practitioner?family=lop&given=mig", [LOPES]),
        ("Practitioner?given:exact=Miguel&_id=" + LOPES, [LOPES]),
        ("Practitioner?given:exact=miguel&_id=" + LOPES, []),
        ("Practitioner?family:contains=ope&_id=" + LOPES, [LOPES]),
        ("Practitioner?name=mey&_id=" + MEYER, [MEYER]),
        ("Practitioner?family=%25&_id=" + MEYER, []),
        ("Practitioner?family:contains=%25", []),
        ("Practitioner?active=false", []),
        ("Practitioner?_id=" + MEYER + "&_id=" + LOPES, []),
        ("PractitionerRole?practitioner=" + MEYER, [MEYER]),
        ("PractitionerRole?practitioner=Practitioner/" + MEYER, [MEYER]),
        ("PractitionerRole?organization=Organization/" + PRACTICE, [MEYER, WAGNER]),
        ("PractitionerRole?practitioner.identifier=" + MEYER, [MEYER]),
        (
            "PractitionerRole?practitioner.family=Wagner&specialty=paediatrics&_id=" + WAGNER,
            [WAGNER],
        ),
        ("PractitionerRole?practitioner:Practitioner.given=Claire&_id=" + MEYER, [MEYER]),
        ("PractitionerRole?organization.identifier=" + PRACTICE, [MEYER, WAGNER]),
        ("PractitionerRole?organization.name=cabinet médical meyer", [MEYER, WAGNER]),
        ("PractitionerRole?organization.name=CABINET MEDICAL MEYER", [MEYER, WAGNER]),
        ("PractitionerRole?location.status=active&_id=" + MEYER, [MEYER]),
        ("PractitionerRole?service.organization.name=Cabinet médical Meyer", [MEYER, WAGNER]),
        ("PractitionerRole?role=PS-001&_id=" + MEYER, [MEYER]),
        ("PractitionerRole?role=urn:oid:1.3.182.5.2|PS-001&_id=" + MEYER, [MEYER]),
        ("Organization?type=laboratory&identifier=90200116", ["90200116"]),
        ("Organization?name=Laboratoire Nord", ["90200116"]),
        ("Organization?endpoint.connection-type=direct-project&_id=90200116", ["90200116"]),
        ("Location?organization.name=Laboratoire Sud", ["90200228"]),
        ("HealthcareService?service-type=pharmacy&name=Pharmacie centrale", ["90300110"]),
        ("Endpoint?organization=90200116&status=active", ["90200116"]),
        ("OrganizationAffiliation?active=true", []),
    ],
)
def test_who_is_looked_for_is_found(desk: Desk, path: str, ids: list[str]) -> None:
    assert desk.ids(path) == ids


def test_every_search_parameter_of_the_profile_is_understood(desk: Desk) -> None:
    for kind, parameters in PARAMETERS.items():
        for name in parameters:
            answer = desk.ask(f"{kind}?{name}=1&_count=0")
            assert answer.status_code == 200, (kind, name, answer.text)


def test_a_search_by_form_finds_the_same(desk: Desk) -> None:
    assert desk.ids("Practitioner/_search", method="POST", form={"identifier": MEYER}) == [MEYER]


def test_what_belongs_to_a_match_comes_along(desk: Desk) -> None:
    role = f"PractitionerRole?practitioner={MEYER}"
    found = desk.along(
        f"{role}&_include=PractitionerRole:practitioner&_include=PractitionerRole:organization"
    )
    assert found == {f"Practitioner/{MEYER}", f"Organization/{PRACTICE}"}
    lab = "Organization?_id=90200116"
    assert desk.along(f"{lab}&_revinclude=Location:organization") == {"Location/90200116"}
    assert desk.along(f"{lab}&_include=Organization.endpoint") == {"Endpoint/90200116"}
    assert (
        desk.along(f"{lab}&_revinclude=OrganizationAffiliation:participating-organization") == set()
    )


def test_pages_hold_everybody_once(desk: Desk) -> None:
    everybody = SIZE + len(load().practitioners)
    seen: list[str] = []
    following: str | None = "Practitioner?_count=25"
    while following is not None:
        page: Json = desk.bundle(following)
        assert page["total"] == everybody
        seen += [entry["resource"]["id"] for entry in page["entry"]]
        links = {link["relation"]: link["url"] for link in page["link"]}
        following = links.get("next")
    assert len(set(seen)) == len(seen) == everybody


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("Practitioner?colour=red", "search-parameter-unknown"),
        ("Practitioner?family:missing=true", "search-parameter-unknown"),
        ("Practitioner?organization.name=x", "search-parameter-unknown"),
        ("PractitionerRole?practitioner:Organization.name=x", "search-parameter-unknown"),
        ("Practitioner?_lastUpdated=soon", "search-parameter-invalid"),
        ("Practitioner?_count=-1", "search-parameter-invalid"),
        ("Practitioner?family=", "search-parameter-invalid"),
        ("PractitionerRole?practitioner=a/b/c", "search-parameter-invalid"),
        ("Organization?_include=Location:organization", "search-parameter-invalid"),
        ("Organization?_revinclude=Organization:endpoint", "search-parameter-invalid"),
        ("Practitioner/_history?_since=soon", "search-parameter-invalid"),
        ("Practitioner/_history?colour=red", "search-parameter-unknown"),
    ],
)
def test_what_is_not_understood_is_refused(desk: Desk, path: str, code: str) -> None:
    answer = desk.ask(path)
    assert (answer.status_code, codes_of(answer)) == (400, [code])


def test_time_of_change_is_compared_with_every_prefix(desk: Desk) -> None:
    at = desk.ask(f"Practitioner/{MEYER}").json()["meta"]["lastUpdated"]
    found = {
        prefix: bool(desk.ids(f"Practitioner?_id={MEYER}&_lastUpdated={prefix}{at}"))
        for prefix in ("", "eq", "ge", "le", "gt", "lt", "sa", "eb")
    }
    assert {prefix for prefix, is_found in found.items() if is_found} == {"", "eq", "ge", "le"}


def test_consultations_of_the_directory_are_traced(desk: Desk) -> None:
    desk.ids("Practitioner?family=meyer")
    entry = trail_of(desk.world)[-1].entry
    assert (entry.action, entry.query) == ("search-directory", "/fhir/Practitioner?family=meyer")
    desk.ask(f"Practitioner/{MEYER}")
    assert trail_of(desk.world)[-1].entry.entities == (f"Practitioner/{MEYER}",)
    refused = desk.ask("Practitioner", scope="erx.read")
    assert codes_of(refused) == ["scope-insufficient"]
    assert trail_of(desk.world)[-1].entry.outcome is AuditOutcome.REFUSED


def test_every_resource_is_valid_fhir(desk: Desk) -> None:
    validator = Validator()
    for kind in TYPES:
        for entry in desk.bundle(f"{kind}?_count=5").get("entry", ()):
            faults = [
                issue
                for issue in validator.issues_of(entry["resource"])
                if issue.severity in {Severity.ERROR, Severity.FATAL}
                and not issue.rule.startswith("profile")
            ]
            assert faults == [], (kind, faults)
