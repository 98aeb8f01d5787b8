"""How the tests drive a vendor program: over the driver contract, or in this process."""

import base64
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from joserfc.jwk import ECKey

from test_suites.vendors.kit.acts import Act, Office
from test_suites.vendors.kit.product import Product, Surroundings
from test_suites.vendors.kit.settings import Settings
from tests.test_suites.vendors.peer import Peer

Json = dict[str, Any]
SYSTEM_KEY = ECKey.generate_key("P-256", {"kid": "system"})
PERSON = {"ehealth_id": "1234567890", "cns_code": "90000001", "family": "Meyer", "given": "Luc"}
ANNA = {
    "matricule": "1980020390012",
    "family": "Weber",
    "given": "Anna",
    "birth_date": "1980-02-03",
    "gender": "female",
}
TUN = {**ANNA, "matricule": "1975111290044", "family": "Hoffmann", "given": "Tun"}
LINES: list[Json] = [
    {"code": "BIO-0101", "display": "Hémogramme"},
    {"code": "BIO-0301", "display": "Vitamine D", "reason": "Carence connue"},
    {"code": "BIO-0401", "display": "INR", "count": 3},
]


def settings_for(peer: Peer, *, role: str) -> Json:
    """Return what the lab would put into a session."""
    common = {
        "base_url": peer.base,
        "issuer": peer.issuer,
        "fhir_base": peer.fhir,
        "trust_pem": peer.authority.trust_pem,
    }
    if role == "prescriber":
        person = {"username": "1234567890", "password": "test-1234567890", "person": PERSON}
        return {**common, "client_id": "prescriber-app", "organization": "90000001", **person}
    key = SYSTEM_KEY.as_dict(private=True)
    return {**common, "client_id": "labo-nord-app", "organization": "90000002", "private_jwk": key}


@dataclass(frozen=True, slots=True)
class Bench:
    """A product in this process with one session against a peer."""

    office: Office[Any]

    def act(self, name: str, **parameters: object) -> Act:
        act = self.office.start("s", name, parameters)
        assert act.ended.wait(30)
        return act

    def log(self) -> str:
        return self.office.sessions["s"].logbook.text()


@contextmanager
def bench(product: Product[Any], peer: Peer, **changed: object) -> Iterator[Bench]:
    """Open a session of a product against a peer."""
    surroundings = Surroundings(port=1, stopping=threading.Event())
    office: Office[Any] = Office(product=product, surroundings=surroundings)
    settings = {**settings_for(peer, role=product.about.role), **changed}
    office.configure("s", Settings.model_validate(settings))
    workplace = office.sessions["s"].workplace
    try:
        yield Bench(office)
    finally:
        workplace.close()


@dataclass(frozen=True, slots=True)
class Driver:
    """The lab's end of the driver contract against a running program."""

    http: httpx.Client

    def configure(self, session: str, settings: Json) -> None:
        self.http.put(f"/sessions/{session}", json=settings).raise_for_status()

    def act(self, session: str, name: str, **parameters: object) -> Json:
        wish = {"session": session, "act": name, "parameters": parameters}
        begun = self.http.post("/acts", json=wish)
        assert begun.status_code == 201, begun.text
        progress: Json = self.http.get(f"/acts/{begun.json()['id']}", params={"wait": 30}).json()
        assert progress["state"] != "running"
        return progress


@dataclass(frozen=True, slots=True)
class Program:
    """A vendor program running as a process of its own."""

    process: subprocess.Popen[str]
    driver: Driver


@contextmanager
def running_program(role: str, *arguments: str) -> Iterator[Program]:
    """Start a vendor program, wait for its readiness line, and end it."""
    command = [sys.executable, "-m", f"test_suites.vendors.{role}", "--port", "0", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as process:
        assert process.stdout
        try:
            ready, _, url = process.stdout.readline().strip().partition(" ")
            assert ready == "READY"
            with httpx.Client(base_url=url, timeout=40, trust_env=False) as http:
                yield Program(process, Driver(http))
        finally:
            process.terminate()
            process.wait(10)


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()
