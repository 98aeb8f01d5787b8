"""Measures reading definitions, FHIRPath and validation on one core; knows no server.

The library `fhirpathpy` is measured beside our engine where it is installed, in the same rounds.
"""

import importlib.util
import io
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout, suppress
from decimal import Decimal
from functools import partial
from typing import Any, Final

import psutil

from reference_server.fhir.fhirpath import Environment, FhirPathError, items_of
from reference_server.fhir.json_reader import read_json
from reference_server.fhir.r4.model import facts
from reference_server.fhir.validation.validator import Validator
from reference_server.specification import national_judge
from test_suites.proof.bench.figures import Figure, figure
from test_suites.proof.bench.generator import IDENTIFIER_MARK
from test_suites.proof.bench.preparation import submission

BESIDE: Final = "fhirpathpy"
_BP: Final = "http://hl7.org/fhir/StructureDefinition/bp"
_IN_A_ROW: Final = 10
# The libraries that read JSON are not what is measured here: every command has imported them.
_LOADING: Final = """
import psutil, time, msgspec
began, memory = time.perf_counter(), psutil.Process().memory_info().rss
from reference_server.fhir.r4.model import facts, types
types().get("Patient"), types().get("Bundle"), facts().find("ValueSet", "x")
print(time.perf_counter() - began, psutil.Process().memory_info().rss - memory)
"""


def _coded(system: str, code: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _pressure(code: str, value: int) -> dict[str, Any]:
    return {
        "code": _coded("http://loinc.org", code),
        "valueQuantity": {
            "value": Decimal(value),
            "unit": "mmHg",
            "system": "http://unitsofmeasure.org",
            "code": "mm[Hg]",
        },
    }


def blood_pressure() -> dict[str, Any]:
    """Return a blood pressure that fits R4's own profile."""
    category = "http://terminology.hl7.org/CodeSystem/observation-category"
    return {
        "resourceType": "Observation",
        "meta": {"profile": [_BP]},
        "status": "final",
        "category": [_coded(category, "vital-signs")],
        "code": _coded("http://loinc.org", "85354-9"),
        "subject": {"reference": "Patient/1"},
        "effectiveDateTime": "2026-02-11T09:30:00+01:00",
        "component": [_pressure("8480-6", 120), _pressure("8462-4", 80)],
    }


def patient() -> dict[str, Any]:
    """Return a patient of some size."""
    return {
        "resourceType": "Patient",
        "id": "1",
        "identifier": [{"system": "urn:oid:1.3.182.4.4", "value": "1984031790315"}],
        "active": True,
        "name": [{"use": "official", "family": "Weber", "given": ["Anna", "Marie"]}],
        "telecom": [{"system": "phone", "value": "+352 1", "use": "home"}],
        "gender": "female",
        "birthDate": "1984-03-17",
        "address": [{"line": ["1, rue des Exemples"], "city": "Luxembourg", "country": "LU"}],
    }


def bundle(entries: int = 20) -> dict[str, Any]:
    """Return a collection of patients and blood pressures, in turn."""
    held = [patient() if at % 2 else blood_pressure() for at in range(entries)]
    return {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            {"fullUrl": f"urn:uuid:00000000-0000-4000-8000-{at:012d}", "resource": each}
            for at, each in enumerate(held)
        ],
    }


def invariants() -> tuple[str, ...]:
    """Return every distinct invariant of R4's definitions."""
    found: dict[str, None] = {}
    for entry in facts().entries("StructureDefinition"):
        for element in facts().read(entry)["snapshot"]["element"]:
            for constraint in element.get("constraint", ()):
                if constraint.get("expression"):
                    found[constraint["expression"]] = None
    return tuple(found)


def measure(*, seconds: float, pairs: int) -> Iterator[Figure]:
    """Yield the figures; each is the median of `pairs` rounds of up to `seconds` in all."""
    loaded = [_loaded() for _ in range(pairs)]
    yield figure("r4 facts, loading", "ms", [1000 * each[0] for each in loaded])
    yield figure("r4 facts, memory", "MB", [each[1] / 1e6 for each in loaded])
    yield from _fhirpath(pairs)
    yield from _validation(seconds, pairs)
    yield figure("memory grown by 2,000 submissions", "MB", [_memory() / 1e6])


