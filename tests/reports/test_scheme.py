"""The label scheme that ships with the lab agrees with the catalogue, and says what is wrong."""

from pathlib import Path

import pytest

from reports.labelling.scheme import Module, known_schemes, load_scheme, read_scheme
from scenarios import Catalogue, DeclarationError, load_catalogue
from scenarios.model import Obligation, Programme

SCHEME = load_scheme()


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def every_id(module: Module) -> tuple[str, ...]:
    options = (one for option in module.options for one in option.required)
    return (*module.required, *options, *module.recommended)


def needed_for(requirement: str, module: Module, catalogue: Catalogue) -> set[str]:
    """Return what every scenario that tests a requirement of a module needs."""
    needs: list[set[str]] = [
        {*scenario.needs}
        for scenario in catalogue.scenarios
        if module.actor in scenario.subjects and requirement in scenario.cited()
    ]
    return set.union(*needs) if needs else set()


def needs_asking(catalogue: Catalogue) -> frozenset[str]:
    """Return the requirements that only activities or another programme test."""
    asked: set[str] = set()
    usual: set[str] = set()
    for each in catalogue.scenarios:
        other = each.activities() or each.programme is not Programme.INTEROPERABILITY
        (asked if other else usual).update(each.cited())
    return frozenset(asked - usual)


def test_the_schemes_that_ship_are_known_by_their_file_names() -> None:
    assert known_schemes() == ("CESAR-KO", "INT-MPI", "INT-eRX", "PRF-eRX", "ROB-eRX", "SEC-ACC")
    assert SCHEME.id == "INT-eRX"
    with pytest.raises(KeyError):
        load_scheme("INT-DSP")


def test_a_label_lasts_24_months_and_is_watched() -> None:
    assert SCHEME.validity.months == 24
    assert {one.id for one in SCHEME.surveillance} == {"yearly", "market", "event"}


def test_there_is_a_module_for_clients_and_for_servers() -> None:
    assert [module.id for module in SCHEME.modules] == [
        "INT-eRX-prescriber",
        "INT-eRX-laboratory",
        "INT-eRX-service",
    ]


@pytest.mark.parametrize("module", SCHEME.modules, ids=lambda module: module.id)
def test_every_tested_requirement_of_an_actor_stands_in_exactly_one_set(
    module: Module, catalogue: Catalogue
) -> None:
    listed = every_id(module)
    assert len(listed) == len(set(listed))
    binding = {
        one.id
        for one in catalogue.requirements
        if module.actor in one.actors
        and one.untested_because is None
        and one.id not in needs_asking(catalogue)
        and (one.obligation is not Obligation.SHOULD or one.id in module.recommended)
    }
    tested = {
        one.id
        for one in catalogue.requirements
        if module.actor in one.actors and one.untested_because is None
    } - needs_asking(catalogue)
    assert set(listed) == binding == tested


def test_what_only_activities_or_another_programme_tests_stands_in_one_scheme_of_its_own(
    catalogue: Catalogue,
) -> None:
    schemes = [load_scheme(one) for one in known_schemes()]
    listing = [one for one in schemes if one.concerns == "listed"]
    assert {one.id for one in schemes} - {one.id for one in listing} == {SCHEME.id}
    listed = [
        id_
        for scheme in listing
        for id_ in {one for module in scheme.modules for one in module.listed()}
    ]
    assert sorted(listed) == sorted(needs_asking(catalogue))


def test_the_security_scheme_plays_its_own_programme_and_lists_what_it_tests(
    catalogue: Catalogue,
) -> None:
    security = load_scheme("SEC-ACC")
    assert security.programme is Programme.SECURITY
    own = catalogue.of(Programme.SECURITY)
    for module in security.modules:
        binding = {one.id for one in own.requirements if module.actor in one.actors}
        assert module.listed() == binding
        for id_ in module.required:
            assert catalogue.requirement(id_).obligation is Obligation.MUST
        for id_ in module.recommended:
            assert catalogue.requirement(id_).obligation is Obligation.SHOULD
        mandatory = [catalogue.requirement(id_) for id_ in module.required]
        binding_ones = [one for one in mandatory if one.authority != "assumed"]
        assert module.critical <= set(module.required)
        assert binding_ones


def test_a_scheme_that_lists_concerns_nothing_else() -> None:
    robustness = load_scheme("ROB-eRX")
    assert robustness.concerned("ERX-ROB-001")
    assert not robustness.concerned("ERX-SRV-001")
    assert SCHEME.concerned("ERX-ROB-001")


@pytest.mark.parametrize("module", SCHEME.modules, ids=lambda module: module.id)
def test_mandatory_are_the_musts_and_options_follow_their_condition(
    module: Module, catalogue: Catalogue
) -> None:
    for requirement in module.required:
        assert catalogue.requirement(requirement).obligation is Obligation.MUST
        assert catalogue.requirement(requirement).condition is None
    for option in module.options:
        for requirement in option.required:
            assert catalogue.requirement(requirement).obligation is Obligation.MUST
            condition = catalogue.requirement(requirement).condition
            assert condition == option.capability or needed_for(requirement, module, catalogue) & {
                option.capability,
                "expire-tokens",
            }
    for requirement in module.recommended:
        assert catalogue.requirement(requirement).obligation is Obligation.SHOULD


@pytest.mark.parametrize("module", SCHEME.modules, ids=lambda module: module.id)
def test_what_is_critical_is_mandatory(module: Module) -> None:
    assert module.critical <= set(module.required)


@pytest.mark.parametrize("module", SCHEME.modules, ids=lambda module: module.id)
def test_the_binding_outcome_can_be_decided_for_every_module(
    module: Module, catalogue: Catalogue
) -> None:
    binding = [r for r in module.required if catalogue.requirement(r).authority != "assumed"]
    assert len(binding) >= SCHEME.minimum_binding


def test_severity_comes_from_the_scheme_alone() -> None:
    assert SCHEME.severity("ERX-SEC-013", "MUST") == "critical"
    assert SCHEME.severity("ERX-LAB-006", "MUST") == "major"
    assert SCHEME.severity("ERX-RES-011", "SHOULD") == "minor"
    assert SCHEME.severity("ERX-RES-011", "MAY") == "observation"


def test_a_scheme_file_with_an_unknown_field_is_named_with_the_field(tmp_path: Path) -> None:
    file = tmp_path / "scheme.yaml"
    file.write_text("format: equalis-scheme/1\nid: X\ncolour: blue\n", encoding="utf-8")
    with pytest.raises(DeclarationError) as wrong:
        read_scheme(file)
    assert wrong.value.file == str(file)
    assert wrong.value.field


def test_a_scheme_file_that_is_no_yaml_is_named_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "scheme.yaml"
    file.write_text("format: equalis-scheme/1\nid: [X\n", encoding="utf-8")
    with pytest.raises(DeclarationError) as wrong:
        read_scheme(file)
    assert wrong.value.line == 3
