"""The two example products do their work over the driver contract, as processes, against a peer."""

import base64
from concurrent.futures import ThreadPoolExecutor

import pypdfium2
import pytest

from tests.test_suites.vendors.client import (
    ANNA,
    LINES,
    Json,
    Program,
    base64_of,
    settings_for,
)
from tests.test_suites.vendors.peer import Peer


def prescribe(program: Program, peer: Peer, session: str = "p") -> Json:
    program.driver.configure(session, settings_for(peer, role="prescriber"))
    return program.driver.act(session, "prescribe", patient=ANNA, lines=LINES)


def texts(progress: Json) -> str:
    return " ".join(sentence["text"] for sentence in progress["shown_to_user"])


def levels(progress: Json) -> set[str]:
    return {sentence["level"] for sentence in progress["shown_to_user"]}


def test_a_prescription_is_issued_and_the_stamped_bytes_are_printed(
    prescriber: Program, peer: Peer
) -> None:
    progress = prescribe(prescriber, peer)
    rx = peer.only()
    assert progress["state"] == "done"
    assert progress["result"]["number"] == rx.number
    assert progress["result"]["task_id"] == rx.task_id
    assert [sheet["name"] for sheet in progress["printed"]] == ["prescription.pdf"]
    assert progress["printed"][0]["content_base64"] == rx.document
    assert levels(progress) == {"info"}


def test_the_submission_holds_what_the_contract_asks_for(prescriber: Program, peer: Peer) -> None:
    prescribe(prescriber, peer)
    (sent,) = peer.of("submit")
    bundle = sent.json
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    assert kinds == ["Composition", "Patient", "Practitioner", *["ServiceRequest"] * 3, "Binary"]
    assert bundle["type"] == "document"
    urls = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    lines = [e["resource"] for e in bundle["entry"][3:6]]
    assert [line["code"]["coding"][0]["code"] for line in lines] == [line["code"] for line in LINES]
    assert len({line["requisition"]["value"] for line in lines}) == 1
    assert lines[1]["reasonCode"] == [{"text": "Carence connue"}]
    assert lines[2]["occurrenceTiming"] == {"repeat": {"count": 3}}
    assert bundle["entry"][1]["resource"]["identifier"][0]["value"] == ANNA["matricule"]
    assert bundle["entry"][1]["resource"]["birthDate"] == "1980-02-03"
    assert sent.headers["content-type"] == "application/fhir+json"
    assert len({seen.headers["x-request-id"] for seen in peer.of("submit")}) == 1


def test_the_form_leaves_the_top_right_corner_white(prescriber: Program, peer: Peer) -> None:
    prescribe(prescriber, peer)
    paper = base64.b64decode(peer.of("submit")[0].json["entry"][-1]["resource"]["data"])
    document = pypdfium2.PdfDocument(paper)
    image = document[0].render(scale=1, grayscale=True).to_pil()
    document.close()
    side = round(45 / 25.4 * 72) - 1
    assert image.crop((image.width - side, 0, image.width, side)).getextrema() == (255, 255)
    assert image.getextrema()[0] < 255  # the page as such is not white


def test_a_laboratory_reads_the_printed_code_and_dispenses(
    prescriber: Program, laboratory: Program, peer: Peer
) -> None:
    printed = prescribe(prescriber, peer)["printed"][0]["content_base64"]
    laboratory.driver.configure("l", settings_for(peer, role="laboratory"))
    progress = laboratory.driver.act("l", "dispense", paper_base64=printed)
    assert progress["result"] == {"number": peer.only().number, "state": "completed"}
    assert peer.of("retrieve")[0].json["parameter"][0]["valueString"] == peer.only().code
    assert [s.operation for s in peer.seen[-3:]] == ["retrieve", "reserve", "dispense"]


def test_a_series_is_dispensed_line_by_line_and_then_the_rest(
    prescriber: Program, laboratory: Program, peer: Peer
) -> None:
    printed = prescribe(prescriber, peer)["printed"][0]["content_base64"]
    laboratory.driver.configure("l", settings_for(peer, role="laboratory"))
    first = laboratory.driver.act(
        "l",
        "dispense",
        paper_base64=printed,
        lines=[{"code": "BIO-0401", "count": 1}],
        keep_reserved=True,
    )
    assert first["result"]["state"] == "in-progress"
    assert sorted(peer.only().left.values()) == [1, 1, 2]
    rest = laboratory.driver.act("l", "dispense-rest", number=peer.only().number)
    assert rest["result"]["state"] == "completed"


def test_plan_b_works_by_number_and_birth_date(
    prescriber: Program, laboratory: Program, peer: Peer
) -> None:
    number = prescribe(prescriber, peer)["result"]["number"]
    laboratory.driver.configure("l", settings_for(peer, role="laboratory"))
    progress = laboratory.driver.act("l", "retrieve", number=number, birth_date="1980-02-03")
    assert progress["result"] == {"number": number, "state": "active"}
    asked = peer.of("retrieve")[0].json["parameter"]
    assert [p["name"] for p in asked] == ["number", "birth-date"]


