"""Organisations are told of their patients until they took it: by A31 (ITI-10), or PMIR (ITI-93).

The history is the queue: how far somebody heard is kept, and goes on only after AA, or a status
2xx whose message tells of no error. What is sent again has the same MSH-10, or the same id of its
message.
"""

import asyncio
import logging
import ssl
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from typing import Final, TypeAlias
from urllib.parse import urlsplit
from uuid import NAMESPACE_URL, uuid5

import httpx
import msgspec

from reference_server.fhir.xml_writer import write_xml
from reference_server.hl7v2.er7 import Er7Fault, read, segment, write
from reference_server.hl7v2.frames import FrameFault
from reference_server.kernel.mllp import exchange
from reference_server.kernel.store import StoreError, Transaction
from reference_server.ports import AUDIT, AuditEntry, AuditOutcome
from reference_server.services.patients.fhir.feed import says_taken, write_feed
from reference_server.services.patients.fhir.subscription import XML
from reference_server.services.patients.mllp.pid import write_number
from reference_server.services.patients.model.index import Standing
from reference_server.services.patients.model.subscription import Channel, Subscriber
from reference_server.services.patients.model.traits import local_domain
from reference_server.services.patients.operations import look
from reference_server.services.patients.operations.changes import changes_for
from reference_server.services.patients.store.persons import get_person
from reference_server.services.patients.store.subscribers import (
    claim,
    due,
    events_after,
    keep_heard,
    last_event_number,
)
from reference_server.world import World

_log = logging.getLogger("reference_server")
_AT_ONCE: Final = 200
_PAUSE: Final = 1.0
_SECONDS: Final = 10.0
_CLAIMED: Final = timedelta(minutes=5)
_LONGEST_PAUSE: Final = timedelta(minutes=10)
_NAMELESS: Final = "~^^^^^^S"
_CHARSET: Final = "UNICODE UTF-8"
_LONGEST_ANSWER: Final = 64 * 1024
Way: TypeAlias = Callable[[], httpx.AsyncBaseTransport]


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A message about an event of the history, and whom it tells of; `id` is the message's own."""

    event: int
    id: str
    persons: tuple[str, ...]
    message: bytes


Sent: TypeAlias = tuple[Notice, bool]
"""What was sent, and whether it was taken."""


async def keep_telling(world: World) -> None:
    """Tell whoever subscribed, until cancelled."""
    while True:
        try:
            await tell_all(world)
        except StoreError:
            _log.warning("notifications wait: the store is busy")
        await asyncio.sleep(_PAUSE)


async def tell_all(
    world: World, *, way: Way = httpx.AsyncHTTPTransport, at: datetime | None = None
) -> None:
    """Tell every subscriber that may be told now, or `at` a time, what it has not heard.

    `way` makes the transport by which subscribers are reached over HTTP.
    """
    now = at or world.clock.wire_now()
    with world.store.read() as tx:
        waiting = due(tx, now.isoformat())
        last = last_event_number(tx)
    for each in waiting:
        if each.heard == last:
            continue
        with world.store.write() as tx:
            mine = claim(tx, each, (now + _CLAIMED).isoformat())
        if mine:
            after, sent = await _told(world, each, now, way)
            with world.store.write() as tx:
                keep_heard(tx, after)
                _audit(world, tx, each, sent)


async def _told(
    world: World, subscriber: Subscriber, now: datetime, way: Way
) -> tuple[Subscriber, list[Sent]]:
    """Send what a subscriber has not heard; return how far it came, and what was sent."""
    with world.store.read() as tx:
        last = last_event_number(tx)
        some = events_after(tx, subscriber.heard, _AT_ONCE)
        write_messages = _feeds if subscriber.channel is Channel.FHIR else _messages
        messages = tuple(write_messages(tx, world, subscriber, some))
    taken = partial(_posted, way) if subscriber.channel is Channel.FHIR else _taken
    sent: list[Sent] = []
    for notice in messages:
        number = notice.event
        sent.append((notice, await taken(subscriber, notice.message)))
        if not sent[-1][1]:
            failures = subscriber.failures + 1
            pause = min(timedelta(seconds=2**failures), _LONGEST_PAUSE)
            next_try = (now + pause).isoformat()
            heard = max(subscriber.heard, number - 1)
            waiting = replace(subscriber, heard=heard, failures=failures, next_try=next_try)
            return waiting, sent
        subscriber = replace(subscriber, heard=max(subscriber.heard, number - 1))
    heard = min(last, subscriber.heard + _AT_ONCE) if not some else some[-1][0]
    heard = max(subscriber.heard, heard)
    return replace(subscriber, heard=heard, failures=0, next_try=""), sent