def _loaded() -> tuple[float, float]:
    """Return seconds and bytes that loading takes in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-c", _LOADING], capture_output=True, text=True, check=True
    )
    took, memory = done.stdout.split()
    return float(took), float(memory)


def _timed(run: Callable[[], object], times: int = 1) -> float:
    """Return the seconds of one call, of so many in a row: the first alone has cold caches."""
    began = time.perf_counter()
    for _ in range(times):
        run()
    return (time.perf_counter() - began) / times


def _fhirpath(pairs: int) -> Iterator[Figure]:
    """Evaluate every invariant on a Bundle of 20; the other engine in the same rounds."""
    expressions, whole = invariants(), bundle()
    environment = Environment(strict=False, member_of=lambda _item, _url: True)

    def ours() -> None:
        for expression in expressions:
            with suppress(FhirPathError):
                items_of(whole, expression, environment)

    theirs = _beside(expressions, whole)
    ours()
    mine, beside = [], []
    for _ in range(pairs):
        mine.append(_timed(ours, _IN_A_ROW))
        if theirs is not None:
            beside.append(_timed(theirs, _IN_A_ROW))
    name = f"fhirpath, {len(expressions)} invariants on a Bundle of 20"
    baseline = None
    if beside:
        other = figure(f"{name}, {BESIDE}", "ms", [1000 * each for each in beside])
        baseline = other.median
        yield other
    yield figure(name, "ms", [1000 * each for each in mine], baseline=baseline)


def _beside(expressions: tuple[str, ...], whole: dict[str, Any]) -> Callable[[], None] | None:
    """Return what evaluates the same with the other library, compiled; None without it."""
    if importlib.util.find_spec(BESIDE) is None:
        return None
    library = importlib.import_module(BESIDE)
    model = importlib.import_module(f"{BESIDE}.models").models["r4"]
    resource = json.loads(json.dumps(whole, default=float))
    compiled = []
    for expression in expressions:
        with suppress(Exception):  # whatever it raises for what it cannot read
            compiled.append(library.compile(expression, model))

    def run() -> None:
        with redirect_stdout(io.StringIO()):  # it traces to standard output
            for each in compiled:
                with suppress(Exception):  # as above
                    each(resource)

    run()
    return run


def _national(document: bytes) -> Callable[[], object]:
    """Return what reads a submission and judges it by the national profiles."""
    judge = national_judge()
    return lambda: judge.issues(read_json(document), "erx-submission")


def _memory(rounds: int = 2000) -> float:
    """Return the bytes by which this process grew while it judged documents never seen before."""
    judge, process = national_judge(), psutil.Process()
    text = submission().decode()
    before = 0
    for at in range(rounds + rounds // 10):
        if at == rounds // 10:
            before = process.memory_info().rss
        other = text.replace(IDENTIFIER_MARK.decode("ascii"), str(uuid.uuid4()))
        judge.issues(read_json(other.encode()), "erx-submission")
    return process.memory_info().rss - before


def _validation(seconds: float, pairs: int) -> Iterator[Figure]:
    validator = Validator()
    looks: list[tuple[str, Callable[[], object]]] = []
    for name, resource in (("blood pressure", blood_pressure()), ("Bundle of 20", bundle())):
        source = json.dumps(resource, default=str).replace('"120"', "120").replace('"80"', "80")
        looks.append((name, partial(validator.issues, source.encode())))
    for name, lines in (("submission of 3 lines", 3), ("document of 20 entries", 16)):
        looks.append((f"{name}, national profiles", _national(submission(lines))))
    for name, look in looks:
        look()
        count = max(1, min(500, int(seconds / pairs / 2 / max(_timed(look), 1e-4))))
        rounds = [_timed(look, count) for _ in range(pairs)]
        yield figure(f"validation, {name}", "ms", [1000 * each for each in rounds])
        yield figure(f"validation, {name}", "per s", [1 / each for each in rounds])
