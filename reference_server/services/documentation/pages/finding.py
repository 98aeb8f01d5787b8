"""Search, and what the services tell about themselves."""

from typing import Final

from starlette.responses import Response

from reference_server.kernel.web import Paging
from reference_server.ports import Described
from reference_server.services.documentation.catalogue.search import search
from reference_server.services.documentation.catalogue.structure import Target
from reference_server.services.documentation.errors import ServiceUndescribed
from reference_server.services.documentation.pages.site import ROOT, Reader
from reference_server.text import MissingTextError
from reference_server.world import Call

_SHOWN: Final = 64
HL7_TABLES: Final = "hl7-"
"""How the names of tables begin that belong to the guide for establishments."""


async def found(call: Call) -> Response:
    """Search across everything."""
    reader = Reader.of(call)
    visit = reader.visit
    asked, kind = visit.asked("q").strip(), visit.asked("kind")
    every = search(reader.shelf, reader.described, asked)
    kinds: dict[str, int] = {}
    for each in every:
        kinds[each.entry.kind] = kinds.get(each.entry.kind, 0) + 1
    fitting = tuple(each for each in every if kind in {"", each.entry.kind})
    paging = Paging.of(visit, len(fitting))
    return reader.page(
        "search.html",
        title=visit.text("documentation.search"),
        q=asked,
        kind=kind,
        kinds=kinds,
        total=len(every),
        found=paging.cut(fitting),
        paging=paging,
    )


async def services(call: Call) -> Response:
    """List the services and the tables that they tell about themselves."""
    reader = Reader.of(call)
    return reader.page(
        "services.html",
        title=reader.visit.text("documentation.nav.services"),
        described=reader.described,
        word=lambda name: _word(reader, name),
    )


async def service(call: Call) -> Response:
    """Show the tables of one service."""
    reader = Reader.of(call)
    name = call.path_values["name"]
    told = next((each for each in reader.described if each.name == name), None)
    if told is None:
        raise ServiceUndescribed(name=name[:_SHOWN])
    return reader.page(
        "service.html",
        title=told.title,
        crumbs=(
            Target(
                label=reader.visit.text("documentation.nav.services"), address=f"{ROOT}/services"
            ),
        ),
        service=told,
        word=lambda name: _word(reader, name),
    )


async def hl7_guide(call: Call) -> Response:
    """Show the guide for establishments: what services tell of HL7 v2, and worked messages."""
    reader = Reader.of(call)
    told = tuple(
        table
        for each in reader.described
        for table in each.tables
        if table.name.startswith(HL7_TABLES)
    )
    title = reader.visit.text("documentation.hl7.title")
    return reader.page(
        "service.html",
        title=title,
        service=Described(name="hl7", title=title, tables=told),
        word=lambda name: _word(reader, name),
    )


def _word(reader: Reader, name: str) -> str:
    """Return a table's or column's name as words; a service may name one that nobody translated."""
    try:
        return reader.visit.text(f"documentation.word.{name}")
    except MissingTextError:
        return name.replace("-", " ").replace("_", " ").capitalize()