def _audit(world: World, tx: Transaction, subscriber: Subscriber, sent: Sequence[Sent]) -> None:
    """Write down to whom which patients were told of: consultations are traced (RGD ARI 2019)."""
    for notice, taken in sent:
        entry = AuditEntry(
            action=f"tell-patients-{subscriber.channel}",
            outcome=AuditOutcome.SUCCESS if taken else AuditOutcome.FAILED,
            request_id=notice.id,
            entities=(
                *(f"Patient/{mpi}" for mpi in notice.persons),
                f"Organization/{subscriber.organisation}",
            ),
        )
        world.port(AUDIT).record(tx, entry)


def _messages(
    tx: Transaction,
    world: World,
    subscriber: Subscriber,
    some: tuple[tuple[int, str], ...],
) -> Iterator[Notice]:
    own = local_domain(subscriber.organisation)
    processing = "P" if world.name == "production" else "T"
    stamp = world.clock.wire_now().strftime("%Y%m%d%H%M%S+0000")
    for number, mpi in some:
        person = get_person(tx, mpi)
        if person is None or person.standing is not Standing.ACTIVE:
            continue
        numbers = look.cross_references(tx, person)
        if not any(one.system == own for one in numbers):
            continue
        told = segment("PID", "", "", "~".join(map(write_number, numbers)), "", _NAMELESS)
        control = f"N{number}-{mpi[-8:]}"
        head = (
            f"MSH|^~\\&|MPI|{world.name}|PIX|{subscriber.organisation}|{stamp}||ADT^A31^ADT_A05"
            f"|{control}|{processing}|2.5||||||{_CHARSET}"
        )
        message = write((head, f"EVN||{stamp}", told, "PV1|1|N"), _CHARSET)
        yield Notice(event=number, id=control, persons=(mpi,), message=message)


async def _taken(subscriber: Subscriber, message: bytes) -> bool:
    """Tell whether the subscriber acknowledged a message by AA."""
    where = urlsplit(subscriber.told)
    tls = ssl.create_default_context() if where.scheme == "mllps" else None
    try:
        answer = read(
            await exchange(message, host=str(where.hostname), port=int(where.port or 0), tls=tls)
        )
    except (OSError, TimeoutError, FrameFault, Er7Fault) as trouble:
        _log.warning("%s was not told: %s", subscriber.organisation, type(trouble).__name__)
        return False
    msa = answer.first("MSA")
    return msa is not None and msa.value(1) == "AA"


def _feeds(
    tx: Transaction,
    world: World,
    subscriber: Subscriber,
    some: Sequence[tuple[int, str]],
) -> Iterator[Notice]:
    """Give PMIR's messages, one for each event: who stays and who goes are told together."""
    for number, of_event in groupby(some, key=lambda each: each[0]):
        changes = changes_for(tx, subscriber, number, [mpi for _, mpi in of_event])
        if not changes:
            continue
        message_id = str(uuid5(NAMESPACE_URL, f"{world.fhir_base}/{subscriber.id}/{number}"))
        told = write_feed(
            changes, base=world.fhir_base, endpoint=subscriber.told, message_id=message_id
        )
        in_xml = subscriber.payload == XML
        yield Notice(
            event=number,
            id=message_id,
            persons=tuple(each.person.mpi for each in changes),
            message=write_xml(told) if in_xml else msgspec.json.encode(told),
        )


async def _posted(way: Way, subscriber: Subscriber, message: bytes) -> bool:
    """Tell whether whoever is at a subscription's endpoint took a message."""
    headers = {
        "Content-Type": f"{subscriber.payload}; charset=utf-8",
        "Accept": subscriber.payload,
        "Accept-Encoding": "identity",
    }
    try:
        async with (
            httpx.AsyncClient(transport=way(), timeout=_SECONDS, follow_redirects=False) as client,
            client.stream("POST", subscriber.told, content=message, headers=headers) as answer,
        ):
            return answer.is_success and says_taken(
                await _beginning(answer), media_type=answer.headers.get("content-type", "")
            )
    except (httpx.HTTPError, httpx.InvalidURL) as trouble:
        _log.warning("%s was not told: %s", subscriber.organisation, type(trouble).__name__)
        return False


async def _beginning(answer: httpx.Response) -> bytes:
    """Return an answer as far as one is read."""
    read_so_far = b""
    async for chunk in answer.aiter_raw():  # as it came: nothing swells while it is read
        read_so_far += chunk
        if len(read_so_far) > _LONGEST_ANSWER:
            break
    return read_so_far[:_LONGEST_ANSWER]
