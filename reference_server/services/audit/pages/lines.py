"""Audit events as a patient reads them: who, what, when, why; a line each."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from starlette.responses import Response

from reference_server.kernel.access import Purpose, Role
from reference_server.kernel.language import Voice
from reference_server.kernel.web import Entry, Site
from reference_server.national.identifiers import CNS_PROVIDER_CODE, display_cns_provider_code
from reference_server.ports import PROVIDERS, StoredEntry
from reference_server.world import World

HOME: Final = "/traces"
_OUTCOMES: Final = frozenset({"0", "4", "8", "12"})
SITE: Final = Site(
    home="reference_server.services.audit",
    title="audit.own.title",
    entries=(Entry(path=HOME, text="audit.own.title"),),
)
Naming = Callable[[str, str], str]
"""The name that the directory has for an identifier (system, value); empty without one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One access, in words: `when` as `2026-11-29 12:21`, Luxembourg's time."""

    number: int
    when: str
    who: str
    what: str
    why: str
    outcome: str


def own_page(events: tuple[StoredEntry, ...], voice: Voice) -> Response:
    """Return the page of the latest events about one patient, for whoever shows a token."""
    lines = lines_of(events, voice, lambda _system, _value: "")
    return SITE.embedded(voice, "own.html", title=voice.text("audit.own.title"), lines=lines)


def lines_of(events: tuple[StoredEntry, ...], voice: Voice, naming: Naming) -> tuple[Line, ...]:
    """Return a line for each event."""
    return tuple(_line(each, voice, naming) for each in events)


def directory_names(world: World) -> Naming:
    """Return how the provider directory names professionals and organisations."""

    def naming(system: str, value: str) -> str:
        providers = world.port(PROVIDERS)
        with world.store.read() as tx:
            if system == CNS_PROVIDER_CODE:
                organization = providers.organization(tx, value)
                return "" if organization is None else organization.name
            person = providers.practitioner(tx, value)
        return "" if person is None else f"{person.given} {person.family}"

    return naming


def _line(stored: StoredEntry, voice: Voice, naming: Naming) -> Line:
    event: dict[str, Any] = msgspec.json.decode(stored.event)
    recorded = datetime.fromisoformat(event["recorded"])
    done = stored.entry.interaction.value
    categories = ", ".join(stored.entry.categories)
    return Line(
        number=stored.number,
        when=f"{recorded:%Y-%m-%d %H:%M}",
        who=_who(stored, event, voice, naming),
        what=f"{voice.text(f'audit.own.{done}')} ({categories or '-'})",
        why=_why(stored, voice),
        outcome=_outcome(event, voice),
    )


def _why(stored: StoredEntry, voice: Voice) -> str:
    caller = stored.entry.caller
    purpose = None if caller is None else caller.purpose
    if purpose not in set(Purpose):
        return purpose or "-"
    return f"{voice.text(f'audit.purpose.{purpose.lower()}')} ({purpose})"


def _outcome(event: dict[str, Any], voice: Voice) -> str:
    """Return how it ended; an event of other software need not say so."""
    told = event.get("outcome")
    return voice.text(f"audit.own.outcome.{told}") if told in _OUTCOMES else "-"


def _who(stored: StoredEntry, event: dict[str, Any], voice: Voice, naming: Naming) -> str:
    caller = stored.entry.caller
    if caller is not None and caller.role == Role.PATIENT and stored.entry.resource is None:
        return voice.text("audit.own.yourself")
    return ", ".join(dict.fromkeys(_people(event, naming))) or "-"


def _people(event: dict[str, Any], naming: Naming) -> Iterator[str]:
    """Give the professional and the organisation; where there are none, the software."""
    for agent in event["agent"]:
        identifier = agent.get("who", {}).get("identifier", {})
        system, value = str(identifier.get("system", "")), str(identifier.get("value", ""))
        is_organization = system == CNS_PROVIDER_CODE
        if is_organization or (agent.get("requestor") and value):
            shown = f"CNS {display_cns_provider_code(value)}" if is_organization else value
            name = naming(system, value)
            yield f"{name} ({shown})" if name else shown
