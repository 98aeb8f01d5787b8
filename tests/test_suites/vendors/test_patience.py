"""How long the products wait: the arithmetic, and the clock when a peer is busy or silent."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from test_suites.vendors.kit.patience import Patience, retry_after
from test_suites.vendors.laboratory.behaviour import GOOD as GOOD_LABORATORY
from test_suites.vendors.laboratory.desk import product as laboratory_product
from test_suites.vendors.prescriber.behaviour import GOOD as GOOD_PRESCRIBER
from test_suites.vendors.prescriber.desk import product as prescriber_product
from tests.test_suites.vendors.client import ANNA, LINES, Bench, bench
from tests.test_suites.vendors.peer import Fault, Peer

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        ("3", 3.0),
        ("Sun, 22 Nov 2026 12:00:07 GMT", 7.0),
        ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        ("soon", None),
    ],
)
def test_retry_after_is_read_as_seconds_or_as_a_date(
    header: str | None, seconds: float | None
) -> None:
    assert retry_after(header, now=NOON) == seconds


def test_delays_grow_and_end_after_three_retries() -> None:
    delays = [Patience().after_silence(attempt) for attempt in range(4)]
    assert delays == [0.3, 0.6, 1.2, None]


def test_a_busy_service_is_waited_for_as_long_as_it_asks_but_not_for_ever() -> None:
    assert Patience().after_busy(0, asked=5.0) == 5.0
    assert Patience().after_busy(0, asked=None) == 0.3
    assert Patience().after_busy(0, asked=3600.0) is None


Open = Callable[[Peer], AbstractContextManager[Bench]]


def prescriber(peer: Peer) -> AbstractContextManager[Bench]:
    return bench(prescriber_product(GOOD_PRESCRIBER), peer)


def submit(peer: Peer, *faults: Fault) -> tuple[set[str], list[float]]:
    """Prescribe against faults; return the levels shown and the moments of the attempts."""
    peer.faults["submit"].extend(faults)
    with prescriber(peer) as desk:
        act = desk.act("prescribe", patient=ANNA, lines=LINES)
    assert act.state == "done"
    return {s.level.value for s in act.desk.shown}, [seen.at for seen in peer.of("submit")]


def gaps(moments: list[float]) -> list[float]:
    return [after - before for before, after in pairwise(moments)]


def test_a_503_is_waited_out_as_long_as_retry_after_says(peer: Peer) -> None:
    levels, moments = submit(peer, Fault(kind="status", retry_after="1"))
    assert levels == {"info"}
    assert len(moments) == 2
    assert 1.0 <= gaps(moments)[0] < 3


def test_a_lost_answer_is_asked_for_again_with_the_same_bytes(peer: Peer) -> None:
    levels, moments = submit(peer, Fault(kind="reset"), Fault(kind="truncate"))
    assert levels == {"info"}
    assert len({seen.body for seen in peer.of("submit")}) == 1
    assert len(peer.prescriptions) == 1
    first, second = gaps(moments)
    assert 0.3 <= first < second


def test_a_service_that_stays_away_is_given_up_and_the_person_told(peer: Peer) -> None:
    levels, moments = submit(peer, *[Fault(kind="reset")] * 9)
    assert levels == {"error"}
    assert len(moments) == 4


def test_each_attempt_has_a_request_id_of_its_own(peer: Peer) -> None:
    submit(peer, Fault(kind="reset"))
    assert len({seen.headers["x-request-id"] for seen in peer.of("submit")}) == 2


@pytest.mark.parametrize("kind", ["malformed", "html"])
def test_an_unreadable_answer_is_told_and_not_asked_for_again(peer: Peer, kind: str) -> None:
    levels, moments = submit(peer, Fault(kind=kind))
    assert (levels, len(moments)) == ({"error"}, 1)


def test_an_expired_token_is_renewed_once_and_the_same_bytes_sent(peer: Peer) -> None:
    levels, moments = submit(peer, Fault(kind="expired"))
    assert (levels, len(moments)) == ({"info"}, 2)
    assert len(peer.of("token")) == 2
    assert len({seen.body for seen in peer.of("submit")}) == 1


def test_a_token_never_taken_is_told_after_one_renewal(peer: Peer) -> None:
    levels, moments = submit(peer, Fault(kind="expired"), Fault(kind="expired"))
    assert (levels, len(moments)) == ({"error"}, 2)


@pytest.mark.parametrize("operation", ["discovery", "authorize", "login", "token", "jwks"])
@pytest.mark.parametrize("kind", ["status", "reset"])
def test_a_fault_while_signing_in_is_survived(peer: Peer, operation: str, kind: str) -> None:
    peer.faults[operation].append(Fault(kind=kind))
    levels, moments = submit(peer)
    assert (levels, len(moments)) == ({"info"}, 1)


def test_an_authorisation_code_is_never_sent_twice(peer: Peer) -> None:
    peer.faults["token"].append(Fault(kind="reset"))
    submit(peer)
    codes = [seen.form["code"] for seen in peer.of("token")]
    assert len(set(codes)) == len(codes) == 2


def test_a_lost_dispensation_answer_is_asked_for_with_the_same_identifier(peer: Peer) -> None:
    submit(peer)
    peer.faults["dispense"].append(Fault(kind="reset"))
    with bench(laboratory_product(GOOD_LABORATORY), peer) as desk:
        act = desk.act("dispense", number=peer.only().number, birth_date="1980-02-03")
    assert act.result["state"] == "completed"
    assert len({seen.body for seen in peer.of("dispense")}) == 1


def test_a_dispensation_never_confirmed_is_sent_again_as_it_was(peer: Peer) -> None:
    submit(peer)
    peer.faults["dispense"].extend([Fault(kind="reset")] * 4)
    number = peer.only().number
    with bench(laboratory_product(GOOD_LABORATORY), peer) as desk:
        first = desk.act("dispense", number=number, birth_date="1980-02-03")
        again = desk.act("dispense", number=number, birth_date="1980-02-03")
    assert [s.level.value for s in first.desk.shown][-1] == "error"
    assert again.result["state"] == "completed"
    assert len({seen.body for seen in peer.of("dispense")}) == 1


def test_every_client_assertion_has_a_jti_of_its_own(peer: Peer) -> None:
    submit(peer)
    peer.faults["token"].append(Fault(kind="status"))
    peer.faults["retrieve"].append(Fault(kind="expired"))
    before = len(peer.of("token"))
    with bench(laboratory_product(GOOD_LABORATORY), peer) as desk:
        act = desk.act("retrieve", number=peer.only().number, birth_date="1980-02-03")
    assert act.result["state"] == "active"
    assertions = [seen.form["client_assertion"] for seen in peer.of("token")[before:]]
    assert len(set(assertions)) == len(assertions) == 3
