"""What OWASP ASVS 5.0 asks of these pages; each test names the items it shows."""

import re
from collections.abc import Callable, Iterator

import httpx
import pytest

from reports.portal.app import BODY_LIMIT
from reports.portal.desk import IDLE_SECONDS, LONGEST_SECONDS, Desk
from tests.reports.portal.visitors import NOON, Clock, Visitor, portal

PUBLIC = "https://cesar.example.lu"
PAGES = ("/", "/cesar/profile", "/cesar/resume", "/cesar/form", "/nowhere")
AT_HAND = ("/cesar/all", "/cesar/overview", "/cesar/leave", "/cesar/result", "/cesar/type")
Open = tuple[Desk, Callable[[], Visitor]]


@pytest.fixture
def opened() -> Iterator[Open]:
    with portal() as given:
        yield given


@pytest.fixture
def person(opened: Open) -> Visitor:
    return opened[1]()


def test_3_4_every_page_carries_a_strict_policy_and_runs_nothing_inline(person: Visitor) -> None:
    person.open("/")
    person.begin()
    for path in (*PAGES, *AT_HAND):
        answer = person.open(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["referrer-policy"] == "same-origin"
        assert not re.search(r"<[^>]+ (?:style|on[a-z]+)=", answer.text), path
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', answer.text), path


def test_3_3_and_7_cookies_are_bound_to_the_host_and_hidden_from_scripts() -> None:
    with portal(origin=PUBLIC) as (_, browser):
        person = browser()
        person.client.headers["host"] = PUBLIC.removeprefix("https://")
        answer = person.open("/cesar/profile")
    kept = answer.headers["set-cookie"]
    assert kept.startswith("__Host-")
    for flag in ("Secure", "HttpOnly", "SameSite=lax", "Path=/"):
        assert flag in kept
    assert "Domain" not in kept
    assert answer.headers["strict-transport-security"] == "max-age=31536000"


def test_3_5_a_form_from_elsewhere_changes_nothing(opened: Open) -> None:
    desk, browser = opened
    person, stranger = browser(), browser()
    person.begin()
    stranger.open("/cesar/profile")
    foreign = stranger.guard
    person.open("/cesar/all")
    own = person.guard
    tries: tuple[tuple[str, dict[str, str]], ...] = (
        (foreign, {}),
        ("", {}),
        (own, {"Origin": "https://elsewhere.example"}),
        (own, {"Sec-Fetch-Site": "cross-site"}),
    )
    for guard, headers in tries:
        answer = person.client.post("/cesar/all", data={"guard": guard, "A1": "3"}, headers=headers)
        assert answer.status_code == 403, headers
    with desk.store.read() as tx:
        assert '"A1"' not in tx.execute("SELECT content FROM assessment").fetchone()[0]


def test_7_2_and_7_4_the_session_changes_when_answers_come_to_hand_and_when_it_ends(
    person: Visitor,
) -> None:
    def cookie() -> str:
        return person.client.cookies["session-portal"]

    person.open("/cesar/profile")
    stranger = cookie()
    code = person.begin()
    began = cookie()
    assert began != stranger
    person.open("/cesar/leave")
    person.send("/cesar/stop", {})
    assert cookie() != began
    person.open("/cesar/resume")
    person.send("/cesar/resume", {"code": code})
    person.client.cookies.set("session-portal", began)
    person.open("/cesar/overview")
    assert person.at == "/cesar/resume"


def test_7_3_a_session_ends_when_it_is_left_and_at_the_latest_after_half_a_day() -> None:
    clock = Clock()
    with portal(clock=clock) as (_, browser):
        person = browser()
        person.begin()
        for hours in range(1, LONGEST_SECONDS // 3600):
            clock.now = NOON.fromtimestamp(NOON.timestamp() + hours * 3600, tz=NOON.tzinfo)
            person.open("/cesar/overview")
            assert person.at == "/cesar/overview", hours
        clock.now = NOON.fromtimestamp(NOON.timestamp() + LONGEST_SECONDS, tz=NOON.tzinfo)
        person.open("/cesar/overview")
        assert person.at == "/cesar/resume"
        left = browser()
        left.begin()
        clock.now = NOON.fromtimestamp(clock.now.timestamp() + IDLE_SECONDS, tz=NOON.tzinfo)
        left.open("/cesar/overview")
        assert left.at == "/cesar/resume"


def test_8_3_nobody_reaches_the_answers_of_another(opened: Open) -> None:
    mine, other = opened[1](), opened[1]()
    mine.begin()
    mine.open("/cesar/all")
    mine.send("/cesar/all", {"A1": "5"})
    for path in (*AT_HAND, "/cesar/result.json", "/cesar/papers/report.pdf"):
        other.open(path)
        assert other.at == "/cesar/resume", path


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "", "127.0.0.1@evil"])
def test_13_and_3_7_a_request_for_another_host_is_refused(person: Visitor, host: str) -> None:
    answer = person.client.get("/", headers={"Host": host})
    assert answer.status_code in {400, 421}


