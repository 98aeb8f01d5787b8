"""The same road over a real socket with TLS and real tokens, as a vendor's software takes it."""

import base64
import json

import httpx

from reference_server.world import World
from tests.reference_server.prescriptions.test_flow import codes_on
from tests.reference_server.prescriptions.town import (
    FHIR_JSON,
    Documents,
    Json,
    dispensing,
    parameters,
    parameters_of,
)
from tests.reference_server.standing import Browser, System


def sent(http: httpx.Client, url: str, token: str, body: Json) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": FHIR_JSON}
    answer = http.post(url, content=json.dumps(body), headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/fhir+json; charset=utf-8"
    return answer


def test_prescribed_retrieved_and_dispensed_over_a_real_socket(
    world: World, browser: Browser, laboratory: System
) -> None:
    doctor = browser.redeem(browser.code()).json()["access_token"]
    now = world.clock.business_now()
    bundle = Documents(now.strftime("%Y-%m-%dT%H:%M:%S.000Z")).bundle()
    answer = sent(browser.http, f"{world.fhir_base}/$submit-prescription", doctor, bundle)
    submitted = parameters_of(answer)
    task = f"{world.fhir_base}/Task/{submitted['task']['resource']['id']}"
    [code] = codes_on(base64.b64decode(submitted["document"]["resource"]["data"]))

    token = laboratory.token()
    retrieval = f"{world.fhir_base}/$retrieve-prescription"
    retrieved = sent(laboratory.http, retrieval, token, parameters(code=code))
    assert json.dumps(bundle).encode() in retrieved.content
    sent(laboratory.http, f"{task}/$reserve", token, {"resourceType": "Parameters"})
    done = sent(laboratory.http, f"{task}/$dispense", token, dispensing("d-1"))
    assert parameters_of(done)["task"]["resource"]["status"] == "completed"

    seen = browser.http.get(task, headers={"Authorization": f"Bearer {doctor}"})
    assert seen.json()["businessStatus"]["coding"][0]["code"] == "completed"
