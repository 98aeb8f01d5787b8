"""The slips of a defective copy between what was wished and what is sent; knows no network.

Each function is the identity in the good product.
"""

import json
from dataclasses import replace

from test_suites.vendors.prescriber.behaviour import Behaviour
from test_suites.vendors.prescriber.document import Submission, new_urn, now
from test_suites.vendors.prescriber.wishes import PatientWish, Prescribe


def slip(wish: Prescribe, *, behaviour: Behaviour, first_patient: PatientWish) -> Prescribe:
    """Return the prescription as this copy puts it into the data (the paper stays right)."""
    lines = wish.lines
    patient = wish.patient
    if not behaviour.every_line and len(lines) > 1:  # defect: drops-a-line
        lines = lines[:-1]
    if not behaviour.series_counts:  # defect: drops-fraction-count
        lines = tuple(line.model_copy(update={"count": None}) for line in lines)
    if not behaviour.motivations:  # defect: drops-motivation
        lines = tuple(line.model_copy(update={"reason": None}) for line in lines)
    if not behaviour.present_patient:  # defect: stale-patient
        patient = first_patient
    return wish.model_copy(update={"lines": lines, "patient": patient})


def sent_again(ready: Submission, *, behaviour: Behaviour) -> Submission:
    """Return what this copy sends when the person asks to send the last one again."""
    if behaviour.same_bytes_on_resubmit:
        return ready
    bundle = json.loads(ready.body)  # defect: rebuilds-on-resubmit
    bundle["timestamp"] = now().isoformat()
    return replace(ready, body=json.dumps(bundle).encode())


def tried_again(body: bytes, *, behaviour: Behaviour) -> bytes:
    """Return what this copy sends after an attempt that got no answer."""
    if behaviour.same_identifier_on_retry:
        return body
    bundle = json.loads(body)  # defect: new-identifier-on-retry
    bundle["identifier"]["value"] = new_urn()
    return json.dumps(bundle).encode()