def test_4_and_2_4_too_much_is_refused_and_unreadable_forms_are_told(person: Visitor) -> None:
    person.open("/cesar/profile")
    guard = person.guard
    large = person.client.post(
        "/cesar/profile", data={"guard": guard, "profession": "x" * (BODY_LIMIT + 1)}
    )
    assert large.status_code == 413
    many = {f"f{at}": "1" for at in range(600)}
    assert person.client.post("/cesar/profile", data=many).status_code == 413
    torn = person.client.post(
        "/cesar/profile",
        content=b"--x\r\nContent-Disposition: form-data; name",
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert torn.status_code == 400
    assert person.client.post("/cesar/profile", content=b"{}").status_code == 400


def test_16_5_what_goes_wrong_is_a_page_without_the_inside(
    opened: Open,
) -> None:
    desk, browser = opened
    person = browser()
    person.begin()
    with desk.store.write() as tx:
        tx.execute("UPDATE assessment SET content = 'torn'")
    answer = person.open("/cesar/overview")
    assert answer.status_code == 500
    assert "Traceback" not in answer.text
    assert "torn" not in answer.text
    assert "rien n" in person.text
    for method, path in (("DELETE", "/"), ("PUT", "/cesar/profile"), ("TRACE", "/")):
        # Whoever was told of a mistake has no connection any more.
        assert browser().client.request(method, path).status_code == 405


def test_14_2_pages_with_answers_are_kept_by_no_cache(person: Visitor) -> None:
    person.begin()
    for path in (*AT_HAND, "/cesar/result.json", "/cesar/result.html"):
        assert person.open(path).headers["cache-control"] == "no-store", path


def test_1_2_what_a_visitor_sends_is_never_markup(person: Visitor) -> None:
    person.begin()
    person.open("/cesar/type")
    person.send("/cesar/type", {"A1": '"><script>alert(1)</script>'})
    assert person.seen.status_code == 422
    assert "<script>alert" not in person.seen.text
    person.open('/cesar/form?profession="><script>alert(1)</script>')
    assert "<script>alert" not in person.seen.text


def test_6_3_and_11_5_ids_and_codes_come_from_128_bits_of_chance(opened: Open) -> None:
    desk, browser = opened
    person = browser()
    person.begin()
    with desk.store.read() as tx:
        row = tx.execute("SELECT id, code_sha256 FROM assessment").fetchone()
    assert len(bytes.fromhex(row["id"])) == 16
    assert len(bytes.fromhex(row["code_sha256"])) == 32


def test_static_files_are_kept_for_ever_under_names_with_their_hash(person: Visitor) -> None:
    page = person.open("/").text
    named = re.findall(r'(?:href|src)="(/web/[^"]+)"', page)
    assert len(named) == 4
    for path in named:
        answer = person.client.get(path)
        assert answer.status_code == httpx.codes.OK
        assert "immutable" in answer.headers["cache-control"]
    assert person.client.get("/web/portal.000000000000.js").status_code == 404
    assert person.client.get("/web/../app.py").status_code == 404
