"""One analysis of the list in force: what it is, what it was, and what each version changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from reference_server.national.bio_presc_codes import BioPrescCode, CodedChoice
from reference_server.national.identifiers import BIO_PRESC_CODES
from reference_server.ports import ANALYSES, AnalysisVersion
from reference_server.services.documentation.catalogue.structure import Target
from reference_server.services.documentation.errors import AnalysisUnknown
from reference_server.services.documentation.pages.site import Reader
from reference_server.world import Call

_SHOWN: Final = 64
_FIELDS: Final = ("name", "specimen", "acts", "conditions", "sites")


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A version as the page shows it: each field with its text, and whether it changed."""

    number: int
    since: str
    fields: tuple[tuple[str, str, bool], ...]


async def history(call: Call) -> Response:
    """Show every version of an analysis, the newest first."""
    reader = Reader.of(call)
    code = call.path_values["code"]
    versions = call.world.port(ANALYSES).history(code)
    if not versions:
        raise AnalysisUnknown(code=code[:_SHOWN])
    listed = reader.look_up(BIO_PRESC_CODES)
    return reader.page(
        "analysis.html",
        title=f"{code} {versions[-1].entry.name}",
        crumbs=(listed,) if listed.address else (),
        code=code,
        name=versions[-1].entry.name,
        told=tuple(reversed(tuple(_told(versions)))),
        fields=_FIELDS,
        lookup=Target(
            label="$lookup",
            address=f"{call.world.fhir_base}/CodeSystem/$lookup?system={BIO_PRESC_CODES}&code={code}",
        ),
    )


def _told(versions: tuple[AnalysisVersion, ...]) -> Iterator[Told]:
    before: dict[str, str] = {}
    for each in versions:
        now = _texts(each.entry)
        yield Told(
            number=each.number,
            since=each.since,
            fields=tuple((name, now[name], bool(before) and before[name] != now[name])
                         for name in _FIELDS),
        )  # fmt: skip
        before = now


def _texts(entry: BioPrescCode) -> dict[str, str]:
    return {
        "name": entry.name,
        "specimen": entry.specimen,
        "acts": ", ".join(each.code for each in entry.cns_acts),
        "conditions": _choices(entry.conditions),
        "sites": _choices(entry.target_sites),
    }


def _choices(choices: tuple[CodedChoice, ...]) -> str:
    return ", ".join(f"{each.code} {each.name}" for each in choices)
