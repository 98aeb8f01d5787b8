"""The examples: a list with a filter, and each of them whole."""

from collections.abc import Iterator
from typing import Final

from starlette.responses import Response

from reference_server.fhir.compose import write_json
from reference_server.kernel.outcome import fhir_answer
from reference_server.kernel.web import Paging
from reference_server.services.documentation.catalogue import uses
from reference_server.services.documentation.catalogue.search import folded
from reference_server.services.documentation.catalogue.structure import Target
from reference_server.services.documentation.errors import ExampleUnknown
from reference_server.services.documentation.pages.site import ROOT, Reader, pretty
from reference_server.specification import Example
from reference_server.world import Call

_SHOWN: Final = 64


async def listed(call: Call) -> Response:
    """List the examples that fit a filter."""
    reader = Reader.of(call)
    found = tuple(_fitting(reader))
    paging = Paging.of(reader.visit, len(found))
    names = {
        each.id: reader.title_of(dict(each.resource))
        for each in reader.shelf.of_type("StructureDefinition")
    }
    visit = reader.visit
    return reader.page(
        "examples.html",
        title=visit.text("documentation.nav.examples"),
        examples=paging.cut(found),
        paging=paging,
        names=names,
        named=[
            (about, names.get(about, about))
            for about in dict.fromkeys(each.about for each in reader.shelf.examples.values())
        ],
        of=visit.asked("of"),
        valid=visit.asked("valid"),
        q=visit.asked("q"),
        element=visit.asked("element"),
    )


async def shown(call: Call) -> Response:
    """Show one example."""
    reader = Reader.of(call)
    name, example = _found(reader)
    profile = reader.look_up(example.profile) if example.profile else None
    return reader.page(
        "example.html",
        title=name,
        crumbs=(
            Target(
                label=reader.visit.text("documentation.nav.examples"), address=f"{ROOT}/examples"
            ),
        ),
        name=name,
        example=example,
        profile=profile,
        about=reader.shelf.find("StructureDefinition", example.about),
        written=pretty(example.resource),
    )


async def as_json(call: Call) -> Response:
    """Return one example as JSON."""
    _, example = _found(Reader.of(call))
    return fhir_answer(write_json(example.resource))


def _found(reader: Reader) -> tuple[str, Example]:
    name = reader.call.path_values["id"]
    found = reader.shelf.examples.get(name)
    if found is None:
        raise ExampleUnknown(id=name[:_SHOWN])
    return name, found


def _fitting(reader: Reader) -> Iterator[tuple[str, Example]]:
    visit = reader.visit
    words = folded(visit.asked("q")).split()
    using = _using(reader, visit.asked("of"), visit.asked("element"))
    for name, each in reader.shelf.examples.items():
        if using is not None:
            if name in using:
                yield name, each
            continue
        if visit.asked("of") not in {"", each.about}:
            continue
        if visit.asked("valid") not in {"", "yes" if each.breaks is None else "no"}:
            continue
        if words:
            text = folded(f"{name} {each.about} {write_json(each.resource).decode()}")
            if not all(word in text for word in words):
                continue
        yield name, each


def _using(reader: Reader, about: str, element: str) -> tuple[str, ...] | None:
    """Return the examples that use an element; None where none is asked for."""
    artefact = reader.shelf.find("StructureDefinition", about)
    if not element or artefact is None:
        return None
    return uses.uses(reader.shelf, artefact).get(element, ())
