"""The patient index over HTTP: parse, ask, serialise; decides nothing."""

from dataclasses import replace
from typing import Final
from urllib.parse import parse_qsl, urlencode

import msgspec
from starlette.responses import Response

from reference_server.kernel.body import check_accept, read_json
from reference_server.kernel.errors import (
    MediaTypeUnsupported,
    ParameterMissing,
    ResourceTypeWrong,
    RoleNotAllowed,
)
from reference_server.kernel.interaction import Interaction
from reference_server.kernel.outcome import fhir_answer, fhir_refusal
from reference_server.kernel.route import Route, Router
from reference_server.kernel.terms import FHIR_OPERATION, FHIR_READ, JSON_MEDIA_TYPE
from reference_server.kernel.web.forms import URL_ENCODED
from reference_server.services.patients.errors import NotStanding, PersonUnknown, RecordUnknown
from reference_server.services.patients.errors.exchange import (
    SearchTooBroad,
    SourceNumberUnknown,
    SubscriptionsTooMany,
    SubscriptionUnknown,
    TargetDomainUnknown,
)
from reference_server.services.patients.fhir.answers import cross_referenced, flat, searchset
from reference_server.services.patients.fhir.matching import read_question, write_answer
from reference_server.services.patients.fhir.patient import write_person
from reference_server.services.patients.fhir.query import (
    PARAMETERS,
    Number,
    PixQuery,
    number,
    read_pix,
    read_pix_parameters,
    read_search,
)
from reference_server.services.patients.fhir.subscription import (
    Wish,
    read_subscription,
    write_subscription,
)
from reference_server.services.patients.operations import exchange, subscribe
from reference_server.services.patients.operations.ask import ask
from reference_server.world import Call, World

BODY_LIMIT: Final = 256 * 1024
_SMALL: Final = 16 * 1024
_SHOWN: Final = 64


async def _match(call: Call) -> Response:
    """Find who may be the patient described, with a score for each; nothing is created."""
    found = await ask(call, read_question(read_json(call)))
    answer = write_answer(found, base=call.world.fhir_base, bundle_id=call.world.ids.uuid())
    return fhir_answer(msgspec.json.encode(answer))


async def _search(call: Call) -> Response:
    """Find persons by what is believed of them (IHE PDQm ITI-78)."""
    check_accept(call.headers)
    return await _found(call, call.query)


async def _search_by_form(call: Call) -> Response:
    """Find persons by a form, so that no URL names anybody (IHE PDQm ITI-78)."""
    check_accept(call.headers)
    declared = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if declared != URL_ENCODED:
        raise MediaTypeUnsupported(media_type=declared[:_SHOWN])
    form = call.body.decode("utf-8", errors="replace")
    pairs = parse_qsl(form, keep_blank_values=True, max_num_fields=_SHOWN)
    return await _found(call, (*call.query, *pairs))


async def _found(call: Call, pairs: tuple[tuple[str, str], ...]) -> Response:
    asked = read_search(pairs)
    page = await exchange.find(call, asked)
    base = f"{call.world.fhir_base}/Patient"
    if call.asked_form:
        pairs = (*pairs, ("_format", call.asked_form))
    links = {"self": f"{base}?{urlencode(pairs)}"}
    following = asked.offset + asked.count
    if following < page.total:
        kept = [each for each in pairs if each[0] != "_offset"]
        links["next"] = f"{base}?{urlencode([*kept, ('_offset', str(following))])}"
    answer = searchset(
        page.persons,
        base=call.world.fhir_base,
        bundle_id=call.world.ids.uuid(),
        total=page.total,
        links=links,
        domains=page.domains,
    )
    return fhir_answer(msgspec.json.encode(answer))


async def _read(call: Call) -> Response:
    """Return one person by MPI identifier; one merged away says who took the place."""
    check_accept(call.headers)
    person = await exchange.read(call, call.path_values["id"])
    return fhir_answer(msgspec.json.encode(write_person(person)))


async def _pix(call: Call) -> Response:
    """Return the numbers of a person in other domains (IHE PIXm ITI-83)."""
    check_accept(call.headers)
    return await _cross_referenced(call, read_pix(call.query))


