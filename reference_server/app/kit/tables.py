"""People, software and analyses as tables for a reader, and as `people.json`; knows no page."""

from collections.abc import Callable
from typing import TypeAlias

from reference_server.app.kit.blocks import Table
from reference_server.population import Patient, Population
from reference_server.services.prescriptions.catalogue import bio_presc_codes

Say: TypeAlias = Callable[..., str]


def practitioners(people: Population, say: Say) -> Table:
    """Return who signs in, with what."""
    heads = ("practitioner", "ehealth-id", "cns", "organization", "password")
    rows = (
        (
            f"{one.given} {one.family}",
            f"`{one.ehealth_id}`",
            f"`{one.cns_code}`",
            people.organizations[one.organization].name,
            f"`people/{key}.password`",
        )
        for key, one in people.practitioners.items()
    )
    return Table(head=_heads(heads, say), rows=tuple(rows))


def clients(people: Population, say: Say) -> Table:
    """Return which software may do what, with which key."""
    heads = ("client", "client-id", "cns", "scopes", "key")
    rows = []
    for key, one in people.clients.items():
        employer = people.organizations[one.organization] if one.organization else None
        rows.append(
            (
                one.name,
                f"`{key}`",
                say("people.no") if employer is None else f"`{employer.cns_code}`",
                f"`{' '.join(one.scopes)}`",
                say("people.no-key") if employer is None else f"`clients/{key}.jwk.json`",
            )
        )
    return Table(head=_heads(heads, say), rows=tuple(rows))


def patients(people: Population, language: str, say: Say) -> Table:
    """Return the patients with whom everything goes well."""
    heads = ("patient", "matricule", "born", "gender", "for")
    rows = ((*_patient(one), one.about.spoken(language)) for one in people.ordinary.values())
    return Table(head=_heads(heads, say), rows=tuple(rows))


def magic(people: Population, language: str, say: Say) -> Table:
    """Return the patients who each give one named outcome."""
    heads = ("patient", "matricule", "born", "gender", "outcome", "for")
    rows = (
        (*_patient(one), f"`{one.outcome}`", one.about.spoken(language))
        for one in people.magic.values()
    )
    return Table(head=_heads(heads, say), rows=tuple(rows))


def analyses(say: Say) -> Table:
    """Return what can be prescribed; the names are the catalogue's own, in French."""
    heads = ("code", "analysis", "motivation")
    rows = (
        (f"`{code}`", one.name, say("people.yes" if one.needs_motivation else "people.no"))
        for code, one in bio_presc_codes().items()
    )
    return Table(head=_heads(heads, say), rows=tuple(rows))


def _patient(one: Patient) -> tuple[str, ...]:
    born = one.birth_date.isoformat()
    return f"{one.given} {one.family}", f"`{one.matricule}`", f"`{born}`", f"`{one.gender}`"


def _heads(names: tuple[str, ...], say: Say) -> tuple[str, ...]:
    return tuple(say(f"people.{name}") for name in names)


def everybody(people: Population) -> dict[str, object]:
    """Return `people.json`: the catalogue without passwords, which have files of their own."""
    told = people.model_dump(mode="json")
    for key, one in told["practitioners"].items():
        one.pop("password")
        one["password_file"] = f"people/{key}.password"
    for key, one in told["clients"].items():
        one["key_file"] = f"clients/{key}.jwk.json" if one["organization"] else None
    return told
