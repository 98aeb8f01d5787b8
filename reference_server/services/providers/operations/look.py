"""Reading, searching (ITI-90) and following (ITI-91) the directory; consultations are traced."""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from reference_server.services.providers.errors import EntryGone, EntryNotFound
from reference_server.services.providers.fhir import bundle
from reference_server.services.providers.fhir.bundle import Page
from reference_server.services.providers.model import DirectoryQuery
from reference_server.services.providers.store import resources
from reference_server.services.providers.store.directory import fill
from reference_server.services.providers.store.search import included, search
from reference_server.world import Call, authorise, record


@dataclass(frozen=True, slots=True, kw_only=True)
class Following:
    """Which changes are asked for: of one resource or a whole type, since when, and which page."""

    own: str | None = None
    since: str | None = None
    count: int = 100
    offset: int = 0


def read(call: Call, kind: str, own: str) -> bytes:
    """Return a resource; raises EntryNotFound, EntryGone."""
    # AUTHORISE
    authorise(call)
    with call.world.store.write() as tx:
        # LOAD
        fill(call.world, tx)
        found = resources.read(tx, kind, own)
        # CHECK
        if found is None:
            raise EntryNotFound(name=kind)
        if found.method == "DELETE":
            raise EntryGone(name=kind)
        # RECORD
        call.deed.entities.append(f"{kind}/{own}")
        record(call, tx)
    return found.content


def find(call: Call, read_wanted: Callable[[], DirectoryQuery]) -> bytes:
    """Return one page of what fits, and what was asked to come along."""
    # AUTHORISE
    authorise(call)
    asked = read_wanted()
    with call.world.store.write() as tx:
        # LOAD
        fill(call.world, tx)
        total, found = search(tx, asked)
        along = included(tx, asked.inclusions, found)
        # RECORD
        record(call, tx)
    page = Page(
        found=found,
        along=along,
        total=total,
        self_url=_url(call, asked.type, call.query),
        next_url=_next(call, asked.type, count=asked.count, offset=asked.offset, total=total),
    )
    return bundle.searchset(page, fhir_base=call.world.fhir_base)


def follow(call: Call, kind: str, read_wanted: Callable[[], Following]) -> bytes:
    """Return one page of the changes of a type, or of one resource, the latest first."""
    # AUTHORISE
    authorise(call)
    asked = read_wanted()
    with call.world.store.write() as tx:
        # LOAD
        fill(call.world, tx)
        total, found = resources.history(
            tx, kind, since=asked.since, own=asked.own, count=asked.count, offset=asked.offset
        )
        # CHECK
        if asked.own is not None and not total and asked.since is None:
            raise EntryNotFound(name=kind)
        # RECORD
        record(call, tx)
    where = f"{kind}/_history" if asked.own is None else f"{kind}/{asked.own}/_history"
    page = Page(
        found=found,
        total=total,
        self_url=_url(call, where, call.query),
        next_url=_next(call, where, count=asked.count, offset=asked.offset, total=total),
    )
    return bundle.history(page, fhir_base=call.world.fhir_base)


def _next(call: Call, where: str, *, count: int, offset: int, total: int) -> str | None:
    following = offset + count
    if count == 0 or following >= total:
        return None
    query = tuple(pair for pair in call.query if pair[0] != "_offset")
    return _url(call, where, (*query, ("_offset", str(following))))


def _url(call: Call, where: str, query: tuple[tuple[str, str], ...]) -> str:
    base = f"{call.world.fhir_base}/{where}"
    return call.world.masked(f"{base}?{urlencode(query)}") if query else base
