"""OWASP ASVS 5, 2.4.1 and 6.3.1: programs are slowed down, a hospital behind one address is not."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from reports.portal.desk import Desk
from reports.portal.errors import TooOften
from reports.portal.limits import KINDS, LIMITS, MOST_KNOWN, Kind, Limits
from reports.portal.vendor.pages import PAGES
from tests.reports.portal.visitors import Visitor, portal

Open = tuple[Desk, Callable[[], Visitor]]


@dataclass
class Seconds:
    """A clock in seconds that tests move."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Seconds:
    return Seconds()


@pytest.fixture
def opened(clock: Seconds) -> Iterator[Open]:
    with portal(limits=Limits(clock=clock)) as given:
        yield given


def guess(person: Visitor, code: str = "0000") -> int:
    answer = person.client.post("/cesar/resume", data={"guard": person.guard, "code": code})
    return answer.status_code


def scope(address: str, **headers: str) -> dict[str, object]:
    told = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return {"type": "http", "client": (address, 1), "headers": told}


def spend(limits: Limits, kind: Kind, address: str, times: int) -> None:
    for _ in range(times):
        limits.ask(kind, scope(address))


def test_6_3_1_guessed_codes_are_refused_with_how_long_to_wait(
    opened: Open, clock: Seconds
) -> None:
    person = opened[1]()
    person.open("/cesar/resume")
    for _ in range(LIMITS["code"].at_once):
        assert guess(person) == 422
    answer = person.client.post("/cesar/resume", data={"guard": person.guard, "code": "0"})
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) == LIMITS["code"].seconds
    assert "attendez 10 seconde" in answer.text
    clock.now += LIMITS["code"].seconds
    assert guess(person) == 422
    assert guess(person) == 429


def test_6_3_1_whoever_has_the_right_code_is_never_counted(opened: Open) -> None:
    person = opened[1]()
    code = person.begin()
    person.open("/cesar/resume")
    for _ in range(LIMITS["code"].at_once + 1):
        person.open("/cesar/resume")
        assert guess(person, code) == 303


def test_2_4_1_a_whole_hospital_begins_at_once_and_a_program_does_not_go_on() -> None:
    limits = Limits(clock=Seconds())
    spend(limits, "begin", "192.0.2.1", LIMITS["begin"].at_once)
    with pytest.raises(TooOften):
        limits.ask("begin", scope("192.0.2.1"))
    limits.ask("begin", scope("192.0.2.2"))
    limits.ask("sign-in", scope("192.0.2.1"))


def test_answering_goes_on_when_an_address_has_no_more_beginnings(opened: Open) -> None:
    person = opened[1]()
    person.begin()
    person.first_question()
    question = person.at.rpartition("/")[2]
    person.open("/cesar/resume")
    for _ in range(LIMITS["code"].at_once + 1):
        guess(person)
    person.open(f"/cesar/question/{question}")
    assert person.send(person.at, {question: "3"}).status_code == 200


def test_an_ipv6_network_is_one_and_a_mapped_address_is_the_address() -> None:
    limits = Limits(clock=Seconds())
    spend(limits, "sign-in", "2001:db8::1", LIMITS["sign-in"].at_once)
    with pytest.raises(TooOften):
        limits.ask("sign-in", scope("2001:db8::ffff:1"))
    limits.ask("sign-in", scope("2001:db8:0:1::1"))
    spend(limits, "sign-in", "192.0.2.1", LIMITS["sign-in"].at_once)
    with pytest.raises(TooOften):
        limits.ask("sign-in", scope("::ffff:192.0.2.1"))


def test_behind_a_proxy_the_last_address_counts_and_what_a_client_claims_does_not() -> None:
    limits = Limits(clock=Seconds(), is_proxied=True)
    for at in range(LIMITS["code"].at_once):
        limits.answered(
            "code", scope("10.0.0.1", x_forwarded_for=f"198.51.100.{at}, 192.0.2.1"), 422
        )
    with pytest.raises(TooOften):
        limits.ask("code", scope("10.0.0.1", x_forwarded_for="203.0.113.9, 192.0.2.1"))
    limits.ask("code", scope("10.0.0.1", x_forwarded_for="192.0.2.1, 192.0.2.2"))
    limits.ask("code", scope("10.0.0.1"))


def test_memory_is_bounded_and_holds_no_address() -> None:
    limits = Limits(clock=Seconds())
    for at in range(MOST_KNOWN + 10):
        limits.ask("begin", scope(f"10.{at >> 16}.{at >> 8 & 255}.{at & 255}"))
    assert len(limits._left) == MOST_KNOWN  # noqa: SLF001  what is kept is what matters here
    assert not any(b"10." in one for one in limits._left)  # noqa: SLF001  as above


def test_two_processes_know_one_address_by_different_marks() -> None:
    marks = []
    for _ in range(2):
        limits = Limits(clock=Seconds())
        limits.ask("begin", scope("192.0.2.1"))
        marks.append(next(iter(limits._left)))  # noqa: SLF001  as above
    assert marks[0] != marks[1]


def test_every_upload_and_sign_in_has_its_limit() -> None:
    sent = {(method, path) for method, path, _, more in PAGES if more and method == "POST"}
    assert sent <= set(KINDS)
    assert {("GET", "/vendor/sign-in"), ("POST", "/vendor/file")} <= set(KINDS)
