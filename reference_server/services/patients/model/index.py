"""Source records, persons (golden records), domains and what happened; knows no table."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from reference_server.kernel.access import Caller
from reference_server.services.patients.model.traits import Identifier, Traits


class IdentityState(StrEnum):
    """How sure an identity is, in the words of identity vigilance (RNIV; *assumed* here).

    `provisional`: nobody looked at a paper and no register was asked. `retrieved`: the traits came
    from the national register. `validated`: a person of trust saw an identity document.
    `qualified`: both.
    """

    PROVISIONAL = "provisional"
    RETRIEVED = "retrieved"
    VALIDATED = "validated"
    QUALIFIED = "qualified"


class Standing(StrEnum):
    """Whether a record or a person still stands for itself."""

    ACTIVE = "active"
    MERGED = "merged"
    DEACTIVATED = "deactivated"


TRANSITIONS: Final[Mapping[Standing, frozenset[Standing]]] = MappingProxyType(
    {
        Standing.ACTIVE: frozenset({Standing.MERGED, Standing.DEACTIVATED}),
        Standing.MERGED: frozenset({Standing.ACTIVE}),
        Standing.DEACTIVATED: frozenset({Standing.ACTIVE}),
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Domain:
    """Where local numbers come from: `oid` is `urn:oid:…`, `organisation` its CNS provider code.

    `trust` is 0 to 100: of two sources that disagree the more trusted one is believed. An empty
    `organisation` is a national register.
    """

    oid: str
    name: str
    organisation: str
    trust: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceRecord:
    """What one domain says of one of its patients. `number` is the index's own for the record.

    `person` is the MPI identifier of the person it is linked to. `trust` is its domain's.
    `replaced_by` is the record that took its place in a merge inside the domain. Times are UTC,
    ISO 8601.
    """

    number: int
    domain: str
    local_id: str
    person: str
    traits: Traits
    trust: int
    state: IdentityState = IdentityState.PROVISIONAL
    standing: Standing = Standing.ACTIVE
    replaced_by: int | None = None
    revised_at: str = ""

    @property
    def local_identifier(self) -> Identifier:
        """The domain's own number of this patient."""
        return Identifier(system=self.domain, value=self.local_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A golden record: what is believed of one person, from all records linked to them.

    `mpi` has 10 digits. `traits.identifiers` hold every number that is this person's and nobody
    else's: local ones, matricule. A number claimed for two persons belongs to the better source's
    and is `contested` at the other. `replaced_by` is the person that took this one's place.
    `revision` and `touched_at` only go up, also when a merge is undone.
    """

    mpi: str
    traits: Traits
    state: IdentityState
    standing: Standing
    replaced_by: str | None
    contested: tuple[Identifier, ...]
    revision: int
    touched_at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """On whose behalf something is done: a subject, an organisation, a request or message id.

    `caller` is whom the audit trail names: who authenticated, or the system that sent a message;
    None for what the index does by itself.
    """

    subject: str
    organisation: str
    correlation: str
    caller: Caller | None = None


class EventKind(StrEnum):
    """What happened to identities; the history's words and the audit trail's."""

    CREATED = "created"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    LINKED = "linked"
    UNLINKED = "unlinked"
    MERGED = "merged"
    UNMERGED = "unmerged"
    RECORDS_MERGED = "records-merged"
    RECORDS_UNMERGED = "records-unmerged"
    RENAMED = "renamed"
    DEACTIVATED = "deactivated"
    REACTIVATED = "reactivated"
    DECIDED_DIFFERENT = "decided-different"
    DECISION_WITHDRAWN = "decision-withdrawn"
    DEFERRED = "deferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the history: who did what to whom, and why.

    `moved` are the records that changed person, `before` and `after` persons for links and merges,
    `detail` is what an update replaced: the former record, as JSON.
    """

    number: int
    at: str
    kind: EventKind
    subject: str
    organisation: str
    why: str
    persons: tuple[str, ...]
    records: tuple[int, ...] = ()
    before: str = ""
    after: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What a source sends of one of its patients: a feed message, whatever its protocol.

    `state` None: nothing was said about it. `old_local_id` is only for a change of number.
    """

    domain: str
    local_id: str
    traits: Traits
    state: IdentityState | None = None
