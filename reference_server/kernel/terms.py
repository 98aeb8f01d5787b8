"""What is told of an operation: media types, statuses, who may call; decides nothing itself.

A route's handler is what answers. Terms say beforehand what it reads and writes, for OpenAPI.
"""

from dataclasses import dataclass, replace
from typing import Self

from reference_server.kernel.errors import (
    BodyNotJson,
    BodyTooLarge,
    Busy,
    Internal,
    MediaTypeUnsupported,
    NotAcceptable,
    OperationUnknown,
    Refusal,
    Refusals,
    RequestTimeout,
    ScopeInsufficient,
    TokenMissing,
)

FHIR_MEDIA_TYPE = "application/fhir+json"
JSON_MEDIA_TYPE = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an operation reads, writes and refuses.

    `reads`, `writes` and `says_no` are the media types of its body, of its answer and of its
    refusals; `query` are the names of its query parameters. `success` is the status of its answer,
    `refusals` are those of its refusals; `needs_token`: nothing without an access token.
    """

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    says_no: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    success: int = 200
    # What any request may be answered before or instead of its handler's answer.
    refusals: frozenset[int] = frozenset(
        refusal.status
        for refusal in (OperationUnknown, RequestTimeout, BodyTooLarge, Internal, Busy)
    )
    needs_token: bool = False

    def refusing(self, *refusals: type[Refusal]) -> Self:
        """Return the same terms with further kinds of refusal."""
        return replace(self, refusals=self.refusals | {refusal.status for refusal in refusals})


FHIR_OPEN = Terms(writes=(FHIR_MEDIA_TYPE,), says_no=(FHIR_MEDIA_TYPE,))
"""Anybody may read it."""

FHIR_READ = replace(FHIR_OPEN, needs_token=True).refusing(
    TokenMissing, ScopeInsufficient, BodyNotJson, NotAcceptable
)
"""Read and search interactions."""

FHIR_OPERATION = replace(FHIR_READ, reads=(FHIR_MEDIA_TYPE, JSON_MEDIA_TYPE)).refusing(
    MediaTypeUnsupported, Refusals
)
"""Operations and whatever else sends a resource."""
