"""Which cases a subject meets, and why not the others."""

from collections import Counter
from datetime import date

import pytest

from scenarios import Catalogue, load_catalogue
from scenarios.model import Programme
from test_suites.capture import canonical
from test_suites.engine.plan import Plan, make_plan, plan_from_json
from test_suites.subjects.model import Subject
from test_suites.subjects.reader import parse_subject

HEAD = '[product]\nvendor = "V"\nname = "N"\nversion = "1"\n[[roles]]\n'
DRIVEN = '[operator]\nkind = "driver"\nurl = "http://127.0.0.1:1"\n'
SERVER = 'actor = "service"\n[server]\nbase_url = "https://127.0.0.1:1/x"\n'


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue()


def subject(text: str) -> Subject:
    return parse_subject(HEAD + text, file="s.toml", today=date(2026, 11, 22))


def reasons(plan: Plan) -> Counter[str]:
    return Counter(exclusion.reason for exclusion in plan.exclusions)


def test_the_self_check_plays_every_scenario(catalogue: Catalogue) -> None:
    plan = make_plan(None, catalogue)
    own = catalogue.of(Programme.INTEROPERABILITY).scenarios
    scenarios = [each for each in own if not each.activities()]
    assert len(plan.cases) == len(scenarios)
    assert all(case.id == f"{case.scenario}::lab" for case in plan.cases)


def test_every_scenario_of_a_role_is_a_case_or_an_exclusion(catalogue: Catalogue) -> None:
    plan = make_plan(subject(f'actor = "laboratory"\n{DRIVEN}'), catalogue)
    own = catalogue.of(Programme.INTEROPERABILITY).scenarios
    concerned = {each.id for each in own if "laboratory" in each.subjects}
    planned = {case.scenario for case in plan.cases}
    assert planned | {each.scenario for each in plan.exclusions} == concerned
    assert reasons(plan).keys() == {"capability-not-claimed"}


def test_a_capability_binds_only_the_role_it_is_of(catalogue: Catalogue) -> None:
    plan = make_plan(subject(f'actor = "laboratory"\n{DRIVEN}'), catalogue)
    assert "ep-cancelled::laboratory" in {case.id for case in plan.cases}


def test_what_a_vendor_says_is_not_supported_is_quoted(catalogue: Catalogue) -> None:
    text = f'actor = "laboratory"\nnot_supported = {{plan-b = "jamais"}}\n{DRIVEN}'
    plan = make_plan(subject(text), catalogue)
    (found,) = [each for each in plan.exclusions if each.reason == "not-supported"]
    assert (found.scenario, found.params["why"]) == ("ep-plan-b", "jamais")
    assert found.message_id == "engine.exclusion.not-supported"


def test_a_foreign_server_lets_nobody_turn_its_clock(catalogue: Catalogue) -> None:
    plan = make_plan(subject(SERVER), catalogue)
    assert {"environment", "credential-missing"} <= reasons(plan).keys()
    needs = {each.scenario: each.params for each in plan.exclusions if each.reason == "environment"}
    assert needs["ep-expired"] == {"need": "clock"}
    assert needs["sv-token-expired"] == {"need": "expire-tokens"}


def test_a_scheme_leaves_out_what_it_does_not_ask_for(catalogue: Catalogue) -> None:
    claimed = f'actor = "laboratory"\ncapabilities = ["plan-b", "reserve", "fractioned"]\n{DRIVEN}'
    plan = make_plan(subject(claimed), catalogue, ["ERX-LAB-011"])
    for case in plan.cases:
        assert "ERX-LAB-011" in catalogue.scenario(case.scenario).cited()
    assert reasons(plan).keys() == {"not-in-scheme"}


def test_a_requirement_is_excluded_where_no_case_tests_it(catalogue: Catalogue) -> None:
    plan = make_plan(subject(f'actor = "laboratory"\n{DRIVEN}'), catalogue)
    excluded = plan.excluded_requirements(catalogue, "laboratory")
    tested = {r for case in plan.cases for r in catalogue.scenario(case.scenario).cited()}
    assert excluded["ERX-LAB-003"] == "capability-not-claimed"
    assert not tested & excluded.keys()


def test_a_plan_comes_back_from_its_file_unchanged(catalogue: Catalogue) -> None:
    plan = make_plan(subject(SERVER), catalogue)
    assert plan_from_json(canonical.encode(plan.as_json())) == plan
    with pytest.raises(ValueError, match=r"plan\.json"):
        plan_from_json(b'{"cases": [1], "exclusions": []}')


def test_a_plan_thinks_of_one_programme_alone_and_says_which(catalogue: Catalogue) -> None:
    declared = subject(f'actor = "laboratory"\n{DRIVEN}')
    plan = make_plan(declared, catalogue, programme=Programme.SECURITY, scheme="SEC-ACC")
    assert {catalogue.scenario(case.scenario).programme for case in plan.cases} == {
        Programme.SECURITY
    }
    assert plan_from_json(canonical.encode(plan.as_json())) == plan
    both = [{each.id for each in catalogue.of(one).scenarios} for one in Programme]
    assert not set.intersection(*both)
    assert set.union(*both) == {each.id for each in catalogue.scenarios}


def test_what_nobody_chose_is_left_out_and_stays_undecided(catalogue: Catalogue) -> None:
    declared = subject(f'actor = "laboratory"\n{DRIVEN}')
    chosen = frozenset({"ep-dispense-once"})
    plan = make_plan(declared, catalogue, scenarios=chosen)
    assert [case.id for case in plan.cases] == ["ep-dispense-once::laboratory"]
    assert reasons(plan).keys() == {"capability-not-claimed", "not-chosen"}
    excluded = plan.excluded_requirements(catalogue, "laboratory")
    assert excluded == make_plan(declared, catalogue).excluded_requirements(catalogue, "laboratory")
    assert plan_from_json(canonical.encode(plan.as_json())) == plan
