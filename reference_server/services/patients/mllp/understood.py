"""What messages say, understood before anything is done: header, sender, digest, submission.

Each step is taken for all messages before the next one: a step that is taken many times in a row
costs a fourth less than one taken between others, as the processor has it at hand.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from reference_server.hl7v2.er7 import Message
from reference_server.kernel.access import Caller
from reference_server.kernel.client_certificate import ClientCertificate
from reference_server.kernel.mllp import Received
from reference_server.kernel.store import Transaction
from reference_server.services.patients.mllp import answers
from reference_server.services.patients.mllp.answers import Reply
from reference_server.services.patients.mllp.feed import submission_of
from reference_server.services.patients.mllp.header import (
    Header,
    check_header,
    parse,
    sender_domain,
)
from reference_server.services.patients.mllp.tables import Act
from reference_server.services.patients.model.index import Domain, Submission
from reference_server.services.patients.operations import feed
from reference_server.services.patients.rules.matching.features import features
from reference_server.services.patients.rules.matching.keys import kept_keys
from reference_server.world import World

_LONGEST_SUBJECT: Final = 120
_ASKING: Final = frozenset({Act.CROSS_REFERENCE, Act.DEMOGRAPHICS, Act.CANCEL})
Sender = tuple[str, ClientCertificate | None]
"""MSH-4, and the certificate that was shown."""


@dataclass(slots=True, kw_only=True)
class Understood:
    """A message whose header was understood; `reply` is to it.

    `domain` is the sender's. Of a message of a feed `digest` tells it from others of its control
    id, and `acknowledgement` is what is said once it is done; `submission` is what it tells of a
    patient, where it does.
    """

    message: Message
    header: Header
    reply: Reply
    domain: Domain
    digest: str = ""
    acknowledgement: bytes = b""
    submission: Submission | None = None

    @property
    def act(self) -> Act:
        return self.header.trigger.act


def understand(
    tx: Transaction, world: World, told: Sequence[tuple[Received, Reply]]
) -> list[Understood]:
    """Return what messages say, in order; their replies learn it, too.

    Raises the refusals of headers, senders and submissions, of one message that deserves one.
    """
    read = [_read(world, *each) for each in told]
    senders: dict[Sender, Domain] = {}
    known = [
        _known(tx, header, reply, certificate, senders=senders)
        for header, reply, certificate in read
    ]
    feeds = [each for each in known if each.act not in _ASKING]
    for each in feeds:
        each.digest = _digest(each.message)
        each.acknowledgement = answers.acknowledge(each.reply)
    for each in feeds:
        if each.act is Act.REGISTER:
            each.submission = submission_of(tx, each.message, each.domain)
    submissions = [each.submission for each in feeds if each.submission is not None]
    feed.check(world, submissions)
    found = [features(each.traits) for each in submissions]
    for one in found:
        kept_keys(one)  # remembered, as the features are, until somebody asks for them
    return known


def _read(
    world: World, received: Received, reply: Reply
) -> tuple[Header, Reply, ClientCertificate | None]:
    reply.message = parse(received.message)
    certificate = world.admit(received.certificate, to_all=False)
    header = check_header(reply.message, world=world.name)
    reply.act = header.trigger.act
    return header, reply, certificate


def _known(
    tx: Transaction,
    header: Header,
    reply: Reply,
    certificate: ClientCertificate | None,
    *,
    senders: dict[Sender, Domain],
) -> Understood:
    """Return a message with its sender's domain; those of `senders` were found before."""
    assert reply.message is not None  # noqa: S101 - it was read
    sender = (reply.message.header.field(4), certificate)
    domain = senders.get(sender)
    if domain is None:
        domain = senders[sender] = sender_domain(tx, reply.message, certificate)
    reply.caller = _caller(header, domain)
    return Understood(message=reply.message, header=header, reply=reply, domain=domain)


def _caller(header: Header, domain: Domain) -> Caller:
    """Return whom history and audit trail name: the sending application of an organisation."""
    subject = f"hl7:{header.sender}"[:_LONGEST_SUBJECT]
    return Caller(
        subject=subject,
        client_id=subject,
        role="system",
        organization=domain.organisation,
        ehealth_id=None,
        profession=None,
        scopes=frozenset(),
        token_id="",
        correlation=header.control_id,
    )


def _digest(message: Message) -> str:
    """Return what makes a message the same one again: everything but when it was written."""
    fields = message.header.text.split(message.delimiters.field)
    fields[6] = ""
    rest = (each.text for each in message.segments[1:])
    return hashlib.sha256("\r".join(("|".join(fields), *rest)).encode()).hexdigest()
