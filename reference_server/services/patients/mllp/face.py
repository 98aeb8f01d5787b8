"""The index as a respondent of MLLP: many messages in one transaction, each of them all or nothing.

One commit makes all of them durable before any acknowledgement leaves. Most batches hold nothing
that is refused and are done straight; where one message is, everything is undone and done again
with a savepoint for each, so that what is refused is undone alone. (A savepoint copies every page
that a message touches: a third of what a message costs.)
"""

import logging
import traceback
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final

from reference_server.hl7v2.frames import Trouble
from reference_server.kernel.errors import Busy, Internal, Refusal, ServerRefusal
from reference_server.kernel.gathered import gathered
from reference_server.kernel.mllp import Received
from reference_server.kernel.store import StoreError, Transaction
from reference_server.national.strangers import masked
from reference_server.ports import AUDIT, AuditEntry, AuditOutcome
from reference_server.services.patients.errors.messages import MessageControlIdUsed, MessageFrame
from reference_server.services.patients.mllp import answers
from reference_server.services.patients.mllp.answers import Reply
from reference_server.services.patients.mllp.feed import perform
from reference_server.services.patients.mllp.header import Header, parse
from reference_server.services.patients.mllp.query import (
    cross_reference,
    demographics,
    question_of,
)
from reference_server.services.patients.mllp.tables import REMEMBERED, Act
from reference_server.services.patients.mllp.understood import Understood, understand
from reference_server.services.patients.model.index import Actor, Domain, Person
from reference_server.services.patients.operations.search import complete_words
from reference_server.services.patients.operations.tracing import by_owner
from reference_server.services.patients.operations.writing import Writing
from reference_server.services.patients.store.messages import (
    Asking,
    Done,
    done_before,
    drop_rests,
    forget_before,
    keep_done,
)
from reference_server.text import Catalogue
from reference_server.world import World

_log = logging.getLogger("reference_server")
_CONTINUED: Final = timedelta(hours=1)
_QUERIES: Final = frozenset({Act.CROSS_REFERENCE, Act.DEMOGRAPHICS})


