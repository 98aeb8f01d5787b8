"""The promise of the personas' catalogue: within a major version nobody changes; knows no World.

`promises.json` keeps, by major version, what was promised of each persona. Software under test has
these ids and numbers in its own test data, so that a change would break it without a word.
"""

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files
from typing import TypeAlias

from reference_server.population.personas import Population

Promise: TypeAlias = Mapping[str, str]
"""What is promised of each persona, as one text, by kind and id."""


def promise_of(people: Population) -> Promise:
    """Return what a catalogue promises: ids, numbers, outcomes, and who belongs where."""
    return dict(_promised(people))


def kept_promises() -> Mapping[str, Promise]:
    """Return every promise ever made, by major version."""
    file = files("reference_server.population") / "promises.json"
    kept: Mapping[str, Promise] = json.loads(file.read_text(encoding="utf-8"))
    return kept


def broken(people: Population, kept: Mapping[str, Promise]) -> tuple[str, ...]:
    """Return what does not hold of the promise of this major version, and what is not in it."""
    now, promised = promise_of(people), kept.get(people.version.split(".")[0], {})
    changed = (
        f"{who}: {was} → {now.get(who, 'gone')}"
        for who, was in promised.items()
        if now.get(who) != was
    )
    unknown = (f"{who}: {text} is not promised" for who, text in now.items() if who not in promised)
    return (*changed, *unknown)


def _promised(people: Population) -> Iterator[tuple[str, str]]:
    for key, patient in people.patients.items():
        born = patient.birth_date.isoformat()
        outcome = patient.outcome or "ordinary"
        yield f"patient {key}", f"{patient.matricule} {born} {patient.gender} {outcome}"
    for key, person in people.practitioners.items():
        numbers = f"{person.ehealth_id} {person.cns_code}"
        yield f"practitioner {key}", f"{numbers} {person.organization}"
    for key, organization in people.organizations.items():
        yield f"organization {key}", f"{organization.cns_code} {organization.role}"
    for key, client in people.clients.items():
        scopes = " ".join(sorted(client.scopes))
        yield f"client {key}", f"{client.organization or 'people'} {scopes}"
