"""ITI-20 by syslog over TLS: what software sends is kept, and only of the known."""

import asyncio
import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from reference_server.app import WorldRegistry
from reference_server.app.feeds import Feed, write_trust
from reference_server.app.serving import bind
from reference_server.ports import CERTIFICATES, AuditOutcome, CertificateOrder, StoredEntry
from reference_server.services.audit.syslog.dicom import AuditMessageError, read_audit_message
from reference_server.services.audit.syslog.frames import MessageError, read_message
from reference_server.world import World
from reference_server.world.authority import server_identity
from tests.reference_server.standing import trail_of

ANNA = "1984031790315"
Json = dict[str, Any]
MESSAGE = f"""<?xml version="1.0" encoding="UTF-8"?>
<AuditMessage>
 <EventIdentification EventActionCode="E" EventDateTime="2026-11-29T12:21:00.123+01:00"
   EventOutcomeIndicator="0">
  <EventID csd-code="110112" codeSystemName="DCM" originalText="Query"/>
  <EventTypeCode csd-code="ITI-18" codeSystemName="IHE Transactions" originalText="Query"/>
  <PurposeOfUse csd-code="TREAT" codeSystemName="2.16.840.1.113883.5.8" originalText="Treatment"/>
 </EventIdentification>
 <ActiveParticipant UserID="labo-nord" AlternativeUserID="4711" UserIsRequestor="true"
   NetworkAccessPointTypeCode="2" NetworkAccessPointID="127.0.0.1">
  <RoleIDCode csd-code="110153" codeSystemName="DCM" originalText="Source"/>
 </ActiveParticipant>
 <ActiveParticipant UserID="https://archive.example" UserIsRequestor="false">
  <RoleIDCode csd-code="110152" codeSystemName="DCM" originalText="Destination"/>
 </ActiveParticipant>
 <AuditSourceIdentification AuditSourceID="labo-nord" AuditEnterpriseSiteID="nord">
  <AuditSourceTypeCode csd-code="4"/>
 </AuditSourceIdentification>
 <ParticipantObjectIdentification ParticipantObjectID="{ANNA}^^^&amp;1.3.182.4.4&amp;ISO"
   ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1">
  <ParticipantObjectIDTypeCode csd-code="2" codeSystemName="RFC-3881" originalText="Patient"/>
 </ParticipantObjectIdentification>
 <ParticipantObjectIdentification ParticipantObjectID="urn:uuid:1" ParticipantObjectTypeCode="2"
   ParticipantObjectTypeCodeRole="24">
  <ParticipantObjectIDTypeCode csd-code="ITI-18" codeSystemName="IHE Transactions"/>
  <ParticipantObjectQuery>PHF1ZXJ5Lz4=</ParticipantObjectQuery>
  <ParticipantObjectDetail type="QueryEncoding" value="VVRGLTg="/>
 </ParticipantObjectIdentification>
</AuditMessage>"""


def framed(
    content: str = MESSAGE, header: str = "<85>1 2026-11-29T12:21:00Z nord app 1 IHE+RFC-3881 -"
) -> bytes:
    message = f"{header} \ufeff{content}".encode()
    return f"{len(message)} ".encode() + message


class Peer:
    """A software that sends audit messages."""

    def __init__(self, world: World, port: int, folder: Path) -> None:
        self.world, self.port, self.folder = world, port, folder

    def context(self, **changed: Any) -> ssl.SSLContext:  # noqa: ANN401 - any part of an order
        order = {"family": "server", "common_name": "labo-nord", "names": ("nord.localhost",)}
        issued = self.world.port(CERTIFICATES).issue_as_ordered(
            CertificateOrder(**(order | changed))
        )
        self.serial = issued.serial
        chain, key = self.folder / "chain.pem", self.folder / "key.pem"
        chain.write_bytes(issued.chain)
        key.write_bytes(issued.key)
        context = ssl.create_default_context(cafile=self.folder / "ca.pem")
        context.load_cert_chain(chain, key)
        return context

    @contextmanager
    def connected(self, context: ssl.SSLContext | None = None) -> Iterator[ssl.SSLSocket]:
        raw = socket.create_connection(("127.0.0.1", self.port), timeout=30)
        with (context or self.context()).wrap_socket(raw, server_hostname="localhost") as tls:
            yield tls

    def kept(self, count: int) -> tuple[StoredEntry, ...]:
        """Wait until so many events are in the trail."""
        until(lambda: len(trail_of(self.world)) >= count)
        return trail_of(self.world)


def is_over(tls: ssl.SSLSocket) -> bool:
    """Tell whether the other side ends the connection without a byte."""
    try:
        return tls.recv(1) == b""
    except (ConnectionError, ssl.SSLError):
        return True


def until(holds: Callable[[], bool]) -> None:
    over = threading.Event()
    for _ in range(3000):
        if holds():
            return
        over.wait(0.01)
    raise AssertionError("it did not come to that")