class Face:
    """Answers messages in one World; `catalogue` has the sentences of its refusals."""

    def __init__(self, world: World, catalogue: Catalogue) -> None:
        self._world = world
        self._catalogue = catalogue
        now = world.clock.wire_now()
        complete_words(world)
        with world.store.write() as tx:
            before = (now - REMEMBERED).isoformat()
            forget_before(tx, before, continuations=(now - _CONTINUED).isoformat())

    def answer(self, received: Sequence[Received]) -> list[bytes]:
        """Return an answer to each message, in order; what was done is durable when it returns."""
        try:
            return self._straight(received) or self._guarded(received)
        except StoreError:
            return [self._refused(each.message, Busy(seconds=1)) for each in received]

    def refuse(self, trouble: Trouble) -> bytes:
        """Return AR to a peer that does not speak MLLP."""
        return answers.refuse(self._reply(), MessageFrame(trouble=trouble.value))

    def _straight(self, received: Sequence[Received]) -> list[bytes] | None:
        """Answer all in one transaction; None, and nothing done, where one is refused."""
        try:
            with self._world.store.write() as beneath, gathered(beneath) as tx:
                told = [(each, self._reply(each.message)) for each in received]
                return [self._answered(tx, each) for each in understand(tx, self._world, told)]
        except StoreError:
            raise
        except Exception:  # noqa: BLE001 - whatever it is, `_guarded` meets it again and answers it
            return None

    def _guarded(self, received: Sequence[Received]) -> list[bytes]:
        with self._world.store.write() as tx:
            return [self._one(tx, each) for each in received]

    def _one(self, tx: Transaction, received: Received) -> bytes:
        tx.execute("SAVEPOINT message")
        reply = self._reply(received.message)
        try:
            (understood,) = understand(tx, self._world, [(received, reply)])
            told = self._answered(tx, understood)
        except StoreError:
            raise
        except Refusal as refusal:
            told = self._undone(tx, received, reply, refusal)
        except Exception:  # noqa: BLE001 - whatever one message does, the others are answered
            _log.error("message %s failed\n%s", reply.control_id, masked(traceback.format_exc()))
            told = self._undone(tx, received, reply, Internal())
        tx.execute("RELEASE SAVEPOINT message")
        return told

    def _answered(self, tx: Transaction, told: Understood) -> bytes:
        if told.act in _QUERIES or told.act is Act.CANCEL:
            return self._asked(tx, told.header, told.domain, told.reply)
        return self._told(tx, told)

    def _told(self, tx: Transaction, told: Understood) -> bytes:
        """Do a message of a feed once, and remember what was answered."""
        sender = f"{told.domain.organisation}|{told.message.header.field(3)}"
        control_id = told.header.control_id
        before = done_before(tx, sender, control_id)
        if before is not None:
            if before.digest != told.digest:
                raise MessageControlIdUsed(control=control_id)
            return before.answer
        assert told.reply.caller is not None  # noqa: S101 - it was understood whose message it is
        actor = Actor(
            subject=told.reply.caller.subject,
            organisation=told.domain.organisation,
            correlation=control_id,
            caller=told.reply.caller,
        )
        writing = Writing(world=self._world, tx=tx, actor=actor, why=told.header.trigger.event)
        perform(writing, told.message, told.domain, told.act, submission=told.submission)
        done = Done(digest=told.digest, answer=told.acknowledgement)
        keep_done(tx, sender, control_id, done, at=told.reply.now.isoformat())
        return told.acknowledgement

    def _asked(self, tx: Transaction, header: Header, domain: Domain, reply: Reply) -> bytes:
        """Answer a query; who was found is in the audit trail before the answer leaves."""
        assert reply.message is not None  # noqa: S101 - it was parsed
        act = header.trigger.act
        if act is Act.CANCEL:
            qid = reply.message.first("QID")
            drop_rests(tx, domain.organisation, "" if qid is None else qid.value(1))
            return answers.acknowledge(reply)
        if act is Act.CROSS_REFERENCE:
            answer, found = cross_reference(tx, reply.message, domain, reply)
        else:
            tag, question = question_of(reply.message)
            asking = Asking(sender=domain.organisation, tag=tag, question=question)
            answer, found = demographics(tx, reply.message, domain, reply, asking=asking)
        self._audit(tx, reply, AuditOutcome.SUCCESS, found=found)
        return answer

    def _undone(self, tx: Transaction, received: Received, reply: Reply, refusal: Refusal) -> bytes:
        tx.execute("ROLLBACK TO SAVEPOINT message")
        failed = isinstance(refusal, ServerRefusal)
        outcome = AuditOutcome.FAILED if failed else AuditOutcome.REFUSED
        self._audit(tx, reply, outcome, refusal=refusal.code, address=received.address)
        if reply.act in _QUERIES:
            return answers.respond_no(reply, refusal)
        return answers.refuse(reply, refusal)

    def _refused(self, raw: bytes, refusal: Refusal) -> bytes:
        reply = self._reply(raw)
        try:
            reply.message = parse(raw)
        except Refusal as unreadable:
            return answers.refuse(reply, unreadable)
        return answers.refuse(reply, refusal)

    def _audit(
        self,
        tx: Transaction,
        reply: Reply,
        outcome: AuditOutcome,
        *,
        found: Sequence[Person] = (),
        refusal: str | None = None,
        address: str | None = None,
    ) -> None:
        header = None if reply.message is None else reply.message.header
        event = "message" if reply.act is None else reply.act.value
        control = "-" if header is None else header.value(10)
        entry = AuditEntry(
            action=f"hl7-{event}",
            outcome=outcome,
            request_id=self._world.masked(control)[:64] or "-",
            refusal=refusal,
            caller=reply.caller,
            address=address,
        )
        for patient, about in by_owner(found).items() or ((None, ()),):
            told = replace(entry, patient=patient, entities=tuple(about))
            self._world.port(AUDIT).record(tx, told)

    def _reply(self, raw: bytes = b"") -> Reply:
        return Reply(
            message=None,
            now=self._world.clock.wire_now(),
            control_id=self._world.ids.uuid().replace("-", "")[:20],
            world=self._world.name,
            catalogue=self._catalogue,
            raw=raw,
        )
