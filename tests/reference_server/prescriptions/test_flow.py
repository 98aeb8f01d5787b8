"""The main road: prescribe, print, retrieve, dispense; and what is kept of it."""

import base64
import io
import json

import httpx
import pypdfium2
import zxingcpp

from reference_server.ports import AuditOutcome
from tests.reference_server.prescriptions.town import (
    PEOPLE,
    Town,
    codes_of,
    line_of,
    parameters_of,
    pdf_of,
)


def codes_on(pdf: bytes) -> list[str]:
    page = pypdfium2.PdfDocument(io.BytesIO(pdf))[0]
    return [found.text for found in zxingcpp.read_barcodes(page.render(scale=3).to_pil())]


def test_a_prescription_is_submitted_scanned_retrieved_and_dispensed(town: Town) -> None:
    submitted = town.prescribe()
    [code] = codes_on(submitted.pdf)
    retrieved = town.retrieve(code)
    assert retrieved.status_code == 200, retrieved.text
    answer = town.dispense(submitted.task_id)
    assert answer.status_code == 200, answer.text
    assert town.state(submitted.task_id) == "completed"


def test_the_ok_answer_holds_task_number_and_stamped_pdf(town: Town) -> None:
    submitted = town.prescribe(line_of("BIO-0401", count=4))
    answer = submitted.answer
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
    assert set(parameters_of(answer)) == {"task", "prescription-number", "document"}
    task = submitted.task
    assert (task["status"], task["intent"]) == ("ready", "order")
    assert task["identifier"][0]["value"] == submitted.number
    assert task["for"]["identifier"]["value"] == PEOPLE.patients["anna-weber"].matricule
    assert "owner" not in task
    progress = {
        part["url"]: part["valueUnsignedInt"]
        for part in task["input"][0]["extension"][0]["extension"]
    }
    assert progress == {"ordered": 4, "dispensed": 0, "remaining": 4}


def test_a_prescription_is_retrieved_byte_for_byte_as_it_was_submitted(town: Town) -> None:
    bundle = town.documents.bundle(line_of("BIO-0101"))
    raw = json.dumps(bundle, indent=1).replace(
        '"status": "active"',
        '"quantityQuantity" : {"value":13.50},\n"status":\t"active"'
        ' , "note": [{"text": "caf\\u00e9"}]',
    )
    answer = town.submit(raw.encode())
    assert answer.status_code == 200, answer.text
    [code] = codes_on(_document(answer))
    retrieved = town.retrieve(code)
    assert raw.encode() in retrieved.content
    assert (
        parameters_of(retrieved)["prescription"]["resource"]["identifier"] == bundle["identifier"]
    )
    assert _document(retrieved) == _document(answer)


def _document(answer: httpx.Response) -> bytes:
    return base64.b64decode(parameters_of(answer)["document"]["resource"]["data"])


def test_every_deed_and_every_refusal_has_one_audit_event(town: Town) -> None:
    submitted = town.seen_by(town.prescribe(), "labo-nord")
    assert codes_of(town.dispense(submitted.task_id, who="labo-sud")) == ["prescription-not-found"]
    assert town.dispense(submitted.task_id).status_code == 200
    deeds = [(kept.entry.action, kept.entry.outcome, kept.entry.refusal) for kept in town.trail()]
    assert deeds == [
        ("submit-prescription", AuditOutcome.SUCCESS, None),
        ("retrieve-prescription", AuditOutcome.SUCCESS, None),
        ("dispense", AuditOutcome.REFUSED, "prescription-not-found"),
        ("dispense", AuditOutcome.SUCCESS, None),
    ]
    matricule = PEOPLE.patients["anna-weber"].matricule
    assert {kept.entry.patient for kept in town.trail()} == {matricule}
    with town.world.store.read() as tx:
        found = [f"Task/{submitted.task_id}" in kept.entry.entities for kept in town.trail()]
        assert all(found)
        assert tx.execute("SELECT COUNT(*) AS n FROM prescription").fetchone()["n"] == 1


def test_the_code_is_kept_as_a_hash_only(town: Town) -> None:
    submitted = town.prescribe()
    [code] = codes_on(submitted.pdf)
    token = code.rsplit(":", 1)[1].encode()
    with town.world.store.read() as tx:
        rows = [
            value
            for table in ("prescription", "prescription_line", "prescription_wrong_try")
            for row in tx.execute(f"SELECT * FROM {table}")  # noqa: S608 - our own table names
            for value in tuple(row)
        ]
    assert not any(token in str(value).encode() for value in rows)


def test_a_fractioned_series_is_dispensed_in_parts_until_nothing_is_left(town: Town) -> None:
    submitted = town.seen_by(
        town.prescribe(line_of("BIO-0401", count=3), line_of("BIO-0101")), "labo-nord", "labo-sud"
    )
    inr, blood = submitted.lines
    assert town.dispense(submitted.task_id, (inr, 1), (blood, 1)).status_code == 200
    assert town.state(submitted.task_id) == "partially-dispensed"
    assert town.dispense(submitted.task_id, (inr, 1), who="labo-sud").status_code == 200
    refused = town.dispense(submitted.task_id, (inr, 2))
    assert (refused.status_code, codes_of(refused)) == (409, ["line-already-dispensed"])
    answer = town.dispense(submitted.task_id)
    task = parameters_of(answer)["task"]["resource"]
    assert task["status"] == "completed"
    assert len(task["output"]) == 3
    second = town.dispense(submitted.task_id)
    assert (second.status_code, codes_of(second)) == (409, ["already-dispensed"])


def test_the_fifty_kilobyte_page_comes_back_with_the_same_pages(town: Town) -> None:
    bundle = town.documents.bundle(pdf=pdf_of(pages=3, weight=50_000))
    answer = town.submit(bundle)
    assert answer.status_code == 200
    assert len(pypdfium2.PdfDocument(io.BytesIO(_document(answer)))) == 3
