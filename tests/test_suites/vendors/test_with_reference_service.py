"""Both example products, as processes, work with the reference service over https."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from reference_server.app import WorldRegistry, build_app
from reference_server.app.asgi import App
from reference_server.population.personas import Population, load
from reference_server.population.seed import seed
from reference_server.services.trust.model import PublicKey
from tests.test_suites.vendors.client import SYSTEM_KEY, Json, Program
from tests.test_suites.vendors.tls import make_authority

WORLD = "s-0f3a9c"
SESSIONS = ("p", "w", "l", "north", "south")
LINES = [
    {"code": "BIO-0101", "display": "Hémogramme"},
    {"code": "BIO-0301", "display": "Vitamine D", "reason": "Carence connue"},
    {"code": "BIO-0401", "display": "INR", "count": 3},
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A running reference service with one World."""

    origin: str
    trust_pem: str
    people: Population
    worlds: WorldRegistry

    @property
    def settings(self) -> Json:
        base = f"{self.origin}/{WORLD}"
        return {
            "base_url": base,
            "issuer": f"{base}/auth/realms/organization",
            "fhir_base": f"{base}/fhir",
            "trust_pem": self.trust_pem,
        }

    def prescriber(self, persona: str = "dr-meyer") -> Json:
        person = self.people.practitioners[persona]
        return {
            **self.settings,
            "client_id": "prescriber-app",
            "username": person.ehealth_id,
            "password": person.password,
            "organization": self.people.organizations[person.organization].cns_code,
            "person": {
                "ehealth_id": person.ehealth_id,
                "cns_code": person.cns_code,
                "family": person.family,
                "given": person.given,
            },
        }

    def laboratory(self, client: str = "labo-nord-app") -> Json:
        key = SYSTEM_KEY.as_dict(private=True)
        return {**self.settings, "client_id": client, "private_jwk": key}

    def patient(self, persona: str) -> Json:
        patient = self.people.patients[persona]
        return patient.model_dump(
            mode="json", include={"matricule", "family", "given", "birth_date", "gender"}
        )


@contextmanager
def listening(app: App, folder: Path, server_pem: str, sock: socket.socket) -> Iterator[None]:
    """Serve an ASGI app over https in a thread."""
    certificate = folder / "server.pem"
    certificate.write_text(server_pem)
    config = uvicorn.Config(
        app, ssl_certfile=certificate, ssl_keyfile=certificate, log_level="error", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([sock],))
    thread.start()
    try:
        yield
    finally:
        server.should_exit = True
        thread.join()


@pytest.fixture(scope="module")
def service(
    tmp_path_factory: pytest.TempPathFactory, prescriber: Program, laboratory: Program
) -> Iterator[Service]:
    public = SYSTEM_KEY.as_dict(private=False)
    key = PublicKey(kid=str(public["kid"]), x=str(public["x"]), y=str(public["y"]))
    people, authority = load(), make_authority()
    with socket.create_server(("127.0.0.1", 0)) as sock:
        origin = f"https://127.0.0.1:{sock.getsockname()[1]}"
        worlds = WorldRegistry(origin=origin)
        worlds.open(
            WORLD,
            seed=lambda world: seed(
                world, population=people, keys={"labo-nord-app": key, "labo-sud-app": key}
            ),
        )
        folder = tmp_path_factory.mktemp("service")
        with listening(build_app(worlds), folder, authority.server_pem, sock):
            yield Service(
                origin=origin, trust_pem=authority.trust_pem, people=people, worlds=worlds
            )
            # A server that ends waits half a minute for connections its clients keep open.
            for program, session in ((p, s) for p in (prescriber, laboratory) for s in SESSIONS):
                program.driver.http.delete(f"/sessions/{session}")
        worlds.close_all()


def told(progress: Json) -> str:
    return " ".join(sentence["text"] for sentence in progress["shown_to_user"])


def prescribe(prescriber: Program, service: Service, **changed: object) -> Json:
    prescriber.driver.configure("p", service.prescriber())
    wish = {"patient": service.patient("anna-weber"), "lines": LINES, **changed}
    return prescriber.driver.act("p", "prescribe", **wish)


