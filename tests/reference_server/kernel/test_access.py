"""One place decides who may do what; cell by cell, and nothing outside the tables is let in."""

import re
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from reference_server.app.wiring import SERVICES
from reference_server.kernel.access import (
    AccessTable,
    Asked,
    Binding,
    Permit,
    Place,
    Purpose,
    Role,
)
from reference_server.kernel.errors import AccessRefusal, ClientCertificateMissing, RoleNotAllowed
from reference_server.kernel.forbidden import CertificateNamesAnother, CertificateOfOtherFamily
from reference_server.national.professions import PROFESSIONS

PERMITS = tuple(permit for service in SERVICES for permit in service.permits)
PEOPLE = (*PROFESSIONS, None)
ME, HEAD, STRANGER = "9100000017", "9100000025", "9100000033"
CARE = {"TREAT", "ETREAT"}
OFFICE = {"TREAT", "HOPERAT", "HSYSADMIN"}
EVERYBODY = set(PEOPLE)
PRESCRIBING = {"PS-001", "PS-002", "PS-004"}
IDENTITIES: dict[str, tuple[set[str | None], set[str]]] = dict.fromkeys(
    ("laboratory", "pharmacy", "prescriber", "registrar"),
    (EVERYBODY, {"TREAT", "ETREAT", "HOPERAT"}),
)
# operation → scope, role → (professions, purposes); written by hand, from SPEC.md of each service.
EXPECTED: dict[str, tuple[str, dict[str, tuple[set[str | None], set[str]]]]] = {
    "submit-prescription": ("erx.prescribe", {"prescriber": ({*PRESCRIBING}, CARE)}),
    "cancel": ("erx.prescribe", {"prescriber": ({*PRESCRIBING}, CARE)}),
    "retrieve-prescription": ("erx.dispense", {"laboratory": (EVERYBODY, CARE)}),
    "reserve": ("erx.dispense", {"laboratory": (EVERYBODY, CARE)}),
    "release": ("erx.dispense", {"laboratory": (EVERYBODY, CARE)}),
    "dispense": ("erx.dispense", {"laboratory": (EVERYBODY, CARE)}),
    "read-task": (
        "erx.read",
        dict.fromkeys(("prescriber", "laboratory", "pharmacy"), (EVERYBODY, CARE)),
    ),
    **dict.fromkeys(
        ("read-audit", "search-audit", "export-audit"),
        (
            "audit.read",
            {"auditor": (EVERYBODY, {"HOPERAT", "HSYSADMIN"}), "patient": (EVERYBODY, {"PATRQT"})},
        ),
    ),
    **dict.fromkeys(
        ("read-directory", "search-directory", "follow-directory"),
        ("directory.read", dict.fromkeys(Role, (EVERYBODY, {*Purpose}))),
    ),
    "change-directory": (
        "directory.write",
        {"registrar": (EVERYBODY, {"HOPERAT", "HSYSADMIN"})},
    ),
    **dict.fromkeys(
        (
            *("match-patient", "search-patient", "read-patient", "cross-reference-patient"),
            *(
                "subscribe-patients",
                "read-subscription",
                "change-subscription",
                "cancel-subscription",
            ),
        ),
        ("mpi.read", IDENTITIES),
    ),
    "feed-patient": ("mpi.feed", IDENTITIES),
    "show-own-audit": ("audit.read", {"patient": (EVERYBODY, {"PATRQT"})}),
    "record-audit-event": (
        "audit.write",
        dict.fromkeys(("prescriber", "laboratory", "pharmacy"), (EVERYBODY, {*Purpose})),
    ),
    "search-task": (
        "erx.read",
        dict.fromkeys(("prescriber", "laboratory", "pharmacy"), (EVERYBODY, CARE)),
    ),
    **dict.fromkeys(
        (
            *("list-certificates", "list-applications", "read-application", "read-letters"),
            "read-certificate",
            *("apply-certificate", "withdraw-application", "deliver-certificate"),
            *("suspend-certificate", "revoke-certificate"),
        ),
        (
            "pki",
            dict.fromkeys(
                ("prescriber", "laboratory", "pharmacy", "registrar"), (EVERYBODY, OFFICE)
            ),
        ),
    ),
    **dict.fromkeys(
        ("identify-applicant", "approve-application", "reject-application", "lift-certificate"),
        ("pki", {"registrar": (EVERYBODY, OFFICE)}),
    ),
}


