"""Suppliers with one fault each: every fault is declared, and tried at the door where it is."""

import json

import pytest

from reports.cli.front import main
from scenarios import load_catalogue
from test_suites.proof.defects import SUPPLIER, load_defects
from test_suites.proof.mutants import SUPPLIER_CONTROLS, good_product, scenarios_for
from test_suites.proof.suppliers.fhir import FAULTS
from test_suites.proof.suppliers.messages import BENDS
from test_suites.proof.suppliers.trial import verdicts_at

DECLARED = {one.name: one for one in load_defects() if one.vendor == SUPPLIER}


def test_every_fault_is_declared_once_and_at_one_door() -> None:
    assert set(DECLARED) == set(FAULTS) | set(BENDS)
    assert not set(FAULTS) & set(BENDS)
    assert all(one.expected for one in DECLARED.values())


@pytest.mark.parametrize("name", DECLARED)
def test_a_fault_is_tried_at_its_own_door_and_once_at_the_other(name: str) -> None:
    catalogue = load_catalogue()
    chosen = scenarios_for(DECLARED[name], catalogue)
    assert chosen is not None
    spoken = {"messages" in catalogue.scenario(one).needs for one in chosen - SUPPLIER_CONTROLS}
    assert spoken == {name in BENDS}
    assert chosen >= SUPPLIER_CONTROLS
    cited = {each for one in chosen for each in catalogue.scenario(one).cited()}
    assert set(DECLARED[name].expected) <= cited


def test_a_good_supplier_is_tried_on_everything_and_a_fault_that_is_none_is_refused() -> None:
    good = good_product(SUPPLIER, DECLARED["possible-as-certain"].programme)
    assert scenarios_for(good, load_catalogue()) is None
    with pytest.raises(KeyError):
        verdicts_at("no-such-fault")


@pytest.mark.parametrize("name", ["supplier/keeps-old-traits", "supplier/follows-merged-number"])
def test_a_supplier_is_blamed_for_its_fault_and_nothing_else(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code = main(["mutants", "--json", name])
    [outcome] = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (code, outcome["caught"], outcome["falsely_blamed"]) == (0, True, [])