def test_the_whole_way_from_the_practice_to_the_laboratory(
    prescriber: Program, laboratory: Program, service: Service
) -> None:
    issued = prescribe(prescriber, service)
    assert [s["level"] for s in issued["shown_to_user"]] == ["info"], told(issued)
    paper = issued["printed"][0]["content_base64"]
    laboratory.driver.configure("l", service.laboratory())
    first = laboratory.driver.act("l", "dispense", paper_base64=paper, lines=[{"code": "BIO-0401"}])
    assert first["result"].get("state") == "partially-dispensed", told(first)
    rest = laboratory.driver.act("l", "dispense-rest", number=issued["result"]["number"])
    assert rest["result"].get("state") == "completed", told(rest)
    seen = prescriber.driver.act("p", "look-up", number=issued["result"]["number"])
    assert seen["result"].get("state") == "completed", told(seen)
    again = laboratory.driver.act("l", "dispense", paper_base64=paper)
    assert (again["state"], again["shown_to_user"][-1]["level"]) == ("done", "error")


def test_every_ordinary_persona_of_the_directory_can_be_prescribed_for(
    prescriber: Program, service: Service
) -> None:
    ordinary = [
        name
        for name, patient in service.people.patients.items()
        if patient.in_directory and patient.outcome is None
    ]
    for name in ordinary:
        issued = prescribe(prescriber, service, patient=service.patient(name))
        assert len(issued["printed"]) == 1, told(issued)


def test_plan_b_reserve_release_and_another_laboratory(
    prescriber: Program, laboratory: Program, service: Service
) -> None:
    issued = prescribe(prescriber, service)
    plan_b = {"number": issued["result"]["number"], "birth_date": "1984-03-17"}
    laboratory.driver.configure("north", service.laboratory())
    laboratory.driver.configure("south", service.laboratory("labo-sud-app"))
    for session in ("north", "south"):
        found = laboratory.driver.act(session, "retrieve", **plan_b)
        assert found["result"].get("state") == "active", told(found)
    number = {"number": plan_b["number"]}
    assert laboratory.driver.act("north", "reserve", **number)["result"]["state"] == "in-progress"
    refused = laboratory.driver.act("south", "dispense", **plan_b)
    assert refused["shown_to_user"][-1]["level"] == "error"
    assert laboratory.driver.act("north", "release", **number)["result"]["state"] == "active"
    taken = laboratory.driver.act("south", "dispense", **plan_b)
    assert taken["result"].get("state") == "completed", told(taken)


def test_resubmission_gives_the_same_prescription(prescriber: Program, service: Service) -> None:
    issued = prescribe(prescriber, service)
    assert issued["printed"], told(issued)
    again = prescriber.driver.act("p", "resubmit-last")
    assert (again["result"], again["printed"]) == (issued["result"], issued["printed"])


def test_a_cancelled_prescription_is_not_dispensed(
    prescriber: Program, laboratory: Program, service: Service
) -> None:
    issued = prescribe(prescriber, service)
    number = issued["result"]["number"]
    cancelled = prescriber.driver.act("p", "cancel", number=number, reason="patient-refused")
    assert cancelled["result"].get("state") == "cancelled", told(cancelled)
    laboratory.driver.configure("l", service.laboratory())
    paper = issued["printed"][0]["content_base64"]
    refused = laboratory.driver.act("l", "dispense", paper_base64=paper)
    assert refused["shown_to_user"][-1]["level"] == "error"


def test_a_ko_of_the_service_is_shown_fault_by_fault(prescriber: Program, service: Service) -> None:
    lines = [{"code": "BIO-9999"}, {"code": "BIO-0301"}]
    refused = prescribe(prescriber, service, patient=service.patient("nobody-known"), lines=lines)
    assert refused["printed"] == []
    assert len(refused["shown_to_user"]) >= 4  # that it failed, and at least three faults


def test_a_wrong_password_is_told(prescriber: Program, service: Service) -> None:
    prescriber.driver.configure("w", {**service.prescriber(), "password": "wrong"})
    wish = {"patient": service.patient("anna-weber"), "lines": LINES}
    progress = prescriber.driver.act("w", "prescribe", **wish)
    assert (progress["state"], progress["printed"]) == ("done", [])
    assert "authentification" in told(progress)


def test_expired_tokens_are_renewed(
    prescriber: Program, laboratory: Program, service: Service
) -> None:
    issued = prescribe(prescriber, service)
    laboratory.driver.configure("l", service.laboratory())
    plan_b = {"number": issued["result"]["number"], "birth_date": "1984-03-17"}
    laboratory.driver.act("l", "retrieve", **plan_b)
    world = service.worlds.find(WORLD)
    assert world
    world.expire_tokens()
    assert laboratory.driver.act("l", "dispense", **plan_b)["result"]["state"] == "completed"
    seen = prescriber.driver.act("p", "look-up", number=issued["result"]["number"])
    assert seen["result"]["state"] == "completed"
