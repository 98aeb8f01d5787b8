"""One artefact: its page by type, its JSON, its history, and two of its versions side by side."""

from collections.abc import Callable
from typing import Any, Final

from starlette.responses import Response

from reference_server.fhir.compose import write_json
from reference_server.kernel.outcome import fhir_answer
from reference_server.kernel.web import Paging
from reference_server.ports import ANALYSES
from reference_server.services.documentation.catalogue import changes, structure, uses, values
from reference_server.services.documentation.catalogue.loose import loose
from reference_server.services.documentation.catalogue.structure import Target, View
from reference_server.services.documentation.errors import ArtefactUnknown, ReleaseUnknown
from reference_server.services.documentation.model import Artefact
from reference_server.services.documentation.pages.home import crumb
from reference_server.services.documentation.pages.site import Reader, pretty
from reference_server.specification.elements import Effect
from reference_server.world import Call

_SHOWN: Final = 64
_ANALYSES: Final = "BioPrescCodes"
_CODES: Final = 200


async def artefact(call: Call) -> Response:
    """Show an artefact."""
    reader = Reader.of(call)
    found = _found(reader)
    template, tell = _PAGES.get(found.type, ("other.html", _nothing))
    return reader.page(
        template,
        title=reader.title_of(dict(found.resource)),
        crumbs=(crumb(reader, found.type),),
        tab="page",
        artefact=found,
        resource=loose(reader.shelf.whole(found)),
        versions=reader.shelf.history(found.type, found.id),
        **tell(reader, found),
    )


async def as_json(call: Call) -> Response:
    """Return an artefact as JSON, with its snapshot where it is a structure."""
    reader = Reader.of(call)
    return fhir_answer(write_json(reader.shelf.whole(_asked_version(reader, _found(reader)))))


async def source(call: Call) -> Response:
    """Show an artefact as JSON on a page."""
    reader = Reader.of(call)
    found = _found(reader)
    return reader.page(
        "source.html",
        title=reader.title_of(dict(found.resource)),
        crumbs=_crumbs(reader, found),
        tab="source",
        artefact=found,
        versions=reader.shelf.history(found.type, found.id),
        written=pretty(reader.shelf.whole(found)),
    )


async def history(call: Call) -> Response:
    """Show the versions of an artefact, and compare two of them."""
    reader = Reader.of(call)
    found = _found(reader)
    versions = reader.shelf.history(found.type, found.id)
    before, after = _two(reader, versions)
    return reader.page(
        "history.html",
        title=reader.title_of(dict(found.resource)),
        crumbs=_crumbs(reader, found),
        tab="history",
        artefact=found,
        versions=versions,
        before=before,
        after=after,
        **_compared(reader, before, after),
    )


def _found(reader: Reader) -> Artefact:
    kind, own = reader.call.path_values["type"], reader.call.path_values["id"]
    found = reader.shelf.find(kind, own)
    if found is None:
        # What the release in force has no more is still documented by those that had it.
        known = reader.shelf.history(kind, own)
        if not known:
            raise ArtefactUnknown(type=kind[:_SHOWN], id=own[:_SHOWN])
        found = known[-1]
    return found


def _asked_version(reader: Reader, found: Artefact) -> Artefact:
    """Return the version of the release that an address asks for; raises ReleaseUnknown."""
    asked = reader.visit.asked("release")
    if not asked:
        return found
    versions = reader.shelf.history(found.type, found.id)
    named = next((each for each in versions if each.release.id == asked), None)
    if named is None:
        raise ReleaseUnknown(id=asked[:_SHOWN])
    return named


def _two(reader: Reader, versions: tuple[Artefact, ...]) -> tuple[Artefact | None, Artefact | None]:
    """Return the two versions to compare: those asked for, else the last two."""
    by_release = {each.release.id: each for each in versions}
    asked = [reader.visit.asked(name) for name in ("from", "to")]
    for own in asked:
        if own and own not in by_release:
            raise ReleaseUnknown(id=own[:_SHOWN])
    if len(versions) < 2:  # noqa: PLR2004  one cannot be compared with itself
        return None, None
    first = by_release[asked[0]] if asked[0] else versions[-2]
    second = by_release[asked[1]] if asked[1] else versions[-1]
    return first, second


def _compared(reader: Reader, before: Artefact | None, after: Artefact | None) -> dict[str, Any]:
    told: dict[str, Any] = {"elements": (), "places": (), "counts": {}}
    if before is None or after is None:
        return told
    if after.type == "StructureDefinition":
        found = changes.of_elements(reader.shelf, before, after)
        told["counts"] = {effect: sum(e.effect is effect for e in found) for effect in Effect}
        asked = reader.visit.asked("effect")
        told["elements"] = tuple(each for each in found if asked in {"", each.effect})
    else:
        told["places"] = changes.of_values(before, after)
    return told


