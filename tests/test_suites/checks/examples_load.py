"""For the checks of load: figures on which each holds, and some on which it breaks."""

from collections.abc import Iterable, Mapping
from typing import Any

from scenarios.model import Step
from test_suites.core.message import JsonValue
from test_suites.core.transcript import ExhibitKind
from test_suites.core.view import View
from test_suites.load import figures
from test_suites.load.protocol import (
    OUTCOMES,
    Failure,
    Measured,
    Outcome,
    Settings,
    Template,
)
from tests.test_suites.core.build import Loose, exhibit, view

MACHINE = {"cores": 2}
PARAMS: Mapping[str, Mapping[str, Any]] = {
    "load-percentile": {
        "operation": "retrieve-prescription",
        "percentile": 95,
        "milliseconds": 1000,
        "rate": 5,
    },
    "load-failures": {"percent": 1, "rate": 5},
    "load-pace": {"percent": 95, "rate": 5},
}
ASKED = Step.model_validate(
    {
        "id": "act",
        "from": "laboratory",
        "to": "service",
        "operation": "load",
        "as": "labo-nord",
        "parameters": {"prescriber": "dr-meyer", "patients": ["anna-weber"], "rate": 5},
    }
)


def settings(*, rate: int = 5, seconds: int = 20) -> Settings:
    """Return what a generator was asked to do."""
    return Settings(
        fhir_base="http://127.0.0.1:1/fhir",
        trust_pem="",
        rate=rate,
        seconds=seconds,
        warm_up=0,
        users=10,
        timeout=10.0,
        patience=10.0,
        templates=(Template(body="{}", birth_date="1980-02-03"),),
    )


def measured(
    times: Iterable[float] = (20.0,) * 100,
    *,
    outcome: Outcome = Outcome.ANSWERED,
    late: float = 1.0,
    lag: float = 1.0,
    cpu_seconds: float = 1.0,
) -> Measured:
    """Return 100 journeys of four requests each, all of which took these times and ended so."""
    took = tuple(times)
    good = outcome is Outcome.ANSWERED
    place = OUTCOMES.index(outcome)
    lost = Failure(
        operation="submit-prescription",
        outcome=outcome,
        status=503,
        code="not-available",
        count=4 * len(took),
        examples=(("id-1", 0.5),),
    )
    return Measured(
        samples=tuple((o, n * 0.2, each, place) for n, each in enumerate(took) for o in range(4)),
        planned=len(took),
        succeeded=len(took) if good else 0,
        completed=tuple((n * 0.2, n * 0.2 + 0.1) for n in range(len(took))) if good else (),
        failures=() if good else (lost,),
        warm_up_failures=0,
        cpu_seconds=cpu_seconds,
        late=(late,) * len(took),
        lag=(lag,) * len(took),
    )


def load(seen: Measured, *, rate: int = 5) -> dict[str, JsonValue]:
    """Return load.json as the lab writes it."""
    return figures.report(seen, settings(rate=rate), machine=MACHINE)


def sees(check: str, content: Mapping[str, JsonValue] | bytes, **params: Loose) -> View:
    """Return what a check sees of a load.json."""
    kept = content if isinstance(content, bytes) else figures.as_bytes(content)
    made = exhibit(ExhibitKind.MEASURED, kept, name="load.json", producer="laboratory")
    return view(check, made, about="service", act=ASKED, **{**PARAMS[check], **params})


SLOW = (*(20.0,) * 94, *(3000.0,) * 6)
HOLDS: dict[str, View] = {name: sees(name, load(measured())) for name in PARAMS}
BREAKS: dict[str, View] = {
    "load-percentile": sees("load-percentile", load(measured(SLOW))),
    "load-failures": sees("load-failures", load(measured(outcome=Outcome.REFUSED))),
    "load-pace": sees("load-pace", load(measured(outcome=Outcome.REFUSED))),
}