async def _pix_by_parameters(call: Call) -> Response:
    """Return the numbers of a person in other domains (IHE PIXm ITI-83), asked in a body."""
    return await _cross_referenced(call, read_pix_parameters(read_json(call)))


async def _cross_referenced(call: Call, asked: PixQuery) -> Response:
    person, numbers = await exchange.cross_reference(call, asked)
    names = exchange.names_of_domains(call)
    answer = cross_referenced(numbers, person=person.mpi, names=names)
    return fhir_answer(msgspec.json.encode(answer))


async def _tell(call: Call) -> Response:
    """Add, revise or merge a patient of one's own domain (IHE PIXm ITI-104)."""
    resource = read_json(call)
    if resource.get("resourceType") != "Patient":
        actual = str(resource.get("resourceType"))[:_SHOWN]
        raise ResourceTypeWrong(expected="Patient", actual=actual)
    person, is_new = exchange.tell(call, _numbered(call), resource)
    answer = fhir_answer(msgspec.json.encode(write_person(person)), status=201 if is_new else 200)
    answer.headers["Location"] = f"{call.world.fhir_base}/Patient/{person.mpi}"
    return answer


async def _remove(call: Call) -> Response:
    """Let a patient of one's own domain no longer stand (IHE PIXm ITI-104)."""
    exchange.remove(call, _numbered(call))
    return Response(status_code=204)


async def _subscribe(call: Call) -> Response:
    """Tell an organisation of changes to its patients from now on (IHE PMIR ITI-94)."""
    made = subscribe.subscribe(call, _wish(call))
    answer = fhir_answer(msgspec.json.encode(write_subscription(made)), status=201)
    answer.headers["Location"] = f"{call.world.fhir_base}/Subscription/{made.id}"
    return answer


async def _read_subscription(call: Call) -> Response:
    """Return a subscription of one's own organisation, with whether it is answered."""
    check_accept(call.headers)
    found = subscribe.read(call, call.path_values["id"])
    return fhir_answer(msgspec.json.encode(write_subscription(found)))


async def _change_subscription(call: Call) -> Response:
    """Switch a subscription off or on again, or change what it asks for (IHE PMIR ITI-94)."""
    identifier = call.path_values["id"]
    changed = subscribe.change(call, identifier, _wish(call, kept=identifier))
    return fhir_answer(msgspec.json.encode(write_subscription(changed)))


def _wish(call: Call, *, kept: str | None = None) -> Wish:
    resource = read_json(call)
    if resource.get("resourceType") != "Subscription":
        actual = str(resource.get("resourceType"))[:_SHOWN]
        raise ResourceTypeWrong(expected="Subscription", actual=actual)
    return read_subscription(resource, hosts=call.world.settings.notified_hosts, kept=kept)


async def _cancel_subscription(call: Call) -> Response:
    """Tell no longer (IHE PMIR ITI-94)."""
    subscribe.cancel(call, call.path_values["id"])
    return Response(status_code=204)


def _numbered(call: Call) -> Number:
    told = [value for name, value in call.query if name == "identifier"]
    if len(told) != 1 or len(call.query) != 1:
        raise ParameterMissing(name="identifier")
    return number(told[0])


async def _flat(call: Call) -> Response:
    """Answer by matricule, flat, as the agency's own clients ask: everything is in headers."""
    for name in ("matricule", "user", "location", "reqid"):
        if not call.headers.get(name):
            raise ParameterMissing(name=name)
    person = await exchange.by_matricule(call, call.headers["matricule"])
    answer = flat(person.traits, request_id=call.headers["reqid"][:_SHOWN])
    return Response(msgspec.json.encode(answer), media_type=JSON_MEDIA_TYPE)


_PIX: Final = FHIR_READ.refusing(RoleNotAllowed, SourceNumberUnknown, TargetDomainUnknown)
_MANY: Final = replace(FHIR_READ, query=(*PARAMETERS, "_count", "_offset", "_format")).refusing(
    RoleNotAllowed, SearchTooBroad
)