def _crumbs(reader: Reader, found: Artefact) -> tuple[Target, ...]:
    own = Target(label=reader.title_of(dict(found.resource)), address=found.place)
    return (crumb(reader, found.type), own)


def _structure(reader: Reader, found: Artefact) -> dict[str, Any]:
    asked = reader.visit.asked("view", View.KEY)
    view = View(asked) if asked in set(View) else View.KEY
    whole = reader.shelf.whole(found)
    used = uses.uses(reader.shelf, found)
    return {
        "view": view,
        "views": tuple(View),
        "rows": structure.rows(reader.shelf, whole, view, reader.language),
        "rules": structure.rules(reader.shelf, whole, reader.language),
        "uses": used,
        "examples": uses.examples_of(reader.shelf, found),
        "has_snapshot": "snapshot" in whole,
        "base": reader.look_up(str(whole.get("baseDefinition", ""))),
    }


def _codes(reader: Reader, listing: values.Listing) -> dict[str, Any]:
    wanted = reader.visit.asked("code")
    asked = reader.visit.asked("q").strip().casefold()
    codes = tuple(
        each
        for each in listing.codes
        if (not wanted or each.code == wanted)
        and (not asked or asked in f"{each.code} {each.display} {each.definition}".casefold())
    )
    paging = Paging.of(reader.visit, len(codes), size=_CODES)
    names = dict.fromkeys(name for each in listing.codes for name, _ in each.properties)
    return {
        "codes": paging.cut(codes),
        "paging": paging,
        "total": len(listing.codes),
        "gaps": listing.gaps,
        "properties": tuple(names),
        "has_definitions": any(each.definition for each in listing.codes),
        "q": reader.visit.asked("q"),
        "code": wanted,
    }


def _value_set(reader: Reader, found: Artefact) -> dict[str, Any]:
    resource = dict(found.resource)
    systems = [str(e.get("system", "")) for e in resource.get("compose", {}).get("include", ())]
    return {
        **_codes(reader, values.of_value_set(reader.shelf, resource, reader.language)),
        "histories": _histories(reader, found),
        "systems": tuple(reader.look_up(each) for each in dict.fromkeys(systems) if each),
        "bound": tuple(_bound(reader, found.url)),
    }


def _code_system(reader: Reader, found: Artefact) -> dict[str, Any]:
    codes = _codes(reader, values.of_system(dict(found.resource), reader.language))
    return {**codes, "histories": _histories(reader, found)}


def _histories(reader: Reader, found: Artefact) -> frozenset[str]:
    """Return the codes that have a page of their own: those of the list of analyses in force."""
    if found.id != _ANALYSES:
        return frozenset()
    return frozenset(reader.call.world.port(ANALYSES).current())


def _bound(reader: Reader, url: str) -> list[tuple[Artefact, str, str]]:
    """Return the elements that are bound to a value set: structure, element, strength."""
    return [
        (each, str(element.get("id", element["path"])), str(element["binding"].get("strength", "")))
        for each in reader.shelf.of_type("StructureDefinition")
        for element in each.resource.get("differential", {}).get("element", ())
        if str(element.get("binding", {}).get("valueSet", "")).partition("|")[0] == url
    ]


def _operation(reader: Reader, found: Artefact) -> dict[str, Any]:
    resource = found.resource
    base, code = reader.call.world.fhir_base, resource.get("code", "")
    calls = [f"{base}/${code}"] if resource.get("system") else []
    for kind in resource.get("resource", ()):
        calls += [f"{base}/{kind}/${code}"] if resource.get("type") else []
        calls += [f"{base}/{kind}/ID/${code}"] if resource.get("instance") else []
    verb = "POST" if resource.get("affectsState", True) else "GET / POST"
    return {"calls": tuple(f"{verb} {each}" for each in calls)}


def _nothing(_reader: Reader, _found: Artefact) -> dict[str, Any]:
    return {}


_PAGES: Final[dict[str, tuple[str, Callable[[Reader, Artefact], dict[str, Any]]]]] = {
    "StructureDefinition": ("structure.html", _structure),
    "ValueSet": ("value_set.html", _value_set),
    "CodeSystem": ("code_system.html", _code_system),
    "ConceptMap": ("concept_map.html", _nothing),
    "OperationDefinition": ("operation.html", _operation),
    "SearchParameter": ("search_parameter.html", _nothing),
    "NamingSystem": ("naming_system.html", _nothing),
    "CapabilityStatement": ("capability.html", _nothing),
}
