"""What changes between two packages is told by artefact and place, prose left aside."""

import copy
from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from reference_server.specification import Settings, Specification, read
from reference_server.specification.comparison import Change, Kind, compare
from reference_server.specification.model import Resource

_BASE = "https://www.esante.lu/fhir-spec"
_LINE = f"{_BASE}/StructureDefinition/erx-line"


def changed(
    specification: Specification, url: str, edit: Callable[[Resource], object]
) -> list[Change]:
    after = copy.deepcopy(list(specification.resources))
    edit(next(each for each in after if each.get("url") == url))
    return list(compare(specification.resources, after))


def element(profile: Resource, name: str) -> Resource:
    found = (e for e in profile["snapshot"]["element"] if e["id"] == name)
    return next(found)


@settings(max_examples=10, deadline=None)
@given(st.randoms(use_true_random=False))
def test_order_alone_changes_nothing(chance: object) -> None:
    resources = list(read(Settings()).resources)
    shuffled = copy.deepcopy(resources)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random
    for each in shuffled:
        chance.shuffle(each.get("concept", []))  # type: ignore[attr-defined]  # as above
    assert list(compare(resources, shuffled)) == []


def test_prose_changes_nothing(specification: Specification) -> None:
    def edit(profile: Resource) -> None:
        profile["title"] = "Anders"
        element(profile, "ServiceRequest.status")["short"] = "Anders"

    assert changed(specification, _LINE, edit) == []


def test_a_cardinality_is_told_with_before_and_after(specification: Specification) -> None:
    def edit(profile: Resource) -> None:
        element(profile, "ServiceRequest.requisition")["min"] = 0

    assert changed(specification, _LINE, edit) == [
        Change(
            kind=Kind.CHANGED,
            artefact=_LINE,
            place="snapshot.element[ServiceRequest.requisition].min",
            before="1",
            after="0",
        )
    ]


def test_a_rule_that_goes_is_told_by_its_key(specification: Specification) -> None:
    def edit(profile: Resource) -> None:
        rules = element(profile, "ServiceRequest")["constraint"]
        rules[:] = [rule for rule in rules if rule["key"] != "erx-line-2"]

    found = changed(specification, _LINE, edit)
    assert {each.kind for each in found} == {Kind.REMOVED}
    assert "snapshot.element[ServiceRequest].constraint[erx-line-2]" in {e.place for e in found}


def test_a_code_that_comes_is_told(specification: Specification) -> None:
    url = f"{_BASE}/CodeSystem/erx-cancel-reason"
    found = changed(specification, url, lambda r: r["concept"].append({"code": "moved"}))
    assert ("concept[moved]", Kind.ADDED) in {(each.place, each.kind) for each in found}


def test_artefacts_that_come_and_go_are_told_as_a_whole(specification: Specification) -> None:
    new = {"resourceType": "ValueSet", "id": "new", "url": "https://example.org/new"}
    found = list(compare(specification.resources, [*specification.resources[1:], new]))
    assert {(each.kind, each.place) for each in found} == {(Kind.ADDED, ""), (Kind.REMOVED, "")}


def test_a_profile_without_its_snapshot_is_compared_all_the_same(
    specification: Specification,
) -> None:
    found = changed(specification, _LINE, lambda profile: profile.pop("snapshot"))
    assert found == []


def test_a_profile_whose_base_is_not_there_is_told_as_unreadable(
    specification: Specification,
) -> None:
    def edit(profile: Resource) -> None:
        del profile["snapshot"]
        profile["baseDefinition"] = "https://example.org/StructureDefinition/nowhere"

    (found,) = changed(specification, _LINE, edit)
    assert found.kind is Kind.UNREADABLE
    assert "nowhere" in found.after
