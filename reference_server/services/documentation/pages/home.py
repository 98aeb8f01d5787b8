"""The first page, and the lists of artefacts by kind."""

from typing import Final

from starlette.responses import Response

from reference_server.kernel.web import visit_of
from reference_server.services.documentation.catalogue.structure import Target
from reference_server.services.documentation.errors import ArtefactUnknown
from reference_server.services.documentation.pages.site import ROOT, Reader
from reference_server.specification.brought import SHOWN_TYPES
from reference_server.world import Call

TERMINOLOGIES: Final = ("CodeSystem", "ValueSet", "ConceptMap", "NamingSystem")
API: Final = ("OperationDefinition", "SearchParameter", "CapabilityStatement")
_SHOWN: Final = 64


async def home(call: Call) -> Response:
    """Show what the specification holds, and where to begin."""
    reader = Reader.of(call)
    shelf = reader.shelf
    kinds = [(kind, len(shelf.of_type(kind))) for kind in SHOWN_TYPES]
    return reader.page(
        "home.html",
        title=reader.visit.text("documentation.title"),
        kinds=tuple((kind, count) for kind, count in kinds if count),
        structures=shelf.of_type("StructureDefinition"),
        releases=tuple(each.release for each in shelf.in_force),
        valid=sum(each.breaks is None for each in shelf.examples.values()),
        invalid=sum(each.breaks is not None for each in shelf.examples.values()),
        described=reader.described,
    )


async def home_with_slash(call: Call) -> Response:
    """Lead to the first page."""
    visit = visit_of(call)
    return Response(status_code=308, headers={"Location": visit.link(ROOT)})


async def listed(call: Call) -> Response:
    """List the artefacts of one type."""
    reader = Reader.of(call)
    kind = call.path_values["type"]
    if kind not in SHOWN_TYPES:
        raise ArtefactUnknown(type=kind[:_SHOWN], id="")
    return _kinds(reader, (kind,), title=f"documentation.type.{kind.lower()}")


async def terminologies(call: Call) -> Response:
    """List code systems, value sets, maps and naming systems."""
    return _kinds(Reader.of(call), TERMINOLOGIES, title="documentation.nav.terminologies")


async def api(call: Call) -> Response:
    """List operations, search parameters and capability statements."""
    return _kinds(Reader.of(call), API, title="documentation.nav.api")


def _kinds(reader: Reader, kinds: tuple[str, ...], *, title: str) -> Response:
    parts = tuple((kind, reader.shelf.of_type(kind)) for kind in kinds)
    return reader.page(
        "list.html",
        title=reader.visit.text(title),
        parts=tuple(part for part in parts if part[1] or len(kinds) == 1),
        is_api=kinds == API,
    )


def crumb(reader: Reader, kind: str) -> Target:
    """Return the way to the list of a type."""
    if kind in TERMINOLOGIES:
        return Target(
            label=reader.visit.text("documentation.nav.terminologies"),
            address=f"{ROOT}/terminologies",
        )
    if kind in API:
        return Target(label=reader.visit.text("documentation.nav.api"), address=f"{ROOT}/api")
    return Target(
        label=reader.visit.text(f"documentation.type.{kind.lower()}"), address=f"{ROOT}/{kind}"
    )
