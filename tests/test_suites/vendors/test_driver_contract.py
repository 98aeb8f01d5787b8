"""Both programs answer as the published driver contract says; knows nothing of prescriptions."""

import importlib.util
import signal
from pathlib import Path

import httpx
import jsonschema
import pytest
import yaml

from tests.test_suites.vendors.client import (
    ANNA,
    LINES,
    Json,
    Program,
    running_program,
    settings_for,
)
from tests.test_suites.vendors.peer import Peer

ROLES = ("prescriber", "laboratory")


def vendors_folder() -> Path:
    found = importlib.util.find_spec("test_suites.vendors")
    assert found
    assert found.origin
    return Path(found.origin).parent


CONTRACT: Json = yaml.safe_load((vendors_folder() / "driver.openapi.yaml").read_text())


@pytest.fixture(params=ROLES)
def program(request: pytest.FixtureRequest) -> Program:
    found: Program = request.getfixturevalue(request.param)
    return found


def role_of(program: Program) -> str:
    return str(program.driver.http.get("/").json()["role"])


def hold(answer: httpx.Response, path: str, method: str) -> Json:
    """Check an answer against the contract, and return its body."""
    responses = CONTRACT["paths"][path][method]["responses"]
    declared = responses[str(answer.status_code)]
    if "$ref" in declared:
        declared = CONTRACT["components"]["responses"][declared["$ref"].rsplit("/", 1)[1]]
    if "content" not in declared:
        assert answer.content == b""
        return {}
    media_type = answer.headers["content-type"].partition(";")[0]
    schema = declared["content"][media_type]["schema"]
    body = answer.json() if media_type == "application/json" else answer.text
    jsonschema.validate(body, {**schema, "components": CONTRACT["components"]})
    return body if isinstance(body, dict) else {"text": body}


def test_every_schema_of_the_contract_is_a_schema() -> None:
    for schema in CONTRACT["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("role", ROLES)
def test_a_program_gets_ready_and_ends_cleanly_when_told(role: str) -> None:
    with running_program(role) as program:
        program.process.send_signal(signal.SIGTERM)
        assert program.process.wait(60) == 0


@pytest.mark.parametrize("role", ROLES)
def test_an_unknown_defect_ends_the_program_with_code_2(role: str) -> None:
    with (
        pytest.raises(AssertionError),
        running_program(role, "--defect", "invented") as program,
    ):
        pass  # never ready
    with pytest.raises(AssertionError), running_program(role, "--defect", "invented") as program:
        assert program.process.returncode == 2


def test_introduction_names_product_role_and_acts(program: Program) -> None:
    introduction = hold(program.driver.http.get("/"), "/", "get")
    assert introduction["contract"] == "1"
    expected = {
        "prescriber": ["cancel", "look-up", "prescribe", "resubmit-last", "sign-out"],
        "laboratory": ["dispense", "dispense-rest", "release", "reserve", "retrieve"],
    }
    of_role = expected[introduction["role"]]
    assert introduction["acts"] == sorted([*of_role, "renew-certificate"])


def test_the_life_of_a_session_follows_the_contract(program: Program, peer: Peer) -> None:
    http, role = program.driver.http, role_of(program)
    settings = settings_for(peer, role=role)
    hold(http.put("/sessions/life", json=settings), "/sessions/{session}", "put")
    act, parameters = {
        "prescriber": ("prescribe", {"patient": ANNA, "lines": LINES}),
        "laboratory": ("reserve", {"number": "B-00000-00000-A"}),
    }[role]
    wish = {"session": "life", "act": act, "parameters": parameters}
    begun = hold(http.post("/acts", json=wish), "/acts", "post")
    progress = http.get(f"/acts/{begun['id']}", params={"wait": 20})
    assert hold(progress, "/acts/{id}", "get")["state"] == "done"
    assert "act" in hold(http.get("/log", params={"session": "life"}), "/log", "get")["text"]
    hold(http.delete("/sessions/life"), "/sessions/{session}", "delete")
    gone = http.get("/log", params={"session": "life"})
    assert (gone.status_code, hold(gone, "/log", "get")["reason"]) == (404, "no such session")


def test_what_the_contract_does_not_allow_is_declined(program: Program, peer: Peer) -> None:
    http = program.driver.http
    program.driver.configure("d", settings_for(peer, role=role_of(program)))

    def post(body: Json) -> int:
        answer = http.post("/acts", json=body)
        hold(answer, "/acts", "post")
        return answer.status_code

    assert post({"session": "nobody", "act": "prescribe", "parameters": {}}) == 404
    assert post({"session": "d", "act": "fly", "parameters": {}}) == 501
    assert (
        post(
            {
                "session": "d",
                "act": "prescribe" if role_of(program) == "prescriber" else "dispense",
                "parameters": {"colour": "blue"},
            }
        )
        == 422
    )
    assert post({"session": "d"}) == 422
    assert http.put("/sessions/d", json={"base_url": 1}).status_code == 422
    assert http.put("/sessions/d", content=b"{").status_code == 422
    assert http.get("/acts/none").status_code == 404
    assert http.get("/elsewhere").status_code == 404
    assert http.post("/").status_code == 405
    assert http.delete("/sessions/never").status_code == 404


def test_a_refused_configuration_does_not_repeat_secrets(program: Program, peer: Peer) -> None:
    settings = {**settings_for(peer, role=role_of(program)), "password": "geheim", "extra": "x"}
    answer = program.driver.http.put("/sessions/d", json=settings)
    assert answer.status_code == 422
    assert "geheim" not in answer.text
    assert "extra" in answer.text


def test_a_broken_authority_is_declined_or_told(program: Program, peer: Peer) -> None:
    settings = {**settings_for(peer, role=role_of(program)), "trust_pem": "no certificate"}
    assert program.driver.http.put("/sessions/b", json=settings).status_code == 422


def test_a_session_configured_anew_keeps_its_log_and_acts(program: Program, peer: Peer) -> None:
    role = role_of(program)
    program.driver.configure("again", settings_for(peer, role=role))
    act = ("look-up", "B-1") if role == "prescriber" else ("reserve", "B-1")
    before = program.driver.act("again", act[0], number=act[1])
    program.driver.configure("again", settings_for(peer, role=role))
    kept = program.driver.http.get(f"/acts/{before['id']}")
    assert kept.json() == before
    log = program.driver.http.get("/log", params={"session": "again"}).text
    assert f"act {act[0]} is done" in log