@pytest.fixture
def peer(tmp_path: Path) -> Iterator[Peer]:
    registry = WorldRegistry(origin="https://127.0.0.1:8443")
    world = registry.open("s-feed")
    identity = server_identity(tmp_path, now=datetime.now(UTC))
    with bind("127.0.0.1", 0) as bound:
        feed = Feed(
            world="s-feed", bound=bound, identity=identity, authorities=tmp_path / "trust.pem"
        )
        write_trust((feed,), registry)
        started, over = threading.Event(), threading.Event()

        async def serve() -> None:
            async with feed.listener(registry).running():
                started.set()
                await asyncio.to_thread(over.wait)

        thread = threading.Thread(target=lambda: asyncio.run(serve()))
        thread.start()
        assert started.wait(60)
        yield Peer(world, bound.getsockname()[1], tmp_path)
        over.set()
        thread.join(60)
    registry.close_all()


def test_messages_of_one_connection_are_kept_however_they_are_cut(peer: Peer) -> None:
    with peer.connected() as tls:
        raw = framed() * 3
        tls.sendall(raw[:5])
        tls.sendall(raw[5:2000])
        tls.sendall(raw[2000:])
        kept = peer.kept(3)
    event = json.loads(kept[0].event)
    assert event["recorded"] == "2026-11-29T12:21:00.123+01:00"
    assert event["type"]["code"] == "110112"
    assert event["subtype"][0] == {
        "system": "urn:ihe:event-type-code",
        "code": "ITI-18",
        "display": "Query",
    }
    assert event["purposeOfEvent"][0]["coding"][0]["code"] == "TREAT"
    assert [each["who"]["identifier"]["value"] for each in event["agent"]] == [
        "labo-nord",
        "https://archive.example",
    ]
    assert event["entity"][0]["what"]["identifier"]["value"] == ANNA
    assert event["entity"][1]["query"] == "PHF1ZXJ5Lz4="
    caller = kept[0].entry.caller
    assert caller is not None
    assert caller.client_id == "labo-nord"
    with peer.world.store.read() as tx:
        assert tx.execute("SELECT patient FROM audit_search").fetchone()["patient"] == ANNA


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (framed("no xml"), "audit-message-unreadable"),
        (framed("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), "audit-message-unreadable"),
        (framed(header="<999>1 - a b c d -"), "audit-message-unreadable"),
        (
            framed(MESSAGE.replace("2026-11-29T12:21:00.123+01:00", "today")),
            "audit-event-incomplete",
        ),
    ],
)
def test_what_cannot_be_read_is_told_and_the_next_message_counts(
    peer: Peer, raw: bytes, code: str
) -> None:
    with peer.connected() as tls:
        tls.sendall(raw + framed())
        refused, kept = peer.kept(2)
    assert (refused.entry.outcome, refused.entry.refusal) == (AuditOutcome.REFUSED, code)
    assert kept.entry.outcome is AuditOutcome.SUCCESS


@pytest.mark.parametrize("raw", [b"<85>1 - no frame at all", b"99999999 x", b"0 x", b"12x34 "])
def test_a_broken_frame_ends_the_connection(peer: Peer, raw: bytes) -> None:
    with peer.connected() as tls:
        tls.sendall(raw)
        assert is_over(tls)
        (refused,) = peer.kept(1)
    assert refused.entry.refusal == "audit-message-unreadable"


def test_nobody_writes_without_a_certificate_of_this_authority(peer: Peer) -> None:
    nobody = ssl.create_default_context(cafile=peer.folder / "ca.pem")
    for context in (nobody, peer.context(self_signed=True)):
        with (
            suppress(ConnectionError, ssl.SSLError),
            peer.connected(context) as tls,
        ):
            tls.sendall(framed())
            assert is_over(tls)
    assert trail_of(peer.world) == ()


def test_a_certificate_that_is_revoked_meanwhile_writes_nothing_more(peer: Peer) -> None:
    with peer.connected() as tls:
        tls.sendall(framed())
        peer.kept(1)
        peer.world.port(CERTIFICATES).revoke(peer.serial, reason="keyCompromise")
        tls.sendall(framed())
        _, refused = peer.kept(2)
    assert refused.entry.refusal == "client-certificate-revoked"


@pytest.mark.parametrize(
    "header",
    [
        "<85>1 2026-11-29T12:21:00.123456+01:00 host app proc id -",
        '<0>1 - - - - - [a@1 b="c\\"\\]" d=""][e]',
    ],
)
def test_a_header_is_read_as_rfc_5424_has_it(header: str) -> None:
    assert read_message(f"{header} <a/>".encode()).content == b"<a/>"


@pytest.mark.parametrize("header", ["", "85>1 - - - - - -", "<85>2 - - - - - -", "<85>1 - - - -"])
def test_another_header_is_refused(header: str) -> None:
    with pytest.raises(MessageError):
        read_message(header.encode())


@pytest.mark.parametrize(
    "taken", ["EventDateTime", "EventOutcomeIndicator", "UserID", "AuditSourceID", "csd-code"]
)
def test_an_audit_message_that_lacks_what_it_must_have_is_refused(taken: str) -> None:
    with pytest.raises(AuditMessageError):
        read_audit_message(MESSAGE.replace(f"{taken}=", "x=").encode())
