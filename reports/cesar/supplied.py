"""Answers that a supplier gives for its customers, signed: read, verified, taken over; pure.

A practice cannot know how its software is updated or backed up: its supplier can, and answers once
for all customers. What a practice says itself always counts instead.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from typing import Annotated, Final, Literal

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet
from pydantic import Field, ValidationError

from reports.cesar.questions import LADDER, Instrument, Question, QuestionId
from reports.cesar.replies import Evidence, Replies, Reply, Supplied
from reports.cesar.versions import carried, load_versions
from scenarios.model import Declared

ALGORITHM: Final = "ES256"
TYPE: Final = "equalis-supplier+jws"
LARGEST: Final = 256 * 1024
_WORD: Final = Field(min_length=1, max_length=120)


class SupplierError(ValueError):
    """A signed set cannot be used: `reason` is a message id."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class SuppliedAnswer(Declared):
    """Owns one answer: the level, and the grade of its evidence.

    A supplier declares (C) or shows a document (B); verified (A) is the lab's word alone.
    """

    level: Annotated[int, Field(ge=0, lt=LADDER)]
    evidence: Evidence = "C"


class AnswerSet(Declared):
    """Owns what one supplier answers for one product, to one version of the questions."""

    format: Literal["equalis-supplier-answers/1"] = "equalis-supplier-answers/1"
    supplier: Annotated[str, _WORD]
    product: Annotated[str, _WORD]
    issued: dt.date
    expires: dt.date
    version: str
    answers: Annotated[Mapping[QuestionId, SuppliedAnswer], Field(min_length=1)]

    @property
    def id(self) -> str:
        """The same for the same set."""
        return hashlib.sha256(self.model_dump_json().encode()).hexdigest()[:16]


def signed(answers: AnswerSet, key: ECKey) -> str:
    """Return a set as it is published: a compact JWS under the supplier's key."""
    header = {"alg": ALGORITHM, "typ": TYPE, "kid": key.thumbprint()}
    return jws.serialize_compact(header, answers.model_dump_json().encode(), key)


def verified(text: str, trusted: Mapping[str, object], *, today: dt.date) -> AnswerSet:
    """Return the set of a published text; raises SupplierError.

    `trusted` is a JWK set whose keys also say whose they are (`supplier`), or that they are the
    lab's (`lab`), which may grade evidence A and speak for anybody.
    """
    if len(text) > LARGEST:
        raise SupplierError("cesar.supplier.large")
    own, payload = _payload(text, trusted)
    try:
        found = AnswerSet.model_validate_json(payload)
    except ValidationError:
        raise SupplierError("cesar.supplier.unreadable") from None
    is_lab = own.get("lab") is True
    if not is_lab and own.get("supplier") != found.supplier:
        raise SupplierError("cesar.supplier.another")
    if not is_lab and any(one.evidence == "A" for one in found.answers.values()):
        raise SupplierError("cesar.supplier.grade")
    if not found.issued <= today <= found.expires:
        raise SupplierError("cesar.supplier.expired")
    return found


def fitting(
    sets: Iterable[AnswerSet], asked: Iterable[Question], instrument: Instrument
) -> tuple[tuple[AnswerSet, int], ...]:
    """Return the sets that answer something of what is asked, with how much.

    Of a set for earlier questions stays what says the same today.
    """
    ids = {one.id for one in asked}
    today = (_today(one, instrument) for one in sets)
    some = ((one, len(ids & set(one.answers))) for one in today if one is not None)
    return tuple((one, count) for one, count in some if count)


def _today(one: AnswerSet, instrument: Instrument) -> AnswerSet | None:
    """Return a set as answers to today's questions; None where its version is unknown."""
    if one.version == instrument.version:
        return one
    answers = {name: Reply(level=given.level) for name, given in one.answers.items()}
    found = carried(one.version, answers, instrument, load_versions(instrument.name))
    if found is None:
        return None
    kept = {name: one.answers[name] for name in found.kept}
    return one.model_copy(update={"version": instrument.version, "answers": kept})


def taken(replies: Replies, chosen: Collection[AnswerSet], asked: Iterable[Question]) -> Replies:
    """Return the answers with those of the sets chosen, and without those of others.

    What a practice answered itself stays. Of two suppliers the lower level counts: a chain is as
    strong as its weakest link.
    """
    own = {name: one for name, one in replies.replies.items() if one.supplied is None}
    found: dict[str, Reply] = {}
    ids = {one.id for one in asked}
    for one in chosen:
        for name, answer in one.answers.items():
            before = found.get(name)
            lower = before is None or before.level is None or answer.level < before.level
            if name in ids and name not in own and lower:
                found[name] = _reply(one, answer)
    return replies.model_copy(update={"replies": {**own, **found}})


def _reply(one: AnswerSet, answer: SuppliedAnswer) -> Reply:
    return Reply(
        level=answer.level,
        evidence=answer.evidence,
        answered=one.issued.isoformat(),
        supplied=Supplied(supplier=one.supplier, product=one.product),
    )


def _payload(text: str, trusted: Mapping[str, object]) -> tuple[Mapping[str, object], bytes]:
    """Return the key that signed, as the trusted set describes it, and what it signed."""
    try:
        keys = KeySet.import_key_set(json.loads(json.dumps(trusted)))
        read = jws.deserialize_compact(text.strip(), keys, algorithms=[ALGORITHM])
    except (JoseError, ValueError, KeyError, TypeError):
        raise SupplierError("cesar.supplier.unsigned") from None
    if read.headers().get("typ") != TYPE:
        raise SupplierError("cesar.supplier.unsigned")
    kid = read.headers().get("kid")
    own = next((one for one in keys if one.thumbprint() == kid), None)
    if own is None:
        raise SupplierError("cesar.supplier.unsigned")
    return own.as_dict(private=False), read.payload