def test_a_reservation_is_made_and_released(
    prescriber: Program, laboratory: Program, peer: Peer
) -> None:
    number = prescribe(prescriber, peer)["result"]["number"]
    laboratory.driver.configure("fresh", settings_for(peer, role="laboratory"))
    reserved = laboratory.driver.act("fresh", "reserve", number=number)
    released = laboratory.driver.act("fresh", "release", number=number)
    assert (reserved["result"]["state"], released["result"]["state"]) == ("in-progress", "active")


def test_a_second_dispensation_is_refused_and_told(
    prescriber: Program, laboratory: Program, peer: Peer
) -> None:
    printed = prescribe(prescriber, peer)["printed"][0]["content_base64"]
    laboratory.driver.configure("l", settings_for(peer, role="laboratory"))
    laboratory.driver.act("l", "dispense", paper_base64=printed)
    again = laboratory.driver.act("l", "dispense", paper_base64=printed)
    assert again["state"] == "done"
    assert "already-dispensed" in texts(again)
    assert len(peer.of("dispense")) == 1


def test_paper_without_a_code_is_told_and_nothing_is_asked(laboratory: Program, peer: Peer) -> None:
    laboratory.driver.configure("l", settings_for(peer, role="laboratory"))
    progress = laboratory.driver.act("l", "dispense", paper_base64=base64_of(b"%PDF-1.4 broken"))
    assert (progress["state"], levels(progress)) == ("done", {"error"})
    assert peer.seen == []


def test_a_ko_shows_every_fault_and_prints_nothing(prescriber: Program, peer: Peer) -> None:
    peer.ko = ("patient-unknown", "line-code-unknown", "pdf-encrypted")
    progress = prescribe(prescriber, peer)
    assert progress["printed"] == []
    assert all(code in texts(progress) for code in peer.ko)
    assert len(peer.of("submit")) == 1


def test_a_prescription_is_cancelled_by_its_number_with_a_reason(
    prescriber: Program, peer: Peer
) -> None:
    number = prescribe(prescriber, peer)["result"]["number"]
    prescriber.driver.configure("p", settings_for(peer, role="prescriber"))  # memory is gone
    progress = prescriber.driver.act("p", "cancel", number=number, reason="error")
    assert progress["result"]["state"] == "cancelled"
    concept = peer.of("cancel")[0].json["parameter"][0]["valueCodeableConcept"]
    assert concept["coding"][0]["code"] == "error"
    shown = prescriber.driver.act("p", "look-up", number=number)
    assert "annulée" in texts(shown)


def test_a_resubmission_is_the_same_bytes(prescriber: Program, peer: Peer) -> None:
    first = prescribe(prescriber, peer)
    again = prescriber.driver.act("p", "resubmit-last")
    assert again["result"] == first["result"]
    assert len({seen.body for seen in peer.of("submit")}) == 1


def test_the_sign_in_follows_the_code_flow_with_everything_it_needs(
    prescriber: Program, peer: Peer
) -> None:
    prescribe(prescriber, peer)
    prescriber.driver.act("p", "prescribe", patient=ANNA, lines=LINES)
    (asked,) = peer.of("authorize")  # the token is used again
    assert asked.query["code_challenge_method"] == "S256"
    assert asked.query["resource"] == peer.fhir
    assert {"state", "nonce"} <= set(asked.query)
    assert peer.of("login")[0].form["username"] == "1234567890"
    assert "client_secret" not in peer.of("token")[0].form


def test_an_answer_to_another_sign_in_is_not_believed(prescriber: Program, peer: Peer) -> None:
    peer.nonce_answered = "of-somebody-else"
    progress = prescribe(prescriber, peer)
    assert levels(progress) == {"error"}
    assert peer.of("submit") == []


@pytest.mark.parametrize("role", ["prescriber", "laboratory"])
def test_a_server_of_another_authority_gets_no_request(
    role: str, peer: Peer, prescriber: Program, laboratory: Program
) -> None:
    program = {"prescriber": prescriber, "laboratory": laboratory}[role]
    settings = settings_for(peer, role=role)
    other = Peer().authority.trust_pem
    program.driver.configure("t", {**settings, "trust_pem": other})
    act = {"patient": ANNA, "lines": LINES} if role == "prescriber" else {"number": "B-1"}
    progress = program.driver.act("t", "prescribe" if role == "prescriber" else "reserve", **act)
    assert (progress["state"], levels(progress)) == ("done", {"error"})
    assert peer.seen == []


def test_sessions_work_side_by_side(prescriber: Program, peer: Peer) -> None:
    def one(position: int) -> str:
        return str(prescribe(prescriber, peer, f"side-{position}")["result"]["number"])

    with ThreadPoolExecutor(6) as pool:
        numbers = set(pool.map(one, range(6)))
    assert len(numbers) == 6


def test_the_log_holds_no_token_matricule_code_or_password(
    prescriber: Program, laboratory: Program, peer: Peer
) -> None:
    printed = prescribe(prescriber, peer)["printed"][0]["content_base64"]
    laboratory.driver.configure("l", settings_for(peer, role="laboratory"))
    laboratory.driver.act("l", "dispense", paper_base64=printed)
    log = prescriber.driver.http.get("/log", params={"session": "p"}).text
    log += laboratory.driver.http.get("/log", params={"session": "l"}).text
    assert "$dispense -> 200" in log
    for secret in ("eyJ", ANNA["matricule"], peer.only().code, "test-1234567890"):
        assert secret not in log
