"""The page on which a patient reads who saw what of theirs, when and why; knows no table."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from starlette.responses import Response

from reference_server.kernel.language import Voice
from reference_server.kernel.web import Site
from reference_server.national.identifiers import CNS_PROVIDER_CODE, display_cns_provider_code
from reference_server.ports import StoredEntry

_OUTCOMES: Final = frozenset({"0", "4", "8", "12"})
SITE: Final = Site(home="reference_server.services.audit", title="audit.own.title")


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
    """Return the page of the latest events about one patient."""
    lines = tuple(_line(each, voice) for each in events)
    return SITE.embedded(voice, "own.html", title=voice.text("audit.own.title"), lines=lines)


def _line(stored: StoredEntry, voice: Voice) -> Line:
    event: dict[str, Any] = msgspec.json.decode(stored.event)
    recorded = datetime.fromisoformat(event["recorded"])
    purpose = stored.entry.caller and stored.entry.caller.purpose
    done = stored.entry.interaction.value
    return Line(
        number=stored.number,
        when=f"{recorded:%Y-%m-%d %H:%M}",
        who=", ".join(dict.fromkeys(_people(event))),
        what=f"{voice.text(f'audit.own.{done}')} ({', '.join(stored.entry.categories) or '-'})",
        why=purpose or "-",
        outcome=_outcome(event, voice),
    )


def _outcome(event: dict[str, Any], voice: Voice) -> str:
    """Return how it ended; an event of other software need not say so."""
    told = event.get("outcome")
    return voice.text(f"audit.own.outcome.{told}") if told in _OUTCOMES else "-"


def _people(event: dict[str, Any]) -> list[str]:
    """Return the professional and the organisation; where there are none, the software."""
    told = []
    for agent in event["agent"]:
        identifier = agent.get("who", {}).get("identifier", {})
        value = str(identifier.get("value", ""))
        if identifier.get("system") == CNS_PROVIDER_CODE:
            told.append(f"CNS {display_cns_provider_code(value)}")
        elif agent.get("requestor") and value:
            told.append(value)
    return told or ["-"]
