"""A message belongs to the case its strongest clue speaks for, or to none."""

import pytest

from test_suites.engine.ladder import Attribution, Clues, OpenCase, attribute

ONE = OpenCase(
    case="one",
    session="s-000001",
    base_url="https://127.0.0.1:1/s-000001",
    credentials=frozenset({"prescriber-app", "labo-nord-app"}),
    patients=frozenset({"111"}),
)
TWO = OpenCase(
    case="two",
    session="s-000002",
    base_url="https://127.0.0.1:2/s-000002",
    credentials=frozenset({"prescriber-app"}),
    patients=frozenset({"222"}),
)
BOTH = (ONE, TWO)


@pytest.mark.parametrize(
    ("clues", "case", "rung"),
    [
        (Clues(credentials=frozenset({"labo-nord-app"})), "one", "credential"),
        (
            Clues(
                credentials=frozenset({"prescriber-app"}),
                token_issuers=frozenset({"https://127.0.0.1:2/s-000002/auth"}),
                path="/s-000001/fhir",
            ),
            "two",
            "token",
        ),
        (Clues(path="/s-000001/fhir/Task"), "one", "path"),
        (Clues(credentials=frozenset({"unknown-app"}), path="/s-000002"), "two", "path"),
        (Clues(path="/elsewhere", matricules=frozenset({"222"})), "two", "patient"),
        (
            Clues(credentials=frozenset({"prescriber-app"}), matricules=frozenset({"111"})),
            "one",
            "patient",
        ),
    ],
)
def test_the_first_rung_that_leaves_one_case_decides(clues: Clues, case: str, rung: str) -> None:
    assert attribute(clues, BOTH) == Attribution(case=case, rung=rung)


def test_an_ambiguous_message_shows_its_candidates() -> None:
    found = attribute(Clues(credentials=frozenset({"prescriber-app"})), BOTH)
    assert found == Attribution(case=None, rung="none", candidates=("one", "two"))


def test_a_message_that_says_nothing_is_nobodys() -> None:
    assert attribute(Clues(path="/"), BOTH) == Attribution(case=None, rung="none")
    assert attribute(Clues(path="/s-000001"), ()).case is None


def test_a_prefix_of_a_session_is_not_that_session() -> None:
    assert attribute(Clues(path="/s-00000"), BOTH).case is None
    issuers = frozenset({"https://127.0.0.1:1/s-0000011/auth"})
    assert attribute(Clues(token_issuers=issuers), BOTH).case is None