def asked(operation: str = "read", **more: object) -> Asked:
    known = {
        "operation": operation,
        "place": Place.SESSION,
        "role": Role.PRESCRIBER,
        "profession": "PS-001",
        "scopes": frozenset({"s"}),
        "purpose": Purpose.TREATMENT,
        "ehealth_id": ME,
    }
    return Asked(**{**known, **more})  # type: ignore[arg-type]  # one field at a time


def permits(table: AccessTable, request: Asked) -> bool:
    try:
        table.decide(request)
    except AccessRefusal:
        return False
    return True


@pytest.mark.parametrize("operation", sorted(EXPECTED))
def test_each_cell_of_the_tables_is_as_written_down(operation: str) -> None:
    scope, rows = EXPECTED[operation]
    table = AccessTable(PERMITS)
    for role, profession, purpose, place in product(Role, PEOPLE, Purpose, Place):
        professions, purposes = rows.get(role, (set(), set()))
        expected = profession in professions and purpose in purposes
        for scopes, has_scope in ((frozenset({scope}), True), (frozenset({"openid"}), False)):
            cell = asked(
                operation,
                role=role,
                profession=profession,
                purpose=purpose,
                place=place,
                scopes=scopes,
            )
            assert permits(table, cell) is (expected and has_scope), cell


def test_every_operation_that_a_service_declares_is_written_down_here() -> None:
    assert {permit.operation for permit in PERMITS} == set(EXPECTED)


def test_every_row_is_about_a_route_that_exists() -> None:
    for service in SERVICES:
        routes = [route for router in service.routers for route in router.routes]
        actions = {route.action for route in routes}
        assert {permit.operation for permit in service.permits} <= actions, service.name


def test_without_a_row_nothing_is_permitted() -> None:
    with pytest.raises(RoleNotAllowed):
        AccessTable().decide(asked())


NAMES = st.sampled_from(["a", "b", "c"])
SETS = st.frozensets(NAMES)
PLACES = st.frozensets(st.sampled_from(list(Place)))
IDS = st.one_of(st.none(), st.sampled_from([ME, HEAD, STRANGER]))
ROWS = st.builds(
    Permit,
    operation=NAMES,
    scope=NAMES,
    roles=SETS,
    professions=st.one_of(st.none(), SETS),
    purposes=SETS,
    places=PLACES,
    binding=st.sampled_from(list(Binding)),
)
REQUESTS = st.builds(
    Asked,
    operation=NAMES,
    place=st.sampled_from(list(Place)),
    role=NAMES,
    profession=st.one_of(st.none(), NAMES),
    scopes=SETS,
    purpose=NAMES,
    ehealth_id=IDS,
    certificate=st.booleans(),
    certified=IDS,
    impersonal=st.booleans(),
    teams=st.frozensets(st.sampled_from([HEAD, STRANGER])),
)


def is_covered(rows: list[Permit], request: Asked) -> bool:
    """Tell by plain set membership whether a row covers a request, and the people fit."""
    same = {request.ehealth_id, *request.teams} - {None}
    for row in rows:
        fits = [
            request.operation == row.operation,
            request.place in row.places,
            row.scope in request.scopes,
            request.role in row.roles,
            row.professions is None or request.profession in row.professions,
            request.purpose in row.purposes,
        ]
        if row.binding is Binding.ALWAYS or (
            row.binding is Binding.IF_SHOWN and request.certified is not None
        ):
            fits += [request.certificate, request.ehealth_id is not None]
            fits += [request.certified in same]
        if row.binding is not Binding.NONE:
            fits += [not request.impersonal or request.ehealth_id is None]
        if all(fits):
            return True
    return False


@settings(max_examples=500, deadline=None)
@given(rows=st.lists(ROWS, max_size=6), request=REQUESTS)
def test_no_combination_outside_the_tables_is_ever_let_in(
    rows: list[Permit], request: Asked
) -> None:
    assert permits(AccessTable(rows), request) is is_covered(rows, request)


