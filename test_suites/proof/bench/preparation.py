"""What a prescription benchmark needs before it starts: tokens, and a submission as a template."""

import base64
import json
import os
import ssl
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import httpx
import pikepdf

from reference_server.population.personas import load
from test_suites.engine.people import client_of, personas
from test_suites.engine.players import Address, Credentials, Surroundings
from test_suites.engine.players.document import Draft, write_document
from test_suites.engine.players.make import make_tokens
from test_suites.engine.players.paper import make_page
from test_suites.engine.players.wire import Wire
from test_suites.engine.players.wishes import LineWish
from test_suites.proof.bench.generator import IDENTIFIER_MARK

PATIENT, PRESCRIBER, LABORATORY = "anna-weber", "dr-meyer", "labo-nord"
CODES = ("BIO-0101", "BIO-0102", "BIO-0201")
PDF_BYTES = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """Two access tokens, the submission's bytes and the patient's birth date."""

    prescriber_token: str
    laboratory_token: str
    submission: bytes
    birth_date: str


async def prepare(base_url: str, folder: Path) -> Prepared:
    """Sign both actors in at a standing service and write the submission they will send."""
    population = load()
    people = personas(population)
    realm = f"{base_url}/auth/realms/organization"
    address = Address(base_url=base_url, issuer=realm, fhir_base=f"{base_url}/fhir")
    person = population.practitioners[PRESCRIBER]
    laboratory = client_of(population, LABORATORY)
    key = json.loads((folder / "clients" / f"{laboratory}.jwk.json").read_text("utf-8"))
    who = {
        "prescriber": Credentials(
            client_id=client_of(population, PRESCRIBER),
            persona=people[PRESCRIBER],
            username=person.ehealth_id,
            password=person.password,
        ),
        "laboratory": Credentials(
            client_id=laboratory, persona=people[LABORATORY], private_jwk=key
        ),
    }
    surroundings = Surroundings(business_now=_now, wire_now=_now, random_bytes=os.urandom)
    tokens = {}
    for actor, credentials in who.items():
        authority = folder / "ca.pem"
        verify = ssl.create_default_context(cafile=authority) if authority.exists() else False
        async with httpx.AsyncClient(verify=verify, trust_env=False) as client:
            source = make_tokens(
                actor,
                Wire(client, surroundings),
                address=address,
                credentials=credentials,
                surroundings=surroundings,
            )
            tokens[actor] = await source.current()
    return Prepared(
        prescriber_token=tokens["prescriber"],
        laboratory_token=tokens["laboratory"],
        submission=submission(),
        birth_date=str(people[PATIENT].birth_date),
    )


def submission(lines: int = len(CODES)) -> bytes:
    """Return a submission, of three lines, with a 50 kB page; its identifier is a mark."""
    codes = [CODES[at % len(CODES)] for at in range(lines)]
    people = personas(load())
    patient = people[PATIENT]
    written = write_document(
        Draft(
            identifier=f"urn:uuid:{IDENTIFIER_MARK.decode('ascii')}",
            patient=patient,
            matricule=str(patient.matricule),
            prescriber=people[PRESCRIBER],
            lines=tuple(LineWish(code=code) for code in codes),
            written=_now(),
            urn=lambda: f"urn:uuid:{uuid.uuid4()}",
        )
    )
    document = json.loads(written)
    paper = document["entry"][-1]["resource"]
    paper["data"] = base64.b64encode(heavy_page()).decode("ascii")
    return json.dumps(document, ensure_ascii=False).encode("utf-8")


def heavy_page() -> bytes:
    """Return a one-page PDF of about 50 kB: a logo that nothing can compress."""
    size = 220
    with pikepdf.open(BytesIO(make_page(("Ordonnance de biologie",)))) as pdf:
        logo = pikepdf.Stream(pdf, os.urandom(size * size))
        logo.stream_dict = pikepdf.Dictionary(
            Type=pikepdf.Name.XObject,
            Subtype=pikepdf.Name.Image,
            Width=size,
            Height=size,
            ColorSpace=pikepdf.Name.DeviceGray,
            BitsPerComponent=8,
        )
        pdf.pages[0].add_resource(logo, pikepdf.Name.XObject)
        written = BytesIO()
        pdf.save(written, compress_streams=False)
    return written.getvalue()


def _now() -> datetime:
    return datetime.now(UTC)
