"""How many questions about codes are answered a second, over https, by two server processes.

A question by GET that was asked before is answered as it was then; by POST each is worked out
anew. Both are measured: the first is what a screen does with its lists, the second the worst case.
"""

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

import msgspec

from reference_server.fhir.r4.model import facts
from reference_server.national.bio_presc_codes import bio_presc_codes
from reference_server.national.identifiers import BIO_PRESC_CODES
from test_suites.engine.standing import WORLD
from test_suites.proof.bench.asking import Answered, Job
from test_suites.proof.bench.figures import Figure, figure
from test_suites.proof.bench.prescriptions import Setup, servers

CLIENTS: Final = 16
_GENDER: Final = "http://hl7.org/fhir/administrative-gender"
_GENDERS: Final = "http://hl7.org/fhir/ValueSet/administrative-gender"
_MAP: Final = "http://hl7.org/fhir/ConceptMap/cm-administrative-gender-v2"
_KEYS: Final = {"code": "valueCode", "display": "valueString", "filter": "valueString",
                "count": "valueInteger"}  # fmt: skip
Arguments = Mapping[str, Any]


def questions() -> dict[str, tuple[str, tuple[Arguments, ...]]]:
    """Return path and arguments of the questions that are asked, by the operation's name."""
    analyses = [{"system": BIO_PRESC_CODES, "code": code} for code in bio_presc_codes()]
    concepts = (facts().find("CodeSystem", _GENDER) or {})["concept"]
    genders = [{"system": _GENDER, "code": each["code"]} for each in concepts]
    return {
        "$lookup": ("CodeSystem/$lookup", (*analyses, *genders)),
        "$validate-code": (
            "ValueSet/$validate-code",
            tuple({"url": _GENDERS, **each} for each in genders),
        ),
        "$translate": ("ConceptMap/$translate", tuple({"url": _MAP, **each} for each in genders)),
        "$expand": (
            "ValueSet/$expand",
            ({"url": _GENDERS}, {"url": f"{BIO_PRESC_CODES}".replace("CodeSystem", "ValueSet")}),
        ),
    }


def measure(*, seconds: float, pairs: int) -> Iterator[Figure]:
    """Yield the figures: of each operation `pairs` runs, `seconds` long in all."""
    with (
        tempfile.TemporaryDirectory(prefix="equalis-bench-") as name,
        servers(Path(name), Setup()) as (origin, _),
    ):
        for operation, (path, asked) in questions().items():
            for way, write in (("asked before", _get), ("worked out", _post)):
                written = tuple(write(origin, path, each) for each in asked)
                runs = [run_questions(origin, name, written, seconds / pairs) for _ in range(pairs)]
                rates = [run.count / run.elapsed for run in runs]
                yield figure(f"{operation}, {way}", "req/s", rates)


def run_questions(origin: str, folder: str, written: tuple[bytes, ...], seconds: float) -> Answered:
    """Ask prepared questions for so long, by clients in a process of their own."""
    address = urlsplit(origin)
    job = Job(
        host=str(address.hostname),
        port=int(address.port or 0),
        trust_file=f"{folder}/ca.pem",
        questions=written,
        clients=CLIENTS,
        seconds=seconds,
    )
    command = [sys.executable, "-m", "test_suites.proof.bench.asking"]
    done = subprocess.run(
        command, input=msgspec.json.encode(job), stdout=subprocess.PIPE, check=True
    )
    return msgspec.json.decode(done.stdout, type=Answered)


def _get(origin: str, path: str, arguments: Arguments) -> bytes:
    target = f"/{WORLD}/fhir/{path}?{urlencode(arguments)}"
    return f"GET {target} HTTP/1.1\r\nHost: {urlsplit(origin).netloc}\r\n\r\n".encode("ascii")


def _post(origin: str, path: str, arguments: Arguments) -> bytes:
    told = [{"name": name, _KEYS.get(name, "valueUri"): value} for name, value in arguments.items()]
    body = msgspec.json.encode({"resourceType": "Parameters", "parameter": told})
    head = (
        f"POST /{WORLD}/fhir/{path} HTTP/1.1\r\nHost: {urlsplit(origin).netloc}\r\n"
        f"Content-Type: application/fhir+json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode("ascii") + body