@settings(max_examples=300, deadline=None)
@given(request=REQUESTS, real=st.sampled_from(PERMITS), data=st.data())
def test_no_request_slips_through_the_tables_of_the_services(
    request: Asked, real: Permit, data: st.DataObject
) -> None:
    """Start from a row that exists, and change what may be changed."""
    near = replace(
        request,
        operation=data.draw(st.sampled_from([real.operation, "a"])),
        role=data.draw(st.sampled_from([*Role, "a"])),
        profession=data.draw(st.sampled_from([*PEOPLE, "a"])),
        scopes=data.draw(st.sampled_from([frozenset({real.scope}), frozenset({"a"})])),
        purpose=data.draw(st.sampled_from([*Purpose, "a"])),
    )
    assert permits(AccessTable(PERMITS), near) is is_covered(list(PERMITS), near)


def bound(binding: Binding) -> AccessTable:
    row = Permit(operation="read", scope="s", roles=frozenset({Role.PRESCRIBER}), binding=binding)
    return AccessTable((row,))


@pytest.mark.parametrize(
    ("binding", "certificate", "certified", "teams", "refusal"),
    [
        (Binding.NONE, True, STRANGER, (), None),
        (Binding.IF_SHOWN, False, None, (), None),
        (Binding.IF_SHOWN, True, None, (), None),
        (Binding.IF_SHOWN, True, ME, (), None),
        (Binding.IF_SHOWN, True, HEAD, (HEAD,), None),
        (Binding.IF_SHOWN, True, HEAD, (), CertificateNamesAnother),
        (Binding.IF_SHOWN, True, STRANGER, (HEAD,), CertificateNamesAnother),
        (Binding.ALWAYS, False, None, (), ClientCertificateMissing),
        (Binding.ALWAYS, True, None, (), CertificateNamesAnother),
        (Binding.ALWAYS, True, ME, (), None),
        (Binding.ALWAYS, True, HEAD, (HEAD,), None),
        (Binding.ALWAYS, True, STRANGER, (HEAD,), CertificateNamesAnother),
    ],
)
def test_token_and_certificate_name_the_same_professional_or_a_team(
    binding: Binding,
    *,
    certificate: bool,
    certified: str | None,
    teams: tuple[str, ...],
    refusal: type[AccessRefusal] | None,
) -> None:
    request = asked(certificate=certificate, certified=certified, teams=frozenset(teams))
    if refusal is None:
        assert bound(binding).decide(request).operation == "read"
    else:
        with pytest.raises(refusal):
            bound(binding).decide(request)


def test_a_system_with_a_persons_certificate_is_refused() -> None:
    request = asked(ehealth_id=None, profession=None, certificate=True, certified=ME)
    with pytest.raises(CertificateNamesAnother):
        bound(Binding.IF_SHOWN).decide(request)


@pytest.mark.parametrize("binding", [Binding.IF_SHOWN, Binding.ALWAYS])
def test_a_certificate_that_is_nobodys_own_stands_for_no_professional(binding: Binding) -> None:
    with pytest.raises(CertificateOfOtherFamily):
        bound(binding).decide(asked(certificate=True, impersonal=True))
    system = asked(ehealth_id=None, profession=None, certificate=True, impersonal=True)
    assert bound(Binding.IF_SHOWN).decide(system).operation == "read"


def test_who_is_refused_hears_of_the_row_that_came_nearest() -> None:
    rows = (
        Permit(operation="read", scope="t", roles=frozenset({"a"})),
        Permit(operation="read", scope="s", roles=frozenset({"b"})),
    )
    with pytest.raises(RoleNotAllowed):
        AccessTable(rows).decide(asked())


def test_no_service_decides_by_role_itself() -> None:
    """What a row cannot say is how a caller stands to one record: `rules` may look at that."""
    own = re.compile(r"\bauthorise\([^)]*\broles=")
    for service in SERVICES:
        folder = Path(__file__).parents[3] / "reference_server" / "services" / service.name
        for path in folder.rglob("*.py"):
            assert not own.search(path.read_text(encoding="utf-8")), path