ROUTER: Router[World] = Router(
    prefix="/fhir",
    render=fhir_refusal,
    speaks_xml=True,
    terms=FHIR_READ,
    routes=(
        Route(
            method="POST",
            path="/Patient/$match",
            handler=_match,
            action="match-patient",
            body_limit=BODY_LIMIT,
            terms=FHIR_OPERATION.refusing(RoleNotAllowed),
        ),
        Route(
            method="GET",
            path="/Patient",
            handler=_search,
            action="search-patient",
            terms=_MANY,
        ),
        Route(
            method="POST",
            path="/Patient/_search",
            handler=_search_by_form,
            action="search-patient",
            interaction=Interaction.SEARCH,
            body_limit=_SMALL,
            terms=replace(_MANY, reads=(URL_ENCODED,)).refusing(MediaTypeUnsupported),
        ),
        Route(
            method="GET",
            path="/Patient/$ihe-pix",
            handler=_pix,
            action="cross-reference-patient",
            terms=replace(
                FHIR_READ, query=("sourceIdentifier", "targetSystem", "_format")
            ).refusing(RoleNotAllowed, SourceNumberUnknown, TargetDomainUnknown),
        ),
        Route(
            method="POST",
            path="/Patient/$ihe-pix",
            handler=_pix_by_parameters,
            action="cross-reference-patient",
            interaction=Interaction.SEARCH,
            body_limit=_SMALL,
            terms=FHIR_OPERATION.refusing(RoleNotAllowed, SourceNumberUnknown, TargetDomainUnknown),
        ),
        Route(
            method="GET",
            path="/Patient/{id}",
            handler=_read,
            action="read-patient",
            terms=FHIR_READ.refusing(RoleNotAllowed, PersonUnknown),
        ),
        Route(
            method="PUT",
            path="/Patient",
            handler=_tell,
            action="feed-patient",
            body_limit=BODY_LIMIT,
            terms=replace(FHIR_OPERATION, query=("identifier",)).refusing(
                RoleNotAllowed, RecordUnknown, NotStanding
            ),
        ),
        Route(
            method="DELETE",
            path="/Patient",
            handler=_remove,
            action="feed-patient",
            terms=replace(FHIR_READ, query=("identifier",), success=204).refusing(
                RoleNotAllowed, RecordUnknown, NotStanding
            ),
        ),
    ),
)

SUBSCRIPTIONS: Router[World] = Router(
    prefix="/fhir/Subscription",
    render=fhir_refusal,
    speaks_xml=True,
    terms=FHIR_READ,
    routes=(
        Route(
            method="POST",
            path="",
            handler=_subscribe,
            action="subscribe-patients",
            body_limit=_SMALL,
            terms=replace(FHIR_OPERATION, success=201).refusing(
                RoleNotAllowed, SubscriptionsTooMany
            ),
        ),
        Route(
            method="GET",
            path="/{id}",
            handler=_read_subscription,
            action="read-subscription",
            terms=FHIR_READ.refusing(RoleNotAllowed, SubscriptionUnknown),
        ),
        Route(
            method="PUT",
            path="/{id}",
            handler=_change_subscription,
            action="change-subscription",
            body_limit=_SMALL,
            terms=FHIR_OPERATION.refusing(RoleNotAllowed, SubscriptionUnknown),
        ),
        Route(
            method="DELETE",
            path="/{id}",
            handler=_cancel_subscription,
            action="cancel-subscription",
            terms=replace(FHIR_READ, success=204).refusing(RoleNotAllowed, SubscriptionUnknown),
        ),
    ),
)

BY_MATRICULE: Router[World] = Router(
    prefix="/mpi",
    render=fhir_refusal,
    terms=replace(FHIR_READ, writes=(JSON_MEDIA_TYPE,)),
    routes=(
        Route(
            method="POST",
            path="/by-matricule",
            handler=_flat,
            action="read-patient",
            interaction=Interaction.READ,
            body_limit=_SMALL,
            terms=replace(FHIR_READ, writes=(JSON_MEDIA_TYPE,)).refusing(
                RoleNotAllowed, SourceNumberUnknown
            ),
        ),
    ),
)
