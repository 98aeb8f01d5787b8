"""The lab on establishments: there is enough of it; all of it is tried by `test_proof`."""

from scenarios import load_catalogue
from scenarios.model import Programme
from test_suites.proof.defects import load_defects


def test_there_are_enough_conversations_requirements_and_defects() -> None:
    own = load_catalogue().of(Programme.IDENTITY)
    assert len(own.requirements) >= 60
    assert len(own.scenarios) >= 35
    assert len([one for one in load_defects() if one.programme is Programme.IDENTITY]) >= 20
